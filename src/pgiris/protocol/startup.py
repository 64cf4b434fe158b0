"""The first packet of a connection, which has no tag: a request for encryption, a cancel request, or the start.

https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-START-UP
Error texts are PostgreSQL's (src/backend/postmaster/postmaster.c, ProcessStartupPacket).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from pgiris import sqlstate
from pgiris.errors import FATAL, PgError, ProtocolViolation
from pgiris.protocol.backend import MAX_KEY, MIN_KEY
from pgiris.protocol.wire import UTF8, pack_uint32, shorten, unpack_uint32

PROTOCOL_3_0: Final = 0x0003_0000
PROTOCOL_3_2: Final = 0x0003_0002
OLDEST: Final = PROTOCOL_3_0
NEWEST: Final = PROTOCOL_3_2

CANCEL_REQUEST: Final = 80877102
SSL_REQUEST: Final = 80877103
GSSENC_REQUEST: Final = 80877104

TLS_HANDSHAKE_RECORD: Final = 0x16
"""The first byte of a TLS ClientHello; as a startup packet it would announce 369 MB."""

EXTENSION_PREFIX: Final = "_pq_."
KNOWN_EXTENSIONS: Final[frozenset[str]] = frozenset()

ALPN_PROTOCOL: Final = "postgresql"
"""What a client offers by ALPN; demanded on a direct TLS connection."""


@dataclass(frozen=True, slots=True)
class SSLRequest:
    """The client asks for TLS."""


@dataclass(frozen=True, slots=True)
class GSSENCRequest:
    """The client asks for GSSAPI encryption."""


@dataclass(frozen=True, slots=True)
class DirectTLS:
    """A TLS ClientHello instead of a packet; `data` is what has arrived of it and belongs to the TLS layer."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class CancelRequest:
    """Cancel what another connection runs; nothing is answered."""

    process_id: int
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class StartupMessage:
    """The start of a session: `version` as asked for, the rest as it stood in the packet, last value first to count.

    `named` are the parameters that are settings, in the order of the packet; `options` is the command line.
    `unrecognized` are protocol extensions that the server does not know.
    """

    version: int
    user: str
    database: str
    options: str = ""
    replication: str | None = None
    named: tuple[tuple[str, str], ...] = ()
    unrecognized: tuple[str, ...] = ()

    @property
    def negotiated(self) -> int:
        """The version that both sides go on with: 3.0 or 3.2. 3.1 was never used and means 3.0."""
        return PROTOCOL_3_2 if self.version >= PROTOCOL_3_2 else PROTOCOL_3_0

    @property
    def needs_negotiation(self) -> bool:
        """Whether NegotiateProtocolVersion must be sent."""
        return self.version > NEWEST or bool(self.unrecognized)

    def settings(self) -> list[tuple[str, str]]:
        """Settings in the order in which they are applied: those of `options`, then the named ones.

        Raises PgError (FATAL 42601) for options that are none. PostgreSQL reports that after authentication.
        """
        return [*parse_options(self.options), *self.named]

    def __str__(self) -> str:
        asked = f"{self.version >> 16}.{self.version & 0xFFFF}"
        return f"StartupMessage({asked}, user={self.user!r}, database={self.database!r}, {shorten(self.named)})"


FirstPacket = SSLRequest | GSSENCRequest | CancelRequest | StartupMessage


def decode(packet: bytes, *, ssl_done: bool, gss_done: bool) -> FirstPacket:
    """The first packet without its length. What is `done` is no longer known as a request, as in PostgreSQL.

    Raises PgError with severity FATAL.
    """
    (code,) = unpack_uint32(packet, 0)
    if code == CANCEL_REQUEST:
        return _decode_cancel(packet)
    if code == SSL_REQUEST and not ssl_done:
        _check_empty(packet)
        return SSLRequest()
    if code == GSSENC_REQUEST and not gss_done:
        _check_empty(packet)
        return GSSENCRequest()
    if code >> 16 != NEWEST >> 16:
        raise PgError(
            sqlstate.FEATURE_NOT_SUPPORTED,
            f"unsupported frontend protocol {code >> 16}.{code & 0xFFFF}: server supports "
            f"{OLDEST >> 16}.{OLDEST & 0xFFFF} to {NEWEST >> 16}.{NEWEST & 0xFFFF}",
            severity=FATAL,
        )
    return _decode_startup(code, packet)


def _check_empty(packet: bytes) -> None:
    if len(packet) != 4:
        raise ProtocolViolation("invalid length of startup packet", severity=FATAL)


