"""Encoders of whole columns: cells in ODBC form in, wire-encoded cells with their length in front out.

Each type has an exact way, cell by cell through ``iris.reader`` and the codec; the common ones have a fast way too,
taken when a look at the whole column shows that every cell is in the usual form. Both give the same bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from pgiris.rows import iris
from pgiris.rows.format import ColumnFormat
from pgiris.types import numeric, oids
from pgiris.types.context import ISO, CodecContext
from pgiris.types.datetime_output import offset_text
from pgiris.types.encodings import text_encoder
from pgiris.types.floats import shortest_float8
from pgiris.types.registry import codec
from pgiris.types.timezones import FixedZone

Cells = Sequence[object]
ColumnEncoder = Callable[[Cells], list[bytes]]
Frame = Callable[[Any], bytes]

NULL: Final = b"\xff\xff\xff\xff"
BINARY: Final = 1

pack_length = struct.Struct("!i").pack
SHORT: Final = 1024
LENGTHS: Final = tuple(pack_length(length) for length in range(SHORT))
"""The length words of short cells, ready made."""

_BOOLS: Final = {1: b"\0\0\0\1t", 0: b"\0\0\0\1f", None: NULL}
_BOOLS_BINARY: Final = {1: b"\0\0\0\1\1", 0: b"\0\0\0\1\0", None: NULL}
_NULL_TYPE: Final = type(None)
_FRAMES: Final[dict[int, tuple[int, Callable[..., bytes]]]] = {
    oids.INT2: (2, struct.Struct("!ih").pack),
    oids.INT4: (4, struct.Struct("!ii").pack),
    oids.INT8: (8, struct.Struct("!iq").pack),
    oids.FLOAT8: (8, struct.Struct("!id").pack),
}
_EPOCH: Final = datetime(2000, 1, 1)
_DATE_LENGTH: Final = len("YYYY-MM-DD")
_TIME_LENGTH: Final = len("HH:MM:SS")
_TIMESTAMP_LENGTH: Final = len("YYYY-MM-DD HH:MM:SS")
_MICROSECONDS_LENGTH: Final = len("YYYY-MM-DD HH:MM:SS.ffffff")


def framed(data: bytes) -> bytes:
    """A cell with its length in front."""
    size = len(data)
    return (LENGTHS[size] if size < SHORT else pack_length(size)) + data


def column_encoder(column: ColumnFormat, context: CodecContext) -> ColumnEncoder:
    """The encoder of a column, by type, format and settings. Raises what a reader or a codec raises."""
    exact = _exact(column, context)
    fast = _binary(column, context, exact) if column.format == BINARY else _text(column, context, exact)
    return fast or exact


def _exact(column: ColumnFormat, context: CodecContext) -> ColumnEncoder:
    """The way that every cell can take."""
    read = iris.reader(column.type_oid, column.typmod, column.scale)
    if column.format == BINARY:
        encode = codec(column.type_oid).binary.encode
        return lambda cells: [NULL if cell is None else framed(encode(read(cell), context)) for cell in cells]
    write = codec(column.type_oid).text.encode
    to_bytes = text_encoder(context.client_encoding)
    return lambda cells: [NULL if cell is None else framed(to_bytes(write(read(cell), context))) for cell in cells]


def _only(cells: Cells, kind: type) -> bool | None:
    """True when all cells are of that very type, None when some are NULL besides, else False."""
    kinds = set(map(type, cells))
    if kinds == {kind}:
        return True
    return None if kinds <= {kind, _NULL_TYPE} else False


# -- text format --------------------------------------------------------------------------------------------------


def _text(column: ColumnFormat, context: CodecContext, exact: ColumnEncoder) -> ColumnEncoder | None:
    oid = column.type_oid
    if oid == oids.BOOL:
        return _booleans(_BOOLS, exact)
    if oid in _INTEGER_LIMITS:
        return _integers(_INTEGER_LIMITS[oid], exact)
    if oid in (oids.TEXT, oids.VARCHAR, oids.JSON, oids.JSONB, oids.NAME):
        return _strings(text_encoder(context.client_encoding), exact)
    if oid == oids.FLOAT8 and context.extra_float_digits > 0:
        return _floats(exact)
    if oid == oids.NUMERIC:
        return _decimals(_scale(column), exact)
    if context.date_format == ISO:
        return _moments(oid, context, exact)
    return None


def _booleans(table: dict[Any, bytes], exact: ColumnEncoder) -> ColumnEncoder:
    def encode(cells: Cells) -> list[bytes]:
        try:
            return [table[cell] for cell in cells]
        except KeyError:
            return exact(cells)

    return encode


_INTEGER_LIMITS: Final = {oids.INT2: 1 << 15, oids.INT4: 1 << 31, oids.INT8: 1 << 63}


def _integers(limit: int, exact: ColumnEncoder) -> ColumnEncoder:
    def encode(cells: Any) -> list[bytes]:
        only = _only(cells, int)
        if only and min(cells) >= -limit and max(cells) < limit:
            return [LENGTHS[len(text)] + text.encode() for text in map(str, cells)]
        return exact(cells)

    return _past_nulls(encode)


def _past_nulls(encode: Callable[[Any], list[bytes]]) -> ColumnEncoder:
    """Encodes what is not NULL, then puts the NULLs back."""

    def encode_rest(cells: Cells) -> list[bytes]:
        if None not in cells:
            return encode(cells)
        rest = [cell for cell in cells if cell is not None]
        if not rest:
            return [NULL] * len(cells)
        encoded = iter(encode(rest))
        return [NULL if cell is None else next(encoded) for cell in cells]

    return encode_rest


def _strings(to_bytes: Callable[[str], bytes], exact: ColumnEncoder) -> ColumnEncoder:
    def encode(cells: Any) -> list[bytes]:
        if not _only(cells, str):
            return exact(cells)
        return [
            LENGTHS[len(data)] + data if len(data) < SHORT else pack_length(len(data)) + data
            for data in map(to_bytes, cells)
        ]

    return _past_nulls(encode)


def _floats(exact: ColumnEncoder) -> ColumnEncoder:
    def encode(cells: Any) -> list[bytes]:
        if not _only(cells, float):
            return exact(cells)
        encoded = []
        for cell, text in zip(cells, map(repr, cells)):
            if not 1e-4 <= abs(cell) < 9e14:
                text = shortest_float8(cell)
            elif text.endswith(".0"):
                text = text[:-2]
            encoded.append(LENGTHS[len(text)] + text.encode())
        return encoded

    return _past_nulls(encode)


_NO_POINTS: Final = str.maketrans("", "", "-.")


def _plain_numbers(cells: Any) -> list[str] | None:
    """The cells as plain digits; None when one has an exponent, is special or may be minus zero."""
    if not _only(cells, Decimal):
        return None
    texts = list(map(str, cells))
    joined = "".join(texts)
    if "-0" in joined and any(not cell for cell in cells):
        return None
    return texts if joined.translate(_NO_POINTS).isdecimal() else None


def _scale(column: ColumnFormat) -> int:
    """The digits after the point that a numeric column is to have, -1 when unknown."""
    return max(numeric.precision_and_scale(column.typmod)[1], 0) if column.typmod >= 0 else column.scale


def _decimals(scale: int, exact: ColumnEncoder) -> ColumnEncoder:
    zeros = "0" * max(scale, 0)

    def encode(cells: Any) -> list[bytes]:
        texts = _plain_numbers(cells)
        if texts is None:
            return exact(cells)
        if scale >= 0:
            for index, text in enumerate(texts):
                missing = scale - (len(text) - text.find(".") - 1 if "." in text else 0)
                if missing < 0:
                    return exact(cells)
                if missing:
                    texts[index] = (text if "." in text else text + ".") + zeros[:missing]
        return [framed(text.encode()) for text in texts]

    return _past_nulls(encode)


def _decimals_binary(declared: int, exact: ColumnEncoder) -> ColumnEncoder:

    def encode(cells: Any) -> list[bytes]:
        texts = _plain_numbers(cells)
        if texts is None or max(map(len, texts)) > numeric.MAX_INTEGER_TEXT:
            return exact(cells)
        encoded = []
        for text in texts:
            whole, _, fraction = text.partition(".")
            decimals = len(fraction)
            if 0 <= declared < decimals:
                return exact(cells)
            scale = decimals if declared < 0 else declared
            data = numeric.pack_digits(int(whole + fraction), decimals, scale)
            encoded.append(LENGTHS[len(data)] + data)
        return encoded

    return _past_nulls(encode)


def _moments(oid: int, context: CodecContext, exact: ColumnEncoder) -> ColumnEncoder | None:
    """ODBC text of dates and times is PostgreSQL's ISO output but for trailing zeros and the zone."""
    if oid == oids.DATE:
        return _past_nulls(_fixed_text(_DATE_LENGTH, "", exact))
    if oid == oids.TIME:
        return _past_nulls(_fixed_text(_TIME_LENGTH, "", exact))
    if oid == oids.TIMESTAMP:
        return _past_nulls(_fixed_text(_TIMESTAMP_LENGTH, "", exact))
    if oid == oids.TIMESTAMPTZ and isinstance(context.zone, FixedZone) and not context.zone.offset:
        return _past_nulls(_fixed_text(_TIMESTAMP_LENGTH, offset_text(0), exact))
    return None


