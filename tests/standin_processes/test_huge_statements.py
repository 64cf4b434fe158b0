"""Huge and deep statements end in a result or an SQLCODE, in bounded time; the process works on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from pgiris.errors import IrisError
from pgiris.standin import Instance, Process

SECONDS = 20
"""More than any of them takes on a loaded machine, less than anything that grows with the square of its length."""


@pytest.fixture
def process() -> Iterator[Process]:
    with Instance(":memory:") as instance:
        yield instance.process()


STATEMENTS: dict[str, Callable[[], str]] = {
    "brackets": lambda: "SELECT " + "(" * 100_000 + "1" + ")" * 100_000,
    "functions": lambda: "SELECT " + "ABS(" * 20_000 + "1" + ")" * 20_000,
    "subqueries": lambda: "SELECT " + "(SELECT " * 5_000 + "1" + ")" * 5_000,
    "not": lambda: "SELECT 1 WHERE " + "NOT " * 50_000 + "1 = 1",
    "minus": lambda: "SELECT " + "- " * 50_000 + "1",
    "sum": lambda: "SELECT " + " + ".join(["1"] * 10_000),
    "conjunction": lambda: "SELECT 1 WHERE " + " AND ".join(["1 = 1"] * 10_000),
    "cases": lambda: "SELECT " + "CASE WHEN 1 = 1 THEN " * 5_000 + "1" + " END" * 5_000,
    "unions": lambda: " UNION ALL ".join(["SELECT 1"] * 5_000),
    "columns": lambda: "SELECT " + ", ".join(f"1 + {n} AS c{n}" for n in range(10_000)),
    "IN list": lambda: "SELECT 1 WHERE 99999 IN (" + ", ".join(map(str, range(100_000))) + ")",
    "literal": lambda: "SELECT LENGTH('" + "x" * 1_000_000 + "')",
    "parameters": lambda: "SELECT 1 WHERE 1 IN (" + ", ".join("?" * 100_000) + ")",
}


@pytest.mark.parametrize("what", STATEMENTS)
def test_a_huge_statement_ends(process: Process, what: str) -> None:
    begun = time.monotonic()
    try:
        process.execute(STATEMENTS[what]()).fetchall()
    except IrisError as error:
        assert error.sqlcode < 0
    assert time.monotonic() - begun < SECONDS
    assert process.execute("SELECT 1").fetchall() == [(1,)]


def test_a_literal_of_a_megabyte_is_a_value(process: Process) -> None:
    assert process.execute(STATEMENTS["literal"]()).fetchall() == [(1_000_000,)]


def test_an_in_list_of_a_hundred_thousand_works(process: Process) -> None:
    assert process.execute(STATEMENTS["IN list"]()).fetchall() == [(1,)]
