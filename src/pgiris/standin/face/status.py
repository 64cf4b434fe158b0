"""``%Status`` values and the exceptions of ``iris.check_status`` and ``iris.sql`` (embedded.md 1.2, 1.3)."""

from __future__ import annotations

from typing import Final

from pgiris.errors import IrisError
from pgiris.standin.face import listformat
from pgiris.standin.face.bridge import IrisRuntimeError

OK: Final = 1
FAILED: Final = "0 "
SQL_FAILURE: Final = 5540


class SQLError(Exception):
    """``irisbuiltins.SQLError``: what ``iris.sql`` raises; also with `sqlcode` 100 for DML that touched no row."""

    def __init__(self, sqlcode: int, message: str) -> None:
        super().__init__(message)
        self.sqlcode = sqlcode
        self.message = message


SQLError.__module__ = "irisbuiltins"


def error(code: int, text: str) -> str:
    """A ``%Status`` that is not OK: ``0``, a blank and a $LIST."""
    return FAILED + listformat.encode([listformat.encode([code, text])])


def of_sql(failure: IrisError) -> str:
    """The ``%Status`` of a statement that cannot be prepared."""
    return error(SQL_FAILURE, f"SQLCODE: {failure.sqlcode} Message:  {failure.message}")


def text_of(status: object) -> str:
    """The text of a ``%Status``; empty when it is OK."""
    if status in (OK, "1"):
        return ""
    if not isinstance(status, str) or not status.startswith(FAILED):
        return f"ERROR #5001: not a status: {status!r}"
    texts = []
    for entry in listformat.decode(status[len(FAILED) :]):
        code, text = map(str, listformat.decode(str(entry)))
        texts.append(f"ERROR #{code}: {text}")
    return "\n".join(texts)


def check_status(status: object) -> None:
    """``iris.check_status``: None when OK, else an exception whose text is the IRIS error."""
    text = text_of(status)
    if text:
        raise IrisRuntimeError(text)
