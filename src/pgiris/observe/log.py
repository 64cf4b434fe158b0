"""Logs: events with keys and values, on stderr.

An event is a short constant string; what varies is in its keys. Statements may be logged at debug level, but never
parameter values, rows, passwords or keys: those that slip through under a telling name are replaced.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Final, TextIO

import structlog
from structlog.typing import FilteringBoundLogger, Processor

SECRET_KEYS: Final = frozenset(
    {"authorization", "key", "parameters", "password", "row", "rows_data", "secret", "token"}
)
"""Keys whose values are never written."""

LONGEST: Final = 2000
"""Characters of a value that are written at most; a client chooses some of them."""

Event = MutableMapping[str, Any]


def configure(level: str = "info", output: str = "console", stream: TextIO | None = None) -> None:
    """Set the process's logging up, once, at start. `level` and `output` are the settings log.level and log.format."""
    target = stream if stream is not None else sys.stderr
    processors: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide_secrets,
        shorten,
    ]
    if output == "json":
        transform = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        processors += [
            structlog.processors.ExceptionRenderer(transform),
            structlog.processors.JSONRenderer(default=str),
        ]
    else:
        processors.append(structlog.dev.ConsoleRenderer(colors=target.isatty(), exception_formatter=plain_traceback))
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.WriteLoggerFactory(target),
        cache_logger_on_first_use=True,
    )


def get_logger(**values: Any) -> FilteringBoundLogger:
    """A logger with some keys bound: a connection binds its number and peer, and later user and database."""
    logger: FilteringBoundLogger = structlog.get_logger(**values)
    return logger


def hide_secrets(_logger: object, _method: str, event: Event) -> Event:
    for key in event.keys() & SECRET_KEYS:
        event[key] = "***"
    return event


def shorten(_logger: object, _method: str, event: Event) -> Event:
    for key, value in event.items():
        if isinstance(value, str) and len(value) > LONGEST:
            event[key] = f"{value[:LONGEST]}... ({len(value)} characters)"
    return event


plain_traceback = structlog.dev.plain_traceback
"""Tracebacks without the values of local variables: those hold parameters and rows."""
