"""PostgreSQL's column types as IRIS's, as data. Sources: RSQL_datatype; sql facts section 13.

Used by DDL (which IRIS type a column gets) and by the catalog (does what IRIS reports agree with the declaration).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from sqlglot import exp

from pgiris import sqlstate
from pgiris.errors import FeatureNotSupported, PgError
from pgiris.sql.analysis import PgType
from pgiris.sql.iris.nodes import data_type
from pgiris.types import oids

TEXT_LENGTH: Final = 65_535
"""Characters of a text column; a stream would take longer ones, and allow no predicate but IS NULL (GSQL_blobs)."""
LONG_LENGTH: Final = 3_641_144
"""The longest IRIS string (GSQL_langelements), for documents and bytes."""

ANY_SCALE: Final = (36, 18)
"""Precision and scale of ``numeric`` without them: as wide as IRIS's NUMERIC gets on both sides of the point."""


class ColumnType(NamedTuple):
    """`name` is IRIS's type, `dtype` sqlglot's nearest; `reported` the names INFORMATION_SCHEMA.COLUMNS.DATA_TYPE may
    give; `odbc` the type code; `text`: a character column, which gets COLLATE EXACT; `length`: its length when the
    PostgreSQL type has none."""

    name: str
    dtype: exp.DType
    odbc: int
    reported: frozenset[str]
    text: bool = False
    length: int = 0


def _text(length: int = TEXT_LENGTH) -> ColumnType:
    return ColumnType("VARCHAR", exp.DType.VARCHAR, 12, frozenset({"varchar"}), True, length)


_TIMESTAMP: Final = ColumnType(
    "TIMESTAMP", exp.DType.TIMESTAMP, 11, frozenset({"timestamp", "posixtime", "datetime", "timestamp2"})
)
_DOUBLE: Final = ColumnType("DOUBLE", exp.DType.DOUBLE, 8, frozenset({"double", "float", "real"}))

COLUMN_TYPES: Final[Mapping[int, ColumnType]] = MappingProxyType(
    {
        oids.BOOL: ColumnType("BIT", exp.DType.BIT, -7, frozenset({"bit"})),
        oids.INT2: ColumnType("SMALLINT", exp.DType.SMALLINT, 5, frozenset({"smallint"})),
        oids.INT4: ColumnType("INTEGER", exp.DType.INT, 4, frozenset({"integer", "bigint"})),
        oids.INT8: ColumnType("BIGINT", exp.DType.BIGINT, -5, frozenset({"bigint", "integer"})),
        oids.OID: ColumnType("BIGINT", exp.DType.BIGINT, -5, frozenset({"bigint"})),
        oids.FLOAT4: _DOUBLE,
        oids.FLOAT8: _DOUBLE,
        oids.NUMERIC: ColumnType("NUMERIC", exp.DType.DECIMAL, 2, frozenset({"numeric", "decimal"})),
        oids.TEXT: _text(),
        oids.VARCHAR: _text(),
        oids.BPCHAR: _text(),
        oids.NAME: _text(63),
        oids.CHAR: _text(1),
        oids.JSON: _text(LONG_LENGTH),
        oids.JSONB: _text(LONG_LENGTH),
        oids.XML: _text(LONG_LENGTH),
        oids.UUID: _text(36),
        oids.BYTEA: ColumnType(
            "VARBINARY",
            exp.DType.VARBINARY,
            -3,
            frozenset({"varbinary", "longvarbinary", "binary"}),
            False,
            LONG_LENGTH,
        ),
        oids.DATE: ColumnType("DATE", exp.DType.DATE, 9, frozenset({"date"})),
        oids.TIME: ColumnType("TIME", exp.DType.TIME, 10, frozenset({"time"})),
        oids.TIMESTAMP: _TIMESTAMP,
        oids.TIMESTAMPTZ: _TIMESTAMP,
        oids.VECTOR: ColumnType("VECTOR", exp.DType.VECTOR, 12, frozenset({"varchar", "vector"})),
    }
)
"""Types that a column can have, by OID."""

