"""The `iris` module as Python code inside IRIS sees it, over a process of the stand-in (embedded.md 1-5).

    with installed(process):
        import iris
        statement = iris.cls("%SQL.Statement")._New(1)
        iris.check_status(statement._Prepare("SELECT a FROM t WHERE b = ?"))
        result = statement._Execute("x")

The surprises are IRIS's: NULL is ``''`` and the empty string ``'\\0'``, None and bool arrive as object references,
``_Execute`` does not raise, the default select mode is Logical, a bound method must not be kept, an earlier result
must be gone before the next execution, one thread only. What is not offered is absent: an attribute error says so.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType, ModuleType
from typing import Final

from pgiris.standin.face import listformat
from pgiris.standin.face.bridge import ArrayRef, IrisObject, IrisRuntimeError, Oref, Ref, method, reads, writes
from pgiris.standin.face.context import Context, Factory
from pgiris.standin.face.functions import Functions
from pgiris.standin.face.sql import Sql
from pgiris.standin.face.statement import StatementClass
from pgiris.standin.face.status import SQLError, check_status
from pgiris.standin.face.system import (
    PACKAGED,
    Packages,
    ProcessClass,
    SecurityClass,
    SqlClass,
    StatusClass,
    UtilClass,
)
from pgiris.standin.process import Process

__all__ = [
    "ArrayRef",
    "Context",
    "Factory",
    "IrisObject",
    "IrisRuntimeError",
    "Oref",
    "Ref",
    "SQLError",
    "installed",
    "listformat",
    "method",
    "module",
    "reads",
    "writes",
]

NAME: Final = "iris"

CLASSES: Final[Mapping[str, Factory]] = MappingProxyType(
    {
        "%SQL.Statement": StatementClass,
        "%SYSTEM.Process": ProcessClass,
        "%SYSTEM.SQL": SqlClass,
        "%SYSTEM.SQL.Util": UtilClass,
        "%SYSTEM.Security": SecurityClass,
        "%SYSTEM.Status": StatusClass,
    }
)

NO_CLASSES: Final[Mapping[str, Factory]] = MappingProxyType({})
PASSWORDS: Final[Mapping[str, str]] = MappingProxyType({"_SYSTEM": "SYS"})
"""Users of a fresh instance, with their passwords."""


def module(
    process: Process, classes: Mapping[str, Factory] = NO_CLASSES, passwords: Mapping[str, str] = PASSWORDS
) -> ModuleType:
    """A stand-in `iris` module for one process; its select mode becomes Logical, IRIS's default.

    `classes` adds classes of one's own (ObjectScript that a test plays in Python): `IrisObject` subclasses made with
    the module's `Context`.
    """
    process.select_mode = 0
    context = Context(process, {**CLASSES, **classes}, passwords)
    functions = Functions(context)
    made = ModuleType(NAME, "The stand-in for InterSystems IRIS's embedded module.")
    made.__dict__.update(
        cls=functions.cls,
        execute=functions.execute,
        lock=functions.lock,
        unlock=functions.unlock,
        tlevel=functions.tlevel,
        ref=Ref,
        arrayref=ArrayRef,
        check_status=check_status,
        sql=Sql(context),
        system=Packages(context, PACKAGED),
        _SYSTEM=Packages(context),
    )
    return made


@contextmanager
def installed(
    process: Process, classes: Mapping[str, Factory] = NO_CLASSES, passwords: Mapping[str, str] = PASSWORDS
) -> Iterator[ModuleType]:
    """Puts the stand-in where ``import iris`` finds it, and takes it out again."""
    before = sys.modules.get(NAME)
    made = module(process, classes, passwords)
    sys.modules[NAME] = made
    try:
        yield made
    finally:
        if before is None:
            sys.modules.pop(NAME, None)
        else:
            sys.modules[NAME] = before
