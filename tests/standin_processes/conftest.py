"""Operating-system processes that share one data directory of the stand-in."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TIMEOUT = 0.4


class Neighbour:
    """An operating-system process that runs ``program.py``. `start` sends a statement, `finish` takes its answer."""

    def __init__(self, directory: Path, timeout: float = TIMEOUT) -> None:
        self.child = subprocess.Popen(
            [sys.executable, str(HERE / "program.py"), str(directory), str(timeout)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def start(self, sql: str | None, *parameters: object, name: str = "") -> None:
        assert self.child.stdin is not None
        given = parameters[0] if sql is None else parameters
        self.child.stdin.write(json.dumps([name, sql, given]) + "\n")
        self.child.stdin.flush()

    def finish(self) -> dict[str, object]:
        assert self.child.stdout is not None
        line = self.child.stdout.readline()
        assert line, "the process has ended"
        answer: dict[str, object] = json.loads(line)
        return answer

    def run(self, sql: str, *parameters: object, name: str = "") -> list[list[object]]:
        """Rows of a statement that must succeed."""
        self.start(sql, *parameters, name=name)
        answer = self.finish()
        assert "rows" in answer, answer
        return answer["rows"]  # type: ignore[return-value]

    def fails(self, sql: str, *parameters: object, name: str = "") -> object:
        """The SQLCODE of a statement that must fail."""
        self.start(sql, *parameters, name=name)
        answer = self.finish()
        assert "sqlcode" in answer, answer
        return answer["sqlcode"]

    def value(self, attribute: str, name: str = "") -> object:
        self.start(None, attribute, name=name)
        return self.finish()["value"]

    def kill(self) -> None:
        self.child.kill()
        self.child.wait()

    def end(self) -> None:
        """Let it close its instance, or kill it."""
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        try:
            if self.child.poll() is None:
                self.child.stdin.close()
                self.child.wait(5)
        except subprocess.TimeoutExpired:
            self.kill()
        finally:
            self.child.stdout.close()


@pytest.fixture
def neighbour(tmp_path: Path) -> Iterator[Callable[..., Neighbour]]:
    """Starts operating-system processes over one data directory."""
    started: list[Neighbour] = []

    def start(timeout: float = TIMEOUT) -> Neighbour:
        made = Neighbour(tmp_path / "data", timeout)
        started.append(made)
        return made

    yield start
    for one in started:
        one.end()


@pytest.fixture
def pair(neighbour: Callable[..., Neighbour]) -> tuple[Neighbour, Neighbour]:
    """Two processes, and a table t with one row (1, 0)."""
    first, second = neighbour(), neighbour()
    first.run("CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER)")
    first.run("INSERT INTO t VALUES (1, 0)")
    return first, second
