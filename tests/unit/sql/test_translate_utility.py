"""Utility statements: what the session is told, and what is refused where."""

from __future__ import annotations

import pytest

from pgiris.errors import FeatureNotSupported, PgError, SyntaxFailure
from pgiris.sql import actions as a
from pgiris.sql.plan import Plan, Transaction
from pgiris.sql.schema import Schema
from pgiris.sql.translate import Translator


def plan(text: str) -> Plan:
    translator = Translator()
    (statement,) = translator.parse(text)
    return translator.plan(statement, Schema())


ACTIONS = [
    ("BEGIN", "BEGIN", a.Begin()),
    ("begin work", "BEGIN", a.Begin()),
    (
        "BEGIN TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY DEFERRABLE",
        "BEGIN",
        a.Begin("serializable", True, True),
    ),
    (
        "START TRANSACTION READ WRITE, NOT DEFERRABLE",
        "START TRANSACTION",
        a.Begin(None, False, False),
    ),
    ("begin read only read write", "BEGIN", a.Begin(read_only=False)),
    ("COMMIT", "COMMIT", a.Commit()),
    ("END WORK AND NO CHAIN", "COMMIT", a.Commit()),
    ("commit and chain", "COMMIT", a.Commit(chain=True)),
    ("ROLLBACK", "ROLLBACK", a.Rollback()),
    ("ABORT TRANSACTION AND CHAIN", "ROLLBACK", a.Rollback(chain=True)),
    ("SAVEPOINT Mixed", "SAVEPOINT", a.Savepoint("mixed")),
    ('SAVEPOINT "Mixed"', "SAVEPOINT", a.Savepoint("Mixed")),
    ("ROLLBACK TO s", "ROLLBACK", a.RollbackTo("s")),
    ("rollback work to savepoint s", "ROLLBACK", a.RollbackTo("s")),
    ("rollback to savepoint", "ROLLBACK", a.RollbackTo("savepoint")),
    ("RELEASE SAVEPOINT s", "RELEASE", a.Release("s")),
    ("release s", "RELEASE", a.Release("s")),
    ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "SET", a.SetTransaction("repeatable read")),
    ("SET LOCAL TRANSACTION READ ONLY", "SET", a.SetTransaction(read_only=True)),
    (
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
        "SET",
        a.SetTransaction(read_only=True, session=True),
    ),
    ("SET search_path TO a, \"B\", 'c'", "SET", a.Set("search_path", ("a", "B", "c"))),
    ("SET LOCAL work_mem = -1", "SET", a.Set("work_mem", ("-1",), True)),
    ("SET SESSION x.y = on", "SET", a.Set("x.y", ("on",))),
    ("set datestyle = iso, MDY", "SET", a.Set("datestyle", ("iso", "mdy"))),
    ("SET x TO DEFAULT", "SET", a.Set("x", None)),
    ("SET TIME ZONE 'Europe/Berlin'", "SET", a.Set("timezone", ("Europe/Berlin",))),
    ("SET LOCAL TIME ZONE DEFAULT", "SET", a.Set("timezone", None, True)),
    ("SET TIME ZONE -3.5", "SET", a.Set("timezone", ("-3.5",))),
    ("SET NAMES 'LATIN1'", "SET", a.Set("client_encoding", ("LATIN1",))),
    ("SET NAMES", "SET", a.Set("client_encoding", None)),
    ("SET SCHEMA 'x'", "SET", a.Set("search_path", ("x",))),
    ("SET ROLE none", "SET", a.Set("role", ("none",))),
    ("SET SESSION AUTHORIZATION bob", "SET", a.Set("session_authorization", ("bob",))),
    ("SET names = 3", "SET", a.Set("names", ("3",))),
    ("SET CONSTRAINTS ALL DEFERRED", "SET CONSTRAINTS", a.Ignored()),
    ("RESET ALL", "RESET", a.Reset(None)),
    ("RESET TIME ZONE", "RESET", a.Reset("timezone")),
    ("SHOW Server_Version", "SHOW", a.Show("server_version")),
    ("SHOW TRANSACTION ISOLATION LEVEL", "SHOW", a.Show("transaction_isolation")),
    ("DISCARD TEMPORARY", "DISCARD TEMP", a.Discard("TEMP")),
    ("DISCARD ALL", "DISCARD ALL", a.Discard("ALL")),
    ("DEALLOCATE PREPARE p", "DEALLOCATE", a.Deallocate("p")),
    ("DEALLOCATE ALL", "DEALLOCATE ALL", a.Deallocate(None)),
    ("EXECUTE p", "EXECUTE", a.ExecutePrepared("p", ())),
    (
        "EXECUTE p(1, (2 + 3) * 4, 'x,y', f(1, 2))",
        "EXECUTE",
        a.ExecutePrepared("p", ("1", "(2 + 3) * 4", "'x,y'", "f(1, 2)")),
    ),
    ("VACUUM (VERBOSE) t", "VACUUM", a.Ignored()),
    ("ANALYZE", "ANALYZE", a.Ignored()),
    ("CHECKPOINT", "CHECKPOINT", a.Ignored()),
    ("-- nothing\n ; /* more /* of */ it */ ;", "", a.Empty()),
]


