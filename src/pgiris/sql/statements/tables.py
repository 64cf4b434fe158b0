"""CREATE TABLE: IRIS's form of it, and what goes into the package's own tables (RSQL_createtable)."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from sqlglot import exp

from pgiris import sqlstate
from pgiris.errors import FeatureNotSupported, PgError
from pgiris.sql import metadata, typing
from pgiris.sql.analysis import PgType
from pgiris.sql.datatypes import COLUMN_TYPES, NAMES_BY_OID, iris_type
from pgiris.sql.iris.nodes import data_type
from pgiris.sql.plan import Plan, Step, Transaction
from pgiris.sql.render import render
from pgiris.sql.rewrite import names
from pgiris.sql.rewrite.query import QueryBuilder
from pgiris.sql.schema import Schema, Table, TableColumn
from pgiris.sql.statements.definitions import Column, Constraint, Definitions, Name
from pgiris.sql.statements.planning import Planner, Planning
from pgiris.sql.tokens import Cursor
from pgiris.types import oids

KEPT_BY_IRIS: Final = frozenset(
    {
        oids.BOOL, oids.INT2, oids.INT4, oids.INT8, oids.FLOAT4, oids.FLOAT8, oids.NUMERIC, oids.TEXT, oids.VARCHAR,
        oids.BPCHAR, oids.UUID, oids.JSON, oids.JSONB, oids.NAME,
    }
)  # fmt: skip
"""Types whose constant defaults read the same in IRIS's DEFAULT; those of others are supplied by INSERT."""


@dataclass(slots=True)
class TableDefinition:
    """A parsed CREATE TABLE."""

    table: Name
    if_not_exists: bool
    columns: list[Column] = field(default_factory=list)
    constraints: list[Constraint] = field(default_factory=list)


def head(cursor: Cursor, reader: Definitions) -> TableDefinition:
    """Read the name after CREATE TABLE."""
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    definition = TableDefinition(reader.table_name(), if_not_exists)
    if cursor.peek() in ("OF", "PARTITION"):
        raise FeatureNotSupported(f"CREATE TABLE … {cursor.peek()}", position=cursor.position())
    return definition


def planner(cursor: Cursor, reader: Definitions, definition: TableDefinition) -> Planner:
    """Read CREATE TABLE after the table's name."""
    cursor.expect("(")
    while not cursor.accept(")"):
        constraint = reader.table_constraint()
        if constraint is not None:
            definition.constraints.append(constraint)
        else:
            definition.columns.append(reader.column())
        if cursor.peek() == "," and cursor.peek(1) == ")":
            cursor.take()
            raise cursor.failure()
        if not cursor.accept(",") and cursor.peek() != ")":
            raise cursor.failure()
    if cursor.peek() in ("INHERITS", "PARTITION", "ON", "TABLESPACE", "USING", "AS"):
        raise FeatureNotSupported(f"CREATE TABLE … {cursor.peek()}", position=cursor.position())
    if cursor.accept("WITH"):
        # Storage parameters (fillfactor …) change nothing that can be seen.
        cursor.expect("(")
        cursor.balanced()
        cursor.expect(")")
    cursor.finish()
    return lambda planning: plan(definition, planning)


def plan(definition: TableDefinition, planning: Planning) -> Plan:
    """The plan of CREATE TABLE. Raises 42P07 when the name is taken, 42701 and 42P16 for contradictions."""
    skipped = taken(definition, planning, "CREATE TABLE")
    if skipped is not None:
        return skipped
    steps = creation_steps(definition, planning)
    return Plan("CREATE TABLE", tuple(steps), transaction=Transaction.DDL, atomic=True, changes_schema=True)


def taken(definition: TableDefinition, planning: Planning, tag: str) -> Plan | None:
    """The plan that does nothing, when the name is taken and that is no matter. Raises 42P07 when it is."""
    name = definition.table[1]
    if planning.schema.find(schema_of(definition.table, planning), name) is None:
        return None
    message = f'relation "{name}" already exists'
    if not definition.if_not_exists:
        raise PgError(sqlstate.DUPLICATE_TABLE, message)
    notice = ("NOTICE", sqlstate.DUPLICATE_TABLE, f"{message}, skipping")
    return Plan(tag, transaction=Transaction.DDL, notices=(notice,))


def creation_steps(definition: TableDefinition, planning: Planning) -> list[Step]:
    """The steps that create the table and write down what IRIS cannot hold of it."""
    schema, name = schema_of(definition.table, planning), definition.table[1]
    create = _Creation(definition, planning, schema, name).tree()
    steps = [*metadata.ensure(planning.schema), Step(render(create)[0]), metadata.forget_table(schema, name)]
    steps.append(metadata.record_columns(schema, name, [fact(column) for column in definition.columns]))
    return steps


