"""Names, calls, and the functions with a syntax of their own (func_expr in PostgreSQL's grammar; manual 4.2).

A call is ``exp.Anonymous(this=name, expressions=[…])`` with these further arguments where written: `schema` (str),
`star` (``f(*)``), `distinct`, `order` (``exp.Order``), `filter` (a condition), `within_group` (``exp.Order``),
`variadic`. The special forms become calls of PostgreSQL's own functions, as in PostgreSQL: ``EXTRACT(f FROM x)`` is
``extract('f', x)``, ``x AT TIME ZONE z`` is ``timezone(z, x)``. What has no function is a node: ``exp.Coalesce``,
``exp.Nullif``, ``exp.Greatest``, ``exp.Least``, and ``exp.Anonymous`` with `value` set for CURRENT_DATE and its
kin.
"""

from __future__ import annotations

from typing import Final

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from pgiris.sql.postgres_grammar import START
from pgiris.sql.postgres_keywords import COLUMN_NAME, RESERVED, TYPE_FUNCTION
from pgiris.sql.postgres_types import Types

VALUE_FUNCTIONS: Final = frozenset(
    """
    CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP LOCALTIME LOCALTIMESTAMP CURRENT_ROLE CURRENT_USER SESSION_USER USER
    CURRENT_CATALOG CURRENT_SCHEMA
    """.split()  # noqa: SIM905
)
"""SQLValueFunction: called without parentheses."""

_WITH_PRECISION: Final = frozenset({"CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP"})
_NODES: Final[dict[str, type[exp.Func]]] = {
    "COALESCE": exp.Coalesce,
    "GREATEST": exp.Greatest,
    "LEAST": exp.Least,
}
_SYNTAX: Final = frozenset(
    {"COALESCE", "GREATEST", "LEAST", "NULLIF", "EXTRACT", "POSITION", "SUBSTRING", "OVERLAY", "TRIM"}
)
_TRIMS: Final = {"": "btrim", "BOTH": "btrim", "LEADING": "ltrim", "TRAILING": "rtrim"}
_FRAME: Final = frozenset({"ROWS", "RANGE", "GROUPS"})


