"""The temporary PostgreSQL itself."""

from __future__ import annotations

import psycopg
import pytest

from tests.postgres import PostgresServer, PostgresUnavailable, find_program


def test_the_temporary_postgresql_answers(postgres: PostgresServer) -> None:
    with psycopg.connect(postgres.dsn) as connection:
        assert connection.execute("show server_encoding").fetchone() == ("UTF8",)


@pytest.mark.postgres
def test_a_stopped_postgresql_leaves_no_files() -> None:
    try:
        find_program("initdb")
    except PostgresUnavailable as missing:
        pytest.skip(str(missing))
    with PostgresServer() as server:
        directory = server._directory
        assert directory is not None
        assert directory.exists()
    assert not directory.exists()
