"""Definitions: the IRIS statements they become, what is written down beside, and what is refused."""

from __future__ import annotations

import pytest

from pgiris.errors import PgError
from pgiris.sql import metadata
from pgiris.sql.plan import Transaction
from pgiris.sql.schema import Schema

from .statement_cases import plan, steps

TYPES = [
    ("boolean", "BIT"),
    ("smallint", "SMALLINT"),
    ("int", "INTEGER"),
    ("int8", "BIGINT"),
    ("real", "DOUBLE"),
    ("double precision", "DOUBLE"),
    ("float(30)", "DOUBLE"),
    ("numeric(10,2)", "NUMERIC(10, 2)"),
    ("decimal(5)", "NUMERIC(5, 0)"),
    ("numeric", "NUMERIC(36, 18)"),
    ("text", "VARCHAR(65535) COLLATE EXACT"),
    ("varchar", "VARCHAR(65535) COLLATE EXACT"),
    ("character varying(12)", "VARCHAR(12) COLLATE EXACT"),
    ("char(3)", "VARCHAR(3) COLLATE EXACT"),
    ("char", "VARCHAR(1) COLLATE EXACT"),
    ("uuid", "VARCHAR(36) COLLATE EXACT"),
    ("json", "VARCHAR(3641144) COLLATE EXACT"),
    ("jsonb", "VARCHAR(3641144) COLLATE EXACT"),
    ("bytea", "VARBINARY(3641144)"),
    ("date", "DATE"),
    ("time(3)", "TIME(6)"),
    ("time without time zone", "TIME(6)"),
    ("timestamp", "TIMESTAMP"),
    ("timestamp(3) with time zone", "TIMESTAMP"),
    ("timestamptz", "TIMESTAMP"),
    ("vector(3)", "VECTOR(FLOAT, 3)"),
]


@pytest.mark.parametrize(("written", "made"), TYPES)
def test_a_column_gets_the_iris_type_that_holds_its_type(written: str, made: str) -> None:
    assert steps(f"CREATE TABLE n (a {written})")[0] == f"CREATE TABLE SQLUser.n (a {made})"


def test_what_iris_cannot_hold_is_written_down_in_the_same_plan() -> None:
    made = plan("CREATE TABLE n (a timestamp(3) with time zone DEFAULT now(), b varchar(5), c bigserial)")
    assert (made.transaction, made.atomic, made.changes_schema) == (Transaction.DDL, True, True)
    rows = [[bind.value for bind in row] for row in made.steps[-1].batch]  # type: ignore[union-attr]
    assert rows == [
        ["SQLUser", "n", "a", "timestamptz", 3, "now()", None],
        ["SQLUser", "n", "b", "varchar", 9, None, None],
        ["SQLUser", "n", "c", "int8", -1, None, "s"],
    ]


def test_the_packages_tables_are_created_when_they_are_missing() -> None:
    assert plan("CREATE TABLE n (a int)", schema=Schema()).steps[0].sql == metadata.CREATE_COLUMN_TYPE