def _decode_cancel(packet: bytes) -> CancelRequest:
    key = packet[8:]
    if not MIN_KEY <= len(key) <= MAX_KEY:
        raise ProtocolViolation("invalid length of cancel packet", severity=FATAL)
    return CancelRequest(int.from_bytes(packet[4:8], "big", signed=True), key)


def _decode_startup(version: int, packet: bytes) -> StartupMessage:
    special: dict[str, bytes] = {}
    named: list[tuple[str, str]] = []
    unrecognized: list[str] = []
    for raw_name, raw_value in _pairs(packet):
        name = raw_name.decode("utf-8", "replace")
        if name in ("user", "database", "options", "replication"):
            special[name] = raw_value
        elif name.startswith(EXTENSION_PREFIX):
            if name not in KNOWN_EXTENSIONS:
                unrecognized.append(name)
        else:
            named.append((name, raw_value.decode("utf-8", "replace")))
    return StartupMessage(
        version=version,
        user=_fatal_decode(special.get("user", b"")),
        database=_fatal_decode(special.get("database", b"") or special.get("user", b"")),
        options=special.get("options", b"").decode("utf-8", "replace"),
        replication=special["replication"].decode("utf-8", "replace") if "replication" in special else None,
        named=tuple(named),
        unrecognized=tuple(unrecognized),
    )


def check_user(startup: StartupMessage) -> None:
    """Raise FATAL 28000 if no user is named; PostgreSQL does so after it has negotiated the version."""
    if not startup.user:
        raise PgError(
            sqlstate.INVALID_AUTHORIZATION_SPECIFICATION,
            "no PostgreSQL user name specified in startup packet",
            severity=FATAL,
        )


def _pairs(packet: bytes) -> list[tuple[bytes, bytes]]:
    """Names and values. The list ends with an empty name, which must be the last byte."""
    parts = packet[4:].split(b"\0")
    pairs: list[tuple[bytes, bytes]] = []
    at = 0
    while at + 1 < len(parts) and parts[at]:
        pairs.append((parts[at], parts[at + 1]))
        at += 2
    # What remains of "...value\0" + "\0" are the empty name and the empty rest behind its zero byte.
    if len(parts) - at != 2 or parts[at] or parts[at + 1]:
        raise ProtocolViolation("invalid startup packet layout: expected terminator as last byte", severity=FATAL)
    return pairs


def _fatal_decode(raw: bytes) -> str:
    try:
        return UTF8.decode(raw)
    except PgError as error:
        error.severity = FATAL
        raise


# -- options ---------------------------------------------------------------------------------------------------


def split_options(text: str) -> list[str]:
    """The words of a command line: white space separates, a backslash takes the next character as it is."""
    words: list[str] = []
    word: list[str] | None = None
    characters = iter(text)
    for character in characters:
        if character in " \t\n\r\v\f":
            if word is not None:
                words.append("".join(word))
            word = None
            continue
        if word is None:
            word = []
        word.append(next(characters, "") if character == "\\" else character)
    if word is not None:
        words.append("".join(word))
    return words


def parse_options(text: str) -> list[tuple[str, str]]:
    """The settings of a command line: ``-c name=value`` and ``--name=value``. Raises PgError, FATAL 42601.

    In a name, ``-`` stands for ``_``. PostgreSQL's other switches are for its developers and refused.
    """
    settings: list[tuple[str, str]] = []
    words = iter(split_options(text))
    for word in words:
        if word == "--":
            break
        if word.startswith("--"):
            settings.append(_assignment(word[2:], "--"))
        elif word == "-c":
            argument = next(words, None)
            if argument is None:
                raise _invalid_argument(word)
            settings.append(_assignment(argument, "-c "))
        elif word.startswith("-c"):
            settings.append(_assignment(word[2:], "-c "))
        else:
            raise _invalid_argument(word)
    for word in words:
        raise _invalid_argument(word)
    return settings


def _assignment(text: str, switch: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise PgError(sqlstate.SYNTAX_ERROR, f"{switch}{text} requires a value", severity=FATAL)
    return name.replace("-", "_"), value


def _invalid_argument(word: str) -> PgError:
    return PgError(sqlstate.SYNTAX_ERROR, f"invalid command-line argument for server process: {word}", severity=FATAL)


def encode_cancel_request(process_id: int, key: bytes) -> bytes:
    """The packet that asks for a cancel; the server's own tools and tests send it."""
    body = pack_uint32(CANCEL_REQUEST) + process_id.to_bytes(4, "big", signed=True) + key
    return (len(body) + 4).to_bytes(4, "big") + body
