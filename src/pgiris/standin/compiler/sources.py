"""FROM: tables, views, derived tables, JSON_TABLE, joins (RSQL_from, RSQL_join; sql.md 4.3)."""

from __future__ import annotations

import json

from sqlglot import exp

from pgiris.errors import IrisError
from pgiris.standin import iristypes as t
from pgiris.standin import parsing, physical, systems
from pgiris.standin.compiler import casts, names, predicates, queries, scalars
from pgiris.standin.compiler.coerce import settled, text_of
from pgiris.standin.compiler.ir import ColumnRef, Context, Expr, Output, Query, Scope, Source, quoted
from pgiris.standin.dictionary import Column, Relation, Table, View


def from_clause(context: Context, scope: Scope, node: exp.Expr) -> str:
    """SQL of FROM with joins; fills the scope. Empty without FROM."""
    clause = node.args.get("from_")
    if clause is None:
        return ""
    return joined(context, scope, clause.this, node.args.get("joins") or [], node)


def joined(context: Context, scope: Scope, first: exp.Expr, joins: list[exp.Expr], owner: exp.Expr) -> str:
    """Comma-separated groups of joins; the comma binds less than JOIN."""
    vid = uses_vid(owner)
    groups: list[str] = []
    current, members = add_item(context, scope, first, vid)
    for join in joins:
        if is_comma(join):
            groups.append(current)
            sql, members = add_item(context, scope, join.this, vid)
            current = sql
            continue
        sql, added = add_item(context, scope, join.this, vid)
        on = join_condition(context, scope, join, members, added)
        members = members + added
        current = f"{current} {join_word(join)} {sql}{on}"
    groups.append(current)
    return ", ".join(f"({group})" if " JOIN " in group and len(groups) > 1 else group for group in groups)


def uses_vid(node: exp.Expr) -> bool:
    """Whether a query mentions %VID."""
    return any(c.name.upper() == "%VID" for c in node.find_all(exp.Pseudocolumn))


def is_comma(join: exp.Expr) -> bool:
    return not any(join.args.get(k) for k in ("side", "kind", "method", "on", "using"))


def join_word(join: exp.Expr) -> str:
    side = str(join.args.get("side") or "").upper()
    return f"{side} JOIN" if side else ("CROSS JOIN" if str(join.args.get("kind") or "").upper() == "CROSS" else "JOIN")


def join_condition(context: Context, scope: Scope, join: exp.Expr, left: list[Source], right: list[Source]) -> str:
    """ON, USING or NATURAL; only the operands of the join are visible (-23)."""
    on = join.args.get("on")
    if on is not None:
        if str(join.args.get("side") or "") and accepts_null(on):
            raise IrisError(-94, "Unsupported usage of OUTER JOIN: the ON condition accepts NULL")
        before, scope.visible = scope.visible, left + right
        try:
            return f" ON {predicates.condition(context, scope, on)}"
        finally:
            scope.visible = before
    using = [names.identifier(u) for u in join.args.get("using") or []]
    if str(join.args.get("method") or "").upper() == "NATURAL":
        using = [c.name for c in right[0].columns if any(s.index.get(c.name.lower()) for s in left) and not c.hidden]
    if not using:
        return ""
    tests = []
    for name in using:
        sides = []
        for group in (left, right):
            found = next((hit for source in group if (hit := source.find(name)) is not None), None)
            if found is None:
                raise names.missing_field(name)
            sides.append(names.column_expr(found))
        tests.append(predicates.comparison(context, "=", sides[0], sides[1]))
    return f" ON {' AND '.join(tests)}"


NULL_ACCEPTING = frozenset({"COALESCE", "IFNULL", "ISNULL", "NVL"})


def accepts_null(node: exp.Expr) -> bool:
    """Whether every part of an ON condition is true for NULL too, as far as its functions tell (RSQL_join)."""
    if isinstance(node, exp.Paren):
        return accepts_null(node.this)
    if isinstance(node, exp.And):
        return accepts_null(node.this) and accepts_null(node.expression)
    if isinstance(node, exp.Is):
        return True
    return any(str(call.this) in NULL_ACCEPTING for call in node.find_all(exp.Anonymous))