_SEPARATORS: Final = {
    _DATE_LENGTH: ((4, "-"), (7, "-")),
    _TIME_LENGTH: ((2, ":"), (5, ":")),
    _TIMESTAMP_LENGTH: ((4, "-"), (7, "-"), (10, " "), (13, ":"), (16, ":")),
}
"""Where ODBC text of that length has what between its digits."""
_NO_SEPARATORS: Final = str.maketrans("", "", "-: ")


def _in_form(joined: str, length: int, count: int) -> bool:
    """Whether `count` cells of `length`, joined, are all digits but for the separators at their places."""
    separators = _SEPARATORS[length]
    digits = joined.translate(_NO_SEPARATORS)
    return (
        len(digits) == (length - len(separators)) * count
        and digits.isascii()
        and digits.isdigit()
        and all(joined[place::length] == separator * count for place, separator in separators)
    )


def _fixed_text(length: int, suffix: str, exact: ColumnEncoder) -> Callable[[Any], list[bytes]]:
    plain = LENGTHS[length + len(suffix)]
    ending = suffix.encode()

    def encode(cells: Any) -> list[bytes]:
        if not _only(cells, str):
            return exact(cells)
        count = len(cells)
        if len("".join(cells)) == length * count and max(map(len, cells)) == length:
            if _in_form("".join(cells), length, count):
                return [plain + data + ending for data in map(str.encode, cells)]
            return exact(cells)
        wholes = [cell[:length] for cell in cells]
        if min(map(len, cells)) < length or not _in_form("".join(wholes), length, count):
            return exact(cells)
        encoded = []
        for cell in cells:
            fraction = cell[length + 1 :]
            if len(fraction) > 6 or (len(cell) > length and not (cell[length] == "." and fraction.isdecimal())):
                return exact(cells)
            data = (cell.rstrip("0").rstrip(".") if fraction else cell).encode() + ending
            encoded.append(LENGTHS[len(data)] + data)
        return encoded

    return encode


