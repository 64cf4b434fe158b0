"""The proleptic Gregorian calendar over PostgreSQL's whole range. Years are astronomical: 0 is 1 BC.

Source: PostgreSQL 15 manual, section 8.5 (ranges) and appendix B.6, B.7.
"""

from __future__ import annotations

from typing import Final

SECOND: Final = 1_000_000
"""Microseconds, as everywhere."""
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

ORDINAL_OF_EPOCH: Final = 730_120
"""``datetime.date.toordinal`` of 2000-01-01."""
JULIAN_OF_EPOCH: Final = 2_451_545
"""Julian day of 2000-01-01."""
UNIX_TO_POSTGRES_SECONDS: Final = 946_684_800
"""Seconds from 1970-01-01 to 2000-01-01."""

FIRST_DAY: Final = -JULIAN_OF_EPOCH
"""4714-11-24 BC, the earliest date."""
LAST_DAY: Final = 2_147_483_493 - JULIAN_OF_EPOCH
"""5874897-12-31, the latest date."""
FIRST_TIMESTAMP: Final = FIRST_DAY * DAY
END_TIMESTAMP: Final = 9_223_371_331_200_000_000
"""The first microsecond after the latest timestamp, in the year 294276."""

FIRST_PYTHON_DAY: Final = 1 - ORDINAL_OF_EPOCH
LAST_PYTHON_DAY: Final = 3_652_059 - ORDINAL_OF_EPOCH
"""9999-12-31."""

_CYCLE_DAYS: Final = 146_097
_MARCH_2000: Final = 60
"""Days from 2000-01-01 to 2000-03-01; counting from March puts the leap day last."""


def days_from_civil(year: int, month: int, day: int) -> int:
    """Days since 2000-01-01; `day` may lie outside of the month, as when a date is reckoned with."""
    year += (month - 1) // 12
    month = (month - 1) % 12 + 1
    if month <= 2:
        year -= 1
    cycle, year_of_cycle = divmod(year - 2000, 400)
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    day_of_cycle = year_of_cycle * 365 + year_of_cycle // 4 - year_of_cycle // 100 + day_of_year
    return cycle * _CYCLE_DAYS + day_of_cycle + _MARCH_2000


def civil_from_days(days: int) -> tuple[int, int, int]:
    """Year, month and day of a number of days since 2000-01-01."""
    cycle, day_of_cycle = divmod(days - _MARCH_2000, _CYCLE_DAYS)
    year = (day_of_cycle - day_of_cycle // 1460 + day_of_cycle // 36_524 - day_of_cycle // 146_096) // 365
    day_of_year = day_of_cycle - (365 * year + year // 4 - year // 100)
    month = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * month + 2) // 5 + 1
    month += 3 if month < 10 else -9
    return cycle * 400 + year + 2000 + (month <= 2), month, day


def is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in_month(year: int, month: int) -> int:
    if month == 2:
        return 29 if is_leap(year) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def is_timestamp(value: int) -> bool:
    """Whether the microseconds are within a timestamp's range (infinities are not)."""
    return FIRST_TIMESTAMP <= value < END_TIMESTAMP
