"""INSERT, UPDATE and DELETE: the steps that they become, and what is refused."""

from __future__ import annotations

import pytest

from pgiris.errors import PgError
from pgiris.sql.plan import Transaction

from .statement_cases import plan, steps

CHANGES = [
    (
        "INSERT INTO customer (name, age) VALUES ('a', 1)",
        [
            "INSERT INTO SQLUser.customer (name, age, created) VALUES (?, ?, CAST(? AS TIMESTAMP)) | ['a', 1, now()]",
        ],
    ),
    (
        "INSERT INTO customer (name, age, created) VALUES ('a', 1, DEFAULT), ('b', $1, '2020-01-01'), ('c', "
        "NULL, '2020-01-02')",
        [
            "INSERT INTO SQLUser.customer (name, age, created) VALUES (?, ?, CAST(? AS TIMESTAMP)) | ['a', 1, "
            "now()] | ['b', $1, input(1184, '2020-01-01')] | ['c', None, input(1184, '2020-01-02')]",
        ],
    ),
    (
        "INSERT INTO customer VALUES (7, 'a', 1, false, now())",
        [
            "INSERT INTO SQLUser.customer (id, name, age, active, created) VALUES (?, ?, ?, ?, CAST(? AS "
            "TIMESTAMP)) | [7, 'a', 1, 0, now()]",
        ],
    ),
    (
        "INSERT INTO customer DEFAULT VALUES",
        [
            "INSERT INTO SQLUser.customer (created) VALUES (CAST(? AS TIMESTAMP)) | [now()]",
        ],
    ),
    (
        "INSERT INTO document (id, body) VALUES (1, upper('x'))",
        [
            "INSERT INTO SQLUser.document (id, body) VALUES (?, UPPER('x')) | [1]",
        ],
    ),
    (
        "INSERT INTO document (id, body) VALUES ((SELECT max(id) + 1 FROM document), 'x')",
        [
            "INSERT INTO SQLUser.document (id, body) SELECT (SELECT (MAX(document.id) + 1) FROM SQLUser.document "
            "AS document), ? | ['x']",
        ],
    ),
    (
        "INSERT INTO document VALUES (1, 'x', '[1,2,3]')",
        [
            "INSERT INTO SQLUser.document (id, body, embedding) VALUES (?, ?, ?) | [1, 'x', '1,2,3']",
        ],
    ),
    (
        "INSERT INTO document (id, embedding) VALUES ($1, $2)",
        [
            "INSERT INTO SQLUser.document (id, embedding) VALUES (?, TO_VECTOR(?, FLOAT)) | [$1, $2]",
        ],
    ),
    (
        "INSERT INTO orders (customer_id, total, placed) VALUES (1, '12.345', '2020-02-29')",
        [
            "INSERT INTO SQLUser.orders (customer_id, total, placed) VALUES (?, ?, ?) | [1, Decimal('12.35'), "
            "'2020-02-29']",
        ],
    ),
    (
        "INSERT INTO orders OVERRIDING SYSTEM VALUE VALUES (1, 2)",
        [
            "INSERT INTO SQLUser.orders (id, customer_id) VALUES (?, ?) | [1, 2]",
        ],
    ),
    (
        "INSERT INTO orders OVERRIDING USER VALUE VALUES (1, 2)",
        [
            "INSERT INTO SQLUser.orders (customer_id) VALUES (?) | [2]",
        ],
    ),
    (
        "INSERT INTO document (id, body) SELECT id, name FROM customer ORDER BY id LIMIT 2",
        [
            "INSERT INTO SQLUser.document (id, body) SELECT s.c1, s.c2 FROM (SELECT TOP 2 customer.id AS c1, "
            "customer.name AS c2 FROM SQLUser.customer AS customer ORDER BY customer.id) AS s",
        ],
    ),
    (
        "INSERT INTO orders (customer_id, total) SELECT age, id FROM customer",
        [
            "INSERT INTO SQLUser.orders (customer_id, total) SELECT s.c1, CAST(s.c2 AS NUMERIC(10, 2)) FROM "
            "(SELECT customer.age AS c1, customer.id AS c2 FROM SQLUser.customer AS customer) AS s",
        ],
    ),
    (
        "INSERT INTO customer (name) VALUES ('a'), ('b') RETURNING id, upper(name) AS n",
        [
            "INSERT INTO SQLUser.customer (name, created) VALUES (?, CAST(? AS TIMESTAMP)) | ['a', now()] | "
            "['b', now()] | row_id changed",
            "SELECT customer.id, UPPER(customer.name) FROM SQLUser.customer AS customer WHERE customer.%ID = ? | "
            "[changed.0] | for_each changed",
        ],
    ),
    (
        "INSERT INTO document (id) SELECT id FROM customer RETURNING *",
        [
            "SELECT s.c1 FROM (SELECT customer.id AS c1 FROM SQLUser.customer AS customer) AS s | capture source",
            "INSERT INTO SQLUser.document (id) VALUES (?) | [source.0] | row_id changed | for_each source",
            "SELECT document.id, document.body, document.embedding FROM SQLUser.document AS document WHERE "
            "document.%ID = ? | [changed.0] | for_each changed",
        ],
    ),
    (
        "INSERT INTO customer (name) VALUES ('a') ON CONFLICT DO NOTHING",
        [
            "INSERT INTO SQLUser.customer (name, created) VALUES (?, CAST(? AS TIMESTAMP)) | ['a', now()] | "
            "ignore [-119]",
        ],
    ),
    (
        "INSERT INTO customer (name) VALUES ('a') ON CONFLICT (name) DO NOTHING",
        [
            "INSERT INTO SQLUser.customer (name, created) VALUES (?, CAST(? AS TIMESTAMP)) | ['a', now()] | "
            "ignore [-119]",
        ],
    ),
    (
        "INSERT INTO document (id, body) VALUES (1, 'x') ON CONFLICT (id) DO NOTHING",
        [
            "INSERT INTO SQLUser.document (id, body) SELECT ?, ? WHERE NOT EXISTS (SELECT 1 FROM "
            "SQLUser.document AS document WHERE document.id = ?) | [1, 'x', 1]",
        ],
    ),
    (
        "INSERT INTO customer (name, age) VALUES ('a', 1) ON CONFLICT (name) DO UPDATE SET age = "
        "excluded.age + customer.age WHERE customer.age < 9 RETURNING id",
        [
            "SELECT customer.%ID FROM SQLUser.customer AS customer WHERE customer.name = ? | ['a'] | capture conflict0",
            "INSERT INTO SQLUser.customer (name, age, created) VALUES (?, ?, CAST(? AS TIMESTAMP)) | ['a', 1, "
            "now()] | row_id changed | unless conflict0",
            "SELECT customer.%ID FROM SQLUser.customer AS customer WHERE customer.%ID = ? AND (customer.age < 9) "
            "| [conflict0.0] | capture changed | only_if conflict0",
            "UPDATE SQLUser.customer AS customer SET age = (? + customer.age) WHERE customer.%ID = ? AND "
            "(customer.age < 9) | [1, conflict0.0] | only_if conflict0",
            "SELECT customer.id FROM SQLUser.customer AS customer WHERE customer.%ID = ? | [changed.0] | "
            "for_each changed",
        ],
    ),
    (
        "UPDATE customer SET age = age + 1, name = 'x' WHERE id = $1",
        [
            "UPDATE SQLUser.customer AS customer SET age = (customer.age + 1), name = ? WHERE customer.id = ? | "
            "['x', $1]",
        ],
    ),
    (
        "UPDATE customer SET (age, active) = (1, DEFAULT), created = NULL",
        [
            "UPDATE SQLUser.customer AS customer SET age = ?, active = ?, created = ? | [1, 1, None]",
        ],
    ),
    (
        "UPDATE customer c SET age = o.id FROM orders o WHERE o.customer_id = c.id",
        [
            "UPDATE SQLUser.customer AS c SET age = o.id FROM SQLUser.orders AS o WHERE o.customer_id = c.id",
        ],
    ),
    (
        "UPDATE customer SET age = 1 RETURNING id, age",
        [
            "SELECT customer.%ID FROM SQLUser.customer AS customer | capture changed",
            "UPDATE SQLUser.customer AS customer SET age = ? | [1]",
            "SELECT customer.id, customer.age FROM SQLUser.customer AS customer WHERE customer.%ID = ? | "
            "[changed.0] | for_each changed",
        ],
    ),
    (
        "UPDATE customer SET age = 1 FROM orders o WHERE o.customer_id = customer.id RETURNING name, o.total",
        [
            "SELECT customer.%ID, o.total FROM SQLUser.customer AS customer, SQLUser.orders AS o WHERE "
            "o.customer_id = customer.id | capture changed",
            "UPDATE SQLUser.customer AS customer SET age = ? FROM SQLUser.orders AS o WHERE o.customer_id = "
            "customer.id | [1]",
            "SELECT customer.name, ? FROM SQLUser.customer AS customer WHERE customer.%ID = ? | [changed.1, "
            "changed.0] | for_each changed",
        ],
    ),
    (
        "UPDATE orders SET placed = '2020-01-01', total = 3",
        [
            "UPDATE SQLUser.orders AS orders SET placed = ?, total = ? | ['2020-01-01', Decimal('3.00')]",
        ],
    ),
    (
        "DELETE FROM customer",
        [
            "DELETE FROM SQLUser.customer AS customer",
        ],
    ),
    (
        "DELETE FROM customer AS c WHERE c.age IS NULL",
        [
            "DELETE FROM SQLUser.customer AS c WHERE c.age IS NULL",
        ],
    ),
    (
        "DELETE FROM customer USING orders o WHERE o.customer_id = customer.id",
        [
            "DELETE FROM SQLUser.customer AS customer FROM SQLUser.orders AS o WHERE o.customer_id = customer.id",
        ],
    ),
    (
        "DELETE FROM customer WHERE id = 1 RETURNING *",
        [
            "SELECT customer.id, customer.name, customer.age, customer.active, customer.created FROM "
            "SQLUser.customer AS customer WHERE customer.id = 1",
            "DELETE FROM SQLUser.customer AS customer WHERE customer.id = 1",
        ],
    ),
    (
        "WITH old AS (SELECT id FROM orders) DELETE FROM customer WHERE id IN (SELECT id FROM old)",
        [
            "DELETE FROM SQLUser.customer AS customer WHERE customer.id IN (SELECT old.id FROM (SELECT orders.id "
            "AS id FROM SQLUser.orders AS orders) AS old)",
        ],
    ),
]


