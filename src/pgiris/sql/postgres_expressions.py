"""PostgreSQL's expressions: a_expr and b_expr of its grammar, by precedence climbing.

Precedence (manual 4.1.6), lowest first: OR, AND, NOT, IS, comparison, BETWEEN IN LIKE, other operators, ``+ -``,
``* / %``, ``^``, AT TIME ZONE, COLLATE, unary minus, subscripts, ``::``.
"""

from __future__ import annotations

from typing import Final

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from pgiris.sql.postgres_grammar import DEEPEST, OPERATOR, START, too_deep
from pgiris.sql.postgres_primaries import Primaries

OR, AND, NOT, IS, COMPARISON, BETWEEN, OTHER, ADDITIVE, MULTIPLICATIVE, POWER, AT, COLLATE, UNARY = range(1, 14)

COMPARISONS: Final[dict[str, type[exp.Binary]]] = {
    "=": exp.EQ,
    "<>": exp.NEQ,
    "<": exp.LT,
    "<=": exp.LTE,
    ">": exp.GT,
    ">=": exp.GTE,
}
ARITHMETIC: Final[dict[str, tuple[int, type[exp.Binary]]]] = {
    "+": (ADDITIVE, exp.Add),
    "-": (ADDITIVE, exp.Sub),
    "*": (MULTIPLICATIVE, exp.Mul),
    "/": (MULTIPLICATIVE, exp.Div),
    "%": (MULTIPLICATIVE, exp.Mod),
    "^": (POWER, exp.Pow),
    "||": (OTHER, exp.DPipe),
}
LOGIC: Final = {"OR": OR, "AND": AND}
MATCHES: Final = frozenset({"BETWEEN", "IN", "LIKE", "ILIKE", "SIMILAR"})
QUANTIFIERS: Final = frozenset({"ANY", "SOME", "ALL"})


