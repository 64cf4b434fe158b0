"""Values at the border to IRIS: PostgreSQL's forms (``pgiris.types``) to IRIS's in ODBC mode (``pgiris.backend.api``).

IRIS delivers numbers without trailing zeros, times without trailing fraction digits, and computed cells in whatever
Python type they come as; so reading looks at what a cell says, not at its type, but takes nothing that the declared
type cannot be. What IRIS cannot hold is refused by name.
"""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final

from pgiris import sqlstate
from pgiris.errors import FeatureNotSupported, PgError
from pgiris.types import numeric, oids, strings
from pgiris.types.catalogue import element_oid, type_info
from pgiris.types.context import DEFAULT_CONTEXT
from pgiris.types.datetime_output import time_text
from pgiris.types.floats import shortest_float8, to_single
from pgiris.types.registry import read_text as read_literal
from pgiris.types.registry import write_text as write_literal
from pgiris.types.values import BoundedArray
from pgiris.types.vectors import to_half

Reader = Callable[[object], object]
"""Turns a cell that is not NULL into PostgreSQL's form. Raises PgError 22003, else one of ``UNREADABLE``."""

UNREADABLE: Final = (ValueError, TypeError, ArithmeticError, AttributeError)

EPOCH_ORDINAL: Final = date(2000, 1, 1).toordinal()
HOROLOG_OF_EPOCH: Final = 58_074
"""2000-01-01 as IRIS counts days (types.tsv, row DATE)."""
SECOND: Final = 1_000_000
DAY: Final = 86_400 * SECOND
LONGEST_INTEGER: Final = 30
"""Decimal digits, more than any integer type has."""
FIRST_DAY: Final = date.min.toordinal() - EPOCH_ORDINAL
LAST_DAY: Final = date.max.toordinal() - EPOCH_ORDINAL

_TEXTUAL: Final = frozenset({oids.TEXT, oids.VARCHAR, oids.NAME, oids.JSON, oids.JSONB, oids.XML, oids.UNKNOWN})
_LIMITS: Final = {oids.INT2: 1 << 15, oids.INT4: 1 << 31, oids.INT8: 1 << 63}
_BOOLEANS: Final = {0: False, 1: True, "0": False, "1": True}


# -- reading ------------------------------------------------------------------------------------------------------


def read_bool(cell: object) -> bool:
    """BIT is 1 or 0, as a number or as text."""
    try:
        return _BOOLEANS[cell]  # type: ignore[index,unused-ignore]
    except KeyError:
        raise ValueError("not a BIT") from None


def read_integer(cell: object) -> int:
    """An integer, whatever it comes as; a fraction is an error, never cut off."""
    if isinstance(cell, int):
        return int(cell)
    number = cell if isinstance(cell, Decimal) else Decimal(_number_text(cell))
    if number.is_finite() and number.adjusted() > LONGEST_INTEGER:
        raise PgError(sqlstate.NUMERIC_VALUE_OUT_OF_RANGE, "bigint out of range")
    whole = int(number)
    if whole != number:
        raise ValueError("not an integer")
    return whole


def _number_text(cell: object) -> str:
    if not isinstance(cell, (str, int, float, Decimal)):
        raise TypeError("not a number")
    return repr(cell) if isinstance(cell, float) else str(cell)


def integer_reader(type_oid: int) -> Callable[[object], int]:
    """Integers within the type's range; others are 22003, as when PostgreSQL computes them."""
    limit = _LIMITS[type_oid]

    def read(cell: object) -> int:
        value = read_integer(cell)
        if not -limit <= value < limit:
            raise PgError(sqlstate.NUMERIC_VALUE_OUT_OF_RANGE, f"{type_name(type_oid)} out of range")
        return value

    return read


def read_float8(cell: object) -> float:
    if not isinstance(cell, (float, int, str, Decimal)):
        raise TypeError("not a number")
    return float(cell)


