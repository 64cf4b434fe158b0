"""BEGIN, COMMIT, ROLLBACK, savepoints and transaction modes, parsed.

Grammar: PostgreSQL manual, SQL commands BEGIN, COMMIT, ROLLBACK, SAVEPOINT, SET TRANSACTION.
"""

from __future__ import annotations

from pgiris.errors import FeatureNotSupported
from pgiris.sql import actions
from pgiris.sql.tokens import Cursor

_ISOLATION = {
    ("SERIALIZABLE",): "serializable",
    ("REPEATABLE", "READ"): "repeatable read",
    ("READ", "COMMITTED"): "read committed",
    ("READ", "UNCOMMITTED"): "read uncommitted",
}


def begin(cursor: Cursor) -> tuple[str, actions.Action]:
    cursor.expect("BEGIN")
    cursor.accept_any("WORK", "TRANSACTION")
    return "BEGIN", actions.Begin(*modes(cursor))


def start(cursor: Cursor) -> tuple[str, actions.Action]:
    cursor.expect("START", "TRANSACTION")
    return "START TRANSACTION", actions.Begin(*modes(cursor))


def modes(cursor: Cursor) -> tuple[str | None, bool | None, bool | None]:
    """The transaction modes up to the end: isolation, read only, deferrable. The last one said wins."""
    isolation: str | None = None
    read_only: bool | None = None
    deferrable: bool | None = None
    first = True
    while not cursor.done():
        if not first:
            cursor.accept(",")
        first = False
        if cursor.accept("ISOLATION"):
            cursor.expect("LEVEL")
            isolation = _isolation(cursor)
        elif cursor.accept("READ"):
            word = cursor.accept_any("ONLY", "WRITE")
            if not word:
                raise cursor.failure()
            read_only = word == "ONLY"
        elif cursor.accept("NOT", "DEFERRABLE"):
            deferrable = False
        elif cursor.accept("DEFERRABLE"):
            deferrable = True
        else:
            raise cursor.failure()
    return isolation, read_only, deferrable


def _isolation(cursor: Cursor) -> str:
    for words, level in _ISOLATION.items():
        if cursor.accept(*words):
            return level
    raise cursor.failure()


def _chain(cursor: Cursor) -> bool:
    if not cursor.accept("AND"):
        return False
    chained = not cursor.accept("NO")
    cursor.expect("CHAIN")
    return chained


def commit(cursor: Cursor) -> tuple[str, actions.Action]:
    word = cursor.take().upper
    if word == "COMMIT" and cursor.peek() == "PREPARED":
        raise FeatureNotSupported("COMMIT PREPARED", position=cursor.position())
    cursor.accept_any("WORK", "TRANSACTION")
    return "COMMIT", actions.Commit(_chain(cursor))


def rollback(cursor: Cursor) -> tuple[str, actions.Action]:
    word = cursor.take().upper
    if word == "ROLLBACK" and cursor.peek() == "PREPARED":
        raise FeatureNotSupported("ROLLBACK PREPARED", position=cursor.position())
    cursor.accept_any("WORK", "TRANSACTION")
    if word == "ROLLBACK" and cursor.accept("TO"):
        if cursor.peek() == "SAVEPOINT" and cursor.at + 1 < len(cursor.items):
            cursor.take()
        return "ROLLBACK", actions.RollbackTo(cursor.name())
    return "ROLLBACK", actions.Rollback(_chain(cursor))


def savepoint(cursor: Cursor) -> tuple[str, actions.Action]:
    cursor.expect("SAVEPOINT")
    return "SAVEPOINT", actions.Savepoint(cursor.name())


def release(cursor: Cursor) -> tuple[str, actions.Action]:
    cursor.expect("RELEASE")
    if cursor.peek() == "SAVEPOINT" and cursor.at + 1 < len(cursor.items):
        cursor.take()
    return "RELEASE", actions.Release(cursor.name())
