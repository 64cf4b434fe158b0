"""PostgreSQL expressions and the IRIS SQL they become; all of it must read as IRIS SQL again."""

from __future__ import annotations

import pytest
from sqlglot import exp

from pgiris.errors import PgError
from pgiris.sql import iris
from pgiris.sql.analysis import Binds, type_of
from pgiris.sql.plan import Bind, Constant, Parameter, SessionValue
from pgiris.sql.render import render
from pgiris.sql.rewrite.expressions import Expressions
from pgiris.sql.rewrite.query import QueryBuilder
from pgiris.types import oids
from tests.unit.sql.expression_cases import CUSTOMER, DOC, analyze


class NoQueries:
    """Stands for the statements' part where an expression holds no subquery."""

    def __init__(self) -> None:
        self.binds = Binds()

    def subquery(self, query: exp.Expr) -> exp.Expr:
        raise AssertionError


def translated(expression: str, source: str = "customer c") -> tuple[str, tuple[Bind, ...]]:
    """The expression as a select item of `source`, as IRIS SQL with its binds."""
    analyzed = analyze(f"select {expression} from {source}")
    item = analyzed.tree.expressions[0].this
    value = Expressions(analyzed, NoQueries()).value(item)
    text, binds = render(exp.Select(expressions=[value]))
    iris.parse(text)
    return text.removeprefix("SELECT "), binds


