"""$LIST values as bytes: what ``%GetRow`` gives, and what a ``%List`` column is in Logical mode.

Each element is a length, a type and data. The length counts itself: one byte below 256; else a zero byte and two bytes
for type and data; else three zero bytes and four. A length of 1 alone is an element without value. Types: 1 bytes, 2
UTF-16 little-endian, 4 and 5 integers from 0 up and below 0 (little-endian, the shortest two's complement), 6 and 7
decimals (a byte for the power of ten, then the coefficient like 4 and 5), 8 IEEE double, 9 compact double.
IRIS does not document the format; vendor drivers decode it, and a self-test on an instance must confirm it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from pgiris.standin.face.bridge import IrisRuntimeError

BYTES, UNICODE, POSITIVE, NEGATIVE, POSITIVE_DECIMAL, NEGATIVE_DECIMAL, DOUBLE, COMPACT = 1, 2, 4, 5, 6, 7, 8, 9
MISSING: Final = b"\x01"

VECTOR: Final = 12
"""What marks a vector's bytes: ObjectScript alone can read them (embedded.md 1.4), so `decode` refuses them."""


class Opaque(bytes):
    """An element that Python code cannot decode."""


Element = int | float | Decimal | str | Opaque | None


def encode(values: Iterable[Element]) -> str:
    """A $LIST as IRIS hands it to Python: a string of code points below 256. None is an element without value."""
    return b"".join(element(value) for value in values).decode("latin-1")


def element(value: Element) -> bytes:
    """One element of a $LIST."""
    if value is None:
        return MISSING
    if isinstance(value, str):
        try:
            return framed(BYTES, value.encode("latin-1"))
        except UnicodeEncodeError:
            return framed(UNICODE, value.encode("utf-16-le", "surrogatepass"))
    if isinstance(value, Opaque):
        return framed(VECTOR, value)
    if isinstance(value, float):
        return framed(DOUBLE, struct.pack("<d", value))
    if isinstance(value, Decimal):
        return decimal_element(value)
    return framed(NEGATIVE if value < 0 else POSITIVE, integer_bytes(value))


def decimal_element(value: Decimal) -> bytes:
    sign, digits, exponent = value.normalize().as_tuple()
    coefficient = int("".join(map(str, digits))) * (-1 if sign else 1)
    if not isinstance(exponent, int) or not -128 <= exponent <= 127:
        raise IrisRuntimeError("<MAXNUMBER> a number does not fit a $LIST")
    if exponent >= 0:
        return element(coefficient * 10**exponent)
    kind = NEGATIVE_DECIMAL if sign else POSITIVE_DECIMAL
    return framed(kind, struct.pack("b", exponent) + integer_bytes(coefficient))


def integer_bytes(value: int) -> bytes:
    """Little-endian without the bytes that the sign implies; 0 and -1 have none."""
    bits = value.bit_length() if value >= 0 else (~value).bit_length()
    return (value & ((1 << -(-bits // 8) * 8) - 1)).to_bytes(-(-bits // 8), "little")


def framed(kind: int, data: bytes) -> bytes:
    short, size = len(data) + 2, len(data) + 1
    if short < 256:
        return bytes((short, kind)) + data
    if size < 65536:
        return struct.pack("<BHB", 0, size, kind) + data
    return struct.pack("<BHIB", 0, 0, size, kind) + data


def decode(text: str) -> list[Element]:
    """The elements of a $LIST. Raises IrisRuntimeError <LIST> for what is no list."""
    try:
        data = text.encode("latin-1")
    except UnicodeEncodeError:
        raise IrisRuntimeError("<LIST>") from None
    result: list[Element] = []
    at = 0
    try:
        while at < len(data):
            at, start, end = frame(data, at)
            if end > len(data):
                raise IrisRuntimeError("<LIST>")
            result.append(None if start == end else value_of(data[start], data[start + 1 : end]))
            at = end
    except (IndexError, struct.error, UnicodeDecodeError):
        raise IrisRuntimeError("<LIST>") from None
    return result


def frame(data: bytes, at: int) -> tuple[int, int, int]:
    """Where an element begins, where its type stands, and where it ends."""
    length = data[at]
    if length:
        return at, at + 1, at + length
    (size,) = struct.unpack_from("<H", data, at + 1)
    if size:
        return at, at + 3, at + 3 + size
    (size,) = struct.unpack_from("<I", data, at + 3)
    if not size:
        raise IrisRuntimeError("<LIST>")
    return at, at + 7, at + 7 + size


def value_of(kind: int, data: bytes) -> Element:
    if kind == BYTES:
        return data.decode("latin-1")
    if kind == UNICODE:
        return data.decode("utf-16-le", "surrogatepass")
    if kind in (POSITIVE, NEGATIVE):
        return integer(data, kind == NEGATIVE)
    if kind in (POSITIVE_DECIMAL, NEGATIVE_DECIMAL):
        (exponent,) = struct.unpack_from("b", data)
        return Decimal(integer(data[1:], kind == NEGATIVE_DECIMAL)).scaleb(exponent)
    if kind == DOUBLE:
        return float(struct.unpack("<d", data.rjust(8, b"\0"))[0])
    if kind == COMPACT:
        return float(struct.unpack("<f", data.rjust(4, b"\0"))[0])
    raise IrisRuntimeError("<LIST>")


def integer(data: bytes, negative: bool) -> int:
    return int.from_bytes(data, "little") - (1 << 8 * len(data) if negative else 0)
