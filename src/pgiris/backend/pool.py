"""Leases backends to sessions, keyed by (user, namespace).

A backend is an IRIS process: it costs a licence and memory, so there are few, and idle sessions hold none. Whoever
finds none free waits in one line, first come first served, for a bounded time. A backend that comes back is reset
before anybody else gets it, off the path of the session that gave it back.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Protocol

from pgiris import sqlstate
from pgiris.backend.api import Backend, Block, Description, Executed, Value
from pgiris.errors import FATAL, LocalProtocolError, PgError
from pgiris.rows.format import RowFormat

Key = tuple[str, str]
"""User and namespace, as IRIS spells them."""


class Member(Protocol):
    """A backend as the pool sees it; ``ThreadBackend`` is one."""

    pid: int
    broken: bool

    async def describe(self, sql: str) -> Description: ...
    async def execute(
        self, sql: str, parameters: Sequence[Value] = (), row_format: RowFormat | None = None, max_rows: int = 0
    ) -> Executed: ...
    async def execute_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> tuple[int, list[str]]: ...
    async def fetch(self, cursor: int, max_rows: int = 0) -> Block: ...
    async def close_cursor(self, cursor: int) -> None: ...
    def cancel(self) -> None: ...
    def reset(self) -> asyncio.Future[None]: ...
    async def close(self) -> None: ...


Spawn = Callable[[str, str], Awaitable[Member]]
"""Starts a backend for (user, namespace). What it raises reaches the session that waits for it."""


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """Counts of backends, and times in seconds. The settings of the same names explain them."""

    minimum: int = 1
    maximum: int = 32
    queue: int = 1000
    idle_timeout: float = 300.0
    lease_timeout: float = 30.0
    reset_timeout: float = 10.0


class Lease:
    """A leased backend: the session's handle, dead after release, so that nobody reaches another's process."""

    __slots__ = ("_member", "key", "pid")

    def __init__(self, member: Member, key: Key) -> None:
        self._member: Member | None = member
        self.key: Final = key
        self.pid = member.pid

    def describe(self, sql: str) -> Coroutine[Any, Any, Description]:
        return self._live().describe(sql)

    def execute(
        self, sql: str, parameters: Sequence[Value] = (), row_format: RowFormat | None = None, max_rows: int = 0
    ) -> Coroutine[Any, Any, Executed]:
        return self._live().execute(sql, parameters, row_format, max_rows)

    def execute_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> Coroutine[Any, Any, tuple[int, list[str]]]:
        return self._live().execute_many(sql, rows)

    def fetch(self, cursor: int, max_rows: int = 0) -> Coroutine[Any, Any, Block]:
        return self._live().fetch(cursor, max_rows)

    def close_cursor(self, cursor: int) -> Coroutine[Any, Any, None]:
        return self._live().close_cursor(cursor)

    def cancel(self) -> None:
        """Interrupt what runs now. After release it does nothing: the process may be another session's."""
        if self._member is not None:
            self._member.cancel()

    def end(self) -> Member | None:
        """Take the backend out of the lease; for the pool. None when that has happened before."""
        member, self._member = self._member, None
        return member

    def _live(self) -> Member:
        if self._member is None:
            raise LocalProtocolError("the backend has been released")
        return self._member


class Waiter:
    """A session in line."""

    __slots__ = ("future", "key")

    def __init__(self, key: Key, future: asyncio.Future[Member]) -> None:
        self.key = key
        self.future = future


