"""Speed of the stand-in itself, without the wire: ``python -m bench.standin``.

Each figure is the least of several runs: other work on the machine only ever adds to it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Final

from pgiris.standin import Instance, Process

RUNS: Final = 5
VECTORS, DIMENSIONS = 100_000, 128
ROWS: Final = 1_000_000
POINTS: Final = 10_000


def least(run: Callable[[], object], runs: int = RUNS) -> float:
    """Seconds of the fastest of several runs."""
    times = []
    for _ in range(runs):
        begun = time.perf_counter()
        run()
        times.append(time.perf_counter() - begun)
    return min(times)


def fill(process: Process, sql: str, rows: list[tuple[object, ...]]) -> None:
    process.execute("START TRANSACTION")
    statement = process.prepare(sql)
    for row in rows:
        statement.execute(row)
    process.execute("COMMIT")


def point_query(process: Process) -> float:
    """Seconds of one execution, its row fetched."""
    process.execute("CREATE TABLE points (id INTEGER PRIMARY KEY, name VARCHAR(50), amount NUMERIC(10,2))")
    fill(process, "INSERT INTO points VALUES (?, ?, ?)", [(n, f"name {n}", f"{n}.25") for n in range(POINTS)])
    sql = "SELECT id, name, amount FROM points WHERE id = ?"

    def run() -> None:
        for number in range(2000):
            assert len(process.execute(sql, (number,)).fetch(2)) == 1

    return least(run) / 2000


def vectors(process: Process) -> float:
    """Seconds of a search of the ten nearest by cosine."""
    process.execute(f"CREATE TABLE embeddings (id INTEGER PRIMARY KEY, v VECTOR(FLOAT, {DIMENSIONS}))")
    pool = [",".join(f"{random.uniform(-1, 1):.4f}" for _ in range(DIMENSIONS)) for _ in range(200)]
    fill(process, "INSERT INTO embeddings VALUES (?, TO_VECTOR(?, FLOAT))", [(n, pool[n]) for n in range(len(pool))])
    digits = f"INSERT INTO embeddings SELECT id + ?, v FROM embeddings WHERE id < {VECTORS} - ?"
    count = len(pool)
    while count < VECTORS:
        process.execute(digits, (count, count))
        count *= 2
    sql = f"SELECT TOP 10 id FROM embeddings ORDER BY VECTOR_COSINE(v, TO_VECTOR(?, FLOAT, {DIMENSIONS})) DESC"
    assert process.execute("SELECT COUNT(*) FROM embeddings").fetchall() == [(VECTORS,)]
    return least(lambda: process.execute(sql, (pool[7],)).fetchall())


def stream(process: Process) -> float:
    """Seconds to read a million rows of five columns in blocks."""
    process.execute("CREATE TABLE wide (a INTEGER, b VARCHAR(50), c BIGINT, d DOUBLE, e DATE)")
    rows = [(n, f"name {n}", n * 1000, n / 7, "2026-01-15") for n in range(1000)]
    fill(process, "INSERT INTO wide VALUES (?, ?, ?, ?, ?)", list(rows))
    for _ in range(3):
        process.execute("INSERT INTO wide SELECT w.a, w.b, w.c, w.d, w.e FROM wide w, (SELECT TOP 9 a FROM wide) x")

    def run() -> None:
        result = process.execute("SELECT a, b, c, d, e FROM wide")
        count = 0
        while block := result.fetch(4096):
            count += len(block)
        assert count == ROWS

    return least(run, 3)


def main() -> None:
    with Instance(":memory:") as instance:
        process = instance.process()
        print(f"prepared point query              {point_query(process) * 1e6:8.1f} µs", flush=True)
        print(f"100,000 x 128 cosines, top 10     {vectors(process) * 1e3:8.1f} ms", flush=True)
        print(f"1,000,000 rows of 5 columns       {stream(process):8.2f} s", flush=True)


if __name__ == "__main__":
    main()
