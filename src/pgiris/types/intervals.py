"""Reads interval in PostgreSQL's, the SQL standard's and ISO 8601's forms.

Source: PostgreSQL 15 manual, section 8.5.4.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from pgiris import sqlstate
from pgiris.errors import PgError
from pgiris.types.calendar import DAY, HOUR, MINUTE, SECOND
from pgiris.types.context import CodecContext
from pgiris.types.datetime_fields import (
    MAX_WORD,
    BadFormat,
    Failure,
    Field,
    FieldOverflow,
    Kind,
    explain,
    leading_integer,
    read_clock,
    split,
)
from pgiris.types.faults import shown
from pgiris.types.values import Interval

INT32: Final = 2**31
INT64: Final = 2**63
DAYS_PER_MONTH: Final = 30
FULL_RANGE: Final = 0x7FFF

_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "century": ("c", "cent", "centuries", "century"),
    "day": ("d", "day", "days"),
    "decade": ("dec", "decade", "decades", "decs"),
    "hour": ("h", "hour", "hours", "hr", "hrs"),
    "minute": ("m", "min", "mins", "minute", "minutes"),
    "millennium": ("mil", "mils", "millennia", "millennium"),
    "millisecond": ("ms", "msec", "msecs", "msecond", "mseconds", "millisecon"),
    "month": ("mon", "mons", "month", "months"),
    "quarter": ("qtr", "quarter"),
    "second": ("s", "sec", "second", "seconds", "secs"),
    "timezone": ("timezone", "timezone_h", "timezone_m"),
    "microsecond": ("us", "usec", "usecs", "usecond", "useconds", "microsecon"),
    "week": ("w", "week", "weeks"),
    "year": ("y", "year", "years", "yr", "yrs"),
}
UNITS: Final[Mapping[str, str]] = {name: unit for unit, names in _NAMES.items() for name in names}

_TIME_UNITS: Final = {"microsecond": 1, "millisecond": 1000, "second": SECOND, "minute": MINUTE, "hour": HOUR}
_DAY_UNITS: Final = {"day": 1, "week": 7}
_YEAR_UNITS: Final = {"year": 1, "decade": 10, "century": 100, "millennium": 1000}
_RANGE_UNITS: Final[Mapping[int, str]] = {
    1 << 2: "year",
    1 << 1: "month",
    1 << 2 | 1 << 1: "month",
    1 << 3: "day",
    1 << 10: "hour",
    1 << 3 | 1 << 10: "hour",
    1 << 11: "minute",
    1 << 10 | 1 << 11: "minute",
    1 << 3 | 1 << 10 | 1 << 11: "minute",
}
"""What a last number without unit means, by the fields that a typmod restricts the interval to."""
MINUTE_TO_SECOND: Final = 1 << 11 | 1 << 12


class Sum:
    """The interval as it adds up; every part is checked against what PostgreSQL holds it in."""

    def __init__(self) -> None:
        self.years = self.months = self.days = self.microseconds = 0

    def add_microseconds(self, count: int, fraction: float, unit: int) -> None:
        self.microseconds = _bounded(self.microseconds + _bounded(count * unit, INT64), INT64)
        self.add_fraction(fraction, unit)

    def add_fraction(self, fraction: float, unit: int) -> None:
        """A fraction of a unit, rounded to a microsecond."""
        exact = fraction * unit
        whole = int(exact)
        rest = exact - whole
        whole += 1 if rest > 0.5 else -1 if rest < -0.5 else 0
        self.microseconds = _bounded(self.microseconds + whole, INT64)

    def add_days(self, count: int, unit: int = 1) -> None:
        self.days = _bounded(self.days + _bounded(_bounded(count, INT32) * unit, INT32), INT32)

    def add_days_fraction(self, fraction: float, unit: int) -> None:
        exact = fraction * unit
        whole = int(exact)
        self.days = _bounded(self.days + whole, INT32)
        self.add_fraction(exact - whole, DAY)

    def add_months(self, count: int) -> None:
        self.months = _bounded(self.months + _bounded(count, INT32), INT32)

    def add_years(self, count: int, fraction: float, unit: int = 1) -> None:
        self.years = _bounded(self.years + _bounded(_bounded(count, INT32) * unit, INT32), INT32)
        self.months = _bounded(self.months + round(fraction * unit * 12), INT32)

    def add(self, unit: str, count: int, fraction: float) -> None:
        if unit in _TIME_UNITS:
            self.add_microseconds(count, fraction, _TIME_UNITS[unit])
        elif unit == "day":
            self.add_days(count)
            self.add_fraction(fraction, DAY)
        elif unit == "week":
            self.add_days(count, 7)
            self.add_days_fraction(fraction, 7)
        elif unit == "month":
            self.add_months(count)
            self.add_days_fraction(fraction, DAYS_PER_MONTH)
        elif unit in _YEAR_UNITS:
            self.add_years(count, fraction, _YEAR_UNITS[unit])
        else:
            raise BadFormat

    def negate(self) -> None:
        self.years = _bounded(-self.years, INT32)
        self.months = _bounded(-self.months, INT32)
        self.days = _bounded(-self.days, INT32)
        self.microseconds = _bounded(-self.microseconds, INT64)

    def total(self) -> Interval:
        months = self.years * 12 + self.months
        if not -INT32 <= months < INT32:
            raise PgError(sqlstate.DATETIME_VALUE_OUT_OF_RANGE, "interval out of range")
        return Interval(months, self.days, self.microseconds)


def _bounded(number: int, limit: int) -> int:
    if not -limit <= number < limit:
        raise FieldOverflow
    return number


def decode_interval(text: str, context: CodecContext, fields_mask: int = FULL_RANGE) -> Interval:
    """Text to interval; `fields_mask` is a typmod's restriction, which says what a number without unit is."""
    try:
        try:
            return _Reader(context, fields_mask).read(split(text))
        except BadFormat:
            return _iso_8601(text)
    except FieldOverflow:
        raise PgError(sqlstate.INTERVAL_FIELD_OVERFLOW, f'interval field value out of range: "{shown(text)}"') from None
    except Failure as failure:
        raise explain(failure, "interval", text) from None


