"""Builds and runs the scenario's programs in other languages.

Sources are copied to ``build/clients`` (ignored by git) and built there once; a source that changed is built again.
A toolchain that is missing, or a build that fails, is a visible skip with its reason, and a failure in CI.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

HERE = Path(__file__).parent
BUILD = HERE.parents[1] / "build" / "clients"
TIMEOUT = 600


def unavailable(reason: str) -> None:
    """Skip, saying why; in CI no client may be missing."""
    if os.environ.get("CI"):
        pytest.fail(f"a client is missing in CI: {reason}")
    pytest.skip(reason)


def call(command: Sequence[str], directory: Path) -> None:
    """Run a build step; its output is the reason if it fails."""
    try:
        finished = subprocess.run(
            command, cwd=directory, capture_output=True, text=True, timeout=TIMEOUT, stdin=subprocess.DEVNULL
        )
    except FileNotFoundError:
        unavailable(f"{command[0]} is not installed")
    except subprocess.TimeoutExpired:
        unavailable(f"{' '.join(command)} took longer than {TIMEOUT} s")
    else:
        if finished.returncode:
            unavailable(f"{' '.join(command)} failed: {(finished.stdout + finished.stderr)[-1500:]}")


def built(language: str, build: Callable[[Path], None]) -> Path:
    """The directory with that language's program, built."""
    source, target = HERE / language, BUILD / language
    digest = hashlib.sha256()
    for path in sorted(path for path in source.rglob("*") if path.is_file()):
        digest.update(str(path.relative_to(source)).encode() + path.read_bytes())
    stamp = target / ".built"
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return target
    shutil.copytree(source, target, dirs_exist_ok=True)
    build(target)
    stamp.write_text(digest.hexdigest())
    return target


def node() -> Path:
    """node-postgres and postgres.js, from the lock file."""
    return built("node", lambda target: call(["npm", "ci", "--no-audit", "--no-fund"], target))


def jdbc() -> Path:
    """The PostgreSQL JDBC driver's jar, and the scenario's source, which java runs as it is."""
    copy = ["mvn", "-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=lib"]
    return built("jdbc", lambda target: call(copy, target))


def go() -> Path:
    """pgx and lib/pq in one program."""
    return built("go", lambda target: call(["go", "build", "-o", "scenario", "."], target))


def rust() -> Path:
    """tokio-postgres."""
    return built("rust", lambda target: call(["cargo", "build", "--quiet"], target))


def run(command: Sequence[str], directory: Path) -> list[str]:
    """The checks that a program says it passed; a failure shows its output."""
    try:
        finished = subprocess.run(
            command, cwd=directory, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL
        )
    except FileNotFoundError:
        unavailable(f"{command[0]} is not installed")
        return []
    assert finished.returncode == 0, finished.stdout[-500:] + finished.stderr[-3000:]
    return [line.removeprefix("ok ") for line in finished.stdout.splitlines() if line.startswith("ok ")]