TYPE_NAMES: Final[Mapping[str, int]] = MappingProxyType(
    {
        "bool": oids.BOOL,
        "int2": oids.INT2,
        "int4": oids.INT4,
        "int8": oids.INT8,
        "oid": oids.OID,
        "float4": oids.FLOAT4,
        "float8": oids.FLOAT8,
        "numeric": oids.NUMERIC,
        "text": oids.TEXT,
        "varchar": oids.VARCHAR,
        "bpchar": oids.BPCHAR,
        "name": oids.NAME,
        "char": oids.CHAR,
        "json": oids.JSON,
        "jsonb": oids.JSONB,
        "xml": oids.XML,
        "uuid": oids.UUID,
        "bytea": oids.BYTEA,
        "date": oids.DATE,
        "time": oids.TIME,
        "timestamp": oids.TIMESTAMP,
        "timestamptz": oids.TIMESTAMPTZ,
        "vector": oids.VECTOR,
    }
)
"""Names in PostgreSQL's catalogue of the types above."""

NAMES_BY_OID: Final[Mapping[int, str]] = MappingProxyType({oid: name for name, oid in TYPE_NAMES.items()})

SERIALS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "serial": oids.INT4,
        "serial4": oids.INT4,
        "bigserial": oids.INT8,
        "serial8": oids.INT8,
        "smallserial": oids.INT2,
        "serial2": oids.INT2,
    }
)

KNOWN: Final = frozenset(
    [
        "bit",
        "varbit",
        "box",
        "circle",
        "line",
        "lseg",
        "path",
        "point",
        "polygon",
        "cidr",
        "inet",
        "macaddr",
        "macaddr8",
        "interval",
        "timetz",
        "money",
        "tsquery",
        "tsvector",
        "int4range",
        "int8range",
        "numrange",
        "daterange",
        "tsrange",
        "tstzrange",
        "int4multirange",
        "int8multirange",
        "nummultirange",
        "datemultirange",
        "tsmultirange",
        "tstzmultirange",
        "halfvec",
        "sparsevec",
        "pg_lsn",
        "pg_snapshot",
        "txid_snapshot",
        "xid",
        "xid8",
        "cid",
        "tid",
        "regclass",
        "regtype",
        "regproc",
        "regprocedure",
        "regoper",
        "regoperator",
        "regconfig",
        "regdictionary",
        "regnamespace",
        "regrole",
        "regcollation",
        "jsonpath",
        "hstore",
        "citext",
    ]
)
"""Types that PostgreSQL or its common extensions have and a column here cannot (0A000 rather than 42704)."""

_NUMERIC_PRECISION: Final = 1000
_MAX_SCALE: Final = 18
_MAX_VECTOR: Final = 16_000


def column_type(name: str, modifiers: tuple[str, ...], array: bool, position: int | None) -> PgType:
    """The PostgreSQL type that a column definition names: its OID and typmod.

    Raises 42704 for unknown names, 22023 for bad modifiers, 0A000 for types that cannot be stored.
    """
    oid = TYPE_NAMES.get(name)
    if array or (oid is None and name in KNOWN):
        raise FeatureNotSupported(f"a column of type {name}{'[]' if array else ''}", position=position)
    if oid is None:
        raise PgError(sqlstate.UNDEFINED_OBJECT, f'type "{name}" does not exist', position=position)
    return PgType(oid, _typmod(oid, name, modifiers, position))


