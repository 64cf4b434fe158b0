"""Fixtures that several test directories share."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# Helper modules under tests/ are imported as `tests.name`, however pytest was started.
ROOT = str(Path(__file__).resolve().parents[1])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from tests.postgres import PostgresServer, PostgresUnavailable  # noqa: E402
from tests.server import Address, PgirisServer  # noqa: E402


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A temporary PostgreSQL; tests that take it are marked `postgres` by the hook below."""
    try:
        server = PostgresServer().__enter__()
    except PostgresUnavailable as missing:
        pytest.skip(str(missing))
    try:
        yield server
    finally:
        server.__exit__()


@pytest.fixture(scope="session")
def server() -> Iterator[Address]:
    """A pgiris server in a process of its own, in memory and empty."""
    with PgirisServer() as address:
        yield address


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "postgres" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.postgres)