def add_item(context: Context, scope: Scope, node: exp.Expr, vid: bool) -> tuple[str, list[Source]]:
    """One FROM item: its SQL and sources, which join the scope; a duplicate label is SQLCODE -20."""
    if isinstance(node, exp.Paren):
        inner = node.this
        before = len(scope.sources)
        sql = joined(context, scope, inner, inner.args.get("joins") or [], node)
        return f"({sql})", scope.sources[before:]
    nested = node.args.get("joins")
    if nested:
        bare = node.copy()
        bare.set("joins", None)
        before = len(scope.sources)
        sql = joined(context, scope, bare, nested, node)
        return f"({sql})", scope.sources[before:]
    sql, source = item(context, scope, node, vid)
    for other in scope.sources:
        if (
            source.label
            and other.label.lower() == source.label.lower()
            and other.schema.lower() == source.schema.lower()
        ):
            raise IrisError(-20, f"Name conflict in the FROM list over label '{source.label.upper()}'")
    scope.sources.append(source)
    return sql, [source]


def label_of(node: exp.Expr) -> str:
    alias = node.args.get("alias")
    return names.identifier(alias.this) if alias is not None and alias.this is not None else ""


def item(context: Context, scope: Scope, node: exp.Expr, vid: bool) -> tuple[str, Source]:
    """SQL and source of a table, view, derived table, JSON_TABLE or table function."""
    if isinstance(node, exp.Subquery):
        return derived(context, queries.query(context, node.this, scope.parent), label_of(node), vid)
    if isinstance(node, exp.Lateral):
        return lateral(context, scope, node)
    assert isinstance(node, exp.Table)
    if isinstance(node.this, exp.JSONTable):
        return json_table(context, scope, node.this, label_of(node))
    if isinstance(node.this, exp.Anonymous):
        return table_function(context, scope, node.this, label_of(node))
    return named(context, node, vid)


def named(context: Context, node: exp.Table, vid: bool) -> tuple[str, Source]:
    """A table, view, CTE or system relation by name."""
    label = label_of(node)
    name, schema = names.identifier(node.this), names.identifier(node.args.get("db"))
    if not schema:
        for scope in reversed(context.ctes):
            if name.lower() in scope:
                alias, outputs = scope[name.lower()]
                return cte(context, alias, outputs, label or name)
    system = systems.find(schema, name)
    if system is not None:
        context.system_relations.add(system.key)
        alias = context.alias()
        columns = [
            ColumnRef(c.name, f"{alias}.{c.sql}", c.type, True, system.schema, system.name, c.private)
            for c in system.columns
        ]
        source = Source(alias, label or name, columns, "" if label else system.schema, rowid=f"{alias}.rowid")
        return f"temp.{system.sql} AS {alias}", source
    relation = names.find_relation(context, node)
    if isinstance(relation, Table):
        context.session.check("SELECT", relation, ())
        source = table_source(context, relation, label)
        return f"{relation.sql} AS {source.alias}", source
    return view(context, relation, label, vid)


def column_sql(table: Table, column: Column, alias: str) -> str:
    """A column's SQL; a CALCULATED one is computed when it is read."""
    if column.computed is not None and column.calculated:
        return physical.computed_sql(table, column, f"{alias}.")
    return f"{alias}.{column.sql}"


def table_source(context: Context, table: Table, label: str) -> Source:
    """A source over a base table."""
    context.touch(table)
    alias = context.alias()
    columns = [
        ColumnRef(
            c.name, column_sql(table, c, alias), c.type, c.nullable and not c.identity, table.schema, table.name,
            c.private, c.identity,
        )
        for c in table.columns
    ]  # fmt: skip
    if table.public_rowid and table.column("ID") is None and not any(c.identity for c in table.columns):
        columns.insert(0, ColumnRef("ID", f"{alias}.rid", t.INTEGER, False, table.schema, table.name, identity=True))
    schema = "" if label else table.schema
    return Source(alias, label or table.name, columns, schema, f"{alias}.rid", relation=table)


def view(context: Context, found: View, label: str, vid: bool) -> tuple[str, Source]:
    """A view: its query as a derived table; a view may not use itself."""
    context.session.check("SELECT", found, ())
    if found.id in context.views:
        raise IrisError(-400, f"Fatal error occurred: view {found.qualified} refers to itself")
    inner = view_query(context, found)
    sql, source = derived(context, inner, label or found.name, vid)
    source.schema = "" if label else found.schema
    source.relation = found
    for column in source.columns:
        column.schema, column.table = found.schema, found.name
    return sql, source


def view_query(context: Context, found: View) -> Query:
    """The compiled query of a view, its columns named as CREATE VIEW says. Its owner's rights count inside."""
    check, default = context.session.check, context.session.default_schema
    ctes, context.ctes = context.ctes, []
    context.views.append(found.id)
    context.session.check = lambda action, relation, columns: None
    try:
        inner = queries.query(context, parsing.parse_cached(found.text))
    finally:
        context.views.pop()
        context.ctes = ctes
        context.session.check, context.session.default_schema = check, default
    for output, name in zip(inner.outputs, found.columns):
        output.name = name
    return inner


