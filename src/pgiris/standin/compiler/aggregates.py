"""Aggregate and window functions (RSQL_aggregate, RSQL_windowfunctions)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from sqlglot import exp

from pgiris.errors import IrisError
from pgiris.standin import iristypes as t
from pgiris.standin.compiler import casts, predicates, scalars
from pgiris.standin.compiler.coerce import coerce, settled
from pgiris.standin.compiler.ir import Context, Expr, Scope
from pgiris.standin.iristypes import IrisType, Kind

SPREADS: Final = {
    "STDDEV": "stddev_samp",
    "STDDEV_SAMP": "stddev_samp",
    "STDDEV_POP": "stddev_pop",
    "VARIANCE": "var_samp",
    "VAR_SAMP": "var_samp",
    "VAR_POP": "var_pop",
}


@contextmanager
def raw_rows(context: Context) -> Iterator[None]:
    """Inside an aggregate, group keys are the rows' own values and aggregates do not nest."""
    keys, rows = context.group_keys, context.aggregate_rows
    context.group_keys, context.aggregate_rows = {}, None
    try:
        yield
    finally:
        context.group_keys, context.aggregate_rows = keys, rows


def aggregate(context: Context, scope: Scope, node: exp.AnonymousAggFunc) -> Expr:
    """An aggregate of a query."""
    with raw_rows(context):
        inner, kind = aggregate_sql(context, scope, node, windowed=False)
        foreach = node.args.get("foreach")
        if foreach:
            inner += f" OVER (PARTITION BY {', '.join(key(context, scope, c) for c in foreach)})"
    shown = display(node, kind)
    if context.aggregate_rows is not None and not foreach:
        inner = f"(SELECT {inner} {context.aggregate_rows})"
    return Expr(shown.format(inner) if shown else inner, kind, label="Aggregate", aggregate=not foreach)


def display(node: exp.Expr, kind: IrisType) -> str:
    """MIN and MAX of an SQLUPPER column come in upper case (sql.md 4.5)."""
    if str(node.this).upper() in ("MIN", "MAX") and kind.collation in ("SQLUPPER", "UPPER"):
        return "iris_collated({})"
    return ""


def key(context: Context, scope: Scope, node: exp.Expr) -> str:
    """A partition key, under its collation."""
    found = settled(context, scalars.scalar(context, scope, node))
    return found.sql + predicates.collate(found.type) if found.type.is_string else found.sql


def aggregate_sql(
    context: Context, scope: Scope, node: exp.Expr, windowed: bool, zero: bool = False
) -> tuple[str, IrisType]:
    """SQL of an aggregate without OVER, and its type. `zero`: NULL counts as 0 (ROWS frames)."""
    name = str(node.this).upper()
    argument = node.expressions[0]
    if isinstance(argument, exp.Star):
        return "count(*)", t.BIGINT
    found = settled(context, scalars.scalar(context, scope, argument))
    if found.type.is_stream and name != "COUNT":
        raise IrisError(-37, f"Aggregate function {name} is not supported for stream fields")
    distinct = "DISTINCT " if node.args.get("distinct") or node.args.get("by") else ""
    if node.args.get("by"):
        by = scalars.scalar(context, scope, node.args["by"][0])
        if name == "COUNT":
            found = by
    if name in ("COUNT", "APPROX_COUNT_DISTINCT"):
        mark = "DISTINCT " if name != "COUNT" else distinct
        collation = predicates.collate(found.type) if found.type.is_string and mark else ""
        return f"count({mark}{found.sql}{collation})", t.BIGINT
    if name in ("MIN", "MAX"):
        collation = predicates.collate(found.type) if found.type.is_string else ""
        return f"{name.lower()}({found.sql}{collation})", found.type
    if name in ("SUM", "AVG"):
        return total(context, name, found, distinct, windowed, zero)
    if name in SPREADS:
        double = found.type.kind is Kind.DOUBLE
        value = found.sql if double else coerce(context, scalars.numeric_operand(context, found), t.numeric()).sql
        suffix = "f" if double else "n"
        return f"iris_{SPREADS[name]}_{suffix}({distinct}{value})", t.DOUBLE if double else t.numeric(36, 17)
    return collected(name, found, distinct)


def collected(name: str, found: Expr, distinct: str) -> tuple[str, IrisType]:
    """LIST, %DLIST, XMLAGG and JSON_ARRAYAGG."""
    text = casts.odbc_text(found)
    if distinct and found.type.collation in ("SQLUPPER", "UPPER"):
        text = f"iris_collated({text})"
    if name == "LIST":
        return f"iris_list({distinct}{text})", t.STRING
    if name == "XMLAGG":
        return f"iris_xmlagg({distinct}{text})", t.STRING
    if name == "%DLIST":
        return f"iris_dlist({distinct}{text})", t.LIST
    if name == "JSON_ARRAYAGG":
        value = text if found.type.is_number or found.label == "Json" else f"iris_json_string({text})"
        return f"substr(iris_json_arrayagg({distinct}{value}), 1, 8192)", t.varchar(8192)
    raise IrisError(-359, f"Aggregate function '{name}' does not exist")


