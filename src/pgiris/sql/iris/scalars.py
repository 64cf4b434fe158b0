"""Scalars and conditions: the grammar of IRIS SQL expressions (document keys GSQL_langelements, RSQL_predicates).

Scalars and conditions are different things in IRIS: there is no boolean value. Nothing is tried twice, so the time is
linear.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Final

from sqlglot import exp

from pgiris.sql.iris import nodes
from pgiris.sql.iris.calls import Calls
from pgiris.sql.iris.lexer import Kind
from pgiris.sql.iris.words import INFIX_PREDICATES

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_CHAIN: Final = 250
"""Operands of one chain of arithmetic or concatenation; the tree is as deep as the chain is long."""

_SUM: Final[dict[str, type[exp.Expr]]] = {"+": exp.Add, "-": exp.Sub, "||": exp.DPipe, "_": exp.DPipe}
_PRODUCT: Final[dict[str, type[exp.Expr]]] = {"*": exp.Mul, "/": exp.Div, "\\": exp.IntDiv, "#": exp.Mod}
_COMPARISON: Final[dict[str, type[exp.Expr]]] = {
    "=": exp.EQ,
    "<>": exp.NEQ,
    "!=": exp.NEQ,
    "<": exp.LT,
    "<=": exp.LTE,
    ">": exp.GT,
    ">=": exp.GTE,
}
_SET_OPERATORS: Final = ("UNION", "EXCEPT", "INTERSECT")
_PREDICATE_STARTS: Final = frozenset(_COMPARISON) | INFIX_PREDICATES | {"[", "]", "BETWEEN", "IN", "IS", "LIKE", "NOT"}
_JSON_KINDS: Final = frozenset({"VALUE", "SCALAR", "ARRAY", "OBJECT"})


def connect(connector: type[exp.Expr], operands: Sequence[exp.Expr]) -> exp.Expr:
    """The operands joined by AND or OR: left to right when they are few, as a balanced tree when they are many."""
    if len(operands) <= 16:
        node = operands[0]
        for operand in operands[1:]:
            node = connector(this=node, expression=operand)
        return node
    middle = len(operands) // 2
    return connector(this=connect(connector, operands[:middle]), expression=connect(connector, operands[middle:]))


class Scalars(Calls):
    """Expressions; `Calls` has the terms, and queries come from below."""

    # -- scalars

    def scalar(self, left: exp.Expr | None = None) -> exp.Expr:
        """A value: sums of products. `left` is a term that has been read already."""
        node = self._product(left)
        length = 0
        while (kind := _SUM.get(self.token.word)) is not None:
            self.advance()
            node = kind(this=node, expression=self._product(None))
            length = self._lengthen(length)
        return node

    def _product(self, left: exp.Expr | None) -> exp.Expr:
        node = self._signed() if left is None else left
        length = 0
        while (kind := _PRODUCT.get(self.token.word)) is not None:
            self.advance()
            node = kind(this=node, expression=self._signed())
            length = self._lengthen(length)
        return node

    def _lengthen(self, length: int) -> int:
        if length >= MAX_CHAIN:
            self.fail(-400, f"more than {MAX_CHAIN} operands in one expression")
        return length + 1

    def _signed(self) -> exp.Expr:
        if self.token.word not in ("+", "-"):
            return self.term()
        self.enter()
        sign = self.advance().word
        operand = self._signed()
        self.leave()
        return exp.Neg(this=operand) if sign == "-" else nodes.function("+", operand)

    def parenthesised_scalar(self) -> exp.Expr:
        """``( … )`` where only a value can stand."""
        node, condition = self._parenthesised()
        if condition:
            self.fail(-1, ") expected, condition found")
        return node

    # -- conditions

    def either(self) -> exp.Expr:
        """A scalar or a condition, for those who parse an expression alone."""
        return self._either()[0]

    def condition(self, first: exp.Expr | None = None) -> exp.Expr:
        """A truth value: AND binds closer than OR. `first` is a predicate that has been read already."""
        operands = [self._conjunction(first)]
        while self.at("OR", "!"):
            self.advance()
            operands.append(self._conjunction(None))
        return connect(exp.Or, operands)

    def _conjunction(self, first: exp.Expr | None) -> exp.Expr:
        operands = [self._negation() if first is None else first]
        while self.at("AND", "&"):
            self.advance()
            operands.append(self._negation())
        return connect(exp.And, operands)

    def _negation(self) -> exp.Expr:
        if not self.at("NOT"):
            return self._predicate()
        self.enter()
        self.advance()
        node = exp.Not(this=self._negation())
        self.leave()
        return node

    def _predicate(self) -> exp.Expr:
        if self.at("EXISTS"):
            return self._exists()
        if self.at("FOR"):
            return self._for_some()
        if self.at("("):
            node, condition = self._parenthesised()
            return node if condition else self._comparison(self.scalar(node))
        return self._comparison(self.scalar())

    def _parenthesised(self) -> tuple[exp.Expr, bool]:
        """``( … )`` with a query, a condition or a value inside, and whether it is a condition."""
        self.enter()
        self.expect("(")
        node, condition = (self.query(), False) if self.at("SELECT", "WITH") else self._either()
        self.expect(")")
        self.leave()
        if isinstance(node, exp.Subquery):
            return node, False
        if isinstance(node, exp.Query):
            return exp.Subquery(this=node), False
        return exp.Paren(this=node), condition

    def _either(self) -> tuple[exp.Expr, bool]:
        """What stands in parentheses, and whether it is a condition."""
        if self.at("NOT", "EXISTS", "FOR"):
            return self.condition(), True
        if self.at("("):
            node, condition = self._parenthesised()
            if isinstance(node, exp.Subquery) and self.at(*_SET_OPERATORS):
                return self.query(first=node), False
            if condition:
                return self.condition(node), True
            left = self.scalar(node)
        else:
            left = self.scalar()
        if self.token.word not in _PREDICATE_STARTS:
            return left, False
        return self.condition(self._comparison(left)), True

    def _comparison(self, left: exp.Expr) -> exp.Expr:
        """The rest of a predicate whose left side has been read; a value alone is not a condition (-14)."""
        comparison = _COMPARISON.get(self.token.word)
        if comparison is not None:
            self.advance()
            return comparison(this=left, expression=self._comparand())
        negated = self.accept("NOT")
        node = self._worded_predicate(left)
        return exp.Not(this=node) if negated else node

    def _comparand(self) -> exp.Expr:
        quantifier: type[exp.Expr] | None = None
        if self.at("ANY", "SOME"):
            quantifier = exp.Any
        elif self.at("ALL"):
            quantifier = exp.All
        if quantifier is None:
            return self.scalar()
        self.advance()
        return quantifier(this=self.subquery(columns=1).this)

    def _worded_predicate(self, left: exp.Expr) -> exp.Expr:
        if self.accept("BETWEEN"):
            low = self.scalar()
            self.expect("AND")
            return exp.Between(this=left, low=low, high=self.scalar())
        if self.accept("IN"):
            return self._in(left)
        if self.accept("LIKE"):
            return self._escaped(exp.Like(this=left, expression=self.scalar()))
        if self.accept("IS"):
            return self._is(left)
        if self.token.word in INFIX_PREDICATES or self.at("[", "]"):
            return self._infix(left)
        self.fail(-14, f"a comparison operator is required here, {self.found()} found")

    def _infix(self, left: exp.Expr) -> exp.Expr:
        operator = self.advance().word
        if operator in ("%CONTAINS", "%CONTAINSTERM"):
            self.expect("(")
            right: exp.Expr = exp.Tuple(expressions=self.scalars())
            self.expect(")")
        else:
            right = self.scalar()
        node = exp.Operator(this=left, operator=operator, expression=right)
        if operator in ("%INLIST", "%INSET") and self.accept("SIZE"):
            self.expect("(", "(")
            node.set("size", self.number())
            self.expect(")", ")")
        return self._escaped(node) if operator == "%MATCHES" else node

    def _escaped(self, pattern: exp.Expr) -> exp.Expr:
        if not self.accept("ESCAPE"):
            return pattern
        if self.token.kind is Kind.STRING and len(self.token.text) != 1:
            self.fail(-63, f"invalid escape character '{self.token.text[:40]}'")
        return exp.Escape(this=pattern, expression=self.term())

    def _is(self, left: exp.Expr) -> exp.Expr:
        negated = self.accept("NOT")
        node: exp.Expr
        if self.accept("NULL"):
            node = exp.Is(this=left, expression=exp.Null())
        elif self.accept("JSON"):
            node = exp.Is(this=left, expression=exp.JSON(this=self.accept_any(_JSON_KINDS)))
        else:
            self.fail_expected("NULL or JSON")
        return exp.Not(this=node) if negated else node

    def _in(self, left: exp.Expr) -> exp.Expr:
        if isinstance(left, exp.Subquery):
            self.fail(-13, "an expression other than a subquery is required before IN")
        self.enter()
        self.expect("(")
        query: exp.Expr | None = None
        first: exp.Expr | None = None
        if self.at("SELECT", "WITH"):
            query = self.query()
        elif self.at("("):
            first, condition = self._parenthesised()
            if condition:
                self.fail(-1, ") expected, condition found")
            if isinstance(first, exp.Subquery) and self.at(*_SET_OPERATORS, ")"):
                query = first.this if self.at(")") else self.query(first=first)
        if query is None:
            values = [self.scalar(first)]
            while self.accept(","):
                values.append(self.scalar())
            node = exp.In(this=left, expressions=values)
        else:
            self.check_width(query, 1)
            node = exp.In(this=left, query=exp.Subquery(this=query))
        self.expect(")")
        self.leave()
        return node

    def _exists(self) -> exp.Expr:
        self.expect("EXISTS")
        return exp.Exists(this=self.subquery().this)

    def _for_some(self) -> exp.Expr:
        self.expect("FOR")
        if not self.accept("SOME"):
            self.fail_expected("SOME", -16)
        if self.accept("%ELEMENT"):
            return self._for_some_element()
        self.enter()
        self.expect("(")
        select = exp.Select(expressions=[exp.Literal.number(1)], from_=exp.From(this=self.table_name_with_alias()))
        joins: list[exp.Expr] = []
        while self.accept(","):
            joins.append(exp.Join(this=self.table_name_with_alias()))
        self.expect(")", "(")
        if joins:
            select.set("joins", joins)
        select.set("where", exp.Where(this=self.condition()))
        self.expect(")")
        self.leave()
        return exp.Exists(this=select)

    def _for_some_element(self) -> exp.Expr:
        self.expect("(")
        field = self.scalar()
        alias = self.alias()
        self.expect(")")
        alias = alias or self.alias()
        self.expect("(")
        self.enter()
        condition = self.condition()
        self.leave()
        self.expect(")")
        return exp.Anonymous(this="%ELEMENT", expressions=[field, condition], alias=alias)

    # -- what queries give

    @abstractmethod
    def table_name_with_alias(self) -> exp.Table:
        """``[schema.]table [[AS] alias]``."""
