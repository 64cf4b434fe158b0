"""A pgiris server in a process of its own, for tests that speak to a socket."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Address:
    """Where a server listens, and whom to be there."""

    host: str
    port: int
    user: str
    database: str

    @property
    def dsn(self) -> str:
        return f"postgresql://{self.user}@{self.host}:{self.port}/{self.database}"


class PgirisServer:
    """``pgiris serve`` on a free port, in memory, without the demo data; stopped by SIGTERM at the end."""

    def __init__(self, *options: str) -> None:
        self.options = options
        self.process: subprocess.Popen[str] | None = None
        self.log: IO[str] | None = None

    def __enter__(self) -> Address:
        command = [sys.executable, "-m", "pgiris", "serve", "--listen", "127.0.0.1:0", "--data", ":memory:"]
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PGIRIS_")}
        self.process = subprocess.Popen(
            [*command, "--no-demo", *self.options], stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT
        )
        assert self.process.stdout
        for line in self.process.stdout:
            if line.startswith("pgiris ready "):
                fields = dict(part.split("=", 1) for part in line.split()[2:])
                return Address(fields["host"], int(fields["port"]), "_SYSTEM", "USER")
        raise RuntimeError(f"pgiris did not start: exit {self.process.wait()}")

    def __exit__(self, *exc_info: object) -> None:
        assert self.process
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            assert self.process.stdout
            self.process.stdout.close()
