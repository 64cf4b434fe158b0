"""CREATE INDEX and DROP INDEX (RSQL_createindex, RSQL_dropindex, GSQL_vecsearch)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from sqlglot import exp

from pgiris import sqlstate
from pgiris.errors import FeatureNotSupported, PgError
from pgiris.sql.plan import Plan, Step, Transaction
from pgiris.sql.render import render
from pgiris.sql.rewrite import names, sources
from pgiris.sql.schema import Table
from pgiris.sql.statements.definitions import Definitions, Name
from pgiris.sql.statements.planning import Planner, Planning
from pgiris.sql.statements.tables import existing
from pgiris.sql.tokens import Cursor
from pgiris.types import oids

_PLAIN: Final = frozenset({"btree", "hash"})
_DISTANCES: Final = {"vector_cosine_ops": "Cosine", "vector_ip_ops": "DotProduct"}
"""pgvector's operator classes that IRIS's HNSW has a distance for."""
_PARAMETERS: Final = {"m": ("M", 2, 100), "ef_construction": ("efConstruction", 4, 1000)}
_EXISTS: Final = -324


@dataclass(slots=True)
class Index:
    """A parsed CREATE INDEX; `columns` are names with their operator classes."""

    unique: bool
    name: str | None
    if_not_exists: bool
    table: Name
    method: str = "btree"
    columns: list[tuple[str, str, int]] = field(default_factory=list)
    include: list[str] = field(default_factory=list)
    parameters: dict[str, int] = field(default_factory=dict)
    position: int = 1


def create(cursor: Cursor) -> Planner:
    """Read CREATE [UNIQUE] INDEX."""
    unique = cursor.accept("UNIQUE")
    cursor.expect("INDEX")
    cursor.accept("CONCURRENTLY")
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    name = None if cursor.peek() == "ON" else cursor.name()
    cursor.expect("ON")
    cursor.accept("ONLY")
    index = Index(unique, name, if_not_exists, Definitions(cursor, ()).table_name())
    if cursor.accept("USING"):
        index.position = cursor.position()
        index.method = cursor.name()
    cursor.expect("(")
    while True:
        index.columns.append(_element(cursor))
        if not cursor.accept(","):
            break
    cursor.expect(")")
    _tail(cursor, index)
    cursor.finish()
    return lambda planning: _plan(index, planning)


def _element(cursor: Cursor) -> tuple[str, str, int]:
    position = cursor.position()
    if cursor.peek() == "(" or cursor.peek(1) == "(":
        raise FeatureNotSupported("an index on an expression", position=position)
    name = cursor.name()
    if cursor.accept("COLLATE") and cursor.name() not in ("C", "POSIX", "default"):
        raise FeatureNotSupported("an index with a collation", position=position)
    opclass = "" if cursor.peek() in (",", ")", "ASC", "DESC", "NULLS") else cursor.name()
    cursor.accept_any("ASC", "DESC")
    if cursor.accept("NULLS") and not cursor.accept_any("FIRST", "LAST"):
        raise cursor.failure()
    return name, opclass, position


def _tail(cursor: Cursor, index: Index) -> None:
    if cursor.accept("INCLUDE"):
        index.include = list(Definitions(cursor, ()).column_list())
    if cursor.peek() == "NULLS":
        raise FeatureNotSupported("NULLS NOT DISTINCT", position=cursor.position())
    if cursor.accept("WITH"):
        cursor.expect("(")
        while not cursor.accept(")"):
            name = cursor.name()
            cursor.expect("=")
            value = cursor.take().text
            if value.isdecimal():
                index.parameters[name] = int(value)
            cursor.accept(",")
    if cursor.peek() in ("TABLESPACE", "WHERE"):
        what = "a partial index" if cursor.peek() == "WHERE" else "TABLESPACE"
        raise FeatureNotSupported(what, position=cursor.position())


def _plan(index: Index, planning: Planning) -> Plan:
    table = existing(index.table, planning)
    name = index.name or _chosen_name(index, table)
    taken = _find(planning, table.schema, name)
    if taken is not None:
        message = f'relation "{name}" already exists'
        if not index.if_not_exists:
            raise PgError(sqlstate.DUPLICATE_TABLE, message)
        notice = ("NOTICE", sqlstate.DUPLICATE_TABLE, f"{message}, skipping")
        return Plan("CREATE INDEX", transaction=Transaction.DDL, notices=(notice,))
    columns: list[exp.Expr] = [
        exp.Ordered(this=exp.Column(this=names.identifier(_column(table, column)))) for column, _, _ in index.columns
    ]
    params = exp.IndexParameters(columns=columns)
    tree = exp.Create(
        kind="INDEX",
        this=exp.Index(this=names.identifier(name), table=sources.bare(table), params=params),
        unique=index.unique or None,
    )
    if index.method == "hnsw":
        tree.set("index_class", _hnsw(index, table))
    elif index.method not in _PLAIN:
        raise FeatureNotSupported(f'index method "{index.method}"', position=index.position)
    if index.include:
        tree.set("data", [names.identifier(_column(table, column)) for column in index.include])
    ignore = frozenset({_EXISTS}) if index.if_not_exists else frozenset[int]()
    step = Step(render(tree)[0], ignore=ignore)
    return Plan("CREATE INDEX", (step,), transaction=Transaction.DDL, changes_schema=True)


def _column(table: Table, name: str) -> str:
    found = table.column(name)
    if found is None:
        raise PgError(sqlstate.UNDEFINED_COLUMN, f'column "{name}" does not exist')
    return found.name


def _chosen_name(index: Index, table: Table) -> str:
    """PostgreSQL's ChooseIndexName: t_a_b_idx, with a number when taken."""
    base = "_".join([table.name, *(column for column, _, _ in index.columns)])[: names.LONGEST - 4] + "_idx"
    taken = {name.lower() for name in table.indexes}
    number, name = 0, base
    while name.lower() in taken:
        number += 1
        name = f"{base}{number}"
    return name


