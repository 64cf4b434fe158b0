"""LISTEN and NOTIFY: who hears which channel, and what a transaction has said so far.

They take effect at commit; equal notifications of a transaction are sent once; a session hears its own
(https://www.postgresql.org/docs/15/sql-notify.html). Channels belong to a server: sessions of other gateways do not
hear them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final, Protocol

from pgiris import sqlstate
from pgiris.errors import FATAL, PgError
from pgiris.sql import actions

MAX_CHANNEL: Final = 63
"""Bytes of a channel's name."""
MAX_PAYLOAD: Final = 7999
"""Bytes of a payload."""
MAX_WAITING: Final = 10_000
"""Notifications that may wait for a session that does not take them."""

Pending = actions.Listen | actions.Unlisten | actions.Notify
Notification = tuple[int, str, str]
"""Process id of the sender, channel, payload."""


class Listener(Protocol):
    """A session that listens."""

    def hear(self, notification: Notification) -> None: ...


def check(action: Pending) -> None:
    """Raises PgError 22023 for a channel or payload that is too long."""
    if isinstance(action, actions.Notify):
        if len(action.channel.encode()) > MAX_CHANNEL:
            raise PgError(sqlstate.INVALID_PARAMETER_VALUE, "channel name too long")
        if len(action.payload.encode()) > MAX_PAYLOAD:
            raise PgError(sqlstate.INVALID_PARAMETER_VALUE, "payload string too long")


class Channels:
    """The channels of a server, by database and name."""

    def __init__(self) -> None:
        self._listeners: dict[tuple[str, str], dict[Listener, None]] = {}

    def listening(self, listener: Listener) -> bool:
        return any(listener in listeners for listeners in self._listeners.values())

    def publish(self, database: str, pid: int, listener: Listener, pending: Iterable[Pending]) -> None:
        """Carry out what a transaction asked for, in its order; `listener` is the session that asked."""
        said: dict[tuple[str, str], None] = {}
        for action in pending:
            if isinstance(action, actions.Listen):
                self._listeners.setdefault((database, action.channel), {})[listener] = None
            elif isinstance(action, actions.Unlisten):
                self.forget(listener, database, action.channel)
            else:
                said[action.channel, action.payload] = None
        for channel, payload in said:
            for hearer in list(self._listeners.get((database, channel), ())):
                hearer.hear((pid, channel, payload))

    def forget(self, listener: Listener, database: str, channel: str | None = None) -> None:
        """UNLISTEN; without a channel, all of them."""
        keys = list(self._listeners) if channel is None else [(database, channel)]
        for key in keys:
            listeners = self._listeners.get(key)
            if listeners is not None:
                listeners.pop(listener, None)
                if not listeners:
                    del self._listeners[key]


class Mailbox:
    """Notifications that a session has heard and its client has not."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: deque[Notification] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, notification: Notification) -> None:
        """Raises PgError, FATAL 53400, when too many wait: a client that never comes out of its transaction."""
        if len(self._waiting) >= MAX_WAITING:
            raise PgError(
                sqlstate.CONFIGURATION_LIMIT_EXCEEDED,
                "too many notifications wait for this session",
                severity=FATAL,
                detail=f"{MAX_WAITING} notifications came in while it was in a transaction.",
            )
        self._waiting.append(notification)

    def take(self) -> list[Notification]:
        """All of them, oldest first."""
        taken = list(self._waiting)
        self._waiting.clear()
        return taken
