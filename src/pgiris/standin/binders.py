"""Values to stored forms and back: parameters in, result columns out, by select mode (sql.md 12, embedded.md 1.4)."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from pgiris.errors import IrisError
from pgiris.standin import dates, decimals
from pgiris.standin.functions import vectors
from pgiris.standin.iristypes import INTEGER_RANGES, IrisType, Kind

Converter = Callable[[Any], Any]


def bind_any(value: object) -> object:
    """A parameter without a type: as it comes; a decimal as canonical text."""
    if isinstance(value, bool):
        return int(value)
    if value is None or isinstance(value, (str, float, bytes)):
        return value
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else str(value)
    return bind_text(value)


def bind_text(value: object) -> str | None:
    """As a string; numbers in canonical form."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, Decimal):
        return decimals.canonical(value)
    if isinstance(value, float):
        return decimals.float_to_text(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).decode("latin-1")
    if isinstance(value, datetime):
        return dates.format_moment(dates.from_datetime(value))
    if isinstance(value, time):
        return dates.format_time(time_ns(value))
    return str(value)


def time_ns(value: time) -> int:
    return (value.hour * 3600 + value.minute * 60 + value.second) * dates.SECOND + value.microsecond * 1000


def as_decimal(value: object) -> Decimal:
    """A parameter as a number; text by its numeric prefix."""
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise IrisError(-104, f"Value '{value}' is not a number")
        return value
    if isinstance(value, int):
        return Decimal(int(value))
    if isinstance(value, float):
        return decimals.float_to_decimal(value)
    return decimals.text_to_decimal(bind_text(value) or "")


def bind_decimal(value: object) -> str | None:
    return None if value is None else decimals.encode(as_decimal(value))


def bind_double(value: object) -> float | None:
    if value is None or isinstance(value, float):
        return value
    if isinstance(value, str) and value.strip().upper() in ("INF", "-INF", "NAN"):
        return float(value)
    return float(as_decimal(value))


def bind_integer(value: object) -> int | float | None:
    """As an integer, the fraction cut."""
    if value is None:
        return None
    if isinstance(value, int):
        number = int(value)
    else:
        if isinstance(value, float) and not math.isfinite(value):
            return value
        number = int(as_decimal(value))
    return number if -(2**63) <= number < 2**63 else float(number)


def bind_compared(value: object) -> int | float | None:
    """A number that is only compared with integers: what has a fraction stays a double."""
    if value is None:
        return None
    if isinstance(value, int):
        return bind_integer(value)
    number = value if isinstance(value, float) else as_decimal(value)
    return bind_integer(value) if number == int(number) else float(number)


def bind_binary(value: object) -> bytes | None:
    if value is None or isinstance(value, bytes):
        return value
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    text = bind_text(value) or ""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode()


def bind_limit(value: object) -> int:
    """TOP, LIMIT and OFFSET: a negative number counts as 0."""
    if value is None:
        return 0
    if isinstance(value, str) and value.strip().upper() == "ALL":
        return -1
    number = bind_integer(value)
    return max(int(number or 0), 0)


def date_error(value: object) -> IrisError:
    return IrisError(-146, f"Unable to convert date input to a valid logical date value '{value}'")


def time_error(value: object) -> IrisError:
    return IrisError(-147, f"Unable to convert time input to a valid logical time value '{value}'")


def text_date(text: str) -> int:
    """ODBC-mode text to DATE; SQLCODE -146 for what is no date or before 1840-12-31 (sql.md 4.4)."""
    days = dates.parse_date(text)
    if days is None:
        moment = dates.parse_moment(text)
        if moment is None or (moment[1] and not dates.HOROLOG_TEXT.match(text.strip())):
            raise date_error(text)
        days = moment[0]
    if days < 0:
        raise date_error(text)
    return days


def bind_date(value: object) -> int | None:
    """ODBC mode: text is a date, a number is a day number."""
    if value is None:
        return None
    if isinstance(value, (date, datetime)):
        return value.toordinal() - dates.EPOCH
    if isinstance(value, str):
        return text_date(value)
    return int(as_decimal(value))


def bind_logical_date(value: object) -> int | None:
    """Logical mode: a day number, also as text."""
    if isinstance(value, (date, datetime)):
        return value.toordinal() - dates.EPOCH
    return None if value is None else int(as_decimal(value))


def text_time(text: str) -> int:
    """ODBC-mode text to TIME; SQLCODE -147."""
    nanoseconds = dates.parse_time(text)
    if nanoseconds is None:
        moment = dates.parse_moment(text)
        if moment is None:
            raise time_error(text)
        nanoseconds = moment[1]
    return nanoseconds


