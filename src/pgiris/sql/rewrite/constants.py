"""Constants: literals as values, through the input functions of their types, and in the form that IRIS takes.

Values are in PostgreSQL's form (``pgiris.types``). What a session's settings decide (``'now'``, a date whose order
DateStyle tells, a timestamp with time zone without its offset) is ``Deferred``: plans are shared by sessions, so
the session reads it.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Final, NamedTuple

from sqlglot import exp

from pgiris import sqlstate
from pgiris.errors import PgError
from pgiris.rows.iris import to_iris
from pgiris.sql.analysis import PgType, type_of
from pgiris.sql.datatypes import COLUMN_TYPES
from pgiris.sql.typing.types import FLOATS, INTEGERS, TEXTUAL, length_of, type_name
from pgiris.types import numeric, oids, registry
from pgiris.types.context import DEFAULT_CONTEXT
from pgiris.types.intervals import decode_interval

NOT_CONSTANT: Final = object()

_BITS: Final = {oids.INT2: 16, oids.INT4: 32, oids.INT8: 64}
_DATED: Final = frozenset({oids.DATE, oids.TIMESTAMP, oids.TIMESTAMPTZ})
_DAY: Final = 86_400_000_000
_FIXED_WORDS: Final = frozenset({"infinity", "-infinity", "epoch"})
_SESSION_WORDS: Final = {
    (oids.DATE, "today"): "current_date",
    (oids.DATE, "now"): "current_date",
    (oids.TIMESTAMP, "now"): "localtimestamp",
    (oids.TIMESTAMPTZ, "now"): "now",
    (oids.TIME, "now"): "localtime",
}
_AS_WRITTEN: Final = frozenset({oids.BOOL, *INTEGERS, *FLOATS, oids.NUMERIC, oids.UUID, oids.JSON, oids.JSONB})
"""Types whose text does not depend on settings that matter here."""


class Deferred(NamedTuple):
    """A literal that the session reads."""

    text: str
    oid: int


def parse(text: str, oid: int) -> object:
    """The value that the type's input function reads; ``Deferred`` where settings decide. Raises 22P02 and kin."""
    if session_word(text, oid) is not None:
        return Deferred(text, oid)
    if depends_on_session(text, oid):
        try:
            registry.decode(oid, 0, text.encode(), DEFAULT_CONTEXT)
        except PgError as error:
            # Another DateStyle may take it; what no setting makes a date fails now.
            if error.sqlstate == sqlstate.INVALID_DATETIME_FORMAT:
                raise
        return Deferred(text, oid)
    if oid == oids.INTERVAL:
        return decode_interval(text, DEFAULT_CONTEXT)
    return registry.decode(oid, 0, text.encode(), DEFAULT_CONTEXT)


def restricted_interval(text: str, typmod: int) -> object:
    """``INTERVAL '1' DAY``: the fields say what a number without a unit is. NOT_CONSTANT where they would cut."""
    mask = typmod >> 16 & 0x7FFF
    value = decode_interval(text, DEFAULT_CONTEXT, mask)
    lost = (
        (value.months and not mask & 0b110)
        or (value.days and not mask & 0b1000)
        or (value.microseconds and not mask & 0b1_1100_0000_0000)
        or (value.months % 12 and not mask & 0b10)
        or (typmod & 0xFFFF) < 6
    )
    return NOT_CONSTANT if lost and mask != 0x7FFF else value


def depends_on_session(text: str, oid: int) -> bool:
    """Whether DateStyle, TimeZone or the clock decide what the literal means."""
    if oid not in _DATED and oid not in (oids.TIME, oids.TIMETZ):
        return False
    word = text.strip()
    if word.lower() in _FIXED_WORDS:
        return False
    if oid in (oids.TIME, oids.TIMETZ):
        return oid == oids.TIMETZ or word.lower() == "now"
    if not (len(word) >= 10 and word[:4].isdecimal() and word[4] == word[7] == "-" and word[8:10].isdecimal()):
        return True
    rest = word[10:].upper()
    if oid != oids.TIMESTAMPTZ:
        return any(char.isalpha() and char not in "TZBC" for char in rest)
    return not (rest.endswith(("Z", "UTC")) or "+" in rest or "-" in rest)


def session_word(text: str, oid: int) -> str | None:
    """The session function that a word like ``now`` stands for; None for other texts."""
    return _SESSION_WORDS.get((oid, text.strip().lower()))


def literal_value(node: exp.Expr) -> object:
    """The value of a typed literal."""
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    oid = type_of(node).oid
    if not node.args["is_string"]:
        return int(node.this) if oid in INTEGERS else numeric.decode(node.this, DEFAULT_CONTEXT)
    return parse(node.this, oid) if oid != oids.UNKNOWN else node.this


