"""Casts with PostgreSQL's meaning (manual 4.2.9, 10.4).

IRIS's CAST never fails: bad text becomes 0 or 1840-12-31, a fraction is cut off, VARCHAR without a length is 30
characters. So constants are converted here by PostgreSQL's own input functions, conversions that cannot fail are
spelled out, and those that may fail on a column's value are refused.
"""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from pgiris.sql.analysis import PgType, type_of
from pgiris.sql.functions import SESSION
from pgiris.sql.iris.nodes import function
from pgiris.sql.plan import Bind, Constant, SessionValue
from pgiris.sql.rewrite import constants
from pgiris.sql.rewrite.context import LONGEST_LITERAL, Context, number, string
from pgiris.sql.rewrite.templates import fill
from pgiris.sql.rewrite.types import SELF_TYPED, cast_type, iris_code
from pgiris.sql.typing.coercion import IMPLIED
from pgiris.sql.typing.scale import display_scale
from pgiris.sql.typing.types import FLOATS, INFO, INTEGERS, TEXTUAL, length_of, type_name
from pgiris.types import oids

_HALF_EVEN: Final = (
    "CASE WHEN ABS(((:a) - ({fn TRUNCATE(:a,0)}))) = 0.5 THEN (2 * (ROUND(((:a) / 2),0))) ELSE ROUND(:a,0) END"
)
_SAME: Final = frozenset(
    {
        (oids.JSON, oids.TEXT),
        (oids.UUID, oids.TEXT),
        (oids.UUID, oids.VARCHAR),
        (oids.JSON, oids.VARCHAR),
        (oids.JSONB, oids.TEXT),
        (oids.JSONB, oids.VARCHAR),
        (oids.JSONB, oids.JSON),
        (oids.VECTOR, oids.VECTOR),
        (oids.FLOAT8, oids.FLOAT4),
        (oids.FLOAT4, oids.FLOAT8),
    }
)
"""Conversions that change nothing in IRIS: both sides are held in the same form."""


def _known_to_session(node: exp.Expr) -> bool:
    """Whether a node is a parameter or a call of a session function, under any number of casts."""
    while isinstance(node, exp.Cast):
        node = node.this
    if isinstance(node, exp.Anonymous) and node.this in SESSION:
        return all(isinstance(item, exp.Literal) or _known_to_session(item) for item in node.expressions)
    return isinstance(node, exp.Parameter)


