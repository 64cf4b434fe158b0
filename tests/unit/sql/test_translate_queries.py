"""Queries: the IRIS SQL that they become, their columns, and what is refused."""

from __future__ import annotations

import pytest

from pgiris.errors import PgError
from pgiris.sql.plan import Column, Transaction
from pgiris.sql.rewrite.sources import MAX_INLINED
from pgiris.types import oids

from .statement_cases import plan, steps

QUERIES = [
    (
        "SELECT 1",
        [
            "SELECT 1",
        ],
    ),
    (
        "SELECT name FROM customer",
        [
            "SELECT customer.name FROM SQLUser.customer AS customer",
        ],
    ),
    (
        "SELECT * FROM customer",
        [
            "SELECT customer.id, customer.name, customer.age, customer.active, customer.created FROM "
            "SQLUser.customer AS customer",
        ],
    ),
    (
        'SELECT c.name AS "Full Name", age + 1 FROM public.customer c WHERE id = $1',
        [
            "SELECT c.name, (c.age + 1) FROM SQLUser.customer AS c WHERE c.id = ? | [$1]",
        ],
    ),
    (
        "SELECT name FROM customer LIMIT 5",
        [
            "SELECT TOP 5 customer.name FROM SQLUser.customer AS customer",
        ],
    ),
    (
        "SELECT name FROM customer LIMIT 5 OFFSET 10",
        [
            "SELECT customer.name FROM SQLUser.customer AS customer LIMIT 5 OFFSET 10",
        ],
    ),
    (
        "SELECT name FROM customer OFFSET 10",
        [
            "SELECT customer.name FROM SQLUser.customer AS customer LIMIT 2147483647 OFFSET 10",
        ],
    ),
    (
        "SELECT name FROM customer LIMIT $1 OFFSET $2",
        [
            "SELECT customer.name FROM SQLUser.customer AS customer LIMIT ? OFFSET ? | [limit($1), offset($2)]",
        ],
    ),
    (
        "SELECT name FROM customer LIMIT ALL OFFSET 0",
        [
            "SELECT customer.name FROM SQLUser.customer AS customer",
        ],
    ),
    (
        "SELECT name FROM customer FETCH FIRST ROW ONLY",
        [
            "SELECT TOP 1 customer.name FROM SQLUser.customer AS customer",
        ],
    ),
    (
        "SELECT name FROM customer ORDER BY name",
        [
            "SELECT customer.name FROM SQLUser.customer AS customer ORDER BY customer.name",
        ],
    ),
    (
        "SELECT name FROM customer ORDER BY age",
        [
            "SELECT customer.name FROM SQLUser.customer AS customer ORDER BY CASE WHEN customer.age IS NULL THEN "
            "1 ELSE 0 END, customer.age",
        ],
    ),
    (
        "SELECT name FROM customer ORDER BY age DESC",
        [
            "SELECT customer.name FROM SQLUser.customer AS customer ORDER BY CASE WHEN customer.age IS NULL THEN "
            "0 ELSE 1 END, customer.age DESC",
        ],
    ),
    (
        "SELECT name FROM customer ORDER BY age NULLS FIRST, id DESC NULLS LAST",
        [
            "SELECT customer.name FROM SQLUser.customer AS customer ORDER BY customer.age, customer.id DESC",
        ],
    ),
    (
        "SELECT name, age AS years FROM customer ORDER BY years DESC NULLS LAST, 1",
        [
            "SELECT customer.name, customer.age FROM SQLUser.customer AS customer ORDER BY customer.age DESC, "
            "customer.name",
        ],
    ),
    (
        "SELECT age, count(*) FROM customer GROUP BY 1 ORDER BY 2 DESC",
        [
            "SELECT customer.age, COUNT(*) FROM SQLUser.customer AS customer GROUP BY customer.age ORDER BY 2 DESC",
        ],
    ),
    (
        "SELECT age AS a, max(name) FROM customer GROUP BY a ORDER BY max(name)",
        [
            "SELECT q.c1, q.c2 FROM (SELECT customer.age AS c1, MAX(customer.name) AS c2 FROM SQLUser.customer "
            "AS customer GROUP BY customer.age) AS q ORDER BY CASE WHEN q.c2 IS NULL THEN 1 ELSE 0 END, q.c2",
        ],
    ),
    (
        "SELECT age, count(*) FROM customer GROUP BY age HAVING count(*) > 1",
        [
            "SELECT customer.age, COUNT(*) FROM SQLUser.customer AS customer GROUP BY customer.age HAVING COUNT(*) > 1",
        ],
    ),
    (
        "SELECT count(*) FROM customer HAVING count(*) > 1",
        [
            "SELECT q.c1 FROM (SELECT COUNT(*) AS c1, CASE WHEN COUNT(*) > 1 THEN 1 ELSE 0 END AS h FROM "
            "SQLUser.customer AS customer) AS q WHERE q.h = 1",
        ],
    ),
    (
        "SELECT DISTINCT age FROM customer",
        [
            "SELECT DISTINCT customer.age FROM SQLUser.customer AS customer",
        ],
    ),
    (
        "SELECT DISTINCT age FROM customer ORDER BY age DESC",
        [
            "SELECT q.c1 FROM (SELECT DISTINCT customer.age AS c1 FROM SQLUser.customer AS customer) AS q ORDER "
            "BY CASE WHEN q.c1 IS NULL THEN 0 ELSE 1 END, q.c1 DESC",
        ],
    ),
    (
        "SELECT DISTINCT ON (age) age, name FROM customer ORDER BY age, id",
        [
            "SELECT q.c1, q.c2 FROM (SELECT customer.age AS c1, customer.name AS c2, customer.id AS k2, "
            "ROW_NUMBER() OVER (PARTITION BY customer.age ORDER BY CASE WHEN customer.age IS NULL THEN 1 ELSE 0 "
            "END, customer.age, customer.id) AS d FROM SQLUser.customer AS customer) AS q WHERE q.d = 1 ORDER BY "
            "CASE WHEN q.c1 IS NULL THEN 1 ELSE 0 END, q.c1, q.k2",
        ],
    ),
    (
        "SELECT name FROM customer UNION SELECT body FROM document",
        [
            "SELECT customer.name FROM SQLUser.customer AS customer UNION SELECT document.body FROM "
            "SQLUser.document AS document",
        ],
    ),
    (
        "SELECT id FROM customer UNION ALL SELECT id FROM orders ORDER BY id LIMIT 3",
        [
            "SELECT TOP 3 q.c1 FROM (SELECT customer.id AS c1 FROM SQLUser.customer AS customer UNION ALL SELECT "
            "orders.id FROM SQLUser.orders AS orders) AS q ORDER BY q.c1",
        ],
    ),
    (
        "SELECT id FROM customer EXCEPT (SELECT id FROM document INTERSECT SELECT customer_id FROM orders)",
        [
            "SELECT customer.id FROM SQLUser.customer AS customer EXCEPT (SELECT document.id FROM "
            "SQLUser.document AS document INTERSECT SELECT orders.customer_id FROM SQLUser.orders AS orders)",
        ],
    ),
    (
        "VALUES (1, 'a'), (2, NULL)",
        [
            "SELECT 1, 'a' UNION ALL SELECT 2, NULL",
        ],
    ),
    (
        "VALUES (1), (2) ORDER BY 1 DESC LIMIT 1",
        [
            "SELECT TOP 1 q.c1 FROM (SELECT 1 AS c1 UNION ALL SELECT 2) AS q ORDER BY CASE WHEN q.c1 IS NULL "
            "THEN 0 ELSE 1 END, q.c1 DESC",
        ],
    ),
    (
        "SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS v (n, s)",
        [
            "SELECT v.n, v.s FROM (SELECT 1 AS n, 'a' AS s UNION ALL SELECT 2, 'b') AS v",
        ],
    ),
    (
        "SELECT c.name, o.total FROM customer c JOIN orders o ON o.customer_id = c.id",
        [
            "SELECT c.name, o.total FROM SQLUser.customer AS c JOIN SQLUser.orders AS o ON o.customer_id = c.id",
        ],
    ),
    (
        "SELECT c.name, o.total FROM customer c LEFT JOIN orders o ON o.customer_id = c.id AND o.total > 5",
        [
            "SELECT c.name, o.total FROM SQLUser.customer AS c LEFT JOIN SQLUser.orders AS o ON o.customer_id = "
            "c.id AND o.total > 5",
        ],
    ),
    (
        "SELECT * FROM customer c CROSS JOIN document d",
        [
            "SELECT c.id, c.name, c.age, c.active, c.created, d.id, d.body, d.embedding FROM SQLUser.customer AS "
            "c CROSS JOIN SQLUser.document AS d",
        ],
    ),
    (
        "SELECT name, total FROM customer JOIN orders USING (id)",
        [
            "SELECT customer.name, orders.total FROM SQLUser.customer AS customer JOIN SQLUser.orders AS orders "
            "ON customer.id = orders.id",
        ],
    ),
    (
        "SELECT * FROM document NATURAL JOIN adult",
        [
            "SELECT document.id, document.body, document.embedding, adult.name FROM SQLUser.document AS document "
            "JOIN SQLUser.adult AS adult ON document.id = adult.id",
        ],
    ),
    (
        "SELECT id, total FROM customer FULL JOIN orders USING (id)",
        [
            "SELECT COALESCE(customer.id, orders.id), orders.total FROM SQLUser.customer AS customer FULL JOIN "
            "SQLUser.orders AS orders ON customer.id = orders.id",
        ],
    ),
    (
        "SELECT name FROM customer, orders WHERE customer.id = customer_id",
        [
            "SELECT customer.name FROM SQLUser.customer AS customer, SQLUser.orders AS orders WHERE customer.id "
            "= orders.customer_id",
        ],
    ),
    (
        "SELECT name FROM customer JOIN orders ON true",
        [
            "SELECT customer.name FROM SQLUser.customer AS customer JOIN SQLUser.orders AS orders ON 1 = 1",
        ],
    ),
    (
        "SELECT x.a FROM customer AS x (a, b)",
        [
            "SELECT x.a FROM (SELECT id AS a, name AS b, age AS age, active AS active, created AS created FROM "
            "SQLUser.customer) AS x",
        ],
    ),
    (
        "SELECT s.n FROM (SELECT age AS n FROM customer ORDER BY age LIMIT 3) s",
        [
            "SELECT s.n FROM (SELECT TOP 3 customer.age AS n FROM SQLUser.customer AS customer ORDER BY CASE "
            "WHEN customer.age IS NULL THEN 1 ELSE 0 END, customer.age) AS s",
        ],
    ),
    (
        "SELECT s.n FROM (SELECT age AS n FROM customer ORDER BY id LIMIT 3 OFFSET 2) s",
        [
            "SELECT s.n FROM (SELECT TOP ALL q.c1 AS n FROM (SELECT q.c1 AS c1, ROW_NUMBER() OVER (ORDER BY "
            "q.k2) AS r FROM (SELECT customer.age AS c1, customer.id AS k2 FROM SQLUser.customer AS customer) AS "
            "q) AS q WHERE q.r > 2 AND q.r <= (2 + 3) ORDER BY q.r) AS s",
        ],
    ),
    (
        "SELECT * FROM (SELECT id, id FROM customer) s",
        [
            "SELECT s.id, s.id_2 FROM (SELECT customer.id AS id, customer.id AS id_2 FROM SQLUser.customer AS "
            "customer) AS s",
        ],
    ),
    (
        "WITH a AS (SELECT id, age FROM customer), b (x) AS (SELECT age FROM a) SELECT a.id FROM a JOIN b ON "
        "b.x = a.age",
        [
            "SELECT a.id FROM (SELECT customer.id AS id, customer.age AS age FROM SQLUser.customer AS customer) "
            "AS a JOIN (SELECT a.age AS x FROM (SELECT customer.id AS id, customer.age AS age FROM "
            "SQLUser.customer AS customer) AS a) AS b ON b.x = a.age",
        ],
    ),
    (
        "SELECT name FROM customer WHERE id IN (SELECT customer_id FROM orders ORDER BY total)",
        [
            "SELECT customer.name FROM SQLUser.customer AS customer WHERE customer.id IN (SELECT "
            "orders.customer_id FROM SQLUser.orders AS orders)",
        ],
    ),
    (
        "SELECT name FROM customer c WHERE EXISTS (SELECT FROM orders WHERE customer_id = c.id)",
        [
            "SELECT c.name FROM SQLUser.customer AS c WHERE EXISTS (SELECT 1 FROM SQLUser.orders AS orders WHERE "
            "orders.customer_id = c.id)",
        ],
    ),
    (
        "SELECT (SELECT max(total) FROM orders o WHERE o.customer_id = c.id) FROM customer c",
        [
            "SELECT (SELECT MAX(o.total) FROM SQLUser.orders AS o WHERE o.customer_id = c.id) FROM "
            "SQLUser.customer AS c",
        ],
    ),
    (
        "SELECT name FROM customer WHERE active AND NOT active OR active IS NULL",
        [
            "SELECT customer.name FROM SQLUser.customer AS customer WHERE (customer.active = 1 AND "
            "customer.active = 0) OR customer.active IS NULL",
        ],
    ),
    (
        "SELECT age > 3, active FROM customer",
        [
            "SELECT CASE WHEN customer.age > 3 THEN 1 WHEN NOT (customer.age > 3) THEN 0 END, customer.active "
            "FROM SQLUser.customer AS customer",
        ],
    ),
    (
        "SELECT id FROM document ORDER BY embedding <=> $1 LIMIT 5",
        [
            "SELECT TOP 5 document.id FROM SQLUser.document AS document ORDER BY "
            "VECTOR_COSINE(document.embedding, TO_VECTOR(?, FLOAT)) DESC | [$1]",
        ],
    ),
    (
        "SELECT id FROM document ORDER BY embedding <#> '[1,2,3]' LIMIT 5",
        [
            "SELECT TOP 5 document.id FROM SQLUser.document AS document ORDER BY "
            "VECTOR_DOT_PRODUCT(document.embedding, TO_VECTOR(?, FLOAT)) DESC | ['1,2,3']",
        ],
    ),
    (
        "SELECT name FROM old_pkg.person",
        [
            "SELECT person.name FROM Old_Pkg.Person AS person",
        ],
    ),
    (
        "SELECT DISTINCT name FROM old_pkg.person ORDER BY name",
        [
            "SELECT q.c1 FROM (SELECT DISTINCT %EXACT(person.name) AS c1 FROM Old_Pkg.Person AS person) AS q "
            "ORDER BY CASE WHEN q.c1 IS NULL THEN 1 ELSE 0 END, q.c1",
        ],
    ),
    (
        "SELECT name, count(*) FROM old_pkg.person GROUP BY name",
        [
            "SELECT %EXACT(person.name), COUNT(*) FROM Old_Pkg.Person AS person GROUP BY %EXACT(person.name)",
        ],
    ),
    (
        "TABLE adult",
        [
            "SELECT adult.id, adult.name FROM SQLUser.adult AS adult",
        ],
    ),
]


