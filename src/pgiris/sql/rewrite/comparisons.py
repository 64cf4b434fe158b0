"""Comparisons: text by PostgreSQL's rules, rows by their parts, ANY and ALL of arrays as lists.

IRIS compares by the column's collation, which is SQLUPPER for columns that pgiris did not make; ``%EXACT`` on both
sides gives PostgreSQL's comparison (GSQL_collation).
"""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from pgiris.sql import iris
from pgiris.sql.analysis import COLUMN, TYPE, ColumnRef, PgType, type_of
from pgiris.sql.datatypes import LONG_LENGTH
from pgiris.sql.iris.nodes import function
from pgiris.sql.rewrite import constants
from pgiris.sql.rewrite.calls import CallRewriter
from pgiris.sql.rewrite.context import number
from pgiris.sql.rewrite.templates import fill
from pgiris.sql.rewrite.types import cast_type
from pgiris.sql.typing.operators import RESOLVED, SYMBOLS
from pgiris.sql.typing.resolution import Operator, find_operator
from pgiris.sql.typing.types import TEXTUAL, element_of, type_name
from pgiris.types import oids, registry
from pgiris.types.context import DEFAULT_CONTEXT

_STRICT: Final[dict[type[exp.Expr], type[exp.Expr]]] = {
    exp.LT: exp.LT,
    exp.LTE: exp.LT,
    exp.GT: exp.GT,
    exp.GTE: exp.GT,
}
_INCOMPARABLE: Final = frozenset({oids.JSONB, oids.VECTOR, oids.BYTEA, oids.RECORD, oids.INTERVAL, oids.TIMETZ})
_LISTED: Final = TEXTUAL | {oids.INT2, oids.INT4, oids.INT8, oids.NUMERIC, oids.FLOAT4, oids.FLOAT8, oids.UUID}
"""Element types whose JSON form IRIS reads back as the value."""

_MOMENTS: Final = frozenset({oids.DATE, oids.TIME, oids.TIMESTAMP, oids.TIMESTAMPTZ})
"""Element types whose JSON form is ODBC text, which CAST reads (RSQL_cast)."""

_LONGEST_LIST: Final = 499
"""Members of one IN list; longer ones are divided."""