@pytest.mark.parametrize(("written", "made"), CHANGES)
def test_a_change_becomes_its_steps(written: str, made: list[str]) -> None:
    assert steps(written) == made


@pytest.mark.parametrize(
    ("text", "tag"), [("INSERT INTO document (id) VALUES (1)", "INSERT 0"), ("DELETE FROM orders", "DELETE")]
)
def test_a_change_writes_and_counts_its_rows(text: str, tag: str) -> None:
    made = plan(text)
    assert (made.tag, made.tag_counts, made.transaction, made.columns) == (tag, True, Transaction.WRITE, None)
    assert made.steps[0].counts


def test_only_a_change_of_several_steps_needs_a_transaction() -> None:
    assert not plan("INSERT INTO document (id) VALUES (1)").atomic
    assert plan("INSERT INTO document (id) VALUES (1), (2)").atomic
    assert plan("DELETE FROM document RETURNING id").atomic


def test_returning_describes_its_columns() -> None:
    made = plan("INSERT INTO customer (name) VALUES ('a') RETURNING *, age + 1 AS next")
    assert [c.name for c in made.columns or ()] == ["id", "name", "age", "active", "created", "next"]


REFUSED = [
    ("INSERT INTO orders VALUES (1, 2)", "428C9", None),
    ("UPDATE orders SET id = 3", "428C9", None),
    ("INSERT INTO customer (name) VALUES (NULL)", "23502", None),
    ("INSERT INTO customer (nope) VALUES (1)", "42703", 23),
    ("INSERT INTO customer (age) VALUES (1, 2)", "42601", 39),
    ("INSERT INTO customer (age) VALUES (true)", "42804", 36),
    ("INSERT INTO customer (age) VALUES ('x')", "22P02", 36),
    ("INSERT INTO nope VALUES (1)", "42P01", 13),
    ("INSERT INTO adult (id) VALUES (1) RETURNING id", "0A000", 45),
    ("INSERT INTO customer (name) VALUES ('a') ON CONFLICT (age) DO NOTHING", "42P10", None),
    ("INSERT INTO customer (name) VALUES ('a') ON CONFLICT ON CONSTRAINT nope DO NOTHING", "42704", None),
    ("INSERT INTO customer (name) VALUES ('a') ON CONFLICT DO UPDATE SET age = 1", "42601", 42),
    (
        "INSERT INTO customer (name) VALUES ('a'), ('a') ON CONFLICT (name) DO UPDATE SET age = 1",
        "21000",
        None,
    ),
    ("UPDATE customer SET nope = 1", "42703", 21),
    ("UPDATE customer SET (age, id) = (SELECT 1, 2)", "0A000", 33),
]


@pytest.mark.parametrize(("text", "sqlstate", "position"), REFUSED)
def test_a_wrong_change_is_refused(text: str, sqlstate: str, position: int | None) -> None:
    with pytest.raises(PgError) as caught:
        plan(text)
    assert (caught.value.sqlstate, caught.value.position) == (sqlstate, position)


def test_ten_thousand_rows_of_constants_are_one_batch() -> None:
    rows = ", ".join(f"({n}, 'row {n}')" for n in range(10_000))
    (step,) = plan(f"INSERT INTO document (id, body) VALUES {rows}").steps
    assert step.sql == "INSERT INTO SQLUser.document (id, body) VALUES (?, ?)"
    assert len(step.batch) == 10_000
