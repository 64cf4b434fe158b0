"""``pgiris serve``: puts the rooms together, says when it is ready, and how to connect."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import signal
import sys
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from pgiris import __version__
from pgiris.backend.api import Pool
from pgiris.backend.opening import open_pool
from pgiris.catalog.snapshot import SchemaCache
from pgiris.cli.ports import probe
from pgiris.config import Address, Settings, parse_address
from pgiris.errors import BackendLost, IrisError, PgError
from pgiris.observe.log import configure, get_logger
from pgiris.server.serve import serve
from pgiris.session.settings import server_defaults
from pgiris.session.surroundings import Services
from pgiris.sql.translate import Translator

T = TypeVar("T")

SWITCH_SECONDS = 0.001
"""How long a thread may keep the others from running Python: a backend that encodes rows must not hold up the event
loop, which answers everybody else. Python's default is five times as much."""

SUGGESTED_USER = "_SYSTEM"
"""The user of the connection lines: IRIS's own administrator, which every IRIS has."""

MOST_NAMESPACES = 1000


class SchemaCaches:
    """The schema snapshots by namespace. Clients name namespaces, so the oldest make room."""

    def __init__(self) -> None:
        self._caches: dict[str, SchemaCache] = {}

    def __call__(self, namespace: str) -> SchemaCache:
        cache = self._caches.get(namespace)
        if cache is None:
            if len(self._caches) >= MOST_NAMESPACES:
                del self._caches[next(iter(self._caches))]
            cache = self._caches[namespace] = SchemaCache()
        return cache


def run(settings: Settings) -> int:
    """Serve until told to stop. The exit status."""
    configure(settings.log.level, settings.log.format)
    sys.setswitchinterval(SWITCH_SECONDS)
    addresses = [parse_address(listen) for listen in settings.server.listen]
    try:
        for address in addresses:
            probe(address)  # before the data is opened and perhaps loaded, which takes a while
        run_loop(_serve(settings, addresses))
    except OSError as error:
        click.echo(f"pgiris: {explain(error, settings)}", err=True)
        return 1
    except (IrisError, BackendLost, PgError) as error:
        click.echo(f"pgiris: cannot start: {error}", err=True)
        return 1
    return 0


def run_loop(main: Coroutine[Any, Any, T]) -> T:
    """``asyncio.run``, on uvloop where there is one."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(main)
    return uvloop.run(main)


async def _serve(settings: Settings, addresses: Sequence[Address]) -> None:
    def ready(bound: Sequence[Address]) -> None:
        announce(bound, settings)

    warn_of_trust(settings, addresses)
    translator = Translator(texts=settings.limits.plan_cache)
    schemas = SchemaCaches()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with open_pool(settings) as pool:
        if settings.demo.enabled:
            await unless_stopped(load_demo(settings, pool, translator, schemas), stop)
        if not stop.is_set():
            await serve(settings, pool, translator, schemas, addresses=addresses, ready=ready, stop=stop)
    get_logger().info("stopped")


async def unless_stopped(work: Coroutine[Any, Any, None], stop: asyncio.Event) -> None:
    """Do the work, or give it up when `stop` is set."""
    task = asyncio.ensure_future(work)
    waiting = asyncio.ensure_future(stop.wait())
    await asyncio.wait((task, waiting), return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if task.done():
        task.result()
        return
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def warn_of_trust(settings: Settings, addresses: Sequence[Address]) -> None:
    """Say so when strangers are let in."""
    open_to_others = [f"{host}:{port}" for host, port in addresses if not is_loopback(host)]
    if settings.auth.method == "trust" and open_to_others:
        get_logger().warning("everybody who reaches these addresses is let in as any user", listen=open_to_others)


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def load_demo(settings: Settings, pool: Pool, translator: Translator, schemas: SchemaCaches) -> None:
    """Load the demo data if it is not there. The server starts without it when it cannot be loaded."""
    from pgiris.demo.client import connected
    from pgiris.demo.load import load

    services = Services(translator=translator, pool=pool, schemas=schemas, defaults=server_defaults({}))
    try:
        async with connected(services, SUGGESTED_USER, settings.backend.namespace) as client:
            await load(client)
    except PgError as error:
        get_logger().error("the demo data could not be loaded", error=str(error), detail=error.detail)


def announce(bound: Sequence[Address], settings: Settings) -> None:
    """One line for machines for each address, and lines to paste for the first."""
    for host, port in bound:
        click.echo(f"pgiris ready host={host} port={port}")
    host, port = bound[0]
    host = reachable(host)
    sys.stdout.write(connection_lines(host, port, SUGGESTED_USER, settings.backend.namespace))
    sys.stdout.flush()


def reachable(host: str) -> str:
    """A host to connect to; a server that listens everywhere listens on the loopback address, too."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if not address.is_unspecified:
        return host
    return "127.0.0.1" if address.version == 4 else "::1"


def connection_lines(host: str, port: int, user: str, database: str) -> str:
    """What a user pastes into a shell, a program or a tool."""
    in_url = f"[{host}]" if ":" in host else host
    return f"""
  psql        psql "host={host} port={port} user={user} dbname={database}"
  psycopg     psycopg.connect("host={host} port={port} user={user} dbname={database}")
  JDBC        jdbc:postgresql://{in_url}:{port}/{database}?user={user}
  SQLAlchemy  postgresql+psycopg://{user}@{in_url}:{port}/{database}

pgiris {__version__} serves the namespace {database}. Ctrl-C stops it.
"""


def explain(error: OSError, settings: Settings) -> str:
    """One line about why the start failed."""
    listen = ", ".join(settings.server.listen)
    if error.errno == errno.EADDRINUSE:
        return f"cannot listen on {listen}: the port is taken; choose another with --listen HOST:PORT, or port 0"
    if error.filename is not None:
        return f"cannot use {Path(str(error.filename))}: {error.strerror}"
    return f"cannot listen on {listen}: {error.strerror or error}"
