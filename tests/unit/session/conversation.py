"""A session driven in memory: messages in, a transcript out. No sockets, no event loop's time.

A transcript reads like the wire probe's: the tags of the server's messages in order, with what matters of them.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from pgiris.backend.api import Pool
from pgiris.errors import PgError
from pgiris.protocol.engine import Event, ServerProtocol
from pgiris.session.notifications import Channels
from pgiris.session.session import Session
from pgiris.session.settings import Settings, server_defaults
from pgiris.session.surroundings import SchemaSource, Services, SessionLimits
from pgiris.session.wire import ClientGone, ReceiveTimeout
from pgiris.sql.plan import Column, Plan, Step, Yields
from pgiris.sql.plan import Transaction as Kind
from pgiris.sql.schema import Schema
from pgiris.sql.translate import Statement, Translator

from .fakes import IDENTITY, Answer, FakePool, FakeRuntime, FakeSchemas


def message(tag: bytes, body: bytes = b"") -> bytes:
    return tag + struct.pack("!i", len(body) + 4) + body


def cstr(text: str) -> bytes:
    return text.encode() + b"\0"


def query(sql: str) -> bytes:
    return message(b"Q", cstr(sql))


def parse(sql: str, name: str = "", oids: Sequence[int] = ()) -> bytes:
    return message(b"P", cstr(name) + cstr(sql) + struct.pack(f"!h{len(oids)}I", len(oids), *oids))


def bind(
    portal: str = "",
    statement: str = "",
    parameters: Sequence[bytes | None] = (),
    formats: Sequence[int] = (),
    results: Sequence[int] = (),
) -> bytes:
    body = cstr(portal) + cstr(statement) + struct.pack(f"!h{len(formats)}h", len(formats), *formats)
    body += struct.pack("!h", len(parameters))
    for value in parameters:
        body += struct.pack("!i", -1) if value is None else struct.pack("!i", len(value)) + value
    return message(b"B", body + struct.pack(f"!h{len(results)}h", len(results), *results))


def describe(kind: str, name: str = "") -> bytes:
    return message(b"D", kind.encode() + cstr(name))


def execute(portal: str = "", max_rows: int = 0) -> bytes:
    return message(b"E", cstr(portal) + struct.pack("!i", max_rows))


def close(kind: str, name: str = "") -> bytes:
    return message(b"C", kind.encode() + cstr(name))


SYNC = message(b"S")
FLUSH = message(b"H")
TERMINATE = message(b"X")


def render(data: bytes) -> str:
    """The transcript of a stream of server messages."""
    shown: list[str] = []
    at = 0
    while at < len(data):
        tag = data[at : at + 1].decode()
        length = int.from_bytes(data[at + 1 : at + 5], "big")
        shown.append(_render(tag, data[at + 5 : at + 1 + length]))
        at += 1 + length
    return " ".join(shown)


def _render(tag: str, body: bytes) -> str:
    if tag in "EN":
        parts = {part[:1]: part[1:].decode() for part in body.split(b"\0") if part}
        position = f",P={parts[b'P']}" if b"P" in parts else ""
        return f"{tag}({parts[b'S']},{parts[b'C']},{parts[b'M']!r}{position})"
    if tag == "C":
        return f"C({body[:-1].decode()})"
    if tag == "Z":
        return "Z" + body.decode()
    if tag == "S":
        name, value, _ = body.split(b"\0")
        return f"S({name.decode()}={value.decode(errors='replace')})"
    if tag == "A":
        channel, payload, _ = body[4:].split(b"\0")
        return f"A({channel.decode()},{payload.decode()})"
    if tag == "t":
        return f"t{struct.unpack_from(f'!{len(body) // 4}I', body, 2)}"
    return tag


class MemoryWire:
    """The wire of a client that lives in the test. `writes` are the sizes of what was written at once."""

    def __init__(self, engine: ServerProtocol) -> None:
        self.engine = engine
        self.sent = bytearray()
        self.writes: list[int] = []
        self.congested = False
        self.drains = 0
        self.timeouts: list[float] = []
        self.gone = False
        self.waiting = asyncio.Event()
        self.waiter: asyncio.Future[None] | None = None

    @property
    def pending(self) -> bool:
        return not self.engine.needs_input

    async def receive(self, timeout: float = 0.0) -> Event:
        while (event := self.engine.next_event()) is None:
            if self.gone:
                raise ClientGone
            self.timeouts.append(timeout)
            self.waiter = asyncio.get_running_loop().create_future()
            self.waiting.set()
            try:
                await self.waiter
            finally:
                self.waiting.clear()
        return event

    def wake(self, error: Exception | None = None) -> None:
        """The wait for a message ends: there is one, or `error`."""
        if self.waiter is not None and not self.waiter.done():
            if error is None:
                self.waiter.set_result(None)
            else:
                self.waiter.set_exception(error)
            self.waiting.clear()

    def flush(self) -> None:
        data = b"".join(self.engine.data_to_send())
        if data:
            self.writes.append(len(data))
            self.sent += data

    def flush_if_full(self) -> None:
        if self.engine.pending_output > 65536:
            self.flush()

    async def drain(self) -> None:
        self.drains += 1
        if self.gone:
            raise ClientGone


class MemoryRuntime(FakeRuntime):
    """Interrupts reach a session that waits for its client."""

    wire: MemoryWire

    def interrupt(self, error: PgError) -> None:
        super().interrupt(error)
        self.wire.wake(error)


@dataclass
class FakeTranslator:
    """Statements that a table knows; the others are the real translator's, so that utility statements are real."""

    table: Mapping[str, Plan | PgError]
    real: Translator = field(default_factory=Translator)
    planned: list[tuple[str, tuple[str, ...], tuple[int, ...]]] = field(default_factory=list)

    def parse(self, text: str) -> tuple[Statement, ...]:
        found: list[Statement] = []
        for part in text.split(";"):
            sql = part.strip()
            if sql in self.table:
                found.append(Statement(sql, 0, lambda planning: Plan("")))
            elif sql:
                found.extend(self.real.parse(sql))
        return tuple(found) or self.real.parse("")

    def plan(
        self,
        statement: Statement,
        schema: Schema,
        search_path: tuple[str, ...] = ("public",),
        parameter_oids: tuple[int, ...] = (),
    ) -> Plan:
        entry = self.table.get(statement.text)
        if entry is None:
            return self.real.plan(statement, schema, search_path, parameter_oids)
        self.planned.append((statement.text, search_path, parameter_oids))
        if isinstance(entry, PgError):
            raise entry
        return entry


