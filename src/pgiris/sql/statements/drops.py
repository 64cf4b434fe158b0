"""DROP TABLE, DROP VIEW, schemas, and TRUNCATE (RSQL_droptable, RSQL_dropview, RSQL_dropschema, RSQL_truncate)."""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from pgiris import sqlstate
from pgiris.errors import FeatureNotSupported, PgError
from pgiris.sql import metadata
from pgiris.sql.plan import Plan, Step, Transaction
from pgiris.sql.render import render
from pgiris.sql.rewrite import names, sources
from pgiris.sql.schema import Table
from pgiris.sql.statements.definitions import Definitions, Name
from pgiris.sql.statements.planning import Planner, Planning
from pgiris.sql.statements.tables import existing, snapshot_has_schema
from pgiris.sql.tokens import Cursor

_KINDS: Final = {"TABLE": "r", "VIEW": "v"}
_NO_SUCH_SCHEMA: Final = -30

Notice = tuple[str, str, str]


def _references(cursor: Cursor) -> tuple[Name, ...]:
    reader = Definitions(cursor, ())
    result = [reader.table_name()]
    while cursor.accept(","):
        result.append(reader.table_name())
    return tuple(result)


def drop_relations(cursor: Cursor, kind: str) -> Planner:
    """DROP TABLE or DROP VIEW, several at once: one IRIS statement each."""
    if_exists = cursor.accept("IF", "EXISTS")
    references = _references(cursor)
    cascade = cursor.accept_any("CASCADE", "RESTRICT") == "CASCADE"
    cursor.finish()

    def plan(planning: Planning) -> Plan:
        steps: list[Step] = []
        notices: list[Notice] = []
        dropped: list[Table] = []
        for reference in references:
            found = planning.schema.find(reference[0], reference[1], planning.search_path)
            if found is None and if_exists:
                message = f'{kind.lower()} "{reference[1]}" does not exist, skipping'
                notices.append(("NOTICE", sqlstate.SUCCESSFUL_COMPLETION, message))
                continue
            table = found or existing(reference, planning, kind.lower())
            _check_kind(table, kind)
            if table not in dropped:
                dropped.append(table)
        steps += _released(dropped, planning, cascade, notices)
        for table in dropped:
            drop = exp.Drop(kind=kind, this=sources.bare(table), cascade=cascade or None)
            steps.append(Step(render(drop)[0]))
            if planning.schema.find(metadata.SCHEMA, metadata.COLUMN_TYPE) is not None:
                steps.append(metadata.forget_table(table.schema, table.name))
        return Plan(
            f"DROP {kind}",
            tuple(steps),
            transaction=Transaction.DDL,
            atomic=len(steps) > 1,
            changes_schema=bool(steps),
            notices=tuple(notices),
        )

    return plan


def _released(dropped: list[Table], planning: Planning, cascade: bool, notices: list[Notice]) -> list[Step]:
    """The steps that drop the foreign keys which refer to these tables; IRIS never does so itself (-320).

    Raises 2BP01 when there are some and CASCADE was not said.
    """
    steps: list[Step] = []
    for table in dropped:
        for owner, name in planning.schema.references(table):
            if owner is table:
                continue
            if owner not in dropped and not cascade:
                raise PgError(
                    sqlstate.DEPENDENT_OBJECTS_STILL_EXIST,
                    f"cannot drop table {table.name} because other objects depend on it",
                    detail=f"constraint {name} on table {owner.name} depends on table {table.name}",
                    hint="Use DROP ... CASCADE to drop the dependent objects too.",
                )
            if owner not in dropped:
                message = f"drop cascades to constraint {name} on table {owner.name}"
                notices.append(("NOTICE", sqlstate.SUCCESSFUL_COMPLETION, message))
            action = exp.Drop(kind="CONSTRAINT", this=names.identifier(name))
            steps.append(Step(render(exp.Alter(kind="TABLE", this=sources.bare(owner), actions=[action]))[0]))
    return steps


def _check_kind(table: Table, kind: str) -> None:
    if table.kind == _KINDS[kind]:
        return
    other = "view" if table.kind == "v" else "table"
    article = {"TABLE": "a table", "VIEW": "a view"}[kind]
    raise PgError(
        sqlstate.WRONG_OBJECT_TYPE,
        f'"{table.name}" is not {article}',
        hint=f"Use DROP {other.upper()} to remove a {other}.",
    )


