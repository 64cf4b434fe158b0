"""Several operating-system processes over one data directory: transactions, definitions, locks, counters, cancel."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.standin_processes.conftest import Neighbour

Pair = tuple[Neighbour, Neighbour]
LONG = "SELECT COUNT(*) FROM big a, big b, big c, big d WHERE a.n + b.n + c.n = d.n - 5000"


def test_each_process_has_its_own_job_user_namespace_and_select_mode(pair: Pair) -> None:
    first, second = pair
    first.run("CREATE USER ann IDENTIFIED BY secret")
    jobs = {one.value("pid", name) for one in pair for name in ("_SYSTEM", "ann@USER", "_SYSTEM@%SYS")}
    assert len(jobs) == 6
    assert first.run("SELECT $JOB") == [[first.value("pid")]]
    assert second.value("user", "ann@USER") == "ann"
    assert second.value("namespace", "_SYSTEM@%SYS") == "%SYS"
    assert second.fails("SELECT a FROM t", name="ann@USER") == -99
    first.run("GRANT SELECT ON t TO ann")
    assert second.run("SELECT a FROM t", name="ann@USER") == [[0]]


def test_no_process_sees_uncommitted_work_of_another_and_readers_do_not_wait(pair: Pair) -> None:
    first, second = pair
    first.run("START TRANSACTION")
    first.run("UPDATE t SET a = 5")
    begun = time.monotonic()
    assert second.run("SELECT a FROM t") == [[0]]
    assert time.monotonic() - begun < 0.3
    first.run("COMMIT")
    assert second.run("SELECT a FROM t") == [[5]]


def test_a_reading_transaction_holds_no_writer_up(pair: Pair) -> None:
    first, second = pair
    first.run("START TRANSACTION")
    assert first.run("SELECT a FROM t") == [[0]]
    second.run("UPDATE t SET a = 7")
    assert first.run("SELECT a FROM t") == [[7]]
    first.run("COMMIT")


def test_a_writer_waits_up_to_the_lock_timeout(pair: Pair) -> None:
    first, second = pair
    first.run("START TRANSACTION")
    first.run("UPDATE t SET a = 5")
    begun = time.monotonic()
    assert second.fails("UPDATE t SET a = 6") == -110
    assert 0.3 < time.monotonic() - begun < 2
    second.start("UPDATE t SET a = a + 10")
    time.sleep(0.1)
    first.run("COMMIT")
    assert second.finish()["count"] == 1
    assert first.run("SELECT a FROM t") == [[15]]


def test_keys_hold_between_processes(pair: Pair) -> None:
    first, second = pair
    first.run("CREATE TABLE child (id INTEGER, parent INTEGER, FOREIGN KEY (parent) REFERENCES t (id))")
    assert second.fails("INSERT INTO t VALUES (1, 1)") == -119
    assert second.fails("INSERT INTO child VALUES (1, 2)") == -121
    first.run("INSERT INTO t VALUES (2, 2)")
    second.run("INSERT INTO child VALUES (1, 2)")
    assert first.fails("DELETE FROM t WHERE id = 2") == -124


def test_the_next_statement_sees_definitions_of_another_process(pair: Pair) -> None:
    first, second = pair
    assert second.run("SELECT * FROM t") == [[1, 0]]
    first.run("ALTER TABLE t ADD COLUMN b INTEGER DEFAULT 4")
    assert second.run("SELECT * FROM t") == [[1, 0, 4]]
    second.run("CREATE VIEW v AS SELECT b FROM t")
    assert first.run("SELECT * FROM v") == [[4]]
    first.run("DROP VIEW v")
    assert second.fails("SELECT * FROM v") == -30
    assert second.fails("CREATE TABLE t (x INTEGER)") == -201


def test_a_statement_that_waited_for_a_definition_is_compiled_again(neighbour: Callable[..., Neighbour]) -> None:
    first, second = neighbour(), neighbour(10)
    first.run("CREATE TABLE t (a INTEGER)")
    assert second.run("SELECT COUNT(*) FROM t") == [[0]]
    first.run("START TRANSACTION")
    first.run("DROP TABLE t")
    first.run("CREATE TABLE t (b INTEGER DEFAULT 3, a INTEGER)")
    second.run("START TRANSACTION")
    second.start("INSERT INTO t (a) VALUES (1)")
    time.sleep(0.2)
    first.run("COMMIT")
    assert second.finish()["count"] == 1
    second.run("COMMIT")
    assert first.run("SELECT b, a FROM t") == [[3, 1]]


def test_two_processes_cannot_make_the_same_table(neighbour: Callable[..., Neighbour]) -> None:
    first, second = neighbour(10), neighbour(10)
    first.run("CREATE TABLE other (a INTEGER)")
    second.run("SELECT COUNT(*) FROM other")
    first.run("START TRANSACTION")
    first.run("CREATE TABLE same (a INTEGER)")
    second.start("CREATE TABLE same (b INTEGER)")
    time.sleep(0.2)
    first.run("COMMIT")
    assert second.finish().get("sqlcode") == -201
    assert second.run("SELECT COUNT(a) FROM same") == [[0]]


def test_table_locks_stop_writers_of_other_processes(pair: Pair) -> None:
    first, second = pair
    first.run("LOCK TABLE t IN SHARE MODE")
    second.run("LOCK TABLE t IN SHARE MODE")
    assert first.fails("LOCK TABLE t IN EXCLUSIVE MODE") == -110
    second.run("UNLOCK TABLE t IN SHARE MODE")
    first.run("LOCK TABLE t IN EXCLUSIVE MODE")
    assert second.fails("UPDATE t SET a = 1") == -110
    assert second.run("SELECT a FROM t") == [[0]]
    first.run("UPDATE t SET a = 3")
    first.run("UNLOCK TABLE t IN EXCLUSIVE MODE")
    first.run("UNLOCK TABLE t IN SHARE MODE")
    second.run("UPDATE t SET a = 4")


def test_counters_give_no_value_twice(neighbour: Callable[..., Neighbour]) -> None:
    all_of_them = [neighbour(20) for _ in range(3)]
    all_of_them[0].run("CREATE TABLE c (id IDENTITY, s SERIAL, v ROWVERSION, a INTEGER)")
    for _ in range(40):
        for one in all_of_them:
            one.start("INSERT INTO c (a) VALUES (1)")
        for one in all_of_them:
            answer = one.finish()
            assert answer.get("count") == 1, answer
    (found,) = all_of_them[1].run("SELECT COUNT(DISTINCT id), COUNT(DISTINCT s), COUNT(DISTINCT v), MAX(id) FROM c")
    assert found == [120, 120, 120, 120]


def test_a_value_of_a_counter_that_was_rolled_back_is_not_given_again(pair: Pair) -> None:
    first, second = pair
    first.run("CREATE TABLE c (id IDENTITY, a INTEGER)")
    first.run("START TRANSACTION")
    first.run("INSERT INTO c (a) VALUES (1)")
    first.run("ROLLBACK")
    second.run("INSERT INTO c (a) VALUES (2)")
    assert first.run("SELECT id FROM c") == [[2]]
    second.run("TRUNCATE TABLE c")
    first.run("INSERT INTO c (a) VALUES (3)")
    assert second.run("SELECT id FROM c") == [[1]]


def test_a_query_of_another_process_is_cancelled(pair: Pair) -> None:
    first, second = pair
    first.run("CREATE TABLE big (n INTEGER)")
    first.run("INSERT INTO big SELECT 1 UNION ALL SELECT 2")
    for _ in range(7):
        first.run("INSERT INTO big SELECT n + 2 FROM big")
    pid = first.value("pid")
    assert second.fails(f"CANCEL QUERY {pid}") == -400, "it runs nothing"
    first.start(LONG)
    time.sleep(0.2)
    begun = time.monotonic()
    listed = second.run("SELECT ProcessID, CachedQuery FROM INFORMATION_SCHEMA.CURRENT_STATEMENTS")
    assert [str(pid), LONG] in listed
    second.run(f"CANCEL QUERY {pid}")
    assert first.finish()["sqlcode"] == -456
    assert time.monotonic() - begun < 1
    assert first.run("SELECT COUNT(*) FROM big") == [[256]]
    assert second.fails("CANCEL QUERY 3") == -400


def test_a_writer_that_waits_is_cancelled_from_another_process(neighbour: Callable[..., Neighbour]) -> None:
    first, second = neighbour(), neighbour(60)
    first.run("CREATE TABLE t (a INTEGER)")
    for lock in ("START TRANSACTION", "INSERT INTO t VALUES (1)"):
        first.run(lock)
    pid = second.value("pid")
    for _ in range(2):
        second.start("INSERT INTO t VALUES (2)")
        time.sleep(0.2)
        first.run(f"CANCEL QUERY {pid}")
        assert second.finish()["sqlcode"] == -456
        first.run("ROLLBACK")
        first.run("LOCK TABLE t IN EXCLUSIVE MODE")


def test_killing_a_process_rolls_back_and_frees_its_locks(pair: Pair, tmp_path: Path) -> None:
    first, second = pair
    jobs = "SELECT Pid FROM INFORMATION_SCHEMA.CURRENT_CONNECTIONS"
    pid = first.value("pid")
    assert [pid] in second.run(jobs)
    first.run("LOCK TABLE t IN EXCLUSIVE MODE")
    first.run("START TRANSACTION")
    first.run("UPDATE t SET a = 5")
    assert second.fails("UPDATE t SET a = 1") == -110
    first.kill()
    second.run("UPDATE t SET a = a + 1")
    assert second.run("SELECT a FROM t") == [[1]]
    assert second.run(jobs) == [[second.value("pid")]]
    assert second.fails(f"CANCEL QUERY {pid}") == -400
    assert len(list((tmp_path / "data" / "processes").iterdir())) == 1


def test_an_instance_opens_while_another_process_writes(neighbour: Callable[..., Neighbour]) -> None:
    first = neighbour()
    first.run("CREATE TABLE t (a INTEGER)")
    first.run("START TRANSACTION")
    first.run("INSERT INTO t VALUES (1)")
    begun = time.monotonic()
    assert neighbour().run("SELECT COUNT(*) FROM t") == [[0]]
    assert time.monotonic() - begun < 8


@pytest.mark.slow
def test_many_processes_start_on_an_empty_directory_at_once(neighbour: Callable[..., Neighbour]) -> None:
    for one in [neighbour(30) for _ in range(8)]:
        one.run("CREATE TABLE IF NOT EXISTS t (a INTEGER)")
