"""A fresh instance and a process in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from pgiris.errors import IrisError
from pgiris.standin import Instance, InstanceSettings, Process

Rows = list[tuple[object, ...]]


@pytest.fixture
def instance() -> Iterator[Instance]:
    with Instance(":memory:", InstanceSettings(lock_timeout=0.2)) as made:
        yield made


@pytest.fixture
def process(instance: Instance) -> Process:
    return instance.process()


@pytest.fixture
def rows(process: Process) -> Callable[..., Rows]:
    """Runs a statement and returns its rows."""
    return lambda sql, *params: process.execute(sql, params).fetchall()


@pytest.fixture
def sqlcode(process: Process) -> Callable[..., int]:
    """Runs a statement that must fail and returns its SQLCODE."""

    def run(sql: str, *params: object) -> int:
        with pytest.raises(IrisError) as caught:
            process.execute(sql, params).fetchall()
        return caught.value.sqlcode

    return run
