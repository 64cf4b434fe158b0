"""The server: listens, lets clients in, and stops in order.

Three phases, as short as they are (startup, serving, drain). Stopping: no new connections; sessions that wait for
their client hear 57P01 at once, the others when their statement is done; what still runs after the grace time is
interrupted; what is still there a little later is cut.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from pgiris import __version__
from pgiris.backend.api import Pool
from pgiris.config import Address, Settings
from pgiris.errors import PgError
from pgiris.protocol.engine import ServerProtocol
from pgiris.protocol.reader import Limits
from pgiris.protocol.startup import StartupMessage
from pgiris.protocol.states import State
from pgiris.server.admission import METHODS, Admission, going_down, shutting_down, too_many, took_too_long
from pgiris.server.cancel import CancelRegistry
from pgiris.server.connection import Connection
from pgiris.session.session import Session
from pgiris.session.setting_values import SettingValue
from pgiris.session.settings import server_defaults
from pgiris.session.surroundings import SchemaSource, Services, SessionLimits
from pgiris.sql.translate import Translator

POSTGRESQL_VERSION: Final = "15.20"
"""The PostgreSQL whose behaviour clients are to expect."""

LAST_WORDS: Final = 2.0
"""Seconds for interrupted sessions to say goodbye before their connections are cut."""

BACKLOG: Final = 512

Ready = Callable[[Sequence[Address]], None]


class Server:
    """Listeners and their connections."""

    def __init__(
        self,
        settings: Settings,
        pool: Pool,
        translator: Translator,
        schemas: Callable[[str], SchemaSource],
        start_time: int = 0,
    ) -> None:
        self._settings = settings
        self._registry = CancelRegistry()
        self._connections: dict[Connection, Session | None] = {}
        self._listeners: list[asyncio.Server] = []
        self._draining = False
        self._empty = asyncio.Event()
        self._empty.set()
        limits = settings.limits
        services = Services(
            translator=translator,
            pool=pool,
            schemas=schemas,
            defaults=server_defaults(_defaults(settings)),
            start_time=start_time,
            limits=SessionLimits(statements=limits.statements, portals=limits.portals),
        )
        self._admission = Admission(
            services, self._registry, METHODS[settings.auth.method], self._namespace_of, self._check_room
        )
        self._reader_limits = Limits(large=limits.message_bytes)

    # -- phases -------------------------------------------------------------------------------------------------

    async def start(self, addresses: Sequence[Address]) -> list[Address]:
        """Listen; the addresses with the ports that port 0 became. Raises OSError when one cannot be had."""
        loop = asyncio.get_running_loop()
        bound: list[Address] = []
        try:
            for host, port in addresses:
                # Told explicitly, for uvloop would fail on a port that the last server left a minute ago.
                listener = await loop.create_server(
                    self._connection, host, port, backlog=BACKLOG, reuse_address=sys.platform != "win32"
                )
                self._listeners.append(listener)
                bound.append(Address(host, listener.sockets[0].getsockname()[1]))
        except BaseException:
            self._close_listeners()
            raise
        return bound

    async def drain(self, grace: float) -> None:
        """Stop: see the module's docstring. `grace` in seconds."""
        self._draining = True
        self._close_listeners()
        for connection, session in list(self._connections.items()):
            if session is None:
                connection.interrupt(shutting_down())
            else:
                session.terminate(going_down())
        if await self._emptied(grace):
            return
        for session in list(self._connections.values()):
            if session is not None:
                session.cancel(going_down())
        if not await self._emptied(LAST_WORDS):
            for connection in list(self._connections):
                connection.abort()
            await self._emptied(LAST_WORDS)

    async def _emptied(self, seconds: float) -> bool:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._empty.wait(), seconds)
        return self._empty.is_set()

    def _close_listeners(self) -> None:
        for listener in self._listeners:
            listener.close()
        self._listeners.clear()

    # -- connections --------------------------------------------------------------------------------------------

    def _connection(self) -> Connection:
        return Connection(ServerProtocol(self._reader_limits), self._serve, self._opened, self._closed)

    def _opened(self, connection: Connection) -> None:
        self._connections[connection] = None
        self._empty.clear()

    def _closed(self, connection: Connection) -> None:
        self._connections.pop(connection, None)
        if not self._connections:
            self._empty.set()

    async def _serve(self, connection: Connection) -> None:
        """The life of a connection."""
        deadline = connection.call_later(
            self._settings.limits.startup_timeout, lambda: connection.interrupt(took_too_long())
        )
        try:
            startup = await self._admission.first_packet(connection)
            session = await self._admission.session(connection, startup) if startup is not None else None
        except PgError as error:
            if connection.engine.state is not State.STARTUP:  # else nobody knows yet whether it is a client
                connection.engine.error(error)
            return
        finally:
            deadline.cancel()
        if session is None:
            return
        self._connections[connection] = session
        connection.on_end = lambda broken: session.client_closed(broken=broken)
        if self._draining:
            session.terminate(going_down())
        try:
            await session.run()
        finally:
            connection.on_end = None
            self._registry.leave(session.identity.pid)

    def _check_room(self) -> None:
        if self._draining:
            raise shutting_down()
        limit = self._settings.limits.connections
        if sum(session is not None for session in self._connections.values()) >= limit:
            raise too_many(limit)

    def _namespace_of(self, startup: StartupMessage) -> str:
        """A client that names no database gets its user's name for one, which is no namespace."""
        if startup.database == startup.user:
            return self._settings.backend.namespace
        return startup.database


def _defaults(settings: Settings) -> Mapping[str, SettingValue]:
    return {
        "server_version": f"{POSTGRESQL_VERSION} (pgiris {__version__})",
        "max_connections": min(settings.limits.connections, 262_143),
    }


async def serve(
    settings: Settings,
    pool: Pool,
    translator: Translator,
    schemas: Callable[[str], SchemaSource],
    *,
    addresses: Sequence[Address],
    ready: Ready,
    stop: asyncio.Event | None = None,
) -> None:
    """Serve until SIGTERM, SIGINT or `stop`, then drain. `ready` hears the addresses once clients can connect.

    Raises OSError when an address cannot be listened on. The pool stays open: it is the caller's.
    """
    stopping = stop or asyncio.Event()
    loop = asyncio.get_running_loop()
    server = Server(settings, pool, translator, schemas)
    bound = await server.start(addresses)
    caught: list[signal.Signals] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(number, stopping.set)
            caught.append(number)
    try:
        ready(bound)
        await stopping.wait()
    finally:
        try:
            await server.drain(settings.server.drain_timeout)
        finally:
            for number in caught:
                loop.remove_signal_handler(number)
