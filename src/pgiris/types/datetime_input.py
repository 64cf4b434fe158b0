"""Reads date, time, timetz, timestamp and timestamptz in every form that PostgreSQL reads.

Source: PostgreSQL 15 manual, section 8.5.1 and appendix B.1; ambiguous numbers go by DateStyle's order.
"""

from __future__ import annotations

import re
from typing import Final

from pgiris.types.calendar import (
    DAY,
    FIRST_DAY,
    HOUR,
    LAST_DAY,
    MINUTE,
    SECOND,
    UNIX_TO_POSTGRES_SECONDS,
    days_from_civil,
    days_in_month,
    is_timestamp,
)
from pgiris.types.context import CodecContext
from pgiris.types.datetime_fields import Failure, explain, split
from pgiris.types.datetime_moment import Moment
from pgiris.types.faults import datetime_out_of_range
from pgiris.types.values import DATE_INFINITY, TIMESTAMP_INFINITY, TimeTz

EPOCH: Final = -UNIX_TO_POSTGRES_SECONDS * SECOND
"""1970-01-01 as a timestamp."""

_ISO_DATE: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
_ISO_TIMESTAMP: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(Z|[+-]\d\d(?::\d\d)?)?", re.ASCII
)
_ISO_TIME: Final = re.compile(r"(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?", re.ASCII)


def decode_date(text: str, context: CodecContext) -> int:
    found = _ISO_DATE.fullmatch(text)
    if found is not None:
        day = _day(*map(int, found.groups()))
        if day is not None:
            return day
    try:
        moment = Moment(context)
        moment.read_timestamp(split(text))
    except Failure as failure:
        raise explain(failure, "date", text) from None
    if moment.special:
        return {
            "epoch": EPOCH // DAY,
            "infinity": DATE_INFINITY,
            "-infinity": -DATE_INFINITY - 1,
        }[moment.special]
    days = moment.days
    if not FIRST_DAY <= days <= LAST_DAY:
        raise datetime_out_of_range("date", text)
    return days


def _day(year: int, month: int, day: int) -> int | None:
    """Days since 2000-01-01; None unless year, month and day are plainly valid."""
    if year < 1 or not 1 <= month <= 12 or not 1 <= day <= days_in_month(year, month):
        return None
    return days_from_civil(year, month, day)


def _clock(hour: str, minute: str, second: str, fraction: str | None) -> int | None:
    hours, minutes, seconds = int(hour), int(minute), int(second)
    if hours > 23 or minutes > 59 or seconds > 59:
        return None
    microseconds = int(fraction.ljust(6, "0")) if fraction else 0
    return hours * HOUR + minutes * MINUTE + seconds * SECOND + microseconds


def decode_timestamp(text: str, context: CodecContext) -> int:
    """Without time zone: one that is given is read and forgotten."""
    found = _ISO_TIMESTAMP.fullmatch(text)
    if found is not None and not found[8]:
        local = _iso_local(found)
        if local is not None:
            return local
    moment = _read_timestamp(text, context, "timestamp")
    if moment.special:
        return _special(moment.special)
    return _within(moment.days * DAY + moment.clock, text)


def decode_timestamptz(text: str, context: CodecContext) -> int:
    found = _ISO_TIMESTAMP.fullmatch(text)
    if found is not None:
        local = _iso_local(found)
        if local is not None and (found[8] is None or found[8] == "Z" or int(found[8][1:3]) <= 15):
            return local - SECOND * _iso_offset(found[8], local, context)
    moment = _read_timestamp(text, context, "timestamp with time zone")
    if moment.special:
        return _special(moment.special)
    return _within(moment.days * DAY + moment.clock - moment.offset * SECOND, text)


def _iso_local(found: re.Match[str]) -> int | None:
    day = _day(int(found[1]), int(found[2]), int(found[3]))
    clock = _clock(found[4], found[5], found[6], found[7])
    return None if day is None or clock is None else day * DAY + clock


def _iso_offset(text: str | None, local: int, context: CodecContext) -> int:
    if text is None:
        return context.zone.at_local(local // SECOND)
    if text == "Z":
        return 0
    seconds = int(text[1:3]) * 3600 + (int(text[4:6]) * 60 if len(text) > 3 else 0)
    return -seconds if text[0] == "-" else seconds


def _read_timestamp(text: str, context: CodecContext, type_name: str) -> Moment:
    try:
        moment = Moment(context)
        moment.read_timestamp(split(text))
    except Failure as failure:
        raise explain(failure, type_name, text) from None
    return moment


def _special(word: str) -> int:
    return {"epoch": EPOCH, "infinity": TIMESTAMP_INFINITY, "-infinity": -TIMESTAMP_INFINITY - 1}[word]


def _within(value: int, text: str) -> int:
    if not is_timestamp(value):
        raise datetime_out_of_range("timestamp", text)
    return value


def decode_time(text: str, context: CodecContext) -> int:
    """Without time zone: one that is given is read and forgotten."""
    found = _ISO_TIME.fullmatch(text)
    if found is not None:
        clock = _clock(found[1], found[2], found[3], found[4])
        if clock is not None:
            return clock
    return _read_time(text, context, "time").clock


def decode_timetz(text: str, context: CodecContext) -> TimeTz:
    moment = _read_time(text, context, "time with time zone")
    return TimeTz(moment.clock, -moment.offset)


def _read_time(text: str, context: CodecContext, type_name: str) -> Moment:
    try:
        moment = Moment(context)
        moment.read_time(split(text))
    except Failure as failure:
        raise explain(failure, type_name, text) from None
    return moment
