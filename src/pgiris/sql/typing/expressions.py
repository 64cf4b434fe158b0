"""Types of expressions, and the conversions that PostgreSQL puts in by itself (manual, chapter 10).

``Typer.infer`` types a node in place and returns it, or what replaces it: qualified columns, conversions around
operands. Unknown literals and parameters stay unknown until something gives them a type.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from sqlglot import exp

from pgiris import sqlstate
from pgiris.errors import FeatureNotSupported, PgError
from pgiris.sql.analysis import BIND, TYPE, PgType, position_of, type_of
from pgiris.sql.plan import Captured, Parameter, SessionValue
from pgiris.sql.postgres_grammar import OPERATOR, START
from pgiris.sql.typing import coercion
from pgiris.sql.typing.casts import EXPLICIT, castable
from pgiris.sql.typing.operators import RESOLVED, SYMBOLS, Operators, literal_type
from pgiris.sql.typing.types import (
    BOOL,
    TEXTUAL,
    UNKNOWN,
    array_of,
    element_of,
    resolve,
    type_name,
)
from pgiris.types import oids

_COLLATIONS: Final = frozenset({"C", "POSIX", "ucs_basic", "default"})


class Typer(Operators):
    """Types the expressions of one statement."""

    def infer(self, node: exp.Expr) -> exp.Expr:
        handler = _HANDLERS.get(type(node))
        if handler is None:
            raise FeatureNotSupported(type(node).__name__.upper(), position=position_of(node))
        return handler(self, node)

    # -- leaves

    def literal(self, node: exp.Expr) -> exp.Expr:
        node.meta[TYPE] = UNKNOWN if node.args["is_string"] else literal_type(node.this)
        return node

    def null(self, node: exp.Expr) -> exp.Expr:
        node.meta[TYPE] = UNKNOWN
        return node

    def boolean(self, node: exp.Expr) -> exp.Expr:
        node.meta[TYPE] = BOOL
        return node

    def parameter(self, node: exp.Expr) -> exp.Expr:
        node.meta[TYPE] = PgType(self.parameters.reference(int(node.this.this)))
        return node

    def placeholder(self, node: exp.Expr) -> exp.Expr:
        bind = node.meta.get(BIND)
        if isinstance(bind, (Parameter, SessionValue)):
            node.meta.setdefault(TYPE, PgType(bind.type_oid))
        elif isinstance(bind, Captured):
            node.meta.setdefault(TYPE, UNKNOWN)
        return node

    def column(self, node: exp.Expr) -> exp.Expr:
        assert isinstance(node, exp.Column)
        if isinstance(node.this, exp.Star):
            raise PgError(
                sqlstate.FEATURE_NOT_SUPPORTED,
                'row expansion via "*" is not supported here',
                position=position_of(node),
            )
        return self.scope.resolve(node)

    # -- logic

    def logic(self, node: exp.Expr) -> exp.Expr:
        name = "AND" if isinstance(node, exp.And) else "OR"
        for key in ("this", "expression"):
            self.infer_arg(node, key)
            node.set(key, self.boolean_of(node.args[key], name))
        node.meta[TYPE] = BOOL
        return node

    def negation(self, node: exp.Expr) -> exp.Expr:
        self.infer_arg(node)
        node.set("this", self.boolean_of(node.this, "NOT"))
        node.meta[TYPE] = BOOL
        return node

    def boolean_of(self, node: exp.Expr, context: str) -> exp.Expr:
        """The condition as boolean (coerce_to_boolean)."""
        found = type_of(node)
        if found.oid == oids.BOOL:
            return node
        if found.oid == oids.UNKNOWN:
            return self.coerce(node, BOOL)
        raise PgError(
            sqlstate.DATATYPE_MISMATCH,
            f"argument of {context} must be type boolean, not type {type_name(found.oid)}",
            position=position_of(node),
        )

    def condition(self, node: exp.Expr, context: str) -> exp.Expr:
        return self.boolean_of(self.infer(node), context)

    def is_test(self, node: exp.Expr) -> exp.Expr:
        self.infer_arg(node)
        what = node.expression
        if not isinstance(what, exp.Null):
            shown = what.this if isinstance(what, exp.Var) else "TRUE" if what.this else "FALSE"
            node.set("this", self.boolean_of(node.this, f"IS {shown}"))
        elif type_of(node.this).oid == oids.UNKNOWN:
            node.set("this", self.coerce(node.this, PgType(oids.TEXT)))
        node.meta[TYPE] = BOOL
        return node

    # -- choices

    def case(self, node: exp.Expr) -> exp.Expr:
        subject = node.args.get("this")
        if subject is not None:
            subject = self.infer(subject)
            if type_of(subject).oid == oids.UNKNOWN:
                subject = self.coerce(subject, PgType(oids.TEXT))
            node.set("this", None)
        for branch in node.args["ifs"]:
            if subject is not None:
                test = exp.EQ(this=subject.copy(), expression=self.infer(branch.this))
                test.meta[OPERATOR] = branch.meta.get(START, 0)
                branch.set("this", self.apply(test, "="))
            else:
                branch.set("this", self.condition(branch.this, "CASE/WHEN"))
            branch.set("true", self.infer(branch.args["true"]))
        default = node.args.get("default")
        if default is not None:
            default = self.infer(default)
        results = [*([default] if default is not None else []), *(b.args["true"] for b in node.args["ifs"])]
        found = self.unify(results, "CASE")
        if default is not None:
            node.set("default", found.pop(0))
        for branch, value in zip(node.args["ifs"], found):
            branch.set("true", value)
        node.meta[TYPE] = coercion.common_typmod([*found, *([node.args["default"]] if default is not None else [])])
        return node

    def unify(self, nodes: Sequence[exp.Expr], context: str) -> list[exp.Expr]:
        """The expressions converted to their common type (manual 10.5)."""
        common = coercion.common_type(nodes, context)
        assert common is not None
        return [self.coerce(node, PgType(common), relabel=True) for node in nodes]

    def choice(self, node: exp.Expr) -> exp.Expr:
        """COALESCE, GREATEST and LEAST."""
        items = [self.infer(item) for item in [node.this, *node.expressions]]
        items = self.unify(items, type(node).__name__.upper())
        node.set("this", items[0])
        node.set("expressions", items[1:])
        node.meta[TYPE] = coercion.common_typmod(items)
        return node

    def nullif(self, node: exp.Expr) -> exp.Expr:
        self.infer_arg(node)
        self.infer_arg(node, "expression")
        left = type_of(node.this)
        self.apply(node, "=")
        compared = node.meta[RESOLVED].left
        node.meta[TYPE] = left if left.oid == compared else PgType(compared)
        return node

    # -- conversions

    def cast(self, node: exp.Expr) -> exp.Expr:
        target = resolve(node.args["to"])
        operand = self.infer_arg(node)
        source = type_of(operand)
        node.meta[TYPE] = target
        if source.oid == oids.UNKNOWN:
            if isinstance(operand, exp.Array):
                return self.array_cast(node, operand, target)
            node.set("this", self.coerce(operand, PgType(target.oid), explicit=True))
            return node
        if isinstance(operand, exp.Array) and element_of(target.oid):
            return self.array_cast(node, operand, target)
        if not castable(source.oid, target.oid, EXPLICIT):
            start = node.meta.get(OPERATOR)
            raise PgError(
                sqlstate.CANNOT_COERCE,
                f"cannot cast type {type_name(source.oid)} to {type_name(target.oid)}",
                position=start + 1 if isinstance(start, int) else position_of(node),
            )
        return node

    def array_cast(self, node: exp.Expr, array: exp.Expr, target: PgType) -> exp.Expr:
        element = PgType(element_of(target.oid))
        if not element.oid:
            raise PgError(
                sqlstate.CANNOT_COERCE,
                f"cannot cast type {type_name(type_of(array).oid)} to {type_name(target.oid)}",
                position=position_of(node),
            )
        array.set("expressions", [self.coerce(item, element, explicit=True) for item in array.expressions])
        array.meta[TYPE] = target
        return node

    def collate(self, node: exp.Expr) -> exp.Expr:
        operand = self.infer_arg(node)
        if type_of(operand).oid == oids.UNKNOWN:
            operand = self.coerce(operand, PgType(oids.TEXT))
            node.set("this", operand)
        found = type_of(operand)
        name = node.expression.name
        if found.oid not in TEXTUAL:
            raise PgError(
                sqlstate.DATATYPE_MISMATCH,
                f"collations are not supported by type {type_name(found.oid)}",
                position=node.meta.get(OPERATOR, 0) + 1,
            )
        if name not in _COLLATIONS:
            raise FeatureNotSupported(f'the collation "{name}"', position=position_of(node.expression))
        node.meta[TYPE] = found
        return node

    def array(self, node: exp.Expr) -> exp.Expr:
        items = [self.infer(item) for item in node.expressions]
        if not items or all(type_of(item).oid == oids.UNKNOWN for item in items):
            node.set("expressions", items)
            node.meta[TYPE] = UNKNOWN
            return node
        items = self.unify(items, "ARRAY")
        node.set("expressions", items)
        node.meta[TYPE] = PgType(array_of(type_of(items[0]).oid))
        return node

    def tuple_(self, node: exp.Expr) -> exp.Expr:
        raise FeatureNotSupported("a row as a value", position=position_of(node))

    def subscript(self, node: exp.Expr) -> exp.Expr:
        raise FeatureNotSupported("array subscript", position=position_of(node))

    # -- subqueries

    def scalar_subquery(self, node: exp.Expr) -> exp.Expr:
        columns = self.subquery_columns(node)
        if len(columns) != 1:
            raise PgError(sqlstate.SYNTAX_ERROR, "subquery must return only one column", position=position_of(node))
        node.meta[TYPE] = columns[0].type
        return node

    def exists(self, node: exp.Expr) -> exp.Expr:
        self.subquery_columns(node)
        node.meta[TYPE] = BOOL
        return node


Handler = Callable[[Typer, exp.Expr], exp.Expr]

_HANDLERS: Final[dict[type[exp.Expr], Handler]] = {
    exp.Literal: Typer.literal,
    exp.Null: Typer.null,
    exp.Boolean: Typer.boolean,
    exp.Parameter: Typer.parameter,
    exp.Placeholder: Typer.placeholder,
    exp.Column: Typer.column,
    exp.And: Typer.logic,
    exp.Or: Typer.logic,
    exp.Not: Typer.negation,
    exp.Is: Typer.is_test,
    exp.Operator: Typer.operator,
    exp.Neg: Typer.negative,
    exp.In: Typer.in_test,
    exp.Between: Typer.between,
    exp.Case: Typer.case,
    exp.Coalesce: Typer.choice,
    exp.Greatest: Typer.choice,
    exp.Least: Typer.choice,
    exp.Nullif: Typer.nullif,
    exp.Cast: Typer.cast,
    exp.Collate: Typer.collate,
    exp.Array: Typer.array,
    exp.Tuple: Typer.tuple_,
    exp.Bracket: Typer.subscript,
    exp.Subquery: Typer.scalar_subquery,
    exp.Exists: Typer.exists,
    exp.Anonymous: Typer.call,
    exp.Window: Typer.window,
    **dict.fromkeys(SYMBOLS, Typer.binary),
}
