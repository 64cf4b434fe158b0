"""The display scale of numerics: found from the types of an expression, and printed as PostgreSQL prints it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import psycopg
import pytest

from pgiris.sql.statements.planning import result_columns
from pgiris.sql.typing.scale import ANY_SCALE
from tests.postgres import PostgresServer
from tests.server import Address
from tests.unit.sql.expression_cases import analyze

SCALES = [
    # columns and literals
    ("select price from product", 2),
    ("select price from item", None),
    ("select 1.50", 2),
    ("select -1.50", 2),
    ("select 1e3", 0),
    ("select 1.5e-3", 4),
    ("select 12345678901234567890", 0),
    ("select '1.50'::numeric", 2),
    ("select '1.5'::text::numeric", 1),
    ("select 'NaN'::numeric", None),
    ("select null::numeric", ANY_SCALE),
    ("select $1::numeric", None),
    ("select $1::numeric(10,3)", 3),
    # operators
    ("select price + 1.234 from product", 3),
    ("select price - 1 from product", 2),
    ("select price * 1.10 from product", 4),
    ("select price * stock from product", 2),
    ("select price % 0.125 from product", 3),
    ("select price / 2 from product", None),
    ("select -price from product", 2),
    ("select +price from product", 2),
    ("select @price from product", 2),
    ("select price + null from product", ANY_SCALE),
    ("select i.price + p.price from item i, product p", None),
    # aggregates and windows
    ("select sum(price) from product", 2),
    ("select sum(id) from orders", 0),
    ("select sum(price * stock) from product", 2),
    ("select min(price * 1.10) from product", 4),
    ("select avg(price) from product", None),
    ("select avg(stock) from product", None),
    ("select sum(price) over (partition by name) from product", 2),
    ("select lag(price * 1.0) over (order by id) from product", 3),
    ("select lag(price * 1.0, 1, 0.0) over (order by id) from product", None),
    # functions
    ("select round(price * 1.234, 3) from product", 3),
    ("select round(price, -1) from product", 0),
    ("select round(price, stock::int) from product", None),
    ("select round(price) from product", 0),
    ("select trunc(price, 1) from product", 1),
    ("select ceil(price) from product", 0),
    ("select abs(price) from product", 2),
    ("select mod(price, 0.125) from product", 3),
    ("select div(price, 0.125) from product", 0),
    ("select extract(second from placed) from orders", 6),
    ("select extract(year from placed) from orders", 0),
    ("select extract(epoch from day) from orders", 0),
    # casts
    ("select price::numeric(10,3) from product", 3),
    ("select price::numeric from product", 2),
    ("select stock::numeric from product", 0),
    ("select score::numeric from customer", None),
    # choices
    ("select coalesce(price, 0.00) from product", 2),
    ("select coalesce(price, 0) from product", None),
    ("select coalesce(null, price * 2) from product", 2),
    ("select case when stock > 1 then price * 2 end from product", 2),
    ("select case when stock > 1 then price * 2 else 1.5 end from product", None),
    ("select greatest(price, 1.50) from product", 2),
    ("select least(price, 1.5) from product", None),
    ("select nullif(price * 1.0, 0) from product", 3),
    # queries
    ("select (select max(price * 2.0) from product)", 3),
    ("select d from (select price * 2.0 as d from product) t", 3),
    ("with c as (select price * 2.0 as d from product) select sum(d) from c", 3),
    ("select * from (values (1.5), (null), (2.5)) v(a)", 1),
    ("select * from (values (1.5), (2)) v(a)", None),
    ("select 1.5 union select 2.5", 1),
    ("select 1 union select 2.5", None),
    ("select null union all select 2.50", 2),
    ("select 1 union all select 2 union all select 2.50", None),
    ("select d from (select 1.5 as d union select 2.55) t", None),
    # data changes
    ("update product set stock = 1 returning price * 1.10", 4),
    ("delete from product returning price", 2),
]


@pytest.mark.parametrize(("text", "scale"), SCALES, ids=[text for text, _ in SCALES])
def test_the_scale_follows_from_the_types(text: str, scale: int | None) -> None:
    columns = analyze(text).columns
    assert columns is not None
    assert columns[0].scale == scale


def test_only_numeric_result_columns_carry_a_scale() -> None:
    columns = result_columns(analyze("select id, price * 2, price / 2, null::numeric from product").columns)
    assert columns is not None
    assert [column.scale for column in columns] == [-1, 2, -1, -1]
    assert [column.typmod for column in columns] == [-1] * 4


SCHEMA = """
    create table priced (id int primary key, price numeric(10,2), free numeric, small smallint, big bigint,
                         rate numeric(6,4), placed timestamp, day date);
    insert into priced values (1, 10.00, 1.5, 2, 30, 0.5, '2024-02-29 13:14:15.5', '2024-02-29');
    insert into priced values (2, 9.90, 2.25, -3, 9000000000, 1.25, '2023-12-31 23:59:00', '2023-12-31');
    insert into priced values (3, 0, 0, 0, 0, 0, '2000-01-01 00:00:00', '2000-01-01');
    insert into priced values (4, null, null, null, null, null, null, null);
    insert into priced values (5, -7.25, 100, 1, 5, 0.1, '1999-05-06 07:08:09.123456', '1999-05-06')
