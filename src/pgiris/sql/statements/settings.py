"""SET, RESET, SHOW and DISCARD, parsed. Grammar: PostgreSQL manual, SQL commands of these names."""

from __future__ import annotations

from pgiris.errors import FeatureNotSupported
from pgiris.sql import actions
from pgiris.sql.statements import transaction
from pgiris.sql.tokens import Cursor, fold


def set_(cursor: Cursor) -> tuple[str, actions.Action]:
    cursor.expect("SET")
    if cursor.peek() == "CONSTRAINTS":
        return _constraints(cursor)
    local = False
    if cursor.peek() in ("SESSION", "LOCAL") and cursor.peek(1) not in ("TO", "=", "."):
        local = cursor.take().upper == "LOCAL"
        if not local and cursor.accept("CHARACTERISTICS", "AS", "TRANSACTION"):
            return "SET", actions.SetTransaction(*_some_modes(cursor), session=True)
    if cursor.peek() == "TRANSACTION" and cursor.peek(1) not in ("TO", "=", "."):
        cursor.take()
        if cursor.peek() == "SNAPSHOT":
            raise FeatureNotSupported("SET TRANSACTION SNAPSHOT", position=cursor.position())
        return "SET", actions.SetTransaction(*_some_modes(cursor))
    special = _special(cursor, local)
    if special is not None:
        return "SET", special
    name = variable(cursor)
    if not cursor.accept("TO"):
        cursor.expect("=")
    return "SET", actions.Set(name, _values(cursor), local)


def _some_modes(cursor: Cursor) -> tuple[str | None, bool | None, bool | None]:
    if cursor.done():
        raise cursor.failure()
    return transaction.modes(cursor)


def _constraints(cursor: Cursor) -> tuple[str, actions.Action]:
    """IRIS checks every constraint at once and has no deferrable ones: ALL means none; a name is refused."""
    cursor.expect("CONSTRAINTS")
    if not cursor.accept("ALL"):
        raise FeatureNotSupported("SET CONSTRAINTS with names", position=cursor.position())
    if not cursor.accept_any("DEFERRED", "IMMEDIATE"):
        raise cursor.failure()
    return "SET CONSTRAINTS", actions.Ignored()


def _special(cursor: Cursor, local: bool) -> actions.Set | None:
    """The forms with words of their own: TIME ZONE, NAMES, SCHEMA, ROLE, SESSION AUTHORIZATION, SEED."""
    if cursor.accept("TIME", "ZONE"):
        if cursor.peek() == "INTERVAL":
            raise FeatureNotSupported("SET TIME ZONE INTERVAL", position=cursor.position())
        if cursor.accept("LOCAL"):
            return actions.Set("timezone", None, local)
        return actions.Set("timezone", _values(cursor, single=True), local)
    if cursor.peek(1) in ("TO", "=", "."):
        return None
    if cursor.accept("NAMES"):
        values = None if cursor.done() else _values(cursor, single=True)
        return actions.Set("client_encoding", values, local)
    if cursor.accept("SCHEMA"):
        return actions.Set("search_path", (cursor.string(),), local)
    if cursor.accept("ROLE"):
        return actions.Set("role", (_role(cursor),), local)
    if cursor.accept("AUTHORIZATION"):
        return _authorization(cursor, local)
    if cursor.accept("SESSION", "AUTHORIZATION"):
        return _authorization(cursor, local)
    if cursor.peek() == "XML" and cursor.peek(1) == "OPTION":
        cursor.expect("XML", "OPTION")
        return actions.Set("xmloption", (fold(cursor.accept_any("DOCUMENT", "CONTENT") or cursor.string()),), local)
    return None


def _authorization(cursor: Cursor, local: bool) -> actions.Set:
    if cursor.accept("DEFAULT"):
        return actions.Set("session_authorization", None, local)
    return actions.Set("session_authorization", (_role(cursor),), local)


def _role(cursor: Cursor) -> str:
    item = cursor.next
    return cursor.string() if item is not None and item.kind == "s" else cursor.name()


def variable(cursor: Cursor) -> str:
    """A setting's name, with dots for those of extensions."""
    name = cursor.name()
    while cursor.accept("."):
        name += "." + cursor.name()
    return name


def _values(cursor: Cursor, *, single: bool = False) -> tuple[str, ...] | None:
    if cursor.accept("DEFAULT"):
        return None
    values = [_value(cursor)]
    while not single and cursor.accept(","):
        values.append(_value(cursor))
    return tuple(values)


def _value(cursor: Cursor) -> str:
    sign = cursor.accept_any("+", "-")
    item = cursor.take()
    if item.kind == "n":
        return ("-" if sign == "-" else "") + item.text
    if not sign and item.kind in "sq":
        return item.text
    if not sign and item.kind == "w":
        return fold(item.text)
    cursor.at -= 1
    raise cursor.failure()


def _shown(cursor: Cursor) -> str | None:
    """What RESET and SHOW name: a setting, one of the spelled-out ones, or None for ALL."""
    if cursor.accept("ALL"):
        return None
    if cursor.accept("TIME", "ZONE"):
        return "timezone"
    if cursor.accept("TRANSACTION", "ISOLATION", "LEVEL"):
        return "transaction_isolation"
    if cursor.accept("SESSION", "AUTHORIZATION"):
        return "session_authorization"
    return variable(cursor)


def reset(cursor: Cursor) -> tuple[str, actions.Action]:
    cursor.expect("RESET")
    return "RESET", actions.Reset(_shown(cursor))


def show(cursor: Cursor) -> tuple[str, actions.Action]:
    cursor.expect("SHOW")
    return "SHOW", actions.Show(_shown(cursor))


def discard(cursor: Cursor) -> tuple[str, actions.Action]:
    cursor.expect("DISCARD")
    word = cursor.accept_any("ALL", "PLANS", "SEQUENCES", "TEMP", "TEMPORARY")
    if not word:
        raise cursor.failure()
    what = "TEMP" if word == "TEMPORARY" else word
    return f"DISCARD {what}", actions.Discard(what)
