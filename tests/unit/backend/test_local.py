from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from pgiris.backend.local import LocalAdaptor
from pgiris.errors import IrisError
from pgiris.standin.instance import Instance

LONG = "SELECT a.n FROM t a, t b, t c, t d, t e WHERE a.n + b.n + c.n + d.n + e.n = ?"
"""For hours; with 0 it has a first row at once, with -1 none."""


@pytest.fixture
def instance() -> Iterator[Instance]:
    with Instance(":memory:") as opened:
        yield opened


@pytest.fixture
def adaptor(instance: Instance) -> Iterator[LocalAdaptor]:
    opened = LocalAdaptor(instance, "_SYSTEM", "USER")
    opened.execute("CREATE TABLE t (n INTEGER, v VARCHAR(20))")
    yield opened
    opened.close()


def rows(adaptor: LocalAdaptor, sql: str, *parameters: object) -> list[tuple[object, ...]]:
    cursor = adaptor.execute(sql, parameters).cursor
    assert cursor is not None
    try:
        return [tuple(row) for row in cursor.fetch(1_000_000)]
    finally:
        cursor.close()


def test_a_statement_is_described_without_running(adaptor: LocalAdaptor) -> None:
    description = adaptor.describe("SELECT n, v FROM t WHERE n = ?")
    assert description.statement_type == 1
    assert [(column.name, column.odbc_type) for column in description.columns] == [("n", 4), ("v", 12)]
    assert len(description.parameters) == 1
    inserting = adaptor.describe("INSERT INTO t (n, v) VALUES (?, ?)")
    assert (inserting.statement_type, inserting.columns) == (2, ())
    assert rows(adaptor, "SELECT n FROM t") == []


def test_rows_come_in_portions_and_counts_with_changes(adaptor: LocalAdaptor) -> None:
    assert adaptor.execute_many("INSERT INTO t (n, v) VALUES (?, ?)", [(n, str(n)) for n in range(5)]) == (
        5,
        ["1", "2", "3", "4", "5"],
    )
    changed = adaptor.execute("UPDATE t SET v = ? WHERE n > ?", ("x", 2))
    assert (changed.row_count, changed.cursor) == (2, None)
    cursor = adaptor.execute("SELECT n, v FROM t ORDER BY n").cursor
    assert cursor is not None
    assert list(map(tuple, cursor.fetch(2))) == [(0, "0"), (1, "1")]
    assert list(map(tuple, cursor.fetch(5))) == [(2, "2"), (3, "x"), (4, "x")]
    cursor.close()


def test_processes_have_transactions_of_their_own(instance: Instance, adaptor: LocalAdaptor) -> None:
    other = LocalAdaptor(instance, "_SYSTEM", "USER")
    assert other.pid != adaptor.pid
    adaptor.execute("START TRANSACTION")
    adaptor.execute("INSERT INTO t (n) VALUES (1)")
    assert rows(other, "SELECT n FROM t") == []
    adaptor.execute("COMMIT")
    assert rows(other, "SELECT n FROM t") == [(1,)]
    other.close()


def test_reset_rolls_back(adaptor: LocalAdaptor) -> None:
    adaptor.execute("START TRANSACTION")
    adaptor.execute("INSERT INTO t (n) VALUES (1)")
    adaptor.reset()
    adaptor.execute("INSERT INTO t (n) VALUES (2)")
    adaptor.reset()
    assert rows(adaptor, "SELECT n FROM t") == [(2,)]


def test_reset_takes_back_what_a_statement_set_in_the_process(adaptor: LocalAdaptor) -> None:
    adaptor.execute("SET OPTION DEFAULT_SCHEMA = Elsewhere")
    adaptor.execute("USE DATABASE %SYS")
    with pytest.raises(IrisError):
        adaptor.execute("SELECT n FROM t")
    adaptor.reset()
    assert rows(adaptor, "SELECT n, $NAMESPACE FROM t") == []
    assert rows(adaptor, "SELECT $NAMESPACE") == [("USER",)]


def test_an_unknown_namespace_is_refused(instance: Instance) -> None:
    with pytest.raises(IrisError, match="NAMESPACE"):
        LocalAdaptor(instance, "_SYSTEM", "NOWHERE")


def cancel_soon(adaptor: LocalAdaptor) -> threading.Thread:
    def cancel() -> None:
        time.sleep(0.1)
        adaptor.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    return thread


@pytest.mark.parametrize("first", [-1, 0])
def test_cancel_ends_a_query_before_its_first_row_and_while_it_is_fetched(adaptor: LocalAdaptor, first: int) -> None:
    adaptor.execute_many("INSERT INTO t (n) VALUES (?)", [(n,) for n in range(100)])
    thread = cancel_soon(adaptor)
    with pytest.raises(IrisError) as failure:
        rows(adaptor, LONG, first)
    thread.join()
    assert failure.value.sqlcode == -456
    assert rows(adaptor, "SELECT COUNT(*) FROM t") == [(100,)]


def test_cancel_ends_a_batch_of_changes(adaptor: LocalAdaptor) -> None:
    thread = cancel_soon(adaptor)
    with pytest.raises(IrisError) as failure:
        adaptor.execute_many("INSERT INTO t (n) VALUES (?)", [(1,)] * 1_000_000)
    thread.join()
    assert failure.value.sqlcode == -456


def test_cancel_of_an_idle_process_does_nothing(adaptor: LocalAdaptor) -> None:
    adaptor.cancel()
    assert rows(adaptor, "SELECT COUNT(*) FROM t") == [(0,)]
    assert adaptor.execute_many("INSERT INTO t (n) VALUES (?)", [(1,)]) == (1, ["1"])