def fact(column: Column) -> metadata.ColumnFact:
    """What the package's table keeps of a column."""
    return (column.name, NAMES_BY_OID[column.type.oid], column.type.typmod, column.default, column.identity or None)


class _Creation:
    def __init__(self, definition: TableDefinition, planning: Planning, schema: str, name: str) -> None:
        self.definition = definition
        self.planning = planning
        self.schema = schema
        self.name = name
        self.constraints = [c for column in definition.columns for c in column.constraints] + definition.constraints

    def tree(self) -> exp.Create:
        self._check()
        identity = next((column for column in self.definition.columns if column.identity), None)
        parts: list[exp.Expr] = [
            column_tree(column, self.planning, first_identity=column is identity) for column in self.definition.columns
        ]
        parts.extend(
            constraint_tree(constraint, self.name, self.schema, self.planning, self) for constraint in self.constraints
        )
        table = exp.Table(this=names.identifier(self.name), db=names.identifier(self.schema))
        create = exp.Create(kind="TABLE", this=exp.Schema(this=table, expressions=parts))
        if identity is not None:
            # Without it IRIS refuses values for the identity column (-111).
            allow = exp.EQ(this=exp.Var(this="ALLOWIDENTITYINSERT"), expression=exp.Literal.number(1))
            create.set("class_parameters", [allow])
        return create

    def _check(self) -> None:
        seen: set[str] = set()
        if not self.definition.columns:
            raise FeatureNotSupported("a table without columns", position=self.definition.table[2])
        for column in self.definition.columns:
            if column.name in seen:
                message = f'column "{column.name}" specified more than once'
                raise PgError(sqlstate.DUPLICATE_COLUMN, message, position=None)
            seen.add(column.name)
        names.unique(column.name for column in self.definition.columns)
        keys = [constraint for constraint in self.constraints if constraint.kind == "PRIMARY KEY"]
        if len(keys) > 1:
            message = f'multiple primary keys for table "{self.name}" are not allowed'
            raise PgError(sqlstate.INVALID_TABLE_DEFINITION, message, position=keys[1].position)
        for constraint in self.constraints:
            for name in constraint.columns:
                if name not in seen:
                    message = f'column "{name}" named in key does not exist'
                    raise PgError(sqlstate.UNDEFINED_COLUMN, message, position=constraint.position)
        for key in keys:
            for column in self.definition.columns:
                if column.name in key.columns:
                    column.not_null = True

    def primary_key(self) -> tuple[str, ...]:
        """The columns of this table's own primary key, for references to itself."""
        return next((c.columns for c in self.constraints if c.kind == "PRIMARY KEY"), ())


def column_tree(column: Column, planning: Planning, *, first_identity: bool) -> exp.ColumnDef:
    """A column as IRIS defines it. IRIS has one IDENTITY a table; further ones are SERIAL (RSQL_createtable)."""
    constraints: list[exp.Expr] = []
    kind = iris_type(column.type, column.position)
    if column.identity:
        if column.default is not None:
            message = f'both default and identity specified for column "{column.name}"'
            raise PgError(sqlstate.SYNTAX_ERROR, message, position=column.position)
        if column.type.oid not in (oids.INT2, oids.INT4, oids.INT8):
            message = "identity column type must be smallint, integer, or bigint"
            raise PgError(sqlstate.INVALID_PARAMETER_VALUE, message)
        kind = data_type(exp.DType.BIGINT, "BIGINT") if first_identity else data_type(exp.DType.SERIAL, "SERIAL")
        if first_identity:
            constraints.append(exp.GeneratedAsIdentityColumnConstraint(this=False))
    if column.not_null:
        constraints.append(exp.NotNullColumnConstraint())
    default = iris_default(column, planning)
    if default is not None:
        constraints.append(exp.DefaultColumnConstraint(this=default))
    if COLUMN_TYPES[column.type.oid].text:
        constraints.append(exp.CollateColumnConstraint(this=exp.Var(this="EXACT")))
    return exp.ColumnDef(
        this=names.identifier(column.name),
        kind=kind,
        constraints=[exp.ColumnConstraint(kind=constraint) for constraint in constraints],
    )


def iris_default(column: Column, planning: Planning) -> exp.Expr | None:
    """A constant default as IRIS's DEFAULT, so that rows written without pgiris get it too. Others are supplied by
    INSERT (``statements.insert``). The expression is checked here whatever it is: 42804, 22P02, 0A000 …"""
    if column.default_tree is None:
        return None
    tree = column.default_tree.copy()
    analyzed = typing.analyze(tree, planning.schema, planning.search_path, ())
    builder = QueryBuilder(analyzed)
    item = analyzed.tree.expressions[0]
    node = item.this if isinstance(item, exp.Alias) else item
    target = TableColumn(column.name, column.type.oid, column.type.typmod)
    constant = builder.rewriter.constant(node, target)
    if constant is None:
        reference = node.find(exp.Column)
        if reference is not None:
            message = "cannot use column reference in DEFAULT expression"
            raise PgError(sqlstate.FEATURE_NOT_SUPPORTED, message)
        builder.rewriter.assign(node, target)
        return None
    return literal(constant.value) if column.type.oid in KEPT_BY_IRIS else None


