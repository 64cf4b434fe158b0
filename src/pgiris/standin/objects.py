"""Indexes, users, roles, routines, triggers and databases: CREATE, ALTER and DROP (sql.md 10)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from typing import Any

import msgspec
from sqlglot import exp

from pgiris.errors import IrisError
from pgiris.standin import parsing, physical, security, triggers
from pgiris.standin.compiler import casts, names
from pgiris.standin.dictionary import Column, Index, Principal, Routine, Table, Trigger
from pgiris.standin.iristypes import Kind
from pgiris.standin.process import Process
from pgiris.standin.result import StatementResult

Rule = Callable[[Process, str, Any], StatementResult | None]
HNSW_PARAMETERS = {"DISTANCE", "M", "EFCONSTRUCTION"}
DISTANCES = {"COSINE", "DOTPRODUCT"}
MIN_PASSWORD = 3
"""IRIS's default password pattern is ``3.128ANP``."""


def skipped() -> StatementResult:
    return StatementResult(0, "", (), 99, 1)


def table_named(process: Process, node: exp.Expr) -> Table:
    schema = names.identifier(node.args.get("db")) or process.default_schema
    name = names.identifier(node.this)
    found = process.dictionary.find(schema, name)
    if not isinstance(found, Table):
        raise names.missing_table(schema, name)
    return found


def indexed_column(table: Table, node: exp.Expr) -> Column:
    """A column of CREATE INDEX."""
    inner = node.this if isinstance(node, exp.Ordered) else node
    name = names.identifier(inner.this if isinstance(inner, exp.Column) else inner)
    found = table.column(name)
    if found is None:
        raise IrisError(-31, f"Field '{name}' not found in table '{table.qualified}'")
    return found


def create_index(process: Process, sql: str, tree: exp.Create) -> StatementResult | None:
    """CREATE [UNIQUE | BITMAP | …] INDEX; -324 when the table has one of that name."""
    node = tree.this
    table = table_named(process, node.args["table"])
    if not security.allowed(process, "%ALTER", table):
        security.admin(process, "%ALTER_TABLE")
    name = names.identifier(node.this)
    if str(tree.args.get("index_type") or "").upper() == "BITMAPEXTENT":
        raise IrisError(-400, f"Fatal error occurred: table '{table.qualified}' already has a bitmap extent index")
    taken = {i.name.lower() for i in table.indexes} | {k.name.lower() for k in table.keys if k.kind in "PU"}
    if name.lower() in taken:
        raise IrisError(-324, f"Table '{table.qualified}' already has index named '{name}'")
    columns = [indexed_column(table, c) for c in node.args["params"].args.get("columns") or []]
    kind, parameters = index_class(tree, columns)
    data = tuple(indexed_column(table, c).number for c in tree.args.get("data") or [])
    unique = bool(tree.args.get("unique"))
    index = Index(name, tuple(c.number for c in columns), table.next_number, unique, kind, parameters, data)
    changed = msgspec.structs.replace(table, indexes=(*table.indexes, index), next_number=table.next_number + 1)
    statements = [] if table.temporary else list(physical.create_index(table, index))
    process.define(sql, statements, [changed])
    return None


def index_class(tree: exp.Create, columns: list[Column]) -> tuple[str, dict[str, str]]:
    """The kind of an index, and HNSW's parameters (G:vecsearch)."""
    node = tree.args.get("index_class")
    if node is None:
        kind = str(tree.args.get("index_type") or "index").lower()
        if any(c.type.is_stream for c in columns):
            raise IrisError(-400, "Fatal error occurred: ERROR #5480 a stream field cannot be indexed")
        return kind, {}
    name = str(getattr(node.this, "name", node.this)).upper()
    parameters = {str(p.this.name): str(p.expression.name) for p in node.expressions if isinstance(p, exp.EQ)}
    if name.rpartition(".")[2] == "HNSW":
        check_hnsw(parameters, columns)
        return "%SQL.Index.HNSW", parameters
    return str(getattr(node.this, "name", node.this)), parameters


