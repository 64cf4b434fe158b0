"""A schema with a column of each type, for the tests of analysis and expressions; the same tables for PostgreSQL."""

from __future__ import annotations

from pgiris.sql import postgres, typing
from pgiris.sql.analysis import Analyzed
from pgiris.sql.schema import Schema, Table, TableColumn
from pgiris.types import oids


def numeric(precision: int, scale: int) -> int:
    return ((precision << 16) | scale) + 4


def table(name: str, oid: int, key: tuple[str, ...], *columns: tuple[str, int, int]) -> Table:
    made = tuple(
        TableColumn(column, type_oid, typmod, nullable=column not in key, collation="EXACT")
        for column, type_oid, typmod in columns
    )
    return Table("SQLUser", name, made, primary_key=key, oid=oid)


CUSTOMER = table(
    "customer",
    50_001,
    ("id",),
    ("id", oids.INT4, -1),
    ("name", oids.TEXT, -1),
    ("email", oids.VARCHAR, 104),
    ("city", oids.TEXT, -1),
    ("active", oids.BOOL, -1),
    ("created", oids.TIMESTAMPTZ, -1),
    ("score", oids.FLOAT8, -1),
)
PRODUCT = table(
    "product",
    50_002,
    ("id",),
    ("id", oids.INT4, -1),
    ("name", oids.TEXT, -1),
    ("price", oids.NUMERIC, numeric(10, 2)),
    ("stock", oids.INT2, -1),
    ("tags", oids.JSONB, -1),
    ("weight", oids.FLOAT4, -1),
)
ORDERS = table(
    "orders",
    50_003,
    ("id",),
    ("id", oids.INT8, -1),
    ("customer_id", oids.INT4, -1),
    ("placed", oids.TIMESTAMP, -1),
    ("status", oids.VARCHAR, 24),
    ("total", oids.NUMERIC, numeric(12, 2)),
    ("day", oids.DATE, -1),
    ("at", oids.TIME, -1),
)
ITEM = table(
    "item",
    50_004,
    ("order_id", "product_id"),
    ("order_id", oids.INT8, -1),
    ("product_id", oids.INT4, -1),
    ("quantity", oids.INT4, -1),
    ("price", oids.NUMERIC, -1),
)
DOC = table(
    "doc",
    50_005,
    ("id",),
    ("id", oids.INT4, -1),
    ("title", oids.TEXT, -1),
    ("body", oids.TEXT, -1),
    ("u", oids.UUID, -1),
    ("raw", oids.BYTEA, -1),
    ("j", oids.JSON, -1),
    ("code", oids.BPCHAR, 9),
)
OLD = Table(
    "SQLUser",
    "old",
    (
        TableColumn("id", oids.INT4, nullable=False, collation="EXACT"),
        TableColumn("name", oids.VARCHAR, 34, collation="SQLUPPER"),
        TableColumn("emb", oids.VECTOR, 3, collation="EXACT"),
    ),
    primary_key=("id",),
    oid=50_006,
)
"""A table that pgiris did not make: its text compares without case in IRIS."""

TABLES = (CUSTOMER, PRODUCT, ORDERS, ITEM, DOC, OLD)
SCHEMA = Schema({("sqluser", made.name): made for made in TABLES})

DDL = """
create table customer(id int primary key, name text, email varchar(100), city text, active bool, created timestamptz,
    score float8);
create table product(id int primary key, name text, price numeric(10,2), stock smallint, tags jsonb, weight real);
create table orders(id bigint primary key, customer_id int, placed timestamp, status varchar(20), total numeric(12,2),
    day date, at time);
create table item(order_id bigint, product_id int, quantity int, price numeric, primary key(order_id, product_id));
create table doc(id int primary key, title text, body text, u uuid, raw bytea, j json, code char(5));
"""


def analyze(text: str, parameter_oids: tuple[int, ...] = ()) -> Analyzed:
    return typing.analyze(postgres.parse_statements(text)[0], SCHEMA, ("public",), parameter_oids)
