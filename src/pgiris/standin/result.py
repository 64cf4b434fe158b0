"""What executing a statement gives, and what preparing it tells."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

import apsw

from pgiris.errors import IrisError
from pgiris.standin import binders, errors
from pgiris.standin.compiler.ir import Output
from pgiris.standin.dictionary import Dictionary
from pgiris.standin.iristypes import IrisType, Kind

Rows = list[tuple[object, ...]]


class StatementColumn(NamedTuple):
    """A result column, as ``%SQL.StatementColumn`` tells it (embedded.md 2.3)."""

    name: str
    odbc_type: int
    precision: int
    scale: int
    nullable: int
    schema: str
    table: str


class StatementParameter(NamedTuple):
    """A parameter, as ``%SQL.StatementParameter`` tells it."""

    odbc_type: int
    precision: int
    scale: int


@dataclass(frozen=True)
class StatementMetadata:
    """As ``%SQL.StatementMetadata``: `statement_type` 1 is SELECT (embedded.md 2.3)."""

    statement_type: int
    columns: tuple[StatementColumn, ...] = ()
    parameters: tuple[StatementParameter, ...] = ()


def precision_of(kind: IrisType) -> int:
    if kind.kind in (Kind.STRING, Kind.BINARY, Kind.GUID):
        return kind.length or 4096
    return kind.precision


def column_of(output: Output) -> StatementColumn:
    kind = output.type
    return StatementColumn(
        output.name, kind.odbc, precision_of(kind), kind.scale, output.nullable, output.schema, output.table
    )


def row_converter(kinds: Sequence[IrisType], mode: int) -> Callable[[Rows], Rows] | None:
    """Converts blocks of rows; None when every column is shown as it is stored."""
    converters = [(i, c) for i, kind in enumerate(kinds) if (c := binders.converter_for(kind, mode)) is not None]
    if not converters:
        return None
    if len(converters) == len(kinds) == 1:
        only = converters[0][1]
        return lambda rows: [(only(row[0]),) for row in rows]

    def convert(rows: Rows) -> Rows:
        columns: list[Any] = list(zip(*rows))
        for index, converter in converters:
            columns[index] = map(converter, columns[index])
        return list(zip(*columns))

    return lambda rows: convert(rows) if rows else rows


class Cursor:
    """Rows of an open SELECT."""

    def __init__(
        self,
        cursor: apsw.Cursor,
        convert: Callable[[Rows], Rows] | None,
        dictionary: Dictionary,
        running: Callable[[bool], None] = lambda now: None,
    ) -> None:
        self._source: Iterator[tuple[object, ...]] = cursor
        self._cursor: apsw.Cursor | None = cursor
        self._convert = convert
        self._dictionary = dictionary
        self._running = running

    def fetch(self, count: int) -> Rows:
        """The next rows, at most `count`; fewer only at the end."""
        self._running(True)
        try:
            rows = list(islice(self._source, count))
            return self._convert(rows) if self._convert is not None else rows
        except (apsw.Error, OverflowError, RecursionError, ValueError, TypeError) as error:
            self.close()
            raise errors.as_iris(error, self._dictionary, "SELECT") from error
        finally:
            self._running(False)

    def detach(self) -> None:
        """Read the rest into memory, so that the connection holds no snapshot (before it writes)."""
        if self._cursor is not None:
            self._source = iter(list(self._source))
            self._cursor = None

    def close(self) -> None:
        self._source = iter(())
        if self._cursor is not None:
            self._cursor.close(True)
            self._cursor = None


@dataclass
class StatementResult:
    """The outcome of one execution. `row_count` is %ROWCOUNT, `row_id` %ROWID (``""`` when there is none)."""

    row_count: int = 0
    row_id: str = ""
    columns: tuple[StatementColumn, ...] = ()
    statement_type: int = 99
    sqlcode: int = 0
    cursor: Cursor | None = None
    _on_close: list[Callable[[], None]] = field(default_factory=list)

    def fetch(self, count: int) -> Rows:
        """The next rows of a query; an empty list at the end, and for a statement without rows."""
        if self.cursor is None:
            return []
        rows = self.cursor.fetch(count)
        self.row_count += len(rows)
        if len(rows) < count:
            self.sqlcode = 100
        return rows

    def fetchall(self) -> Rows:
        """All rows that are left."""
        result: Rows = []
        while block := self.fetch(10_000):
            result += block
        return result

    def __iter__(self) -> Iterator[tuple[object, ...]]:
        while block := self.fetch(256):
            yield from block

    def close(self) -> None:
        """Let go of the cursor."""
        if self.cursor is not None:
            self.cursor.close()


OpenCursors = weakref.WeakSet[Cursor]


def fixed(rows: Rows) -> Any:
    """An iterator that looks like a cursor, over rows at hand."""
    return iter(rows)


class FixedCursor(Cursor):
    """Rows that a statement computed itself (EXPLAIN, a procedure's result)."""

    def __init__(self, rows: Rows) -> None:
        self._source = iter(rows)
        self._cursor = None
        self._convert = None
        self._dictionary = Dictionary()
        self._running = lambda now: None


def refuse_count(expected: int, given: int) -> IrisError:
    """The wrong number of parameters: SQLCODE -400 (GSQL_dynsql)."""
    return IrisError(-400, f"Fatal error occurred <PARAMETER> {expected} parameters expected, {given} given")
