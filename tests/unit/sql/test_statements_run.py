"""Statements run on the stand-in give PostgreSQL's answers. Cells are in ODBC form."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from pgiris.errors import IrisError, PgError

from .running import Server

NOW = "2026-01-02 03:04:05.678901"


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    made.run(
        "CREATE TABLE customer (id serial PRIMARY KEY, name varchar(40) NOT NULL UNIQUE, age int,"
        " active bool DEFAULT true, created timestamptz DEFAULT now());"
        "CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
        " customer_id int NOT NULL REFERENCES customer, total numeric(10,2));"
    )
    made.run("INSERT INTO customer (name, age) VALUES ('a', 1), ('B', NULL), ('c', 3)")
    made.run("INSERT INTO orders (customer_id, total) VALUES (1, 10.005), (1, 2.5), (3, 7)")
    yield made
    made.close()


def test_rows_come_back_as_they_were_written(server: Server) -> None:
    outcome = server.run("SELECT * FROM customer ORDER BY id")
    assert outcome.names == ["id", "name", "age", "active", "created"]
    assert outcome.rows == [(1, "a", 1, 1, NOW), (2, "B", None, 1, NOW), (3, "c", 3, 1, NOW)]
    assert outcome.tag == "SELECT 3"


ORDERS = [
    ("name", ["B", "a", "c"]),
    ("age", ["a", "c", "B"]),
    ("age DESC", ["B", "c", "a"]),
    ("age NULLS FIRST", ["B", "a", "c"]),
    ("age DESC NULLS LAST", ["c", "a", "B"]),
    ("2 DESC, 1", ["B", "c", "a"]),
]


@pytest.mark.parametrize(("order", "names"), ORDERS)
def test_null_sorts_where_postgresql_sorts_it(server: Server, order: str, names: list[str]) -> None:
    assert [row[0] for row in server.run(f"SELECT name, age FROM customer ORDER BY {order}").rows] == names
    distinct = server.run(f"SELECT DISTINCT name, age FROM customer ORDER BY {order}").rows
    assert [row[0] for row in distinct] == names
    union = server.run(f"SELECT name, age FROM customer UNION SELECT 'a', 1 ORDER BY {order}").rows
    assert [row[0] for row in union] == names


def test_limits_cut_outside_and_inside(server: Server) -> None:
    assert server.run("SELECT id FROM customer ORDER BY id LIMIT 1 OFFSET 1").rows == [(2,)]
    assert server.run("SELECT id FROM customer ORDER BY id OFFSET 2").rows == [(3,)]
    assert server.run("SELECT id FROM customer ORDER BY id LIMIT $1 OFFSET $2", None, 1).rows == [(2,), (3,)]
    assert server.run("SELECT * FROM (SELECT id FROM customer ORDER BY id DESC LIMIT 1 OFFSET 1) s").rows == [(2,)]
    assert server.run("SELECT id FROM customer LIMIT 0").rows == []


def test_grouping_by_ordinal_and_alias(server: Server) -> None:
    wanted = [(1, 2), (3, 1)]
    text = "SELECT customer_id AS c, count(*) FROM orders GROUP BY {} ORDER BY 2 DESC"
    assert server.run(text.format("1")).rows == wanted
    assert server.run(text.format("c")).rows == wanted


def test_having_without_grouping_filters_the_one_group(server: Server) -> None:
    assert server.run("SELECT count(*) FROM orders HAVING count(*) > 2").rows == [(3,)]
    assert server.run("SELECT count(*) FROM orders HAVING count(*) > 3").rows == []


def test_distinct_on_keeps_the_first_of_each_group(server: Server) -> None:
    outcome = server.run("SELECT DISTINCT ON (customer_id) customer_id, id FROM orders ORDER BY customer_id, total")
    assert outcome.rows == [(1, 2), (3, 3)]


def test_returning_gives_the_inserted_rows_in_order(server: Server) -> None:
    outcome = server.run("INSERT INTO customer (name) VALUES ('x'), ('y') RETURNING id, upper(name) AS n, created")
    assert (outcome.tag, outcome.names) == ("INSERT 0 2", ["id", "n", "created"])
    assert outcome.rows == [(4, "X", NOW), (5, "Y", NOW)]


def test_rows_of_a_query_can_be_inserted_and_returned(server: Server) -> None:
    outcome = server.run(
        "INSERT INTO orders (customer_id, total) SELECT id, age FROM customer WHERE age > 2 RETURNING id, total"
    )
    assert (outcome.tag, outcome.rows) == ("INSERT 0 1", [(4, Decimal("3"))])


def test_an_explicit_id_moves_the_identity_on(server: Server) -> None:
    server.run("INSERT INTO customer (id, name) VALUES (100, 'x')")
    assert server.run("INSERT INTO customer (name) VALUES ('y') RETURNING id").rows == [(101,)]


def test_numbers_are_rounded_to_the_scale_of_their_column(server: Server) -> None:
    assert server.run("SELECT total FROM orders WHERE id = 1").rows == [(Decimal("10.01"),)]


def test_updated_rows_are_returned_as_they_are_now(server: Server) -> None:
    outcome = server.run("UPDATE customer SET age = 0, name = name || '!' WHERE age = 1 RETURNING id, name, age")
    assert (outcome.tag, outcome.rows) == ("UPDATE 1", [(1, "a!", 0)])


def test_an_update_from_another_table_can_return_its_columns(server: Server) -> None:
    outcome = server.run(
        "UPDATE orders o SET total = c.age FROM customer c WHERE c.id = o.customer_id AND o.id = 3 "
        "RETURNING o.total, c.name || '?'"
    )
    assert outcome.rows == [(Decimal("3"), "c?")]


def test_deleted_rows_are_returned_as_they_were(server: Server) -> None:
    outcome = server.run(
        "DELETE FROM orders USING customer c WHERE c.id = customer_id AND c.name = 'c' RETURNING total"
    )
    assert (outcome.tag, outcome.rows) == ("DELETE 1", [(Decimal("7"),)])
    assert server.run("SELECT count(*) FROM orders").rows == [(2,)]


def test_on_conflict_do_nothing_skips_the_row(server: Server) -> None:
    outcome = server.run("INSERT INTO customer (name) VALUES ('a'), ('z') ON CONFLICT (name) DO NOTHING RETURNING name")
    assert (outcome.tag, outcome.rows) == ("INSERT 0 1", [("z",)])


def test_on_conflict_do_update_sees_both_rows(server: Server) -> None:
    outcome = server.run(
        "INSERT INTO customer (name, age) VALUES ('a', 5), ('n', 6) "
        "ON CONFLICT (name) DO UPDATE SET age = customer.age + excluded.age RETURNING name, age"
    )
    assert (outcome.tag, outcome.rows) == ("INSERT 0 2", [("a", 6), ("n", 6)])
    outcome = server.run(
        "INSERT INTO customer (name, age) VALUES ('a', 5) "
        "ON CONFLICT (name) DO UPDATE SET age = 0 WHERE customer.age > 99 RETURNING name"
    )
    assert (outcome.tag, outcome.rows) == ("INSERT 0 0", [])


def test_a_failed_statement_of_several_steps_changes_nothing(server: Server) -> None:
    with pytest.raises(IrisError):
        server.run("INSERT INTO customer (name) VALUES ('new'), ('a')")
    assert server.run("SELECT count(*) FROM customer").rows == [(3,)]


def test_queries_within_queries(server: Server) -> None:
    assert server.run(
        "WITH big AS (SELECT customer_id, sum(total) AS s FROM orders GROUP BY customer_id), "
        "top (c) AS (SELECT customer_id FROM big WHERE s > 8) "
        "SELECT name, (SELECT max(total) FROM orders WHERE customer_id = c.id) FROM customer c "
        "WHERE id IN (SELECT c FROM top) AND EXISTS (SELECT FROM orders o WHERE o.customer_id = c.id)"
    ).rows == [("a", Decimal("10.01"))]
    assert server.run("SELECT s, n FROM (VALUES (1, 'x'), (2, NULL)) v (n, s) ORDER BY n").rows == [("x", 1), (None, 2)]
    assert server.run(
        "SELECT * FROM (SELECT c.id, o.id FROM customer c JOIN orders o ON o.id = 2 AND c.id = 1) q"
    ).rows == [(1, 2)]


def test_joins_with_merged_columns(server: Server) -> None:
    outcome = server.run(
        "SELECT * FROM (SELECT id, name FROM customer) c FULL JOIN (SELECT id + 2 AS id FROM customer) d USING (id) "
        "ORDER BY id"
    )
    assert (outcome.names, outcome.rows) == (["id", "name"], [(1, "a"), (2, "B"), (3, "c"), (4, None), (5, None)])


def test_vectors_are_ordered_by_distance(server: Server) -> None:
    server.run("CREATE TABLE d (id int PRIMARY KEY, v vector(2)); CREATE INDEX ON d USING hnsw (v vector_cosine_ops)")
    server.run("INSERT INTO d VALUES (1, '[1,0]'), (2, '[0,1]'), (3, '[1,1]'), (4, NULL)")
    assert server.run("SELECT id FROM d ORDER BY v <=> '[1,0.1]' LIMIT 2").rows == [(1,), (3,)]
    assert server.run("SELECT id FROM d ORDER BY v <-> '[0,1]'").rows == [(2,), (3,), (1,), (4,)]
    assert server.run("SELECT id FROM d ORDER BY v <#> '[2,3]'").rows == [(3,), (2,), (1,), (4,)]


def test_a_table_made_of_a_query_has_its_types_and_rows(server: Server) -> None:
    assert server.run("CREATE TABLE copy AS SELECT id, name, created FROM customer WHERE id < 3").tag == "SELECT 2"
    copy = server.cache.current().find("public", "copy")  # type: ignore[union-attr]
    assert copy is not None
    original = server.cache.current().find("public", "customer")  # type: ignore[union-attr]
    assert original is not None
    for column in copy.columns:
        same = original.column(column.name)
        assert same is not None
        assert (column.type_oid, column.typmod) == (same.type_oid, same.typmod)


def test_a_view_answers_with_its_declared_types(server: Server) -> None:
    server.run("CREATE VIEW v (n, t) AS SELECT name, created FROM customer WHERE name = 'a' ORDER BY id")
    assert server.run("SELECT * FROM v").rows == [("a", NOW)]
    view = server.cache.current().find("public", "v")  # type: ignore[union-attr]
    assert view is not None
    assert [(c.name, c.type_oid, c.typmod) for c in view.columns] == [("n", 1043, 44), ("t", 1184, -1)]


def test_altered_tables_are_known_at_once(server: Server) -> None:
    server.run("ALTER TABLE customer ADD COLUMN note text DEFAULT 'q', RENAME age TO years")
    assert server.run("SELECT years, note FROM customer WHERE id = 1").rows == [(1, "q")]
    server.run("ALTER TABLE customer DROP COLUMN note")
    with pytest.raises(PgError) as caught:
        server.run("SELECT note FROM customer")
    assert caught.value.sqlstate == "42703"


def test_dropped_tables_are_gone_and_forgotten(server: Server) -> None:
    server.run("DROP TABLE orders")
    assert server.run("SELECT count(*) FROM pgiris.columntype WHERE tablename = 'orders'").rows == [(0,)]
    assert server.run("DROP TABLE IF EXISTS orders").notices == ['table "orders" does not exist, skipping']


def test_truncate_keeps_or_restarts_the_identity(server: Server) -> None:
    server.run("TRUNCATE orders")
    assert server.run("INSERT INTO orders (customer_id) VALUES (1) RETURNING id").rows == [(4,)]
    server.run("TRUNCATE orders RESTART IDENTITY")
    assert server.run("INSERT INTO orders (customer_id) VALUES (1) RETURNING id").rows == [(1,)]


def test_a_table_that_others_refer_to_is_dropped_with_cascade_only(server: Server) -> None:
    with pytest.raises(PgError) as caught:
        server.run("DROP TABLE customer")
    assert (caught.value.sqlstate, caught.value.detail) == (
        "2BP01",
        "constraint orders_customer_id_fkey on table orders depends on table customer",
    )
    outcome = server.run("DROP TABLE customer CASCADE")
    assert outcome.notices == ["drop cascades to constraint orders_customer_id_fkey on table orders"]
    assert server.run("INSERT INTO orders (customer_id) VALUES (99)").tag == "INSERT 0 1"


def test_tables_that_refer_to_each_other_are_dropped_together(server: Server) -> None:
    server.run("DROP TABLE customer, orders")
    assert server.cache.current().find("public", "orders") is None  # type: ignore[union-attr]


def test_a_table_that_others_refer_to_is_truncated_with_them(server: Server) -> None:
    with pytest.raises(PgError) as caught:
        server.run("TRUNCATE customer")
    assert (caught.value.sqlstate, caught.value.detail) == ("0A000", 'Table "orders" references "customer".')
    server.run("TRUNCATE customer, orders")
    server.run("INSERT INTO customer (id, name) VALUES (50, 'n'); INSERT INTO orders (customer_id) VALUES (50)")
    assert server.run("TRUNCATE customer CASCADE").notices == ['truncate cascades to table "orders"']
    assert server.run("SELECT count(*) FROM orders").rows == [(0,)]
