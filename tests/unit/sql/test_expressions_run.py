"""Expressions side by side: PostgreSQL, and pgiris on the stand-in, on the same rows."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path

import psycopg
import pytest

from pgiris.errors import IrisError
from pgiris.rows.iris import from_iris
from pgiris.types import registry
from pgiris.types.context import DEFAULT_CONTEXT
from tests.unit.sql.running import Server

SETUP = (
    "create table t(id int primary key, a int, b int, big bigint, s smallint, n numeric(10,2), f float8, x text,"
    " y varchar(20), c char(6), flag boolean, d date, ts timestamp, tz timestamptz, u uuid)",
    "insert into t values (1, 7, 2, 9000000000, 3, 12.50, 1.5, 'Hello', 'World', 'ab', true, '2024-02-29',"
    " '2024-02-29 13:45:10.25', '2024-02-29 13:45:10.25+00', '6f1f3c58-8a4e-4b57-9d1a-0d8f6e1a2b3c')",
    "insert into t values (2, -7, 2, -5, -3, -12.55, -2.5, 'a%b_c\\', '', 'abcdef', false, '1999-12-31',"
    " '1999-12-31 23:59:59', '1999-12-31 23:59:59+00', null)",
    "insert into t values (3, 0, -3, 0, 0, 0, 0, '', 'Ünïcode', '', null, '2000-01-01', '2000-01-01 00:00:00',"
    " '2000-01-01 00:00:00+00', null)",
    "insert into t (id) values (4)",
    "insert into t values (5, 2147483647, 1, 1, 1, 99.99, 2.5, '  pad  ', 'hello', 'Hello', true, '2023-07-02',"
    " '2023-07-02 08:00:00', '2023-07-02 08:00:00+00', '00000000-0000-0000-0000-000000000000')",
)
LINES = [
    line
    for line in (Path(__file__).parent / "expressions_run.sql").read_text().splitlines()
    if line and not line.startswith("--")
]
Cells = list[list[str | None]]


@pytest.fixture(scope="module")
def reference(postgres: object) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:  # type: ignore[attr-defined]
        connection.execute("create schema run; set search_path to run; set timezone to 'UTC'")
        for statement in SETUP:
            connection.execute(statement.encode())
        yield connection
        connection.execute("drop schema run cascade")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    made = Server()
    for statement in SETUP:
        made.run(statement)
    yield made
    made.close()


def theirs(connection: psycopg.Connection[tuple[object, ...]], text: str) -> Cells:
    result = connection.pgconn.exec_(text.encode())
    assert not result.error_message, result.error_message
    return [
        [None if (cell := result.get_value(row, n)) is None else cell.decode() for n in range(result.nfields)]
        for row in range(result.ntuples)
    ]


def ours(server: Server, text: str) -> Cells:
    schema = server.cache.current()
    assert schema is not None
    plan = server.translator.plan(server.translator.parse(text)[0], schema)
    found: Cells = []
    for row in server.run(text).rows:
        values = [from_iris(cell, column.type_oid, column.typmod) for cell, column in zip(row, plan.columns or ())]
        found.append(
            [
                None if value is None else registry.encode(column.type_oid, 0, value, DEFAULT_CONTEXT).decode()
                for value, column in zip(values, plan.columns or ())
            ]
        )
    return found


def same(one: str | None, other: str | None) -> bool:
    """Equal, numbers up to IRIS's digits: IRIS drops trailing zeros and carries 18 digits."""
    if one == other or one is None or other is None:
        return one == other
    try:
        return abs(Decimal(one) - Decimal(other)) <= Decimal("1e-14") * max(1, abs(Decimal(one)))
    except InvalidOperation:
        return False


@pytest.mark.parametrize("line", LINES)
def test_the_answer_is_postgresqls(
    line: str, reference: psycopg.Connection[tuple[object, ...]], server: Server
) -> None:
    text = line if line.startswith("select") else f"select id, {line} from t order by id"
    expected, found = theirs(reference, text), ours(server, text)
    assert len(found) == len(expected)
    for one, other in zip(expected, found):
        assert all(same(a, b) for a, b in zip(one, other, strict=True)), (one, other)


@pytest.mark.parametrize("text", ["select 1/0", "select a % 0 from t where id = 1", "select n / 0 from t where id = 1"])
def test_division_by_zero_fails_when_it_happens(text: str, server: Server) -> None:
    with pytest.raises(IrisError) as caught:
        server.run(text)
    assert caught.value.sqlcode == -400
    assert "<DIVIDE>" in caught.value.message
    server.run("select a / 0 from t where id = -1")
