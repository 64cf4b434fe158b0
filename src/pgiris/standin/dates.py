"""Dates and times: $HOROLOG days, times, timestamps, POSIXTIME, and the texts that IRIS reads and writes.

A *moment* is ``(days, nanoseconds)``: days since 1840-12-31 and nanoseconds since midnight. Sources: RSQL_datatype,
RSQL_cast, RSQL_convert, types.tsv.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timezone
from typing import Final

EPOCH: Final = date(1840, 12, 31).toordinal()
UNIX_DAY: Final = date(1970, 1, 1).toordinal() - EPOCH
MIN_DAY: Final = 1 - EPOCH
MAX_DAY: Final = date(9999, 12, 31).toordinal() - EPOCH
SECOND: Final = 1_000_000_000
DAY_NS: Final = 86_400 * SECOND
DAY_US: Final = 86_400_000_000
POSIX_POSITIVE: Final = 2**60
POSIX_NEGATIVE: Final = -3 * 2**61

MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip
DAYS: Final = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
MONTH_NUMBERS: Final = {name[:3].upper(): number for number, name in enumerate(MONTHS, 1)}

Moment = tuple[int, int]

ISO_DATE: Final = re.compile(r"(-?\d{1,4})-(\d{1,2})-(\d{1,2})\Z")
US_DATE: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{2}|\d{4})\Z")
DAY_MONTH: Final = re.compile(r"(\d{1,2})[ -]([A-Za-z]{3,9})[ -](\d{4})\Z")
MONTH_DAY: Final = re.compile(r"([A-Za-z]{3,9}) (\d{1,2}),? (\d{4})\Z")
COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})\Z")
TIME_TEXT: Final = re.compile(r"(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d*))?)? ?([aApP][mM])?\Z")
HOROLOG_TEXT: Final = re.compile(r"(-?\d+)(?:,(\d+)(?:\.(\d*))?)?\Z")


def days_of(year: int, month: int, day: int) -> int | None:
    """$HOROLOG days, or None when there is no such date."""
    try:
        return date(year, month, day).toordinal() - EPOCH
    except ValueError:
        return None


def date_of(days: int) -> date:
    """The calendar date of $HOROLOG days; clamped to years 1 to 9999."""
    return date.fromordinal(min(max(days, MIN_DAY), MAX_DAY) + EPOCH)


def format_date(days: int) -> str:
    """``YYYY-MM-DD``."""
    return date_of(days).isoformat()


def format_time(nanoseconds: int) -> str:
    """``HH:MM:SS[.f]``, trailing zeros dropped."""
    seconds, fraction = divmod(nanoseconds, SECOND)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    text = f"{hour:02d}:{minute:02d}:{second:02d}"
    return f"{text}.{fraction:09d}".rstrip("0") if fraction else text


def format_moment(moment: Moment) -> str:
    """``YYYY-MM-DD HH:MM:SS[.f]``: the logical and ODBC form of TIMESTAMP."""
    return f"{format_date(moment[0])} {format_time(moment[1])}"


def month_number(name: str) -> int:
    """The month of an English name or its first three letters; 0 when it is none."""
    number = MONTH_NUMBERS.get(name[:3].upper(), 0)
    return number if number and MONTHS[number - 1].upper().startswith(name.upper()) else 0


def parse_date(text: str) -> int | None:
    """Days of a date text in one of the forms that IRIS takes: ISO, MM/DD/YYYY, ``1 MAR 2022``, ``Mar 1, 2022``."""
    text = text.strip()
    if match := ISO_DATE.match(text):
        return days_of(int(match[1]), int(match[2]), int(match[3])) if not match[1].startswith("-") else None
    if match := US_DATE.match(text):
        year = int(match[3])
        return days_of(year + 1900 if len(match[3]) == 2 else year, int(match[1]), int(match[2]))
    if match := DAY_MONTH.match(text):
        return days_of(int(match[3]), month_number(match[2]), int(match[1]))
    if match := MONTH_DAY.match(text):
        return days_of(int(match[3]), month_number(match[1]), int(match[2]))
    if match := COMPACT.match(text):
        return days_of(int(match[1]), int(match[2]), int(match[3]))
    return None


def fraction_ns(digits: str | None) -> int:
    """Nanoseconds of the digits behind the point."""
    return int((digits or "0")[:9].ljust(9, "0"))


def parse_time(text: str) -> int | None:
    """Nanoseconds of ``H:MM[:SS[.f]] [AM|PM]``; None when it is no time."""
    match = TIME_TEXT.match(text.strip())
    if match is None:
        return None
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    if match[5]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match[5].upper() == "PM" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    return (hour * 3600 + minute * 60 + second) * SECOND + fraction_ns(match[4])


def parse_moment(text: str) -> Moment | None:
    """A timestamp text: a date, a date and a time, or a $HOROLOG text ``days,seconds``."""
    text = text.strip()
    if match := HOROLOG_TEXT.match(text):
        if match[2] is None and COMPACT.match(text):
            days = parse_date(text)
            return (days, 0) if days is not None else None
        return int(match[1]), int(match[2] or 0) * SECOND + fraction_ns(match[3])
    days = parse_date(text)
    if days is not None:
        return days, 0
    head, tail = text, ""
    for _ in range(2):
        head, _, more = head.rpartition(" ")
        tail = f"{more} {tail}".strip()
        if not head:
            head, separator, tail = text.partition("T")
            if not separator:
                return None
        days = parse_date(head)
        nanoseconds = parse_time(tail)
        if days is not None and nanoseconds is not None:
            return days, nanoseconds
    return None


def to_posix(moment: Moment) -> int:
    """POSIXTIME's logical value (types.tsv): microseconds since 1970 plus an offset that depends on the sign."""
    micros = (moment[0] - UNIX_DAY) * DAY_US + (moment[1] + 500) // 1000
    return micros + (POSIX_POSITIVE if micros >= 0 else POSIX_NEGATIVE)


def posix_micros(value: int) -> int:
    """Microseconds since 1970 of a POSIXTIME value."""
    return value - (POSIX_POSITIVE if value >= 0 else POSIX_NEGATIVE)


def from_posix(value: int) -> Moment:
    """The moment of a POSIXTIME value."""
    days, micros = divmod(posix_micros(value), DAY_US)
    return days + UNIX_DAY, micros * 1000


def now_local(precision: int) -> Moment:
    """The local time, with `precision` digits of the second."""
    return from_datetime(datetime.now(), precision)


def now_utc(precision: int) -> Moment:
    """Universal time, with `precision` digits of the second."""
    return from_datetime(datetime.now(timezone.utc), precision)


def from_datetime(value: datetime, precision: int | None = 9) -> Moment:
    """A moment of a Python datetime, cut to `precision` digits."""
    seconds = value.hour * 3600 + value.minute * 60 + value.second
    unit = 10 ** (9 - min(max(precision or 0, 0), 9))
    return value.toordinal() - EPOCH, seconds * SECOND + value.microsecond * 1000 // unit * unit
