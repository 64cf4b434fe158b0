"""Explicit table locks: LOCK TABLE and UNLOCK TABLE. They are counted and outlive COMMIT (RSQL_lock)."""

from __future__ import annotations

import threading
import time
from collections import Counter

from pgiris.errors import IrisError


class LockTable:
    """The table locks of an instance: shared or exclusive, each with a count for each owner."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._held: dict[int, dict[str, Counter[int]]] = {}

    def _free(self, table: int, mode: str, owner: int) -> bool:
        held = self._held.get(table)
        if held is None:
            return True
        if any(count and other != owner for other, count in held["EXCLUSIVE"].items()):
            return False
        return mode == "SHARE" or not any(count and other != owner for other, count in held["SHARE"].items())

    def acquire(self, table: int, mode: str, owner: int, timeout: float) -> None:
        """Take a lock, waiting at most `timeout` seconds; then SQLCODE -110."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while not self._free(table, mode, owner):
                left = deadline - time.monotonic()
                if left <= 0:
                    raise IrisError(-110, "Unable to acquire lock on table")
                self._changed.wait(min(left, 0.5))
            held = self._held.setdefault(table, {"SHARE": Counter(), "EXCLUSIVE": Counter()})
            held[mode][owner] += 1

    def release(self, table: int, mode: str, owner: int) -> None:
        """Give back one count of a lock; nothing when it is not held."""
        with self._changed:
            held = self._held.get(table)
            if held is not None and held[mode][owner] > 0:
                held[mode][owner] -= 1
                self._changed.notify_all()

    def release_all(self, owner: int) -> None:
        """The owner ended."""
        with self._changed:
            for held in self._held.values():
                for mode in held.values():
                    mode.pop(owner, None)
            self._changed.notify_all()

    def wait_writable(self, table: int, owner: int, timeout: float) -> None:
        """Writers wait for other owners' table locks; SQLCODE -110."""
        if table not in self._held:
            return
        deadline = time.monotonic() + timeout
        with self._changed:
            while not self._free(table, "EXCLUSIVE", owner):
                left = deadline - time.monotonic()
                if left <= 0:
                    raise IrisError(-110, "Unable to acquire lock: the table is locked by another process")
                self._changed.wait(min(left, 0.5))
