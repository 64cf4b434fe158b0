"""An emulated IRIS instance over one data directory, and the processes in it."""

from __future__ import annotations

import itertools
import shutil
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import apsw

from pgiris.errors import IrisError
from pgiris.standin import store
from pgiris.standin.counters import Counters
from pgiris.standin.dictionary import DECODER, Dictionary
from pgiris.standin.locks import LockTable
from pgiris.standin.neighbours import JOBS, Neighbours
from pgiris.standin.process import Process
from pgiris.standin.settings import InstanceSettings
from pgiris.standin.shared import SharedMemory


class Instance:
    """One emulated IRIS instance. `path` is a directory, or ``:memory:`` for one that vanishes when closed.

    Several processes may work at once, each in a thread of its own; and several operating-system processes may have
    one directory open, each by an Instance of its own. Errors: IrisError -400 when the store cannot be
    opened.
    """

    def __init__(self, path: str | Path, settings: InstanceSettings | None = None) -> None:
        self.settings = settings or InstanceSettings()
        self._temporary = str(path) == ":memory:"
        self.directory = Path(tempfile.mkdtemp(prefix="pgiris-")) if self._temporary else Path(path)
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.file = self.directory / "iris.db"
        self.private_counters = Counters()
        self._lock = threading.RLock()
        self._processes: dict[int, Process] = {}
        self._numbers = itertools.count()
        self._started = time.monotonic()
        self._closed = False
        try:
            store.create_store(self.file, self.settings)
            self._reader = store.open_connection(self.file, self.settings)
            self.shared = self.counters = SharedMemory(self.directory / "shared.bin")
            self._neighbours = Neighbours(self.directory, {"list": self._told, "cancel": self._cancel})
        except (apsw.Error, OSError) as error:
            raise IrisError(-400, f"Fatal error occurred: cannot open {self.file}: {error}") from error
        self.locks = LockTable(self.directory, self.shared, self._exists)
        self._definitions = self.shared.definitions()
        self._dictionary = self.load(self._reader)

    # -- dictionary

    @property
    def dictionary(self) -> Dictionary:
        """The latest committed dictionary."""
        return self._dictionary

    @staticmethod
    def stored_version(connection: apsw.Connection) -> int:
        """The dictionary's version in the store."""
        row: Any = connection.execute("SELECT value FROM sys_meta WHERE name = 'version'").fetchone()
        return int(row[0])

    def load(self, connection: apsw.Connection) -> Dictionary:
        """Read the dictionary from the store."""
        version = self.stored_version(connection)
        rows = connection.execute("SELECT body FROM sys_object ORDER BY id")
        return Dictionary.of(version, [DECODER.decode(body) for (body,) in rows])

    def publish(self, dictionary: Dictionary) -> None:
        """A process committed a change of the dictionary."""
        with self._lock:
            if dictionary.version > self._dictionary.version:
                self._dictionary = dictionary

    def refresh(self) -> None:
        """Notice definitions that another operating-system process committed."""
        definitions = self.shared.definitions()
        if definitions == self._definitions:
            return
        with self._lock:
            if self.stored_version(self._reader) != self._dictionary.version:
                self._dictionary = self.load(self._reader)
            if definitions % 2 == 0:  # else they are just being committed: look again next time
                self._definitions = definitions

    # -- processes

    def process(self, user: str = "_SYSTEM", namespace: str = "USER") -> Process:
        """Start a process; SQLCODE -400 for an unknown namespace or a closed instance."""
        if self._closed:
            raise IrisError(-400, "Fatal error occurred <SHUTDOWN>")
        known = {name.upper(): name for name in self.settings.namespaces}
        if namespace.upper() not in known:
            raise IrisError(-400, f"Fatal error occurred <NAMESPACE> '{namespace}'")
        with self._lock:
            pid = self._new_pid()
            process = Process(self, pid, user, known[namespace.upper()])
            self._processes[pid] = process
        return process

    def _new_pid(self) -> int:
        for _ in range(JOBS):
            pid = self._neighbours.base * JOBS + next(self._numbers) % JOBS
            if pid not in self._processes:
                return pid
        raise IrisError(-400, "Fatal error occurred <PROCESS> too many processes")

    def forget(self, process: Process) -> None:
        """A process ended."""
        with self._lock:
            self._processes.pop(process.pid, None)

    def find(self, pid: int) -> Process | None:
        """The process with that $JOB."""
        return self._processes.get(pid)

    def processes(self) -> list[Process]:
        """The processes that this object has started."""
        with self._lock:
            return list(self._processes.values())

    def described(self) -> list[dict[str, object]]:
        """All processes of the instance, also of other operating-system processes."""
        return [*self._told(), *self._neighbours.processes()]

    def cancel(self, pid: int) -> bool:
        """Cancel what a process runs, wherever it is; False when it does not exist or runs nothing."""
        return self._cancel(pid) if pid in self._processes else self._neighbours.cancel(pid)

    def _cancel(self, pid: int) -> bool:
        process = self._processes.get(pid)
        return process is not None and process.cancel()

    def _told(self, _: int = 0) -> list[dict[str, object]]:
        return [process.described() for process in self.processes()]

    def _exists(self, pid: int) -> bool:
        return pid in self._processes or self._neighbours.alive(pid // JOBS)

    # -- clock

    def uptime(self) -> float:
        """$ZHOROLOG: seconds since the instance started."""
        return time.monotonic() - self._started

    def zone_minutes(self) -> int:
        """$ZTIMEZONE: minutes west of UTC."""
        return time.timezone // 60

    # -- end

    def close(self) -> None:
        """End all processes, which rolls back what they have open."""
        if self._closed:
            return
        self._closed = True
        for process in self.processes():
            process.terminate()
        self._neighbours.close()
        self._reader.close()
        self.locks.close()
        self.shared.close()
        if self._temporary:
            shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self) -> Instance:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