def _typmod(oid: int, name: str, modifiers: tuple[str, ...], position: int | None) -> int:
    if not modifiers:
        return -1
    try:
        numbers = [int(modifier) for modifier in modifiers]
    except ValueError:
        raise PgError(sqlstate.SYNTAX_ERROR, "type modifiers must be simple constants", position=position) from None
    if oid in (oids.VARCHAR, oids.BPCHAR) and len(numbers) == 1:
        return _length(numbers[0], "varchar" if oid == oids.VARCHAR else "char", position) + 4
    if oid == oids.NUMERIC and len(numbers) in (1, 2):
        return _numeric(numbers[0], numbers[1] if len(numbers) == 2 else 0, position)
    if oid in (oids.TIME, oids.TIMESTAMP, oids.TIMESTAMPTZ) and len(numbers) == 1:
        return min(numbers[0], 6)
    if oid == oids.VECTOR and len(numbers) == 1:
        if not 1 <= numbers[0] <= _MAX_VECTOR:
            bound = "at least 1" if numbers[0] < 1 else f"at most {_MAX_VECTOR}"
            raise PgError(sqlstate.INVALID_PARAMETER_VALUE, f"dimensions for type vector must be {bound}")
        return numbers[0]
    raise PgError(sqlstate.SYNTAX_ERROR, f'type modifier is not allowed for type "{name}"', position=position)


def _length(length: int, name: str, position: int | None) -> int:
    if length < 1:
        message = f"length for type {name} must be at least 1"
        raise PgError(sqlstate.INVALID_PARAMETER_VALUE, message, position=position)
    if length > 10_485_760:
        message = f"length for type {name} cannot exceed 10485760"
        raise PgError(sqlstate.INVALID_PARAMETER_VALUE, message, position=position)
    return length


def _numeric(precision: int, scale: int, position: int | None) -> int:
    if not 1 <= precision <= _NUMERIC_PRECISION:
        message = f"NUMERIC precision {precision} must be between 1 and {_NUMERIC_PRECISION}"
        raise PgError(sqlstate.INVALID_PARAMETER_VALUE, message, position=position)
    if not -_NUMERIC_PRECISION <= scale <= _NUMERIC_PRECISION:
        message = f"NUMERIC scale {scale} must be between -{_NUMERIC_PRECISION} and {_NUMERIC_PRECISION}"
        raise PgError(sqlstate.INVALID_PARAMETER_VALUE, message, position=position)
    return ((precision << 16) | (scale & 0x7FF)) + 4


def numeric_typmod(typmod: int) -> tuple[int, int]:
    """Precision and scale of a numeric's typmod."""
    value = typmod - 4
    scale = value & 0x7FF
    return value >> 16, scale - 0x800 if scale & 0x400 else scale


def iris_type(type_: PgType, position: int | None = None) -> exp.DataType:
    """The IRIS type of a column of this PostgreSQL type. Raises 0A000 for what exceeds IRIS's types."""
    found = COLUMN_TYPES[type_.oid]
    return data_type(found.dtype, found.name, _parameters(type_, found, position))


def _parameters(type_: PgType, found: ColumnType, position: int | None) -> list[exp.Expr]:
    if type_.oid == oids.NUMERIC:
        precision, scale = ANY_SCALE if type_.typmod < 0 else numeric_typmod(type_.typmod)
        if not 0 <= scale <= _MAX_SCALE or precision > 19 + scale:
            raise FeatureNotSupported(f"a column of type numeric({precision},{scale})", position=position)
        return [exp.Literal.number(precision), exp.Literal.number(scale)]
    if type_.oid == oids.VECTOR:
        element: list[exp.Expr] = [exp.Var(this="FLOAT")]
        return element if type_.typmod < 0 else [*element, exp.Literal.number(type_.typmod)]
    if type_.oid == oids.TIME:
        return [exp.Literal.number(6)]
    if found.length:
        length = type_.typmod - 4 if type_.oid in (oids.VARCHAR, oids.BPCHAR) and type_.typmod >= 0 else found.length
        if length > LONG_LENGTH:
            raise FeatureNotSupported(f"a column of {length} characters", position=position)
        return [exp.Literal.number(length)]
    return []
