"""One line of text for each message, in the manner of libpq's trace (PQtrace), for logs and tests.

::

    F	27	Query	 "SELECT 1.0"
    B	13	CommandComplete	 "SELECT 1"

Direction (F frontend, B backend), the length field, the name, the fields: strings in double quotes, bytes in single
ones with what does not print as ``\\xNN``. Long values are cut. Passwords, SASL data and cancel keys never appear.
What is traced may be malformed: then the rest is shown as bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from pgiris.protocol import startup
from pgiris.protocol.frontend import FrontendMessage

SHOWN: Final = 100
"""Longer strings and values are cut after so many bytes."""
SHOWN_ITEMS: Final = 100
"""Longer lists are cut after so many items."""

# How the bodies read. s string · b a byte as a letter · 1 2 4 an integer of so many bytes · v a value behind its
# length · d the rest as bytes · x the rest, hidden · e error fields · (...) a list behind its Int16 count ·
# [...] until the body ends or a zero byte stands alone.
FRONTEND: Final = {
    "Query": "s",
    "Parse": "ss(4)",
    "Bind": "ss(2)(v)(2)",
    "Describe": "bs",
    "Close": "bs",
    "Execute": "s4",
    "CopyData": "d",
    "CopyFail": "s",
    "FunctionCall": "4(2)(v)2",
    "PasswordMessage": "x",
    "SASLInitialResponse": "sx",
    "SASLResponse": "x",
    "GSSResponse": "x",
}
BACKEND: Final = {
    0x52: ("Authentication", "4x"),
    0x76: ("NegotiateProtocolVersion", "44[s]"),
    0x4B: ("BackendKeyData", "4x"),
    0x53: ("ParameterStatus", "ss"),
    0x5A: ("ReadyForQuery", "b"),
    0x54: ("RowDescription", "(s424242)"),
    0x44: ("DataRow", "(v)"),
    0x43: ("CommandComplete", "s"),
    0x49: ("EmptyQueryResponse", ""),
    0x45: ("ErrorResponse", "e"),
    0x4E: ("NoticeResponse", "e"),
    0x41: ("NotificationResponse", "4ss"),
    0x31: ("ParseComplete", ""),
    0x32: ("BindComplete", ""),
    0x33: ("CloseComplete", ""),
    0x6E: ("NoData", ""),
    0x73: ("PortalSuspended", ""),
    0x74: ("ParameterDescription", "(4)"),
    0x47: ("CopyInResponse", "1(2)"),
    0x48: ("CopyOutResponse", "1(2)"),
    0x57: ("CopyBothResponse", "1(2)"),
    0x64: ("CopyData", "d"),
    0x63: ("CopyDone", ""),
    0x56: ("FunctionCallResponse", "v"),
}


class _Malformed(Exception):
    """The body is shorter than its shape."""


def frontend(message: type[FrontendMessage], body: bytes) -> str:
    """The line of a client's message."""
    name = message.__name__
    return f"F\t{len(body) + 4}\t{name}{_fields(FRONTEND.get(name, 'd' if body else ''), body)}"


def backend(encoded: bytes) -> str:
    """The line of a server's message, which is whole: tag, length and body."""
    name, shape = BACKEND.get(encoded[0], (f"Unknown({encoded[0]})", "d"))
    body = encoded[5:]
    return f"B\t{len(encoded) - 1}\t{name}{_fields(shape, body)}"


def backend_block(data: bytes, sink: Callable[[str], None]) -> None:
    """A line for each message of a block."""
    for encoded in split(data):
        sink(backend(encoded))


def first_packet(packet: startup.FirstPacket, length: int) -> str:
    """The line of a packet without a tag."""
    if isinstance(packet, startup.CancelRequest):
        shown = f" {packet.process_id} ..."
    elif isinstance(packet, startup.StartupMessage):
        parameters = {"user": packet.user, "database": packet.database, "options": packet.options}
        pairs = [*parameters.items(), *packet.named]
        shown = f" {packet.version >> 16} {packet.version & 0xFFFF}"
        shown += "".join(f" {_text(name.encode())} {_text(value.encode())}" for name, value in pairs if value)
    else:
        shown = ""
    return f"F\t{length}\t{type(packet).__name__}\t{shown}" if shown else f"F\t{length}\t{type(packet).__name__}"


