"""Analysed PostgreSQL expressions as IRIS expressions.

``Expressions`` is the ``Rewriter`` of the seam (``pgiris.sql.analysis``); one module of this package treats one
kind of construct: booleans, comparisons, arithmetic, casts, strings, dates, calls. Everything that none of them
treats is refused with its position. Generated arithmetic is always parenthesised, because IRIS's precedence is a
setting (ANSIPrecedence).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlglot import exp

from pgiris.errors import FeatureNotSupported, PgError
from pgiris.sql.analysis import (
    BIND,
    COLUMN,
    TYPE,
    Analyzed,
    ColumnRef,
    PgType,
    Queries,
    position_of,
    type_of,
)
from pgiris.sql.iris.nodes import function
from pgiris.sql.plan import Constant, Parameter
from pgiris.sql.postgres_grammar import too_deep
from pgiris.sql.rewrite import constants, names
from pgiris.sql.rewrite.booleans import Booleans
from pgiris.sql.rewrite.casts import Casts
from pgiris.sql.rewrite.types import SELF_TYPED, iris_code
from pgiris.sql.schema import TableColumn
from pgiris.sql.typing.types import NUMBERS, TEXTUAL
from pgiris.types import oids


class Expressions(Booleans, Casts):
    """Rewrites the expressions of one analysed statement."""

    def __init__(self, analyzed: Analyzed, queries: Queries) -> None:
        self.analyzed = analyzed
        self.queries = queries

    # -- the seam

    def value(self, node: exp.Expr) -> exp.Expr:
        try:
            return self.scalar(node)
        except RecursionError:
            raise too_deep() from None

    def predicate(self, node: exp.Expr) -> exp.Expr:
        try:
            return self.condition(node)
        except RecursionError:
            raise too_deep() from None

    def key(self, node: exp.Expr) -> exp.Expr:
        value = self.value(node)
        if isinstance(node, exp.Column) and type_of(node).oid in TEXTUAL and _collation(node) != "EXACT":
            return function("%EXACT", value)
        return value

    def assign(self, node: exp.Expr, column: TableColumn) -> exp.Expr:
        target = PgType(column.type_oid, column.typmod)
        found = type_of(node)
        if isinstance(node, (exp.Placeholder, exp.Parameter)):
            return self.bare(node, target)
        if found.oid == target.oid or found.oid == oids.UNKNOWN:
            return self.fitted(node, found, target)
        return self.converted(self.scalar(node), node, found, target, assignment=True)

    def constant(self, node: exp.Expr, column: TableColumn) -> Constant | None:
        try:
            value = constants.fold(node)
            if value is constants.NOT_CONSTANT:
                return None
            if value is None:
                return Constant(None)
            found = type_of(node)
            target = PgType(column.type_oid, column.typmod)
            value = constants.convert(value, found, target)
        except PgError as error:
            if error.position is None and error.sqlstate.startswith("22P"):
                error.position = position_of(node)
            raise
        if value is constants.NOT_CONSTANT or isinstance(value, constants.Deferred):
            return None
        return Constant(constants.to_odbc(value, target.oid))

    # -- values

    def scalar(self, node: exp.Expr) -> exp.Expr:
        """An IRIS scalar for an analysed expression."""
        if type_of(node).oid == oids.BOOL and self.is_condition(node):
            return self.truth(node)
        handler = _HANDLERS.get(type(node))
        if handler is None:
            raise FeatureNotSupported(type(node).__name__.upper(), position=position_of(node))
        return handler(self, node)

    def placeholder(self, node: exp.Expr) -> exp.Expr:
        if BIND not in node.meta:
            raise FeatureNotSupported("a placeholder", position=position_of(node))
        return node.copy()

    def column(self, node: exp.Expr) -> exp.Expr:
        ref = node.meta.get(COLUMN)
        name = names.label(node.name)
        if isinstance(ref, ColumnRef) and ref.column is not None and ref.column.name.lower() == ref.name.lower():
            name = names.identifier(ref.column.name)
        table = node.args.get("table")
        return exp.Column(this=name, table=names.label(table.name) if table is not None else None)

    def literal(self, node: exp.Expr) -> exp.Expr:
        """A literal of a known type."""
        return self.constant_node(constants.literal_value(node), type_of(node), node)

    def null(self, node: exp.Expr) -> exp.Expr:
        return exp.Null()

    def parameter(self, node: exp.Expr) -> exp.Expr:
        """A parameter where IRIS must be told its type: a bare ``?`` is VARCHAR (RSQL_select)."""
        found = type_of(node)
        value = self.bare(node, found)
        return value if found.oid in TEXTUAL or found.oid in SELF_TYPED else self.cast_to(value, found, node)

    def bare(self, node: exp.Expr, target: PgType) -> exp.Expr:
        """A parameter as a bare ``?``, for places whose other operand gives the type."""
        if isinstance(node, exp.Placeholder):
            value: exp.Expr = node.copy()
        elif isinstance(node, exp.Parameter):
            oid = type_of(node).oid
            bind = Parameter(int(node.this.this) - 1, oid, iris_code(oid, node))
            value = self.queries.binds.placeholder(bind)
        else:
            return self.scalar(node)
        if target.oid == oids.VECTOR:
            return function("TO_VECTOR", value, exp.Var(this="FLOAT"))
        return value

    def operand(self, node: exp.Expr) -> exp.Expr:
        """A side of a comparison or of arithmetic whose other side has a type of its own."""
        return self.bare(node, type_of(node)) if isinstance(node, exp.Parameter) else self.scalar(node)

    def operands(self, left: exp.Expr, right: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
        """Both sides; a parameter stays bare when the other side is none."""
        if isinstance(left, exp.Parameter) and isinstance(right, exp.Parameter):
            return self.scalar(left), self.scalar(right)
        return self.operand(left), self.operand(right)

    # -- subqueries and choices

    def subquery(self, node: exp.Expr) -> exp.Expr:
        query = self.queries.subquery(node.this)
        return exp.Subquery(this=query)

    def case(self, node: exp.Expr) -> exp.Expr:
        branches = [
            exp.If(this=self.condition(branch.this), true=self.typed(branch.args["true"]))
            for branch in node.args["ifs"]
        ]
        default = node.args.get("default")
        return exp.Case(ifs=branches, default=self.typed(default) if default is not None else None)

    def typed(self, node: exp.Expr) -> exp.Expr:
        """A branch of a choice: IRIS must know the type of a parameter there."""
        if isinstance(node, exp.Parameter):
            return self.cast_to(self.bare(node, type_of(node)), type_of(node), node)
        return self.scalar(node)

    def coalesce(self, node: exp.Expr) -> exp.Expr:
        items = [node.this, *node.expressions]
        if len(items) == 1:
            return self.scalar(items[0])
        return function("COALESCE", *(self.typed(item) for item in items))

    def nullif(self, node: exp.Expr) -> exp.Expr:
        """As CASE, so that the comparison is PostgreSQL's."""
        equal = exp.EQ(this=node.this.copy(), expression=node.expression.copy())
        equal.meta.update(node.meta)
        equal.meta[TYPE] = PgType(oids.BOOL)
        return exp.Case(ifs=[exp.If(this=self.condition(equal), true=exp.Null())], default=self.typed(node.this))

    def extreme(self, node: exp.Expr) -> exp.Expr:
        """GREATEST and LEAST skip NULLs in PostgreSQL; IRIS's give NULL, and compare texts of digits as numbers.

        So every argument is the first of a chain that is NULL only when all are; other types go two at a time, by
        CASE.
        """
        items = [self.typed(item) for item in [node.this, *node.expressions]]
        name = type(node).__name__.upper()
        if type_of(node).oid in NUMBERS:
            turns = [items[at:] + items[:at] for at in range(len(items))]
            chains = [function("COALESCE", *(i.copy() for i in turn)) if len(turn) > 1 else turn[0] for turn in turns]
            return function(name, *chains) if len(chains) > 1 else chains[0]
        if len(items) > 4:
            raise FeatureNotSupported(f"{name} of more than 4 values that are not numbers", position=position_of(node))
        kind: type[exp.Expr] = exp.GTE if isinstance(node, exp.Greatest) else exp.LTE
        result = items[0]
        for item in items[1:]:
            test = exp.Or(
                this=kind(this=result.copy(), expression=item.copy()),
                expression=exp.Is(this=item.copy(), expression=exp.Null()),
            )
            result = exp.Case(ifs=[exp.If(this=test, true=result.copy())], default=item.copy())
        return result

    def collate(self, node: exp.Expr) -> exp.Expr:
        value = self.scalar(node.this)
        return function("%EXACT", value)

    def array(self, node: exp.Expr) -> exp.Expr:
        raise FeatureNotSupported("an array as a value", position=position_of(node))


