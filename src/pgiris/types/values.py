"""Values that Python has no form for."""

from __future__ import annotations

from typing import Final, NamedTuple

DATE_INFINITY: Final = 2**31 - 1
"""``infinity`` as a date; ``-infinity`` is ``-DATE_INFINITY - 1``."""

TIMESTAMP_INFINITY: Final = 2**63 - 1
"""``infinity`` as a timestamp; ``-infinity`` is ``-TIMESTAMP_INFINITY - 1``."""


class Interval(NamedTuple):
    """An interval in its three independent parts."""

    months: int
    days: int
    microseconds: int


class TimeTz(NamedTuple):
    """A time of day with its zone: `zone` is in seconds west of UTC, as PostgreSQL stores it."""

    microseconds: int
    zone: int
