"""The dialect as a sqlglot plugin, and the generator on trees that others built."""

from __future__ import annotations

import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp
from sqlglot.errors import ParseError, UnsupportedError

from pgiris.errors import IrisError
from pgiris.sql.iris import IRIS, generate, generate_with_parameters, parse
from pgiris.sql.iris.functions import SCALAR
from pgiris.sql.iris.nodes import is_condition
from pgiris.sql.iris.words import RESERVED


def test_sqlglot_finds_the_dialect_by_name() -> None:
    assert sqlglot.transpile("select top 5 a from t", read="iris", write="iris") == ["SELECT TOP 5 a FROM t"]


def test_sqlglots_builders_speak_the_dialect() -> None:
    query = exp.select("a", dialect="iris").from_("t").where("a %STARTSWITH 'x'", dialect="iris").limit(3)
    assert query.sql(dialect=IRIS) == "SELECT a FROM t WHERE a %STARTSWITH 'x' LIMIT 3"
    assert exp.DataType.build("VARCHAR(20)", dialect="iris").sql("iris") == "VARCHAR(20)"
    assert exp.to_table("s.t", dialect="iris").sql("iris") == "s.t"


def test_a_refusal_is_a_parse_error_that_knows_its_sqlcode() -> None:
    with pytest.raises(ParseError) as refusal:
        sqlglot.parse_one("SELECT 1;", read="iris")
    assert isinstance(refusal.value.__cause__, IrisError)
    assert refusal.value.__cause__.sqlcode == -25


def test_tokens_have_their_places() -> None:
    tokens = IRIS().tokenize("SELECT\n  'a''b'")
    assert [(token.text, token.line, token.start, token.end) for token in tokens] == [
        ("SELECT", 1, 0, 5),
        ("a'b", 2, 9, 14),
    ]


@pytest.mark.parametrize(
    ("postgres", "iris"),
    [
        ("SELECT a::int FROM t", "SELECT CAST(a AS INTEGER) FROM t"),
        ("SELECT count(*), sum(DISTINCT a), max(b) FROM t", "SELECT COUNT(*), SUM(DISTINCT a), MAX(b) FROM t"),
        ("SELECT row_number() OVER (ORDER BY a)", "SELECT ROW_NUMBER() OVER (ORDER BY a)"),
        ("SELECT coalesce(a, b), upper(c), ln(d)", "SELECT COALESCE(a, b), UPPER(c), {fn LOG(d)}"),
        ("SELECT a FROM t LIMIT 3 OFFSET 4", "SELECT a FROM t LIMIT 3 OFFSET 4"),
        ("SELECT a FROM t FETCH FIRST 3 ROWS ONLY", "SELECT a FROM t LIMIT 3"),
        ("SELECT a FROM t, u CROSS JOIN v", "SELECT a FROM t, u CROSS JOIN v"),
        ("DELETE FROM t USING u, v WHERE t.a = u.a", "DELETE FROM t FROM u, v WHERE t.a = u.a"),
        ("UPDATE t SET a = 1 FROM u JOIN v ON u.a = v.a", "UPDATE t SET a = 1 FROM u JOIN v ON u.a = v.a"),
        ("CREATE UNIQUE INDEX i ON t (a DESC)", "CREATE UNIQUE INDEX i ON t (a DESC)"),
        ("ALTER TABLE t RENAME COLUMN a TO b", "ALTER TABLE t ALTER COLUMN a RENAME b"),
        ("DROP TABLE IF EXISTS s.t CASCADE", "DROP TABLE IF EXISTS s.t CASCADE"),
        ('SELECT level, "Mixed" FROM t', 'SELECT "level", "Mixed" FROM t'),
    ],
)
def test_trees_of_sqlglots_own_are_written_as_iris_sql(postgres: str, iris: str) -> None:
    text = sqlglot.parse_one(postgres, read="postgres").sql("iris")
    assert text == iris
    parse(text)