@pytest.mark.parametrize(("text", "tag", "action"), ACTIONS)
def test_a_utility_statement_becomes_its_action(text: str, tag: str, action: a.Action) -> None:
    made = plan(text)
    assert (made.tag, made.action) == (tag, action)
    assert not made.steps


def test_a_prepared_statement_keeps_its_text_and_types() -> None:
    made = plan("PREPARE p (int, double precision, varchar(3)) AS SELECT $1 -- comment")
    assert made.action == a.Prepare("p", ("int", "double precision", "varchar(3)"), "SELECT $1")


@pytest.mark.parametrize("text", ["VACUUM", "DISCARD ALL"])
def test_what_postgresql_forbids_in_transactions_is_marked(text: str) -> None:
    assert plan(text).transaction is Transaction.FORBIDDEN


def test_show_answers_with_columns() -> None:
    assert [c.name for c in plan("SHOW timezone").columns or ()] == ["timezone"]
    assert [c.name for c in plan("SHOW ALL").columns or ()] == ["name", "setting", "description"]


SYNTAX = [
    ("selct 1", "selct", 1),
    ("  BEGIN foo", "foo", 9),
    ("COMMIT AND", None, 11),
    ("SELECT 1; SET = 3", "=", 15),
    ("SHOW", None, 5),
    ("SET x TO a,", None, 12),
    ("SET x y", "y", 7),
    ("RELEASE SAVEPOINT 'a'", "'a'", 19),
    ("BEGIN ISOLATION LEVEL CHAOS", "CHAOS", 23),
    ("PREPARE p AS BEGIN", "BEGIN", 14),
    ("EXECUTE p(1,)", ")", 13),
    ("EXPLAIN", None, 8),
    ("DISCARD nothing", "nothing", 9),
    ("CREATE foo", "foo", 8),
    ("ROLLBACK TO", None, 12),
    ("VACUUM; (", None, 10),
]


@pytest.mark.parametrize(("text", "near", "position"), SYNTAX)
def test_a_syntax_error_names_the_token_and_its_place(text: str, near: str | None, position: int) -> None:
    with pytest.raises(SyntaxFailure) as caught:
        Translator().parse(text)
    where = "at end of input" if near is None else f'at or near "{near}"'
    assert (caught.value.message, caught.value.position) == (f"syntax error {where}", position)


UNSUPPORTED = [
    ("DECLARE c CURSOR FOR SELECT 1", "DECLARE", 1),
    ("FETCH 1 FROM c", "FETCH", 1),
    ("MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE", "MERGE", 1),
    (" DO $$ begin end $$", "DO", 2),
    ("PREPARE TRANSACTION 'x'", "PREPARE TRANSACTION", 1),
    ("COMMIT PREPARED 'x'", "COMMIT PREPARED", 8),
    ("SET TRANSACTION SNAPSHOT 'x'", "SET TRANSACTION SNAPSHOT", 17),
    ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'select 1'", "CREATE FUNCTION", 1),
    ("CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'select 1'", "CREATE FUNCTION", 1),
    ("CREATE TEMP TABLE t (a int)", "CREATE TEMPORARY TABLE", 1),
    ("CREATE EXTENSION vector", "CREATE EXTENSION", 1),
    ("DROP SEQUENCE s", "DROP SEQUENCE", 1),
    ("ALTER INDEX i RENAME TO j", "ALTER INDEX", 1),
]


@pytest.mark.parametrize(("text", "what", "position"), UNSUPPORTED)
def test_what_is_not_done_is_refused_by_name(text: str, what: str, position: int) -> None:
    with pytest.raises(FeatureNotSupported) as caught:
        Translator().parse(text)
    assert caught.value.sqlstate == "0A000"
    assert (caught.value.message, caught.value.position) == (f"{what} is not supported", position)


def test_a_text_is_split_at_semicolons_outside_of_literals() -> None:
    statements = Translator().parse("SET a = ';'; BEGIN /* ; */; SET \"b;c\" = $$;$$")
    assert [statement.text for statement in statements] == ["SET a = ';'", "BEGIN", 'SET "b;c" = $$;$$']
    assert [statement.start for statement in statements] == [0, 13, 28]


def test_nothing_of_a_text_is_planned_when_a_later_statement_is_wrong() -> None:
    with pytest.raises(SyntaxFailure):
        Translator().parse("BEGIN; COMMIT; nonsense")


def test_texts_are_remembered_up_to_the_bound() -> None:
    translator = Translator(texts=2)
    first = translator.parse("BEGIN")
    assert translator.parse("BEGIN") is first
    translator.parse("COMMIT")
    translator.parse("ROLLBACK")
    assert translator.parse("BEGIN") is not first
    assert translator.parse("ROLLBACK") is translator.parse("ROLLBACK")


def test_long_texts_are_not_remembered() -> None:
    translator = Translator(longest=10)
    assert translator.parse("SET a = 'long enough'") is not translator.parse("SET a = 'long enough'")


def test_plans_are_remembered_for_a_snapshot() -> None:
    translator, one, two = Translator(), Schema(), Schema(version=2)
    (statement,) = translator.parse("BEGIN")
    assert translator.plan(statement, one) is translator.plan(statement, one)
    assert translator.plan(statement, two).schema_version == 2


def test_deeply_nested_explains_end_in_an_error() -> None:
    with pytest.raises(PgError):
        Translator().parse("EXPLAIN " * 5000 + "SELECT 1")
