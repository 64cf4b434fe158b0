"""Terms: literals, columns, functions, aggregates, windows, CASE and ODBC escapes (document keys RSQL_*)."""

from __future__ import annotations

from abc import abstractmethod
from typing import Final, NoReturn

from sqlglot import exp

from pgiris.sql.iris import nodes
from pgiris.sql.iris.datatypes import VECTOR_ELEMENTS
from pgiris.sql.iris.functions import (
    AGGREGATES,
    DATE_PART_FUNCTIONS,
    DATE_PARTS,
    ODBC_INTERVALS,
    PREFIX,
    SCALAR,
    SYSTEM,
    WINDOW,
    WINDOWED_AGGREGATES,
    Function,
)
from pgiris.sql.iris.lexer import Kind, Token
from pgiris.sql.iris.typenames import TypeNames
from pgiris.sql.iris.words import PSEUDO_COLUMNS, RESERVED

_ELEMENT_NAMES: Final = frozenset({"%KEY", "%VALUE"})
_ESCAPES: Final = frozenset({"D", "T", "TS"})
NO_ALIAS: Final = frozenset({"LIMIT", "OFFSET", "ORDER"})
"""Words that start a clause although they are not reserved, so that a name without AS is not one of them."""


class Calls(TypeNames):
    """Everything that is one term of an expression."""

    # -- what expressions and queries give

    @abstractmethod
    def scalar(self, left: exp.Expr | None = None) -> exp.Expr:
        """A value."""

    @abstractmethod
    def condition(self, first: exp.Expr | None = None) -> exp.Expr:
        """A truth value."""

    @abstractmethod
    def parenthesised_scalar(self) -> exp.Expr:
        """``( … )`` where only a value can stand."""

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
            self.fail(-28, f"host variable name must begin with either % or a letter, not '{self.token.text[:1]}'")
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

    def _arguments(self) -> list[exp.Expr]:
        self.enter()
        self.expect("(")
        arguments = [] if self.at(")") else self.scalars()
        self.expect(")")
        self.leave()
        return arguments

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

    # -- aggregates and windows

    def _aggregate(self) -> exp.Expr:
        word = self.advance().word
        self.enter()
        self.expect("(")
        args: dict[str, object] = {}
        if self.accept("DISTINCT"):
            args["distinct"] = True
            if self.accept("BY"):
                args["by"] = self._in_parentheses()
        else:
            self.accept("ALL")
        argument: exp.Expr
        if word == "COUNT" and not args and self.accept("*"):
            argument = exp.Star()
        else:
            argument = self.scalar()
        if self.accept("%FOREACH"):
            args["foreach"] = self._in_parentheses()
        if self.accept("%AFTERHAVING"):
            args["afterhaving"] = True
        if word == "JSON_ARRAYAGG":
            args.update(self._on_null())
        self.expect(")")
        self.leave()
        node = nodes.aggregate(word, argument, **args)
        if word in WINDOWED_AGGREGATES and self.at_words("OVER", "("):
            return self._over(node)
        return node

    def _in_parentheses(self) -> list[exp.Expr]:
        self.expect("(")
        values = self.scalars()
        self.expect(")")
        return values

    def _window_function(self) -> exp.Expr:
        word = self.advance().word
        node = self._finish_call(word, WINDOW[word], self._arguments())
        if not self.at("OVER"):
            self.fail_expected("OVER")
        return self._over(node)

    def _over(self, function: exp.Expr) -> exp.Expr:
        self.expect("OVER", "(")
        self.enter()
        window = exp.Window(this=function)
        if self.accept("PARTITION", "BY"):
            window.set("partition_by", self.scalars())
        if self.at_words("ORDER", "BY"):
            window.set("order", self.order_by())
        if self.accept("ROWS"):
            window.set("spec", self._frame())
        self.leave()
        self.expect(")")
        return window

    def _frame(self) -> exp.Expr:
        if self.accept("BETWEEN"):
            start, start_side = self._bound()
            self.expect("AND")
            end, end_side = self._bound()
        else:
            start, start_side = self._bound()
            end, end_side = "CURRENT ROW", None
        return exp.WindowSpec(kind="ROWS", start=start, start_side=start_side, end=end, end_side=end_side)

    def _bound(self) -> tuple[str | exp.Expr, str | None]:
        if self.accept("CURRENT", "ROW"):
            return "CURRENT ROW", None
        bound: str | exp.Expr
        if self.accept("UNBOUNDED"):
            bound = "UNBOUNDED"
        elif self.at("?", ":"):
            bound = self.term()
        else:
            bound = self.integer()
        return bound, self.expect_any(frozenset({"PRECEDING", "FOLLOWING"}))

    def order_by(self) -> exp.Order:
        """``ORDER BY item [ASC | DESC], …``."""
        self.expect("ORDER", "BY")
        items: list[exp.Expr] = []
        while True:
            item = self.scalar()
            descending = self.accept("DESC")
            if not descending:
                self.accept("ASC")
            items.append(exp.Ordered(this=item, desc=descending))
            if not self.accept(","):
                return exp.Order(expressions=items)


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
