"""An emulated IRIS instance over one data directory, and the processes in it."""

from __future__ import annotations

import itertools
import json
import os
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
from pgiris.standin.process import Process
from pgiris.standin.settings import InstanceSettings

PROCESSES_PER_OS_PROCESS = 512


class Instance:
    """One emulated IRIS instance. `path` is a directory, or ``:memory:`` for one that vanishes when closed.

    Several processes may work at once, each in a thread of its own. Errors: IrisError -400 when the store cannot be
    opened.
    """

    def __init__(self, path: str | Path, settings: InstanceSettings | None = None) -> None:
        self.settings = settings or InstanceSettings()
        self._temporary = str(path) == ":memory:"
        self.directory = Path(tempfile.mkdtemp(prefix="pgiris-")) if self._temporary else Path(path)
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.file = self.directory / "iris.db"
        self.counters = Counters()
        self.locks = LockTable()
        self._lock = threading.RLock()
        self._processes: dict[int, Process] = {}
        self._numbers = itertools.count()
        self._started = time.monotonic()
        self._closed = False
        try:
            store.create_store(self.file, self.settings)
            self._reader = store.open_connection(self.file, self.settings)
        except apsw.Error as error:
            raise IrisError(-400, f"Fatal error occurred: cannot open {self.file}: {error}") from error
        self._dictionary = self.load(self._reader)
        self._load_counters()

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

    def refresh(self, connection: apsw.Connection) -> Dictionary:
        """Notice a dictionary that another operating-system process changed."""
        version = self.stored_version(connection)
        if version != self._dictionary.version:
            with self._lock:
                self._dictionary = self.load(connection)
        return self._dictionary

    # -- processes

    def process(self, user: str = "_SYSTEM", namespace: str = "USER") -> Process:
        """Start a process; SQLCODE -400 for an unknown namespace or a closed instance."""
        if self._closed:
            raise IrisError(-400, "Fatal error occurred <SHUTDOWN>")
        known = {name.upper(): name for name in self.settings.namespaces}
        if namespace.upper() not in known:
            raise IrisError(-400, f"Fatal error occurred <NAMESPACE> '{namespace}'")
        with self._lock:
            pid = os.getpid() % 2**22 * PROCESSES_PER_OS_PROCESS + next(self._numbers) % PROCESSES_PER_OS_PROCESS
            process = Process(self, pid, user, known[namespace.upper()])
            self._processes[pid] = process
        return process

    def forget(self, process: Process) -> None:
        """A process ended."""
        with self._lock:
            self._processes.pop(process.pid, None)

    def find(self, pid: int) -> Process | None:
        """The process with that $JOB."""
        return self._processes.get(pid)

    def processes(self) -> list[Process]:
        with self._lock:
            return list(self._processes.values())

    # -- clock

    def uptime(self) -> float:
        """$ZHOROLOG: seconds since the instance started."""
        return time.monotonic() - self._started

    def zone_minutes(self) -> int:
        """$ZTIMEZONE: minutes west of UTC."""
        return time.timezone // 60

    # -- end

    def _load_counters(self) -> None:
        file = self.directory / "counters.json"
        if file.exists():
            values = json.loads(file.read_text())
            self.counters.restore({(int(a), int(b)): int(value) for a, b, value in values})

    def close(self) -> None:
        """End all processes, which rolls back what they have open."""
        if self._closed:
            return
        self._closed = True
        for process in self.processes():
            process.terminate()
        self._reader.close()
        if self._temporary:
            shutil.rmtree(self.directory, ignore_errors=True)
            return
        values = [(a, b, value) for (a, b), value in self.counters.snapshot().items()]
        (self.directory / "counters.json").write_text(json.dumps(values))

    def __enter__(self) -> Instance:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
