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
from pgiris.sql.analysis import BIND, TYPE, OutputColumn, PgType, position_of, type_of
from pgiris.sql.plan import Captured, Parameter, SessionValue
from pgiris.sql.postgres_expressions import COMPARISONS
from pgiris.sql.postgres_grammar import OPERATOR, START
from pgiris.sql.typing import coercion
from pgiris.sql.typing.calls import Calls
from pgiris.sql.typing.casts import EXPLICIT, castable
from pgiris.sql.typing.resolution import Ambiguous, Operator, find_operator
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

RESOLVED: Final = "pg_resolved"
"""On an operator node: the ``Operator`` chosen; on a list of them (row comparison): a tuple of them."""

SYMBOLS: Final[dict[type[exp.Expr], str]] = {
    **{kind: symbol for symbol, kind in COMPARISONS.items()},
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.Mod: "%",
    exp.Pow: "^",
    exp.DPipe: "||",
    exp.Like: "~~",
    exp.ILike: "~~*",
    exp.NullSafeEQ: "=",
    exp.NullSafeNEQ: "=",
}
_HINT: Final = "No operator matches the given name and argument types. You might need to add explicit type casts."
_PREFIX_HINT: Final = (
    "No operator matches the given name and argument type. You might need to add an explicit type cast."
)
_LEAVES: Final = (exp.Literal, exp.Parameter, exp.Null, exp.Boolean)
_COLLATIONS: Final = frozenset({"C", "POSIX", "ucs_basic", "default"})
_LARGEST_INT4: Final = 2**31
_LARGEST_INT8: Final = 2**63


def literal_type(text: str) -> PgType:
    """The type of a number as written: the smallest of integer, bigint and numeric that holds it."""
    if not text.lstrip("-").isdecimal():
        return PgType(oids.NUMERIC)
    value = int(text) if len(text) < 25 else _LARGEST_INT8
    if -_LARGEST_INT4 <= value < _LARGEST_INT4:
        return PgType(oids.INT4)
    return PgType(oids.INT8 if -_LARGEST_INT8 <= value < _LARGEST_INT8 else oids.NUMERIC)


