"""Frontend messages as bytes, made by hand: the tests do not trust the code under test to make them."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

PROTOCOL_3_0 = 0x0003_0000
PROTOCOL_3_2 = 0x0003_0002
CANCEL_REQUEST = 80877102
SSL_REQUEST = 80877103
GSSENC_REQUEST = 80877104


def cstr(text: str | bytes) -> bytes:
    return (text.encode() if isinstance(text, str) else text) + b"\0"


def message(tag: bytes, body: bytes = b"") -> bytes:
    return tag + struct.pack("!i", len(body) + 4) + body


def packet(code: int, body: bytes = b"") -> bytes:
    """A packet without a tag."""
    return struct.pack("!iI", len(body) + 8, code) + body


def startup(parameters: Mapping[str, str] | None = None, version: int = PROTOCOL_3_0) -> bytes:
    pairs = {"user": "me"} if parameters is None else parameters
    return packet(version, b"".join(cstr(name) + cstr(value) for name, value in pairs.items()) + b"\0")


def cancel_request(process_id: int, key: bytes) -> bytes:
    return packet(CANCEL_REQUEST, struct.pack("!i", process_id) + key)


def query(sql: str | bytes) -> bytes:
    return message(b"Q", cstr(sql))


def parse(sql: str | bytes, name: str = "", oids: Sequence[int] = ()) -> bytes:
    return message(b"P", cstr(name) + cstr(sql) + struct.pack(f"!H{len(oids)}I", len(oids), *oids))


def bind(
    portal: str = "",
    statement: str = "",
    parameters: Sequence[bytes | None] = (),
    formats: Sequence[int] = (),
    results: Sequence[int] = (),
) -> bytes:
    body = cstr(portal) + cstr(statement) + struct.pack(f"!H{len(formats)}h", len(formats), *formats)
    body += struct.pack("!H", len(parameters))
    for value in parameters:
        body += struct.pack("!i", -1) if value is None else struct.pack("!i", len(value)) + value
    return message(b"B", body + struct.pack(f"!H{len(results)}h", len(results), *results))


def describe(kind: str, name: str = "") -> bytes:
    return message(b"D", kind.encode() + cstr(name))


def execute(portal: str = "", max_rows: int = 0) -> bytes:
    return message(b"E", cstr(portal) + struct.pack("!i", max_rows))


def close(kind: str, name: str = "") -> bytes:
    return message(b"C", kind.encode() + cstr(name))


def copy_data(data: bytes) -> bytes:
    return message(b"d", data)


def copy_fail(reason: str) -> bytes:
    return message(b"f", cstr(reason))


SYNC = message(b"S")
FLUSH = message(b"H")
COPY_DONE = message(b"c")
TERMINATE = message(b"X")
