"""Hypothesis strategies: values of every type in PostgreSQL's internal form."""

from __future__ import annotations

from array import array
from decimal import Decimal
from json import dumps

from hypothesis import strategies as st

from pgiris.types import oids
from pgiris.types.calendar import DAY, END_TIMESTAMP, FIRST_DAY, FIRST_TIMESTAMP, LAST_DAY
from pgiris.types.context import CodecContext, codec_context
from pgiris.types.floats import to_single
from pgiris.types.json import normalise
from pgiris.types.numeric import from_number
from pgiris.types.values import DATE_INFINITY, TIMESTAMP_INFINITY, Interval, TimeTz

text = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=30)
singles = st.floats(width=32, allow_nan=False).map(to_single)
finite_singles = st.floats(width=32, allow_nan=False, allow_infinity=False)
numerics = (
    st.decimals(allow_nan=False, allow_infinity=False).filter(lambda d: -300 < d.adjusted() < 300).map(from_number)
)
timestamps = st.one_of(
    st.integers(FIRST_TIMESTAMP, END_TIMESTAMP - 1),
    st.sampled_from((TIMESTAMP_INFINITY, -TIMESTAMP_INFINITY - 1)),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=10,
)

VALUES: dict[int, st.SearchStrategy[object]] = {
    oids.BOOL: st.booleans(),
    oids.INT2: st.integers(-(2**15), 2**15 - 1),
    oids.INT4: st.integers(-(2**31), 2**31 - 1),
    oids.INT8: st.integers(-(2**63), 2**63 - 1),
    oids.OID: st.integers(0, 2**32 - 1),
    oids.FLOAT4: singles,
    oids.FLOAT8: st.floats(allow_nan=False),
    oids.NUMERIC: st.one_of(numerics, st.sampled_from((Decimal("Infinity"), Decimal("-Infinity")))),
    oids.TEXT: text,
    oids.VARCHAR: text,
    oids.BPCHAR: text,
    oids.BYTEA: st.binary(max_size=60),
    oids.UUID: st.uuids().map(str),
    oids.DATE: st.one_of(st.integers(FIRST_DAY, LAST_DAY), st.sampled_from((DATE_INFINITY, -DATE_INFINITY - 1))),
    oids.TIME: st.integers(0, DAY),
    oids.TIMETZ: st.builds(TimeTz, st.integers(0, DAY), st.integers(-57_599, 57_599)),
    oids.TIMESTAMP: timestamps,
    oids.TIMESTAMPTZ: timestamps,
    oids.INTERVAL: st.builds(
        Interval,
        st.integers(-(2**31) + 1, 2**31 - 1),
        st.integers(-(2**31) + 1, 2**31 - 1),
        st.integers(-(2**63) + 1, 2**63 - 1),
    ),
    oids.JSONB: json_values.map(dumps).map(normalise),
    oids.VECTOR: st.lists(finite_singles, min_size=1, max_size=20).map(lambda items: array("f", items)),
}

contexts: st.SearchStrategy[CodecContext] = st.builds(
    codec_context,
    date_style=st.sampled_from(("ISO, MDY", "SQL, DMY", "Postgres, MDY", "Postgres, DMY", "German, DMY")),
    interval_style=st.sampled_from(("postgres", "postgres_verbose", "iso_8601", "sql_standard")),
    time_zone_name=st.sampled_from(("UTC", "Asia/Kolkata", "+05:30", "-03")),
    bytea_output=st.sampled_from(("hex", "escape")),
)


def array_sizes(element: st.SearchStrategy[object]) -> st.SearchStrategy[list[object]]:
    """Arrays of one and two dimensions with NULLs in them."""
    items = st.none() | element
    flat = st.lists(items, max_size=6)
    square = st.integers(1, 3).flatmap(
        lambda n: st.lists(st.lists(items, min_size=n, max_size=n), min_size=1, max_size=3)
    )
    return st.one_of(flat, square)