def check_hnsw(parameters: dict[str, str], columns: list[Column]) -> None:
    unknown = [p for p in parameters if p.upper() not in HNSW_PARAMETERS]
    if unknown:
        raise IrisError(-400, f"Fatal error occurred: {unknown[0]} is not a parameter of index class %SQL.Index.HNSW")
    upper = {name.upper(): value for name, value in parameters.items()}
    if upper.get("DISTANCE", "COSINE").upper() not in DISTANCES:
        raise IrisError(-400, f"Fatal error occurred: invalid Distance '{upper['DISTANCE']}'")
    if len(columns) != 1 or columns[0].type.kind is not Kind.VECTOR or not columns[0].type.length:
        raise IrisError(-400, "Fatal error occurred: an HNSW index needs one VECTOR field with a fixed length")


def drop_index(process: Process, sql: str, tree: exp.Drop) -> StatementResult | None:
    """DROP INDEX [IF EXISTS] n [ON t]: -333 when there is none, -334 when several tables have one."""
    name = names.identifier(tree.this).lower()
    node = tree.args.get("table")
    if node is not None:
        try:
            candidates = [table_named(process, node)]
        except IrisError:
            if tree.args.get("exists"):
                return skipped()
            raise
    else:
        candidates = process.dictionary.tables()
    holders = [t for t in candidates if any(i.name.lower() == name for i in t.indexes)]
    keyed = [t for t in candidates if any(k.name.lower() == name and k.kind in "PU" for k in t.keys)]
    if not holders and keyed:
        raise IrisError(-333, f"Index '{name}' belongs to a constraint and is dropped with it")
    if not holders:
        if tree.args.get("exists"):
            return skipped()
        raise IrisError(-333, f"No such index '{name}' found to be dropped")
    if len(holders) > 1:
        raise IrisError(-334, f"Index name '{name}' is ambiguous")
    table = holders[0]
    index = next(i for i in table.indexes if i.name.lower() == name)
    changed = msgspec.structs.replace(table, indexes=tuple(i for i in table.indexes if i is not index))
    statements = [f"DROP INDEX IF EXISTS {physical.index_name(table, 'x', index.number)}"]
    process.define(sql, [] if table.temporary else statements, [changed])
    return None


def hashed(password: str) -> str:
    """A salted hash of a password."""
    salt = os.urandom(16)
    return salt.hex() + ":" + hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 10_000).hex()


def create_principal(process: Process, sql: str, tree: exp.Create) -> StatementResult | None:
    """CREATE USER and CREATE ROLE; -118 when the name is taken."""
    kind = str(tree.args["kind"]).upper()
    security.admin(process, f"%CREATE_{kind}")
    name = names.identifier(tree.this)
    if process.dictionary.principal(name) is not None or name.lower() in security.PREDEFINED:
        raise IrisError(-118, f"User or Role '{name}' already exists")
    password = tree.args.get("password")
    text = str(getattr(password, "name", password)) if password is not None else ""
    if kind == "USER" and len(text) < MIN_PASSWORD:
        raise IrisError(
            -400, "Fatal error occurred: ERROR #845 password does not match the length or pattern requirements"
        )
    secret = hashed(text) if text else ""
    process.define(sql, [], [Principal(process.new_id(), "", name, kind, secret)])
    return None


def alter_user(process: Process, sql: str, tree: exp.Alter) -> StatementResult | None:
    name = names.identifier(tree.this)
    found = process.dictionary.principal(name, "USER")
    if found is None:
        raise IrisError(-400, f"Fatal error occurred: ERROR #838 user {name} does not exist")
    password = tree.args.get("password")
    secret = hashed(str(getattr(password, "name", password))) if password is not None else found.password
    process.define(sql, [], [msgspec.structs.replace(found, password=secret)])
    return None


def drop_principal(process: Process, sql: str, tree: exp.Drop) -> StatementResult | None:
    kind = str(tree.args["kind"]).upper()
    name = names.identifier(tree.this)
    found = process.dictionary.principal(name, kind)
    if found is None:
        if tree.args.get("exists"):
            return skipped()
        raise IrisError(-118, f"{kind.capitalize()} '{name}' does not exist")
    removed = [found.id] + [g.id for g in process.dictionary.grants() if g.name.lower() == name.lower()]
    process.define(sql, [], [], removed)
    return None


def routine_name(process: Process, node: exp.Expr) -> tuple[str, str]:
    inner = node.this if isinstance(node, exp.UserDefinedFunction) else node
    schema = names.identifier(inner.args.get("db")) or process.default_schema
    return process.dictionary.schema_spelling(schema), names.identifier(inner.this)


