"""Scalar expressions: literals, parameters, columns, arithmetic, CASE, CAST, subqueries."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from sqlglot import exp

from pgiris.errors import IrisError
from pgiris.standin import binders, decimals
from pgiris.standin import iristypes as t
from pgiris.standin.compiler import aggregates, calls, casts, names, predicates, queries
from pgiris.standin.compiler.coerce import coerce, literal_text, number, number_literal, settled, text_of, unified
from pgiris.standin.compiler.ir import Context, Expr, Flags, Scope, quoted
from pgiris.standin.iristypes import IrisType, Kind

Compile = Callable[[Context, Scope, Any], Expr]


def scalar(context: Context, scope: Scope, node: exp.Expr) -> Expr:
    """Compile one scalar; SQLCODE -11 for a condition."""
    rule = RULES.get(type(node))
    if rule is None:
        if predicates.is_condition(node):
            raise IrisError(-11, "A scalar expression is expected here, condition found")
        raise IrisError(-12, f"A term was expected, {type(node).__name__} found")
    with context.nested():
        return rule(context, scope, node)


def value(context: Context, scope: Scope, node: exp.Expr, kind: IrisType | None = None) -> Expr:
    """A scalar with SQL: a bare parameter becomes `kind` (a string when None); else converted to it when given."""
    found = scalar(context, scope, node)
    return coerce(context, found, kind) if kind is not None else settled(context, found)


def literal(context: Context, scope: Scope, node: exp.Literal) -> Expr:
    if node.is_string:
        text = str(node.this)
        return Expr(quoted(text), t.varchar(len(text)), literal=text, label="Literal")
    text = str(node.this)
    try:
        found = Decimal(text)
    except ArithmeticError:
        raise IrisError(-1, f"Invalid numeric literal {text}") from None
    if found and abs(found.adjusted()) >= decimals.MAX_EXPONENT:
        raise IrisError(-7, "Exponent out of range")
    return number_literal(found)


def null(context: Context, scope: Scope, node: exp.Null) -> Expr:
    return Expr("NULL", t.NULL, literal=None, label="Literal")


def placeholder(context: Context, scope: Scope, node: exp.Placeholder) -> Expr:
    """``?``: it has no SQL until its use gives it a type."""
    if node.this:
        return host_variable(context, str(node.this))
    position = node.args.get("position")
    if position is None:
        raise IrisError(-400, "Fatal error occurred <PARAMETER>")
    return Expr("", t.STRING, param=int(position), label="HostVar")


def host_variable(context: Context, name: str) -> Expr:
    """``:name``: a routine's parameter; SQLCODE -1 elsewhere."""
    found = context.host_expressions.get(name.lower())
    if found is None:
        raise IrisError(-1, f"Host variable :{name} is not defined here")
    return found


def column(context: Context, scope: Scope, node: exp.Column) -> Expr:
    if isinstance(node.this, exp.Star):
        raise IrisError(-12, "A term was expected, * found")
    found = names.find_column(scope, node)
    shown = context.group_keys.get(found.sql)
    if shown is not None:
        return Expr(shown, found.type, name=found.name, column=found)
    return names.column_expr(found)


def dot(context: Context, scope: Scope, node: exp.Dot) -> Expr:
    """``col->field``: the row that a foreign key references, as a subquery (G:implicitjoins)."""
    base = scalar(context, scope, node.this)
    if base.column is None:
        raise IrisError(-29, "Field not found for implicit join")
    table = names.table_of(context, base.column)
    field = names.identifier(node.expression)
    own = table.column(base.column.name) if table is not None else None
    if table is None or own is None:
        raise names.missing_field(f"{base.column.name}->{field}")
    key = next((k for k in table.keys if k.kind == "F" and k.columns == (own.number,)), None)
    if key is None:
        raise IrisError(-31, f"Field '{base.column.name}' has no foreign key for the implicit join ->")
    target = context.session.dictionary.table(key.target)
    source = queries.table_source(context, target, "")
    found = source.find(field)
    if found is None:
        raise names.missing_field(field)
    reference = target.by_number(key.target_columns[0]).sql if key.target_columns else "rid"
    alias = source.alias
    sql = f"(SELECT {found.sql} FROM {target.sql} AS {alias} WHERE {alias}.{reference} = {base.sql})"
    return Expr(sql, found.type, name=found.name, column=found)


def paren(context: Context, scope: Scope, node: exp.Paren) -> Expr:
    inner = scalar(context, scope, node.this)
    if inner.sql and not inner.is_literal and inner.column is None:
        inner.sql = f"({inner.sql})" if not inner.sql.startswith("(") else inner.sql
    return inner


