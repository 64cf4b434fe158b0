"""Arithmetic with PostgreSQL's types and signs (manual 9.3).

IRIS's ``/`` gives a decimal also for integers, and the signs of ``\\`` and ``#`` depend on a setting; so integer
division truncates the decimal quotient, or, for bigint, whose quotients a decimal does not hold, divides absolute
values.
"""

from __future__ import annotations

from sqlglot import exp

from pgiris.sql.functions import TEMPLATES
from pgiris.sql.iris.nodes import function
from pgiris.sql.rewrite.context import number
from pgiris.sql.rewrite.dates import Dates
from pgiris.sql.rewrite.templates import fill
from pgiris.sql.typing.types import INTEGERS, NUMBERS, type_name
from pgiris.types import oids


class Arithmetic(Dates):
    """Operators on numbers, and those that a template says."""

    def arithmetic(self, node: exp.Expr) -> exp.Expr:
        row = self.resolved(node)
        if row.left not in NUMBERS or row.right not in NUMBERS:
            return self.date_arithmetic(node, row)
        left, right = self.operands(node.this, node.expression)
        if isinstance(node, exp.Mod):
            return self.modulo(left, right, row.result)
        if isinstance(node, exp.Div) and row.result in INTEGERS:
            return self.quotient(left, right, row.result)
        return exp.Paren(this=type(node)(this=left, expression=right))

    def quotient(self, left: exp.Expr, right: exp.Expr, oid: int) -> exp.Expr:
        """Integer division that truncates towards zero."""
        if oid != oids.INT8:
            return function("TRUNCATE", exp.Div(this=left, expression=right), number(0), odbc=True)
        signs = exp.Paren(this=exp.Mul(this=function("SIGN", left.copy()), expression=function("SIGN", right.copy())))
        whole = exp.Paren(this=exp.IntDiv(this=function("ABS", left), expression=function("ABS", right)))
        return exp.Paren(this=exp.Mul(this=signs, expression=whole))

    def modulo(self, left: exp.Expr, right: exp.Expr, oid: int) -> exp.Expr:
        """The remainder with the sign of the dividend."""
        if oid in INTEGERS:
            whole = self.quotient(left.copy(), right.copy(), oid)
        else:
            whole = function("TRUNCATE", exp.Div(this=left.copy(), expression=right.copy()), number(0), odbc=True)
        product = exp.Paren(this=exp.Mul(this=right, expression=whole))
        return exp.Paren(this=exp.Sub(this=left, expression=product))

    def negative(self, node: exp.Expr) -> exp.Expr:
        row = self.resolved(node)
        if row.right not in NUMBERS:
            raise self.refuse(f"the operator - of {type_name(row.right)}", node)
        return exp.Paren(this=exp.Neg(this=self.operand(node.this)))

    def operator(self, node: exp.Expr) -> exp.Expr:
        """Operators of the table of templates."""
        row = self.resolved(node)
        names = {0: "-"}
        left = names.get(row.left) or _internal(row.left)
        found = TEMPLATES.get(f"{row.name}({left},{_internal(row.right)})")
        if row.name == "+" and not row.left:
            return self.scalar(node.expression)
        if found is None:
            shown = f"{type_name(row.left)} and {type_name(row.right)}" if row.left else type_name(row.right)
            raise self.refuse(f"the operator {row.name} of {shown}", node)
        arguments = {"b": self.scalar(node.expression)}
        if row.left:
            arguments["a"] = self.scalar(node.this)
        return fill(found.template, arguments)


def _internal(oid: int) -> str:
    from pgiris.sql.typing.types import INFO

    return INFO[oid].name
