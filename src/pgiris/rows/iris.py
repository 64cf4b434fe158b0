"""Values at the border to IRIS: PostgreSQL's forms (``pgiris.types``) to IRIS's in ODBC mode (``pgiris.backend.api``).

IRIS delivers numbers without trailing zeros, times without trailing fraction digits, and computed cells in whatever
Python type they come as; so reading looks at what a cell says, not at its type. What IRIS cannot hold is refused
by name: infinity and years outside 1..9999 (types.tsv, rows DATE and POSIXTIME), NaN as a number.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final

from pgiris import sqlstate
from pgiris.errors import FeatureNotSupported, PgError
from pgiris.types import numeric, oids
from pgiris.types.catalogue import BY_OID
from pgiris.types.context import DEFAULT_CONTEXT
from pgiris.types.datetime_output import time_text
from pgiris.types.floats import to_single
from pgiris.types.registry import decode, encode
from pgiris.types.vectors import encode_vector

Reader = Callable[[object], object]
"""Turns a cell that is not NULL into PostgreSQL's form. Raises ValueError, TypeError, ArithmeticError or PgError."""

EPOCH_ORDINAL: Final = date(2000, 1, 1).toordinal()
HOROLOG_OF_EPOCH: Final = 58_074
"""2000-01-01 as IRIS counts days (types.tsv, row DATE)."""
SECOND: Final = 1_000_000
DAY: Final = 86_400 * SECOND
FIRST_DAY: Final = date.min.toordinal() - EPOCH_ORDINAL
LAST_DAY: Final = date.max.toordinal() - EPOCH_ORDINAL

TEXT_FORMAT: Final = 0

_TEXTUAL: Final = frozenset({oids.TEXT, oids.VARCHAR, oids.NAME, oids.CHAR, oids.JSON, oids.JSONB, oids.XML})
_INTEGERS: Final = frozenset({oids.INT2, oids.INT4, oids.INT8, oids.OID, oids.REGCLASS, oids.REGTYPE})


# -- reading ------------------------------------------------------------------------------------------------------


def read_bool(cell: object) -> bool:
    return bool(int(cell))  # type: ignore[call-overload,no-any-return]


def read_integer(cell: object) -> int:
    """An integer, whatever it comes as; a fraction is an error, never cut off."""
    if isinstance(cell, int):
        return cell
    number = Decimal(str(cell))
    whole = int(number)
    if whole != number:
        raise ValueError("not an integer")
    return whole


def read_decimal(cell: object) -> Decimal:
    """A number in PostgreSQL's form: an exponent that is never positive, and no needless zeros."""
    value = cell if isinstance(cell, Decimal) else Decimal(repr(cell) if isinstance(cell, float) else str(cell))
    return numeric.from_number(value.normalize(numeric.EXACT) if value.is_finite() else value)


def decimal_reader(typmod: int) -> Callable[[object], Decimal]:
    """Gives numbers the scale that the column declares."""
    if typmod < 0:
        return read_decimal
    _, scale = numeric.precision_and_scale(typmod)
    unit = Decimal(1).scaleb(-max(scale, 0))

    def read(cell: object) -> Decimal:
        value = read_decimal(cell)
        return value.quantize(unit, context=numeric.EXACT) if value.is_finite() else value

    return read


def read_text(cell: object) -> str:
    return cell if isinstance(cell, str) else str(cell)


def bpchar_reader(typmod: int) -> Callable[[object], str]:
    """IRIS does not pad CHAR (types.tsv); PostgreSQL does."""
    width = typmod - 4 if typmod > 4 else 0
    return lambda cell: read_text(cell).ljust(width)


def read_bytes(cell: object) -> bytes:
    """Binary cells may come as text whose characters are bytes (embedded.md 1.4)."""
    return cell.encode("latin-1") if isinstance(cell, str) else bytes(cell)  # type: ignore[call-overload,no-any-return]


@lru_cache(maxsize=4096)
def read_day(text: str) -> int:
    """``YYYY-MM-DD`` as days since 2000-01-01."""
    return date.fromisoformat(text).toordinal() - EPOCH_ORDINAL


def read_date(cell: object) -> int:
    """ODBC text, or the day number that date arithmetic gives (sql.md 14)."""
    if isinstance(cell, str):
        return read_day(cell[:10])
    return read_integer(cell) - HOROLOG_OF_EPOCH


def read_time(cell: object) -> int:
    """``HH:MM:SS[.f]``, or seconds since midnight."""
    if not isinstance(cell, str):
        return int(Decimal(str(cell)) * SECOND)
    hours, minutes, seconds = cell.split(":")
    whole, _, fraction = seconds.partition(".")
    return (int(hours) * 3600 + int(minutes) * 60 + int(whole)) * SECOND + int(fraction[:6].ljust(6, "0"))


def read_timestamp(cell: object) -> int:
    """``YYYY-MM-DD[ HH:MM:SS[.f]]``."""
    text = read_text(cell)
    return read_day(text[:10]) * DAY + (read_time(text[11:]) if len(text) > 10 else 0)


