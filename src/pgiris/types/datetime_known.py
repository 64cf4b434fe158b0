"""What is known of a date and time while it is read, and what the next number means then.

Source: PostgreSQL 15 manual, appendix B.1. Every rejection is a ``datetime_fields.Failure``.
"""

from __future__ import annotations

import re
from typing import Final

from pgiris.types.calendar import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    civil_from_days,
    days_from_civil,
    days_in_month,
)
from pgiris.types.context import CodecContext
from pgiris.types.datetime_fields import (
    MAX_WORD,
    WORDS,
    BadFormat,
    FieldOverflow,
    MonthDayOverflow,
    Word,
    fractional_microseconds,
    leading_integer,
)
from pgiris.types.timezones import Zone

# What is known, as bits.
YEAR: Final = 1
MONTH: Final = 2
DAY_OF_MONTH: Final = 4
DATE: Final = YEAR | MONTH | DAY_OF_MONTH
HOURS: Final = 8
MINUTES: Final = 16
SECONDS: Final = 32
TIME: Final = HOURS | MINUTES | SECONDS
ZONE: Final = 64
DAY_OF_YEAR: Final = 128
HALF_DAY: Final = 256
ERA: Final = 512
WEEKDAY: Final = 1024
DAYLIGHT: Final = 2048
DAYLIGHT_ZONE: Final = 4096
DYNAMIC_ZONE: Final = 8192
RESERVED: Final = 16384

JULIAN_RANGE: Final = (-4713, 5_874_898)
"""Years that have Julian days."""
_TIME_SPAN: Final = 24 * HOUR
_RUN_TOGETHER_TIMES: Final = (4, 6)


