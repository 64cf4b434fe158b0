"""Booleans: PostgreSQL has a type of them, IRIS has conditions and BIT columns, and neither may stand for the other.

A condition as a value is ``CASE WHEN p THEN 1 WHEN NOT (p) THEN 0 END``, whose last branch keeps NULL; a value as a
condition is ``v = 1`` (sql facts, section 2).
"""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from pgiris.sql.analysis import type_of
from pgiris.sql.rewrite.comparisons import Comparisons
from pgiris.sql.rewrite.context import number
from pgiris.types import oids

_CONDITIONS: Final = (
    exp.And,
    exp.Or,
    exp.Not,
    exp.Is,
    exp.EQ,
    exp.NEQ,
    exp.LT,
    exp.LTE,
    exp.GT,
    exp.GTE,
    exp.NullSafeEQ,
    exp.NullSafeNEQ,
    exp.Between,
    exp.In,
    exp.Like,
    exp.ILike,
    exp.Exists,
)
_NEVER_NULL: Final = (exp.Is, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Exists)


class Booleans(Comparisons):
    """Conditions and values."""

    def is_condition(self, node: exp.Expr) -> bool:
        if isinstance(node, _CONDITIONS):
            return True
        if isinstance(node, exp.Operator):
            return type_of(node).oid == oids.BOOL
        return isinstance(node, exp.Anonymous) and node.this == "starts_with"

    def truth(self, node: exp.Expr) -> exp.Expr:
        """A condition as 1, 0 or NULL."""
        condition = self.condition(node)
        inner = node.this if isinstance(node, exp.Not) else node
        if isinstance(inner, _NEVER_NULL):
            return exp.Case(ifs=[exp.If(this=condition, true=number(1))], default=number(0))
        negated = exp.Not(this=exp.Paren(this=condition.copy()))
        return exp.Case(ifs=[exp.If(this=condition, true=number(1)), exp.If(this=negated, true=number(0))])

    def condition(self, node: exp.Expr) -> exp.Expr:
        if isinstance(node, (exp.And, exp.Or)):
            kind = exp.And if isinstance(node, exp.And) else exp.Or
            return kind(this=self.member(node.this, kind), expression=self.member(node.expression, kind))
        if isinstance(node, exp.Not):
            return self.negation(node)
        if isinstance(node, exp.Boolean):
            return exp.EQ(this=number(1), expression=number(1 if node.this else 0))
        if isinstance(node, exp.Null):
            return exp.EQ(this=number(1), expression=exp.Null())
        if isinstance(node, exp.Is):
            return self.is_test(node)
        if self.is_condition(node):
            return self.comparison(node)
        return exp.EQ(this=self.operand(node), expression=number(1))

    def member(self, node: exp.Expr, kind: type[exp.Expr]) -> exp.Expr:
        """A member of AND or OR: the documents disagree about their precedence, so that mixing is parenthesised."""
        condition = self.condition(node)
        if isinstance(condition, (exp.And, exp.Or)) and not isinstance(condition, kind):
            return exp.Paren(this=condition)
        return condition

    def negation(self, node: exp.Expr) -> exp.Expr:
        inner = node.this
        if isinstance(inner, exp.Not):
            return self.condition(inner.this)
        if isinstance(inner, exp.Column):
            return exp.EQ(this=self.scalar(inner), expression=number(0))
        condition = self.condition(inner)
        if isinstance(condition, (exp.Is, exp.In, exp.Between, exp.Like, exp.Exists)):
            return exp.Not(this=condition)
        return exp.Not(this=exp.Paren(this=condition))

    def is_test(self, node: exp.Expr) -> exp.Expr:
        """IS NULL, IS TRUE, IS FALSE, IS UNKNOWN; none of them is ever NULL."""
        what = node.expression
        if isinstance(what, (exp.Null, exp.Var)):
            return self.null_test(node.this)
        value = self.scalar(node.this)
        wanted = number(1 if what.this else 0)
        if isinstance(value, exp.Column):
            # NOT (x = 1) would be NULL for NULL; the second half keeps it false.
            return exp.Paren(
                this=exp.And(
                    this=exp.EQ(this=value, expression=wanted),
                    expression=exp.Not(this=exp.Is(this=value.copy(), expression=exp.Null())),
                )
            )
        holds = exp.Case(ifs=[exp.If(this=exp.EQ(this=value, expression=wanted), true=number(1))], default=number(0))
        return exp.EQ(this=holds, expression=number(1))

    def null_test(self, node: exp.Expr) -> exp.Expr:
        value = self.scalar(node)
        if isinstance(value, (exp.Literal, exp.Null)):
            return exp.EQ(this=number(1), expression=number(1 if isinstance(value, exp.Null) else 0))
        return exp.Is(this=value, expression=exp.Null())
