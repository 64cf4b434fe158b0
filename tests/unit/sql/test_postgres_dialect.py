"""The grammar of PostgreSQL as a sqlglot plugin."""

from __future__ import annotations

import pytest
import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError

from pgiris.errors import PgError


def test_sqlglot_finds_the_dialect_by_name() -> None:
    tree = sqlglot.parse_one("SELECT a FROM t WHERE b <=> $1 < 0.5 ORDER BY a LIMIT 3", read="pgiris_postgres")
    assert isinstance(tree, exp.Select)
    assert tree.args["limit"] is not None


def test_several_statements_give_several_trees() -> None:
    trees = sqlglot.parse("SELECT 1; DELETE FROM t;", read="pgiris_postgres")
    assert [type(tree) for tree in trees] == [exp.Select, exp.Delete]


@pytest.mark.parametrize(
    "text", ["SELECT a FROM t QUALIFY x", "SELECT a,", "SELECT `a`", "SELECT a FROM t LIMIT 1 LIMIT 2"]
)
def test_what_postgresql_refuses_is_a_parse_error_that_knows_its_sqlstate(text: str) -> None:
    with pytest.raises(ParseError) as refusal:
        sqlglot.parse_one(text, read="pgiris_postgres")
    assert isinstance(refusal.value.__cause__, PgError)
    assert refusal.value.__cause__.sqlstate == "42601"
