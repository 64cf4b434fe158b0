"""Prepared statements: compiled once, executed often."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import apsw
from sqlglot import exp

from pgiris.errors import IrisError
from pgiris.standin import binders, commands, definitions, errors, parsing, security, systems
from pgiris.standin.compiler import changes, names, queries, scalars, sources
from pgiris.standin.compiler.ir import Context, Scope, Session
from pgiris.standin.dictionary import Relation, Table, View
from pgiris.standin.iristypes import IrisType
from pgiris.standin.process import FAILURES, Process, Stale
from pgiris.standin.result import (
    Cursor,
    StatementColumn,
    StatementMetadata,
    StatementParameter,
    StatementResult,
    column_of,
    precision_of,
    refuse_count,
    row_converter,
)

SELECT, INSERT, UPDATE, DELETE = 1, 2, 3, 4
CHANGE_TYPES = {"INSERT": INSERT, "UPDATE": UPDATE, "DELETE": DELETE}


class PreparedStatement:
    """A statement ready to run in its process."""

    def __init__(self, process: Process, sql: str, metadata: StatementMetadata) -> None:
        self.process = process
        self.sql = sql
        self.metadata = metadata
        self.version = process.dictionary.version

    def execute(self, params: Sequence[object] = ()) -> StatementResult:
        """Run it. Raises IrisError; -400 for a wrong number of parameters."""
        if len(params) != len(self.metadata.parameters):
            raise refuse_count(len(self.metadata.parameters), len(params))
        process = self.process
        process.notice()
        if self.version != process.dictionary.version:
            return process.prepare(self.sql).execute(params)
        try:
            return self._run(params)
        except Stale:
            return process.prepare(self.sql).execute(params)

    def _run(self, params: Sequence[object]) -> StatementResult:
        raise IrisError(-400, "Fatal error occurred: statement does nothing")


class Compiled(PreparedStatement):
    """A statement that is one SQLite statement."""

    def __init__(self, process: Process, sql: str, metadata: StatementMetadata, context: Context, text: str) -> None:
        super().__init__(process, sql, metadata)
        self.text = text
        self.slots = tuple((slot.source, slot.binder) for slot in context.slots)
        self.temporary = tuple(context.temporary_tables)
        self.relations = tuple(context.system_relations)

    def bindings(self, params: Sequence[object]) -> tuple[Any, ...]:
        """The SQLite parameters."""
        process = self.process
        return tuple([binder(params[at]) if at >= 0 else binder(process) for at, binder in self.slots])


class Query(Compiled):
    """A SELECT."""

    def __init__(
        self,
        process: Process,
        sql: str,
        metadata: StatementMetadata,
        context: Context,
        text: str,
        kinds: Sequence[IrisType],
    ) -> None:
        super().__init__(process, sql, metadata, context, text)
        self.kinds = tuple(kinds)
        self.convert = row_converter(kinds, process.select_mode)

    def _run(self, params: Sequence[object]) -> StatementResult:
        process = self.process

        def run() -> StatementResult:
            if self.temporary or self.relations:
                process.ready(self.temporary, self.relations)
            cursor = process.connection.cursor()
            cursor.execute(self.text, self.bindings(params))
            fetching = partial(process.fetching, sql=self.sql)
            found = Cursor(cursor, self.convert, process.dictionary, fetching)
            process.opened(found)
            return StatementResult(0, "", self.metadata.columns, SELECT, 0, found)

        return process.guarded("SELECT", run, self.sql, SELECT)  # type: ignore[no-any-return]


class DataChange(Compiled):
    """INSERT, UPDATE or DELETE."""

    def __init__(
        self, process: Process, sql: str, metadata: StatementMetadata, context: Context, change: changes.Change
    ) -> None:
        super().__init__(process, sql, metadata, context, change.text)
        self.change = change
        self.guarded = bool(change.after or process.dictionary.triggers())

    def _run(self, params: Sequence[object]) -> StatementResult:
        process, change = self.process, self.change

        def run() -> StatementResult:
            if self.temporary or self.relations:
                process.ready(self.temporary, self.relations)
            process.checking = "%NOCHECK" not in change.modifiers
            process.before_change(change.table)
            touched, drawn = process.last_rowid, process.last_identity
            try:
                count = self._guarded(params) if self.guarded else self._changed(params)
            except BaseException:
                process.last_rowid, process.last_identity = touched, drawn
                raise
            finally:
                process.checking = True
            row_id = "" if process.last_rowid is None else str(process.last_rowid)
            return StatementResult(count, row_id, (), self.metadata.statement_type, 0 if count else 100)

        return process.guarded(change.kind, run, self.sql, self.metadata.statement_type)  # type: ignore[no-any-return]

    def _changed(self, params: Sequence[object]) -> int:
        """Carry the change out. %ROWID becomes the last row touched, and stays when there is none."""
        process = self.process
        if not self.change.returns_rows:
            process.connection.execute(self.text, self.bindings(params))
            return process.connection.changes()
        row: Any
        for row in process.connection.execute(self.text, self.bindings(params)):
            process.last_rowid = row[0]
        return process.connection.changes()

    def _guarded(self, params: Sequence[object]) -> int:
        """A change with triggers or a view's check option: if one of them fails, all of it is undone."""
        with self.process.firing.statement(self.change):
            return self._checked(params) if self.change.after else self._changed(params)

    def _checked(self, params: Sequence[object]) -> int:
        """A change through a view WITH CHECK OPTION."""
        process, change = self.process, self.change
        text = self.text if change.returns_rows else f"{self.text} RETURNING rid"
        rows: list[Any] = process.connection.execute(text, self.bindings(params)).fetchall()
        changes.check_view(process.connection, change, rows)
        if rows:
            process.last_rowid = rows[-1][0]
        return len(rows)


