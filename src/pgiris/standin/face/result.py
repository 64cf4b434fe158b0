"""``%SQL.StatementResult``: the outcome of one execution (embedded.md 2.1, 2.2)."""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Sequence
from typing import Final

from pgiris.errors import IrisError
from pgiris.standin.face import listformat, status, values
from pgiris.standin.face.bridge import ArrayRef, IrisObject, IrisRuntimeError, Thread, method, put, reads
from pgiris.standin.face.metadata import Column, Metadata
from pgiris.standin.face.statementtypes import OTHER, STATEMENT_TYPES
from pgiris.standin.result import StatementResult

BLOCK: Final = 64
NO_MORE: Final = 100


class Executions:
    """What a statement remembers of its executions: its latest result.

    When an earlier result ends after a later one began, it damages the later one (embedded.md 2.2).
    """

    def __init__(self) -> None:
        self._latest: weakref.ref[Result] | None = None

    def began(self, result: Result) -> None:
        self._latest = weakref.ref(result)

    def ended(self, result: Result) -> None:
        latest = self._latest() if self._latest is not None else None
        if latest is not None and latest is not result:
            latest.damaged = True


class Result(IrisObject):
    """A result. SQL failures are in %SQLCODE and %Message and never raise; misuse of the bridge does."""

    class_name = "%SQL.StatementResult"

    def __init__(
        self,
        thread: Thread,
        executions: Executions,
        columns: Sequence[Column] = (),
        mode: int = values.LOGICAL,
        outcome: StatementResult | None = None,
        failure: IrisError | None = None,
    ) -> None:
        super().__init__(thread)
        self.executions = executions
        self.columns = columns
        self.mode = mode
        self.outcome = outcome if outcome is not None else StatementResult()
        self.sqlcode = failure.sqlcode if failure is not None else self.outcome.sqlcode
        self.message = failure.message if failure is not None else ""
        self.count = self.outcome.row_count
        self.rowid: str = self.outcome.row_id
        self.row: tuple[object, ...] | None = None
        self.damaged = False
        self._ahead: deque[tuple[object, ...]] = deque()
        executions.began(self)

    def __del__(self) -> None:
        self.executions.ended(self)

    # -- rows

    def advance(self) -> bool:
        """Go to the next row. At the end %SQLCODE is 100; an error on the way is negative."""
        if self.damaged:
            raise IrisRuntimeError("<INVALID OREF> an earlier result of the statement ended after this one began")
        self.row = None
        if self.sqlcode < 0 or self.outcome.cursor is None:
            return False
        try:
            if not self._ahead:
                self._ahead.extend(self.outcome.fetch(BLOCK))
        except IrisError as failure:
            self.sqlcode, self.message = failure.sqlcode, failure.message
            return False
        if not self._ahead:
            self.sqlcode = NO_MORE
            return False
        self.row = self._ahead.popleft()
        self.count += 1
        return True

    def at(self, index: int) -> object:
        """A cell of the current row, as Python gets it; a stream as an object."""
        if self.row is None:
            raise IrisRuntimeError("<UNDEFINED> there is no current row")
        if not 0 <= index < len(self.columns):
            raise IrisRuntimeError("<SUBSCRIPT> there is no such column")
        column, value = self.columns[index], self.row[index]
        if column.kind is not None and column.kind.is_stream and value is not None:
            assert isinstance(value, (str, bytes))
            return Stream(self.thread, value)
        return values.cell(value, column.kind, self.mode, column.rowid)

    def listed(self) -> str:
        """The current row as $LIST."""
        assert self.row is not None
        cells = zip(self.columns, self.row)
        return listformat.encode([values.row_element(v, c.kind, self.mode, c.rowid) for c, v in cells])

    @method("%Next")
    def next(self, sc: object = None) -> int:
        """1: there is a row; 0: the end, or an error."""
        found = self.advance()
        put(sc, self.status())
        return int(found)

    @method("%GetData")
    def get_data(self, number: int) -> object:
        """A column by its number from 1."""
        return self.at(int(number) - 1)

    @method("%Get")
    def get(self, name: str) -> object:
        """A column by its name."""
        for index, column in enumerate(self.columns):
            if column.told.name == name:
                return self.at(index)
        raise IrisRuntimeError(f"<PROPERTY DOES NOT EXIST> *{name},{self.class_name}")

    @method("%GetRow")
    def get_row(self, row: object, sc: object = None) -> int:
        """Advance, and give the row as $LIST in `row`."""
        found = self.advance()
        put(row, self.listed() if found else "")
        put(sc, self.status())
        return int(found)

    @method("%GetRows")
    def get_rows(self, count: int, rows: object, sc: object = None) -> int:
        """The next rows as an array of $LIST; 0 with the last batch, which may be a part of one."""
        if not isinstance(rows, ArrayRef):
            raise IrisRuntimeError("<PARAMETER> %GetRows gives an array: pass an iris.arrayref")
        rows.value.clear()
        for number in range(1, int(count) + 1):
            if not self.advance():
                break
            rows.value[number] = self.listed()
        more = bool(self._ahead) or (len(rows.value) == count and self.peek())
        put(sc, self.status())
        return int(more)

    def peek(self) -> bool:
        """Whether rows are left; reads ahead."""
        try:
            self._ahead.extend(self.outcome.fetch(BLOCK))
        except IrisError as failure:
            self.sqlcode, self.message = failure.sqlcode, failure.message
        return bool(self._ahead)

    def status(self) -> int | str:
        if self.sqlcode >= 0:
            return status.OK
        return status.of_sql(IrisError(self.sqlcode, self.message))

    # -- what it tells

    @method("%GetMetadata")
    def get_metadata(self) -> Metadata:
        """The columns; a result knows no parameters."""
        return Metadata(self.thread, self.outcome.statement_type, self.columns, ())

    @reads("%SQLCODE")
    def read_sqlcode(self) -> int:
        return self.sqlcode

    @reads("%Message")
    def read_message(self) -> str:
        return self.message

    @reads("%ROWCOUNT")
    def read_row_count(self) -> int:
        """DML: rows touched; a query: rows fetched so far."""
        return self.count

    @reads("%ROWID")
    def read_rowid(self) -> str:
        return self.rowid

    @reads("%StatementType")
    def read_statement_type(self) -> int | str:
        number = self.outcome.statement_type
        return "" if number == OTHER else number

    @reads("%StatementTypeName")
    def read_statement_type_name(self) -> str:
        return STATEMENT_TYPES.get(self.outcome.statement_type, "")

    @reads("%ResultColumnCount")
    def read_column_count(self) -> int:
        return len(self.columns)

    @reads("%OutputColumnCount")
    def read_output_count(self) -> int:
        return 0

    @reads("%CurrentResult")
    def read_current(self) -> object:
        return self

    @method("%MoreResults")
    def more_results(self) -> int:
        """The stand-in's procedures give one result set, which is current at once."""
        return 0

    @method("%NextResult")
    def next_result(self) -> str:
        return ""


class Stream(IrisObject):
    """A stream column's value (C:%Stream.Object)."""

    class_name = "%Stream.GlobalCharacter"

    def __init__(self, thread: Thread, content: str | bytes) -> None:
        super().__init__(thread)
        self.content = content.decode("latin-1") if isinstance(content, bytes) else content
        self.position = 0

    @reads("Size")
    def size(self) -> int:
        return len(self.content)

    @reads("AtEnd")
    def at_end(self) -> int:
        return int(self.position >= len(self.content))

    @method("Rewind")
    def rewind(self) -> int:
        self.position = 0
        return status.OK

    @method("Read")
    def read(self, length: int = 32656) -> str:
        """At most `length` characters; binary as code points below 256."""
        part = self.content[self.position : self.position + int(length)]
        self.position += len(part)
        return part
