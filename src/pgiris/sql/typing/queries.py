"""Queries: SELECT, set operations and VALUES (manual, SELECT; analyze.c of PostgreSQL is the model)."""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from pgiris import sqlstate
from pgiris.errors import FeatureNotSupported, PgError
from pgiris.sql.analysis import COLUMN, OUTPUT, TARGET, TYPE, ColumnRef, OutputColumn, PgType, position_of, type_of
from pgiris.sql.postgres_grammar import START
from pgiris.sql.typing import coercion, grouping
from pgiris.sql.typing.clauses import Clauses
from pgiris.sql.typing.naming import output_name
from pgiris.sql.typing.scale import agreed, display_scale, output_scale
from pgiris.sql.typing.scope import Scope
from pgiris.types import oids

COLUMNS: Final = "pg_columns"
"""On a CTE: the output columns that references to it see."""


class Queries(Clauses):
    """Types queries; ``Statements`` adds the data changes."""

    def query(self, node: exp.Expr, scope: Scope) -> tuple[OutputColumn, ...]:
        outer, self.scope = self.scope, scope
        try:
            self.with_clause(node)
            if isinstance(node, exp.Select):
                columns = self.select(node)
            elif isinstance(node, exp.SetOperation):
                columns = self.set_operation(node)
            elif isinstance(node, exp.Values):
                columns = self.values(node)
            else:
                raise FeatureNotSupported(f"{type(node).__name__.upper()} in a query", position=position_of(node))
        finally:
            self.scope = outer
        node.meta[OUTPUT] = columns
        return columns

    def subquery_columns(self, node: exp.Expr) -> tuple[OutputColumn, ...]:
        """A subquery in an expression: it sees this query's columns."""
        inner = Scope(self.scope)
        return self.query(node.this, inner)

    # -- WITH

    def with_clause(self, node: exp.Expr) -> None:
        clause = node.args.get("with_")
        if clause is None:
            return
        if clause.args.get("recursive"):
            for cte in clause.expressions:
                if any(table.name == cte.alias and not table.db for table in cte.this.find_all(exp.Table)):
                    raise FeatureNotSupported("WITH RECURSIVE", position=position_of(clause))
        self.scope.ctes = dict(self.scope.ctes)
        defined: set[str] = set()
        for cte in clause.expressions:
            name = cte.alias
            if name in defined:
                raise PgError(
                    sqlstate.DUPLICATE_ALIAS,
                    f'WITH query name "{name}" specified more than once',
                    position=position_of(cte),
                )
            if isinstance(cte.this, (exp.Insert, exp.Update, exp.Delete)):
                raise FeatureNotSupported("a data-modifying WITH query", position=position_of(cte))
            inner = Scope(self.scope.parent)
            inner.ctes = dict(self.scope.ctes)
            columns = self.query(cte.this, inner)
            names = self.column_names(cte.args["alias"], [column.name for column in columns], cte)
            cte.meta[COLUMNS] = tuple(column._replace(name=given) for given, column in zip(names, columns))
            self.scope.ctes[name] = cte
            defined.add(name)

    # -- SELECT

    def select(self, node: exp.Select) -> tuple[OutputColumn, ...]:
        scope = self.scope
        scope.clause = "FROM"
        self.from_clause(node)
        scope.clause = ""
        node.set("expressions", self.targets(node.expressions))
        where = node.args.get("where")
        if where is not None:
            scope.clause = "WHERE"
            where.set("this", self.condition(where.this, "WHERE"))
        having = node.args.get("having")
        if having is not None:
            scope.clause = "HAVING"
            having.set("this", self.condition(having.this, "HAVING"))
        scope.clause = "ORDER BY"
        self.order(node, node.expressions)
        scope.clause = "GROUP BY"
        groups = self.group(node)
        scope.clause = ""
        self.distinct(node)
        self.limits(node)
        for item in node.expressions:
            item.set("this", self.settle(item.this))
        if node.args.get("windows"):
            raise FeatureNotSupported("the WINDOW clause", position=position_of(node.args["windows"][0]))
        if groups or scope.aggregates or having is not None:
            self.check_groups(node, groups, having)
        return tuple(self.output_column(item) for item in node.expressions)

    def check_groups(self, node: exp.Select, groups: list[exp.Expr], having: exp.Expr | None) -> None:
        order = node.args.get("order")
        checked = [item.this for item in node.expressions]
        checked += [having.this] if having is not None else []
        checked += [o.this for o in order.expressions if TARGET not in o.meta] if order is not None else []
        grouping.check(self.scope, groups, checked)

    def targets(self, items: list[exp.Expr]) -> list[exp.Expr]:
        """Select items as Aliases, stars expanded."""
        found: list[exp.Expr] = []
        for item in items:
            if isinstance(item, exp.Star) or (isinstance(item, exp.Column) and isinstance(item.this, exp.Star)):
                found += self.star(item)
                continue
            name = output_name(item)
            node = self.infer(item.this if isinstance(item, exp.Alias) else item)
            found.append(_alias(node, name, item))
        return found

    def star(self, item: exp.Expr) -> list[exp.Expr]:
        relation = self.scope.relation
        if isinstance(item, exp.Star):
            if not relation.sources:
                raise PgError(
                    sqlstate.SYNTAX_ERROR, "SELECT * with no tables specified is not valid", position=position_of(item)
                )
            return [_alias(self.scope.reference(entry, item), entry.ref.name, item) for entry in relation.entries]
        assert isinstance(item, exp.Column)
        scope: Scope | None = self.scope
        while scope is not None:
            source = scope.source(item.table)
            if source is not None:
                return [_alias(scope.qualified(source, item, ref.name), ref.name, item) for ref in source.columns]
            scope = scope.parent
        raise self.scope.missing(item.table, position_of(item))

    def output_column(self, item: exp.Expr) -> OutputColumn:
        node = item.this
        found = type_of(node)
        name = item.args["alias"].name
        while isinstance(node, exp.Cast) and type_of(node.this) == found:
            node = node.this
        ref = node.meta.get(COLUMN)
        if isinstance(node, exp.Column) and isinstance(ref, ColumnRef):
            return OutputColumn(name, found, *ref.origin, ref.nullable, ref.collation, display_scale(item.this))
        return OutputColumn(name, found, scale=display_scale(item.this))

    # -- set operations and VALUES

    def set_operation(self, node: exp.Expr) -> tuple[OutputColumn, ...]:
        legs = []
        for key in ("this", "expression"):
            inner = Scope(self.scope.parent)
            inner.ctes = self.scope.ctes
            legs.append(self.query(node.args[key], inner))
        name = type(node).__name__.upper()
        left, right = legs
        if len(left) != len(right):
            raise PgError(
                sqlstate.SYNTAX_ERROR,
                f"each {name} query must have the same number of columns",
                position=_item_start(node.expression, 0) + 1,
            )
        columns = [self.united(node, name, index, left[index], right[index]) for index in range(len(left))]
        if node.args.get("order") is not None:
            self.set_order(node, name, columns)
        self.limits(node)
        return tuple(columns)

    def united(self, node: exp.Expr, name: str, index: int, one: OutputColumn, other: OutputColumn) -> OutputColumn:
        stand_ins = []
        for leg, column in ((node.this, one), (node.expression, other)):
            stand_in = exp.Null()
            stand_in.meta[TYPE] = PgType() if _untyped(leg, index) else column.type
            stand_in.meta[START] = _item_start(leg, index)
            stand_ins.append(stand_in)
        common = coercion.common_type(stand_ins, name)
        assert common is not None
        for leg in (node.this, node.expression):
            self.convert_output(leg, index, common)
        type_ = one.type if one.type == other.type and one.type.oid == common else PgType(common)
        collation = one.collation if one.collation == other.collation else "EXACT"
        nullable, scale = one.nullable or other.nullable, output_scale(node, index)
        return OutputColumn(one.name, type_, nullable=nullable, collation=collation, scale=scale)

    def convert_output(self, query: exp.Expr, index: int, oid: int) -> None:
        """Convert a leg's column to the common type, down to its innermost queries."""
        columns: tuple[OutputColumn, ...] = query.meta[OUTPUT]
        if columns[index].type.oid == oid:
            return
        if isinstance(query, exp.SetOperation):
            self.convert_output(query.this, index, oid)
            self.convert_output(query.expression, index, oid)
        elif isinstance(query, exp.Values):
            for row in query.expressions:
                row.expressions[index] = self.converted(row.expressions[index], oid)
                row.set("expressions", row.expressions)
        else:
            item = query.expressions[index]
            item.set("this", self.converted(item.this, oid))
        scale = output_scale(query, index)
        changed = columns[index]._replace(type=PgType(oid), table_oid=0, attnum=0, scale=scale)
        query.meta[OUTPUT] = (*columns[:index], changed, *columns[index + 1 :])

    def converted(self, node: exp.Expr, oid: int) -> exp.Expr:
        """A literal that was settled as text takes the common type instead."""
        if isinstance(node, (exp.Literal, exp.Null)) and node.args.get("is_string", True):
            node.meta[TYPE] = PgType(oids.UNKNOWN)
        return self.coerce(node, PgType(oid), relabel=True)

    def set_order(self, node: exp.Expr, name: str, columns: list[OutputColumn]) -> None:
        targets = []
        for column in columns:
            stand_in = exp.Null()
            stand_in.meta[TYPE] = column.type
            targets.append(_alias(stand_in, column.name, node))
        for item in node.args["order"].expressions:
            index = self.target(item.this, targets, "ORDER BY")
            if index is None:
                if isinstance(item.this, exp.Column) and item.this.args.get("table") is None:
                    raise PgError(
                        sqlstate.UNDEFINED_COLUMN,
                        f'column "{item.this.name}" does not exist',
                        position=position_of(item.this),
                    )
                raise PgError(
                    sqlstate.FEATURE_NOT_SUPPORTED,
                    "invalid UNION/INTERSECT/EXCEPT ORDER BY clause",
                    detail="Only result column names can be used, not expressions or functions.",
                    hint="Add the expression/function to every SELECT, or move the UNION into a FROM clause.",
                    position=position_of(item.this),
                )
            item.meta[TARGET] = item.this.meta[TARGET] = index
            item.this.meta[TYPE] = columns[index].type

    def values(self, node: exp.Values) -> tuple[OutputColumn, ...]:
        self.scope.clause = "VALUES"
        rows = node.expressions
        width = len(rows[0].expressions)
        for row in rows:
            if len(row.expressions) != width:
                raise PgError(
                    sqlstate.SYNTAX_ERROR,
                    "VALUES lists must all be the same length",
                    position=position_of(row.expressions[0]),
                )
            row.set("expressions", [self.value(item) for item in row.expressions])
        columns: list[OutputColumn] = []
        for index in range(width):
            items = self.unify([row.expressions[index] for row in rows], "VALUES")
            for row, item in zip(rows, items):
                row.expressions[index] = item
                item.parent, item.arg_key, item.index = row, "expressions", index
            scale = agreed(display_scale(item) for item in items)
            columns.append(OutputColumn(f"column{index + 1}", coercion.common_typmod(items), scale=scale))
        self.scope.clause = ""
        targets = [_alias(row_item, f"column{n + 1}", node) for n, row_item in enumerate(rows[0].copy().expressions)]
        self.order(node, targets)
        self.limits(node)
        return tuple(columns)

    def value(self, node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Var):
            raise PgError(sqlstate.SYNTAX_ERROR, "DEFAULT is not allowed in this context", position=position_of(node))
        return self.infer(node)


def _untyped(query: exp.Expr, index: int) -> bool:
    """Whether a leg's column is a literal or NULL that only became text because nothing gave it a type."""
    if not isinstance(query, exp.Select) or query.args.get("distinct") is not None:
        return False
    value = query.expressions[index].this
    return isinstance(value, exp.Null) or (isinstance(value, exp.Literal) and bool(value.args["is_string"]))


def _item_start(query: exp.Expr, index: int) -> int:
    """Where the column of a leg begins in the text, for errors."""
    while isinstance(query, exp.SetOperation):
        query = query.this
    item = query.expressions[0].expressions[index] if isinstance(query, exp.Values) else query.expressions[index]
    return (position_of(item) or 1) - 1


def _alias(node: exp.Expr, name: str, at: exp.Expr) -> exp.Alias:
    alias = exp.Alias(this=node, alias=exp.Identifier(this=name, quoted=True))
    if START in at.meta:
        alias.meta[START] = at.meta[START]
    return alias
