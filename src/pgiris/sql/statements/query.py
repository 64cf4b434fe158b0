"""SELECT, VALUES and the choice among the statements that are analysed as trees."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from sqlglot import exp

from pgiris.errors import FeatureNotSupported
from pgiris.sql import typing
from pgiris.sql.analysis import Analyzed, position_of
from pgiris.sql.plan import Plan, Step, Transaction, Yields
from pgiris.sql.render import render
from pgiris.sql.rewrite.query import QueryBuilder
from pgiris.sql.statements import delete, insert, update
from pgiris.sql.statements.planning import Planner, Planning, result_columns

_QUERIES: Final = (exp.Select, exp.Union, exp.Except, exp.Intersect, exp.Values, exp.Subquery)
_CHANGES: Final[Mapping[type[exp.Expr], Callable[[Analyzed, Planning], Plan]]] = MappingProxyType(
    {exp.Insert: insert.plan, exp.Update: update.plan, exp.Delete: delete.plan}
)


def planner(tree: exp.Expr) -> Planner:
    """The planner of a parsed query or data change; the tree is kept as it is and copied for each plan."""
    return lambda planning: plan(tree, planning)


def plan(tree: exp.Expr, planning: Planning) -> Plan:
    """The plan of a query or data change. Raises what analysis raises, and FeatureNotSupported."""
    change = _CHANGES.get(type(tree))
    if change is None and not isinstance(tree, _QUERIES):
        raise FeatureNotSupported(type(tree).__name__.upper(), position=position_of(tree))
    analyzed = analyze(tree, planning)
    if change is not None:
        return change(analyzed, planning)
    if analyzed.columns == ():
        raise FeatureNotSupported("a SELECT without columns", position=position_of(analyzed.tree))
    builder = QueryBuilder(analyzed)
    sql, binds = render(builder.statement(analyzed.tree))
    return Plan(
        "SELECT",
        (Step(sql, binds, Yields.ROWS),),
        result_columns(analyzed.columns),
        analyzed.parameters,
        tag_counts=True,
        transaction=Transaction.READ,
    )


def analyze(tree: exp.Expr, planning: Planning) -> Analyzed:
    """Analyse a copy of `tree`."""
    return typing.analyze(tree.copy(), planning.schema, planning.search_path, planning.parameter_oids)
