"""Terms: literals, columns, CASE, ODBC escapes, and which function a word calls (document keys RSQL_*)."""

from __future__ import annotations

from abc import abstractmethod
from typing import Final, NoReturn

from sqlglot import exp

from pgiris.sql.iris import nodes
from pgiris.sql.iris.aggregates import Aggregates
from pgiris.sql.iris.functions import AGGREGATES, PREFIX, SCALAR, SYSTEM, WINDOW
from pgiris.sql.iris.lexer import Kind, Token
from pgiris.sql.iris.words import PSEUDO_COLUMNS, RESERVED

_ELEMENT_NAMES: Final = frozenset({"%KEY", "%VALUE"})
_ESCAPES: Final = frozenset({"D", "T", "TS"})


class Calls(Aggregates):
    """Everything that is one term of an expression."""

    @abstractmethod
    def parenthesised_scalar(self) -> exp.Expr:
        """``( … )`` where only a value can stand."""

    # -- terms

    def term(self) -> exp.Expr:
        """One operand; anything else is -12."""
        token = self.token
        kind = token.kind
        if kind is Kind.NAME:
            return self._word(token)
        if kind is Kind.NUMBER:
            return self.number()
        if kind is Kind.STRING:
            return self.string()
        if kind is Kind.QUOTED:
            return self._named()
        if token.word == "(":
            return self.parenthesised_scalar()
        if token.word == "?":
            self.advance()
            return exp.Placeholder()
        if token.word == ":":
            return self.host_variable()
        if token.word == "{":
            return self._escape()
        self._no_term()

    def _no_term(self) -> NoReturn:
        self.fail(-12, f"a term expected, beginning with an identifier, constant or sign, {self.found()} found")

    def host_variable(self) -> exp.Placeholder:
        """``:name``."""
        colon = self.advance()
        if self.token.kind is not Kind.NAME or self.token.start != colon.end or self.token.text[0] in "$_":
            self.fail(-28, f"Host variable name must begin with either % or a letter, not '{self.token.text[:1]}'")
        return exp.Placeholder(this=self.advance().text)

    def _word(self, token: Token) -> exp.Expr:
        word = token.word
        if word == "NULL":
            self.advance()
            return exp.Null()
        if word == "CASE":
            return self._case()
        called = self.peek().word == "("
        if called and word in AGGREGATES:
            return self._aggregate()
        if called and word in WINDOW:
            return self._window_function()
        function = SCALAR.get(word)
        if function is not None:
            if called and function.bare:
                return self._call(function)
            if not called and function.naked and (word in RESERVED or word[0] == "$"):
                self.advance()
                return nodes.function(word, bare=True)
            if word in PREFIX and not called:
                self.advance()
                return nodes.function(word, self._prefixed())
        if word[0] == "$":
            self._extrinsic(word)
        if word in PSEUDO_COLUMNS or word in _ELEMENT_NAMES:
            self.advance()
            return self._arrows(exp.Pseudocolumn(this=exp.Identifier(this=word, quoted=False)))
        if not self.at_identifier():
            if word == "EXISTS":
                self.fail(-11, "a scalar expression is expected, not a condition")
            self._no_term()
        return self._named()

    def _prefixed(self) -> exp.Expr:
        self.enter()
        node = self.term()
        self.leave()
        return node

    def _extrinsic(self, word: str) -> None:
        if word.startswith("$$"):
            if len(word) == 2 or self.peek().word != "(":
                self.fail(-41, "malformed extrinsic function call")
            self.fail(-372, "calls of extrinsic functions are disabled")
        self._no_term()

    # -- names

    def _named(self) -> exp.Expr:
        """A column, or the call of a function that somebody created."""
        parts = [self.identifier()]
        pseudo = False
        while self.accept(".") and not pseudo:
            if self.token.word in PSEUDO_COLUMNS or self.token.word in _ELEMENT_NAMES:
                parts.append(exp.Identifier(this=self.advance().word, quoted=False))
                pseudo = True
            elif self.at("*"):
                self.fail(-12, "a term expected, * found")
            else:
                parts.append(self.member())
        if self.at("(") and not pseudo:
            return self._user_call(parts)
        if len(parts) > 3:
            self.fail(-1, f"a name of {len(parts)} parts is not allowed")
        names = dict(zip(("this", "table", "db"), reversed(parts)))
        column = exp.Pseudocolumn(**names) if pseudo else exp.Column(**names)
        return self._arrows(column)

    def _arrows(self, node: exp.Expr) -> exp.Expr:
        length = 0
        while self.accept("->"):
            length += 1
            if length > 20:
                self.fail(-400, "too many -> in one name")
            node = exp.Dot(this=node, expression=self.member())
        return node

    def _user_call(self, parts: list[exp.Identifier]) -> exp.Expr:
        name = parts[-1]
        schema = parts[-2] if len(parts) > 1 else None
        if len(parts) > 2:
            self.fail(-1, f"a name of {len(parts)} parts is not allowed")
        system = f"{schema.name if schema else ''}.{name.name}".upper()
        if system in SYSTEM:
            return self._finish_call(system, SYSTEM[system], self._arguments())
        known = self.knows_function
        schema_name = schema.name if schema else None
        if (known is None and schema is None) or (known is not None and not known(schema_name, name.name)):
            shown = f"{schema_name or 'SQLUSER'}.{name.name}".upper()
            self.fail(-359, f"User defined SQL function '{shown}' does not exist")
        return nodes.user_function(name, schema, self._arguments())

    # -- CASE

    def _case(self) -> exp.Expr:
        self.enter()
        self.expect("CASE")
        operand = None if self.at("WHEN") else self.scalar()
        branches: list[exp.Expr] = []
        while self.accept("WHEN"):
            when = self.condition() if operand is None else self.scalar()
            self.expect("THEN")
            branches.append(exp.If(this=when, true=self.scalar()))
        if not branches:
            self.fail_expected("WHEN")
        default = self.scalar() if self.accept("ELSE") else None
        self.expect("END")
        self.leave()
        return exp.Case(this=operand, ifs=branches, default=default)

    # -- ODBC escapes

    def _escape(self) -> exp.Expr:
        self.expect("{")
        word = self.token.word
        node: exp.Expr
        if word in _ESCAPES:
            self.advance()
            node = nodes.function("{" + word + "}", self.string())
        elif word == "FN":
            self.advance()
            node = self._escaped_call()
        else:
            self.fail(-40, f"unsupported ODBC escape extension, {self.found()} found")
        self.expect("}")
        return node

    def _escaped_call(self) -> exp.Expr:
        word = self.token.word
        function = SCALAR.get(word)
        if function is None or not function.odbc:
            self.fail(-40, f"unsupported ODBC escape extension: {self.token.text[:40]}")
        if self.peek().word == "(":
            node = self._call(function, odbc=True)
            node.set("odbc", True)
            return node
        if not function.naked:
            self.fail(-380, f"function {word} needs arguments")
        self.advance()
        return nodes.function(word, odbc=True)
