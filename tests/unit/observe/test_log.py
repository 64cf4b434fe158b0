from __future__ import annotations

import io
import json
from collections.abc import Iterator

import pytest
import structlog

from pgiris.observe.log import LONGEST, configure, get_logger


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def written(output: str, level: str = "info") -> io.StringIO:
    stream = io.StringIO()
    configure(level, output, stream)
    return stream


def test_json_is_one_object_a_line_with_event_level_and_time() -> None:
    stream = written("json")
    get_logger(connection=7).info("connected", peer="127.0.0.1")
    get_logger().warning("pool exhausted", waiting=3)
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert first.pop("timestamp").endswith("Z")
    assert first == {"event": "connected", "level": "info", "connection": 7, "peer": "127.0.0.1"}
    assert (second["event"], second["level"], second["waiting"]) == ("pool exhausted", "warning", 3)


def test_events_below_the_level_are_not_written() -> None:
    stream = written("json", "warning")
    get_logger().info("connected")
    assert stream.getvalue() == ""
    get_logger().error("lost")
    assert "lost" in stream.getvalue()


@pytest.mark.parametrize("output", ["json", "console"])
def test_secrets_and_parameter_values_are_never_written(output: str) -> None:
    stream = written(output)
    get_logger().info("bad idea", password="hunter2", parameters=["hunter2"], secret=b"hunter2")
    assert "hunter2" not in stream.getvalue()


@pytest.mark.parametrize("output", ["json", "console"])
def test_a_traceback_shows_no_local_values(output: str) -> None:
    stream = written(output)
    secret = "".join(["hun", "ter2"])
    try:
        raise ValueError(len(secret))
    except ValueError:
        get_logger().exception("bug")
    assert "ValueError" in stream.getvalue()
    assert "hunter2" not in stream.getvalue()


def test_long_values_are_shortened() -> None:
    stream = written("json")
    get_logger().info("statement", sql="x" * (LONGEST + 1))
    assert len(stream.getvalue()) < LONGEST + 200


def test_a_line_feed_in_a_value_does_not_make_a_second_line() -> None:
    for output in ("json", "console"):
        stream = written(output)
        get_logger().info("connected", user="x\n2026-01-01 [info] forged")
        assert len(stream.getvalue().splitlines()) == 1
