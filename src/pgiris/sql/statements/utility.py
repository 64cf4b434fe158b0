"""Utility statements: which words begin them, and what they become.

``read`` answers for every statement that is read from its tokens: the tag, the action and the transaction class.
Statements that PostgreSQL has and this server does not are refused by name, never as syntax errors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from pgiris.errors import FeatureNotSupported
from pgiris.sql import actions
from pgiris.sql.plan import Column, Plan, Transaction
from pgiris.sql.statements import settings, transaction
from pgiris.sql.tokens import Cursor
from pgiris.types import oids

Reader = Callable[[Cursor], tuple[str, actions.Action]]


def _deallocate(cursor: Cursor) -> tuple[str, actions.Action]:
    cursor.expect("DEALLOCATE")
    if cursor.peek() == "PREPARE" and cursor.at + 1 < len(cursor.items):
        cursor.take()
    if cursor.accept("ALL"):
        return "DEALLOCATE ALL", actions.Deallocate(None)
    return "DEALLOCATE", actions.Deallocate(cursor.name())


def _execute(cursor: Cursor) -> tuple[str, actions.Action]:
    cursor.expect("EXECUTE")
    name = cursor.name()
    arguments: list[str] = []
    if cursor.accept("("):
        while True:
            begin, end = cursor.balanced(",")
            if begin == end:
                raise cursor.failure()
            arguments.append(cursor.source(begin, end))
            if not cursor.accept(","):
                break
        cursor.expect(")")
    return "EXECUTE", actions.ExecutePrepared(name, tuple(arguments))


def _close(cursor: Cursor) -> tuple[str, actions.Action]:
    cursor.expect("CLOSE")
    if cursor.accept("ALL"):
        return "CLOSE CURSOR ALL", actions.CloseCursor(None)
    return "CLOSE CURSOR", actions.CloseCursor(cursor.name())


def _listen(cursor: Cursor) -> tuple[str, actions.Action]:
    cursor.expect("LISTEN")
    return "LISTEN", actions.Listen(cursor.name())


def _unlisten(cursor: Cursor) -> tuple[str, actions.Action]:
    cursor.expect("UNLISTEN")
    return "UNLISTEN", actions.Unlisten(None if cursor.accept("*") else cursor.name())


def _notify(cursor: Cursor) -> tuple[str, actions.Action]:
    cursor.expect("NOTIFY")
    channel = cursor.name()
    return "NOTIFY", actions.Notify(channel, cursor.string() if cursor.accept(",") else "")


def _ignored(cursor: Cursor) -> tuple[str, actions.Action]:
    """VACUUM, ANALYZE, CHECKPOINT …: IRIS keeps its storage and statistics itself; nothing is to be done."""
    tag = cursor.take().upper
    cursor.at = len(cursor.items)
    return "ANALYZE" if tag == "ANALYSE" else tag, actions.Ignored()


READERS: Final[Mapping[str, Reader]] = MappingProxyType(
    {
        "BEGIN": transaction.begin,
        "START": transaction.start,
        "COMMIT": transaction.commit,
        "END": transaction.commit,
        "ROLLBACK": transaction.rollback,
        "ABORT": transaction.rollback,
        "SAVEPOINT": transaction.savepoint,
        "RELEASE": transaction.release,
        "SET": settings.set_,
        "RESET": settings.reset,
        "SHOW": settings.show,
        "DISCARD": settings.discard,
        "DEALLOCATE": _deallocate,
        "EXECUTE": _execute,
        "CLOSE": _close,
        "LISTEN": _listen,
        "UNLISTEN": _unlisten,
        "NOTIFY": _notify,
        "VACUUM": _ignored,
        "ANALYZE": _ignored,
        "ANALYSE": _ignored,
        "CHECKPOINT": _ignored,
    }
)

# PostgreSQL refuses these inside a transaction block (25001). VACUUM: manual, SQL command VACUUM, Notes.
_FORBIDDEN: Final = frozenset({"VACUUM", "DISCARD ALL"})

# Statements of PostgreSQL's grammar that are not done, by their first words (longest first).
UNSUPPORTED: Final[tuple[tuple[str, ...], ...]] = (
    ("PREPARE", "TRANSACTION"),
    ("IMPORT", "FOREIGN", "SCHEMA"),
    ("REFRESH", "MATERIALIZED", "VIEW"),
    ("SECURITY", "LABEL"),
    ("REASSIGN", "OWNED"),
    ("CALL",),
    ("CLUSTER",),
    ("COMMENT",),
    ("DECLARE",),
    ("DO",),
    ("FETCH",),
    ("GRANT",),
    ("LOAD",),
    ("LOCK",),
    ("MERGE",),
    ("MOVE",),
    ("REINDEX",),
    ("REVOKE",),
)


def read(cursor: Cursor) -> Plan | None:
    """The plan of a utility statement; None when the statement is not one of these."""
    reader = READERS.get(cursor.peek())
    if reader is None:
        return None
    tag, action = reader(cursor)
    cursor.finish()
    kind = Transaction.FORBIDDEN if tag in _FORBIDDEN else Transaction.NONE
    return Plan(tag=tag, action=action, transaction=kind, columns=_columns(action))


def _columns(action: actions.Action) -> tuple[Column, ...] | None:
    """SHOW answers with rows; its column carries the setting's name."""
    if not isinstance(action, actions.Show):
        return None
    names = ("name", "setting", "description") if action.name is None else (action.name,)
    return tuple(Column(name, oids.TEXT) for name in names)


def refuse_unsupported(cursor: Cursor) -> None:
    """Raise 0A000 when the statement is one of PostgreSQL's that is not done here."""
    for words in UNSUPPORTED:
        if tuple(cursor.peek(ahead) for ahead in range(len(words))) == words:
            raise FeatureNotSupported(" ".join(words), position=cursor.position())
