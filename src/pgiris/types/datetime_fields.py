"""Splits date and time input into fields, and knows PostgreSQL's words for them.

Source: PostgreSQL 15 manual, appendix B.1 (interpretation), B.3 (key words).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from pgiris import sqlstate
from pgiris.errors import PgError
from pgiris.types.faults import datetime_field_overflow, invalid_datetime, shown
from pgiris.types.integers import SPACE

MAX_FIELDS: Final = 25
MAX_TEXT: Final = 153
"""Characters of all fields with a terminator each, which PostgreSQL keeps room for."""
MAX_WORD: Final = 10
"""Characters of a word that count."""
MAX_ZONE_HOURS: Final = 15


class Kind(Enum):
    """What a field looks like."""

    DATE = "date"
    TIME = "time"
    ZONE = "zone"
    NUMBER = "number"
    STRING = "string"
    SPECIAL = "special"


class Failure(Exception):
    """Input that is refused; the caller knows the type and the whole text and makes the message."""


class BadFormat(Failure):
    pass


class FieldOverflow(Failure):
    pass


class MonthDayOverflow(Failure):
    """Perhaps month and day are the other way round."""


class ZoneOverflow(Failure):
    pass


def explain(failure: Failure, type_name: str, text: str) -> PgError:
    """The failure in PostgreSQL's words."""
    if isinstance(failure, MonthDayOverflow):
        return datetime_field_overflow(text, hint='Perhaps you need a different "datestyle" setting.')
    if isinstance(failure, FieldOverflow):
        return datetime_field_overflow(text)
    if isinstance(failure, ZoneOverflow):
        return PgError(
            sqlstate.INVALID_TIME_ZONE_DISPLACEMENT_VALUE,
            f'time zone displacement out of range: "{shown(text)}"',
        )
    return invalid_datetime(type_name, text)


@dataclass(frozen=True, slots=True)
class Field:
    """A field in lower case."""

    kind: Kind
    text: str


_DIGITS: Final = re.compile(r"\d+", re.ASCII)
_TIME: Final = re.compile(r"\d+:[\d:.]*", re.ASCII)
_DATE: Final = re.compile(r"\d+([-/.])(?:\d+(?:\1(?:\d|\1)*)?|(?:[A-Za-z\d]|\1)*)", re.ASCII)
_WORD: Final = re.compile(r"[A-Za-z]+", re.ASCII)
_NAME: Final = re.compile(r"[A-Za-z]+[-+/_.:A-Za-z\d]*", re.ASCII)
_SIGNED: Final = re.compile(rf"([+-])[{SPACE}]*(\d[\d:.-]*|[A-Za-z]+)", re.ASCII)
_FRACTION: Final = re.compile(r"\.\d*", re.ASCII)
_IGNORED: Final = frozenset("!\"#$%&'()*,/:;<=>?@[\\]^_`{|}~")


def split(text: str) -> list[Field]:
    """The fields of date, time or interval input. Raises BadFormat."""
    fields: list[Field] = []
    position, size = 0, 0
    while position < len(text):
        character = text[position]
        if character in SPACE or character in _IGNORED:
            position += 1
            continue
        if len(fields) >= MAX_FIELDS:
            raise BadFormat
        field, position = _next(text, position, character)
        size += len(field.text) + 1
        if size > MAX_TEXT:
            raise BadFormat
        fields.append(field)
    return fields


def _next(text: str, start: int, character: str) -> tuple[Field, int]:
    if character in "0123456789":
        return _number(text, start)
    if character == ".":
        found = _FRACTION.match(text, start)
        assert found is not None
        return Field(Kind.NUMBER, found.group()), found.end()
    if character in "+-":
        found = _SIGNED.match(text, start)
        if found is None:
            raise BadFormat
        kind = Kind.ZONE if found[2][0].isdigit() else Kind.SPECIAL
        return Field(kind, found[1] + found[2].lower()), found.end()
    found = _WORD.match(text, start)
    if found is None:
        raise BadFormat
    return _word(text, start, found)


def _number(text: str, start: int) -> tuple[Field, int]:
    """A field that begins with a digit: a time, a date, or a number alone."""
    found = _TIME.match(text, start)
    if found is not None:
        return Field(Kind.TIME, found.group()), found.end()
    found = _DATE.match(text, start)
    if found is None:
        found = _DIGITS.match(text, start)
        assert found is not None
        return Field(Kind.NUMBER, found.group()), found.end()
    body = found.group()
    decimal = found[1] == "." and body.count(".") == 1 and body.replace(".", "", 1).isdigit() and body[-1] != "."
    return Field(Kind.NUMBER if decimal else Kind.DATE, body.lower()), found.end()


def _word(text: str, start: int, found: re.Match[str]) -> tuple[Field, int]:
    """A word; or a date or the name of a time zone, which go on with digits and punctuation."""
    word = found.group().lower()
    following = text[found.end() : found.end() + 1]
    goes_on = following in tuple("-/.") or (
        bool(following) and following in "+0123456789" and word[:MAX_WORD] not in WORDS
    )
    if not goes_on:
        return Field(Kind.STRING, word), found.end()
    named = _NAME.match(text, start)
    assert named is not None
    return Field(Kind.DATE, named.group().lower()), named.end()


_LEADING_INTEGER: Final = re.compile(rf"[{SPACE}]*([+-]?\d*)", re.ASCII)


