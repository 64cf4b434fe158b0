"""Arrays of any element type and up to six dimensions, text and binary.

Source: PostgreSQL 15 manual, sections 8.15.2 and 8.15.6.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from enum import Enum, auto
from math import prod
from typing import Final, NoReturn

from pgiris import sqlstate
from pgiris.errors import PgError
from pgiris.types.catalogue import type_info
from pgiris.types.faults import bad_binary, shown, too_little_data
from pgiris.types.integers import SPACE
from pgiris.types.values import BoundedArray

MAX_DIMENSIONS: Final = 6
FIRST_ASSIGNED_OID: Final = 10_000
MAX_ITEMS: Final = 134_217_727

Array = list[object]
ReadText = Callable[[str], object]
WriteText = Callable[[object], str]
ReadBinary = Callable[[bytes], object]
WriteBinary = Callable[[object], bytes]

_FLAT: Final = re.compile(r'\{[^{}"\\]*\}')
_BOUNDS: Final = re.compile(rf"[{SPACE}]*\[([+\d-]+)(?::([+\d-]+))?\]", re.ASCII)
_BARE: Final = re.compile(rf'[^{{}},;"\\{SPACE}]+')
_HEADER: Final = struct.Struct("!iiI")
_DIMENSION: Final = struct.Struct("!ii")
_LENGTH: Final = struct.Struct("!i")
_MISMATCH: Final = "Multidimensional arrays must have sub-arrays with matching dimensions."
_INT32: Final = 2**31


# -- text --------------------------------------------------------------------------------------------------------


def decode_text(text: str, delimiter: str, read: ReadText) -> Array:
    """Raises PgError 22P02 for what is no array, and what `read` raises for what is no element."""
    if _FLAT.fullmatch(text):
        if not text[1:-1].strip(SPACE):
            return []
        parts = [part.strip(SPACE) for part in text[1:-1].split(delimiter)]
        if all(parts):
            return [None if part.upper() == "NULL" else read(part) for part in parts]
    return _Literal(text, delimiter, read).array()


class _State(Enum):
    """What has just been read."""

    NOTHING = auto()
    LEVEL_STARTED = auto()
    ELEMENT = auto()
    QUOTED_ELEMENT = auto()
    ELEMENT_DELIMITED = auto()
    LEVEL_COMPLETED = auto()
    LEVEL_DELIMITED = auto()


_BEFORE_ELEMENT: Final = (_State.LEVEL_STARTED, _State.ELEMENT_DELIMITED)
_BEFORE_LEVEL: Final = (_State.NOTHING, _State.LEVEL_STARTED, _State.LEVEL_DELIMITED)
_BEFORE_DELIMITER: Final = (_State.ELEMENT, _State.QUOTED_ELEMENT, _State.LEVEL_COMPLETED)


class _Literal:
    """An array literal, read from left to right."""

    def __init__(self, text: str, delimiter: str, read: ReadText) -> None:
        self.text = text
        self.delimiter = delimiter
        self.read = read
        self.literal = text
        """What messages repeat: only the braces once they are reached."""
        self.position = 0
        self.state = _State.NOTHING
        self.levels: list[Array] = []

    def array(self) -> Array:
        bounds = self._bounds()
        self._skip_space()
        if self.text[self.position : self.position + 1] != "{":
            if bounds:
                self._fail('Array contents must start with "{".')
            self._fail('Array value must start with "{" or dimension information.')
        self.literal = self.text[self.position :]
        items = self._items()
        if self.text[self.position :].strip(SPACE):
            self._fail("Junk after closing right brace.")
        sizes = _sizes(items)
        if sizes is None:
            self._fail(_MISMATCH)
        if bounds and [upper - lower + 1 for lower, upper in bounds] != list(sizes):
            self.literal = self.text
            self._fail("Specified array dimensions do not match array contents.")
        items = self._converted(items, len(sizes))
        if not bounds:
            return items
        lower_bounds = tuple(lower for lower, _ in bounds)
        return items if set(lower_bounds) == {1} else BoundedArray(items, lower_bounds)

    def _bounds(self) -> list[tuple[int, int]]:
        """``[l:u][l:u]=`` in front, which says where the dimensions begin and end."""
        bounds: list[tuple[int, int]] = []
        while (found := _BOUNDS.match(self.text, self.position)) is not None:
            lower, upper = (_bound(found[1]), _bound(found[2])) if found[2] else (1, _bound(found[1]))
            if len(bounds) >= MAX_DIMENSIONS:
                raise _too_many_dimensions(len(bounds) + 1)
            if max(abs(lower), abs(upper)) >= _INT32 - 1:
                raise PgError(sqlstate.NUMERIC_VALUE_OUT_OF_RANGE, "array bound is out of integer range")
            if upper < lower:
                raise PgError(sqlstate.ARRAY_SUBSCRIPT_ERROR, "upper bound cannot be less than lower bound")
            bounds.append((lower, upper))
            self.position = found.end()
        self._skip_space()
        following = self.text[self.position : self.position + 1]
        if following == "[":
            self._bad_bounds()
        if bounds:
            if following != "=":
                self._fail('Missing "=" after array dimensions.')
            self.position += 1
        return bounds

    def _bad_bounds(self) -> NoReturn:
        found = re.compile(r"\[[+\d-]+(:[+\d-]*)?", re.ASCII).match(self.text, self.position)
        if found is None:
            self._fail('"[" must introduce explicitly-specified array dimensions.')
        self._fail("Missing array dimension value." if found[1] == ":" else 'Missing "]" after array dimensions.')

    def _skip_space(self) -> None:
        while self.text[self.position : self.position + 1] in tuple(SPACE):
            self.position += 1

    def _items(self) -> Array:
        """The nested elements as text, None for NULL; the text of a quoted one is a ``_Quoted``."""
        while True:
            character = self.text[self.position : self.position + 1]
            if not character:
                self._fail("Unexpected end of input.")
            if character == "{":
                self._open()
            elif character == "}":
                if (whole := self._close()) is not None:
                    return whole
            elif character == self.delimiter:
                if self.state not in _BEFORE_DELIMITER:
                    self._unexpected(character)
                completed = self.state is _State.LEVEL_COMPLETED
                self.state = _State.LEVEL_DELIMITED if completed else _State.ELEMENT_DELIMITED
                self.position += 1
            elif character in SPACE:
                self.position += 1
            else:
                self._element(character)

    def _open(self) -> None:
        if self.state not in _BEFORE_LEVEL:
            self._unexpected("{")
        if len(self.levels) >= MAX_DIMENSIONS:
            raise _too_many_dimensions(len(self.levels) + 1)
        self.state = _State.LEVEL_STARTED
        level: Array = []
        if self.levels:
            self.levels[-1].append(level)
        self.levels.append(level)
        self.position += 1

    def _close(self) -> Array | None:
        empty = len(self.levels) == 1 and self.state is _State.LEVEL_STARTED
        if self.state not in _BEFORE_DELIMITER and not empty:
            self._unexpected("}")
        self.state = _State.LEVEL_COMPLETED
        level = self.levels.pop()
        self.position += 1
        return None if self.levels else level

    def _element(self, character: str) -> None:
        if self.state not in _BEFORE_ELEMENT:
            if character == "\\":
                self._unexpected(character)
            self._fail("Unexpected array element.")
        self.levels[-1].append(self._quoted() if character == '"' else self._bare())

    def _quoted(self) -> str:
        pieces: list[str] = []
        self.position += 1
        while True:
            character = self.text[self.position : self.position + 1]
            if character == '"':
                self.position += 1
                self.state = _State.QUOTED_ELEMENT
                return _Quoted("".join(pieces))
            if character == "\\":
                self.position += 1
                character = self.text[self.position : self.position + 1]
            if not character:
                self._fail("Unexpected end of input.")
            pieces.append(character)
            self.position += 1

    def _bare(self) -> str | None:
        """Up to a brace or delimiter, without white space at the end; a backslash takes the next as it is."""
        pieces: list[str] = []
        kept = 0
        escaped = False
        while True:
            character = self.text[self.position : self.position + 1]
            if character == "\\":
                self.position += 1
                character = self.text[self.position : self.position + 1]
                escaped = True
                pieces.append(character)
                kept = len(pieces)
            elif character == '"':
                self._fail("Unexpected array element.")
            elif character == "{":
                self._unexpected(character)
            elif character in ("}", self.delimiter):
                break
            else:
                pieces.append(character)
                kept = kept if character in tuple(SPACE) else len(pieces)
            if not character:
                self._fail("Unexpected end of input.")
            self.position += 1
        self.state = _State.ELEMENT
        text = "".join(pieces[:kept])
        return None if text.upper() == "NULL" and not escaped else _Quoted(text)

    def _converted(self, items: Array, depth: int) -> Array:
        if depth > 1:
            return [self._converted(item, depth - 1) for item in items if isinstance(item, list)]
        return [self.read(item) if isinstance(item, str) else item for item in items]

    def _unexpected(self, character: str) -> NoReturn:
        self._fail(f'Unexpected "{character}" character.')

    def _fail(self, detail: str) -> NoReturn:
        raise PgError(
            sqlstate.INVALID_TEXT_REPRESENTATION, f'malformed array literal: "{shown(self.literal)}"', detail=detail
        )


def _bound(text: str) -> int:
    """As C's atoi(): the number at the start, 0 if there is none."""
    found = re.match(r"[+-]?\d+", text, re.ASCII)
    return int(found.group()) if found is not None and found.end() < len("1234567890123456") else 0


