"""The catalogue says what PostgreSQL's pg_type says."""

from __future__ import annotations

import psycopg
import pytest
from tools import generate_types

from pgiris.types import oids
from pgiris.types.abbreviations import ABBREVIATIONS
from pgiris.types.catalogue import ARRAYS, BY_NAME, BY_OID, TYPES, array_oid, element_oid, type_info
from tests.postgres import PostgresServer

# Values of the digest of the protocol, section 14.1.
DIGEST = [
    ("bool", 16, 1000, 1),
    ("bytea", 17, 1001, -1),
    ("int8", 20, 1016, 8),
    ("text", 25, 1009, -1),
    ("json", 114, 199, -1),
    ("float4", 700, 1021, 4),
    ("bpchar", 1042, 1014, -1),
    ("timestamptz", 1184, 1185, 8),
    ("interval", 1186, 1187, 16),
    ("timetz", 1266, 1270, 12),
    ("numeric", 1700, 1231, -1),
    ("uuid", 2950, 2951, 16),
    ("jsonb", 3802, 3807, -1),
    ("xid8", 5069, 271, 8),
    ("cstring", 2275, 1263, -2),
]


@pytest.mark.parametrize(("name", "oid", "array", "length"), DIGEST)
def test_types_have_the_numbers_of_the_protocol_digest(name: str, oid: int, array: int, length: int) -> None:
    info = BY_NAME[name]
    assert (info.oid, info.array_oid, info.length) == (oid, array, length)
    assert BY_OID[array].name == f"_{name}"


def test_no_oid_and_no_name_occurs_twice() -> None:
    every = (*TYPES, *ARRAYS)
    assert len({info.oid for info in every}) == len(every)
    assert len({info.name for info in every}) == len(every)


def test_named_oids_are_those_of_the_catalogue() -> None:
    named = {name.lower(): value for name, value in vars(oids).items() if isinstance(value, int)}
    for name, oid in named.items():
        if name.endswith("_array"):
            assert BY_OID[oid].name == f"_{name.removesuffix('_array')}"
        else:
            assert BY_OID[oid].name == name


def test_arrays_and_elements_find_each_other() -> None:
    assert element_oid(1007) == oids.INT4
    assert array_oid(oids.INT4) == 1007
    assert element_oid(oids.NAME) == 0  # name has a typelem, but is no array
    assert element_oid(22) == 0  # int2vector is of category A, but has codecs of its own
    assert (array_oid(2278), element_oid(999_999), type_info(999_999)) == (0, 0, None)
    assert BY_OID[1020].delimiter == ";"


def test_abbreviations_are_lower_case_and_within_a_day() -> None:
    assert ABBREVIATIONS["est"] == -5 * 3600
    assert all(name == name.lower() for name in ABBREVIATIONS)
    assert all(abs(offset) < 86_400 for offset in ABBREVIATIONS.values() if isinstance(offset, int))


def test_the_generated_rows_are_those_of_the_installed_postgresql(postgres: PostgresServer) -> None:
    with psycopg.connect(postgres.dsn) as connection:
        lines = generate_types.type_lines(connection)
    text = (generate_types.ROOT / "src/pgiris/types/catalogue.py").read_text()
    assert "".join(lines) == text.split(generate_types.BEGIN)[1].split(generate_types.END)[0]


def test_arrays_have_the_attributes_of_the_installed_postgresql(postgres: PostgresServer) -> None:
    columns = "typname, typlen, typcategory::text, typdelim::text, typelem, typtype::text, format_type(oid, NULL)"
    sql = f"SELECT oid, {columns} FROM pg_type"
    with psycopg.connect(postgres.dsn) as connection:
        rows = {row[0]: row[1:] for row in connection.execute(sql)}
    for info in ARRAYS:
        if info.oid in rows:
            ours = (info.name, info.length, info.category, info.delimiter, info.element, info.kind, info.formatted)
            assert rows[info.oid] == ours
