"""The asyncio server: letting in, cancelling, limits, flow control, drain."""

from __future__ import annotations

import asyncio
import struct

from pgiris.config import Address
from tests.unit.session.conversation import query

from .conftest import Build
from .harness import PROTOCOL_3_2, House, startup

SSL_REQUEST = struct.pack("!ii", 8, 80877103)
GSS_REQUEST = struct.pack("!ii", 8, 80877104)


def cancel_request(pid: int, key: bytes) -> bytes:
    return struct.pack("!iii", 12 + len(key), 80877102, pid) + key


async def eventually(condition: object) -> None:
    for _ in range(500):
        if condition():  # type: ignore[operator]
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen")


async def test_a_session_starts_as_postgresql_starts_it(build: Build) -> None:
    client = await (await build()).connect()
    client.write(startup(application_name="x"))
    transcript = await client.until_ready()
    assert transcript.startswith("R S(application_name=x) S(client_encoding=UTF8) S(DateStyle=ISO, MDY) ")
    assert transcript.endswith(" S(TimeZone=Etc/UTC) K ZI")
    assert "S(server_version=15." in transcript
    assert "S(session_authorization=tester)" in transcript
    assert len(client.key) == 4


async def test_requests_for_encryption_are_answered_no_and_the_client_goes_on(build: Build) -> None:
    client = await (await build()).connect()
    client.write(GSS_REQUEST)
    assert await client.reader.readexactly(1) == b"N"
    client.write(SSL_REQUEST)
    assert await client.reader.readexactly(1) == b"N"
    client.write(startup())
    assert (await client.until_ready()).endswith("ZI")


async def test_queries_are_answered(build: Build) -> None:
    client = await (await build()).login()
    client.write(query("select 1"))
    assert await client.until_ready() == "T D C(SELECT 1) ZI"


async def test_settings_of_the_startup_packet_count(build: Build) -> None:
    client = await (await build()).login(options="-c statement_timeout=5s", datestyle="German")
    client.write(query("show statement_timeout"))
    assert await client.until_ready() == "T D C(SHOW) ZI"
    client.write(query("set datestyle = ISO; reset datestyle"))
    assert await client.until_ready() == "C(SET) C(RESET) ZI"


async def test_a_bad_setting_in_the_startup_packet_is_fatal(build: Build) -> None:
    client = await (await build()).connect()
    client.write(startup(statement_timeout="soon"))
    assert await client.until_ready() == (
        'R E(FATAL,22023,\'invalid value for parameter "statement_timeout": "soon"\') <closed>'
    )


async def test_a_database_that_does_not_exist_is_refused_at_the_door(build: Build) -> None:
    client = await (await build()).connect()
    client.write(startup(database="NOWHERE"))
    assert await client.until_ready() == "R E(FATAL,3D000,'database \"NOWHERE\" does not exist') <closed>"


async def test_replication_is_refused(build: Build) -> None:
    client = await (await build()).connect()
    client.write(startup(replication="database"))
    assert (await client.until_ready()).startswith("E(FATAL,0A000,'replication is not supported'")


async def test_a_cancel_request_stops_what_runs(build: Build) -> None:
    house = await build()
    client = await house.login()
    client.write(query("select slow"))
    await eventually(lambda: house.pool.leased)
    other = await house.connect()
    other.write(cancel_request(client.pid, client.key))
    assert await other.rest() == b""
    assert await client.until_ready() == "E(ERROR,57014,'canceling statement due to user request') ZI"
    client.write(query("select 1"))
    assert await client.until_ready() == "T D C(SELECT 1) ZI"


async def test_a_client_of_protocol_3_2_gets_a_long_key_that_works(build: Build) -> None:
    house = await build()
    client = await house.connect()
    client.write(startup(PROTOCOL_3_2))
    await client.until_ready()
    assert len(client.key) == 32
    client.write(query("select slow"))
    await eventually(lambda: house.pool.leased)
    (await house.connect()).write(cancel_request(client.pid, client.key))
    assert "57014" in await client.until_ready()


async def test_a_cancel_request_with_a_wrong_key_does_nothing(build: Build) -> None:
    house = await build()
    client = await house.login()
    client.write(query("select slow"))
    await eventually(lambda: house.pool.leased)
    for pid, key in ((client.pid, b"nope"), (client.pid + 1, client.key), (client.pid, client.key + b"x")):
        other = await house.connect()
        other.write(cancel_request(pid, key))
        assert await other.rest() == b""
    house.pool.slow.set()
    assert await client.until_ready() == "T D C(SELECT 1) ZI"


