from __future__ import annotations

import pytest

from pgiris.backend.worker import BLOCK_BYTES, BLOCK_ROWS, FIRST_ROWS, Worker
from pgiris.errors import IrisError
from pgiris.rows.format import ColumnFormat, RowFormat
from tests.unit.backend.fakes import FakeAdaptor, FakeEncoder

FORMAT = RowFormat((ColumnFormat(25),))


def make_worker(*values: object) -> tuple[Worker, FakeAdaptor]:
    adaptor = FakeAdaptor(rows=[(value,) for value in values])
    return Worker(adaptor, FakeEncoder), adaptor


def test_a_small_result_comes_whole_with_its_execution_and_is_closed() -> None:
    worker, adaptor = make_worker(1, 2)
    executed = worker.execute("SELECT", (), FORMAT, 0)
    assert executed.block is not None
    assert executed.block.data == b"1\n2\n"
    assert (executed.block.rows, executed.block.last, executed.cursor) == (2, True, 0)
    assert adaptor.cursors[0].closed
    assert adaptor.cursors[0].asked == [FIRST_ROWS]


def test_a_statement_without_rows_gives_counts_only() -> None:
    worker, _ = make_worker()
    executed = worker.execute("INSERT", (), None, 0)
    assert (executed.row_count, executed.row_id, executed.block) == (1, "7", None)


def test_an_empty_result_is_a_block_of_no_rows() -> None:
    worker, _ = make_worker()
    executed = worker.execute("SELECT", (), FORMAT, 0)
    assert executed.block is not None
    assert (executed.block.rows, executed.block.data, executed.block.last) == (0, b"", True)


def test_values_are_handed_out_when_no_row_format_is_given() -> None:
    worker, _ = make_worker(*range(BLOCK_ROWS + 1))
    executed = worker.execute("SELECT", (), None, 0)
    assert executed.block is not None
    assert executed.block.values[:2] == ((0,), (1,))
    assert (executed.block.rows, executed.block.last) == (BLOCK_ROWS, False)
    assert worker.fetch(executed.cursor, 0).values == ((BLOCK_ROWS,),)


@pytest.mark.parametrize("row_format", [None, FORMAT])
def test_no_more_rows_are_taken_than_were_asked_for(row_format: RowFormat | None) -> None:
    worker, adaptor = make_worker(1, 2, 3)
    executed = worker.execute("SELECT", (), row_format, 2)
    assert executed.block is not None
    assert (executed.block.rows, executed.block.last) == (2, False)
    assert adaptor.cursors[0].rows == [(3,)]
    rest = worker.fetch(executed.cursor, 2)
    assert (rest.rows, rest.last) == (1, True)


def test_a_long_result_comes_in_blocks_of_bounded_size_and_no_row_is_lost() -> None:
    values = ["x" * 99] * 10_000
    worker, _ = make_worker(*values)
    executed = worker.execute("SELECT", (), FORMAT, 0)
    block = executed.block
    assert block is not None
    blocks = [block]
    while not blocks[-1].last:
        blocks.append(worker.fetch(executed.cursor, 0))
    assert sum(block.rows for block in blocks) == 10_000
    assert b"".join(block.data for block in blocks) == b"".join(value.encode() + b"\n" for value in values)
    assert max(len(block.data) for block in blocks) <= BLOCK_BYTES + 200
    assert min(len(block.data) for block in blocks[:-1]) >= BLOCK_BYTES


def test_wide_rows_are_asked_for_one_by_one_after_the_first_block() -> None:
    worker, adaptor = make_worker(*["x" * BLOCK_BYTES] * (FIRST_ROWS + 3))
    executed = worker.execute("SELECT", (), FORMAT, 0)
    assert worker.fetch(executed.cursor, 0).rows <= 2
    assert adaptor.cursors[0].asked[0] == FIRST_ROWS
    assert max(adaptor.cursors[0].asked[1:]) <= 2


def test_an_error_among_the_rows_closes_the_result() -> None:
    worker, adaptor = make_worker(IrisError(-149, "in a function"))
    with pytest.raises(IrisError):
        worker.execute("SELECT", (), FORMAT, 0)
    assert adaptor.cursors[0].closed


def test_an_error_in_a_later_block_closes_the_result_and_forgets_it() -> None:
    worker, adaptor = make_worker(1, IrisError(-149, "in a function"))
    executed = worker.execute("SELECT", (), FORMAT, 1)
    with pytest.raises(IrisError):
        worker.fetch(executed.cursor, 1)
    assert adaptor.cursors[0].closed
    assert worker.fetch(executed.cursor, 1).last


def test_results_are_independent_and_a_closed_one_has_no_more_rows() -> None:
    worker, adaptor = make_worker(1, 2, 3)
    first = worker.execute("SELECT", (), FORMAT, 1)
    second = worker.execute("SELECT", (), FORMAT, 1)
    assert first.cursor != second.cursor
    worker.close_cursor(first.cursor)
    worker.close_cursor(first.cursor)
    assert adaptor.cursors[0].closed
    assert worker.fetch(first.cursor, 0).rows == 0
    assert worker.fetch(second.cursor, 0).data == b"2\n3\n"


def test_reset_closes_every_result_before_the_adaptor_is_reset() -> None:
    worker, adaptor = make_worker(1, 2)
    worker.execute("SELECT", (), FORMAT, 1)
    worker.execute("SELECT", (), FORMAT, 1)
    worker.reset()
    assert all(cursor.closed for cursor in adaptor.cursors)
    assert adaptor.calls[-1] == "reset"
