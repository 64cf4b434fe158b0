from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import pytest

from pgiris.backend.pool import BackendPool, Lease, PoolLimits
from pgiris.errors import BackendLost, LocalProtocolError, PgError
from tests.unit.backend.fakes import FakeMember, FakeSpawner


def make_pool(spawner: Callable[..., object], **limits: float) -> BackendPool:
    return BackendPool(spawner, PoolLimits(**limits))  # type: ignore[arg-type]


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_released_backend_is_reset_and_leased_again() -> None:
    spawner = FakeSpawner()
    pool = make_pool(spawner)
    first = await pool.lease("anna", "USER")
    await pool.release(first)
    second = await pool.lease("anna", "USER")
    assert (first.pid, second.pid) == (1, 1)
    assert len(spawner.members[0].resets) == 1
    await pool.close()


async def test_a_backend_that_comes_back_clean_is_free_at_once() -> None:
    spawner = FakeSpawner()
    pool = make_pool(spawner)
    first = await pool.lease("anna", "USER")
    await pool.release(first, clean=True)
    assert pool.idle == 1
    await pool.lease("anna", "USER")
    assert not spawner.members[0].resets
    await pool.close()


async def test_a_backend_never_changes_user_or_namespace() -> None:
    spawner = FakeSpawner()
    pool = make_pool(spawner)
    for key in [("anna", "USER"), ("bert", "USER"), ("anna", "SAMPLES")]:
        await pool.release(await pool.lease(*key))
        await settle()
    assert [member.key for member in spawner.members] == [("anna", "USER"), ("bert", "USER"), ("anna", "SAMPLES")]
    await pool.close()


async def test_release_does_not_wait_for_the_reset_and_the_next_lease_waits_instead_of_starting_another() -> None:
    spawner = FakeSpawner()
    pool = make_pool(spawner)
    lease = await pool.lease("anna", "USER")
    member = spawner.members[0]
    member.slow_reset = True
    await pool.release(lease)
    waiting = asyncio.ensure_future(pool.lease("anna", "USER"))
    await settle()
    assert not waiting.done()
    member.resets[0].set_result(None)
    assert (await waiting).pid == 1
    assert len(spawner.members) == 1
    await pool.close()


async def test_the_line_is_served_in_its_order() -> None:
    pool = make_pool(FakeSpawner(), maximum=1)
    lease = await pool.lease("anna", "USER")
    served: list[int] = []

    async def session(number: int) -> None:
        mine = await pool.lease("anna", "USER")
        served.append(number)
        await asyncio.sleep(0)
        await pool.release(mine)

    sessions = []
    for number in range(20):
        sessions.append(asyncio.ensure_future(session(number)))
        await asyncio.sleep(0)
    assert pool.waiting == 20
    await pool.release(lease)
    await asyncio.gather(*sessions)
    assert served == list(range(20))
    assert pool.total == 1
    await pool.close()


async def test_waiting_for_a_lease_ends_in_53300_naming_the_settings() -> None:
    pool = make_pool(FakeSpawner(), maximum=1, lease_timeout=0.02)
    lease = await pool.lease("anna", "USER")
    with pytest.raises(PgError) as failure:
        await pool.lease("anna", "USER")
    assert failure.value.sqlstate == "53300"
    assert "pool.maximum" in str(failure.value.detail)
    assert "pool.lease_timeout" in str(failure.value.detail)
    assert pool.waiting == 0
    await pool.release(lease)
    assert (await pool.lease("anna", "USER")).pid == 1
    await pool.close()


async def test_a_full_line_refuses_at_once() -> None:
    pool = make_pool(FakeSpawner(), maximum=1, queue=1)
    await pool.lease("anna", "USER")
    waiting = asyncio.ensure_future(pool.lease("anna", "USER"))
    await settle()
    with pytest.raises(PgError) as failure:
        await pool.lease("anna", "USER")
    assert failure.value.sqlstate == "53300"
    assert "pool.queue" in str(failure.value.detail)
    waiting.cancel()
    await pool.close()