@pytest.mark.parametrize(
    "postgres",
    [
        "SELECT count(*) FILTER (WHERE a = 1) FROM t",
        "SELECT 1 WHERE a ILIKE 'x'",
        "SELECT ARRAY[1, 2]",
        "SELECT a FROM t FOR UPDATE",
        "SELECT DISTINCT ON (a) b FROM t WINDOW w AS (ORDER BY a)",
        "SELECT sum(a) OVER (ORDER BY b RANGE UNBOUNDED PRECEDING) FROM t",
        "SELECT a FROM t GROUP BY ROLLUP (a)",
        "SELECT a FROM t FETCH FIRST 3 ROWS WITH TIES",
        "WITH RECURSIVE r AS (SELECT 1) SELECT * FROM r",
        "SELECT * FROM (VALUES (1), (2)) AS v(a)",
        "SELECT a FROM t EXCEPT ALL SELECT b FROM u",
        "INSERT INTO t VALUES (1), (2)",
        "INSERT INTO t VALUES (1) RETURNING a",
        "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING",
        "UPDATE t SET (a, b) = (1, 2)",
        "TRUNCATE t, u",
        "CREATE INDEX IF NOT EXISTS i ON t (a)",
        "CREATE INDEX i ON t (lower(a))",
        "CREATE INDEX i ON t (a) WHERE a > 1",
        "CREATE TABLE t (a int CHECK (a > 1))",
        "CREATE TABLE t (a jsonb)",
        "SELECT 1 FROM a JOIN b ON true JOIN LATERAL unnest(c) ON true",
        "SELECT a IS TRUE",
        "SELECT $1",
    ],
)
def test_what_iris_cannot_say_is_refused(postgres: str) -> None:
    tree = sqlglot.parse_one(postgres, read="postgres")
    with pytest.raises(UnsupportedError):
        tree.sql("iris")


def test_a_limit_within_a_query_is_written_as_top_and_order_by_gets_one() -> None:
    inner = exp.select("b").from_("t").order_by("b")
    assert exp.select("b").from_(inner.limit(3).subquery("x")).sql("iris") == (
        "SELECT b FROM (SELECT TOP 3 b FROM t ORDER BY b) AS x"
    )
    assert exp.select("b").from_(inner.subquery("x")).sql("iris") == (
        "SELECT b FROM (SELECT TOP ALL b FROM t ORDER BY b) AS x"
    )


def test_parameters_are_reported_in_the_order_of_the_text() -> None:
    first, second, third = (exp.Placeholder(number=number) for number in (1, 2, 3))
    inner = exp.select(first).from_("t").limit(second).subquery("x")
    query = exp.select("b").from_(inner).where(exp.EQ(this=exp.column("b"), expression=third))
    text, order = generate_with_parameters(query)
    assert text == "SELECT b FROM (SELECT TOP ? ? FROM t) AS x WHERE b = ?"
    assert [node.args["number"] for node in order] == [2, 1, 3]


@pytest.mark.parametrize("name", sorted(RESERVED - {"%ID", "%VID", "%TABLENAME", "%CLASSNAME"}))
def test_a_reserved_word_is_delimited_as_a_name(name: str) -> None:
    text = exp.select(exp.column(name, quoted=False)).from_("t").sql("iris")
    tree = parse(text)
    assert tree.expressions[0].name == name


@pytest.mark.parametrize("name", ["a.b", "a,b", "a^b", "a->b", "*a", "", "x" * 129, "a\x00b"])
def test_a_name_that_iris_cannot_have_is_refused(name: str) -> None:
    with pytest.raises(UnsupportedError):
        generate(exp.Select(expressions=[exp.Column(this=exp.Identifier(this=name, quoted=True))]))


@given(st.text(min_size=1, max_size=20))
def test_names_survive_or_are_refused(name: str) -> None:
    try:
        text = generate(exp.Select(expressions=[exp.Column(this=exp.Identifier(this=name, quoted=False))]))
    except UnsupportedError:
        return
    column = parse(text).expressions[0]
    assert isinstance(column, exp.Column)
    assert column.name.upper() == name.upper()


