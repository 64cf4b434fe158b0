"""Pieces of IRIS query blocks: columns and tables under names of our own, limits, row numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlglot import exp

from pgiris.sql.analysis import Binds
from pgiris.sql.rewrite import names
from pgiris.sql.rewrite.limits import UNBOUNDED, Count, Limits

_CHAINED: Final = 32
"""Legs of a UNION ALL that are written one after another."""


def column(name: str, table: str = "q") -> exp.Column:
    return exp.Column(this=names.label(name), table=exp.Identifier(this=table, quoted=False))


def aliased(value: exp.Expr, name: str) -> exp.Alias:
    return exp.Alias(this=value, alias=names.label(name))


def named(items: Sequence[exp.Expr], columns: Sequence[str] | None) -> list[exp.Expr]:
    if columns is None:
        return list(items)
    return [aliased(item, name) for item, name in zip(items, columns)]


def derived(query: exp.Expr, alias: str) -> exp.Subquery:
    return exp.Subquery(this=query, alias=exp.TableAlias(this=names.label(alias)))


def united(legs: Sequence[exp.Expr]) -> exp.Expr:
    """A UNION ALL of `legs`; many of them are put into parentheses by halves, so that the tree stays shallow."""
    if len(legs) > _CHAINED:
        middle = len(legs) // 2
        halves = [exp.Subquery(this=united(half)) for half in (legs[:middle], legs[middle:])]
        return exp.Union(this=halves[0], expression=halves[1], distinct=False)
    result = legs[0]
    for leg in legs[1:]:
        result = exp.Union(this=result, expression=leg, distinct=False)
    return result


def cut_off(select: exp.Select, cut: Limits, inner: bool, *, ordered: bool) -> None:
    """Put the limits into a block. Only the outermost block may use LIMIT and OFFSET (RSQL_limit)."""
    if cut.offset is None:
        if cut.count is not None:
            select.set("top", count_node(cut.count))
        elif inner and ordered:
            select.set("top", exp.Var(this="ALL"))
        return
    count = UNBOUNDED if cut.count is None else cut.count
    select.set("limit", exp.Limit(expression=count_node(count)))
    select.set("offset", exp.Offset(expression=count_node(cut.offset)))


def count_node(count: Count) -> exp.Expr:
    if isinstance(count, int):
        return exp.Literal.number(count)
    return Binds().placeholder(count)


def numbered(
    body: exp.Expr, picked: Sequence[exp.Expr], order: list[exp.Expr], cut: Limits
) -> tuple[exp.Expr, exp.Expr]:
    """OFFSET within a subquery: the rows numbered, and the condition that picks those wanted."""
    assert cut.offset is not None
    sort = order or [exp.Ordered(this=picked[0].copy())]
    number = exp.Window(
        this=exp.Anonymous(this="ROW_NUMBER", expressions=[]), order=exp.Order(expressions=[o.copy() for o in sort])
    )
    items = [aliased(item.copy(), item.name) for item in picked]
    numbered = exp.Select(expressions=[*items, aliased(number, "r")], from_=exp.From(this=derived(body, "q")))
    condition: exp.Expr = exp.GT(this=column("r"), expression=count_node(cut.offset))
    if cut.count is not None:
        upper = exp.Paren(this=exp.Add(this=count_node(cut.offset), expression=count_node(cut.count)))
        condition = exp.And(this=condition, expression=exp.LTE(this=column("r"), expression=upper))
    return numbered, condition
