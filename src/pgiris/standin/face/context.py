"""What the parts of one stand-in `iris` module share: the process, its thread, its classes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from pgiris.standin.face.bridge import IrisObject, IrisRuntimeError, Thread
from pgiris.standin.process import Process

Factory = Callable[["Context"], IrisObject]
"""Makes the class object that ``iris.cls(name)`` refers to."""

NORMAL_MODES = {"LOGICAL": 0, "ODBC": 1, "DISPLAY": 2}


class Context:
    """One process as Python code inside it sees it. `passwords` are those of users that CREATE USER did not make."""

    def __init__(self, process: Process, classes: Mapping[str, Factory], passwords: Mapping[str, str]) -> None:
        self.process = process
        self.classes = classes
        self.passwords = {name.lower(): password for name, password in passwords.items()}
        self.thread = Thread()
        self.last_rowid = ""

    def cls(self, name: str) -> IrisObject:
        """A class object. Raises IrisRuntimeError when there is no such class."""
        factory = self.classes.get(name)
        if factory is None:
            raise IrisRuntimeError(f"<CLASS DOES NOT EXIST> *{name}")
        return factory(self)

    @contextmanager
    def surroundings(self, mode: int, schema: str) -> Iterator[None]:
        """The process's select mode and default schema, for as long as one statement needs others."""
        process = self.process
        old_mode, old_schema = process.select_mode, process.default_schema
        process.select_mode = mode
        if schema and schema != old_schema:
            process.default_schema = schema
            process.forget_prepared()
        try:
            yield
        finally:
            process.select_mode = old_mode
            if process.default_schema == schema != old_schema:
                process.default_schema = old_schema
                process.forget_prepared()


def select_mode(value: object, default: int) -> int:
    """A select mode: 0, 1, 2 or its name; ``''`` is the process's."""
    if value in ("", None):
        return default
    text = str(value).upper()
    if text in NORMAL_MODES:
        return NORMAL_MODES[text]
    if text not in ("0", "1", "2"):
        raise IrisRuntimeError(f"<ILLEGAL VALUE> select mode {value!r}")
    return int(text)