class Casts(Context):
    """What CAST becomes."""

    def cast(self, node: exp.Expr) -> exp.Expr:
        target, operand = type_of(node), node.this
        value = constants.fold(node)
        if value is not constants.NOT_CONSTANT:
            return self.constant_node(value, target, node)
        found = type_of(operand)
        if isinstance(operand, exp.Parameter) and found.oid == target.oid:
            return self.fitted(operand, found, target)
        if found.oid == target.oid and not (target.typmod >= 0 and _known_to_session(operand)):
            return self.fitted(operand, found, target, explicit=True)
        if _known_to_session(operand):
            return self.cast_by_session(node, target)
        return self.converted(self.scalar(operand), operand, found, target, explicit=IMPLIED not in node.meta)

    def cast_by_session(self, node: exp.Expr, target: PgType) -> exp.Expr:
        """The session converts what it knows by PostgreSQL's rules, in its time zone, before IRIS sees it."""
        value: exp.Expr = self.queries.binds.placeholder(self.converting_bind(node))
        if target.oid == oids.VECTOR:
            return function("TO_VECTOR", value, exp.Var(this="FLOAT"))
        if target.oid in TEXTUAL or target.oid in SELF_TYPED or INFO[target.oid].category == "A":
            return value
        return self.cast_to(value, target, node)

    def converting_bind(self, node: exp.Expr) -> Bind:
        """A parameter or session function under any number of casts."""
        found = type_of(node)
        if not isinstance(node, exp.Cast):
            return self.bind(node)
        source = type_of(node.this)
        arguments = (
            self.converting_bind(node.this),
            Constant(source.oid),
            Constant(found.oid),
            Constant(found.typmod),
        )
        return SessionValue("cast", found.oid, arguments, iris_code(found.oid, node))

    def session_input(self, text: str, oid: int, node: exp.Expr) -> exp.Expr:
        name = constants.session_word(text, oid)
        arguments = () if name is not None else (Constant(oid), Constant(text))
        bind = SessionValue(name or "input", oid, arguments, iris_code(oid, node))
        return self.cast_to(self.queries.binds.placeholder(bind), PgType(oid), node)

    def constant_node(self, value: object, type_: PgType, at: exp.Expr) -> exp.Expr:
        """A value in PostgreSQL's form as an IRIS literal, or as a parameter where IRIS has no literal for it."""
        oid = type_.oid
        if value is None:
            return exp.Null()
        if isinstance(value, constants.Deferred):
            return self.session_input(value.text, oid, at)
        if oid == oids.BOOL:
            return number(1 if value else 0)
        if oid in INTEGERS or oid == oids.OID:
            return number(str(value))
        if oid in FLOATS:
            return self.cast_to(self.bound(constants.to_odbc(value, oid)), PgType(oids.FLOAT8), at)
        odbc = constants.to_odbc(value, oid)
        if oid == oids.NUMERIC:
            return number(format(odbc, "f"))
        if oid == oids.VECTOR:
            return function("TO_VECTOR", self.bound(odbc), exp.Var(this="FLOAT"))
        if not isinstance(odbc, str):
            return self.bound(odbc)
        mark = {oids.DATE: "{D}", oids.TIME: "{T}", oids.TIMESTAMP: "{TS}", oids.TIMESTAMPTZ: "{TS}"}.get(oid)
        if mark is not None:
            return function(mark, string(odbc))
        if len(odbc) > LONGEST_LITERAL or not odbc.isprintable():
            return self.bound(odbc)
        return string(odbc)

    def cast_to(self, value: exp.Expr, target: PgType, at: exp.Expr) -> exp.Expr:
        """IRIS's own CAST; only where it cannot change the value."""
        if target.oid == oids.VECTOR:
            return value
        if target.oid == oids.NUMERIC and target.typmod < 0 and isinstance(value, exp.Placeholder):
            return exp.Paren(this=exp.Add(this=value, expression=number(0)))
        return exp.Cast(this=value, to=cast_type(target, at))

    # -- same type, other modifier

    def fitted(self, node: exp.Expr, found: PgType, target: PgType, *, explicit: bool = False) -> exp.Expr:
        """A value of the right type under another typmod."""
        value = self.scalar(node)
        if target.typmod in (-1, found.typmod):
            return value
        if target.oid == oids.NUMERIC:
            return exp.Cast(this=value, to=cast_type(target, node))
        if target.oid in (oids.VARCHAR, oids.BPCHAR) and explicit:
            return self.cut(value, target)
        if target.oid in (oids.TIMESTAMP, oids.TIMESTAMPTZ, oids.TIME) and explicit:
            raise self.refuse(f"{type_name(target.oid)}({target.typmod}) of a value", node)
        return value

    def cut(self, value: exp.Expr, target: PgType) -> exp.Expr:
        """An explicit cast to varchar(n) cuts, without an error."""
        length = length_of(target.typmod)
        return value if length is None else function("SUBSTRING", value, number(1), number(length))

    # -- another type

    def converted(
        self,
        value: exp.Expr,
        node: exp.Expr,
        found: PgType,
        target: PgType,
        *,
        assignment: bool = False,
        explicit: bool = False,
    ) -> exp.Expr:
        """`value`, the IRIS form of `node`, from one type to another."""
        source, oid = found.oid, target.oid
        if source == oids.UNKNOWN or (source, oid) in _SAME:
            return value
        if oid in TEXTUAL:
            text = value if source in TEXTUAL else self.text_of(value, node, found)
            return self.cut(text, target) if explicit and oid in (oids.VARCHAR, oids.BPCHAR) else text
        if oid in INTEGERS or oid == oids.OID:
            return self.to_integer(value, node, source, target)
        if oid == oids.NUMERIC and (source in INTEGERS or source == oids.NUMERIC):
            return exp.Cast(this=value, to=cast_type(target, node)) if target.typmod >= 0 else value
        if oid in FLOATS and (source in INTEGERS or source in (oids.NUMERIC, oids.FLOAT4, oids.FLOAT8)):
            return exp.Cast(this=value, to=cast_type(PgType(oids.FLOAT8), node))
        if oid == oids.BOOL and source == oids.INT4:
            return self.truth_of_number(value)
        moment = self.to_moment(value, source, target, node)
        if moment is not None:
            return moment
        raise self.refuse(
            f"a cast from {type_name(source)} to {type_name(oid)} of a value that is not a constant", node
        )

    def truth_of_number(self, value: exp.Expr) -> exp.Expr:
        test = exp.NEQ(this=value, expression=number(0))
        other = exp.EQ(this=value.copy(), expression=number(0))
        return exp.Case(ifs=[exp.If(this=test, true=number(1)), exp.If(this=other, true=number(0))])

    def to_integer(self, value: exp.Expr, node: exp.Expr, source: int, target: PgType) -> exp.Expr:
        """numeric rounds halves away from zero, float to even; the range is IRIS's to check."""
        if source in INTEGERS or source in (oids.OID, oids.BOOL):
            return value
        if source == oids.NUMERIC:
            return exp.Cast(this=function("ROUND", value, number(0)), to=cast_type(target, node))
        if source in FLOATS:
            return exp.Cast(this=fill(_HALF_EVEN, {"a": value}), to=cast_type(target, node))
        raise self.refuse(
            f"a cast from {type_name(source)} to {type_name(target.oid)} of a value that is not a constant", node
        )

    def to_moment(self, value: exp.Expr, source: int, target: PgType, node: exp.Expr) -> exp.Expr | None:
        pair = (source, target.oid)
        if pair in (
            (oids.DATE, oids.TIMESTAMP),
            (oids.TIMESTAMP, oids.DATE),
            (oids.TIMESTAMP, oids.TIME),
        ):
            return exp.Cast(this=value, to=cast_type(PgType(target.oid), node))
        if source == oids.TIMESTAMPTZ and target.oid in (oids.TIMESTAMP, oids.DATE, oids.TIME):
            local = self.local(value)
            if target.oid == oids.TIMESTAMP:
                return local
            return exp.Cast(this=local, to=cast_type(PgType(target.oid), node))
        if target.oid == oids.TIMESTAMPTZ and source == oids.TIMESTAMP:
            return self.instant(value)
        if target.oid == oids.TIMESTAMPTZ and source == oids.DATE:
            return self.instant(exp.Cast(this=value, to=cast_type(PgType(oids.TIMESTAMP), node)))
        return None

    # -- to text

    def as_text(self, node: exp.Expr) -> exp.Expr:
        """Any value as a cast to text gives it."""
        found = type_of(node)
        value = self.scalar(node)
        return value if found.oid in TEXTUAL else self.text_of(value, node, found)

    def as_output(self, node: exp.Expr) -> exp.Expr:
        """As its type's output function writes it, which for booleans is not what the cast to text does."""
        if type_of(node).oid != oids.BOOL:
            return self.as_text(node)
        value = self.scalar(node)
        yes = exp.If(this=exp.EQ(this=value, expression=number(1)), true=string("t"))
        no = exp.If(this=exp.EQ(this=value.copy(), expression=number(0)), true=string("f"))
        return exp.Case(ifs=[yes, no])

    def text_of(self, value: exp.Expr, node: exp.Expr, found: PgType) -> exp.Expr:
        oid = found.oid
        if oid in INTEGERS or oid == oids.OID:
            return exp.Cast(this=value, to=cast_type(PgType(oids.TEXT), node))
        if oid == oids.BOOL:
            yes = exp.If(this=exp.EQ(this=value, expression=number(1)), true=string("true"))
            no = exp.If(this=exp.EQ(this=value.copy(), expression=number(0)), true=string("false"))
            return exp.Case(ifs=[yes, no])
        scale = display_scale(node) if oid == oids.NUMERIC else None
        if scale is not None:
            justified = function("$JUSTIFY", value, number(0), number(max(scale, 0)))
            return exp.Case(
                ifs=[exp.If(this=exp.Is(this=value.copy(), expression=exp.Null()), true=exp.Null())],
                default=justified,
            )
        if oid == oids.DATE:
            return function("TO_CHAR", value, string("YYYY-MM-DD"))
        if (oid, oids.TEXT) in _SAME:
            return value
        raise self.refuse(f"a cast from {type_name(oid)} to text of a value that is not a constant", node)
