"""An adaptor that answers from a table, and backends for the pool that answer nothing: no IRIS, no stand-in."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from pgiris.backend.api import ColumnMeta, Description
from pgiris.errors import BackendLost, IrisError
from pgiris.rows.format import RowFormat


class FakeCursor:
    def __init__(self, rows: Sequence[Sequence[object]]) -> None:
        self.rows = list(rows)
        self.asked: list[int] = []
        self.closed = False

    def fetch(self, rows: int) -> Sequence[Sequence[object]]:
        assert rows > 0
        self.asked.append(rows)
        taken, self.rows = self.rows[:rows], self.rows[rows:]
        for row in taken:
            if isinstance(row[0], Exception):
                raise row[0]
        return taken

    def close(self) -> None:
        self.closed = True


@dataclass
class FakeResult:
    row_count: int = 0
    row_id: str = ""
    columns: tuple[ColumnMeta, ...] = ()
    cursor: FakeCursor | None = None


@dataclass
class FakeAdaptor:
    """``SELECT`` gives `rows`; ``SLEEP`` waits for a cancel; ``DIE`` loses the process; ``BUG`` is one."""

    rows: Sequence[Sequence[object]] = ((1,),)
    pid: int = 4711
    calls: list[str] = field(default_factory=list)
    cursors: list[FakeCursor] = field(default_factory=list)
    cancelled: threading.Event = field(default_factory=threading.Event)
    threads: set[int] = field(default_factory=set)
    deaf: threading.Event | None = None

    def describe(self, sql: str) -> Description:
        self.threads.add(threading.get_ident())
        return Description(statement_type=1, columns=(ColumnMeta("a", 4),))

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> FakeResult:
        self.threads.add(threading.get_ident())
        self.calls.append(sql)
        if sql == "SELECT":
            self.cursors.append(FakeCursor(self.rows))
            return FakeResult(columns=(ColumnMeta("a", 4),), cursor=self.cursors[-1])
        if sql == "SLEEP":
            assert self.cancelled.wait(5)
            self.cancelled.clear()
            raise IrisError(-456, "query interrupted by user")
        if sql == "SLOW SELECT":
            self.cancelled.wait(0.05)
            return self.execute("SELECT")
        if sql == "DEAF":
            assert self.deaf is not None
            self.deaf.wait(20)
        if sql == "FAIL":
            raise IrisError(-119, "unique")
        if sql == "DIE":
            raise BackendLost("the process has ended")
        if sql == "BUG":
            raise ZeroDivisionError
        return FakeResult(row_count=1, row_id="7")

    def execute_many(self, sql: str, rows: Sequence[Sequence[object]]) -> tuple[int, list[str]]:
        return len(rows), [str(number) for number, _ in enumerate(rows, 1)]

    def cancel(self) -> None:
        self.cancelled.set()

    def reset(self) -> None:
        self.cancelled.clear()
        self.calls.append("reset")

    def close(self) -> None:
        self.calls.append("close")


class FakeEncoder:
    """A row becomes its first cell as text, and a line feed."""

    def __init__(self, row_format: RowFormat) -> None:
        self.row_format = row_format

    def encode(self, rows: Sequence[Sequence[object]]) -> bytes:
        return b"".join(b"%s\n" % str(row[0]).encode() for row in rows)


class FakeMember:
    """A backend for the pool; `resets` holds the futures of its resets, done at once unless `slow_reset`."""

    def __init__(self, key: tuple[str, str], number: int) -> None:
        self.key = key
        self.pid = number
        self.broken = False
        self.slow_reset = False
        self.resets: list[asyncio.Future[None]] = []
        self.cancels = 0
        self.closed = False

    def cancel(self) -> None:
        self.cancels += 1

    def reset(self) -> asyncio.Future[None]:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if not self.slow_reset:
            future.set_result(None)
        self.resets.append(future)
        return future

    async def close(self) -> None:
        await asyncio.sleep(0)
        self.closed = True


class FakeSpawner:
    """Starts fake backends and remembers them; with `error` set it fails."""

    def __init__(self) -> None:
        self.members: list[FakeMember] = []
        self.error: Exception | None = None
        self.slow = 0.0

    async def __call__(self, user: str, namespace: str) -> FakeMember:
        await asyncio.sleep(self.slow)
        if self.error is not None:
            raise self.error
        self.members.append(FakeMember((user, namespace), len(self.members) + 1))
        return self.members[-1]