def derived(context: Context, inner: Query, label: str, vid: bool) -> tuple[str, Source]:
    """A source over a compiled query."""
    alias = context.alias()
    columns = [
        ColumnRef(o.name, f"{alias}.o{n}", o.type, o.nullable != 0, o.schema, o.table)
        for n, o in enumerate(inner.outputs, 1)
    ]
    sql = inner.sql
    if vid:
        numbered = context.alias()
        sql = f"SELECT {numbered}.*, row_number() OVER () AS vid FROM ({sql}) AS {numbered}"
    source = Source(alias, label, columns, vid=f"{alias}.vid" if vid else "")
    return f"({sql}) AS {alias}", source


def cte(context: Context, name: str, outputs: list[Output], label: str) -> tuple[str, Source]:
    """A reference to a common table."""
    alias = context.alias()
    columns = [ColumnRef(o.name, f"{alias}.o{n}", o.type, o.nullable != 0) for n, o in enumerate(outputs, 1)]
    return f"{name} AS {alias}", Source(alias, label, columns)


def lateral(context: Context, scope: Scope, node: exp.Lateral) -> tuple[str, Source]:
    """LATERAL: the correlated rows travel as JSON, because SQLite has only table functions that see earlier items."""
    inner = node.this
    if not isinstance(inner, exp.Subquery):
        return table_function(context, scope, inner, label_of(node))
    found = queries.query(context, inner.this, scope)
    row, alias = context.alias(), context.alias()
    cells = ", ".join(f"{row}.o{n}" for n in range(1, len(found.outputs) + 1))
    rows = f"(SELECT json_group_array(json_array({cells})) FROM ({found.sql}) AS {row})"
    columns = [ColumnRef(o.name, f"json_extract({alias}.value, '$[{n}]')", o.type) for n, o in enumerate(found.outputs)]
    return f"json_each({rows}) AS {alias}", Source(alias, label_of(node) or alias, columns)


def json_table(context: Context, scope: Scope, node: exp.JSONTable, label: str) -> tuple[str, Source]:
    """JSON_TABLE(expr, 'path' COLUMNS (…)): may use earlier FROM items."""
    document = scalars.scalar(context, scope, node.this)
    if document.param:
        raise IrisError(-1, "A parameter is not allowed as the source of JSON_TABLE")
    definitions = node.args["schema"].expressions
    paths = []
    alias = context.alias()
    columns = []
    for number, definition in enumerate(definitions):
        name = names.identifier(definition.this)
        kind = casts.data_type(definition.args["kind"], context.session.settings)
        path = definition.args.get("path")
        paths.append(str(path.this) if path is not None else f"$.{name}")
        text = Expr(f"json_extract({alias}.value, '$[{number}]')", t.STRING)
        sql = text.sql if kind.is_string else casts.cast_sql(context, text_only(text), kind)
        columns.append(ColumnRef(name, sql, kind))
    arguments = f"{text_of(settled(context, document))}, {quoted(str(node.args['path'].this))}"
    rows = f"json_each(iris_json_table({arguments}, {quoted(json.dumps(paths))}))"
    return f"{rows} AS {alias}", Source(alias, label or alias, columns)


def text_only(found: Expr) -> Expr:
    """A JSON value as text, whatever SQLite made of it."""
    return Expr(f"CAST({found.sql} AS TEXT)", t.STRING)


def table_function(context: Context, scope: Scope, node: exp.Anonymous, label: str) -> tuple[str, Source]:
    """A stored query in FROM: its SELECT with the arguments in place of its parameters."""
    name = names.identifier(node.this)
    schema = names.identifier(node.args.get("db")) or context.session.default_schema
    routine = context.session.dictionary.routine(schema, name)
    if routine is None or routine.kind != "QUERY" or not routine.body:
        raise IrisError(-359, f"User defined SQL function '{schema.upper()}.{name.upper()}' does not exist")
    before = context.host_expressions
    context.host_expressions = {}
    for (_, parameter, _), argument in zip(routine.parameters, node.expressions):
        context.host_expressions[parameter.lower()] = settled(context, scalars.scalar(context, scope, argument))
    try:
        inner = queries.query(context, parsing.parse_cached(routine.body[0]))
    finally:
        context.host_expressions = before
    return derived(context, inner, label or name, False)


def relation_columns(context: Context, relation: Relation) -> list[ColumnRef]:
    """The columns a relation offers."""
    if isinstance(relation, Table):
        return table_source(context, relation, "").columns
    return [ColumnRef(o.name, "", o.type) for o in view_query(context, relation).outputs]
