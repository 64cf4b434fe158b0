"""The function table: every row names a function of PostgreSQL, and its template is IRIS SQL."""

from __future__ import annotations

import pytest
from sqlglot import exp

from pgiris.sql import iris
from pgiris.sql.functions import AGGREGATES, OPERATOR_ROWS, ROWS, SESSION, WINDOWS, Row
from pgiris.sql.postgres_functions import VALUE_FUNCTIONS
from pgiris.sql.typing.resolution import FUNCTION_TABLE, OPERATOR_TABLE
from pgiris.sql.typing.types import BY_NAME


def parts(row: Row) -> tuple[str, tuple[int, ...]]:
    name, _, arguments = row.signature.rstrip(")").partition("(")
    return name, tuple(0 if word == "-" else BY_NAME[word] for word in arguments.split(",") if word)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.signature)
def test_each_row_is_a_function_of_postgresql(row: Row) -> None:
    name, arguments = parts(row)
    assert arguments in {signature.arguments for signature in FUNCTION_TABLE[name]}


@pytest.mark.parametrize("row", OPERATOR_ROWS, ids=lambda row: row.signature)
def test_each_operator_is_one_of_postgresql(row: Row) -> None:
    name, arguments = parts(row)
    assert arguments in {(found.left, found.right) for found in OPERATOR_TABLE[name]}


@pytest.mark.parametrize("row", [*ROWS, *OPERATOR_ROWS], ids=lambda row: row.signature)
def test_each_template_is_iris_sql_over_its_arguments(row: Row) -> None:
    tree = iris.parse(f"SELECT {row.template}")
    used = {str(mark.this) for mark in tree.find_all(exp.Placeholder)}
    assert used <= set("abcdefgh"[: len(parts(row)[1])])
    assert row.key.startswith("R:")


def test_no_signature_stands_twice() -> None:
    signatures = [row.signature for row in (*ROWS, *OPERATOR_ROWS)]
    assert len(signatures) == len(set(signatures))


def test_aggregates_windows_and_session_functions_exist_in_postgresql() -> None:
    values = {word.lower() for word in VALUE_FUNCTIONS}
    for name in (*AGGREGATES, *WINDOWS, *SESSION):
        assert name in FUNCTION_TABLE or name in values, name
