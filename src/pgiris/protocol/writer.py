"""What is waiting to be written: one growing buffer, and large pieces that pass through uncopied."""

from __future__ import annotations

from typing import Final

OWN_CHUNK: Final = 16_384
"""Pieces from this size on are handed out as they are, not copied into the buffer."""


class OutputBuffer:
    """Pending output in order. `buffer` is the open end; messages are appended to it."""

    __slots__ = ("_chunks", "_size", "buffer")

    def __init__(self) -> None:
        self.buffer = bytearray()
        self._chunks: list[bytes | bytearray] = []
        self._size = 0

    def pass_through(self, data: bytes) -> None:
        """Append bytes that are encoded already."""
        if len(data) < OWN_CHUNK:
            self.buffer += data
            return
        self._close()
        self._chunks.append(data)
        self._size += len(data)

    @property
    def pending(self) -> int:
        """The number of bytes waiting."""
        return self._size + len(self.buffer)

    def take(self) -> list[bytes | bytearray]:
        """Everything that waits, in order; the caller owns it."""
        self._close()
        taken, self._chunks, self._size = self._chunks, [], 0
        return taken

    def _close(self) -> None:
        if self.buffer:
            self._chunks.append(self.buffer)
            self._size += len(self.buffer)
            self.buffer = bytearray()
