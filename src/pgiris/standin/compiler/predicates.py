"""Conditions: comparisons by type and collation, LIKE and IRIS's own predicates (RSQL_predicates; sql.md 4.4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from sqlglot import exp

from pgiris.errors import IrisError
from pgiris.standin import binders
from pgiris.standin import iristypes as t
from pgiris.standin.compiler import queries, scalars
from pgiris.standin.compiler.coerce import coerce, settled, text_of, unified
from pgiris.standin.compiler.ir import Context, Expr, Scope, quoted
from pgiris.standin.iristypes import IrisType, Kind

COMPARISONS: Final = {exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}
COLLATIONS: Final = {"SQLUPPER": "SQLUPPER", "UPPER": "IRISUPPER", "SQLSTRING": "SQLSTRING", "ALPHAUP": "ALPHAUP"}
"""Names of collations that SQLite knows; every other compares bytes."""


def is_condition(node: exp.Expr) -> bool:
    """Whether a node is a condition."""
    while isinstance(node, exp.Paren):
        node = node.this
    return type(node) in RULES or (isinstance(node, exp.Anonymous) and node.this == "%ELEMENT")


def condition(context: Context, scope: Scope, node: exp.Expr) -> str:
    """SQL of a condition; SQLCODE -14 for a scalar."""
    rule = RULES.get(type(node))
    if rule is None:
        if isinstance(node, exp.Anonymous) and node.this == "%ELEMENT":
            return element(context, scope, node)
        raise IrisError(-14, "A comparison operator is required here")
    with context.nested():
        return rule(context, scope, node)


def collate(kind: IrisType) -> str:
    """The COLLATE clause of a string compared under its type's collation."""
    return f" COLLATE {COLLATIONS[kind.collation]}" if kind.collation in COLLATIONS else " COLLATE BINARY"


def collation_of(left: Expr, right: Expr) -> str:
    """The collation of a comparison: that of the side that has one; literals and expressions have EXACT."""
    for side in (left, right):
        if side.type.collation != "EXACT":
            return side.type.collation
    return "EXACT"


def common(left: Expr, right: Expr) -> IrisType:
    """The type in which two values are compared."""
    a, b = left.type, right.type
    if left.param or left.is_null:
        return b if not right.param else t.STRING
    if right.param or right.is_null:
        return a
    if a.kind is b.kind:
        return widened(a, b)
    if a.is_number and b.is_number:
        return unified([a, b])
    moments = [side.type for side in (left, right) if side.type.kind in t.MOMENTS]
    if len(moments) == 2:
        return unified([a, b])
    if moments:
        return moments[0]
    if Kind.VECTOR in (a.kind, b.kind):
        return a if a.kind is Kind.VECTOR else b
    if {a.kind, b.kind} & {Kind.BINARY, Kind.LONGVARBINARY}:
        return t.BINARY
    if a.is_number != b.is_number:
        column = a if left.column is not None else (b if right.column is not None else None)
        if column is not None and column.is_string:
            return column
        return t.numeric() if not (a.kind is Kind.DOUBLE or b.kind is Kind.DOUBLE) else t.DOUBLE
    return t.STRING


def widened(a: IrisType, b: IrisType) -> IrisType:
    """The common type of two of one kind."""
    if a.kind is Kind.VECTOR and a.element != b.element:
        raise IrisError(-259, "Vectors must have the same element type")
    return a


def refuse_stream(*sides: Expr) -> None:
    """SQLCODE -313: only IS NULL takes a stream."""
    if any(side.type.is_stream for side in sides):
        raise IrisError(-313, "Predicate is not supported for stream fields")


def comparison(context: Context, operator: str, left: Expr, right: Expr) -> str:
    """SQL of ``left operator right``."""
    refuse_stream(left, right)
    if left.param and right.param:
        left = settled(context, left)
    kind = common(left, right)
    collation = collation_of(left, right)
    if kind.is_number and kind.kind is not Kind.DOUBLE and not exact_integers(left, right, kind):
        kind = t.numeric()
    a, b = compared(context, left, kind), compared(context, right, kind)
    if kind.is_string:
        return f"{a.sql}{collate(replace(kind, collation=collation))} {operator} {b.sql}"
    return f"{a.sql} {operator} {b.sql}"


def compared(context: Context, side: Expr, kind: IrisType) -> Expr:
    """One side of a comparison; a parameter compared with an integer may have a fraction."""
    if side.param and kind.is_integer:
        return Expr(context.slot(side.param, binders.bind_compared, kind), kind)
    return coerce(context, side, kind)


def exact_integers(left: Expr, right: Expr, kind: IrisType) -> bool:
    """Whether both sides are integers for sure, so that SQLite's comparison serves; a parameter may be 2.5."""
    if not kind.is_integer:
        return False
    return all(side.type.is_integer or side.param or side.is_null for side in (left, right))


