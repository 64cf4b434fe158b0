"""float4 and float8. A float4 is held as the double that equals the single.

Source: PostgreSQL 15 manual, section 8.1.3; extra_float_digits in 20.11.2.
"""

from __future__ import annotations

import math
import re
import struct
from decimal import Decimal
from fractions import Fraction
from typing import Final

from pgiris.types.context import CodecContext
from pgiris.types.faults import bad_binary, float_out_of_range, invalid_text, too_little_data
from pgiris.types.integers import SPACE

DOUBLE_NAME: Final = "double precision"
SINGLE_NAME: Final = "real"
DOUBLE_DIGITS: Final = 15
SINGLE_DIGITS: Final = 6
SMALLEST_SINGLE: Final = 1.1754943508222875e-38
"""The smallest single that is not subnormal."""
DEEPEST_EXPONENT: Final = 400
"""Decimal exponents beyond this are zero or infinite in either type."""

_PLAIN: Final = re.compile(r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?", re.ASCII)
_NUMBER: Final = re.compile(
    rf"[{SPACE}]*([+-]?)(?:(0[xX](?:[\da-fA-F]+\.?[\da-fA-F]*|\.[\da-fA-F]+)(?:[pP][+-]?\d+)?)"
    r"|(\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|(infinity|inf)|nan(?:\([a-z0-9_]*\))?)",
    re.ASCII | re.IGNORECASE,
)

pack_float4 = struct.Struct("!f").pack
pack_float8 = struct.Struct("!d").pack
_unpack_float4 = struct.Struct("!f").unpack
_unpack_float8 = struct.Struct("!d").unpack


def to_single(value: float) -> float:
    """Rounded to single precision, to infinity when too large."""
    try:
        single: float = _unpack_float4(pack_float4(value))[0]
    except OverflowError:
        return math.copysign(math.inf, value)
    return single


def decode_float8(text: str, context: CodecContext) -> float:
    if _PLAIN.fullmatch(text):
        value = float(text)
        if 0.0 < abs(value) < math.inf:
            return value
    return _read(text, DOUBLE_NAME)[0]


def decode_float4(text: str, context: CodecContext) -> float:
    return read_single(text)


def read_single(text: str) -> float:
    """The single nearest to a decimal."""
    double, exact = _read(text, SINGLE_NAME)
    single = to_single(double)
    if exact and single != double:
        single = _round_once(exact, double, single)
    return single


def _read(text: str, type_name: str) -> tuple[float, str]:
    """The number as a double, and its literal unless it is NaN or an infinity."""
    matched = _NUMBER.match(text)
    if matched is None:
        raise invalid_text(type_name, text)
    literal = matched.group().strip(SPACE)
    sign, hexadecimal, digits, infinity = matched.groups()
    value = math.inf if infinity else math.nan
    if digits or hexadecimal:
        try:
            value = float.fromhex(literal) if hexadecimal else float(literal)
        except OverflowError:
            value = math.inf
        # Too large or too small a number is told before rubbish behind it.
        _check_range(value, digits or "0", literal if type_name == DOUBLE_NAME else text, type_name)
    if text[matched.end() :].strip(SPACE):
        raise invalid_text(type_name, text)
    if digits or hexadecimal:
        return value, literal
    return (-value if sign == "-" else value), ""


def _check_range(value: float, digits: str, shown: str, type_name: str) -> None:
    reached = value if type_name == DOUBLE_NAME else to_single(value)
    if math.isinf(reached) or (reached == 0.0 and (value != 0.0 or digits.strip("0."))):
        raise float_out_of_range(type_name, shown)


def _round_once(literal: str, double: float, single: float) -> float:
    """The single nearest to the literal: rounding it twice, over double, errs when the double is a midpoint."""
    other = _neighbour(single, double)
    if math.isinf(other):
        return single
    middle = (Fraction(single) + Fraction(other)) / 2
    if Fraction(double) != middle or "x" in literal.lower():
        return single
    exact = Decimal(literal)
    halfway = Decimal(double)
    if exact == halfway:
        return single
    towards_other = (exact > halfway) == (other > single)
    return other if towards_other else single


def _neighbour(single: float, towards: float) -> float:
    """The next single in the direction of `towards`."""
    bits = struct.unpack("!i", pack_float4(abs(single)))[0]
    bits += 1 if abs(towards) > abs(single) else -1
    value: float = _unpack_float4(struct.pack("!i", bits))[0]
    return math.copysign(value, single)


def encode_float8(value: float, context: CodecContext) -> str:
    digits = context.extra_float_digits
    return shortest_float8(value) if digits > 0 else _rounded(value, DOUBLE_DIGITS + digits)


def encode_float4(value: float, context: CodecContext) -> str:
    digits = context.extra_float_digits
    return shortest_float4(value) if digits > 0 else _rounded(value, SINGLE_DIGITS + digits)


def _rounded(value: float, digits: int) -> str:
    if value - value != 0.0:
        return _special(value)
    return f"{value:.{max(digits, 1)}g}"


def _special(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def shortest_float8(value: float) -> str:
    """The shortest decimal that reads back as `value`, in PostgreSQL's layout: exponents below -4 and from 15."""
    text = repr(value)
    magnitude = abs(value)
    if text.endswith(".0") and magnitude < 1e15:
        return text[:-2]
    if 1e-4 <= magnitude < 9e14:
        return text
    if not magnitude < math.inf:
        return _special(value)
    if magnitude > 9e14 and _is_midpoint(magnitude, text):
        text = _inside_float8(value)
    return _layout(text, DOUBLE_DIGITS)


def _is_midpoint(magnitude: float, text: str) -> bool:
    """Whether the decimal lies exactly between two doubles.

    Python takes such a decimal when it reads back by the rule of the even digit; PostgreSQL does not.
    """
    distance = Fraction(text.lstrip("-")) - Fraction(magnitude)
    if distance < 0:
        magnitude = math.nextafter(magnitude, 0.0)
    return abs(distance) * 2 == Fraction(math.ulp(magnitude))


def _inside_float8(value: float) -> str:
    for digits in (15, 16):
        text = f"{value:.{digits}e}"
        if float(text) == value and not _is_midpoint(abs(value), text):
            return text
    return repr(value)


def shortest_float4(value: float) -> str:
    """The shortest decimal that reads back as the single `value`: exponents below -4 and from 6."""
    if value - value != 0.0:
        return _special(value)
    if value == 0.0:
        return "-0" if math.copysign(1.0, value) < 0 else "0"
    magnitude = abs(value)
    if 1e-4 <= magnitude < 1e6:
        text = _plain_float4(value)
        if text:
            return text
    for digits in range(6 if magnitude >= SMALLEST_SINGLE else 1, 10):
        for text in _candidates(magnitude, digits):
            if _reads_back(text, magnitude):
                return ("-" if value < 0 else "") + _layout(text, SINGLE_DIGITS)
    raise AssertionError("nine digits always suffice")


def _plain_float4(value: float) -> str:
    """The usual case in fewer steps: most singles need eight digits, few powers of two need the exact way."""
    if math.frexp(value)[0] in (0.5, -0.5):
        return ""
    best = f"{value:.9g}"
    for digits in (8, 7, 6):
        text = f"{value:.{digits}g}"
        if not _reads_back(text, value):
            break
        best = text
    return best


def _reads_back(text: str, single: float) -> bool:
    double = float(text)
    if double == single:
        return True
    back: float = _unpack_float4(pack_float4(double))[0]
    return back == single and not _is_single_midpoint(text.lstrip("-"), abs(double), abs(single))


def _candidates(magnitude: float, digits: int) -> tuple[str, ...]:
    nearest = f"{magnitude:.{digits - 1}e}"
    if math.frexp(magnitude)[0] != 0.5:
        return (nearest,)
    # The values around a power of two lie closer below than above, so the next decimal above may do as well.
    mantissa, exponent = nearest.split("e")
    return nearest, f"{Decimal(mantissa) + Decimal(1).scaleb(1 - digits)}e{exponent}"


def _is_single_midpoint(text: str, double: float, magnitude: float) -> bool:
    """Whether the decimal lies exactly between two singles; PostgreSQL does not take it then."""
    fraction, exponent = math.frexp(magnitude)
    if fraction == 0.5 and double < magnitude:
        exponent -= 1
    half_gap = math.ldexp(1.0, max(exponent - 25, -150))
    return abs(double - magnitude) == half_gap and Fraction(text) == Fraction(double)


def _layout(text: str, precision: int) -> str:
    """The digits of `text` as PostgreSQL sets them: plain from 1e-4 up to 10^precision, else with an exponent."""
    sign, digits, exponent = Decimal(text).normalize().as_tuple()
    assert isinstance(exponent, int)
    figures = "".join(map(str, digits))
    power = len(figures) - 1 + exponent
    minus = "-" if sign else ""
    if -4 <= power < precision:
        if exponent >= 0:
            return minus + figures + "0" * exponent
        if power >= 0:
            return f"{minus}{figures[: power + 1]}.{figures[power + 1 :]}"
        return f"{minus}0.{'0' * (-power - 1)}{figures}"
    fraction = f".{figures[1:]}" if len(figures) > 1 else ""
    return f"{minus}{figures[0]}{fraction}e{'-' if power < 0 else '+'}{abs(power):02d}"


def decode_float8_binary(data: bytes, context: CodecContext) -> float:
    if len(data) != 8:
        raise bad_binary() if len(data) > 8 else too_little_data()
    value: float = _unpack_float8(data)[0]
    return value


def encode_float8_binary(value: float, context: CodecContext) -> bytes:
    return pack_float8(value)


def decode_float4_binary(data: bytes, context: CodecContext) -> float:
    if len(data) != 4:
        raise bad_binary() if len(data) > 4 else too_little_data()
    value: float = _unpack_float4(data)[0]
    return value


def encode_float4_binary(value: float, context: CodecContext) -> bytes:
    return pack_float4(value)
