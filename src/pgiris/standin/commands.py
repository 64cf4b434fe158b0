"""Statements that the stand-in carries out itself: transactions, definitions, settings, locks, privileges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlglot import exp

from pgiris.errors import IrisError
from pgiris.standin import definitions, routines, security
from pgiris.standin.compiler import names
from pgiris.standin.compiler.ir import Context
from pgiris.standin.dictionary import Table
from pgiris.standin.process import Process
from pgiris.standin.result import FixedCursor, StatementColumn, StatementResult

Run = Callable[[Sequence[object]], StatementResult | None]
Planned = tuple[int, tuple[StatementColumn, ...], Run]

COMMIT, ROLLBACK, GRANT, REVOKE = 5, 6, 7, 8
TRUNCATE = 4
CREATE_TYPES = {
    "TABLE": 9, "VIEW": 12, "INDEX": 15, "ROLE": 18, "USER": 29, "FUNCTION": 35, "METHOD": 36, "PROCEDURE": 37,
    "QUERY": 38, "TRIGGER": 43, "DATABASE": 49, "AGGREGATE": 67, "SCHEMA": 70,
}  # fmt: skip
DROP_TYPES = {
    "TABLE": 11, "VIEW": 14, "INDEX": 17, "ROLE": 19, "USER": 31, "FUNCTION": 39, "METHOD": 40, "PROCEDURE": 41,
    "QUERY": 42, "TRIGGER": 44, "DATABASE": 50, "AGGREGATE": 68, "SCHEMA": 71,
}  # fmt: skip


def action(process: Process, sql: str, tree: exp.Expr) -> Planned:
    """The statement type, result columns and execution of a statement that is no query and no data change."""
    if isinstance(tree, (exp.Create, exp.Drop, exp.Alter)):
        return definition_number(tree), (), lambda params: definitions.execute(process, sql, tree)
    if isinstance(tree, exp.TruncateTable):
        return TRUNCATE, (), lambda params: truncate(process, tree)
    if isinstance(tree, exp.Transaction):
        return 21, (), lambda params: start_transaction(process, tree)
    if isinstance(tree, exp.Commit):
        return COMMIT, (), lambda params: process.commit()
    if isinstance(tree, exp.Rollback):
        return ROLLBACK, (), lambda params: rollback(process, tree)
    if isinstance(tree, exp.Grant):
        return GRANT, (), lambda params: security.grant(process, sql, tree)
    if isinstance(tree, exp.Revoke):
        return REVOKE, (), lambda params: security.revoke(process, sql, tree)
    if isinstance(tree, exp.Use):
        return 51, (), lambda params: use(process, tree)
    if isinstance(tree, exp.Describe):
        return explain(process, tree)
    if isinstance(tree, exp.Command):
        return command(process, sql, tree)
    raise IrisError(-51, "SQL statement expected")


def definition_number(tree: exp.Expr) -> int:
    kind = str(tree.args.get("kind") or "").upper()
    if isinstance(tree, exp.Create):
        return CREATE_TYPES.get(kind, 99)
    if isinstance(tree, exp.Drop):
        return DROP_TYPES.get(kind, 99)
    return {"TABLE": 10, "VIEW": 13, "USER": 30}.get(kind, 99)


def truncate(process: Process, tree: exp.TruncateTable) -> StatementResult:
    """TRUNCATE TABLE: resets the counters, %ROWCOUNT -1; rows that are referenced stop it (-124)."""
    from pgiris.standin import prepared

    context = Context(prepared.session_of(process))
    relation = names.find_relation(context, tree.expressions[0])
    if not isinstance(relation, Table):
        raise names.missing_table(relation.schema, relation.name)
    security.check(process, "DELETE", relation, ())
    security.admin(process, "%NOTRIGGER")
    process.ready([relation.id] if relation.temporary else [], [])
    alone = process.before_change(relation)
    process.begin_write()  # its counters are reset before another process can insert
    connection = process.connection
    for child, key in process.dictionary.referencing(relation.id):
        if child.id == relation.id:
            continue
        tests = " AND ".join(f"{child.by_number(n).sql} IS NOT NULL" for n in key.columns)
        if connection.execute(f"SELECT 1 FROM t{child.id} WHERE {tests} LIMIT 1").fetchone():
            raise IrisError(-124, f"Foreign key Constraint '{key.name}' failed referential check upon DELETE of row")
    process.checking = False
    try:
        connection.execute(f"DELETE FROM {relation.sql}")
        process.instance.counters.reset(relation.id)
        process.instance.private_counters.reset(relation.id)
        if alone:
            process.commit()
    finally:
        process.checking = True
        process.abandon()
    return StatementResult(-1, "", (), TRUNCATE)


def start_transaction(process: Process, tree: exp.Expr) -> None:
    """START TRANSACTION [modes] [%COMMITMODE]."""
    transaction_modes(process, tree)
    process.start()


def transaction_modes(process: Process, tree: exp.Expr) -> None:
    """SET TRANSACTION and START TRANSACTION modes: they stay for the process (RSQL_settransaction)."""
    mode = tree.args.get("commit_mode")
    if mode:
        process.commit_mode = str(mode).upper().removeprefix("%COMMITMODE").strip() or process.commit_mode
    for text in tree.args.get("modes") or []:
        upper = str(getattr(text, "name", text)).upper()
        if "ISOLATION LEVEL" in upper or upper in ("READ COMMITTED", "READ UNCOMMITTED", "READ VERIFIED"):
            process.isolation = upper.removeprefix("ISOLATION LEVEL ").strip()
        elif upper == "READ WRITE":
            process.isolation = "READ COMMITTED"
        elif upper == "READ ONLY":
            process.isolation = "READ UNCOMMITTED"


def rollback(process: Process, tree: exp.Rollback) -> None:
    savepoint = tree.args.get("savepoint")
    if savepoint is None:
        process.rollback()
    else:
        process.rollback_to(names.identifier(savepoint))


def use(process: Process, tree: exp.Use) -> None:
    """USE [DATABASE]: the process goes to another namespace; unknown ones are -400."""
    name = names.identifier(tree.this)
    known = {n.upper(): n for n in process.instance.settings.namespaces}
    if name.upper() not in known:
        raise IrisError(-400, f"Fatal error occurred: namespace '{name}' does not exist")
    process.namespace = known[name.upper()]
    process.forget_prepared()


def explain(process: Process, tree: exp.Describe) -> Planned:
    """EXPLAIN: one row, one column ``Plan``; SELECT, UPDATE and DELETE only (-481)."""
    from pgiris.standin import prepared

    inner = tree.this
    if not isinstance(inner, (exp.Select, exp.SetOperation, exp.Update, exp.Delete)):
        raise IrisError(-481, "EXPLAIN is not supported for this statement type")
    found = prepared.compile_tree(process, "", inner)
    columns = (StatementColumn("Plan", 12, 4096, 0, 1, "", ""),)

    def run(params: Sequence[object]) -> StatementResult:
        assert isinstance(found, prepared.Compiled)
        process.ready(found.temporary, found.relations)
        marks = (None,) * len(found.slots)
        rows = process.connection.execute(f"EXPLAIN QUERY PLAN {found.text}", marks).fetchall()
        lines = "\n".join(f"{readable(process, str(row[3]))}" for row in rows)
        return StatementResult(0, "", columns, 79, 0, FixedCursor([(f"<plan>\n{lines}\n</plan>",)]))

    return 79, columns, run


def readable(process: Process, line: str) -> str:
    """A line of SQLite's plan with the names of tables."""
    words = []
    for word in line.split(" "):
        if word.startswith("t") and word[1:].isdigit() and int(word[1:]) in process.dictionary.entries:
            entry = process.dictionary.entries[int(word[1:])]
            words.append(f"{entry.schema}.{entry.name}")
        else:
            words.append(word)
    return " ".join(words)


