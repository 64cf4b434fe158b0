"""Nothing that a client can send makes a codec recurse, blow up or work for long."""

from __future__ import annotations

import time

import pytest

from pgiris.errors import PgError
from pgiris.types import oids
from pgiris.types.context import DEFAULT_CONTEXT
from pgiris.types.json_text import MAX_DEPTH
from pgiris.types.registry import decode, read_text, write_text


@pytest.mark.parametrize("oid", [oids.JSON, oids.JSONB])
def test_json_nests_as_deeply_as_postgresql_allows_and_no_deeper(oid: int) -> None:
    deep = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert read_text(oid, deep, DEFAULT_CONTEXT) == deep
    with pytest.raises(PgError) as caught:
        read_text(oid, f"[{deep}]", DEFAULT_CONTEXT)
    assert (caught.value.sqlstate, caught.value.message) == ("54001", "stack depth limit exceeded")


def test_objects_may_nest_deeply_too() -> None:
    deep = '{"a": ' * 5000 + "1" + "}" * 5000
    assert read_text(oids.JSONB, deep, DEFAULT_CONTEXT) == deep


def test_an_array_of_millions_that_are_not_there_costs_nothing() -> None:
    header = bytes.fromhex("00000001000000000000001707ffffff00000001")
    started = time.perf_counter()
    with pytest.raises(PgError) as caught:
        decode(1007, 1, header, DEFAULT_CONTEXT)
    assert caught.value.sqlstate == "08P01"
    assert time.perf_counter() - started < 0.5


def test_braces_without_end_are_refused_at_once() -> None:
    with pytest.raises(PgError) as caught:
        read_text(1007, "{" * 1_000_000, DEFAULT_CONTEXT)
    assert caught.value.sqlstate == "54000"


@pytest.mark.parametrize("length", [131_072])
def test_the_longest_numeric_reads_and_prints(length: int) -> None:
    value = read_text(oids.NUMERIC, "1e131071", DEFAULT_CONTEXT)
    assert len(write_text(oids.NUMERIC, value, DEFAULT_CONTEXT)) == length
    smallest = read_text(oids.NUMERIC, "1e-16383", DEFAULT_CONTEXT)
    assert len(write_text(oids.NUMERIC, smallest, DEFAULT_CONTEXT)) == 16_385


HOSTILE = [
    (oids.INT4, "9" * 1_000_000),
    (oids.INT8, "-" + "0" * 1_000_000 + "1x"),
    (oids.FLOAT8, "1" * 500_000 + "e" + "9" * 500_000),
    (oids.FLOAT8, "1e" + "9" * 1_000_000 + "x"),
    (oids.NUMERIC, "1e" + "9" * 1_000_000),
    (oids.NUMERIC, "9" * 1_000_000),
    (oids.UUID, "{" * 100_000),
    (oids.DATE, "1" * 1_000_000),
    (oids.DATE, "1-" * 500_000),
    (oids.TIMESTAMP, "a" * 1_000_000),
    (oids.TIMESTAMPTZ, "2020-01-01 00:00:00 " + "a/" * 100_000),
    (oids.INTERVAL, "1 " * 500_000),
    (oids.INTERVAL, "P" + "1Y" * 100_000 + "x"),
    (oids.BYTEA, "\\x" + "0" * 999_999),
    (oids.JSONB, '"' + "\\" * 999_999),
    (oids.JSONB, "1" * 1_000_000),
    (1009, "{" + "\\" * 500_001),
    (oids.VECTOR, "[" + "1," * 500_000),
]


@pytest.mark.parametrize(("oid", "text"), HOSTILE)
def test_long_rubbish_is_refused_in_time_and_not_repeated_whole(oid: int, text: str) -> None:
    started = time.perf_counter()
    with pytest.raises(PgError) as caught:
        read_text(oid, text, DEFAULT_CONTEXT)
    assert time.perf_counter() - started < 2
    assert len(caught.value.message) < 10_000
    assert len(caught.value.detail or "") < 10_000
