"""numeric: exact decimals. The exponent of the ``Decimal`` is minus the scale that is printed, and never positive.

Source: PostgreSQL 15 manual, section 8.1.2; the binary layout is PostgreSQL's ``numeric_send``.
"""

from __future__ import annotations

import re
import struct
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, ROUND_HALF_UP, Context, Decimal
from typing import Final

from pgiris import sqlstate
from pgiris.errors import PgError
from pgiris.types.context import CodecContext
from pgiris.types.faults import bad_binary, invalid_text, numeric_format_overflow, too_little_data
from pgiris.types.integers import SPACE

MAX_SCALE: Final = 16_383
MAX_INTEGER_DIGITS: Final = 131_072
MAX_EXPONENT: Final = 2**30 - 1
MAX_PRECISION: Final = 1_000

NAN: Final = Decimal("NaN")
INFINITY: Final = Decimal("Infinity")
NEGATIVE_INFINITY: Final = Decimal("-Infinity")

SIGN_PLUS: Final = 0x0000
SIGN_MINUS: Final = 0x4000
SIGN_NAN: Final = 0xC000
SIGN_INFINITY: Final = 0xD000
SIGN_NEGATIVE_INFINITY: Final = 0xF000
DIGIT_WIDTH: Final = 4
"""Decimal digits in one digit to the base 10,000."""

EXACT: Final = Context(
    prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN, rounding=ROUND_HALF_UP, traps=[], clamp=0, capitals=0
)
"""Arithmetic that never rounds by itself; halves go away from zero, as PostgreSQL rounds."""

_SIMPLE: Final = re.compile(r"-?\d{1,100}(?:\.\d{1,100})?", re.ASCII)
_NUMBER: Final = re.compile(
    rf"[{SPACE}]*([+-]?)(?:(\d*)(?:\.(\d*))?(?:[eE][{SPACE}]*([+-]?\d+))?|(infinity|inf)|(nan))[{SPACE}]*",
    re.ASCII | re.IGNORECASE,
)
_BEGUN: Final = re.compile(rf"[{SPACE}]*[+-]?(?:\d+\.?\d*|\.\d+)[eE][{SPACE}]*([+-]?\d+)", re.ASCII)
_HEADER: Final = struct.Struct("!HhHH")


def decode(text: str, context: CodecContext) -> Decimal:
    if _SIMPLE.fullmatch(text):
        value = Decimal(text)
        return value if value else value.copy_abs()
    matched = _NUMBER.fullmatch(text)
    if matched is None:
        begun = _BEGUN.match(text)
        if begun is not None:
            _exponent(begun[1])  # too large an exponent is told before rubbish behind it
        raise invalid_text("numeric", text)
    sign, whole, fraction, exponent, infinity, nan = matched.groups()
    if nan:
        if sign:
            raise invalid_text("numeric", text)
        return NAN
    if infinity:
        return NEGATIVE_INFINITY if sign == "-" else INFINITY
    if not (whole or fraction):
        raise invalid_text("numeric", text)
    return _assemble(sign, whole, fraction or "", exponent or "0")


def _assemble(sign: str, whole: str, fraction: str, exponent_text: str) -> Decimal:
    """The number, within the limits of the format: PostgreSQL keeps 131,072 digits before the point, 16,383 after."""
    exponent = _exponent(exponent_text)
    scale = max(0, len(fraction) - exponent)
    figures = (whole + fraction).lstrip("0")
    if scale > MAX_SCALE or (figures and len(figures) - len(fraction) + exponent > MAX_INTEGER_DIGITS):
        raise numeric_format_overflow()
    if not figures:
        return Decimal((0, (0,), -scale))
    zeros = exponent - len(fraction) + scale
    # The figures end in zeros that no longer count when the exponent moved the point past the last of them.
    return Decimal(f"{'-' if sign == '-' else ''}{figures}{'0' * zeros}e-{scale}")


def _exponent(text: str) -> int:
    if len(text.lstrip("+-0")) > 10 or abs(int(text)) > MAX_EXPONENT:
        raise numeric_format_overflow()
    return int(text)


def encode(value: Decimal, context: CodecContext) -> str:
    return to_text(value)


def to_text(value: Decimal) -> str:
    """Plain digits, as many after the point as the scale says."""
    if not value.is_finite():
        return "NaN" if value.is_nan() else "Infinity" if value > 0 else "-Infinity"
    return format(value if value else value.copy_abs(), "f")


def from_number(value: Decimal) -> Decimal:
    """Any ``Decimal`` in the form above: no positive exponent, no negative zero. Raises PgError 22003."""
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent > 0:
        if value and value.adjusted() >= MAX_INTEGER_DIGITS:
            raise numeric_format_overflow()
        value = value.quantize(Decimal(1), context=EXACT)
    return value if value else value.copy_abs()


def decode_binary(data: bytes, context: CodecContext) -> Decimal:
    if len(data) < _HEADER.size:
        raise too_little_data()
    count, weight, sign, scale = _HEADER.unpack_from(data)
    if sign not in (SIGN_PLUS, SIGN_MINUS, SIGN_NAN, SIGN_INFINITY, SIGN_NEGATIVE_INFINITY):
        raise bad_binary('invalid sign in external "numeric" value')
    if scale > MAX_SCALE:
        raise bad_binary('invalid scale in external "numeric" value')
    end = _HEADER.size + 2 * count
    if len(data) < end:
        raise too_little_data()
    digits = struct.unpack_from(f"!{count}H", data, _HEADER.size)
    if digits and max(digits) > 9999:
        raise bad_binary('invalid digit in external "numeric" value')
    if len(data) > end:
        raise bad_binary()
    if sign in (SIGN_NAN, SIGN_INFINITY, SIGN_NEGATIVE_INFINITY):
        return NAN if sign == SIGN_NAN else INFINITY if sign == SIGN_INFINITY else NEGATIVE_INFINITY
    return _from_digits(digits, weight, sign, scale)


