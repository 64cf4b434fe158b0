"""CREATE TRIGGER in LANGUAGE SQL (RSQL_createtrigger; sql.md 10.4)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pgiris.errors import IrisError
from pgiris.standin import Instance, Process

Rows = Callable[..., list[tuple[object, ...]]]
Code = Callable[..., int]


@pytest.fixture(autouse=True)
def tables(rows: Rows) -> None:
    rows("CREATE TABLE Lab.Item (Id INTEGER PRIMARY KEY, Name VARCHAR(20), Price NUMERIC(9,2), Made DATE)")
    rows("CREATE TABLE Lab.Log (Txt VARCHAR(80) COLLATE EXACT, Price NUMERIC(9,2), Made DATE)")


def log(rows: Rows) -> list[object]:
    return [row[0] for row in rows("SELECT Txt FROM Lab.Log ORDER BY %ID")]


def test_an_insert_trigger_fires_for_each_row_and_sees_its_values(rows: Rows) -> None:
    rows(
        "CREATE TRIGGER T AFTER INSERT ON Lab.Item REFERENCING NEW ROW AS n "
        "BEGIN INSERT INTO Lab.Log VALUES (n.Name || '!', n.Price, n.Made); END"
    )
    rows("INSERT INTO Lab.Item VALUES (1, 'a', 1.50, '2024-02-29')")
    rows("INSERT INTO Lab.Item SELECT Id + 1, 'b', Price, Made FROM Lab.Item")
    found = rows("SELECT Txt, Price, Made FROM Lab.Log ORDER BY %ID")
    assert [(t, str(p), str(m)) for t, p, m in found] == [("a!", "1.5", "2024-02-29"), ("b!", "1.5", "2024-02-29")]


def test_old_and_new_rows_are_seen_by_an_update_trigger_and_its_condition(rows: Rows) -> None:
    rows(
        "CREATE TRIGGER T AFTER UPDATE ON Lab.Item REFERENCING OLD ROW AS o NEW ROW AS n WHEN (n.Price > o.Price) "
        "INSERT INTO Lab.Log (Txt, Price) VALUES (n.Name, n.Price - o.Price)"
    )
    rows("INSERT INTO Lab.Item VALUES (1, 'up', 1, NULL)")
    rows("INSERT INTO Lab.Item VALUES (2, 'down', 9, NULL)")
    rows("INSERT INTO Lab.Item VALUES (3, 'unknown', NULL, NULL)")
    rows("UPDATE Lab.Item SET Price = 4")
    assert [(t, str(p)) for t, p in rows("SELECT Txt, Price FROM Lab.Log")] == [("up", "3")]


def test_a_delete_trigger_sees_the_old_row(rows: Rows) -> None:
    rows("CREATE TRIGGER T BEFORE DELETE ON Lab.Item REFERENCING OLD AS o INSERT INTO Lab.Log (Txt) VALUES (o.Name)")
    rows("INSERT INTO Lab.Item VALUES (1, 'x', 1, NULL)")
    assert log(rows) == []
    rows("DELETE FROM Lab.Item")
    assert log(rows) == ["x"]


def test_update_of_fires_only_when_one_of_its_columns_is_set(rows: Rows) -> None:
    rows("CREATE TRIGGER T AFTER UPDATE OF Price, Made ON Lab.Item INSERT INTO Lab.Log (Txt) VALUES ('set')")
    rows("INSERT INTO Lab.Item VALUES (1, 'x', 1, NULL)")
    rows("UPDATE Lab.Item SET Name = 'y'")
    assert log(rows) == []
    rows("UPDATE Lab.Item SET Price = 1")
    assert log(rows) == ["set"]


def test_triggers_fire_by_time_and_order(rows: Rows) -> None:
    for name, time, order in (("A", "AFTER", 2), ("B", "AFTER", 1), ("C", "BEFORE", 2), ("D", "BEFORE", 1)):
        body = f"INSERT INTO Lab.Log (Txt) VALUES ('{name}')"
        rows(f"CREATE TRIGGER {name} {time} INSERT ORDER {order} ON Lab.Item {body}")
    rows("INSERT INTO Lab.Item (Id) VALUES (1)")
    assert log(rows) == ["D", "C", "B", "A"]


def test_a_statement_trigger_fires_once_even_without_rows(rows: Rows) -> None:
    rows("CREATE TRIGGER T AFTER DELETE ON Lab.Item FOR EACH STATEMENT INSERT INTO Lab.Log (Txt) VALUES ('once')")
    rows("DELETE FROM Lab.Item")
    rows("INSERT INTO Lab.Item (Id) VALUES (1)")
    rows("INSERT INTO Lab.Item (Id) VALUES (2)")
    rows("DELETE FROM Lab.Item")
    assert log(rows) == ["once", "once"]


def test_one_trigger_may_have_several_events(rows: Rows) -> None:
    rows("CREATE TRIGGER T AFTER INSERT, DELETE ON Lab.Item INSERT INTO Lab.Log (Txt) VALUES ('e')")
    rows("INSERT INTO Lab.Item (Id) VALUES (1)")
    rows("UPDATE Lab.Item SET Name = 'z'")
    rows("DELETE FROM Lab.Item")
    assert log(rows) == ["e", "e"]


@pytest.mark.parametrize("transaction", [False, True])
@pytest.mark.parametrize(
    ("time", "event", "code"),
    [
        ("BEFORE", "INSERT", -130),
        ("AFTER", "INSERT", -131),
        ("BEFORE", "UPDATE", -132),
        ("AFTER", "UPDATE", -133),
        ("BEFORE", "DELETE", -134),
        ("AFTER", "DELETE", -135),
    ],
)
def test_a_failing_trigger_undoes_the_statement_and_what_triggers_did(
    rows: Rows, sqlcode: Code, time: str, event: str, code: int, transaction: bool
) -> None:
    rows("INSERT INTO Lab.Item VALUES (1, 'x', 1, NULL)")
    rows(
        f"CREATE TRIGGER T {time} {event} ON Lab.Item BEGIN INSERT INTO Lab.Log (Txt) VALUES ('in vain'); "
        "INSERT INTO Lab.Nowhere (A) VALUES (1); END"
    )
    if transaction:
        rows("START TRANSACTION")
    statement = {
        "INSERT": "INSERT INTO Lab.Item VALUES (2, 'y', 1, NULL)",
        "UPDATE": "UPDATE Lab.Item SET Name = 'y'",
        "DELETE": "DELETE FROM Lab.Item",
    }[event]
    assert sqlcode(statement) == code
    if transaction:
        rows("COMMIT")
    assert rows("SELECT Id, Name FROM Lab.Item") == [(1, "x")]
    assert log(rows) == []


def test_triggers_fire_each_other_and_end_when_they_never_would(rows: Rows, sqlcode: Code) -> None:
    rows("CREATE TABLE Lab.A (X INTEGER)")
    rows("CREATE TABLE Lab.B (X INTEGER)")
    rows("CREATE TRIGGER TA AFTER INSERT ON Lab.A REFERENCING NEW AS n INSERT INTO Lab.B VALUES (n.X + 1)")
    rows("INSERT INTO Lab.A VALUES (1)")
    assert rows("SELECT X FROM Lab.B") == [(2,)]
    rows("CREATE TRIGGER TB AFTER INSERT ON Lab.B REFERENCING NEW AS n INSERT INTO Lab.A VALUES (n.X + 1)")
    assert sqlcode("INSERT INTO Lab.A VALUES (1)") == -131
    assert rows("SELECT X FROM Lab.A") == [(1,)]


def test_triggers_do_not_fire_with_notrigger_and_truncate(rows: Rows) -> None:
    rows("CREATE TRIGGER T AFTER INSERT, DELETE ON Lab.Item INSERT INTO Lab.Log (Txt) VALUES ('e')")
    rows("INSERT %NOTRIGGER INTO Lab.Item (Id) VALUES (1)")
    rows("TRUNCATE TABLE Lab.Item")
    assert log(rows) == []


def test_a_body_may_set_variables_and_call_procedures(rows: Rows) -> None:
    rows(
        "CREATE PROCEDURE Lab.Note(IN what VARCHAR(20), IN p NUMERIC(9,2)) LANGUAGE SQL "
        "BEGIN INSERT INTO Lab.Log (Txt, Price) VALUES (:what, :p); END"
    )
    rows(
        "CREATE TRIGGER T AFTER INSERT ON Lab.Item REFERENCING NEW AS n "
        "BEGIN SET :twice = n.Price * 2; CALL Lab.Note(n.Name, :twice); END"
    )
    rows("INSERT INTO Lab.Item VALUES (1, 'x', 2.25, NULL)")
    assert [(t, str(p)) for t, p in rows("SELECT Txt, Price FROM Lab.Log")] == [("x", "4.5")]


def test_triggers_fire_for_the_changes_of_a_procedure(rows: Rows, sqlcode: Code) -> None:
    rows("CREATE PROCEDURE Lab.Add(IN n INTEGER) LANGUAGE SQL BEGIN INSERT INTO Lab.Item (Id) VALUES (:n); END")
    rows(
        "CREATE TRIGGER T AFTER INSERT ON Lab.Item REFERENCING NEW AS n WHEN (n.Id > 5) "
        "BEGIN INSERT INTO Lab.Log (Txt) VALUES ('big'); INSERT INTO Lab.Item (Id) VALUES (n.Id - 6); END"
    )
    rows("CALL Lab.Add(1)")
    rows("CALL Lab.Add(9)")
    assert rows("SELECT Id FROM Lab.Item ORDER BY Id") == [(1,), (3,), (9,)]
    assert log(rows) == ["big"]
    assert sqlcode("CALL Lab.Add(7)") == -131
    assert log(rows) == ["big"]


def test_a_trigger_does_not_change_the_identity_that_the_statement_reports(rows: Rows, process: Process) -> None:
    rows("CREATE TRIGGER T AFTER INSERT ON Lab.Item INSERT INTO Lab.Log (Txt) VALUES ('e')")
    rows("INSERT INTO Lab.Log (Txt) VALUES ('first')")
    assert process.execute("INSERT INTO Lab.Item (Id) VALUES (7)").row_id == "1"
    assert rows("SELECT LAST_IDENTITY()") == [(1,)]


def test_triggers_follow_their_table_through_alter_and_drop(rows: Rows) -> None:
    rows("CREATE TRIGGER T AFTER INSERT ON Lab.Item REFERENCING NEW AS n INSERT INTO Lab.Log (Txt) VALUES (n.Name)")
    rows("ALTER TABLE Lab.Item DROP COLUMN Made")
    rows("ALTER TABLE Lab.Item ADD COLUMN Extra VARCHAR(9) DEFAULT 'q'")
    rows("INSERT INTO Lab.Item (Id, Name) VALUES (1, 'x')")
    assert log(rows) == ["x"]
    rows("DROP TABLE Lab.Item")
    assert rows("SELECT COUNT(*) FROM INFORMATION_SCHEMA.TRIGGERS WHERE TRIGGER_NAME = 'T'") == [(0,)]


def test_a_dropped_or_replaced_trigger_no_longer_fires(rows: Rows) -> None:
    rows("CREATE TRIGGER T AFTER INSERT ON Lab.Item INSERT INTO Lab.Log (Txt) VALUES ('one')")
    rows("CREATE OR REPLACE TRIGGER T BEFORE INSERT ON Lab.Item INSERT INTO Lab.Log (Txt) VALUES ('two')")
    rows("INSERT INTO Lab.Item (Id) VALUES (1)")
    assert log(rows) == ["two"]
    rows("DROP TRIGGER Lab.T")
    rows("INSERT INTO Lab.Item (Id) VALUES (2)")
    assert log(rows) == ["two"]


def test_stored_computed_columns_do_not_fire_update_triggers(rows: Rows) -> None:
    rows("CREATE TABLE Lab.C (A INTEGER, B INTEGER COMPUTECODE {SET {B}={A}+1} COMPUTEONCHANGE (A))")
    rows("CREATE TRIGGER T AFTER UPDATE ON Lab.C INSERT INTO Lab.Log (Txt) VALUES ('u')")
    rows("INSERT INTO Lab.C (A) VALUES (1)")
    assert log(rows) == []
    rows("UPDATE Lab.C SET A = 5")
    assert log(rows) == ["u"]
    assert rows("SELECT A, B FROM Lab.C") == [(5, 6)]


@pytest.mark.parametrize(
    "body",
    [
        "LANGUAGE OBJECTSCRIPT { SET x=1 }",
        "LANGUAGE PYTHON { pass }",
        "INSERT INTO Lab.Log (Txt) VALUES (?)",
    ],
)
def test_a_body_that_cannot_be_run_is_refused_when_the_trigger_is_made(rows: Rows, sqlcode: Code, body: str) -> None:
    assert sqlcode(f"CREATE TRIGGER T AFTER INSERT ON Lab.Item {body}") == -400
    rows("INSERT INTO Lab.Item (Id) VALUES (1)")


def test_an_unknown_field_of_the_row_fails_the_trigger(rows: Rows, sqlcode: Code) -> None:
    rows("CREATE TRIGGER T AFTER INSERT ON Lab.Item REFERENCING NEW AS n INSERT INTO Lab.Log (Txt) VALUES (n.Nope)")
    assert sqlcode("INSERT INTO Lab.Item (Id) VALUES (1)") == -131


def test_triggers_of_a_wide_table_see_every_column(rows: Rows) -> None:
    rows(f"CREATE TABLE Lab.W ({', '.join(f'C{n} INTEGER' for n in range(250))})")
    body = "INSERT INTO Lab.Log (Price) VALUES (n.C0 + n.C249)"
    rows(f"CREATE TRIGGER T AFTER INSERT ON Lab.W REFERENCING NEW AS n {body}")
    rows("INSERT INTO Lab.W (C0, C249) VALUES (3, 4)")
    assert [str(row[0]) for row in rows("SELECT Price FROM Lab.Log")] == ["7"]


def test_triggers_fire_in_every_process_and_need_no_privileges_of_their_user(instance: Instance, rows: Rows) -> None:
    rows("CREATE TRIGGER T AFTER INSERT ON Lab.Item INSERT INTO Lab.Log (Txt) VALUES ('e')")
    rows("CREATE USER bob IDENTIFY BY secret")
    rows("GRANT INSERT ON Lab.Item TO bob")
    with instance.process(user="bob") as other:
        other.execute("INSERT INTO Lab.Item (Id) VALUES (1)")
        with pytest.raises(IrisError) as refused:
            other.execute("INSERT INTO Lab.Log (Txt) VALUES ('x')")
    assert refused.value.sqlcode == -99
    assert log(rows) == ["e"]
