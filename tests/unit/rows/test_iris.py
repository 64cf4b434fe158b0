"""Values at the border to IRIS: what is written reads back, what IRIS lacks and what is no value is refused."""

from __future__ import annotations

from array import array
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pgiris.errors import PgError
from pgiris.rows.iris import DAY, FIRST_DAY, LAST_DAY, from_iris, to_iris
from pgiris.types import oids
from pgiris.types.catalogue import BY_OID, array_oid
from pgiris.types.context import DEFAULT_CONTEXT
from pgiris.types.registry import read_text, write_text
from pgiris.types.values import DATE_INFINITY, TIMESTAMP_INFINITY, BoundedArray, Interval, TimeTz
from tests.unit.types.strategies import VALUES, array_sizes

HELD = {
    **VALUES,
    oids.NUMERIC: VALUES[oids.NUMERIC].filter(lambda value: value.is_finite()),  # type: ignore[attr-defined]
    oids.BPCHAR: VALUES[oids.BPCHAR].map(lambda value: str(value).rstrip(" ")),
    oids.DATE: st.integers(FIRST_DAY, LAST_DAY),
    oids.TIME: st.integers(0, DAY - 1),
    oids.TIMESTAMP: st.integers(FIRST_DAY * DAY, (LAST_DAY + 1) * DAY - 1),
    oids.TIMESTAMPTZ: st.integers(FIRST_DAY * DAY, (LAST_DAY + 1) * DAY - 1),
}


@pytest.mark.parametrize("oid", HELD, ids=lambda oid: BY_OID[oid].name)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_what_is_written_to_iris_reads_back(oid: int, data: st.DataObject) -> None:
    value = data.draw(HELD[oid])
    assert from_iris(to_iris(value, oid), oid) == value


@pytest.mark.parametrize("oid", [oid for oid in HELD if array_oid(oid)], ids=lambda oid: BY_OID[oid].name)
@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_arrays_are_stored_as_json_text_and_read_back(oid: int, data: st.DataObject) -> None:
    value = data.draw(array_sizes(HELD[oid]))
    written = to_iris(value, array_oid(oid))
    assert isinstance(written, str)
    assert from_iris(written, array_oid(oid)) == value


WRITTEN = [
    (oids.BOOL, True, 1),
    (oids.INT4, 7, 7),
    (oids.NUMERIC, Decimal("1.50"), Decimal("1.50")),
    (oids.DATE, 0, "2000-01-01"),
    (oids.TIME, 3_661_000_000, "01:01:01"),
    (oids.TIMESTAMP, 1, "2000-01-01 00:00:00.000001"),
    (oids.TIMESTAMPTZ, -1, "1999-12-31 23:59:59.999999"),
    (oids.BYTEA, b"\0\xff", b"\0\xff"),
    (oids.BPCHAR, "a  ", "a"),
    (oids.VECTOR, array("f", [1.0, 0.5]), "1,0.5"),
    (oids.INTERVAL, Interval(1, 2, 3_000_000), "1 mon 2 days 00:00:03"),
    (oids.TIMETZ, TimeTz(0, -3600), "00:00:00+01"),
    (1009, [None, "a", 'q"\\'], '[null,"a","q\\"\\\\"]'),
    (1007, [[1, None], [3, 4]], "[[1,null],[3,4]]"),
    (1231, [Decimal("1.50")], "[1.50]"),
    (1000, [True, False, None], "[1,0,null]"),
    (1001, [b"\0\xff"], '["\\u0000\xff"]'),
    (1022, [float("inf"), 1.5], '["Infinity",1.5]'),
    (oids.TEXT, None, None),
]


@pytest.mark.parametrize(("oid", "value", "cell"), WRITTEN)
def test_values_have_the_odbc_form_that_iris_takes(oid: int, value: object, cell: object) -> None:
    written = to_iris(value, oid)
    assert written == cell
    assert type(written) is type(cell)


REFUSED = [
    (oids.DATE, DATE_INFINITY, "22008"),
    (oids.DATE, FIRST_DAY - 1, "22008"),
    (oids.TIMESTAMP, TIMESTAMP_INFINITY, "22008"),
    (oids.TIMESTAMPTZ, -TIMESTAMP_INFINITY - 1, "22008"),
    (oids.TIMESTAMP, (LAST_DAY + 1) * DAY, "22008"),
    (oids.TIME, DAY, "22008"),
    (oids.NUMERIC, Decimal("NaN"), "22003"),
    (oids.NUMERIC, Decimal("-Infinity"), "22003"),
    (oids.TEXT, "a\0b", "22021"),
    (oids.TEXT, "\ud800", "22021"),
    (1007, BoundedArray([1], (0,)), "0A000"),
    (1182, [DATE_INFINITY], "22008"),
]


@pytest.mark.parametrize(("oid", "value", "state"), REFUSED)
def test_what_iris_cannot_hold_is_refused_by_name(oid: int, value: object, state: str) -> None:
    with pytest.raises(PgError) as caught:
        to_iris(value, oid)
    assert caught.value.sqlstate == state


