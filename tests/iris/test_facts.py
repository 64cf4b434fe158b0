"""Every fact that pgiris relies on, on the stand-in here and on a real IRIS where there is one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pgiris.errors import IrisError
from tests.iris.facts import FACTS
from tests.iris.routes import Route, StandIn, open_instance, same


@pytest.fixture(params=["stand-in", pytest.param("iris", marks=pytest.mark.iris)])
def route(request: pytest.FixtureRequest) -> Iterator[Route]:
    opened: Route = StandIn() if request.param == "stand-in" else open_instance()
    try:
        yield opened
    finally:
        for fact in FACTS.values():
            for sql, _, _ in fact:
                if sql.startswith("CREATE TABLE"):
                    opened.execute(f"DROP TABLE IF EXISTS {sql.split()[2]}")
        opened.close()


@pytest.mark.parametrize("fact", FACTS)
def test_the_fact_holds(fact: str, route: Route) -> None:
    for sql, parameters, expected in FACTS[fact]:
        if isinstance(expected, int):
            with pytest.raises(IrisError) as caught:
                route.execute(sql, *parameters)
            assert caught.value.sqlcode == expected, sql
            continue
        rows = route.execute(sql, *parameters)
        if expected is not None:
            assert len(rows) == len(expected), sql
            assert all(same(row, wanted) for row, wanted in zip(rows, expected)), (sql, rows)


def test_the_row_id_of_an_insert_leads_to_the_row(route: Route) -> None:
    route.execute("CREATE TABLE PgIrisFact.E (k INTEGER PRIMARY KEY)")
    route.execute("INSERT INTO PgIrisFact.E (k) VALUES (41)")
    row_id = route.row_id()
    assert row_id
    assert same(route.execute("SELECT k FROM PgIrisFact.E WHERE %ID = ?", row_id)[0], (41,))