def condition(expression: str, source: str = "customer c") -> str:
    analyzed = analyze(f"select 1 from {source} where {expression}")
    where = Expressions(analyzed, NoQueries()).predicate(analyzed.tree.args["where"].this)
    text, _ = render(exp.Select(expressions=[exp.Literal.number(1)], where=exp.Where(this=where)))
    iris.parse(text)
    return text.removeprefix("SELECT 1 WHERE ")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1", "1"),
        ("'it''s'", "'it''s'"),
        ("true", "1"),
        ("-5", "(-5)"),
        ("1e3", "1000"),
        ("id + 1", "(c.id + 1)"),
        ("id - -1", "(c.id - (-1))"),
        ("id * 2 + 1", "((c.id * 2) + 1)"),
        ("id / 2", "{fn TRUNCATE(c.id / 2, 0)}"),
        ("id % 2", "(c.id - (2 * {fn TRUNCATE(c.id / 2, 0)}))"),
        ("id / 2.0", "(c.id / 2.0)"),
        ("name || '!'", "(c.name || '!')"),
        ("name || id", "(c.name || CAST(c.id AS VARCHAR(65535)))"),
        ("length(name)", "CHAR_LENGTH(c.name)"),
        ("lower(email)", "LOWER(c.email)"),
        ("position('a' in name)", "POSITION('a' IN c.name)"),
        ("trim(both 'x' from name)", "TRIM(BOTH 'x' FROM c.name)"),
        ("pg_catalog.upper(name)", "UPPER(c.name)"),
        ("id::text", "CAST(c.id AS VARCHAR(65535))"),
        ("name::varchar(5)", "SUBSTRING(c.name, 1, 5)"),
        ("'12'::int", "12"),
        ("'1.005'::numeric(5,2)", "1.01"),
        ("'2024-01-31'::date", "{d '2024-01-31'}"),
        ("date '2024-01-31' + 1", "CAST(DATEADD('DD', 1, {d '2024-01-31'}) AS DATE)"),
        ("active", "c.active"),
        ("not active", "CASE WHEN c.active = 0 THEN 1 WHEN NOT (c.active = 0) THEN 0 END"),
        ("id > 1", "CASE WHEN c.id > 1 THEN 1 WHEN NOT (c.id > 1) THEN 0 END"),
        ("id is null", "CASE WHEN c.id IS NULL THEN 1 ELSE 0 END"),
        ("case when active then 1 else 2 end", "CASE WHEN c.active = 1 THEN 1 ELSE 2 END"),
        ("coalesce(name, 'x')", "COALESCE(c.name, 'x')"),
        ("nullif(id, 0)", "CASE WHEN c.id = 0 THEN NULL ELSE c.id END"),
        ("greatest(id, 5)", "GREATEST(COALESCE(c.id, 5), COALESCE(5, c.id))"),
        ("active::int", "c.active"),
        ("active::text", "CASE WHEN c.active = 1 THEN 'true' WHEN c.active = 0 THEN 'false' END"),
        ("count(*) filter (where active)", "COUNT(CASE WHEN c.active = 1 THEN 1 END)"),
        ("sum(id)", "SUM(CAST(c.id AS BIGINT))"),
        ("bool_and(active)", "MIN(c.active)"),
        ("count(distinct city)", "COUNT(DISTINCT c.city)"),
        ('name collate "C"', "%EXACT(c.name)"),
        ("extract(year from created at time zone 'UTC')", "DATEPART('yyyy', c.created)"),
        ("current_user", "?"),
        ("now()", "CAST(? AS TIMESTAMP)"),
    ],
)
def test_a_value_becomes(expression: str, expected: str) -> None:
    found = translated(expression)[0]
    assert found.replace("DATEADD(DD,", "DATEADD('DD',") == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("active", "c.active = 1"),
        ("not active", "c.active = 0"),
        ("true", "1 = 1"),
        ("false or active", "1 = 0 OR c.active = 1"),
        ("id = 1 and (name = 'a' or name = 'b')", "c.id = 1 AND (c.name = 'a' OR c.name = 'b')"),
        ("name like 'a%'", "c.name LIKE 'a%'"),
        (r"name like 'a\%'", r"c.name LIKE 'a\%' ESCAPE '\'"),
        ("name like $1", r"c.name LIKE ? ESCAPE '\'"),
        ("name not like 'a%'", "c.name NOT LIKE 'a%'"),
        ("name ilike 'a%'", "UPPER(c.name) LIKE UPPER('a%')"),
        ("id in (1, 2)", "c.id IN (1, 2)"),
        ("id not in (1, 2)", "c.id NOT IN (1, 2)"),
        ("id = any(array[1, 2])", "c.id IN (1, 2)"),
        (
            "id = any($1)",
            "c.id IN (SELECT e.v FROM (SELECT CAST(? AS VARCHAR(3641144)) AS j) AS a CROSS JOIN "
            "JSON_TABLE(a.j, '$[*]' COLUMNS (v INTEGER PATH '$')) AS e)",
        ),
        ("id between 1 and 5", "c.id BETWEEN 1 AND 5"),
        ("id between symmetric 5 and 1", "(c.id BETWEEN 5 AND 1 OR c.id BETWEEN 1 AND 5)"),
        ("(id, name) = (1, 'a')", "(c.id = 1 AND c.name = 'a')"),
        ("(id, name) < (1, 'a')", "(c.id < 1 OR (c.id = 1 AND c.name < 'a'))"),
        ("active is true", "(c.active = 1 AND c.active IS NOT NULL)"),
        (
            "id is distinct from $1",
            "CASE WHEN c.id = ? OR (c.id IS NULL AND ? IS NULL) THEN 1 ELSE 0 END = 0",
        ),
        ("name is not null", "c.name IS NOT NULL"),
        ("score < 5", "c.score < CAST(? AS DOUBLE)"),
        ("created > '2024-01-01 00:00:00+00'", "c.created > {ts '2024-01-01 00:00:00'}"),
    ],
)
def test_a_condition_becomes(expression: str, expected: str) -> None:
    assert condition(expression) == expected


def test_text_that_iris_compares_without_case_is_compared_exactly() -> None:
    assert condition("o.name = 'x'", "old o") == "%EXACT(o.name) = %EXACT('x')"
    assert condition("o.name like 'x%'", "old o") == "%EXACT(o.name) LIKE 'x%'"


def test_keys_of_such_text_are_exact() -> None:
    analyzed = analyze("select name from old")
    value = Expressions(analyzed, NoQueries()).key(analyzed.tree.expressions[0].this)
    assert iris.generate(value) == "%EXACT(old.name)"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("o.emb <=> $1", "(1 - (VECTOR_COSINE(o.emb, TO_VECTOR(?, FLOAT))))"),
        ("o.emb <#> '[1,2,3]'", "(-(VECTOR_DOT_PRODUCT(o.emb, TO_VECTOR(?, FLOAT))))"),
        ("'[1,2]'::vector", "TO_VECTOR(?, FLOAT)"),
        ("$1::vector", "TO_VECTOR(?, FLOAT)"),
    ],
)
def test_vectors_become(expression: str, expected: str) -> None:
    assert translated(expression, "old o")[0] == expected


