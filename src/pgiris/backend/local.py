"""The adaptor over the stand-in for IRIS: one emulated process, inside this operating-system process."""

from __future__ import annotations

from collections.abc import Sequence

from pgiris.backend.api import ColumnMeta, Description, ParameterMeta, Row, Value
from pgiris.errors import IrisError
from pgiris.standin.instance import Instance
from pgiris.standin.process import Process
from pgiris.standin.result import Cursor, StatementColumn, StatementResult

INTERRUPTED = -456
"""SQLCODE of a statement that CANCEL QUERY has ended (RERR_sql)."""


class LocalCursor:
    """An open result; while it fetches it can be cancelled, as a statement that runs."""

    __slots__ = ("_cursor",)

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor

    def fetch(self, rows: int) -> Sequence[Row]:
        return self._cursor.fetch(rows)

    def close(self) -> None:
        self._cursor.close()


class LocalResult:
    """The answer of the stand-in in the contract's terms."""

    __slots__ = ("_result", "cursor")

    def __init__(self, result: StatementResult) -> None:
        self._result = result
        self.cursor = LocalCursor(result.cursor) if result.cursor is not None else None

    @property
    def row_count(self) -> int:
        return self._result.row_count

    @property
    def row_id(self) -> str:
        return self._result.row_id

    @property
    def columns(self) -> tuple[ColumnMeta, ...]:
        return _columns(self._result.columns)


class LocalAdaptor:
    """An ``Adaptor`` (see ``backend.api``) over a process of the stand-in, in ODBC mode."""

    def __init__(self, instance: Instance, user: str, namespace: str) -> None:
        """Start the process. Raises IrisError, -400 for an unknown namespace."""
        self._process: Process = instance.process(user, namespace)
        self._namespace = self._process.namespace
        self._process.select_mode = 1
        self.pid = self._process.pid
        self._interrupted = False

    def describe(self, sql: str) -> Description:
        metadata = self._process.prepare(sql).metadata
        return Description(
            statement_type=metadata.statement_type,
            columns=_columns(metadata.columns),
            parameters=tuple(ParameterMeta(*parameter) for parameter in metadata.parameters),
        )

    def execute(self, sql: str, parameters: Sequence[Value] = ()) -> LocalResult:
        return LocalResult(self._process.execute(sql, parameters))

    def execute_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> tuple[int, list[str]]:
        self._interrupted = False
        count = 0
        row_ids: list[str] = []
        for number, row in enumerate(rows):
            if self._interrupted:
                raise IrisError(INTERRUPTED, "SQL query execution interrupted by user")
            try:
                result = self._process.execute(sql, row)
            except IrisError as error:
                error.row = number
                raise
            count += result.row_count
            row_ids.append(result.row_id)
        return count, row_ids

    def cancel(self) -> None:
        self._interrupted = True
        self._process.cancel()

    def reset(self) -> None:
        process = self._process
        process.reset()
        if process.namespace != self._namespace:  # after USE DATABASE
            process.namespace = self._namespace
            process.forget_prepared()

    def close(self) -> None:
        self._process.terminate()


def _columns(columns: Sequence[StatementColumn]) -> tuple[ColumnMeta, ...]:
    return tuple(ColumnMeta(*column) for column in columns)
