"""The csv format. Source: manual, COPY, CSV Format."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pgiris.copy.lines import MAX_ROW
from pgiris.copy.options import ALL, CopyOptions
from pgiris.copy.rows import LineDecoder, TextField, TextFields
from pgiris.copy.where import Target, bad_file


class CsvDecoder(LineDecoder):
    """Csv to rows. The unquoted null string is NULL, unless FORCE_NOT_NULL; the quoted one with FORCE_NULL too."""

    def __init__(self, options: CopyOptions, target: Target, encoding: str = "UTF8", max_row: int = MAX_ROW) -> None:
        super().__init__(options, target, encoding, max_row)
        self._not_null = [n for n, name in enumerate(target.columns) if name in options.force_not_null]
        self._force_null = [n for n, name in enumerate(target.columns) if name in options.force_null]
        self._outside = re.compile(f"[{re.escape(options.delimiter + options.quote)}]")
        self._inside = re.compile(f"[{re.escape(options.quote + options.escape)}]")

    def _fields(self, line: int, text: str) -> TextFields:
        delimiter, null = self._options.delimiter, self._options.null
        if self._options.quote not in text:
            return [None if field == null else field for field in text.split(delimiter)]
        fields: list[TextField] = []
        at = 0
        while True:
            field, quoted, at = self._field(line, text, at)
            fields.append(None if field == null and not quoted else field)
            if at >= len(text):
                return fields
            at += 1
            if at == len(text):
                fields.append(None if not null else "")
                return fields

    def _field(self, line: int, text: str, at: int) -> tuple[str, bool, int]:
        """The field that begins at `at`: its value, whether any of it was quoted, and where its delimiter is."""
        pieces: list[str] = []
        quoted = False
        while True:
            found = self._outside.search(text, at)
            if found is None or found[0] == self._options.delimiter:
                end = found.start() if found else len(text)
                pieces.append(text[at:end])
                return "".join(pieces), quoted, end
            pieces.append(text[at : found.start()])
            quoted = True
            at = self._quoted(line, text, found.end(), pieces)

    def _quoted(self, line: int, text: str, at: int, pieces: list[str]) -> int:
        """Read to the closing quote; where it goes on behind it."""
        quote, escape = self._options.quote, self._options.escape
        while True:
            found = self._inside.search(text, at)
            if found is None:
                raise bad_file("unterminated CSV quoted field", self._target.at_line(line, text))
            stop = found.start()
            pieces.append(text[at:stop])
            following = text[stop + 1 : stop + 2]
            if found[0] == escape and following and following in (quote, escape):
                pieces.append(following)
                at = stop + 2
            elif found[0] == quote:
                return stop + 1
            else:
                pieces.append(found[0])
                at = stop + 1

    def _split(self, line: int, text: str) -> TextFields:
        fields = super()._split(line, text)
        if not (self._not_null or self._force_null) or len(fields) > self._width:
            return fields
        forced = list(fields)
        null = self._options.null
        for column in self._not_null:
            if column < len(forced) and forced[column] is None:
                forced[column] = null
        for column in self._force_null:
            # What FORCE_NOT_NULL has made a value stays one.
            if column < len(fields) and fields[column] == null:
                forced[column] = None
        return forced


class CsvEncoder:
    """Rows to csv: one record a row."""

    def __init__(self, options: CopyOptions, columns: Sequence[str]) -> None:
        self._delimiter = options.delimiter.encode()
        self._null = options.null.encode()
        self._quote = options.quote.encode()
        self._single = len(columns) == 1
        every = options.force_quote == (ALL,)
        self._forced = [every or name in options.force_quote for name in columns]
        escape = options.escape.encode()
        self._needs = re.compile(b"[\r\n" + re.escape(self._delimiter + self._quote) + b"]")
        self._escaped = re.compile(b"[" + re.escape(self._quote + escape) + b"]")
        self._replacement = escape.replace(b"\\", b"\\\\") + b"\\g<0>"

    def begin(self) -> bytes:
        """What stands before the first row."""
        return b""

    def header(self, names: Sequence[bytes]) -> bytes:
        """The line of column names: FORCE_QUOTE does not touch it."""
        return self._delimiter.join([self._field(name, False) for name in names]) + b"\n"

    def row(self, fields: Sequence[bytes | None]) -> bytes:
        """A row of fields in the output's encoding (in which ASCII is ASCII). NULL is never quoted."""
        null = self._null
        return (
            self._delimiter.join(
                [null if field is None else self._field(field, force) for field, force in zip(fields, self._forced)]
            )
            + b"\n"
        )

    def end(self) -> bytes:
        """What stands behind the last row."""
        return b""

    def _field(self, field: bytes, force: bool) -> bytes:
        if not (force or field == self._null or self._needs.search(field) or (self._single and field == b"\\.")):
            return field
        return self._quote + self._escaped.sub(self._replacement, field) + self._quote
