"""The scenario with Python's drivers."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any

import asyncpg
import pg8000.dbapi
import pg8000.native
import psycopg
import psycopg2
import psycopg2.extras
import pytest

from tests.clients import scenario
from tests.server import Address


def documents(column: str, value: Any) -> Any:
    """Compare json as documents, instants in UTC, byte strings as bytes."""
    if column in ("j", "jb") and isinstance(value, str):
        return json.loads(value)
    if column == "y" and isinstance(value, memoryview):
        return bytes(value)
    if isinstance(value, datetime) and value.tzinfo:
        return value.astimezone(timezone.utc)
    return value


class Psycopg:
    """psycopg 3, synchronous. `binary` is for parameters and results."""

    error = psycopg.Error

    def __init__(self, address: Address, *, binary: bool, prepare: bool) -> None:
        self.connection = psycopg.connect(address.dsn, autocommit=True)
        self.mark = "%b" if binary else "%t"
        self.binary = binary
        self.prepare = prepare

    def query(self, sql: str, *parameters: Any) -> Sequence[Sequence[Any]]:
        ordered = [parameters[int(number) - 1] for number in re.findall(r"\$(\d+)", sql)]
        text = re.sub(r"\$\d+", self.mark, sql)
        with self.connection.cursor(binary=self.binary) as cursor:
            cursor.execute(text, ordered if parameters else None, prepare=self.prepare)
            return cursor.fetchall() if cursor.description else []

    def stream(self, sql: str) -> Iterable[Sequence[Any]]:
        with self.connection.cursor(binary=self.binary) as cursor:
            yield from cursor.stream(sql)

    def transaction(self) -> Any:
        return self.connection.transaction()

    def sqlstate(self, error: Exception) -> str:
        assert isinstance(error, psycopg.Error)
        return error.sqlstate or ""

    normal = staticmethod(documents)

    def close(self) -> None:
        self.connection.close()


class Psycopg2:
    """psycopg2: simple queries, values pasted by the driver."""

    error = psycopg2.Error

    def __init__(self, address: Address) -> None:
        self.connection = psycopg2.connect(address.dsn)
        self.connection.autocommit = True
        psycopg2.extras.register_uuid(conn_or_curs=self.connection)

    def query(self, sql: str, *parameters: Any) -> Sequence[Sequence[Any]]:
        ordered = [parameters[int(number) - 1] for number in re.findall(r"\$(\d+)", sql)]
        with self.connection.cursor() as cursor:
            cursor.execute(re.sub(r"\$\d+", "%s", sql), ordered if parameters else None)
            return cursor.fetchall() if cursor.description else []

    def stream(self, sql: str) -> Iterable[Sequence[Any]]:
        return self.query(sql)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.connection.autocommit = False
        try:
            with self.connection:
                yield
        finally:
            self.connection.autocommit = True

    def sqlstate(self, error: Exception) -> str:
        assert isinstance(error, psycopg2.Error)
        return error.pgcode or ""

    normal = staticmethod(documents)

    def close(self) -> None:
        self.connection.close()


class Pg8000:
    """pg8000's native interface: extended protocol, text both ways."""

    error = pg8000.native.DatabaseError

    def __init__(self, address: Address) -> None:
        self.connection = pg8000.native.Connection(
            address.user, host=address.host, port=address.port, database=address.database
        )

    def query(self, sql: str, *parameters: Any) -> Sequence[Sequence[Any]]:
        named = {f"p{number}": value for number, value in enumerate(parameters, 1)}
        rows = self.connection.run(re.sub(r"\$(\d+)", r":p\1", sql.replace("::", "\0")).replace("\0", "::"), **named)
        return [tuple(row) for row in rows or []]

    def stream(self, sql: str) -> Iterable[Sequence[Any]]:
        return self.query(sql)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.connection.run("START TRANSACTION")
        try:
            yield
        except BaseException:
            self.connection.run("ROLLBACK")
            raise
        self.connection.run("COMMIT")

    def sqlstate(self, error: Exception) -> str:
        return str(error.args[0]["C"])

    normal = staticmethod(documents)

    def close(self) -> None:
        self.connection.close()