class Expressions(Primaries):
    __slots__ = ()

    def expression(self, lowest: int = OR) -> exp.Expr:
        """a_expr: operators that bind at least as tightly as `lowest`."""
        self.enter()
        left = self.prefix(lowest)
        chain = 0
        while self.at < len(self.tokens):
            found = self.infix(left, lowest)
            if found is None:
                break
            left = found
            chain += 1
            if chain > DEEPEST * 3:
                raise too_deep()
        self.depth -= 1
        return left

    def restricted(self) -> exp.Expr:
        """b_expr, as between BETWEEN and AND: no logic, no IS NULL, no LIKE, IN or BETWEEN outside parentheses."""
        return self.expression(OTHER)

    def prefix(self, lowest: int) -> exp.Expr:
        token = self.tokens[self.at] if self.at < len(self.tokens) else None
        if token is None:
            raise self.failure()
        word = self.words[self.at]
        if token.token_type is TokenType.UNKNOWN:
            self.at += 1
            if word in ("-", "+"):
                return self.signed(word, token.start)
            operand = self.expression(ADDITIVE)
            return self.operator(None, word, operand, token.start)
        if word == "NOT":
            self.at += 1
            return self.mark(exp.Not(this=self.expression(NOT)), token.start)
        if word == "OPERATOR" and self.words[self.at + 1] == "(":
            self.at += 1
            symbol = self.qualified_operator()
            return self.operator(None, symbol, self.expression(ADDITIVE), token.start)
        return self.indirect(self.primary())

    def signed(self, sign: str, start: int) -> exp.Expr:
        operand = self.expression(UNARY)
        if sign == "-":
            node: exp.Expr = exp.Neg(this=operand)
            node.meta[OPERATOR] = start
            return self.mark(node, start)
        return self.operator(None, "+", operand, start)

    def operator(self, left: exp.Expr | None, symbol: str, right: exp.Expr, start: int) -> exp.Expr:
        if left is not None and symbol in ARITHMETIC:
            node: exp.Expr = ARITHMETIC[symbol][1](this=left, expression=right)
        else:
            node = exp.Operator(this=left, operator=symbol, expression=right)
        node.meta[OPERATOR] = start
        if left is None:
            node.meta[START] = start
        return node

    def qualified_operator(self) -> str:
        """``(schema.op)`` after OPERATOR; only pg_catalog's and public's operators exist."""
        self.expect("(")
        while self.is_name():
            schema = self.name()
            if schema.name not in ("pg_catalog", "public"):
                raise self.unsupported(f"OPERATOR({schema.name}.…)", schema.meta[START])
            self.expect(".")
        if self.kind() is not TokenType.UNKNOWN:
            raise self.failure()
        symbol = self.word
        self.at += 1
        self.expect(")")
        return symbol

    def infix(self, left: exp.Expr, lowest: int) -> exp.Expr | None:
        """The operator that comes next with its right side, or None when it binds less than `lowest`."""
        word = self.words[self.at]
        kind = self.tokens[self.at].token_type
        if kind is TokenType.UNKNOWN:
            return self.symbol(left, word, lowest)
        if kind is TokenType.DCOLON:
            start = self.start()
            self.at += 1
            return self.cast(left, self.type_name(), start)
        if kind is not TokenType.VAR:
            return self.subscript(left) if word == "[" else None
        if word in LOGIC:
            return self.logic(left, word) if LOGIC[word] >= lowest else None
        if word in ("IS", "ISNULL", "NOTNULL"):
            return self.is_test(left, word) if lowest <= IS else None
        if word in MATCHES or (word == "NOT" and self.words[self.at + 1] in MATCHES):
            return self.match(left) if lowest <= BETWEEN else None
        if word == "AT" and self.words[self.at + 1] == "TIME" and lowest <= AT:
            start = self.start()
            self.expect("AT", "TIME", "ZONE")
            zone = self.expression(COLLATE)
            return self.call("timezone", [zone, left], start)
        if word == "COLLATE" and lowest <= COLLATE:
            return self.collate(left)
        if word == "OVERLAPS" and lowest <= COMPARISON:
            raise self.unsupported("OVERLAPS")
        if word == "OPERATOR" and self.words[self.at + 1] == "(" and lowest <= OTHER:
            start = self.start()
            self.at += 1
            return self.apply(left, self.qualified_operator(), OTHER, start)
        return None

    def symbol(self, left: exp.Expr, word: str, lowest: int) -> exp.Expr | None:
        start = self.start()
        if word in COMPARISONS:
            if lowest > COMPARISON:
                return None
            self.at += 1
            node = self.compare(left, word, start)
            if self.word in COMPARISONS and self.kind() is TokenType.UNKNOWN:
                raise self.failure()
            return node
        level = ARITHMETIC[word][0] if word in ARITHMETIC else OTHER
        if level < lowest:
            return None
        self.at += 1
        return self.apply(left, word, level, start)

    def apply(self, left: exp.Expr, symbol: str, level: int, start: int) -> exp.Expr:
        if self.word in QUANTIFIERS and symbol not in COMPARISONS:
            right: exp.Expr = self.quantified()
        elif symbol in COMPARISONS:
            return self.compare(left, symbol, start, level)
        else:
            right = self.expression(level + 1)
        return self.operator(left, symbol, right, start)

    def compare(self, left: exp.Expr, symbol: str, start: int, level: int = COMPARISON) -> exp.Expr:
        right = self.quantified() if self.word in QUANTIFIERS else self.expression(level + 1)
        node = COMPARISONS[symbol](this=left, expression=right)
        node.meta[OPERATOR] = start
        return node

    def quantified(self) -> exp.Expr:
        """ANY, SOME or ALL with a subquery or an array expression."""
        start = self.start()
        word = self.word
        if self.words[self.at + 1] != "(":
            raise self.failure()
        self.at += 2
        inner: exp.Expr
        if self.is_query():
            query_start = self.start()
            inner = self.mark(exp.Subquery(this=self.query()), query_start)
        else:
            inner = self.expression()
        self.expect(")")
        return self.mark(exp.All(this=inner) if word == "ALL" else exp.Any(this=inner), start)

    def logic(self, left: exp.Expr, word: str) -> exp.Expr:
        """A chain of AND or OR as a balanced tree, so that walks over long ones stay shallow."""
        operands = [left]
        level = LOGIC[word]
        while self.words[self.at] == word and self.kind() is TokenType.VAR:
            self.at += 1
            operands.append(self.expression(level + 1))
        return _balanced(exp.And if word == "AND" else exp.Or, operands)

    def is_test(self, left: exp.Expr, word: str) -> exp.Expr:
        start = self.start()
        self.at += 1
        if word != "IS":
            return self.tested(exp.Is(this=left, expression=exp.Null()), word == "NOTNULL", start)
        negated = self.accept("NOT")
        if self.accept("NULL"):
            return self.tested(exp.Is(this=left, expression=exp.Null()), negated, start)
        truth = self.accept_any("TRUE", "FALSE", "UNKNOWN")
        if truth:
            what = exp.Var(this="UNKNOWN") if truth == "UNKNOWN" else exp.Boolean(this=truth == "TRUE")
            return self.tested(exp.Is(this=left, expression=what), negated, start)
        if self.accept("DISTINCT", "FROM"):
            right = self.expression(COMPARISON)
            kind = exp.NullSafeEQ if negated else exp.NullSafeNEQ
            node = kind(this=left, expression=right)
            node.meta[OPERATOR] = start
            return node
        if self.word in ("DOCUMENT", "NORMALIZED", "NFC", "NFD", "NFKC", "NFKD"):
            raise self.unsupported(f"IS {self.word}", start)
        raise self.failure()

    def tested(self, node: exp.Expr, negated: bool, start: int) -> exp.Expr:
        node.meta[OPERATOR] = start
        return exp.Not(this=node) if negated else node

    def match(self, left: exp.Expr) -> exp.Expr:
        """[NOT] BETWEEN, IN, LIKE, ILIKE and SIMILAR TO; they do not associate."""
        start = self.start()
        negated = self.accept("NOT")
        word = self.word
        self.at += 1
        if word == "BETWEEN":
            node = self.between(left)
        elif word == "IN":
            node = self.in_list(left)
        elif word == "SIMILAR":
            raise self.unsupported("SIMILAR TO", start)
        else:
            node = self.like(left, word)
        node.meta[OPERATOR] = start
        if self.word in MATCHES or (self.word == "NOT" and self.words[self.at + 1] in MATCHES):
            raise self.failure()
        return exp.Not(this=node) if negated else node

    def between(self, left: exp.Expr) -> exp.Expr:
        symmetric = self.accept_any("SYMMETRIC", "ASYMMETRIC") == "SYMMETRIC"
        low = self.restricted()
        self.expect("AND")
        high = self.expression(OTHER)
        return exp.Between(this=left, low=low, high=high, symmetric=symmetric)

    def in_list(self, left: exp.Expr) -> exp.Expr:
        start = self.start()
        self.expect("(")
        if self.is_query():
            query = self.mark(exp.Subquery(this=self.query()), start)
            self.expect(")")
            return exp.In(this=left, query=query)
        items = self.expressions()
        self.expect(")")
        return exp.In(this=left, expressions=items)

    def like(self, left: exp.Expr, word: str) -> exp.Expr:
        if self.word in QUANTIFIERS:
            raise self.unsupported(f"{word} ANY or ALL")
        kind = exp.Like if word == "LIKE" else exp.ILike
        node = kind(this=left, expression=self.expression(OTHER))
        if self.accept("ESCAPE"):
            node.set("escape", self.expression(OTHER))
        return node

    def collate(self, left: exp.Expr) -> exp.Expr:
        start = self.start()
        self.at += 1
        name = self.name()
        while self.accept("."):
            name = self.label()
        node = exp.Collate(this=left, expression=name)
        node.meta[OPERATOR] = start
        return node

    def subscript(self, left: exp.Expr) -> exp.Expr | None:
        start = self.start()
        self.at += 1
        index = self.expression() if self.word != ":" else None
        if index is None or self.word == ":":
            raise self.unsupported("array slice", start)
        self.expect("]")
        node = exp.Bracket(this=left, expressions=[index])
        node.meta[OPERATOR] = start
        return node

    def indirect(self, node: exp.Expr) -> exp.Expr:
        """Field selection after a parenthesised expression or a parameter."""
        if self.kind() is TokenType.DOT:
            selectable = isinstance(node, (exp.Parameter, exp.Subquery)) or self.words[self.at - 1] == ")"
            raise self.unsupported("field selection from an expression") if selectable else self.failure()
        return node

    def expressions(self) -> list[exp.Expr]:
        """expr_list."""
        found = [self.expression()]
        while self.accept(","):
            found.append(self.expression())
        return found


def _balanced(kind: type[exp.And] | type[exp.Or], operands: list[exp.Expr]) -> exp.Expr:
    while len(operands) > 1:
        pairs = [
            kind(this=operands[i], expression=operands[i + 1]) if i + 1 < len(operands) else operands[i]
            for i in range(0, len(operands), 2)
        ]
        operands = list(pairs)
    return operands[0]
