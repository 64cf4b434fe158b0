"""Lines of COPY data: bytes come in cut anywhere, whole lines come out.

PostgreSQL's rules (manual, COPY, File Formats): the first line end decides which one the data have; in text format a
backslash hides the line end behind it; in csv a quoted field may hold line ends. ``\\.`` ends the data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pgiris.copy.options import CopyOptions, Format
from pgiris.copy.where import Target, bad_file, too_long
from pgiris.errors import PgError
from pgiris.types.encodings import PYTHON_CODEC, decode_text

MAX_ROW: Final = 64 * 1024 * 1024
"""Bytes of a row that are kept at most."""

NEWLINE: Final = b"\n"
RETURN: Final = b"\r"
BOTH: Final = b"\r\n"

_NL: Final = 0x0A
_CR: Final = 0x0D
_BACKSLASH: Final = 0x5C
_MARKER: Final = b"\\."
_LOOK_AHEAD: Final = len(b"\\.\r\n")
"""So many bytes tell whether a backslash begins the end marker."""

Line = tuple[int, str]
"""The number of a line's last line of data, from 1, and its text without the line end."""


class LineReader:
    """Splits data into lines. `options` say the format; `target` and `encoding` are for errors and conversion."""

    def __init__(self, options: CopyOptions, target: Target, encoding: str = "UTF8", max_row: int = MAX_ROW) -> None:
        self._csv = options.format is Format.CSV
        self._target = target
        self._encoding = encoding
        self._converts = PYTHON_CODEC[encoding] != "utf-8"
        self._max_row = max_row
        self._quote = ord(options.quote) if self._csv else -1
        self._escape = ord(options.escape) if self._csv and options.escape != options.quote else -1
        special = "\\\r\n" + (options.quote + options.escape if self._csv else "")
        self._special = re.compile(b"[" + re.escape(special.encode()) + b"]")
        self._slow = (RETURN, b"\n\\.", options.quote.encode()) if self._csv else (RETURN, _MARKER, b"\\\n")
        self._buffer = bytearray()
        self._scan = 0
        self._quoted = False
        self._escaped = -1
        self._end_of_line = b""
        self._complete = 0
        self._fresh = False
        self.ended = False
        """The end marker has been read: what comes behind it does not count."""

    @property
    def line(self) -> int:
        """The number of the line that is being read, from 1."""
        return self._complete + 1

    @property
    def where(self) -> str:
        """The context of an error in the line that is being read."""
        return self._target.at_line(self.line)

    def feed(self, data: bytes) -> None:
        """Take bytes. Raises PgError 22P05 for bytes that the encoding does not have."""
        if self.ended:
            return
        if self._converts:
            try:
                data = decode_text(data, self._encoding).encode()
            except PgError as error:
                error.where = self.where
                raise
        self._buffer += data
        self._fresh = True

    def lines(self, *, final: bool = False) -> Iterator[Line]:
        """The lines that are there; with `final` the last one needs no line end. Raises PgError 22P04, 22021, 54000."""
        while not self.ended:
            yield from self._plain_lines()
            line = self._next(final)
            if line is None:
                if len(self._buffer) > self._max_row:
                    raise too_long(self._max_row, self.where)
                return
            yield self._complete, self._decoded(line)

    def _decoded(self, line: bytes) -> str:
        try:
            return decode_text(line, "UTF8")
        except PgError as error:
            error.where = self._target.at_line(self._complete)
            raise

    def _plain_lines(self) -> Iterator[Line]:
        """The fast way, once for what has been fed: whole lines without anything special, split at once."""
        fresh, self._fresh = self._fresh, False
        if not fresh or self._scan or self._end_of_line not in (b"", NEWLINE):
            return
        buffer = self._buffer
        end = buffer.rfind(NEWLINE)
        if not 0 <= end <= self._max_row:
            return
        chunk = bytes(memoryview(buffer)[: end + 1])
        if any(special in chunk for special in self._slow) or chunk.startswith(_MARKER):
            return
        try:
            text = decode_text(chunk, "UTF8")
        except PgError:
            return  # line by line, to tell which
        del buffer[: end + 1]
        self._end_of_line = NEWLINE
        for part in text[:-1].split("\n"):
            self._complete += 1
            yield self._complete, part

    # -- one line ------------------------------------------------------------------------------------------------

    def _next(self, final: bool) -> bytes | None:
        """The next line, or None when it is not there yet; at the end, when there is none."""
        buffer = self._buffer
        while True:
            found = self._special.search(buffer, self._scan)
            if found is None:
                self._scan = len(buffer)
                return self._last() if final else None
            at = found.start()
            byte = buffer[at]
            if byte in (_CR, _BACKSLASH) and not final and len(buffer) - at < _LOOK_AHEAD:
                self._scan = at
                return None
            if self._csv:
                self._count_quotes(at, byte)
            self._scan = at + 1
            if self._quoted:
                if byte == (_NL if self._end_of_line == NEWLINE else _CR):
                    self._complete += 1
                continue
            if byte in (_CR, _NL):
                return self._ended_by(at, byte)
            if byte == _BACKSLASH and (at == 0 or not self._csv):
                line = self._backslash(at, final)
                if line is not None or self.ended:
                    return line

    def _last(self) -> bytes | None:
        """What is left at the end of the data is a line, unless it is nothing."""
        if not self._buffer:
            return None
        return self._take(len(self._buffer), 0)

    def _take(self, length: int, line_end: int) -> bytes:
        line = bytes(memoryview(self._buffer)[:length])
        if length > self._max_row:
            raise too_long(self._max_row, self.where)
        del self._buffer[: length + line_end]
        self._scan = 0
        self._escaped = -1
        self._quoted = False
        self._complete += 1
        return line

    def _count_quotes(self, at: int, byte: int) -> None:
        escaped = self._escaped == at
        if self._quoted and byte == self._escape:
            escaped = not escaped
        if byte == self._quote and not escaped:
            self._quoted = not self._quoted
        self._escaped = at + 1 if escaped and byte == self._escape else -1

    def _ended_by(self, at: int, byte: int) -> bytes:
        """The line that ends here. Raises PgError when earlier lines ended otherwise."""
        if byte == _NL:
            if self._end_of_line not in (b"", NEWLINE):
                raise self._stray("newline", "\\n")
            self._end_of_line = NEWLINE
            return self._take(at, 1)
        if self._end_of_line == NEWLINE:
            raise self._stray("carriage return", "\\r")
        if self._end_of_line != RETURN and self._buffer[at + 1 : at + 2] == NEWLINE:
            self._end_of_line = BOTH
            return self._take(at, 2)
        if self._end_of_line == BOTH:
            raise self._stray("carriage return", "\\r")
        self._end_of_line = RETURN
        return self._take(at, 1)

    def _stray(self, name: str, escape: str) -> PgError:
        if self._csv:
            hint = f"Use quoted CSV field to represent {name}."
            return bad_file(f"unquoted {name} found in data", self.where, hint)
        return bad_file(f"literal {name} found in data", self.where, f'Use "{escape}" to represent {name}.')

    def _backslash(self, at: int, final: bool) -> bytes | None:
        """What stands behind a backslash: hidden from the search for line ends, or the end marker."""
        tail = bytes(self._buffer[at + 1 : at + _LOOK_AHEAD])
        if tail[:1] != b".":
            if not self._csv:
                self._scan = at + 2
            return None
        rest = tail[1:]
        if self._end_of_line == BOTH and rest[:1] == RETURN:
            rest = rest[1:]
        elif self._end_of_line == BOTH:
            self._refuse_marker(mismatch=rest[:1] == NEWLINE)
            return None
        if rest[:1] not in (NEWLINE, RETURN):
            self._refuse_marker(mismatch=False)
            return None
        if self._end_of_line and rest[:1] != self._end_of_line[-1:]:
            raise bad_file("end-of-copy marker does not match previous newline style", self.where)
        self.ended = True
        line = self._take(at, 0) if at else None
        self._buffer.clear()
        return line

    def _refuse_marker(self, *, mismatch: bool) -> None:
        """In csv it is data, in text it is wrong."""
        if self._csv:
            return
        how = "does not match previous newline style" if mismatch else "corrupt"
        raise bad_file(f"end-of-copy marker {how}", self.where)
