"""Processes of one instance: transactions, isolation, locks, cancel (sql.md 11)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pgiris.errors import IrisError
from pgiris.standin import Instance, Process

Rows = list[tuple[object, ...]]
Run = Callable[..., Rows]
Fail = Callable[..., int]


@pytest.fixture
def other(instance: Instance, process: Process) -> Process:
    process.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER)")
    process.execute("INSERT INTO t VALUES (1, 0)")
    return instance.process()


def test_nobody_sees_uncommitted_work(process: Process, other: Process) -> None:
    process.execute("START TRANSACTION")
    process.execute("UPDATE t SET a = 5")
    assert process.execute("SELECT a FROM t").fetchall() == [(5,)]
    assert other.execute("SELECT a FROM t").fetchall() == [(0,)]
    process.execute("COMMIT")
    assert other.execute("SELECT a FROM t").fetchall() == [(5,)]


def test_a_writer_waits_up_to_the_lock_timeout(process: Process, other: Process) -> None:
    process.execute("START TRANSACTION")
    process.execute("UPDATE t SET a = 5")
    with pytest.raises(IrisError) as caught:
        other.execute("UPDATE t SET a = 6")
    assert caught.value.sqlcode == -110


def test_a_reading_transaction_holds_nobody_up(process: Process, other: Process) -> None:
    process.execute("START TRANSACTION")
    process.execute("SELECT a FROM t").fetchall()
    assert other.execute("UPDATE t SET a = 7").row_count == 1
    process.execute("UPDATE t SET a = a + 1")
    process.execute("COMMIT")
    assert other.execute("SELECT a FROM t").fetchall() == [(8,)]


def test_an_open_result_survives_writes_of_its_own_and_of_others(process: Process, other: Process) -> None:
    for number in range(2, 1000):
        process.execute("INSERT INTO t VALUES (?, 0)", (number,))
    result = process.execute("SELECT id FROM t ORDER BY id")
    first = result.fetch(10)
    other.execute("UPDATE t SET a = 1 WHERE id = 5")
    process.execute("UPDATE t SET a = 1 WHERE id = 6")
    assert len(first) + len(result.fetchall()) == 999


def test_rolling_back_to_a_savepoint_deletes_it(process: Process, other: Process, sqlcode: Fail, rows: Run) -> None:
    process.execute("START TRANSACTION")
    process.execute("SAVEPOINT one")
    process.execute("UPDATE t SET a = 1")
    process.execute("SAVEPOINT two")
    process.execute("UPDATE t SET a = 2")
    process.execute("ROLLBACK TO SAVEPOINT two")
    assert rows("SELECT a FROM t") == [(1,)]
    assert rows("SELECT $TLEVEL") == [(2,)]
    assert sqlcode("ROLLBACK TO SAVEPOINT two") == -375
    assert rows("SELECT a, $TLEVEL FROM t") == [(0, 0)]


def test_definitions_survive_a_rollback(process: Process, other: Process, rows: Run) -> None:
    process.execute("START TRANSACTION")
    process.execute("CREATE TABLE made (a INTEGER)")
    process.execute("INSERT INTO made VALUES (1)")
    process.execute("ROLLBACK")
    assert rows("SELECT COUNT(*) FROM made") == [(0,)]


def test_an_error_does_not_end_the_transaction(process: Process, other: Process, sqlcode: Fail, rows: Run) -> None:
    process.execute("START TRANSACTION")
    process.execute("UPDATE t SET a = 3")
    assert sqlcode("INSERT INTO t VALUES (1, 1)") == -119
    process.execute("COMMIT")
    assert rows("SELECT a FROM t") == [(3,)]


def test_a_statement_is_cancelled_from_another_process(process: Process, other: Process) -> None:
    for number in range(2, 400):
        process.execute("INSERT INTO t VALUES (?, ?)", (number, number))
    thread = threading.Thread(target=lambda: (time.sleep(0.1), other.execute(f"CANCEL QUERY {process.pid}")))
    thread.start()
    with pytest.raises(IrisError) as caught:
        process.execute("SELECT COUNT(*) FROM t a, t b, t c, t d WHERE a.a + b.a + c.a = d.a - 5").fetchall()
    thread.join()
    assert caught.value.sqlcode == -456
    assert process.execute("SELECT COUNT(*) FROM t").fetchall() == [(399,)]


def test_a_waiting_writer_is_cancelled(process: Process, other: Process) -> None:
    other.lock_timeout = 30
    process.execute("START TRANSACTION")
    process.execute("UPDATE t SET a = 5")
    thread = threading.Thread(target=lambda: (time.sleep(0.1), other.cancel()))
    thread.start()
    with pytest.raises(IrisError) as caught:
        other.execute("UPDATE t SET a = 6")
    thread.join()
    assert caught.value.sqlcode == -456


def test_terminating_a_process_rolls_back(process: Process, other: Process) -> None:
    process.execute("START TRANSACTION")
    process.execute("UPDATE t SET a = 5")
    process.terminate()
    assert other.execute("UPDATE t SET a = a + 1").row_count == 1
    assert other.execute("SELECT a FROM t").fetchall() == [(1,)]


def test_many_threads_lose_no_update(instance: Instance, process: Process, other: Process) -> None:
    def work() -> None:
        own = instance.process()
        own.lock_timeout = 30
        for _ in range(50):
            own.execute("UPDATE t SET a = a + 1 WHERE id = 1")
        own.terminate()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert process.execute("SELECT a FROM t").fetchall() == [(200,)]


def test_table_locks_outlive_commit(process: Process, other: Process, sqlcode: Fail) -> None:
    process.execute("LOCK TABLE t IN EXCLUSIVE MODE")
    process.execute("COMMIT")
    with pytest.raises(IrisError) as caught:
        other.execute("UPDATE t SET a = 1")
    assert caught.value.sqlcode == -110
    assert other.execute("SELECT COUNT(*) FROM t").fetchall() == [(1,)]
    process.execute("UNLOCK TABLE t IN EXCLUSIVE MODE")
    assert other.execute("UPDATE t SET a = 1").row_count == 1


def test_other_processes_notice_a_definition(process: Process, other: Process) -> None:
    assert len(other.execute("SELECT * FROM t").columns) == 2
    process.execute("ALTER TABLE t ADD COLUMN b INTEGER DEFAULT 4")
    assert other.execute("SELECT * FROM t").fetchall() == [(1, 0, 4)]


def test_a_data_directory_keeps_what_was_committed(tmp_path: Path) -> None:
    with Instance(tmp_path / "data") as instance:
        process = instance.process()
        process.execute("CREATE TABLE s.kept (id IDENTITY, a NUMERIC(5,2))")
        process.execute("INSERT INTO s.kept (a) VALUES (1.5)")
        process.execute("START TRANSACTION")
        process.execute("INSERT INTO s.kept (a) VALUES (2.5)")
    with Instance(tmp_path / "data") as instance:
        process = instance.process()
        assert process.execute("SELECT COUNT(*) FROM s.kept").fetchall() == [(1,)]
        assert process.execute("INSERT INTO s.kept (a) VALUES (3)").row_id == "3"


def test_a_user_needs_privileges(instance: Instance, process: Process, other: Process) -> None:
    process.execute("CREATE USER ann IDENTIFIED BY secret")
    ann = instance.process(user="ann")
    with pytest.raises(IrisError) as caught:
        ann.execute("SELECT a FROM t")
    assert caught.value.sqlcode == -99
    process.execute("GRANT SELECT ON t TO ann")
    assert ann.execute("SELECT a FROM t").fetchall() == [(0,)]
    with pytest.raises(IrisError) as caught:
        ann.execute("DELETE FROM t")
    assert caught.value.sqlcode == -99


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT " + "(" * 5000 + "1" + ")" * 5000,
        "SELECT 1 " + "+ 1" * 20000,
        "SELECT * FROM " + "(SELECT * FROM " * 300 + "t" + ")" * 300,
        "SELECT REPEAT('x', 1000000000)",
        "SELECT '\ud800'",
        "SELECT \x00",
        "",
        "SELECT CASE WHEN " * 500,
    ],
)
def test_bad_input_ends_in_an_iris_error(process: Process, other: Process, sql: str) -> None:
    with pytest.raises(IrisError):
        process.execute(sql).fetchall()
    assert process.execute("SELECT 1").fetchall() == [(1,)]


def test_a_wrong_number_of_parameters_is_refused(process: Process, other: Process, sqlcode: Fail) -> None:
    assert sqlcode("SELECT a FROM t WHERE id = ?") == -400
    assert sqlcode("SELECT a FROM t", 1) == -400


def test_a_result_is_cancelled_while_its_rows_are_read(process: Process, other: Process) -> None:
    for number in range(2, 400):
        process.execute("INSERT INTO t VALUES (?, ?)", (number, number))
    result = process.execute("SELECT a.id FROM t a, t b, t c WHERE a.a + b.a = 0 OR c.a = -1")
    thread = threading.Thread(target=lambda: (time.sleep(0.1), process.cancel()))
    thread.start()
    with pytest.raises(IrisError) as caught:
        result.fetchall()
    thread.join()
    assert caught.value.sqlcode == -456


def test_reset_gives_back_a_clean_process(process: Process, other: Process, rows: Run) -> None:
    process.execute("CREATE GLOBAL TEMPORARY TABLE mine (a INTEGER)")
    process.execute("INSERT INTO mine VALUES (1)")
    process.execute("SET OPTION LOCK_TIMEOUT = 99")
    process.execute("LOCK TABLE t IN EXCLUSIVE MODE")
    process.execute("START TRANSACTION")
    process.execute("UPDATE t SET a = 9")
    process.reset()
    assert process.lock_timeout == 0.2
    assert other.execute("UPDATE t SET a = a + 1").row_count == 1
    assert rows("SELECT a FROM t") == [(1,)]
    assert rows("SELECT COUNT(*) FROM mine") == [(0,)]