def total(context: Context, name: str, found: Expr, distinct: str, windowed: bool, zero: bool) -> tuple[str, IrisType]:
    """SUM and AVG: integers stay integers in SUM, averages are decimals, text counts by its number (RSQL_sum)."""
    operand = scalars.numeric_operand(context, found)
    kind = operand.type
    if kind.kind is Kind.DOUBLE:
        value = f"coalesce({operand.sql}, 0.0)" if zero else operand.sql
        return f"{name.lower()}({distinct}{value})", t.DOUBLE
    if kind.is_integer:
        value = f"coalesce({operand.sql}, 0)" if zero else operand.sql
        if name == "SUM":
            result = t.BIGINT if kind.kind is Kind.BIGINT else t.INTEGER
            return f"sum({distinct}{value})", result
        return f"iris_avg_i({distinct}{value})", t.numeric(36, 18)
    value = coerce(context, operand, t.numeric()).sql
    value = f"coalesce({value}, '0')" if zero else value
    scale = 18 if name == "AVG" else kind.scale
    return f"iris_{name.lower()}_n({distinct}{value})", t.numeric(36, scale)


RANKING: Final = {"ROW_NUMBER", "RANK", "DENSE_RANK", "PERCENT_RANK", "CUME_DIST", "NTILE"}
VALUES: Final = {"LAG", "LEAD", "FIRST_VALUE", "LAST_VALUE", "NTH_VALUE"}


def window(context: Context, scope: Scope, node: exp.Window) -> Expr:
    """A window function; the default frame is ROWS up to the current row (sql.md 4.9)."""
    call = node.this
    name = str(call.this).upper()
    with raw_rows(context):
        spec, order = node.args.get("spec"), node.args.get("order")
        if isinstance(call, exp.AnonymousAggFunc):
            inner, kind = aggregate_sql(context, scope, call, windowed=True, zero=spec is not None)
        else:
            inner, kind = window_call(context, scope, name, call)
        over = []
        if node.args.get("partition_by"):
            over.append("PARTITION BY " + ", ".join(key(context, scope, k) for k in node.args["partition_by"]))
        if order is not None:
            over.append("ORDER BY " + ", ".join(ordering(context, scope, item) for item in order.expressions))
        if spec is not None:
            over.append(frame(context, scope, spec))
        elif order is not None and name not in RANKING and name not in ("LAG", "LEAD"):
            over.append("ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW")
    sql = f"{inner} OVER ({' '.join(over)})"
    if name in ("PERCENT_RANK", "CUME_DIST"):
        sql, kind = f"iris_real_dec({sql})", t.numeric(19, 18)
    return Expr(sql, kind, label="Window", window=True)


def window_call(context: Context, scope: Scope, name: str, call: exp.Expr) -> tuple[str, IrisType]:
    """The function of a window that is no aggregate."""
    arguments = list(call.expressions)
    if name in RANKING:
        inner = ", ".join(scalars.value(context, scope, a, t.INTEGER).sql for a in arguments)
        return f"{name.lower()}({inner})", t.BIGINT
    if name not in VALUES:
        raise IrisError(-359, f"Window function '{name}' does not exist")
    value = settled(context, scalars.scalar(context, scope, arguments[0]))
    sqls = [value.sql]
    if len(arguments) > 1:
        sqls.append(scalars.value(context, scope, arguments[1], t.INTEGER).sql)
    if len(arguments) > 2:
        sqls.append(scalars.value(context, scope, arguments[2], value.type).sql)
    return f"{name.lower()}({', '.join(sqls)})", value.type.exact()


def ordering(context: Context, scope: Scope, item: exp.Expr) -> str:
    """One ORDER BY item of a window."""
    found = settled(context, scalars.scalar(context, scope, item.this))
    collation = predicates.collate(found.type) if found.type.is_string else ""
    return f"{found.sql}{collation}{' DESC' if item.args.get('desc') else ''}"


def frame(context: Context, scope: Scope, spec: exp.WindowSpec) -> str:
    """ROWS frame."""

    def bound(which: str) -> str:
        at, side = spec.args.get(which), spec.args.get(f"{which}_side") or ""
        if at is None:
            return "CURRENT ROW"
        if isinstance(at, str):
            return at if at == "CURRENT ROW" else f"{at} {side}"
        return f"{scalars.value(context, scope, at, t.INTEGER).sql} {side}"

    return f"ROWS BETWEEN {bound('start')} AND {bound('end')}"


def has_aggregate(node: exp.Expr) -> bool:
    """Whether a node holds an aggregate of this query: not inside a subquery or a window."""
    pending = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, exp.AnonymousAggFunc):
            if not current.args.get("foreach"):
                return True
            continue
        if isinstance(current, (exp.Subquery, exp.Select, exp.SetOperation)):
            continue
        if isinstance(current, exp.Window):
            pending += list(current.this.expressions)
            continue
        pending += list(current.iter_expressions())
    return False


def has_plain_column(node: exp.Expr) -> bool:
    """Whether a node uses a column outside aggregates and subqueries."""
    pending = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, (exp.Column, exp.Star)):
            return True
        if isinstance(current, exp.AnonymousAggFunc):
            if current.args.get("foreach"):
                return True
            continue
        if isinstance(current, (exp.Subquery, exp.Select, exp.SetOperation)):
            continue
        pending += list(current.iter_expressions())
    return False


def exact_key(kind: IrisType) -> IrisType:
    return replace(kind, collation="EXACT")
