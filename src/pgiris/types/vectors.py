"""vector, halfvec and sparsevec of pgvector.

A vector and a halfvec are ``array.array("f")``; a sparsevec is ``SparseVector``.
Source: pgvector 0.8, README and the binary layout of pgwire.md section 14.4.
"""

from __future__ import annotations

import math
import re
import struct
from array import array
from typing import Final, NamedTuple

from pgiris import sqlstate
from pgiris.errors import PgError
from pgiris.types.context import CodecContext
from pgiris.types.faults import bad_binary, invalid_text, shown, too_little_data
from pgiris.types.floats import read_single, shortest_float4
from pgiris.types.integers import SPACE

MAX_DIMENSIONS: Final = 16_000
MAX_SPARSE_DIMENSIONS: Final = 1_000_000_000
MAX_HALF: Final = 65_504.0

_HEADER: Final = struct.Struct("!HH")
_SPARSE_HEADER: Final = struct.Struct("!iii")
_SPARSE: Final = re.compile(rf"[{SPACE}]*\{{([^{{}}]*)\}}[{SPACE}]*/[{SPACE}]*([+-]?\d+)[{SPACE}]*", re.ASCII)
_ELEMENT: Final = re.compile(rf"[{SPACE}]*([+-]?\d+)[{SPACE}]*:[{SPACE}]*([^{SPACE},]+)[{SPACE}]*", re.ASCII)
_NUMBER: Final = re.compile(
    r"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|inf(?:inity)?|nan)", re.ASCII | re.IGNORECASE
)


class SparseVector(NamedTuple):
    """A sparsevec: `indices` from 0, ascending; `values` singles, none of them zero."""

    dimensions: int
    indices: tuple[int, ...]
    values: tuple[float, ...]


def decode_vector(text: str, context: CodecContext) -> array[float]:
    return _read(text, "vector")


def decode_halfvec(text: str, context: CodecContext) -> array[float]:
    return array("f", [to_half(value) for value in _read(text, "halfvec")])


def _read(text: str, type_name: str) -> array[float]:
    inner = text.strip(SPACE)
    if not inner.startswith("["):
        raise invalid_text(type_name, text, 'Vector contents must start with "[".')
    content, closed, rest = inner[1:].partition("]")
    if not content.strip(SPACE) and closed:
        raise PgError(sqlstate.DATA_EXCEPTION, f"{type_name} must have at least 1 dimension")
    items = content.split(",")
    if len(items) > MAX_DIMENSIONS:
        raise _too_many(type_name, MAX_DIMENSIONS)
    values = array("f", [_element(item, type_name, text) for item in items])
    if not closed:
        raise invalid_text(type_name, text)
    if rest.strip(SPACE):
        raise invalid_text(type_name, text, "Junk after closing right brace.")
    return values


def _element(item: str, type_name: str, text: str) -> float:
    literal = item.strip(SPACE)
    if not _NUMBER.fullmatch(literal):
        raise invalid_text(type_name, text)
    if literal.lstrip("+-")[0] in "nN":
        raise _not_allowed("NaN", type_name)
    if literal.lstrip("+-")[0] in "iI":
        raise _not_allowed("infinite value", type_name)
    try:
        single = read_single(literal)
    except PgError:
        raise _element_out_of_range(literal, type_name) from None
    if type_name == "halfvec" and abs(single) >= MAX_HALF + 16:  # what is below rounds to the largest half
        raise _element_out_of_range(literal, type_name)
    return single


def _element_out_of_range(literal: str, type_name: str) -> PgError:
    return PgError(sqlstate.NUMERIC_VALUE_OUT_OF_RANGE, f'"{shown(literal)}" is out of range for type {type_name}')


def _not_allowed(what: str, type_name: str) -> PgError:
    return PgError(sqlstate.NUMERIC_VALUE_OUT_OF_RANGE, f"{what} not allowed in {type_name}")


def _too_many(type_name: str, limit: int) -> PgError:
    return PgError(sqlstate.PROGRAM_LIMIT_EXCEEDED, f"{type_name} cannot have more than {limit} dimensions")


def to_half(value: float) -> float:
    """Rounded to half precision. Raises PgError 22003 when too large."""
    try:
        half: float = struct.unpack("!e", struct.pack("!e", value))[0]
    except OverflowError:
        raise _element_out_of_range(shortest_float4(value), "halfvec") from None
    return half


def encode_vector(value: array[float], context: CodecContext) -> str:
    return "[" + ",".join(map(shortest_float4, value)) + "]"


def decode_vector_binary(data: bytes, context: CodecContext) -> array[float]:
    return _from_binary(data, "vector", "f", 4)


def decode_halfvec_binary(data: bytes, context: CodecContext) -> array[float]:
    return _from_binary(data, "halfvec", "e", 2)