def _hnsw(index: Index, table: Table) -> exp.Anonymous:
    if len(index.columns) != 1 or index.unique:
        raise FeatureNotSupported("a unique or multicolumn HNSW index", position=index.position)
    name, opclass, position = index.columns[0]
    column = table.column(name)
    if column is not None and (column.type_oid != oids.VECTOR or column.typmod < 0):
        raise PgError(sqlstate.INVALID_PARAMETER_VALUE, "column does not have dimensions")
    distance = _DISTANCES.get(opclass)
    if distance is None:
        raise FeatureNotSupported(
            f'an HNSW index with operator class "{opclass or "vector_l2_ops"}"',
            position=position,
            hint="IRIS has vector_cosine_ops and vector_ip_ops.",
        )
    arguments: list[exp.Expr] = [exp.EQ(this=exp.Var(this="Distance"), expression=exp.Literal.string(distance))]
    for key, value in index.parameters.items():
        parameter = _PARAMETERS.get(key)
        if parameter is None:
            raise PgError(sqlstate.INVALID_PARAMETER_VALUE, f'unrecognized parameter "{key}"')
        iris_name, low, high = parameter
        if not low <= value <= high:
            raise PgError(
                sqlstate.INVALID_PARAMETER_VALUE,
                f'value {value} out of bounds for option "{key}"',
                detail=f'Valid values are between "{low}" and "{high}".',
            )
        arguments.append(exp.EQ(this=exp.Var(this=iris_name), expression=exp.Literal.number(value)))
    return exp.Anonymous(this="HNSW", expressions=arguments)


def _find(planning: Planning, schema: str | None, name: str) -> tuple[Table, str] | None:
    """The table that has an index of that name, in that schema or on the search path."""
    folded = name.lower()
    searched = [names.schema_name(s).lower() for s in ((schema,) if schema else planning.search_path)]
    for table in planning.schema.tables.values():
        if table.schema.lower() in searched:
            for index in table.indexes:
                if index.lower() == folded:
                    return table, index
    return None


def drop(cursor: Cursor) -> Planner:
    """Read DROP INDEX; the table that IRIS wants to know is looked up in the snapshot."""
    cursor.accept("CONCURRENTLY")
    if_exists = cursor.accept("IF", "EXISTS")
    reader = Definitions(cursor, ())
    found = [reader.table_name()]
    while cursor.accept(","):
        found.append(reader.table_name())
    cursor.accept_any("CASCADE", "RESTRICT")
    cursor.finish()

    def plan(planning: Planning) -> Plan:
        steps: list[Step] = []
        notices: list[tuple[str, str, str]] = []
        for schema, name, _ in found:
            match = _find(planning, schema, name)
            if match is None:
                if not if_exists:
                    raise PgError(sqlstate.UNDEFINED_OBJECT, f'index "{name}" does not exist')
                message = f'index "{name}" does not exist, skipping'
                notices.append(("NOTICE", sqlstate.SUCCESSFUL_COMPLETION, message))
                continue
            table, index = match
            tree = exp.Drop(kind="INDEX", this=names.identifier(index), table=sources.bare(table))
            steps.append(Step(render(tree)[0]))
        return Plan(
            "DROP INDEX",
            tuple(steps),
            transaction=Transaction.DDL,
            changes_schema=bool(steps),
            notices=tuple(notices),
        )

    return plan
