"""The decoder and the encoder that options ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, Protocol

from pgiris.copy.binary import BinaryDecoder, BinaryEncoder
from pgiris.copy.csv import CsvDecoder, CsvEncoder
from pgiris.copy.lines import MAX_ROW
from pgiris.copy.options import CopyOptions, Format
from pgiris.copy.rows import Row
from pgiris.copy.text import TextDecoder, TextEncoder
from pgiris.copy.where import Target


class Decoder(Protocol):
    """Bytes cut anywhere to rows."""

    @property
    def where(self) -> str:
        """The context of an error between rows."""

    def feed(self, data: bytes) -> Iterator[Row]:
        """The rows that `data` complete, lazily: take them all before the next call. Raises PgError 22P04 …"""

    def finish(self) -> Iterator[Row]:
        """The rows that only the end of the data completes."""


class Encoder(Protocol):
    """Rows of encoded fields to bytes; None is NULL."""

    def begin(self) -> bytes:
        """What stands before the first row, in the same message."""

    def header(self, names: Sequence[bytes]) -> bytes:
        """The line of column names."""

    def row(self, fields: Sequence[bytes | None]) -> bytes:
        """One row."""

    def end(self) -> bytes:
        """What stands behind the last row, in a message of its own."""


_DECODERS: Final[Mapping[Format, Callable[[CopyOptions, Target, str, int], Decoder]]] = {
    Format.TEXT: TextDecoder,
    Format.CSV: CsvDecoder,
    Format.BINARY: BinaryDecoder,
}
_ENCODERS: Final[Mapping[Format, Callable[[CopyOptions, Sequence[str]], Encoder]]] = {
    Format.TEXT: TextEncoder,
    Format.CSV: CsvEncoder,
    Format.BINARY: BinaryEncoder,
}


def decoder(options: CopyOptions, target: Target, encoding: str = "UTF8", max_row: int = MAX_ROW) -> Decoder:
    """What reads data in `encoding` (unless the options name one); rows of more than `max_row` bytes are 54000."""
    return _DECODERS[options.format](options, target, options.encoding or encoding, max_row)


def encoder(options: CopyOptions, columns: Sequence[str]) -> Encoder:
    """What writes rows of these columns."""
    return _ENCODERS[options.format](options, columns)
