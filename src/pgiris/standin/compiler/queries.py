"""Queries: SELECT with its clauses, set operations, WITH (RSQL_select and its pages; sql.md 4)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from sqlglot import exp

from pgiris.errors import IrisError
from pgiris.standin import binders
from pgiris.standin import iristypes as t
from pgiris.standin.compiler import aggregates, names, predicates, scalars, sources
from pgiris.standin.compiler.coerce import coerce, settled, unified
from pgiris.standin.compiler.ir import ColumnRef, Context, Expr, Output, Query, Scope, Source
from pgiris.standin.dictionary import Table
from pgiris.standin.iristypes import IrisType, Kind


@contextmanager
def own_rows(context: Context) -> Iterator[None]:
    """A subquery has groups and aggregates of its own."""
    keys, rows = context.group_keys, context.aggregate_rows
    context.group_keys, context.aggregate_rows = {}, None
    try:
        with context.nested():
            yield
    finally:
        context.group_keys, context.aggregate_rows = keys, rows


def query(context: Context, node: exp.Expr, parent: Scope | None = None) -> Query:
    """A SELECT or a set operation; its columns are named ``o1``, ``o2``, …"""
    while isinstance(node, (exp.Subquery, exp.Paren)):
        node = node.this
    with own_rows(context):
        clause = with_clause(context, node)
        try:
            if isinstance(node, exp.SetOperation):
                result = set_operation(context, node, parent)
            elif isinstance(node, exp.Select):
                result = Select(context, node, parent).compile()
            else:
                raise IrisError(-1, "SELECT expected")
        finally:
            if clause is not None:
                context.ctes.pop()
        if clause:
            result.sql = f"{clause} {result.sql}"
        return result


def with_clause(context: Context, node: exp.Expr) -> str | None:
    """WITH: each common table a CTE of SQLite; duplicate names are SQLCODE -382."""
    clause = node.args.get("with_")
    if clause is None:
        return None
    scope: dict[str, tuple[str, list[Output]]] = {}
    context.ctes.append(scope)
    parts = []
    for item in clause.expressions:
        name = item.alias.lower()
        if name in scope:
            raise IrisError(-382, f"Duplicate CTE name '{item.alias}'")
        inner = query(context, item.this)
        alias = context.alias()
        scope[name] = (alias, inner.outputs)
        parts.append(f"{alias} AS ({inner.sql})")
    return "WITH " + ", ".join(parts)


def limit_sql(context: Context, node: exp.Expr) -> str:
    """LIMIT, OFFSET and FETCH counts: numbers or parameters, negative counts as 0."""
    limit, offset = node.args.get("limit"), node.args.get("offset")
    if limit is None and offset is None:
        return ""
    count = count_sql(context, limit.expression) if limit is not None else "-1"
    start = f" OFFSET {count_sql(context, offset.expression)}" if offset is not None else ""
    return f" LIMIT {count}{start}"


def count_sql(context: Context, node: exp.Expr) -> str:
    """A count of rows."""
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.Var) and node.name.upper() == "ALL":
        return "-1"
    if isinstance(node, exp.Literal):
        return str(binders.bind_limit(str(node.this)))
    if isinstance(node, exp.Neg):
        return "0"
    if isinstance(node, exp.Placeholder) and not node.this:
        found = scalars.placeholder(context, Scope(), node)
        return context.slot(found.param, binders.bind_limit, t.STRING)
    return scalars.value(context, Scope(), node, t.INTEGER).sql


def collated_output(found: Expr) -> str:
    """A string as DISTINCT and UNION show it: an SQLUPPER value in upper case."""
    return f"iris_collated({found.sql})" if found.type.collation in ("SQLUPPER", "UPPER") else found.sql


@dataclass
class Item:
    """A select item: its expression, output name, and the node it came from."""

    found: Expr
    name: str
    node: exp.Expr


class Select:
    """Compiles one SELECT."""

    def __init__(self, context: Context, node: exp.Select, parent: Scope | None) -> None:
        self.context = context
        self.node = node
        self.scope = Scope(parent=parent)
        self.items: list[Item] = []
        self.grouped = node.args.get("group") is not None
        distinct = node.args.get("distinct")
        self.by_key = distinct is not None and distinct.args.get("on") is not None

    def compile(self) -> Query:
        node, context = self.node, self.context
        tables = sources.from_clause(context, self.scope, node)
        where = node.args.get("where")
        rows = f"FROM {tables}" if tables else ""
        if where is not None:
            if aggregates.has_aggregate(where.this):
                raise IrisError(-19, "Aggregate functions are not allowed in the WHERE clause")
            rows += f" WHERE {predicates.condition(context, self.scope, where.this)}"
        group = self.group_clause()
        self.prepare_mixture(rows)
        self.select_list()
        rows, having = self.having_clause(rows)
        distinct = self.node.args.get("distinct")
        if distinct is not None and distinct.args.get("on") is not None:
            return self.distinct_by(rows + group + having, distinct.args["on"])
        sql = self.assembled(rows + group + having, distinct is not None)
        return Query(sql + self.tail(distinct is not None), self.outputs())

    def prepare_mixture(self, rows: str) -> None:
        """Aggregates beside plain columns without GROUP BY: every row, the aggregate repeated (sql.md 4.2)."""
        if self.grouped:
            return
        expressions = self.node.expressions
        having = self.node.args.get("having")
        some = [e for e in expressions if aggregates.has_aggregate(e)]
        plain = any(aggregates.has_plain_column(e) for e in expressions)
        order = self.node.args.get("order")
        if order is not None and any(aggregates.has_aggregate(o.this) for o in order.expressions) and not some:
            raise IrisError(-73, "Aggregate function in ORDER BY must also be in the SELECT list")
        if (some or having is not None) and (plain or (not some and having is not None)):
            self.context.aggregate_rows = rows or "FROM (SELECT 1)"

    def group_clause(self) -> str:
        """GROUP BY: expressions; numbers are constants, not ordinals (RSQL_groupby)."""
        group = self.node.args.get("group")
        if group is None:
            return ""
        keys, shown = [], {}
        for node in group.expressions:
            if aggregates.has_aggregate(node):
                raise IrisError(-19, "Aggregate functions are not allowed in the GROUP BY clause")
            if isinstance(node, (exp.Literal, exp.Subquery, exp.Placeholder, exp.Null)):
                keys.append("'1'")
                continue
            found = self.group_key(node)
            sql = found.sql
            if found.type.is_string:
                if found.type.collation in ("SQLUPPER", "UPPER") and self.context.session.settings.fast_distinct:
                    sql = f"iris_collated({found.sql})"
                    shown[found.sql] = sql
                else:
                    sql += predicates.collate(found.type)
            keys.append(sql)
        self.context.group_keys = shown
        return f" GROUP BY {', '.join(keys)}"

    def group_key(self, node: exp.Expr) -> Expr:
        """A key; a name that is no column may be an alias of the select list."""
        try:
            return settled(self.context, scalars.scalar(self.context, self.scope, node))
        except IrisError as error:
            if error.sqlcode != -29 or not isinstance(node, exp.Column) or node.args.get("table"):
                raise
            for item in self.node.expressions:
                if isinstance(item, exp.Alias) and item.alias.lower() == node.name.lower():
                    return settled(self.context, scalars.scalar(self.context, self.scope, item.this))
            raise

    def having_clause(self, rows: str) -> tuple[str, str]:
        """HAVING; without GROUP BY it filters rows (RSQL_having)."""
        having = self.node.args.get("having")
        if having is None:
            return rows, ""
        test = predicates.condition(self.context, self.scope, having.this)
        if self.grouped or self.context.aggregate_rows is None:
            return rows, f" HAVING {test}"
        joined = f"{rows} AND {test}" if self.node.args.get("where") is not None else f"{rows} WHERE {test}"
        return joined, ""

    def select_list(self) -> None:
        for node in self.node.expressions:
            if isinstance(node, exp.Star) or (isinstance(node, exp.Column) and isinstance(node.this, exp.Star)):
                self.star(node)
                continue
            inner = node.this if isinstance(node, exp.Alias) else node
            found = scalars.scalar(self.context, self.scope, inner)
            if found.param:
                found = Expr(self.context.slot(found.param, binders.bind_any, t.STRING), t.STRING, label="HostVar")
            name = node.alias if isinstance(node, exp.Alias) else found.name
            if not name:
                name = f"{'Expression' if found.label in ('Json', 'Xml') else found.label}_{len(self.items) + 1}"
            self.items.append(Item(found, name, inner))

    def star(self, node: exp.Expr) -> None:
        """``*`` and ``t.*``: visible columns; SQLCODE -23 for an unknown qualifier, -26 without FROM."""
        chosen = self.scope.sources
        if isinstance(node, exp.Column) and node.args.get("table") is not None:
            qualifier = names.identifier(node.args["table"]).lower()
            source = names.qualified_source(self.scope, qualifier, names.identifier(node.args.get("db")).lower())
            if source is None:
                raise IrisError(-23, f"Label '{qualifier.upper()}' is not listed among the applicable tables")
            chosen = [source]
        elif not chosen:
            raise IrisError(-26, "FROM clause missing")
        for source in chosen:
            for column in source.columns:
                if not column.hidden:
                    found = names.column_expr(column)
                    shown = self.context.group_keys.get(column.sql)
                    if shown is not None:
                        found.sql = shown
                    self.items.append(Item(found, column.name, exp.column(column.name)))

    def assembled(self, rows: str, distinct: bool) -> str:
        fast = self.context.session.settings.fast_distinct
        shown = ", ".join(
            f"{collated_output(i.found) if distinct and fast else i.found.sql} AS o{n}"
            for n, i in enumerate(self.items, 1)
        )
        keep = distinct and not (self.grouped and all(i.found.aggregate for i in self.items))
        return f"SELECT {'DISTINCT ' if keep else ''}{shown} {rows}".rstrip()

    def distinct_by(self, rows: str, by: exp.Expr) -> Query:
        """DISTINCT BY (a, b): one arbitrary row for each key (RSQL_distinct)."""
        keys = ", ".join(aggregates.key(self.context, self.scope, k) for k in getattr(by, "expressions", None) or [by])
        shown = ", ".join(f"{i.found.sql} AS o{n}" for n, i in enumerate(self.items, 1))
        order, extra = self.order_items(), ""
        for number, (sql, _) in enumerate(order, 1):
            extra += f", {sql} AS s{number}"
        inner = f"SELECT {shown}{extra}, row_number() OVER (PARTITION BY {keys}) AS chosen {rows}"
        alias = self.context.alias()
        columns = ", ".join(f"{alias}.o{n}" for n in range(1, len(self.items) + 1))
        sql = f"SELECT {columns} FROM ({inner}) AS {alias} WHERE {alias}.chosen = 1"
        if order:
            sql += " ORDER BY " + ", ".join(f"{alias}.s{n}{d}" for n, (_, d) in enumerate(order, 1))
        return Query(sql + self.row_limit(), self.outputs())

    def tail(self, distinct: bool) -> str:
        """ORDER BY, TOP and LIMIT."""
        order = self.order_items()
        sql = " ORDER BY " + ", ".join(f"{key}{direction}" for key, direction in order) if order else ""
        return sql + self.row_limit()

    def row_limit(self) -> str:
        top = self.node.args.get("top")
        if top is not None:
            return f" LIMIT {count_sql(self.context, top)}"
        return limit_sql(self.context, self.node)

    def order_items(self) -> list[tuple[str, str]]:
        """ORDER BY keys: ordinals, aliases, expressions; what cannot be classified is ignored (RSQL_orderby)."""
        order = self.node.args.get("order")
        if order is None:
            return []
        result = []
        for item in order.expressions:
            node = item.this
            if isinstance(node, (exp.Placeholder, exp.Subquery, exp.Neg, exp.Null)):
                continue
            if isinstance(node, exp.Paren) and isinstance(node.this, (exp.Literal, exp.Subquery)):
                continue
            found = self.order_key(node)
            if found is not None:
                collation = predicates.collate(found.type) if found.type.is_string else ""
                result.append((found.sql + collation, " DESC" if item.args.get("desc") else ""))
        return result

    def order_key(self, node: exp.Expr) -> Expr | None:
        if isinstance(node, exp.Literal):
            if node.is_string:
                return None
            position = int(float(str(node.this)))
            if any(isinstance(e, exp.Star) for e in self.node.expressions):
                raise IrisError(-22, "ORDER BY must specify column names, not numbers, after SELECT *")
            if not 1 <= position <= len(self.items):
                raise IrisError(-5, f"Column number {position} specified in ORDER does not match SELECT list")
            return self.output(position - 1)
        if isinstance(node, exp.Column) and not node.args.get("table"):
            named = [n for n, i in enumerate(self.items) if i.name.lower() == node.name.lower()]
            if named:
                return self.output(named[0])
        if not self.grouped and aggregates.has_aggregate(node) and not any(item.node == node for item in self.items):
            raise IrisError(-73, "Aggregate function in ORDER BY must also be in the SELECT list")
        for number, item in enumerate(self.items):
            if item.node == node:
                return self.output(number)
        return settled(self.context, scalars.scalar(self.context, self.scope, node))

    def output(self, index: int) -> Expr:
        """A select item as an ORDER BY key: by its output name, so that it is not computed twice."""
        found = self.items[index].found
        plain = found.column is not None or found.is_literal or self.by_key
        return found if plain else Expr(f"o{index + 1}", found.type)

    def outputs(self) -> list[Output]:
        result = []
        for item in self.items:
            column = item.found.column
            nullable = 2 if column is None else int(column.nullable)
            schema, table = (column.schema, column.table) if column is not None else ("", "")
            result.append(Output(item.name, item.found.type, nullable, schema, table))
        return result


def leg_sql(leg: Query, kinds: list[IrisType], context: Context, fold: bool) -> str:
    """One leg of a set operation in the common types; `fold` shows SQLUPPER columns in upper case."""
    alias = context.alias()
    columns = []
    for number, (output, kind) in enumerate(zip(leg.outputs, kinds), 1):
        item = coerce(context, Expr(f"{alias}.o{number}", output.type), kind)
        sql = collated_output(replace_type(item, kind)) if fold else item.sql
        columns.append(f"{sql} AS o{number}")
    return f"SELECT {', '.join(columns)} FROM ({leg.sql}) AS {alias}"


def replace_type(item: Expr, kind: IrisType) -> Expr:
    return Expr(item.sql, replace(item.type, collation=kind.collation))


def set_operation(context: Context, node: exp.SetOperation, parent: Scope | None) -> Query:
    """UNION [ALL], EXCEPT, INTERSECT: types by precedence, names of the first leg (RSQL_union)."""
    left, right = query(context, node.this, parent), query(context, node.expression, parent)
    if len(left.outputs) != len(right.outputs):
        raise IrisError(-9, "Incompatible SELECT lists used in UNION: numbers of columns differ")
    kinds = []
    for a, b in zip(left.outputs, right.outputs):
        kind = unified([a.type, b.type])
        same = a.type.collation == b.type.collation
        kinds.append(replace(kind, collation=a.type.collation if same and kind.is_string else "EXACT"))
    word = {exp.Union: "UNION", exp.Except: "EXCEPT", exp.Intersect: "INTERSECT"}[type(node)]
    distinct = word != "UNION" or bool(node.args.get("distinct"))
    fold = distinct and context.session.settings.fast_distinct
    keyword = word if distinct else "UNION ALL"
    sql = f"{leg_sql(left, kinds, context, fold)} {keyword} {leg_sql(right, kinds, context, fold)}"
    outputs = [replace(o, type=k, nullable=2, schema="", table="") for o, k in zip(left.outputs, kinds)]
    order = node.args.get("order")
    if order is not None or node.args.get("limit") is not None or node.args.get("offset") is not None:
        alias = context.alias()
        columns = ", ".join(f"{alias}.o{n} AS o{n}" for n in range(1, len(outputs) + 1))
        sql = f"SELECT {columns} FROM ({sql}) AS {alias}"
        if order is not None:
            sql += " ORDER BY " + ", ".join(union_order(item, outputs, alias) for item in order.expressions)
        sql += limit_sql(context, node)
    return Query(sql, outputs)


def union_order(item: exp.Expr, outputs: list[Output], alias: str) -> str:
    """ORDER BY of a set operation: ordinals and names of the first leg only (-5, -6)."""
    node = item.this
    position = 0
    if isinstance(node, exp.Literal) and not node.is_string:
        position = int(float(str(node.this)))
        if not 1 <= position <= len(outputs):
            raise IrisError(-5, f"Column number {position} specified in ORDER does not match SELECT list")
    elif isinstance(node, exp.Column):
        found = [n for n, o in enumerate(outputs, 1) if o.name.lower() == node.name.lower()]
        position = found[0] if found else 0
    if not position:
        raise IrisError(-6, "ORDER BY column after UNION must be the name or number of an output column")
    kind = outputs[position - 1].type
    collation = predicates.collate(kind) if kind.is_string else ""
    return f"{alias}.o{position}{collation}{' DESC' if item.args.get('desc') else ''}"


def table_source(context: Context, table: Table, label: str) -> Source:
    """A source over a base table."""
    return sources.table_source(context, table, label)


def element_condition(context: Context, scope: Scope, items: str, test: exp.Expr, alias: exp.Expr | None) -> str:
    """FOR SOME %ELEMENT: the condition over ``%VALUE`` and ``%KEY`` of a list's elements."""
    name = context.alias()
    columns = [
        ColumnRef("%VALUE", f"{name}.value", t.STRING),
        ColumnRef("%KEY", f"({name}.key + 1)", t.INTEGER),
    ]
    inner = Scope([Source(name, names.identifier(alias) or name, columns)], parent=scope)
    return f"EXISTS (SELECT 1 FROM json_each({items}) AS {name} WHERE {predicates.condition(context, inner, test)})"


def is_stream(kind: IrisType) -> bool:
    return kind.kind in (Kind.LONGVARCHAR, Kind.LONGVARBINARY)