def select(sql: str, *columns: tuple[str, int], parameters: tuple[int, ...] = (), **more: object) -> Plan:
    """A plan of one query that IRIS runs as it is."""
    return Plan(
        "SELECT",
        (Step(sql, yields=Yields.ROWS),),
        tuple(Column(name, oid) for name, oid in columns) or (Column("?column?", 23),),
        parameters,
        tag_counts=True,
        **more,  # type: ignore[arg-type]
    )


def command(sql: str, tag: str, kind: Kind = Kind.WRITE, **more: object) -> Plan:
    """A plan of one statement without rows."""
    counts = kind is Kind.WRITE
    return Plan(tag, (Step(sql, counts=counts),), tag_counts=counts, transaction=kind, **more)  # type: ignore[arg-type]


class Conversation:
    """A session and its surroundings. `say` sends messages and returns what came back."""

    def __init__(
        self,
        plans: Mapping[str, Plan | PgError] | None = None,
        answers: Mapping[str, Answer] | None = None,
        limits: SessionLimits | None = None,
        channels: Channels | None = None,
    ) -> None:
        self.pool = FakePool()
        self.backend = self.pool.backend
        self.backend.answers.update(answers or {})
        self.schemas = FakeSchemas()
        self.translator = FakeTranslator(dict(plans or {}))
        self.engine = ServerProtocol()
        self._start_engine()
        self.wire = MemoryWire(self.engine)
        self.runtime = MemoryRuntime()
        self.runtime.wire = self.wire
        services = Services(
            translator=cast("Translator", self.translator),
            pool=cast("Pool", self.pool),
            schemas=lambda namespace: cast("SchemaSource", self.schemas),
            defaults=server_defaults({"server_version": "15.20"}),
            limits=limits or SessionLimits(),
            channels=channels or Channels(),
        )
        settings = Settings(services.defaults, {"session_authorization": IDENTITY.user})
        self.session = Session(services, IDENTITY, self.runtime, self.engine, self.wire, settings)
        self.task: asyncio.Task[None] | None = None

    def _start_engine(self) -> None:
        body = struct.pack("!I", 196608) + cstr("user") + cstr("tester") + b"\0"
        self.engine.receive(struct.pack("!i", len(body) + 4) + body)
        assert self.engine.next_event() is not None
        self.engine.authentication_ok()
        self.engine.data_to_send()

    @property
    def ended(self) -> bool:
        return self.task is not None and self.task.done()

    async def say(self, *messages: bytes) -> str:
        """Send messages together; the transcript of the answer, once the session waits again or has ended."""
        await self._settled()
        self.wire.sent.clear()
        self.wire.writes.clear()
        self.engine.receive(b"".join(messages))
        self.wire.wake()
        await self._settled()
        return self.heard()

    async def silence(self) -> str:
        """Let the session's patience run out."""
        await self._settled()
        self.wire.sent.clear()
        self.wire.wake(ReceiveTimeout())
        await self._settled()
        return self.heard()

    def heard(self) -> str:
        """The transcript of what was written; what was not flushed is not heard."""
        return render(bytes(self.wire.sent))

    async def _settled(self) -> None:
        if self.task is None:
            self.task = asyncio.create_task(self.session.run())
        waiting = asyncio.ensure_future(self.wire.waiting.wait())
        await asyncio.wait({waiting, self.task}, return_when=asyncio.FIRST_COMPLETED, timeout=5)
        waiting.cancel()

    async def hang_up(self) -> None:
        """The client goes without a word."""
        self.wire.gone = True
        self.engine.receive_eof()
        self.wire.wake()
        if self.task is not None:
            await asyncio.wait_for(self.task, 5)
