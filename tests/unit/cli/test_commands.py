from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pgiris import __version__
from pgiris.cli import main


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("PGIRIS_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def run(*arguments: str, given: str | None = None, **environment: str) -> Result:
    return CliRunner().invoke(main, list(arguments), input=given, env=dict(environment))


def test_the_version_is_printed_at_once() -> None:
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "pgiris", "--version"], capture_output=True, text=True, check=True)
    seconds = time.perf_counter() - began
    assert done.stdout == f"pgiris {__version__}\n"
    assert seconds < 2, "it takes a tenth of a second; something heavy is imported"


def test_the_version_imports_nothing_heavy() -> None:
    code = "import sys, pgiris.cli; print([m for m in ('sqlglot', 'apsw', 'asyncio', 'msgspec') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_translate_prints_the_iris_sql_and_its_parameters() -> None:
    done = run("translate", "select $1::int + 2 as n; select 'x'")
    assert done.exit_code == 0, done.output
    first, note, second, *_ = done.stdout.splitlines()
    assert first.startswith("SELECT ")
    assert first.endswith(";")
    assert note == "--   ? = $1 (integer)"
    assert second.startswith("SELECT ")


def test_translate_reads_stdin() -> None:
    done = run("translate", "-", given="select 1\n")
    assert done.exit_code == 0
    assert done.stdout.startswith("SELECT 1")


def test_translate_says_what_the_session_does_itself() -> None:
    assert "the session does this itself: Begin" in run("translate", "BEGIN").stdout


@pytest.mark.parametrize(
    ("sql", "code", "mark"),
    [
        ("select 1 +", "42601", None),
        ("select\n  nope\n  from nowhere", "42P01", "LINE 3:   from nowhere"),
        ("select no_such_function(1)", "42883", "LINE 1: select no_such_function(1)"),
    ],
)
def test_translate_shows_a_refusal_as_psql_does(sql: str, code: str, mark: str | None) -> None:
    done = run("translate", sql)
    assert done.exit_code == 1
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines[0].startswith(f"ERROR:  {code}: ")
    if mark is not None:
        assert lines[1] == mark
        assert lines[2].strip() == "^"


def test_the_mark_stands_under_the_place_of_the_error() -> None:
    lines = run("translate", "select 1,\n\tno_such_function(1)").stderr.splitlines()
    assert lines[2].index("^") == lines[1].index("no_such_function")


def test_check_reports_and_makes_nothing(tmp_path: Path) -> None:
    done = run("check", "--data", str(tmp_path / "new"), "-c", "server.listen=127.0.0.1:0")
    assert done.exit_code == 0, done.output
    for subject in ("Python", "sqlglot", "apsw", "SQLite", "rows", "configuration", "backend local", "listen"):
        assert subject in done.stdout
    assert "will be made" in done.stdout
    assert not (tmp_path / "new").exists()


def test_check_asks_the_backend() -> None:
    done = run("check", "--data", ":memory:", "-c", "server.listen=127.0.0.1:0")
    assert "ok   backend local" in done.stdout
    assert "answers" in done.stdout


def test_check_says_when_a_port_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run("check", "-c", f"server.listen=127.0.0.1:{taken.getsockname()[1]}")
    assert done.exit_code == 1
    assert "FAIL listen" in done.stdout


def test_check_says_when_the_data_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    done = run("check", "--data", str(tmp_path / "data"), "-c", "server.listen=127.0.0.1:0")
    assert done.exit_code == 1
    assert "FAIL backend local" in done.stdout
    done = run("check", "--data", str(tmp_path / "data" / "below"), "-c", "server.listen=127.0.0.1:0")
    assert done.exit_code == 1
    assert "cannot be made" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "environment", "name"),
    [
        (("-c", "pool.maximun=3"), {}, "pool.maximun"),
        (("-c", "pool.maximum=x"), {}, "pool.maximum"),
        (("-c", "pool.maximum"), {}, "pool.maximum"),
        (("--backend", "oracle"), {}, "backend.kind"),
        (("--config", "missing.toml"), {}, "missing.toml"),
        ((), {"PGIRIS_NO_SUCH": "1"}, "PGIRIS_NO_SUCH"),
        ((), {"PGIRIS_POOL_MAXIMUM": "x"}, "pool.maximum"),
    ],
)
def test_bad_settings_end_every_command_with_one_line_and_status_2(
    arguments: tuple[str, ...], environment: dict[str, str], name: str
) -> None:
    for command in (("serve",), ("check",), ("translate", "select 1")):
        done = run(*command, *arguments, **environment)
        assert done.exit_code == 2, done.output
        assert done.stdout == ""
        assert done.stderr.startswith(f"pgiris: {name}")
        assert len(done.stderr.splitlines()) == 1


def test_an_unknown_option_is_refused_with_status_2() -> None:
    done = run("serve", "--lisen", "127.0.0.1:0")
    assert done.exit_code == 2
    assert "--lisen" in done.stderr
