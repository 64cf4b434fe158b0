"""The row encoder in Python: rows in ODBC form in, DataRow messages out. The specification of any native twin.

Columns are encoded one after the other, each by a function chosen once for the result (``columns``), and then put
together row by row: a comprehension over a column costs a third of a call for every cell.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Final, cast

from pgiris import sqlstate
from pgiris.errors import PgError
from pgiris.rows import iris
from pgiris.rows.columns import column_encoder
from pgiris.rows.format import OutputSettings, RowFormat
from pgiris.types.context import CodecContext, codec_context

IMPLEMENTATION: Final = "python"

TAG: Final = ord("D")
LENGTH_AND_COUNT: Final = 6
"""Bytes of a DataRow's own length and its number of columns."""

pack_header = cast("Callable[[int, int, int], bytes]", struct.Struct("!BiH").pack)


class RowEncoder:
    """Encodes the rows of one result.

    Raises PgError 22P05 for a character that the client's encoding lacks, 22003 for a number that the column's type
    cannot hold, and XX000 for a cell that is not of the column's type; no message contains row data.
    """

    __slots__ = ("_columns", "_encoders", "_width")

    def __init__(self, row_format: RowFormat) -> None:
        context = context_of(row_format.settings)
        self._columns = row_format.columns
        self._encoders = [column_encoder(column, context) for column in row_format.columns]
        self._width = len(self._encoders)

    def encode(self, rows: Sequence[Sequence[object]]) -> bytes:
        """The rows as DataRow messages, one behind the other."""
        width = self._width
        if any(count != width for count in map(len, rows)):
            raise PgError(sqlstate.INTERNAL_ERROR, f"a row from IRIS does not have {width} columns")
        if not width or not rows:
            return pack_header(TAG, LENGTH_AND_COUNT, 0) * len(rows)
        columns = [self._column(number, cells) for number, cells in enumerate(zip(*rows))]
        parts: list[bytes] = []
        join, append = b"".join, parts.append
        for cells in zip(*columns):
            body = join(cells)
            append(pack_header(TAG, len(body) + LENGTH_AND_COUNT, width))
            append(body)
        return join(parts)

    def _column(self, index: int, cells: Sequence[object]) -> Sequence[bytes]:
        try:
            return self._encoders[index](cells)
        except (*iris.UNREADABLE, struct.error):
            raise iris.unreadable(self._columns[index].type_oid, index + 1) from None
        except PgError as error:
            raise _told(error, self._columns[index].type_oid, index + 1) from None


def _told(error: PgError, type_oid: int, column: int) -> PgError:
    """Characters without equivalent are named byte by byte, as PostgreSQL names them."""
    if error.sqlstate == sqlstate.UNTRANSLATABLE_CHARACTER:
        return error
    return iris.told(error, type_oid, column)


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
