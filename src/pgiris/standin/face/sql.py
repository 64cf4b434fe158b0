"""``iris.sql``: results without metadata or row count, failures as SQLError (embedded.md 1.3)."""

from __future__ import annotations

from collections.abc import Iterator

from pgiris.errors import IrisError
from pgiris.standin.face.bridge import Oref
from pgiris.standin.face.context import Context
from pgiris.standin.face.result import Result
from pgiris.standin.face.statement import Statement
from pgiris.standin.face.status import SQLError


class ResultSet:
    """``%SYS.Python.SQLResultSet``: rows as lists; `ResultSet` is the wrapped ``%SQL.StatementResult``."""

    def __init__(self, result: Result) -> None:
        self._result = result

    def __getattr__(self, name: str) -> object:
        if name == "ResultSet":
            return Oref(self._result)
        raise AttributeError(f"<PROPERTY DOES NOT EXIST> {name},%SYS.Python.SQLResultSet")

    def __iter__(self) -> Iterator[list[object]]:
        return self

    def __next__(self) -> list[object]:
        result = self._result
        result.thread.check()
        if not result.advance():
            if result.sqlcode < 0:
                raise SQLError(result.sqlcode, result.message)
            raise StopIteration
        return [result.at(index) for index in range(len(result.columns))]


class PreparedSql:
    """``%SYS.Python.SQLStatement``."""

    def __init__(self, statement: Statement) -> None:
        self._statement = statement

    def execute(self, *arguments: object) -> ResultSet:
        """Run it. Raises SQLError, also with 100 for DML that touched no row."""
        self._statement.thread.check()
        result = self._statement.run(arguments)
        if result.sqlcode:
            raise SQLError(result.sqlcode, result.message)
        return ResultSet(result)


class Sql:
    """The object ``iris.sql``. The select mode is the process's default; there is no argument for it."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def prepare(self, sql: str) -> PreparedSql:
        """Raises SQLError."""
        self._context.thread.check()
        statement = Statement(self._context)
        try:
            statement.prepare(sql)
        except IrisError as failure:
            raise SQLError(failure.sqlcode, failure.message) from None
        return PreparedSql(statement)

    def exec(self, sql: str, *arguments: object) -> ResultSet:
        """Prepare and run; parameters are positional arguments."""
        return self.prepare(sql).execute(*arguments)