def literal(value: object) -> exp.Expr | None:
    """A value in ODBC form as an IRIS literal; None when it has none."""
    if value is None:
        return None
    if isinstance(value, bool):
        return exp.Literal.number(int(value))
    if isinstance(value, (int, Decimal)):
        text = f"{abs(value):f}" if isinstance(value, Decimal) else str(abs(value))
        number: exp.Expr = exp.Literal.number(text)
        return exp.Neg(this=number) if value < 0 else number
    if isinstance(value, float):
        return exp.Literal.string(repr(value))
    if isinstance(value, str):
        return exp.Literal.string(value)
    return None


def constraint_tree(
    constraint: Constraint, table: str, schema: str, planning: Planning, creation: _Creation | None = None
) -> exp.Constraint:
    """A key as IRIS defines it, with PostgreSQL's name for it."""
    columns = [names.identifier(name) for name in constraint.columns]
    kind: exp.Expr
    if constraint.kind == "PRIMARY KEY":
        kind = exp.PrimaryKey(expressions=columns)
    elif constraint.kind == "UNIQUE":
        kind = exp.UniqueColumnConstraint(this=exp.Schema(expressions=columns))
    else:
        kind = exp.ForeignKey(expressions=columns, reference=_reference(constraint, table, schema, planning, creation))
    name = names.identifier(constraint.name or _constraint_name(constraint, table))
    return exp.Constraint(this=name, expressions=[kind])


def _constraint_name(constraint: Constraint, table: str) -> str:
    """PostgreSQL's own names: t_pkey, t_a_b_key, t_a_fkey (ChooseConstraintName)."""
    suffix = {"PRIMARY KEY": "pkey", "UNIQUE": "key", "FOREIGN KEY": "fkey"}[constraint.kind]
    middle = [] if suffix == "pkey" else list(constraint.columns)
    return "_".join([table, *middle])[: names.LONGEST - len(suffix) - 1] + "_" + suffix


def _reference(
    constraint: Constraint, table: str, schema: str, planning: Planning, creation: _Creation | None
) -> exp.Reference:
    assert constraint.references is not None
    target_schema, target, position = constraint.references
    found = planning.schema.find(target_schema, target, planning.search_path)
    own = (
        found is None
        and creation is not None
        and (schema_of(constraint.references, planning), target) == (schema, table)
    )
    if own:
        assert creation is not None
        found_schema, key = schema, creation.primary_key()
    elif found is not None:
        found_schema, key = found.schema, found.primary_key
    else:
        raise PgError(sqlstate.UNDEFINED_TABLE, f'relation "{target}" does not exist')
    referenced = constraint.referenced or key
    if not referenced:
        message = f'there is no primary key for referenced table "{target}"'
        raise PgError(sqlstate.UNDEFINED_OBJECT, message, position=position)
    if len(referenced) != len(constraint.columns):
        message = "number of referencing and referenced columns for foreign key disagree"
        raise PgError(sqlstate.INVALID_FOREIGN_KEY, message, position=constraint.position)
    name = exp.Table(this=names.identifier(found.name if found else target), db=names.identifier(found_schema))
    options = [f"ON {event} {action}" for event, action in _actions(constraint) if action]
    return exp.Reference(
        this=exp.Schema(this=name, expressions=[names.identifier(column) for column in referenced]), options=options
    )


def _actions(constraint: Constraint) -> tuple[tuple[str, str], ...]:
    return ("DELETE", constraint.on_delete), ("UPDATE", constraint.on_update)


def existing(reference: Name, planning: Planning, what: str = "relation") -> Table:
    """The table or view that a reference names; 42P01 when there is none."""
    schema, name, position = reference
    found = planning.schema.find(schema, name, planning.search_path)
    if found is None:
        shown = f"{schema}.{name}" if schema and what == "relation" else name
        raise PgError(
            sqlstate.UNDEFINED_TABLE,
            f'{what} "{shown}" does not exist',
            position=position if what == "relation" else None,
        )
    return found


def schema_of(reference: Name, planning: Planning) -> str:
    """The IRIS schema that a new object goes to."""
    return names.schema_name(reference[0] or planning.search_path[0])


def pg_type(column: TableColumn) -> PgType:
    return PgType(column.type_oid, column.typmod)


def snapshot_has_schema(schema: Schema, name: str) -> bool:
    folded = names.schema_name(name).lower()
    return folded == "sqluser" or any(key[0] == folded for key in schema.tables)
