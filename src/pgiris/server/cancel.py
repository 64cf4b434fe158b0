"""Which session a CancelRequest means (pgwire.md 12)."""

from __future__ import annotations

import hmac
import secrets
from typing import Final, Protocol

from pgiris import sqlstate
from pgiris.errors import PgError
from pgiris.session.iris_errors import USER_REQUEST

FIRST_PID: Final = 1000
LAST_PID: Final = 2**31 - 1


class Cancellable(Protocol):
    def cancel(self, error: PgError) -> None: ...


class CancelRegistry:
    """Process ids and secret keys of the sessions of a server. The ids are the server's own, not the system's."""

    def __init__(self) -> None:
        self._sessions: dict[int, tuple[bytes, Cancellable | None]] = {}
        self._last = FIRST_PID - 1

    def enter(self, key_bytes: int) -> tuple[int, bytes]:
        """A new process id with its key, for a session that is about to begin."""
        while True:
            self._last = self._last + 1 if self._last < LAST_PID else FIRST_PID
            if self._last not in self._sessions:
                break
        key = secrets.token_bytes(key_bytes)
        self._sessions[self._last] = (key, None)
        return self._last, key

    def bind(self, pid: int, session: Cancellable) -> None:
        """From now on requests for `pid` reach the session."""
        key, _ = self._sessions[pid]
        self._sessions[pid] = (key, session)

    def leave(self, pid: int) -> None:
        """The session has ended."""
        self._sessions.pop(pid, None)

    def cancel(self, pid: int, key: bytes) -> bool:
        """Cancel what the session runs now. Wrong ids and keys are ignored without a word."""
        known, session = self._sessions.get(pid, (b"", None))
        if not hmac.compare_digest(known, key) or session is None:
            return False
        session.cancel(PgError(sqlstate.QUERY_CANCELED, USER_REQUEST))
        return True