class Functions(Types):
    __slots__ = ()

    # provided by the other parts of the parser

    def expression(self, lowest: int = 1) -> exp.Expr:
        raise AssertionError

    def restricted(self) -> exp.Expr:
        raise AssertionError

    def expressions(self) -> list[exp.Expr]:
        raise AssertionError

    def is_query(self, ahead: int = 0) -> bool:
        raise AssertionError

    def query(self) -> exp.Expr:
        raise AssertionError

    def order(self) -> exp.Order:
        raise AssertionError

    # -- names

    def name_expression(self, start: int) -> exp.Expr:
        """columnref, a function call, or ``type 'literal'``."""
        kind, word = self.kind(), self.word
        if kind is not TokenType.IDENTIFIER and (kind is not TokenType.VAR or word in RESERVED):
            raise self.failure()
        parts = [self.label()]
        while self.kind() is TokenType.DOT:
            self.at += 1
            if self.word == "*":
                at = self.start()
                self.at += 1
                return self.star_of(parts, start, at)
            parts.append(self.label())
        if self.word == "(" and not (len(parts) == 1 and word in COLUMN_NAME):
            return self.call_syntax(parts, start)
        if self.kind() is TokenType.STRING and word not in COLUMN_NAME:
            return self.named_literal(parts, start)
        if len(parts) == 1 and kind is TokenType.VAR and word in TYPE_FUNCTION:
            raise self.failure()
        return self.column(parts, start)

    def column(self, parts: list[exp.Identifier], start: int) -> exp.Column:
        if len(parts) > 3:
            raise self.unsupported(f'cross-database reference "{".".join(p.name for p in parts)}"', start)
        names = [*([None] * (3 - len(parts))), *parts]
        node = exp.Column(this=names[2], table=names[1], db=names[0])
        return self.mark(node, start)

    def star_of(self, parts: list[exp.Identifier], start: int, at: int) -> exp.Column:
        if len(parts) > 2:
            raise self.unsupported(f'cross-database reference "{".".join(p.name for p in parts)}"', start)
        star = self.mark(exp.Star(), at)
        node = exp.Column(this=star, table=parts[-1], db=parts[0] if len(parts) == 2 else None)
        return self.mark(node, start)

    def named_literal(self, parts: list[exp.Identifier], start: int) -> exp.Expr:
        raise AssertionError

    # -- calls

    def call(self, name: str, arguments: list[exp.Expr], start: int, **more: object) -> exp.Anonymous:
        return self.mark(exp.Anonymous(this=name, expressions=arguments, **more), start)

    def call_syntax(self, parts: list[exp.Identifier], start: int) -> exp.Expr:
        if len(parts) > 2:
            raise self.unsupported(f'cross-database reference "{".".join(p.name for p in parts)}"', start)
        node = self.call(parts[-1].name, [], start)
        if len(parts) == 2:
            node.set("schema", parts[0].name)
        self.at += 1
        self.arguments(node)
        return self.after_call(node)

    def arguments(self, node: exp.Anonymous) -> None:
        """What stands in the parentheses; the opening one is read."""
        if self.word == "*" and self.words[self.at + 1] == ")":
            self.at += 2
            node.set("star", True)
            return
        if self.accept(")"):
            return
        if self.accept("DISTINCT"):
            node.set("distinct", True)
        else:
            self.accept("ALL")
        found: list[exp.Expr] = []
        while True:
            if self.accept("VARIADIC"):
                raise self.unsupported("VARIADIC")
            if self.is_name() and self.words[self.at + 1] in ("=>", ":="):
                raise self.unsupported("named function argument")
            found.append(self.expression())
            if not self.accept(","):
                break
        node.set("expressions", found)
        if self.word == "ORDER":
            node.set("order", self.order())
        self.expect(")")

    def after_call(self, node: exp.Anonymous) -> exp.Expr:
        """WITHIN GROUP, FILTER and OVER."""
        if self.accept("WITHIN", "GROUP"):
            self.expect("(")
            node.set("within_group", self.order())
            self.expect(")")
        if self.word == "FILTER" and self.words[self.at + 1] == "(":
            self.at += 2
            self.expect("WHERE")
            node.set("filter", self.expression())
            self.expect(")")
        if self.word == "OVER" and (self.words[self.at + 1] == "(" or self.is_name(1)):
            return self.window(node)
        return node

    def window(self, node: exp.Anonymous) -> exp.Window:
        self.at += 1
        start = int(node.meta[START])
        if self.word != "(":
            return self.mark(exp.Window(this=node, alias=self.name()), start)
        window = self.window_definition()
        window.set("this", node)
        return self.mark(window, start)

    def window_definition(self) -> exp.Window:
        """``([name] [PARTITION BY …] [ORDER BY …] [frame])``; `this` is set by the caller."""
        self.expect("(")
        window = exp.Window(this=None)
        if self.is_name() and self.word not in ("PARTITION", *_FRAME):
            window.set("alias", self.name())
        if self.accept("PARTITION", "BY"):
            window.set("partition_by", self.expressions())
        if self.word == "ORDER":
            window.set("order", self.order())
        if self.word in _FRAME:
            window.set("spec", self.frame())
        self.expect(")")
        return window

    def frame(self) -> exp.WindowSpec:
        start = self.start()
        kind = self.accept_any(*_FRAME)
        spec = exp.WindowSpec(kind=kind)
        if self.accept("BETWEEN"):
            first = self.bound()
            self.expect("AND")
            second = self.bound()
            spec.set("end", second[0])
            spec.set("end_side", second[1])
        else:
            first = self.bound()
        spec.set("start", first[0])
        spec.set("start_side", first[1])
        if self.accept("EXCLUDE"):
            if self.accept("NO", "OTHERS"):
                return self.mark(spec, start)
            raise self.unsupported("EXCLUDE in a window frame")
        return self.mark(spec, start)

    def bound(self) -> tuple[exp.Expr | str, str | None]:
        if self.accept("CURRENT", "ROW"):
            return "CURRENT ROW", None
        value: exp.Expr | str = "UNBOUNDED" if self.accept("UNBOUNDED") else self.expression()
        side = self.accept_any("PRECEDING", "FOLLOWING")
        if not side:
            raise self.failure()
        return value, side

    # -- functions with a syntax of their own

    def special_function(self, word: str, start: int) -> exp.Expr | None:
        if word in VALUE_FUNCTIONS:
            return self.value_function(word, start)
        if word not in _SYNTAX or self.words[self.at + 1] != "(":
            return None
        self.at += 2
        if word in _NODES:
            items = self.expressions()
            self.expect(")")
            return self.mark(_NODES[word](this=items[0], expressions=items[1:]), start)
        if word == "NULLIF":
            left = self.expression()
            self.expect(",")
            right = self.expression()
            self.expect(")")
            return self.mark(exp.Nullif(this=left, expression=right), start)
        if word == "EXTRACT":
            return self.extract(start)
        if word == "POSITION":
            needle = self.restricted()
            self.expect("IN")
            node = self.call("position", [self.restricted(), needle], start)
        elif word == "TRIM":
            return self.trim(start)
        else:
            node = self.substring(start) if word == "SUBSTRING" else self.overlay(start)
        self.expect(")")
        return self.after_call(node)

    def value_function(self, word: str, start: int) -> exp.Expr | None:
        if word == "CURRENT_SCHEMA" and self.words[self.at + 1] == "(":
            return None
        self.at += 1
        arguments: list[exp.Expr] = []
        if word in _WITH_PRECISION and self.accept("("):
            if self.kind() is not TokenType.NUMBER:
                raise self.failure()
            arguments.append(exp.Literal(this=self.tokens[self.at].text, is_string=False))
            self.at += 1
            self.expect(")")
        return self.call(word.lower(), arguments, start, value=True)

    def extract(self, start: int) -> exp.Expr:
        at = self.start()
        token = self.tokens[self.at] if not self.done() else None
        if token is not None and token.token_type is TokenType.STRING:
            field = token.text
            self.at += 1
        else:
            field = self.label().name
        self.expect("FROM")
        part = self.mark(exp.Literal(this=field, is_string=True), at)
        node = self.call("extract", [part, self.expression()], start)
        self.expect(")")
        return node

    def trim(self, start: int) -> exp.Expr:
        where = self.accept_any("BOTH", "LEADING", "TRAILING")
        items: list[exp.Expr]
        if self.accept("FROM"):
            items = self.expressions()
        else:
            items = [self.expression()]
            if self.accept("FROM"):
                items = [*self.expressions(), items[0]]
            elif self.accept(","):
                items += self.expressions()
        self.expect(")")
        return self.call(_TRIMS[where], items, start)

    def substring(self, start: int) -> exp.Anonymous:
        items = [self.expression()]
        if self.accept("FROM"):
            items.append(self.expression())
            if self.accept("FOR"):
                items.append(self.expression())
        elif self.accept("FOR"):
            length = self.expression()
            begin = self.expression() if self.accept("FROM") else exp.Literal(this="1", is_string=False)
            items += [begin, length]
        elif self.word == "SIMILAR":
            raise self.unsupported("SUBSTRING … SIMILAR")
        else:
            while self.accept(","):
                items.append(self.expression())
        return self.call("substring", items, start)

    def overlay(self, start: int) -> exp.Anonymous:
        items = [self.expression()]
        if self.accept("PLACING"):
            items.append(self.expression())
            self.expect("FROM")
            items.append(self.expression())
            if self.accept("FOR"):
                items.append(self.expression())
        else:
            while self.accept(","):
                items.append(self.expression())
        return self.call("overlay", items, start)
