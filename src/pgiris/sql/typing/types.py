"""PostgreSQL's types as analysis sees them: names, modifiers, categories (manual, chapters 8 and 10)."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from sqlglot import exp

from pgiris import sqlstate
from pgiris.errors import FeatureNotSupported, PgError
from pgiris.sql.analysis import PgType
from pgiris.sql.postgres_types import TypeName, name_of
from pgiris.types import catalogue, oids

_ALL: Final = (*catalogue.TYPES, *catalogue.ARRAYS)
BY_NAME: Final = {info.name: info.oid for info in _ALL}
INFO: Final = {info.oid: info for info in _ALL}
ARRAYS: Final = {info.oid: info.array_oid for info in catalogue.TYPES if info.array_oid}
ELEMENTS: Final = {array: element for element, array in ARRAYS.items()}

TEXTUAL: Final = frozenset({oids.TEXT, oids.VARCHAR, oids.BPCHAR, oids.NAME})
INTEGERS: Final = frozenset({oids.INT2, oids.INT4, oids.INT8})
FLOATS: Final = frozenset({oids.FLOAT4, oids.FLOAT8})
NUMBERS: Final = INTEGERS | FLOATS | {oids.NUMERIC}
ANYELEMENT: Final = BY_NAME["anyelement"]
ANYARRAY: Final = BY_NAME["anyarray"]
ANYNONARRAY: Final = BY_NAME["anynonarray"]
ANY: Final = BY_NAME["any"]
ANYCOMPATIBLE: Final = BY_NAME["anycompatible"]
ANYCOMPATIBLEARRAY: Final = BY_NAME["anycompatiblearray"]
ANYCOMPATIBLENONARRAY: Final = BY_NAME["anycompatiblenonarray"]
POLYMORPHIC: Final = frozenset(
    {ANYELEMENT, ANYARRAY, ANYNONARRAY, ANYCOMPATIBLE, ANYCOMPATIBLEARRAY, ANYCOMPATIBLENONARRAY}
)

BOOL: Final = PgType(oids.BOOL)
UNKNOWN: Final = PgType(oids.UNKNOWN)
TEXT: Final = PgType(oids.TEXT)

HEADER: Final = 4
"""VARHDRSZ: what typmods of varchar, bpchar and numeric count on top."""

_LONGEST: Final = 10_485_760
_DIMENSIONS: Final = {oids.VECTOR: 16_000, oids.HALFVEC: 16_000, oids.SPARSEVEC: 1_000_000_000}
_TIMES: Final = frozenset({oids.TIME, oids.TIMETZ, oids.TIMESTAMP, oids.TIMESTAMPTZ})
_INTERVAL_FULL_RANGE: Final = 0x7FFF
_FIELD_BITS: Final = {"YEAR": 4, "MONTH": 2, "DAY": 8, "HOUR": 1024, "MINUTE": 2048, "SECOND": 4096}
_FIELD_ORDER: Final = ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND")


def element_of(oid: int) -> int:
    """The element type of an array type, 0 for others."""
    return ELEMENTS.get(oid, 0)


def array_of(oid: int) -> int:
    """The array type of an element type, 0 when there is none."""
    return ARRAYS.get(oid, 0)


def category(oid: int) -> str:
    """typcategory: N numbers, S strings, D dates, B booleans, U others …"""
    info = INFO.get(oid)
    return info.category if info is not None else "U"


def preferred(oid: int) -> bool:
    info = INFO.get(oid)
    return info is not None and info.preferred


def type_name(oid: int) -> str:
    """The name as PostgreSQL's messages show it (format_type without a typmod)."""
    info = INFO.get(oid)
    if info is None:
        return str(oid)
    if info.is_array and info.element:
        return type_name(info.element) + "[]"
    return info.formatted


def resolve(node: exp.Expr) -> PgType:
    """The type that a parsed type name means, with its typmod. Raises 42704 and, for bad modifiers, 22023."""
    name = name_of(node)
    oid = _find(name)
    if not oid:
        shown = f"{name.schema}.{name.name}" if name.schema and name.schema != "pg_catalog" else name.name
        raise PgError(sqlstate.UNDEFINED_OBJECT, f'type "{shown}" does not exist', position=name.start + 1)
    typmod = _typmod(oid, name)
    if name.array:
        array = array_of(oid)
        if not array:
            raise FeatureNotSupported(f"array of {name.name}", position=name.start + 1)
        return PgType(array, typmod)
    return PgType(oid, typmod)


