"""Codecs by OID, in both formats. Unknown types are text in both.

A codec works on ``str`` in text format and on ``bytes`` in binary; ``encode`` and ``decode`` add the client's encoding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from pgiris import sqlstate
from pgiris.errors import PgError
from pgiris.types import (
    arrays,
    datetime_binary,
    datetime_input,
    datetime_output,
    floats,
    integers,
    interval_output,
    intervals,
    json,
    numeric,
    oids,
    others,
    strings,
    vectors,
)
from pgiris.types import encodings as client
from pgiris.types.catalogue import BY_NAME, element_oid, type_info
from pgiris.types.context import CodecContext
from pgiris.types.faults import bad_binary

TEXT_FORMAT: Final = 0
BINARY_FORMAT: Final = 1

Value = Any
EncodeText = Callable[[Value, CodecContext], str]
DecodeText = Callable[[str, CodecContext], Value]
EncodeBinary = Callable[[Value, CodecContext], bytes]
DecodeBinary = Callable[[bytes, CodecContext], Value]


@dataclass(frozen=True, slots=True)
class Format:
    """Both directions of one format. Decoders raise PgError as PostgreSQL's input functions do."""

    encode: Callable[[Value, CodecContext], Any]
    decode: Callable[[Any, CodecContext], Value]


@dataclass(frozen=True, slots=True)
class Codec:
    """What turns values of a type into bytes and back."""

    oid: int
    text: Format
    binary: Format


PLAIN_TEXT: Final = Format(strings.encode_plain, strings.decode_plain)
PLAIN_BINARY: Final = Format(strings.encode_plain_binary, strings.decode_plain_binary)

_OID: Final = Format(integers.encode_integer, integers.decode_oid)
_OID_BINARY: Final = Format(integers.encode_oid_binary, integers.decode_oid_binary)
_OBJECT: Final = Format(others.encode_object, others.decode_object)
_OBJECT_BINARY: Final = Format(others.encode_object_binary, integers.decode_oid_binary)

CODECS: Final = (
    Codec(
        oids.BOOL,
        Format(integers.encode_bool, integers.decode_bool),
        Format(integers.encode_bool_binary, integers.decode_bool_binary),
    ),
    Codec(
        oids.INT2,
        Format(integers.encode_integer, integers.decode_int2),
        Format(integers.encode_int2_binary, integers.decode_int2_binary),
    ),
    Codec(
        oids.INT4,
        Format(integers.encode_integer, integers.decode_int4),
        Format(integers.encode_int4_binary, integers.decode_int4_binary),
    ),
    Codec(
        oids.INT8,
        Format(integers.encode_integer, integers.decode_int8),
        Format(integers.encode_int8_binary, integers.decode_int8_binary),
    ),
    Codec(
        oids.FLOAT4,
        Format(floats.encode_float4, floats.decode_float4),
        Format(floats.encode_float4_binary, floats.decode_float4_binary),
    ),
    Codec(
        oids.FLOAT8,
        Format(floats.encode_float8, floats.decode_float8),
        Format(floats.encode_float8_binary, floats.decode_float8_binary),
    ),
    Codec(
        oids.NUMERIC,
        Format(numeric.encode, numeric.decode),
        Format(numeric.encode_binary, numeric.decode_binary),
    ),
    Codec(
        oids.NAME,
        Format(strings.encode_plain, strings.decode_name),
        Format(strings.encode_plain_binary, strings.decode_name_binary),
    ),
    Codec(
        oids.CHAR,
        Format(strings.encode_char, strings.decode_char),
        Format(strings.encode_char_binary, strings.decode_char_binary),
    ),
    Codec(
        oids.BYTEA,
        Format(strings.encode_bytea, strings.decode_bytea),
        Format(strings.encode_bytea_binary, strings.decode_bytea_binary),
    ),
    Codec(
        oids.UUID,
        Format(strings.encode_plain, strings.decode_uuid),
        Format(strings.encode_uuid_binary, strings.decode_uuid_binary),
    ),
    Codec(
        oids.DATE,
        Format(datetime_output.encode_date, datetime_input.decode_date),
        Format(datetime_binary.encode_date_binary, datetime_binary.decode_date_binary),
    ),
    Codec(
        oids.TIME,
        Format(datetime_output.encode_time, datetime_input.decode_time),
        Format(datetime_binary.encode_time_binary, datetime_binary.decode_time_binary),
    ),
    Codec(
        oids.TIMETZ,
        Format(datetime_output.encode_timetz, datetime_input.decode_timetz),
        Format(datetime_binary.encode_timetz_binary, datetime_binary.decode_timetz_binary),
    ),
    Codec(
        oids.TIMESTAMP,
        Format(datetime_output.encode_timestamp, datetime_input.decode_timestamp),
        Format(datetime_binary.encode_timestamp_binary, datetime_binary.decode_timestamp_binary),
    ),
    Codec(
        oids.TIMESTAMPTZ,
        Format(datetime_output.encode_timestamptz, datetime_input.decode_timestamptz),
        Format(datetime_binary.encode_timestamp_binary, datetime_binary.decode_timestamp_binary),
    ),
    Codec(
        oids.INTERVAL,
        Format(interval_output.encode_interval, intervals.decode_interval),
        Format(datetime_binary.encode_interval_binary, datetime_binary.decode_interval_binary),
    ),
    Codec(
        oids.JSON,
        Format(strings.encode_plain, json.decode_json),
        Format(strings.encode_plain_binary, json.decode_json_binary),
    ),
    Codec(
        oids.JSONB,
        Format(strings.encode_plain, json.decode_jsonb),
        Format(json.encode_jsonb_binary, json.decode_jsonb_binary),
    ),
    Codec(
        oids.VECTOR,
        Format(vectors.encode_vector, vectors.decode_vector),
        Format(vectors.encode_vector_binary, vectors.decode_vector_binary),
    ),
    Codec(
        oids.HALFVEC,
        Format(vectors.encode_vector, vectors.decode_halfvec),
        Format(vectors.encode_halfvec_binary, vectors.decode_halfvec_binary),
    ),
    Codec(
        oids.SPARSEVEC,
        Format(vectors.encode_sparsevec, vectors.decode_sparsevec),
        Format(vectors.encode_sparsevec_binary, vectors.decode_sparsevec_binary),
    ),
    *(Codec(BY_NAME[name].oid, _OID, _OID_BINARY) for name in ("oid", "xid", "cid")),
    *(
        Codec(BY_NAME[name].oid, _OBJECT, _OBJECT_BINARY)
        for name in (
            "regproc",
            "regprocedure",
            "regoper",
            "regoperator",
            "regclass",
            "regtype",
            "regconfig",
            "regdictionary",
            "regnamespace",
            "regrole",
            "regcollation",
        )
    ),
    *(
        Codec(BY_NAME[name].oid, PLAIN_TEXT, PLAIN_BINARY)
        for name in ("text", "varchar", "bpchar", "xml", "unknown", "cstring", "refcursor")
    ),
    Codec(
        oids.VOID, Format(others.encode_void, others.decode_void), Format(others.encode_void_binary, others.decode_void)
    ),
    Codec(
        BY_NAME["int2vector"].oid,
        Format(others.encode_int_list, others.decode_int2_list),
        Format(others.encode_int2_list_binary, others.decode_int2_list_binary),
    ),
    Codec(
        BY_NAME["oidvector"].oid,
        Format(others.encode_int_list, others.decode_oid_list),
        Format(others.encode_oid_list_binary, others.decode_oid_list_binary),
    ),
)
"""One row a type; arrays are made from their element's."""

