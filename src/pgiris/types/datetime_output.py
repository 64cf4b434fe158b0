"""Dates and times as text, by DateStyle and TimeZone.

Source: PostgreSQL 15 manual, sections 8.5.2 and 8.5.3.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from pgiris.types.calendar import (
    DAY,
    FIRST_PYTHON_DAY,
    HOUR,
    LAST_PYTHON_DAY,
    MINUTE,
    ORDINAL_OF_EPOCH,
    SECOND,
    civil_from_days,
)
from pgiris.types.context import GERMAN, ISO, POSTGRES, SQL, CodecContext
from pgiris.types.values import DATE_INFINITY, TIMESTAMP_INFINITY, TimeTz

DAYS: Final = ("Sat", "Sun", "Mon", "Tue", "Wed", "Thu", "Fri")
"""The weekday of day n since 2000-01-01 is number n mod 7."""
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
ABBREVIATION_LENGTH: Final = 10
"""Characters of a zone's abbreviation that are printed."""


def encode_date(value: int, context: CodecContext) -> str:
    if context.date_format == ISO and FIRST_PYTHON_DAY <= value <= LAST_PYTHON_DAY:
        return date.fromordinal(value + ORDINAL_OF_EPOCH).isoformat()
    if value == DATE_INFINITY:
        return "infinity"
    if value == -DATE_INFINITY - 1:
        return "-infinity"
    year, month, day = civil_from_days(value)
    shown = year if year > 0 else 1 - year
    return _date(shown, month, day, context) + ("" if year > 0 else " BC")


def _date(year: int, month: int, day: int, context: CodecContext) -> str:
    style, day_first = context.date_format, context.date_order == "DMY"
    if style == ISO:
        return f"{year:04d}-{month:02d}-{day:02d}"
    if style == GERMAN:
        return f"{day:02d}.{month:02d}.{year:04d}"
    separator = "/" if style == SQL else "-"
    first, second = (day, month) if day_first else (month, day)
    return f"{first:02d}{separator}{second:02d}{separator}{year:04d}"


def time_text(microseconds: int) -> str:
    """``HH:MM:SS[.f]`` without trailing zeros."""
    hours, rest = divmod(microseconds, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    seconds, fraction = divmod(rest, SECOND)
    text = f"{hours:02d}:{minutes:02d}:{seconds:02d}"
    return f"{text}.{fraction:06d}".rstrip("0") if fraction else text


def offset_text(offset: int) -> str:
    """Seconds east of UTC as ``+HH[:MM[:SS]]``."""
    minutes, seconds = divmod(abs(offset), 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{'-' if offset < 0 else '+'}{hours:02d}"
    if minutes or seconds:
        text += f":{minutes:02d}"
    return f"{text}:{seconds:02d}" if seconds else text


def encode_time(value: int, context: CodecContext) -> str:
    return time_text(value)


def encode_timetz(value: TimeTz, context: CodecContext) -> str:
    return time_text(value.microseconds) + offset_text(-value.zone)


def encode_timestamp(value: int, context: CodecContext) -> str:
    return infinity_text(value) or _timestamp(value, context, "", "")


def encode_timestamptz(value: int, context: CodecContext) -> str:
    infinite = infinity_text(value)
    if infinite:
        return infinite
    offset, abbreviation = context.zone.at_utc(value // SECOND)
    return _timestamp(value + offset * SECOND, context, offset_text(offset), abbreviation[:ABBREVIATION_LENGTH])


def infinity_text(value: int) -> str:
    """``infinity`` or ``-infinity`` for a timestamp that is one, else nothing."""
    if value == TIMESTAMP_INFINITY:
        return "infinity"
    return "-infinity" if value == -TIMESTAMP_INFINITY - 1 else ""


def _timestamp(local: int, context: CodecContext, offset: str, abbreviation: str) -> str:
    days, microseconds = divmod(local, DAY)
    time = time_text(microseconds)
    if context.date_format == ISO and FIRST_PYTHON_DAY <= days <= LAST_PYTHON_DAY:
        return f"{date.fromordinal(days + ORDINAL_OF_EPOCH).isoformat()} {time}{offset}"
    year, month, day = civil_from_days(days)
    era = "" if year > 0 else " BC"
    year = year if year > 0 else 1 - year
    zone = offset if context.date_format == ISO else f" {abbreviation}" if abbreviation else offset
    if context.date_format != POSTGRES:
        return f"{_date(year, month, day, context)} {time}{zone}{era}"
    first, second = f"{day:02d}", MONTHS[month - 1]
    if context.date_order != "DMY":
        first, second = second, first
    return f"{DAYS[days % 7]} {first} {second} {time} {year:04d}{zone}{era}"
