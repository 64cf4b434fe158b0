"""A server on a free port of this machine, with a fake pool, and a client that speaks bytes."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Mapping
from typing import cast

from pgiris.backend.api import Pool
from pgiris.config import Address, LimitSettings, ServerSettings, Settings
from pgiris.errors import IrisError, PgError
from pgiris.server.serve import Server
from pgiris.session.surroundings import SchemaSource
from pgiris.sql.plan import Plan
from pgiris.sql.translate import Translator
from tests.unit.session.conversation import FakeTranslator, cstr, render, select
from tests.unit.session.fakes import Answer, FakeBackend, FakeSchemas

PROTOCOL_3_0 = 0x0003_0000
PROTOCOL_3_2 = 0x0003_0002

PLANS: Mapping[str, Plan] = {
    "select 1": select("SELECT 1"),
    "select slow": select("SLOW"),
    "select many": select("MANY"),
}


class SharedPool:
    """Backends of one table of answers, at most `maximum` at a time."""

    def __init__(self, answers: Mapping[str, Answer], maximum: int = 100) -> None:
        self.answers = dict(answers)
        self.leased: set[int] = set()
        self.backends: list[FakeBackend] = []
        self.free = asyncio.Semaphore(maximum)
        self.slow = asyncio.Event()

    async def lease(self, user: str, namespace: str) -> FakeBackend:
        await self.free.acquire()
        if namespace == "NOWHERE":
            raise PgError("3D000", 'database "NOWHERE" does not exist')
        backend = SlowBackend(self.slow, dict(self.answers))
        self.backends.append(backend)
        self.leased.add(id(backend))
        return backend

    async def release(self, backend: FakeBackend, clean: bool = False) -> None:
        self.leased.discard(id(backend))
        self.free.release()

    async def close(self) -> None: ...


class SlowBackend(FakeBackend):
    """The statement SLOW takes until the pool's event is set or it is cancelled."""

    def __init__(self, slow: asyncio.Event, answers: dict[str, Answer]) -> None:
        super().__init__(dict(answers))
        self._slow = slow
        self._cancel = asyncio.Event()
        self.before = self._wait

    async def _wait(self, sql: str) -> None:
        if sql != "SLOW":
            return
        waits = {asyncio.ensure_future(self._slow.wait()), asyncio.ensure_future(self._cancel.wait())}
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        if self._cancel.is_set():
            raise IrisError(-456, "interrupted")

    def cancel(self) -> None:
        super().cancel()
        self._cancel.set()


class House:
    """A running server."""

    def __init__(self, server: Server, pool: SharedPool, port: int) -> None:
        self.server = server
        self.pool = pool
        self.port = port
        self.clients: list[Client] = []

    @classmethod
    async def build(cls, pool: SharedPool | None = None, **limits: object) -> House:
        answers = {
            "SELECT 1": Answer(rows=[(1,)]),
            "SLOW": Answer(rows=[(1,)]),
            "MANY": Answer(rows=[("x" * 1000,)] * 20_000, block_rows=50),
        }
        pool = pool or SharedPool(answers)
        pool.answers = answers
        settings = Settings(
            server=ServerSettings(drain_timeout=0.2),
            limits=LimitSettings(**limits),  # type: ignore[arg-type]
        )
        schemas = FakeSchemas()
        server = Server(
            settings,
            cast("Pool", pool),
            cast("Translator", FakeTranslator(PLANS)),
            lambda namespace: cast("SchemaSource", schemas),
        )
        bound = await server.start([Address("127.0.0.1", 0)])
        return cls(server, pool, bound[0].port)

    async def connect(self) -> Client:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.clients.append(Client(reader, writer))
        return self.clients[-1]

    async def login(self, **settings: str) -> Client:
        """A client that is ready for queries."""
        client = await self.connect()
        client.write(startup(**settings))
        await client.until_ready()
        return client

    async def close(self) -> None:
        for client in self.clients:
            client.writer.close()
        await self.server.drain(0.1)


def startup(version: int = PROTOCOL_3_0, user: str = "tester", **settings: str) -> bytes:
    body = struct.pack("!I", version) + cstr("user") + cstr(user)
    body += b"".join(cstr(name) + cstr(value) for name, value in settings.items()) + b"\0"
    return struct.pack("!i", len(body) + 4) + body


class Client:
    """The other end of a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.pid = 0
        self.key = b""

    def write(self, data: bytes) -> None:
        self.writer.write(data)

    async def message(self) -> bytes:
        """One message; empty at the end of the connection."""
        try:
            head = await asyncio.wait_for(self.reader.readexactly(5), 5)
            body = await self.reader.readexactly(int.from_bytes(head[1:], "big") - 4)
        except (asyncio.IncompleteReadError, ConnectionError):
            return b""
        if head[:1] == b"K":
            self.pid, self.key = int.from_bytes(body[:4], "big"), body[4:]
        return head + body

    async def until_ready(self) -> str:
        """The transcript up to ReadyForQuery or the end."""
        received = b""
        while (message := await self.message()) and not message.startswith(b"Z"):
            received += message
        return (render(received + message) + (" <closed>" if not message else "")).strip()

    async def rest(self) -> bytes:
        """Everything up to the end of the connection."""
        return await asyncio.wait_for(self.reader.read(-1), 5)
