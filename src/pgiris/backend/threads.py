"""Hosts a Worker in a thread of its own: requests go in by a queue, answers come back to the event loop.

For adaptors that live inside the gateway process: the stand-in and the remote driver. One thread stands for one
IRIS process and does one thing at a time, in order.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Any, TypeVar

from pgiris.backend.api import Adaptor, Block, Description, Executed, Value
from pgiris.backend.worker import EncoderFactory, Worker
from pgiris.errors import BackendLost, IrisError, PgError
from pgiris.rows.format import RowFormat

T = TypeVar("T")

Job = tuple["asyncio.Future[Any]", Callable[..., Any], tuple[Any, ...]]


class ThreadBackend:
    """A backend in a thread. Belongs to one event loop; all methods are called from there.

    Cancel-safe: an await that is cancelled interrupts the statement, whose answer is then dropped, with the open
    result it may bring. ``broken`` says that the process behind it is gone or in an unknown state.
    """

    def __init__(self, name: str) -> None:
        self.pid = 0
        self.broken = False
        self._loop = asyncio.get_running_loop()
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._pending = 0
        self._worker: Worker | None = None
        self._ended = False
        self._ended_event = asyncio.Event()
        # A daemon: a statement that cannot be interrupted must not keep the process from ending.
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)

    @classmethod
    async def start(
        cls, adaptor: Callable[[], Adaptor], encoder: EncoderFactory, name: str = "backend"
    ) -> ThreadBackend:
        """Start the thread, and open the adaptor in it. Raises what `adaptor` raises."""
        backend = cls(name)

        def open_worker() -> Worker:
            return Worker(adaptor(), encoder)

        backend._thread.start()
        opening = backend._submit(open_worker)
        try:
            worker: Worker = await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(backend._abandon)
            raise
        except BaseException:
            backend._jobs.put(None)
            raise
        backend._worker = worker
        backend.pid = worker.pid
        return backend

    async def describe(self, sql: str) -> Description:
        return await self._call(self._live().describe, sql)

    async def execute(
        self,
        sql: str,
        parameters: Sequence[Value] = (),
        row_format: RowFormat | None = None,
        max_rows: int = 0,
    ) -> Executed:
        return await self._call(self._live().execute, sql, parameters, row_format, max_rows)

    async def execute_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> tuple[int, list[str]]:
        return await self._call(self._live().execute_many, sql, rows)

    async def fetch(self, cursor: int, max_rows: int = 0) -> Block:
        return await self._call(self._live().fetch, cursor, max_rows)

    async def close_cursor(self, cursor: int) -> None:
        await self._call(self._live().close_cursor, cursor)

    def cancel(self) -> None:
        if self._pending and self._worker is not None:
            self._worker.cancel()

    def reset(self) -> asyncio.Future[None]:
        """Make it fit for another session, behind whatever still runs."""
        return self._submit(self._live().reset)

    async def close(self) -> None:
        """Interrupt what runs, close the adaptor, end the thread. Waits for the thread."""
        self.cancel()
        if not self._ended:
            self._ended = True
            if self._worker is not None:
                with contextlib.suppress(Exception):  # it is going away; how it failed to go says nothing new
                    await asyncio.shield(self._submit(self._worker.close, ending=True))
            self._jobs.put(None)
        await self._ended_event.wait()
        self._thread.join(1)  # it has nothing left to do but return

    def _live(self) -> Worker:
        if self._worker is None or self._ended:
            raise BackendLost("the IRIS process has been closed")
        return self._worker

    async def _call(self, function: Callable[..., T], *arguments: Any) -> T:
        future = self._submit(function, *arguments)
        try:
            return await future
        except asyncio.CancelledError:
            self.cancel()
            raise

    def _submit(self, function: Callable[..., T], *arguments: Any, ending: bool = False) -> asyncio.Future[T]:
        if self._ended and not ending:
            raise BackendLost("the IRIS process has been closed")
        future: asyncio.Future[T] = self._loop.create_future()
        self._pending += 1
        self._jobs.put((future, function, arguments))
        return future

    def _abandon(self, opening: asyncio.Future[Worker]) -> None:
        """The start was given up while it went on: close what it opened."""
        self._ended = True
        if opening.exception() is None:
            self._submit(opening.result().close, ending=True)
        self._jobs.put(None)

    # In the thread.

    def _serve(self) -> None:
        post = self._loop.call_soon_threadsafe
        with contextlib.suppress(RuntimeError):  # the loop has been closed: nobody waits for an answer any more
            while (job := self._jobs.get()) is not None:
                future, function, arguments = job
                try:
                    result = function(*arguments)
                except (IrisError, PgError) as error:
                    post(self._deliver_error, future, error, False)
                except Exception as error:  # noqa: BLE001 - goes to the caller, whole; the process is replaced
                    post(self._deliver_error, future, error, True)
                else:
                    post(self._deliver, future, result)
                del job, future, function, arguments
                result = None
            post(self._ended_event.set)

    # Back in the event loop.

    def _deliver(self, future: asyncio.Future[Any], result: object) -> None:
        self._pending -= 1
        if not future.done():
            future.set_result(result)
        elif isinstance(result, Executed) and result.cursor and self._worker is not None and not self._ended:
            self._submit(self._worker.close_cursor, result.cursor)

    def _deliver_error(self, future: asyncio.Future[Any], error: Exception, broken: bool) -> None:
        self._pending -= 1
        self.broken = self.broken or broken
        if not future.done():
            future.set_exception(error)
