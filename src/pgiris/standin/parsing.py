"""The strict parser as the stand-in uses it: parameters are numbered, and parts that are stored keep their text."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from sqlglot import exp

from pgiris.sql.iris.cursor import KnowsFunction
from pgiris.sql.iris.parser import Parser


class Reader(Parser):
    """Parses one statement; every ``?`` gets its number in the order of the text (argument ``position``)."""

    def __init__(
        self,
        sql: str,
        knows_function: KnowsFunction | None = None,
        look_up: Callable[[exp.Table], object] | None = None,
    ) -> None:
        super().__init__(sql, knows_function)
        self.look_up = look_up
        self.sql = sql
        self.placeholders: list[tuple[int, exp.Placeholder]] = []

    def parse(self) -> exp.Expr:
        node = super().parse()
        for number, (_, placeholder) in enumerate(sorted(self.placeholders, key=lambda p: p[0]), 1):
            placeholder.set("position", number)
        return node

    def term(self) -> exp.Expr:
        start = self.token.start
        node = super().term()
        if (
            isinstance(node, exp.Placeholder)
            and not node.this
            and not any(p is node for _, p in self.placeholders[-1:])
        ):
            self.placeholders.append((start, node))
        return node

    def written(self, node: Any, start: int) -> Any:
        """`node`, with its text from `start` kept in its meta data."""
        node.meta["source"] = self.sql[start : self._tokens[self._index - 1].end]
        return node

    def default_value(self) -> exp.Expr:
        start = self.token.start
        return self.written(super().default_value(), start)  # type: ignore[no-any-return]

    def select_statement(self, place: Any, *, first: exp.Subquery | None = None) -> Any:
        start = self.token.start
        node = super().select_statement(place, first=first)
        return self.written(node, start) if first is None else node

    def trigger_condition(self) -> exp.Expr:
        start = self.token.start
        return self.written(super().trigger_condition(), start)  # type: ignore[no-any-return]

    def inserting(self, table: exp.Table) -> None:
        if self.look_up is not None and not self._in_body:
            self.look_up(table)

    def body_statement(self) -> exp.Expr:
        start = self.token.start
        return self.written(super().body_statement(), start)  # type: ignore[no-any-return]


def parse(
    sql: str, knows_function: KnowsFunction | None = None, look_up: Callable[[exp.Table], object] | None = None
) -> exp.Expr:
    """Parse one statement; `look_up` gets the table of an INSERT as soon as it is read, and raises -30 for an unknown
    one. Errors as in ``pgiris.sql.iris.parse``."""
    from pgiris.errors import IrisError

    try:
        return Reader(sql, knows_function, look_up).parse()
    except RecursionError:
        raise IrisError(-400, "Fatal error occurred <FRAMESTACK> statement is nested too deeply") from None


@lru_cache(maxsize=1024)
def parse_cached(sql: str) -> exp.Expr:
    """The tree of a stored text (a view's query, a default); not to be changed."""
    return parse(sql, lambda schema, name: True)


def source(node: exp.Expr) -> str:
    """The text that a node was read from."""
    return str(node.meta.get("source", ""))
