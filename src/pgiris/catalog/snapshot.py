"""The schema snapshot: what IRIS's dictionary and the package's own tables say of a namespace, in a few statements.

Sources: INFORMATION_SCHEMA (document key GSQL_tables and the class documentation of INFORMATION.SCHEMA). What was
declared through pgiris wins as long as IRIS's type is still one that the declared type is stored as; an object changed
behind pgiris's back falls back to what IRIS says. Columns declared through pgiris have the collation EXACT; other
character columns are taken to have IRIS's default, SQLUPPER, since INFORMATION_SCHEMA does not tell. IRIS's names
have no case (GSQL_identifiers); columns that were not declared through pgiris appear in lower case, so that clients
need not quote them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

from pgiris.catalog import metadata
from pgiris.catalog.oid import assigned
from pgiris.sql.datatypes import COLUMN_TYPES, TYPE_NAMES
from pgiris.sql.schema import ForeignKey, Schema, Table, TableColumn
from pgiris.types import oids

Cells = Sequence[object]

_USER_SCHEMAS: Final = "WHERE TABLE_SCHEMA <> 'INFORMATION_SCHEMA' AND NOT (TABLE_SCHEMA %STARTSWITH '%')"
READ_TABLES: Final = f"SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE FROM INFORMATION_SCHEMA.TABLES {_USER_SCHEMAS}"
READ_COLUMNS: Final = (
    "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, ORDINAL_POSITION, COLUMN_DEFAULT, IS_NULLABLE, IS_IDENTITY, "
    "AUTO_INCREMENT, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE "
    f"FROM INFORMATION_SCHEMA.COLUMNS {_USER_SCHEMAS}"
)
READ_KEYS: Final = (
    "SELECT TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, CONSTRAINT_TYPE, COLUMN_NAME, ORDINAL_POSITION, "
    "REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME "
    f"FROM INFORMATION_SCHEMA.KEY_COLUMN_USAGE {_USER_SCHEMAS}"
)
READ_INDEXES: Final = (
    "SELECT TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, COLUMN_NAME, ORDINAL_POSITION "
    f"FROM INFORMATION_SCHEMA.INDEXES {_USER_SCHEMAS}"
)

_KINDS: Final[Mapping[str, str]] = MappingProxyType({"VIEW": "v", "SYSTEM VIEW": "v", "FOREIGN TABLE": "f"})


class IrisColumn(NamedTuple):
    """How a type of INFORMATION_SCHEMA.COLUMNS.DATA_TYPE looks to PostgreSQL, and its ODBC code (types.tsv)."""

    type_oid: int
    odbc: int


IRIS_TYPES: Final[Mapping[str, IrisColumn]] = MappingProxyType(
    {
        "bit": IrisColumn(oids.BOOL, -7),
        "tinyint": IrisColumn(oids.INT2, -6),
        "smallint": IrisColumn(oids.INT2, 5),
        "integer": IrisColumn(oids.INT4, 4),
        "bigint": IrisColumn(oids.INT8, -5),
        "numeric": IrisColumn(oids.NUMERIC, 2),
        "decimal": IrisColumn(oids.NUMERIC, 2),
        "double": IrisColumn(oids.FLOAT8, 8),
        "varchar": IrisColumn(oids.VARCHAR, 12),
        "longvarchar": IrisColumn(oids.TEXT, -1),
        "varbinary": IrisColumn(oids.BYTEA, -3),
        "longvarbinary": IrisColumn(oids.BYTEA, -4),
        "date": IrisColumn(oids.DATE, 9),
        "time": IrisColumn(oids.TIME, 10),
        "timestamp": IrisColumn(oids.TIMESTAMP, 11),
        "posixtime": IrisColumn(oids.TIMESTAMP, 11),
        "uniqueidentifier": IrisColumn(oids.UUID, -11),
        "guid": IrisColumn(oids.UUID, -11),
        "vector": IrisColumn(oids.VECTOR, 12),
    }
)
"""Types by name; others are text."""

_LARGEST_NUMERIC: Final = 1000


class Rows(Protocol):
    """A block of rows."""

    @property
    def values(self) -> Sequence[Cells]: ...
    @property
    def last(self) -> bool: ...


class Answer(Protocol):
    """What executing a query gives: a first block, and a cursor when there are more."""

    @property
    def block(self) -> Rows | None: ...
    @property
    def cursor(self) -> int: ...


class Source(Protocol):
    """A process of the namespace: the part of ``backend.api.Backend`` that a snapshot needs."""

    async def execute(self, sql: str) -> Answer: ...
    async def fetch(self, cursor: int) -> Rows: ...


@dataclass(slots=True)
class _Parts:
    """A table while its rows come in."""

    kind: str
    columns: list[Cells] = field(default_factory=list)
    keys: dict[tuple[str, str], list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    referenced: dict[str, list[tuple[int, str, str, str]]] = field(default_factory=lambda: defaultdict(list))
    indexes: dict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))


_Facts = Mapping[tuple[str, str, str], Cells]


async def load(source: Source, version: int = 0) -> Schema:
    """Read the namespace of `source`. Raises IrisError and BackendLost."""
    found: dict[tuple[str, str], _Parts] = {}
    for schema, name, kind in await _all(source, READ_TABLES):
        found[_text(schema), _text(name)] = _Parts(_KINDS.get(_text(kind).upper(), "r"))
    for row in await _all(source, READ_COLUMNS):
        parts = found.get((_text(row[0]), _text(row[1])))
        if parts is not None:
            parts.columns.append(row)
    for row in await _all(source, READ_KEYS):
        parts = found.get((_text(row[0]), _text(row[1])))
        if parts is not None:
            parts.keys[_text(row[2]), _text(row[3]).upper()].append((_number(row[5]), _text(row[4])))
            if _text(row[3]).upper() == "FOREIGN KEY":
                target = (_number(row[5]), _text(row[6]), _text(row[7]), _text(row[8]))
                parts.referenced[_text(row[2])].append(target)
    for row in await _all(source, READ_INDEXES):
        parts = found.get((_text(row[0]), _text(row[1])))
        if parts is not None and not _text(row[2]).startswith("%%"):
            parts.indexes[_text(row[2])].append((_number(row[4]), _text(row[3])))
    facts = await _facts(source, found)
    numbers = assigned("relation", found)
    tables = {
        (schema.lower(), name.lower()): _table(schema, name, parts, facts, numbers[schema, name])
        for (schema, name), parts in found.items()
    }
    return Schema(tables, version)


async def _all(source: Source, sql: str) -> list[Cells]:
    answer = await source.execute(sql)
    rows: list[Cells] = []
    block = answer.block
    while block is not None:
        rows.extend(block.values)
        block = None if block.last else await source.fetch(answer.cursor)
    return rows


async def _facts(source: Source, found: Mapping[tuple[str, str], _Parts]) -> _Facts:
    own = (metadata.SCHEMA.lower(), metadata.COLUMN_TYPE.lower())
    if own not in {(schema.lower(), name.lower()) for schema, name in found}:
        return {}
    return {
        (_text(row[0]).lower(), _text(row[1]).lower(), _text(row[2]).lower()): row
        for row in await _all(source, metadata.READ_COLUMN_TYPE)
    }


def _table(schema: str, name: str, parts: _Parts, facts: _Facts, oid: int) -> Table:
    rows = sorted(parts.columns, key=lambda row: _number(row[3]))
    columns = tuple(_column(row, facts.get((schema.lower(), name.lower(), _text(row[2]).lower()))) for row in rows)
    primary: tuple[str, ...] = ()
    unique: dict[str, tuple[str, ...]] = {}
    foreign: dict[str, ForeignKey] = {}
    for (constraint, kind), members in parts.keys.items():
        names = tuple(column for _, column in sorted(members))
        if kind == "PRIMARY KEY":
            primary = names
            unique[constraint] = names
        elif kind == "UNIQUE":
            unique[constraint] = names
        elif kind == "FOREIGN KEY":
            targets = sorted(parts.referenced[constraint])
            foreign[constraint] = ForeignKey(names, targets[0][1], targets[0][2], tuple(t[3] for t in targets))
    if not primary:
        # DDL ignores a key written on the identity column; drivers show it all the same (RSQL_createtable).
        primary = tuple(_text(row[2]) for row in rows if _yes(row[6]))
    return Table(
        schema,
        name,
        columns,
        primary,
        unique,
        parts.kind,
        oid,
        {index: tuple(column for _, column in sorted(members)) for index, members in parts.indexes.items()},
        tuple(sorted(constraint for constraint, _ in parts.keys)),
        foreign,
    )


def _column(row: Cells, fact: Cells | None) -> TableColumn:
    reported = _text(row[8]).lower()
    known = IRIS_TYPES.get(reported, IrisColumn(oids.TEXT, 12))
    default = None if row[4] is None else _text(row[4])
    identity = _yes(row[6]) or _yes(row[7])
    declared = TYPE_NAMES.get(_text(fact[3])) if fact is not None else None
    if fact is None or declared is None or not _agrees(declared, _number(fact[4]), reported, identity, row):
        return TableColumn(
            _text(row[2]).lower() if fact is None else _text(row[2]),
            known.type_oid,
            _typmod(known.type_oid, row),
            not _no(row[5]),
            default,
            identity,
            known.odbc,
            "SQLUPPER" if known.odbc == 12 else "EXACT",
        )
    written = None if fact[5] is None else _text(fact[5])
    return TableColumn(
        _text(row[2]),
        declared,
        _number(fact[4]),
        not _no(row[5]),
        written,
        identity,
        known.odbc if reported in IRIS_TYPES else COLUMN_TYPES[declared].odbc,
        "EXACT",
        True,
        _text(fact[6] or "") == "a",
    )


def _agrees(declared: int, typmod: int, reported: str, identity: bool, row: Cells) -> bool:
    """Whether IRIS's column can still be what was declared."""
    if identity:
        return declared in (oids.INT2, oids.INT4, oids.INT8)
    if reported not in COLUMN_TYPES[declared].reported:
        return False
    if declared in (oids.VARCHAR, oids.BPCHAR) and typmod >= 0 and row[9] is not None:
        return _number(row[9]) == typmod - 4
    return True


