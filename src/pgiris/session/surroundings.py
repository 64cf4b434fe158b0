"""What a session needs of the world outside: the client's end, a clock and timers, and the rest of the server.

The session is written against these, so that tests drive it in memory and the server binds it to asyncio.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from pgiris.backend.api import Backend, Pool
from pgiris.errors import PgError
from pgiris.session.notifications import Channels
from pgiris.session.setting_values import SettingValue
from pgiris.sql.schema import Schema
from pgiris.sql.translate import Translator

T = TypeVar("T")


class Timer(Protocol):
    def cancel(self) -> None: ...


class Runtime(Protocol):
    """Time, and waits that can be given up."""

    def now(self) -> int:
        """Wall-clock time in microseconds since 2000-01-01 UTC."""

    def call_later(self, seconds: float, callback: Callable[[], object]) -> Timer: ...

    async def interruptible(self, awaitable: Awaitable[T]) -> T:
        """Wait for `awaitable`; ``interrupt`` ends the wait with its error."""

    def interrupt(self, error: PgError) -> None:
        """End the wait inside ``interruptible``, if there is one."""


class SchemaSource(Protocol):
    """The schema snapshot of a namespace, shared by its sessions."""

    def current(self) -> Schema | None:
        """The newest snapshot; None before the first one was read."""

    async def refresh(self, backend: Backend) -> Schema:
        """Read the dictionary anew. Raises IrisError, BackendLost."""


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """Counts of things a session may hold."""

    statements: int = 10_000
    portals: int = 1_000


@dataclass(frozen=True, slots=True)
class Services:
    """What all sessions of a server share."""

    translator: Translator
    pool: Pool
    schemas: Callable[[str], SchemaSource]
    """By namespace."""
    defaults: Mapping[str, SettingValue]
    """Settings' defaults: see ``session.settings.server_defaults``."""
    start_time: int = 0
    """When the server started, in microseconds since 2000-01-01 UTC."""
    limits: SessionLimits = field(default_factory=SessionLimits)
    channels: Channels = field(default_factory=Channels)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the session is. `user` and `database` are PostgreSQL's names; `namespace` is IRIS's."""

    user: str
    database: str
    namespace: str
    pid: int
    """The process id of BackendKeyData."""
    client_address: str | None = None
    client_port: int | None = None
    server_address: str | None = None
    server_port: int | None = None
    iris_user: str = ""
    """The IRIS user that its backends log in as; the user's own name when empty."""