class BackendPool:
    """The pool. Belongs to one event loop. `spawn` starts backends; see ``PoolLimits`` for the rest."""

    def __init__(self, spawn: Spawn, limits: PoolLimits) -> None:
        self._spawn = spawn
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._waiters: dict[Waiter, None] = {}
        self._idle: dict[Key, deque[tuple[Member, float]]] = {}
        self._coming: Counter[Key] = Counter()  # being started or reset
        self._closing = 0
        self._total = 0
        self._members: dict[Member, Key] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._reaper: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def total(self) -> int:
        """IRIS processes now, those being started and ended included."""
        return self._total

    @property
    def idle(self) -> int:
        return sum(map(len, self._idle.values()))

    @property
    def waiting(self) -> int:
        return len(self._waiters)

    async def lease(self, user: str, namespace: str) -> Lease:
        """A backend of this user in this namespace. Raises PgError 53300 after ``lease_timeout``, or at once
        when the line is full; 57P03 when the pool is closed; and what `spawn` raises.

        Cancel-safe: a cancelled wait leaves the line.
        """
        key = (user, namespace)
        if self._closed:
            raise PgError(sqlstate.CANNOT_CONNECT_NOW, "the database system is shutting down", severity=FATAL)
        if not self._waiters and (member := self._take_idle(key)) is not None:
            return Lease(member, key)
        return Lease(await self._wait(key), key)

    async def release(self, backend: Backend, clean: bool = False) -> None:
        """Give a lease back. Returns at once; a second release of the same lease does nothing.

        `clean` says that the session left nothing in it; then it is free at once, without a reset.
        """
        if not isinstance(backend, Lease):
            raise LocalProtocolError("only what the pool has leased can be released")
        member = backend.end()
        if member is None:
            return
        if clean and member in self._members and not member.broken and not self._closed:
            self._put_idle(member, backend.key)
        else:
            self._take_back(member, backend.key)

    async def close(self) -> None:
        """Send everybody in line away, interrupt and end every backend, and wait for their end."""
        self._closed = True
        if self._reaper is not None:
            self._reaper.cancel()
        for waiter in list(self._waiters):
            self._fail(
                waiter, PgError(sqlstate.CANNOT_CONNECT_NOW, "the database system is shutting down", severity=FATAL)
            )
        self._idle.clear()
        while self._members or self._tasks:
            for member in list(self._members):
                self._discard(member)
            await asyncio.gather(*self._tasks, return_exceptions=True)

    # The line.

    async def _wait(self, key: Key) -> Member:
        limits = self._limits
        if len(self._waiters) >= limits.queue:
            raise PgError(
                sqlstate.TOO_MANY_CONNECTIONS,
                "too many sessions wait for an IRIS process",
                detail=f"{limits.queue} sessions are waiting, as many as pool.queue allows.",
                hint="Raise pool.maximum or pool.queue.",
            )
        waiter = Waiter(key, self._loop.create_future())
        self._waiters[waiter] = None
        timer = self._loop.call_later(limits.lease_timeout, self._give_up, waiter)
        try:
            self._dispatch()
            return await waiter.future
        except asyncio.CancelledError:
            future = waiter.future
            if future.done() and not future.cancelled() and future.exception() is None:
                self._take_back(future.result(), key)
            raise
        finally:
            timer.cancel()
            self._waiters.pop(waiter, None)

    def _give_up(self, waiter: Waiter) -> None:
        limits = self._limits
        self._fail(
            waiter,
            PgError(
                sqlstate.TOO_MANY_CONNECTIONS,
                f"too many sessions: no IRIS process became free within {limits.lease_timeout:g} s",
                detail=f"All {limits.maximum} IRIS processes are in use (pool.maximum); "
                "the wait is limited by pool.lease_timeout.",
                hint="Raise pool.maximum, or end transactions sooner.",
            ),
        )

    def _fail(self, waiter: Waiter, error: BaseException) -> None:
        self._waiters.pop(waiter, None)
        if not waiter.future.done():
            waiter.future.set_exception(error)

    def _hand_over(self, waiter: Waiter, member: Member) -> None:
        self._waiters.pop(waiter, None)
        if waiter.future.done():
            self._put_idle(member, waiter.key)
        else:
            waiter.future.set_result(member)

    def _dispatch(self) -> None:
        """Serve the line in its order; every waiter uses up one backend that is there, coming, or can be started."""
        if not self._waiters or self._closed:
            return
        coming = Counter(self._coming)
        closing = self._closing
        supply = self.idle + sum(coming.values()) + closing + self._limits.maximum - self._total
        for waiter in list(islice(self._waiters, max(supply, 0))):
            if waiter not in self._waiters:
                continue
            if (member := self._take_idle(waiter.key)) is not None:
                self._hand_over(waiter, member)
            elif coming[waiter.key] > 0:
                coming[waiter.key] -= 1
            elif self._total < self._limits.maximum:
                self._start(waiter.key)
            elif closing > 0:
                closing -= 1
            elif (member := self._take_oldest()) is not None:
                self._discard(member)
            elif (other := next((key for key, count in coming.items() if count > 0), None)) is not None:
                coming[other] -= 1

    # Backends.

    def _start(self, key: Key) -> None:
        self._total += 1
        self._coming[key] += 1
        self._run(self._started(key))

    async def _started(self, key: Key) -> None:
        try:
            member = await self._spawn(*key)
        except Exception as error:  # noqa: BLE001 - it belongs to the session that waits for this backend
            self._coming[key] -= 1
            self._total -= 1
            waiter = next((waiter for waiter in self._waiters if waiter.key == key), None)
            if waiter is not None:
                self._fail(waiter, error)
            self._dispatch()
            return
        self._coming[key] -= 1
        self._members[member] = key
        if self._closed:
            self._discard(member)
        else:
            self._put_idle(member, key)

    def _take_back(self, member: Member, key: Key) -> None:
        if member not in self._members:
            return
        if self._closed or member.broken:
            self._discard(member)
            return
        try:
            resetting = member.reset()
        except Exception:  # noqa: BLE001 - it cannot be reset, whatever the reason: replaced
            self._discard(member)
            return
        self._coming[key] += 1
        timer = self._loop.call_later(self._limits.reset_timeout, resetting.cancel)

        def finished(future: asyncio.Future[None]) -> None:
            timer.cancel()
            self._coming[key] -= 1
            if future.cancelled() or future.exception() is not None or member.broken or self._closed:
                self._discard(member)
            else:
                self._put_idle(member, key)

        resetting.add_done_callback(finished)

    def _put_idle(self, member: Member, key: Key) -> None:
        self._idle.setdefault(key, deque()).append((member, self._loop.time()))
        if self._waiters:
            self._dispatch()
        if self._reaper is None and self._limits.idle_timeout > 0:
            self._reaper = self._loop.call_later(self._limits.idle_timeout, self._reap)

    def _take_idle(self, key: Key) -> Member | None:
        """The one used last: its caches are warm, and the others grow old enough to be ended."""
        members = self._idle.get(key)
        while members:
            member = members.pop()[0]
            if not member.broken:
                return member
            self._discard(member)
        return None

    def _take_oldest(self) -> Member | None:
        stale = min((members for members in self._idle.values() if members), key=lambda m: m[0][1], default=None)
        return stale.popleft()[0] if stale else None

    def _reap(self) -> None:
        """End what has been idle too long, but keep ``minimum`` for each key."""
        self._reaper = None
        limits = self._limits
        now = self._loop.time()
        wake = 0.0
        held = Counter(self._members.values())
        for key, members in list(self._idle.items()):
            while members and held[key] > limits.minimum and members[0][1] + limits.idle_timeout <= now:
                held[key] -= 1
                self._discard(members.popleft()[0])
            if not members:
                del self._idle[key]
            elif held[key] > limits.minimum and (not wake or members[0][1] < wake):
                wake = members[0][1]
        if wake and not self._closed:
            self._reaper = self._loop.call_at(wake + limits.idle_timeout, self._reap)

    def _discard(self, member: Member) -> None:
        if self._members.pop(member, None) is not None:
            self._closing += 1
            self._run(self._ended(member))

    async def _ended(self, member: Member) -> None:
        """Wait for its end, but not for ever: a process that hangs must not hold its place."""
        with contextlib.suppress(Exception):
            await asyncio.wait_for(member.close(), self._limits.reset_timeout)
        self._closing -= 1
        self._total -= 1
        self._dispatch()

    def _run(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
