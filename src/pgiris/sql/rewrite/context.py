"""What the parts of ``Expressions`` ask of each other."""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from pgiris.errors import FeatureNotSupported
from pgiris.sql.analysis import PgType, Queries, position_of
from pgiris.sql.datatypes import COLUMN_TYPES
from pgiris.sql.iris.nodes import function
from pgiris.sql.plan import Bind, Constant, SessionValue
from pgiris.sql.postgres_grammar import OPERATOR
from pgiris.sql.rewrite.types import iris_code
from pgiris.sql.typing.operators import RESOLVED
from pgiris.sql.typing.resolution import Operator
from pgiris.types import oids

LONGEST_LITERAL: Final = 1000
"""Characters of a string that still stands in the text; longer ones are bound (long literals break IRIS's compiler)."""


class Context:
    """The common part: what every construct may ask."""

    queries: Queries

    def scalar(self, node: exp.Expr) -> exp.Expr:
        raise AssertionError

    def condition(self, node: exp.Expr) -> exp.Expr:
        raise AssertionError

    def truth(self, node: exp.Expr) -> exp.Expr:
        raise AssertionError

    def bare(self, node: exp.Expr, target: PgType) -> exp.Expr:
        raise AssertionError

    def operand(self, node: exp.Expr) -> exp.Expr:
        raise AssertionError

    def operands(self, left: exp.Expr, right: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
        raise AssertionError

    def typed(self, node: exp.Expr) -> exp.Expr:
        raise AssertionError

    def constant_node(self, value: object, type_: PgType, at: exp.Expr) -> exp.Expr:
        raise AssertionError

    def cast_to(self, value: exp.Expr, target: PgType, at: exp.Expr) -> exp.Expr:
        raise AssertionError

    def bind(self, node: exp.Expr) -> Bind:
        raise AssertionError

    def as_text(self, node: exp.Expr) -> exp.Expr:
        raise AssertionError

    def as_output(self, node: exp.Expr) -> exp.Expr:
        raise AssertionError

    def bound(self, value: object) -> exp.Expr:
        """A constant as a parameter."""
        return self.queries.binds.placeholder(Constant(value))

    def session(self, name: str, oid: int, at: exp.Expr) -> exp.Expr:
        """A value that the session supplies."""
        return self.queries.binds.placeholder(SessionValue(name, oid, (), iris_code(oid, at)))

    def local(self, value: exp.Expr) -> exp.Expr:
        """A timestamp with time zone as the clock of the session's time zone shows it.

        The offset is bound when the statement runs: the session refuses a zone whose offset changes.
        """
        return self._moved(value, "zone_offset")

    def instant(self, value: exp.Expr) -> exp.Expr:
        """The moment at which that clock shows `value`; IRIS holds it in UTC."""
        return self._moved(value, "zone_offset_back")

    def _moved(self, value: exp.Expr, by: str) -> exp.Expr:
        seconds = self.queries.binds.placeholder(SessionValue(by, oids.INT4, (), COLUMN_TYPES[oids.INT4].odbc))
        return function("DATEADD", exp.Var(this="SS"), seconds, value)

    def refuse(self, what: str, node: exp.Expr, hint: str | None = None) -> FeatureNotSupported:
        """0A000 at the operator of the node, or where the node begins."""
        start = node.meta.get(OPERATOR)
        position = start + 1 if isinstance(start, int) else position_of(node)
        return FeatureNotSupported(what, position=position, hint=hint)

    def resolved(self, node: exp.Expr) -> Operator:
        row = node.meta[RESOLVED]
        assert isinstance(row, Operator)
        return row


def number(value: int | str) -> exp.Expr:
    """A numeric literal, parenthesised when negative, so that no ``--`` can arise."""
    text = str(value)
    if text.startswith("-"):
        return exp.Paren(this=exp.Neg(this=exp.Literal(this=text[1:], is_string=False)))
    return exp.Literal(this=text, is_string=False)


def string(text: str) -> exp.Expr:
    return exp.Literal(this=text, is_string=True)