def command(process: Process, sql: str, tree: exp.Command) -> Planned:
    """The statements that have no node of their own."""
    name = str(tree.this).upper()
    rule = COMMANDS.get(name)
    if rule is not None:
        number, run = rule
        return number, (), lambda params: run(process, tree)
    if name == "CALL":
        return routines.plan_call(process, tree)
    if name == "%CHECKPRIV":
        return 28, (), lambda params: security.check_privilege(process, tree)
    if name in ACCEPTED:
        return ACCEPTED[name], (), lambda params: None
    raise IrisError(-400, f"Fatal error occurred: the stand-in does not run {name}")


ACCEPTED = {"TUNE TABLE": 52, "COLLECT STATISTICS": 99, "FREEZE": 63, "FREEZE PLANS": 63, "UNFREEZE": 64,
            "UNFREEZE PLANS": 64, "PURGE": 65, "ALTER SCHEMA": 99, "%BEGTRANS": 21}  # fmt: skip
"""Statements that change nothing here, with their types."""


def savepoint(process: Process, tree: exp.Command) -> None:
    process.savepoint(names.identifier(tree.args["savepoint"]))


def in_transaction(process: Process, tree: exp.Command) -> StatementResult:
    """%INTRANSACTION: SQLCODE 0 inside a transaction, 100 outside."""
    return StatementResult(0, "", (), 22, 0 if process.level else 100)


