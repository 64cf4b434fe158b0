"""COPY through psql, psycopg and asyncpg: both ways, in every format, inside transactions, broken off."""

from __future__ import annotations

import asyncio
import io
import subprocess
from collections.abc import Iterator
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path

import asyncpg
import psycopg
import pytest

from tests.clients import programs
from tests.server import Address

TABLE = "CREATE TABLE {} (id int PRIMARY KEY, name text, price numeric(10,2), born date, seen timestamptz, ok boolean)"
ROWS = [
    (1, "one", Decimal("1.50"), date(2024, 2, 29), datetime(2024, 7, 1, 12, tzinfo=timezone.utc), True),
    (2, "tab\tnew\nline \\ \"quoted\", 'and' ü", None, None, None, False),
    (3, "", Decimal("-0.01"), date(1999, 12, 31), None, None),
]
TYPES = ["int4", "text", "numeric", "date", "timestamptz", "bool"]


@pytest.fixture
def connection(scenario_server: Address) -> Iterator[psycopg.Connection]:
    with psycopg.connect(scenario_server.dsn, autocommit=True) as connection:
        for name in ("copied", "returned"):
            connection.execute(TABLE.format(name).encode())
        yield connection
        for name in ("copied", "returned"):
            connection.execute(f"DROP TABLE {name}".encode())


def stored(connection: psycopg.Connection, table: str = "copied") -> list[tuple[object, ...]]:
    return connection.execute(f"SELECT * FROM {table} ORDER BY id".encode()).fetchall()


def fill(connection: psycopg.Connection, table: str = "copied", options: str = "") -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN {options}".encode()) as copy:
        if "BINARY" in options:
            copy.set_types(TYPES)
        for row in ROWS:
            copy.write_row(row)


@pytest.mark.parametrize("options", ["", "(FORMAT BINARY)"])
def test_psycopg_writes_rows_and_reads_them_back(connection: psycopg.Connection, options: str) -> None:
    fill(connection, options=options)
    assert stored(connection) == ROWS
    with connection.cursor() as cursor, cursor.copy(f"COPY copied TO STDOUT {options}".encode()) as copy:
        copy.set_types(TYPES)
        assert sorted(copy.rows(), key=lambda row: row[0]) == ROWS


@pytest.mark.parametrize("options", ["", "(FORMAT CSV, HEADER MATCH)", "(FORMAT CSV, FORCE_NULL (name))"])
def test_what_copy_gives_copy_takes(connection: psycopg.Connection, options: str) -> None:
    fill(connection)
    out = options.replace("MATCH", "TRUE").replace(", FORCE_NULL (name)", ", FORCE_QUOTE (name)")
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY copied TO STDOUT {out}".encode()) as copy:
            data = b"".join(bytes(part) for part in copy)
        with cursor.copy(f"COPY returned FROM STDIN {options}".encode()) as copy:
            copy.write(data)
    expected = [tuple(None if cell == "" else cell for cell in row) for row in ROWS] if "FORCE" in options else ROWS
    assert stored(connection, "returned") == expected


def test_a_failed_copy_changes_nothing_and_the_connection_goes_on(connection: psycopg.Connection) -> None:
    with (
        pytest.raises(psycopg.errors.InvalidTextRepresentation) as caught,
        connection.cursor() as cursor,
        cursor.copy("COPY copied (id, name) FROM STDIN") as copy,
    ):
        copy.write("".join(f"{number if number < 2500 else 'x'}\tname\n" for number in range(3000)))
    assert caught.value.diag.context == 'COPY copied, line 2501, column id: "x"'
    assert stored(connection) == []
    fill(connection)
    assert len(stored(connection)) == 3


def test_many_small_messages_arrive_whole_while_rows_are_stored(connection: psycopg.Connection) -> None:
    with connection.cursor() as cursor, cursor.copy("COPY copied (id, name) FROM STDIN") as copy:
        for number in range(5000):
            copy.write(f"{number}\tname\n")
    assert connection.execute("SELECT count(*), sum(id) FROM copied").fetchone() == (5000, 12497500)


def test_a_violated_constraint_names_the_line(connection: psycopg.Connection) -> None:
    with (
        pytest.raises(psycopg.errors.UniqueViolation) as caught,
        connection.cursor() as cursor,
        cursor.copy("COPY copied (id) FROM STDIN") as copy,
    ):
        copy.write("1\n2\n3\n2\n4\n")
    assert caught.value.diag.context == "COPY copied, line 4"
    with (
        pytest.raises(psycopg.errors.NotNullViolation) as refused,
        connection.cursor() as cursor,
        cursor.copy("COPY copied (id, name) FROM STDIN") as copy,
    ):
        copy.write("1\ta\n\\N\tb\n")
    assert refused.value.diag.context == 'COPY copied, line 2: "\\N\tb"'
    assert refused.value.diag.column_name == "id"
    assert stored(connection) == []


