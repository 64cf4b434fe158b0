"""SQL's names of types, typmods, and format_type().

Source: PostgreSQL 15 manual, chapter 8 and section 9.26 (format_type).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from pgiris import sqlstate
from pgiris.errors import PgError
from pgiris.types import oids
from pgiris.types.catalogue import BY_NAME, array_oid, element_oid, type_info
from pgiris.types.intervals import FULL_RANGE
from pgiris.types.numeric import MAX_PRECISION, precision_and_scale
from pgiris.types.strings import MAX_LENGTH
from pgiris.types.vectors import MAX_DIMENSIONS, MAX_SPARSE_DIMENSIONS

NO_TYPMOD: Final = -1
HEADER: Final = 4
"""What typmods of varchar, bpchar and numeric count on top."""
MAX_TIME_PRECISION: Final = 6
FULL_PRECISION: Final = 0xFFFF

_SPELLINGS: Final[Mapping[str, str]] = {
    "int": "int4",
    "integer": "int4",
    "smallint": "int2",
    "bigint": "int8",
    "real": "float4",
    "double precision": "float8",
    "boolean": "bool",
    "decimal": "numeric",
    "dec": "numeric",
    "character": "bpchar",
    "char": "bpchar",
    "nchar": "bpchar",
    "national character": "bpchar",
    "national char": "bpchar",
    '"char"': "char",
    "character varying": "varchar",
    "char varying": "varchar",
    "nchar varying": "varchar",
    "national character varying": "varchar",
    "national char varying": "varchar",
    "time without time zone": "time",
    "time with time zone": "timetz",
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz",
    "bit varying": "varbit",
}
_FIELD_BITS: Final = {"year": 4, "month": 2, "day": 8, "hour": 1024, "minute": 2048, "second": 4096}
_FIELDS: Final = tuple(_FIELD_BITS)
_TIMES: Final = frozenset({oids.TIME, oids.TIMETZ, oids.TIMESTAMP, oids.TIMESTAMPTZ})
_DIMENSIONS: Final = {
    oids.VECTOR: MAX_DIMENSIONS,
    oids.HALFVEC: MAX_DIMENSIONS,
    oids.SPARSEVEC: MAX_SPARSE_DIMENSIONS,
}


def type_by_sql_name(name: str, arguments: Sequence[int] = ()) -> tuple[int, int]:
    """OID and typmod of a type as SQL spells it, words separated by single spaces, ``[]`` behind for an array.

    ``interval day to second`` and ``time with time zone`` are names; what stands in parentheses is `arguments`.
    Raises PgError 42704 for an unknown name, 22023 for bad arguments, 42601 for arguments where none may be.
    """
    clean = " ".join(name.split())
    clean = clean if clean.startswith('"') else clean.lower()
    element, is_array = (clean.removesuffix("[]").rstrip(), True) if clean.endswith("[]") else (clean, False)
    mask = FULL_RANGE
    if element.startswith("interval "):
        element, mask = "interval", _interval_mask(element, name)
    plain = _SPELLINGS.get(element, element)
    info = BY_NAME.get(plain)
    if info is None:
        raise PgError(sqlstate.UNDEFINED_OBJECT, f'type "{name}" does not exist')
    oid = info.oid
    # SQL says that char alone is char(1); PostgreSQL's own name bpchar has no such default.
    default = 1 + HEADER if oid == oids.BPCHAR and element != "bpchar" else NO_TYPMOD
    typmod = encode_typmod(oid, arguments, mask) if arguments or mask != FULL_RANGE else default
    return (array_oid(oid) if is_array else oid), typmod


def _interval_mask(name: str, shown: str) -> int:
    first, _, last = name.removeprefix("interval ").partition(" to ")
    last = last or first
    if first not in _FIELD_BITS or last not in _FIELD_BITS or _FIELDS.index(first) > _FIELDS.index(last):
        raise PgError(sqlstate.UNDEFINED_OBJECT, f'type "{shown}" does not exist')
    return sum(_FIELD_BITS[field] for field in _FIELDS[_FIELDS.index(first) : _FIELDS.index(last) + 1])


def encode_typmod(oid: int, arguments: Sequence[int], interval_mask: int = FULL_RANGE) -> int:
    """The typmod of a type with arguments. Raises PgError 22023 and 42601."""
    if oid == oids.INTERVAL and len(arguments) <= 1:
        precision = _precision(arguments[0], "INTERVAL") if arguments else FULL_PRECISION
        return interval_mask << 16 | precision
    if oid == oids.NUMERIC and len(arguments) <= 2:
        return _numeric_typmod(arguments[0], arguments[1] if len(arguments) == 2 else 0)
    if len(arguments) == 1:
        if oid in (oids.VARCHAR, oids.BPCHAR):
            return _bounded(arguments[0], f"length for type {'varchar' if oid == oids.VARCHAR else 'char'}") + HEADER
        if oid in _TIMES:
            return _precision(arguments[0], "TIME" if oid in (oids.TIME, oids.TIMETZ) else "TIMESTAMP")
        if oid in _DIMENSIONS:
            return _bounded(arguments[0], f"dimensions for type {_plain_name(oid)}", _DIMENSIONS[oid])
        if _plain_name(oid) in ("bit", "bit varying"):
            return _bounded(arguments[0], f"length for type {_plain_name(oid)}")
    raise PgError(sqlstate.SYNTAX_ERROR, f'type modifier is not allowed for type "{_plain_name(oid)}"')


def _bounded(number: int, what: str, limit: int = MAX_LENGTH) -> int:
    if number < 1:
        raise PgError(sqlstate.INVALID_PARAMETER_VALUE, f"{what} must be at least 1")
    if number > limit:
        raise PgError(sqlstate.INVALID_PARAMETER_VALUE, f"{what} cannot exceed {limit}")
    return number


def _precision(number: int, what: str) -> int:
    if number < 0:
        raise PgError(sqlstate.INVALID_PARAMETER_VALUE, f"{what}({number}) precision must not be negative")
    return min(number, MAX_TIME_PRECISION)


def _numeric_typmod(precision: int, scale: int) -> int:
    if not 1 <= precision <= MAX_PRECISION:
        raise PgError(
            sqlstate.INVALID_PARAMETER_VALUE,
            f"NUMERIC precision {precision} must be between 1 and {MAX_PRECISION}",
        )
    if not -MAX_PRECISION <= scale <= MAX_PRECISION:
        raise PgError(
            sqlstate.INVALID_PARAMETER_VALUE,
            f"NUMERIC scale {scale} must be between -{MAX_PRECISION} and {MAX_PRECISION}",
        )
    return (precision << 16 | scale & 0x7FF) + HEADER


def decode_typmod(oid: int, typmod: int) -> tuple[int, ...]:
    """The arguments that a typmod stands for; none when there is none."""
    if typmod < 0:
        return ()
    if oid == oids.NUMERIC:
        return precision_and_scale(typmod) if typmod >= HEADER else ()
    if oid in (oids.VARCHAR, oids.BPCHAR):
        return (typmod - HEADER,) if typmod >= HEADER else ()
    if oid == oids.INTERVAL:
        return () if typmod & 0xFFFF == FULL_PRECISION else (typmod & 0xFFFF,)
    return (typmod,)


def _plain_name(oid: int) -> str:
    info = type_info(oid)
    return info.formatted if info is not None else "???"


def format_type(oid: int, typmod: int = NO_TYPMOD) -> str:
    """The type as PostgreSQL's format_type() writes it; ``-`` for 0, ``???`` for an unknown OID."""
    if oid == 0:
        return "-"
    element = element_oid(oid)
    if element:
        return f"{format_type(element, typmod)}[]"
    arguments = decode_typmod(oid, typmod)
    name = _plain_name(oid)
    if typmod < 0:
        return name
    if oid == oids.INTERVAL:
        return name + _interval_fields(typmod >> 16 & FULL_RANGE) + _parenthesised(arguments)
    if oid in _TIMES:
        head, _, tail = name.partition(" ")
        return f"{head}{_parenthesised(arguments)} {tail}"
    if oid == oids.BPCHAR and not arguments:
        return "bpchar"
    if oid in (oids.VARCHAR, oids.BPCHAR, oids.NUMERIC) or oid in _DIMENSIONS or name.startswith("bit"):
        return name + _parenthesised(arguments)
    return name


def _parenthesised(arguments: tuple[int, ...]) -> str:
    return f"({','.join(map(str, arguments))})" if arguments else ""


def _interval_fields(mask: int) -> str:
    if mask == FULL_RANGE:
        return ""
    named = [field for field in _FIELDS if mask & _FIELD_BITS[field]]
    return f" {named[0]}" if len(named) == 1 else f" {named[0]} to {named[-1]}"
