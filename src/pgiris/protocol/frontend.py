"""What the client can say. One class a message, named as in the manual, fields in wire order.

https://www.postgresql.org/docs/current/protocol-message-formats.html

``decode(body, encoding)`` checks everything that the bytes alone can tell and raises ProtocolViolation (08P01), or
PgError 22021 for text that is not valid in the client's encoding. The classes are data; when a message is allowed
is the business of `states`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, ClassVar, Final

from pgiris import sqlstate
from pgiris.errors import PgError, ProtocolViolation
from pgiris.protocol.wire import (
    UTF8,
    ClientEncoding,
    cstring,
    left_over,
    no_string,
    shorten,
    too_short,
    unpack_int16,
    unpack_int32,
    unpack_uint16,
)

if TYPE_CHECKING:
    from typing_extensions import Self

STATEMENT: Final = "S"
PORTAL: Final = "P"


class FrontendMessage:
    """A message of the client. `tag` is its first byte."""

    __slots__ = ()
    tag: ClassVar[bytes]

    @classmethod
    def decode(cls, body: bytes, encoding: ClientEncoding = UTF8) -> Self:
        """The message whose body, without tag and length, is `body`."""
        if body:
            raise left_over()
        return cls()

    def __str__(self) -> str:
        shown = [
            f"{entry.name}={shorten(getattr(self, entry.name))}"
            for entry in fields(self)  # type: ignore[arg-type]
            if entry.repr
        ]
        return f"{type(self).__name__}({', '.join(shown)})"


@dataclass(frozen=True, slots=True)
class Query(FrontendMessage):
    """Run the statements of a string."""

    tag: ClassVar[bytes] = b"Q"

    sql: str

    @classmethod
    def decode(cls, body: bytes, encoding: ClientEncoding = UTF8) -> Self:
        end = body.find(0)
        if end < 0:
            raise no_string()
        if end != len(body) - 1:
            raise left_over()
        return cls(encoding.decode(body[:end]))


@dataclass(frozen=True, slots=True)
class Parse(FrontendMessage):
    """Prepare one statement under a name; `parameter_oids` may be fewer than the parameters, 0 is "infer"."""

    tag: ClassVar[bytes] = b"P"

    statement: str
    sql: str
    parameter_oids: tuple[int, ...] = ()

    @classmethod
    def decode(cls, body: bytes, encoding: ClientEncoding = UTF8) -> Self:
        statement, at = cstring(body, 0, encoding)
        sql, at = cstring(body, at, encoding)
        try:
            (count,) = unpack_uint16(body, at)
            oids = struct.unpack_from(f"!{count}I", body, at + 2) if count else ()
        except struct.error:
            raise too_short() from None
        if at + 2 + 4 * count != len(body):
            raise left_over()
        return cls(statement, sql, oids)


@dataclass(frozen=True, slots=True)
class Bind(FrontendMessage):
    """Make a portal of a prepared statement and parameter values; None is NULL."""

    tag: ClassVar[bytes] = b"B"

    portal: str
    statement: str
    parameter_formats: tuple[int, ...] = ()
    parameters: tuple[bytes | None, ...] = ()
    result_formats: tuple[int, ...] = ()

    @classmethod
    def decode(cls, body: bytes, encoding: ClientEncoding = UTF8) -> Self:
        if body.startswith(b"\0\0"):  # both unnamed: the common case
            portal = statement = ""
            at = 2
        else:
            portal, at = cstring(body, 0, encoding)
            statement, at = cstring(body, at, encoding)
        try:
            parameter_formats, at = _formats(body, at)
            values, at = _values(body, at)
            result_formats, at = _formats(body, at)
        except struct.error:
            raise too_short() from None
        if at != len(body):
            raise left_over()
        return cls(portal, statement, parameter_formats, values, result_formats)

    def formats_of_parameters(self) -> tuple[int, ...]:
        """One format code a parameter. Raises 08P01 if the number does not fit, 22023 for an unknown code."""
        count = len(self.parameters)
        if len(self.parameter_formats) > 1 and len(self.parameter_formats) != count:
            raise ProtocolViolation(
                f"bind message has {len(self.parameter_formats)} parameter formats but {count} parameters"
            )
        return _expanded(self.parameter_formats, count)

    def formats_of_columns(self, columns: int) -> tuple[int, ...]:
        """One format code a result column. Raises 08P01 if the number does not fit, 22023 for an unknown code."""
        if len(self.result_formats) > 1 and len(self.result_formats) != columns:
            raise ProtocolViolation(
                f"bind message has {len(self.result_formats)} result formats but query has {columns} columns"
            )
        return _expanded(self.result_formats, columns)


@dataclass(frozen=True, slots=True)
class Describe(FrontendMessage):
    """Ask what a statement (kind S) or portal (kind P) returns."""

    tag: ClassVar[bytes] = b"D"

    kind: str
    name: str

    @classmethod
    def decode(cls, body: bytes, encoding: ClientEncoding = UTF8) -> Self:
        return cls(*_kind_and_name(body, encoding, "DESCRIBE"))


@dataclass(frozen=True, slots=True)
class Close(FrontendMessage):
    """Drop a statement (kind S) or portal (kind P); a name that does not exist is no error."""

    tag: ClassVar[bytes] = b"C"

    kind: str
    name: str

    @classmethod
    def decode(cls, body: bytes, encoding: ClientEncoding = UTF8) -> Self:
        return cls(*_kind_and_name(body, encoding, "CLOSE"))


@dataclass(frozen=True, slots=True)
class Execute(FrontendMessage):
    """Run a portal, at most `max_rows` rows of it; 0 means all (and so does any negative number on the wire)."""

    tag: ClassVar[bytes] = b"E"

    portal: str
    max_rows: int = 0

    @classmethod
    def decode(cls, body: bytes, encoding: ClientEncoding = UTF8) -> Self:
        portal, at = cstring(body, 0, encoding)
        try:
            (max_rows,) = unpack_int32(body, at)
        except struct.error:
            raise too_short() from None
        if at + 4 != len(body):
            raise left_over()
        return cls(portal, max_rows if max_rows > 0 else 0)


@dataclass(frozen=True, slots=True)
class Sync(FrontendMessage):
    """End of an extended-query sequence: errors stop being skipped, the implicit transaction ends."""

    tag: ClassVar[bytes] = b"S"


@dataclass(frozen=True, slots=True)
class Flush(FrontendMessage):
    """Deliver what is pending."""

    tag: ClassVar[bytes] = b"H"


@dataclass(frozen=True, slots=True)
class Terminate(FrontendMessage):
    """The client leaves. PostgreSQL does not look at the body."""

    tag: ClassVar[bytes] = b"X"

    @classmethod
    def decode(cls, body: bytes, encoding: ClientEncoding = UTF8) -> Self:
        return cls()


@dataclass(frozen=True, slots=True)
class CopyData(FrontendMessage):
    """A piece of COPY data, cut anywhere."""

    tag: ClassVar[bytes] = b"d"

    data: bytes

    @classmethod
    def decode(cls, body: bytes, encoding: ClientEncoding = UTF8) -> Self:
        return cls(body)


@dataclass(frozen=True, slots=True)
class CopyDone(FrontendMessage):
    """End of the COPY data. PostgreSQL does not look at the body."""

    tag: ClassVar[bytes] = b"c"

    @classmethod
    def decode(cls, body: bytes, encoding: ClientEncoding = UTF8) -> Self:
        return cls()


@dataclass(frozen=True, slots=True)
class CopyFail(FrontendMessage):
    """The client gives the COPY up."""

    tag: ClassVar[bytes] = b"f"

    reason: str

    @classmethod
    def decode(cls, body: bytes, encoding: ClientEncoding = UTF8) -> Self:
        return cls(cstring(body, 0, encoding)[0])  # as PostgreSQL: what follows the string is not looked at


@dataclass(frozen=True, slots=True)
class FunctionCall(FrontendMessage):
    """Call a function by OID (the fastpath interface)."""

    tag: ClassVar[bytes] = b"F"

    function_oid: int
    argument_formats: tuple[int, ...]
    arguments: tuple[bytes | None, ...]
    result_format: int

    @classmethod
    def decode(cls, body: bytes, encoding: ClientEncoding = UTF8) -> Self:
        try:
            (oid,) = struct.unpack_from("!I", body, 0)
            formats, at = _formats(body, 4)
            arguments, at = _values(body, at)
            (result_format,) = struct.unpack_from("!h", body, at)
        except struct.error:
            raise too_short() from None
        if at + 2 != len(body):
            raise left_over()
        return cls(oid, formats, arguments, result_format)


@dataclass(frozen=True, slots=True)
class PasswordMessage(FrontendMessage):
    """The answer to a cleartext or MD5 request; bytes, because a password need not be text."""

    tag: ClassVar[bytes] = b"p"

    password: bytes = field(repr=False)

    @classmethod
    def decode(cls, body: bytes, encoding: ClientEncoding = UTF8) -> Self:
        if body.find(0) != len(body) - 1 or not body:
            raise ProtocolViolation("invalid password packet size")
        return cls(body[:-1])


@dataclass(frozen=True, slots=True)
class SASLInitialResponse(FrontendMessage):
    """The mechanism that the client chose, and its first message; None when it sent none."""

    tag: ClassVar[bytes] = b"p"

    mechanism: str
    data: bytes | None = field(repr=False)

    @classmethod
    def decode(cls, body: bytes, encoding: ClientEncoding = UTF8) -> Self:
        mechanism, at = cstring(body, 0, encoding)
        try:
            (size,) = unpack_int32(body, at)
        except struct.error:
            raise too_short() from None
        at += 4
        if size == -1:
            if at != len(body):
                raise left_over()
            return cls(mechanism, None)
        if size < 0 or at + size > len(body):
            raise too_short()
        if at + size != len(body):
            raise left_over()
        return cls(mechanism, body[at:])


@dataclass(frozen=True, slots=True)
class SASLResponse(FrontendMessage):
    """A further message of the mechanism."""

    tag: ClassVar[bytes] = b"p"

    data: bytes = field(repr=False)

    @classmethod
    def decode(cls, body: bytes, encoding: ClientEncoding = UTF8) -> Self:
        return cls(body)


@dataclass(frozen=True, slots=True)
class GSSResponse(FrontendMessage):
    """A GSSAPI or SSPI token."""

    tag: ClassVar[bytes] = b"p"

    data: bytes = field(repr=False)

    @classmethod
    def decode(cls, body: bytes, encoding: ClientEncoding = UTF8) -> Self:
        return cls(body)


def _kind_and_name(body: bytes, encoding: ClientEncoding, message: str) -> tuple[str, str]:
    if not body:
        raise ProtocolViolation("no data left in message")
    name, at = cstring(body, 1, encoding)
    if at != len(body):
        raise left_over()
    kind = body[0]
    if kind not in b"SP":
        raise ProtocolViolation(f"invalid {message} message subtype {kind}")
    return (STATEMENT if kind == 0x53 else PORTAL), name


def _formats(body: bytes, at: int) -> tuple[tuple[int, ...], int]:
    (count,) = unpack_uint16(body, at)
    if count == 0:
        return (), at + 2
    if count == 1:  # what most clients send: one code for all
        return unpack_int16(body, at + 2), at + 4
    return struct.unpack_from(f"!{count}h", body, at + 2), at + 2 + 2 * count


def _values(body: bytes, at: int) -> tuple[tuple[bytes | None, ...], int]:
    (count,) = unpack_uint16(body, at)
    at += 2
    if not count:
        return (), at
    values: list[bytes | None] = []
    length = len(body)
    for _ in range(count):
        (size,) = unpack_int32(body, at)
        at += 4
        if size == -1:
            values.append(None)
            continue
        end = at + size
        if size < 0 or end > length:
            raise too_short()
        values.append(body[at:end])
        at = end
    return tuple(values), at


def _expanded(codes: tuple[int, ...], count: int) -> tuple[int, ...]:
    for code in codes:
        if code not in (0, 1):
            raise PgError(sqlstate.INVALID_PARAMETER_VALUE, f"unsupported format code: {code}")
    if len(codes) == count:
        return codes
    return (codes[0] if codes else 0,) * count
