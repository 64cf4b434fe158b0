"""Rows become DataRow messages; the fast ways through a column give the same bytes as the exact one."""

from __future__ import annotations

import struct
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pgiris.errors import LocalProtocolError, PgError
from pgiris.rows import IMPLEMENTATION, RowEncoder, select
from pgiris.rows._python import context_of
from pgiris.rows.columns import _exact
from pgiris.rows.format import ColumnFormat, OutputSettings, RowFormat
from pgiris.types import oids

TEXT, BINARY = 0, 1
Row = tuple[bytes | None, ...]


def parsed(data: bytes) -> list[Row]:
    """DataRow messages taken apart, as the manual lays them out."""
    rows: list[Row] = []
    while data:
        tag, length, count = struct.unpack_from("!ciH", data)
        assert tag == b"D"
        body, data = data[7 : length + 1], data[length + 1 :]
        cells: list[bytes | None] = []
        for _ in range(count):
            (size,) = struct.unpack_from("!i", body)
            cells.append(None if size == -1 else body[4 : 4 + size])
            body = body[4 + max(size, 0) :]
        assert not body
        rows.append(tuple(cells))
    return rows


def encoder(*columns: ColumnFormat, **options: object) -> RowEncoder:
    return RowEncoder(RowFormat(columns, OutputSettings(**options)))  # type: ignore[arg-type]


def test_rows_of_several_columns_are_one_message_each() -> None:
    columns = [
        ColumnFormat(oids.INT4),
        ColumnFormat(oids.TEXT),
        ColumnFormat(oids.NUMERIC, ((9 << 16) | 2) + 4),
        ColumnFormat(oids.TIMESTAMP),
        ColumnFormat(oids.FLOAT8),
        ColumnFormat(oids.BOOL),
        ColumnFormat(oids.INT4, format=BINARY),
        ColumnFormat(oids.VECTOR),
    ]
    rows = [
        (1, "hé", Decimal("1.5"), "2024-02-29 01:02:03.500000", 0.1, 1, 7, "1,.5"),
        (None,) * 8,
        (-7, "", Decimal("-.05"), "2024-02-29 01:02:03", 1e20, 0, -1, "2"),
    ]
    assert parsed(encoder(*columns).encode(rows)) == [
        (b"1", "hé".encode(), b"1.50", b"2024-02-29 01:02:03.5", b"0.1", b"t", b"\0\0\0\x07", b"[1,0.5]"),
        (None,) * 8,
        (b"-7", b"", b"-0.05", b"2024-02-29 01:02:03", b"1e+20", b"f", b"\xff\xff\xff\xff", b"[2]"),
    ]


def test_no_rows_and_no_columns_are_fine() -> None:
    assert encoder(ColumnFormat(oids.INT4)).encode([]) == b""
    assert parsed(encoder().encode([(), ()])) == [(), ()]


def test_long_cells_have_long_lengths() -> None:
    long = "x" * 100_000
    assert parsed(encoder(ColumnFormat(oids.TEXT)).encode([(long,), ("é" * 600,)])) == [
        (long.encode(),),
        (("é" * 600).encode(),),
    ]


moments = st.datetimes().map(lambda moment: moment.isoformat(" "))
odd_moments = st.sampled_from(
    ("2024-02-29", "2024-02-29 01:02:03.1", "2024-02-29 01:02:03.1234567", "0001-01-01 00:00:00.50")
)
numbers = st.decimals(allow_nan=False, allow_infinity=False).filter(lambda number: -40 < number.adjusted() < 40)
CELLS: dict[int, st.SearchStrategy[object]] = {
    oids.BOOL: st.sampled_from((0, 1, "0", "1", Decimal(1), True)),
    oids.INT2: st.integers(-(2**15), 2**15 - 1) | st.integers(-99, 99).map(str),
    oids.INT4: st.integers(-(2**31), 2**31 - 1) | st.integers(-99, 99).map(Decimal),
    oids.INT8: st.integers(-(2**63), 2**63 - 1) | st.integers(-99, 99).map(float),
    oids.FLOAT4: st.floats(width=32, allow_nan=False),
    oids.FLOAT8: st.floats() | st.integers(-(10**20), 10**20) | numbers,
    oids.NUMERIC: numbers
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from((Decimal("-0"), Decimal("NaN"))),
    oids.TEXT: st.text(st.characters(exclude_categories=("Cs",))) | st.integers() | numbers,
    oids.JSONB: st.sampled_from(("{}", '{"a": 1}', '"é"')),
    oids.BYTEA: st.binary(),
    oids.DATE: st.dates().map(str) | st.integers(0, 100_000) | st.just("2024-02-29 00:00:00"),
    oids.TIME: st.times().map(str) | st.integers(0, 86_399),
    oids.TIMESTAMP: moments | odd_moments,
    oids.TIMESTAMPTZ: moments | odd_moments,
    oids.UUID: st.uuids().map(lambda uuid: str(uuid).upper()),
    oids.VECTOR: st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=5).map(lambda items: ",".join(map(str, items))),
}
SETTINGS = st.builds(
    OutputSettings,
    date_style=st.sampled_from(("ISO, MDY", "German, DMY")),
    time_zone=st.sampled_from(("UTC", "Asia/Kolkata", "America/New_York", "+00")),
    extra_float_digits=st.sampled_from((1, 0)),
    client_encoding=st.sampled_from(("UTF8", "SQL_ASCII")),
)


