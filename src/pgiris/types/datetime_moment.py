"""A date and time that is read field by field: what is known so far decides what the next number means.

Source: PostgreSQL 15 manual, appendix B.1. Every rejection is a ``datetime_fields.Failure``.
"""

from __future__ import annotations

from collections.abc import Sequence

from pgiris import sqlstate
from pgiris.errors import PgError
from pgiris.types.abbreviations import ABBREVIATIONS
from pgiris.types.abbreviations import DAYLIGHT as DAYLIGHT_NAMES
from pgiris.types.calendar import DAY, HOUR, MINUTE, SECOND, civil_from_days
from pgiris.types.datetime_fields import (
    MAX_WORD,
    WORDS,
    BadFormat,
    Field,
    Kind,
    Word,
    leading_integer,
    read_clock,
    read_offset,
)
from pgiris.types.datetime_known import (
    DATE,
    DAY_OF_MONTH,
    DAYLIGHT,
    DAYLIGHT_ZONE,
    DYNAMIC_ZONE,
    ERA,
    HALF_DAY,
    MONTH,
    RESERVED,
    TIME,
    WEEKDAY,
    ZONE,
    Known,
)
from pgiris.types.timezones import FixedZone, Zone, find_iana, find_posix


class Moment(Known):
    """A date and time as the result of reading fields."""

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
        if self.known & DATE and not dated and not self.known & ZONE:
            raise BadFormat
        self._settle_zone(self.days if dated else self._today())

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

    # -- words ------------------------------------------------------------------------------------------------

    _abbreviated = ""
    """The abbreviation whose meaning depends on the time."""

    def _word(self, text: str, fields: Sequence[Field], index: int) -> int:
        meant = ABBREVIATIONS.get(text[:MAX_WORD])
        if meant is not None:
            return self._abbreviation(text[:MAX_WORD], meant)
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
            self.offset += int(value)  # on top of the zone before it
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
            self.special = ""
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
        return RESERVED

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

    def _abbreviation(self, name: str, meant: int | str) -> int:
        if isinstance(meant, str):
            self.zone = find_iana(meant)
            self._abbreviated = name
            return ZONE | DYNAMIC_ZONE
        self.offset = meant
        return ZONE | DAYLIGHT_ZONE if name in DAYLIGHT_NAMES else ZONE

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
        local = (days * DAY + self.clock) // SECOND
        self.offset = (
            zone.of_abbreviation(self._abbreviated.upper(), local) if self._abbreviated else zone.at_local(local)
        )
