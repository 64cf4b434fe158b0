"""Operators and comparisons: choosing the operator, converting the operands (manual 10.2)."""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from pgiris import sqlstate
from pgiris.errors import FeatureNotSupported, PgError
from pgiris.sql.analysis import TYPE, OutputColumn, PgType, position_of, type_of
from pgiris.sql.postgres_expressions import COMPARISONS
from pgiris.sql.postgres_grammar import OPERATOR, START
from pgiris.sql.typing import coercion
from pgiris.sql.typing.calls import Calls
from pgiris.sql.typing.resolution import Ambiguous, Operator, find_operator
from pgiris.sql.typing.types import BOOL, array_of, element_of, type_name
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


class Operators(Calls):
    """Types operators; ``Typer`` adds the other expressions."""

    def infer_arg(self, node: exp.Expr, key: str = "this") -> exp.Expr:
        child = self.infer(node.args[key])
        node.set(key, child)
        return child

    def subquery_columns(self, node: exp.Expr) -> tuple[OutputColumn, ...]:
        raise AssertionError

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
