"""iris.sql, iris.system, locks and threads of the stand-in `iris` module (embedded.md 1.3, 3, 4, 5)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest

from pgiris.standin import Instance, Process, face


@pytest.fixture
def iris(process: Process) -> Iterator[ModuleType]:
    process.execute("CREATE TABLE t (id IDENTITY, a VARCHAR(50) COLLATE EXACT)")
    process.execute("INSERT INTO t (a) VALUES ('x')")
    with face.installed(process) as made:
        yield made


def raised(run: Callable[[], object]) -> face.SQLError:
    with pytest.raises(face.SQLError) as caught:
        run()
    return caught.value


def test_sql_gives_rows_as_lists_and_nothing_about_them(iris: ModuleType) -> None:
    result = iris.sql.exec("SELECT id, a FROM t WHERE a = ?", "x")
    assert list(result) == [["1", "x"]]
    for absent in ("description", "rowcount", "_meta"):
        assert not hasattr(result, absent)
    assert result.ResultSet._GetMetadata().columnCount == 2


def test_sql_raises_with_sqlcode_and_message(iris: ModuleType) -> None:
    error = raised(lambda: iris.sql.exec("SELECT nothing FROM t"))
    assert error.sqlcode == -29
    assert error.message
    assert type(error).__module__ == "irisbuiltins"


def test_sql_raises_100_for_a_change_that_touched_nothing(iris: ModuleType) -> None:
    assert raised(lambda: iris.sql.exec("DELETE FROM t WHERE a = ?", "nobody")).sqlcode == 100
    assert list(iris.sql.exec("SELECT a FROM t WHERE a = 'nobody'")) == []


def test_a_prepared_sql_statement_takes_parameters_by_position(iris: ModuleType) -> None:
    statement = iris.sql.prepare("SELECT a FROM t WHERE a = ?")
    assert list(statement.execute("x")) == [["x"]]
    assert raised(lambda: statement.execute(["x"], 1)).sqlcode == -400


def test_another_thread_is_not_connected(iris: ModuleType) -> None:
    statement = iris.cls("%SQL.Statement")._New()
    failures: list[str] = []

    def other() -> None:
        for use in (lambda: statement._SelectMode, lambda: iris.cls("%SQL.Statement"), lambda: iris.sql.exec("x")):
            try:
                use()
            except RuntimeError as error:
                failures.append(str(error))

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert len(failures) == 3
    assert all("IRIS_NOCON" in text for text in failures)


def test_the_namespace_is_the_processs(iris: ModuleType, process: Process) -> None:
    assert iris.system.Process.SetNamespace("%sys") == "%SYS"
    assert iris.system.Process.NameSpace() == process.namespace == "%SYS"
    with pytest.raises(RuntimeError, match="<NAMESPACE>"):
        iris.system.Process.SetNamespace("NOWHERE")


def test_special_variables_can_be_asked_for(iris: ModuleType, process: Process) -> None:
    assert iris.execute("return $JOB") == process.pid
    assert iris.execute("return $username") == "_SYSTEM"
    with pytest.raises(RuntimeError, match="ObjectScript"):
        iris.execute("kill ^x")


def test_options_stay_for_the_process(iris: ModuleType, process: Process) -> None:
    old = iris.ref()
    assert iris.system.SQL.Util.SetOption("SelectMode", 1, old) == 1
    assert (old.value, iris.system.SQL.Util.GetOption("SelectMode")) == (0, 1)
    assert isinstance(next(iris.sql.exec("SELECT CURRENT_DATE"))[0], str)
    assert iris.cls("%SYSTEM.SQL.Util").SetOption("ProcessLockTimeout", 3) == 1
    assert process.lock_timeout == 3
    with pytest.raises(RuntimeError, match="Illegal value"):
        iris.check_status(iris.system.SQL.Util.SetOption("SelectMode", 7))
    with pytest.raises(RuntimeError, match="Unknown option"):
        iris.check_status(iris.system.SQL.Util.SetOption("QueryTimeout", 7))


def test_login_makes_the_process_that_user(iris: ModuleType, process: Process) -> None:
    process.execute("CREATE USER bob IDENTIFY BY 'secret'")
    assert iris.system.Security.Login("bob", "wrong") == 0
    assert iris.system.Security.Login("nobody", "secret") == 0
    assert process.user == "_SYSTEM"
    assert iris.system.Security.Check("%Admin", "USE") == 1
    assert iris.system.Security.Login("bob", "secret") == 1
    assert process.user == "bob"
    assert iris.system.Security.Check("%Admin", "USE") == 0
    assert raised(lambda: iris.sql.exec("SELECT a FROM t")).sqlcode == -99


def test_login_without_a_password_needs_rights(iris: ModuleType, process: Process) -> None:
    process.execute("CREATE USER bob IDENTIFY BY 'secret'")
    process.execute("CREATE USER eve IDENTIFY BY 'secret'")
    assert iris.system.Security.Login("bob") == 1
    assert iris.system.Security.Login("eve") == 0
    assert iris.system.Security.Login("_SYSTEM", "SYS") == 1


def test_a_running_statement_is_cancelled_from_another_process(instance: Instance, process: Process) -> None:
    numbers = " UNION ALL ".join(f"SELECT {n} AS n" for n in range(40))
    process.execute("CREATE TABLE n (n INTEGER)")
    process.execute(f"INSERT INTO n (n) {numbers}")
    outcome: list[int] = []
    started = threading.Event()

    def work() -> None:
        made = face.module(instance.process())
        pids.append(made.execute("return $JOB"))
        statement = made.cls("%SQL.Statement")._New(1)
        statement._Prepare("SELECT COUNT(*) FROM n a, n b, n c, n d, n e WHERE a.n + b.n + c.n + d.n + e.n < 0")
        started.set()
        result = statement._Execute()
        result._Next()
        outcome.append(result._SQLCODE)

    pids: list[int] = []
    thread = threading.Thread(target=work)
    thread.start()
    started.wait(10)
    control = face.module(process)
    while thread.is_alive():
        assert control.system.SQL.CancelQuery(pids[0]) == 1
        thread.join(0.05)
    assert outcome == [-456]


def test_cancelling_an_unknown_process_fails_with_a_status(iris: ModuleType) -> None:
    with pytest.raises(RuntimeError, match="SQLCODE: -400"):
        iris.check_status(iris.system.SQL.CancelQuery(1))
    with pytest.raises(RuntimeError, match="no process"):
        iris.check_status(iris.system.SQL.CancelQuery("1 TIMEOUT 1"))


def test_a_lock_is_held_against_other_processes(instance: Instance, iris: ModuleType) -> None:
    other = face.module(instance.process())
    assert iris.lock(["^a", "^b"], 0) is True
    assert other.lock(["^c", "^b"], 0) is False
    assert iris.lock(["^c"], 0) is True
    iris.unlock(["^a", "^b", "^c"])
    assert other.lock(["^b"], 0, "S") is True
    assert iris.lock(["^b"], 0, "S") is True
    assert iris.lock(["^d"], 0) is True


def test_locks_and_transactions_end_with_their_process(instance: Instance, iris: ModuleType) -> None:
    process = instance.process()
    other = face.module(process)
    other.lock(["^a"], 0)
    other.sql.exec("START TRANSACTION")
    other.sql.exec("INSERT INTO t (a) VALUES ('y')")
    assert iris.system.Process.Terminate(process.pid) == 1
    assert iris.system.Process.Terminate(process.pid) == -3
    assert iris.lock(["^a"], 0) is True
    assert list(iris.sql.exec("SELECT a FROM t")) == [["x"]]
    assert raised(lambda: other.sql.exec("SELECT a FROM t")).sqlcode == -400


def test_system_has_its_packaged_classes_only(iris: ModuleType) -> None:
    with pytest.raises(AttributeError):
        iris.system.License  # noqa: B018
    with pytest.raises(RuntimeError, match="CLASS DOES NOT EXIST"):
        iris._SYSTEM.License  # noqa: B018
    assert iris._SYSTEM.Status.OK() == 1
    with pytest.raises(RuntimeError, match="ERROR #5001: mine"):
        iris.check_status(iris.system.Status.Error(5001, "mine"))
