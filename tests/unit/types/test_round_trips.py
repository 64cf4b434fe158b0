"""What a codec prints, it reads back; and no input makes it raise anything but a PgError."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pgiris.errors import PgError
from pgiris.types import oids
from pgiris.types.catalogue import BY_OID, array_oid
from pgiris.types.context import DEFAULT_CONTEXT, CodecContext, codec_context
from pgiris.types.registry import BINARY_FORMAT, CODECS, TEXT_FORMAT, decode, encode
from tests.unit.types.strategies import VALUES, array_sizes, contexts

READ_BY_EVERYONE = [oid for oid in VALUES if oid not in (oids.TIMESTAMPTZ, oids.INTERVAL)]
ARRAYS = [oid for oid in VALUES if array_oid(oid)]
DECODED = sorted({codec.oid for codec in CODECS} | {array_oid(codec.oid) for codec in CODECS} - {0})


def name(oid: int) -> str:
    return BY_OID[oid].name


def returns(oid: int, code: int, value: object, context: CodecContext) -> None:
    data = encode(oid, code, value, context)
    assert decode(oid, code, data, context) == value
    assert encode(oid, code, decode(oid, code, data, context), context) == data


@pytest.mark.parametrize("oid", VALUES, ids=name)
@given(data=st.data(), context=contexts)
@settings(max_examples=60, deadline=None)
def test_values_survive_the_binary_format(oid: int, data: st.DataObject, context: CodecContext) -> None:
    returns(oid, BINARY_FORMAT, data.draw(VALUES[oid]), context)


@pytest.mark.parametrize("oid", READ_BY_EVERYONE, ids=name)
@given(data=st.data(), context=contexts)
@settings(max_examples=60, deadline=None)
def test_values_survive_the_text_format_under_any_settings(
    oid: int, data: st.DataObject, context: CodecContext
) -> None:
    returns(oid, TEXT_FORMAT, data.draw(VALUES[oid]), context)


@given(value=VALUES[oids.TIMESTAMPTZ], zone=st.sampled_from(("UTC", "+05:30", "America/New_York", "Europe/Paris")))
@settings(max_examples=200, deadline=None)
def test_timestamptz_survives_iso_text_in_any_zone(value: object, zone: str) -> None:
    returns(oids.TIMESTAMPTZ, TEXT_FORMAT, value, codec_context(time_zone_name=zone))


@given(value=VALUES[oids.INTERVAL], style=st.sampled_from(("postgres", "iso_8601")))
@settings(max_examples=200, deadline=None)
def test_intervals_survive_the_styles_that_are_exact(value: object, style: str) -> None:
    context = codec_context(interval_style=style)
    data = encode(oids.INTERVAL, TEXT_FORMAT, value, context)
    if b"." in data and style == "iso_8601":
        return  # seconds pass through a double there, in PostgreSQL too
    returns(oids.INTERVAL, TEXT_FORMAT, value, context)


@pytest.mark.parametrize("code", [TEXT_FORMAT, BINARY_FORMAT])
@pytest.mark.parametrize("oid", ARRAYS, ids=name)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_arrays_survive_both_formats(oid: int, code: int, data: st.DataObject) -> None:
    returns(array_oid(oid), code, data.draw(array_sizes(VALUES[oid])), DEFAULT_CONTEXT)


@pytest.mark.parametrize("oid", DECODED, ids=name)
@given(
    noise=st.one_of(
        st.binary(max_size=60), st.text(alphabet='0123456789+-.:/ eEtTnNaAfFpPdDjJ{}[]()",\\xXu', max_size=40)
    )
)
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_read_or_refused(oid: int, noise: bytes | str) -> None:
    data = noise.encode() if isinstance(noise, str) else noise
    for code in (TEXT_FORMAT, BINARY_FORMAT):
        try:
            value = decode(oid, code, data, DEFAULT_CONTEXT)
        except PgError as error:
            assert len(error.sqlstate) == 5
        else:
            assert isinstance(encode(oid, TEXT_FORMAT, value, DEFAULT_CONTEXT), bytes)