@pytest.mark.parametrize("code", [TEXT, BINARY])
@pytest.mark.parametrize("oid", CELLS)
@given(data=st.data(), output=SETTINGS, typmod=st.sampled_from((-1, ((30 << 16) | 3) + 4)))
@settings(max_examples=40, deadline=None)
def test_the_fast_ways_give_what_the_exact_way_gives(
    oid: int, code: int, data: st.DataObject, output: OutputSettings, typmod: int
) -> None:
    column = ColumnFormat(oid, typmod if oid == oids.NUMERIC else -1, code)
    usual = data.draw(st.booleans())
    cells = data.draw(st.lists(CELLS[oid] if usual else st.none() | CELLS[oid], min_size=1, max_size=8))
    same = [cell for cell in cells if type(cell) is type(cells[0])]
    for column_cells in (cells, same):
        exact = _exact(column, context_of(output))(column_cells)
        rows = parsed(RowEncoder(RowFormat((column,), output)).encode([(cell,) for cell in column_cells]))
        assert [None if frame == b"\xff\xff\xff\xff" else frame[4:] for frame in exact] == [row[0] for row in rows]


ZONED = [
    ("UTC", "ISO, MDY", "2024-07-01 12:00:00", "2024-07-01 12:00:00+00"),
    ("America/New_York", "ISO, MDY", "2024-07-01 12:00:00", "2024-07-01 08:00:00-04"),
    ("America/New_York", "SQL, DMY", "2024-01-01 12:00:00", "01/01/2024 07:00:00 EST"),
    ("Asia/Kolkata", "Postgres, MDY", "2024-07-01 12:00:00.5", "Mon Jul 01 17:30:00.5 2024 IST"),
]


@pytest.mark.parametrize(("zone", "style", "cell", "text"), ZONED)
def test_timestamptz_is_stored_in_utc_and_printed_in_the_session_zone(
    zone: str, style: str, cell: str, text: str
) -> None:
    rows = encoder(ColumnFormat(oids.TIMESTAMPTZ), time_zone=zone, date_style=style)
    assert parsed(rows.encode([(cell,)])) == [(text.encode(),)]


def test_bytea_and_floats_follow_their_settings() -> None:
    columns = (ColumnFormat(oids.BYTEA), ColumnFormat(oids.FLOAT8))
    rows = encoder(*columns, bytea_output="escape", extra_float_digits=0)
    assert parsed(rows.encode([(b"a\0\\", 0.1 + 0.2)])) == [(b"a\\000\\\\", b"0.3")]


def test_text_goes_out_in_the_clients_encoding_or_not_at_all() -> None:
    for code in (TEXT, BINARY):
        rows = encoder(ColumnFormat(oids.TEXT, format=code), client_encoding="LATIN1")
        assert parsed(rows.encode([("hé",)])) == [(b"h\xe9",)]
        with pytest.raises(PgError) as caught:
            rows.encode([("hé",), ("€",)])
        assert caught.value.sqlstate == "22P05"


WRONG = [
    (oids.INT4, "secret", "XX000", "column 2 from IRIS is no integer"),
    (oids.DATE, "not a date", "XX000", "column 2 from IRIS is no date"),
    (oids.TIMESTAMP, "2024-02-29 01:02:0x", "XX000", "column 2 from IRIS is no timestamp without time zone"),
    (oids.INTERVAL, "secret", "XX000", "column 2 from IRIS is no interval"),
    (oids.INT4, 2**31, "22003", "integer out of range"),
    (oids.FLOAT8, "secret", "XX000", "column 2 from IRIS is no double precision"),
    (oids.TEXT, b"secret", "XX000", "column 2 from IRIS is no text"),
]


@pytest.mark.parametrize("code", [TEXT, BINARY])
@pytest.mark.parametrize(("oid", "cell", "state", "message"), WRONG)
def test_a_cell_of_another_type_is_told_by_column_and_type(
    code: int, oid: int, cell: object, state: str, message: str
) -> None:
    rows = encoder(ColumnFormat(oids.TEXT), ColumnFormat(oid, format=code))
    with pytest.raises(PgError) as caught:
        rows.encode([("fine", cell)])
    assert (caught.value.sqlstate, caught.value.message) == (state, message)
    assert caught.value.__cause__ is None


def test_a_row_of_another_width_is_an_error() -> None:
    with pytest.raises(PgError) as caught:
        encoder(ColumnFormat(oids.INT4)).encode([(1,), (1, 2)])
    assert caught.value.sqlstate == "XX000"


def test_a_type_without_binary_form_here_is_refused_in_binary() -> None:
    with pytest.raises(PgError) as caught:
        encoder(ColumnFormat(3614, format=BINARY)).encode([("'a'",)])
    assert caught.value.sqlstate in ("42883", "XX000")
    assert parsed(encoder(ColumnFormat(3614)).encode([("'a'",)])) == [(b"'a'",)]


def test_unknown_types_are_text_in_both_formats() -> None:
    for code in (TEXT, BINARY):
        assert parsed(encoder(ColumnFormat(999_999, format=code)).encode([("x",)])) == [(b"x",)]


def test_the_encoder_is_chosen_by_name_and_a_missing_one_fails_loudly() -> None:
    assert select("auto") is select("python") is RowEncoder
    assert IMPLEMENTATION == "python"
    with pytest.raises(LocalProtocolError):
        select("native")