@pytest.mark.parametrize(("written", "made"), QUERIES)
def test_a_query_becomes_iris_sql(written: str, made: list[str]) -> None:
    assert steps(written) == made


def test_a_query_reads_and_counts_its_rows() -> None:
    made = plan("SELECT 1")
    assert (made.tag, made.tag_counts, made.transaction, made.atomic) == ("SELECT", True, Transaction.READ, False)


def test_columns_carry_their_names_types_and_origins() -> None:
    made = plan('SELECT name, age + 1, count(*) AS "N" FROM customer GROUP BY name, age')
    assert made.columns == (
        Column("name", oids.VARCHAR, 44, 200_001, 2),
        Column("?column?", oids.INT4),
        Column("N", oids.INT8),
    )


def test_parameters_get_the_types_that_their_context_gives_them() -> None:
    assert plan("SELECT name FROM customer WHERE id = $2 AND name = $1 LIMIT $3").parameters == (
        oids.TEXT,
        oids.INT4,
        oids.INT8,
    )


def test_declared_parameter_types_win() -> None:
    assert plan("SELECT $1", parameter_oids=(oids.DATE,)).parameters == (oids.DATE,)


def test_a_native_statement_passes_untouched() -> None:
    made = plan(" SELECT TOP 5 name FROM customer WHERE name %STARTSWITH 'x' ;")
    assert (made.fate, made.describe, made.columns) == ("native", True, None)
    assert made.steps[0].sql == "SELECT TOP 5 name FROM customer WHERE name %STARTSWITH 'x'"


