"""VECTOR values: stored as blobs of machine numbers, read and written as comma-separated text (RSQL_tovector)."""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Callable, Sequence
from decimal import Decimal
from operator import mul
from typing import Final

from pgiris.errors import IrisError
from pgiris.standin import decimals

TYPECODES: Final = {"float": "f", "double": "d", "decimal": "d", "integer": "q"}
DIVIDED: Final = {"float": 4, "double": 8, "decimal": 8, "integer": 8}
MAX_ELEMENTS: Final = 1_000_000


def elements_of(text: str) -> list[str]:
    """The element texts of ``1,2,3`` or ``[1,2,3]``."""
    stripped = text.strip()
    if stripped.startswith("["):
        stripped = stripped[1:].removesuffix("]")
    if not stripped.strip():
        return []
    parts = stripped.split(",")
    if len(parts) > MAX_ELEMENTS:
        raise IrisError(-400, "Fatal error occurred <VECTOR> too many elements")
    return parts


def pack(element: str, values: Sequence[object]) -> bytes:
    """The stored form of elements, which are coerced silently."""
    code = TYPECODES.get(element)
    if code is None:
        return json.dumps([str(value) for value in values]).encode()
    if code == "q":
        return array("q", [int(decimals.text_to_decimal(str(value))) for value in values]).tobytes()
    try:
        return array(code, map(float, values)).tobytes()  # type: ignore[arg-type]
    except ValueError:
        return array(code, [float(decimals.text_to_decimal(str(value))) for value in values]).tobytes()
    except OverflowError as error:
        raise IrisError(-400, "Fatal error occurred <VECTOR> value out of range") from error


def unpack(element: str, blob: bytes) -> Sequence[object]:
    """The elements of a stored vector."""
    code = TYPECODES.get(element)
    if code is None:
        values: list[object] = json.loads(blob)
        return values
    result = array(code)
    result.frombytes(blob)
    return result


def to_vector(text: str, element: str, size: int) -> bytes:
    """TO_VECTOR: with a length, short input is padded with zeros and long input cut."""
    parts = elements_of(text)
    if size:
        parts = parts[:size] + ["0"] * (size - len(parts))
    return pack(element, parts)


def shortest_single(value: float) -> str:
    """The shortest decimal that denotes a single-precision number."""
    for digits in (6, 7, 8, 9):
        text = f"{value:.{digits}g}"
        if array("f", [float(text)])[0] == value:
            return decimals.canonical(Decimal(text)) if math.isfinite(value) else decimals.float_to_text(value)
    return decimals.float_to_text(value)


def to_text(element: str, blob: bytes) -> str:
    """``a,b,c`` without brackets: what drivers show (sql.md 12.1)."""
    values = unpack(element, blob)
    if element == "float":
        return ",".join(shortest_single(value) for value in values)  # type: ignore[arg-type]
    if element in ("double", "decimal"):
        return ",".join(decimals.float_to_text(value) for value in values)  # type: ignore[arg-type]
    return ",".join(map(str, values))


SUMPROD: Final[Callable[[Sequence[float], Sequence[float]], float]] = getattr(
    math, "sumprod", lambda a, b: sum(map(mul, a, b))
)


def checked(element: str, a: bytes, b: bytes) -> tuple[Sequence[float], Sequence[float]]:
    """Both vectors; SQLCODE -257 when their lengths differ."""
    if len(a) != len(b):
        raise length_error()
    return unpack(element, a), unpack(element, b)  # type: ignore[return-value]


def length_error() -> IrisError:
    return IrisError(-257, "Vectors must have the same length")


def dot_product(element: str, a: bytes | None, b: bytes | None) -> float | None:
    """VECTOR_DOT_PRODUCT."""
    if a is None or b is None:
        return None
    return float(SUMPROD(*checked(element, a, b)))


def cosine(element: str, a: bytes | None, b: bytes | None) -> float | None:
    """VECTOR_COSINE: similarity, NULL when a vector is zero."""
    if a is None or b is None:
        return None
    left, right = checked(element, a, b)
    norm = math.sqrt(SUMPROD(left, left)) * math.sqrt(SUMPROD(right, right))
    return max(-1.0, min(1.0, SUMPROD(left, right) / norm)) if norm else None
