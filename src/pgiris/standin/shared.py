"""What the operating-system processes of one instance share besides rows: counters, and a word that says that
definitions changed. A file mapped into memory, so that looking costs next to nothing on each statement.

Counters are moved under a lock on the file, for an insert draws its number before it is the writer of the store. The
mapping outlives a process that is killed, and the lock does not. After a power cut it may be older than the rows, so a
counter that is used for the first time by an instance is compared with the highest value in its table.
"""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
import struct
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from pgiris.errors import IrisError
from pgiris.standin.counters import Name

SLOTS: Final = 65_536
"""Counters that an instance can have at once: one for each table, and one for each SERIAL or AUTO_INCREMENT field."""

HEADER: Final = 64
ENTRY: Final = struct.Struct("<qq")
WORD: Final = struct.Struct("<q")
SIZE: Final = HEADER + SLOTS * ENTRY.size
DEFINITIONS, LOCKS = 0, 8
FREE, GONE = 0, -1
COLUMNS: Final = 65_536
"""A counter's key is the table's id times this, plus the column's number, plus one."""


def key_of(name: Name) -> int:
    return name[0] * COLUMNS + name[1] + 1


def make_file(path: Path) -> None:
    """Make the file whole or not at all, and never over another's. Raises OSError.

    Its zeros are written: a hole that the disk has no room for would kill the process when it is touched.
    """
    handle, draft = tempfile.mkstemp(prefix="shared", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(bytes(SIZE))
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        os.unlink(draft)


class SharedMemory:
    """The mapped file of an instance: two words and a hash table of counters (open addressing)."""

    def __init__(self, path: Path) -> None:
        """Map the file, making it when it is not there. Raises OSError."""
        if not path.exists():
            make_file(path)
        self._file = path.open("r+b")
        self._map = mmap.mmap(self._file.fileno(), SIZE)
        self._lock = threading.Lock()
        self._places: dict[Name, int] = {}

    def close(self) -> None:
        """Let go of the mapping."""
        with self._lock:
            self._map.close()
            self._file.close()

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """No other thread or process moves counters meanwhile."""
        with self._lock:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    # -- words

    def definitions(self) -> int:
        """Changes with every change of a definition; odd while one is being committed (or its process died then)."""
        return WORD.unpack_from(self._map, DEFINITIONS)[0]  # type: ignore[no-any-return]

    def definitions_changing(self) -> None:
        """The writer is about to commit definitions."""
        WORD.pack_into(self._map, DEFINITIONS, self.definitions() | 1)

    def definitions_changed(self) -> None:
        """The writer has committed them."""
        WORD.pack_into(self._map, DEFINITIONS, (self.definitions() | 1) + 1)

    def table_locks(self) -> int:
        """Whether there may be table locks: nearly always there are none, and a writer need not look further."""
        return WORD.unpack_from(self._map, LOCKS)[0]  # type: ignore[no-any-return]

    def set_table_locks(self, present: bool) -> None:
        WORD.pack_into(self._map, LOCKS, int(present))

    # -- counters

    def next(self, name: Name, start: Callable[[], int] | None = None) -> int:
        """The next value; `start` finds the last used one."""
        first = start() if start is not None and name not in self._places else 0
        with self._alone():
            place = self._place(name, first)
            key, value = ENTRY.unpack_from(self._map, place)
            ENTRY.pack_into(self._map, place, key, value + 1)
            return int(value) + 1

    def raise_to(self, name: Name, value: int, start: Callable[[], int]) -> None:
        """An explicit value was used: the counter moves up to it."""
        first = start() if name not in self._places else 0
        with self._alone():
            place = self._place(name, first)
            key, known = ENTRY.unpack_from(self._map, place)
            ENTRY.pack_into(self._map, place, key, max(known, value))

    def reset(self, table: int) -> None:
        """TRUNCATE: the counters of a table start again."""
        with self._alone():
            for place in self._of(table):
                key, _ = ENTRY.unpack_from(self._map, place)
                ENTRY.pack_into(self._map, place, key, 0)

    def forget(self, table: int) -> None:
        """The table is gone."""
        with self._alone():
            for place in self._of(table):
                follower = HEADER + (place - HEADER + ENTRY.size) % (SLOTS * ENTRY.size)
                ends = ENTRY.unpack_from(self._map, follower)[0] == FREE
                ENTRY.pack_into(self._map, place, FREE if ends else GONE, 0)

    def _of(self, table: int) -> list[int]:
        """The places of a table's counters."""
        low, high = key_of((table, 0)), key_of((table + 1, 0))
        entries = ENTRY.iter_unpack(self._map[HEADER:SIZE])
        return [HEADER + at * ENTRY.size for at, (key, _) in enumerate(entries) if low <= key < high]

    def _place(self, name: Name, first: int) -> int:
        """Where a counter is; made when it is new, raised to `first` when this instance meets it first."""
        key = key_of(name)
        place = self._places.get(name)
        if place is not None and ENTRY.unpack_from(self._map, place)[0] == key:
            return place
        place = self._find(key)
        found, value = ENTRY.unpack_from(self._map, place)
        ENTRY.pack_into(self._map, place, key, max(value if found == key else 0, first))
        self._places[name] = place
        return place

    def _find(self, key: int) -> int:
        """The place of a key, or the first one that it may take."""
        at = (key * 0x9E3779B97F4A7C15 >> 40) % SLOTS
        spare = -1
        for step in range(SLOTS):
            place = HEADER + (at + step) % SLOTS * ENTRY.size
            found = ENTRY.unpack_from(self._map, place)[0]
            if found == key:
                return place
            if found == GONE and spare < 0:
                spare = place
            elif found == FREE:
                return spare if spare >= 0 else place
        if spare >= 0:
            return spare
        raise IrisError(-400, "Fatal error occurred <STORE> too many counters")
