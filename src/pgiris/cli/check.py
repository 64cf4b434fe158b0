"""``pgiris check``: could a server start here, with these settings, and what would it run on?"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import apsw
import click

from pgiris import __version__
from pgiris.cli.ports import probe
from pgiris.config import MEMORY, Settings, parse_address

DEPENDENCIES: Final = ("sqlglot", "apsw", "sqlite-vec", "msgspec", "structlog", "uvloop")

OLDEST_PYTHON: Final = (3, 10)


class Finding(NamedTuple):
    """A line of the report; `ok` is None for a mere fact."""

    subject: str
    text: str
    ok: bool | None = None


def run(settings: Settings) -> int:
    """Print the report. The exit status: 1 when something stands in the way of a start."""
    findings = list(report(settings))
    width = max(len(finding.subject) for finding in findings)
    for finding in findings:
        mark = {True: "ok  ", False: "FAIL", None: "    "}[finding.ok]
        click.echo(f"{mark} {finding.subject:<{width}}  {finding.text}")
    return 1 if any(finding.ok is False for finding in findings) else 0


def report(settings: Settings) -> Iterator[Finding]:
    """Everything that is worth knowing, one finding a subject."""
    yield Finding("pgiris", __version__)
    python = (
        f"{platform.python_implementation()} {platform.python_version()} on {platform.system()} {platform.machine()}"
    )
    yield Finding("Python", python, sys.version_info >= OLDEST_PYTHON)
    for name in DEPENDENCIES:
        yield _dependency(name)
    yield Finding("SQLite", apsw.sqlite_lib_version())
    yield _rows()
    yield Finding("configuration", "read; every setting is known and valid", True)
    yield _backend(settings)
    for listen in settings.server.listen:
        yield _port(listen)


def _dependency(name: str) -> Finding:
    try:
        return Finding(name, importlib.metadata.version(name), True)
    except importlib.metadata.PackageNotFoundError:
        if name == "uvloop":
            return Finding(name, "not installed: asyncio's own event loop is used, which is slower")
        return Finding(name, "not installed", False)


def _rows() -> Finding:
    from pgiris import rows

    return Finding("rows", f"{getattr(rows, 'IMPLEMENTATION', 'python')} implementation")


def _backend(settings: Settings) -> Finding:
    subject = f"backend {settings.backend.kind}"
    data = settings.backend.data
    if data != MEMORY and not Path(data).exists():
        return _new_directory(subject, Path(data))
    from pgiris.backend.opening import open_instance

    try:
        instance = open_instance(settings)
        try:
            adaptor = instance.adaptor("_SYSTEM", settings.backend.namespace)
            cursor = adaptor.execute("SELECT 1").cursor
            answer = cursor.fetch(1) if cursor else ()
            adaptor.close()
        finally:
            instance.close()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what the report is for
        return Finding(subject, f"{data}: {error}", False)
    return Finding(subject, f"{data}: answers", [tuple(row) for row in answer] == [(1,)])


def _new_directory(subject: str, path: Path) -> Finding:
    """A directory that is to be made: say whether that will work, without making it."""
    parent = next(parent for parent in path.absolute().parents if parent.exists())
    if parent.is_dir() and os.access(parent, os.W_OK | os.X_OK):
        return Finding(subject, f"{path}: will be made", True)
    return Finding(subject, f"{path}: cannot be made, {parent} does not allow it", False)


def _port(listen: str) -> Finding:
    address = parse_address(listen)
    subject = f"listen {listen}"
    try:
        probe(address)
    except OSError as error:
        return Finding(subject, error.strerror or str(error), False)
    return Finding(subject, "any free port" if address.port == 0 else "free", True)
