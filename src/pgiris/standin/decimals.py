"""Exact decimals in SQLite: an order-preserving text encoding, and IRIS's arithmetic on it.

A NUMERIC value is stored as text whose byte order is numeric order and whose equality is numeric equality, so
that comparison, sorting, grouping, uniqueness and indexes are SQLite's own. For a value ``0.d1d2d3… × 10^e``:

    zero       ``0``
    positive   ``1`` + (e + 500 in three digits) + digits without trailing zeros
    negative   ``-`` + (499 - e in three digits) + nine's complement of the digits + ``~``

Rules of arithmetic: sql.md 1.5; a quotient has 19 significant digits when they fit 2^63, else 18 ($DECIMAL).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from functools import lru_cache
from typing import Final

from pgiris.errors import IrisError

CONTEXT: Final = Context(prec=60, rounding=ROUND_HALF_UP, Emin=-400, Emax=400)
QUOTIENT: Final = Context(prec=19, rounding=ROUND_HALF_UP, Emin=-400, Emax=400)
QUOTIENT_SHORT: Final = Context(prec=18, rounding=ROUND_HALF_UP, Emin=-400, Emax=400)
ZERO: Final = Decimal(0)
COMPLEMENT: Final = str.maketrans("0123456789", "9876543210")
NUMBER_PREFIX: Final = re.compile(r"\s*([+-]*)(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)")
NUMBER_WHOLE: Final = re.compile(r"[+-]*(\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\Z")
MAX_EXPONENT: Final = 400


@lru_cache(maxsize=65536)
def encode(value: Decimal) -> str:
    """The stored text of a finite decimal."""
    if not value:
        return "0"
    text = f"{value.copy_abs():E}"
    mantissa, _, exponent = text.partition("E")
    digits = mantissa.replace(".", "").rstrip("0")
    power = int(exponent) + 1
    if not -MAX_EXPONENT < power < MAX_EXPONENT:
        if power < 0:
            return "0"
        raise IrisError(-400, "Fatal error occurred <MAXNUMBER>")
    if value > 0:
        return f"1{power + 500:03d}{digits}"
    return f"-{499 - power:03d}{digits.translate(COMPLEMENT)}~"


def parts(text: str) -> tuple[int, int]:
    """A stored text as ``coefficient * 10 ** exponent``."""
    if text == "0":
        return 0, 0
    if text[0] == "1":
        digits = text[4:]
        return int(digits), int(text[1:4]) - 500 - len(digits)
    digits = text[4:-1].translate(COMPLEMENT)
    return -int(digits), 499 - int(text[1:4]) - len(digits)


@lru_cache(maxsize=65536)
def decode(text: str) -> Decimal:
    """The decimal of a stored text, without trailing zeros and without a positive exponent."""
    coefficient, exponent = parts(text)
    return Decimal(coefficient * 10**exponent) if exponent >= 0 else Decimal(f"{coefficient}E{exponent}")


@lru_cache(maxsize=65536)
def decode_cell(text: str | None) -> Decimal | None:
    """The decimal of a result's cell."""
    return None if text is None else decode.__wrapped__(text)


def canonical(value: Decimal) -> str:
    """IRIS's canonical text: no exponent, no trailing zeros, no zero before the point (``.5``)."""
    if not value:
        return "0"
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if text.startswith("0."):
        return text[1:]
    if text.startswith("-0."):
        return "-" + text[2:]
    return text


def text_to_decimal(text: str) -> Decimal:
    """A string used as a number: its leading numeric prefix, else 0 (sql.md 1.5)."""
    match = NUMBER_PREFIX.match(text)
    if match is None:
        return ZERO
    try:
        value = Decimal(match[2])
    except InvalidOperation:
        return ZERO
    if value and abs(value.adjusted()) >= MAX_EXPONENT:
        if value.adjusted() < 0:
            return ZERO
        raise IrisError(-7, "Exponent out of range")
    return value.copy_negate() if match[1].count("-") % 2 else value


def is_numeric(text: str) -> bool:
    """ISNUMERIC: the whole text is a number."""
    return NUMBER_WHOLE.match(text) is not None


def float_to_text(value: float) -> str:
    """A $DOUBLE as text: no leading zero, up to 17 significant digits."""
    if math.isinf(value):
        return "INF" if value > 0 else "-INF"
    if math.isnan(value):
        return "NAN"
    if value == int(value) and abs(value) < 1e20:
        return str(int(value))
    text = repr(value)
    if "e" in text:
        return text.upper().replace("E+", "E")
    if text.startswith("0."):
        return text[1:]
    return "-" + text[2:] if text.startswith("-0.") else text


def float_to_decimal(value: float) -> Decimal:
    """A $DOUBLE as $DECIMAL: the shortest decimal that denotes it."""
    if math.isinf(value) or math.isnan(value):
        raise IrisError(-400, "Fatal error occurred <ILLEGAL VALUE>")
    return Decimal(repr(value))


def rounded(value: Decimal, scale: int) -> Decimal:
    """Rounded half away from zero to `scale` digits after the point (RSQL_round); trailing zeros dropped."""
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    if -exponent <= scale:
        return value
    if value.adjusted() < -scale - 1:
        return ZERO
    return value.quantize(Decimal(1).scaleb(-scale), rounding=ROUND_HALF_UP, context=CONTEXT)


