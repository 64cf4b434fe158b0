"""Bytes into frames: tag, length, body. Knows how messages are cut, not what they say.

The plan, before the code:

- Every byte is looked at a fixed number of times, however the stream was cut. What has arrived complete is sliced out
  of the piece it came in; only a message that is cut over pieces is copied together, once, when it is whole.
- The tag is judged as soon as it is there, the length as soon as its four bytes are: nothing is kept for a message
  that will be refused. (PostgreSQL's limits: src/backend/tcop/postgres.c, SocketBackend.)
- An error of framing is FATAL, because nobody knows where the next message begins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pgiris.errors import FATAL, ProtocolViolation
from pgiris.protocol.wire import unpack_int32

HEADER: Final = 5
"""Bytes of a tag and a length."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The longest messages that are taken, in bytes as the length field counts them. PostgreSQL's own by default."""

    startup: int = 10_000
    """Any first packet."""
    authentication: int = 65_535
    """The answers to authentication requests."""
    small: int = 10_000
    """Messages of a small fixed shape."""
    large: int = 0x3FFF_FFFE
    """Query, Parse, Bind, FunctionCall and CopyData; just under 1 GiB."""


class UnexpectedTag(Exception):
    """The next message has a tag that the caller's limits do not list; who reads knows what to say about it."""

    def __init__(self, tag: int) -> None:
        super().__init__(tag)
        self.tag = tag


class MessageReader:
    """An incremental reader of frames. The bytes of `_data` from `_at` on, then those of `_tail`, are unread."""

    __slots__ = ("_at", "_data", "_tail")

    def __init__(self) -> None:
        self._data = b""
        self._at = 0
        self._tail = bytearray()

    def feed(self, data: bytes) -> None:
        """Take what has arrived."""
        if self._tail or self._at < len(self._data):
            self._tail += data
        else:
            self._data = data if type(data) is bytes else bytes(data)
            self._at = 0

    @property
    def buffered(self) -> int:
        """The number of unread bytes."""
        return len(self._data) - self._at + len(self._tail)

    def clear(self) -> None:
        """Forget all unread bytes."""
        self._data, self._at = b"", 0
        self._tail.clear()

    def take_all(self) -> bytes:
        """All unread bytes, whatever they are."""
        self._gather()
        data = self._data[self._at :]
        self.clear()
        return data

    def first_byte(self) -> int | None:
        """The next byte, which stays unread."""
        if self._at >= len(self._data):
            return None
        return self._data[self._at]

    def startup_packet(self, limit: int) -> bytes | None:
        """A first packet without its length, or None while it is incomplete. Raises ProtocolViolation, FATAL."""
        if not self._have(4):
            return None
        (length,) = unpack_int32(self._data, self._at)
        if not 8 <= length <= limit + 4:
            raise ProtocolViolation("invalid length of startup packet", severity=FATAL)
        if not self._have(length):
            return None
        start = self._at + 4
        self._at += length
        return self._data[start : self._at]

    def has_startup_packet(self) -> bool:
        """Whether a first packet, good or bad, can be judged."""
        return self._have(4) and self._have(max(4, unpack_int32(self._data, self._at)[0]))

    def message(self, limits: Mapping[int, int]) -> tuple[int, bytes] | None:
        """Tag and body of the next message, or None while it is incomplete.

        `limits` has the tags that may come now, with the largest length of each. Raises UnexpectedTag for another
        one, ProtocolViolation (FATAL) for a length that is impossible or above the limit.
        """
        data, at = self._data, self._at
        if at >= len(data):
            return None
        tag = data[at]
        limit = limits.get(tag)
        if limit is None:
            raise UnexpectedTag(tag)
        if len(data) < at + HEADER:
            if not self._have(HEADER):
                return None
            data, at = self._data, self._at
        (length,) = unpack_int32(data, at + 1)
        if not 4 <= length <= limit:
            raise ProtocolViolation("invalid message length", severity=FATAL)
        end = at + 1 + length
        if end > len(data):
            if not self._have(1 + length):
                return None
            data, at = self._data, self._at
            end = at + 1 + length
        if end == len(data):  # an idle connection keeps no memory; what came meanwhile is next
            self._data, self._at = bytes(self._tail), 0
            if self._tail:
                self._tail = bytearray()
        else:
            self._at = end
        return tag, data[at + HEADER : end]

    def peek(self) -> int | None:
        """The tag of the next message if that is complete, which is not read."""
        if not self._have(HEADER):
            return None
        (length,) = unpack_int32(self._data, self._at + 1)
        return self._data[self._at] if length >= 4 and self.buffered > length else None

    def _have(self, wanted: int) -> bool:
        """Whether `wanted` unread bytes are there; if so they are in `_data`."""
        here = len(self._data) - self._at
        if here >= wanted:
            return True
        if here + len(self._tail) < wanted:
            return False
        self._gather()
        return True

    def _gather(self) -> None:
        if self._tail:
            self._data = b"".join((memoryview(self._data)[self._at :], self._tail))
            self._at = 0
            self._tail = bytearray()
