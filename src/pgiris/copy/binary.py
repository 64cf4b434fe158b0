"""The binary format: a header, rows of counted fields, a trailer. Source: manual, COPY, Binary Format."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Final

from pgiris.copy.lines import MAX_ROW
from pgiris.copy.options import CopyOptions
from pgiris.copy.rows import Row
from pgiris.copy.where import Target, bad_file, too_long
from pgiris.errors import PgError

SIGNATURE: Final = b"PGCOPY\n\xff\r\n\0"
HEADER: Final = SIGNATURE + bytes(8)
TRAILER: Final = b"\xff\xff"

_INT16: Final = struct.Struct("!h")
_INT32: Final = struct.Struct("!i")
_OIDS: Final = 1 << 16
_CRITICAL: Final = 16
"""Flags from this bit on must be understood."""
_HEADER_LENGTH: Final = len(HEADER)


class BinaryDecoder:
    """Binary format to rows of byte fields."""

    def __init__(self, options: CopyOptions, target: Target, encoding: str = "UTF8", max_row: int = MAX_ROW) -> None:
        self._target = target
        self._width = len(target.columns)
        self._max_row = max_row
        self._buffer = bytearray()
        self._header_read = False
        self._extension = 0
        self._rows_read = 0

    @property
    def where(self) -> str:
        """The context of an error between rows."""
        return self._target.at_line(self._rows_read + 1)

    def feed(self, data: bytes) -> Iterator[Row]:
        """The rows that `data` complete, lazily: take them all before the next call. Raises PgError 22P04 …"""
        self._buffer += data
        return self._rows()

    def finish(self) -> Iterator[Row]:
        """No row is left; raises PgError 22P04 when the data stop in one. A missing trailer is forgiven."""
        yield from self._rows()
        if not self._header_read:
            raise self._short_header()
        if self._extension:
            raise bad_file("invalid COPY file header (wrong length)")
        if len(self._buffer) >= _INT16.size and self._buffer != TRAILER:
            raise self._short_row()

    def _short_header(self) -> PgError:
        have = len(self._buffer)
        if have < len(SIGNATURE):
            return bad_file("COPY file signature not recognized")
        missing = "flags" if have < len(SIGNATURE) + _INT32.size else "length"
        return bad_file(f"invalid COPY file header (missing {missing})")

    def _short_row(self) -> PgError:
        """The row stops early; its field is known."""
        at = _INT16.size
        number = 0
        while len(self._buffer) >= at + _INT32.size:
            size = _INT32.unpack_from(self._buffer, at)[0]
            if at + _INT32.size + max(size, 0) > len(self._buffer):
                break
            at += _INT32.size + max(size, 0)
            number += 1
        column = self._target.columns[min(number, self._width - 1)]
        return bad_file("unexpected EOF in COPY data", self._target.at_column(self._rows_read + 1, column, b""))

    def _rows(self) -> Iterator[Row]:
        if not self._header_read and not self._header():
            return
        if self._extension:
            skipped = min(self._extension, len(self._buffer))
            del self._buffer[:skipped]
            self._extension -= skipped
        buffer = self._buffer
        start = 0
        try:
            while not self._extension and len(buffer) - start >= _INT16.size:
                row = self._row(start)
                if row is None:
                    break
                start, fields = row
                self._rows_read += 1
                yield Row(self._rows_read, None, fields)
        finally:
            del buffer[:start]
        if len(buffer) > self._max_row:
            raise too_long(self._max_row, self.where)

    def _header(self) -> bool:
        """Read the header once it is there; false before."""
        buffer = self._buffer
        if not SIGNATURE.startswith(buffer[: len(SIGNATURE)]):
            raise bad_file("COPY file signature not recognized")
        if len(buffer) < _HEADER_LENGTH:
            return False
        flags, extension = struct.unpack_from("!Ii", buffer, len(SIGNATURE))
        if flags & _OIDS:
            raise bad_file("invalid COPY file header (WITH OIDS)")
        if flags >> _CRITICAL:
            raise bad_file("unrecognized critical flags in COPY file header")
        if extension < 0:
            raise bad_file("invalid COPY file header (missing length)")
        del buffer[:_HEADER_LENGTH]
        self._extension = extension
        self._header_read = True
        return True

    def _row(self, at: int) -> tuple[int, list[bytes | None]] | None:
        """The row that begins at `at` and where it ends; None when it is not there whole."""
        buffer = self._buffer
        line = self._rows_read + 1
        count = _INT16.unpack_from(buffer, at)[0]
        at += _INT16.size
        if count == -1:
            if len(buffer) > at:
                raise bad_file("received copy data after EOF marker", self._target.at_line(line))
            return None
        if count != self._width:
            raise bad_file(f"row field count is {count}, expected {self._width}", self._target.at_line(line))
        fields: list[bytes | None] = []
        for column in self._target.columns:
            if len(buffer) < at + _INT32.size:
                return None
            size = _INT32.unpack_from(buffer, at)[0]
            at += _INT32.size
            if size == -1:
                fields.append(None)
                continue
            if size < 0:
                raise bad_file("invalid field size", self._target.at_column(line, column, b""))
            if size > self._max_row:
                raise too_long(self._max_row, self._target.at_column(line, column, b""))
            if len(buffer) < at + size:
                return None
            fields.append(bytes(memoryview(buffer)[at : at + size]))
            at += size
        return at, fields


class BinaryEncoder:
    """Rows to binary format. The header comes with the first row, as PostgreSQL sends it."""

    def __init__(self, options: CopyOptions, columns: Sequence[str]) -> None:
        self._count = _INT16.pack(len(columns))

    def begin(self) -> bytes:
        """What stands before the first row."""
        return HEADER

    def header(self, names: Sequence[bytes]) -> bytes:
        """There is no line of names."""
        return b""

    def row(self, fields: Sequence[bytes | None]) -> bytes:
        """A row of fields in their types' binary form."""
        pieces = [self._count]
        for field in fields:
            pieces.append(_INT32.pack(-1) if field is None else _INT32.pack(len(field)) + field)
        return b"".join(pieces)

    def end(self) -> bytes:
        """What stands behind the last row."""
        return TRAILER
