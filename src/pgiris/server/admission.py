"""From the first packet to the first ReadyForQuery: encryption, version, limits, authentication, settings.

pgwire.md 2. Until the session begins every error is FATAL.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from pgiris import sqlstate
from pgiris.errors import FATAL, BackendLost, FeatureNotSupported, IrisError, PgError
from pgiris.protocol.engine import BadMessage, EndOfInput
from pgiris.protocol.startup import CancelRequest, DirectTLS, GSSENCRequest, SSLRequest, StartupMessage
from pgiris.server.cancel import CancelRegistry
from pgiris.server.connection import Connection
from pgiris.session import iris_errors
from pgiris.session.session import Session
from pgiris.session.settings import Settings
from pgiris.session.surroundings import Identity, Services

Authenticate = Callable[[Connection, StartupMessage], Awaitable[None]]


async def trust(connection: Connection, startup: StartupMessage) -> None:
    """Everybody is who they say."""


METHODS: Final[Mapping[str, Authenticate]] = {"trust": trust}
"""Authentication methods by name. One raises PgError 28000 or 28P01, severity FATAL, for a client it refuses."""


@dataclass(frozen=True, slots=True)
class Admission:
    """Lets clients in."""

    services: Services
    registry: CancelRegistry
    authenticate: Authenticate
    namespace_of: Callable[[StartupMessage], str]
    """The IRIS namespace that a client's database means. Raises PgError 3D000."""
    check_room: Callable[[], None]
    """Raises PgError 53300 or 57P03 when no session can begin now."""
    known_namespaces: set[str] = field(default_factory=set)
    """Those that a backend has been seen in."""

    async def first_packet(self, connection: Connection) -> StartupMessage | None:
        """Deal with everything before the start-up packet; None when there is none and the connection ends."""
        engine = connection.engine
        while True:
            event = await connection.receive()
            if isinstance(event, StartupMessage):
                return event
            if isinstance(event, (SSLRequest, GSSENCRequest)):
                engine.refuse_encryption()
                connection.flush()
            elif isinstance(event, CancelRequest):
                self.registry.cancel(event.process_id, event.key)
                return None
            elif isinstance(event, BadMessage):
                engine.error(event.error)
                return None
            elif isinstance(event, (EndOfInput, DirectTLS)):
                return None

    async def session(self, connection: Connection, startup: StartupMessage) -> Session | None:
        """The session of a client that may come in; None when it may not, and was told so."""
        engine = connection.engine
        try:
            self.check_room()
            if startup.replication not in (None, "false", "off", "no", "0"):
                raise FeatureNotSupported("replication")
            await self.authenticate(connection, startup)
            engine.authentication_ok()
            namespace = self.namespace_of(startup)
            settings = self._settings(startup)
            if namespace not in self.known_namespaces:
                await self._visit(connection, startup.user, namespace)
        except PgError as error:
            error.severity = FATAL
            engine.error(error)
            return None
        return self._welcome(connection, startup, namespace, settings)

    async def _visit(self, connection: Connection, user: str, namespace: str) -> None:
        """See that the namespace exists, and read its dictionary, before its first session begins.

        Raises PgError, 3D000 when it does not exist.
        """
        pool, source = self.services.pool, self.services.schemas(namespace)
        try:
            backend = await connection.interruptible(pool.lease(user, namespace))
            try:
                if source.current() is None:
                    await source.refresh(backend)
            finally:
                await pool.release(backend)
        except IrisError as error:
            raise iris_errors.to_pg_error(error) from error
        except BackendLost as error:
            raise iris_errors.lost(error) from error
        self.known_namespaces.add(namespace)

    def _settings(self, startup: StartupMessage) -> Settings:
        base = Settings(self.services.defaults, {"session_authorization": startup.user})
        return base.with_defaults(startup.settings())

    def _welcome(self, connection: Connection, startup: StartupMessage, namespace: str, settings: Settings) -> Session:
        engine = connection.engine
        pid, key = self.registry.enter(engine.cancel_key_length)
        (client_address, client_port), (server_address, server_port) = connection.peer, connection.local
        identity = Identity(
            user=startup.user,
            database=startup.database,
            namespace=namespace,
            pid=pid,
            client_address=client_address,
            client_port=client_port,
            server_address=server_address,
            server_port=server_port,
        )
        session = Session(self.services, identity, connection, engine, connection, settings)
        self.registry.bind(pid, session)
        for name, value in settings.reported():
            engine.parameter_status(name, value)
        engine.backend_key_data(pid, key)
        return session


def too_many(limit: int) -> PgError:
    """The answer to a client for whom there is no room."""
    return PgError(
        sqlstate.TOO_MANY_CONNECTIONS,
        "sorry, too many clients already",
        severity=FATAL,
        detail=f"{limit} connections are open, as many as limits.connections allows.",
    )


def shutting_down() -> PgError:
    """The answer to a client that comes when the server stops."""
    return PgError(sqlstate.CANNOT_CONNECT_NOW, "the database system is shutting down", severity=FATAL)


def going_down() -> PgError:
    """What sessions hear when the server stops."""
    return PgError(sqlstate.ADMIN_SHUTDOWN, "terminating connection due to administrator command", severity=FATAL)


def took_too_long() -> PgError:
    """The deadline of authentication has passed."""
    return PgError(sqlstate.QUERY_CANCELED, "canceling authentication due to timeout", severity=FATAL)