class Comparisons(CallRewriter):
    """Conditions that compare."""

    def comparison(self, node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Exists):
            return exp.Exists(this=self.queries.subquery(node.this))
        if isinstance(node, exp.Between):
            return self.between(node)
        if isinstance(node, exp.In):
            return self.in_test(node)
        if isinstance(node, (exp.Like, exp.ILike)):
            return self.like(node)
        if isinstance(node, exp.Anonymous):
            return self.starts_with(node)
        if isinstance(node.args["expression"], (exp.Any, exp.All)):
            return self.quantified(node)
        if isinstance(node.this, exp.Tuple):
            return self.rows(node)
        if isinstance(node, exp.Operator):
            raise self.refuse(f"the operator {node.args['operator']} of {self.shown(node)}", node)
        if isinstance(node, (exp.NullSafeEQ, exp.NullSafeNEQ)):
            return self.distinct(node)
        self.check(self.resolved(node), node)
        left, right = self.sides(node.this, node.expression, self.resolved(node))
        return type(node)(this=left, expression=right)

    def shown(self, node: exp.Expr) -> str:
        row = self.resolved(node)
        return f"{type_name(row.left)} and {type_name(row.right)}" if row.left else type_name(row.right)

    def check(self, row: Operator, node: exp.Expr) -> None:
        """Refuse types whose comparison IRIS does not have."""
        if row.left in _INCOMPARABLE or element_of(row.left):
            raise self.refuse(f"comparison of {type_name(row.left)} values", node)
        if {row.left, row.right} in ({oids.TIMESTAMP, oids.TIMESTAMPTZ}, {oids.DATE, oids.TIMESTAMPTZ}):
            raise self.refuse(
                f"comparison of {type_name(row.left)} with {type_name(row.right)}",
                node,
                hint="It depends on the session's time zone; convert with AT TIME ZONE 'UTC'.",
            )

    def sides(self, left: exp.Expr, right: exp.Expr, row: Operator) -> tuple[exp.Expr, exp.Expr]:
        """Both operands as IRIS compares them the way PostgreSQL does."""
        one, other = self.operands(left, right)
        if row.left == oids.DATE and row.right == oids.TIMESTAMP:
            one = self.cast_to(one, PgType(oids.TIMESTAMP), left)
        elif row.left == oids.TIMESTAMP and row.right == oids.DATE:
            other = self.cast_to(other, PgType(oids.TIMESTAMP), right)
        if row.left == oids.BPCHAR:
            one, other = _trimmed(one, left), _trimmed(other, right)
        if row.left in TEXTUAL and not (_exact(left) and _exact(right)):
            return function("%EXACT", one), function("%EXACT", other)
        return one, other

    def distinct(self, node: exp.Expr) -> exp.Expr:
        """IS [NOT] DISTINCT FROM as a CASE that is never NULL."""
        row = self.resolved(node)
        self.check(row, node)
        left, right = self.sides(node.this, node.expression, row)
        if isinstance(node.this, exp.Null) or isinstance(node.expression, exp.Null):
            other = node.expression if isinstance(node.this, exp.Null) else node.this
            test = exp.Is(this=self.scalar(other), expression=exp.Null())
            return test if isinstance(node, exp.NullSafeEQ) else exp.Not(this=test)
        same = exp.Or(
            this=exp.EQ(this=left, expression=right),
            expression=exp.Paren(
                this=exp.And(
                    this=exp.Is(this=left.copy(), expression=exp.Null()),
                    expression=exp.Is(this=right.copy(), expression=exp.Null()),
                )
            ),
        )
        holds = exp.Case(ifs=[exp.If(this=same, true=number(1))], default=number(0))
        return exp.EQ(this=holds, expression=number(1 if isinstance(node, exp.NullSafeEQ) else 0))

    def between(self, node: exp.Expr) -> exp.Expr:
        low, high = node.args["low"], node.args["high"]
        forward = self.range_test(node, low, high)
        if not node.args.get("symmetric"):
            return forward
        return exp.Paren(this=exp.Or(this=forward, expression=self.range_test(node, high, low)))

    def range_test(self, node: exp.Expr, low: exp.Expr, high: exp.Expr) -> exp.Expr:
        """``x >= low AND x <= high``; each comparison has types of its own."""
        tests = []
        for kind, bound in ((exp.GTE, low), (exp.LTE, high)):
            tests.append(self.compare(kind, node.this, bound, node))
        one, other = tests
        if isinstance(one, exp.GTE) and isinstance(other, exp.LTE) and one.this == other.this:
            return exp.Between(this=one.this, low=one.expression, high=other.expression)
        return exp.Paren(this=exp.And(this=one, expression=other))

    def compare(self, kind: type[exp.Expr], left: exp.Expr, right: exp.Expr, at: exp.Expr) -> exp.Expr:
        """A comparison that the rewrite makes itself, of operands that analysis has typed."""
        row = find_operator(SYMBOLS[kind], type_of(left).oid, type_of(right).oid)
        if row is None:
            raise self.refuse("this comparison", at)
        test = kind(this=left.copy(), expression=right.copy())
        test.meta.update(at.meta)
        test.meta[RESOLVED] = row
        test.meta[TYPE] = PgType(oids.BOOL)
        return self.comparison(test)

    # -- lists

    def in_test(self, node: exp.Expr) -> exp.Expr:
        query = node.args.get("query")
        if query is not None:
            return self.in_query(node, query)
        if isinstance(node.this, exp.Tuple):
            tests = [self.row_equal(node.this, item, node) for item in node.expressions]
            return _any_of(tests)
        row = self.resolved(node)
        self.check(row, node)
        if any(not isinstance(item, (exp.Literal, exp.Parameter, exp.Null)) for item in node.expressions):
            return _any_of([self.compare(exp.EQ, node.this, item, node) for item in node.expressions])
        return self.listed(node.this, node.expressions, row)

    def listed(self, left: exp.Expr, items: list[exp.Expr], row: Operator) -> exp.Expr:
        value = self.sides(left, items[0], row)[0]
        exact = row.left in TEXTUAL and not _exact(left)
        members = [
            _trimmed(self.operand(item), item) if row.left == oids.BPCHAR else self.operand(item) for item in items
        ]
        members = [function("%EXACT", member) for member in members] if exact else members
        if len(members) == 1:
            return exp.EQ(this=value, expression=members[0])
        parts: list[exp.Expr] = [
            exp.In(this=value.copy(), expressions=members[at : at + _LONGEST_LIST])
            for at in range(0, len(members), _LONGEST_LIST)
        ]
        return parts[0] if len(parts) == 1 else _any_of(parts)

    def in_query(self, node: exp.Expr, query: exp.Expr) -> exp.Expr:
        if isinstance(node.this, exp.Tuple):
            raise self.refuse("a row IN (subquery)", node)
        row = node.meta[RESOLVED][0]
        self.check(row, node)
        value = self.scalar(node.this)
        if row.left in TEXTUAL and not _exact(node.this):
            value = function("%EXACT", value)
        return exp.In(this=value, query=exp.Subquery(this=self.queries.subquery(query.this)))

    def quantified(self, node: exp.Expr) -> exp.Expr:
        """``x op ANY (…)``: a subquery stays, an array becomes a list."""
        some = node.expression
        row = self.resolved(node)
        self.check(row, node)
        if isinstance(node, exp.Operator):
            raise self.refuse(f"the operator {node.args['operator']} with ANY or ALL", node)
        if isinstance(some.this, exp.Subquery):
            query = self.queries.subquery(some.this.this)
            value = self.scalar(node.this)
            if row.left in TEXTUAL and not _exact(node.this):
                value = function("%EXACT", value)
            return type(node)(this=value, expression=type(some)(this=query))
        return self.array_test(node, some, row)

    def array_test(self, node: exp.Expr, some: exp.Expr, row: Operator) -> exp.Expr:
        array = some.this
        while isinstance(array, exp.Cast) and isinstance(array.this, (exp.Array, exp.Parameter)):
            array = array.this
        if isinstance(array, exp.Parameter):
            return self.array_parameter(node, some, array, row)
        array = self.written_out(array, node)
        if isinstance(node, (exp.Like, exp.ILike)):
            raise self.refuse("LIKE ANY or ALL", node)
        items = array.expressions
        if not items:
            return exp.EQ(this=number(1), expression=number(0 if isinstance(some, exp.Any) else 1))
        plain = all(isinstance(item, (exp.Literal, exp.Parameter, exp.Null)) for item in items)
        if plain and isinstance(node, exp.EQ) and isinstance(some, exp.Any):
            return self.listed(node.this, items, row)
        tests = [self.compare(type(node), node.this, item, node) for item in items]
        return _any_of(tests) if isinstance(some, exp.Any) else _all_of(tests)

    def written_out(self, array: exp.Expr, node: exp.Expr) -> exp.Expr:
        """ARRAY[…] or a constant ``'{…}'`` as a list of expressions."""
        if isinstance(array, exp.Array):
            return array
        values = constants.fold(array)
        if not isinstance(values, list) or any(isinstance(value, list) for value in values):
            raise self.refuse("ANY or ALL of an array that is neither written out nor a parameter", node)
        element = PgType(element_of(type_of(array).oid))
        items: list[exp.Expr] = []
        for value in values:
            item: exp.Expr = exp.Null()
            if value is not None:
                text = registry.encode(element.oid, 0, value, DEFAULT_CONTEXT).decode()
                item = exp.Literal(this=text, is_string=True)
            item.meta[TYPE] = element
            items.append(item)
        return exp.Array(expressions=items)

    def array_parameter(self, node: exp.Expr, some: exp.Expr, array: exp.Expr, row: Operator) -> exp.Expr:
        """An array parameter arrives as a JSON text; JSON_TABLE makes rows of it (R:jsontable)."""
        element = element_of(type_of(array).oid)
        if element not in _LISTED and element not in _MOMENTS:
            raise self.refuse(f"ANY or ALL of a {type_name(element)}[] parameter", node)
        value = self.scalar(node.this)
        if row.left in TEXTUAL and not _exact(node.this):
            value = function("%EXACT", value)
        query = self.elements(array, element, node)
        if isinstance(node, exp.EQ) and isinstance(some, exp.Any):
            test: exp.Expr = exp.In(this=value, query=exp.Subquery(this=query))
        elif isinstance(node, exp.NEQ) and isinstance(some, exp.All):
            test = exp.Not(this=exp.In(this=value, query=exp.Subquery(this=query)))
        else:
            test = type(node)(this=value, expression=type(some)(this=query))
        if isinstance(some, exp.Any) and _only_rows_matter(node):
            return test
        # The test with a NULL array is NULL; without rows it would be false (ANY) or true (ALL).
        unknown = exp.Case(
            ifs=[exp.If(this=exp.Is(this=self.bare(array, type_of(array)), expression=exp.Null()), true=exp.Null())],
            default=number(0 if isinstance(some, exp.Any) else 1),
        )
        known = exp.EQ(this=number(1), expression=unknown)
        kind = exp.Or if isinstance(some, exp.Any) else exp.And
        return exp.Paren(this=kind(this=test, expression=known))

    def elements(self, array: exp.Expr, element: int, node: exp.Expr) -> exp.Expr:
        """The elements as rows. JSON_TABLE's document must not be a parameter, so a derived table carries it."""
        kind = iris.generate(cast_type(PgType(element), node))
        value = "e.v"
        if element in _MOMENTS:
            value, kind = f"CAST(e.v AS {kind})", "VARCHAR(32)"
        template = (
            f"(SELECT {value} FROM (SELECT CAST(:a AS VARCHAR({LONG_LENGTH})) AS j) AS a "
            f"CROSS JOIN JSON_TABLE(a.j, '$[*]' COLUMNS (v {kind} PATH '$')) AS e)"
        )
        query = fill(template, {"a": self.bare(array, type_of(array))}).this
        assert isinstance(query, exp.Expr)
        return query

    # -- rows

    def row_equal(self, left: exp.Expr, right: exp.Expr, at: exp.Expr) -> exp.Expr:
        tests = [self.compare(exp.EQ, one, other, at) for one, other in zip(left.expressions, right.expressions)]
        return _all_of(tests)

    def rows(self, node: exp.Expr) -> exp.Expr:
        """Row comparison by parts (manual 9.24.5)."""
        left, right = node.this.expressions, node.expression.expressions
        if isinstance(node, exp.EQ):
            return self.row_equal(node.this, node.expression, node)
        if isinstance(node, exp.NEQ):
            return _any_of([self.compare(exp.NEQ, one, other, node) for one, other in zip(left, right)])
        if isinstance(node, (exp.NullSafeEQ, exp.NullSafeNEQ)):
            raise self.refuse("IS DISTINCT FROM of rows", node)
        kind = type(node)
        result = self.compare(kind, left[-1], right[-1], node)
        for one, other in list(zip(left, right))[-2::-1]:
            equal = self.compare(exp.EQ, one, other, node)
            smaller = self.compare(_STRICT[kind], one, other, node)
            result = exp.Paren(
                this=exp.Or(this=smaller, expression=exp.Paren(this=exp.And(this=equal, expression=result)))
            )
        return result


