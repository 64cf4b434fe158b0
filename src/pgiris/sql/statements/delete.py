"""DELETE: USING is IRIS's second FROM (RSQL_delete); RETURNING reads the rows before they go."""

from __future__ import annotations

from sqlglot import exp

from pgiris.sql.analysis import Analyzed
from pgiris.sql.plan import Plan, Step, Yields
from pgiris.sql.render import render
from pgiris.sql.rewrite import sources
from pgiris.sql.rewrite.query import QueryBuilder
from pgiris.sql.statements import changes
from pgiris.sql.statements.planning import Planning


def plan(analyzed: Analyzed, planning: Planning) -> Plan:
    """The plan of an analysed DELETE."""
    tree = analyzed.tree
    builder = QueryBuilder(analyzed)
    node, table = changes.target_of(tree.this)
    changes.refuse_returning_on_view(tree, table)
    alias = node.alias or table.name
    change = exp.Delete(this=sources.reference(table, alias))
    sources.add(builder, tree, change)
    _filter(builder, tree, change)
    sql, binds = render(change)
    step = Step(sql, binds, counts=True)
    if tree.args.get("returning") is None:
        return changes.change_plan("DELETE", [step], analyzed, atomic=False)
    reading = exp.Select(
        expressions=[builder.rewriter.value(item) for item in changes.returning_items(tree)],
        from_=exp.From(this=sources.reference(table, alias)),
        joins=changes.joined_sources(builder, tree),
    )
    _filter(builder, tree, reading)
    text, reads = render(reading)
    steps = [Step(text, reads, Yields.ROWS), step]
    return changes.change_plan("DELETE", steps, analyzed, atomic=True)


def _filter(builder: QueryBuilder, tree: exp.Expr, body: exp.Expr) -> None:
    where = tree.args.get("where")
    if where is not None:
        body.set("where", exp.Where(this=builder.rewriter.predicate(where.this)))
