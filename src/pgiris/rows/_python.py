"""The row encoder in Python: rows in ODBC form in, DataRow messages out. The specification of any native twin.

Columns are encoded one after the other, each by a function chosen once for the result, and then put together row by
row: a comprehension over a column costs a third of a call for every cell. A cell is encoded with its length in front.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Final, cast

from pgiris import sqlstate
from pgiris.errors import PgError
from pgiris.rows import iris
from pgiris.rows.format import ColumnFormat, OutputSettings, RowFormat
from pgiris.types import oids
from pgiris.types.context import ISO, CodecContext, codec_context
from pgiris.types.encodings import text_encoder
from pgiris.types.floats import shortest_float8
from pgiris.types.registry import encode
from pgiris.types.timezones import UTC

Cells = Sequence[object]
ColumnEncoder = Callable[[Cells], list[bytes]]

IMPLEMENTATION: Final = "python"

NULL: Final = b"\xff\xff\xff\xff"
BINARY: Final = 1
TAG: Final = ord("D")

pack_length = cast("Callable[[int], bytes]", struct.Struct("!i").pack)
pack_header = cast("Callable[[int, int, int], bytes]", struct.Struct("!BiH").pack)
_PACKERS: Final[dict[int, tuple[int, Callable[..., bytes]]]] = {
    oids.INT2: (2, struct.Struct("!ih").pack),
    oids.INT4: (4, struct.Struct("!ii").pack),
    oids.INT8: (8, struct.Struct("!iq").pack),
    oids.OID: (4, struct.Struct("!iI").pack),
    oids.FLOAT4: (4, struct.Struct("!if").pack),
    oids.FLOAT8: (8, struct.Struct("!id").pack),
    oids.DATE: (4, struct.Struct("!ii").pack),
    oids.TIME: (8, struct.Struct("!iq").pack),
    oids.TIMESTAMP: (8, struct.Struct("!iq").pack),
    oids.TIMESTAMPTZ: (8, struct.Struct("!iq").pack),
}

SHORT: Final = 1024
LENGTHS: Final = tuple(pack_length(length) for length in range(SHORT))
"""The length words of short cells, ready made."""

TRUE: Final = b"\x00\x00\x00\x01t"
FALSE: Final = b"\x00\x00\x00\x01f"
TRUE_BINARY: Final = b"\x00\x00\x00\x01\x01"
FALSE_BINARY: Final = b"\x00\x00\x00\x01\x00"


def framed(data: bytes) -> bytes:
    """A cell with its length in front."""
    size = len(data)
    return (LENGTHS[size] if size < SHORT else pack_length(size)) + data


class RowEncoder:
    """Encodes the rows of one result.

    Raises PgError 22P05 for a character that the client's encoding lacks, 22003 for a number that the column's type
    cannot hold, and XX000 for a cell that is not of the column's type.
    """

    __slots__ = ("_encoders", "_width")

    def __init__(self, row_format: RowFormat) -> None:
        context = context_of(row_format.settings)
        self._encoders = [column_encoder(column, context) for column in row_format.columns]
        self._width = len(self._encoders)

    def encode(self, rows: Sequence[Sequence[object]]) -> bytes:
        """The rows as DataRow messages, one behind the other."""
        if not rows:
            return b""
        width = self._width
        if any(len(row) != width for row in rows):
            raise PgError(sqlstate.INTERNAL_ERROR, f"a row from IRIS has not {width} columns")
        if not width:
            return pack_header(TAG, 6, 0) * len(rows)
        columns: list[list[bytes]] = []
        for number, (encoder, cells) in enumerate(zip(self._encoders, zip(*rows)), 1):
            try:
                columns.append(encoder(cells))
            except PgError:
                raise
            except (ValueError, TypeError, ArithmeticError, struct.error, AttributeError) as error:
                raise PgError(sqlstate.INTERNAL_ERROR, f"column {number} from IRIS is not of its type") from error
        parts: list[bytes] = []
        append = parts.append
        for cells in zip(*columns):
            body = b"".join(cast("tuple[bytes, ...]", cells))
            append(pack_header(TAG, len(body) + 6, width))
            append(body)
        return b"".join(parts)


def context_of(settings: OutputSettings) -> CodecContext:
    """What the codecs need of the settings."""
    return codec_context(
        settings.date_style,
        settings.interval_style,
        settings.time_zone,
        settings.bytea_output,
        settings.extra_float_digits,
        settings.client_encoding,
    )


def column_encoder(column: ColumnFormat, context: CodecContext) -> ColumnEncoder:
    """The function that encodes a column, by type, format and settings."""
    fast = _binary(column) if column.format == BINARY else _text(column, context)
    if fast is not None:
        return fast
    read = iris.reader(column.type_oid, column.typmod)
    oid, code = column.type_oid, column.format
    return lambda cells: [NULL if cell is None else framed(encode(oid, code, read(cell), context)) for cell in cells]


def _binary(column: ColumnFormat) -> ColumnEncoder | None:
    oid = column.type_oid
    if oid == oids.BOOL:
        return lambda cells: [
            NULL if cell is None else TRUE_BINARY if iris.read_bool(cell) else FALSE_BINARY for cell in cells
        ]
    fixed = _PACKERS.get(oid)
    if fixed is None:
        return None
    size, pack = fixed
    read = iris.reader(oid, column.typmod)

    def encode_fixed(cells: Cells) -> list[bytes]:
        try:
            return [NULL if cell is None else pack(size, read(cell)) for cell in cells]
        except struct.error as error:
            raise PgError(sqlstate.NUMERIC_VALUE_OUT_OF_RANGE, f"{_name(oid)} out of range") from error

    return encode_fixed


def _name(oid: int) -> str:
    info = iris.BY_OID.get(oid)
    return info.formatted if info else "value"


def _text(column: ColumnFormat, context: CodecContext) -> ColumnEncoder | None:
    oid = column.type_oid
    if oid == oids.BOOL:
        return lambda cells: [NULL if cell is None else TRUE if iris.read_bool(cell) else FALSE for cell in cells]
    if oid in _INTEGER_BITS:
        return _integers(oid)
    if oid in (oids.TEXT, oids.VARCHAR, oids.JSON, oids.JSONB, oids.NAME):
        return _strings(text_encoder(context.client_encoding))
    if oid == oids.FLOAT8 and context.extra_float_digits > 0:
        return lambda cells: [
            NULL if cell is None else framed(shortest_float8(float(cell)).encode())  # type: ignore[arg-type]
            for cell in cells
        ]
    if oid == oids.NUMERIC:
        read = iris.decimal_reader(column.typmod)
        return lambda cells: [NULL if cell is None else framed(_digits(read(cell)).encode()) for cell in cells]
    if context.date_format == ISO:
        return _iso(oid, context)
    return None


_INTEGER_BITS: Final = {oids.INT2: 15, oids.INT4: 31, oids.INT8: 63}


def _integers(oid: int) -> ColumnEncoder:
    high = 1 << _INTEGER_BITS[oid]
    read = iris.read_integer

    def encode_integers(cells: Cells) -> list[bytes]:
        encoded = []
        for cell in cells:
            if cell is None:
                encoded.append(NULL)
                continue
            number = cell if type(cell) is int else read(cell)
            if not -high <= number < high:
                raise PgError(sqlstate.NUMERIC_VALUE_OUT_OF_RANGE, f"{_name(oid)} out of range")
            digits = b"%d" % number
            encoded.append(LENGTHS[len(digits)] + digits)
        return encoded

    return encode_integers


def _strings(to_bytes: Callable[[str], bytes]) -> ColumnEncoder:
    def encode_strings(cells: Cells) -> list[bytes]:
        return [NULL if cell is None else framed(to_bytes(cell if type(cell) is str else str(cell))) for cell in cells]

    return encode_strings


def _digits(value: iris.Decimal) -> str:
    return format(value, "f") if value.is_finite() else iris.numeric.to_text(value)


def _iso(oid: int, context: CodecContext) -> ColumnEncoder | None:
    """ODBC text of dates and times is PostgreSQL's ISO output but for trailing zeros and the zone."""
    if oid == oids.DATE:
        return lambda cells: [
            NULL
            if cell is None
            else framed(cell.encode())
            if type(cell) is str and len(cell) == len("YYYY-MM-DD")
            else framed(encode(oid, 0, iris.read_date(cell), context))
            for cell in cells
        ]
    suffix = b"+00" if oid == oids.TIMESTAMPTZ else b""
    if oid in (oids.TIME, oids.TIMESTAMP) or (oid == oids.TIMESTAMPTZ and context.zone is UTC):
        width = len("HH:MM:SS") if oid == oids.TIME else len("YYYY-MM-DD HH:MM:SS")
        read = iris.reader(oid, -1)

        def moments(cells: Cells) -> list[bytes]:
            return [
                NULL
                if cell is None
                else framed((cell.rstrip("0") if len(cell) > width + 1 else cell).rstrip(".").encode() + suffix)
                if type(cell) is str and len(cell) >= width
                else framed(encode(oid, 0, read(cell), context))
                for cell in cells
            ]

        return moments
    return None