READ = [
    (oids.BOOL, -1, 1, "t"),
    (oids.BOOL, -1, "0", "f"),
    (oids.BOOL, -1, Decimal("1"), "t"),
    (oids.INT4, -1, "12", "12"),
    (oids.INT4, -1, Decimal("12.0"), "12"),
    (oids.INT8, -1, 3.0, "3"),
    (oids.FLOAT8, -1, Decimal("0.5"), "0.5"),
    (oids.FLOAT8, -1, "1E20", "1e+20"),
    (oids.FLOAT4, -1, 0.1, "0.1"),
    (oids.NUMERIC, ((9 << 16) | 2) + 4, Decimal("1.5"), "1.50"),
    (oids.NUMERIC, ((9 << 16) | 2) + 4, 3, "3.00"),
    (oids.NUMERIC, ((9 << 16) | 2) + 4, "1.005", "1.01"),
    (oids.NUMERIC, -1, Decimal("1E+3"), "1000"),
    (oids.NUMERIC, -1, 0.1, "0.1"),
    (oids.NUMERIC, -1, Decimal("-0"), "0"),
    (oids.TEXT, -1, 12, "12"),
    (oids.TEXT, -1, Decimal("1E+2"), "100"),
    (oids.TEXT, -1, 1e20, "1e+20"),
    (oids.TEXT, -1, "", ""),
    (oids.BPCHAR, 9, "a", "a    "),
    (oids.BYTEA, -1, "\0\xff", "\\x00ff"),
    (oids.DATE, -1, "2024-02-29", "2024-02-29"),
    (oids.DATE, -1, 58_075, "2000-01-02"),
    (oids.DATE, -1, "2024-02-29 00:00:00", "2024-02-29"),
    (oids.TIME, -1, "01:02:03.5", "01:02:03.5"),
    (oids.TIME, -1, 3723, "01:02:03"),
    (oids.TIME, -1, Decimal("3723.25"), "01:02:03.25"),
    (oids.TIMESTAMP, -1, "2024-02-29 01:02:03.1234567", "2024-02-29 01:02:03.123457"),
    (oids.TIMESTAMP, -1, "2024-02-29", "2024-02-29 00:00:00"),
    (oids.UUID, -1, "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    (oids.VECTOR, -1, ".5,-1,2E3", "[0.5,-1,2000]"),
    (oids.VECTOR, -1, "[1,2]", "[1,2]"),
    (1007, -1, "[1,null,3]", "{1,NULL,3}"),
    (1009, -1, '["a","NULL",null]', '{a,"NULL",NULL}'),
    (1231, -1, "[1.50]", "{1.50}"),
]


@pytest.mark.parametrize(("oid", "typmod", "cell", "text"), READ)
def test_cells_are_read_by_what_they_say(oid: int, typmod: int, cell: object, text: str) -> None:
    assert write_text(oid, from_iris(cell, oid, typmod), DEFAULT_CONTEXT) == text


UNREADABLE = [
    (oids.BOOL, 2),
    (oids.BOOL, "secret"),
    (oids.INT4, "secret"),
    (oids.INT4, Decimal("1.5")),
    (oids.INT4, b"12"),
    (oids.FLOAT8, "secret"),
    (oids.NUMERIC, "secret"),
    (oids.TEXT, b"secret"),
    (oids.BYTEA, 3),
    (oids.DATE, "secret"),
    (oids.DATE, "20240229"),
    (oids.DATE, "2024-02-30"),
    (oids.DATE, "2024-02-29 00:00:01"),
    (oids.TIME, "25:00:00"),
    (oids.TIME, "secret"),
    (oids.TIMESTAMP, "2024-02-29x00:00:00"),
    (oids.TIMESTAMP, "2024-02-29 00:00:secret"),
    (oids.UUID, "secret"),
    (oids.VECTOR, "1,secret"),
    (oids.VECTOR, "1,nan"),
    (oids.INTERVAL, "secret"),
    (1007, "secret"),
    (1007, "1"),
    (1007, '["secret"]'),
]


@pytest.mark.parametrize(("oid", "cell"), UNREADABLE)
def test_a_cell_that_is_no_value_of_its_type_is_an_error_without_the_cell(oid: int, cell: object) -> None:
    with pytest.raises(PgError) as caught:
        from_iris(cell, oid)
    assert caught.value.sqlstate == "XX000"
    assert "secret" not in f"{caught.value.message}{caught.value.detail}"
    assert caught.value.__cause__ is None


def test_a_number_beyond_its_type_is_an_overflow() -> None:
    for oid, cell, message in (
        (oids.INT4, 2**31, "integer out of range"),
        (oids.INT2, -(2**15) - 1, "smallint out of range"),
        (oids.INT8, Decimal(2**63), "bigint out of range"),
        (oids.INT8, Decimal("1E+999999999"), "bigint out of range"),
        (oids.NUMERIC, Decimal("1E+999999999"), "value overflows numeric format"),
        (oids.FLOAT4, 1e300, "value out of range: overflow"),
    ):
        with pytest.raises(PgError) as caught:
            from_iris(cell, oid)
        assert (caught.value.sqlstate, caught.value.message) == ("22003", message)


def test_null_is_null_of_every_type() -> None:
    assert all(from_iris(None, oid) is None for oid in VALUES)


def test_text_that_the_codec_reads_is_what_iris_gets() -> None:
    value = read_text(oids.INTERVAL, "1 day 02:03", DEFAULT_CONTEXT)
    assert to_iris(value, oids.INTERVAL) == "1 day 02:03:00"