STATEMENTS = [
    (
        "CREATE TABLE s.n (id serial PRIMARY KEY, a text NOT NULL DEFAULT 'it''s', b int UNIQUE DEFAULT 5)",
        "CREATE TABLE s.n (id BIGINT IDENTITY NOT NULL, a VARCHAR(65535) NOT NULL DEFAULT 'it''s' COLLATE EXACT, "
        "b INTEGER DEFAULT 5, CONSTRAINT n_pkey PRIMARY KEY (id), CONSTRAINT n_b_key UNIQUE (b)) "
        "WITH %CLASSPARAMETER ALLOWIDENTITYINSERT = 1",
    ),
    (
        "CREATE TABLE n (a bigint GENERATED ALWAYS AS IDENTITY, b serial)",
        "CREATE TABLE SQLUser.n (a BIGINT IDENTITY NOT NULL, b SERIAL NOT NULL) "
        "WITH %CLASSPARAMETER ALLOWIDENTITYINSERT = 1",
    ),
    (
        "CREATE TABLE n (a int REFERENCES customer ON DELETE CASCADE ON UPDATE RESTRICT, "
        "b int REFERENCES orders (id) ON DELETE SET NULL)",
        "CREATE TABLE SQLUser.n (a INTEGER, b INTEGER, "
        "CONSTRAINT n_a_fkey FOREIGN KEY (a) REFERENCES SQLUser.customer (id) ON DELETE CASCADE, "
        "CONSTRAINT n_b_fkey FOREIGN KEY (b) REFERENCES SQLUser.orders (id) ON DELETE SET NULL)",
    ),
    (
        "CREATE TABLE n (a int, b int, PRIMARY KEY (a, b), parent int, "
        "CONSTRAINT up FOREIGN KEY (parent, b) REFERENCES n)",
        "CREATE TABLE SQLUser.n (a INTEGER NOT NULL, b INTEGER NOT NULL, parent INTEGER, "
        "CONSTRAINT n_pkey PRIMARY KEY (a, b), CONSTRAINT up FOREIGN KEY (parent, b) REFERENCES SQLUser.n (a, b))",
    ),
    (
        'CREATE UNLOGGED TABLE "Order" ("Select" int NULL, "a b" int) WITH (fillfactor = 70)',
        'CREATE TABLE SQLUser."Order" ("Select" INTEGER, "a b" INTEGER)',
    ),
    ("DROP TABLE customer CASCADE", "DROP TABLE SQLUser.customer CASCADE"),
    ('DROP TABLE old_pkg."Person"', "DROP TABLE Old_Pkg.Person"),
    ("DROP VIEW IF EXISTS adult", "DROP VIEW SQLUser.adult"),
    ("CREATE SCHEMA x", "CREATE SCHEMA x"),
    ("CREATE SCHEMA IF NOT EXISTS x", "CREATE SCHEMA IF NOT EXISTS x"),
    ("DROP SCHEMA x CASCADE", "DROP SCHEMA x CASCADE"),
    ("TRUNCATE customer", "DELETE FROM SQLUser.customer"),
    ("TRUNCATE TABLE ONLY customer RESTART IDENTITY", "TRUNCATE TABLE SQLUser.customer"),
    ("CREATE INDEX ON customer (age, name)", "CREATE INDEX customer_age_name_idx ON SQLUser.customer (age, name)"),
    ("CREATE INDEX ON customer (age)", "CREATE INDEX customer_age_idx1 ON SQLUser.customer (age)"),
    (
        "CREATE UNIQUE INDEX CONCURRENTLY i ON customer USING btree (age DESC NULLS LAST) INCLUDE (name)",
        "CREATE UNIQUE INDEX i ON SQLUser.customer (age) WITH DATA (name)",
    ),
    (
        "CREATE INDEX IF NOT EXISTS i ON customer (age)",
        "CREATE INDEX i ON SQLUser.customer (age) | ignore [-324]",
    ),
    (
        "CREATE INDEX ON document USING hnsw (embedding vector_cosine_ops) WITH (m = 24, ef_construction = 100)",
        "CREATE INDEX document_embedding_idx ON SQLUser.document (embedding) "
        "AS HNSW(Distance = 'Cosine', M = 24, efConstruction = 100)",
    ),
    (
        "CREATE INDEX i ON document USING hnsw (embedding vector_ip_ops)",
        "CREATE INDEX i ON SQLUser.document (embedding) AS HNSW(Distance = 'DotProduct')",
    ),
    ("DROP INDEX customer_age_idx", "DROP INDEX customer_age_idx ON SQLUser.customer"),
    ("ALTER TABLE customer ADD COLUMN x int", "ALTER TABLE SQLUser.customer ADD COLUMN x INTEGER"),
    ("ALTER TABLE customer DROP age CASCADE", "ALTER TABLE SQLUser.customer DROP COLUMN age CASCADE"),
    ("ALTER TABLE customer RENAME age TO years", "ALTER TABLE SQLUser.customer ALTER COLUMN age RENAME years"),
    ("ALTER TABLE customer RENAME TO client", "ALTER TABLE SQLUser.customer RENAME client"),
    ("ALTER TABLE customer ALTER age SET NOT NULL", "ALTER TABLE SQLUser.customer ALTER COLUMN age NOT NULL"),
    ("ALTER TABLE customer ALTER name DROP NOT NULL", "ALTER TABLE SQLUser.customer ALTER COLUMN name NULL"),
    ("ALTER TABLE customer ALTER age SET DEFAULT 3", "ALTER TABLE SQLUser.customer ALTER COLUMN age SET DEFAULT 3"),
    ("ALTER TABLE customer ALTER age TYPE bigint", "ALTER TABLE SQLUser.customer ALTER COLUMN age BIGINT"),
    (
        "ALTER TABLE customer ADD UNIQUE (age)",
        "ALTER TABLE SQLUser.customer ADD CONSTRAINT customer_age_key UNIQUE (age)",
    ),
    (
        "ALTER TABLE customer DROP CONSTRAINT customer_name_key",
        "ALTER TABLE SQLUser.customer DROP CONSTRAINT customer_name_key",
    ),
]