def negative(context: Context, scope: Scope, node: exp.Neg) -> Expr:
    inner = number(scalar(context, scope, node.this))
    if inner.is_literal and isinstance(inner.literal, Decimal):
        return number_literal(inner.literal.copy_negate())
    inner = numeric_operand(context, inner)
    if inner.type.kind is Kind.NUMERIC:
        return Expr(f"iris_neg({inner.sql})", inner.type, aggregate=inner.aggregate, window=inner.window)
    return Expr(f"(- {inner.sql})", inner.type, aggregate=inner.aggregate, window=inner.window)


def positive(context: Context, scope: Scope, inner: Expr) -> Expr:
    """Unary plus: the value as a number."""
    inner = number(inner)
    return inner if inner.is_literal else numeric_operand(context, inner)


def numeric_operand(context: Context, operand: Expr) -> Expr:
    """An operand of arithmetic: numbers as they are, dates by their logical number, strings as decimals."""
    if operand.param:
        return coerce(context, operand, t.numeric())
    if operand.type.is_number:
        return operand
    if operand.type.kind is Kind.NULL:
        return Expr("NULL", t.INTEGER, literal=None)
    if operand.type.kind in (Kind.DATE, Kind.POSIXTIME):
        return Expr(operand.sql, t.BIGINT, aggregate=operand.aggregate, window=operand.window)
    if operand.type.is_stream:
        raise IrisError(-37, "Operator is not supported for stream fields")
    if operand.type.kind in (Kind.VECTOR, Kind.LIST):
        raise IrisError(-378, "Datatype mismatch: vectors and lists take no arithmetic")
    return coerce(context, operand, t.numeric())


NATIVE: Final = {exp.Add: "+", exp.Sub: "-"}
FUNCTIONS: Final = {
    exp.Add: "iris_add",
    exp.Sub: "iris_sub",
    exp.Mul: "iris_mul",
    exp.Div: "iris_div",
    exp.IntDiv: "iris_idiv",
    exp.Mod: "iris_hash",
}


def arithmetic(context: Context, scope: Scope, node: exp.Binary) -> Expr:
    """``+ - * / \\ #``: integers with + and - stay integers, DOUBLE wins, all else is NUMERIC (sql.md 1.5)."""
    left, right = (
        numeric_operand(context, number(scalar(context, scope, side))) for side in (node.this, node.expression)
    )
    operator = type(node)
    flags = Flags(aggregate=left.aggregate or right.aggregate, window=left.window or right.window)
    integers = left.type.is_integer and right.type.is_integer
    if Kind.DOUBLE in (left.type.kind, right.type.kind):
        sides = [coerce(context, side, t.DOUBLE).sql for side in (left, right)]
        return Expr(f"{FUNCTIONS[operator]}_f({sides[0]}, {sides[1]})", t.DOUBLE, **flags)
    if integers and operator in NATIVE and Kind.BIGINT in (left.type.kind, right.type.kind):
        return Expr(f"{FUNCTIONS[operator]}_i({left.sql}, {right.sql})", t.BIGINT, **flags)
    if integers and operator in NATIVE:
        return Expr(f"({left.sql} {NATIVE[operator]} {right.sql})", t.BIGINT, **flags)
    sides = [side.sql if side.type.is_integer else coerce(context, side, t.numeric()).sql for side in (left, right)]
    sql = f"{FUNCTIONS[operator]}({sides[0]}, {sides[1]})"
    if integers and operator in (exp.IntDiv, exp.Mod):
        return Expr(f"iris_dec_int({sql})", t.BIGINT, **flags)
    return Expr(sql, result_type(operator, left.type, right.type), **flags)


def result_type(operator: type[exp.Expr], left: IrisType, right: IrisType) -> IrisType:
    """NUMERIC's precision and scale after an operation."""
    if operator is exp.Mul:
        scale = min(left.scale + right.scale, 18)
        return t.numeric(min(left.precision + right.precision, 36), scale)
    if operator is exp.Div:
        return t.numeric(36, 18)
    if operator in (exp.IntDiv, exp.Mod):
        return t.numeric(max(left.precision, right.precision), max(left.scale, right.scale))
    scale = max(left.scale, right.scale)
    whole = max(left.precision - left.scale, right.precision - right.scale) + 1
    return t.numeric(min(whole + scale, 36), scale)