def read_vector(cell: object) -> array[float]:
    """``a,b,c``; the brackets of JSON style are accepted too."""
    text = read_text(cell).strip("[] ")
    return array("f", map(float, text.split(","))) if text else array("f")


def array_reader(element: int) -> Reader:
    """Arrays are stored as JSON text, see ``to_iris``."""
    read_element = reader(element, -1)

    def read(value: object) -> object:
        if isinstance(value, list):
            return [None if item is None else read(item) for item in value]
        return read_element(value)

    return lambda cell: read(json.loads(read_text(cell), parse_float=Decimal))


_READERS: Final[dict[int, Reader]] = {
    oids.BOOL: read_bool,
    oids.FLOAT4: lambda cell: to_single(float(cell)),  # type: ignore[arg-type]
    oids.FLOAT8: lambda cell: float(cell),  # type: ignore[arg-type]
    oids.BYTEA: read_bytes,
    oids.DATE: read_date,
    oids.TIME: read_time,
    oids.TIMESTAMP: read_timestamp,
    oids.TIMESTAMPTZ: read_timestamp,
    oids.UUID: lambda cell: read_text(cell).lower(),
    oids.VECTOR: read_vector,
    **dict.fromkeys(_INTEGERS, read_integer),
    **dict.fromkeys(_TEXTUAL, read_text),
}


def reader(type_oid: int, typmod: int) -> Reader:
    """What turns a cell of that PostgreSQL type into its value."""
    if type_oid == oids.NUMERIC:
        return decimal_reader(typmod)
    if type_oid == oids.BPCHAR:
        return bpchar_reader(typmod)
    found = _READERS.get(type_oid)
    if found is not None:
        return found
    element = element_of(type_oid)
    if element:
        return array_reader(element)
    return lambda cell: decode(type_oid, TEXT_FORMAT, read_text(cell).encode(), DEFAULT_CONTEXT)


def from_iris(cell: object, type_oid: int, typmod: int = -1) -> object:
    """One cell as a value of that PostgreSQL type. Raises PgError XX000 for a cell that is none."""
    if cell is None:
        return None
    try:
        return reader(type_oid, typmod)(cell)
    except (ValueError, TypeError, ArithmeticError) as error:
        raise unreadable(type_oid) from error


def unreadable(type_oid: int, column: int | None = None) -> PgError:
    """IRIS delivered what the planned type cannot be; the value stays out of the message."""
    info = BY_OID.get(type_oid)
    place = "a value" if column is None else f"column {column}"
    return PgError(sqlstate.INTERNAL_ERROR, f"{place} from IRIS is no {info.formatted if info else type_oid}")


def element_of(type_oid: int) -> int:
    """The element type of an array type, 0 for other types."""
    info = BY_OID.get(type_oid)
    return info.element if info is not None and info.category == "A" else 0


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


def _outside(type_name: str) -> PgError:
    return PgError(
        sqlstate.DATETIME_FIELD_OVERFLOW,
        f"{type_name} out of range",
        detail="IRIS holds the years 1 to 9999, and no infinity.",
    )


def _write_time(value: int) -> str:
    if value >= DAY:
        raise PgError(sqlstate.DATETIME_FIELD_OVERFLOW, "time out of range", detail="IRIS has no 24:00:00.")
    return time_text(value)


def _write_decimal(value: Decimal) -> Decimal:
    if not value.is_finite():
        raise PgError(sqlstate.NUMERIC_VALUE_OUT_OF_RANGE, "IRIS NUMERIC has no NaN and no infinity")
    return value


def _write_text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise PgError(sqlstate.CHARACTER_NOT_IN_REPERTOIRE, "lone surrogate in a string") from None
    return value


def _write_array(value: object, element: int) -> str:
    def plain(item: object) -> object:
        if item is None or isinstance(item, list):
            return item if item is None else [plain(part) for part in item]
        written = to_iris(item, element)
        if isinstance(written, Decimal):
            return _Digits(written)
        if isinstance(written, bytes):
            return written.decode("latin-1")
        return written

    if not isinstance(value, list):
        raise FeatureNotSupported("an array with lower bounds other than 1")
    return json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"))


class _Digits(float):
    """A Decimal that json prints digit by digit."""

    def __new__(cls, value: Decimal) -> _Digits:
        self = super().__new__(cls, value)
        self._text = numeric.to_text(value)
        return self

    _text: str

    def __repr__(self) -> str:
        return self._text


def to_iris(value: object, type_oid: int, iris_type: int = 0) -> object:
    """A value of that PostgreSQL type in IRIS's form. `iris_type` is the ODBC type code that IRIS expects, 0 if unknown.

    Raises PgError 22003, 22008 and 22021 for what IRIS cannot hold.
    """
    if value is None:
        return None
    writer = _WRITERS.get(type_oid)
    if writer is not None:
        return writer(value)
    element = element_of(type_oid)
    if element:
        return _write_array(value, element)
    return encode(type_oid, TEXT_FORMAT, value, DEFAULT_CONTEXT).decode()


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
    oids.VECTOR: lambda value: encode_vector(value, DEFAULT_CONTEXT)[1:-1],
    **dict.fromkeys(_INTEGERS, int),
    **dict.fromkeys(_TEXTUAL, _write_text),
}