def read_float4(cell: object) -> float:
    value = read_float8(cell)
    single = to_single(value)
    if math.isinf(single) and not math.isinf(value):
        raise PgError(sqlstate.NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: overflow")
    return single


def read_decimal(cell: object) -> Decimal:
    """A number in PostgreSQL's form, with an exponent that is never positive."""
    return numeric.from_number(cell if isinstance(cell, Decimal) else Decimal(_number_text(cell)))


def decimal_reader(typmod: int, scale: int = -1) -> Callable[[object], Decimal]:
    """Gives numbers back the scale that IRIS leaves out: the column's, else at least `scale` (-1: unknown)."""
    if typmod < 0:
        return padding_reader(scale) if scale > 0 else read_decimal
    _, declared = numeric.precision_and_scale(typmod)
    unit = Decimal((0, (1,), -max(declared, 0)))

    def read(cell: object) -> Decimal:
        value = read_decimal(cell)
        return numeric.from_number(value.quantize(unit, context=numeric.EXACT)) if value.is_finite() else value

    return read


def padding_reader(scale: int) -> Callable[[object], Decimal]:
    """Fills numbers up with zeros to that many digits after the point; digits beyond it stay."""
    unit = Decimal((0, (1,), -scale))

    def read(cell: object) -> Decimal:
        value = read_decimal(cell)
        exponent = value.as_tuple().exponent
        return value.quantize(unit, context=numeric.EXACT) if isinstance(exponent, int) and -exponent < scale else value

    return read


def read_text(cell: object) -> str:
    """Text, or the text of a number that a loosely typed expression gave."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, Decimal):
        return numeric.to_text(cell)
    if isinstance(cell, float):
        return shortest_float8(cell)
    if isinstance(cell, int):
        return str(int(cell))
    raise TypeError("not text")


def bpchar_reader(typmod: int) -> Callable[[object], str]:
    """IRIS does not pad CHAR (types.tsv); PostgreSQL does."""
    width = typmod - 4 if typmod > 4 else 0
    return lambda cell: read_text(cell).ljust(width)


def read_bytes(cell: object) -> bytes:
    """Binary cells may come as text whose characters are bytes (embedded.md 1.4)."""
    if isinstance(cell, str):
        return cell.encode("latin-1")
    if not isinstance(cell, (bytes, bytearray, memoryview)):
        raise TypeError("not bytes")
    return bytes(cell)


@lru_cache(maxsize=4096)
def read_day(text: str) -> int:
    """``YYYY-MM-DD`` as days since 2000-01-01."""
    if len(text) != len("YYYY-MM-DD") or text[4] != "-" or text[7] != "-":
        raise ValueError("not a date")
    return date.fromisoformat(text).toordinal() - EPOCH_ORDINAL


def read_date(cell: object) -> int:
    """ODBC text, or the day number that date arithmetic gives (sql.md 14)."""
    if not isinstance(cell, str):
        return read_integer(cell) - HOROLOG_OF_EPOCH
    if len(cell) > len("YYYY-MM-DD") and read_clock(cell[11:]):
        raise ValueError("not a whole day")
    return read_day(cell[:10])


def read_time(cell: object) -> int:
    """``HH:MM:SS[.f]``, or seconds since midnight."""
    value = read_clock(cell) if isinstance(cell, str) else round(Decimal(_number_text(cell)) * SECOND)
    if not 0 <= value <= DAY:
        raise ValueError("not a time of day")
    return value


def read_clock(text: str) -> int:
    """``HH:MM[:SS[.f]]`` in microseconds; further digits round."""
    hours, minutes, *rest = text.split(":")
    seconds, _, fraction = (rest[0] if rest else "0").partition(".")
    if len(rest) > 1 or not (hours + minutes + seconds + fraction).isdecimal():
        raise ValueError("not a time")
    microseconds = int(fraction.ljust(6, "0")[:6]) if fraction else 0
    if len(fraction) > 6 and fraction[6] >= "5":
        microseconds += 1
    return (int(hours) * 3600 + int(minutes) * 60 + int(seconds)) * SECOND + microseconds


def read_timestamp(cell: object) -> int:
    """``YYYY-MM-DD[ HH:MM:SS[.f]]``."""
    if not isinstance(cell, str):
        raise TypeError("not a timestamp")
    if len(cell) > 10 and cell[10] not in " T":
        raise ValueError("not a timestamp")
    return read_day(cell[:10]) * DAY + (read_clock(cell[11:]) if len(cell) > 10 else 0)


def read_vector(cell: object) -> array[float]:
    """``a,b,c``; the brackets of JSON style are accepted too."""
    if not isinstance(cell, str):
        raise TypeError("not a vector")
    values = array("f", map(float, cell.strip("[] ").split(",")))
    if not all(map(math.isfinite, values)):
        raise ValueError("not a finite vector")
    return values


def read_halfvec(cell: object) -> array[float]:
    return array("f", map(to_half, read_vector(cell)))


def array_reader(element: int) -> Reader:
    """Arrays are stored as JSON text, see ``to_iris``."""
    read_element = reader(element, -1)

    def read(value: object) -> object:
        if isinstance(value, list):
            return [None if item is None else read(item) for item in value]
        return read_element(value)

    def read_array(cell: object) -> object:
        value = read(json.loads(read_text(cell), parse_float=Decimal))
        if not isinstance(value, list):
            raise ValueError("not an array")
        return value

    return read_array


_READERS: Final[dict[int, Reader]] = {
    oids.BOOL: read_bool,
    oids.FLOAT4: read_float4,
    oids.FLOAT8: read_float8,
    oids.BYTEA: read_bytes,
    oids.DATE: read_date,
    oids.TIME: read_time,
    oids.TIMESTAMP: read_timestamp,
    oids.TIMESTAMPTZ: read_timestamp,
    oids.UUID: lambda cell: strings.decode_uuid(read_text(cell), DEFAULT_CONTEXT),
    oids.VECTOR: read_vector,
    oids.HALFVEC: read_halfvec,
    **{oid: integer_reader(oid) for oid in _LIMITS},
    **dict.fromkeys(_TEXTUAL, read_text),
}


def reader(type_oid: int, typmod: int, scale: int = -1) -> Reader:
    """What turns a cell of that PostgreSQL type into its value; `scale` as in ``ColumnFormat``.

    What has no form in IRIS is stored as its text.
    """
    if type_oid == oids.NUMERIC:
        return decimal_reader(typmod, scale)
    if type_oid == oids.BPCHAR:
        return bpchar_reader(typmod)
    found = _READERS.get(type_oid)
    if found is not None:
        return found
    element = element_oid(type_oid)
    if element:
        return array_reader(element)
    return lambda cell: read_literal(type_oid, read_text(cell), DEFAULT_CONTEXT)


def from_iris(cell: object, type_oid: int, typmod: int = -1) -> object:
    """One cell as a value of that PostgreSQL type. Raises PgError XX000 for a cell that is none."""
    if cell is None:
        return None
    try:
        return reader(type_oid, typmod)(cell)
    except UNREADABLE:
        raise unreadable(type_oid) from None
    except PgError as error:
        raise told(error, type_oid) from None


def told(error: PgError, type_oid: int, column: int | None = None) -> PgError:
    """The error of a reader as the client may see it: no part of a cell."""
    values_shown = (sqlstate.NUMERIC_VALUE_OUT_OF_RANGE, sqlstate.UNTRANSLATABLE_CHARACTER)
    return error if error.sqlstate in values_shown and '"' not in error.message else unreadable(type_oid, column)


def unreadable(type_oid: int, column: int | None = None) -> PgError:
    """IRIS delivered what the planned type cannot be; the value stays out of the message."""
    place = "a value" if column is None else f"column {column}"
    return PgError(sqlstate.INTERNAL_ERROR, f"{place} from IRIS is no {type_name(type_oid)}")


def type_name(type_oid: int) -> str:
    info = type_info(type_oid)
    return info.formatted if info is not None else f"type {type_oid}"


# -- writing ------------------------------------------------------------------------------------------------------


def _write_date(value: int) -> str:
    if not FIRST_DAY <= value <= LAST_DAY:
        raise _outside("date")
    return date.fromordinal(value + EPOCH_ORDINAL).isoformat()


def _write_timestamp(value: int) -> str:
    day, moment = divmod(value, DAY)
    if not FIRST_DAY <= day <= LAST_DAY:
        raise _outside("timestamp")
    return f"{_write_date(day)} {time_text(moment)}"


def _outside(type_of_value: str) -> PgError:
    return PgError(
        sqlstate.DATETIME_FIELD_OVERFLOW,
        f"{type_of_value} out of range",
        detail="IRIS holds the years 1 to 9999, and no infinity.",
    )


def _write_time(value: int) -> str:
    if value >= DAY:
        raise PgError(sqlstate.DATETIME_FIELD_OVERFLOW, "time out of range", detail="IRIS has no 24:00:00.")
    return time_text(value)


def _write_decimal(value: Decimal) -> Decimal:
    if not value.is_finite():
        raise PgError(
            sqlstate.NUMERIC_VALUE_OUT_OF_RANGE,
            "numeric out of range",
            detail=f"IRIS NUMERIC does not hold {numeric.to_text(value)}.",
        )
    return value


def _write_text(value: str) -> str:
    if "\0" in value:
        raise PgError(sqlstate.CHARACTER_NOT_IN_REPERTOIRE, 'invalid byte sequence for encoding "UTF8": 0x00')
    try:
        value.encode()
    except UnicodeEncodeError:
        raise PgError(sqlstate.CHARACTER_NOT_IN_REPERTOIRE, "lone surrogate in a string") from None
    return value


def _write_vector(value: array[float]) -> str:
    return write_literal(oids.VECTOR, value, DEFAULT_CONTEXT)[1:-1]


def _write_array(value: list[object], element: int) -> str:
    if isinstance(value, BoundedArray):
        raise FeatureNotSupported("an array with lower bounds other than 1")
    pieces: list[str] = []
    _write_items(value, element, pieces)
    return "".join(pieces)


def _write_items(items: list[object], element: int, pieces: list[str]) -> None:
    pieces.append("[")
    for index, item in enumerate(items):
        if index:
            pieces.append(",")
        if isinstance(item, list):
            _write_items(item, element, pieces)
        else:
            pieces.append(_json_item(item, element))
    pieces.append("]")


def _json_item(item: object, element: int) -> str:
    """An element as JSON: numbers digit by digit, everything else as a string of what IRIS would hold."""
    if item is None:
        return "null"
    if isinstance(item, float) and not math.isfinite(item):
        return f'"{shortest_float8(item)}"'
    written = to_iris(item, element)
    if isinstance(written, Decimal):
        return numeric.to_text(written)
    if isinstance(written, bytes):
        written = written.decode("latin-1")
    return json.dumps(written, ensure_ascii=False)


_WRITERS: Final[dict[int, Callable[..., object]]] = {
    oids.BOOL: int,
    oids.FLOAT4: float,
    oids.FLOAT8: float,
    oids.NUMERIC: _write_decimal,
    oids.BPCHAR: lambda value: _write_text(value.rstrip(" ")),
    oids.BYTEA: bytes,
    oids.DATE: _write_date,
    oids.TIME: _write_time,
    oids.TIMESTAMP: _write_timestamp,
    oids.TIMESTAMPTZ: _write_timestamp,
    oids.UUID: str,
    oids.VECTOR: _write_vector,
    oids.HALFVEC: _write_vector,
    oids.OID: int,
    **dict.fromkeys(_LIMITS, int),
    **dict.fromkeys(_TEXTUAL, _write_text),
}


def to_iris(value: object, type_oid: int, iris_type: int = 0) -> object:
    """A value of that PostgreSQL type in IRIS's form; `iris_type` is the ODBC type code that IRIS expects, or 0.

    Raises PgError 22003, 22008, 22021 and 0A000 for what IRIS cannot hold. Every value that is taken reads back
    exactly.
    """
    if value is None:
        return None
    writer = _WRITERS.get(type_oid)
    if writer is not None:
        return writer(value)
    element = element_oid(type_oid)
    if element and isinstance(value, list):
        return _write_array(value, element)
    return write_literal(type_oid, value, DEFAULT_CONTEXT)
