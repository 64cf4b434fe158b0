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


class BoundedArray(list[object]):
    """An array whose dimensions do not all begin at 1; a plain list is one whose dimensions do."""

    __slots__ = ("lower_bounds",)

    def __init__(self, items: list[object], lower_bounds: tuple[int, ...]) -> None:
        super().__init__(items)
        self.lower_bounds = lower_bounds

    def __eq__(self, other: object) -> bool:
        bounds = other.lower_bounds if isinstance(other, BoundedArray) else None
        return bounds == self.lower_bounds and list.__eq__(self, other) is True

    __hash__ = None