def _find(name: TypeName) -> int:
    if name.schema not in ("", "pg_catalog", "public"):
        return 0
    oid = BY_NAME.get(name.name, 0)
    is_extension = oid >= oids.VECTOR
    return oid if name.schema == "" or is_extension == (name.schema == "public") else 0


def _typmod(oid: int, name: TypeName) -> int:
    if oid == oids.INTERVAL:
        return _interval_typmod(name)
    if not name.modifiers:
        return -1
    try:
        numbers = [int(modifier) for modifier in name.modifiers]
    except ValueError:
        raise PgError("22P02", f'invalid input syntax for type integer: "{name.modifiers[0]}"') from None
    if oid in (oids.VARCHAR, oids.BPCHAR):
        return _length(oid, numbers, name)
    if oid == oids.NUMERIC:
        return _numeric_typmod(numbers, name)
    if oid in _TIMES and len(numbers) == 1:
        return _precision(numbers[0], type_name(oid).split(" ")[0].upper(), name)
    if oid in _DIMENSIONS and len(numbers) == 1:
        return _dimensions(oid, numbers[0], name)
    raise PgError(
        sqlstate.SYNTAX_ERROR,
        f'type modifier is not allowed for type "{name.name}"',
        position=name.start + 1,
    )


def _bad(message: str, name: TypeName) -> PgError:
    return PgError(sqlstate.INVALID_PARAMETER_VALUE, message, position=name.start + 1)


def _length(oid: int, numbers: list[int], name: TypeName) -> int:
    shown = "varchar" if oid == oids.VARCHAR else "char"
    if len(numbers) != 1:
        raise _bad("invalid type modifier", name)
    if numbers[0] < 1:
        raise _bad(f"length for type {shown} must be at least 1", name)
    if numbers[0] > _LONGEST:
        raise _bad(f"length for type {shown} cannot exceed {_LONGEST}", name)
    return numbers[0] + HEADER


def _numeric_typmod(numbers: list[int], name: TypeName) -> int:
    if len(numbers) > 2:
        raise _bad("invalid NUMERIC type modifier", name)
    precision, scale = numbers[0], numbers[1] if len(numbers) == 2 else 0
    if not 1 <= precision <= 1000:
        raise _bad(f"NUMERIC precision {precision} must be between 1 and 1000", name)
    if not -1000 <= scale <= 1000:
        raise _bad(f"NUMERIC scale {scale} must be between -1000 and 1000", name)
    return ((precision << 16) | (scale & 0x7FF)) + HEADER


def _precision(number: int, shown: str, name: TypeName) -> int:
    if number < 0:
        raise _bad(f"{shown}({number}) precision must not be negative", name)
    return min(number, 6)


def _dimensions(oid: int, number: int, name: TypeName) -> int:
    shown = type_name(oid)
    if number < 1:
        raise _bad(f"dimensions for type {shown} must be at least 1", name)
    if number > _DIMENSIONS[oid]:
        raise _bad(f"dimensions for type {shown} cannot exceed {_DIMENSIONS[oid]}", name)
    return number


def _interval_typmod(name: TypeName) -> int:
    precision = min(int(name.modifiers[0]), 6) if name.modifiers else 0xFFFF
    if not name.fields:
        return (_INTERVAL_FULL_RANGE << 16) | precision if name.modifiers else -1
    first, _, last = name.fields.partition(" TO ")
    begin, end = _FIELD_ORDER.index(first), _FIELD_ORDER.index(last or first)
    mask = sum(_FIELD_BITS[field] for field in _FIELD_ORDER[begin : end + 1])
    return (mask << 16) | precision


@lru_cache(maxsize=256)
def numeric_scale(typmod: int) -> tuple[int, int] | None:
    """Precision and scale of a numeric typmod; None when there is none."""
    if typmod < HEADER:
        return None
    scale = (typmod - HEADER) & 0x7FF
    return (typmod - HEADER) >> 16, scale - 0x800 if scale >= 0x400 else scale


def length_of(typmod: int) -> int | None:
    """Characters of a varchar or bpchar typmod; None when there is no limit."""
    return typmod - HEADER if typmod > HEADER else None
