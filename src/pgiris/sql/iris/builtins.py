"""Built-in functions, those with a grammar of their own included (document keys RSQL_<name>)."""

from __future__ import annotations

from abc import abstractmethod
from typing import Final

from sqlglot import exp

from pgiris.sql.iris import nodes
from pgiris.sql.iris.datatypes import VECTOR_ELEMENTS
from pgiris.sql.iris.functions import DATE_PART_FUNCTIONS, DATE_PARTS, ODBC_INTERVALS, SCALAR, Function
from pgiris.sql.iris.lexer import Kind
from pgiris.sql.iris.typenames import TypeNames
from pgiris.sql.iris.words import NO_ALIAS


class Builtins(TypeNames):
    """Calls of built-in functions, and the pieces that all expressions share."""

    # -- what expressions and queries give

    @abstractmethod
    def scalar(self, left: exp.Expr | None = None) -> exp.Expr:
        """A value."""

    @abstractmethod
    def condition(self, first: exp.Expr | None = None) -> exp.Expr:
        """A truth value."""

    @abstractmethod
    def query(self, *, first: exp.Subquery | None = None) -> exp.Query:
        """A query in parentheses, from its first word to before the closing parenthesis."""

    @abstractmethod
    def check_width(self, query: exp.Expr, columns: int) -> None:
        """Refuse a subquery that does not have so many columns (-10)."""

    # -- pieces

    def scalars(self) -> list[exp.Expr]:
        """One or more values."""
        values = [self.scalar()]
        while self.accept(","):
            values.append(self.scalar())
        return values

    def subquery(self, *, columns: int = 0) -> exp.Subquery:
        """``(query)``; `columns` is how many it must have, 0 for any."""
        self.enter()
        self.expect("(")
        if self.at("("):
            inner = self.subquery()
            node = self.query(first=inner) if not self.at(")") else inner.this
        else:
            node = self.query()
        self.expect(")")
        self.leave()
        if columns:
            self.check_width(node, columns)
        return exp.Subquery(this=node)

    def alias(self) -> exp.Identifier | None:
        """``AS name`` or ``name``; nothing when a clause follows."""
        if self.accept("AS"):
            return self.identifier()
        if self.at_identifier() and self.token.word not in NO_ALIAS:
            return self.identifier()
        return None

    def _arguments(self) -> list[exp.Expr]:
        self.enter()
        self.expect("(")
        arguments = [] if self.at(")") else self.scalars()
        self.expect(")")
        self.leave()
        return arguments

    # -- built-in functions

    def _call(self, function: Function, *, odbc: bool = False) -> exp.Expr:
        word = self.advance().word
        self.enter()
        self.expect("(")
        special = getattr(self, f"_call_{_METHODS[word]}", None) if word in _METHODS else None
        arguments: list[exp.Expr]
        if special is not None:
            node: exp.Expr = special(word, odbc)
            self.expect(")")
            self.leave()
            return node
        arguments = [] if self.at(")") else self.scalars()
        self.expect(")")
        self.leave()
        return self._finish_call(word, function, arguments)

    def _finish_call(self, word: str, function: Function, arguments: list[exp.Expr], **args: object) -> exp.Expr:
        if len(arguments) < function.least:
            self.fail(-380, f"missing argument of function {word}")
        if len(arguments) > function.most:
            self.fail(-381, f"too many arguments of function {word}")
        return exp.Anonymous(this=word, expressions=arguments, **args)

    def _call_cast(self, word: str, odbc: bool) -> exp.Expr:
        value = self.scalar()
        self.expect("AS")
        return exp.Cast(this=value, to=self.cast_type())

    def _call_convert(self, word: str, odbc: bool) -> exp.Expr:
        if odbc:
            value = self.scalar()
            self.expect(",")
            return nodes.function(word, value, self.odbc_type())
        arguments: list[exp.Expr] = [self.cast_type()]
        self.expect(",")
        arguments += self.scalars()
        return self._finish_call(word, SCALAR[word], arguments)

    def _call_substring(self, word: str, odbc: bool) -> exp.Expr:
        arguments = [self.scalar()]
        if self.accept("FROM"):
            arguments.append(self.scalar())
            if self.accept("FOR"):
                arguments.append(self.scalar())
        elif self.accept(","):
            arguments += self.scalars()
        return self._finish_call(word, SCALAR[word], arguments)

    def _call_position(self, word: str, odbc: bool) -> exp.Expr:
        sought = self.scalar()
        self.expect("IN")
        return nodes.function(word, sought, self.scalar())

    def _call_trim(self, word: str, odbc: bool) -> exp.Expr:
        position = self.accept_any(frozenset({"LEADING", "TRAILING", "BOTH"}))
        if position and self.accept("FROM"):
            return nodes.function(word, self.scalar(), position=position)
        if self.at("FROM"):
            self.fail(-75, "TRIM needs a specification or characters before FROM")
        first = self.scalar()
        if self.accept("FROM"):
            return nodes.function(word, self.scalar(), first, position=position)
        if position:
            self.fail_expected("FROM")
        return nodes.function(word, first)

    def _call_date_part(self, word: str, odbc: bool) -> exp.Expr:
        arguments: list[exp.Expr] = [self._date_part()]
        while self.accept(","):
            arguments.append(self.scalar())
        return self._finish_call(word, SCALAR[word], arguments)

    def _date_part(self) -> exp.Expr:
        token = self.token
        if token.kind is Kind.NAME and self.peek().word == ",":
            if token.word not in DATE_PARTS:
                self.fail(-8, f"unknown date part {token.text[:40]}")
            return exp.Var(this=self.advance().word)
        if token.kind is Kind.STRING and token.text.upper() not in DATE_PARTS:
            self.fail(-8, f"unknown date part '{token.text[:40]}'")
        return self.scalar()

    def _call_interval(self, word: str, odbc: bool) -> exp.Expr:
        arguments: list[exp.Expr] = [exp.Var(this=self.expect_any(ODBC_INTERVALS))]
        while self.accept(","):
            arguments.append(self.scalar())
        return self._finish_call(word, SCALAR[word], arguments)

    def _call_now(self, word: str, odbc: bool) -> exp.Expr:
        arguments: list[exp.Expr] = [] if self.at(")") else [self.scalar()]
        return self._finish_call(word, SCALAR[word], arguments)

    def _call_vector(self, word: str, odbc: bool) -> exp.Expr:
        arguments = [self.scalar()]
        if self.accept(","):
            element = VECTOR_ELEMENTS.get(self.token.word)
            if element is None:
                self.fail_expected(")")
            self.advance()
            arguments.append(exp.Var(this=element))
            if self.accept(","):
                arguments.append(self.scalar())
        return nodes.function(word, *arguments)

    def _call_json_object(self, word: str, odbc: bool) -> exp.Expr:
        pairs: list[exp.Expr] = []
        while not self.at(")", "ABSENT") and not self.at_words("NULL", "ON"):
            key = self.scalar()
            self.expect(":")
            pairs.append(exp.JSONKeyValue(this=key, expression=self.scalar()))
            if not self.accept(","):
                break
        return exp.Anonymous(this=word, expressions=pairs, **self._on_null())

    def _call_json_array(self, word: str, odbc: bool) -> exp.Expr:
        values: list[exp.Expr] = []
        while not self.at(")", "ABSENT") and not self.at_words("NULL", "ON"):
            values.append(self.scalar())
            if not self.accept(","):
                break
        return exp.Anonymous(this=word, expressions=values, **self._on_null())

    def _on_null(self) -> dict[str, object]:
        if self.accept("ABSENT", "ON", "NULL"):
            return {"absent": True}
        self.accept("NULL", "ON", "NULL")
        return {}

    def _call_xml_element(self, word: str, odbc: bool) -> exp.Expr:
        if self.at("NAME") and self.peek().kind in (Kind.NAME, Kind.QUOTED):
            self.advance()
        parts: list[exp.Expr] = [self.identifier()]
        while self.accept(","):
            if self.at_words("XMLATTRIBUTES", "("):
                self.accept("XMLATTRIBUTES", "(")
                parts.append(nodes.function("XMLATTRIBUTES", *self._aliased_values()))
                self.expect(")")
            else:
                parts.append(self.scalar())
        return nodes.function(word, *parts)

    def _call_xml_forest(self, word: str, odbc: bool) -> exp.Expr:
        return nodes.function(word, *self._aliased_values())

    def _aliased_values(self) -> list[exp.Expr]:
        values: list[exp.Expr] = []
        while True:
            value = self.scalar()
            values.append(exp.Alias(this=value, alias=self.identifier()) if self.accept("AS") else value)
            if not self.accept(","):
                return values

    def _call_list(self, word: str, odbc: bool) -> exp.Expr:
        elements: list[exp.Expr] = []
        while True:
            omitted = self.at(",", ")")
            if not (omitted and self.at(")") and not elements):
                elements.append(exp.Var(this="") if omitted else self.scalar())
            if not self.accept(","):
                return nodes.function("$LISTBUILD", *elements)

    def _call_model(self, word: str, odbc: bool) -> exp.Expr:
        name = self.table_name()
        use = self.identifier() if self.accept("USE") else None
        label = self.scalar() if word == "PROBABILITY" and self.accept("FOR") else None
        values: list[exp.Expr] | None = None
        if self.accept("WITH"):
            self.expect("(")
            values = self.scalars()
            self.expect(")")
        return exp.Anonymous(this=word, expressions=[name], use=use, label=label, values=values)


_METHODS: Final[dict[str, str]] = {
    "CAST": "cast",
    "CONVERT": "convert",
    "SUBSTRING": "substring",
    "POSITION": "position",
    "TRIM": "trim",
    "TIMESTAMPADD": "interval",
    "TIMESTAMPDIFF": "interval",
    "CURRENT_TIME": "now",
    "CURRENT_TIMESTAMP": "now",
    "TO_VECTOR": "vector",
    "JSON_OBJECT": "json_object",
    "JSON_ARRAY": "json_array",
    "XMLELEMENT": "xml_element",
    "XMLFOREST": "xml_forest",
    "$LISTBUILD": "list",
    "$LB": "list",
    "PREDICT": "model",
    "PROBABILITY": "model",
    **dict.fromkeys(DATE_PART_FUNCTIONS, "date_part"),
}
"""Functions whose arguments have a grammar of their own, and the method that reads it."""
