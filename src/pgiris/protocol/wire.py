"""The primitive parts of messages: integers, zero-terminated strings, and the encoding that the client speaks.

Integers are big-endian. Errors of form are 08P01 in the words that PostgreSQL uses (src/backend/libpq/pqformat.c,
as seen on a running PostgreSQL 15).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from struct import Struct
from typing import Any, Final, cast

from pgiris import sqlstate
from pgiris.errors import LocalProtocolError, PgError, ProtocolViolation

# Bound once: attribute look-ups on Struct objects cost as much as the unpacking itself.
unpack_uint16 = cast("Callable[[bytes, int], tuple[int]]", Struct("!H").unpack_from)
unpack_int16 = cast("Callable[[bytes, int], tuple[int]]", Struct("!h").unpack_from)
unpack_int32 = cast("Callable[[bytes, int], tuple[int]]", Struct("!i").unpack_from)
unpack_uint32 = cast("Callable[[bytes, int], tuple[int]]", Struct("!I").unpack_from)
pack_uint8 = cast("Callable[[int], bytes]", Struct("!B").pack)
pack_uint16 = cast("Callable[[int], bytes]", Struct("!H").pack)
pack_int32 = cast("Callable[[int], bytes]", Struct("!i").pack)
pack_uint32 = cast("Callable[[int], bytes]", Struct("!I").pack)
_patch_length = cast("Callable[[bytearray, int, int], None]", Struct("!i").pack_into)

TEXT_FORMAT: Final = 0
BINARY_FORMAT: Final = 1

SHOWN_BYTES: Final = 8
"""So many bytes of an invalid sequence are shown in a 22021 error, as PostgreSQL does."""


@dataclass(frozen=True, slots=True)
class ClientEncoding:
    """The client's encoding: `name` is PostgreSQL's (for error texts), `codec` is Python's."""

    name: str = "UTF8"
    codec: str = "utf-8"

    def decode(self, raw: bytes) -> str:
        """The text of `raw`. Raises PgError 22021 if it is not valid in this encoding."""
        try:
            return raw.decode(self.codec)
        except UnicodeDecodeError as error:
            raise self._invalid(raw, error.start, error.end) from None

    def encode(self, text: str) -> bytes:
        """The bytes of `text`. Raises PgError 22P05 if a character does not exist in this encoding."""
        try:
            return text.encode(self.codec)
        except UnicodeEncodeError as error:
            shown = _hexadecimal(text[error.start].encode("utf-8", "surrogatepass"))
            raise PgError(
                sqlstate.UNTRANSLATABLE_CHARACTER,
                f'character with byte sequence {shown} in encoding "UTF8" has no equivalent in encoding "{self.name}"',
            ) from None

    def encode_lossy(self, text: str) -> bytes:
        """The bytes of `text`, with ``?`` for what the encoding lacks: for texts that must get through."""
        return text.encode(self.codec, "replace").replace(b"\0", b"?")

    def _invalid(self, raw: bytes, start: int, end: int) -> PgError:
        if self.codec == "utf-8":  # PostgreSQL shows as many bytes as the first one promises
            end = start + _utf8_length(raw[start])
        shown = _hexadecimal(raw[start : min(end, start + SHOWN_BYTES)])
        return PgError(
            sqlstate.CHARACTER_NOT_IN_REPERTOIRE, f'invalid byte sequence for encoding "{self.name}": {shown}'
        )


UTF8: Final = ClientEncoding()


def _utf8_length(first: int) -> int:
    if first & 0xE0 == 0xC0:
        return 2
    if first & 0xF0 == 0xE0:
        return 3
    return 4 if first & 0xF8 == 0xF0 else 1


def _hexadecimal(raw: bytes) -> str:
    return " ".join(f"0x{byte:02x}" for byte in raw)


def no_string() -> ProtocolViolation:
    """A string without its zero byte."""
    return ProtocolViolation("invalid string in message")


def too_short() -> ProtocolViolation:
    """A body that ends before its last field."""
    return ProtocolViolation("insufficient data left in message")


def left_over() -> ProtocolViolation:
    """A body with bytes behind its last field."""
    return ProtocolViolation("invalid message format")


def cstring(body: bytes, start: int, encoding: ClientEncoding) -> tuple[str, int]:
    """The string that begins at `start`, and where the next field begins."""
    end = body.find(0, start)
    if end > start:
        return encoding.decode(body[start:end]), end + 1
    if end < 0:
        raise no_string()
    return "", end + 1


def put_cstring(buffer: bytearray, raw: bytes) -> None:
    """Append `raw` and a zero byte. A zero byte inside would end the string early: LocalProtocolError."""
    if 0 in raw:
        raise LocalProtocolError("a string of the protocol cannot hold a zero byte")
    buffer += raw
    buffer.append(0)


def begin_message(buffer: bytearray, tag: bytes) -> int:
    """Append the tag and room for the length; returns where the length is."""
    buffer += tag
    buffer += b"\0\0\0\0"
    return len(buffer) - 4


def end_message(buffer: bytearray, length_at: int) -> None:
    """Fill in the length of the message that began at `length_at`."""
    _patch_length(buffer, length_at, len(buffer) - length_at)


def shorten(value: Any, limit: int = 60) -> str:
    """`repr` of a value for logs, cut in the middle of nowhere but never long."""
    if isinstance(value, (str, bytes)) and len(value) > limit:
        return f"{value[:limit]!r}... ({len(value)})"
    if isinstance(value, (tuple, list)) and len(value) > 8:
        return "(" + ", ".join(shorten(item, limit) for item in value[:8]) + f", ... ({len(value)}))"
    if isinstance(value, (tuple, list)):
        return "(" + ", ".join(shorten(item, limit) for item in value) + ")"
    return repr(value)