def bind_time(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return time_ns(value.time())
    if isinstance(value, time):
        return time_ns(value)
    if isinstance(value, str):
        return text_time(value)
    return int(as_decimal(value) * dates.SECOND)


def bind_logical_time(value: object) -> int | None:
    if isinstance(value, (time, datetime)):
        return bind_time(value)
    return None if value is None else int(as_decimal(value) * dates.SECOND)


def text_moment(text: str) -> dates.Moment:
    """Text to a timestamp; SQLCODE -147 (no date, or none that exists)."""
    moment = dates.parse_moment(text)
    if moment is None:
        raise IrisError(-147, f"Unable to convert timestamp input to a valid logical timestamp value '{text}'")
    return moment


def bind_timestamp(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return dates.format_moment(dates.from_datetime(value))
    if isinstance(value, date):
        return dates.format_moment((value.toordinal() - dates.EPOCH, 0))
    return dates.format_moment(text_moment(bind_text(value) or ""))


def bind_posixtime(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, int) and abs(value) > 10**15:
        return int(value)
    if isinstance(value, datetime):
        return dates.to_posix(dates.from_datetime(value))
    if isinstance(value, date):
        return dates.to_posix((value.toordinal() - dates.EPOCH, 0))
    text = bind_text(value) or ""
    if text.lstrip("-").isdigit() and len(text) > 15:
        return int(text)
    return dates.to_posix(text_moment(text))


def vector_binder(element: str, size: int) -> Converter:
    """Text, bytes or a sequence to a vector of `element`; a wrong number of elements is SQLCODE -104."""

    def bind(value: object) -> bytes | None:
        if value is None:
            return None
        if isinstance(value, (list, tuple)):
            parts: list[object] = list(value)
        else:
            parts = list(vectors.elements_of(bind_text(value) or ""))
        if size and len(parts) != size:
            raise IrisError(-104, f"Vector of {len(parts)} elements where {size} are expected")
        return vectors.pack(element, parts)

    return bind


SIMPLE: Final[dict[Kind, Converter]] = {
    Kind.BIT: bind_integer,
    Kind.TINYINT: bind_integer,
    Kind.SMALLINT: bind_integer,
    Kind.INTEGER: bind_integer,
    Kind.BIGINT: bind_integer,
    Kind.NUMERIC: bind_decimal,
    Kind.DOUBLE: bind_double,
    Kind.STRING: bind_text,
    Kind.GUID: bind_text,
    Kind.LONGVARCHAR: bind_text,
    Kind.BINARY: bind_binary,
    Kind.LONGVARBINARY: bind_binary,
    Kind.LIST: bind_any,
    Kind.NULL: bind_any,
    Kind.DATE: bind_date,
    Kind.TIME: bind_time,
    Kind.TIMESTAMP: bind_timestamp,
    Kind.POSIXTIME: bind_posixtime,
}
LOGICAL: Final[dict[Kind, Converter]] = {Kind.DATE: bind_logical_date, Kind.TIME: bind_logical_time}


def binder_for(kind: IrisType, mode: int) -> Converter:
    """The binder of a parameter compared with, or used as, a value of that type."""
    if kind.kind is Kind.VECTOR:
        return vector_binder(kind.element, 0)
    if mode == 0 and kind.kind in LOGICAL:
        return LOGICAL[kind.kind]
    return SIMPLE[kind.kind]


def required_error(label: str) -> IrisError:
    """SQLCODE -108."""
    return IrisError(-108, f"Missing value: field '{label}' is a required field")


def validation_error(code: int, label: str, value: object) -> IrisError:
    """SQLCODE -104 (INSERT) or -105 (UPDATE)."""
    shown = str(value)[:100]
    return IrisError(code, f"Field '{label}' (value '{shown}') failed validation")


def column_binder(kind: IrisType, mode: int, label: str, nullable: bool, code: int) -> Converter:
    """The binder of a parameter assigned to a column: converts and validates."""
    check = validator(kind, label, code)
    strict = strict_binder(kind, mode, label, code)

    def bind(value: object) -> object:
        if value is None:
            if not nullable:
                raise required_error(label)
            return None
        return check(strict(value))

    return bind


def strict_binder(kind: IrisType, mode: int, label: str, code: int) -> Converter:
    """Like `binder_for`, but text that is no number fails validation instead of counting as 0."""
    lenient = vector_binder(kind.element, kind.length) if kind.kind is Kind.VECTOR else binder_for(kind, mode)
    if kind.kind is Kind.DATE and mode:
        return lambda value: assigned_date(value, label, code)
    if kind.is_integer:
        low, high = INTEGER_RANGES[kind.kind]

        def integer(value: object) -> object:
            if isinstance(value, int):
                return int(value)
            number = number_of(value, label, code)
            if number != int(number):
                number = decimals.rounded(number, 0)
            if not low <= number <= high:
                raise validation_error(code, label, value)
            return int(number)

        return integer
    if kind.kind is Kind.NUMERIC:
        return lambda value: decimals.encode(number_of(value, label, code))
    if kind.kind is Kind.DOUBLE:
        return lambda value: value if isinstance(value, float) else double_of(value, label, code)
    return lenient


def assigned_date(value: object, label: str, code: int) -> object:
    """A date for a column: text that is no date is SQLCODE -146, one before the first day fails validation."""
    if not isinstance(value, str):
        return bind_date(value)
    match = dates.ISO_DATE.match(value.strip())
    if match is not None and int(match[1]) < 1841:
        days = dates.parse_date(value)
        if days is None or days < 0:
            raise validation_error(code, label, value)
    return text_date(value)


def number_of(value: object, label: str, code: int) -> Decimal:
    """A number, or the whole text as one; else validation fails."""
    if isinstance(value, (str, bytes)):
        text = bind_text(value) or ""
        if not decimals.is_numeric(text.strip()):
            raise validation_error(code, label, text)
        try:
            return decimals.text_to_decimal(text.strip())
        except InvalidOperation:
            raise validation_error(code, label, text) from None
    return as_decimal(value)


def double_of(value: object, label: str, code: int) -> float:
    if isinstance(value, str) and value.strip().upper().lstrip("+-") in ("INF", "INFINITY", "NAN"):
        return float(value)
    return float(number_of(value, label, code))


def validator(kind: IrisType, label: str, code: int) -> Converter:
    """Checks a stored value of a column's type: length, range; rounds decimals to the scale."""
    if kind.is_integer:
        low, high = INTEGER_RANGES[kind.kind]
        low = low if kind.minimum is None else kind.minimum
        high = high if kind.maximum is None else kind.maximum

        def integer(value: Any) -> Any:
            if not low <= value <= high:
                raise validation_error(code, label, value)
            return int(value)

        return integer
    if kind.kind is Kind.NUMERIC:
        limit = Decimal(10) ** (kind.precision - kind.scale)

        def number(value: str) -> str:
            rounded = decimals.rounded(decimals.decode(value), kind.scale)
            if abs(rounded) >= limit:
                raise validation_error(code, label, decimals.canonical(rounded))
            return decimals.encode(rounded)

        return number
    if kind.kind in (Kind.STRING, Kind.BINARY) and kind.length:
        most = kind.length

        def sized(value: Any) -> Any:
            if len(value) > most:
                raise validation_error(code, label, value)
            return value

        return sized
    if kind.kind is Kind.DATE:
        minimum = 0 if kind.minimum is None else kind.minimum

        def day(value: int) -> int:
            if not minimum <= value <= dates.MAX_DAY:
                raise validation_error(code, label, value)
            return value

        return day
    if kind.kind is Kind.GUID:
        return lambda value: guid(value, label, code)
    if kind.kind is Kind.TIME and kind.scale < 9:
        unit = 10 ** (9 - kind.scale)
        return lambda value: value // unit * unit
    return lambda value: value


def guid(value: str, label: str, code: int) -> str:
    """A UNIQUEIDENTIFIER: 36 characters, 8-4-4-4-12 hexadecimal digits."""
    groups = value.split("-")
    if [len(group) for group in groups] != [8, 4, 4, 4, 12] or any(
        c not in "0123456789abcdefABCDEF" for group in groups for c in group
    ):
        raise validation_error(code, label, value)
    return value


class Cache(dict[Any, Any]):
    """Remembers conversions of values that come again; bounded."""

    def __init__(self, convert: Converter) -> None:
        super().__init__()
        self.convert = convert

    def __missing__(self, key: object) -> object:
        if len(self) > 20_000:
            self.clear()
        value = None if key is None else self.convert(key)
        self[key] = value
        return value


def seconds_of(nanoseconds: int) -> object:
    """TIME's logical value."""
    seconds, fraction = divmod(nanoseconds, dates.SECOND)
    return Decimal(nanoseconds).scaleb(-9).normalize() if fraction else seconds


def out_integer(value: object) -> object:
    """Integers as they are; a result beyond 64 bits as a decimal."""
    return Decimal(value).normalize() if isinstance(value, float) else value


def list_out(value: bytes) -> str:
    from pgiris.standin.functions import lists

    return ",".join(item or "" for item in lists.items(value))


def converter_for(kind: IrisType, mode: int) -> Converter | None:
    """How a result column of that type is shown in a select mode; None: as stored."""
    if kind.kind is Kind.NUMERIC:
        return decimals.decode_cell
    if kind.kind is Kind.DATE and mode:
        return Cache(dates.format_date).__getitem__
    if kind.kind is Kind.TIME:
        return Cache(dates.format_time if mode else seconds_of).__getitem__
    if kind.kind is Kind.POSIXTIME and mode:
        return lambda value: None if value is None else dates.format_moment(dates.from_posix(value))
    if kind.kind is Kind.VECTOR:
        return lambda value: None if value is None else vectors.to_text(kind.element, value)
    if kind.kind is Kind.LIST:
        return lambda value: None if value is None else list_out(value)
    return None
