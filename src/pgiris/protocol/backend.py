"""What the server can say. One class a message, named as in the manual, fields in wire order.

https://www.postgresql.org/docs/current/protocol-message-formats.html

``encode(buffer, encoding)`` appends the whole message. DataRow is missing on purpose: rows come encoded, in blocks,
and pass through as bytes. Strings are encoded in the client's encoding; one that it cannot say is PgError 22P05,
except in errors and notices, which must get through.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Final, cast

from pgiris.errors import LocalProtocolError, Notice, PgError
from pgiris.protocol.wire import (
    UTF8,
    ClientEncoding,
    begin_message,
    end_message,
    pack_int32,
    pack_uint16,
    pack_uint32,
    put_cstring,
)

MIN_KEY: Final = 4
MAX_KEY: Final = 256

IDLE: Final = "I"
IN_TRANSACTION: Final = "T"
FAILED_TRANSACTION: Final = "E"

_pack_field = cast("Callable[[int, int, int, int, int, int], bytes]", struct.Struct("!IhIhih").pack)


class BackendMessage:
    """A message of the server. `tag` is its first byte."""

    __slots__ = ()
    tag: ClassVar[bytes]

    def encode(self, buffer: bytearray, encoding: ClientEncoding = UTF8) -> None:
        """Append the message to `buffer`."""
        length_at = begin_message(buffer, self.tag)
        self.body(buffer, encoding)
        end_message(buffer, length_at)

    def body(self, buffer: bytearray, encoding: ClientEncoding) -> None:
        """Append what follows the length; messages without a body inherit this."""


# -- start of a session ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NegotiateProtocolVersion(BackendMessage):
    """The newest version that the server speaks, as the whole number, and the options that it does not know."""

    tag: ClassVar[bytes] = b"v"

    version: int
    unrecognized_options: tuple[str, ...] = ()

    def body(self, buffer: bytearray, encoding: ClientEncoding) -> None:
        buffer += pack_uint32(self.version)
        buffer += pack_int32(len(self.unrecognized_options))
        for option in self.unrecognized_options:
            put_cstring(buffer, option.encode())


@dataclass(frozen=True, slots=True)
class ParameterStatus(BackendMessage):
    """The value of a setting that clients follow."""

    tag: ClassVar[bytes] = b"S"

    name: str
    value: str

    def body(self, buffer: bytearray, encoding: ClientEncoding) -> None:
        put_cstring(buffer, encoding.encode(self.name))
        put_cstring(buffer, encoding.encode(self.value))


@dataclass(frozen=True, slots=True)
class BackendKeyData(BackendMessage):
    """What a CancelRequest must show; the key has 4 bytes in protocol 3.0, 4 to 256 in 3.2."""

    tag: ClassVar[bytes] = b"K"

    process_id: int
    key: bytes = field(repr=False)

    def body(self, buffer: bytearray, encoding: ClientEncoding) -> None:
        if not MIN_KEY <= len(self.key) <= MAX_KEY:
            raise LocalProtocolError("a cancel key has 4 to 256 bytes")
        buffer += pack_int32(self.process_id)
        buffer += self.key


@dataclass(frozen=True, slots=True)
class ReadyForQuery(BackendMessage):
    """The next command may come; `status` is I idle, T in a transaction block, E in a failed one."""

    tag: ClassVar[bytes] = b"Z"

    status: str

    def body(self, buffer: bytearray, encoding: ClientEncoding) -> None:
        if self.status not in (IDLE, IN_TRANSACTION, FAILED_TRANSACTION):
            raise LocalProtocolError(f"no such transaction status: {self.status!r}")
        buffer += self.status.encode("ascii")


# -- results ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Field:
    """A result column. `table_oid` and `attnum` are 0 for what is no plain column; `typmod` -1 is none."""

    name: str
    table_oid: int = 0
    attnum: int = 0
    type_oid: int = 25
    typlen: int = -1
    typmod: int = -1
    format: int = 0


@dataclass(frozen=True, slots=True)
class RowDescription(BackendMessage):
    """The columns of the rows that follow, or would."""

    tag: ClassVar[bytes] = b"T"

    fields: tuple[Field, ...]

    def body(self, buffer: bytearray, encoding: ClientEncoding) -> None:
        buffer += pack_uint16(len(self.fields))
        for column in self.fields:
            put_cstring(buffer, encoding.encode(column.name))
            buffer += _pack_field(
                column.table_oid, column.attnum, column.type_oid, column.typlen, column.typmod, column.format
            )


@dataclass(frozen=True, slots=True)
class ParameterDescription(BackendMessage):
    """The types of a statement's parameters, all of them."""

    tag: ClassVar[bytes] = b"t"

    oids: tuple[int, ...]

    def body(self, buffer: bytearray, encoding: ClientEncoding) -> None:
        buffer += struct.pack(f"!H{len(self.oids)}I", len(self.oids), *self.oids)


@dataclass(frozen=True, slots=True)
class CommandComplete(BackendMessage):
    """A statement is done; the command tag says what it did."""

    tag: ClassVar[bytes] = b"C"

    command: str

    def body(self, buffer: bytearray, encoding: ClientEncoding) -> None:
        put_cstring(buffer, self.command.encode("ascii"))


