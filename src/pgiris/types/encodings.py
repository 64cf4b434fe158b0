"""Client encodings: names, and text to bytes and back. The server encoding is UTF8.

Source: PostgreSQL 15 manual, section 24.3; messages as PostgreSQL's ``mbutils``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from pgiris import sqlstate
from pgiris.errors import PgError

PYTHON_CODEC: Final[Mapping[str, str]] = {
    "UTF8": "utf-8",
    "SQL_ASCII": "utf-8",  # no conversion at all: the server's own bytes go out
    "LATIN1": "latin-1",
    "LATIN2": "iso8859-2",
    "LATIN3": "iso8859-3",
    "LATIN4": "iso8859-4",
    "LATIN5": "iso8859-9",
    "LATIN9": "iso8859-15",
    "WIN1250": "cp1250",
    "WIN1251": "cp1251",
    "WIN1252": "cp1252",
    "WIN1253": "cp1253",
    "WIN1254": "cp1254",
    "WIN1257": "cp1257",
    "KOI8R": "koi8-r",
    "KOI8U": "koi8-u",
    "WIN866": "cp866",
    "ISO_8859_5": "iso8859-5",
    "ISO_8859_7": "iso8859-7",
}
"""PostgreSQL's encoding name to Python's codec."""

ALIASES: Final[Mapping[str, str]] = {
    "unicode": "UTF8",
    "sqlascii": "SQL_ASCII",
    "iso88591": "LATIN1",
    "iso88592": "LATIN2",
    "iso88593": "LATIN3",
    "iso88594": "LATIN4",
    "iso88599": "LATIN5",
    "iso885915": "LATIN9",
    "iso88595": "ISO_8859_5",
    "iso88597": "ISO_8859_7",
    "koi8": "KOI8R",
    "windows1250": "WIN1250",
    "windows1251": "WIN1251",
    "windows1252": "WIN1252",
    "windows1253": "WIN1253",
    "windows1254": "WIN1254",
    "windows1257": "WIN1257",
    "win": "WIN1251",
    "alt": "WIN866",
    "windows866": "WIN866",
}

_BY_CLEAN_NAME: Final[Mapping[str, str]] = {
    **{name.lower().replace("_", ""): name for name in PYTHON_CODEC},
    **ALIASES,
}


def validate_encoding(name: str) -> str:
    """The canonical name of a client encoding; letters and digits count, case does not. Raises PgError 22023."""
    clean = "".join(character for character in name.lower() if character.isascii() and character.isalnum())
    found = _BY_CLEAN_NAME.get(clean)
    if found is None:
        raise PgError(sqlstate.INVALID_PARAMETER_VALUE, f'invalid value for parameter "client_encoding": "{name}"')
    return found


def encode_text(text: str, encoding: str) -> bytes:
    """Server text in the client's encoding. Raises PgError 22P05 for what it has no character for."""
    try:
        return text.encode(PYTHON_CODEC[encoding])
    except UnicodeEncodeError as error:
        raise _no_equivalent(text[error.start], encoding) from None


def text_encoder(encoding: str) -> Callable[[str], bytes]:
    """`encode_text` for one encoding, chosen once per result."""
    if PYTHON_CODEC[encoding] == "utf-8":
        return _encode_utf8
    return lambda text: encode_text(text, encoding)


def _encode_utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise _no_equivalent(text[error.start], "UTF8") from None


def decode_text(data: bytes, encoding: str) -> str:
    """Client bytes as text. Raises PgError 22021 for invalid bytes and NUL, 22P05 for unassigned ones."""
    codec = PYTHON_CODEC[encoding]
    server = "UTF8" if codec == "utf-8" else encoding
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        if codec != "utf-8":
            raise _unassigned(data[error.start], encoding) from None
        nul = data.find(0, 0, error.start)
        raise _invalid_bytes(data, error.start if nul < 0 else nul, server) from None
    if "\0" in text:
        raise _invalid_bytes(data, data.index(0), server)
    return text


def _no_equivalent(character: str, encoding: str) -> PgError:
    sequence = _hexadecimal(character.encode("utf-8", "surrogatepass"))
    return PgError(
        sqlstate.UNTRANSLATABLE_CHARACTER,
        f'character with byte sequence {sequence} in encoding "UTF8" has no equivalent in encoding "{encoding}"',
    )


def _unassigned(byte: int, encoding: str) -> PgError:
    return PgError(
        sqlstate.UNTRANSLATABLE_CHARACTER,
        f'character with byte sequence 0x{byte:02x} in encoding "{encoding}" has no equivalent in encoding "UTF8"',
    )


def _invalid_bytes(data: bytes, start: int, encoding: str) -> PgError:
    length = _utf8_length(data[start]) if encoding == "UTF8" else 1
    return PgError(
        sqlstate.CHARACTER_NOT_IN_REPERTOIRE,
        f'invalid byte sequence for encoding "{encoding}": {_hexadecimal(data[start : start + length])}',
    )


def _utf8_length(first: int) -> int:
    """How long the first byte says the character is."""
    if first & 0xE0 == 0xC0:
        return 2
    if first & 0xF0 == 0xE0:
        return 3
    return 4 if first & 0xF8 == 0xF0 else 1


def _hexadecimal(data: bytes) -> str:
    return " ".join(f"0x{byte:02x}" for byte in data)
