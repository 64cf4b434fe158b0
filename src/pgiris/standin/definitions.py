"""CREATE, ALTER and DROP (RSQL_createtable and its kin; sql.md 8 to 10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from pgiris.errors import IrisError
from pgiris.standin import alterations, objects, physical, security, systems, tables
from pgiris.standin.compiler import names, queries
from pgiris.standin.compiler.ir import Context
from pgiris.standin.dictionary import Column, SchemaName, Table, View
from pgiris.standin.iristypes import Kind
from pgiris.standin.process import Process
from pgiris.standin.result import StatementResult

Rule = Callable[[Process, str, Any], StatementResult | None]
SKIPPED = 1
"""SQLCODE of IF [NOT] EXISTS that had nothing to do."""


def execute(process: Process, sql: str, tree: exp.Expr) -> StatementResult | None:
    """Carry out a definition. Raises IrisError."""
    kind = str(tree.args.get("kind") or "").upper()
    rule = RULES.get((type(tree), kind))
    if rule is None:
        raise IrisError(-400, f"Fatal error occurred: the stand-in does not run {type(tree).__name__.upper()} {kind}")
    try:
        return rule(process, sql, tree)
    finally:
        process.abandon()


def skipped() -> StatementResult:
    return StatementResult(0, "", (), 99, SKIPPED)


def own_name(process: Process, node: exp.Expr) -> tuple[str, str]:
    """Schema and name of an object to be made; system schemas are refused."""
    while isinstance(node, exp.Schema):
        node = node.this
    schema = names.identifier(node.args.get("db")) or process.default_schema
    name = names.identifier(node.this)
    if schema.lower() in ("information_schema",) or schema.startswith("%"):
        raise IrisError(-312, f"Schema name '{schema}' is reserved")
    if node.args.get("catalog"):
        raise IrisError(-1, "A table name has at most two parts")
    return process.dictionary.schema_spelling(schema), name


def refuse_existing(process: Process, schema: str, name: str) -> None:
    """SQLCODE -201."""
    if process.dictionary.find(schema, name) is not None:
        raise IrisError(-201, f"Table or view name not unique: Table '{schema}.{name}' already exists")


def create_table(process: Process, sql: str, tree: exp.Create) -> StatementResult | None:
    """CREATE [GLOBAL TEMPORARY] TABLE, also AS a query."""
    security.admin(process, "%CREATE_TABLE")
    schema, name = own_name(process, tree.this)
    if tree.args.get("exists") and process.dictionary.find(schema, name) is not None:
        return skipped()
    refuse_existing(process, schema, name)
    if tree.expression is not None and isinstance(tree.expression, (exp.Select, exp.SetOperation, exp.Subquery)):
        return create_as(process, sql, tree, schema, name)
    table = tables.table_of(process, tree, schema, name)
    statements = list(physical.create_table(table)) if not table.temporary else []
    changed = process.dictionary.changed([table])
    for key in table.keys:
        if key.kind == "F":
            statements += physical.foreign_key_triggers(changed, table, key)
    process.define(sql, statements, [table])
    return None


def create_as(process: Process, sql: str, tree: exp.Create, schema: str, name: str) -> StatementResult:
    """CREATE TABLE t AS query: types and data, no constraints."""
    from pgiris.standin import prepared

    context = Context(prepared.session_of(process))
    found = queries.query(context, tree.expression)
    process.ready(tuple(context.temporary_tables), tuple(context.system_relations))
    columns: list[Column] = []
    for number, output in enumerate(found.outputs, 2):
        if any(c.name.lower() == output.name.lower() for c in columns):
            raise IrisError(-97, f"Duplicate column name '{output.name}'")
        kind = output.type
        if kind.kind in (Kind.STRING, Kind.NULL) and not kind.length:
            kind = tables.with_length(kind, 4096)
        columns.append(Column(number, output.name, kind))
    table = Table(process.new_id(), schema, name, tuple(columns), owner=process.user, next_number=len(columns) + 2)
    process.define(sql, list(physical.create_table(table)), [table])
    cells = ", ".join(["rid"] + [c.sql for c in columns])
    alias = "q"
    values = ", ".join([f"iris_next_id({table.id})"] + [f"{alias}.o{n}" for n in range(1, len(columns) + 1)])
    process.before_change(table)
    process.connection.execute(f"INSERT INTO {table.sql} ({cells}) SELECT {values} FROM ({found.sql}) AS {alias}")
    return StatementResult(process.connection.changes(), "", (), 9)


def find_table(process: Process, node: exp.Expr) -> Table:
    """The base table that a definition names; SQLCODE -30."""
    while isinstance(node, exp.Schema):
        node = node.this
    schema = names.identifier(node.args.get("db")) or process.default_schema
    name = names.identifier(node.this)
    found = process.dictionary.find(schema, name)
    if not isinstance(found, Table):
        raise names.missing_table(schema, name)
    return found


def drop_table(process: Process, sql: str, tree: exp.Drop) -> StatementResult | None:
    """DROP TABLE: foreign keys of other tables stop it (-320), views unless CASCADE (-321)."""
    schema = names.identifier(tree.this.args.get("db")) or process.default_schema
    name = names.identifier(tree.this.this)
    found = process.dictionary.find(schema, name)
    if not isinstance(found, Table):
        if tree.args.get("exists") and found is None:
            return skipped()
        raise names.missing_table(schema, name)
    if not security.allowed(process, "%ALTER", found):
        security.admin(process, "%DROP_TABLE")
    others = [t for t, _ in process.dictionary.referencing(found.id) if t.id != found.id]
    if others:
        raise IrisError(
            -320, f"Cannot DROP TABLE - One or more Foreign Key Constraints reference this table: {others[0].qualified}"
        )
    removed = [found.id, *dependents(process, found.id, bool(tree.args.get("cascade")))]
    removed += [trigger.id for trigger in process.dictionary.triggers(found.id)]
    removed += [g.id for g in process.dictionary.grants() if g.target == str(found.id)]
    statements = [] if found.temporary else [f"DROP TABLE IF EXISTS t{found.id}"]
    for key in found.keys:
        if key.kind == "F":
            statements = [*physical.drop_foreign_key(found, key), *statements]
    process.define(sql, statements, [], removed)
    process.instance.counters.forget(found.id)
    process.instance.private_counters.forget(found.id)
    return None


def dependents(process: Process, identity: int, cascade: bool) -> list[int]:
    """Views over a relation, which CASCADE drops with it; otherwise SQLCODE -321."""
    result: list[int] = []
    pending = [identity]
    while pending:
        current = pending.pop()
        for view in process.dictionary.views():
            if current in view.depends and view.id not in result:
                if not cascade:
                    raise IrisError(-321, f"Cannot DROP - one or more views reference it: {view.qualified}")
                result.append(view.id)
                pending.append(view.id)
    return result


def create_view(process: Process, sql: str, tree: exp.Create) -> StatementResult | None:
    """CREATE [OR REPLACE] VIEW."""
    from pgiris.standin import parsing

    security.admin(process, "%CREATE_VIEW")
    schema, name = own_name(process, tree.this)
    existing = process.dictionary.find(schema, name)
    if existing is not None and not (tree.args.get("replace") and isinstance(existing, View)):
        refuse_existing(process, schema, name)
    text = parsing.source(tree.expression)
    view = view_of(process, tree, schema, name, text, existing.id if existing is not None else process.new_id())
    process.define(sql, [], [view])
    return None


def view_of(process: Process, tree: exp.Expr, schema: str, name: str, text: str, identity: int) -> View:
    """The view that a definition describes; its query is compiled to check it."""
    from pgiris.standin import prepared

    context = Context(prepared.session_of(process))
    found = queries.query(context, tree.expression)
    listed = tuple(names.identifier(c) for c in tree.this.expressions) if isinstance(tree.this, exp.Schema) else ()
    if listed and len(listed) != len(found.outputs):
        raise IrisError(-142, "View column list and query have different numbers of columns")
    shown = [n.lower() for n in listed or [o.name for o in found.outputs]]
    if len(set(shown)) != len(shown):
        raise IrisError(-97, "Duplicate column names in view")
    depends = tuple(sorted(related(process, tree.expression) - {identity}))
    check = str(tree.args.get("check_option") or "NONE").upper()
    if check != "NONE":
        check_updatable(context, tree.expression)
    return View(identity, schema, name, text, listed, check, bool(tree.args.get("read_only")), process.user, depends)


def check_updatable(context: Context, node: exp.Expr) -> None:
    """WITH CHECK OPTION needs an updatable view (-36)."""
    from pgiris.standin.compiler import updatable

    try:
        updatable.through_query(context, node)
    except IrisError as error:
        raise IrisError(-36, "WITH CHECK OPTION is not allowed for a non-updateable view") from error


def related(process: Process, node: exp.Expr) -> set[int]:
    """Ids of the tables and views that a query names."""
    result = set()
    for table in node.find_all(exp.Table):
        schema = names.identifier(table.args.get("db")) or process.default_schema
        found = process.dictionary.find(schema, names.identifier(table.this))
        if found is not None:
            result.add(found.id)
    return result


def alter_view(process: Process, sql: str, tree: exp.Alter) -> StatementResult | None:
    """ALTER VIEW v AS query."""
    from pgiris.standin import parsing

    schema, name = own_name(process, tree.this)
    found = process.dictionary.find(schema, name)
    if not isinstance(found, View):
        raise names.missing_table(schema, name)
    node = tree.args["expression"]
    process.define(sql, [], [view_of(process, tree, found.schema, found.name, parsing.source(node), found.id)])
    return None


def drop_view(process: Process, sql: str, tree: exp.Drop) -> StatementResult | None:
    schema = names.identifier(tree.this.args.get("db")) or process.default_schema
    name = names.identifier(tree.this.this)
    found = process.dictionary.find(schema, name)
    if not isinstance(found, View):
        if tree.args.get("exists") and found is None:
            return skipped()
        raise names.missing_table(schema, name)
    process.define(sql, [], [], [found.id, *dependents(process, found.id, bool(tree.args.get("cascade")))])
    return None


def create_schema(process: Process, sql: str, tree: exp.Create) -> StatementResult | None:
    """CREATE SCHEMA [IF NOT EXISTS]: registers the name; -476 when it exists."""
    name = names.identifier(tree.this.args.get("db")) or names.identifier(tree.this)
    known = {entry.name.lower() for entry in process.dictionary.entries.values() if isinstance(entry, SchemaName)}
    if name.lower() in known | set(process.dictionary.schemas()):
        if tree.args.get("exists"):
            return skipped()
        raise IrisError(-476, f"Schema '{name}' already exists")
    process.define(sql, [], [SchemaName(process.new_id(), name, name)])
    return None


def drop_schema(process: Process, sql: str, tree: exp.Drop) -> StatementResult | None:
    """DROP SCHEMA [IF EXISTS] s [CASCADE]: -473 when unknown, -482 when not empty."""
    name = (names.identifier(tree.this.args.get("db")) or names.identifier(tree.this)).lower()
    members = [e for e in process.dictionary.entries.values() if e.schema.lower() == name and e.schema]
    objects_in = [e for e in members if not isinstance(e, SchemaName)]
    if not members:
        if tree.args.get("exists"):
            return skipped()
        raise IrisError(-473, f"Schema '{name}' not found")
    if objects_in and not tree.args.get("cascade"):
        raise IrisError(-482, f"Schema '{name}' is not empty")
    statements: list[str] = []
    for entry in objects_in:
        if isinstance(entry, Table) and not entry.temporary:
            for key in entry.keys:
                if key.kind == "F":
                    statements += physical.drop_foreign_key(entry, key)
    statements += [f"DROP TABLE IF EXISTS t{e.id}" for e in objects_in if isinstance(e, Table) and not e.temporary]
    process.define(sql, statements, [], [e.id for e in members])
    return None


def is_system(schema: str, name: str) -> bool:
    return systems.find(schema, name) is not None


RULES: dict[tuple[type, str], Rule] = {
    (exp.Create, "TABLE"): create_table,
    (exp.Drop, "TABLE"): drop_table,
    (exp.Alter, "TABLE"): alterations.alter_table,
    (exp.Create, "VIEW"): create_view,
    (exp.Alter, "VIEW"): alter_view,
    (exp.Drop, "VIEW"): drop_view,
    (exp.Create, "SCHEMA"): create_schema,
    (exp.Drop, "SCHEMA"): drop_schema,
    **objects.RULES,
}
