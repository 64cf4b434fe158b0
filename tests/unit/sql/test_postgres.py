"""PostgreSQL's grammar: what is read, how, and what is refused with which words."""

from __future__ import annotations

import time

import pytest
from sqlglot import exp

from pgiris.errors import PgError
from pgiris.sql import postgres
from pgiris.sql.postgres_types import name_of


def expression(text: str) -> exp.Expr:
    return postgres.parse_expression(postgres.tokenize(text), text)


def shape(node: exp.Expr) -> str:
    """The tree with every operator in parentheses."""
    if isinstance(node, exp.Operator):
        left = f"{shape(node.this)} " if node.this is not None else ""
        return f"({left}{node.args['operator']} {shape(node.expression)})"
    if isinstance(node, exp.Neg):
        return f"(- {shape(node.this)})"
    if isinstance(node, exp.Not):
        return f"(not {shape(node.this)})"
    if isinstance(node, exp.Is):
        return f"({shape(node.this)} is {type(node.expression).__name__.lower()})"
    if isinstance(node, exp.Between):
        return f"({shape(node.this)} between {shape(node.args['low'])} and {shape(node.args['high'])})"
    if isinstance(node, exp.Cast):
        return f"{shape(node.this)}::{name_of(node.args['to']).name}"
    if isinstance(node, exp.Binary):
        return f"({shape(node.this)} {type(node).__name__.lower()} {shape(node.expression)})"
    return node.name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a + b * c", "(a add (b mul c))"),
        ("a - b - c", "((a sub b) sub c)"),
        ("a <-> b + c", "(a <-> (b add c))"),
        ("a <-> b < c", "((a <-> b) lt c)"),
        ("a || b <=> c", "((a dpipe b) <=> c)"),
        ("- a ^ b", "((- a) pow b)"),
        ("a ^ b ^ c", "((a pow b) pow c)"),
        ("- a::int4", "(- a::int4)"),
        ("not a = b", "(not (a eq b))"),
        ("a = b is null", "((a eq b) is null)"),
        ("a or b and c", "(a or (b and c))"),
        ("a between b and c and d", "((a between b and c) and d)"),
        ("a < b + c", "(a lt (b add c))"),
        ("a operator(pg_catalog.+) b * c", "(a add (b mul c))"),
        ("a -> b ->> c", "((a -> b) ->> c)"),
        ("a=-1", "(a eq (- 1))"),
        ("a<-1", "(a lt (- 1))"),
        ("a % b", "(a mod b)"),
        ("a::int::text", "a::int4::text"),
        ("timestamp '2020-01-01'", "2020-01-01::timestamp"),
        ("vector '[1]'", "[1]::vector"),
        ("double precision '1'", "1::float8"),
    ],
)
def test_operators_bind_as_in_postgresql(text: str, expected: str) -> None:
    assert shape(expression(text)) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'it''s'", "it's"),
        ("E'a\\nb\\'c'", "a\nb'c"),
        ("e'\\x41\\101\\u00e9\\U0001F600'", "AAé😀"),
        ("'a'\n  'b'", "ab"),
        ("$$it's$$", "it's"),
        ("$x$a$$b$x$", "a$$b"),
        ("'back\\slash'", "back\\slash"),
    ],
)
def test_strings_have_their_values(text: str, value: str) -> None:
    node = expression(text)
    assert isinstance(node, exp.Literal)
    assert node.this == value


def test_names_are_folded_and_quoted_ones_are_not() -> None:
    node = expression('Foo."Bar"')
    assert isinstance(node, exp.Column)
    assert (node.table, node.name) == ("foo", "Bar")


def test_comments_nest_and_are_white_space() -> None:
    assert shape(expression("a /* one /* two */ */ + -- three\n b")) == "(a add b)"


