"""Runs all benchmarks and prints a table; ``--write`` puts it into docs/performance.md."""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

import psycopg

from bench import fetch, pgbench
from bench.pgbench import Target
from pgiris import __version__
from tests.postgres import PostgresServer
from tests.server import PgirisServer

PAGE: Final = Path(__file__).parents[1] / "docs" / "performance.md"
BEGIN: Final = "<!-- measured: begin -->"
END: Final = "<!-- measured: end -->"


class Line(NamedTuple):
    """A line of the table; `ratio` is pgiris's speed as a part of PostgreSQL's, 1 being the same."""

    what: str
    pgiris: str
    postgresql: str
    ratio: float


def main() -> int:
    options = arguments()
    rows = max(options.rows // 1000, 1) * 1000
    with servers() as (pgiris, postgresql):
        for target in (pgiris, postgresql):
            prepare(target, rows)
        lines = list(measure(pgiris, postgresql, options.seconds, rows))
    table = render(lines)
    print(table)
    if options.write:
        write(table, options.seconds, rows)
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure pgiris against PostgreSQL.")
    parser.add_argument("--seconds", type=int, default=3, help="duration of each pgbench run")
    parser.add_argument(
        "--rows", type=int, default=1_000_000, help="rows of the large result, a multiple of 1000 up to 1000000"
    )
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    return parser.parse_args()


@contextmanager
def servers() -> Iterator[tuple[Target, Target]]:
    """Both servers, fresh; pgiris first."""
    with ExitStack() as stack:
        address = stack.enter_context(PgirisServer("--log-level", "warning"))
        other = stack.enter_context(PostgresServer())
        yield (
            Target("pgiris", address.host, address.port, address.user, address.database),
            Target("PostgreSQL", other.host, other.port, other.user, other.database),
        )


def prepare(target: Target, rows: int) -> None:
    """Make the tables, with the same rows on both servers."""
    points = ((n, f"name {n}", n / 100) for n in range(1, pgbench.ROWS + 1))
    with psycopg.connect(target.dsn, autocommit=True) as connection, connection.cursor() as cursor:
        for statement in (*pgbench.SETUP, *fetch.SETUP):
            cursor.execute(statement)
        with connection.transaction():
            cursor.executemany("INSERT INTO bench_point VALUES (%s, %s, %s)", points)
            cursor.executemany(fetch.THOUSAND, fetch.thousand())
        cursor.execute(fetch.MULTIPLY, (rows // 1000,))


def measure(pgiris: Target, postgresql: Target, seconds: int, rows: int) -> Iterator[Line]:
    """All measurements, each on both servers one after the other."""
    with tempfile.TemporaryDirectory() as directory:
        for name, text in pgbench.SCRIPTS.items():
            script = Path(directory) / f"{name.replace(' ', '_')}.sql"
            script.write_text(text)
            for mode in pgbench.MODES:
                for clients in pgbench.CLIENTS:
                    ours = pgbench.run(pgiris, script, mode, clients, seconds)
                    theirs = pgbench.run(postgresql, script, mode, clients, seconds)
                    what = f"{name}, {mode}, {clients} client{'s' if clients > 1 else ''}"
                    print(f"{what}: {ours.tps:.0f} / {theirs.tps:.0f}", file=sys.stderr)
                    yield Line(what, f"{ours.tps:,.0f} tps", f"{theirs.tps:,.0f} tps", ours.tps / theirs.tps)
    ours_seconds, theirs_seconds = fetch.run(pgiris, rows), fetch.run(postgresql, rows)
    yield Line(
        f"fetch {rows:,} × 5",
        f"{rows / ours_seconds:,.0f} rows/s",
        f"{rows / theirs_seconds:,.0f} rows/s",
        theirs_seconds / ours_seconds,
    )


def render(lines: Sequence[Line]) -> str:
    """The table, in Markdown."""
    rows = [f"| {line.what} | {line.pgiris} | {line.postgresql} | {line.ratio:.2f} |" for line in lines]
    return "\n".join(["| | pgiris | PostgreSQL | ratio |", "| --- | ---: | ---: | ---: |", *rows])


def write(table: str, seconds: int, rows: int) -> None:
    """Replace the measured part of the page; make the page when there is none."""
    text = PAGE.read_text() if PAGE.exists() else f"# Performance\n\n{BEGIN}\n{END}\n"
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    note = (
        f"Measured on {date.today()} with pgiris {__version__}, CPython {platform.python_version()} and the local "
        f"backend, {seconds} s a pgbench run, {rows:,} rows. Both servers and the client share one machine. "
        "Ratio: pgiris's speed as a part of PostgreSQL's."
    )
    PAGE.write_text(f"{head}{BEGIN}\n\n{note}\n\n{table}\n\n{END}{tail}")


if __name__ == "__main__":
    sys.exit(main())