def compare(context: Context, scope: Scope, node: exp.Binary) -> str:
    operator = COMPARISONS[type(node)]
    left = scalars.scalar(context, scope, node.this)
    if isinstance(node.expression, (exp.Any, exp.All)):
        return quantified(context, scope, operator, left, node.expression)
    right = scalars.scalar(context, scope, node.expression)
    return f"({comparison(context, operator, left, right)})"


def quantified(context: Context, scope: Scope, operator: str, left: Expr, node: exp.Expr) -> str:
    """``x = ANY (q)``, ``x <> ALL (q)`` by three-valued EXISTS."""
    inner = node.this.this if isinstance(node.this, exp.Subquery) else node.this
    query = queries.query(context, inner, scope)
    if len(query.outputs) != 1:
        raise IrisError(-10, "The SELECT list of the subquery must have exactly one item")
    alias = context.alias()
    item = Expr(f"{alias}.o1", query.outputs[0].type)
    test = comparison(context, operator, settled(context, left, item.type), item)
    rows = f"FROM ({query.sql}) AS {alias}"
    true, false = ("max", 0) if isinstance(node, exp.Any) else ("min", 1)
    unknown = f"(SELECT count(*) {rows} WHERE ({test}) IS NULL) > 0"
    decided = f"(SELECT coalesce({true}({test}), {false}) {rows})"
    return f"(CASE WHEN {decided} = {1 - false} THEN {1 - false} WHEN {unknown} THEN NULL ELSE {false} END)"


def conjunction(context: Context, scope: Scope, node: exp.Connector) -> str:
    word = "AND" if isinstance(node, exp.And) else "OR"
    left = condition(context, scope, node.this)
    right = condition(context, scope, node.expression)
    return f"({left} {word} {right})"


def negation(context: Context, scope: Scope, node: exp.Not) -> str:
    return f"(NOT {condition(context, scope, node.this)})"


def between(context: Context, scope: Scope, node: exp.Between) -> str:
    subject = scalars.scalar(context, scope, node.this)
    low, high = (scalars.scalar(context, scope, node.args[end]) for end in ("low", "high"))
    if subject.param:
        subject = settled(context, subject, low.type if not low.param else high.type)
    first = comparison(context, ">=", subject, low)
    second = comparison(context, "<=", subject, high)
    return f"({first} AND {second})"


def within(context: Context, scope: Scope, node: exp.In) -> str:
    """IN of a list or of a one-column subquery."""
    left = scalars.scalar(context, scope, node.this)
    refuse_stream(left)
    query = node.args.get("query")
    if query is not None:
        inner = query.this if isinstance(query, exp.Subquery) else query
        return in_query(context, scope, left, inner)
    items = [scalars.scalar(context, scope, item) for item in node.expressions]
    left = settled(context, left, next((item.type for item in items if not item.param), t.STRING))
    kinds = [common(left, item) for item in items]
    kind = kinds[0] if len({k.kind for k in kinds}) == 1 else None
    if kind is None or (kind.is_number and not all(exact_integers(left, item, k) for item, k in zip(items, kinds))):
        tests = [comparison(context, "=", left, item) for item in items]
        return chain(tests, "OR")
    subject = coerce(context, left, kind).sql
    if kind.is_string:
        subject += collate(replace(kind, collation=left.type.collation))
    values = ", ".join(compared(context, item, kind).sql for item in items)
    return f"({subject} IN ({values}))"


def chain(tests: list[str], word: str) -> str:
    """A balanced chain, so that a long list does not nest deeply."""
    while len(tests) > 1:
        tests = [
            f"({tests[i]} {word} {tests[i + 1]})" if i + 1 < len(tests) else tests[i] for i in range(0, len(tests), 2)
        ]
    return tests[0]


def in_query(context: Context, scope: Scope, left: Expr, node: exp.Expr) -> str:
    query = queries.query(context, node, scope)
    if len(query.outputs) != 1:
        raise IrisError(-10, "The SELECT list of the subquery must have exactly one item")
    item = Expr("o1", query.outputs[0].type)
    left = settled(context, left, item.type)
    kind = common(left, item)
    collation = collation_of(left, item)
    if kind.is_number and kind.kind is not Kind.DOUBLE and not exact_integers(left, item, kind):
        kind = t.numeric()
    subject, other = coerce(context, left, kind), coerce(context, item, kind)
    clause = collate(replace(kind, collation=collation)) if kind.is_string else ""
    inner = query.sql
    if other.sql != "o1" or clause:
        inner = f"SELECT {other.sql} AS o1 FROM ({query.sql})"
    return f"({subject.sql}{clause} IN ({inner}))"


def like(context: Context, scope: Scope, node: exp.Expr) -> str:
    """LIKE [ESCAPE], under the left side's collation (RSQL_like)."""
    escape = "NULL"
    if isinstance(node, exp.Escape):
        escape = text_of(settled(context, scalars.scalar(context, scope, node.expression)))
        node = node.this
    left = settled(context, scalars.scalar(context, scope, node.this))
    right = settled(context, scalars.scalar(context, scope, node.expression))
    refuse_stream(left, right)
    upper = int(left.type.collation in ("SQLUPPER", "UPPER", "ALPHAUP"))
    return f"iris_like({odbc_text(context, left)}, {text_of(right)}, {escape}, {upper})"