def begin(process: Process, tree: exp.Command) -> None:
    process.start()


FORMATS = {"DATE_FORMAT": 15, "TIME_FORMAT": 10, "TIME_PRECISION": 9, "DAY_OF_WEEK": 7}
"""Locale options that take a number, with the highest one."""


def number_of(node: Any) -> float:
    text = str(getattr(node, "name", node))
    try:
        return float(text)
    except ValueError:
        raise IrisError(-129, f"Illegal value '{text}' for SET OPTION") from None


def set_option(process: Process, tree: exp.Command) -> None:
    """SET OPTION name = value."""
    option = names.identifier(tree.args["option"]).upper()
    value = tree.args["value"]
    text = str(getattr(value, "name", value))
    if option == "LOCK_TIMEOUT":
        process.lock_timeout = number_of(value)
    elif option == "DEFAULT_SCHEMA":
        process.default_schema = text
        process.forget_prepared()
    else:
        if option in FORMATS and not (text.isdigit() and int(text) <= FORMATS[option]):
            raise IrisError(-129, f"Illegal value '{text}' for SET OPTION {option}")
        process.options[option.lower()] = text


def lock_table(process: Process, tree: exp.Command) -> None:
    """LOCK TABLE t IN SHARE | EXCLUSIVE MODE [WAIT n]."""
    table = table_named(process, tree.args["table"])
    wait = tree.args.get("wait")
    timeout = number_of(wait) if wait is not None else process.lock_timeout
    process.instance.locks.acquire(table.id, lock_mode(tree), process.pid, timeout, process.check_cancelled)


def lock_mode(tree: exp.Command) -> str:
    return "SHARE" if "SHARE" in str(tree.args.get("mode")).upper() else "EXCLUSIVE"


def unlock_table(process: Process, tree: exp.Command) -> None:
    table = table_named(process, tree.args["table"])
    process.instance.locks.release(table.id, lock_mode(tree), process.pid)


def table_named(process: Process, node: exp.Table) -> Table:
    from pgiris.standin import prepared

    relation = names.find_relation(Context(prepared.session_of(process)), node)
    if not isinstance(relation, Table):
        raise IrisError(-400, f"Fatal error occurred: '{relation.qualified}' is no table")
    return relation


def cancel_query(process: Process, tree: exp.Command) -> None:
    """CANCEL QUERY pid: the running statement of that process ends with -456. A process that does not exist or runs
    nothing is -400, unless a TIMEOUT was given."""
    security.admin(process, "%CANCEL_QUERY")
    node = tree.args["process"]
    pid = int(number_of(node))
    if not process.instance.cancel(pid) and tree.args.get("timeout") is None:
        raise IrisError(-400, f"Fatal error occurred: process {pid} runs no statement")


def build_index(process: Process, tree: exp.Command) -> None:
    """BUILD INDEX: indexes are always built here; the names are checked."""
    node = tree.args.get("table")
    if node is None:
        return
    table = table_named(process, node)
    known = {index.name.lower() for index in table.indexes} | {key.name.lower() for key in table.keys}
    for index in tree.args.get("indexes") or []:
        if names.identifier(index).lower() not in known:
            raise IrisError(-333, f"Index '{names.identifier(index)}' does not exist")


COMMANDS: dict[str, tuple[int, Callable[[Process, Any], StatementResult | None]]] = {
    "SAVEPOINT": (46, savepoint),
    "SET TRANSACTION": (20, transaction_modes),
    "%INTRANSACTION": (22, in_transaction),
    "%BEGTRANS": (21, begin),
    "SET OPTION": (26, set_option),
    "LOCK TABLE": (47, lock_table),
    "UNLOCK TABLE": (48, unlock_table),
    "CANCEL QUERY": (78, cancel_query),
    "BUILD INDEX": (66, build_index),
}