def truncated(value: Decimal, scale: int) -> Decimal:
    """Cut to `scale` digits after the point."""
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    if -exponent <= scale:
        return value
    if value.adjusted() < -scale:
        return ZERO
    return value.quantize(Decimal(1).scaleb(-scale), rounding=ROUND_DOWN, context=CONTEXT)


def divide_error() -> IrisError:
    """Division by zero: SQLCODE -400 with <DIVIDE> (RSQL_mod)."""
    return IrisError(-400, "Fatal error occurred <DIVIDE>")


def quotient(a: Decimal, b: Decimal) -> Decimal:
    """``a / b`` as $DECIMAL does it: 19 significant digits, 18 when 19 do not fit a 64-bit integer."""
    if not b:
        raise divide_error()
    result = QUOTIENT.divide(a, b)
    digits = result.as_tuple().digits
    if len(digits) == 19 and int("".join(map(str, digits))) > 2**63 - 1:
        result = QUOTIENT_SHORT.divide(a, b)
    return result


def integer_quotient(a: Decimal, b: Decimal) -> Decimal:
    r"""``a \ b``: the quotient cut toward zero."""
    if not b:
        raise divide_error()
    return CONTEXT.divide_int(a, b)


def modulo(a: Decimal, b: Decimal) -> Decimal:
    """``a # b``: ObjectScript modulo, which has the sign of the divisor (sql.md 1.5)."""
    if not b:
        raise divide_error()
    rest = CONTEXT.remainder(a, b)
    return CONTEXT.add(rest, b) if rest and (rest < 0) != (b < 0) else rest


def remainder(a: Decimal, b: Decimal) -> Decimal:
    """MOD(a, b) with ANSI precedence: the sign of the dividend (RSQL_mod)."""
    if not b:
        raise divide_error()
    return CONTEXT.remainder(a, b)


Stored = str | int | None
"""An operand of arithmetic: the stored text of a NUMERIC, or an integer as it is."""


def lifted(operation: Callable[[Decimal, Decimal], Decimal]) -> Callable[[Stored, Stored], str | None]:
    """`operation` over stored operands, NULL when one is."""

    def apply(a: Stored, b: Stored) -> str | None:
        if a is None or b is None:
            return None
        x = decode(a) if isinstance(a, str) else Decimal(a)
        y = decode(b) if isinstance(b, str) else Decimal(b)
        try:
            return encode(operation(x, y))
        except (Overflow, DivisionByZero, InvalidOperation) as error:
            raise IrisError(-400, "Fatal error occurred <MAXNUMBER>") from error

    return apply


def encode_parts(coefficient: int, exponent: int) -> str:
    """The stored text of ``coefficient * 10 ** exponent``."""
    if not coefficient:
        return "0"
    digits = str(abs(coefficient))
    power = len(digits) + exponent
    if len(digits) > CONTEXT.prec or not -MAX_EXPONENT < power < MAX_EXPONENT:
        return encode(CONTEXT.plus(Decimal(f"{coefficient}E{exponent}")))
    digits = digits.rstrip("0")
    if coefficient > 0:
        return f"1{power + 500:03d}{digits}"
    return f"-{499 - power:03d}{digits.translate(COMPLEMENT)}~"


def combined(sign: int) -> Callable[[Stored, Stored], str | None]:
    """Addition (`sign` 1) and subtraction (-1) on integers with a common exponent, which is exact."""

    def apply(a: Stored, b: Stored) -> str | None:
        if a is None or b is None:
            return None
        x, e = parts(a) if isinstance(a, str) else (a, 0)
        y, f = parts(b) if isinstance(b, str) else (b, 0)
        if abs(e - f) > CONTEXT.prec:
            return encode(CONTEXT.add(Decimal(f"{x}E{e}"), Decimal(f"{sign * y}E{f}")))
        if e > f:
            x, e = x * 10 ** (e - f), f
        elif f > e:
            y *= 10 ** (f - e)
        return encode_parts(x + sign * y, e)

    return apply


def multiply(a: Stored, b: Stored) -> str | None:
    """``a * b``, exact."""
    if a is None or b is None:
        return None
    x, e = parts(a) if isinstance(a, str) else (a, 0)
    y, f = parts(b) if isinstance(b, str) else (b, 0)
    return encode_parts(x * y, e + f)


def lifted_float(operation: Callable[[float, float], float]) -> Callable[[float | None, float | None], float | None]:
    """`operation` over doubles, NULL when an argument is; a zero divisor is <DIVIDE>."""

    def apply(a: float | None, b: float | None) -> float | None:
        if a is None or b is None:
            return None
        try:
            return operation(float(a), float(b))
        except ZeroDivisionError:
            raise divide_error() from None
        except OverflowError:
            return math.inf

    return apply


add = combined(1)
subtract = combined(-1)
divide = lifted(quotient)
int_divide = lifted(integer_quotient)
hash_modulo = lifted(modulo)
mod = lifted(remainder)
