"""Transactions a second by pgbench, and its latency.

https://www.postgresql.org/docs/15/pgbench.html
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.postgres import find_program

MODES: Final = ("simple", "extended", "prepared")
CLIENTS: Final = (1, 8)

ROWS: Final = 10_000
"""Rows of the table of the point select."""

SCRIPTS: Final = {
    "SELECT 1": "SELECT 1;\n",
    "point select": f"\\set id random(1, {ROWS})\nSELECT id, name, amount FROM bench_point WHERE id = :id;\n",
}

SETUP: Final = (
    "DROP TABLE IF EXISTS bench_point",
    "CREATE TABLE bench_point (id integer PRIMARY KEY, name varchar(50) NOT NULL, amount numeric(10,2) NOT NULL)",
)


@dataclass(frozen=True)
class Target:
    """A server to measure."""

    name: str
    host: str
    port: int
    user: str
    database: str

    @property
    def dsn(self) -> str:
        return f"host={self.host} port={self.port} user={self.user} dbname={self.database}"


@dataclass(frozen=True)
class Rate:
    """What pgbench reports: transactions a second, and mean latency in milliseconds."""

    tps: float
    latency: float


def run(target: Target, script: Path, mode: str, clients: int, seconds: int) -> Rate:
    """One run of pgbench. Raises RuntimeError with what it said when a transaction failed."""
    done = subprocess.run(
        [
            find_program("pgbench"),
            *("-n", "-f", script, "-M", mode, "-c", str(clients), "-j", str(min(clients, 2)), "-T", str(seconds)),
            *("-h", target.host, "-p", str(target.port), "-U", target.user, target.database),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds + 60,
        env={"PGSSLMODE": "disable", "PGGSSENCMODE": "disable", "LC_ALL": "C"},
    )
    figures = dict(line.split(" = ", 1) for line in done.stdout.splitlines() if " = " in line)
    if done.returncode or "tps" not in figures:
        raise RuntimeError(f"pgbench on {target.name}: {done.stderr.strip()}")
    return Rate(float(figures["tps"].split()[0]), float(figures["latency average"].split()[0]))
