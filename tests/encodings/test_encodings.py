"""Every codec does with text and bytes what PostgreSQL 15 did when the tables were written."""

from __future__ import annotations

import pytest

from pgiris.errors import PgError
from pgiris.types.context import CodecContext, codec_context
from pgiris.types.names import format_type, type_by_sql_name
from pgiris.types.registry import (
    BINARY_FORMAT,
    TEXT_FORMAT,
    codec,
    decode,
    decode_parameter,
    encode,
    read_text,
    write_text,
)
from pgiris.types.typmods import apply_typmod
from tests.encodings.tables import Refused, TextRow, binary_rows, text_rows, type_names, typmod_rows


def context_for(settings: dict[str, str]) -> CodecContext:
    return codec_context(
        date_style=settings.get("DateStyle", "ISO, MDY"),
        interval_style=settings.get("IntervalStyle", "postgres"),
        time_zone_name=settings.get("TimeZone", "UTC"),
        bytea_output=settings.get("bytea_output", "hex"),
        extra_float_digits=int(settings.get("extra_float_digits", "1")),
    )


def oid_of(type_name: str) -> int:
    return type_by_sql_name(type_name)[0]


def told(error: PgError) -> Refused:
    return Refused(error.sqlstate, error.message, error.detail)


def outcome(row: TextRow) -> tuple[str, str] | Refused:
    """What we make of a literal: text and binary of the value, or the refusal."""
    context, oid = context_for(row.settings), oid_of(row.type_name)
    try:
        value = decode(oid, TEXT_FORMAT, row.literal.encode(), context)
    except PgError as error:
        return told(error)
    return encode(oid, TEXT_FORMAT, value, context).decode(), encode(oid, BINARY_FORMAT, value, context).hex()


@pytest.mark.parametrize("type_name", type_names("text"))
def test_literals_are_read_and_printed_as_postgresql_does(type_name: str) -> None:
    wrong = []
    for row in text_rows(type_name):
        expected = row.refused or (row.text, row.data.hex())
        got = outcome(row)
        if got != expected:
            wrong.append(f"{row.settings} {row.literal!r}: {got}, not {expected}")
    assert not wrong, f"{len(wrong)} differ\n" + "\n".join(wrong[:20])


@pytest.mark.parametrize("type_name", type_names("text"))
def test_binary_forms_read_back_as_the_text_says(type_name: str) -> None:
    oid = oid_of(type_name)
    wrong = []
    for row in text_rows(type_name):
        if row.refused is None:
            context = context_for(row.settings)
            value = decode(oid, BINARY_FORMAT, row.data, context)
            got = write_text(oid, value, context), encode(oid, BINARY_FORMAT, value, context)
            if got != (row.text, row.data):
                wrong.append(f"{row.settings} {row.data.hex()}: {got[0]} {got[1].hex()}, not {row.text}")
    assert not wrong, f"{len(wrong)} differ\n" + "\n".join(wrong[:20])


@pytest.mark.parametrize("type_name", type_names("binary"))
def test_binary_parameters_are_taken_or_refused_as_postgresql_does(type_name: str) -> None:
    oid, context = oid_of(type_name), context_for({})
    wrong = []
    for sample, expected in binary_rows(type_name):
        try:
            got: str | Refused = write_text(oid, decode_parameter(1, oid, BINARY_FORMAT, sample, context), context)
        except PgError as error:
            got = told(error)
        if got != expected:
            wrong.append(f"{sample.hex()}: {got}, not {expected}")
    assert not wrong, f"{len(wrong)} differ\n" + "\n".join(wrong)


def test_every_scalar_codec_has_a_table() -> None:
    covered = {oid_of(name) for name in type_names("text")}
    without = {"void", "unknown", "cstring", "refcursor", "vector", "halfvec", "sparsevec", "xid", "cid"}
    for name in ("bool", "int4", "numeric", "interval", "jsonb", "timetz", "name", "oidvector", "int2vector"):
        assert codec(oid_of(name)).oid in covered
    assert not covered & {oid_of(name) for name in without}


def test_typmods_act_on_casts_and_assignments_as_in_postgresql() -> None:
    wrong = []
    context = context_for({})
    for row in typmod_rows():
        try:
            value = read_text(row.oid, row.literal, context)
            got: str | Refused = write_text(
                row.oid, apply_typmod(row.oid, value, row.typmod, explicit=row.how == "cast"), context
            )
        except PgError as error:
            got = told(error)
        if got != row.answer:
            wrong.append(f"{row.how} {row.name} {row.literal!r}: {got}, not {row.answer}")
    assert not wrong, f"{len(wrong)} differ\n" + "\n".join(wrong[:40])


def test_types_with_modifiers_have_the_names_that_format_type_gives() -> None:
    for name, oid, typmod, formatted in {(row.name, row.oid, row.typmod, row.formatted) for row in typmod_rows()}:
        assert format_type(oid, typmod) == formatted
        base, _, modifier = name.partition("(")
        arguments = [int(part) for part in modifier.partition(")")[0].split(",")] if modifier else []
        array = "[]" if name.endswith("[]") else ""
        assert type_by_sql_name(base.removesuffix("[]") + array, arguments) == (oid, typmod), name
