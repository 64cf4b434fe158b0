"""The server and the shared tables of the scenario."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.clients import scenario
from tests.server import Address, PgirisServer


@pytest.fixture(scope="session")
def scenario_server() -> Iterator[Address]:
    """A server that holds the scenario's shared tables."""
    with PgirisServer() as address:
        with psycopg.connect(address.dsn, autocommit=True) as connection:
            for statement in (*scenario.SETUP, *scenario.fill_statements()):
                connection.execute(statement)
        yield address
