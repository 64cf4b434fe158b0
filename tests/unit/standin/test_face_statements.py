"""%SQL.Statement and its result in the stand-in `iris` module: each surprise of embedded.md 2."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from pgiris.standin import Process, face


@pytest.fixture
def iris(process: Process) -> Iterator[ModuleType]:
    process.execute("CREATE TABLE t (id IDENTITY, a VARCHAR(50) COLLATE EXACT NOT NULL, i INTEGER)")
    for number in range(5):
        process.execute("INSERT INTO t (a, i) VALUES (?, ?)", (f"r{number}", number))
    with face.installed(process) as made:
        yield made


def prepared(iris: ModuleType, sql: str, mode: int = 1) -> Any:
    statement = iris.cls("%SQL.Statement")._New(mode)
    iris.check_status(statement._Prepare(sql))
    return statement


def test_it_is_what_import_finds_while_installed(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "iris", raising=False)
    with face.installed(process) as made:
        import iris  # type: ignore[import-not-found,unused-ignore]

        assert iris is made
        assert hasattr(iris, "cls")
        assert hasattr(iris, "sql")
        assert not hasattr(iris, "connect")
    assert "iris" not in sys.modules


def test_what_was_installed_before_is_put_back(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    before = ModuleType("iris")
    monkeypatch.setitem(sys.modules, "iris", before)
    with face.installed(process) as made:
        assert sys.modules["iris"] is made
    assert sys.modules["iris"] is before


def test_a_missing_class_raises(iris: ModuleType) -> None:
    with pytest.raises(RuntimeError, match="CLASS DOES NOT EXIST"):
        iris.cls("No.Such")


def test_a_class_of_ones_own_is_found(process: Process) -> None:
    class Greeter(face.IrisObject):
        class_name = "My.Greeter"

        def __init__(self, context: face.Context) -> None:
            super().__init__(context.thread)

        @face.method("Greet")
        def greet(self, name: str) -> str:
            return f"hello {name}"

    made = face.module(process, {"My.Greeter": Greeter})
    assert made.cls("My.Greeter").Greet("you") == "hello you"


def test_a_failed_prepare_is_a_status_that_check_status_raises(iris: ModuleType) -> None:
    status = iris.cls("%SQL.Statement")._New()._Prepare("SELECT x FROM nowhere")
    assert status != 1
    assert status.startswith("0 ")
    with pytest.raises(RuntimeError, match=r"ERROR #5540: SQLCODE: -30 Message:"):
        iris.check_status(status)
    assert iris.check_status(1) is None


def test_execute_does_not_raise(iris: ModuleType) -> None:
    result = prepared(iris, "INSERT INTO t (a) VALUES (?)")._Execute("")
    assert result._SQLCODE == -108
    assert "required" in result._Message


def test_the_wrong_number_of_parameters_is_sqlcode_400(iris: ModuleType) -> None:
    assert prepared(iris, "SELECT a FROM t WHERE i = ?")._Execute()._SQLCODE == -400


def test_more_than_255_parameters_are_refused(iris: ModuleType) -> None:
    marks = ",".join("?" * 256)
    statement = prepared(iris, f"SELECT a FROM t WHERE i IN ({marks})")
    with pytest.raises(RuntimeError, match="255"):
        statement._Execute(*range(256))
    assert prepared(iris, f"SELECT a FROM t WHERE i IN ({marks[2:]})")._Execute(*range(255))._Next() == 1


def test_no_more_rows_shows_only_after_next(iris: ModuleType) -> None:
    result = prepared(iris, "SELECT a FROM t WHERE i < 2")._Execute()
    assert (result._SQLCODE, result._ROWCOUNT, result._ResultColumnCount) == (0, 0, 1)
    assert (result._Next(), result._ROWCOUNT) == (1, 1)
    assert (result._Next(), result._ROWCOUNT) == (1, 2)
    assert (result._Next(), result._SQLCODE, result._ROWCOUNT) == (0, 100, 2)


def test_an_error_in_the_middle_of_a_fetch_is_in_the_sqlcode(iris: ModuleType, process: Process) -> None:
    process.execute("CREATE TABLE big (i INTEGER)")
    for start in range(0, 200, 100):
        rows = " UNION ALL ".join(f"SELECT {n}" for n in range(start, start + 100))
        process.execute(f"INSERT INTO big (i) {rows}")
    result = prepared(iris, "SELECT 1 / (150 - i) FROM big")._Execute()
    assert result._SQLCODE == 0
    count = 0
    while result._Next():
        count += 1
    assert 0 < count < 200
    assert result._SQLCODE < 0


def test_a_column_is_read_by_number_or_name(iris: ModuleType) -> None:
    result = prepared(iris, "SELECT a, i FROM t WHERE i = 3")._Execute()
    with pytest.raises(RuntimeError, match="UNDEFINED"):
        result._GetData(1)
    assert result._Next() == 1
    assert (result._GetData(1), result._GetData(2), result._Get("i")) == ("r3", 3, 3)
    with pytest.raises(RuntimeError, match="PROPERTY DOES NOT EXIST"):
        result._Get("nothing")
    with pytest.raises(RuntimeError, match="SUBSCRIPT"):
        result._GetData(3)


def test_a_kept_method_is_not_found_once_another_was_taken(iris: ModuleType) -> None:
    result = prepared(iris, "SELECT a FROM t")._Execute()
    advance = result._Next
    result._GetData  # noqa: B018
    with pytest.raises(RuntimeError, match="Method not found"):
        advance()


def test_a_kept_method_works_once(iris: ModuleType) -> None:
    result = prepared(iris, "SELECT a FROM t")._Execute()
    advance = result._Next
    assert advance() == 1
    with pytest.raises(RuntimeError, match="Method not found"):
        advance()


def test_methods_of_two_objects_do_not_meet(iris: ModuleType) -> None:
    first = prepared(iris, "SELECT a FROM t")._Execute()
    second = prepared(iris, "SELECT i FROM t")._Execute()
    advance, other = first._Next, second._Next
    assert (advance(), other()) == (1, 1)


def test_a_result_dropped_after_the_next_execution_damages_that(iris: ModuleType) -> None:
    statement = prepared(iris, "SELECT a FROM t")
    result = statement._Execute()
    result = statement._Execute()
    gc.collect()
    with pytest.raises(RuntimeError, match="INVALID OREF"):
        result._Next()


def test_results_may_be_open_together_and_one_may_be_dropped_before(iris: ModuleType) -> None:
    statement = prepared(iris, "SELECT a FROM t")
    first, second = statement._Execute(), statement._Execute()
    assert (first._Next(), second._Next(), first._Next()) == (1, 1, 1)
    del second, first
    result = statement._Execute()
    assert result._Next() == 1


def test_rows_come_as_lists(iris: ModuleType) -> None:
    result = prepared(iris, "SELECT id, a, i FROM t WHERE i = 2")._Execute()
    row, status = iris.ref(), iris.ref()
    assert (result._GetRow(row, status), status.value) == (1, 1)
    assert face.listformat.decode(row.value) == ["3", "r2", 2]
    assert (result._GetRow(row, status), row.value, result._SQLCODE) == (0, "", 100)


def test_the_last_batch_of_rows_returns_0(iris: ModuleType) -> None:
    result = prepared(iris, "SELECT i FROM t ORDER BY i")._Execute()
    rows = iris.arrayref({})
    seen = []
    for expected in (1, 1, 0):
        assert result._GetRows(2, rows) == expected
        seen.append([face.listformat.decode(rows.value[n])[0] for n in sorted(rows.value)])
    assert seen == [[0, 1], [2, 3], [4]]
    assert result._ROWCOUNT == 5


def test_a_full_last_batch_returns_0_too(iris: ModuleType) -> None:
    result = prepared(iris, "SELECT i FROM t")._Execute()
    rows = iris.arrayref({})
    assert result._GetRows(5, rows) == 0
    assert len(rows.value) == 5


def test_columns_and_parameters_are_told_before_execution(iris: ModuleType) -> None:
    told = prepared(iris, "SELECT id, a AS b, i + 1 FROM t WHERE i = ?")._Metadata
    assert (told.statementType, told.columnCount, told.columns.Count()) == (1, 3, 3)
    key, named, computed = (told.columns.GetAt(n) for n in (1, 2, 3))
    assert (key.isRowId, key.isIdentity, key.isNullable, key.tableName, key.schemaName) == (1, 1, 0, "t", "SQLUser")
    assert (named.label, named.ODBCType, named.clientType, named.precision, named.isNullable) == ("b", 12, 10, 50, 0)
    assert (computed.colName, computed.isExpression) == ("Expression_3", 1)
    assert told.columns.GetAt(4) == ""
    assert (told.parameterCount, told.parameters.GetAt(1).ODBCType, told.parameters.GetAt(1).columnType) == (1, 4, 1)


def test_parameters_are_gone_after_execution(iris: ModuleType) -> None:
    statement = prepared(iris, "SELECT i FROM t WHERE i = ?")
    result = statement._Execute(1)
    for told in (statement._Metadata, result._GetMetadata()):
        assert (told.parameterCount, told.parameters.Count(), told.columnCount) == (0, 0, 1)


def test_the_rowid_of_an_insert_is_in_the_result(iris: ModuleType) -> None:
    result = prepared(iris, "INSERT INTO t (a) VALUES (?)")._Execute("x")
    assert (result._ROWID, result._ROWCOUNT, result._StatementType, result._StatementTypeName) == ("6", 1, 2, "INSERT")
    after = prepared(iris, "UPDATE t SET i = 1 WHERE a = 'nobody'")._Execute()
    assert (after._SQLCODE, after._ROWCOUNT, after._ROWID) == (100, 0, "6")


def test_the_select_mode_is_the_statements_own(iris: ModuleType) -> None:
    statement = iris.cls("%SQL.Statement")._New()
    assert statement._SelectMode == 0
    statement._SelectMode = 1
    iris.check_status(statement._Prepare("SELECT CURRENT_DATE"))
    result = statement._Execute()
    result._Next()
    assert isinstance(result._GetData(1), str)
    assert isinstance(next(iris.sql.exec("SELECT CURRENT_DATE"))[0], int)


def test_a_statement_is_prepared_again_when_its_table_changed(iris: ModuleType) -> None:
    statement = prepared(iris, "SELECT * FROM t WHERE i = 1")
    prepared(iris, "ALTER TABLE t ADD COLUMN z INTEGER")._Execute()
    result = statement._Execute()
    assert (result._Next(), result._ResultColumnCount, result._GetData(4)) == (1, 4, "")


def test_exec_direct_prepares_and_executes(iris: ModuleType) -> None:
    box = iris.ref()
    result = iris.cls("%SQL.Statement")._ExecDirect(box, "SELECT a FROM t WHERE i = ?", 4)
    assert (result._Next(), result._GetData(1), box.value._Metadata.columnCount) == (1, "r4", 1)
    assert iris.cls("%SQL.Statement")._ExecDirect("", "SELECT")._SQLCODE < 0


def test_privileges_are_checked_and_cannot_be_switched_off(iris: ModuleType) -> None:
    with pytest.raises(RuntimeError, match="privileges"):
        iris.cls("%SQL.Statement")._New()._Prepare("SELECT 1", 0)


def test_sql_in_transactions_shows_in_tlevel(iris: ModuleType) -> None:
    prepared(iris, "START TRANSACTION")._Execute()
    assert iris.tlevel() == 1
    prepared(iris, "ROLLBACK")._Execute()
    assert iris.tlevel() == 0
    assert not hasattr(iris, "tstart")


def test_a_schema_path_says_where_a_name_is_looked_up(iris: ModuleType, process: Process) -> None:
    process.execute("CREATE TABLE Other.u (i INTEGER)")
    assert iris.cls("%SQL.Statement")._New(1)._Prepare("SELECT i FROM u") != 1
    statement = iris.cls("%SQL.Statement")._New(1, "Other")
    assert statement._Prepare("INSERT INTO u (i) VALUES (1)") == 1
    assert statement._Execute()._ROWCOUNT == 1
    assert process.default_schema == "SQLUser"
    statement._SchemaPath = "Other,SQLUser"
    assert "one schema" in raised_by(iris, statement._Prepare("SELECT i FROM u"))


def test_a_dialect_that_is_not_iriss_is_refused(iris: ModuleType) -> None:
    statement = iris.cls("%SQL.Statement")._New(1, "", "Sybase")
    assert "Sybase" in raised_by(iris, statement._Prepare("SELECT 1"))


def raised_by(iris: ModuleType, status: object) -> str:
    with pytest.raises(RuntimeError) as caught:
        iris.check_status(status)
    return str(caught.value)


def test_a_call_gives_its_rows_and_their_columns(iris: ModuleType, process: Process) -> None:
    process.execute("CREATE PROCEDURE few() RESULT SETS BEGIN SELECT a, i FROM t WHERE i < 2; END")
    result = prepared(iris, "CALL few()")._Execute()
    assert (result._SQLCODE, result._StatementType, result._ResultColumnCount) == (0, 45, 2)
    assert (result._Next(), result._GetData(1), result._GetData(2)) == (1, "r0", 0)


def test_what_is_no_name_of_iris_is_not_there(iris: ModuleType) -> None:
    statement = iris.cls("%SQL.Statement")._New(1)
    for name in ("prepare", "run", "Prepare", "_NoSuch", "columns"):
        with pytest.raises(AttributeError, match="PROPERTY DOES NOT EXIST"):
            getattr(statement, name)
    with pytest.raises(AttributeError, match="CANNOT SET"):
        statement._Metadata = 1
    assert statement._Execute()._SQLCODE == -400
