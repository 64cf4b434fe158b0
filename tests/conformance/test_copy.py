"""COPY side by side with PostgreSQL: the same data, options and statements give the same rows, bytes and errors."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.conformance import copy_cases as cases
from tests.postgres import PostgresServer
from tests.server import Address, PgirisServer

Connection = psycopg.Connection[tuple[object, ...]]
Pair = tuple[Connection, Connection]


@pytest.fixture(scope="module")
def pair(postgres: PostgresServer) -> Iterator[Pair]:
    """A connection to each, with the same table."""
    with (
        PgirisServer() as address,
        psycopg.connect(postgres.dsn, autocommit=True) as model,
        psycopg.connect(address.dsn, autocommit=True) as ours,
    ):
        for connection in (model, ours):
            connection.execute("DROP VIEW IF EXISTS v")
            connection.execute("DROP TABLE IF EXISTS t")
            connection.execute("CREATE TABLE t (a int, b text, c varchar(3))")
            connection.execute("CREATE VIEW v AS SELECT a FROM t")
        yield model, ours
        for statement in ("DROP VIEW v", "DROP TABLE t"):
            model.execute(statement)


def load(connection: Connection, sql: str, data: bytes, piece: int = 0) -> object:
    """What became of COPY FROM: the rows, or the error with its context. `piece`: bytes sent at once."""
    connection.execute("DELETE FROM t")
    try:
        with connection.cursor() as cursor, cursor.copy(sql) as copy:
            for at in range(0, len(data), piece or max(len(data), 1)):
                copy.write(data[at : at + piece] if piece else data)
    except psycopg.Error as error:
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,), "a failed COPY left rows"
        said = error.diag
        return said.sqlstate, said.message_primary, said.context, said.message_hint
    return connection.execute("SELECT a, b, c FROM t ORDER BY 1, 2, 3").fetchall()


def answer(connection: Connection, sql: str) -> object:
    """The messages of COPY TO; of COPY FROM only whether it begins; or the error."""
    try:
        with connection.cursor() as cursor, cursor.copy(sql) as copy:
            return [bytes(part) for part in copy] if " to stdout" in sql else "began"
    except psycopg.Error as error:
        said = error.diag
        return said.sqlstate, said.message_primary, said.message_hint, said.statement_position


@pytest.mark.parametrize("options", cases.IN)
def test_copy_in_takes_and_refuses_what_postgresql_does(pair: Pair, options: str) -> None:
    model, ours = pair
    sql = f"copy t {options}"
    for data in cases.IN[options]:
        expected = load(model, sql, data)
        assert load(ours, sql, data) == expected, data
        assert load(ours, sql, data, piece=1) == expected, f"{data!r}, byte by byte"


@pytest.mark.parametrize("options", cases.OPTIONS)
def test_options_are_checked_as_postgresql_checks_them(pair: Pair, options: str) -> None:
    model, ours = pair
    for connection in pair:
        connection.execute("DELETE FROM t")
    for direction in ("from stdin", "to stdout"):
        sql = f"copy t {direction} ({options})"
        assert answer(ours, sql) == answer(model, sql), sql


@pytest.mark.parametrize("sql", cases.STATEMENTS)
def test_what_cannot_be_copied_is_refused_as_by_postgresql(pair: Pair, sql: str) -> None:
    model, ours = pair
    assert answer(ours, sql) == answer(model, sql)


@pytest.mark.parametrize("options", cases.OUT_OPTIONS)
def test_copy_out_gives_postgresqls_messages(pair: Pair, options: str) -> None:
    model, ours = pair
    for connection in pair:
        connection.execute("DELETE FROM t")
        connection.execute(f"INSERT INTO t VALUES {cases.ROWS}".encode())
    for source in cases.SOURCES:
        sql = f"copy {source} to stdout {options}"
        assert answer(ours, sql) == answer(model, sql), sql


def test_files_and_programs_are_refused_as_to_anybody_without_privileges(server: Address) -> None:
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS copy_files (a int)")
        for statement, what in (
            ("copy copy_files from '/x'", "pg_read_server_files role to COPY from a file"),
            ("copy copy_files to '/x'", "pg_write_server_files role to COPY to a file"),
            ("copy copy_files from program 'x'", "pg_execute_server_program role to COPY to or from an external"),
            ("copy copy_files to program 'x'", "pg_execute_server_program role to COPY to or from an external"),
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match=what):
                connection.execute(statement.encode())
        connection.execute("DROP TABLE copy_files")
