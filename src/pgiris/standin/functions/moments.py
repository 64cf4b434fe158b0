"""Date and time functions of IRIS SQL. Arguments arrive with the kind of value they are, see `moment`.

Rules: functions.tsv and the RSQL_… pages of each function; sql.md 14.
"""

from __future__ import annotations

import calendar
from datetime import timedelta
from decimal import Decimal
from typing import Final

from pgiris.errors import IrisError
from pgiris.standin import dates, decimals
from pgiris.standin.dates import DAY_NS, SECOND, Moment

PARTS: Final = {
    alias: part
    for part, aliases in {
        "yyyy": "yyyy yy year",
        "qq": "qq q quarter",
        "mm": "mm m month",
        "wk": "wk ww week",
        "dw": "dw w weekday",
        "dd": "dd d day",
        "dy": "dy y dayofyear",
        "hh": "hh h hour",
        "mi": "mi n minute",
        "ss": "ss s second",
        "ms": "ms millisecond",
        "mcs": "mcs microsecond",
        "ns": "ns nanosecond",
        "sts": "sts sqltimestamp",
    }.items()
    for alias in aliases.split()
}
"""Date part names (RSQL_datepart)."""

INTERVALS: Final = {
    "SQL_TSI_FRAC_SECOND": "ms",
    "SQL_TSI_SECOND": "ss",
    "SQL_TSI_MINUTE": "mi",
    "SQL_TSI_HOUR": "hh",
    "SQL_TSI_DAY": "dd",
    "SQL_TSI_WEEK": "wk",
    "SQL_TSI_MONTH": "mm",
    "SQL_TSI_QUARTER": "qq",
    "SQL_TSI_YEAR": "yyyy",
}
UNITS: Final = {
    "wk": 7 * DAY_NS,
    "dd": DAY_NS,
    "dy": DAY_NS,
    "dw": DAY_NS,
    "hh": 3600 * SECOND,
    "mi": 60 * SECOND,
    "ss": SECOND,
    "ms": 1_000_000,
    "mcs": 1_000,
    "ns": 1,
}

DATE, TIME, TEXT, POSIX, NUMBER = "D", "T", "S", "P", "N"
"""Kinds of arguments: DATE days, TIME nanoseconds, a text (TIMESTAMP or string), POSIXTIME, a number."""


def part_of(name: str) -> str:
    """The canonical part of a part name; SQLCODE -8 when unknown."""
    folded = name.strip().strip("'").lower()
    part = PARTS.get(folded) or INTERVALS.get(name.strip().upper())
    if part is None:
        raise IrisError(-8, f"Invalid DATEPART '{name}'")
    return part


def moment(kind: str, value: object, base_day: int = dates.UNIX_DAY - 25567) -> Moment | None:
    """The moment an argument denotes, None when it denotes none. A bare time is of day `base_day` (1900-01-01)."""
    if kind == DATE and isinstance(value, int):
        return value, 0
    if kind == POSIX and isinstance(value, int):
        return dates.from_posix(value)
    if kind == TIME and isinstance(value, int):
        return base_day, value
    if kind == NUMBER:
        number = decimals.decode(value) if isinstance(value, str) else Decimal(str(value))
        return (int(number), 0) if dates.MIN_DAY <= number <= dates.MAX_DAY else None
    text = str(value)
    found = dates.parse_moment(text)
    if found is not None:
        return found
    nanoseconds = dates.parse_time(text)
    return (base_day, nanoseconds) if nanoseconds is not None else None


def required(kind: str, value: object, code: int = -400) -> Moment:
    """As `moment`, with an error for a value that is no date."""
    found = moment(kind, value)
    if found is None or not dates.MIN_DAY <= found[0] <= dates.MAX_DAY:
        if code == -8:
            raise IrisError(-8, f"Invalid DATEPART or date/time value '{value}'")
        raise IrisError(code, f"Fatal error occurred <ILLEGAL VALUE> date/time '{value}'")
    return found


