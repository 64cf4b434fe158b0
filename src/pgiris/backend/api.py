"""What pgiris asks of IRIS, and what it gets back. Everything that runs IRIS SQL implements this.

Two interfaces, one for each side of the process border:

- ``Adaptor``: synchronous, lives in the IRIS process (or the thread that stands for one). One process: one
  transaction, one user, one namespace, one select mode (embedded.md 3.1). The narrow waist: only
  adaptors know the `iris` module, the driver or the stand-in.
- ``Backend``: asynchronous, the gateway's handle on a leased process. Sessions see only this.

**Values.** Adaptors run in ODBC select mode, the one that the wire drivers use, because only there a value looks
the same for every route (embedded.md 1.4, sql.md 12): ``None`` for NULL, ``''`` for the empty string; BIT and
integers ``int``; NUMERIC ``Decimal``; DOUBLE ``float``; DATE ``'YYYY-MM-DD'``; TIME ``'HH:MM:SS[.f]'``;
TIMESTAMP and POSIXTIME ``'YYYY-MM-DD HH:MM:SS[.f]'``; VARBINARY ``bytes``; VARCHAR, GUID ``str``; VECTOR
``'a,b,c'``; streams read whole, ``str`` or ``bytes``. Parameters take the same forms. An adaptor hides what its route
does differently (``'\\x00'``, OREFs, ``str`` for RowIDs).

**Errors.** SQL failures raise ``IrisError`` with the SQLCODE; a lost process raises ``BackendLost``.
SQLCODE 100 is never an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from pgiris.rows.format import RowFormat

Value = object
"""A cell or a parameter in ODBC form, see the module docstring."""

Row = Sequence[Value]


class ColumnMeta(msgspec.Struct, frozen=True):
    """A result column as ``%SQL.StatementColumn`` describes it (embedded.md 2.3)."""

    name: str
    odbc_type: int
    precision: int = 0
    scale: int = 0
    nullable: int = 2
    schema: str = ""
    table: str = ""


class ParameterMeta(msgspec.Struct, frozen=True):
    """A parameter as ``%SQL.StatementParameter`` describes it."""

    odbc_type: int
    precision: int = 0
    scale: int = 0


class Description(msgspec.Struct, frozen=True):
    """A prepared statement, not executed. `statement_type` is IRIS's number (embedded.md 2.3), 1 for SELECT."""

    statement_type: int
    columns: tuple[ColumnMeta, ...] = ()
    parameters: tuple[ParameterMeta, ...] = ()


class Block(msgspec.Struct, frozen=True):
    """Some rows of a result: DataRow messages ready for the wire when a RowFormat was given, else values."""

    rows: int
    data: bytes = b""
    values: tuple[tuple[object, ...], ...] = ()
    last: bool = True


class Executed(msgspec.Struct, frozen=True):
    """The answer to one execute.

    `row_count` is %ROWCOUNT of DML (-1 where IRIS says so), `row_id` %ROWID of the last row touched (``""`` when
    none). A statement that returns rows has a `block`; when that is not the last, `cursor` numbers the open result.
    """

    row_count: int = 0
    row_id: str = ""
    block: Block | None = None
    cursor: int = 0


class AdaptorCursor(Protocol):
    """An open result inside the IRIS process."""

    def fetch(self, rows: int) -> Sequence[Row]:
        """The next rows, at most `rows`; fewer only at the end. Raises IrisError."""

    def close(self) -> None: ...


class AdaptorResult(Protocol):
    """What ``Adaptor.execute`` gives: counts, and a cursor for a statement that returns rows."""

    @property
    def row_count(self) -> int: ...
    @property
    def row_id(self) -> str: ...
    @property
    def columns(self) -> tuple[ColumnMeta, ...]: ...
    @property
    def cursor(self) -> AdaptorCursor | None: ...


class Adaptor(Protocol):
    """One IRIS process. Not thread-safe; only `cancel` may be called from another thread."""

    pid: int
    """$JOB: names the process for CANCEL QUERY."""

    def describe(self, sql: str) -> Description:
        """Prepare without executing."""

    def execute(self, sql: str, parameters: Sequence[Value] = ()) -> AdaptorResult: ...

    def execute_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> tuple[int, list[str]]:
        """Run DML once for each row of parameters; the sum of %ROWCOUNT, and %ROWID of each run.

        Not atomic by itself: the caller has a transaction open when it needs one.
        """

    def cancel(self) -> None:
        """Interrupt the statement that runs now, if any (CANCEL QUERY pid). It ends with SQLCODE -456."""

    def reset(self) -> None:
        """Roll back, unlock, and undo process settings, before the process serves another session."""

    def close(self) -> None: ...


class Backend(Protocol):
    """A leased IRIS process, as a session sees it. Cancel-safe: a cancelled await leaves it fit for `release`."""

    pid: int

    async def describe(self, sql: str) -> Description: ...

    async def execute(
        self,
        sql: str,
        parameters: Sequence[Value] = (),
        row_format: RowFormat | None = None,
        max_rows: int = 0,
    ) -> Executed:
        """Run one statement. The first block comes with the answer: at most `max_rows` rows (0: as many as the
        block size allows). Transaction statements are statements like any other."""

    async def execute_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> tuple[int, list[str]]: ...

    async def fetch(self, cursor: int, max_rows: int = 0) -> Block:
        """The next block of an open result."""

    async def close_cursor(self, cursor: int) -> None: ...

    def cancel(self) -> None:
        """Interrupt what runs now; returns at once. The running call ends with SQLCODE -456."""


class Pool(Protocol):
    """Leases backends to sessions, keyed by (user, namespace)."""

    async def lease(self, user: str, namespace: str) -> Backend:
        """Waits at most the configured time; then PgError 53300."""

    async def release(self, backend: Backend, clean: bool = False) -> None:
        """Give it back. The pool resets it (or replaces it when that fails), unless the session vouches that it is
        `clean`: no transaction, no open result, no failed or interrupted statement since it was leased."""

    async def close(self) -> None: ...
