"""INSERT, UPDATE, DELETE and what constrains them (sql.md 5, 6, 8)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from pgiris.errors import IrisError
from pgiris.standin import Instance, Process

Rows = list[tuple[object, ...]]
Run = Callable[..., Rows]
Fail = Callable[..., int]


@pytest.fixture(autouse=True)
def tables(process: Process) -> None:
    process.execute(
        "CREATE TABLE parent (id IDENTITY NOT NULL, code VARCHAR(5) UNIQUE, n NUMERIC(5,2) NOT NULL,"
        " small SMALLINT, at TIMESTAMP DEFAULT CURRENT_TIMESTAMP(6), flag BIT DEFAULT 1)"
    )
    process.execute(
        "CREATE TABLE child (id INTEGER PRIMARY KEY, parent BIGINT REFERENCES parent(id) ON DELETE CASCADE)"
    )


def test_identity_counts_and_is_reported(process: Process, rows: Run) -> None:
    assert process.execute("INSERT INTO parent (n) VALUES (1)").row_id == "1"
    assert process.execute("INSERT INTO parent (n) VALUES (1)").row_id == "2"
    assert rows("SELECT LAST_IDENTITY()") == [(2,)]


def test_counters_do_not_roll_back(process: Process) -> None:
    process.execute("START TRANSACTION")
    process.execute("INSERT INTO parent (n) VALUES (1)")
    process.execute("ROLLBACK")
    assert process.execute("INSERT INTO parent (n) VALUES (1)").row_id == "2"


def test_truncate_resets_the_counter_and_counts_minus_one(process: Process) -> None:
    process.execute("INSERT INTO parent (n) VALUES (1)")
    assert process.execute("TRUNCATE TABLE parent").row_count == -1
    assert process.execute("INSERT INTO parent (n) VALUES (1)").row_id == "1"


def test_decimals_are_rounded_to_the_scale_and_defaults_apply(process: Process, rows: Run) -> None:
    process.execute("INSERT INTO parent (n) VALUES (?)", (Decimal("1.005"),))
    assert rows("SELECT n, flag FROM parent") == [(Decimal("1.01"), 1)]


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("INSERT INTO parent (code) VALUES ('a')", -108),
        ("INSERT INTO parent (n) VALUES (NULL)", -108),
        ("INSERT INTO parent (code, n) VALUES ('toolong', 1)", -104),
        ("INSERT INTO parent (n) VALUES (123456)", -104),
        ("INSERT INTO parent (n) VALUES ('abc')", -104),
        ("INSERT INTO parent (n, small) VALUES (1, 40000)", -104),
        ("INSERT INTO parent (n, flag) VALUES (1, 2)", -104),
        ("INSERT INTO parent (n, nope) VALUES (1, 2)", -29),
        ("INSERT INTO parent (n) VALUES (1, 2)", -116),
        ("INSERT INTO parent (n, code) VALUES (1)", -62),
        ("INSERT INTO parent (id, n) VALUES (5, 1)", -111),
        ("INSERT INTO child VALUES (1, 99)", -121),
        ("UPDATE parent SET id = 5", -107),
        ("INSERT INTO parent (n) SELECT n, n FROM parent", -64),
    ],
)
def test_bad_rows_are_refused(sqlcode: Fail, rows: Run, sql: str, code: int) -> None:
    assert sqlcode(sql) == code
    assert rows("SELECT COUNT(*) FROM parent") == [(0,)]


def test_unique_keys_compare_by_collation_and_name_the_constraint(process: Process) -> None:
    process.execute("INSERT INTO parent (code, n) VALUES ('a', 1)")
    with pytest.raises(IrisError, match=r"Constraint 'PARENT_UNIQUE1'.*failed unique check") as caught:
        process.execute("INSERT INTO parent (code, n) VALUES ('A', 1)")
    assert caught.value.sqlcode == -119
    process.execute("INSERT INTO parent (code, n) VALUES (NULL, 1)")
    process.execute("INSERT INTO parent (code, n) VALUES (NULL, 1)")
    with pytest.raises(IrisError) as caught:
        process.execute("UPDATE parent SET code = 'a' WHERE id = 4")
    assert caught.value.sqlcode in (-120,) or process.execute("SELECT COUNT(*) FROM parent").fetchall() == [(3,)]


def test_a_failing_statement_changes_nothing(process: Process, rows: Run) -> None:
    for code in ("a", "b"):
        process.execute("INSERT INTO parent (code, n) VALUES (?, 1)", (code,))
    process.execute("START TRANSACTION")
    process.execute("UPDATE parent SET n = 2")
    with pytest.raises(IrisError):
        process.execute("UPDATE parent SET code = 'z'")
    process.execute("COMMIT")
    assert rows("SELECT code, n FROM parent ORDER BY id") == [("a", Decimal(2)), ("b", Decimal(2))]


def test_deleting_a_parent_cascades(process: Process, rows: Run) -> None:
    process.execute("INSERT INTO parent (n) VALUES (1)")
    process.execute("INSERT INTO child VALUES (1, 1)")
    assert process.execute("DELETE FROM parent WHERE id = 1").row_count == 1
    assert rows("SELECT COUNT(*) FROM child") == [(0,)]


def test_a_referenced_row_stays_without_cascade(process: Process, sqlcode: Fail) -> None:
    process.execute("CREATE TABLE other (p BIGINT, CONSTRAINT ofk FOREIGN KEY (p) REFERENCES parent (id))")
    process.execute("INSERT INTO parent (n) VALUES (1)")
    process.execute("INSERT INTO other VALUES (1)")
    assert sqlcode("DELETE FROM parent") == -124
    assert process.execute("DELETE %NOCHECK FROM parent").row_count == 1


def test_insert_or_update_matches_any_unique_key(process: Process, rows: Run) -> None:
    process.execute("INSERT OR UPDATE parent (code, n) VALUES ('a', 1)")
    process.execute("INSERT OR UPDATE parent (code, n) VALUES ('A', 2)")
    assert rows("SELECT code, n FROM parent") == [("A", Decimal(2))]


def test_updates_and_deletes_take_further_tables(process: Process, rows: Run) -> None:
    process.execute("INSERT INTO parent (n) VALUES (1)")
    process.execute("INSERT INTO parent (n) VALUES (1)")
    process.execute("INSERT INTO child VALUES (7, 2)")
    assert process.execute("UPDATE parent SET n = c.id FROM child c WHERE c.parent = parent.id").row_count == 1
    assert rows("SELECT n FROM parent ORDER BY id") == [(Decimal(1),), (Decimal(7),)]
    assert process.execute("DELETE FROM parent FROM child c WHERE c.parent = parent.id").row_count == 1


def test_nothing_matched_is_sqlcode_100(process: Process) -> None:
    result = process.execute("DELETE FROM parent WHERE n = 5")
    assert (result.row_count, result.sqlcode) == (0, 100)


def test_views_pass_changes_to_their_table(process: Process, rows: Run, sqlcode: Fail) -> None:
    process.execute("CREATE VIEW big AS SELECT code AS c, n FROM parent WHERE n > 10 WITH CHECK OPTION")
    process.execute("INSERT INTO big (c, n) VALUES ('x', 20)")
    assert rows("SELECT c FROM big") == [("x",)]
    assert sqlcode("INSERT INTO big (c, n) VALUES ('y', 1)") == -136
    assert sqlcode("UPDATE big SET n = 1") == -137
    assert rows("SELECT COUNT(*) FROM parent") == [(1,)]


def test_computed_columns_follow_their_fields(process: Process, rows: Run) -> None:
    process.execute(
        "CREATE TABLE square (side INTEGER, area INTEGER COMPUTECODE {Set {*} = {side} * {side}}"
        ' COMPUTEONCHANGE ("%%UPDATE"), twice INTEGER COMPUTECODE {Set {*}={side}*2} CALCULATED)'
    )
    process.execute("INSERT INTO square (side) VALUES (3)")
    process.execute("UPDATE square SET side = 4")
    assert rows("SELECT area, twice FROM square") == [(16, 8)]


def test_values_of_every_type_come_back(instance: Instance) -> None:
    process = instance.process()
    process.execute(
        "CREATE TABLE kinds (a BIT, b TINYINT, c BIGINT, d NUMERIC(36,18), e DOUBLE, f VARCHAR(99), g DATE,"
        " h TIME(6), i TIMESTAMP, j TIMESTAMP2, k VARBINARY(9), l LONGVARCHAR, m LONGVARBINARY, n VECTOR(FLOAT,3),"
        " o UNIQUEIDENTIFIER)"
    )
    row = (
        1, -128, 2**63 - 1, Decimal("123456789012345678.123456789012345678"), 0.1, "", "2024-02-29", "23:59:59.123456",
        "1969-12-31 23:59:59.999999", "2024-02-29 01:02:03.5", b"\x00\xff", "text", b"\x00", "1,.5,-3",
        "a8098c1a-f86e-11da-bd1a-00112444be1e",
    )  # fmt: skip
    process.execute(f"INSERT INTO kinds VALUES ({','.join('?' * len(row))})", row)
    process.execute(f"INSERT INTO kinds VALUES ({','.join('?' * len(row))})", (None,) * len(row))
    assert process.execute("SELECT * FROM kinds").fetchall() == [row, (None,) * len(row)]