def test_the_euclidean_distance_is_made_of_dot_products() -> None:
    text, binds = translated("o.emb <-> $1", "old o")
    assert text.startswith("SQRT(GREATEST(0, ")
    assert text.count("VECTOR_DOT_PRODUCT") == 3
    assert {bind.index for bind in binds if isinstance(bind, Parameter)} == {0}


def test_parameters_carry_their_types() -> None:
    _, binds = translated("$1::int + id")
    assert binds == (Parameter(0, oids.INT4, 4),)


def test_session_functions_are_bound() -> None:
    _, binds = translated("current_setting('a.b')")
    assert isinstance(binds[0], SessionValue)
    assert (binds[0].name, binds[0].arguments) == ("current_setting", (Constant("a.b"),))


def test_what_settings_decide_is_left_to_the_session() -> None:
    _, binds = translated("'now'::timestamptz")
    assert isinstance(binds[0], SessionValue)
    assert binds[0].name == "now"
    _, binds = translated("'2024-01-01'::timestamptz")
    assert isinstance(binds[0], SessionValue)
    assert binds[0].name == "input"


@pytest.mark.parametrize(
    "expression",
    [
        "name::int",
        "name::date",
        "score::text",
        "created at time zone 'Europe/Berlin'",
        "id & 1",
        "md5(name)",
        "name ~ 'x'",
        "array[id]",
        "random()",
        "array_agg(id)",
        "sum(id) over (order by id)",
        "to_char(score, '999')",
    ],
)
def test_what_iris_cannot_say_is_refused_with_its_position(expression: str) -> None:
    with pytest.raises(PgError) as caught:
        translated(expression)
    assert caught.value.sqlstate == "0A000"
    assert caught.value.position is not None


@pytest.mark.parametrize(
    ("expression", "sqlstate", "message"),
    [
        ("'abc'::int", "22P02", 'invalid input syntax for type integer: "abc"'),
        ("id = 'x'", "22P02", 'invalid input syntax for type integer: "x"'),
        ("'99999999999'::int", "22003", 'value "99999999999" is out of range for type integer'),
        ("3000000000::int", "22003", "integer out of range"),
        ("'[1,x]'::vector", "22P02", 'invalid input syntax for type vector: "[1,x]"'),
    ],
)
def test_bad_constants_fail_as_in_postgresql(expression: str, sqlstate: str, message: str) -> None:
    with pytest.raises(PgError) as caught:
        translated(expression)
    assert (caught.value.sqlstate, caught.value.message) == (sqlstate, message)


def test_constants_are_converted_to_their_column() -> None:
    analyzed = analyze("insert into customer (id, email, active, name) values ('7', 5, 'yes', $1)")
    row = analyzed.tree.expression.expressions[0].expressions
    rewriter = Expressions(analyzed, NoQueries())
    columns = [CUSTOMER.column(name) for name in ("id", "email", "active", "name")]
    found = [rewriter.constant(node, column) for node, column in zip(row, columns) if column is not None]
    assert found == [Constant(7), Constant("5"), Constant(1), None]


def test_a_constant_that_is_too_long_for_its_column_fails() -> None:
    analyzed = analyze("insert into doc (code) values ('123456')")
    node = analyzed.tree.expression.expressions[0].expressions[0]
    column = DOC.column("code")
    assert column is not None
    with pytest.raises(PgError) as caught:
        Expressions(analyzed, NoQueries()).constant(node, column)
    assert (caught.value.sqlstate, caught.value.message) == ("22001", "value too long for type character(5)")


def test_subqueries_go_through_the_statements() -> None:
    analyzed = analyze("select exists (select 1 from orders o where o.customer_id = c.id) from customer c")
    text = iris.generate(QueryBuilder(analyzed).rewriter.value(analyzed.tree.expressions[0].this))
    assert text.startswith("CASE WHEN EXISTS (SELECT 1 FROM SQLUser.orders AS o")
    assert type_of(analyzed.tree.expressions[0].this).oid == oids.BOOL
