"""The tables of the demo data: their definitions, in PostgreSQL's SQL, and their rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Final, NamedTuple

from pgiris.demo.documents import documents
from pgiris.demo.flowers import flowers
from pgiris.demo.shop import customers, order_items, orders, products


class DemoTable(NamedTuple):
    """A table: its name, the number of its columns, its definition, and what makes its rows."""

    name: str
    width: int
    definition: str
    rows: Callable[[], Iterable[Sequence[object]]]


TABLES: Final = (
    DemoTable(
        "flower",
        7,
        """
        CREATE TABLE flower (
            id integer PRIMARY KEY,
            sepal_length numeric(3,1) NOT NULL,
            sepal_width numeric(3,1) NOT NULL,
            petal_length numeric(3,1) NOT NULL,
            petal_width numeric(3,1) NOT NULL,
            species text NOT NULL,
            measures vector(4) NOT NULL
        )
        """,
        flowers,
    ),
    DemoTable(
        "customer",
        10,
        """
        CREATE TABLE customer (
            id integer PRIMARY KEY,
            name varchar(100) NOT NULL,
            email varchar(200) NOT NULL UNIQUE,
            city varchar(100) NOT NULL,
            country char(2) NOT NULL,
            born date,
            active boolean NOT NULL,
            discount double precision NOT NULL,
            preferences jsonb,
            joined timestamp with time zone NOT NULL
        )
        """,
        customers,
    ),
    DemoTable(
        "product",
        7,
        """
        CREATE TABLE product (
            id integer PRIMARY KEY,
            name varchar(100) NOT NULL,
            category varchar(50) NOT NULL,
            price numeric(10,2) NOT NULL,
            weight double precision,
            available boolean NOT NULL,
            introduced date NOT NULL
        )
        """,
        products,
    ),
    DemoTable(
        "orders",
        7,
        """
        CREATE TABLE orders (
            id integer PRIMARY KEY,
            customer_id integer NOT NULL REFERENCES customer (id),
            status varchar(20) NOT NULL,
            ordered timestamp with time zone NOT NULL,
            shipped date,
            total numeric(12,2) NOT NULL,
            note text
        )
        """,
        orders,
    ),
    DemoTable(
        "order_item",
        5,
        """
        CREATE TABLE order_item (
            order_id integer NOT NULL REFERENCES orders (id),
            line smallint NOT NULL,
            product_id integer NOT NULL REFERENCES product (id),
            quantity integer NOT NULL,
            price numeric(10,2) NOT NULL,
            PRIMARY KEY (order_id, line)
        )
        """,
        order_items,
    ),
    DemoTable(
        "document",
        5,
        """
        CREATE TABLE document (
            id integer PRIMARY KEY,
            topic varchar(50) NOT NULL,
            title varchar(200) NOT NULL,
            body text NOT NULL,
            embedding vector(64) NOT NULL
        )
        """,
        documents,
    ),
)
"""In an order in which every foreign key finds what it references."""


def literal(value: object) -> str | None:
    """A value as PostgreSQL reads it in the text format; None is NULL."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, date):  # a datetime is one, too
        return value.isoformat()
    return str(value)