def concatenation(context: Context, scope: Scope, node: exp.DPipe) -> Expr:
    """``||`` and ``_``: NULL when a side is (RSQL_concat)."""
    parts: list[Expr] = []
    pending: list[exp.Expr] = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, exp.DPipe):
            pending += [current.expression, current.this]
        else:
            part = settled(context, scalar(context, scope, current))
            if part.type.is_stream:
                raise IrisError(-37, "Operator || is not supported for stream fields")
            parts.append(part)
    sql = " || ".join(text_of(part) for part in parts)
    length = 0 if any(not p.type.length for p in parts) else sum(p.type.length for p in parts)
    return Expr(
        f"({sql})",
        t.varchar(length),
        aggregate=any(p.aggregate for p in parts),
        window=any(p.window for p in parts),
    )


def branches(context: Context, found: list[Expr], what: str = "") -> tuple[list[str], IrisType]:
    """Branches of CASE or COALESCE in their common type."""
    kind = unified([branch.type for branch in found if not branch.param], what)
    return [coerce(context, branch, kind).sql for branch in found], kind


def case(context: Context, scope: Scope, node: exp.Case) -> Expr:
    """CASE, simple and searched (RSQL_case)."""
    subject = node.args.get("this")
    conditions: list[str] = []
    results: list[Expr] = []
    operand = settled(context, scalar(context, scope, subject)) if subject is not None else None
    for branch in node.args["ifs"]:
        if operand is not None:
            other = scalar(context, scope, branch.this)
            conditions.append(predicates.comparison(context, "=", operand, other))
        else:
            conditions.append(predicates.condition(context, scope, branch.this))
        results.append(scalar(context, scope, branch.args["true"]))
    default = node.args.get("default")
    if default is not None:
        results.append(scalar(context, scope, default))
    sqls, kind = branches(context, results, "CASE")
    arms = " ".join(f"WHEN {c} THEN {r}" for c, r in zip(conditions, sqls))
    end = f" ELSE {sqls[-1]}" if default is not None else ""
    return Expr(
        f"CASE {arms}{end} END",
        kind.exact(),
        aggregate=any(r.aggregate for r in results),
        window=any(r.window for r in results),
    )


def subquery(context: Context, scope: Scope, node: exp.Subquery) -> Expr:
    """A scalar subquery: one column (-10)."""
    query = queries.query(context, node.this, scope)
    if len(query.outputs) != 1:
        raise IrisError(-10, "The SELECT list of the subquery must have exactly one item")
    return Expr(f"({query.sql})", query.outputs[0].type, label="Subquery")


def escape_literal(context: Context, kind: IrisType, node: exp.Anonymous) -> Expr:
    """``{d '…'}``, ``{t '…'}``, ``{ts '…'}``."""
    text = str(node.expressions[0].this)
    stored = binders.SIMPLE[kind.kind](text)
    return Expr(literal_text(stored, kind), kind, label="Literal")


def anonymous(context: Context, scope: Scope, node: exp.Anonymous) -> Expr:
    """A function, ``{d …}`` or unary plus."""
    name = node.this
    if isinstance(name, str):
        if name in ("{D}", "{T}", "{TS}"):
            return escape_literal(context, {"{D}": t.DATE, "{T}": t.TIME, "{TS}": t.TIMESTAMP}[name], node)
        if name == "+":
            return positive(context, scope, scalar(context, scope, node.expressions[0]))
        if name == "%ELEMENT":
            raise IrisError(-11, "A scalar expression is expected here, condition found")
    return calls.call(context, scope, node)


RULES: Final[dict[type, Compile]] = {
    exp.Literal: literal,
    exp.Null: null,
    exp.Placeholder: placeholder,
    exp.Column: column,
    exp.Pseudocolumn: column,
    exp.Dot: dot,
    exp.Paren: paren,
    exp.Neg: negative,
    exp.Add: arithmetic,
    exp.Sub: arithmetic,
    exp.Mul: arithmetic,
    exp.Div: arithmetic,
    exp.IntDiv: arithmetic,
    exp.Mod: arithmetic,
    exp.DPipe: concatenation,
    exp.Case: case,
    exp.Cast: lambda context, scope, node: casts.cast(context, scope, node),  # noqa: PLW0108 (still loading)
    exp.Subquery: subquery,
    exp.Anonymous: anonymous,
    exp.AnonymousAggFunc: lambda context, scope, node: aggregates.aggregate(context, scope, node),  # noqa: PLW0108 (still loading)
    exp.Window: lambda context, scope, node: aggregates.window(context, scope, node),  # noqa: PLW0108 (still loading)
}