def _from_binary(data: bytes, type_name: str, code: str, width: int) -> array[float]:
    if len(data) < _HEADER.size:
        raise too_little_data()
    dimensions, unused = _HEADER.unpack_from(data)
    if dimensions < 1:
        raise PgError(sqlstate.DATA_EXCEPTION, f"{type_name} must have at least 1 dimension")
    if dimensions > MAX_DIMENSIONS:
        raise _too_many(type_name, MAX_DIMENSIONS)
    if unused:
        raise PgError(sqlstate.DATA_EXCEPTION, f"expected unused to be 0, not {unused}")
    end = _HEADER.size + width * dimensions
    if len(data) < end:
        raise too_little_data()
    values = array("f", struct.unpack_from(f"!{dimensions}{code}", data, _HEADER.size))
    for value in values:
        if not math.isfinite(value):
            raise _not_allowed("NaN" if math.isnan(value) else "infinite value", type_name)
    if len(data) > end:
        raise bad_binary()
    return values


def encode_vector_binary(value: array[float], context: CodecContext) -> bytes:
    return struct.pack(f"!HH{len(value)}f", len(value), 0, *value)


def encode_halfvec_binary(value: array[float], context: CodecContext) -> bytes:
    return struct.pack(f"!HH{len(value)}e", len(value), 0, *value)


def decode_sparsevec(text: str, context: CodecContext) -> SparseVector:
    matched = _SPARSE.fullmatch(text)
    if matched is None:
        raise invalid_text("sparsevec", text)
    dimensions = _sparse_dimensions(int(matched[2]) if len(matched[2]) < 12 else MAX_SPARSE_DIMENSIONS + 1)
    elements: dict[int, float] = {}
    items = matched[1].split(",") if matched[1].strip(SPACE) else []
    for item in items:
        element = _ELEMENT.fullmatch(item)
        if element is None:
            raise invalid_text("sparsevec", text)
        index = int(element[1]) if len(element[1]) < 12 else 0
        if not 1 <= index <= dimensions:
            raise PgError(sqlstate.DATA_EXCEPTION, "sparsevec index out of bounds")
        if index - 1 in elements:
            raise PgError(sqlstate.DATA_EXCEPTION, "sparsevec indices must not contain duplicates")
        elements[index - 1] = _element(element[2], "sparsevec", text)
    kept = sorted((index, value) for index, value in elements.items() if value != 0.0)
    return _sparse(dimensions, tuple(index for index, _ in kept), tuple(value for _, value in kept))


def _sparse_dimensions(dimensions: int) -> int:
    if dimensions < 1:
        raise PgError(sqlstate.DATA_EXCEPTION, "sparsevec must have at least 1 dimension")
    if dimensions > MAX_SPARSE_DIMENSIONS:
        raise _too_many("sparsevec", MAX_SPARSE_DIMENSIONS)
    return dimensions


def _sparse(dimensions: int, indices: tuple[int, ...], values: tuple[float, ...]) -> SparseVector:
    if len(indices) > MAX_DIMENSIONS:
        raise PgError(
            sqlstate.PROGRAM_LIMIT_EXCEEDED, f"sparsevec cannot have more than {MAX_DIMENSIONS} non-zero elements"
        )
    return SparseVector(dimensions, indices, values)


def encode_sparsevec(value: SparseVector, context: CodecContext) -> str:
    elements = (f"{index + 1}:{shortest_float4(item)}" for index, item in zip(value.indices, value.values))
    return f"{{{','.join(elements)}}}/{value.dimensions}"


def decode_sparsevec_binary(data: bytes, context: CodecContext) -> SparseVector:
    if len(data) < _SPARSE_HEADER.size:
        raise too_little_data()
    dimensions, count, unused = _SPARSE_HEADER.unpack_from(data)
    _sparse_dimensions(dimensions)
    if not 0 <= count <= MAX_DIMENSIONS:
        _sparse(dimensions, (0,) * (MAX_DIMENSIONS + 1), ())
    if unused:
        raise PgError(sqlstate.DATA_EXCEPTION, f"expected unused to be 0, not {unused}")
    if len(data) < _SPARSE_HEADER.size + 8 * count:
        raise too_little_data()
    numbers = struct.unpack_from(f"!{count}i{count}f", data, _SPARSE_HEADER.size)
    indices, values = numbers[:count], numbers[count:]
    if any(not low < high for low, high in zip((-1, *indices), (*indices, dimensions))):
        raise PgError(sqlstate.DATA_EXCEPTION, "sparsevec indices must be in ascending order")
    if any(value == 0.0 for value in values):
        raise PgError(sqlstate.DATA_EXCEPTION, "binary representation of sparsevec cannot contain zero values")
    for value in values:
        if not math.isfinite(value):
            raise _not_allowed("NaN" if math.isnan(value) else "infinite value", "sparsevec")
    if len(data) > _SPARSE_HEADER.size + 8 * count:
        raise bad_binary()
    return SparseVector(dimensions, indices, values)


def encode_sparsevec_binary(value: SparseVector, context: CodecContext) -> bytes:
    count = len(value.indices)
    return struct.pack(f"!iii{count}i{count}f", value.dimensions, count, 0, *value.indices, *value.values)


def check_dimensions(actual: int, typmod: int) -> None:
    """vector(n) and its kin: another number of dimensions is refused (22000)."""
    if typmod != -1 and actual != typmod:
        raise PgError(sqlstate.DATA_EXCEPTION, f"expected {typmod} dimensions, not {actual}")
