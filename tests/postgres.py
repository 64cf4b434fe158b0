"""A temporary PostgreSQL of this machine, for tests that compare with the real thing.

::

    with PostgresServer() as postgres:
        connect(host=postgres.host, port=postgres.port, user=postgres.user, dbname=postgres.database)

The programs are found through ``pg_config --bindir`` or PATH. PostgreSQL refuses to run as root, so root starts it as
an unprivileged user. The data directory is temporary, the server listens on 127.0.0.1 only, trusts everybody, does
not sync, and is stopped and deleted at the end.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Final

UNPRIVILEGED: Final = ("postgres", "nobody")
START_ATTEMPTS: Final = 3
START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 20.0

SETTINGS: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "50",
    "shared_buffers": "16MB",
    "autovacuum": "off",
    "logging_collector": "off",
    "timezone": "UTC",
    "lc_messages": "C",
}


class PostgresUnavailable(Exception):
    """PostgreSQL's server programs are not installed here; the message says what is missing."""


def find_program(name: str) -> Path:
    """The path of a PostgreSQL server program. Raises PostgresUnavailable if there is none."""
    pg_config = shutil.which("pg_config")
    if pg_config:
        listed = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False).stdout.strip()
        if (candidate := Path(listed) / name).is_file():
            return candidate
    if found := shutil.which(name):
        return Path(found)
    raise PostgresUnavailable(f"{name} was found neither through pg_config nor in PATH")


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class PostgresServer:
    """A context manager around a temporary PostgreSQL; the attributes are those a client needs."""

    host = "127.0.0.1"
    user = "postgres"
    password = ""
    database = "postgres"

    def __init__(self) -> None:
        self.port = 0
        self._directory: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def dsn(self) -> str:
        """A connection URL for libpq and most drivers."""
        return f"postgresql://{self.user}@{self.host}:{self.port}/{self.database}"

    def __enter__(self) -> PostgresServer:
        initdb, postgres = find_program("initdb"), find_program("postgres")
        self._directory = Path(tempfile.mkdtemp(prefix="pgiris-postgres-"))
        try:
            os.chmod(self._directory, 0o700)
            account = self._account()
            if account is not None:
                os.chown(self._directory, account.pw_uid, account.pw_gid)
            self._initialise(initdb)
            self._start(postgres)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)  # fast shutdown: sessions are ended, nothing is waited for
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)
            self._directory = None

    def _account(self) -> pwd.struct_passwd | None:
        if os.geteuid() != 0:
            return None
        for name in UNPRIVILEGED:
            try:
                return pwd.getpwnam(name)
            except KeyError:
                continue
        raise PostgresUnavailable("running as root, and there is no unprivileged user to run PostgreSQL as")

    def _as_account(self) -> dict[str, Any]:
        account = self._account()
        if account is None:
            return {}
        return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}

    def _initialise(self, initdb: Path) -> None:
        assert self._directory is not None
        command = [initdb, "-D", self._directory / "data", "-U", self.user, "-A", "trust", "-E", "UTF8"]
        done = subprocess.run(
            [*command, "--locale=C", "--no-sync"],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
            **self._as_account(),
        )
        if done.returncode:
            raise RuntimeError(f"initdb failed: {done.stderr.strip()}")

    def _start(self, postgres: Path) -> None:
        for _ in range(START_ATTEMPTS):  # the port may be taken between the look and the bind
            self.port = free_port()
            if self._start_once(postgres):
                return
        assert self._directory is not None
        raise RuntimeError(f"postgres did not start: {(self._directory / 'log').read_text(errors='replace')}")

    def _start_once(self, postgres: Path) -> bool:
        assert self._directory is not None
        settings = [argument for name, value in SETTINGS.items() for argument in ("-c", f"{name}={value}")]
        with (self._directory / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [postgres, "-D", self._directory / "data", "-p", str(self.port), *settings],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
                start_new_session=True,
                **self._as_account(),
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if self._is_ready():
                return True
            time.sleep(0.02)
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._process = None
        return False

    def _is_ready(self) -> bool:
        """Whether a session can be started: while PostgreSQL starts it accepts and answers 57P03."""
        body = b"\0\3\0\0user\0" + self.user.encode() + b"\0\0"
        try:
            with socket.create_connection((self.host, self.port), timeout=5) as connection:
                connection.sendall((len(body) + 4).to_bytes(4, "big") + body)
                return connection.recv(1) == b"R"
        except OSError:
            return False
