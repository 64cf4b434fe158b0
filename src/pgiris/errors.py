"""Every error a client can see, and the two that it cannot.

::

    PgError                 SQLSTATE, message and the other fields of an ErrorResponse
    +-- ProtocolViolation   08P01; the client broke the protocol
    +-- FeatureNotSupported 0A000; names what is not supported, and where
    +-- SyntaxFailure       42601; with the position of the token
    IrisError               SQLCODE and %msg, as a backend reports them; becomes a PgError at one border
    LocalProtocolError      a bug of ours: a protocol call in a state that does not allow it

Fields follow https://www.postgresql.org/docs/current/protocol-error-fields.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from pgiris import sqlstate as codes

ERROR: Final = "ERROR"
FATAL: Final = "FATAL"


class PgError(Exception):
    """An error with PostgreSQL's fields. `position` counts characters of the query from 1."""

    __slots__ = (
        "column",
        "constraint",
        "datatype",
        "detail",
        "hint",
        "message",
        "position",
        "schema",
        "severity",
        "sqlstate",
        "table",
        "where",
    )

    def __init__(
        self,
        sqlstate: str,
        message: str,
        *,
        severity: str = ERROR,
        detail: str | None = None,
        hint: str | None = None,
        position: int | None = None,
        where: str | None = None,
        schema: str | None = None,
        table: str | None = None,
        column: str | None = None,
        datatype: str | None = None,
        constraint: str | None = None,
    ) -> None:
        super().__init__(sqlstate, message)
        self.sqlstate = sqlstate
        self.message = message
        self.severity = severity
        self.detail = detail
        self.hint = hint
        self.position = position
        self.where = where
        self.schema = schema
        self.table = table
        self.column = column
        self.datatype = datatype
        self.constraint = constraint

    def __str__(self) -> str:
        return f"{self.severity} {self.sqlstate}: {self.message}"


class ProtocolViolation(PgError):
    """The client broke the protocol (08P01)."""

    def __init__(self, message: str, *, severity: str = ERROR, detail: str | None = None) -> None:
        super().__init__(codes.PROTOCOL_VIOLATION, message, severity=severity, detail=detail)


class FeatureNotSupported(PgError):
    """The construct is known and refused (0A000); `what` names it in PostgreSQL's words."""

    def __init__(
        self, what: str, *, position: int | None = None, detail: str | None = None, hint: str | None = None
    ) -> None:
        super().__init__(
            codes.FEATURE_NOT_SUPPORTED,
            f"{what} is not supported",
            position=position,
            detail=detail,
            hint=hint,
        )


class SyntaxFailure(PgError):
    """The statement is not SQL (42601)."""

    def __init__(self, message: str, *, position: int | None = None, hint: str | None = None) -> None:
        super().__init__(codes.SYNTAX_ERROR, message, position=position, hint=hint)


class LocalProtocolError(AssertionError):
    """A bug of ours: a call that the protocol's state does not allow. Never sent as such."""


class IrisError(Exception):
    """A statement failed in IRIS (or the stand-in): `sqlcode` is negative, `message` is ``%msg``.

    The codes and their meaning: document key RERR_sql. `row`: which row of parameters of ``execute_many`` failed, from
    0, where the adaptor knows.
    """

    __slots__ = ("message", "row", "sqlcode")

    def __init__(self, sqlcode: int, message: str) -> None:
        super().__init__(sqlcode, message)
        self.sqlcode = sqlcode
        self.message = message
        self.row: int | None = None

    def __str__(self) -> str:
        return f"[SQLCODE: <{self.sqlcode}>] {self.message}"


class BackendLost(Exception):
    """The IRIS process of a lease is gone; `message` says how, in one line."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A NoticeResponse: severity is WARNING, NOTICE, INFO, LOG or DEBUG."""

    severity: str
    sqlstate: str
    message: str
    detail: str | None = None
    hint: str | None = None
    position: int | None = field(default=None)