class Typer(Calls):
    """Types the expressions of one statement."""

    def infer(self, node: exp.Expr) -> exp.Expr:
        handler = _HANDLERS.get(type(node))
        if handler is None:
            raise FeatureNotSupported(type(node).__name__.upper(), position=position_of(node))
        return handler(self, node)

    def infer_arg(self, node: exp.Expr, key: str = "this") -> exp.Expr:
        child = self.infer(node.args[key])
        node.set(key, child)
        return child

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

    # -- operators

    def binary(self, node: exp.Expr) -> exp.Expr:
        """A binary operator of a node of its own."""
        symbol = SYMBOLS[type(node)]
        right = node.expression
        if isinstance(right, (exp.Any, exp.All)):
            return self.quantified(node, symbol)
        if isinstance(node.this, exp.Tuple) and isinstance(right, (exp.Tuple, exp.Subquery)):
            return self.rows(node, symbol)
        self.infer_arg(node)
        self.infer_arg(node, "expression")
        self.apply(node, symbol)
        if isinstance(node, (exp.NullSafeEQ, exp.NullSafeNEQ)):
            node.meta[TYPE] = BOOL
        escape = node.args.get("escape")
        if escape is not None:
            node.set("escape", self.coerce(self.infer(escape), PgType(oids.TEXT)))
        return node

    def operator(self, node: exp.Expr) -> exp.Expr:
        """Every other operator, prefix ones too."""
        symbol = node.args["operator"]
        if isinstance(node.expression, (exp.Any, exp.All)):
            return self.quantified(node, symbol)
        if node.this is not None:
            self.infer_arg(node)
        self.infer_arg(node, "expression")
        return self.apply(node, symbol)

    def negative(self, node: exp.Expr) -> exp.Expr:
        inner = node.this
        if isinstance(inner, exp.Literal) and not inner.args["is_string"] and not inner.this.startswith("-"):
            inner.set("this", "-" + inner.this)
            inner.meta[TYPE] = literal_type(inner.this)
            inner.meta[START] = node.meta[START]
            return inner
        self.infer_arg(node)
        found = type_of(inner := node.this).oid
        row = self.lookup("-", 0, found, node)
        node.set("this", self.coerce(inner, PgType(row.right)))
        node.meta[RESOLVED] = row
        node.meta[TYPE] = PgType(row.result)
        return node

    def apply(self, node: exp.Expr, symbol: str) -> exp.Expr:
        """Choose the operator for typed operands and convert them."""
        left = node.args.get("this")
        right = node.expression
        row = self.lookup(symbol, type_of(left).oid if left is not None else 0, type_of(right).oid, node)
        if left is not None:
            node.set("this", self.coerce(left, PgType(row.left)))
        node.set("expression", self.coerce(right, PgType(row.right)))
        node.meta[RESOLVED] = row
        node.meta[TYPE] = PgType(row.result)
        return node

    def lookup(self, symbol: str, left: int, right: int, node: exp.Expr) -> Operator:
        """The operator, or 42883 and 42725 as PostgreSQL says them."""
        start = node.meta.get(OPERATOR)
        position = start + 1 if isinstance(start, int) else position_of(node)
        shown = symbol if not left else f"{type_name(left)} {symbol}"
        try:
            row = find_operator(symbol, left, right)
        except Ambiguous:
            raise PgError(
                sqlstate.AMBIGUOUS_FUNCTION,
                f"operator is not unique: {shown} {type_name(right)}",
                hint="Could not choose a best candidate operator. You might need to add explicit type casts.",
                position=position,
            ) from None
        if row is None:
            raise PgError(
                sqlstate.UNDEFINED_FUNCTION,
                f"operator does not exist: {shown} {type_name(right)}",
                hint=_HINT if left else _PREFIX_HINT,
                position=position,
            )
        return row

    def rows(self, node: exp.Expr, symbol: str) -> exp.Expr:
        """Row comparison, element by element."""
        right = node.expression
        if isinstance(right, exp.Subquery):
            raise FeatureNotSupported("comparison of a row with a subquery", position=position_of(node))
        if len(node.this.expressions) != len(right.expressions):
            raise PgError(
                sqlstate.SYNTAX_ERROR,
                "unequal number of entries in row expressions",
                position=node.meta.get(OPERATOR, 0) + 1,
            )
        if not right.expressions:
            raise FeatureNotSupported("comparison of empty rows", position=position_of(node))
        self.pairs(node.this, right, symbol, node)
        node.meta[TYPE] = BOOL
        return node

    def pairs(self, left: exp.Expr, right: exp.Expr, symbol: str, at: exp.Expr) -> None:
        lefts = [item if TYPE in item.meta else self.infer(item) for item in left.expressions]
        rights = [self.infer(item) for item in right.expressions]
        for index, (one, other) in enumerate(zip(lefts, rights)):
            row = self.lookup(symbol, type_of(one).oid, type_of(other).oid, at)
            lefts[index] = self.coerce(one, PgType(row.left))
            rights[index] = self.coerce(other, PgType(row.right))
        left.set("expressions", lefts)
        right.set("expressions", rights)
        left.meta[TYPE] = right.meta[TYPE] = PgType(oids.RECORD)

    def quantified(self, node: exp.Expr, symbol: str) -> exp.Expr:
        """``x op ANY (array or subquery)``."""
        some = node.expression
        inner = some.this
        if isinstance(node.this, exp.Tuple):
            raise FeatureNotSupported("comparison of a row with ANY or ALL", position=position_of(node))
        left = self.infer_arg(node)
        if isinstance(inner, exp.Subquery):
            return self.quantified_query(node, symbol, inner)
        array = self.infer_arg(some)
        found = type_of(array).oid
        element = oids.UNKNOWN if found == oids.UNKNOWN else element_of(found)
        position = node.meta.get(OPERATOR, 0) + 1
        if not element:
            raise PgError(
                sqlstate.WRONG_OBJECT_TYPE, "op ANY/ALL (array) requires array on right side", position=position
            )
        row = self.lookup(symbol, type_of(left).oid, element, node)
        if row.result != oids.BOOL:
            raise PgError(
                sqlstate.WRONG_OBJECT_TYPE, "op ANY/ALL (array) requires operator to yield boolean", position=position
            )
        node.set("this", self.coerce(left, PgType(row.left)))
        some.set("this", self.coerce(array, PgType(array_of(row.right) or found)))
        some.meta[TYPE] = type_of(some.this)
        node.meta[RESOLVED] = row
        node.meta[TYPE] = BOOL
        return node

    def quantified_query(self, node: exp.Expr, symbol: str, query: exp.Expr) -> exp.Expr:
        columns = self.subquery_columns(query)
        if len(columns) != 1:
            raise PgError(sqlstate.SYNTAX_ERROR, "subquery has too many columns", position=position_of(query))
        row = self.lookup(symbol, type_of(node.this).oid, columns[0].type.oid, node)
        node.set("this", self.coerce(node.this, PgType(row.left)))
        node.expression.meta[TYPE] = query.meta[TYPE] = columns[0].type
        node.meta[RESOLVED] = row
        node.meta[TYPE] = BOOL
        return node

    def in_test(self, node: exp.Expr) -> exp.Expr:
        node.meta[TYPE] = BOOL
        query = node.args.get("query")
        if query is not None:
            return self.in_query(node, query)
        if isinstance(node.this, exp.Tuple):
            for item in node.expressions:
                if not isinstance(item, exp.Tuple) or len(item.expressions) != len(node.this.expressions):
                    raise PgError(
                        sqlstate.SYNTAX_ERROR,
                        "unequal number of entries in row expressions",
                        position=node.meta.get(OPERATOR, 0) + 1,
                    )
                self.pairs(node.this, item, "=", node)
            return node
        left = self.infer_arg(node)
        items = [self.infer(item) for item in node.expressions]
        fixed = [item for item in items if isinstance(item, _LEAVES) or item.find(exp.Column) is None]
        common = coercion.common_type([left, *fixed], None) if len(fixed) > 1 else None
        if common is not None:
            items = [self.coerce(item, PgType(common)) if item.find(exp.Column) is None else item for item in items]
        row: Operator | None = None
        for index, item in enumerate(items):
            row = self.lookup("=", type_of(left).oid, type_of(item).oid, node)
            left = self.coerce(left, PgType(row.left))
            items[index] = self.coerce(item, PgType(row.right))
        node.set("this", left)
        node.set("expressions", items)
        node.meta[RESOLVED] = row
        return node

    def in_query(self, node: exp.Expr, query: exp.Expr) -> exp.Expr:
        lefts = node.this.expressions if isinstance(node.this, exp.Tuple) else [node.this]
        lefts = [self.infer(item) for item in lefts]
        columns = self.subquery_columns(query)
        if len(columns) != len(lefts):
            few = "few" if len(columns) < len(lefts) else "many"
            raise PgError(
                sqlstate.SYNTAX_ERROR,
                f"subquery has too {few} columns",
                position=node.meta.get(OPERATOR, 0) + 1,
            )
        rows: list[Operator] = []
        for index, (left, column) in enumerate(zip(lefts, columns)):
            row = self.lookup("=", type_of(left).oid, column.type.oid, node)
            lefts[index] = self.coerce(left, PgType(row.left))
            rows.append(row)
        if isinstance(node.this, exp.Tuple):
            node.this.set("expressions", lefts)
            node.this.meta[TYPE] = PgType(oids.RECORD)
        else:
            node.set("this", lefts[0])
        node.meta[RESOLVED] = tuple(rows)
        query.meta[TYPE] = columns[0].type
        return node

    def between(self, node: exp.Expr) -> exp.Expr:
        """``x BETWEEN a AND b`` is ``x >= a AND x <= b``; the operands may be converted differently in the two."""
        value = self.infer_arg(node)
        for key, symbol in (("low", ">="), ("high", "<=")):
            bound = self.infer_arg(node, key)
            row = self.lookup(symbol, type_of(value).oid, type_of(bound).oid, node)
            value = self.coerce(value, PgType(row.left))
            node.set(key, self.coerce(bound, PgType(row.right)))
            node.meta[RESOLVED] = row
        node.set("this", value)
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

    def subquery_columns(self, node: exp.Expr) -> tuple[OutputColumn, ...]:
        raise AssertionError

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
