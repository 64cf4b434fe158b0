"""Transactions: PostgreSQL's rules for blocks and savepoints, and what IRIS is told of them."""

from __future__ import annotations

import pytest

from pgiris.errors import BackendLost, IrisError, Notice, PgError
from pgiris.session.lease import Interruption, Lease
from pgiris.session.settings import Settings, server_defaults
from pgiris.session.transaction import MAX_IRIS_SAVEPOINTS, Transaction
from pgiris.session.transactions import Transactions
from pgiris.sql import actions
from pgiris.sql.plan import Plan
from pgiris.sql.plan import Transaction as Kind

from .fakes import IDENTITY, Answer, FakePool, FakeRuntime

READ = Plan("SELECT", transaction=Kind.READ)
WRITE = Plan("INSERT 0", transaction=Kind.WRITE)
ATOMIC = Plan("INSERT 0", transaction=Kind.WRITE, atomic=True)
DDL = Plan("CREATE TABLE", transaction=Kind.DDL)
FORBIDDEN = Plan("CREATE DATABASE", transaction=Kind.FORBIDDEN)


class House:
    """A session's transaction with a fake backend."""

    def __init__(self) -> None:
        self.pool = FakePool()
        self.state = Transaction(Settings(server_defaults({"session_authorization": "tester"})))
        runtime = FakeRuntime()
        self.lease = Lease(self.pool, IDENTITY, runtime, Interruption(runtime))
        self.notices: list[Notice] = []
        self.closed = 0
        self.transactions = Transactions(self.state, self.lease, self.close_portals, self.notices.append)

    async def close_portals(self) -> None:
        self.closed += 1

    @property
    def log(self) -> list[str]:
        return self.pool.backend.log

    async def do(self, action: actions.Action) -> str | None:
        self.state.enter(1)
        self.state.statements += 1
        return await self.transactions.perform(action, 1)

    async def run(self, plan: Plan, *, alone: bool = True, pipeline: bool = False) -> None:
        self.state.enter(1)
        self.state.statements += 1
        await self.transactions.admit(plan, alone=alone, pipeline=pipeline)
        self.log.append(plan.tag)


@pytest.fixture
def house() -> House:
    return House()


async def test_a_single_statement_needs_no_transaction_in_iris(house: House) -> None:
    await house.run(WRITE)
    await house.transactions.commit()
    assert house.log == ["INSERT 0"]
    assert house.state.status == "I"


async def test_a_plan_of_several_steps_gets_one(house: House) -> None:
    await house.run(ATOMIC)
    await house.transactions.commit()
    assert house.log == ["START TRANSACTION", "INSERT 0", "COMMIT"]


async def test_a_write_that_others_follow_gets_one_and_an_error_undoes_it(house: House) -> None:
    await house.run(WRITE, alone=False)
    await house.run(READ)
    await house.transactions.statement_failed()
    assert house.log == ["START TRANSACTION", "INSERT 0", "SELECT", "ROLLBACK"]
    assert house.state.status == "I"


async def test_a_block_that_only_reads_costs_iris_nothing(house: House) -> None:
    await house.do(actions.Begin())
    await house.do(actions.Savepoint("a"))
    await house.run(READ)
    assert house.state.status == "T"
    assert await house.do(actions.Commit()) == "COMMIT"
    assert house.log == ["SELECT"]
    assert not house.pool.leased


async def test_savepoints_are_set_before_the_next_write_and_again_after_rollback_to(house: House) -> None:
    await house.do(actions.Begin())
    await house.run(WRITE)
    await house.do(actions.Savepoint("a"))
    await house.do(actions.Savepoint("b"))
    await house.run(WRITE)
    assert await house.do(actions.RollbackTo("a")) is None
    await house.run(WRITE)
    await house.do(actions.RollbackTo("a"))
    await house.do(actions.Commit())
    assert house.log == [
        "START TRANSACTION",
        "INSERT 0",
        "SAVEPOINT PGIRIS_1",
        "SAVEPOINT PGIRIS_2",
        "INSERT 0",
        "ROLLBACK TO SAVEPOINT PGIRIS_1",
        "SAVEPOINT PGIRIS_3",
        "INSERT 0",
        "ROLLBACK TO SAVEPOINT PGIRIS_3",
        "COMMIT",
    ]


async def test_rollback_to_a_savepoint_with_nothing_written_since_tells_iris_nothing(house: House) -> None:
    await house.do(actions.Begin())
    await house.run(WRITE)
    await house.do(actions.Savepoint("a"))
    await house.do(actions.RollbackTo("a"))
    assert house.log == ["START TRANSACTION", "INSERT 0"]


async def test_a_newer_savepoint_hides_an_older_one_of_the_same_name(house: House) -> None:
    await house.do(actions.Begin())
    await house.do(actions.Savepoint("a"))
    await house.run(WRITE)
    await house.do(actions.Savepoint("a"))
    await house.run(WRITE)
    await house.do(actions.RollbackTo("a"))
    await house.do(actions.Release("a"))
    await house.do(actions.RollbackTo("a"))
    assert [line for line in house.log if line.startswith("ROLLBACK")] == [
        "ROLLBACK TO SAVEPOINT PGIRIS_2",
        "ROLLBACK TO SAVEPOINT PGIRIS_1",
    ]


