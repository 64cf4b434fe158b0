"""What results look like to a client: descriptions of columns, rows that the session makes itself, command tags."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from pgiris.protocol.backend import Field
from pgiris.rows.format import ColumnFormat, OutputSettings, RowFormat
from pgiris.sql.plan import Column, Plan
from pgiris.types import oids
from pgiris.types.catalogue import BY_OID
from pgiris.types.encodings import encode_text

_TYPE_OF: Final = {oids.UNKNOWN: oids.TEXT}
"""PostgreSQL never shows unknown for a result column (pgwire.md 14.1)."""


def fields(columns: Sequence[Column], formats: Sequence[int] = ()) -> tuple[Field, ...]:
    """RowDescription's fields; without `formats` they are all 0, as in the description of a statement."""
    return tuple(
        Field(
            column.name,
            column.table_oid,
            column.attnum,
            _TYPE_OF.get(column.type_oid, column.type_oid),
            BY_OID[column.type_oid].length if column.type_oid in BY_OID else -1,
            column.typmod,
            formats[index] if formats else 0,
        )
        for index, column in enumerate(columns)
    )


def row_format(columns: Sequence[Column], formats: Sequence[int], settings: OutputSettings) -> RowFormat:
    """How the rows of a result are encoded."""
    return RowFormat(
        tuple(
            ColumnFormat(_TYPE_OF.get(column.type_oid, column.type_oid), column.typmod, code, scale=column.scale)
            for column, code in zip(columns, formats or (0,) * len(columns))
        ),
        settings,
    )


def text_rows(rows: Iterable[Sequence[str]], encoding: str) -> tuple[bytes, int]:
    """DataRow messages of text columns (both formats look the same), and their number. Raises PgError 22P05."""
    buffer = bytearray()
    count = 0
    for row in rows:
        at = len(buffer) + 1
        buffer += b"D\0\0\0\0" + len(row).to_bytes(2, "big")
        for cell in row:
            data = encode_text(cell, encoding)
            buffer += len(data).to_bytes(4, "big") + data
        buffer[at : at + 4] = (len(buffer) - at).to_bytes(4, "big")
        count += 1
    return bytes(buffer), count


def command_tag(plan: Plan, rows: int, affected: int) -> str:
    """The command tag: the count is that of the rows sent for what returns rows, else of the rows affected."""
    if not plan.tag_counts:
        return plan.tag
    return f"{plan.tag} {rows if plan.columns is not None else affected}"
