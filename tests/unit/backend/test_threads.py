from __future__ import annotations

import asyncio
import threading
import time

import pytest

from pgiris.backend.threads import ThreadBackend
from pgiris.errors import BackendLost, IrisError
from pgiris.rows.format import ColumnFormat, RowFormat
from tests.unit.backend.fakes import FakeAdaptor, FakeEncoder

FORMAT = RowFormat((ColumnFormat(25),))


async def start(adaptor: FakeAdaptor) -> ThreadBackend:
    return await ThreadBackend.start(lambda: adaptor, FakeEncoder, "test backend")


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "test backend"]


async def test_calls_run_in_a_thread_of_their_own_and_answer_in_the_loop() -> None:
    adaptor = FakeAdaptor(rows=[(1,), (2,)])
    backend = await start(adaptor)
    assert backend.pid == 4711
    assert (await backend.describe("SELECT")).columns[0].name == "a"
    executed = await backend.execute("SELECT", (), FORMAT, 1)
    assert executed.block is not None
    assert executed.block.data == b"1\n"
    assert (await backend.fetch(executed.cursor)).data == b"2\n"
    assert await backend.execute_many("INSERT", [(1,), (2,)]) == (2, ["1", "2"])
    assert adaptor.threads
    assert threading.get_ident() not in adaptor.threads
    await backend.close()
    assert adaptor.calls[-1] == "close"
    assert not threads()


async def test_a_failed_start_raises_and_leaves_no_thread() -> None:
    def fail() -> FakeAdaptor:
        raise IrisError(-402, "no such user")

    with pytest.raises(IrisError, match="no such user"):
        await ThreadBackend.start(fail, FakeEncoder, "test backend")
    await asyncio.sleep(0.02)
    assert not threads()


async def test_a_start_given_up_closes_what_it_opened() -> None:
    adaptor = FakeAdaptor()

    def slow() -> FakeAdaptor:
        time.sleep(0.05)
        return adaptor

    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(ThreadBackend.start(slow, FakeEncoder, "test backend"), 0.01)
    await asyncio.sleep(0.1)
    assert adaptor.calls == ["close"]
    assert not threads()


async def test_a_failed_statement_leaves_the_backend_whole() -> None:
    backend = await start(FakeAdaptor())
    with pytest.raises(IrisError) as failure:
        await backend.execute("FAIL")
    assert failure.value.sqlcode == -119
    assert not backend.broken
    assert (await backend.execute("INSERT")).row_count == 1
    await backend.close()


@pytest.mark.parametrize(("sql", "error"), [("DIE", BackendLost), ("BUG", ZeroDivisionError)])
async def test_a_lost_process_and_a_bug_mark_the_backend_broken(sql: str, error: type[Exception]) -> None:
    backend = await start(FakeAdaptor())
    with pytest.raises(error):
        await backend.execute(sql)
    assert backend.broken
    await backend.close()


async def test_cancel_interrupts_what_runs() -> None:
    backend = await start(FakeAdaptor())
    running = asyncio.ensure_future(backend.execute("SLEEP"))
    await asyncio.sleep(0.01)
    backend.cancel()
    with pytest.raises(IrisError) as failure:
        await running
    assert failure.value.sqlcode == -456
    await backend.close()


async def test_cancel_of_an_idle_backend_does_not_reach_the_adaptor() -> None:
    adaptor = FakeAdaptor()
    backend = await start(adaptor)
    await backend.execute("INSERT")
    backend.cancel()
    assert not adaptor.cancelled.is_set()
    await backend.close()


async def test_a_cancelled_await_interrupts_the_statement_and_leaves_the_backend_usable() -> None:
    adaptor = FakeAdaptor()
    backend = await start(adaptor)
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(backend.execute("SLEEP"), 0.02)
    await backend.reset()
    assert (await backend.execute("INSERT")).row_count == 1
    assert adaptor.calls == ["SLEEP", "reset", "INSERT"]
    assert not backend.broken
    await backend.close()


async def test_the_open_result_of_an_abandoned_execute_is_closed() -> None:
    adaptor = FakeAdaptor(rows=[(1,), (2,)])
    backend = await start(adaptor)
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(backend.execute("SLOW SELECT", (), None, 1), 0.01)
    await asyncio.sleep(0.1)
    await backend.execute("INSERT")
    assert adaptor.cursors[0].closed
    await backend.close()


async def test_closing_interrupts_a_running_statement() -> None:
    backend = await start(FakeAdaptor())
    running = asyncio.ensure_future(backend.execute("SLEEP"))
    await asyncio.sleep(0.01)
    await asyncio.wait_for(backend.close(), 1)
    with pytest.raises(IrisError):
        await running
    assert not threads()


async def test_a_closed_backend_says_that_it_is_lost() -> None:
    backend = await start(FakeAdaptor())
    await backend.close()
    await backend.close()
    with pytest.raises(BackendLost):
        await backend.execute("INSERT")


async def test_calls_made_together_run_in_their_order() -> None:
    adaptor = FakeAdaptor()
    backend = await start(adaptor)
    await asyncio.gather(*(backend.execute(f"INSERT {number}") for number in range(50)))
    assert adaptor.calls == [f"INSERT {number}" for number in range(50)]
    await backend.close()