def leading_integer(text: str, bits: int = 32) -> tuple[int, str]:
    """The integer at the start, 0 if there is none, and what follows. Raises FieldOverflow."""
    found = _LEADING_INTEGER.match(text)
    assert found is not None
    digits = found[1]
    if digits in ("", "+", "-"):
        return 0, text
    if len(digits.lstrip("+-0")) > 20:
        raise FieldOverflow
    value = int(digits)
    if not -(1 << bits - 1) <= value < 1 << bits - 1:
        raise FieldOverflow
    return value, text[found.end() :]


_FRACTIONAL: Final = re.compile(r"\.\d*(?:e[+-]?\d+)?", re.ASCII)


def fractional_microseconds(text: str) -> int:
    """``.5`` as microseconds, rounded. Raises BadFormat."""
    if text == ".":
        return 0
    if not _FRACTIONAL.fullmatch(text):
        raise BadFormat
    return round(float("0" + text) * 1_000_000)


def read_clock(text: str, bits: int = 32) -> tuple[int, int, int, int]:
    """``H:M[:S[.f]]`` as hours, minutes, seconds and microseconds; ``M:S.f`` has no hours."""
    hours, rest = leading_integer(text, bits)
    if not rest.startswith(":"):
        raise BadFormat
    minutes, rest = leading_integer(rest[1:])
    seconds = fraction = 0
    if rest.startswith("."):
        fraction = fractional_microseconds(rest)
        if hours >= 2**31:
            raise FieldOverflow
        hours, minutes, seconds = 0, hours, minutes
    elif rest.startswith(":"):
        seconds, rest = leading_integer(rest[1:])
        if rest.startswith("."):
            fraction = fractional_microseconds(rest)
        elif rest:
            raise BadFormat
    elif rest:
        raise BadFormat
    if hours < 0 or not (0 <= minutes <= 59 and 0 <= seconds <= 60 and 0 <= fraction <= 1_000_000):
        raise FieldOverflow
    return hours, minutes, seconds, fraction


def read_offset(text: str) -> int:
    """``+HH[MM | :MM[:SS]]`` as seconds east of UTC."""
    if text[:1] not in ("+", "-"):
        raise BadFormat
    try:
        hours, rest = leading_integer(text[1:])
        minutes = seconds = 0
        if rest.startswith(":"):
            minutes, rest = leading_integer(rest[1:])
            if rest.startswith(":"):
                seconds, rest = leading_integer(rest[1:])
        elif not rest and len(text) > len("+HH"):
            hours, minutes = divmod(hours, 100)
    except FieldOverflow:
        raise ZoneOverflow from None
    if not (0 <= hours <= MAX_ZONE_HOURS and 0 <= minutes <= 59 and 0 <= seconds <= 59):
        raise ZoneOverflow
    if rest:
        raise BadFormat
    offset = hours * 3600 + minutes * 60 + seconds
    return -offset if text[0] == "-" else offset


class Word(Enum):
    """What a word does."""

    RESERVED = "reserved"
    MONTH = "month"
    WEEKDAY = "weekday"
    ERA = "era"
    HALF_DAY = "half day"
    UNIT = "unit"
    ISO_TIME = "t"
    DAYLIGHT = "dst"
    IGNORED = "ignored"


_MONTHS: Final = (
    ("jan", "january"),
    ("feb", "february"),
    ("mar", "march"),
    ("apr", "april"),
    ("may",),
    ("jun", "june"),
    ("jul", "july"),
    ("aug", "august"),
    ("sep", "sept", "september"),
    ("oct", "october"),
    ("nov", "november"),
    ("dec", "december"),
)
_WEEKDAYS: Final = (
    ("sun", "sunday"),
    ("mon", "monday"),
    ("tue", "tues", "tuesday"),
    ("wed", "weds", "wednesday"),
    ("thu", "thur", "thurs", "thursday"),
    ("fri", "friday"),
    ("sat", "saturday"),
)
_RESERVED: Final = ("-infinity", "allballs", "epoch", "infinity", "now", "today", "tomorrow", "yesterday")
_UNITS: Final = {
    "d": "day",
    "dow": "dow",
    "doy": "doy",
    "h": "hour",
    "isodow": "isodow",
    "isoyear": "isoyear",
    "j": "julian",
    "jd": "julian",
    "julian": "julian",
    "m": "month",
    "mm": "minute",
    "s": "second",
    "y": "year",
}

WORDS: Final[Mapping[str, tuple[Word, int | str]]] = {
    **{name: (Word.MONTH, number) for number, names in enumerate(_MONTHS, 1) for name in names},
    **{name: (Word.WEEKDAY, number) for number, names in enumerate(_WEEKDAYS) for name in names},
    **{name: (Word.RESERVED, name) for name in _RESERVED},
    **{name: (Word.UNIT, unit) for name, unit in _UNITS.items()},
    "ad": (Word.ERA, "ad"),
    "bc": (Word.ERA, "bc"),
    "am": (Word.HALF_DAY, "am"),
    "pm": (Word.HALF_DAY, "pm"),
    "at": (Word.IGNORED, 0),
    "on": (Word.IGNORED, 0),
    "t": (Word.ISO_TIME, 0),
    "dst": (Word.DAYLIGHT, 3600),
}