def add(part: str, count: Decimal, kind: str, value: object) -> Moment:
    """DATEADD: months and years keep the day, or take the month's last."""
    days, nanoseconds = required(kind, value)
    months = {"yyyy": 12, "qq": 3, "mm": 1}.get(part)
    if months is not None:
        day = dates.date_of(days)
        index = day.year * 12 + day.month - 1 + int(count) * months
        year, month = divmod(index, 12)
        if not 1 <= year <= 9999:
            raise IrisError(-400, "Fatal error occurred <ILLEGAL VALUE> date out of range")
        last = calendar.monthrange(year, month + 1)[1]
        result = dates.days_of(year, month + 1, min(day.day, last))
        assert result is not None
        return result, nanoseconds
    unit = UNITS.get(part)
    if unit is None:
        raise IrisError(-8, f"Invalid DATEPART '{part}'")
    steps = int(count) if unit >= DAY_NS or part in ("ms", "mcs", "ns") else int(count * unit) // unit
    carried, rest = divmod(nanoseconds + steps * unit, DAY_NS)
    if not dates.MIN_DAY <= days + carried <= dates.MAX_DAY:
        raise IrisError(-400, "Fatal error occurred <ILLEGAL VALUE> date out of range")
    return days + carried, rest


def dateadd(part: str, count: Decimal, kind: str, value: object) -> object:
    """DATEADD and TIMESTAMPADD: a timestamp text, or a POSIXTIME when the input is one."""
    result = add(part_of(part), count, kind, value)
    return dates.to_posix(result) if kind == POSIX else dates.format_moment(result)


def boundary(part: str, at: Moment) -> int:
    """The number of `part` boundaries before a moment."""
    day = dates.date_of(at[0])
    if part == "yyyy":
        return day.year
    if part == "qq":
        return day.year * 4 + (day.month - 1) // 3
    if part == "mm":
        return day.year * 12 + day.month - 1
    if part == "wk":
        return (at[0] + 4) // 7
    return (at[0] * DAY_NS + at[1]) // UNITS[part]


def datediff(part: str, kind: str, start: object, other: str, end: object) -> int:
    """DATEDIFF: boundaries crossed between two moments (RSQL_datediff)."""
    name = part_of(part)
    first, second = required(kind, start, -8), required(other, end, -8)
    return boundary(name, second) - boundary(name, first)


def week(days: int) -> int:
    """Week of the year: starts on Sunday, week 1 holds January 1 (RSQL_week)."""
    day = dates.date_of(days)
    first = day.replace(month=1, day=1)
    return (day.timetuple().tm_yday - 1 + first.isoweekday() % 7) // 7 + 1


def weekday(days: int) -> int:
    """1 is Sunday."""
    return (days + 4) % 7 + 1 if days >= 0 else (days % 7 + 4) % 7 + 1


def datepart(part: str, kind: str, value: object) -> object:
    """DATEPART; the part ``sts`` gives the timestamp itself."""
    name = part_of(part)
    at = required(kind, value)
    if name == "sts":
        return dates.format_moment(at)
    return part_value(name, at)


def part_value(name: str, at: Moment) -> int:
    """The value of one part of a moment."""
    if name in ("wk", "dw"):
        return week(at[0]) if name == "wk" else weekday(at[0])
    seconds, fraction = divmod(at[1], SECOND)
    times = {
        "hh": seconds // 3600,
        "mi": seconds // 60 % 60,
        "ss": seconds % 60,
        "ms": fraction // 1_000_000,
        "mcs": fraction // 1_000,
        "ns": fraction,
    }
    if name in times:
        return times[name]
    day = dates.date_of(at[0])
    return {
        "yyyy": day.year,
        "qq": (day.month + 2) // 3,
        "mm": day.month,
        "dd": day.day,
        "dy": day.timetuple().tm_yday,
    }[name]