@pytest.mark.parametrize(
    ("text", "message", "position"),
    [
        ("selct 1", 'syntax error at or near "selct"', 1),
        ("select 1 +", "syntax error at end of input", 11),
        ("select 'abc", 'unterminated quoted string at or near "\'abc"', 8),
        ('select "abc', 'unterminated quoted identifier at or near ""abc"', 8),
        ("select /* x", 'unterminated /* comment at or near "/* x"', 8),
        ("select $$a", 'unterminated dollar-quoted string at or near "$$a"', 8),
        ("select a b c", 'syntax error at or near "c"', 12),
        ("select 1,", "syntax error at end of input", 10),
        ("select `a`", "syntax error at end of input", 11),
        ("select * from t qualify 1", 'syntax error at or near "1"', 25),
        ("select 1a", 'trailing junk after numeric literal at or near "1a"', 8),
        ("select a < b < c", 'syntax error at or near "<"', 14),
        ("select a = b = c", 'syntax error at or near "="', 14),
        ("select (1", "syntax error at end of input", 10),
        ("select 1)", 'syntax error at or near ")"', 9),
        ("select f(1,)", 'syntax error at or near ")"', 12),
        ("select a in ()", 'syntax error at or near ")"', 14),
        ("select array[1,]", 'syntax error at or near "]"', 16),
        ("select top 5 * from t", 'syntax error at or near "5"', 12),
        ('select ""', 'zero-length delimited identifier at or near """"', 8),
        ("select 1 limit 1, 2", "LIMIT #,# syntax is not supported", 10),
        ("select {fn now()}", 'syntax error at or near "{"', 8),
        ("select * from a left b", 'syntax error at or near "b"', 22),
        ("insert into t (a) values", "syntax error at end of input", 25),
        ("delete t", 'syntax error at or near "t"', 8),
        ("select distinct", "syntax error at end of input", 16),
    ],
)
def test_what_is_no_sql_is_refused_in_postgresqls_words(text: str, message: str, position: int) -> None:
    with pytest.raises(PgError) as caught:
        postgres.parse_statements(text)
    assert (caught.value.sqlstate, caught.value.message, caught.value.position) == ("42601", message, position)


@pytest.mark.postgres
@pytest.mark.parametrize(
    "text",
    """
    select 1 from t where|select 1 union|values ()|select not|select null is 5|select row(
    with a as select 1 select 2|select 1 order by 1 order by 2|select cast(1 as)|select 1 for foo
    select * from a join b|select case when 1 then 2|select a like b like c|update t set|select left|select user.a
    select a between 1 and 2 between 3 and 4|select count(distinct)|select 1.2.3|select $0|select 1..2
    """.replace("\n", "|").split("|"),
)
def test_syntax_errors_are_those_of_postgresql(text: str, postgres: object) -> None:
    import psycopg

    from pgiris.sql import postgres as reader

    text = text.strip()
    if not text:
        return
    connection = psycopg.connect(postgres.dsn, autocommit=True)  # type: ignore[attr-defined]
    with connection, pytest.raises(psycopg.Error) as theirs:
        connection.execute(text.encode())
    with pytest.raises(PgError) as ours:
        reader.parse_statements(text)
    assert ours.value.sqlstate == theirs.value.sqlstate
    if "1..2" not in text:
        assert ours.value.message == theirs.value.diag.message_primary
        assert str(ours.value.position) == theirs.value.diag.statement_position


@pytest.mark.parametrize("text", ["select " + "(" * 10_000 + "1" + ")" * 10_000, "select " + "- " * 20_000 + "1"])
def test_deep_nesting_ends_in_54001(text: str) -> None:
    begin = time.perf_counter()
    with pytest.raises(PgError) as caught:
        postgres.parse_statements(text)
    assert caught.value.sqlstate == "54001"
    assert time.perf_counter() - begin < 2


def test_deep_subqueries_end_in_54001() -> None:
    with pytest.raises(PgError) as caught:
        postgres.parse_statements("select * from " + "(select * from " * 5_000 + "t" + ") x" * 5_000)
    assert caught.value.sqlstate == "54001"


def test_long_chains_of_conditions_stay_shallow() -> None:
    node = expression(" or ".join(f"a = {n}" for n in range(2_000)))
    depth = 0
    while isinstance(node, exp.Or):
        node = node.this
        depth += 1
    assert depth < 15


def test_columns_and_operators_know_where_they_stand() -> None:
    node = expression("a + bb")
    assert node.meta["operator"] == 2
    assert node.expression.meta["start"] == 4


@pytest.mark.parametrize(
    ("text", "name", "modifiers", "array"),
    [
        ("integer", "int4", (), False),
        ("numeric(10, 2)", "numeric", ("10", "2"), False),
        ("character varying(5)", "varchar", ("5",), False),
        ("char", "bpchar", ("1",), False),
        ("timestamp(3) with time zone", "timestamptz", ("3",), False),
        ("double precision", "float8", (), False),
        ("float(10)", "float4", (), False),
        ("text[][]", "text", (), True),
        ("pg_catalog.int4", "int4", (), False),
        ("vector(3)", "vector", ("3",), False),
    ],
)
def test_type_names_mean_what_they_mean(text: str, name: str, modifiers: tuple[str, ...], array: bool) -> None:
    found = name_of(postgres.parse_type(postgres.tokenize(text), text))
    assert (found.name, found.modifiers, found.array) == (name, modifiers, array)
