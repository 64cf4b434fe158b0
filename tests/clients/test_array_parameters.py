"""Arrays as parameters, text and binary: of moments too, whose elements travel as text."""

from __future__ import annotations

import datetime as dt

import psycopg
import pytest

from tests.server import Address

VALUES = {
    "d": dt.date(2024, 1, 2),
    "t": dt.time(1, 2, 3, 500000),
    "s": dt.datetime(2024, 1, 2, 3, 4, 5, 600000),
    "z": dt.datetime(2024, 1, 2, 3, 4, 5, 600000, tzinfo=dt.timezone.utc),
}


@pytest.mark.parametrize("mark", ["%t", "%b"])
def test_any_and_all_take_arrays_of_moments(mark: str, scenario_server: Address) -> None:
    table = f"moments_{mark[1]}"
    with psycopg.connect(scenario_server.dsn, autocommit=True) as connection:
        connection.execute(f"CREATE TABLE {table} (id integer, d date, t time, s timestamp, z timestamptz)")
        connection.execute(
            f"INSERT INTO {table} VALUES (1, %s, %s, %s, %s), (2, NULL, NULL, NULL, NULL)", [*VALUES.values()]
        )
        connection.execute(f"INSERT INTO {table} VALUES (3, '2020-01-01', '10:00', '2020-01-01', '2020-01-01')")
        for column, value in VALUES.items():
            found = connection.execute(f"SELECT id FROM {table} WHERE {column} = ANY({mark})", [[value, None]])
            assert found.fetchall() == [(1,)], column
            others = connection.execute(f"SELECT id FROM {table} WHERE {column} <> ALL({mark})", [[value]])
            assert others.fetchall() == [(3,)], column
