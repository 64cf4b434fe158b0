"""Committed work survives ``kill -9`` at any moment; half a transaction never does."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import apsw
import pytest

from pgiris.standin import Instance

HERE = Path(__file__).parent
STEP = 1_000_000
"""The numbers of one writer are below the next one's."""


def write_until_killed(directory: Path, writers: list[int], after: float) -> list[int]:
    """Start writers, kill them all `after` seconds from their first commits; the numbers they acknowledged."""
    children = [
        subprocess.Popen([sys.executable, str(HERE / "killed.py"), str(directory), str(first)], stdout=subprocess.PIPE)
        for first in writers
    ]
    said: list[bytes] = []
    try:
        for child in children[:1]:
            assert child.stdout is not None
            said.append(child.stdout.readline())
        time.sleep(after)
    finally:
        for child in children:
            child.kill()
        for child in children:
            assert child.stdout is not None
            said += child.stdout.read().split(b"\n")[:-1]  # the last piece may be half a line
            child.stdout.close()
            child.wait()
    return [int(line) for line in said]


def survive(directory: Path, rounds: int, writers: int) -> int:
    """Kill writers again and again, and look at what is there after each; the number of acknowledged commits."""
    with Instance(directory) as instance:
        process = instance.process()
        process.execute("CREATE TABLE one (id IDENTITY, n BIGINT UNIQUE, filler VARCHAR(1000))")
        process.execute("CREATE TABLE two (id IDENTITY, n BIGINT UNIQUE)")
    acknowledged: set[int] = set()
    for turn in range(rounds):
        firsts = [(turn * writers + number) * STEP for number in range(writers)]
        acknowledged.update(write_until_killed(directory, firsts, random.uniform(0, 0.15)))
        with Instance(directory) as instance:
            process = instance.process()
            one = {row[0] for row in process.execute("SELECT n FROM one").fetchall()}
            two = {row[0] for row in process.execute("SELECT n FROM two").fetchall()}
            assert one == two, "half a transaction"
            assert acknowledged <= one, "a commit that was acknowledged is lost"
            process.execute("INSERT INTO one (n) VALUES (?)", (-1,))
            process.execute("DELETE FROM one WHERE n = ?", (-1,))
    store = apsw.Connection(str(directory / "iris.db"), flags=apsw.SQLITE_OPEN_READONLY)
    names = {str(row[0]) for row in store.execute("PRAGMA quick_check").fetchall()}
    store.close()
    assert names == {"ok"}
    return len(acknowledged)


def test_commits_survive_some_kills(tmp_path: Path) -> None:
    assert survive(tmp_path / "data", rounds=8, writers=1) >= 8


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_commits_survive_a_hundred_kills_under_load(tmp_path: Path) -> None:
    assert survive(tmp_path / "data", rounds=50, writers=2) >= 100