class _Quoted(str):
    """An element's text, never NULL."""

    __slots__ = ()


def _too_many_dimensions(count: int) -> PgError:
    return PgError(
        sqlstate.PROGRAM_LIMIT_EXCEEDED,
        f"number of array dimensions ({count}) exceeds the maximum allowed ({MAX_DIMENSIONS})",
    )


def _sizes(items: Array) -> tuple[int, ...] | None:
    """The size of each dimension, none for the empty array; None when the parts do not match."""
    if not items:
        return ()
    level: Array = items
    sizes: list[int] = []
    while level:
        sizes.append(len(level) if not sizes else len(level) // prod(sizes))
        nested = [item for item in level if isinstance(item, list)]
        if not nested:
            return tuple(sizes)
        if len(nested) != len(level) or len({len(item) for item in nested}) > 1:
            return None
        level = [element for item in nested for element in item]
    return None


def encode_text(value: Array, delimiter: str, write: WriteText) -> str:
    prefix = ""
    if isinstance(value, BoundedArray):
        sizes = _sizes(value) or ()
        prefix = "".join(f"[{low}:{low + size - 1}]" for low, size in zip(value.lower_bounds, sizes)) + "="
    return prefix + _print(value, delimiter, write)


def _print(value: Array, delimiter: str, write: WriteText) -> str:
    parts = [
        "NULL"
        if item is None
        else _print(item, delimiter, write)
        if isinstance(item, list)
        else _quote(write(item), delimiter)
        for item in value
    ]
    return "{" + delimiter.join(parts) + "}"


def _quote(text: str, delimiter: str) -> str:
    if _BARE.fullmatch(text) and text.upper() != "NULL":
        return text
    if text and text.upper() != "NULL" and not any(c in '{}"\\' or c == delimiter or c in SPACE for c in text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


# -- binary ------------------------------------------------------------------------------------------------------


def decode_binary(data: bytes, element_oid: int, read: ReadBinary) -> Array:
    """Raises PgError 22P03, 08P01, 42804 or 54000 for what is no array of that element."""
    if len(data) < _HEADER.size:
        raise too_little_data()
    dimensions, flags, oid = _HEADER.unpack_from(data)
    if dimensions < 0:
        raise bad_binary(f"invalid number of dimensions: {dimensions}")
    if dimensions > MAX_DIMENSIONS:
        raise _too_many_dimensions(dimensions)
    if flags not in (0, 1):
        raise bad_binary("invalid array flags")
    # Only built-in types have OIDs that mean the same everywhere.
    if oid != element_oid and max(oid, element_oid) < FIRST_ASSIGNED_OID:
        raise PgError(
            sqlstate.DATATYPE_MISMATCH,
            f"binary data has array element type {oid} ({_name(oid)}) "
            f"instead of expected {element_oid} ({_name(element_oid)})",
        )
    start = _HEADER.size + _DIMENSION.size * dimensions
    if len(data) < start:
        raise too_little_data()
    shape = list(_DIMENSION.iter_unpack(data[_HEADER.size : start]))
    sizes = [size for size, _ in shape]
    if any(size < 0 for size in sizes) or prod(sizes) > MAX_ITEMS:
        raise PgError(sqlstate.PROGRAM_LIMIT_EXCEEDED, f"array size exceeds the maximum allowed ({MAX_ITEMS})")
    if any(low + size >= _INT32 for size, low in shape):
        raise PgError(sqlstate.PROGRAM_LIMIT_EXCEEDED, f"array lower bound is too large: {shape[0][1]}")
    count = prod(sizes) if sizes else 0
    if len(data) - start < count * _LENGTH.size:
        raise too_little_data()
    items = _elements(data, start, count, read)
    if not count:
        return []
    bounds = tuple(low for _, low in shape)
    nested = _nested(items, sizes)
    return nested if set(bounds) == {1} else BoundedArray(nested, bounds)


def _name(oid: int) -> str:
    info = type_info(oid)
    return info.formatted if info is not None else "???"


def _elements(data: bytes, position: int, count: int, read: ReadBinary) -> Array:
    items: Array = []
    for number in range(1, count + 1):
        if len(data) - position < _LENGTH.size:
            raise too_little_data()
        (length,) = _LENGTH.unpack_from(data, position)
        position += _LENGTH.size
        if length < -1 or length > len(data) - position:
            raise bad_binary("insufficient data left in message")
        if length == -1:
            items.append(None)
            continue
        try:
            items.append(read(data[position : position + length]))
        except PgError as error:
            if error.sqlstate == sqlstate.INVALID_BINARY_REPRESENTATION and error.message == bad_binary().message:
                raise bad_binary(f"improper binary format in array element {number}") from None
            raise
        position += length
    if position != len(data):
        raise bad_binary()
    return items


def _nested(items: Array, sizes: list[int]) -> Array:
    for size in reversed(sizes[1:]):
        items = [items[start : start + size] for start in range(0, len(items), size)]
    return items


def encode_binary(value: Array, element_oid: int, write: WriteBinary) -> bytes:
    sizes = _sizes(value) or ()
    bounds = value.lower_bounds if isinstance(value, BoundedArray) else (1,) * len(sizes)
    parts: list[bytes] = []
    has_null = 0
    for item in _leaves(value):
        if item is None:
            has_null = 1
            parts.append(b"\xff\xff\xff\xff")
        else:
            data = write(item)
            parts.append(_LENGTH.pack(len(data)) + data)
    shape = b"".join(_DIMENSION.pack(size, low) for size, low in zip(sizes, bounds))
    return _HEADER.pack(len(sizes), has_null, element_oid) + shape + b"".join(parts)


def _leaves(value: Array) -> Iterator[object]:
    for item in value:
        if isinstance(item, list):
            yield from _leaves(item)
        else:
            yield item