@dataclass(frozen=True, slots=True)
class EmptyQueryResponse(BackendMessage):
    """In place of CommandComplete, for a string without a statement."""

    tag: ClassVar[bytes] = b"I"


@dataclass(frozen=True, slots=True)
class ParseComplete(BackendMessage):
    """The statement is prepared."""

    tag: ClassVar[bytes] = b"1"


@dataclass(frozen=True, slots=True)
class BindComplete(BackendMessage):
    """The portal exists."""

    tag: ClassVar[bytes] = b"2"


@dataclass(frozen=True, slots=True)
class CloseComplete(BackendMessage):
    """The statement or portal is gone."""

    tag: ClassVar[bytes] = b"3"


@dataclass(frozen=True, slots=True)
class NoData(BackendMessage):
    """What was described returns no rows."""

    tag: ClassVar[bytes] = b"n"


@dataclass(frozen=True, slots=True)
class PortalSuspended(BackendMessage):
    """The row limit of Execute was reached."""

    tag: ClassVar[bytes] = b"s"


@dataclass(frozen=True, slots=True)
class FunctionCallResponse(BackendMessage):
    """The value of a function call; None is NULL."""

    tag: ClassVar[bytes] = b"V"

    value: bytes | None

    def body(self, buffer: bytearray, encoding: ClientEncoding) -> None:
        if self.value is None:
            buffer += pack_int32(-1)
        else:
            buffer += pack_int32(len(self.value))
            buffer += self.value


# -- COPY ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CopyResponse(BackendMessage):
    """The base of the three messages that begin a COPY: its format, and that of each column."""

    format: int
    column_formats: tuple[int, ...]

    def body(self, buffer: bytearray, encoding: ClientEncoding) -> None:
        count = len(self.column_formats)
        buffer += struct.pack(f"!bH{count}h", self.format, count, *self.column_formats)


@dataclass(frozen=True, slots=True)
class CopyInResponse(CopyResponse):
    """Send the data."""

    tag: ClassVar[bytes] = b"G"


@dataclass(frozen=True, slots=True)
class CopyOutResponse(CopyResponse):
    """The data follows."""

    tag: ClassVar[bytes] = b"H"


@dataclass(frozen=True, slots=True)
class CopyBothResponse(CopyResponse):
    """Both at once; PostgreSQL uses it for streaming replication alone."""

    tag: ClassVar[bytes] = b"W"


@dataclass(frozen=True, slots=True)
class CopyOutData(BackendMessage):
    """CopyData of the server: one row."""

    tag: ClassVar[bytes] = b"d"

    data: bytes

    def body(self, buffer: bytearray, encoding: ClientEncoding) -> None:
        buffer += self.data


@dataclass(frozen=True, slots=True)
class CopyOutDone(BackendMessage):
    """CopyDone of the server."""

    tag: ClassVar[bytes] = b"c"


# -- errors and what comes unasked -----------------------------------------------------------------------------


class Report(BackendMessage):
    """The base of ErrorResponse and NoticeResponse: fields of one letter and a text.

    https://www.postgresql.org/docs/current/protocol-error-fields.html
    """

    __slots__ = ()

    def reported(self) -> Iterator[tuple[bytes, str | int | None]]:
        """Letter and value of each field; None is left out."""
        raise LocalProtocolError("a report without fields")

    def body(self, buffer: bytearray, encoding: ClientEncoding) -> None:
        for letter, value in self.reported():
            if value is not None:
                buffer += letter
                put_cstring(buffer, encoding.encode_lossy(str(value)))
        buffer.append(0)


@dataclass(frozen=True, slots=True)
class ErrorResponse(Report):
    """An error; `severity` overrides that of the error (PostgreSQL raises ERROR to FATAL before a session runs)."""

    tag: ClassVar[bytes] = b"E"

    error: PgError
    severity: str | None = None

    def reported(self) -> Iterator[tuple[bytes, str | int | None]]:
        error = self.error
        severity = self.severity or error.severity
        yield b"S", severity
        yield b"V", severity
        yield b"C", error.sqlstate
        yield b"M", error.message
        yield b"D", error.detail
        yield b"H", error.hint
        yield b"P", error.position
        yield b"W", error.where
        yield b"s", error.schema
        yield b"t", error.table
        yield b"c", error.column
        yield b"d", error.datatype
        yield b"n", error.constraint


@dataclass(frozen=True, slots=True)
class NoticeResponse(Report):
    """A warning or notice; nothing is asked of the client."""

    tag: ClassVar[bytes] = b"N"

    notice: Notice

    def reported(self) -> Iterator[tuple[bytes, str | int | None]]:
        notice = self.notice
        yield b"S", notice.severity
        yield b"V", notice.severity
        yield b"C", notice.sqlstate
        yield b"M", notice.message
        yield b"D", notice.detail
        yield b"H", notice.hint
        yield b"P", notice.position


@dataclass(frozen=True, slots=True)
class NotificationResponse(BackendMessage):
    """A NOTIFY of some session on a channel that this one listens to."""

    tag: ClassVar[bytes] = b"A"

    process_id: int
    channel: str
    payload: str

    def body(self, buffer: bytearray, encoding: ClientEncoding) -> None:
        buffer += pack_int32(self.process_id)
        put_cstring(buffer, encoding.encode(self.channel))
        put_cstring(buffer, encoding.encode(self.payload))
