"""SQL's spellings of types; typmods are in tests/encodings."""

from __future__ import annotations

import pytest

from pgiris.errors import PgError
from pgiris.types import oids
from pgiris.types.names import decode_typmod, format_type, type_by_sql_name

SPELLINGS = [
    ("integer", (), oids.INT4, -1, "integer"),
    ("INT", (), oids.INT4, -1, "integer"),
    ("int4", (), oids.INT4, -1, "integer"),
    ("bigint", (), oids.INT8, -1, "bigint"),
    ("double  precision", (), oids.FLOAT8, -1, "double precision"),
    ("real", (), oids.FLOAT4, -1, "real"),
    ("boolean", (), oids.BOOL, -1, "boolean"),
    ("decimal", (9, 2), oids.NUMERIC, 589_830, "numeric(9,2)"),
    ("dec", (5,), oids.NUMERIC, 327_684, "numeric(5,0)"),
    ("numeric", (3, -2), oids.NUMERIC, 198_658, "numeric(3,-2)"),
    ("character varying", (10,), oids.VARCHAR, 14, "character varying(10)"),
    ("varchar", (), oids.VARCHAR, -1, "character varying"),
    ("char", (), oids.BPCHAR, 5, "character(1)"),
    ("character", (3,), oids.BPCHAR, 7, "character(3)"),
    ("bpchar", (), oids.BPCHAR, -1, "character"),
    ('"char"', (), oids.CHAR, -1, '"char"'),
    ("timestamp with time zone", (3,), oids.TIMESTAMPTZ, 3, "timestamp(3) with time zone"),
    ("timestamp", (9,), oids.TIMESTAMP, 6, "timestamp(6) without time zone"),
    ("time without time zone", (0,), oids.TIME, 0, "time(0) without time zone"),
    ("timetz", (), oids.TIMETZ, -1, "time with time zone"),
    ("interval", (2,), oids.INTERVAL, 0x7FFF0002, "interval(2)"),
    ("interval day to second", (3,), oids.INTERVAL, 0x1C080003, "interval day to second(3)"),
    ("interval year", (), oids.INTERVAL, 0x4FFFF, "interval year"),
    ("integer[]", (), 1007, -1, "integer[]"),
    ("varchar[]", (5,), 1015, 9, "character varying(5)[]"),
    ("vector", (3,), oids.VECTOR, 3, "vector(3)"),
    ("vector[]", (), oids.VECTOR_ARRAY, -1, "vector[]"),
    ("bit", (8,), 1560, 8, "bit(8)"),
]


@pytest.mark.parametrize(("name", "arguments", "oid", "typmod", "formatted"), SPELLINGS)
def test_a_name_means_a_type_and_prints_as_format_type_does(
    name: str, arguments: tuple[int, ...], oid: int, typmod: int, formatted: str
) -> None:
    assert type_by_sql_name(name, arguments) == (oid, typmod)
    assert format_type(oid, typmod) == formatted


REFUSED = [
    ("nonsense", (), "42704", 'type "nonsense" does not exist'),
    ("interval second to year", (), "42704", 'type "interval second to year" does not exist'),
    ("varchar", (0,), "22023", "length for type varchar must be at least 1"),
    ("char", (10_485_761,), "22023", "length for type char cannot exceed 10485760"),
    ("numeric", (1001,), "22023", "NUMERIC precision 1001 must be between 1 and 1000"),
    ("numeric", (5, 1001), "22023", "NUMERIC scale 1001 must be between -1000 and 1000"),
    ("timestamp", (-1,), "22023", "TIMESTAMP(-1) precision must not be negative"),
    ("vector", (16_001,), "22023", "dimensions for type vector cannot exceed 16000"),
    ("int4", (3,), "42601", 'type modifier is not allowed for type "integer"'),
]


@pytest.mark.parametrize(("name", "arguments", "state", "message"), REFUSED)
def test_bad_names_and_modifiers_are_refused(name: str, arguments: tuple[int, ...], state: str, message: str) -> None:
    with pytest.raises(PgError) as caught:
        type_by_sql_name(name, arguments)
    assert (caught.value.sqlstate, caught.value.message) == (state, message)


def test_format_type_of_nothing_and_of_the_unknown() -> None:
    assert format_type(0) == "-"
    assert format_type(999_999) == "???"
    assert format_type(oids.BPCHAR, 2) == "bpchar"


def test_typmods_decode_to_the_arguments_they_were_made_of() -> None:
    assert decode_typmod(oids.NUMERIC, 589_830) == (9, 2)
    assert decode_typmod(oids.INTERVAL, 0x7FFFFFFF) == ()
    assert decode_typmod(oids.VARCHAR, -1) == ()
