"""The snapshot, from a dictionary that answers from a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from pgiris.catalog.metadata import READ_COLUMN_TYPE
from pgiris.catalog.snapshot import READ_COLUMNS, READ_INDEXES, READ_KEYS, READ_TABLES, SchemaCache, load
from pgiris.sql import iris
from pgiris.sql.schema import ForeignKey
from pgiris.types import oids

Cells = tuple[object, ...]


@dataclass
class Rows:
    values: Sequence[Cells]
    last: bool = True


@dataclass
class Answer:
    block: Rows | None
    cursor: int = 7


@dataclass
class Dictionary:
    """Answers each query from a table, one row a block."""

    rows: Mapping[str, list[Cells]]
    asked: list[str] = field(default_factory=list)
    rest: list[Cells] = field(default_factory=list)

    async def execute(self, sql: str) -> Answer:
        self.asked.append(sql)
        rows = list(self.rows.get(sql, []))
        self.rest = rows[1:]
        return Answer(Rows(rows[:1], not self.rest))

    async def fetch(self, cursor: int) -> Rows:
        assert cursor == 7
        row = self.rest.pop(0)
        return Rows([row], not self.rest)


def column(
    table: str,
    name: str,
    position: int,
    kind: str,
    *,
    nullable: str = "YES",
    identity: str = "NO",
    auto: str = "NO",
    length: int | None = None,
    precision: int | None = None,
    scale: int | None = None,
    default: str | None = None,
) -> Cells:
    return ("SQLUser", table, name, position, default, nullable, identity, auto, kind, length, precision, scale)


ROWS: dict[str, list[Cells]] = {
    READ_TABLES: [
        ("SQLUser", "Flower", "BASE TABLE"),
        ("SQLUser", "v", "VIEW"),
        ("PgIris", "ColumnType", "BASE TABLE"),
    ],
    READ_COLUMNS: [
        column("Flower", "species", 4, "VARCHAR", length=20, default='"x"'),
        column("Flower", "id", 2, "bigint", nullable="NO", identity="YES", auto="YES"),
        column("Flower", "seen", 3, "timestamp"),
        column("Flower", "price", 5, "numeric", precision=10, scale=2),
        column("Flower", "note", 6, "varchar", length=30),
        column("Flower", "DateOfBirth", 7, "date"),
        column("v", "n", 1, "integer"),
        ("Gone", "t", "c", 1, None, "YES", "NO", "NO", "integer", None, None, None),
    ],
    READ_KEYS: [
        ("SQLUser", "Flower", "flower_key", "UNIQUE", "seen", 2, None, None, None),
        ("SQLUser", "Flower", "flower_key", "UNIQUE", "species", 1, None, None, None),
        ("SQLUser", "Flower", "flower_fk", "FOREIGN KEY", "species", 1, "SQLUser", "Kind", "name"),
    ],
    READ_INDEXES: [
        ("SQLUser", "Flower", "i", "species", 1),
        ("SQLUser", "Flower", "%%DDLBEIndex", "id", 1),
    ],
    READ_COLUMN_TYPE: [
        ("sqluser", "flower", "ID", "int4", -1, None, "s"),
        ("SQLUser", "Flower", "seen", "timestamptz", -1, "now()", None),
        ("SQLUser", "Flower", "species", "varchar", 44, "'x'", None),
        ("SQLUser", "Flower", "note", "int4", -1, None, None),
    ],
}


@pytest.mark.parametrize("sql", [READ_TABLES, READ_COLUMNS, READ_KEYS, READ_INDEXES, READ_COLUMN_TYPE])
def test_the_dictionary_is_asked_in_iris_sql(sql: str) -> None:
    assert iris.parse(sql) is not None


async def test_tables_have_their_columns_in_order_and_their_kinds() -> None:
    schema = await load(Dictionary(ROWS), 3)
    flower = schema.find("public", "FLOWER")
    assert flower is not None
    assert schema.version == 3
    assert [c.name for c in flower.columns] == ["id", "seen", "species", "price", "note", "dateofbirth"]
    assert (flower.schema, flower.name, flower.kind) == ("SQLUser", "Flower", "r")
    view = schema.find(None, "v")
    assert view is not None
    assert view.kind == "v"
    assert schema.find("gone", "t") is None


async def test_what_was_declared_wins_while_iris_agrees() -> None:
    flower = (await load(Dictionary(ROWS))).find("public", "flower")
    assert flower is not None
    identity, seen, species, price, note, _ = flower.columns
    assert (identity.type_oid, identity.identity, identity.nullable) == (oids.INT4, True, False)
    assert (seen.type_oid, seen.default, seen.pg_default, seen.iris_type) == (oids.TIMESTAMPTZ, "now()", True, 11)
    # varchar(40) was declared, and the column is VARCHAR(20) now: IRIS is right.
    assert (species.type_oid, species.typmod, species.collation) == (oids.VARCHAR, 24, "SQLUPPER")
    assert (species.default, species.pg_default) == ('"x"', False)
    assert (price.type_oid, price.typmod) == (oids.NUMERIC, (10 << 16 | 2) + 4)
    assert (note.type_oid, note.typmod) == (oids.VARCHAR, 34)


async def test_keys_and_indexes_come_in_their_own_order() -> None:
    flower = (await load(Dictionary(ROWS))).find("public", "flower")
    assert flower is not None
    assert flower.unique_keys == {"flower_key": ("species", "seen")}
    assert flower.primary_key == ("id",)
    assert flower.indexes == {"i": ("species",)}
    assert flower.constraints == ("flower_fk", "flower_key")
    assert flower.foreign_keys == {"flower_fk": ForeignKey(("species",), "SQLUser", "Kind", ("name",))}


async def test_without_the_packages_tables_iris_alone_is_asked() -> None:
    rows = {key: value for key, value in ROWS.items() if key != READ_TABLES}
    rows[READ_TABLES] = ROWS[READ_TABLES][:2]
    dictionary = Dictionary(rows)
    schema = await load(dictionary)
    assert READ_COLUMN_TYPE not in dictionary.asked
    flower = schema.find("public", "flower")
    assert flower is not None
    assert flower.columns[0].type_oid == oids.INT8


async def test_the_cache_keeps_its_snapshot_until_something_changed() -> None:
    cache = SchemaCache()
    assert cache.current() is None
    first = await cache.refresh(Dictionary(ROWS))
    assert await cache.refresh(Dictionary(ROWS)) is first
    changed = {**ROWS, READ_TABLES: ROWS[READ_TABLES][:1]}
    second = await cache.refresh(Dictionary(changed))
    assert cache.current() is second
    assert second.version == first.version + 1
