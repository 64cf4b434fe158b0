"""Analysis against PostgreSQL's own: names, types, typmods, origins, parameters and errors of a table of statements."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import pq
from sqlglot import exp

from pgiris.errors import PgError
from pgiris.sql.analysis import COLUMN, OUTPUT, TARGET, TARGETS, TYPE, USING, output_of, type_of
from pgiris.types import oids
from tests.unit.sql.expression_cases import DDL, TABLES, analyze

STATEMENTS = [
    line
    for line in (Path(__file__).parent / "typing_statements.sql").read_text().splitlines()
    if line and not line.startswith("--")
]


@pytest.fixture(scope="module")
def described(postgres: object) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:  # type: ignore[attr-defined]
        connection.execute("create schema analysed; set search_path to analysed")
        connection.execute(DDL)
        yield connection
        connection.execute("drop schema analysed cascade")


def theirs(connection: psycopg.Connection[tuple[object, ...]], text: str) -> tuple[object, ...]:
    result = connection.pgconn.prepare(b"", text.encode())
    if result.status != pq.ExecStatus.COMMAND_OK:
        field = pq.DiagnosticField
        position = result.error_field(field.STATEMENT_POSITION)
        return (
            (result.error_field(field.SQLSTATE) or b"").decode(),
            (result.error_field(field.MESSAGE_PRIMARY) or b"").decode(),
            int(position) if position else None,
        )
    found = connection.pgconn.describe_prepared(b"")
    numbers = {
        row[0]: row[1] for row in connection.execute("select relname, oid::int8 from pg_class where relname !~ '^pg_'")
    }
    ours = {numbers[made.name]: made.oid for made in TABLES if made.name in numbers}
    columns = [
        (
            (found.fname(n) or b"").decode(),
            found.ftype(n),
            found.fmod(n),
            ours.get(found.ftable(n), 0),
            found.ftablecol(n),
        )
        for n in range(found.nfields)
    ]
    return [found.param_type(n) for n in range(found.nparams)], columns


def mine(text: str) -> tuple[object, ...]:
    try:
        analyzed = analyze(text)
    except PgError as error:
        return error.sqlstate, error.message, error.position
    columns = [(c.name, c.type.oid, c.type.typmod, c.table_oid, c.attnum) for c in analyzed.columns or ()]
    return list(analyzed.parameters), columns


@pytest.mark.parametrize("text", STATEMENTS)
def test_analysis_finds_what_postgresql_finds(text: str, described: psycopg.Connection[tuple[object, ...]]) -> None:
    assert mine(text) == theirs(described, text)


def test_declared_parameter_types_win() -> None:
    assert analyze("select id from customer where id = $1", (oids.INT8,)).parameters == (oids.INT8,)


def test_a_parameter_with_two_types_is_ambiguous() -> None:
    with pytest.raises(PgError) as caught:
        analyze("select 1 from customer where id = $1 and name = $1")
    assert caught.value.sqlstate == "42883"


def test_select_items_are_labelled_and_qualified() -> None:
    tree = analyze("select name, id n from customer c").tree
    assert [item.alias for item in tree.expressions] == ["name", "n"]
    assert [item.this.table for item in tree.expressions] == ["c", "c"]
    assert tree.expressions[0].this.meta[COLUMN].table.name == "customer"


def test_order_by_tells_its_target() -> None:
    tree = analyze("select name, id as n from customer order by 1, n, city").tree
    targets = [item.this.meta.get(TARGET) for item in tree.args["order"].expressions]
    assert targets == [0, 1, None]


def test_using_gives_pairs_and_one_column() -> None:
    tree = analyze("select * from customer full join product using (id)").tree
    pairs = tree.args["joins"][0].meta[USING]
    assert [name for name, _, _ in pairs] == ["id"]
    assert isinstance(tree.expressions[0].this, exp.Coalesce)
    assert [column.name for column in output_of(tree)].count("id") == 1


def test_set_operations_convert_their_legs() -> None:
    tree = analyze("select id from customer union select price from product").tree
    assert type_of(tree.this.expressions[0].this).oid == oids.NUMERIC
    assert isinstance(tree.this.expressions[0].this, exp.Cast)


def test_insert_tells_its_columns_and_types_its_parameters() -> None:
    analyzed = analyze("insert into orders (placed, id) values ($1, default) returning id")
    assert [column.name for column in analyzed.tree.meta[TARGETS]] == ["placed", "id"]
    assert analyzed.parameters == (oids.TIMESTAMP,)
    assert analyzed.tree.meta[OUTPUT][0].type.oid == oids.INT8


def test_outer_joins_make_columns_nullable() -> None:
    tree = analyze("select c.id, o.id from customer c left join orders o on o.customer_id = c.id").tree
    assert [column.nullable for column in output_of(tree)] == [False, True]


def test_every_expression_has_a_type() -> None:
    tree = analyze("select lower(name) || id, case when active then 1 end from customer where id in (1, 2)").tree
    for item in tree.expressions:
        for node in item.this.walk():
            if not isinstance(node, (exp.Identifier, exp.DataType, exp.If)):
                assert TYPE in node.meta, repr(node)
