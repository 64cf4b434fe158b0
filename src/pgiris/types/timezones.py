"""Time zones as TimeZone and values name them: IANA names, POSIX rules, numeric offsets.

All times are seconds since 2000-01-01, of UTC or of the zone's clock; offsets are seconds east of UTC.
Source: PostgreSQL 15 manual, section 8.5.3 and appendix B.5; POSIX.1-2017 section 8.3 (TZ).
"""

from __future__ import annotations

import io
import re
import struct
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import chain
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from pgiris import sqlstate
from pgiris.errors import PgError

EPOCH: Final = datetime(2000, 1, 1)
CYCLE_SECONDS: Final = 146_097 * 86_400
"""The calendar, weekdays included, repeats every 400 years."""
FIRST_SECOND: Final = -63_082_281_600 + 14 * 86_400
"""Two weeks into the year 1, so that no offset leads out of Python's range."""
LAST_SECOND: Final = 252_455_615_999 - 14 * 86_400
MAX_OFFSET_HOURS: Final = 167
DEFAULT_RULE: Final = ",M3.2.0,M11.1.0"
"""What PostgreSQL takes for a POSIX zone that names daylight saving without saying when (appendix B.5)."""

_NAME: Final = r"([^\d,+<-]*|<[^>]*>)"
_OFFSET: Final = r"([+-]?\d{1,3}(?::\d{1,2}){0,2})"
_STANDARD: Final = "AAA"
_DAYLIGHT: Final = "BBB"
"""What a rule's names are called while Python reads it: PostgreSQL allows more names than POSIX."""
_POSIX: Final = re.compile(rf"{_NAME}{_OFFSET}(?:([^\d,+<-]+|<[^>]*>){_OFFSET}?(,.*)?)?", re.ASCII)
_HOURS: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)", re.ASCII)


class Zone(ABC):
    """A time zone with its canonical name."""

    name: str

    @abstractmethod
    def at_utc(self, seconds: int) -> tuple[int, str]:
        """The offset at a time of UTC, and the zone's abbreviation then."""

    @abstractmethod
    def at_local(self, seconds: int) -> int:
        """The offset that a time of the zone's clock means.

        A time that the clock skips counts as standard time, one that it shows twice as its second showing.
        """

    def of_abbreviation(self, abbreviation: str, seconds: int) -> int:
        """The offset that an abbreviation means at a time of the zone's clock: as it was last used then, else as it
        came to be used first, else whatever the clock shows."""
        before = range(min(seconds, _LATEST_PROBE), _FIRST_PROBE, -_PROBE)
        after = range(max(seconds, _FIRST_PROBE), _LATEST_PROBE, _PROBE)
        for moment in chain(before, after):
            offset, name = self.at_utc(moment)
            if name == abbreviation:
                return offset
        return self.at_local(seconds)


class FixedZone(Zone):
    """A zone whose offset never changes."""

    __slots__ = ("abbreviation", "name", "offset")

    def __init__(self, name: str, offset: int, abbreviation: str) -> None:
        self.name = name
        self.offset = offset
        self.abbreviation = abbreviation

    def at_utc(self, seconds: int) -> tuple[int, str]:
        return self.offset, self.abbreviation

    def at_local(self, seconds: int) -> int:
        return self.offset


class RuledZone(Zone):
    """A zone with a history."""

    __slots__ = ("_abbreviations", "_info", "_timeless", "name")

    def __init__(self, name: str, info: ZoneInfo, abbreviations: Mapping[str, str] | None = None) -> None:
        self.name = name
        self._info = info
        self._abbreviations = abbreviations or {}
        self._timeless = abbreviations is not None
        """Whether its rule holds in every year; others had local mean time before their first transition."""

    def at_utc(self, seconds: int) -> tuple[int, str]:
        moment = _moment(seconds, self._timeless)
        local = self._info.fromutc(moment.replace(tzinfo=self._info))
        name = local.tzname() or ""
        return round((local.replace(tzinfo=None) - moment).total_seconds()), self._abbreviations.get(name, name)

    def at_local(self, seconds: int) -> int:
        moment = _moment(seconds, self._timeless).replace(tzinfo=self._info)
        first = moment.utcoffset() or timedelta()
        second = moment.replace(fold=1).utcoffset() or timedelta()
        return round(min(first, second).total_seconds())


