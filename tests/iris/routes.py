"""The ways to IRIS SQL that the facts are checked on: the stand-in always, a real instance when the user names one.

``PGIRIS_TEST_IRIS=host:port/namespace``, with ``PGIRIS_TEST_IRIS_USER`` and ``PGIRIS_TEST_IRIS_PASSWORD``, names an
instance; ``intersystems-irispython`` must be installed (its documented DB-API is used). The facts drop what they make.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Protocol

import pytest

from pgiris.backend.local import LocalAdaptor
from pgiris.errors import IrisError
from pgiris.standin.instance import Instance


class Route(Protocol):
    """Runs IRIS SQL in ODBC mode. Failures raise IrisError."""

    name: str

    def execute(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]: ...

    def row_id(self) -> str:
        """%ROWID of the last statement."""

    def close(self) -> None: ...


class StandIn:
    """The stand-in through pgiris's own adaptor."""

    name = "stand-in"

    def __init__(self) -> None:
        self.instance = Instance(":memory:")
        self.adaptor = LocalAdaptor(self.instance, "_SYSTEM", "USER")
        self.last = ""

    def execute(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        result = self.adaptor.execute(sql, parameters)
        self.last = result.row_id
        if result.cursor is None:
            return []
        rows = [tuple(row) for row in result.cursor.fetch(10_000)]
        result.cursor.close()
        return rows

    def row_id(self) -> str:
        return self.last

    def close(self) -> None:
        self.adaptor.close()
        self.instance.close()


class Remote:
    """A real instance through the DB-API driver."""

    name = "iris"

    def __init__(self, target: str) -> None:
        driver = importlib.import_module("iris")
        address, namespace = target.split("/", 1)
        host, port = address.rsplit(":", 1)
        user = os.environ.get("PGIRIS_TEST_IRIS_USER", "_SYSTEM")
        password = os.environ.get("PGIRIS_TEST_IRIS_PASSWORD", "SYS")
        self.connection = driver.connect(host, int(port), namespace, user, password)
        self.connection.setAutoCommit(True)
        self.last = ""

    def execute(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        cursor = self.connection.cursor()
        try:
            cursor.execute(sql, [str(value) if isinstance(value, Decimal) else value for value in parameters])
            self.last = str(cursor.lastrowid or "")
            return [tuple(row) for row in cursor.fetchall()] if cursor.description else []
        except Exception as error:
            raise IrisError(sqlcode_of(error), str(error)) from error
        finally:
            cursor.close()

    def row_id(self) -> str:
        return self.last

    def close(self) -> None:
        self.connection.close()


def sqlcode_of(error: Exception) -> int:
    """The SQLCODE that the driver's message carries as ``[SQLCODE: <-30>: …]`` (field notes, SQLCODEs met)."""
    _, _, rest = str(error).partition("SQLCODE: <")
    digits, _, _ = rest.partition(">")
    return int(digits) if digits else -400


def open_instance() -> Route:
    """The instance that the user named; skips, saying so, when there is none."""
    target = os.environ.get("PGIRIS_TEST_IRIS")
    if not target:
        pytest.skip("no IRIS: set PGIRIS_TEST_IRIS=host:port/namespace")
    try:
        return Remote(target)
    except ModuleNotFoundError:
        pytest.skip("intersystems-irispython is not installed")


def same(got: Sequence[object], wanted: Sequence[object]) -> bool:
    """Rows compared by value: a driver may deliver a number as int, Decimal or float, a BIT as bool."""
    if len(got) != len(wanted):
        return False
    return all(
        float(a) == float(b)
        if isinstance(a, (int, float, Decimal)) and isinstance(b, (int, float, Decimal))
        else a == b
        for a, b in zip(got, wanted)
    )
