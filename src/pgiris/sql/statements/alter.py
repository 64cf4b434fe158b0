"""ALTER TABLE: IRIS does one kind of change a statement (RSQL_altertable), so each action is a step of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp
from sqlglot.tokenizer_core import Token

from pgiris import sqlstate
from pgiris.errors import FeatureNotSupported, PgError
from pgiris.sql import metadata
from pgiris.sql.analysis import PgType
from pgiris.sql.datatypes import COLUMN_TYPES, NAMES_BY_OID, iris_type
from pgiris.sql.plan import Plan, Step, Transaction
from pgiris.sql.render import render
from pgiris.sql.rewrite import names, sources
from pgiris.sql.schema import Table, TableColumn
from pgiris.sql.statements.definitions import Column, Constraint, Definitions
from pgiris.sql.statements.planning import Planner, Planning
from pgiris.sql.statements.tables import column_tree, constraint_tree, existing, fact, iris_default
from pgiris.sql.tokens import Cursor

Notice = tuple[str, str, str]
Action = Callable[["_Alteration"], None]


def planner(cursor: Cursor, tokens: Sequence[Token]) -> Planner:
    """Read ALTER TABLE after its first words."""
    if_exists = cursor.accept("IF", "EXISTS")
    cursor.accept("ONLY")
    reader = Definitions(cursor, tokens)
    reference = reader.table_name()
    actions = [_action(cursor, reader)]
    while cursor.accept(","):
        actions.append(_action(cursor, reader))
    cursor.finish()

    def plan(planning: Planning) -> Plan:
        found = planning.schema.find(reference[0], reference[1], planning.search_path)
        if found is None and if_exists:
            message = f'relation "{reference[1]}" does not exist, skipping'
            notice = ("NOTICE", sqlstate.SUCCESSFUL_COMPLETION, message)
            return Plan("ALTER TABLE", transaction=Transaction.DDL, notices=(notice,))
        alteration = _Alteration(found or existing(reference, planning), planning)
        for action in actions:
            action(alteration)
        return Plan(
            "ALTER TABLE",
            tuple(alteration.steps),
            transaction=Transaction.DDL,
            atomic=True,
            changes_schema=True,
            notices=tuple(alteration.notices),
        )

    return plan


class _Alteration:
    """The steps of one ALTER TABLE, as its actions add them."""

    def __init__(self, table: Table, planning: Planning) -> None:
        self.table = table
        self.planning = planning
        self.steps: list[Step] = list(metadata.ensure(planning.schema))
        self.notices: list[Notice] = []

    def alter(self, action: exp.Expr) -> None:
        tree = exp.Alter(kind="TABLE", this=sources.bare(self.table), actions=[action])
        self.steps.append(Step(render(tree)[0]))

    def keep(self, step: Step) -> None:
        self.steps.append(step)

    def column(self, name: str) -> TableColumn:
        found = self.table.column(name)
        if found is None:
            message = f'column "{name}" of relation "{self.table.name}" does not exist'
            raise PgError(sqlstate.UNDEFINED_COLUMN, message)
        return found

    def notice(self, message: str, state: str = sqlstate.SUCCESSFUL_COMPLETION) -> None:
        self.notices.append(("NOTICE", state, message))


def _action(cursor: Cursor, reader: Definitions) -> Action:
    position = cursor.position()
    word = cursor.accept_any("ADD", "DROP", "ALTER", "RENAME")
    if word == "ADD":
        return _add(cursor, reader)
    if word == "DROP":
        return _drop(cursor)
    if word == "ALTER":
        return _alter_column(cursor, reader)
    if word == "RENAME":
        return _rename(cursor)
    if cursor.peek() in _OTHER:
        raise FeatureNotSupported(f"ALTER TABLE … {cursor.peek()}", position=position)
    raise cursor.failure()


_OTHER = frozenset(
    {
        "ATTACH", "CLUSTER", "DETACH", "DISABLE", "ENABLE", "FORCE", "INHERIT", "NO", "NOT", "OF", "OPTIONS", "OWNER",
        "REPLICA", "RESET", "SET", "VALIDATE",
    }
)  # fmt: skip


def _add(cursor: Cursor, reader: Definitions) -> Action:
    constraint = reader.table_constraint()
    if constraint is not None:
        return lambda alteration: _add_constraint(alteration, constraint)
    cursor.accept("COLUMN")
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    column = reader.column()
    return lambda alteration: _add_column(alteration, column, if_not_exists)


def _add_constraint(alteration: _Alteration, constraint: Constraint) -> None:
    for name in constraint.columns:
        if alteration.table.column(name) is None:
            message = f'column "{name}" named in key does not exist'
            raise PgError(sqlstate.UNDEFINED_COLUMN, message, position=constraint.position)
    if constraint.kind == "PRIMARY KEY" and alteration.table.primary_key:
        message = f'multiple primary keys for table "{alteration.table.name}" are not allowed'
        raise PgError(sqlstate.INVALID_TABLE_DEFINITION, message)
    table = alteration.table
    if constraint.name is not None and constraint.name.lower() in {name.lower() for name in table.constraints}:
        if constraint.kind == "FOREIGN KEY":
            message = f'constraint "{constraint.name}" for relation "{table.name}" already exists'
            raise PgError(sqlstate.DUPLICATE_OBJECT, message)
        raise PgError(sqlstate.DUPLICATE_TABLE, f'relation "{constraint.name}" already exists')
    tree = constraint_tree(constraint, table.name, table.schema, alteration.planning)
    alteration.alter(exp.AddConstraint(expressions=[tree]))


def _add_column(alteration: _Alteration, column: Column, if_not_exists: bool) -> None:
    table = alteration.table
    if table.column(column.name) is not None:
        message = f'column "{column.name}" of relation "{table.name}" already exists'
        if not if_not_exists:
            raise PgError(sqlstate.DUPLICATE_COLUMN, message)
        alteration.notice(f"{message}, skipping", sqlstate.DUPLICATE_COLUMN)
        return
    if column.identity:
        raise FeatureNotSupported("ALTER TABLE … ADD COLUMN with an identity", position=column.position)
    default = iris_default(column, alteration.planning)
    if column.default is not None and default is None:
        raise FeatureNotSupported(
            "ALTER TABLE … ADD COLUMN with a default that is no constant", position=column.position
        )
    alteration.alter(column_tree(column, alteration.planning, first_identity=False))
    if default is not None:
        # PostgreSQL gives existing rows the default.
        target = exp.Column(this=names.identifier(column.name))
        update = exp.Update(this=sources.bare(table), expressions=[exp.EQ(this=target, expression=default.copy())])
        update.set("where", exp.Where(this=exp.Is(this=target.copy(), expression=exp.Null())))
        alteration.keep(Step(render(update)[0]))
    alteration.keep(metadata.forget_column(table.schema, table.name, column.name))
    alteration.keep(metadata.record_columns(table.schema, table.name, [fact(column)]))
    for constraint in column.constraints:
        tree = constraint_tree(constraint, table.name, table.schema, alteration.planning)
        alteration.alter(exp.AddConstraint(expressions=[tree]))


def _drop(cursor: Cursor) -> Action:
    kind = "CONSTRAINT" if cursor.accept("CONSTRAINT") else "COLUMN"
    if kind == "COLUMN":
        cursor.accept("COLUMN")
    if_exists = cursor.accept("IF", "EXISTS")
    name = cursor.name()
    cascade = cursor.accept_any("CASCADE", "RESTRICT") == "CASCADE"

    def column(alteration: _Alteration) -> None:
        table = alteration.table
        if if_exists and table.column(name) is None:
            alteration.notice(f'column "{name}" of relation "{table.name}" does not exist, skipping')
            return
        found = alteration.column(name)
        alteration.alter(exp.Drop(kind="COLUMN", this=names.identifier(found.name), cascade=cascade or None))
        alteration.keep(metadata.forget_column(table.schema, table.name, name))

    def constraint(alteration: _Alteration) -> None:
        table = alteration.table
        known = {key.lower() for key in (*table.unique_keys, *table.constraints)}
        if name.lower() not in known:
            message = f'constraint "{name}" of relation "{table.name}" does not exist'
            if not if_exists:
                raise PgError(sqlstate.UNDEFINED_OBJECT, message)
            alteration.notice(f"{message}, skipping")
            return
        alteration.alter(exp.Drop(kind="CONSTRAINT", this=names.identifier(name)))

    return constraint if kind == "CONSTRAINT" else column


def _rename(cursor: Cursor) -> Action:
    if cursor.peek() == "CONSTRAINT":
        raise FeatureNotSupported("ALTER TABLE … RENAME CONSTRAINT", position=cursor.position())
    if cursor.accept("TO"):
        new_name = cursor.name()

        def table(alteration: _Alteration) -> None:
            old = alteration.table
            if alteration.planning.schema.find(old.schema, new_name) is not None:
                raise PgError(sqlstate.DUPLICATE_TABLE, f'relation "{new_name}" already exists')
            alteration.alter(exp.AlterRename(this=exp.Table(this=names.identifier(new_name))))
            alteration.keep(metadata.rename_table(old.schema, old.name, new_name))

        return table
    cursor.accept("COLUMN")
    old_name = cursor.name()
    cursor.expect("TO")
    new_column = cursor.name()

    def column(alteration: _Alteration) -> None:
        table = alteration.table
        found = alteration.column(old_name)
        if table.column(new_column) is not None:
            message = f'column "{new_column}" of relation "{table.name}" already exists'
            raise PgError(sqlstate.DUPLICATE_COLUMN, message)
        alteration.alter(exp.AlterColumn(this=names.identifier(found.name), rename_to=names.identifier(new_column)))
        alteration.keep(metadata.rename_column(table.schema, table.name, found.name, new_column))

    return column


def _alter_column(cursor: Cursor, reader: Definitions) -> Action:
    position = cursor.position()
    if cursor.peek() == "CONSTRAINT":
        raise FeatureNotSupported("ALTER TABLE … ALTER CONSTRAINT", position=position)
    cursor.accept("COLUMN")
    name = cursor.name()
    if cursor.accept("SET", "DATA", "TYPE") or cursor.accept("TYPE"):
        type_, serial = reader.type_name()
        if serial:
            raise FeatureNotSupported("ALTER COLUMN … TYPE serial", position=position)
        if cursor.peek() in ("USING", "COLLATE"):
            raise FeatureNotSupported(f"ALTER COLUMN … TYPE … {cursor.peek()}", position=cursor.position())
        return lambda alteration: _change_type(alteration, name, type_, position)
    if cursor.accept("SET", "DEFAULT"):
        text, tree = reader.expression()
        return lambda alteration: _set_default(alteration, name, text, tree)
    if cursor.accept("DROP", "DEFAULT"):
        return lambda alteration: _drop_default(alteration, name)
    if cursor.accept("SET", "NOT", "NULL"):
        return lambda alteration: _nullable(alteration, name, False)
    if cursor.accept("DROP", "NOT", "NULL"):
        return lambda alteration: _nullable(alteration, name, True)
    if cursor.peek() in ("SET", "DROP", "ADD", "RESET", "RESTART"):
        raise FeatureNotSupported(f"ALTER COLUMN … {cursor.peek()} {cursor.peek(1)}".rstrip(), position=position)
    raise cursor.failure()


def _change_type(alteration: _Alteration, name: str, type_: PgType, position: int) -> None:
    """IRIS does not rewrite what is stored (RSQL_altertable), so only changes that leave it valid are done."""
    column = alteration.column(name)
    old, new = COLUMN_TYPES.get(column.type_oid), COLUMN_TYPES[type_.oid]
    same = old is not None and old.name == new.name
    widened = old is not None and (old.name, new.name) in (
        ("SMALLINT", "INTEGER"),
        ("SMALLINT", "BIGINT"),
        ("INTEGER", "BIGINT"),
    )
    if not (same or widened):
        raise FeatureNotSupported("ALTER COLUMN … TYPE that converts stored values", position=position)
    table = alteration.table
    alteration.alter(exp.AlterColumn(this=names.identifier(column.name), dtype=iris_type(type_, position)))
    alteration.keep(metadata.change_type(table.schema, table.name, name, NAMES_BY_OID[type_.oid], type_.typmod))


def _set_default(alteration: _Alteration, name: str, text: str, tree: exp.Expr) -> None:
    found = alteration.column(name)
    column = Column(name, PgType(found.type_oid, found.typmod), 0, default=text, default_tree=tree)
    default = iris_default(column, alteration.planning)
    target = names.identifier(found.name)
    if default is not None:
        alteration.alter(exp.AlterColumn(this=target, default=default))
    elif found.default is not None:
        alteration.alter(exp.AlterColumn(this=target, drop=True))
    _remember_default(alteration, found, text)


def _remember_default(alteration: _Alteration, column: TableColumn, text: str | None) -> None:
    """Write the column's row anew: tables made without pgiris have none."""
    table = alteration.table
    alteration.keep(metadata.forget_column(table.schema, table.name, column.name))
    type_name = NAMES_BY_OID.get(column.type_oid)
    if type_name is not None:
        row: metadata.ColumnFact = (column.name, type_name, column.typmod, text, None)
        alteration.keep(metadata.record_columns(table.schema, table.name, [row]))


def _drop_default(alteration: _Alteration, name: str) -> None:
    found = alteration.column(name)
    if found.default is not None:
        alteration.alter(exp.AlterColumn(this=names.identifier(found.name), drop=True))
    _remember_default(alteration, found, None)


def _nullable(alteration: _Alteration, name: str, nullable: bool) -> None:
    found = alteration.column(name)
    if nullable and name in alteration.table.primary_key:
        raise PgError(sqlstate.INVALID_TABLE_DEFINITION, f'column "{name}" is in a primary key')
    alteration.alter(exp.AlterColumn(this=names.identifier(found.name), allow_null=nullable))