async def test_no_more_backends_are_started_than_the_maximum_allows() -> None:
    spawner = FakeSpawner()
    spawner.slow = 0.001
    pool = make_pool(spawner, maximum=3)
    in_use = 0
    most = 0

    async def session(number: int) -> None:
        nonlocal in_use, most
        lease = await pool.lease("anna" if number % 2 else "bert", "USER")
        in_use += 1
        most = max(most, in_use)
        await asyncio.sleep(0.0005)
        in_use -= 1
        await pool.release(lease)

    await asyncio.gather(*(session(number) for number in range(60)))
    assert most == 3
    assert pool.total <= 3
    await pool.close()
    assert all(member.closed for member in spawner.members)
    assert pool.total == 0


async def test_an_idle_backend_of_another_user_makes_room() -> None:
    spawner = FakeSpawner()
    pool = make_pool(spawner, maximum=2)
    anna, bert = await pool.lease("anna", "USER"), await pool.lease("bert", "USER")
    await pool.release(anna)
    await pool.release(bert)
    await settle()
    carl = await pool.lease("carl", "USER")
    assert carl.pid == 3
    assert [member.closed for member in spawner.members] == [True, False, False]
    assert pool.total == 2
    await pool.close()


async def test_a_broken_backend_is_replaced() -> None:
    spawner = FakeSpawner()
    pool = make_pool(spawner, maximum=1)
    lease = await pool.lease("anna", "USER")
    spawner.members[0].broken = True
    await pool.release(lease)
    assert (await pool.lease("anna", "USER")).pid == 2
    assert spawner.members[0].closed
    await pool.close()


async def test_a_backend_that_breaks_while_idle_is_not_leased() -> None:
    spawner = FakeSpawner()
    pool = make_pool(spawner)
    await pool.release(await pool.lease("anna", "USER"))
    await settle()
    spawner.members[0].broken = True
    assert (await pool.lease("anna", "USER")).pid == 2
    await pool.close()


async def test_a_backend_whose_reset_fails_is_replaced() -> None:
    spawner = FakeSpawner()
    pool = make_pool(spawner, maximum=1)
    lease = await pool.lease("anna", "USER")
    spawner.members[0].slow_reset = True
    await pool.release(lease)
    waiting = asyncio.ensure_future(pool.lease("anna", "USER"))
    spawner.members[0].resets[0].set_exception(BackendLost("gone"))
    assert (await waiting).pid == 2
    await pool.close()


async def test_a_backend_whose_reset_hangs_is_replaced() -> None:
    spawner = FakeSpawner()
    pool = make_pool(spawner, maximum=1, reset_timeout=0.02)
    lease = await pool.lease("anna", "USER")
    spawner.members[0].slow_reset = True
    await pool.release(lease)
    assert (await asyncio.wait_for(pool.lease("anna", "USER"), 2)).pid == 2
    await pool.close()


async def test_what_the_start_of_a_backend_raises_reaches_the_session_that_waits_for_it() -> None:
    spawner = FakeSpawner()
    spawner.error = PgError("28000", "no such user")
    pool = make_pool(spawner)
    with pytest.raises(PgError, match="no such user"):
        await pool.lease("nobody", "USER")
    assert pool.total == 0
    spawner.error = None
    assert (await pool.lease("anna", "USER")).pid == 1
    await pool.close()


async def test_a_cancelled_wait_leaves_the_line_and_loses_no_backend() -> None:
    pool = make_pool(FakeSpawner(), maximum=1)
    lease = await pool.lease("anna", "USER")
    first = asyncio.ensure_future(pool.lease("anna", "USER"))
    second = asyncio.ensure_future(pool.lease("anna", "USER"))
    await settle()
    first.cancel()
    await pool.release(lease)
    assert (await asyncio.wait_for(second, 1)).pid == 1
    await pool.close()


async def test_a_wait_cancelled_after_it_was_served_gives_the_backend_back() -> None:
    spawner = FakeSpawner()
    pool = make_pool(spawner, maximum=1)
    lease = await pool.lease("anna", "USER")
    member = spawner.members[0]
    member.slow_reset = True
    waiting = asyncio.ensure_future(pool.lease("anna", "USER"))
    await settle()
    await pool.release(lease)
    member.slow_reset = False
    member.resets[0].add_done_callback(lambda _: waiting.cancel())
    member.resets[0].set_result(None)
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert (await asyncio.wait_for(pool.lease("anna", "USER"), 1)).pid == 1
    await pool.close()