class Known:
    """The fields of a date and time, and which of them are known.

    `days` counts from 2000-01-01, `clock` is in microseconds, `offset` in seconds east of UTC.
    `special` is ``epoch``, ``infinity`` or ``-infinity`` instead.
    """

    def __init__(self, context: CodecContext) -> None:
        self.context = context
        self.special = ""
        self.offset = 0
        self.year = self.month = self.day = self.day_of_year = 0
        self.hours = self.minutes = self.seconds = self.fraction = 0
        self.known = 0
        self.named_month = False
        self.two_digits = False
        self.julian = False
        self.before_christ = False
        self.half = ""
        self.label = ""
        """The unit that the previous word gives to the next number."""
        self.zone: Zone | None = None
        self.time_only = False

    @property
    def days(self) -> int:
        if not JULIAN_RANGE[0] <= self.year <= JULIAN_RANGE[1]:
            return 1 << 62
        return days_from_civil(self.year, self.month, self.day)

    @property
    def clock(self) -> int:
        return self.hours * HOUR + self.minutes * MINUTE + self.seconds * SECOND + self.fraction

    def _learn(self, learned: int) -> None:
        if learned & self.known:
            raise BadFormat
        self.known |= learned

    def _expect_time_label(self) -> None:
        if self.label and self.label != "time":
            raise BadFormat
        self.label = ""

    # -- numbers ----------------------------------------------------------------------------------------------

    def _labelled(self, text: str) -> int:
        """A number that a unit stood before."""
        label, self.label = self.label, ""
        number, rest = leading_integer(text)
        if rest and not (rest.startswith(".") and label in ("julian", "time", "second")):
            raise BadFormat
        if label == "time":
            if self._run_together(text, self.known | DATE) != TIME:
                raise BadFormat
            return TIME
        if label == "julian":
            return self._julian(number, rest)
        if label == "second":
            self.seconds = number
            self.fraction = fractional_microseconds(rest) if rest else 0
            return SECONDS
        if label == "month" and self.known & MONTH and self.known & HOURS:
            label = "minute"
        return self._set(label, number)

    def _set(self, label: str, number: int) -> int:
        if label == "year":
            self.year = number
            return YEAR
        if label == "month":
            self.month = number
            return MONTH
        if label == "day":
            self.day = number
            return DAY_OF_MONTH
        if label == "hour":
            self.hours = number
            return HOURS
        if label == "minute":
            self.minutes = number
            return MINUTES
        raise BadFormat

    def _julian(self, number: int, rest: str) -> int:
        self._set_julian(number)
        if not rest:
            return DATE
        clock = int(float("0" + rest) * DAY)
        self.hours, clock = divmod(clock, HOUR)
        self.minutes, clock = divmod(clock, MINUTE)
        self.seconds, self.fraction = divmod(clock, SECOND)
        return DATE | TIME

    def _set_julian(self, number: int) -> None:
        if number < 0:
            raise FieldOverflow
        self.year, self.month, self.day = civil_from_days(number - 2_451_545)
        self.julian = True

    def _date(self, text: str) -> int:
        """A date in one piece: numbers and at most one name of a month."""
        known, learned = self.known, 0
        numbers: list[str] = []
        for part in _date_parts(text):
            if part[0].isdigit():
                numbers.append(part)
                continue
            kind, value = WORDS.get(part[:MAX_WORD], (Word.RESERVED, 0))
            if kind is Word.IGNORED:
                continue
            if kind is not Word.MONTH or known & MONTH or not isinstance(value, int):
                raise BadFormat
            self.month, self.named_month = value, True
            known |= MONTH
            learned |= MONTH
        # A name makes the rest unambiguous only within this date.
        named, self.named_month = self.named_month, bool(learned)
        for number in numbers:
            more = self._number(number, known)
            if more & known:
                raise BadFormat
            known |= more
            learned |= more
        self.named_month = named
        if known & ~(DAY_OF_YEAR | ZONE) != DATE:
            raise BadFormat
        return learned

    def _number(self, text: str, known: int) -> int:
        """A number whose place says what it is."""
        number, rest = leading_integer(text)
        if rest == text:
            raise BadFormat
        if rest.startswith("."):
            if len(text) - len(rest) > 2:
                return self._run_together(text, known | DATE)
            self.fraction = fractional_microseconds(rest)
        elif rest:
            raise BadFormat
        if len(text) == 3 and known & DATE == YEAR and 1 <= number <= 366:
            self.day_of_year = number
            return DAY_OF_YEAR | MONTH | DAY_OF_MONTH
        return self._place(text, number, known)

    def _place(self, text: str, number: int, known: int) -> int:
        order, long = self.context.date_order, len(text) >= 3
        date = known & DATE
        if date == DATE:
            return self._run_together(text, known)
        if date == 0:
            label = "year" if long or order == "YMD" else "day" if order == "DMY" else "month"
        elif date in (YEAR, DAY_OF_MONTH):
            label = "month"
        elif date == MONTH:
            label = "year" if self.named_month and (long or order == "YMD") else "day"
        elif date == YEAR | MONTH:
            if self.named_month and long and self.two_digits:
                # The first number was taken for a year and was the day.
                self.day, self.year, self.two_digits = self.year, number, False
                return DAY_OF_MONTH
            label = "day"
        elif date == MONTH | DAY_OF_MONTH:
            label = "year"
        else:
            raise BadFormat
        if label == "year":
            self.two_digits = len(text) <= 2
        return self._set(label, number)

    def _run_together(self, text: str, known: int) -> int:
        """``yyyymmdd``, ``yymmdd``, ``hhmmss[.f]`` or ``hhmm``."""
        whole, point, fraction = text.partition(".")
        if point:
            self.fraction = round(float(f"0.{fraction}") * SECOND) if _all_digits(fraction or "0") else _bad()
        elif known & DATE != DATE and len(whole) >= 6:
            self.year, self.month, self.day = _digits(whole[:-4]), _digits(whole[-4:-2]), _digits(whole[-2:])
            if len(whole) == 6:
                self.two_digits = True
            return DATE
        if known & TIME != TIME and len(whole) in _RUN_TOGETHER_TIMES:
            self.hours, self.minutes = _digits(whole[:2]), _digits(whole[2:4])
            self.seconds = _digits(whole[4:]) if len(whole) == 6 else 0
            return TIME
        raise BadFormat

    # -- checks -----------------------------------------------------------------------------------------------

    def _check_date(self) -> None:
        if self.known & YEAR and not self.julian:
            self._check_year()
        if self.known & DAY_OF_YEAR:
            days = days_from_civil(self.year, 1, 1) + self.day_of_year - 1
            self.year, self.month, self.day = civil_from_days(days)
        if self.known & MONTH and not 1 <= self.month <= 12:
            raise MonthDayOverflow
        if self.known & DAY_OF_MONTH and not 1 <= self.day <= 31:
            raise MonthDayOverflow
        if self.known & DATE == DATE and self.day > days_in_month(self.year, self.month):
            raise FieldOverflow

    def _check_year(self) -> None:
        if self.before_christ:
            if self.year <= 0:
                raise FieldOverflow
            self.year = 1 - self.year
        elif self.two_digits:
            if self.year < 0:
                raise FieldOverflow
            self.year += 2000 if self.year < 70 else 1900 if self.year < 100 else 0
        elif self.year <= 0:
            raise FieldOverflow

    def _check_half(self) -> None:
        if self.half and self.hours > 12:
            raise FieldOverflow
        if self.half == "am" and self.hours == 12:
            self.hours = 0
        elif self.half == "pm" and self.hours != 12:
            self.hours += 12

    def _check_clock(self) -> None:
        fits = 0 <= self.hours <= 24 and 0 <= self.minutes <= 59 and 0 <= self.seconds <= 60
        if not fits or self.clock > _TIME_SPAN:
            raise FieldOverflow


def _date_parts(text: str) -> list[str]:
    """Runs of digits and of letters. The character behind a run is taken for a separator, whatever it is."""
    parts = [found.group(1) for found in _PART.finditer(text)]
    if not parts or not (text[-1].isalnum() or text[-2].isalnum()):
        raise BadFormat
    return parts


_PART: Final = re.compile(r"[^A-Za-z\d]*(\d+|[A-Za-z]+)(?:.|$)", re.ASCII | re.DOTALL)


def _all_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _digits(text: str) -> int:
    if not _all_digits(text):
        return _bad()
    return int(text) if len(text) < 10 or (text < "2147483648" and len(text) == 10) else _overflow()


def _bad() -> int:
    raise BadFormat


def _overflow() -> int:
    raise FieldOverflow
