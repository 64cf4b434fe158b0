"""What the decoders of text and csv share: lines to rows of fields, with the header."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pgiris.copy.lines import MAX_ROW, LineReader
from pgiris.copy.options import CopyOptions, Header
from pgiris.copy.where import Target, bad_file
from pgiris.errors import PgError

TextField = str | None
TextFields = Sequence[TextField]


class Row(NamedTuple):
    """A row: its line (binary: its number), from 1, its text where it has one, and its fields.

    A row with `error` stops there: the error is to be raised once its fields have been read, as PostgreSQL reads a
    row column by column.
    """

    line: int
    source: str | None
    fields: Sequence[str | bytes | None]
    error: PgError | None = None


class LineDecoder(ABC):
    """Bytes of a format of lines to rows of text fields."""

    def __init__(self, options: CopyOptions, target: Target, encoding: str = "UTF8", max_row: int = MAX_ROW) -> None:
        self._options = options
        self._target = target
        self._width = len(target.columns)
        self._reader = LineReader(options, target, encoding, max_row)
        self._awaits_header = options.header is not Header.NO

    @property
    def where(self) -> str:
        """The context of an error between rows."""
        return self._reader.where

    def feed(self, data: bytes) -> Iterator[Row]:
        """The rows that `data` complete, lazily: take them all before the next call. Raises PgError 22P04 …"""
        self._reader.feed(data)
        return self._rows(final=False)

    def finish(self) -> Iterator[Row]:
        """The row that no line end closed, if there is one."""
        return self._rows(final=True)

    def _rows(self, *, final: bool) -> Iterator[Row]:
        width = self._width
        for line, text in self._reader.lines(final=final):
            if self._awaits_header:
                self._awaits_header = False
                if self._options.header is Header.MATCH:
                    self._match(line, text)
                continue
            fields = self._split(line, text)
            if len(fields) > width:
                raise bad_file("extra data after last expected column", self._target.at_line(line, text))
            yield Row(line, text, fields, None if len(fields) == width else self._missing(line, text, len(fields)))
        if final and self._awaits_header and self._options.header is Header.MATCH:
            self._match(1, "")

    def _missing(self, line: int, text: str, count: int) -> PgError:
        where = self._target.at_line(line, text)
        return bad_file(f'missing data for column "{self._target.columns[count]}"', where)

    def _match(self, line: int, text: str) -> None:
        """HEADER MATCH: the names are those of the columns, in their order."""
        names = self._fields(line, text)
        where = self._target.at_line(line, text)
        if len(names) != self._width:
            raise bad_file(f"wrong number of fields in header line: got {len(names)}, expected {self._width}", where)
        for number, (name, column) in enumerate(zip(names, self._target.columns), 1):
            if name is None:
                null = self._options.null
                raise bad_file(
                    f'column name mismatch in header line field {number}: got null value ("{null}"), '
                    f'expected "{column}"',
                    where,
                )
            if name != column:
                raise bad_file(
                    f'column name mismatch in header line field {number}: got "{name}", expected "{column}"', where
                )

    @abstractmethod
    def _fields(self, line: int, text: str) -> TextFields:
        """The fields of a line. Raises PgError 22P04 and 22021."""

    def _split(self, line: int, text: str) -> TextFields:
        """The fields of a row of data; a table without columns has empty lines."""
        return self._fields(line, text) if self._width or text else ()
