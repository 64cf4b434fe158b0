"""A backend that answers from a table, a pool of one, a clock that stands still: no IRIS, no event loop's timers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from pgiris.backend.api import Block, ColumnMeta, Description, Executed
from pgiris.errors import PgError
from pgiris.rows.format import RowFormat
from pgiris.session.surroundings import Identity
from pgiris.sql.schema import Schema

T = TypeVar("T")

Rows = Sequence[Sequence[object]]


def data_rows(rows: Rows) -> bytes:
    """Rows as DataRow messages of text, the way a backend encodes them."""
    out = bytearray()
    for row in rows:
        body = len(row).to_bytes(2, "big")
        for cell in row:
            text = None if cell is None else str(cell).encode()
            body += b"\xff\xff\xff\xff" if text is None else len(text).to_bytes(4, "big") + text
        out += b"D" + (len(body) + 4).to_bytes(4, "big") + body
    return bytes(out)


@dataclass
class Answer:
    """What a statement does: returns rows, or counts, or fails."""

    rows: Rows | None = None
    count: int = 0
    row_id: str = ""
    error: Exception | None = None
    block_rows: int = 1000


@dataclass
class FakeBackend:
    """`answers` maps SQL to what it does; statements that are not in it do nothing. `log` is what was asked."""

    answers: dict[str, Answer | Callable[[Sequence[object]], Answer]] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    parameters: list[tuple[object, ...]] = field(default_factory=list)
    columns: tuple[ColumnMeta, ...] = ()
    pid: int = 4711
    cancelled: int = 0
    open: dict[int, tuple[Rows, RowFormat | None, int]] = field(default_factory=dict)
    numbers: int = 0
    before: Callable[[str], Awaitable[None]] | None = None

    async def describe(self, sql: str) -> Description:
        self.log.append(f"describe {sql}")
        return Description(1, self.columns)

    async def execute(
        self, sql: str, parameters: Sequence[object] = (), row_format: RowFormat | None = None, max_rows: int = 0
    ) -> Executed:
        self.log.append(sql)
        self.parameters.append(tuple(parameters))
        if self.before is not None:
            await self.before(sql)
        found = self.answers.get(sql, Answer())
        answer = found(parameters) if callable(found) else found
        if answer.error is not None:
            raise answer.error
        if answer.rows is None:
            return Executed(row_count=answer.count, row_id=answer.row_id)
        self.numbers += 1
        self.open[self.numbers] = (answer.rows, row_format, answer.block_rows)
        block = self._block(self.numbers, max_rows)
        return Executed(row_count=answer.count, block=block, cursor=0 if block.last else self.numbers)

    def _block(self, cursor: int, max_rows: int) -> Block:
        rows, row_format, size = self.open[cursor]
        wanted = min(max_rows or size, size)
        taken, rest = rows[:wanted], rows[wanted:]
        last = not rest and len(taken) < wanted
        if last:
            del self.open[cursor]
        else:
            self.open[cursor] = (rest, row_format, size)
        if row_format is not None:
            return Block(rows=len(taken), data=data_rows(taken), last=last)
        return Block(rows=len(taken), values=tuple(tuple(row) for row in taken), last=last)

    async def execute_many(self, sql: str, rows: Sequence[Sequence[object]]) -> tuple[int, list[str]]:
        self.log.append(f"{len(rows)} x {sql}")
        self.parameters.extend(tuple(row) for row in rows)
        found = self.answers.get(sql, Answer(count=1))
        answers = [found(row) if callable(found) else found for row in rows]
        for answer in answers:
            if answer.error is not None:
                raise answer.error
        return sum(answer.count for answer in answers), [answer.row_id for answer in answers]

    async def fetch(self, cursor: int, max_rows: int = 0) -> Block:
        self.log.append("fetch")
        return self._block(cursor, max_rows)

    async def close_cursor(self, cursor: int) -> None:
        self.log.append("close cursor")
        self.open.pop(cursor, None)

    def cancel(self) -> None:
        self.cancelled += 1


@dataclass
class FakePool:
    """A pool of one backend. `leased` says whether somebody has it; `refusal` is what a lease gets instead."""

    backend: FakeBackend = field(default_factory=FakeBackend)
    leased: bool = False
    leases: list[tuple[str, str]] = field(default_factory=list)
    refusal: Exception | None = None
    clean: list[bool] = field(default_factory=list)

    async def lease(self, user: str, namespace: str) -> FakeBackend:
        assert not self.leased, "leased twice"
        self.leases.append((user, namespace))
        if self.refusal is not None:
            raise self.refusal
        self.leased = True
        return self.backend

    async def release(self, backend: FakeBackend, clean: bool = False) -> None:
        assert self.leased, "released twice"
        self.leased = False
        self.clean.append(clean)
        if clean:
            assert not backend.open, "released as clean with an open result"
        backend.open.clear()

    async def close(self) -> None: ...


class FakeTimer:
    def __init__(self, seconds: float, callback: Callable[[], object]) -> None:
        self.seconds = seconds
        self.callback = callback
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


@dataclass
class FakeRuntime:
    """A clock that stands still; timers that go off when a test calls them; waits that end at once."""

    time: int = 800_000_000_000_000
    timers: list[FakeTimer] = field(default_factory=list)
    interrupted: list[PgError] = field(default_factory=list)

    def now(self) -> int:
        return self.time

    def call_later(self, seconds: float, callback: Callable[[], object]) -> FakeTimer:
        timer = FakeTimer(seconds, callback)
        self.timers.append(timer)
        return timer

    async def interruptible(self, awaitable: Awaitable[T]) -> T:
        return await awaitable

    def interrupt(self, error: PgError) -> None:
        self.interrupted.append(error)


@dataclass
class FakeSchemas:
    """A snapshot source that reads what `schema` holds."""

    schema: Schema = field(default_factory=Schema)
    known: bool = True
    refreshed: int = 0

    def current(self) -> Schema | None:
        return self.schema if self.known else None

    async def refresh(self, backend: FakeBackend) -> Schema:
        self.refreshed += 1
        self.known = True
        return self.schema


IDENTITY = Identity(user="tester", database="shop", namespace="USER", pid=1234)
