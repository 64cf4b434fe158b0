from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import structlog

from pgiris.cli.serve import SchemaCaches, connection_lines, reachable, warn_of_trust
from pgiris.config import ServerSettings, Settings, parse_address

READY = re.compile(r"pgiris ready host=(\S+) port=(\d+)\n")


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PGIRIS_")}


@contextmanager
def serving(*options: str, cwd: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "pgiris", "serve", "--listen", "127.0.0.1:0", "--no-demo", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        cwd=cwd,
    )
    try:
        assert process.stdout
        found = READY.fullmatch(process.stdout.readline())
        assert found, process.communicate()[1]
        yield process, int(found[2])
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_says_when_it_is_ready_serves_and_ends_in_order(number: signal.Signals, tmp_path: Path) -> None:
    with serving("--data", "store", cwd=tmp_path) as (process, port):
        with psycopg.connect(f"host=127.0.0.1 port={port} user=_SYSTEM dbname=USER") as connection:
            assert connection.execute("SELECT 1 + 1").fetchone() == (2,)
        process.send_signal(number)
        # Through the same objects as the first line: communicate() would miss what they have read ahead.
        assert process.stdout is not None
        assert process.stderr is not None
        output, errors = process.stdout.read(), process.stderr.read()
        process.wait(10)
    assert process.returncode == 0, errors
    assert f'psql "host=127.0.0.1 port={port} ' in output
    assert "jdbc:postgresql://" in output
    assert "postgresql+psycopg://" in output
    assert "Traceback" not in errors
    assert (tmp_path / "store").is_dir()


def test_a_session_that_is_open_does_not_keep_the_server_from_ending(tmp_path: Path) -> None:
    with serving("--data", ":memory:", cwd=tmp_path) as (process, port):
        connection = psycopg.connect(f"host=127.0.0.1 port={port} user=_SYSTEM dbname=USER", autocommit=True)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)
        assert process.returncode == 0
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    assert list(tmp_path.iterdir()) == []


def test_what_was_stored_is_there_after_a_restart(tmp_path: Path) -> None:
    for statement in ("CREATE TABLE kept (n integer)", "INSERT INTO kept VALUES (1)"):
        with (
            serving("--data", "store", cwd=tmp_path) as (process, port),
            psycopg.connect(f"host=127.0.0.1 port={port} user=_SYSTEM dbname=USER", autocommit=True) as connection,
        ):
            connection.execute(statement)
            connection.close()
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=10)
    with (
        serving("--data", "store", cwd=tmp_path) as (_, port),
        psycopg.connect(f"host=127.0.0.1 port={port} user=_SYSTEM dbname=USER") as connection,
    ):
        assert connection.execute("SELECT n FROM kept").fetchall() == [(1,)]


def test_what_a_session_sets_in_its_iris_process_does_not_reach_the_next_session(tmp_path: Path) -> None:
    with serving("--data", ":memory:", "-c", "pool.maximum=1", cwd=tmp_path) as (_, port):
        dsn = f"host=127.0.0.1 port={port} user=_SYSTEM dbname=USER"
        with psycopg.connect(dsn, autocommit=True) as first, psycopg.connect(dsn, autocommit=True) as second:
            assert second.execute("SELECT $NAMESPACE").fetchone() == ("USER",)
            first.execute("USE DATABASE %SYS")
            assert second.execute("SELECT $NAMESPACE").fetchone() == ("USER",)


def refused(*options: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pgiris", "serve", "--no-demo", *options],
        capture_output=True,
        text=True,
        timeout=30,
        env=environment(),
        cwd=cwd,
        check=False,
    )


def test_a_port_that_is_taken_ends_the_start_with_one_line_and_status_1(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = refused("--listen", f"127.0.0.1:{port}", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"pgiris: cannot listen on 127.0.0.1:{port}: the port is taken")
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_data_that_cannot_be_opened_end_the_start_with_one_line_and_status_1(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    done = refused("--listen", "127.0.0.1:0", "--data", "data", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("pgiris: ")
    assert "data" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_told_to_stop_while_it_loads_the_demo_data_ends_in_order(
    number: signal.Signals, tmp_path: Path
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "pgiris", "serve", "--listen", "127.0.0.1:0", "--data", ":memory:", "--demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**environment(), "TMPDIR": str(tmp_path)},
        cwd=tmp_path,
    )
    assert process.stderr
    assert "loading the demo data" in process.stderr.readline()
    process.send_signal(number)
    output, errors = process.communicate(timeout=20)
    assert (process.returncode, output) == (0, ""), errors
    assert "Traceback" not in errors
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("listen", "warned"),
    [
        (("127.0.0.1:5432", "[::1]:5432", "localhost:0"), []),
        (("localhost:1", "0.0.0.0:2", "db:3"), ["0.0.0.0:2", "db:3"]),
    ],
)
def test_a_server_that_lets_strangers_in_says_so(listen: tuple[str, ...], warned: list[str]) -> None:
    settings = Settings(server=ServerSettings(listen=listen))
    with structlog.testing.capture_logs() as events:
        warn_of_trust(settings, [parse_address(address) for address in listen])
    assert [event["listen"] for event in events] == ([warned] if warned else [])


def test_the_lines_to_paste_name_an_address_that_can_be_connected_to() -> None:
    assert reachable("0.0.0.0") == "127.0.0.1"
    assert reachable("::") == "::1"
    assert reachable("db.example.com") == "db.example.com"
    lines = connection_lines("::1", 5432, "_SYSTEM", "USER")
    assert "jdbc:postgresql://[::1]:5432/USER" in lines
    assert 'psql "host=::1 port=5432' in lines


def test_clients_that_name_many_namespaces_do_not_fill_the_memory() -> None:
    caches = SchemaCaches()
    first = caches("N0")
    assert caches("N0") is first
    for number in range(5000):
        caches(f"N{number}")
    assert caches("N0") is not first