async def test_a_failed_block_comes_back_to_life_at_a_savepoint(house: House) -> None:
    await house.do(actions.Begin())
    await house.do(actions.Savepoint("a"))
    await house.run(WRITE)
    await house.transactions.statement_failed()
    assert house.state.status == "E"
    assert "ROLLBACK" not in house.log
    await house.do(actions.RollbackTo("a"))
    assert house.state.status == "T"


async def test_a_failed_block_without_savepoints_frees_its_locks_at_once(house: House) -> None:
    await house.do(actions.Begin())
    await house.run(WRITE)
    await house.transactions.statement_failed()
    assert house.log[-1] == "ROLLBACK"
    assert house.state.status == "E"
    assert await house.do(actions.Commit()) == "ROLLBACK"
    assert house.log.count("ROLLBACK") == 1
    assert house.state.status == "I"


async def test_settings_go_back_with_rollback_and_with_savepoints(house: House) -> None:
    def application() -> str:
        return house.state.settings.show("application_name")[1]

    def use(value: str) -> None:
        house.state.settings = house.state.settings.with_values("application_name", (value,))

    await house.do(actions.Begin())
    use("one")
    await house.do(actions.Savepoint("a"))
    use("two")
    await house.do(actions.RollbackTo("a"))
    assert application() == "one"
    await house.do(actions.Rollback())
    assert application() == ""


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (actions.Savepoint("a"), "SAVEPOINT can only be used in transaction blocks"),
        (actions.RollbackTo("a"), "ROLLBACK TO SAVEPOINT can only be used in transaction blocks"),
        (actions.Release("a"), "RELEASE SAVEPOINT can only be used in transaction blocks"),
        (actions.Commit(chain=True), "COMMIT AND CHAIN can only be used in transaction blocks"),
        (actions.Rollback(chain=True), "ROLLBACK AND CHAIN can only be used in transaction blocks"),
    ],
)
async def test_what_needs_a_block_is_refused_outside(house: House, action: actions.Action, message: str) -> None:
    with pytest.raises(PgError) as caught:
        await house.do(action)
    assert (caught.value.sqlstate, caught.value.message) == ("25P01", message)


@pytest.mark.parametrize(
    ("actions_before", "action", "state", "message"),
    [
        ([], actions.Commit(), "25P01", "there is no transaction in progress"),
        ([], actions.Rollback(), "25P01", "there is no transaction in progress"),
        ([actions.Begin()], actions.Begin(), "25001", "there is already a transaction in progress"),
        ([], actions.SetTransaction(read_only=True), "25P01", "SET TRANSACTION can only be used in transaction blocks"),
    ],
)
async def test_misuse_is_warned_about(
    house: House, actions_before: list[actions.Action], action: actions.Action, state: str, message: str
) -> None:
    for before in actions_before:
        await house.do(before)
    await house.do(action)
    assert [(n.severity, n.sqlstate, n.message) for n in house.notices] == [("WARNING", state, message)]


async def test_an_unknown_savepoint_is_refused_without_asking_iris(house: House) -> None:
    await house.do(actions.Begin())
    await house.run(WRITE)
    with pytest.raises(PgError, match='3B001: savepoint "x" does not exist'):
        await house.do(actions.RollbackTo("x"))
    assert house.log == ["START TRANSACTION", "INSERT 0"]


async def test_begin_after_a_write_takes_it_into_the_block(house: House) -> None:
    await house.run(WRITE, alone=False)
    await house.do(actions.Begin())
    await house.do(actions.Rollback())
    assert house.log == ["START TRANSACTION", "INSERT 0", "ROLLBACK"]


async def test_a_read_only_block_refuses_writes(house: House) -> None:
    await house.do(actions.Begin(read_only=True))
    with pytest.raises(PgError, match="25006: cannot execute INSERT in a read-only transaction"):
        await house.run(WRITE)
    with pytest.raises(PgError, match="25006: cannot execute CREATE TABLE in a read-only transaction"):
        await house.run(DDL)
    await house.run(READ)


async def test_the_session_default_makes_single_statements_read_only(house: House) -> None:
    await house.do(actions.SetTransaction(read_only=True, session=True))
    await house.transactions.commit()
    with pytest.raises(PgError, match="25006"):
        await house.run(WRITE)


async def test_characteristics_are_fixed_by_the_first_query(house: House) -> None:
    await house.do(actions.Begin(read_only=True))
    await house.run(READ)
    with pytest.raises(PgError, match="25001: SET TRANSACTION ISOLATION LEVEL must be called before any query"):
        await house.do(actions.SetTransaction(isolation="serializable"))
    with pytest.raises(PgError, match="25001: transaction read-write mode must be set before any query"):
        await house.do(actions.SetTransaction(read_only=False))


