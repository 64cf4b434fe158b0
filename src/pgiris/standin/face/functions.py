"""The functions of the `iris` module itself (GEPYTHON_reference_core)."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from typing import Final

from pgiris.errors import IrisError
from pgiris.standin.face.bridge import IrisRuntimeError, Oref
from pgiris.standin.face.context import Context
from pgiris.standin.process import Process

SPECIAL: Final[dict[str, Callable[[Process], object]]] = {
    "$JOB": lambda process: process.pid,
    "$J": lambda process: process.pid,
    "$TLEVEL": lambda process: process.level,
    "$NAMESPACE": lambda process: process.namespace,
    "$USERNAME": lambda process: process.user,
    "$ZVERSION": lambda process: process.instance.settings.version,
}
"""Special variables that ``iris.execute("return …")`` gives."""

MODES: Final = {"": "EXCLUSIVE", "S": "SHARE"}


class Functions:
    """`iris.cls`, `iris.execute` and the like, for one process."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def cls(self, name: str) -> Oref:
        """A class; raises IrisRuntimeError when there is none of that name."""
        self._context.thread.check()
        return Oref(self._context.cls(name))

    def execute(self, code: str) -> object:
        """ObjectScript: ``return`` of a special variable, nothing else."""
        self._context.thread.check()
        words = code.split()
        if len(words) == 2 and words[0].lower() in ("return", "quit"):
            found = SPECIAL.get(words[1].upper())
            if found is not None:
                return found(self._context.process)
        raise IrisRuntimeError("<UNIMPLEMENTED> the stand-in runs no ObjectScript but the return of a special variable")

    def tlevel(self) -> int:
        """The transaction level, 0 outside a transaction."""
        self._context.thread.check()
        return self._context.process.level

    def lock(self, names: Sequence[str], timeout: float | None = None, kind: str = "") -> bool:
        """Take all locks, exclusive ones or (`kind` S) shared; False when `timeout` seconds do not suffice."""
        self._context.thread.check()
        process, mode = self._context.process, lock_mode(kind)
        limit = threading.TIMEOUT_MAX / 2 if timeout is None else float(timeout)
        taken: list[str] = []
        for name in names:
            try:
                process.instance.locks.acquire(lock_number(name), mode, process.pid, limit)
            except IrisError:
                self.unlock(taken, None, kind)
                return False
            taken.append(name)
        return True

    def unlock(self, names: Sequence[str], timeout: float | None = None, kind: str = "") -> bool:
        """Give locks back."""
        self._context.thread.check()
        process = self._context.process
        for name in names:
            process.instance.locks.release(lock_number(name), lock_mode(kind), process.pid)
        return True


def lock_mode(kind: str) -> str:
    mode = MODES.get(kind.upper())
    if mode is None:
        raise IrisRuntimeError(f"<UNIMPLEMENTED> lock type {kind!r}")
    return mode


def lock_number(name: str) -> int:
    """A name among the table locks: a negative number, which no table has."""
    return -1 - int.from_bytes(hashlib.sha256(name.encode()).digest()[:7], "big")