"""
EXACT = [
    "price",
    "rate",
    "price + 1",
    "price - 0.1",
    "price * 1.10",
    "small * price",
    "price * rate",
    "-price",
    "@price",
    "mod(price, 0.125)",
    "price % 3",
    "round(price * rate, 1)",
    "round(price, 4)",
    "round(price)",
    "trunc(price, 1)",
    "trunc(price, 3)",
    "trunc(price)",
    "ceil(price)",
    "floor(price)",
    "sign(price)",
    "abs(price)",
    "price::numeric",
    "price::numeric(12,4)",
    "small::numeric",
    "big::numeric * 1.00",
    "1.50",
    "1e3",
    "1.5e-3",
    "-0.10",
    "'2.500'::numeric",
    "coalesce(price, 0.00)",
    "case when small > 0 then price * 2 else 1.50 end",
    "greatest(price, 1.50)",
    "least(price * 1.0, 2.000)",
    "nullif(price * 1.0, 0)",
    "extract(second from placed)",
    "extract(year from placed)",
    "(select max(rate) + 0.00001 from priced)",
    "sum(price) over (partition by small)",
    "lag(price * 10) over (order by id)",
    "(price * 1.10)::text",
    "'costs ' || price * 2",
]
TOTALS = [
    "sum(price)",
    "sum(small * price)",
    "sum(big)",
    "min(price * 2)",
    "max(price) - min(price)",
    "sum(price) filter (where small > 100)",
    "round(avg(price), 2)",
    "round(sum(price * rate) / 7, 3)",
    "coalesce(sum(price), 0.00)",
    "sum(small * price)::text",
]
NUMERICALLY = ["free", "free * 2", "price / 4", "coalesce(price, 0)", "case when small > 0 then price else 1 end"]

Pair = tuple["psycopg.Connection[tuple[str | None, ...]]", "psycopg.Connection[tuple[str | None, ...]]"]


class Digits(psycopg.adapt.Loader):
    """A number as it was sent."""

    def load(self, data: psycopg.abc.Buffer) -> str:
        return bytes(data).decode()


@pytest.fixture(scope="module")
def both(postgres: PostgresServer, server: Address) -> Iterator[Pair]:
    """pgiris and PostgreSQL with the same table."""
    connections = []
    try:
        for dsn in (server.dsn, postgres.dsn):
            connection = psycopg.connect(dsn, autocommit=True)
            connections.append(connection)
            connection.adapters.register_loader("numeric", Digits)
            for statement in SCHEMA.split(";"):
                connection.execute(statement)
        yield connections[0], connections[1]
    finally:
        for connection in connections:
            if not connection.broken:
                connection.execute("drop table if exists priced")
            connection.close()


def answers(both: Pair, query: str) -> tuple[list[str | None], list[str | None]]:
    ours, theirs = ([row[0] for row in connection.execute(query)] for connection in both)  # type: ignore[call-overload]
    return ours, theirs


@pytest.mark.parametrize("expression", EXACT)
def test_numerics_print_as_in_postgresql(both: Pair, expression: str) -> None:
    ours, theirs = answers(both, f"select {expression} from priced order by id")
    assert ours == theirs


@pytest.mark.parametrize("expression", TOTALS)
def test_totals_print_as_in_postgresql(both: Pair, expression: str) -> None:
    ours, theirs = answers(both, f"select {expression} from priced")
    assert ours == theirs


@pytest.mark.parametrize(
    "query",
    [
        "select d from (select price * 2.0 as d, id from priced) t order by id",
        "with c as (select id, price * 2.0 as d from priced) select d + 1 from c order by id",
        "select price * 2 as d from priced union all select 1.50 order by d",
        "select null union all select 2.50",
        "select a * 2 from (values (1.50), (null), (2.50)) v(a)",
        "update priced set small = small where id = 1 returning price * 1.10",
    ],
)
def test_queries_print_numerics_as_in_postgresql(both: Pair, query: str) -> None:
    ours, theirs = answers(both, query)
    assert ours == theirs


@pytest.mark.parametrize("expression", NUMERICALLY)
def test_numerics_whose_scale_their_values_decide_are_equal_as_numbers(both: Pair, expression: str) -> None:
    ours, theirs = answers(both, f"select {expression} from priced order by id")
    assert [None if cell is None else Decimal(cell) for cell in ours] == [
        None if cell is None else Decimal(cell) for cell in theirs
    ]


@pytest.mark.parametrize("expression", ["price * 1.10", "sum(price)", "1.50"])
def test_binary_results_carry_the_scale_too(both: Pair, expression: str) -> None:
    query = f"select {expression} from priced where id = 1 group by price"
    ours, theirs = (connection.cursor(binary=True).execute(query).pgresult.get_value(0, 0) for connection in both)  # type: ignore[union-attr]
    assert ours == theirs