async def test_isolation_that_iris_does_not_have_is_warned_about(house: House) -> None:
    await house.do(actions.Begin(isolation="serializable"))
    assert [n.severity for n in house.notices] == ["WARNING"]
    assert house.state.settings.show("transaction_isolation")[1] == "serializable"
    await house.do(actions.Rollback())
    assert house.state.settings.show("transaction_isolation")[1] == "read committed"


async def test_and_chain_begins_a_block_like_the_last(house: House) -> None:
    await house.do(actions.Begin(read_only=True))
    assert await house.do(actions.Commit(chain=True)) == "COMMIT"
    assert house.state.status == "T"
    assert house.transactions.read_only


@pytest.mark.parametrize(
    ("explicit", "alone", "pipeline", "before", "message"),
    [
        (True, True, False, 0, "CREATE DATABASE cannot run inside a transaction block"),
        (False, False, False, 0, "CREATE DATABASE cannot run inside a transaction block"),
        (False, True, False, 1, "CREATE DATABASE cannot run inside a transaction block"),
        (False, False, True, 1, "CREATE DATABASE cannot be executed within a pipeline"),
    ],
)
async def test_what_cannot_run_in_a_transaction_is_refused_there(
    house: House, explicit: bool, alone: bool, pipeline: bool, before: int, message: str
) -> None:
    if explicit:
        await house.do(actions.Begin())
    for _ in range(before):
        await house.run(READ)
    with pytest.raises(PgError) as caught:
        await house.run(FORBIDDEN, alone=alone, pipeline=pipeline)
    assert (caught.value.sqlstate, caught.value.message) == ("25001", message)


async def test_it_runs_alone_and_first_in_a_pipeline(house: House) -> None:
    await house.run(FORBIDDEN, alone=True)
    await house.transactions.commit()
    await house.run(FORBIDDEN, alone=False, pipeline=True)


async def test_ddl_in_a_block_says_that_it_stays(house: House) -> None:
    await house.do(actions.Begin())
    await house.run(DDL)
    await house.run(DDL)
    await house.do(actions.Rollback())
    assert [(n.severity, n.message) for n in house.notices] == [
        ("NOTICE", "CREATE TABLE takes effect at once: IRIS cannot roll it back"),
        ("WARNING", "DDL of the transaction was not rolled back"),
    ]


async def test_what_belongs_to_ddl_is_written_again_after_a_rollback(house: House) -> None:
    await house.do(actions.Begin())
    await house.run(WRITE)
    house.state.record("RECORD 1", [[1], [2]])
    await house.do(actions.Savepoint("a"))
    await house.run(WRITE)
    house.state.record("RECORD 2", [[3]])
    del house.log[:]
    await house.do(actions.RollbackTo("a"))
    assert house.log == ["ROLLBACK TO SAVEPOINT PGIRIS_1", "RECORD 2"]
    del house.log[:]
    await house.do(actions.Rollback())
    assert house.log == ["ROLLBACK", "RECORD 1", "RECORD 1", "RECORD 2"]
    assert not house.state.records


async def test_a_record_outside_a_transaction_of_iris_is_safe(house: House) -> None:
    await house.do(actions.Begin())
    house.state.record("RECORD", [[1]])
    await house.do(actions.Rollback())
    assert house.log == []


async def test_ddl_in_a_block_can_be_forbidden(house: House) -> None:
    house.state.settings = house.state.settings.with_values("pgiris.ddl_in_transaction", ("error",))
    await house.do(actions.Begin())
    with pytest.raises(PgError, match="0A000"):
        await house.run(DDL)


async def test_a_commit_that_fails_rolls_back(house: House) -> None:
    house.pool.backend.answers["COMMIT"] = Answer(error=IrisError(-400, "<FILEFULL>"))
    await house.do(actions.Begin())
    await house.run(WRITE)
    with pytest.raises(IrisError):
        await house.do(actions.Commit())
    assert house.log[-2:] == ["COMMIT", "ROLLBACK"]
    assert house.state.status == "I"


async def test_a_rollback_that_fails_gives_the_backend_back_to_be_reset(house: House) -> None:
    house.pool.backend.answers["ROLLBACK"] = Answer(error=BackendLost("gone"))
    await house.do(actions.Begin())
    await house.run(WRITE)
    await house.do(actions.Rollback())
    assert house.state.status == "I"
    assert not house.pool.leased


async def test_a_lost_process_leaves_no_savepoint_to_go_back_to(house: House) -> None:
    await house.do(actions.Begin())
    await house.do(actions.Savepoint("a"))
    await house.run(WRITE)
    await house.transactions.lost()
    await house.transactions.statement_failed()
    assert house.state.status == "E"
    with pytest.raises(PgError, match="3B001"):
        await house.do(actions.RollbackTo("a"))


async def test_savepoints_are_bounded_below_what_iris_allows(house: House) -> None:
    await house.do(actions.Begin())
    for _ in range(MAX_IRIS_SAVEPOINTS):
        await house.do(actions.Savepoint("a"))
        await house.run(WRITE)
        await house.do(actions.Release("a"))
    await house.do(actions.Savepoint("a"))
    with pytest.raises(PgError, match="54000"):
        await house.run(WRITE)
