"""The operating-system processes that have one instance open, and how they ask each other.

Each has a file in ``processes/`` of the data directory, named by the first $JOB that it gives out. The file says where
it listens on the loopback interface, and holds a secret: who may read the data directory may ask. Questions and
answers are lines of JSON. A process that was killed leaves its file; nobody answers there with its secret, so the
next one that looks takes the file away.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from pgiris.errors import IrisError

JOBS: Final = 512
"""Values of $JOB that each operating-system process has for the processes that it emulates."""

BASES: Final = 2**22
PATIENCE: Final = 1.0
"""Seconds to wait for a neighbour's answer, and for a question on a connection."""

LONGEST: Final = 8_000_000
LONGEST_QUESTION: Final = 4096

Answers = dict[str, Callable[[int], Any]]


def read_line(connection: socket.socket, limit: int) -> bytes:
    """One line, without its end. Raises OSError; ValueError when there is none within `limit` bytes."""
    data = bytearray()
    while not data.endswith(b"\n"):
        part = connection.recv(65_536)
        data += part
        if not part or len(data) > limit:
            raise ValueError("no line")
    return bytes(data)


class Neighbours:
    """This operating-system process among those of an instance. `answers` are the questions that it answers."""

    def __init__(self, directory: Path, answers: Answers) -> None:
        """Start to listen, and take a base that no living process has. Raises OSError, IrisError."""
        self._directory = directory / "processes"
        self._directory.mkdir(mode=0o700, exist_ok=True)
        self._answers = answers
        self._secret = secrets.token_hex(16)
        self._socket = socket.create_server(("127.0.0.1", 0))
        try:
            self.base = self._claim()
        except BaseException:
            self._socket.close()
            raise
        self._thread = threading.Thread(target=self._serve, name="iris neighbours", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Leave the instance."""
        self._file(self.base).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # ends the accept that the thread waits in
        self._socket.close()
        self._thread.join(PATIENCE)

    # -- asking

    def alive(self, base: int) -> bool:
        """Whether the operating-system process with that base still has the instance open."""
        return base == self.base or self._ask(base, "list") is not None

    def cancel(self, pid: int) -> bool:
        """Cancel what an emulated process of another operating-system process runs; False when it runs nothing."""
        base = pid // JOBS
        return base != self.base and bool(self._ask(base, "cancel", pid))

    def processes(self) -> list[dict[str, object]]:
        """The emulated processes of all others."""
        found: list[dict[str, object]] = []
        for base in self._bases():
            if base != self.base:
                found += self._ask(base, "list") or []
        return found

    def _ask(self, base: int, what: str, number: int = 0) -> Any:
        """A neighbour's answer; None when it is gone, an empty list when it is silent."""
        try:
            place = json.loads(self._file(base).read_bytes())
        except (OSError, ValueError):
            return None
        question = {"secret": place["secret"], "ask": what, "number": number}
        try:
            with socket.create_connection(("127.0.0.1", place["port"]), PATIENCE) as connection:
                connection.settimeout(PATIENCE)
                connection.sendall(json.dumps(question).encode() + b"\n")
                answer = json.loads(read_line(connection, LONGEST))
            if hmac.compare_digest(str(answer["secret"]), place["secret"] + "!"):
                return answer["answer"]
        except TimeoutError:
            return []
        except (OSError, ValueError, KeyError, TypeError):
            pass
        self._bury(base, place)
        return None

    def _bury(self, base: int, place: dict[str, object]) -> None:
        """Take away the file of a process that is gone, unless it is another's by now."""
        with contextlib.suppress(OSError, ValueError):
            if json.loads(self._file(base).read_bytes()) == place:
                self._file(base).unlink()

    # -- being asked

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                connection.settimeout(5 * PATIENCE)
                question = json.loads(read_line(connection, LONGEST_QUESTION))
                if hmac.compare_digest(str(question["secret"]), self._secret):
                    answer = self._answers[question["ask"]](int(question["number"]))
                    told = {"secret": self._secret + "!", "answer": answer}
                    connection.sendall(json.dumps(told).encode() + b"\n")

    # -- files

    def _file(self, base: int) -> Path:
        return self._directory / str(base)

    def _bases(self) -> Iterator[int]:
        with contextlib.suppress(OSError):
            yield from sorted(int(file.name) for file in self._directory.iterdir() if file.name.isdigit())

    def _claim(self) -> int:
        """The first base from the process's own number on that nobody living has."""
        place = json.dumps({"port": self._socket.getsockname()[1], "secret": self._secret}).encode()
        draft = self._directory / f"{self._secret}.new"
        self.base = -1
        try:
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(place)
            for step in range(JOBS):
                base = (os.getpid() + step) % BASES
                if self._ask(base, "list") is None:
                    with contextlib.suppress(FileExistsError):
                        os.link(draft, self._file(base))  # whole or not at all, and never over another's
                        return base
            raise IrisError(-400, "Fatal error occurred <PROCESS> too many processes")
        finally:
            draft.unlink(missing_ok=True)