def _moment(seconds: int, timeless: bool) -> datetime:
    """The time as Python holds it, moved by whole cycles of the calendar when it cannot."""
    if seconds > LAST_SECOND:
        seconds -= -(-(seconds - LAST_SECOND) // CYCLE_SECONDS) * CYCLE_SECONDS
    elif seconds < FIRST_SECOND:
        seconds = seconds + -(-(FIRST_SECOND - seconds) // CYCLE_SECONDS) * CYCLE_SECONDS if timeless else FIRST_SECOND
    return EPOCH + timedelta(seconds=seconds)


_PROBE: Final = 28 * 86_400
"""Seconds between looks for an abbreviation: no meaning lasted less."""
_FIRST_PROBE: Final = -4_102_444_800
"""The year 1870, before all abbreviations but local mean time."""
_LATEST_PROBE: Final = 3_155_760_000
"""The year 2100, after all changes that are known."""

UTC: Final = FixedZone("UTC", 0, "UTC")


@lru_cache(maxsize=1)
def _names() -> Mapping[str, str]:
    return {name.lower(): name for name in available_timezones()}


@lru_cache(maxsize=512)
def find_iana(name: str) -> Zone | None:
    """The zone with this IANA name, in any case; None when there is none."""
    if name.lower() == "utc":
        return UTC
    exact = _names().get(name.lower())
    return None if exact is None else _zone_of(exact, ZoneInfo(exact))


def _zone_of(name: str, info: ZoneInfo) -> Zone:
    constant = info.utcoffset(None)
    if constant is None:
        return RuledZone(name, info)
    return FixedZone(name, round(constant.total_seconds()), info.tzname(None) or name)


@lru_cache(maxsize=512)
def find_posix(text: str) -> Zone | None:
    """The zone of a POSIX rule such as ``EST5EDT,M3.2.0,M11.1.0``; None when it is none."""
    matched = _POSIX.fullmatch(text.upper())
    if matched is None:
        return None
    standard, west, daylight, daylight_west, rule = matched.groups()
    offset = _posix_offset(west)
    if offset is None or (daylight_west and _posix_offset(daylight_west) is None):
        return None
    if daylight is None:
        return FixedZone(text.upper(), offset, standard.strip("<>"))
    footer = f"{_STANDARD}{west}{_DAYLIGHT}{daylight_west or ''}{rule or DEFAULT_RULE}"
    names = {_STANDARD: standard.strip("<>"), _DAYLIGHT: daylight.strip("<>")}
    try:
        info = ZoneInfo.from_file(io.BytesIO(_tzif(footer, offset, _STANDARD)))
        return RuledZone(text.upper(), info, names)
    except ValueError:
        return None


def _posix_offset(text: str) -> int | None:
    """Seconds east of UTC; POSIX counts west as positive."""
    parts = [int(part) for part in text.lstrip("+-").split(":")]
    if parts[0] > MAX_OFFSET_HOURS or any(part > 59 for part in parts[1:]):
        return None
    seconds = sum(part * unit for part, unit in zip(parts, (3600, 60, 1)))
    return seconds if text.startswith("-") else -seconds


def _tzif(footer: str, offset: int, abbreviation: str) -> bytes:
    """A time zone file (RFC 8536) that says nothing but a rule, with one type for the time before all rules."""
    names = abbreviation.encode() + b"\0"
    header = b"TZif2" + bytes(15) + struct.pack("!6l", 0, 0, 0, 0, 1, len(names))
    body = struct.pack("!lbB", offset, 0, 0) + names
    return (header + body) * 2 + b"\n" + footer.encode() + b"\n"


@lru_cache(maxsize=512)
def time_zone(name: str) -> Zone:
    """The zone that a value of TimeZone means. Raises PgError 22023 when it means none."""
    if _HOURS.fullmatch(name.strip()):
        hours = float(name)
        if abs(hours) <= MAX_OFFSET_HOURS:
            return zone_of_offset(int(hours * 3600))
    else:
        found = find_iana(name) or find_posix(name)
        if found is not None:
            return found
    raise PgError(sqlstate.INVALID_PARAMETER_VALUE, f'invalid value for parameter "TimeZone": "{name}"')


def zone_of_offset(offset: int) -> FixedZone:
    """The nameless zone at `offset` seconds east of UTC, with the name that SHOW TimeZone gives it."""
    hours, rest = divmod(abs(offset), 3600)
    digits = f"{hours:02d}"
    if rest:
        digits += f":{rest // 60:02d}"
    if rest % 60:
        digits += f":{rest % 60:02d}"
    east, west = ("-", "+") if offset < 0 else ("+", "-")
    return FixedZone(f"<{east}{digits}>{west}{digits}", offset, f"{east}{digits}")


def validate_time_zone(name: str) -> str:
    """The canonical form of a TimeZone setting. Raises PgError 22023 for an unknown zone."""
    return time_zone(name).name
