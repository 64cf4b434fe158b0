"""The connection to the client, as a session sees it: events come in, bytes go out; no sockets.

What is said is put into the protocol engine (``pgiris.protocol.engine``); the wire carries bytes between the engine
and the client.
"""

from __future__ import annotations

from typing import Protocol

from pgiris.protocol.engine import Event


class ClientGone(Exception):
    """The connection has ended: nothing more comes, and nobody reads."""


class ReceiveTimeout(Exception):
    """No message came in time."""


class Wire(Protocol):
    """Carries bytes between a client and the engine."""

    @property
    def pending(self) -> bool:
        """Whether a whole message has arrived that nobody has taken."""

    async def receive(self, timeout: float = 0.0) -> Event:
        """The next event of the engine; `timeout` in seconds, 0 waits for ever.

        Raises ClientGone at the end of the connection, ReceiveTimeout.
        """

    def flush(self) -> None:
        """Write what the engine has to send."""

    def flush_if_full(self) -> None:
        """Write it when there is much of it."""

    @property
    def congested(self) -> bool:
        """Whether the client has not taken enough of what was written: the time to ``drain``."""

    async def drain(self) -> None:
        """Wait until the client has taken enough. Raises ClientGone."""