def create_routine(process: Process, sql: str, tree: exp.Create) -> StatementResult | None:
    """CREATE FUNCTION, PROCEDURE, METHOD, QUERY, AGGREGATE; -361 when the name is taken."""
    kind = str(tree.args["kind"]).upper()
    security.admin(process, f"%CREATE_{kind}")
    schema, name = routine_name(process, tree.this)
    existing = process.dictionary.routine(schema, name)
    if existing is not None and not tree.args.get("replace"):
        raise IrisError(-361, f"{kind.capitalize()} '{schema}.{name}' already exists")
    parameters = tuple(parameter_of(process, node) for node in tree.this.expressions)
    returns = tree.args.get("returns")
    body = tuple(parsing.source(statement) for statement in tree.args.get("body") or [])
    routine = Routine(
        existing.id if existing is not None else process.new_id(), schema, name, kind,
        str(tree.args.get("language") or "SQL").upper(), parameters,
        casts.data_type(returns, process.instance.settings) if isinstance(returns, exp.DataType) else None,
        body, str(tree.args.get("code") or ""), process.user,
    )  # fmt: skip
    process.define(sql, [], [routine])
    return None


def parameter_of(process: Process, node: exp.Expr) -> tuple[str, str, str]:
    """Mode, name and type of a routine's parameter."""
    kind = node.args.get("kind")
    return (
        str(node.args.get("mode") or "IN").upper(),
        names.identifier(node.this).lstrip(":"),
        str(kind.args.get("kind") or "VARCHAR").lower() if isinstance(kind, exp.DataType) else "varchar",
    )


def drop_routine(process: Process, sql: str, tree: exp.Drop) -> StatementResult | None:
    kind = str(tree.args["kind"]).upper()
    schema, name = routine_name(process, tree.this)
    found = process.dictionary.routine(schema, name)
    if found is None or found.kind != kind:
        if tree.args.get("exists"):
            return skipped()
        raise IrisError(-428 if kind == "AGGREGATE" else -362, f"{kind.capitalize()} '{schema}.{name}' not found")
    process.define(sql, [], [], [found.id])
    return None


def create_trigger(process: Process, sql: str, tree: exp.Create) -> StatementResult | None:
    """CREATE TRIGGER in LANGUAGE SQL: -365 when the name is taken, -366 for another schema, other languages -400."""
    table = table_named(process, tree.args["table"])
    node = tree.this
    name = names.identifier(node.this)
    schema = names.identifier(node.args.get("db")) or table.schema
    if schema.lower() != table.schema.lower():
        raise IrisError(-366, "Trigger and table must be in the same schema")
    existing = next(
        (
            t
            for t in process.dictionary.triggers()
            if t.name.lower() == name.lower() and t.schema.lower() == schema.lower()
        ),
        None,
    )
    if existing is not None and not tree.args.get("replace"):
        raise IrisError(-365, f"Trigger name '{name}' not unique")
    events = tuple(str(getattr(e.this, "name", e.this)).upper() if isinstance(e, exp.TriggerEvent) else e.name.upper()
                   for e in tree.args.get("events") or [])  # fmt: skip
    for event in tree.args.get("events") or []:
        for column in getattr(event, "args", {}).get("columns") or []:
            if table.column(names.identifier(column)) is None:
                raise IrisError(-400, f"Fatal error occurred: trigger names unknown field '{names.identifier(column)}'")
    order = tree.args.get("order")
    number = int(str(getattr(order, "name", order) or 0))
    timing = str(tree.args.get("timing") or "BEFORE").upper()
    for other in process.dictionary.triggers(table.id):
        if (
            other is not existing
            and other.timing == timing
            and number
            and other.order == number
            and set(other.events) & set(events)
        ):
            raise IrisError(-364, f"Trigger with the same event, time and order already exists: '{other.name}'")
    identity = existing.id if existing is not None else process.new_id()
    trigger = Trigger(identity, table.schema, name, table.id, timing, events, number, **trigger_parts(table, tree))
    others = [t for t in process.dictionary.triggers(table.id) if t is not existing]
    statements = [*triggers.dropped(table), *triggers.created(table, [*others, trigger])]
    if existing is not None and existing.table != table.id:
        former = process.dictionary.table(existing.table)
        left = [t for t in process.dictionary.triggers(former.id) if t is not existing]
        statements += [*triggers.dropped(former), *triggers.created(former, left)]
    process.define(sql, statements, [trigger])
    return None


