"""The scenario every client runs, and the values it sends.

Programs in other languages (``node``, ``jdbc``, ``go``, ``rust``) run the same steps with their own driver and print
``ok <check>`` for each; ``CHECKS`` is what all of them must print. A vector goes as text: registering the type
is the catalog's business.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any, Protocol

CHECKS = ("connect", "parameters", "nulls", "unicode", "rollback", "error", "stream", "vectors")

UNICODE = "naïve \u00e6\u00f8 \u4f60\u597d \U0001f980 'quoted' \"double\" \\ back"

COLUMNS: dict[str, tuple[str, Any]] = {
    "b": ("boolean", True),
    "i2": ("smallint", -32768),
    "i4": ("integer", 2147483647),
    "i8": ("bigint", -9223372036854775807),
    "f4": ("real", 1.5),
    "f8": ("double precision", 3.141592653589793),
    "n": ("numeric(20,5)", Decimal("12345.67890")),
    "t": ("text", "plain text"),
    "v": ("varchar(40)", "varying"),
    "c": ("char(5)", "abc"),
    "y": ("bytea", b"\x00\xff\x10'\\"),
    "d": ("date", dt.date(2024, 2, 29)),
    "tm": ("time", dt.time(23, 59, 59, 999999)),
    "ts": ("timestamp", dt.datetime(1999, 12, 31, 23, 59, 59, 500000)),
    "tz": ("timestamptz", dt.datetime(2024, 7, 1, 12, 0, 0, 250, tzinfo=dt.timezone.utc)),
    "u": ("uuid", uuid.UUID("12345678-9abc-def0-1234-56789abcdef0")),
    "j": ("json", '{"b": [1, 2, null], "a": "x"}'),
    "jb": ("jsonb", '{"a": "x", "b": [1, 2, null]}'),
}
"""Column name -> SQL type and the value sent. json values are compared as documents."""

ROWS = 10_000


def create_table(name: str) -> str:
    """The table of all core types."""
    columns = ", ".join(f"{column} {sql_type}" for column, (sql_type, _) in COLUMNS.items())
    return f"CREATE TABLE {name} (id integer PRIMARY KEY, {columns})"


class Client(Protocol):
    """A driver, as the scenario uses it. Statements are written with ``$1``; an adapter rewrites them if it must."""

    error: type[Exception]

    def query(self, sql: str, *parameters: Any) -> Sequence[Sequence[Any]]: ...

    def stream(self, sql: str) -> Iterable[Sequence[Any]]: ...

    def transaction(self) -> AbstractContextManager[Any]:
        """Commits at the end of the block, rolls back when it raises."""

    def sqlstate(self, error: Exception) -> str: ...

    def normal(self, column: str, value: Any) -> Any:
        """A value read, in the form that `COLUMNS` has."""


class Undo(Exception):
    """Raised inside a transaction block to roll it back."""


def expected(column: str) -> Any:
    """What a read of that column must give."""
    value = COLUMNS[column][1]
    return value.ljust(5) if column == "c" else value


def run(client: Client, table: str) -> list[str]:
    """Run every step; the names of those done. An assertion fails inside the step."""
    done = []
    for check in CHECKS:
        globals()[f"check_{check}"](client, table)
        done.append(check)
    return done


def check_connect(client: Client, table: str) -> None:
    assert client.query("SELECT 1 AS one") == [(1,)]


def insert(client: Client, table: str, key: int, values: Sequence[Any]) -> None:
    names = ", ".join(COLUMNS)
    casts = {"j": "::json", "jb": "::jsonb"}
    marks = ", ".join(f"${number}{casts.get(column, '')}" for number, column in enumerate(COLUMNS, 2))
    client.query(f"INSERT INTO {table} (id, {names}) VALUES ($1, {marks})", key, *values)


def check_parameters(client: Client, table: str) -> None:
    client.query(create_table(table))
    insert(client, table, 1, [value for _, value in COLUMNS.values()])
    [row] = client.query(f"SELECT {', '.join(COLUMNS)} FROM {table} WHERE id = $1", 1)
    read = {column: client.normal(column, value) for column, value in zip(COLUMNS, row)}
    assert read == {column: client.normal(column, expected(column)) for column in COLUMNS}
    for column in ("b", "i2", "i4", "i8", "f8", "n", "t", "v", "d", "tm", "ts", "tz", "u"):
        found = client.query(f"SELECT id FROM {table} WHERE {column} = $1", COLUMNS[column][1])
        assert found == [(1,)], column


def check_nulls(client: Client, table: str) -> None:
    insert(client, table, 2, [None] * len(COLUMNS))
    [row] = client.query(f"SELECT {', '.join(COLUMNS)} FROM {table} WHERE id = $1", 2)
    assert all(value is None for value in row)
    insert(client, table, 3, ["" if column in ("t", "v") else None for column in COLUMNS])
    assert client.query(f"SELECT t, v FROM {table} WHERE id = 3") == [("", "")]
    assert client.query(f"SELECT id FROM {table} WHERE t IS NULL ORDER BY id") == [(2,)]


def check_unicode(client: Client, table: str) -> None:
    client.query(f"UPDATE {table} SET t = $1 WHERE id = $2", UNICODE, 1)
    assert client.query(f"SELECT t FROM {table} WHERE t = $1", UNICODE) == [(UNICODE,)]


def check_rollback(client: Client, table: str) -> None:
    try:
        with client.transaction():
            client.query(f"DELETE FROM {table}")
            assert client.query(f"SELECT count(*) FROM {table}") == [(0,)]
            raise Undo
    except Undo:
        pass
    assert client.query(f"SELECT count(*) FROM {table}") == [(3,)]
    with client.transaction():
        client.query(f"UPDATE {table} SET i4 = $1 WHERE id = $2", 7, 3)
    assert client.query(f"SELECT i4 FROM {table} WHERE id = 3") == [(7,)]


def check_error(client: Client, table: str) -> None:
    for statement, state in (
        ("SELECT * FROM no_such_table", "42P01"),
        (f"SELECT no_such_column FROM {table}", "42703"),
        ("SELEC 1", "42601"),
        (f"INSERT INTO {table} (id) VALUES (1)", "23505"),
        ("SELECT 1/0", "22012"),
    ):
        try:
            client.query(statement)
        except client.error as error:
            assert client.sqlstate(error) == state, (statement, error)
        else:
            raise AssertionError(f"{statement}: no error")
        assert client.query("SELECT 2 AS two") == [(2,)]
    try:
        with client.transaction():
            client.query(f"DELETE FROM {table}")
            client.query("SELECT 1/0")
    except client.error as error:
        assert client.sqlstate(error) == "22012"
    assert client.query(f"SELECT count(*) FROM {table}") == [(3,)]


def check_stream(client: Client, table: str) -> None:
    count = total = 0
    for key, label in client.stream("SELECT id, label FROM scenario_rows ORDER BY id"):
        count += 1
        total += key
        assert label == f"row {key}"
    assert (count, total) == (ROWS, ROWS * (ROWS + 1) // 2)


def check_vectors(client: Client, table: str) -> None:
    for operator, nearest in (("<->", [1, 2]), ("<=>", [1, 2]), ("<#>", [3, 1])):
        rows = client.query(
            f"SELECT id FROM scenario_vectors ORDER BY embedding {operator} ($1::text)::vector, id LIMIT 2", "[1,0,0]"
        )
        assert [row[0] for row in rows] == nearest, operator
    [(distance,)] = client.query("SELECT embedding <-> '[1,2,1]' FROM scenario_vectors WHERE id = 4")
    assert abs(distance - 3.0) < 1e-6


SETUP = (
    "CREATE TABLE scenario_rows (id integer PRIMARY KEY, label text NOT NULL)",
    "CREATE TABLE scenario_vectors (id integer PRIMARY KEY, embedding vector(3))",
    "INSERT INTO scenario_vectors VALUES (1, '[1,0,0]'), (2, '[1,1,0]'), (3, '[2,5,1]'), (4, '[-1,0,0]')",
)
"""Shared tables, made once. Vector 3 is the longest."""


def fill_statements(chunk: int = 1000) -> Iterable[str]:
    """INSERT statements for `scenario_rows`."""
    for start in range(1, ROWS + 1, chunk):
        values = ", ".join(f"({key}, 'row {key}')" for key in range(start, start + chunk))
        yield f"INSERT INTO scenario_rows (id, label) VALUES {values}"
