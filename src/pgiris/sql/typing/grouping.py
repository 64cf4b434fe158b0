"""The rules of GROUP BY and aggregates (parse_agg.c of PostgreSQL is the model; manual, SELECT)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from pgiris import sqlstate
from pgiris.errors import PgError
from pgiris.sql.analysis import COLUMN, ColumnRef, position_of
from pgiris.sql.schema import Table
from pgiris.sql.typing.scope import LEVEL, Scope


def check(scope: Scope, groups: Sequence[exp.Expr], expressions: Sequence[exp.Expr]) -> None:
    """Every column of this query in `expressions` must be grouped, depend on what is, or be inside an aggregate."""
    determined = _determined(scope, groups)
    for expression in expressions:
        _visit(expression, scope, groups, determined, False)


def _determined(scope: Scope, groups: Sequence[exp.Expr]) -> set[str]:
    """Sources whose whole primary key is grouped: their other columns depend on it."""
    grouped: dict[str, set[str]] = {}
    tables: dict[str, Table] = {}
    for group in groups:
        ref = group.meta.get(COLUMN)
        if isinstance(group, exp.Column) and isinstance(ref, ColumnRef) and ref.table is not None:
            grouped.setdefault(ref.source, set()).add(ref.name.lower())
            tables[ref.source] = ref.table
    return {
        source
        for source, names in grouped.items()
        if tables[source].primary_key and {key.lower() for key in tables[source].primary_key} <= names
    }


def _visit(node: exp.Expr, scope: Scope, groups: Sequence[exp.Expr], determined: set[str], inside: bool) -> None:
    if not inside and any(node == group for group in groups):
        return
    if isinstance(node, exp.AnonymousAggFunc) and not isinstance(node.parent, exp.Window):
        return
    if isinstance(node, exp.Column):
        if node.meta.get(LEVEL) != scope.number or node.table in determined:
            return
        if inside and any(node == group for group in groups):
            return
        raise ungrouped(node, inside)
    inside = inside or isinstance(node, (exp.Select, exp.SetOperation))
    for child in node.iter_expressions():
        _visit(child, scope, groups, determined, inside)


def ungrouped(node: exp.Column, inside: bool) -> PgError:
    """42803 for a column that is neither grouped nor aggregated."""
    name = f"{node.table}.{node.name}"
    message = (
        f'subquery uses ungrouped column "{name}" from outer query'
        if inside
        else f'column "{name}" must appear in the GROUP BY clause or be used in an aggregate function'
    )
    return PgError(sqlstate.GROUPING_ERROR, message, position=position_of(node))
