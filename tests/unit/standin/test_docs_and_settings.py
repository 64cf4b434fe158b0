"""The page about the stand-in is current, and settings of an instance act (Config.SQL; sql.md 21.19)."""

from __future__ import annotations

import time

import pytest
from tools import standin_docs

from pgiris.errors import IrisError
from pgiris.standin import Instance, InstanceSettings


def test_the_lists_of_the_page_are_those_of_the_tables() -> None:
    text = standin_docs.PAGE.read_text(encoding="utf-8")
    assert text == standin_docs.page(text), "run python tools/standin_docs.py"


def rows(settings: InstanceSettings, *statements: str) -> list[tuple[object, ...]]:
    """The rows of the last statement in an instance with these settings."""
    with Instance(":memory:", settings) as instance, instance.process() as process:
        for statement in statements[:-1]:
            process.execute(statement)
        return process.execute(statements[-1]).fetchall()


WORDS = ("CREATE TABLE T (A VARCHAR(9))", "INSERT INTO T VALUES ('abc')", "INSERT INTO T VALUES ('ABC')")


def test_fast_distinct_shows_groups_in_upper_case_and_otherwise_as_written() -> None:
    assert rows(InstanceSettings(), *WORDS, "SELECT DISTINCT A FROM T") == [("ABC",)]
    assert rows(InstanceSettings(fast_distinct=False), *WORDS, "SELECT DISTINCT A FROM T") == [("abc",)]


def test_the_default_schema_is_where_unqualified_names_go() -> None:
    found = rows(InstanceSettings(default_schema="Shop"), "CREATE TABLE T (A INTEGER)", "SELECT A FROM Shop.T")
    assert found == []
    with pytest.raises(IrisError) as refused:
        rows(InstanceSettings(default_schema="Shop"), "CREATE TABLE T (A INTEGER)", "SELECT A FROM SQLUser.T")
    assert refused.value.sqlcode == -30


def test_todate_takes_the_default_format() -> None:
    assert rows(InstanceSettings(), "SELECT TO_DATE('29 FEB 2024')") == [("2024-02-29",)]
    settings = InstanceSettings(todate_default_format="MM/DD/YYYY")
    assert rows(settings, "SELECT TO_DATE('02/29/2024')") == [("2024-02-29",)]


def test_the_collation_of_new_columns_is_a_setting() -> None:
    test = "SELECT COUNT(*) FROM T WHERE A = 'abc'"
    assert rows(InstanceSettings(), *WORDS, test) == [(2,)]
    assert rows(InstanceSettings(string_collation="EXACT"), *WORDS, test) == [(1,)]


def test_a_lock_is_waited_for_as_long_as_the_lock_timeout() -> None:
    with (
        Instance(":memory:", InstanceSettings(lock_timeout=0.3)) as instance,
        instance.process() as holder,
        instance.process() as other,
    ):
        holder.execute("CREATE TABLE T (A INTEGER)")
        holder.execute("LOCK TABLE T IN EXCLUSIVE MODE")
        started = time.monotonic()
        with pytest.raises(IrisError) as refused:
            other.execute("INSERT INTO T VALUES (1)")
    assert refused.value.sqlcode == -110
    assert 0.2 < time.monotonic() - started < 5