def encryption_answer(answer: bytes) -> str:
    """The line of the bare byte that answers a request for encryption."""
    return f"B\t1\tEncryptionResponse\t {answer.decode('ascii')}"


def split(data: bytes) -> Iterator[bytes]:
    """The whole messages, tag included, that a block consists of."""
    at = 0
    while at + 5 <= len(data):
        end = at + 1 + max(4, int.from_bytes(data[at + 1 : at + 5], "big"))
        yield data[at:end]
        at = end


def _fields(shape: str, body: bytes) -> str:
    if not shape and not body:
        return ""
    shown: list[str] = []
    at = 0
    try:
        at = _walk(shape, body, 0, shown)
    except (_Malformed, ValueError):
        shown.append("malformed")
    if at < len(body):
        shown.append(_bytes(body[at:]))
    return "\t" + "".join(f" {item}" for item in shown)


def _walk(shape: str, body: bytes, at: int, shown: list[str]) -> int:
    step = 0
    while step < len(shape):
        kind = shape[step]
        if kind in "([":
            close = shape.index(")" if kind == "(" else "]", step)
            at = (_counted if kind == "(" else _listed)(shape[step + 1 : close], body, at, shown)
            step = close
        elif kind == "e":
            at = _report(body, at, shown)
        elif kind != "x" or at < len(body):
            item, at = _item(kind, body, at)
            shown.append(item)
        step += 1
    return at


def _counted(shape: str, body: bytes, at: int, shown: list[str]) -> int:
    count, at = _integer(body, at, 2, signed=False)
    shown.append(str(count))
    for number in range(count):
        items: list[str] = []
        at = _walk(shape, body, at, items)
        if number < SHOWN_ITEMS:
            shown.extend(items)
    if count > SHOWN_ITEMS:
        shown.append("...")
    return at


def _listed(shape: str, body: bytes, at: int, shown: list[str]) -> int:
    while at < len(body):
        at = _walk(shape, body, at, shown)
    return at


def _report(body: bytes, at: int, shown: list[str]) -> int:
    while at < len(body) and body[at]:
        shown.append(chr(body[at]))
        item, at = _item("s", body, at + 1)
        shown.append(item)
    shown.append("\\x00")
    return at + 1


def _item(kind: str, body: bytes, at: int) -> tuple[str, int]:
    if kind == "s":
        end = body.index(0, at)
        return _text(body[at:end]), end + 1
    if kind == "b":
        return _text(body[at : at + 1])[1:-1], at + 1
    if kind == "v":
        size, at = _integer(body, at, 4)
        if size == -1:
            return "-1", at
        if size < 0 or at + size > len(body):
            raise _Malformed
        return f"{size} {_bytes(body[at : at + size])}", at + size
    if kind == "d":
        return _bytes(body[at:]), len(body)
    if kind == "x":
        return "...", len(body)
    number, at = _integer(body, at, int(kind))
    return str(number), at


def _integer(body: bytes, at: int, size: int, *, signed: bool = True) -> tuple[int, int]:
    if at + size > len(body):
        raise _Malformed
    return int.from_bytes(body[at : at + size], "big", signed=signed), at + size


def _text(raw: bytes) -> str:
    text = raw[:SHOWN].decode("utf-8", "backslashreplace")
    printable = "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text)
    return f'"{printable}"' + ("..." if len(raw) > SHOWN else "")


def _bytes(raw: bytes) -> str:
    printable = "".join(chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}" for byte in raw[:SHOWN])
    return f"'{printable}'" + ("..." if len(raw) > SHOWN else "")
