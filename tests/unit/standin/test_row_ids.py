"""%ROWID of a result: the last row that a change touched (embedded.md 2.2), and INSERT's look at its table."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pgiris.standin import Process

Rows = Callable[..., list[tuple[object, ...]]]
Code = Callable[..., int]


@pytest.fixture(autouse=True)
def tables(rows: Rows) -> None:
    rows("CREATE TABLE T (A INTEGER UNIQUE, B INTEGER)")
    for n in range(1, 4):
        rows("INSERT INTO T VALUES (?, 0)", n)


def test_update_and_delete_tell_the_last_row_they_touched(process: Process) -> None:
    assert process.execute("UPDATE T SET B = 1 WHERE A = 2").row_id == "2"
    assert process.execute("UPDATE T SET B = 1").row_id == "3"
    assert process.execute("DELETE FROM T WHERE A = 1").row_id == "1"


def test_a_change_without_rows_leaves_the_last_row_id(process: Process) -> None:
    process.execute("UPDATE T SET B = 1 WHERE A = 2")
    for statement in (
        "UPDATE T SET B = 2 WHERE A = 9",
        "DELETE FROM T WHERE A = 9",
        "INSERT INTO T SELECT 9, 9 FROM T WHERE A = 9",
    ):
        result = process.execute(statement)
        assert (result.row_count, result.sqlcode, result.row_id) == (0, 100, "2")


def test_insert_or_update_tells_the_row_that_is_there(process: Process) -> None:
    assert process.execute("INSERT OR UPDATE T (A, B) VALUES (2, 7)").row_id == "2"


def test_a_failed_change_leaves_the_last_row_id(process: Process, sqlcode: Code) -> None:
    process.execute("UPDATE T SET B = 1 WHERE A = 2")
    assert sqlcode("INSERT INTO T VALUES (1, 1)") == -119
    assert process.execute("DELETE FROM T WHERE A = 9").row_id == "2"


def test_insert_looks_its_table_up_before_it_reads_on(rows: Rows, sqlcode: Code) -> None:
    assert sqlcode("INSERT IGNORE INTO T (A) VALUES (9)") == -30
    assert sqlcode("INSERT INTO Nowhere INTO T") == -30
    assert sqlcode("INSERT INTO T INTO T") == -1
    rows("CREATE TABLE Ignore (A INTEGER)")
    assert sqlcode("INSERT IGNORE INTO T (A) VALUES (9)") == -1


def test_a_procedure_may_be_made_before_the_table_that_it_inserts_into(rows: Rows) -> None:
    rows("CREATE PROCEDURE P() LANGUAGE SQL BEGIN INSERT INTO Later VALUES (1); END")
    rows("CREATE TABLE Later (A INTEGER)")
    rows("CALL P()")
    assert rows("SELECT A FROM Later") == [(1,)]


def test_private_columns_may_be_made_and_named_but_are_not_among_all(rows: Rows) -> None:
    rows("CREATE TABLE S (A VARCHAR(9) NOT NULL PRIVATE, Private INTEGER, C INTEGER WITH STORAGETYPE = COLUMNAR)")
    rows("INSERT INTO S (A, Private, C) VALUES ('x', 1, 2)")
    rows("ALTER TABLE S ADD COLUMN D INTEGER PRIVATE")
    assert rows("SELECT * FROM S") == [(1, 2)]
    assert rows("SELECT A, D FROM S") == [("x", None)]
