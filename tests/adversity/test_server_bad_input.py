"""Garbage from the network: a PostgreSQL error or an orderly close, other sessions untouched, nothing left behind."""

from __future__ import annotations

import asyncio
import random
import struct
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.unit.server.harness import Client, House, startup
from tests.unit.session.conversation import FLUSH, SYNC, bind, close, describe, execute, message, parse, query, render


@pytest_asyncio.fixture
async def house() -> AsyncIterator[House]:
    made = await House.build(message_bytes=100_000, startup_timeout=2.0)
    yield made
    await made.close()
    assert not made.pool.leased


@pytest_asyncio.fixture
async def witness(house: House) -> AsyncIterator[Client]:
    """A session that must not notice anything."""
    client = await house.login()
    yield client
    client.write(query("select 1"))
    assert await client.until_ready() == "T D C(SELECT 1) ZI"


async def answer(house: House, data: bytes, *, end: bool = True) -> bytes:
    """All that the server says to `data` before it closes the connection."""
    client = await house.connect()
    client.write(data)
    if end:
        client.writer.write_eof()
    return await client.rest()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"\0\0\0",
        b"\0\0\0\x08",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"\xff" * 100,
        b"\0" * 100,
        struct.pack("!ii", 7, 196608),
        struct.pack("!ii", 10_001, 196608),
        struct.pack("!ii", 2**31 - 1, 196608),
        struct.pack("!ii", -1, 196608),
        struct.pack("!ii", 8, 196608),
        struct.pack("!ii", 9, 196608) + b"\0",
        struct.pack("!ii", 12, 196608) + b"user",
        struct.pack("!ii", 16, 80877102) + b"\0\0\0\1abcd",
        struct.pack("!ii", 12, 80877102) + b"\0\0\0\1",
        struct.pack("!ii", 8, 80877103) * 3,
        struct.pack("!ii", 8, 80877104) * 3,
        startup(4 << 16),
        startup(2 << 16),
        startup()[:-3],
        startup(user=""),
        struct.pack("!ii", 17, 196608) + b"user\0\xff\xfe\0\0",
    ],
    ids=lambda data: data[:12].hex(),
)  # fmt: skip
async def test_a_bad_first_packet_gets_an_error_or_an_end(house: House, witness: Client, data: bytes) -> None:
    said = await answer(house, data)
    said = said.lstrip(b"N")
    assert said == b"" or render(said).startswith(("E(FATAL,", "v", "R"))


@pytest.mark.parametrize(
    "data",
    [
        b"!\0\0\0\4",
        b"Q\0\0\0\3",
        b"Q\0\0\0\0",
        b"Q\xff\xff\xff\xff",
        b"Q" + struct.pack("!i", 100_001),
        b"S" + struct.pack("!i", 10_001),
        b"\0" * 50,
        bytes(range(256)),
        b"p\0\0\0\5\0",
    ],
    ids=lambda data: data[:8].hex(),
)
async def test_a_broken_stream_ends_with_a_fatal_08p01(house: House, witness: Client, data: bytes) -> None:
    client = await house.login()
    client.write(data)
    said = render(await client.rest())
    assert said.startswith("E(FATAL,08P01,"), said


@pytest.mark.parametrize(
    ("data", "state"),
    [
        (message(b"Q", b"select 1"), "08P01"),
        (message(b"Q", b"select 1\0\0"), "08P01"),
        (message(b"Q", b"select '\xff'\0"), "22021"),
        (message(b"P", b"a\0select 1\0"), "08P01"),
        (message(b"P", b"a\0select 1\0\xff\xff"), "08P01"),
        (message(b"B", b"\0\0\xff\xff"), "08P01"),
        (message(b"B", b"\0\0\0\0\0\1\0\0\0\x09x\0\0"), "08P01"),
        (message(b"D", b"X\0"), "08P01"),
        (message(b"D", b""), "08P01"),
        (message(b"C", b"Q\0"), "08P01"),
        (message(b"E", b"\0\0"), "08P01"),
        (message(b"S", b"x"), "08P01"),
        (message(b"H", b"x"), "08P01"),
        (message(b"F", b"\0\0\0\1"), "08P01"),
        (message(b"F", b"\0\0\0\1\0\0\0\0\0\0"), "0A000"),
    ],
)
async def test_a_bad_body_is_an_error_and_the_session_goes_on(
    house: House, witness: Client, data: bytes, state: str
) -> None:
    client = await house.login()
    client.write(data + SYNC)
    said = ""
    while not said.endswith("ZI"):
        said += await client.until_ready()
    assert f"E(ERROR,{state}," in said
    if data[:1] in (b"Q", b"S", b"F"):
        assert await client.until_ready() == "ZI" or data[:1] == b"S"
    client.write(query("select 1"))
    assert (await client.until_ready()).endswith("T D C(SELECT 1) ZI")


GOLDEN = [
    query("select 1"),
    query("begin; select 1; savepoint a; rollback to a; commit"),
    parse("select 1", "s"),
    bind("p", "s", results=[1]),
    describe("S", "s"),
    describe("P", "p"),
    execute("p", 1),
    FLUSH,
    close("P", "p"),
    close("S", "s"),
    SYNC,
    query("set application_name = 'x'; show application_name"),
    query("begin"),
    parse("select 1"),
    bind(),
    execute(),
    SYNC,
    query("rollback"),
]


def mutated(rng: random.Random) -> bytes:
    """A golden conversation with some damage: bytes changed, cut out, doubled; messages swapped."""
    messages = list(GOLDEN)
    if rng.random() < 0.5:
        rng.shuffle(messages)
    data = bytearray(b"".join(messages))
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(data))
        kind = rng.randrange(4)
        if kind == 0:
            data[at] = rng.randrange(256)
        elif kind == 1:
            del data[at : at + rng.randint(1, 8)]
        elif kind == 2:
            data[at:at] = data[at : at + rng.randint(1, 16)]
        else:
            data[at:at] = rng.randbytes(rng.randint(1, 8))
    return bytes(data)


@pytest.mark.parametrize("seed", range(4))
async def test_mutated_conversations_leave_the_server_whole(house: House, witness: Client, seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(50):
        said = await answer(house, startup() + mutated(rng))
        assert said.startswith(b"R")
        render(said)
    await asyncio.sleep(0)


async def test_clients_that_come_and_go_leave_no_connection(house: House, witness: Client) -> None:
    for _ in range(50):
        client = await house.connect()
        client.write(startup() + query("select 1"))
        client.writer.transport.abort()
    for _ in range(200):
        if len(house.server._connections) == 1:
            break
        await asyncio.sleep(0.01)
    assert len(house.server._connections) == 1
