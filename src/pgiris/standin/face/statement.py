"""``%SQL.Statement``: prepare, tell, execute (embedded.md 2; D:GSQL_dynsql, C:%SQL.Statement)."""

from __future__ import annotations

from typing import Final

from pgiris.errors import IrisError
from pgiris.standin.face import status, values
from pgiris.standin.face.bridge import IrisObject, IrisRuntimeError, Oref, Ref, method, put, reads, writes
from pgiris.standin.face.context import Context, select_mode
from pgiris.standin.face.metadata import Column, Metadata, columns_of
from pgiris.standin.face.result import Executions, Result
from pgiris.standin.prepared import PreparedStatement
from pgiris.standin.result import StatementResult

MAX_ARGUMENTS: Final = 255
"""Arguments that a call may name one by one; which limit a Python call has is unknown, so the lower one holds."""

DIALECTS: Final = frozenset({"", "IRIS"})
CHANGES: Final = frozenset({2, 3, 4})


class Statement(IrisObject):
    """A statement object: prepared once, executed often, in a select mode of its own."""

    class_name = "%SQL.Statement"

    def __init__(self, context: Context, mode: object = "", schema_path: object = "", dialect: object = "") -> None:
        super().__init__(context.thread)
        self.context = context
        self.mode = select_mode(mode, context.process.select_mode)
        self.schema_path = str(schema_path or "")
        self.dialect = str(dialect or "")
        self.object_mode = 0
        self.text = ""
        self.prepared: PreparedStatement | None = None
        self.columns: tuple[Column, ...] = ()
        self.executions = Executions()
        self.executed = False

    # -- the object's own interface, without the bridge

    def prepare(self, text: str) -> None:
        """Compile. Raises IrisError."""
        self.prepared, self.columns, self.executed = None, (), False
        if self.dialect.upper() not in DIALECTS:
            raise IrisError(-400, f"Fatal error occurred: the stand-in has no dialect {self.dialect}")
        if "," in self.schema_path:
            raise IrisError(-400, "Fatal error occurred: the stand-in searches one schema only")
        with self.context.surroundings(self.mode, self.schema_path):
            found = self.context.process.prepare(text)
        self.text, self.prepared = text, found
        self.columns = columns_of(found, self.context.process.dictionary)

    def run(self, arguments: tuple[object, ...]) -> Result:
        """Execute; what fails in SQL is in the result."""
        if len(arguments) > MAX_ARGUMENTS:
            raise IrisRuntimeError(f"<PARAMETER> {len(arguments)} arguments to %Execute, at most {MAX_ARGUMENTS}")
        self.executed = True
        try:
            outcome = self.outcome([values.parameter(argument) for argument in arguments])
        except IrisError as failure:
            return self.result(StatementResult(statement_type=self.statement_type()), failure)
        return self.result(outcome)

    def outcome(self, parameters: list[object]) -> StatementResult:
        if self.prepared is None:
            raise IrisError(-400, "Fatal error occurred: the statement is not prepared")
        if self.prepared.version != self.context.process.dictionary.version:
            self.prepare(self.text)
            self.executed = True
        with self.context.surroundings(self.mode, self.schema_path):
            return self.prepared.execute(parameters)

    def result(self, outcome: StatementResult, failure: IrisError | None = None) -> Result:
        columns = self.columns
        if not columns:
            columns = tuple(Column(column, None, False) for column in outcome.columns)
        if failure is not None:
            columns = ()
        made = Result(self.thread, self.executions, columns, self.mode, outcome, failure)
        if outcome.row_id:
            self.context.last_rowid = outcome.row_id
        elif outcome.statement_type in CHANGES:
            made.rowid = self.context.last_rowid
        return made

    def statement_type(self) -> int:
        return self.prepared.metadata.statement_type if self.prepared is not None else 99

    # -- the bridge's

    @method("%Prepare")
    def bridge_prepare(self, text: object, check_privileges: int = 1, no_audit: int = 0) -> int | str:
        """1, or an error status."""
        sql = text.value if isinstance(text, Ref) else text
        if not isinstance(sql, str):
            raise IrisRuntimeError("<PARAMETER> %Prepare takes the statement as a string")
        if not check_privileges:
            raise IrisRuntimeError("<UNIMPLEMENTED> the stand-in always checks privileges")
        try:
            self.prepare(sql)
        except IrisError as failure:
            return status.of_sql(failure)
        return status.OK

    @method("%PrepareClassQuery")
    def prepare_class_query(self, class_name: str, query: str, check_privileges: int = 1) -> str:
        return status.error(5001, f"the stand-in has no class query {class_name}:{query}")

    @method("%Execute")
    def execute(self, *arguments: object) -> Result:
        return self.run(arguments)

    @reads("%Metadata")
    def metadata(self) -> Metadata:
        """Columns; parameters until it is executed."""
        known = self.prepared.metadata.parameters if self.prepared is not None and not self.executed else ()
        return Metadata(self.thread, self.statement_type(), self.columns, known)

    @reads("%SelectMode")
    def read_mode(self) -> int:
        return self.mode

    @writes("%SelectMode")
    def write_mode(self, value: object) -> None:
        self.mode = select_mode(value, self.context.process.select_mode)

    @reads("%SchemaPath")
    def read_schema_path(self) -> str:
        return self.schema_path

    @writes("%SchemaPath")
    def write_schema_path(self, value: object) -> None:
        self.schema_path = str(value)

    @reads("%Dialect")
    def read_dialect(self) -> str:
        return self.dialect

    @writes("%Dialect")
    def write_dialect(self, value: object) -> None:
        self.dialect = str(value)

    @reads("%ObjectSelectMode")
    def read_object_mode(self) -> int:
        return self.object_mode

    @writes("%ObjectSelectMode")
    def write_object_mode(self, value: object) -> None:
        if str(value) != "0":
            raise IrisRuntimeError("<UNIMPLEMENTED> the stand-in has no %ObjectSelectMode 1")


class StatementClass(IrisObject):
    """The class itself, as ``iris.cls("%SQL.Statement")`` gives it."""

    class_name = "%SQL.Statement"

    def __init__(self, context: Context) -> None:
        super().__init__(context.thread)
        self.context = context

    @method("%New")
    def new(self, mode: object = "", schema_path: object = "", dialect: object = "") -> Statement:
        return Statement(self.context, mode, schema_path, dialect)

    @method("%ExecDirect")
    def exec_direct(self, statement: object, text: object, *arguments: object) -> Result:
        """Prepare and execute; `statement` is an ``iris.ref`` that gets the statement object, or ``''``."""
        made = Statement(self.context)
        put(statement, Oref(made))
        sql = text.value if isinstance(text, Ref) else text
        try:
            made.prepare(str(sql))
        except IrisError as failure:
            return made.result(StatementResult(), failure)
        return made.run(arguments)
