"""One TCP connection: bytes between the socket and the protocol engine, with flow control in both directions.

Cheap by design: a message costs one wake-up of the connection's task. Reading pauses while more than READ_AHEAD bytes
wait to be handled; a session that has written faster than its client reads waits in ``drain``.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar, cast

import structlog
from structlog.typing import FilteringBoundLogger

from pgiris.errors import PgError
from pgiris.protocol.engine import Event, ServerProtocol
from pgiris.session.wire import ClientGone, ReceiveTimeout

logger: FilteringBoundLogger = structlog.get_logger()

T = TypeVar("T")

READ_AHEAD: Final = 256 * 1024
"""Bytes that may wait while something runs; a longer message is taken whole all the same."""

WRITE_HIGH: Final = 256 * 1024
WRITE_LOW: Final = 64 * 1024
"""Bytes in the socket's buffer above which a session waits, and below which it goes on."""

WRITE_CHUNK: Final = 64 * 1024
"""Queued answers of this size go out without waiting for a flush."""

EPOCH_2000: Final = 946_684_800
"""2000-01-01 UTC, in seconds of Unix time."""

KEEPALIVE: Final = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 6}
"""A dead peer is noticed within two minutes; times in seconds."""


class Connection(asyncio.Protocol):
    """The shell around an engine. `serve` is the coroutine that lives on the connection, `closed` hears of its end.

    It is the Wire and the Runtime of its session.
    """

    def __init__(
        self,
        engine: ServerProtocol,
        serve: Callable[[Connection], Awaitable[None]],
        opened: Callable[[Connection], None],
        closed: Callable[[Connection], None],
    ) -> None:
        self.engine = engine
        self._loop = asyncio.get_running_loop()
        self._serve = serve
        self._opened = opened
        self._closed = closed
        self._transport: asyncio.Transport | None = None
        self._task: asyncio.Task[None] | None = None
        self._lost = False
        self._reading = True
        self._writable = True
        self._receiver: asyncio.Future[None] | None = None
        self._drainer: asyncio.Future[None] | None = None
        self._interruptible = False
        self._interruption: PgError | None = None
        self.on_end: Callable[[bool], None] | None = None
        """Called when the client has closed its side (false), and when the connection breaks (true)."""

    # -- asyncio.Protocol ---------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=WRITE_HIGH, low=WRITE_LOW)
        _tune(transport.get_extra_info("socket"))
        self._opened(self)
        self._task = self._loop.create_task(self._live())

    def data_received(self, data: bytes) -> None:
        engine = self.engine
        engine.receive(data)
        if self._receiver is not None:
            self._wake(self._receiver)
        elif engine.buffered > READ_AHEAD and self._reading and not engine.needs_input:
            self._reading = False
            self._of_transport().pause_reading()

    def eof_received(self) -> bool:
        self.engine.receive_eof()
        self._wake(self._receiver)
        if self.on_end is not None:
            self.on_end(False)
        return True  # what is still to be answered can be written

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True
        self.engine.receive_eof()
        self._wake(self._receiver)
        self._wake(self._drainer)
        if self.on_end is not None:
            self.on_end(True)

    def pause_writing(self) -> None:
        self._writable = False

    def resume_writing(self) -> None:
        self._writable = True
        self._wake(self._drainer)

    # -- Wire -----------------------------------------------------------------------------------------------------

    @property
    def pending(self) -> bool:
        return not self.engine.needs_input

    async def receive(self, timeout: float = 0.0) -> Event:
        """The next event of the engine. Raises ClientGone, ReceiveTimeout, and what ``interrupt`` says."""
        timer: asyncio.TimerHandle | None = None
        try:
            while (event := self.engine.next_event()) is None:
                if self._lost:
                    raise ClientGone
                self._resume_reading()
                self._receiver = self._loop.create_future()
                if timeout and timer is None:
                    timer = self._loop.call_later(timeout, self._expire)
                await self._receiver
        finally:
            self._receiver = None
            if timer is not None:
                timer.cancel()
        if not self._reading and self.engine.buffered < READ_AHEAD:
            self._resume_reading()
        return event

    def flush(self) -> None:
        chunks = self.engine.data_to_send()
        if chunks and not self._lost:
            self._of_transport().writelines(chunks)

    def flush_if_full(self) -> None:
        if self.engine.pending_output >= WRITE_CHUNK:
            self.flush()

    @property
    def congested(self) -> bool:
        return not self._writable or self._lost

    async def drain(self) -> None:
        """Wait until the client has taken enough. Raises ClientGone, and what ``interrupt`` says."""
        while not self._writable and not self._lost:
            self._drainer = self._loop.create_future()
            try:
                await self._drainer
            finally:
                self._drainer = None
        if self._lost:
            raise ClientGone

    # -- Runtime --------------------------------------------------------------------------------------------------

    def now(self) -> int:
        return time.time_ns() // 1000 - EPOCH_2000 * 1_000_000

    def call_later(self, seconds: float, callback: Callable[[], object]) -> asyncio.TimerHandle:
        return self._loop.call_later(seconds, callback)

    async def interruptible(self, awaitable: Awaitable[T]) -> T:
        """Wait for `awaitable`; ``interrupt`` cancels it and raises its error here."""
        self._interruptible = True
        try:
            return await awaitable
        except asyncio.CancelledError:
            error, self._interruption = self._interruption, None
            if error is None:
                raise
            task = asyncio.current_task()
            if task is not None and hasattr(task, "uncancel"):
                task.uncancel()
            raise error from None
        finally:
            self._interruptible = False

    def interrupt(self, error: PgError) -> None:
        """End the wait that the session is in with `error`, if it is in one that can be ended."""
        for waiter in (self._receiver, self._drainer):
            if waiter is not None and not waiter.done():
                waiter.set_exception(error)
                return
        if self._interruptible and self._interruption is None and self._task is not None:
            self._interruption = error
            self._task.cancel()

    # -- the rest -------------------------------------------------------------------------------------------------

    @property
    def peer(self) -> tuple[str | None, int | None]:
        """Address and port of the client; None for a Unix-domain socket."""
        return _address(self._of_transport().get_extra_info("peername"))

    @property
    def local(self) -> tuple[str | None, int | None]:
        """Address and port that the client connected to."""
        return _address(self._of_transport().get_extra_info("sockname"))

    def abort(self) -> None:
        """Cut the connection, whatever is under way."""
        if self._transport is not None:
            self._transport.abort()
        if self._task is not None and not self._task.done():
            self._task.cancel()

    async def _live(self) -> None:
        try:
            await self._serve(self)
        except ClientGone:
            pass
        except Exception:
            logger.exception("a connection ended with an internal error", peer=self.peer)
        finally:
            self.flush_and_close()
            self._closed(self)

    def flush_and_close(self) -> None:
        """Write what is queued, and close once the client has taken it."""
        with contextlib.suppress(Exception):
            self.flush()
        self._of_transport().close()

    def _of_transport(self) -> asyncio.Transport:
        assert self._transport is not None
        return self._transport

    def _resume_reading(self) -> None:
        if not self._reading and not self._lost:
            self._reading = True
            self._of_transport().resume_reading()

    def _expire(self) -> None:
        if self._receiver is not None and not self._receiver.done():
            self._receiver.set_exception(ReceiveTimeout())

    @staticmethod
    def _wake(waiter: asyncio.Future[None] | None) -> None:
        if waiter is not None and not waiter.done():
            waiter.set_result(None)


def _tune(sock: socket.socket | None) -> None:
    """No delay for small answers, and probes for peers that died."""
    if sock is None or sock.family not in (socket.AF_INET, socket.AF_INET6):
        return
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in KEEPALIVE.items():
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _address(name: object) -> tuple[str | None, int | None]:
    if isinstance(name, tuple) and len(name) >= 2:
        return str(name[0]), int(name[1])
    return None, None