async def test_a_lease_is_dead_after_release() -> None:
    spawner = FakeSpawner()
    pool = make_pool(spawner)
    lease = await pool.lease("anna", "USER")
    lease.cancel()
    await pool.release(lease)
    await pool.release(lease)
    lease.cancel()
    assert spawner.members[0].cancels == 1
    with pytest.raises(LocalProtocolError):
        await lease.execute("SELECT 1")
    assert pool.idle <= 1
    await pool.close()


async def test_idle_backends_end_after_the_idle_timeout_down_to_the_minimum() -> None:
    spawner = FakeSpawner()
    pool = make_pool(spawner, minimum=1, idle_timeout=0.03)
    leases = [await pool.lease("anna", "USER") for _ in range(3)]
    for lease in leases:
        await pool.release(lease)
    await settle()
    assert pool.idle == 3
    await asyncio.sleep(0.15)
    assert (pool.idle, pool.total) == (1, 1)
    assert [member.closed for member in spawner.members] == [True, True, False]
    await pool.close()


async def test_close_sends_waiting_sessions_away_and_ends_every_backend() -> None:
    spawner = FakeSpawner()
    pool = make_pool(spawner, maximum=2)
    leased = await pool.lease("anna", "USER")
    await pool.release(await pool.lease("bert", "USER"))
    leased_too = await pool.lease("bert", "USER")
    waiting = asyncio.ensure_future(pool.lease("anna", "USER"))
    await settle()
    await pool.close()
    with pytest.raises(PgError) as failure:
        await waiting
    assert failure.value.sqlstate == "57P03"
    with pytest.raises(PgError):
        await pool.lease("anna", "USER")
    assert all(member.closed for member in spawner.members)
    await pool.release(leased)
    await pool.release(leased_too)


async def test_a_backend_that_does_not_end_does_not_hold_its_place_for_ever() -> None:
    class Hanging(FakeMember):
        async def close(self) -> None:
            await asyncio.Event().wait()

    started: list[Hanging] = []

    async def spawn(user: str, namespace: str) -> Hanging:
        started.append(Hanging((user, namespace), len(started) + 1))
        return started[-1]

    pool = make_pool(spawn, maximum=1, reset_timeout=0.02)
    lease: Lease = await pool.lease("anna", "USER")
    started[0].broken = True
    await pool.release(lease)
    assert (await asyncio.wait_for(pool.lease("anna", "USER"), 2)).pid == 2
    await pool.close()


@pytest.mark.parametrize("seed", range(5))
async def test_in_a_storm_of_sessions_no_backend_is_shared_lost_or_too_many(seed: int) -> None:
    dice = random.Random(seed)
    spawner = FakeSpawner()
    pool = make_pool(spawner, maximum=4, lease_timeout=0.02, idle_timeout=0.01, reset_timeout=0.01)
    held: set[int] = set()

    async def session(user: str) -> None:
        for _ in range(dice.randrange(1, 6)):
            spawner.error = ConnectionError("no") if dice.random() < 0.05 else None
            try:
                lease = await pool.lease(user, "USER")
            except (PgError, ConnectionError):
                continue
            assert lease.pid not in held
            assert spawner.members[lease.pid - 1].key == (user, "USER")
            assert not spawner.members[lease.pid - 1].closed
            held.add(lease.pid)
            assert pool.total <= 4
            try:
                await asyncio.sleep(dice.choice((0, 0, 0.001, 0.004)))
            finally:
                held.discard(lease.pid)
                member = spawner.members[lease.pid - 1]
                member.broken = dice.random() < 0.1
                member.slow_reset = dice.random() < 0.1
                await pool.release(lease, clean=dice.random() < 0.5)

    sessions = [asyncio.ensure_future(session(dice.choice("abc"))) for _ in range(150)]
    for task in dice.sample(sessions, 40):
        asyncio.get_running_loop().call_later(dice.random() / 20, task.cancel)
    ended = await asyncio.wait_for(asyncio.gather(*sessions, return_exceptions=True), 20)
    assert [error for error in ended if error is not None and not isinstance(error, asyncio.CancelledError)] == []
    assert pool.waiting == 0
    spawner.error = None
    assert (await pool.lease("d", "USER")).pid
    await pool.close()
    assert (pool.total, pool.idle) == (0, 0)
    assert all(member.closed for member in spawner.members)
