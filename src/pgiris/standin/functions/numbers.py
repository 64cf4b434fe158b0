"""Numeric functions of IRIS SQL, over Decimal and float. Rules: functions.tsv, RSQL_… pages."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, InvalidOperation, Overflow
from typing import Final

from pgiris.errors import IrisError
from pgiris.standin import decimals
from pgiris.standin.decimals import CONTEXT, ZERO

SERIES: Final = Context(prec=19)
ROOT: Final = Context(prec=19)
PI_TEXT: Final = Decimal("3.141592653589793238")


def illegal() -> IrisError:
    """An argument outside the function's domain."""
    return IrisError(-400, "Fatal error occurred <ILLEGAL VALUE>")


def ceiling(value: Decimal) -> Decimal:
    return value.to_integral_value(ROUND_CEILING)


def floor(value: Decimal) -> Decimal:
    return value.to_integral_value(ROUND_FLOOR)


def round_number(value: Decimal, scale: int, flag: int = 0) -> Decimal:
    """ROUND: half away from zero; flag 1 cuts (RSQL_round)."""
    if abs(scale) > 300:
        return value if scale > 0 else ZERO
    return decimals.truncated(value, scale) if flag else decimals.rounded(value, scale)


def round_float(value: float, scale: int, flag: int = 0) -> float:
    if math.isinf(value) or math.isnan(value):
        return value
    return float(round_number(Decimal(repr(value)), scale, flag))


def truncate(value: Decimal, scale: int = 0) -> Decimal:
    return round_number(value, scale, 1)


def truncate_float(value: float, scale: int = 0) -> float:
    return round_float(value, scale, 1)


def sign(value: Decimal) -> Decimal:
    return Decimal((value > 0) - (value < 0))


def square(value: Decimal) -> Decimal:
    return CONTEXT.multiply(value, value)


def sqrt(value: Decimal) -> Decimal:
    if value < 0:
        raise illegal()
    return ROOT.sqrt(value)


def sqrt_float(value: float) -> float:
    if value < 0:
        raise illegal()
    return math.sqrt(value)


def power(base: Decimal, exponent: Decimal) -> Decimal:
    """POWER: 0 to a negative power and a negative base with a fraction raise -400 (RSQL_power)."""
    if base == 0:
        if exponent < 0:
            raise illegal()
        return Decimal(1) if exponent == 0 else ZERO
    whole = exponent == exponent.to_integral_value()
    if base < 0 and not whole:
        raise illegal()
    if abs(exponent) > 10_000:
        raise IrisError(-400, "Fatal error occurred <MAXNUMBER>")
    try:
        if whole and 0 <= exponent <= 512:
            return CONTEXT.power(base, exponent)
        return SERIES.plus(CONTEXT.power(base, exponent))
    except (Overflow, InvalidOperation) as error:
        raise IrisError(-400, "Fatal error occurred <MAXNUMBER>") from error


def power_float(base: float, exponent: float) -> float:
    try:
        result = base**exponent
    except (ZeroDivisionError, OverflowError) as error:
        raise illegal() from error
    if isinstance(result, complex):
        raise illegal()
    return float(result)


def by_float(function: Callable[..., float]) -> Callable[..., Decimal]:
    """A transcendental function on decimals: computed in double precision, given as a decimal."""

    def apply(*values: Decimal) -> Decimal:
        return decimals.float_to_decimal(checked(function)(*map(float, values)))

    return apply


def checked(function: Callable[..., float]) -> Callable[..., float]:
    """`function` with domain errors as SQLCODE -400."""

    def apply(*values: float) -> float:
        try:
            return function(*values)
        except (ValueError, ZeroDivisionError, OverflowError) as error:
            raise illegal() from error

    return apply


def cot(value: float) -> float:
    return 1 / math.tan(value)


def justify_number(value: Decimal, places: int) -> Decimal:
    return decimals.rounded(value, places)


def to_number(text: str) -> Decimal:
    return decimals.text_to_decimal(text)


def is_numeric(text: str | None) -> int:
    return 1 if text is not None and decimals.is_numeric(text) else 0


def text_ceiling(text: str) -> Decimal | None:
    """CEILING and FLOOR of a string that is not a number are NULL (RSQL_ceiling)."""
    return ceiling(decimals.text_to_decimal(text)) if decimals.is_numeric(text.strip()) else None


def text_floor(text: str) -> Decimal | None:
    return floor(decimals.text_to_decimal(text)) if decimals.is_numeric(text.strip()) else None