def _only_rows_matter(node: exp.Expr) -> bool:
    """Whether NULL and false are the same here: a member of WHERE, ON or HAVING under AND and OR alone."""
    parent = node.parent
    while isinstance(parent, (exp.And, exp.Or)):
        parent = parent.parent
    return isinstance(parent, (exp.Where, exp.Having, exp.Join))


def _exact(node: exp.Expr) -> bool:
    """Whether a text operand is compared case by case anyhow: expressions and constants are, columns by collation."""
    if isinstance(node, exp.Cast):
        return _exact(node.this)
    ref = node.meta.get(COLUMN)
    return not isinstance(ref, ColumnRef) or ref.collation == "EXACT"


def _trimmed(value: exp.Expr, node: exp.Expr) -> exp.Expr:
    """Trailing blanks of character(n) mean nothing; columns hold none (see casts)."""
    if isinstance(node, exp.Column):
        return value
    if isinstance(value, exp.Literal) and value.args["is_string"]:
        return exp.Literal(this=value.this.rstrip(" "), is_string=True)
    return function("RTRIM", value)


def _any_of(tests: list[exp.Expr]) -> exp.Expr:
    return _joined(exp.Or, tests)


def _all_of(tests: list[exp.Expr]) -> exp.Expr:
    return _joined(exp.And, tests)


def _joined(kind: type[exp.And] | type[exp.Or], tests: list[exp.Expr]) -> exp.Expr:
    while len(tests) > 1:
        tests = [
            kind(this=tests[at], expression=tests[at + 1]) if at + 1 < len(tests) else tests[at]
            for at in range(0, len(tests), 2)
        ]
    return exp.Paren(this=tests[0])