def odbc_text(context: Context, expr: Expr) -> str:
    """Text for pattern predicates: in ODBC mode dates are matched in ODBC form."""
    if context.session.mode and expr.type.kind is Kind.DATE:
        return f"iris_date_text({expr.sql})"
    if context.session.mode and expr.type.kind is Kind.TIME:
        return f"iris_time_text({expr.sql})"
    if context.session.mode and expr.type.kind is Kind.POSIXTIME:
        return f"iris_posix_text({expr.sql})"
    return text_of(expr)


def test_is(context: Context, scope: Scope, node: exp.Is) -> str:
    """IS NULL and IS JSON."""
    subject = settled(context, scalars.scalar(context, scope, node.this))
    if isinstance(node.expression, exp.Null):
        return f"({subject.sql} IS NULL)"
    kind = str(getattr(node.expression, "this", None) or "ANY")
    return f"iris_is_json({text_of(subject)}, '{kind if kind != 'ANY' else 'VALUE'}')"


def exists(context: Context, scope: Scope, node: exp.Exists) -> str:
    inner = node.this.this if isinstance(node.this, exp.Subquery) else node.this
    return f"EXISTS ({queries.query(context, inner, scope).sql})"


def operator(context: Context, scope: Scope, node: exp.Operator) -> str:
    """``[``, ``]``, %STARTSWITH, %MATCHES, %PATTERN, %INLIST."""
    name = str(node.args["operator"]).upper()
    left = settled(context, scalars.scalar(context, scope, node.this))
    if name == "%FIND" and getattr(node.expression, "this", "") == "SEARCH_INDEX":
        raise IrisError(-151, "Index named in SEARCH_INDEX not found")
    if name == "%INSET" or name in ("%FIND", "%CONTAINS", "%CONTAINSTERM"):
        raise IrisError(-309, f"{name} needs an index or abstract set that this instance does not have")
    right = scalars.scalar(context, scope, node.expression)
    if name == "%INLIST":
        listed = coerce(context, right, t.LIST) if not right.param else Expr(list_slot(context, right), t.LIST)
        if listed.type.kind is Kind.LIST and right.type.is_string and not right.param:
            return f"iris_inlist({text_of(left)}, iris_d_listfromstring({text_of(right)}))"
        return f"iris_inlist({text_of(left)}, {listed.sql})"
    right = settled(context, right)
    refuse_stream(left, right)
    a, b = odbc_text(context, left), text_of(right)
    if name == "[":
        return f"(CASE WHEN {b} = '' THEN {a} IS NOT NULL ELSE instr({a}, {b}) > 0 END)"
    if name == "]":
        return f"({a} > {b})"
    if name == "%STARTSWITH":
        return starts_with(left, a, b)
    return f"{'iris_matches' if name == '%MATCHES' else 'iris_pattern'}({a}, {b})"


def list_slot(context: Context, right: Expr) -> str:
    """A parameter of %INLIST: a $LIST, or comma-separated text."""
    return context.slot(right.param, bind_list, t.LIST)


def bind_list(value: object) -> object:
    """Comma-separated text or a sequence to a $LIST."""
    from pgiris.standin.functions import lists

    if value is None or isinstance(value, bytes):
        return value
    items = value if isinstance(value, (list, tuple)) else str(value).split(",")
    return lists.build(*items)


def starts_with(left: Expr, a: str, b: str) -> str:
    """%STARTSWITH, under the left side's collation; an empty prefix fits every value."""
    if left.type.collation in ("SQLUPPER", "UPPER"):
        a, b = f"iris_collated({a})", f"iris_collated({b})"
    return f"(substr({a}, 1, length({b})) = {b})"


def element(context: Context, scope: Scope, node: exp.Anonymous) -> str:
    """FOR SOME %ELEMENT(list) (%VALUE = …)."""
    field, test = node.expressions
    subject = settled(context, scalars.scalar(context, scope, field))
    items = f"iris_list_json({subject.sql if subject.type.kind is Kind.LIST else text_of(subject)})"
    return queries.element_condition(context, scope, items, test, node.args.get("alias"))


def parenthesised(context: Context, scope: Scope, node: exp.Paren) -> str:
    return f"({condition(context, scope, node.this)})"


RULES: Final[dict[type, Callable[[Context, Scope, Any], str]]] = {
    exp.And: conjunction,
    exp.Or: conjunction,
    exp.Not: negation,
    exp.Paren: parenthesised,
    exp.EQ: compare,
    exp.NEQ: compare,
    exp.LT: compare,
    exp.LTE: compare,
    exp.GT: compare,
    exp.GTE: compare,
    exp.Between: between,
    exp.In: within,
    exp.Like: like,
    exp.Escape: like,
    exp.Is: test_is,
    exp.Exists: exists,
    exp.Operator: operator,
}


def literal_condition(text: str) -> str:
    """A condition's SQL for a fixed text, used by view checks."""
    return quoted(text)