@pytest.mark.parametrize(("written", "made"), STATEMENTS)
def test_a_definition_becomes_iris_sql(written: str, made: str) -> None:
    assert steps(written)[0] == made


def test_several_changes_of_a_table_become_several_statements() -> None:
    made = steps("ALTER TABLE customer ADD x text DEFAULT 'a', DROP COLUMN IF EXISTS nope, RENAME age TO y")
    assert made[0] == "ALTER TABLE SQLUser.customer ADD COLUMN x VARCHAR(65535) DEFAULT 'a' COLLATE EXACT"
    assert made[1] == "UPDATE SQLUser.customer SET x = 'a' WHERE x IS NULL"
    assert "ALTER TABLE SQLUser.customer ALTER COLUMN age RENAME y" in made


def test_several_tables_are_dropped_one_by_one_and_forgotten() -> None:
    made = plan("DROP TABLE IF EXISTS nope, customer, orders")
    assert [step.sql for step in made.steps[::2]] == ["DROP TABLE SQLUser.customer", "DROP TABLE SQLUser.orders"]
    assert all(step.sql.startswith("DELETE FROM PgIris.") for step in made.steps[1::2])
    assert made.notices == (("NOTICE", "00000", 'table "nope" does not exist, skipping'),)


def test_a_table_that_exists_is_skipped_with_a_notice_when_asked() -> None:
    made = plan("CREATE TABLE IF NOT EXISTS customer (a int)")
    assert not made.steps
    assert made.notices == (("NOTICE", "42P07", 'relation "customer" already exists, skipping'),)