class Action(PreparedStatement):
    """A statement that the stand-in carries out itself."""

    def __init__(
        self,
        process: Process,
        sql: str,
        metadata: StatementMetadata,
        run: Callable[[Sequence[object]], StatementResult | None],
    ) -> None:
        super().__init__(process, sql, metadata)
        self.run = run

    def _run(self, params: Sequence[object]) -> StatementResult:
        number = self.metadata.statement_type
        result = self.process.guarded("DDL", lambda: self.run(params), self.sql, number)
        return result if result is not None else StatementResult(0, "", (), number)


def session_of(process: Process) -> Session:
    """What statements of a process mean depends on."""
    return Session(
        process.dictionary,
        process.instance.settings,
        process.select_mode,
        process.default_schema,
        process.user,
        process.namespace,
        lambda action, relation, columns: security.check(process, action, relation, columns),
    )


def knows_function(process: Process) -> Callable[[str | None, str], bool]:
    """Tells the parser which functions exist."""

    def knows(schema: str | None, name: str) -> bool:
        if (schema or "").startswith("%"):
            return True
        return process.dictionary.routine(schema or process.default_schema, name) is not None

    return knows


def count_parameters(tree: exp.Expr) -> int:
    """The number of ``?``."""
    positions = [int(p.args["position"]) for p in tree.find_all(exp.Placeholder) if p.args.get("position")]
    return max(positions, default=0)


def parameters_of(context: Context, count: int) -> tuple[StatementParameter, ...]:
    result = []
    for number in range(1, count + 1):
        kind = context.parameters.get(number)
        if kind is None:
            result.append(StatementParameter(12, 0, 0))
        else:
            result.append(StatementParameter(kind.odbc, precision_of(kind), kind.scale))
    return tuple(result)


def prepare(process: Process, sql: str) -> PreparedStatement:
    """Parse and compile. Raises IrisError."""
    if len(sql) > process.instance.settings.max_statement_length:
        raise IrisError(-400, "Fatal error occurred <MAXSTRING> statement is too long")
    try:
        session = session_of(process)
        tree = parsing.parse(sql, knows_function(process), lambda table: names.find_relation(Context(session), table))
        return compile_tree(process, sql, tree)
    except FAILURES as error:
        raise errors.as_iris(error, process.dictionary, "SELECT") from error


def compile_tree(process: Process, sql: str, tree: exp.Expr) -> PreparedStatement:
    """A prepared statement of a parsed one."""
    context = Context(session_of(process))
    if isinstance(tree, (exp.Select, exp.SetOperation)):
        found = queries.query(context, tree)
        columns = tuple(column_of(output) for output in found.outputs)
        metadata = StatementMetadata(SELECT, columns, parameters_of(context, count_parameters(tree)))
        return Query(process, sql, metadata, context, found.sql, [output.type for output in found.outputs])
    compile_change = CHANGES.get(type(tree))
    if compile_change is not None:
        change = compile_change(context, tree)
        number = CHANGE_TYPES[change.kind]
        metadata = StatementMetadata(number, (), parameters_of(context, count_parameters(tree)))
        return DataChange(process, sql, metadata, context, change)
    number, columns, run = commands.action(process, sql, tree)
    parameters = parameters_of(context, count_parameters(tree))
    return Action(process, sql, StatementMetadata(number, columns, parameters), run)


CHANGES: dict[type, Callable[[Context, Any], changes.Change]] = {
    exp.Insert: changes.insert,
    exp.Update: changes.update,
    exp.Delete: changes.delete,
}


def system_view(process: Process) -> systems.Contents:
    """What system relations are made of, as a process sees it."""

    def outputs(view: View) -> list[tuple[str, IrisType]]:
        try:
            context = Context(session_of(process))
            return [(o.name, o.type) for o in sources.view_query(context, view).outputs]
        except IrisError:
            return []

    return systems.Contents(
        process.dictionary,
        outputs,
        process.visible,
        process.instance.described,
        process.instance.settings.odbc_varchar_maxlen,
    )


def default_value(process: Process, table: Table, number: int) -> Any:
    """A column's default as a stored value."""
    column = table.by_number(number)
    if column.default is None:
        return None
    context = Context(session_of(process))
    sql = changes.default_sql(context, column.default, column, table, -105)
    cursor = process.connection.cursor()
    row = cursor.execute(f"SELECT {sql}").fetchone()
    return row[0] if row else None


def scalar_sql(context: Context, node: exp.Expr) -> str:
    return scalars.value(context, Scope(), node).sql


def known_relation(relation: Relation) -> str:
    return relation.qualified


def columns_named(names: Sequence[str]) -> tuple[StatementColumn, ...]:
    """Text columns of a statement that computes its rows itself."""
    return tuple(StatementColumn(name, 12, 4096, 0, 1, "", "") for name in names)


def interrupted(error: apsw.Error) -> bool:
    return isinstance(error, apsw.InterruptError)


def bound(value: object) -> object:
    return binders.bind_any(value)


def define(process: Process, tree: exp.Expr) -> None:
    definitions.execute(process, "", tree)