class Asyncpg:
    """asyncpg: binary only, every statement described first."""

    error = asyncpg.PostgresError

    def __init__(self, address: Address) -> None:
        self.loop = asyncio.new_event_loop()
        self.connection = self.loop.run_until_complete(asyncpg.connect(address.dsn))

    def query(self, sql: str, *parameters: Any) -> Sequence[Sequence[Any]]:
        return [tuple(row) for row in self.loop.run_until_complete(self.connection.fetch(sql, *parameters))]

    def stream(self, sql: str) -> Iterable[Sequence[Any]]:
        async def rows() -> list[tuple[Any, ...]]:
            async with self.connection.transaction():
                return [tuple(row) async for row in self.connection.cursor(sql, prefetch=700)]

        return self.loop.run_until_complete(rows())

    @contextmanager
    def transaction(self) -> Iterator[None]:
        block = self.connection.transaction()
        self.loop.run_until_complete(block.start())
        try:
            yield
        except BaseException:
            self.loop.run_until_complete(block.rollback())
            raise
        self.loop.run_until_complete(block.commit())

    def sqlstate(self, error: Exception) -> str:
        assert isinstance(error, asyncpg.PostgresError)
        return error.sqlstate or ""

    normal = staticmethod(documents)

    def close(self) -> None:
        self.loop.run_until_complete(self.connection.close())
        self.loop.close()


class PsycopgAsync(Psycopg):
    """psycopg 3's asynchronous half."""

    def __init__(self, address: Address) -> None:
        self.loop = asyncio.new_event_loop()
        self.asynchronous = self.loop.run_until_complete(psycopg.AsyncConnection.connect(address.dsn, autocommit=True))

    def query(self, sql: str, *parameters: Any) -> Sequence[Sequence[Any]]:
        ordered = [parameters[int(number) - 1] for number in re.findall(r"\$(\d+)", sql)]

        async def rows() -> Sequence[Sequence[Any]]:
            async with self.asynchronous.cursor() as cursor:
                await cursor.execute(re.sub(r"\$\d+", "%s", sql), ordered if parameters else None)
                return await cursor.fetchall() if cursor.description else []

        return self.loop.run_until_complete(rows())

    def stream(self, sql: str) -> Iterable[Sequence[Any]]:
        async def rows() -> list[Any]:
            async with self.asynchronous.cursor() as cursor:
                return [row async for row in cursor.stream(sql)]

        return self.loop.run_until_complete(rows())

    @contextmanager
    def transaction(self) -> Iterator[None]:
        block = self.asynchronous.transaction()
        self.loop.run_until_complete(block.__aenter__())
        try:
            yield
        except BaseException as error:
            self.loop.run_until_complete(block.__aexit__(type(error), error, error.__traceback__))
            raise
        self.loop.run_until_complete(block.__aexit__(None, None, None))

    def close(self) -> None:
        self.loop.run_until_complete(self.asynchronous.close())
        self.loop.close()


CLIENTS = {
    "psycopg text": lambda address: Psycopg(address, binary=False, prepare=False),
    "psycopg binary": lambda address: Psycopg(address, binary=True, prepare=False),
    "psycopg binary prepared": lambda address: Psycopg(address, binary=True, prepare=True),
    "psycopg async": PsycopgAsync,
    "psycopg2": Psycopg2,
    "asyncpg": Asyncpg,
    "pg8000": Pg8000,
}


@pytest.mark.parametrize("name", CLIENTS)
def test_a_python_client_runs_the_scenario(name: str, scenario_server: Address) -> None:
    client = CLIENTS[name](scenario_server)
    try:
        assert tuple(scenario.run(client, "scenario_" + name.replace(" ", "_"))) == scenario.CHECKS
    finally:
        client.close()