def fold(node: exp.Expr) -> object:
    """The value of a constant expression, NOT_CONSTANT for others. Raises what its conversions raise."""
    if isinstance(node, exp.Null):
        return None
    if isinstance(node, (exp.Literal, exp.Boolean)):
        return literal_value(node)
    if isinstance(node, exp.Collate):
        return fold(node.this)
    if isinstance(node, exp.Cast):
        found = type_of(node)
        if found.oid == oids.INTERVAL and found.typmod >= 0 and isinstance(node.this, exp.Literal):
            return restricted_interval(node.this.this, found.typmod)
        value = fold(node.this)
        if value is NOT_CONSTANT or value is None:
            return value
        return convert(value, type_of(node.this), type_of(node), explicit=True)
    return NOT_CONSTANT


def convert(value: object, found: PgType, target: PgType, *, explicit: bool = False) -> object:
    """A constant in another type, NOT_CONSTANT where only the session or IRIS could say.

    Raises PgError: 22003, 22001 (values too long, unless `explicit`), 22P02.
    """
    if value is None:
        return None
    source, oid = found.oid, target.oid
    if isinstance(value, Deferred):
        return value if oid == value.oid else NOT_CONSTANT
    if source != oid:
        value = _other_type(value, source, oid)
    if value is NOT_CONSTANT or isinstance(value, Deferred):
        return value
    return _fitted(value, target, explicit)


def _other_type(value: object, source: int, oid: int) -> object:
    if oid in TEXTUAL:
        return _text(value, source)
    if source in TEXTUAL or source == oids.UNKNOWN:
        return parse(str(value), oid)
    if oid in INTEGERS:
        return _integer(value, oid)
    if oid == oids.NUMERIC and isinstance(value, (int, Decimal)):
        return value if isinstance(value, Decimal) else Decimal(value)
    if oid == oids.NUMERIC and isinstance(value, float):
        return numeric.decode(f"{value:.15g}" if source == oids.FLOAT8 else f"{value:.6g}", DEFAULT_CONTEXT)
    if oid in FLOATS and isinstance(value, (int, float, Decimal)):
        return parse(repr(value) if isinstance(value, float) else str(value), oid)
    if oid == oids.BOOL and isinstance(value, int):
        return value != 0
    if (source, oid) == (oids.DATE, oids.TIMESTAMP) and isinstance(value, int):
        return value * _DAY
    if (source, oid) == (oids.TIMESTAMP, oids.DATE) and isinstance(value, int):
        return value // _DAY
    if {source, oid} == {oids.JSON, oids.JSONB}:
        return parse(str(value), oid)
    return NOT_CONSTANT


def _text(value: object, source: int) -> object:
    if source in TEXTUAL or source == oids.UNKNOWN:
        return value
    if source == oids.BOOL:
        return "true" if value else "false"
    if source not in _AS_WRITTEN:
        return NOT_CONSTANT
    return registry.encode(source, 0, value, DEFAULT_CONTEXT).decode()


def _integer(value: object, oid: int) -> object:
    """numeric rounds halves away from zero, float to even."""
    if isinstance(value, (bool, int)):
        number = int(value)
    elif isinstance(value, Decimal) and value.is_finite():
        number = int(value.to_integral_value(ROUND_HALF_UP))
    elif isinstance(value, float) and math.isfinite(value):
        number = int(Decimal(value).to_integral_value(ROUND_HALF_EVEN))
    elif isinstance(value, (float, Decimal)):
        shown = "infinity" if not math.isnan(value) else "NaN"
        raise PgError(sqlstate.FEATURE_NOT_SUPPORTED, f"cannot convert {shown} to {type_name(oid)}")
    else:
        return NOT_CONSTANT
    if not -(2 ** (_BITS[oid] - 1)) <= number < 2 ** (_BITS[oid] - 1):
        raise PgError(sqlstate.NUMERIC_VALUE_OUT_OF_RANGE, f"{type_name(oid)} out of range")
    return number


def _fitted(value: object, target: PgType, explicit: bool) -> object:
    """The value under its type's modifier."""
    if isinstance(value, Decimal) and target.oid == oids.NUMERIC:
        return numeric.apply_typmod(value, target.typmod)
    if isinstance(value, str) and target.oid in (oids.VARCHAR, oids.BPCHAR):
        return _shortened(value, target, explicit)
    if target.oid in (oids.TIME, oids.TIMESTAMP, oids.TIMESTAMPTZ) and 0 <= target.typmod < 6:
        assert isinstance(value, int)
        unit = 10 ** (6 - target.typmod)
        half = unit // 2
        return (value + half) // unit * unit if value >= 0 else -((-value + half) // unit * unit)
    return value


def _shortened(value: str, target: PgType, explicit: bool) -> str:
    """character(n) values are kept without their trailing blanks, which mean nothing."""
    length = length_of(target.typmod)
    if length is not None and len(value) > length:
        if not explicit and value[length:].strip(" "):
            raise PgError(
                sqlstate.STRING_DATA_RIGHT_TRUNCATION, f"value too long for type {type_name(target.oid)}({length})"
            )
        value = value[:length]
    return value.rstrip(" ") if target.oid == oids.BPCHAR else value


def to_odbc(value: object, oid: int) -> object:
    """The value as a backend takes it (``pgiris.backend.api``)."""
    found = COLUMN_TYPES.get(oid)
    return to_iris(value, oid, found.odbc if found is not None else 12)
