"""Rows a second of one large result, read by a driver that costs little itself: psycopg's raw protocol results."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

import psycopg
from psycopg import pq

from bench.pgbench import Target

COLUMNS: Final = """
    id integer PRIMARY KEY,
    label varchar(50) NOT NULL,
    amount numeric(12,2) NOT NULL,
    ratio double precision NOT NULL,
    made timestamp NOT NULL
"""

SETUP: Final = (
    "DROP TABLE IF EXISTS bench_fetch",
    "DROP TABLE IF EXISTS bench_thousand",
    f"CREATE TABLE bench_fetch ({COLUMNS})",
    f"CREATE TABLE bench_thousand ({COLUMNS})",
)

THOUSAND: Final = "INSERT INTO bench_thousand VALUES (%s, %s, %s, %s, %s)"

MULTIPLY: Final = """
    INSERT INTO bench_fetch
    SELECT a.id * 1000 + b.id, b.label, b.amount, b.ratio, b.made
    FROM bench_thousand a CROSS JOIN bench_thousand b WHERE a.id < %s
"""

QUERY: Final = "SELECT id, label, amount, ratio, made FROM bench_fetch"


def thousand() -> Iterator[tuple[object, ...]]:
    """A thousand rows of all kinds of values."""
    for n in range(1000):
        yield n, f"label {n}", Decimal(n * 37).scaleb(-2), n / 7, datetime(2020, 1, 1) + timedelta(seconds=n * 86_413)


def run(target: Target, rows: int) -> float:
    """Read all rows in single-row mode; the seconds. Raises RuntimeError when they are not all there."""
    with psycopg.connect(target.dsn) as connection:
        raw = connection.pgconn
        began = time.perf_counter()
        raw.send_query(QUERY.encode())
        raw.set_single_row_mode()
        seen = 0
        while (result := raw.get_result()) is not None:
            if result.status == pq.ExecStatus.SINGLE_TUPLE:
                seen += 1
            elif result.status == pq.ExecStatus.FATAL_ERROR:
                raise RuntimeError(result.error_message.decode())
        seconds = time.perf_counter() - began
    if seen != rows:
        raise RuntimeError(f"{seen} rows of {rows}")
    return seconds
