from __future__ import annotations

import json
import math
from collections import defaultdict
from decimal import Decimal
from operator import mul

from pgiris.demo.documents import DIMENSIONS, documents, embed, fnv1a
from pgiris.demo.flowers import flowers
from pgiris.demo.shop import CUSTOMERS, PRODUCTS, customers, order_items, orders, products
from pgiris.demo.tables import TABLES, literal


def test_the_flowers_have_the_means_that_fisher_gives() -> None:
    # Table II of the article: the means of the four measures of each species.
    means = {
        "setosa": ("5.006", "3.428", "1.462", "0.246"),
        "versicolor": ("5.936", "2.770", "4.260", "1.326"),
        "virginica": ("6.588", "2.974", "5.552", "2.026"),
    }
    by_species = defaultdict(list)
    for flower in flowers():
        by_species[flower.species].append(flower[1:5])
    assert {species: len(rows) for species, rows in by_species.items()} == dict.fromkeys(means, 50)
    for species, rows in by_species.items():
        assert tuple(sum(column) / 50 for column in zip(*rows)) == tuple(map(Decimal, means[species]))


def test_the_35th_and_38th_flower_are_those_of_the_article() -> None:
    # A widespread copy of the data has errors in these two.
    numbered = {flower.id: flower for flower in flowers()}
    assert numbered[35].measures == "[4.9,3.1,1.5,0.2]"
    assert numbered[38].measures == "[4.9,3.6,1.4,0.1]"
    assert list(numbered) == list(range(1, 151))


def test_the_shop_is_of_the_promised_size_and_its_keys_hold() -> None:
    numbers = [order.id for order in orders()]
    items = list(order_items())
    assert [row.id for row in customers()] == list(range(1, CUSTOMERS + 1))
    assert [row.id for row in products()] == list(range(1, PRODUCTS + 1))
    assert numbers == list(range(1, 10_001))
    assert len(items) == len({(item.order_id, item.line) for item in items}) == 30_000
    assert {item.order_id for item in items} == set(numbers)
    assert all(1 <= item.product_id <= PRODUCTS for item in items)
    assert all(1 <= order.customer_id <= CUSTOMERS for order in orders())
    assert len({customer.email for customer in customers()}) == CUSTOMERS


def test_an_order_costs_what_its_items_cost() -> None:
    totals: defaultdict[int, Decimal] = defaultdict(Decimal)
    for item in order_items():
        totals[item.order_id] += item.quantity * item.price
    assert all(order.total == totals[order.id] for order in orders())


def test_the_shop_has_nulls_and_every_kind_of_value() -> None:
    assert any(customer.born is None for customer in customers())
    assert any(product.weight is None for product in products())
    assert {order.note is None for order in orders()} == {True, False}
    assert {customer.active for customer in customers()} == {True, False}
    assert {"open", "delivered", "returned", "cancelled"} <= {order.status for order in orders()}


def test_the_data_are_always_the_same() -> None:
    for table in TABLES:
        assert list(table.rows()) == list(table.rows())
        assert all(len(row) == table.width for row in table.rows())
    # Would change with Python's hash seed, its random module, or a careless edit.
    assert next(iter(documents())).title == "A bright observatory"


def test_an_embedding_is_computed_as_stated() -> None:
    assert fnv1a(b"") == 0xCBF29CE484222325
    assert fnv1a(b"foobar") == 0x85944171F73967E8
    assert embed("") == [0.0] * DIMENSIONS
    assert embed("a an the") == [0.0] * DIMENSIONS
    hashed = fnv1a(b"knight")
    only = embed("The KNIGHT!")
    assert only[hashed % DIMENSIONS] == (-1.0 if hashed >> 63 else 1.0)
    assert sum(map(abs, only)) == 1.0
    assert embed("knight bishop") == embed("Bishop, knight.")
    assert math.isclose(math.hypot(*embed("knight bishop knight orbit")), 1.0, rel_tol=1e-5)


def test_documents_are_nearest_to_documents_of_their_topic() -> None:
    chosen = list(documents())
    vectors = [json.loads(document.embedding) for document in chosen]
    assert all(len(vector) == DIMENSIONS for vector in vectors)
    same: list[bool] = []
    for at in range(0, len(chosen), 100):
        products = [sum(map(mul, vectors[at], vector)) for vector in vectors]
        nearest = sorted(range(len(chosen)), key=products.__getitem__, reverse=True)[1:6]
        same += [chosen[other].topic == chosen[at].topic for other in nearest]
    assert sum(same) >= 0.9 * len(same)


def test_values_are_written_as_postgresql_reads_them() -> None:
    customer = next(iter(customers()))
    assert literal(customer.active) in ("t", "f")
    assert literal(None) is None
    assert literal(customer.joined) == customer.joined.isoformat()
    assert literal(Decimal("1.50")) == "1.50"
