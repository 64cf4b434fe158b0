"""INFORMATION_SCHEMA in IRIS's spelling, definitions, vectors (information_schema.md; sql.md 8 to 10, 15)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pgiris.standin import Process, corpus

Rows = list[tuple[object, ...]]
Run = Callable[..., Rows]
Fail = Callable[..., int]


@pytest.fixture(autouse=True)
def shop(process: Process) -> None:
    process.execute(
        "CREATE TABLE Shop.Item (id INTEGER PRIMARY KEY, Name VARCHAR(20) NOT NULL UNIQUE,"
        " price NUMERIC(9,2) DEFAULT 1)"
    )
    process.execute(
        "CREATE TABLE Shop.Line (n IDENTITY, item INTEGER,"
        " CONSTRAINT fk FOREIGN KEY (item) REFERENCES Shop.Item (id) ON DELETE CASCADE)"
    )
    process.execute("CREATE VIEW Shop.Cheap AS SELECT Name AS label FROM Shop.Item WHERE price < 5")


def test_tables_and_views_are_listed(rows: Run) -> None:
    sql = "SELECT TABLE_NAME, TABLE_TYPE FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = 'SHOP' ORDER BY TABLE_NAME"
    assert rows(sql) == [("Cheap", "VIEW"), ("Item", "BASE TABLE"), ("Line", "BASE TABLE")]


def test_columns_tell_types_and_positions(rows: Run) -> None:
    sql = (
        "SELECT COLUMN_NAME, ORDINAL_POSITION, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, NUMERIC_SCALE, IS_NULLABLE,"
        " PRIMARY_KEY"
        " FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA='Shop' AND TABLE_NAME='item' ORDER BY ORDINAL_POSITION"
    )
    assert rows(sql) == [
        ("id", 2, "integer", None, 0, "NO", "YES"),
        ("Name", 3, "varchar", 20, None, "NO", "NO"),
        ("price", 4, "numeric", None, 2, "YES", "NO"),
    ]


def test_constraints_have_generated_names(rows: Run) -> None:
    sql = (
        "SELECT CONSTRAINT_NAME, CONSTRAINT_TYPE FROM INFORMATION_SCHEMA.TABLE_CONSTRAINTS"
        " WHERE TABLE_SCHEMA = 'Shop' ORDER BY 1"
    )
    assert rows(sql) == [("fk", "FOREIGN KEY"), ("ITEM_PKEY1", "PRIMARY KEY"), ("ITEM_UNIQUE1", "UNIQUE")]
    sql = (
        "SELECT COLUMN_NAME, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME"
        " FROM INFORMATION_SCHEMA.KEY_COLUMN_USAGE WHERE CONSTRAINT_NAME = 'fk'"
    )
    assert rows(sql) == [("item", "Item", "id")]
    sql = "SELECT UNIQUE_CONSTRAINT_NAME, DELETE_RULE FROM INFORMATION_SCHEMA.REFERENTIAL_CONSTRAINTS"
    assert rows(sql) == [("ITEM_PKEY1", "CASCADE")]


def test_the_catalog_follows_definitions(process: Process, rows: Run) -> None:
    sql = "SELECT COUNT(*) FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 'Line'"
    assert rows(sql) == [(2,)]
    process.execute("ALTER TABLE Shop.Line ADD COLUMN extra DATE")
    assert rows(sql) == [(3,)]


def test_a_table_is_altered_in_every_way(process: Process, rows: Run, sqlcode: Fail) -> None:
    process.execute("INSERT INTO Shop.Item (id, Name) VALUES (1, 'a')")
    process.execute("ALTER TABLE Shop.Item ALTER COLUMN price RENAME cost")
    process.execute("ALTER TABLE Shop.Item ALTER COLUMN cost VARCHAR(10)")
    assert rows("SELECT cost FROM Shop.Item") == [("1",)]
    process.execute("ALTER TABLE Shop.Item ALTER COLUMN cost NOT NULL")
    assert sqlcode("INSERT INTO Shop.Item (id, Name, cost) VALUES (2, 'b', NULL)") == -108
    assert sqlcode("ALTER TABLE Shop.Item DROP COLUMN Name") == -322
    process.execute("ALTER TABLE Shop.Item DROP CONSTRAINT ITEM_UNIQUE1")
    process.execute("ALTER TABLE Shop.Item DROP COLUMN Name CASCADE")
    assert sqlcode("ALTER TABLE Shop.Item ADD COLUMN q INTEGER NOT NULL") == -304
    process.execute("ALTER TABLE Shop.Item RENAME Thing")
    assert rows("SELECT id FROM Shop.Thing") == [(1,)]


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("CREATE TABLE Shop.item (a INTEGER)", -201),
        ("DROP TABLE Shop.Item", -320),
        ("DROP TABLE Shop.Nope", -30),
        ("CREATE TABLE Shop.Two (a INTEGER, a INTEGER)", -306),
        ("CREATE TABLE Shop.Two (a INTEGER REFERENCES Shop.Nope (x))", -310),
        ("CREATE TABLE Shop.Two (a NUMERIC(9,2) REFERENCES Shop.Item (price))", -314),
        ("CREATE INDEX fk ON Shop.Nope (item)", -30),
        ("DROP INDEX nope ON Shop.Item", -333),
        ("DROP VIEW Shop.Nope", -30),
    ],
)
def test_definitions_are_refused_with_their_sqlcode(sqlcode: Fail, sql: str, code: int) -> None:
    assert sqlcode(sql) == code


def test_dropping_a_table_needs_cascade_for_its_views(process: Process, sqlcode: Fail) -> None:
    process.execute("DROP TABLE Shop.Line")
    assert sqlcode("DROP TABLE Shop.Item") == -321
    process.execute("DROP TABLE Shop.Item CASCADE")
    assert sqlcode("SELECT * FROM Shop.Cheap") == -30


def test_nearest_neighbours_are_found_by_cosine(process: Process, rows: Run, sqlcode: Fail) -> None:
    process.execute("CREATE TABLE emb (id INTEGER, v VECTOR(FLOAT, 3))")
    for number, vector in enumerate(("1,0,0", "[0,1,0]", "1,1,0"), 1):
        process.execute("INSERT INTO emb VALUES (?, TO_VECTOR(?, FLOAT))", (number, vector))
    process.execute("INSERT INTO emb VALUES (4, NULL)")
    sql = "SELECT TOP 2 id, VECTOR_COSINE(v, TO_VECTOR(?, FLOAT)) AS s FROM emb ORDER BY s DESC"
    found = rows(sql, "1,0.1,0")
    assert [row[0] for row in found] == [1, 3]
    assert found[0][1] == pytest.approx(0.99503719, abs=1e-6)
    assert rows("SELECT VECTOR_DOT_PRODUCT(v, v) FROM emb WHERE id = 3") == [(2.0,)]
    assert sqlcode("SELECT VECTOR_COSINE(v, TO_VECTOR('1,2', FLOAT)) FROM emb") == -257
    assert sqlcode("SELECT VECTOR_COSINE(v, TO_VECTOR('1,2,3', DOUBLE)) FROM emb") == -259
    assert sqlcode("INSERT INTO emb VALUES (5, ?)", "1,2") == -104


def test_the_evidence_runner_tells_passes_from_failures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [
        {"id": "a", "topic": "x", "sql": "SELECT 1", "outcome": "ok", "result": {"rows": [[1]]}},
        {"id": "b", "topic": "x", "sql": "SELECT 1", "outcome": "ok", "result": {"rows": [[2]]}},
        {"id": "c", "topic": "y", "sql": "SELECT 1;", "outcome": "error", "sqlcode": -25},
        {"id": "d", "topic": "y", "sql": "SELECT 1;", "outcome": "error", "sqlcode": -1},
        {"id": "e", "topic": "y", "sql": "SELECT a FROM t WHERE a = ?", "params": [1], "outcome": "ok",
         "setup": ["CREATE TABLE t (a INTEGER)"]},
    ]  # fmt: skip
    file = tmp_path / "x.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)))
    assert corpus.main([str(file), "--failures"]) == 1
    shown = capsys.readouterr().out.splitlines()
    assert shown[-3:] == ["x: 1 passed, 1 failed", "y: 2 passed, 1 failed", "3 passed, 2 failed"]
    assert [line[0] for line in shown if line[:2] in ("b ", "d ")] == ["b", "d"]
