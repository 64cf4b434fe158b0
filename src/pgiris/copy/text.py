"""The text format: delimited fields with backslash escapes. Source: manual, COPY, Text Format."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from pgiris.copy.lines import MAX_ROW
from pgiris.copy.options import CopyOptions
from pgiris.copy.rows import LineDecoder, TextField, TextFields
from pgiris.copy.where import Target
from pgiris.errors import PgError
from pgiris.types.encodings import decode_text

_ESCAPE_SEQUENCE: Final = r"\\(?:[0-7]{1,3}|x[0-9A-Fa-f]{1,2}|.|$)"
_ESCAPED: Final = re.compile(_ESCAPE_SEQUENCE.encode(), re.DOTALL)
_MEANINGS: Final[Mapping[bytes, bytes]] = {
    b"b": b"\b",
    b"f": b"\f",
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
    b"v": b"\v",
}
_OCTAL: Final = b"01234567"


def _meaning(found: re.Match[bytes]) -> bytes:
    """The byte that an escape stands for; a backslash before nothing is nothing."""
    code = found[0][1:]
    if code[:1] in _MEANINGS:
        return _MEANINGS[code[:1]]
    if code and code[0] in _OCTAL:
        return bytes((int(code, 8) & 0xFF,))
    if len(code) > 1 and code[:1] == b"x":
        return bytes((int(code[1:], 16),))
    return code


class TextDecoder(LineDecoder):
    """Text format to rows."""

    def __init__(self, options: CopyOptions, target: Target, encoding: str = "UTF8", max_row: int = MAX_ROW) -> None:
        super().__init__(options, target, encoding, max_row)
        self._tokens = re.compile(f"{re.escape(options.delimiter)}|{_ESCAPE_SEQUENCE}", re.DOTALL)

    def _fields(self, line: int, text: str) -> TextFields:
        delimiter, null = self._options.delimiter, self._options.null
        if "\\" not in text:
            return [None if field == null else field for field in text.split(delimiter)]
        fields: list[TextField] = []
        for field in self._raw(text, delimiter):
            if field == null:
                fields.append(None)
            else:
                fields.append(self._unescaped(line, text, field) if "\\" in field else field)
        return fields

    def _raw(self, text: str, delimiter: str) -> list[str]:
        """The fields as written. A delimiter behind a backslash belongs to the field."""
        fields = []
        start = 0
        for token in self._tokens.finditer(text):
            if token[0] == delimiter:
                fields.append(text[start : token.start()])
                start = token.end()
        fields.append(text[start:])
        return fields

    def _unescaped(self, line: int, text: str, field: str) -> str:
        """What a field means. Escapes may make bytes that are no characters (22021)."""
        try:
            return decode_text(_ESCAPED.sub(_meaning, field.encode()), "UTF8")
        except PgError as error:
            error.where = self._target.at_line(line, text)
            raise


class TextEncoder:
    """Rows to text format: one line a row."""

    def __init__(self, options: CopyOptions, columns: Sequence[str]) -> None:
        self._delimiter = options.delimiter.encode()
        self._null = options.null.encode()
        self._escapes = bytes.maketrans(b"\b\f\n\r\t\v", b"bfnrtv")
        self._special = re.compile(b"[\b\f\n\r\t\v\\\\" + re.escape(self._delimiter) + b"]")

    def begin(self) -> bytes:
        """What stands before the first row."""
        return b""

    def header(self, names: Sequence[bytes]) -> bytes:
        """The line of column names."""
        return self.row(list(names))

    def row(self, fields: Sequence[bytes | None]) -> bytes:
        """A row of fields in the output's encoding (in which ASCII is ASCII)."""
        null, special = self._null, self._special
        return (
            self._delimiter.join(
                [
                    null if field is None else special.sub(self._escaped, field) if special.search(field) else field
                    for field in fields
                ]
            )
            + b"\n"
        )

    def end(self) -> bytes:
        """What stands behind the last row."""
        return b""

    def _escaped(self, found: re.Match[bytes]) -> bytes:
        return b"\\" + found[0].translate(self._escapes)
