"""CREATE, DROP, ALTER and TRUNCATE: which statement it is, and what is refused by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlglot.tokenizer_core import Token

from pgiris.errors import FeatureNotSupported
from pgiris.sql.statements import alter, drops, indexes, table_as, tables, views
from pgiris.sql.statements.definitions import Definitions
from pgiris.sql.statements.planning import Planner
from pgiris.sql.tokens import Cursor

WORDS: Final = frozenset({"CREATE", "DROP", "ALTER", "TRUNCATE"})

# What may follow CREATE, DROP and ALTER in PostgreSQL's grammar and is not done, longest first.
_OBJECTS: Final[tuple[str, ...]] = (
    "ACCESS METHOD",
    "AGGREGATE",
    "CAST",
    "COLLATION",
    "CONVERSION",
    "DATABASE",
    "DEFAULT PRIVILEGES",
    "DOMAIN",
    "EVENT TRIGGER",
    "EXTENSION",
    "FOREIGN DATA WRAPPER",
    "FOREIGN TABLE",
    "FUNCTION",
    "GROUP",
    "INDEX",
    "LANGUAGE",
    "LARGE OBJECT",
    "MATERIALIZED VIEW",
    "OPERATOR CLASS",
    "OPERATOR FAMILY",
    "OPERATOR",
    "OWNED BY",
    "POLICY",
    "PROCEDURE",
    "PUBLICATION",
    "ROLE",
    "ROUTINE",
    "RULE",
    "SCHEMA",
    "SEQUENCE",
    "SERVER",
    "STATISTICS",
    "SUBSCRIPTION",
    "SYSTEM",
    "TABLESPACE",
    "TEXT SEARCH",
    "TRANSFORM",
    "TRIGGER",
    "TYPE",
    "USER MAPPING",
    "USER",
    "VIEW",
)


def planner(cursor: Cursor, tokens: Sequence[Token]) -> Planner:
    """Read a definition statement whole. Raises SyntaxFailure, and FeatureNotSupported by the statement's name."""
    position = cursor.position()
    verb = cursor.take().upper
    if verb == "CREATE":
        return _create(cursor, tokens, position)
    if verb == "DROP":
        return _drop(cursor, position)
    if verb == "ALTER":
        if cursor.accept("TABLE"):
            return alter.planner(cursor, tokens)
        raise _refusal(verb, cursor, position)
    cursor.accept("TABLE")
    return drops.truncate(cursor)


def _create(cursor: Cursor, tokens: Sequence[Token], position: int) -> Planner:
    if cursor.peek() in ("GLOBAL", "LOCAL", "TEMPORARY", "TEMP"):
        raise FeatureNotSupported("CREATE TEMPORARY TABLE", position=position)
    # IRIS journals every table, which is more than UNLOGGED promises.
    unlogged = cursor.accept("UNLOGGED")
    if cursor.accept("TABLE"):
        reader = Definitions(cursor, tokens)
        definition = tables.head(cursor, reader)
        if table_as.begins(cursor):
            return table_as.planner(cursor, tokens, reader, definition)
        return tables.planner(cursor, reader, definition)
    if unlogged:
        raise cursor.failure()
    if cursor.peek() in ("UNIQUE", "INDEX"):
        return indexes.create(cursor)
    replace = cursor.accept("OR", "REPLACE")
    if cursor.accept("VIEW"):
        return views.create(cursor, tokens, replace)
    if not replace and cursor.accept("SCHEMA"):
        return drops.create_schema(cursor)
    raise _refusal("CREATE", cursor, position)


def _drop(cursor: Cursor, position: int) -> Planner:
    if cursor.accept("TABLE"):
        return drops.drop_relations(cursor, "TABLE")
    if cursor.accept("VIEW"):
        return drops.drop_relations(cursor, "VIEW")
    if cursor.accept("INDEX"):
        return indexes.drop(cursor)
    if cursor.accept("SCHEMA"):
        return drops.drop_schemas(cursor)
    raise _refusal("DROP", cursor, position)


def _refusal(verb: str, cursor: Cursor, position: int) -> Exception:
    for words in ("CONSTRAINT TRIGGER", "TRUSTED LANGUAGE", "PROCEDURAL LANGUAGE", "RECURSIVE VIEW", *_OBJECTS):
        if all(cursor.peek(ahead) == word for ahead, word in enumerate(words.split())):
            return FeatureNotSupported(f"{verb} {words}", position=position)
    return cursor.failure()
