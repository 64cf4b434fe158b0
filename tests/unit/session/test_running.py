"""Running plans: steps in order, captures, batches, row limits and streaming."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from pgiris.errors import IrisError, PgError
from pgiris.rows.format import ColumnFormat, RowFormat
from pgiris.session.lease import Interruption, Lease
from pgiris.session.running import Runner, Running, split_rows
from pgiris.sql.plan import Bind, Captured, Column, Constant, Parameter, Plan, Step, Yields

from .fakes import IDENTITY, Answer, FakePool, FakeRuntime, data_rows

ONE_COLUMN = (Column("a", 23),)
FORMAT = RowFormat((ColumnFormat(23),))


class PlainBinder:
    def value(self, bind: Bind, parameters: Sequence[object]) -> object:
        assert isinstance(bind, Parameter)
        return parameters[bind.index]


class House:
    def __init__(self) -> None:
        self.pool = FakePool()
        self.backend = self.pool.backend
        runtime = FakeRuntime()
        self.interruption = Interruption(runtime)
        self.interruption.begin()
        self.runner = Runner(Lease(self.pool, IDENTITY, runtime, self.interruption), PlainBinder(), self.interruption)
        self.received: list[tuple[bytes, int]] = []

    async def sink(self, data: bytes, rows: int) -> None:
        self.received.append((data, rows))

    def start(self, *steps: Step, parameters: Sequence[object] = ()) -> Running:
        columns = ONE_COLUMN if any(step.yields is Yields.ROWS for step in steps) else None
        return Running(Plan("SELECT", steps, columns), parameters, FORMAT if columns else None)

    async def advance(self, run: Running, max_rows: int = 0) -> int:
        return await self.runner.advance(run, max_rows, self.sink)

    @property
    def rows(self) -> int:
        return sum(rows for _, rows in self.received)


@pytest.fixture
def house() -> House:
    return House()


def numbers(count: int) -> list[tuple[int]]:
    return [(number,) for number in range(count)]


async def test_a_query_streams_block_by_block(house: House) -> None:
    house.backend.answers["Q"] = Answer(rows=numbers(10), block_rows=4)
    run = house.start(Step("Q", yields=Yields.ROWS))
    assert await house.advance(run) == 10
    assert [rows for _, rows in house.received] == [4, 4, 2]
    assert run.done
    assert house.backend.log == ["Q", "fetch", "fetch"]


async def test_a_row_limit_leaves_the_result_open(house: House) -> None:
    house.backend.answers["Q"] = Answer(rows=numbers(5), block_rows=4)
    run = house.start(Step("Q", yields=Yields.ROWS))
    assert await house.advance(run, 2) == 2
    assert run.holds_backend
    assert await house.advance(run, 2) == 2
    assert await house.advance(run, 0) == 1
    assert run.done
    assert not run.holds_backend
    assert await house.advance(run, 0) == 0


async def test_a_closed_portal_closes_its_result(house: House) -> None:
    house.backend.answers["Q"] = Answer(rows=numbers(5), block_rows=2)
    run = house.start(Step("Q", yields=Yields.ROWS))
    await house.advance(run, 1)
    await house.runner.close(run)
    assert house.backend.log[-1] == "close cursor"
    assert not house.backend.open


async def test_captures_feed_later_steps(house: House) -> None:
    house.backend.answers["C"] = Answer(rows=[(7, "x"), (8, "y")])
    house.backend.answers["U"] = Answer(count=1)
    run = house.start(
        Step("C", yields=Yields.CAPTURE, name="c"),
        Step("U", (Captured("c", 1), Captured("c", 0), Constant(0)), for_each="c", counts=True),
    )
    await house.advance(run)
    assert house.backend.log == ["C", "2 x U"]
    assert house.backend.parameters[1:] == [("x", 7, 0), ("y", 8, 0)]
    assert run.affected == 2


async def test_row_ids_of_a_batch_come_back_one_for_each_run(house: House) -> None:
    house.backend.answers["I"] = lambda values: Answer(count=1, row_id=str(values[0]))
    house.backend.answers["S"] = lambda values: Answer(rows=[values])
    run = house.start(
        Step("I", batch=((Parameter(0, 23),), (Parameter(1, 23),)), yields=Yields.ROW_ID, name="i", counts=True),
        Step("S", (Captured("i"),), for_each="i", yields=Yields.ROWS),
        parameters=(5, 6),
    )
    assert await house.advance(run) == 2
    assert house.received == [(data_rows([("5",)]), 1), (data_rows([("6",)]), 1)]
    assert run.affected == 2


async def test_rows_of_several_steps_are_handed_out_in_portions(house: House) -> None:
    house.backend.answers["C"] = Answer(rows=numbers(3))
    house.backend.answers["S"] = lambda values: Answer(rows=[(values[0],), (values[0],)])
    run = house.start(
        Step("C", yields=Yields.CAPTURE, name="c"),
        Step("S", (Captured("c"),), for_each="c", yields=Yields.ROWS),
    )
    assert await house.advance(run, 3) == 3
    assert not run.done
    assert not run.holds_backend
    assert await house.advance(run, 10) == 3
    assert run.done
    assert b"".join(data for data, _ in house.received) == data_rows([(n // 2,) for n in range(6)])


@pytest.mark.parametrize(("found", "expected"), [([(1,)], ["C", "U"]), ([], ["C", "I"])])
async def test_steps_can_depend_on_what_was_captured(
    house: House, found: list[tuple[int]], expected: list[str]
) -> None:
    house.backend.answers["C"] = Answer(rows=found)
    run = house.start(Step("C", yields=Yields.CAPTURE, name="c"), Step("U", only_if="c"), Step("I", unless="c"))
    await house.advance(run)
    assert house.backend.log == expected


async def test_a_code_on_the_steps_list_is_no_failure(house: House) -> None:
    house.backend.answers["X"] = Answer(error=IrisError(-324, "exists"))
    await house.advance(house.start(Step("X", ignore=frozenset({-324}))))
    with pytest.raises(IrisError):
        await house.advance(house.start(Step("X", ignore=frozenset({-1}))))


async def test_ignored_codes_are_judged_row_by_row(house: House) -> None:
    def insert(values: Sequence[object]) -> Answer:
        return Answer(error=IrisError(-119, "twice")) if values[0] == 2 else Answer(count=1)

    house.backend.answers["I"] = insert
    run = house.start(Step("I", batch=tuple((Constant(n),) for n in (1, 2, 3)), ignore=frozenset({-119}), counts=True))
    await house.advance(run)
    assert run.affected == 2


async def test_a_count_that_iris_does_not_know_is_none(house: House) -> None:
    house.backend.answers["T"] = Answer(count=-1)
    run = house.start(Step("T", counts=True))
    await house.advance(run)
    assert run.affected == 0


async def test_a_cancel_stops_a_stream_between_blocks(house: House) -> None:
    house.backend.answers["Q"] = Answer(rows=numbers(10), block_rows=2)
    run = house.start(Step("Q", yields=Yields.ROWS))

    async def sink(data: bytes, rows: int) -> None:
        house.interruption.request(PgError("57014", "canceled"))

    with pytest.raises(PgError, match="57014"):
        await house.runner.advance(run, 0, sink)
    assert house.backend.cancelled == 1
    assert house.backend.log == ["Q"]


def test_rows_are_cut_between_messages() -> None:
    data = data_rows([(1,), (22,), (None,)])
    assert data[: split_rows(data, 2)] == data_rows([(1,), (22,)])
