"""bool, int2, int4, int8 and oid.

Source: PostgreSQL 15 manual, sections 8.1.1, 8.6 and 8.19.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import Final

from pgiris.types.context import CodecContext
from pgiris.types.faults import bad_binary, invalid_text, no_data, out_of_range, too_little_data

SPACE: Final = " \t\n\v\f\r"
"""What C's isspace() takes as white space."""

Decoder = Callable[[str, CodecContext], int]
BinaryDecoder = Callable[[bytes, CodecContext], int]
BinaryEncoder = Callable[[int, CodecContext], bytes]

_INTEGER: Final = re.compile(rf"[{SPACE}]*([+-]?)0*(\d*)(.*)", re.ASCII | re.DOTALL)
_PLAIN: Final = re.compile(r"-?\d{1,18}", re.ASCII)
_TRUE: Final = ("true", "yes", "on", "1")
_FALSE: Final = ("false", "no", "off", "0")


def decode_bool(text: str, context: CodecContext) -> bool:
    word = text.strip(SPACE).lower()
    if word and word.isascii() and word != "o":
        if any(whole.startswith(word) for whole in _TRUE):
            return True
        if any(whole.startswith(word) for whole in _FALSE):
            return False
    raise invalid_text("boolean", text)


def encode_bool(value: bool, context: CodecContext) -> str:
    return "t" if value else "f"


def decode_bool_binary(data: bytes, context: CodecContext) -> bool:
    if len(data) != 1:
        raise bad_binary() if data else no_data()
    return data != b"\0"


def encode_bool_binary(value: bool, context: CodecContext) -> bytes:
    return b"\1" if value else b"\0"


def encode_integer(value: int, context: CodecContext) -> str:
    return str(value)


def integer_decoder(type_name: str, bits: int) -> Decoder:
    """The text decoder of a signed integer type."""
    low, high = -(1 << bits - 1), (1 << bits - 1) - 1

    def decode(text: str, context: CodecContext) -> int:
        value = int(text) if _PLAIN.fullmatch(text) else read_integer(text, type_name, high)
        if low <= value <= high:
            return value
        raise out_of_range(type_name, text)

    return decode


def read_integer(text: str, type_name: str, high: int) -> int:
    """An integer with white space around it. As in PostgreSQL, digits that overflow are told before rubbish is."""
    matched = _INTEGER.fullmatch(text)
    assert matched is not None
    sign, digits, rest = matched.groups()
    zero = text[matched.start(2) - 1 : matched.start(2)] == "0"
    magnitude = int(digits[:20] or 0)
    if len(digits) > 20 or magnitude > high + 1:
        raise out_of_range(type_name, text)
    if not (digits or zero) or rest.strip(SPACE):
        raise invalid_text(type_name, text)
    return -magnitude if sign == "-" else magnitude


def decode_oid(text: str, context: CodecContext) -> int:
    """Unsigned; as with C's strtoul() a negative number counts from 2^32 down."""
    matched = _INTEGER.fullmatch(text)
    assert matched is not None
    sign, digits, rest = matched.groups()
    if not digits and text[matched.start(2) - 1 : matched.start(2)] != "0":
        raise invalid_text("oid", text)
    magnitude = int(digits[:20] or 0)
    if len(digits) > 20 or magnitude > (0x8000_0000 if sign == "-" else 0xFFFF_FFFF):
        raise out_of_range("oid", text)
    if rest.strip(SPACE):
        raise invalid_text("oid", text)
    return -magnitude & 0xFFFF_FFFF if sign == "-" else magnitude


def fixed_decoder(layout: str) -> BinaryDecoder:
    """The binary decoder of a number of fixed size, `layout` as in ``struct``."""
    packing = struct.Struct(layout)
    unpack, size = packing.unpack, packing.size

    def decode(data: bytes, context: CodecContext) -> int:
        if len(data) != size:
            raise bad_binary() if len(data) > size else too_little_data()
        value: int = unpack(data)[0]
        return value

    return decode


def fixed_encoder(layout: str) -> BinaryEncoder:
    pack = struct.Struct(layout).pack
    return lambda value, context: pack(value)


decode_int2 = integer_decoder("smallint", 16)
decode_int4 = integer_decoder("integer", 32)
decode_int8 = integer_decoder("bigint", 64)
decode_int2_binary, encode_int2_binary = fixed_decoder("!h"), fixed_encoder("!h")
decode_int4_binary, encode_int4_binary = fixed_decoder("!i"), fixed_encoder("!i")
decode_int8_binary, encode_int8_binary = fixed_decoder("!q"), fixed_encoder("!q")
decode_oid_binary, encode_oid_binary = fixed_decoder("!I"), fixed_encoder("!I")
