"""text, varchar, bpchar, name, "char", bytea and uuid.

Values are text already; ``registry`` does the client's encoding. Source: PostgreSQL 15 manual, sections 8.3, 8.4, 8.12.
"""

from __future__ import annotations

import re
from typing import Final

from pgiris import sqlstate
from pgiris.errors import PgError
from pgiris.types.context import CodecContext
from pgiris.types.encodings import decode_text, encode_text
from pgiris.types.faults import bad_binary, invalid_text, no_data, shown, too_little_data

NAME_BYTES: Final = 63
MAX_LENGTH: Final = 10_485_760
"""The largest n of char(n) and varchar(n)."""

_UUID: Final = re.compile(r"(\{)?[\da-f]{4}(?:-?[\da-f]{4}){7}(?(1)\})", re.ASCII | re.IGNORECASE)
_CANONICAL_UUID: Final = re.compile(r"[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}", re.ASCII)
_ESCAPE: Final = re.compile(rb"\\(?:\\|([0-3][0-7][0-7]))")
_UNPRINTABLE: Final = re.compile(rb"[^ -~]|\\")
_HEX_SPACE: Final = " \n\t\r"


def decode_plain(text: str, context: CodecContext) -> str:
    return text


def encode_plain(value: str, context: CodecContext) -> str:
    return value


def decode_plain_binary(data: bytes, context: CodecContext) -> str:
    return decode_text(data, context.client_encoding)


def encode_plain_binary(value: str, context: CodecContext) -> bytes:
    return encode_text(value, context.client_encoding)


def decode_name(text: str, context: CodecContext) -> str:
    """Cut to 63 bytes, between characters."""
    data = text.encode("utf-8", "surrogatepass")
    return text if len(data) <= NAME_BYTES else data[:NAME_BYTES].decode("utf-8", "ignore")


def decode_name_binary(data: bytes, context: CodecContext) -> str:
    text = decode_text(data, context.client_encoding)
    if len(text.encode()) > NAME_BYTES:
        raise PgError(
            sqlstate.NAME_TOO_LONG,
            "identifier too long",
            detail=f"Identifier must be less than {NAME_BYTES + 1} characters.",
        )
    return text


def decode_char(text: str, context: CodecContext) -> str:
    """The first byte; one that is not ASCII reads as the character of that number."""
    return text.encode("utf-8", "surrogatepass")[:1].decode("latin-1")


def encode_char(value: str, context: CodecContext) -> str:
    if not value or value == "\0":
        return ""
    code = ord(value[0])
    return value[0] if code < 0x80 else f"\\{code & 0xFF:03o}"


def decode_char_binary(data: bytes, context: CodecContext) -> str:
    if len(data) != 1:
        raise bad_binary() if data else no_data()
    return "" if data == b"\0" else data.decode("latin-1")


def encode_char_binary(value: str, context: CodecContext) -> bytes:
    return value[:1].encode("latin-1", "replace") or b"\0"


def decode_uuid(text: str, context: CodecContext) -> str:
    if _CANONICAL_UUID.fullmatch(text):
        return text
    if not _UUID.fullmatch(text):
        raise invalid_text("uuid", text)
    return _hyphenated(text.strip("{}").replace("-", "").lower())


def _hyphenated(digits: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def decode_uuid_binary(data: bytes, context: CodecContext) -> str:
    if len(data) != 16:
        raise bad_binary() if len(data) > 16 else too_little_data()
    return _hyphenated(data.hex())


def encode_uuid_binary(value: str, context: CodecContext) -> bytes:
    return bytes.fromhex(value.replace("-", ""))


def decode_bytea(text: str, context: CodecContext) -> bytes:
    """Both input forms, whatever bytea_output says."""
    if not text.startswith("\\x"):
        return _unescape(text)
    digits = text[2:]
    try:
        if not (set(digits) & set(" \n\t\r\v\f")):
            return bytes.fromhex(digits)
    except ValueError:
        pass
    return _read_hex(digits)


def _read_hex(digits: str) -> bytes:
    """White space may stand between bytes, not within one."""
    data = bytearray()
    position = 0
    while position < len(digits):
        if digits[position] in _HEX_SPACE:
            position += 1
            continue
        high = _hex_digit(digits[position])
        if position + 1 >= len(digits):
            raise _bad_hex("invalid hexadecimal data: odd number of digits")
        data.append(high << 4 | _hex_digit(digits[position + 1]))
        position += 2
    return bytes(data)


def _hex_digit(character: str) -> int:
    if character in "0123456789abcdefABCDEF":
        return int(character, 16)
    raise _bad_hex(f'invalid hexadecimal digit: "{character}"')


def _bad_hex(message: str) -> PgError:
    return PgError(sqlstate.INVALID_PARAMETER_VALUE, message)


def _unescape(text: str) -> bytes:
    data = text.encode("utf-8", "surrogatepass")
    if b"\\" not in data:
        return data
    if b"\\" in _ESCAPE.sub(b"", data):
        raise PgError(sqlstate.INVALID_TEXT_REPRESENTATION, "invalid input syntax for type bytea")
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 8)]) if found[1] else b"\\", data)


def encode_bytea(value: bytes, context: CodecContext) -> str:
    if context.bytea_output == "escape":
        return _UNPRINTABLE.sub(_escape, value).decode("ascii")
    return "\\x" + value.hex()


def _escape(found: re.Match[bytes]) -> bytes:
    byte = found[0][0]
    return b"\\\\" if byte == 0x5C else b"\\%03o" % byte


def decode_bytea_binary(data: bytes, context: CodecContext) -> bytes:
    return bytes(data)


def encode_bytea_binary(value: bytes, context: CodecContext) -> bytes:
    return value


def apply_varchar(value: str, typmod: int, *, explicit: bool = False) -> str:
    """Held to n characters: an explicit cast cuts, otherwise only blanks may be lost (22001)."""
    length = typmod - 4
    if typmod < 4 or len(value) <= length:
        return value
    if not explicit and value[length:].strip(" "):
        raise _too_long(f"character varying({length})")
    return value[:length]


def apply_bpchar(value: str, typmod: int, *, explicit: bool = False) -> str:
    """Held to exactly n characters, padded with blanks."""
    length = typmod - 4
    if typmod < 4:
        return value
    if len(value) <= length:
        return value.ljust(length)
    if not explicit and value[length:].strip(" "):
        raise _too_long(f"character({length})")
    return value[:length]


def _too_long(type_name: str) -> PgError:
    return PgError(sqlstate.STRING_DATA_RIGHT_TRUNCATION, f"value too long for type {shown(type_name)}")
