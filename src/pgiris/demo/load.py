"""Loads the demo data, once: what was loaded before is never touched again, whatever became of it since.

IRIS cannot undo definitions, so a load leaves a trace before it begins, in a table of the package's own schema:

``loading``   the tables are ours, but not complete: dropped and made again
``complete``  the rows and this mark were written in one transaction: nothing to do

Without a trace, tables with the names of the demo data are somebody else's, and nothing is loaded.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, TypeVar

from pgiris import sqlstate
from pgiris.demo.client import InternalClient
from pgiris.demo.tables import TABLES, DemoTable, literal
from pgiris.errors import PgError
from pgiris.observe.log import get_logger

TRACE: Final = "pgiris.demo"
PARAMETERS: Final = 250
"""Parameters of one INSERT at most."""

T = TypeVar("T")


async def load(client: InternalClient, tables: Sequence[DemoTable] = TABLES) -> bool:
    """Load the demo data if it is not there; whether it was loaded now. Raises PgError."""
    log = get_logger()
    state = await _state(client)
    if state == "complete":
        return False
    if state is None:
        foreign = [table.name for table in tables if await _exists(client, table.name)]
        if foreign:
            log.warning("demo data not loaded: tables of its names exist", tables=foreign)
            return False
        await client.query(f"INSERT INTO {TRACE} (state) VALUES ('loading')")
    began = time.monotonic()
    log.info("loading the demo data")
    for table in reversed(tables):
        await client.query(f"DROP TABLE IF EXISTS {table.name}")
    for table in tables:
        await client.query(table.definition)
    await client.query("BEGIN")
    for table in tables:
        await _fill(client, table)
    await client.query(f"UPDATE {TRACE} SET state = 'complete'")
    await client.query("COMMIT")
    log.info("demo data loaded", seconds=round(time.monotonic() - began, 1))
    return True


async def _state(client: InternalClient) -> str | None:
    if not await _exists(client, TRACE):
        await client.query(f"CREATE TABLE {TRACE} (state varchar(20) NOT NULL)")
    rows = await client.query(f"SELECT state FROM {TRACE}")
    return rows[0][0] if rows else None


async def _exists(client: InternalClient, table: str) -> bool:
    try:
        await client.query(f"SELECT 1 FROM {table} LIMIT 0")
    except PgError as error:
        if error.sqlstate in (sqlstate.UNDEFINED_TABLE, sqlstate.INVALID_SCHEMA_NAME):
            return False
        raise
    return True


async def _fill(client: InternalClient, table: DemoTable) -> None:
    """Insert the rows of a table, several with one statement."""
    size = PARAMETERS // table.width
    rest: list[Sequence[object]] = []

    def full() -> Iterator[list[str | None]]:
        for batch in _batches(table.rows(), size):
            if len(batch) < size:
                rest.extend(batch)
            else:
                yield _flat(batch)

    await client.execute_many(_insert(table, size), full())
    if rest:
        await client.execute_many(_insert(table, len(rest)), [_flat(rest)])


def _insert(table: DemoTable, rows: int) -> str:
    width = table.width
    groups = (", ".join(f"${row * width + at}" for at in range(1, width + 1)) for row in range(rows))
    return f"INSERT INTO {table.name} VALUES ({'), ('.join(groups)})"


def _flat(rows: Iterable[Sequence[object]]) -> list[str | None]:
    return [literal(value) for row in rows for value in row]


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