def test_copy_belongs_to_the_transaction_around_it(connection: psycopg.Connection) -> None:
    with connection.transaction(force_rollback=True):
        fill(connection)
        assert len(stored(connection)) == 3
    assert stored(connection) == []
    with connection.transaction():
        connection.execute("INSERT INTO copied (id) VALUES (9)")
        with (
            pytest.raises(psycopg.errors.BadCopyFileFormat),
            connection.transaction(),
            connection.cursor() as cursor,
            cursor.copy("COPY copied (id) FROM STDIN") as copy,
        ):
            copy.write("1\n2\t3\n")
        connection.execute("INSERT INTO copied (id) VALUES (10)")
    assert [row[0] for row in stored(connection)] == [9, 10]


def test_a_client_that_gives_up_leaves_nothing(connection: psycopg.Connection) -> None:
    def give_up() -> None:
        with connection.cursor() as cursor, cursor.copy("COPY copied (id) FROM STDIN") as copy:
            copy.write("1\n2\n")
            raise KeyError("enough")

    with pytest.raises(KeyError):
        give_up()
    assert stored(connection) == []
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction, match="cannot execute COPY FROM in a read-only"):
        connection.execute("BEGIN READ ONLY; COPY copied FROM STDIN")
    connection.execute("ROLLBACK")


def test_a_cancel_ends_a_copy_that_waits_for_its_client(connection: psycopg.Connection) -> None:
    def wait_for_cancel() -> None:
        with connection.cursor() as cursor, cursor.copy("COPY copied (id) FROM STDIN") as copy:
            copy.write("1\n")
            connection.cancel()

    with pytest.raises(psycopg.errors.QueryCanceled):
        wait_for_cancel()
    assert stored(connection) == []


def test_defaults_fill_the_columns_that_are_not_copied(connection: psycopg.Connection) -> None:
    connection.execute("CREATE TABLE copy_defaults (id serial PRIMARY KEY, name varchar(3), made date DEFAULT now())")
    try:
        with connection.cursor() as cursor, cursor.copy("COPY copy_defaults (name) FROM STDIN") as copy:
            copy.write("abc\nd\n")
        found = connection.execute("SELECT id, name, made = current_date FROM copy_defaults ORDER BY id").fetchall()
        assert found == [(1, "abc", True), (2, "d", True)]
        with (
            pytest.raises(psycopg.errors.StringDataRightTruncation) as caught,
            connection.cursor() as cursor,
            cursor.copy("COPY copy_defaults (name) FROM STDIN") as copy,
        ):
            copy.write("abcd\n")
        assert caught.value.diag.context == 'COPY copy_defaults, line 1, column name: "abcd"'
    finally:
        connection.execute("DROP TABLE copy_defaults")


def test_asyncpg_copies_records_and_queries(connection: psycopg.Connection, scenario_server: Address) -> None:
    async def run() -> bytes:
        client = await asyncpg.connect(scenario_server.dsn)
        try:
            assert await client.copy_records_to_table("copied", records=ROWS) == "COPY 3"
            out = io.BytesIO()
            query = "SELECT id, name FROM copied WHERE id <> 2 ORDER BY id"
            assert await client.copy_from_query(query, output=out, format="csv", header=True) == "COPY 2"
            source = io.BytesIO(b"7\tseven\n")
            assert await client.copy_to_table("returned", source=source, columns=["id", "name"]) == "COPY 1"
            return out.getvalue()
        finally:
            await client.close()

    assert asyncio.run(run()) == b'id,name\n1,one\n3,""\n'
    assert stored(connection) == ROWS
    assert [row[:2] for row in stored(connection, "returned")] == [(7, "seven")]


def test_psql_copies_files_both_ways(connection: psycopg.Connection, scenario_server: Address, tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text('id,name\n1,"a, b"\n2,\n')
    script = (
        f"\\copy copied (id, name) from '{source}' csv header\n"
        f"\\copy (select id, name from copied order by id) to '{target}' with (format csv, header)\n"
        "copy copied (id) from stdin;\n3\n4\n\\.\n"
        "select count(*) from copied;\n"
    )
    try:
        finished = subprocess.run(
            ["psql", "-X", "-A", "-t", scenario_server.dsn], input=script, capture_output=True, text=True, timeout=60
        )
    except FileNotFoundError:
        programs.unavailable("psql is not installed")
        raise
    assert (finished.stdout.split("\n")[:-1], finished.stderr) == (["COPY 2", "COPY 2", "COPY 2", "4"], "")
    assert target.read_text() == source.read_text()