def _typmod(type_oid: int, row: Cells) -> int:
    if type_oid == oids.VARCHAR and row[9] is not None and _number(row[9]) > 0:
        return _number(row[9]) + 4
    if type_oid == oids.NUMERIC and row[10] is not None:
        precision, scale = _number(row[10]), _number(row[11] or 0)
        if 0 < precision <= _LARGEST_NUMERIC:
            return ((precision << 16) | (scale & 0x7FF)) + 4
    return -1


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _number(value: object) -> int:
    return int(value) if isinstance(value, int) else int(str(value))


def _yes(value: object) -> bool:
    return _text(value).upper() in ("YES", "1")


def _no(value: object) -> bool:
    return _text(value).upper() in ("NO", "0")


class SchemaCache:
    """The newest snapshot of one namespace, for all its sessions.

    A refresh that finds nothing changed keeps the object, and with it the plans that were made for it.
    """

    __slots__ = ("_current", "_version")

    def __init__(self) -> None:
        self._current: Schema | None = None
        self._version = 0

    def current(self) -> Schema | None:
        """The newest snapshot; None before the first one was read."""
        return self._current

    async def refresh(self, backend: Source) -> Schema:
        """Read the dictionary anew. Raises IrisError, BackendLost. A cancelled refresh leaves the old snapshot."""
        fresh = await load(backend, self._version + 1)
        if self._current is not None and self._current.tables == fresh.tables:
            return self._current
        self._version += 1
        self._current = Schema(fresh.tables, self._version)
        return self._current