@given(st.text(max_size=50))
def test_strings_survive(value: str) -> None:
    if "\x00" in value:
        return
    tree = parse(generate(exp.Select(expressions=[exp.Literal.string(value)])))
    assert tree.expressions[0] == exp.Literal.string(value)


_WORDS = st.sampled_from(
    [
        *"()[]{}<>=!&|+-*/\\#_.,:;?'\"%$^~@",
        *sorted(RESERVED),
        "a",
        "t",
        "1",
        "'x'",
        '"q"',
        "->",
        "||",
        "{fn",
        "::",
        "--",
    ]
)


@settings(max_examples=400)
@given(st.lists(_WORDS, max_size=25), st.sampled_from(["", "SELECT ", "CREATE TABLE t (", "UPDATE t SET ", "INSERT "]))
def test_any_words_parse_or_are_refused_with_a_sqlcode(words: list[str], start: str) -> None:
    text = start + " ".join(words)
    try:
        tree = parse(text)
    except IrisError as refusal:
        assert refusal.sqlcode < 0
    else:
        assert generate(parse(generate(tree))) == generate(tree)


_SCALARS = st.recursive(
    st.sampled_from(["a", "t.b", "1", "'x'", "?", "NULL", "{d '2024-01-01'}"]).map(
        lambda text: parse(f"SELECT {text}")
    ),
    lambda inner: st.one_of(
        st.tuples(
            st.sampled_from([exp.Add, exp.Sub, exp.Mul, exp.Div, exp.DPipe, exp.IntDiv, exp.Mod]), inner, inner
        ).map(lambda parts: _select(parts[0](this=_item(parts[1]), expression=_item(parts[2])))),
        inner.map(lambda part: _select(exp.Neg(this=_item(part)))),
        inner.map(lambda part: _select(exp.Anonymous(this="ABS", expressions=[_item(part)]))),
        st.tuples(inner, inner).map(
            lambda parts: _select(
                exp.Case(
                    ifs=[exp.If(this=exp.EQ(this=_item(parts[0]), expression=_item(parts[1])), true=_item(parts[0]))]
                )
            )
        ),
    ),
    max_leaves=12,
)


def _select(item: exp.Expr) -> exp.Expr:
    return exp.Select(expressions=[item])


def _item(select: exp.Expr) -> exp.Expr:
    return select.expressions[0].copy()


def _bare(tree: exp.Expr) -> exp.Expr:
    while tree.find(exp.Paren):
        tree = tree.transform(lambda node: node.this if isinstance(node, exp.Paren) else node)
    return tree


@given(_SCALARS)
def test_an_expression_keeps_its_meaning_through_its_text(tree: exp.Expr) -> None:
    assert _bare(parse(generate(tree))) == tree


def test_long_chains_of_conditions_make_shallow_trees() -> None:
    sql = "SELECT 1 WHERE " + " OR ".join(f"a = {number}" for number in range(5000))
    tree = parse(sql)
    deepest, node = 0, tree.args["where"].this
    while isinstance(node, exp.Or):
        node, deepest = node.this, deepest + 1
    assert deepest < 40
    assert generate(tree) == sql


def test_conditions_are_told_from_scalars() -> None:
    tree = parse("SELECT a WHERE (a = 1)")
    assert is_condition(tree.args["where"].this)
    assert not is_condition(tree.expressions[0])


def test_every_function_is_written_so_that_it_parses() -> None:
    for name, function in SCALAR.items():
        if name in {"CAST", "CONVERT", "TIMESTAMPADD", "TIMESTAMPDIFF", "XMLELEMENT", "PREDICT", "PROBABILITY", "$LB"}:
            continue
        arguments = [exp.column("a") for _ in range(function.least)]
        if name.startswith(("DATEADD", "DATEDIFF", "DATENAME", "DATEPART", "DATE_TRUNC")):
            arguments[0] = exp.Literal.string("dd")
        text = generate(_select(exp.Anonymous(this=name, expressions=arguments)))
        call = parse(text).expressions[0]
        assert call.this == name
        assert len(call.expressions) == function.least