async def test_a_cancel_reaches_a_session_that_waits_for_a_backend(build: Build) -> None:
    from .harness import SharedPool

    house = await build(pool=SharedPool({}, maximum=1))
    first, second = await house.login(), await house.login()
    first.write(query("select slow"))
    await eventually(lambda: house.pool.leased)
    second.write(query("select 1"))
    await asyncio.sleep(0.05)
    (await house.connect()).write(cancel_request(second.pid, second.key))
    assert await second.until_ready() == "E(ERROR,57014,'canceling statement due to user request') ZI"
    house.pool.slow.set()
    assert await first.until_ready() == "T D C(SELECT 1) ZI"
    second.write(query("select 1"))
    assert await second.until_ready() == "T D C(SELECT 1) ZI"


async def test_more_connections_than_allowed_are_told_so(build: Build) -> None:
    house = await build(connections=1)
    client = await house.login()
    other = await house.connect()
    other.write(startup())
    assert await other.until_ready() == "E(FATAL,53300,'sorry, too many clients already') <closed>"
    client.writer.close()
    await eventually(lambda: len(house.server._connections) == 0)
    await house.login()


async def test_a_client_that_never_starts_is_sent_away(build: Build) -> None:
    house = await build(startup_timeout=0.05)
    client = await house.connect()
    assert await client.rest() == b""


async def test_a_client_that_does_not_read_stops_the_fetch(build: Build) -> None:
    house = await build()
    client = await house.login()
    client.write(query("select many"))
    await eventually(lambda: house.pool.leased and len(house.pool.backends[-1].log) > 5)
    await asyncio.sleep(0.2)
    fetched = len(house.pool.backends[-1].log)
    await asyncio.sleep(0.1)
    assert len(house.pool.backends[-1].log) == fetched < 400
    other = await house.login()
    other.write(query("select 1"))
    assert await other.until_ready() == "T D C(SELECT 1) ZI"
    received = 0
    while (message := await client.message())[:1] != b"Z":
        received += message.startswith(b"D")
    assert received == 20_000


async def test_a_client_that_vanishes_while_rows_come_gives_its_backend_back(build: Build) -> None:
    house = await build()
    client = await house.login()
    client.write(query("select many"))
    await eventually(lambda: house.pool.leased)
    client.writer.transport.abort()
    await eventually(lambda: not house.pool.leased)


async def test_messages_cut_anywhere_are_put_together(build: Build) -> None:
    client = await (await build()).connect()
    for byte in startup() + query("select 1"):
        client.write(bytes((byte,)))
        await asyncio.sleep(0)
    assert (await client.until_ready()).endswith("K ZI")
    assert await client.until_ready() == "T D C(SELECT 1) ZI"


async def test_many_messages_without_reading_do_not_deadlock(build: Build) -> None:
    client = await (await build()).login()
    count = 20_000
    client.write(query("select 1") * count)
    ready = 0
    while ready < count:
        ready += (await client.message()).startswith(b"Z")


async def test_an_idle_session_is_ended_by_drain_and_new_ones_are_refused(build: Build) -> None:
    house = await build()
    client = await house.login()
    await house.server.drain(1)
    assert await client.until_ready() == (
        "E(FATAL,57P01,'terminating connection due to administrator command') <closed>"
    )
    try:
        await house.connect()
    except ConnectionRefusedError:
        return
    raise AssertionError("it still listens")


async def test_a_running_statement_may_finish_in_the_grace_time(build: Build) -> None:
    house = await build()
    client = await house.login()
    client.write(query("select slow"))
    await eventually(lambda: house.pool.leased)
    draining = asyncio.create_task(house.server.drain(5))
    await asyncio.sleep(0.05)
    house.pool.slow.set()
    assert await client.until_ready() == "T D C(SELECT 1) ZI"
    assert (await client.until_ready()).startswith("E(FATAL,57P01,")
    await draining


async def test_a_statement_that_outlasts_the_grace_time_is_interrupted(build: Build) -> None:
    house = await build()
    client = await house.login()
    client.write(query("select slow"))
    await eventually(lambda: house.pool.leased)
    await house.server.drain(0.05)
    assert (await client.until_ready()).startswith("E(FATAL,57P01,")
    assert not house.pool.leased


async def test_an_address_that_is_taken_is_an_os_error(build: Build) -> None:
    house = await build()
    other = House.build
    second = await other()
    try:
        await second.server.start([Address("127.0.0.1", house.port)])
    except OSError:
        await second.close()
        return
    raise AssertionError("two servers on one port")