def _collation(node: exp.Expr) -> str:
    ref = node.meta.get(COLUMN)
    return ref.collation if isinstance(ref, ColumnRef) else "EXACT"


Handler = Callable[[Expressions, exp.Expr], exp.Expr]

_HANDLERS: Final[dict[type[exp.Expr], Handler]] = {
    exp.Placeholder: Expressions.placeholder,
    exp.Column: Expressions.column,
    exp.Literal: Expressions.literal,
    exp.Boolean: Expressions.literal,
    exp.Null: Expressions.null,
    exp.Parameter: Expressions.parameter,
    exp.Subquery: Expressions.subquery,
    exp.Case: Expressions.case,
    exp.Coalesce: Expressions.coalesce,
    exp.Nullif: Expressions.nullif,
    exp.Greatest: Expressions.extreme,
    exp.Least: Expressions.extreme,
    exp.Collate: Expressions.collate,
    exp.Array: Expressions.array,
    exp.Cast: Expressions.cast,
    exp.Add: Expressions.arithmetic,
    exp.Sub: Expressions.arithmetic,
    exp.Mul: Expressions.arithmetic,
    exp.Div: Expressions.arithmetic,
    exp.Mod: Expressions.arithmetic,
    exp.Pow: Expressions.operator,
    exp.Operator: Expressions.operator,
    exp.Neg: Expressions.negative,
    exp.DPipe: Expressions.concatenation,
    exp.Anonymous: Expressions.call,
    exp.AnonymousAggFunc: Expressions.aggregate,
    exp.Window: Expressions.window,
}
