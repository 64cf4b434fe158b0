"""Counters of temporary tables, whose rows belong to one process. They never roll back (sql.md 11).

The counters of all other tables are shared by operating-system processes, see ``shared``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

Name = tuple[int, int]
"""Table id and column number; column 1 is the RowID, (0, 0) the ROWVERSION counter of the namespace."""


class Counters:
    """The counters of an instance inside one operating-system process; safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: dict[Name, int] = {}

    def next(self, name: Name, start: Callable[[], int] | None = None) -> int:
        """The next value; `start` finds the last used one when the counter is new."""
        with self._lock:
            value = self._values.get(name)
            if value is not None:
                self._values[name] = value + 1
                return value + 1
        first = start() if start is not None else 0
        with self._lock:
            value = max(self._values.get(name, 0), first) + 1
            self._values[name] = value
            return value

    def raise_to(self, name: Name, value: int, start: Callable[[], int]) -> None:
        """An explicit value was used: the counter moves up to it."""
        with self._lock:
            known = self._values.get(name)
        first = start() if known is None else known
        with self._lock:
            self._values[name] = max(self._values.get(name, 0), first, value)

    def reset(self, table: int) -> None:
        """TRUNCATE: the counters of a table start again."""
        with self._lock:
            for name in [n for n in self._values if n[0] == table]:
                self._values[name] = 0

    def forget(self, table: int) -> None:
        """The table is gone."""
        with self._lock:
            for name in [n for n in self._values if n[0] == table]:
                del self._values[name]