class _Reader:
    """Reads fields from the right to the left, because the unit stands behind its number."""

    def __init__(self, context: CodecContext, fields_mask: int) -> None:
        self.sum = Sum()
        self.mask = fields_mask
        self.unit = ""
        self.known: set[str] = set()
        self.style = context.interval_style
        self.negative = False

    def read(self, fields: Sequence[Field]) -> Interval:
        signs = [field for field in fields[1:] if field.text[0] in "+-"]
        self.negative = self.style == "sql_standard" and bool(fields) and fields[0].text[0] == "-" and not signs
        before = False
        for field in reversed(fields):
            if field.kind is Kind.TIME:
                self._clock(field.text, -1 if self.negative else 1)
            elif field.kind is Kind.ZONE:
                self._signed(field.text)
            elif field.kind in (Kind.DATE, Kind.NUMBER):
                self._number(field.text)
            else:
                before |= self._word(field.text)
        if not self.known:
            raise BadFormat
        if before:
            self.sum.negate()
        return self.sum.total()

    def _learn(self, *units: str) -> None:
        if self.known.intersection(units):
            raise BadFormat
        self.known.update(units)

    def _clock(self, text: str, sign: int) -> None:
        hours, minutes, seconds, fraction = read_clock(text, 64)
        if self.mask == MINUTE_TO_SECOND and text.count(":") == 1 and "." not in text:
            hours, minutes, seconds = 0, hours, minutes
        microseconds = _bounded(hours * HOUR + minutes * MINUTE + seconds * SECOND + fraction, INT64)
        self._learn("hour", "minute", "second", "millisecond", "microsecond")
        self.sum.microseconds = sign * microseconds
        self.unit = "day"

    def _signed(self, text: str) -> None:
        if ":" in text[1:]:
            try:
                self._clock(text[1:], -1 if text[0] == "-" or self.negative else 1)
            except Failure:
                pass
            else:
                return
        self._number(text)

    def _number(self, text: str) -> None:
        unit = self.unit or _RANGE_UNITS.get(self.mask, "second")
        count, rest = leading_integer(text, 64)
        if rest == text and not rest.startswith("."):
            raise BadFormat
        fraction = 0.0
        if rest.startswith("-"):
            unit = "month"
            count = self._years_and_months(text, count, rest)
        elif rest.startswith("."):
            fraction = _fraction(rest)
            if text.startswith("-"):
                fraction = -fraction
        elif rest:
            raise BadFormat
        if self.negative:
            count, fraction = -abs(count), -abs(fraction)
        self.sum.add(unit, count, fraction)
        self._learn(*(("second", "millisecond", "microsecond") if unit == "second" and fraction else (unit,)))
        # `3 04:05`: a bare number before hours counts days.
        self.unit = "day" if unit == "hour" else unit

    @staticmethod
    def _years_and_months(text: str, years: int, rest: str) -> int:
        months, behind = leading_integer(rest[1:])
        if not 0 <= months < 12:
            raise FieldOverflow
        if behind:
            raise BadFormat
        return years * 12 + (-months if text.startswith("-") else months)

    def _word(self, text: str) -> bool:
        """A unit, or ``ago``: then true."""
        word = text[:MAX_WORD]
        if word == "ago":
            self.unit = word  # no unit: a number that follows directly is refused
            return True
        if word not in UNITS:
            raise BadFormat
        self.unit = UNITS[word]
        return False


