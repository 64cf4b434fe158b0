"""A date and time that is read field by field: what is known so far decides what the next number means.

Source: PostgreSQL 15 manual, appendix B.1. Every rejection is a ``datetime_fields.Failure``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from pgiris import sqlstate
from pgiris.errors import PgError
from pgiris.types.abbreviations import ABBREVIATIONS
from pgiris.types.calendar import DAY, HOUR, MINUTE, SECOND, civil_from_days, days_from_civil, days_in_month
from pgiris.types.context import CodecContext
from pgiris.types.datetime_fields import (
    MAX_WORD,
    WORDS,
    BadFormat,
    Field,
    FieldOverflow,
    Kind,
    MonthDayOverflow,
    Word,
    fractional_microseconds,
    leading_integer,
    read_clock,
    read_offset,
)
from pgiris.types.timezones import FixedZone, Zone, find_iana, find_posix

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

JULIAN_RANGE: Final = (-4713, 5_874_898)
"""Years that have Julian days."""
_TIME_SPAN: Final = 24 * HOUR
_RUN_TOGETHER_TIMES: Final = (4, 6)


class Moment:
    """The result of reading: `days` since 2000-01-01, `clock` in microseconds, `offset` in seconds east of UTC.

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

    # -- whole values ---------------------------------------------------------------------------------------

    def read_timestamp(self, fields: Sequence[Field]) -> None:
        """A date, with or without time and zone."""
        for index, field in enumerate(fields):
            self._learn(self._field(field, fields, index))
        self._check_date()
        self._check_half()
        if self.special:
            return
        if self.known & DATE != DATE:
            raise BadFormat
        self._settle_zone(self.days)

    def read_time(self, fields: Sequence[Field]) -> None:
        """A time of day, with or without zone; a date only where the zone may need it."""
        self.time_only = True
        for index, field in enumerate(fields):
            self._learn(self._time_field(field, fields, index))
        self._check_date()
        self._check_half()
        self._check_clock()
        if self.known & TIME != TIME:
            raise BadFormat
        dated = self.known & DATE == DATE
        if isinstance(self.zone, Zone) and not isinstance(self.zone, FixedZone) and not dated and not self._abbreviated:
            raise BadFormat
        self._settle_zone(self.days if dated else self._today())

    def _learn(self, learned: int) -> None:
        if learned & self.known:
            raise BadFormat
        self.known |= learned

    def _field(self, field: Field, fields: Sequence[Field], index: int) -> int:
        if field.kind is Kind.DATE:
            return self._date_field(field.text)
        if field.kind is Kind.TIME:
            return self._time(field.text)
        if field.kind is Kind.ZONE:
            return self._offset(field.text)
        if field.kind is Kind.NUMBER:
            return self._labelled(field.text) if self.label else self._bare_number(field.text)
        return self._word(field.text, fields, index)

    def _date_field(self, text: str) -> int:
        if self.label == "julian":
            self.label = ""
            number, rest = leading_integer(text)
            self._set_julian(number)
            self.offset = read_offset(rest)
            return DATE | TIME | ZONE
        if not self.label and self.known & (MONTH | DAY_OF_MONTH) != MONTH | DAY_OF_MONTH:
            return self._date(text)
        if not (text[0].isdigit() or self.label):
            return self._zone_name(text)
        self._expect_time_label()
        if self.known & TIME == TIME:
            raise BadFormat
        return self._time_with_offset(text, self.known)

    def _expect_time_label(self) -> None:
        if self.label and self.label != "time":
            raise BadFormat
        self.label = ""

    def _time_with_offset(self, text: str, known: int) -> int:
        """``hhmmss-zz`` run together."""
        clock, minus, zone = text.partition("-")
        if not minus:
            raise BadFormat
        self.offset = read_offset(minus + zone)
        return self._run_together(clock, known) | ZONE

    def _time(self, text: str) -> int:
        self._expect_time_label()
        self.hours, self.minutes, self.seconds, self.fraction = read_clock(text)
        if not self.time_only:
            self._check_clock()
        return TIME

    def _offset(self, text: str) -> int:
        self.offset = read_offset(text)
        return ZONE

    def _bare_number(self, text: str) -> int:
        whole, point, _ = text.partition(".")
        if point and not self.known & DATE:
            return self._date(text)
        if point and len(whole) > 2:
            return self._run_together(text, self.known)
        if len(text) >= 6 and (not self.known & DATE or not self.known & TIME):
            return self._run_together(text, self.known)
        return self._number(text, self.known)

    # -- fields of a time of day ------------------------------------------------------------------------------

    def _time_field(self, field: Field, fields: Sequence[Field], index: int) -> int:
        if field.kind is Kind.DATE:
            dated = fields[-1].kind is Kind.DATE or (len(fields) > 1 and fields[1].kind is Kind.TIME)
            if index == 0 and len(fields) >= 2 and dated:
                return self._date(field.text)
            if not field.text[0].isdigit():
                return self._zone_name(field.text)
            if self.known & TIME == TIME:
                raise BadFormat
            self.label = ""
            return self._time_with_offset(field.text, self.known | DATE)
        if field.kind is Kind.NUMBER and not self.label:
            return self._time_number(field.text, fields, index)
        if field.kind is Kind.TIME:
            self.label = ""
        return self._field(field, fields, index)

    def _time_number(self, text: str, fields: Sequence[Field], index: int) -> int:
        whole, point, _ = text.partition(".")
        if point:
            if index == 0 and len(fields) >= 2 and fields[-1].kind is Kind.DATE:
                return self._date(text)
            if len(whole) <= 2:
                raise BadFormat
            return self._run_together(text, self.known | DATE)
        if len(text) > 4:
            return self._run_together(text, self.known | DATE)
        return self._number(text, self.known | DATE)

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
        if known & ~(DAY_OF_YEAR | ZONE) & (DATE | TIME | HALF_DAY | ERA | WEEKDAY | DAYLIGHT) != DATE:
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

    # -- words ------------------------------------------------------------------------------------------------

    _abbreviated = False

    def _word(self, text: str, fields: Sequence[Field], index: int) -> int:
        meant = ABBREVIATIONS.get(text[:MAX_WORD])
        if meant is not None:
            return self._abbreviation(meant)
        kind, value = WORDS.get(text[:MAX_WORD], (None, 0))
        if kind is None:
            return self._lone_zone(text)
        if kind is Word.RESERVED:
            return self._reserved(str(value))
        if kind is Word.UNIT:
            self.label = str(value)
            return 0
        if kind is Word.ISO_TIME:
            return self._iso_time(fields, index)
        if kind is Word.ERA:
            self.before_christ = value == "bc"
            return ERA
        if kind is Word.HALF_DAY:
            self.half = str(value)
            return HALF_DAY
        if kind is Word.WEEKDAY:
            if self.time_only:
                raise BadFormat
            return WEEKDAY
        if kind is Word.DAYLIGHT:
            self.offset += int(value)
            return DAYLIGHT
        return self._month_word(int(value)) if kind is Word.MONTH else 0

    def _month_word(self, month: int) -> int:
        if self.time_only:
            raise BadFormat
        learned = MONTH
        if self.known & MONTH and not self.named_month and not self.known & DAY_OF_MONTH and 1 <= self.month <= 31:
            # What was taken for the month was the day.
            self.day = self.month
            learned = DAY_OF_MONTH
        self.named_month = True
        self.month = month
        return learned

    def _iso_time(self, fields: Sequence[Field], index: int) -> int:
        if not self.time_only and self.known & DATE != DATE:
            raise BadFormat
        following = fields[index + 1].kind if index + 1 < len(fields) else None
        if following not in (Kind.NUMBER, Kind.TIME, Kind.DATE):
            raise BadFormat
        self.label = "time"
        return 0

    def _reserved(self, word: str) -> int:
        if word == "allballs":
            self.hours = self.minutes = self.seconds = self.fraction = self.offset = 0
            return TIME | ZONE
        if word == "now":
            return self._now()
        if self.time_only:
            raise BadFormat
        if word in ("today", "tomorrow", "yesterday"):
            days = self._today() + {"today": 0, "tomorrow": 1, "yesterday": -1}[word]
            self.year, self.month, self.day = civil_from_days(days)
            self.special = ""
            return DATE
        self.special = word
        return DATE | TIME | ZONE

    def _now(self) -> int:
        seconds = self.context.now // SECOND
        self.offset = self.context.zone.at_utc(seconds)[0]
        days, clock = divmod(self.context.now + self.offset * SECOND, DAY)
        self.hours, clock = divmod(clock, HOUR)
        self.minutes, clock = divmod(clock, MINUTE)
        self.seconds, self.fraction = divmod(clock, SECOND)
        if self.time_only:
            return TIME
        self.special = ""
        self.year, self.month, self.day = civil_from_days(days)
        return DATE | TIME | ZONE

    def _today(self) -> int:
        """Today's date in the session's zone."""
        now = self.context.now
        return (now + self.context.zone.at_utc(now // SECOND)[0] * SECOND) // DAY

    # -- zones ------------------------------------------------------------------------------------------------

    def _abbreviation(self, meant: int | str) -> int:
        if isinstance(meant, int):
            self.offset += meant  # ``dst`` may have come before
        else:
            self.zone = find_iana(meant)
            self._abbreviated = True
        return ZONE

    def _zone_name(self, text: str) -> int:
        """A name with digits or punctuation: nothing else can look so."""
        self.zone = find_iana(text) or find_posix(text)
        if self.zone is None:
            raise PgError(sqlstate.INVALID_PARAMETER_VALUE, f'time zone "{text}" not recognized')
        return ZONE

    def _lone_zone(self, text: str) -> int:
        self.zone = find_iana(text) or find_posix(text)
        if self.zone is None:
            raise BadFormat
        return ZONE

    def _settle_zone(self, days: int) -> None:
        """The offset that a named zone, or the session's, has at that time."""
        zone = self.zone
        if zone is None:
            if self.known & ZONE:
                return
            zone = self.context.zone
        if self.known & DAYLIGHT:
            raise BadFormat
        self.offset = zone.at_local((days * DAY + self.clock) // SECOND)

    # -- checks -----------------------------------------------------------------------------------------------

    def _check_date(self) -> None:
        if self.known & YEAR and not self.julian:
            self._check_year()
        if self.known & DAY_OF_YEAR:
            days = days_from_civil(self.year, 1, 1) + self.day_of_year - 1
            self.year, self.month, self.day = civil_from_days(days)
        if self.special:
            return
        if self.known & MONTH and not 1 <= self.month <= 12:
            raise MonthDayOverflow
        if self.known & DAY_OF_MONTH and not 1 <= self.day <= 31:
            raise MonthDayOverflow
        if self.known & DATE == DATE and self.day > days_in_month(self.year, self.month):
            raise FieldOverflow

    def _check_year(self) -> None:
        if self.special:
            return
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