def datename(part: str, kind: str, value: object) -> str:
    """DATENAME: names for months and weekdays, digits for the rest."""
    name = part_of(part)
    at = required(kind, value)
    if name == "mm":
        return dates.MONTHS[dates.date_of(at[0]).month - 1]
    if name == "dw":
        return dates.DAYS[weekday(at[0]) - 1]
    return dates.format_moment(at) if name == "sts" else str(part_value(name, at))


def truncated(part: str, at: Moment) -> Moment:
    """The start of the unit that holds a moment."""
    day = dates.date_of(at[0])
    months = {"yyyy": 1, "qq": (day.month - 1) // 3 * 3 + 1, "mm": day.month}.get(part)
    if months is not None:
        days = dates.days_of(day.year, months, 1)
        assert days is not None
        return days, 0
    if part == "wk":
        return at[0] - (weekday(at[0]) - 1), 0
    unit = UNITS.get(part)
    if unit is None:
        raise IrisError(-8, f"Invalid DATEPART '{part}'")
    return (at[0], 0) if unit >= DAY_NS else (at[0], at[1] // unit * unit)


def date_trunc(part: str, kind: str, value: object) -> object:
    """DATE_TRUNC: a timestamp, or a POSIXTIME when the input is one."""
    result = truncated(part_of(part), required(kind, value))
    return dates.to_posix(result) if kind == POSIX else dates.format_moment(result)


def day_part(name: str, kind: str, value: object) -> int:
    """YEAR, MONTH, QUARTER, WEEK, DAYOFYEAR, DAYOFWEEK: -400 for a text that is no date."""
    return part_value(name, required(kind, value))


def day_of_month(kind: str, value: object) -> int | None:
    """DAY and DAYOFMONTH: lenient, NULL for day 0 and for a bare time (RSQL_dayofmonth)."""
    if kind == TEXT:
        text = str(value).strip()
        if dates.parse_time(text) is not None:
            return None
        tail = text.split(" ")[0].split("-")[-1] if text.count("-") >= 2 else ""
        if tail.isdigit():
            return int(tail) or None
    return part_value("dd", required(kind, value))


def time_part(name: str, kind: str, value: object) -> int:
    """HOUR and MINUTE; a number counts seconds since midnight."""
    return part_value(name, (0, time_of(kind, value)))


def time_of(kind: str, value: object) -> int:
    """Nanoseconds since midnight of a value; a number is seconds."""
    if kind == NUMBER:
        number = decimals.decode(value) if isinstance(value, str) else Decimal(str(value))
        return int(number * SECOND) % DAY_NS
    return required(kind, value)[1]


def second(kind: str, value: object) -> Decimal:
    """SECOND keeps the fraction (RSQL_second)."""
    return Decimal(time_of(kind, value) % (60 * SECOND)).scaleb(-9).normalize()


def dayname(kind: str, value: object) -> str:
    return dates.DAYS[weekday(required(kind, value)[0]) - 1]


def monthname(kind: str, value: object) -> str:
    return dates.MONTHS[dates.date_of(required(kind, value)[0]).month - 1]


def last_day(kind: str, value: object) -> int:
    """LAST_DAY: the last day of the month, a DATE."""
    day = dates.date_of(required(kind, value)[0])
    ahead = (day.replace(day=28) + timedelta(days=4)).replace(day=1) if day.year < 9999 or day.month < 12 else None
    return dates.MAX_DAY if ahead is None else ahead.toordinal() - dates.EPOCH - 1


def date_of_value(kind: str, value: object) -> int:
    """DATE(x)."""
    return required(kind, value)[0]


def unix_timestamp(kind: str, value: object) -> Decimal:
    """UNIX_TIMESTAMP: seconds since 1970, without any zone conversion."""
    days, nanoseconds = required(kind, value)
    return Decimal((days - dates.UNIX_DAY) * DAY_NS + nanoseconds).scaleb(-9).normalize()
