"""An IRIS process at work: one adaptor, its open results by number, and rows turned into bounded blocks.

This is the inside of a backend. It is synchronous and free of asyncio, so that the same code runs in a thread of the
gateway (``threads``) and in a worker process. It serves one caller at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from pgiris.backend.api import (
    Adaptor,
    AdaptorCursor,
    Block,
    Description,
    Executed,
    Row,
    Value,
)
from pgiris.rows.format import RowFormat

BLOCK_BYTES: Final = 64 * 1024
"""A block of encoded rows is sent off when it has reached this size, in bytes."""

BLOCK_ROWS: Final = 1000
"""A block of plain values holds at most so many rows."""

FIRST_ROWS: Final = 32
"""Rows asked for before it is known how wide they are; a wide row makes the next request smaller."""

MOST_ROWS: Final = 4096
"""Rows asked for at once at most, however narrow they are."""


class RowEncoder(Protocol):
    """What ``pgiris.rows`` offers: rows in ODBC form in, DataRow messages out. Raises PgError."""

    def encode(self, rows: Sequence[Row]) -> bytes: ...


EncoderFactory = Callable[[RowFormat], RowEncoder]


class OpenResult:
    """A result that still has rows, and how they are to be handed out."""

    __slots__ = ("cursor", "encoder", "next_rows")

    def __init__(self, cursor: AdaptorCursor, encoder: RowEncoder | None) -> None:
        self.cursor = cursor
        self.encoder = encoder
        self.next_rows = FIRST_ROWS

    def block(self, max_rows: int) -> Block:
        """The next block, at most `max_rows` rows (0: as many as fit). Raises IrisError, PgError."""
        if self.encoder is None:
            return self._values(max_rows)
        return self._encoded(self.encoder, max_rows)

    def _values(self, max_rows: int) -> Block:
        wanted = min(max_rows, BLOCK_ROWS) if max_rows else BLOCK_ROWS
        rows = self.cursor.fetch(wanted)
        return Block(rows=len(rows), values=tuple(map(tuple, rows)), last=len(rows) < wanted)

    def _encoded(self, encoder: RowEncoder, max_rows: int) -> Block:
        data = bytearray()
        count = 0
        while True:
            wanted = self.next_rows
            if max_rows:
                wanted = min(wanted, max_rows - count)
            rows = self.cursor.fetch(wanted)
            chunk = encoder.encode(rows) if rows else b""
            count += len(rows)
            if len(rows) < wanted:
                return Block(rows=count, data=bytes(data) + chunk if data else chunk, last=True)
            data += chunk
            if count == max_rows or len(data) >= BLOCK_BYTES:
                self._plan_request(len(data) // count, BLOCK_BYTES)
                return Block(rows=count, data=bytes(data), last=False)
            self._plan_request(len(data) // count, BLOCK_BYTES - len(data))

    def _plan_request(self, row_bytes: int, room: int) -> None:
        self.next_rows = max(1, min(MOST_ROWS, room // max(row_bytes, 1) + 1))


class Worker:
    """One adaptor, and the results that it holds open. Every method may raise IrisError or BackendLost."""

    def __init__(self, adaptor: Adaptor, encoder: EncoderFactory) -> None:
        self._adaptor = adaptor
        self._encoder = encoder
        self._open: dict[int, OpenResult] = {}
        self._number = 0
        self.pid = adaptor.pid

    def describe(self, sql: str) -> Description:
        return self._adaptor.describe(sql)

    def execute(self, sql: str, parameters: Sequence[Value], row_format: RowFormat | None, max_rows: int) -> Executed:
        """Run one statement and take the first block of its rows. Raises PgError for a value without a form."""
        result = self._adaptor.execute(sql, parameters)
        if result.cursor is None:
            return Executed(row_count=result.row_count, row_id=result.row_id)
        opened = OpenResult(result.cursor, self._encoder(row_format) if row_format is not None else None)
        try:
            block = opened.block(max_rows)
        except BaseException:
            opened.cursor.close()
            raise
        if block.last:
            opened.cursor.close()
            return Executed(row_count=result.row_count, row_id=result.row_id, block=block)
        self._number += 1
        self._open[self._number] = opened
        return Executed(row_count=result.row_count, row_id=result.row_id, block=block, cursor=self._number)

    def execute_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> tuple[int, list[str]]:
        return self._adaptor.execute_many(sql, rows)

    def fetch(self, cursor: int, max_rows: int) -> Block:
        """The next block of an open result; a closed one has no more rows."""
        opened = self._open.get(cursor)
        if opened is None:
            return Block(rows=0, last=True)
        try:
            block = opened.block(max_rows)
        except BaseException:
            self.close_cursor(cursor)
            raise
        if block.last:
            self.close_cursor(cursor)
        return block

    def close_cursor(self, cursor: int) -> None:
        opened = self._open.pop(cursor, None)
        if opened is not None:
            opened.cursor.close()

    def cancel(self) -> None:
        """Interrupt what runs now; the only method that another thread may call."""
        self._adaptor.cancel()

    def reset(self) -> None:
        """Make the process fit for another session: no open result, no transaction, default settings."""
        while self._open:
            self._open.popitem()[1].cursor.close()
        self._adaptor.reset()

    def close(self) -> None:
        self._open.clear()
        self._adaptor.close()
