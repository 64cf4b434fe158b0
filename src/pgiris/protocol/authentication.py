"""What the server asks while it finds out who the client is: the messages with tag R.

https://www.postgresql.org/docs/current/protocol-message-formats.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from pgiris.errors import LocalProtocolError
from pgiris.protocol.backend import BackendMessage
from pgiris.protocol.wire import ClientEncoding, pack_int32, put_cstring


class Authentication(BackendMessage):
    """The base of the messages with tag R; `kind` is their first field."""

    __slots__ = ()
    tag: ClassVar[bytes] = b"R"
    kind: ClassVar[int]

    def body(self, buffer: bytearray, encoding: ClientEncoding) -> None:
        buffer += pack_int32(self.kind)
        self.payload(buffer)

    def payload(self, buffer: bytearray) -> None:
        """Append what follows the kind."""


@dataclass(frozen=True, slots=True)
class AuthenticationOk(Authentication):
    """The client is who it says."""

    kind: ClassVar[int] = 0


@dataclass(frozen=True, slots=True)
class AuthenticationCleartextPassword(Authentication):
    """Send the password."""

    kind: ClassVar[int] = 3


@dataclass(frozen=True, slots=True)
class AuthenticationMD5Password(Authentication):
    """Send the password, hashed with the user name and this salt of four bytes."""

    kind: ClassVar[int] = 5

    salt: bytes

    def payload(self, buffer: bytearray) -> None:
        if len(self.salt) != 4:
            raise LocalProtocolError("the salt of an MD5 request has four bytes")
        buffer += self.salt


@dataclass(frozen=True, slots=True)
class AuthenticationGSS(Authentication):
    """Begin a GSSAPI exchange."""

    kind: ClassVar[int] = 7


@dataclass(frozen=True, slots=True)
class AuthenticationGSSContinue(Authentication):
    """A GSSAPI or SSPI token for the client."""

    kind: ClassVar[int] = 8

    data: bytes = field(repr=False)

    def payload(self, buffer: bytearray) -> None:
        buffer += self.data


@dataclass(frozen=True, slots=True)
class AuthenticationSSPI(Authentication):
    """Begin an SSPI exchange."""

    kind: ClassVar[int] = 9


@dataclass(frozen=True, slots=True)
class AuthenticationSASL(Authentication):
    """Choose one of these mechanisms, best first."""

    kind: ClassVar[int] = 10

    mechanisms: tuple[str, ...]

    def payload(self, buffer: bytearray) -> None:
        for mechanism in self.mechanisms:
            put_cstring(buffer, mechanism.encode("ascii"))
        buffer.append(0)


@dataclass(frozen=True, slots=True)
class AuthenticationSASLContinue(Authentication):
    """A challenge of the mechanism."""

    kind: ClassVar[int] = 11

    data: bytes = field(repr=False)

    def payload(self, buffer: bytearray) -> None:
        buffer += self.data


@dataclass(frozen=True, slots=True)
class AuthenticationSASLFinal(Authentication):
    """The last word of the mechanism; AuthenticationOk follows."""

    kind: ClassVar[int] = 12

    data: bytes = field(repr=False)

    def payload(self, buffer: bytearray) -> None:
        buffer += self.data