def trigger_parts(table: Table, tree: exp.Create) -> dict[str, Any]:
    """Row level, columns, condition and body of a trigger. Only code in SQL is run here, so only that is taken."""
    language = str(tree.args.get("language") or "SQL").upper()
    if language != "SQL":
        raise IrisError(-400, f"Fatal error occurred: the stand-in does not run triggers in LANGUAGE {language}")
    if table.temporary:
        raise IrisError(-400, "Fatal error occurred: the stand-in has no triggers on temporary tables")
    body = tree.args.get("body") or []
    for statement in body:
        if isinstance(statement, exp.Return):
            raise IrisError(-400, "Fatal error occurred: a trigger returns nothing")
        if any(not node.this for node in statement.find_all(exp.Placeholder)):
            raise IrisError(-400, "Fatal error occurred: a parameter is not allowed in a trigger")
    referencing, when = tree.args.get("referencing"), tree.args.get("when")
    columns = [c for event in tree.args.get("events") or [] for c in event.args.get("columns") or []]
    return {
        "columns": tuple(names.identifier(c) for c in columns),
        "body": tuple(parsing.source(s) for s in body),
        "for_each": str(tree.args.get("for_each") or "ROW").upper(),
        "when": parsing.source(when) if when is not None else "",
        "old": names.identifier(referencing.args.get("old")) if referencing is not None else "",
        "new": names.identifier(referencing.args.get("new")) if referencing is not None else "",
    }


def drop_trigger(process: Process, sql: str, tree: exp.Drop) -> StatementResult | None:
    node = tree.this
    name = names.identifier(node.this).lower()
    schema = names.identifier(node.args.get("db")) or process.default_schema
    table = tree.args.get("table")
    found = [t for t in process.dictionary.triggers() if t.name.lower() == name]
    if table is not None:
        target = table_named(process, table)
        found = [t for t in found if t.table == target.id]
    else:
        found = [t for t in found if t.schema.lower() == schema.lower()] or (found if not node.args.get("db") else [])
    if not found:
        if tree.args.get("exists"):
            return skipped()
        raise IrisError(-363, f"Trigger '{name}' not found")
    owner = process.dictionary.table(found[0].table)
    left = [t for t in process.dictionary.triggers(owner.id) if t is not found[0]]
    process.define(sql, [*triggers.dropped(owner), *triggers.created(owner, left)], [], [found[0].id])
    return None


def create_database(process: Process, sql: str, tree: exp.Create) -> StatementResult | None:
    raise IrisError(-400, "Fatal error occurred: the namespaces of the stand-in are a setting of the instance")


def drop_database(process: Process, sql: str, tree: exp.Drop) -> StatementResult | None:
    name = names.identifier(tree.this)
    if name.upper() in (n.upper() for n in process.instance.settings.namespaces):
        raise IrisError(-344, "Cannot drop the current or a connected database")
    if tree.args.get("exists"):
        return skipped()
    raise IrisError(-340, f"No such database (namespace) '{name}'")


RULES: dict[tuple[type, str], Rule] = {
    (exp.Create, "INDEX"): create_index,
    (exp.Drop, "INDEX"): drop_index,
    (exp.Create, "USER"): create_principal,
    (exp.Create, "ROLE"): create_principal,
    (exp.Alter, "USER"): alter_user,
    (exp.Drop, "USER"): drop_principal,
    (exp.Drop, "ROLE"): drop_principal,
    **{(exp.Create, kind): create_routine for kind in ("FUNCTION", "PROCEDURE", "METHOD", "QUERY", "AGGREGATE")},
    **{(exp.Drop, kind): drop_routine for kind in ("FUNCTION", "PROCEDURE", "METHOD", "QUERY", "AGGREGATE")},
    (exp.Create, "TRIGGER"): create_trigger,
    (exp.Drop, "TRIGGER"): drop_trigger,
    (exp.Create, "DATABASE"): create_database,
    (exp.Drop, "DATABASE"): drop_database,
}
