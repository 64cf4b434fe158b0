"""A PostgreSQL client inside the server's own process: what it runs goes the way of every client's statements.

It speaks the wire protocol over a pair of connected sockets, so that nothing of the server is by-passed but the
network and authentication. Text format only, one statement at a time.

https://www.postgresql.org/docs/15/protocol-flow.html
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Final

from pgiris.errors import PgError
from pgiris.protocol.engine import ServerProtocol
from pgiris.server.admission import Admission, trust
from pgiris.server.cancel import CancelRegistry
from pgiris.server.connection import Connection
from pgiris.session.surroundings import Services

PROTOCOL: Final = 196_608
"""Version 3.0."""

PIPELINE: Final = 50
"""Executions sent before the answers are read."""

Row = tuple[str | None, ...]

_HEADER: Final = struct.Struct("!cI")


class InternalClient:
    """The client's end. Methods raise PgError with what the server answered."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def startup(self, user: str, database: str) -> None:
        """Begin the session."""
        parameters = b"".join(
            f"{name}\0{value}\0".encode()
            for name, value in (("user", user), ("database", database), ("application_name", "pgiris"))
        )
        body = struct.pack("!I", PROTOCOL) + parameters + b"\0"
        self._writer.write(struct.pack("!I", len(body) + 4) + body)
        await self._until_ready()

    async def query(self, sql: str) -> list[Row]:
        """Run a string of statements by the simple protocol; the rows of them all."""
        self._send(b"Q", sql.encode() + b"\0")
        return await self._until_ready()

    async def execute_many(self, sql: str, parameters: Iterable[Sequence[str | None]]) -> None:
        """Prepare a statement and execute it once for each row of parameters. Several are under way at once."""
        self._send(b"P", b"\0" + sql.encode() + b"\0\0\0")
        for number, row in enumerate(parameters, 1):
            self._send(b"B", b"\0\0\0\0" + _values(row) + b"\0\0")
            self._send(b"E", b"\0\0\0\0\0")
            if number % PIPELINE == 0:
                self._send(b"S", b"")
                await self._until_ready()
        self._send(b"S", b"")
        await self._until_ready()

    def close(self) -> None:
        """End the session."""
        with contextlib.suppress(OSError):
            self._send(b"X", b"")
        self._writer.close()

    def _send(self, tag: bytes, body: bytes) -> None:
        self._writer.write(_HEADER.pack(tag, len(body) + 4) + body)

    async def _until_ready(self) -> list[Row]:
        """Read to the next ReadyForQuery. The first error on the way is raised then."""
        await self._writer.drain()
        rows: list[Row] = []
        error: PgError | None = None
        while True:
            try:
                tag, length = _HEADER.unpack(await self._reader.readexactly(_HEADER.size))
                body = await self._reader.readexactly(length - 4)
            except asyncio.IncompleteReadError:
                raise error or PgError("08006", "the server closed the connection") from None
            if tag == b"D":
                rows.append(_cells(body))
            elif tag == b"E" and error is None:
                error = _error(body)
            elif tag == b"Z":
                if error is not None:
                    raise error
                return rows


@asynccontextmanager
async def connected(services: Services, user: str, namespace: str) -> AsyncIterator[InternalClient]:
    """A session of `user` in `namespace`, of a server with these services, without authentication."""
    admission = Admission(services, CancelRegistry(), trust, lambda _: namespace, lambda: None)
    ended = asyncio.Event()

    async def live(connection: Connection) -> None:
        startup = await admission.first_packet(connection)
        session = await admission.session(connection, startup) if startup is not None else None
        if session is not None:
            await session.run()

    def connection() -> Connection:
        return Connection(ServerProtocol(), live, lambda _: None, lambda _: ended.set())

    ours, theirs = socket.socketpair()
    await asyncio.get_running_loop().connect_accepted_socket(connection, theirs)
    client = InternalClient(*await asyncio.open_connection(sock=ours))
    try:
        await client.startup(user, namespace)
        yield client
    finally:
        client.close()
        await ended.wait()


def _values(row: Sequence[str | None]) -> bytes:
    parts = [struct.pack("!H", len(row))]
    for value in row:
        if value is None:
            parts.append(b"\xff\xff\xff\xff")
        else:
            data = value.encode()
            parts.append(struct.pack("!I", len(data)) + data)
    return b"".join(parts)


def _cells(body: bytes) -> Row:
    cells: list[str | None] = []
    at = 2
    for _ in range(int.from_bytes(body[:2], "big")):
        length = int.from_bytes(body[at : at + 4], "big", signed=True)
        at += 4
        cells.append(None if length < 0 else body[at : at + length].decode())
        at += max(length, 0)
    return tuple(cells)


def _error(body: bytes) -> PgError:
    fields = {part[:1]: part[1:].decode() for part in body.split(b"\0") if part}
    return PgError(fields.get(b"C", "XX000"), fields.get(b"M", ""), detail=fields.get(b"D"), hint=fields.get(b"H"))