def create_schema(cursor: Cursor) -> Planner:
    """CREATE SCHEMA. IRIS lists a schema once it holds something (RSQL_createschema)."""
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    position = cursor.position()
    if cursor.peek() == "AUTHORIZATION":
        raise FeatureNotSupported("CREATE SCHEMA AUTHORIZATION", position=position)
    name = cursor.name()
    if cursor.peek() == "AUTHORIZATION" or not cursor.done():
        if cursor.peek() in ("AUTHORIZATION", "CREATE", "GRANT"):
            raise FeatureNotSupported(f"CREATE SCHEMA … {cursor.peek()}", position=cursor.position())
        raise cursor.failure()

    def plan(planning: Planning) -> Plan:
        message = f'schema "{name}" already exists'
        if snapshot_has_schema(planning.schema, name):
            if not if_not_exists:
                raise PgError(sqlstate.DUPLICATE_SCHEMA, message)
            notice = ("NOTICE", sqlstate.DUPLICATE_SCHEMA, f"{message}, skipping")
            return Plan("CREATE SCHEMA", transaction=Transaction.DDL, notices=(notice,))
        tree = exp.Create(
            kind="SCHEMA",
            this=exp.Table(db=names.identifier(names.schema_name(name))),
            exists=if_not_exists or None,
        )
        return Plan("CREATE SCHEMA", (Step(render(tree)[0]),), transaction=Transaction.DDL, changes_schema=True)

    return plan


def drop_schemas(cursor: Cursor) -> Planner:
    """DROP SCHEMA, several at once."""
    if_exists = cursor.accept("IF", "EXISTS")
    found = [cursor.name()]
    while cursor.accept(","):
        found.append(cursor.name())
    cascade = cursor.accept_any("CASCADE", "RESTRICT") == "CASCADE"
    cursor.finish()

    def plan(planning: Planning) -> Plan:
        steps: list[Step] = []
        for name in found:
            schema = names.schema_name(name)
            if schema == "SQLUser":
                raise FeatureNotSupported("DROP SCHEMA public")
            tree = exp.Drop(
                kind="SCHEMA",
                this=exp.Table(db=names.identifier(schema)),
                exists=if_exists or None,
                cascade=cascade or None,
            )
            steps.append(Step(render(tree)[0]))
            if planning.schema.find(metadata.SCHEMA, metadata.COLUMN_TYPE) is not None:
                steps.append(metadata.forget_schema(schema))
        return Plan(
            "DROP SCHEMA", tuple(steps), transaction=Transaction.DDL, atomic=len(steps) > 1, changes_schema=True
        )

    return plan


def truncate(cursor: Cursor) -> Planner:
    """TRUNCATE. IRIS's own restarts counters, always (RSQL_truncate), so CONTINUE IDENTITY is a DELETE."""
    cursor.accept("ONLY")
    references = _references(cursor)
    restart = cursor.accept("RESTART", "IDENTITY")
    if not restart:
        cursor.accept("CONTINUE", "IDENTITY")
    cascade = cursor.accept_any("CASCADE", "RESTRICT") == "CASCADE"
    cursor.finish()

    def plan(planning: Planning) -> Plan:
        tables = [existing(reference, planning) for reference in references]
        for table in tables:
            if table.kind != "r":
                raise PgError(sqlstate.WRONG_OBJECT_TYPE, f'"{table.name}" is not a table')
        notices: list[Notice] = []
        steps: list[Step] = []
        for table in _truncated(tables, planning, cascade, notices):
            tree: exp.Expr = exp.Delete(this=sources.bare(table))
            if restart:
                tree = exp.TruncateTable(expressions=[sources.bare(table)])
            steps.append(Step(render(tree)[0]))
        return Plan(
            "TRUNCATE TABLE",
            tuple(steps),
            transaction=Transaction.WRITE,
            atomic=len(steps) > 1,
            notices=tuple(notices),
        )

    return plan


def _truncated(tables: list[Table], planning: Planning, cascade: bool, notices: list[Notice]) -> list[Table]:
    """The tables to be emptied, those that refer to others before them. Raises 0A000 for references from elsewhere."""
    wanted = list(dict.fromkeys((table.schema, table.name) for table in tables))
    found = {(table.schema, table.name): table for table in tables}
    for key in wanted:
        for owner, _ in planning.schema.references(found[key]):
            name = (owner.schema, owner.name)
            if name in found:
                continue
            if not cascade:
                raise PgError(
                    sqlstate.FEATURE_NOT_SUPPORTED,
                    "cannot truncate a table referenced in a foreign key constraint",
                    detail=f'Table "{owner.name}" references "{key[1]}".',
                    hint=f'Truncate table "{owner.name}" at the same time, or use TRUNCATE ... CASCADE.',
                )
            found[name] = owner
            wanted.append(name)
            notices.append(("NOTICE", sqlstate.SUCCESSFUL_COMPLETION, f'truncate cascades to table "{owner.name}"'))
    ordered: list[Table] = []
    while wanted:
        free = [
            key
            for key in wanted
            if not any(
                (o.schema, o.name) in wanted and o is not found[key] for o, _ in planning.schema.references(found[key])
            )
        ]
        for key in free or wanted:
            ordered.append(found[key])
        wanted = [key for key in wanted if free and key not in free]
    return ordered