def test_a_text_that_neither_grammar_takes_is_reported_as_postgresql_does() -> None:
    with pytest.raises(PgError) as caught:
        plan("SELECT TOP FROM WHERE")
    assert (caught.value.sqlstate, caught.value.message) == ("42601", 'syntax error at or near "WHERE"')


def test_explain_translate_shows_the_steps() -> None:
    made = plan("EXPLAIN (TRANSLATE) SELECT name FROM customer WHERE id = $1 LIMIT 3")
    assert made.columns == (Column("QUERY PLAN", oids.TEXT),)
    assert made.action is not None
    assert made.action.lines[:4] == (  # type: ignore[union-attr]
        "fate: pushed down",
        "step 1: rows",
        "  SELECT TOP 3 customer.name FROM SQLUser.customer AS customer WHERE customer.id = ?",
        "  binds: $1",
    )


def test_plain_explain_asks_iris() -> None:
    assert steps("EXPLAIN SELECT name FROM customer") == [
        "EXPLAIN SELECT customer.name FROM SQLUser.customer AS customer"
    ]


REFUSED = [
    ("SELECT nope FROM customer", "42703", 8),
    ("SELECT * FROM nope", "42P01", 15),
    ("SELECT id FROM customer LIMIT -1", "2201W", None),
    ("SELECT id FROM customer LIMIT 1 OFFSET -1", "2201X", None),
    ("SELECT id FROM customer LIMIT 1 + 1", "0A000", 25),
    ("SELECT id FROM customer FOR UPDATE", "0A000", 25),
    ("SELECT FROM customer", "0A000", 1),
    ("WITH RECURSIVE r AS (SELECT 1 AS x) SELECT * FROM r", "0A000", 1),
    ("SELECT id FROM customer EXCEPT ALL SELECT id FROM orders", "0A000", 25),
    ("SELECT * FROM generate_series(1, 3)", "0A000", 15),
    ("SELECT * FROM customer LEFT JOIN (orders JOIN document ON true) ON true", "0A000", 24),
    ('SELECT * FROM (SELECT id AS "A", id AS a FROM customer) s', "0A000", None),
    ("EXPLAIN ANALYZE SELECT 1", "0A000", 1),
    ("EXPLAIN (FORMAT json) SELECT 1", "0A000", 10),
    ("EXPLAIN (nonsense) SELECT 1", "42601", 10),
    ("EXPLAIN BEGIN", "42601", 9),
]


@pytest.mark.parametrize(("text", "sqlstate", "position"), REFUSED)
def test_what_cannot_be_said_is_refused_with_its_place(text: str, sqlstate: str, position: int | None) -> None:
    with pytest.raises(PgError) as caught:
        plan(text)
    assert (caught.value.sqlstate, caught.value.position) == (sqlstate, position)


def test_many_rows_of_values_stay_within_the_limit_of_set_operations() -> None:
    (made,) = steps("SELECT * FROM (VALUES " + ", ".join(f"({n})" for n in range(200)) + ") v (n)")
    assert made.count("UNION ALL") == 199
    with pytest.raises(PgError) as caught:
        plan("VALUES " + ", ".join(f"({n})" for n in range(1000)))
    assert caught.value.sqlstate == "54001"


def test_common_table_expressions_cannot_multiply_without_bound() -> None:
    parts = ["c0 AS (SELECT id FROM customer)"]
    parts += [f"c{n} AS (SELECT a.id FROM c{n - 1} a, c{n - 1} b)" for n in range(1, 12)]
    assert MAX_INLINED < 2**11
    with pytest.raises(PgError) as caught:
        plan("WITH " + ", ".join(parts) + " SELECT * FROM c11")
    assert caught.value.sqlstate == "54001"
