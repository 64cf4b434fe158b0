"""Explicit table locks: LOCK TABLE and UNLOCK TABLE. They are counted and outlive COMMIT (RSQL_lock).

They are kept in a small SQLite file of the data directory, which all operating-system processes of the instance
share. Locks of a process that died are dropped by the first that they stand in the way of.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import apsw

from pgiris.errors import IrisError
from pgiris.standin.shared import SharedMemory

POLL: Final = 0.02
"""Seconds between two looks at a lock that somebody else has."""

SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS held (tab INTEGER, mode TEXT, owner INTEGER, count INTEGER, "
    "PRIMARY KEY (tab, mode, owner)) WITHOUT ROWID"
)

Check = Callable[[], None]


def never() -> None:
    """Waits that nobody cancels."""


class LockTable:
    """The table locks of an instance: shared or exclusive, each with a count for each owner."""

    def __init__(self, directory: Path, shared: SharedMemory, alive: Callable[[int], bool]) -> None:
        """`alive` tells whether the process with that $JOB still exists."""
        self._file = directory / "locks.db"
        self._shared = shared
        self._alive = alive
        self._lock = threading.RLock()
        self._store: apsw.Connection | None = None

    def close(self) -> None:
        with self._lock:
            if self._store is not None:
                self._store.close()
                self._store = None

    @contextmanager
    def _exclusively(self) -> Iterator[apsw.Connection]:
        """The store of locks, with no other process at it. Raises IrisError -110."""
        with self._lock:
            try:
                if self._store is None:
                    self._store = apsw.Connection(str(self._file))
                    self._store.set_busy_timeout(5000)
                    self._store.execute("PRAGMA synchronous = OFF").fetchall()
                self._store.execute("BEGIN IMMEDIATE")
            except apsw.Error as error:
                raise IrisError(-110, f"Unable to acquire lock: {error}") from error
            try:
                self._store.execute(SCHEMA)
                yield self._store
                present = self._store.execute("SELECT 1 FROM held LIMIT 1").fetchone() is not None
                self._shared.set_table_locks(present)
            finally:
                self._store.execute("COMMIT")

    def _free(self, store: apsw.Connection, table: int, mode: str, owner: int) -> bool:
        """Whether nobody living stands in the way."""
        held: Any = store.execute("SELECT DISTINCT owner FROM held WHERE tab = ? AND owner <> ? AND mode >= ?",
                             (table, owner, "" if mode == "EXCLUSIVE" else "X")).fetchall()  # fmt: skip
        owners: list[int] = [row[0] for row in held]
        for other in owners:
            if self._alive(other):
                return False
            store.execute("DELETE FROM held WHERE owner = ?", (other,))
        return True

    def acquire(self, table: int, mode: str, owner: int, timeout: float, check: Check = never) -> None:
        """Take a lock, waiting at most `timeout` seconds; then SQLCODE -110. `check` may end the wait by raising."""
        short = mode[:1] if mode == "SHARE" else "X"
        deadline = time.monotonic() + timeout
        while True:
            with self._exclusively() as store:
                if self._free(store, table, mode, owner):
                    store.execute("INSERT INTO held VALUES (?, ?, ?, 1) "
                                  "ON CONFLICT DO UPDATE SET count = count + 1", (table, short, owner))  # fmt: skip
                    return
            if time.monotonic() >= deadline:
                raise IrisError(-110, "Unable to acquire lock on table")
            check()
            time.sleep(POLL)

    def release(self, table: int, mode: str, owner: int) -> None:
        """Give back one count of a lock; nothing when it is not held."""
        if not self._shared.table_locks():
            return
        key = (table, "S" if mode == "SHARE" else "X", owner)
        with self._exclusively() as store:
            store.execute("UPDATE held SET count = count - 1 WHERE tab = ? AND mode = ? AND owner = ?", key)
            store.execute("DELETE FROM held WHERE count <= 0")

    def release_all(self, owner: int) -> None:
        """The owner ended."""
        if not self._shared.table_locks():
            return
        with self._exclusively() as store:
            store.execute("DELETE FROM held WHERE owner = ?", (owner,))

    def locked(self, table: int, owner: int) -> bool:
        """Whether somebody else's lock stops this owner from writing."""
        if not self._shared.table_locks():
            return False
        with self._exclusively() as store:
            return not self._free(store, table, "EXCLUSIVE", owner)

    def wait_writable(self, table: int, owner: int, timeout: float, check: Check = never) -> None:
        """Writers wait for other owners' table locks; SQLCODE -110."""
        deadline = time.monotonic() + timeout
        while self.locked(table, owner):
            if time.monotonic() >= deadline:
                raise IrisError(-110, "Unable to acquire lock: the table is locked by another process")
            check()
            time.sleep(POLL)
