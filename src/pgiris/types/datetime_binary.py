"""Binary forms of dates, times and intervals.

Source: PostgreSQL's ``date_recv`` and its kin; pgwire.md section 14.1.
"""

from __future__ import annotations

import struct
from typing import Final

from pgiris import sqlstate
from pgiris.errors import PgError
from pgiris.types.calendar import DAY, FIRST_DAY, LAST_DAY, is_timestamp
from pgiris.types.context import CodecContext
from pgiris.types.faults import bad_binary, too_little_data
from pgiris.types.integers import fixed_decoder, fixed_encoder
from pgiris.types.values import DATE_INFINITY, TIMESTAMP_INFINITY, Interval, TimeTz

ZONE_LIMIT: Final = 16 * 3600

_TIMETZ: Final = struct.Struct("!qi")
_INTERVAL: Final = struct.Struct("!qii")
_read_int4 = fixed_decoder("!i")
_read_int8 = fixed_decoder("!q")

encode_date_binary = fixed_encoder("!i")
encode_time_binary = fixed_encoder("!q")
encode_timestamp_binary = fixed_encoder("!q")


def _out_of_range(type_name: str) -> PgError:
    return PgError(sqlstate.DATETIME_VALUE_OUT_OF_RANGE, f"{type_name} out of range")


def _whole(value: int, data: bytes, size: int) -> int:
    """The value, if no bytes follow it: PostgreSQL looks at the range first."""
    if len(data) > size:
        raise bad_binary()
    return value


def decode_date_binary(data: bytes, context: CodecContext) -> int:
    value = _read_int4(data[:4], context)
    if not FIRST_DAY <= value <= LAST_DAY and value not in (DATE_INFINITY, -DATE_INFINITY - 1):
        raise _out_of_range("date")
    return _whole(value, data, 4)


def decode_time_binary(data: bytes, context: CodecContext) -> int:
    value = _read_int8(data[:8], context)
    if not 0 <= value <= DAY:
        raise _out_of_range("time")
    return _whole(value, data, 8)


def decode_timestamp_binary(data: bytes, context: CodecContext) -> int:
    value = _read_int8(data[:8], context)
    if not is_timestamp(value) and value not in (TIMESTAMP_INFINITY, -TIMESTAMP_INFINITY - 1):
        raise _out_of_range("timestamp")
    return _whole(value, data, 8)


def decode_timetz_binary(data: bytes, context: CodecContext) -> TimeTz:
    if len(data) < _TIMETZ.size:
        raise too_little_data()
    value = TimeTz(*_TIMETZ.unpack_from(data))
    if not 0 <= value.microseconds <= DAY:
        raise _out_of_range("time")
    if not -ZONE_LIMIT < value.zone < ZONE_LIMIT:
        raise PgError(sqlstate.INVALID_TIME_ZONE_DISPLACEMENT_VALUE, "time zone displacement out of range")
    if len(data) > _TIMETZ.size:
        raise bad_binary()
    return value


def encode_timetz_binary(value: TimeTz, context: CodecContext) -> bytes:
    return _TIMETZ.pack(*value)


def decode_interval_binary(data: bytes, context: CodecContext) -> Interval:
    if len(data) != _INTERVAL.size:
        raise bad_binary() if len(data) > _INTERVAL.size else too_little_data()
    microseconds, days, months = _INTERVAL.unpack(data)
    return Interval(months, days, microseconds)


def encode_interval_binary(value: Interval, context: CodecContext) -> bytes:
    return _INTERVAL.pack(value.microseconds, value.days, value.months)
