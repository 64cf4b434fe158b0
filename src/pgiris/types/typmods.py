"""What a typmod does to a value: lengths, rounding and overflow, as assignment and explicit casts do them.

Source: PostgreSQL 15 manual, sections 8.1.2, 8.3, 8.5; pgvector for the dimensions of vectors.
"""

from __future__ import annotations

from typing import Any, Final

from pgiris import sqlstate
from pgiris.errors import PgError
from pgiris.types import numeric, oids, strings, vectors
from pgiris.types.calendar import HOUR, MINUTE
from pgiris.types.catalogue import element_oid
from pgiris.types.intervals import FULL_RANGE, INT64
from pgiris.types.values import TIMESTAMP_INFINITY, BoundedArray, Interval, TimeTz

MAX_PRECISION: Final = 6
_MONTH: Final = 1 << 1
_DAY: Final = 1 << 3
_HOUR: Final = 1 << 10
_MINUTE: Final = 1 << 11
_SECOND: Final = 1 << 12
_UNITS: Final = ((_SECOND, 1), (_MINUTE, MINUTE), (_HOUR, HOUR))


def apply_typmod(type_oid: int, value: Any, typmod: int, *, explicit: bool = False) -> Any:
    """The value as a column of that type and typmod holds it.

    `explicit` is for casts, which cut strings where an assignment refuses them. Raises PgError 22001, 22003, 22008
    and 22000.
    """
    if value is None or typmod < 0:
        return value
    element = element_oid(type_oid)
    if element and isinstance(value, list):
        items = [
            apply_typmod(type_oid if isinstance(item, list) else element, item, typmod, explicit=explicit)
            for item in value
        ]
        return BoundedArray(items, value.lower_bounds) if isinstance(value, BoundedArray) else items
    if type_oid == oids.VARCHAR:
        return strings.apply_varchar(value, typmod, explicit=explicit)
    if type_oid == oids.BPCHAR:
        return strings.apply_bpchar(value, typmod, explicit=explicit)
    if type_oid == oids.NUMERIC:
        return numeric.apply_typmod(value, typmod)
    if type_oid in (oids.VECTOR, oids.HALFVEC):
        vectors.check_dimensions(len(value), typmod)
    elif type_oid == oids.SPARSEVEC:
        vectors.check_dimensions(value.dimensions, typmod)
    return _apply_to_time(type_oid, value, typmod)


def _apply_to_time(type_oid: int, value: Any, typmod: int) -> Any:
    if type_oid == oids.TIME:
        return round_microseconds(value, typmod)
    if type_oid == oids.TIMETZ:
        return TimeTz(round_microseconds(value.microseconds, typmod), value.zone)
    if type_oid in (oids.TIMESTAMP, oids.TIMESTAMPTZ):
        return _round_timestamp(value, typmod)
    if type_oid == oids.INTERVAL:
        return apply_interval(value, typmod)
    return value


def round_microseconds(value: int, precision: int) -> int:
    """Rounded to `precision` digits of a second, halves away from zero."""
    if precision >= MAX_PRECISION:
        return value
    unit: int = 10 ** (MAX_PRECISION - precision)
    rounded = (abs(value) + unit // 2) // unit * unit
    return -rounded if value < 0 else rounded


def _round_timestamp(value: int, precision: int) -> int:
    if value in (TIMESTAMP_INFINITY, -TIMESTAMP_INFINITY - 1):
        return value
    return round_microseconds(value, precision)


def apply_interval(value: Interval, typmod: int) -> Interval:
    """Fields below the last named one are cut off; those above the first are kept (manual, section 8.5.4)."""
    mask, precision = typmod >> 16 & FULL_RANGE, typmod & 0xFFFF
    months, days, microseconds = value
    if mask != FULL_RANGE:
        if not mask & (_SECOND | _MINUTE | _HOUR):
            microseconds = 0
            if not mask & _DAY:
                days = 0
            if not mask & (_DAY | _MONTH):
                months = _towards_zero(months, 12)
        else:
            unit = next(unit for bit, unit in _UNITS if mask & bit)
            microseconds = _towards_zero(microseconds, unit)
    if precision <= MAX_PRECISION:
        microseconds = round_microseconds(microseconds, precision)
        if not -INT64 <= microseconds < INT64:
            raise PgError(sqlstate.DATETIME_VALUE_OUT_OF_RANGE, "interval out of range")
    return Interval(months, days, microseconds)


def _towards_zero(number: int, unit: int) -> int:
    whole = abs(number) // unit * unit
    return -whole if number < 0 else whole
