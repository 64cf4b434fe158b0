"""void, the reg* types, int2vector and oidvector.

A reg* value is an OID, or the name that stands for one where the catalog still has to look it up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pgiris import sqlstate
from pgiris.errors import PgError
from pgiris.types import arrays, oids
from pgiris.types.context import CodecContext
from pgiris.types.faults import bad_binary, too_little_data
from pgiris.types.integers import (
    SPACE,
    decode_int2,
    decode_int2_binary,
    decode_oid,
    decode_oid_binary,
    encode_int2_binary,
    encode_oid_binary,
)
from pgiris.types.values import BoundedArray

NO_OBJECT: Final = "-"
"""How PostgreSQL writes the OID 0 of any kind of object."""


def encode_void(value: object, context: CodecContext) -> str:
    return ""


def decode_void(data: object, context: CodecContext) -> str:
    return ""


def encode_void_binary(value: object, context: CodecContext) -> bytes:
    return b""


def encode_object(value: int | str, context: CodecContext) -> str:
    return str(value) if value else NO_OBJECT


def decode_object(text: str, context: CodecContext) -> int | str:
    if text == NO_OBJECT:
        return 0
    return decode_oid(text, context) if text.isascii() and text.isdigit() else text


def encode_object_binary(value: int | str, context: CodecContext) -> bytes:
    if isinstance(value, str):
        raise PgError(sqlstate.UNDEFINED_OBJECT, f'"{value}" has no OID here')
    return encode_oid_binary(value, context)


def encode_int_list(value: Sequence[int], context: CodecContext) -> str:
    return " ".join(map(str, value))


def decode_int2_list(text: str, context: CodecContext) -> list[int]:
    return [decode_int2(part, context) for part in text.split()]


def decode_oid_list(text: str, context: CodecContext) -> list[int]:
    return [decode_oid(part, context) for part in text.strip(SPACE).split()]


def encode_int2_list_binary(value: Sequence[int], context: CodecContext) -> bytes:
    items = BoundedArray(list(value), (0,))
    return _with_shape(arrays.encode_binary(items, oids.INT2, lambda item: encode_int2_binary(_int(item), context)))


def encode_oid_list_binary(value: Sequence[int], context: CodecContext) -> bytes:
    items = BoundedArray(list(value), (0,))
    return _with_shape(arrays.encode_binary(items, oids.OID, lambda item: encode_oid_binary(_int(item), context)))


def _int(item: object) -> int:
    assert isinstance(item, int)
    return item


def _with_shape(data: bytes) -> bytes:
    """Unlike an array, an empty vector of integers still has its one dimension."""
    if data[:4] != bytes(4):
        return data
    return b"\0\0\0\1" + data[4:12] + bytes(8)


def decode_int2_list_binary(data: bytes, context: CodecContext) -> list[int]:
    return _checked(arrays.decode_binary(data, oids.INT2, lambda item: decode_int2_binary(item, context)), data)


def decode_oid_list_binary(data: bytes, context: CodecContext) -> list[int]:
    return _checked(arrays.decode_binary(data, oids.OID, lambda item: decode_oid_binary(item, context)), data)


def _checked(items: list[object], data: bytes) -> list[int]:
    """One dimension that begins at 0, and no NULL."""
    if len(data) < len("12345678"):
        raise too_little_data()
    numbers = [item for item in items if isinstance(item, int)]
    if len(numbers) != len(items) or (items and not (isinstance(items, BoundedArray) and items.lower_bounds == (0,))):
        raise bad_binary("invalid int2vector data")
    return numbers
