"""From the settings to a pool: which adaptor, where its data is, how many backends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pgiris import sqlstate
from pgiris.backend.local import LocalAdaptor
from pgiris.backend.pool import BackendPool, PoolLimits
from pgiris.backend.threads import ThreadBackend
from pgiris.config import PoolSettings, Settings
from pgiris.errors import FATAL, IrisError, PgError
from pgiris.rows import RowEncoder
from pgiris.standin.instance import Instance

NO_NAMESPACE = "<NAMESPACE>"
"""Part of the message of an IRIS error that says that a namespace does not exist (embedded.md 3.7)."""


class LocalInstance:
    """The stand-in of `settings`, open. Raises IrisError and OSError when its data cannot be opened."""

    def __init__(self, settings: Settings) -> None:
        self._instance = Instance(settings.backend.data)

    def adaptor(self, user: str, namespace: str) -> LocalAdaptor:
        """A process of it. Raises IrisError; PgError 3D000 for a namespace that does not exist."""
        try:
            return LocalAdaptor(self._instance, user, namespace)
        except IrisError as error:
            if NO_NAMESPACE in error.message:
                raise no_database(namespace) from error
            raise

    async def spawn(self, user: str, namespace: str) -> ThreadBackend:
        """A process of it in a thread of its own, for the pool."""
        return await ThreadBackend.start(lambda: self.adaptor(user, namespace), RowEncoder, f"iris {namespace} {user}")

    def close(self) -> None:
        self._instance.close()


def no_database(namespace: str) -> PgError:
    """The answer to a client that names a namespace that does not exist."""
    return PgError(sqlstate.INVALID_CATALOG_NAME, f'database "{namespace}" does not exist', severity=FATAL)


def pool_limits(settings: PoolSettings) -> PoolLimits:
    return PoolLimits(
        minimum=settings.minimum,
        maximum=settings.maximum,
        queue=settings.queue,
        idle_timeout=settings.idle_timeout,
        lease_timeout=settings.lease_timeout,
        reset_timeout=settings.reset_timeout,
    )


def open_instance(settings: Settings) -> LocalInstance:
    """Open what ``backend.kind`` names. Raises IrisError and OSError."""
    return LocalInstance(settings)


@asynccontextmanager
async def open_pool(settings: Settings) -> AsyncIterator[BackendPool]:
    """The pool of these settings; at the end every backend is ended and the data closed."""
    instance = await asyncio.to_thread(open_instance, settings)
    try:
        pool = BackendPool(instance.spawn, pool_limits(settings.pool))
        try:
            yield pool
        finally:
            await pool.close()
    finally:
        instance.close()
