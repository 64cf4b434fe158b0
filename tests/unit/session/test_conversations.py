"""Golden conversations: what PostgreSQL 15 answers, message by message (pgwire.md sections 5 to 7, 10, 13)."""

from __future__ import annotations

import pytest

from pgiris.errors import IrisError, PgError
from pgiris.session.surroundings import SessionLimits
from pgiris.sql.plan import Column, Plan, Step, Yields
from pgiris.sql.plan import Transaction as Kind

from .conftest import Talk
from .conversation import (
    FLUSH,
    SYNC,
    TERMINATE,
    bind,
    close,
    command,
    describe,
    execute,
    message,
    parse,
    query,
    select,
)
from .fakes import Answer

ONE = Answer(rows=[(1,)])
TWO = Answer(rows=[(1,), (2,)])
DIVIDE = Answer(error=IrisError(-400, "Fatal error occurred <DIVIDE>"))

PLANS: dict[str, Plan | PgError] = {
    "select 1": select("SELECT 1"),
    "select 2": select("SELECT 1"),
    "select 3": select("SELECT 1"),
    "select 1/0": select("SELECT 1/0"),
    "values (1),(2)": select("SELECT 2 ROWS"),
    "selct 2": PgError("42601", 'syntax error at or near "selct"', position=11),
    "select $1::int": select("SELECT ?", parameters=(23,)),
    "select * from nope": PgError("42P01", 'relation "nope" does not exist', position=15),
    "create table t (a int)": command("CREATE TABLE T", "CREATE TABLE", Kind.DDL, changes_schema=True),
    "insert": command("INSERT", "INSERT 0"),
    "update": command("UPDATE", "UPDATE"),
    "create database zz": Plan("CREATE DATABASE", transaction=Kind.FORBIDDEN),
}
ANSWERS = {
    "SELECT 1": ONE,
    "SELECT ?": ONE,
    "SELECT 1/0": DIVIDE,
    "SELECT 2 ROWS": TWO,
    "INSERT": Answer(count=1),
    "UPDATE": Answer(count=3),
}
ABORTED = "E(ERROR,25P02,'current transaction is aborted, commands ignored until end of transaction block')"


def warning(state: str, text: str) -> str:
    return f"N(WARNING,{state},'{text}')"