_BY_OID: Final = {codec.oid: codec for codec in CODECS}


@lru_cache(maxsize=4096)
def codec(type_oid: int) -> Codec:
    """The codec of a type: text in both formats for one that the catalogue does not know.

    A known type without a binary form here is refused in binary with 42883, as PostgreSQL refuses its own.
    """
    found = _BY_OID.get(type_oid)
    if found is not None:
        return found
    element = element_oid(type_oid)
    if element:
        return _array_codec(type_oid, element)
    info = type_info(type_oid)
    if info is None:
        return Codec(type_oid, PLAIN_TEXT, PLAIN_BINARY)
    return Codec(type_oid, PLAIN_TEXT, _without_binary(info.formatted))


def _without_binary(type_name: str) -> Format:
    def encode_none(value: Value, context: CodecContext) -> bytes:
        raise PgError(sqlstate.UNDEFINED_FUNCTION, f"no binary output function available for type {type_name}")

    def decode_none(data: bytes, context: CodecContext) -> Value:
        raise PgError(sqlstate.UNDEFINED_FUNCTION, f"no binary input function available for type {type_name}")

    return Format(encode_none, decode_none)


def _array_codec(type_oid: int, element: int) -> Codec:
    info = type_info(element)
    delimiter = info.delimiter if info is not None else ","
    text, binary = codec(element).text, codec(element).binary

    def decode_text(data: str, context: CodecContext) -> list[object]:
        return arrays.decode_text(data, delimiter, lambda item: text.decode(item, context))

    def encode_text(value: list[object], context: CodecContext) -> str:
        return arrays.encode_text(value, delimiter, lambda item: text.encode(item, context))

    def decode_binary(data: bytes, context: CodecContext) -> list[object]:
        return arrays.decode_binary(data, element, lambda item: binary.decode(item, context))

    def encode_binary(value: list[object], context: CodecContext) -> bytes:
        return arrays.encode_binary(value, element, lambda item: binary.encode(item, context))

    return Codec(type_oid, Format(encode_text, decode_text), Format(encode_binary, decode_binary))


def encode(type_oid: int, code: int, value: Value, context: CodecContext) -> bytes:
    """A value that is not NULL as the wire wants it; `code` is the format. Raises PgError 22P05."""
    found = codec(type_oid)
    if code == BINARY_FORMAT:
        data: bytes = found.binary.encode(value, context)
        return data
    return client.encode_text(found.text.encode(value, context), context.client_encoding)


def decode(type_oid: int, code: int, data: bytes, context: CodecContext) -> Value:
    """A value from the wire; NULL is the caller's. Raises PgError as PostgreSQL's input functions do."""
    found = codec(type_oid)
    if code == BINARY_FORMAT:
        return found.binary.decode(data, context)
    return found.text.decode(client.decode_text(data, context.client_encoding), context)


def decode_parameter(number: int, type_oid: int, code: int, data: bytes | None, context: CodecContext) -> Value:
    """Parameter `number` (from 1) of a Bind message; errors about its bytes say which it is."""
    if data is None:
        return None
    try:
        return decode(type_oid, code, data, context)
    except PgError as error:
        plain = bad_binary()
        if code == BINARY_FORMAT and error.sqlstate == plain.sqlstate and error.message == plain.message:
            raise bad_binary(f"{plain.message} in bind parameter {number}") from None
        raise


def read_text(type_oid: int, text: str, context: CodecContext) -> Value:
    """The value that a literal means, as ``'text'::type`` does."""
    return codec(type_oid).text.decode(text, context)


def write_text(type_oid: int, value: Value, context: CodecContext) -> str:
    """The text that the type's output function prints."""
    text: str = codec(type_oid).text.encode(value, context)
    return text
