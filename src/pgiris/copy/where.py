"""Where in the data an error is, in PostgreSQL's words, and the errors about the data's form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pgiris import sqlstate
from pgiris.errors import PgError

LONGEST_SHOWN: Final = 100
"""Bytes of a line or a value that an error shows, as in PostgreSQL."""


@dataclass(frozen=True, slots=True)
class Target:
    """What rows are copied into: the relation's name without its schema, and the columns in the data's order."""

    relation: str
    columns: tuple[str, ...]

    def at_line(self, line: int, source: str | None = None) -> str:
        """The context of an error in a line, counted from 1; `source` is its text, when it was read whole."""
        place = f"COPY {self.relation}, line {line}"
        return place if source is None else f'{place}: "{shown(source)}"'

    def at_column(self, line: int, column: str, value: str | bytes | None) -> str:
        """The context of an error in a value; bytes are not shown."""
        place = f"COPY {self.relation}, line {line}, column {column}"
        if isinstance(value, bytes):
            return place
        return f"{place}: null input" if value is None else f'{place}: "{shown(value)}"'


def shown(text: str) -> str:
    """At most 100 bytes of a text, and three dots for the rest."""
    data = text.encode("utf-8", "surrogatepass")
    if len(data) <= LONGEST_SHOWN:
        return text
    return data[:LONGEST_SHOWN].decode("utf-8", "ignore") + "..."


def bad_file(message: str, where: str | None = None, hint: str | None = None) -> PgError:
    """22P04: the data are not in the format."""
    return PgError(sqlstate.BAD_COPY_FILE_FORMAT, message, where=where, hint=hint)


def too_long(limit: int, where: str) -> PgError:
    """54000: a row is longer than is kept in memory."""
    message = f"a row of COPY data is longer than {limit} bytes"
    return PgError(sqlstate.PROGRAM_LIMIT_EXCEEDED, message, where=where)
