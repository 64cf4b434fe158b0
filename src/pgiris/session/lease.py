"""A session's hold on a backend, and what may interrupt its use.

A session leases a backend when a statement first needs one, and gives it back as soon as nothing of the session is
left in it: no transaction, no open result. Waiting for a lease is bounded by the pool (53300).
"""

from __future__ import annotations

from typing import Final

from pgiris.backend.api import Backend, Pool
from pgiris.errors import PgError
from pgiris.session.surroundings import Identity, Runtime

IRIS_LOCK_TIMEOUT: Final = 10
"""Seconds that IRIS waits for a lock unless told otherwise (sql.md 11)."""


class Interruption:
    """What stops the statement that runs: a cancel request, a timeout, the end of the server.

    A request is bound to the statement that runs when it comes and forgotten when that ends, so that it never hits
    a later one (pgwire.md 12).
    """

    __slots__ = ("_error", "_lease", "_running", "_runtime")

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._running = False
        self._error: PgError | None = None
        self._lease: Lease | None = None

    @property
    def running(self) -> bool:
        return self._running

    @property
    def requested(self) -> PgError | None:
        """The error that the running statement is to end with."""
        return self._error

    def guard(self, lease: Lease) -> None:
        """Interrupt what runs in this lease, too."""
        self._lease = lease

    def begin(self) -> None:
        """A statement begins."""
        self._running = True
        self._error = None

    def end(self) -> None:
        """It has ended, one way or another."""
        self._running = False
        self._error = None

    def request(self, error: PgError) -> bool:
        """Stop what runs with `error`; false when nothing does. Returns at once."""
        if not self._running:
            return False
        if self._error is None:
            self._error = error
            if self._lease is not None:
                self._lease.cancel()
            self._runtime.interrupt(error)
        return True

    def check(self) -> None:
        """Raise what was requested."""
        if self._error is not None:
            raise self._error


class Lease:
    """The backend of a session, if it has one."""

    __slots__ = ("_backend", "_identity", "_interruption", "_lock_timeout", "_pool", "_runtime", "_soiled")

    def __init__(self, pool: Pool, identity: Identity, runtime: Runtime, interruption: Interruption) -> None:
        self._pool = pool
        self._identity = identity
        self._runtime = runtime
        self._interruption = interruption
        self._backend: Backend | None = None
        self._soiled = False
        self._lock_timeout = 0
        interruption.guard(self)

    @property
    def held(self) -> bool:
        return self._backend is not None

    async def backend(self) -> Backend:
        """The session's backend, leased if need be. Raises PgError 53300, or what was requested meanwhile."""
        self._interruption.check()
        if self._backend is None:
            user = self._identity.iris_user or self._identity.user
            leasing = self._pool.lease(user, self._identity.namespace)
            self._soiled = False
            self._lock_timeout = 0
            self._backend = await self._runtime.interruptible(leasing)
        return self._backend

    async def use_lock_timeout(self, milliseconds: int) -> None:
        """Let statements wait so long for locks; 0 is IRIS's own default. IRIS counts in seconds, so it is rounded up.

        Document key RSQL_setoption.
        """
        if milliseconds != self._lock_timeout:
            backend = await self.backend()
            seconds = -(-milliseconds // 1000) or IRIS_LOCK_TIMEOUT
            self.soil()
            await backend.execute(f"SET OPTION LOCK_TIMEOUT = {seconds}")
            self._lock_timeout = milliseconds

    def soil(self) -> None:
        """Something of the session may be left in the backend: it must be reset before another session gets it."""
        self._soiled = True

    async def release(self) -> None:
        """Give the backend back; the pool resets it if need be."""
        backend, self._backend = self._backend, None
        if backend is not None:
            await self._pool.release(backend, clean=not self._soiled)

    def cancel(self) -> None:
        """Interrupt what the backend runs now, if anything."""
        if self._backend is not None:
            self._backend.cancel()