@pytest.mark.parametrize(
    ("name", "rounds"),
    [
        ("empty", [([query("")], "I ZI")]),
        ("only semicolons", [([query(" ; ;")], "I ZI")]),
        ("only a comment", [([query("-- x")], "I ZI")]),
        ("two statements", [([query("select 1; select 2")], "T D C(SELECT 1) T D C(SELECT 1) ZI")]),
        (
            "error stops the string",
            [([query("select 1; select 1/0; select 3")], "T D C(SELECT 1) E(ERROR,22012,'division by zero') ZI")],
        ),
        (
            "rollback after an error is not reached",
            [([query("begin; select 1/0; rollback")], "C(BEGIN) E(ERROR,22012,'division by zero') ZE")],
        ),
        (
            "commit without a transaction",
            [([query("commit")], f"{warning('25P01', 'there is no transaction in progress')} C(COMMIT) ZI")],
        ),
        (
            "rollback without a transaction",
            [([query("rollback")], f"{warning('25P01', 'there is no transaction in progress')} C(ROLLBACK) ZI")],
        ),
        (
            "begin twice",
            [
                (
                    [query("begin; begin")],
                    f"C(BEGIN) {warning('25001', 'there is already a transaction in progress')} C(BEGIN) ZT",
                )
            ],
        ),
        (
            "commit in an implicit block",
            [
                (
                    [query("select 1; commit; select 2")],
                    f"T D C(SELECT 1) {warning('25P01', 'there is no transaction in progress')} C(COMMIT) "
                    "T D C(SELECT 1) ZI",
                )
            ],
        ),
        (
            "begin after a statement",
            [([query("select 1; begin; select 2")], "T D C(SELECT 1) C(BEGIN) T D C(SELECT 1) ZT")],
        ),
        (
            "savepoint outside a block",
            [([query("savepoint a")], "E(ERROR,25P01,'SAVEPOINT can only be used in transaction blocks') ZI")],
        ),
        (
            "savepoint in an implicit block",
            [
                (
                    [query("select 1; savepoint a")],
                    "T D C(SELECT 1) E(ERROR,25P01,'SAVEPOINT can only be used in transaction blocks') ZI",
                )
            ],
        ),
        (
            "aborted transaction",
            [
                ([query("begin; select 1/0")], "C(BEGIN) E(ERROR,22012,'division by zero') ZE"),
                ([query("select 1")], f"{ABORTED} ZE"),
                ([query("selct")], "E(ERROR,42601,'syntax error at or near \"selct\"',P=1) ZE"),
                ([parse("select 1"), SYNC], f"{ABORTED} ZE"),
                ([query("")], "I ZE"),
                ([query("commit")], "C(ROLLBACK) ZI"),
            ],
        ),
        (
            "error position",
            [([query("select * from nope")], "E(ERROR,42P01,'relation \"nope\" does not exist',P=15) ZI")],
        ),
        (
            "discard all among others",
            [
                (
                    [query("select 1; discard all")],
                    "T D C(SELECT 1) E(ERROR,25001,'DISCARD ALL cannot run inside a transaction block') ZI",
                )
            ],
        ),
        (
            "parse two statements",
            [
                (
                    [parse("select 1; select 2"), SYNC],
                    "E(ERROR,42601,'cannot insert multiple commands into a prepared statement') ZI",
                )
            ],
        ),
        ("parse a trailing semicolon", [([parse("select 1;"), SYNC], "1 ZI")]),
        ("empty portal", [([parse(""), bind(), describe("P"), execute(), SYNC], "1 2 n I ZI")]),
        ("describe an empty statement", [([parse(";"), describe("S"), SYNC], "1 t() n ZI")]),
        (
            "too few parameters",
            [
                (
                    [parse("select $1::int"), bind(), SYNC],
                    "1 E(ERROR,08P01,'bind message supplies 0 parameters, "
                    "but prepared statement \"\" requires 1') ZI",
                )
            ],
        ),
        (
            "bad text parameter",
            [
                (
                    [parse("select $1::int"), bind(parameters=[b"abc"]), SYNC],
                    "1 E(ERROR,22P02,'invalid input syntax for type integer: \"abc\"') ZI",
                )
            ],
        ),
        (
            "bind an unknown statement",
            [([bind(statement="nope"), SYNC], "E(ERROR,26000,'prepared statement \"nope\" does not exist') ZI")],
        ),
        (
            "execute an unknown portal",
            [([execute("nope"), SYNC], "E(ERROR,34000,'portal \"nope\" does not exist') ZI")],
        ),
        (
            "describe an unknown statement",
            [([describe("S", "nope"), SYNC], "E(ERROR,26000,'prepared statement \"nope\" does not exist') ZI")],
        ),
        (
            "describe an unknown portal",
            [([describe("P", "nope"), SYNC], "E(ERROR,34000,'portal \"nope\" does not exist') ZI")],
        ),
        (
            "describe the absent unnamed statement",
            [([describe("S"), SYNC], "E(ERROR,26000,'unnamed prepared statement does not exist') ZI")],
        ),
        ("close unknown names", [([close("S", "nope"), close("P", "nope"), SYNC], "3 3 ZI")]),
        (
            "parse a name twice",
            [
                (
                    [parse("select 1", "a"), parse("select 1", "a"), SYNC],
                    "1 E(ERROR,42P05,'prepared statement \"a\" already exists') ZI",
                )
            ],
        ),
        (
            "bind a portal twice",
            [
                (
                    [parse("select 1", "a"), bind("p", "a"), bind("p", "a"), SYNC],
                    "1 2 E(ERROR,42P03,'cursor \"p\" already exists') ZI",
                )
            ],
        ),
        (
            "row limit",
            [
                (
                    [parse("values (1),(2)"), bind(), *[execute("", 1)] * 4, SYNC],
                    "1 2 D s D s C(SELECT 0) C(SELECT 0) ZI",
                )
            ],
        ),
        ("negative row limit", [([parse("values (1),(2)"), bind(), execute("", -1), SYNC], "1 2 D D C(SELECT 2) ZI")]),
        (
            "portal after Sync outside a block",
            [
                ([parse("values (1),(2)", "a"), bind("p", "a"), execute("p", 1), SYNC], "1 2 D s ZI"),
                ([execute("p"), SYNC], "E(ERROR,34000,'portal \"p\" does not exist') ZI"),
            ],
        ),
        (
            "portal after Sync inside a block",
            [
                ([query("begin")], "C(BEGIN) ZT"),
                ([parse("values (1),(2)", "a"), bind("p", "a"), execute("p", 1), SYNC], "1 2 D s ZT"),
                ([execute("p", 1), SYNC], "D s ZT"),
            ],
        ),
        (
            "life of the unnamed statement",
            [
                ([parse("select 1"), SYNC], "1 ZI"),
                ([bind(), execute(), SYNC], "2 D C(SELECT 1) ZI"),
                ([query("select 1")], "T D C(SELECT 1) ZI"),
                ([bind(), SYNC], "E(ERROR,26000,'unnamed prepared statement does not exist') ZI"),
            ],
        ),
        (
            "run a finished command again",
            [
                (
                    [parse("create table t (a int)"), bind(), execute(), execute(), SYNC],
                    "1 2 C(CREATE TABLE) E(ERROR,55000,'portal \"\" cannot be run') ZI",
                )
            ],
        ),
        (
            "a Query is skipped too",
            [([parse("selct"), query("select 1"), SYNC], "E(ERROR,42601,'syntax error at or near \"selct\"',P=1) ZI")],
        ),
        ("flush without Sync", [([parse("select 1"), FLUSH], "1")]),
        ("nothing is heard before Sync or Flush", [([parse("select 1"), bind()], ""), ([SYNC], "1 2 ZI")]),
        (
            "no create database within a pipeline",
            [
                (
                    [
                        *[parse("select 1"), bind(), execute()],
                        *[parse("create database zz"), bind(), execute(), SYNC],
                    ],
                    "1 2 D C(SELECT 1) 1 2 E(ERROR,25001,'CREATE DATABASE cannot be executed within a pipeline') ZI",
                )
            ],
        ),
        ("stray copy messages", [([b"d\0\0\0\5x", b"c\0\0\0\4", query("select 1")], "T D C(SELECT 1) ZI")]),
        ("set reports", [([query("set application_name = 'x'")], "C(SET) S(application_name=x) ZI")]),
        (
            "set reports once",
            [
                (
                    [query("set timezone = 'UTC'; set datestyle = 'German'")],
                    "C(SET) C(SET) S(DateStyle=German, DMY) S(TimeZone=UTC) ZI",
                )
            ],
        ),
        (
            "set rolled back",
            [([query("begin; set application_name = 'q'; rollback")], "C(BEGIN) C(SET) C(ROLLBACK) ZI")],
        ),
        (
            "set local outside a block",
            [
                (
                    [query("set local application_name = 'q'")],
                    f"{warning('25P01', 'SET LOCAL can only be used in transaction blocks')} C(SET) ZI",
                )
            ],
        ),
        (
            "unknown setting",
            [([query("set foo = 1")], "E(ERROR,42704,'unrecognized configuration parameter \"foo\"') ZI")],
        ),
        ("own setting", [([query("set foo.bar = 1")], "C(SET) ZI"), ([query("show foo.bar")], "T D C(SHOW) ZI")]),
        (
            "show an unknown setting",
            [([query("show foo")], "E(ERROR,42704,'unrecognized configuration parameter \"foo\"') ZI")],
        ),
        ("a setting is undone with its implicit transaction",
         [([query("set application_name = 'x'; select 1/0")], "C(SET) E(ERROR,22012,'division by zero') ZI")]),
        ("counts", [([query("insert; update")], "C(INSERT 0 1) C(UPDATE 3) ZI")]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
async def test_the_answers_are_postgresqls(talk: Talk, name: str, rounds: list[tuple[list[bytes], str]]) -> None:
    conversation = talk(PLANS, ANSWERS)
    for messages, expected in rounds:
        assert await conversation.say(*messages) == expected


async def test_an_error_in_a_pipeline_undoes_all_of_it(talk: Talk) -> None:
    conversation = talk(PLANS, ANSWERS)
    insert = [parse("insert"), bind(), execute()]
    fail = [parse("select 1/0"), bind(), execute()]
    answer = await conversation.say(*insert, *insert, *fail, *insert, SYNC)
    assert answer == "1 2 C(INSERT 0 1) 1 2 C(INSERT 0 1) 1 2 E(ERROR,22012,'division by zero') ZI"
    assert conversation.backend.log == ["START TRANSACTION", "INSERT", "INSERT", "SELECT 1/0", "ROLLBACK"]


async def test_a_pipeline_commits_at_sync(talk: Talk) -> None:
    conversation = talk(PLANS, ANSWERS)
    insert = [parse("insert"), bind(), execute()]
    assert await conversation.say(*insert, *insert, SYNC) == "1 2 C(INSERT 0 1) 1 2 C(INSERT 0 1) ZI"
    assert conversation.backend.log == ["START TRANSACTION", "INSERT", "INSERT", "COMMIT"]


async def test_a_single_extended_statement_runs_without_a_transaction(talk: Talk) -> None:
    conversation = talk(PLANS, ANSWERS)
    await conversation.say(parse("insert"), bind(), execute(), SYNC)
    assert conversation.backend.log == ["INSERT"]


async def test_a_write_that_may_be_followed_opens_a_transaction(talk: Talk) -> None:
    conversation = talk(PLANS, ANSWERS)
    assert await conversation.say(parse("insert"), bind(), execute(), FLUSH) == "1 2 C(INSERT 0 1)"
    assert conversation.pool.leased
    await conversation.say(SYNC)
    assert conversation.backend.log == ["START TRANSACTION", "INSERT", "COMMIT"]
    assert not conversation.pool.leased


async def test_several_statements_of_a_query_are_one_transaction(talk: Talk) -> None:
    conversation = talk(PLANS, ANSWERS)
    await conversation.say(query("insert; update; select 1"))
    assert conversation.backend.log == ["START TRANSACTION", "INSERT", "UPDATE", "SELECT 1", "COMMIT"]


async def test_idle_sessions_hold_no_backend_and_transactions_do(talk: Talk) -> None:
    conversation = talk(PLANS, ANSWERS)
    await conversation.say(query("select 1"))
    assert not conversation.pool.leased
    await conversation.say(query("begin; insert"))
    assert conversation.pool.leased
    await conversation.say(query("rollback"))
    assert not conversation.pool.leased


async def test_a_backend_comes_back_clean_unless_something_may_be_left_in_it(talk: Talk) -> None:
    conversation = talk(PLANS, ANSWERS)
    await conversation.say(query("select 1"))
    await conversation.say(query("begin; insert; commit"))
    assert conversation.pool.clean == [True, True]
    await conversation.say(query("select 1/0"))
    assert conversation.pool.clean == [True, True, False]
    await conversation.say(query("begin; insert"))
    await conversation.hang_up()
    assert conversation.pool.clean == [True, True, False, False]


async def test_an_open_portal_holds_its_backend_until_the_block_ends(talk: Talk) -> None:
    conversation = talk(PLANS, ANSWERS)
    await conversation.say(query("begin"))
    await conversation.say(parse("values (1),(2)"), bind("p"), execute("p", 1), SYNC)
    assert conversation.pool.leased
    await conversation.say(query("commit"))
    assert not conversation.pool.leased
    assert "close cursor" in conversation.backend.log


async def test_several_portals_are_read_alternately(talk: Talk) -> None:
    conversation = talk(PLANS, ANSWERS)
    await conversation.say(query("begin"))
    answer = await conversation.say(
        parse("values (1),(2)", "s"),
        bind("p", "s"),
        bind("q", "s"),
        execute("p", 1),
        execute("q", 1),
        execute("p", 5),
        execute("q", 5),
        SYNC,
    )
    assert answer == "1 2 2 D s D s D C(SELECT 1) D C(SELECT 1) ZT"


async def test_a_vanished_client_leaves_nothing_behind(talk: Talk) -> None:
    conversation = talk(PLANS, ANSWERS)
    await conversation.say(query("begin; insert"))
    await conversation.hang_up()
    assert conversation.ended
    assert not conversation.pool.leased


async def test_terminate_ends_the_session(talk: Talk) -> None:
    conversation = talk(PLANS, ANSWERS)
    await conversation.say(TERMINATE)
    assert conversation.ended


async def test_an_unknown_message_ends_the_session_with_08p01(talk: Talk) -> None:
    conversation = talk(PLANS, ANSWERS)
    assert await conversation.say(b"!\0\0\0\4") == "E(FATAL,08P01,'invalid frontend message type 33')"
    assert conversation.ended


async def test_a_bad_message_body_is_an_error_and_the_session_goes_on(talk: Talk) -> None:
    conversation = talk(PLANS, ANSWERS)
    assert await conversation.say(b"Q\0\0\0\6ab") == "E(ERROR,08P01,'invalid string in message') ZI"
    bad_bind = b"B\0\0\0\x05\0"
    assert await conversation.say(parse("select 1"), bad_bind, bind(), SYNC) == (
        "1 E(ERROR,08P01,'invalid string in message') ZI"
    )
    assert await conversation.say(query("select 1")) == "T D C(SELECT 1) ZI"


async def test_describe_answers_types_before_anything_runs(talk: Talk) -> None:
    conversation = talk(PLANS, ANSWERS)
    assert await conversation.say(parse("select $1::int", "s"), describe("S", "s"), SYNC) == "1 t(23,) T ZI"
    assert conversation.backend.log == []


async def test_parameters_come_in_text_and_binary(talk: Talk) -> None:
    conversation = talk(PLANS, ANSWERS)
    statement = parse("select $1::int", "s")
    await conversation.say(statement, bind("", "s", [b"41"]), execute(), SYNC)
    await conversation.say(bind("", "s", [b"\0\0\0\x2a"], [1]), execute(), SYNC)
    await conversation.say(bind("", "s", [None]), execute(), SYNC)


async def test_an_internal_error_is_xx000_and_the_session_goes_on(talk: Talk) -> None:
    conversation = talk(PLANS, {**ANSWERS, "SELECT 1": Answer(error=KeyError("oops"))})
    assert await conversation.say(query("select 1")) == "E(ERROR,XX000,'internal error: KeyError') ZI"
    assert await conversation.say(query("insert")) == "C(INSERT 0 1) ZI"


async def test_a_changed_result_type_is_refused_in_the_words_drivers_look_for(talk: Talk) -> None:
    conversation = talk(PLANS, ANSWERS)
    await conversation.say(parse("select 1", "s"), SYNC)
    conversation.translator.table = {"select 1": select("SELECT 1", ("a", 25))}
    assert await conversation.say(bind("", "s"), SYNC) == (
        "E(ERROR,0A000,'cached plan must not change result type') ZI"
    )


async def test_ddl_refreshes_the_snapshot(talk: Talk) -> None:
    conversation = talk(PLANS, ANSWERS)
    await conversation.say(query("create table t (a int)"))
    assert conversation.schemas.refreshed == 1


async def test_the_first_statement_of_a_server_reads_the_dictionary(talk: Talk) -> None:
    conversation = talk(PLANS, ANSWERS)
    conversation.schemas.known = False
    assert await conversation.say(query("select 1")) == "T D C(SELECT 1) ZI"
    assert conversation.schemas.refreshed == 1


async def test_returning_with_a_row_limit_runs_to_its_end_at_once(talk: Talk) -> None:
    plan = Plan(
        "INSERT 0",
        (
            Step("I", batch=((), (), ()), yields=Yields.ROW_ID, name="i", counts=True),
            Step("S", for_each="i", yields=Yields.ROWS),
        ),
        (Column("id", 23),),
        tag_counts=True,
        transaction=Kind.WRITE,
        atomic=True,
    )
    conversation = talk({"insert returning": plan}, {"I": Answer(count=1, row_id="1"), "S": ONE})
    answer = await conversation.say(parse("insert returning"), bind(), execute("", 2), execute("", 2), SYNC)
    assert answer == "1 2 D D s D C(INSERT 0 1) ZI"
    assert conversation.backend.log == ["START TRANSACTION", "3 x I", "S", "S", "S", "COMMIT"]


async def test_prepared_statements_of_sql_and_of_the_protocol_share_names(talk: Talk) -> None:
    conversation = talk(PLANS, ANSWERS)
    assert await conversation.say(query("prepare a as select 1")) == "C(PREPARE) ZI"
    assert await conversation.say(bind("", "a"), execute(), SYNC) == "2 D C(SELECT 1) ZI"
    assert await conversation.say(query("execute a")) == "T D C(SELECT 1) ZI"
    assert await conversation.say(parse("select 1", "b"), SYNC) == "1 ZI"
    assert await conversation.say(query("execute b; deallocate b")) == "T D C(SELECT 1) C(DEALLOCATE) ZI"
    assert await conversation.say(query("execute b")) == ("E(ERROR,26000,'prepared statement \"b\" does not exist') ZI")
    assert await conversation.say(query("discard all")) == "C(DISCARD ALL) ZI"
    assert await conversation.say(bind("", "a"), SYNC) == (
        "E(ERROR,26000,'prepared statement \"a\" does not exist') ZI"
    )


async def test_show_names_its_column_after_the_setting(talk: Talk) -> None:
    conversation = talk(PLANS, ANSWERS)
    await conversation.say(query("show DATESTYLE"))
    assert b"DateStyle\0" in bytes(conversation.wire.sent)
    assert b"ISO, MDY" in bytes(conversation.wire.sent)


async def test_idle_timeouts_end_the_session_with_their_own_codes(talk: Talk) -> None:
    conversation = talk(PLANS, ANSWERS)
    await conversation.say(query("set idle_session_timeout = 1500; set idle_in_transaction_session_timeout = 500"))
    assert conversation.wire.timeouts[-1] == 1.5
    await conversation.say(query("begin"))
    assert conversation.wire.timeouts[-1] == 0.5
    assert await conversation.silence() == (
        "E(FATAL,25P03,'terminating connection due to idle-in-transaction timeout')"
    )
    assert conversation.ended


async def test_an_idle_session_is_told_that_the_server_goes_down(talk: Talk) -> None:
    conversation = talk(PLANS, ANSWERS)
    await conversation.say(query("begin"))
    conversation.wire.sent.clear()
    conversation.session.terminate(
        PgError("57P01", "terminating connection due to administrator command", severity="FATAL")
    )
    await conversation._settled()
    assert conversation.heard() == "E(FATAL,57P01,'terminating connection due to administrator command')"
    assert conversation.ended


async def test_statements_and_portals_are_bounded(talk: Talk) -> None:
    conversation = talk(PLANS, ANSWERS, limits=SessionLimits(statements=2, portals=1))
    assert "53400" in await conversation.say(*[parse("select 1", name) for name in "abc"], SYNC)
    assert "53400" in await conversation.say(bind("p", "a"), bind("q", "a"), SYNC)


async def test_a_statement_timeout_interrupts_the_statement(talk: Talk) -> None:
    conversation = talk(PLANS, ANSWERS)
    await conversation.say(query("set statement_timeout = '2s'"))

    async def too_long(sql: str) -> None:
        timer = conversation.runtime.timers[-1]
        assert timer.seconds == 2.0
        timer.callback()
        raise IrisError(-456, "interrupted")

    conversation.backend.before = too_long
    assert await conversation.say(query("select 1")) == (
        "E(ERROR,57014,'canceling statement due to statement timeout') ZI"
    )
    assert conversation.backend.cancelled == 1
    conversation.backend.before = None
    assert await conversation.say(query("select 1")) == "T D C(SELECT 1) ZI"
    assert conversation.runtime.timers[-1].cancelled


async def test_lock_timeout_reaches_iris_in_whole_seconds_and_is_reset(talk: Talk) -> None:
    conversation = talk(PLANS, ANSWERS)
    await conversation.say(query("set lock_timeout = 1500"))
    await conversation.say(query("update; update"))
    assert conversation.backend.log[0] == "SET OPTION LOCK_TIMEOUT = 2"
    assert conversation.backend.log.count("SET OPTION LOCK_TIMEOUT = 2") == 1
    assert conversation.pool.clean == [False]
    await conversation.say(query("begin; set local lock_timeout = '3s'; update; reset lock_timeout; update; commit"))
    assert [line for line in conversation.backend.log if line.startswith("SET")][1:] == [
        "SET OPTION LOCK_TIMEOUT = 3",
        "SET OPTION LOCK_TIMEOUT = 10",
    ]


async def test_a_cancel_never_hits_a_later_statement(talk: Talk) -> None:
    conversation = talk(PLANS, ANSWERS)
    await conversation.say(query("select 1"))
    conversation.session.cancel(PgError("57014", "canceling statement due to user request"))
    assert await conversation.say(query("select 1")) == "T D C(SELECT 1) ZI"


async def test_a_slow_client_stops_the_fetch(talk: Talk) -> None:
    rows = [(number,) for number in range(10)]
    conversation = talk(PLANS, {"SELECT 1": Answer(rows=rows, block_rows=2)})
    conversation.wire.congested = True
    await conversation.say(query("select 1"))
    assert conversation.wire.drains == 5


async def test_the_answer_to_a_query_is_written_at_once(talk: Talk) -> None:
    conversation = talk(PLANS, ANSWERS)
    await conversation.say(query("select 1; select 2"))
    assert len(conversation.wire.writes) == 1


async def test_notices_below_client_min_messages_are_not_sent(talk: Talk) -> None:
    conversation = talk(PLANS, ANSWERS)
    await conversation.say(query("set client_min_messages = error"))
    assert await conversation.say(query("rollback")) == "C(ROLLBACK) ZI"


async def test_client_encoding_acts_at_once(talk: Talk) -> None:
    conversation = talk(PLANS, ANSWERS)
    assert await conversation.say(query("set client_encoding = latin1")) == "C(SET) S(client_encoding=LATIN1) ZI"
    await conversation.say(message(b"Q", b"set application_name = '\xe9'\0"))
    await conversation.say(query("show application_name"))
    assert b"\0\1\xe9" in bytes(conversation.wire.sent)