def _from_digits(digits: tuple[int, ...], weight: int, sign: int, scale: int) -> Decimal:
    """The number, cut after `scale` decimals as PostgreSQL cuts it."""
    figures = "".join(f"{digit:04d}" for digit in digits)
    point = (weight + 1) * DIGIT_WIDTH
    end = point + scale
    if end <= 0 or not figures.strip("0"):
        return Decimal((0, (0,), -scale))
    if point > MAX_INTEGER_DIGITS and figures[: point - MAX_INTEGER_DIGITS].strip("0"):
        raise numeric_format_overflow()
    figures = figures[:end].ljust(end, "0")
    value = Decimal(f"{'-' if sign == SIGN_MINUS else ''}{figures}e-{scale}")
    return value if value else value.copy_abs()


def encode_binary(value: Decimal, context: CodecContext) -> bytes:
    return to_binary(value)


def to_binary(value: Decimal) -> bytes:
    """The wire's digits to the base 10,000, without zeros at either end."""
    if not value.is_finite():
        sign = SIGN_NAN if value.is_nan() else SIGN_INFINITY if value > 0 else SIGN_NEGATIVE_INFINITY
        # PostgreSQL sends the infinities with a display scale of 32, because of how it stores them.
        return _HEADER.pack(0, 0, sign, 0 if sign == SIGN_NAN else INFINITY_SCALE)
    text = format(value, "f")
    if len(text) > MAX_INTEGER_TEXT:
        return _long_to_binary(text)
    whole, _, fraction = text.partition(".")
    return pack_digits(int(whole + fraction), len(fraction), len(fraction))


def pack_digits(number: int, decimals: int, scale: int) -> bytes:
    """``number / 10^decimals`` with the display scale `scale` in binary; for numbers of a moderate size."""
    padding = -decimals % DIGIT_WIDTH
    if not number:
        return _HEADER.pack(0, 0, SIGN_PLUS, scale)
    sign = SIGN_PLUS
    if number < 0:
        sign, number = SIGN_MINUS, -number
    number *= _POWERS[padding]
    weight = -(decimals + padding) // DIGIT_WIDTH - 1
    digits: list[int] = []
    while number:
        number, digit = divmod(number, BASE)
        weight += 1
        if digit or digits:
            digits.append(digit)
    digits.reverse()
    count = len(digits)
    packing = _SHORT_NUMBERS[count] if count < len(_SHORT_NUMBERS) else struct.Struct(f"!HhHH{count}H")
    return packing.pack(count, weight, sign, scale, *digits)


def _long_to_binary(text: str) -> bytes:
    """Group by group, because the time to make an integer of very many digits grows with their square."""
    whole, _, fraction = text.lstrip("-").partition(".")
    scale = len(fraction)
    whole = whole.zfill(-(-len(whole) // DIGIT_WIDTH) * DIGIT_WIDTH)
    figures = whole + fraction + "0" * (-scale % DIGIT_WIDTH)
    digits = [int(figures[start : start + DIGIT_WIDTH]) for start in range(0, len(figures), DIGIT_WIDTH)]
    weight = len(whole) // DIGIT_WIDTH - 1
    while digits and not digits[-1]:
        digits.pop()
    if not digits:
        return _HEADER.pack(0, 0, SIGN_PLUS, scale)
    first = next(index for index, digit in enumerate(digits) if digit)
    digits = digits[first:]
    sign = SIGN_MINUS if text.startswith("-") else SIGN_PLUS
    return struct.pack(f"!HhHH{len(digits)}H", len(digits), weight - first, sign, scale, *digits)


BASE: Final = 10_000
MAX_INTEGER_TEXT: Final = 300
_POWERS: Final = (1, 10, 100, 1000)
_SHORT_NUMBERS: Final = tuple(struct.Struct(f"!HhHH{count}H") for count in range(16))
INFINITY_SCALE: Final = 32


def apply_typmod(value: Decimal, typmod: int) -> Decimal:
    """Rounded to numeric(p,s), halves away from zero. Raises PgError 22003 when it does not fit."""
    if typmod < 4 or value.is_nan():
        return value
    precision, scale = precision_and_scale(typmod)
    if value.is_infinite():
        raise _field_overflow(f"A field with precision {precision}, scale {scale} cannot hold an infinite value.")
    rounded = value.quantize(Decimal((0, (1,), -scale)), context=EXACT)
    if rounded and rounded.adjusted() >= precision - scale:
        bound = f"10^{precision - scale}" if precision != scale else "1"
        raise _field_overflow(
            f"A field with precision {precision}, scale {scale} must round to an absolute value less than {bound}."
        )
    return from_number(rounded)


def precision_and_scale(typmod: int) -> tuple[int, int]:
    """What a numeric typmod says; the scale may be negative (PostgreSQL 15)."""
    scale = (typmod - 4) & 0x7FF
    return (typmod - 4) >> 16 & 0xFFFF, (scale ^ 1024) - 1024


def _field_overflow(detail: str) -> PgError:
    return PgError(sqlstate.NUMERIC_VALUE_OUT_OF_RANGE, "numeric field overflow", detail=detail)