_FRACTION: Final = re.compile(r"\.\d*(?:[eE][+-]?\d+)?", re.ASCII)


def _fraction(text: str) -> float:
    if not _FRACTION.fullmatch(text):
        raise BadFormat
    return float("0" + text) if text != "." else 0.0


# -- ISO 8601 ----------------------------------------------------------------------------------------------------

_ISO_NUMBER: Final = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_ISO_DATE_UNITS: Final = {"Y": "year", "M": "month", "W": "week", "D": "day"}
_ISO_TIME_UNITS: Final = {"H": "hour", "M": "minute", "S": "second"}
_ISO_DIGITS: Final = re.compile(r"-?(\d*)", re.ASCII)
_ISO_BOUND: Final = 1.0e15


class _Iso:
    """``P1Y2M3DT4H5M6S``, ``P00010203T040506`` and ``P0001-02-03T04:05:06``."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 1
        self.sum = Sum()

    def read(self) -> Interval:
        date, had_field = True, False
        if len(self.text) < 2 or self.text[0] != "P":
            raise BadFormat
        while self.position < len(self.text):
            if self._take("T"):
                date, had_field = False, False
                continue
            start = self.position
            count, fraction = self._number()
            width = self._width(start)
            unit = self.text[self.position : self.position + 1]
            named = (_ISO_DATE_UNITS if date else _ISO_TIME_UNITS).get(unit)
            if named is not None:
                self.position += 1
                self.sum.add(named, count, fraction)
                had_field = True
                continue
            if date:
                self._alternative_date(unit, width, count, fraction, had_field)
                date, had_field = False, False
            else:
                self._alternative_time(unit, width, count, fraction, had_field)
        return self.sum.total()

    def _take(self, character: str) -> bool:
        if self.text[self.position : self.position + 1] != character:
            return False
        self.position += 1
        return True

    def _number(self) -> tuple[int, float]:
        found = _ISO_NUMBER.match(self.text, self.position)
        if found is None:
            raise BadFormat
        value = float(found.group())
        if abs(value) > _ISO_BOUND:
            raise FieldOverflow
        self.position = found.end()
        return int(value), value - int(value)

    def _width(self, start: int) -> int:
        """How many digits stand before a point."""
        found = _ISO_DIGITS.match(self.text, start)
        return len(found[1]) if found is not None else 0

    def _alternative_date(self, unit: str, width: int, count: int, fraction: float, had_field: bool) -> None:
        if unit in ("", "T") and width == 8 and not had_field:
            sign = -1 if count < 0 else 1
            number = abs(count)
            self.sum.add_years(sign * (number // 10_000), 0.0)
            self.sum.add_months(sign * (number // 100 % 100))
            self.sum.add_days(sign * (number % 100))
            self.sum.add_fraction(fraction, DAY)
            self.position += 1
            return
        if unit not in ("", "T", "-") or had_field:
            raise BadFormat
        self.position += 1
        self.sum.add_years(count, fraction)
        for unit_name in ("month", "day"):
            if unit != "-":
                break
            self.sum.add(unit_name, *self._number())
            unit = self.text[self.position : self.position + 1]
            self.position += 1
        if unit not in ("", "T"):
            raise BadFormat

    def _alternative_time(self, unit: str, width: int, count: int, fraction: float, had_field: bool) -> None:
        if unit == "" and width == 6 and not had_field:
            sign = -1 if count < 0 else 1
            number = abs(count)
            clock = number // 10_000 * HOUR + number // 100 % 100 * MINUTE + number % 100 * SECOND
            self.sum.add_microseconds(sign * clock, 0.0, 1)
            self.sum.add_fraction(fraction, 1)
            return
        if unit not in ("", ":") or had_field:
            raise BadFormat
        self.sum.add("hour", count, fraction)
        for unit_name in ("minute", "second"):
            if unit != ":":
                break
            self.position += 1
            self.sum.add(unit_name, *self._number())
            unit = self.text[self.position : self.position + 1]
        if unit:
            raise BadFormat


def _iso_8601(text: str) -> Interval:
    return _Iso(text).read()