# -- binary format ------------------------------------------------------------------------------------------------


def _binary(column: ColumnFormat, context: CodecContext, exact: ColumnEncoder) -> ColumnEncoder | None:
    oid = column.type_oid
    if oid == oids.BOOL:
        return _booleans(_BOOLS_BINARY, exact)
    if oid in _FRAMES:
        size, pack = _FRAMES[oid]
        return _past_nulls(_numbers(float if oid == oids.FLOAT8 else int, size, pack, exact))
    if oid == oids.NUMERIC:
        return _decimals_binary(_scale(column), exact)
    if oid in (oids.TEXT, oids.VARCHAR, oids.JSON, oids.NAME):
        return _strings(text_encoder(context.client_encoding), exact)
    if oid in (oids.TIMESTAMP, oids.TIMESTAMPTZ):
        return _past_nulls(_timestamps_binary(exact))
    return None


def _numbers(kind: type, size: int, pack: Callable[..., bytes], exact: ColumnEncoder) -> Callable[[Any], list[bytes]]:
    def encode(cells: Any) -> list[bytes]:
        if _only(cells, kind):
            try:
                return [pack(size, cell) for cell in cells]
            except struct.error:
                pass  # out of range: the exact way says so in PostgreSQL's words
        return exact(cells)

    return encode


def _timestamps_binary(exact: ColumnEncoder) -> Callable[[Any], list[bytes]]:
    pack = struct.Struct("!iq").pack
    parse, epoch, day, second = datetime.fromisoformat, _EPOCH, iris.DAY, iris.SECOND

    def encode(cells: Any) -> list[bytes]:
        if not _only(cells, str) or not set(map(len, cells)) <= {_TIMESTAMP_LENGTH, _MICROSECONDS_LENGTH}:
            return exact(cells)
        if not _in_form("".join([cell[:_TIMESTAMP_LENGTH] for cell in cells]), _TIMESTAMP_LENGTH, len(cells)):
            return exact(cells)
        spans = [parse(cell) - epoch for cell in cells]
        return [pack(8, span.days * day + span.seconds * second + span.microseconds) for span in spans]

    return encode
