"""interval as text, by IntervalStyle.

Source: PostgreSQL 15 manual, section 8.5.5.
"""

from __future__ import annotations

from pgiris.types.calendar import HOUR, MINUTE, SECOND
from pgiris.types.context import CodecContext
from pgiris.types.values import Interval

Parts = tuple[int, int, int, int, int, int, int]
"""Years, months, days, hours, minutes, seconds, microseconds; all of one of the three parts have its sign."""


def parts_of(value: Interval) -> Parts:
    years, months = _split(value.months, 12)
    hours, rest = _split(value.microseconds, HOUR)
    minutes, rest = _split(rest, MINUTE)
    seconds, fraction = _split(rest, SECOND)
    return years, months, value.days, hours, minutes, seconds, fraction


def _split(number: int, unit: int) -> tuple[int, int]:
    """Division towards zero."""
    whole = abs(number) // unit
    whole = -whole if number < 0 else whole
    return whole, number - whole * unit


def encode_interval(value: Interval, context: CodecContext) -> str:
    parts = parts_of(value)
    if context.interval_style == "postgres_verbose":
        return _verbose(parts)
    if context.interval_style == "iso_8601":
        return _iso_8601(parts)
    if context.interval_style == "sql_standard":
        return _sql_standard(parts)
    return _postgres(parts)


def _seconds(seconds: int, fraction: int, *, padded: bool) -> str:
    text = f"{abs(seconds):02d}" if padded else str(abs(seconds))
    return f"{text}.{abs(fraction):06d}".rstrip("0") if fraction else text


def _clock(parts: Parts) -> str:
    _, _, _, hours, minutes, seconds, fraction = parts
    return f"{abs(hours):02d}:{abs(minutes):02d}:{_seconds(seconds, fraction, padded=True)}"


def _postgres(parts: Parts) -> str:
    words: list[str] = []
    before = False
    for number, name in zip(parts[:3], ("year", "mon", "day")):
        if number:
            # A plus sign only where the part before was negative.
            sign = "+" if before and number > 0 else ""
            words.append(f"{sign}{number} {name}{'' if number == 1 else 's'}")
            before = number < 0
    time = parts[3:]
    if any(time) or not words:
        sign = "-" if any(number < 0 for number in time) else "+" if before else ""
        words.append(sign + _clock(parts))
    return " ".join(words)


def _verbose(parts: Parts) -> str:
    """As PostgreSQL 7 printed: the sign of the first part is told by ``ago``, and the others follow it."""
    words = ["@"]
    first: bool | None = None
    names = ("year", "mon", "day", "hour", "min")
    for number, name in zip(parts[:5], names):
        if not number:
            continue
        first = number < 0 if first is None else first
        shown = -number if first else number
        words.append(f"{shown} {name}{'' if shown == 1 else 's'}")
    seconds, fraction = parts[5:]
    if seconds or fraction:
        negative = seconds < 0 or fraction < 0
        first = negative if first is None else first
        text = _seconds(seconds, fraction, padded=False)
        one = abs(seconds) == 1 and not fraction
        words.append(f"{'-' if negative != first else ''}{text} sec{'' if one else 's'}")
    if first is None:
        words.append("0")
    return " ".join(words) + (" ago" if first else "")


def _iso_8601(parts: Parts) -> str:
    if not any(parts):
        return "PT0S"
    date = "".join(f"{number}{unit}" for number, unit in zip(parts[:3], "YMD") if number)
    time = "".join(f"{number}{unit}" for number, unit in zip(parts[3:5], "HM") if number)
    seconds, fraction = parts[5:]
    if seconds or fraction:
        sign = "-" if seconds < 0 or fraction < 0 else ""
        time += f"{sign}{_seconds(seconds, fraction, padded=False)}S"
    return f"P{date}T{time}" if time else f"P{date}"


def _sql_standard(parts: Parts) -> str:
    """One sign for the whole where the standard can say it, a sign for every part where it cannot."""
    negative = any(number < 0 for number in parts)
    positive = any(number > 0 for number in parts)
    years_months, days, time = any(parts[:2]), parts[2], any(parts[3:])
    if not (negative or positive):
        return "0"
    if (negative and positive) or (years_months and (days or time)):
        return _all_signs(parts)
    sign = "-" if negative else ""
    if years_months:
        return f"{sign}{abs(parts[0])}-{abs(parts[1])}"
    hours, minutes, seconds, fraction = parts[3:]
    clock = f"{abs(hours)}:{abs(minutes):02d}:{_seconds(seconds, fraction, padded=True)}"
    return f"{sign}{abs(days)} {clock}" if days else sign + clock


def _all_signs(parts: Parts) -> str:
    years, months, days, hours, minutes, seconds, fraction = parts
    first = "-" if years < 0 or months < 0 else "+"
    second = "-" if days < 0 else "+"
    third = "-" if min(hours, minutes, seconds, fraction) < 0 else "+"
    clock = f"{abs(hours)}:{abs(minutes):02d}:{_seconds(seconds, fraction, padded=True)}"
    return f"{first}{abs(years)}-{abs(months)} {second}{abs(days)} {third}{clock}"