REFUSED = [
    ("CREATE TABLE customer (a int)", "42P07", 'relation "customer" already exists', None),
    ("CREATE TABLE n (a int, a text)", "42701", 'column "a" specified more than once', None),
    ("CREATE TABLE n (a foo)", "42704", 'type "foo" does not exist', 19),
    ("CREATE TABLE n (a int[])", "0A000", "a column of type int4[] is not supported", 19),
    ("CREATE TABLE n (a interval)", "0A000", "a column of type interval is not supported", 19),
    ("CREATE TABLE n (a numeric(30,20))", "0A000", "a column of type numeric(30,20) is not supported", 17),
    ("CREATE TABLE n (a varchar(0))", "22023", "length for type varchar must be at least 1", 19),
    ("CREATE TABLE n (a int CHECK (a > 1))", "0A000", "CHECK is not supported", 23),
    ("CREATE TABLE n (a int, CHECK (a > 1))", "0A000", "CHECK is not supported", 24),
    ("CREATE TABLE n (LIKE customer)", "0A000", "LIKE is not supported", 17),
    ("CREATE TABLE n (a int,)", "42601", 'syntax error at or near ")"', 23),
    ("CREATE TABLE n (a int) INHERITS (b)", "0A000", "CREATE TABLE … INHERITS is not supported", 24),
    ("CREATE TABLE n (a int PRIMARY KEY, b int PRIMARY KEY)", "42P16", None, 42),
    ("CREATE TABLE n (a int, PRIMARY KEY (b))", "42703", 'column "b" named in key does not exist', 24),
    ("CREATE TABLE n (a int REFERENCES nope)", "42P01", 'relation "nope" does not exist', None),
    ("CREATE TABLE n (a int REFERENCES customer DEFERRABLE)", "0A000", "DEFERRABLE is not supported", 43),
    ('CREATE TABLE n (a text COLLATE "de_DE")', "0A000", 'collation "de_DE" is not supported', 24),
    ('CREATE TABLE n ("a.b" int)', "0A000", None, None),
    ('CREATE TABLE n ("A" int, a int)', "0A000", None, None),
    ("CREATE TABLE a.b.c (a int)", "0A000", 'cross-database references are not implemented: "a.b.c"', 14),
    ("DROP TABLE nope", "42P01", 'table "nope" does not exist', None),
    ("DROP TABLE adult", "42809", '"adult" is not a table', None),
    ("DROP VIEW customer", "42809", '"customer" is not a view', None),
    ("DROP INDEX nope", "42704", 'index "nope" does not exist', None),
    ("CREATE INDEX customer_age_idx ON customer (age)", "42P07", 'relation "customer_age_idx" already exists', None),
    ("CREATE INDEX ON customer (lower(name))", "0A000", "an index on an expression is not supported", 27),
    ("CREATE INDEX ON customer (age) WHERE age > 3", "0A000", "a partial index is not supported", 32),
    ("CREATE INDEX ON customer (nope)", "42703", 'column "nope" does not exist', None),
    ("CREATE INDEX ON customer USING gin (name)", "0A000", 'index method "gin" is not supported', 32),
    ("CREATE INDEX ON document USING hnsw (embedding)", "0A000", None, 38),
    ("CREATE INDEX ON document USING hnsw (embedding vector_cosine_ops) WITH (m = 1)", "22023", None, None),
    ("ALTER TABLE customer ALTER age TYPE text", "0A000", None, 28),
    ("ALTER TABLE customer DROP nope", "42703", 'column "nope" of relation "customer" does not exist', None),
    ("ALTER TABLE customer OWNER TO me", "0A000", "ALTER TABLE … OWNER is not supported", 22),
    ("ALTER TABLE customer ALTER id DROP NOT NULL", "42P16", 'column "id" is in a primary key', None),
    ("ALTER TABLE customer ADD CONSTRAINT customer_pkey UNIQUE (age)", "42P07", None, None),
    ("ALTER TABLE customer ADD PRIMARY KEY (age)", "42P16", None, None),
    ("ALTER TABLE customer ADD UNIQUE (nope)", "42703", 'column "nope" named in key does not exist', 26),
    ("TRUNCATE adult", "42809", '"adult" is not a table', None),
    ("CREATE VIEW customer AS SELECT 1", "42P07", 'relation "customer" already exists', None),
    ("CREATE VIEW n AS SELECT id, id FROM customer", "42701", 'column "id" specified more than once', None),
]


@pytest.mark.parametrize(("text", "sqlstate", "message", "position"), REFUSED)
def test_what_cannot_be_defined_is_refused(text: str, sqlstate: str, message: str | None, position: int | None) -> None:
    with pytest.raises(PgError) as caught:
        plan(text)
    assert caught.value.sqlstate == sqlstate
    assert message is None or caught.value.message == message
    assert caught.value.position == position
