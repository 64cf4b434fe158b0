"""From a client's text to plans, with caches.

``Translator.parse`` splits and parses a whole text before anything of it runs, as PostgreSQL does, and
``Translator.plan`` plans one statement against a schema snapshot. Both remember what they did: a text or a statement
seen before costs a dictionary look-up.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from sqlglot.tokenizer_core import Token, TokenType

from pgiris.errors import SyntaxFailure
from pgiris.sql import actions, native, postgres
from pgiris.sql.plan import Plan, Transaction
from pgiris.sql.schema import Schema
from pgiris.sql.statements import copy, ddl, explain, query, utility
from pgiris.sql.statements.planning import Planner, Planning
from pgiris.sql.tokens import Cursor, Lexeme, lexemes

_QUERY_WORDS = frozenset({"SELECT", "WITH", "VALUES", "TABLE", "(", "INSERT", "UPDATE", "DELETE"})
_PREPARABLE = frozenset({"SELECT", "WITH", "VALUES", "TABLE", "(", "INSERT", "UPDATE", "DELETE", "MERGE"})
_DEPTH = 3
"""EXPLAIN and PREPARE contain statements; more than these levels of them are refused as syntax errors."""


@dataclass(eq=False, slots=True)
class Statement:
    """One parsed statement of a text. Compared by identity; keeps its own plans.

    `text` is its source without the semicolon, `start` where that begins in the whole text (characters from 0).
    `action` is set when the session does the work itself; it is known without planning, so that a failed transaction
    can still be ended.
    """

    text: str
    start: int
    planner: Planner
    action: actions.Action | None = None
    plans: OrderedDict[tuple[tuple[str, ...], tuple[int, ...]], tuple[Schema, Plan]] = field(
        default_factory=OrderedDict
    )


class Translator:
    """Parses and plans. One for the whole server will do: plans hold no session's state.

    `texts` bounds the number of texts remembered, `longest` their length in characters, and `plans` the plans that a
    statement keeps (for other search paths and parameter types). Not thread-safe.
    """

    def __init__(self, *, texts: int = 4096, longest: int = 65_536, plans: int = 8) -> None:
        self._texts = texts
        self._longest = longest
        self._plans = plans
        self._parsed: OrderedDict[str, tuple[Statement, ...]] = OrderedDict()

    def parse(self, text: str) -> tuple[Statement, ...]:
        """The statements of `text`; an empty text gives one statement with the action ``Empty``.

        Raises SyntaxFailure (42601) and, for statements that are known but not done, FeatureNotSupported (0A000),
        both with the position in `text`.
        """
        found = self._parsed.get(text)
        if found is not None:
            self._parsed.move_to_end(text)
            return found
        statements = _parse(text)
        if len(text) <= self._longest:
            self._parsed[text] = statements
            if len(self._parsed) > self._texts:
                self._parsed.popitem(last=False)
        return statements

    def plan(
        self,
        statement: Statement,
        schema: Schema,
        search_path: tuple[str, ...] = ("public",),
        parameter_oids: tuple[int, ...] = (),
    ) -> Plan:
        """The plan of `statement` for this snapshot. `parameter_oids`: the types that Parse declared, 0 for none.

        Raises PgError for what analysis refuses (42P01, 42703, 42883 …) and FeatureNotSupported.
        """
        key = (search_path, parameter_oids)
        found = statement.plans.get(key)
        if found is not None and found[0] is schema:
            return found[1]
        plan = statement.planner(Planning(schema, search_path, parameter_oids))
        if plan.schema_version != schema.version:
            plan = replace(plan, schema_version=schema.version)
        statement.plans[key] = (schema, plan)
        statement.plans.move_to_end(key)
        if len(statement.plans) > self._plans:
            statement.plans.popitem(last=False)
        return plan


def _parse(text: str) -> tuple[Statement, ...]:
    try:
        return _parse_postgres(text)
    except SyntaxFailure as failure:
        plan = native.plan(text)
        if plan is None:
            raise failure
        return (Statement(text, 0, _always(plan)),)


def _parse_postgres(text: str) -> tuple[Statement, ...]:
    statements = [_statement(tokens, text, end) for tokens, end in _split(postgres.tokenize(text), len(text)) if tokens]
    if not statements:
        action = actions.Empty()
        return (Statement("", 0, _always(Plan("", action=action, transaction=Transaction.NONE)), action),)
    return tuple(statements)


def _split(tokens: Sequence[Token], length: int) -> list[tuple[list[Token], int]]:
    """The tokens between semicolons, each with the offset where its statement ends."""
    parts: list[tuple[list[Token], int]] = []
    current: list[Token] = []
    for token in tokens:
        if token.token_type is TokenType.SEMICOLON:
            parts.append((current, token.start))
            current = []
        else:
            current.append(token)
    parts.append((current, length))
    return parts


def _statement(tokens: list[Token], text: str, end: int, depth: int = 0) -> Statement:
    start = tokens[0].start
    source = text[start : tokens[-1].end + 1]
    first = lexemes(tokens[:1], text)[0].upper
    if first in _QUERY_WORDS:
        return Statement(source, start, query.planner(postgres.parse_tokens(tokens, text)))
    planner, action = _planner(Cursor(lexemes(tokens, text), text, end), tokens, depth)
    return Statement(source, start, planner, action)


def _planner(cursor: Cursor, tokens: list[Token], depth: int) -> tuple[Planner, actions.Action | None]:
    word = cursor.peek()
    if depth < _DEPTH and word == "EXPLAIN":
        return _explain(cursor, tokens, depth), None
    if depth < _DEPTH and word == "PREPARE" and cursor.peek(1) != "TRANSACTION":
        return _prepare(cursor, tokens, depth)
    if word == "COPY":
        return copy.planner(cursor, tokens), None
    if word in ddl.WORDS:
        return ddl.planner(cursor, tokens), None
    plan = utility.read(cursor)
    if plan is not None:
        return _always(plan), plan.action
    utility.refuse_unsupported(cursor)
    raise cursor.failure()


def _explain(cursor: Cursor, tokens: list[Token], depth: int) -> Planner:
    position = cursor.position()
    chosen = explain.options(cursor)
    if not chosen.translate and cursor.peek() not in _PREPARABLE:
        raise cursor.failure()
    inner = _rest(cursor, tokens, depth)
    return lambda planning: explain.plan(chosen, inner.planner(planning), position)


def _prepare(cursor: Cursor, tokens: list[Token], depth: int) -> tuple[Planner, actions.Action]:
    cursor.expect("PREPARE")
    name = cursor.name()
    types: list[str] = []
    if cursor.accept("("):
        while True:
            begin, end = cursor.balanced(",")
            if begin == end:
                raise cursor.failure()
            types.append(cursor.source(begin, end))
            if not cursor.accept(","):
                break
        cursor.expect(")")
    cursor.expect("AS")
    if cursor.peek() not in _PREPARABLE:
        raise cursor.failure()
    inner = _rest(cursor, tokens, depth)
    action = actions.Prepare(name, tuple(types), inner.text)
    return _always(Plan("PREPARE", action=action, transaction=Transaction.NONE)), action


def _rest(cursor: Cursor, tokens: list[Token], depth: int) -> Statement:
    """The statement that the rest of the lexemes makes."""
    first: Lexeme | None = cursor.next
    if first is None:
        raise cursor.failure()
    return _statement([token for token in tokens if token.start >= first.start], cursor.text, cursor.end, depth + 1)


def _always(plan: Plan) -> Callable[[Planning], Plan]:
    return lambda planning: plan
