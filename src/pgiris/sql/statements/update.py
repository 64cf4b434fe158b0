"""UPDATE: the same in IRIS but for SET's targets, DEFAULT and RETURNING (RSQL_update).

RETURNING: the RowIDs of the rows that match are captured before the change, with what the list needs of FROM's tables;
then the rows are changed by one statement, and read again one by one.
"""

from __future__ import annotations

from sqlglot import exp

from pgiris import sqlstate
from pgiris.errors import FeatureNotSupported, PgError
from pgiris.sql.analysis import Analyzed, position_of
from pgiris.sql.plan import Captured, Plan, Step, Yields
from pgiris.sql.render import render
from pgiris.sql.rewrite import names, sources
from pgiris.sql.rewrite.query import QueryBuilder
from pgiris.sql.schema import TableColumn
from pgiris.sql.statements import changes
from pgiris.sql.statements.planning import Planning


def plan(analyzed: Analyzed, planning: Planning) -> Plan:
    """The plan of an analysed UPDATE."""
    tree = analyzed.tree
    builder = QueryBuilder(analyzed)
    node, table = changes.target_of(tree.this)
    changes.refuse_returning_on_view(tree, table)
    alias = node.alias or table.name
    change = exp.Update(this=sources.reference(table, alias), expressions=assignments(tree, builder, planning))
    sources.add(builder, tree, change)
    where = tree.args.get("where")
    if where is not None:
        change.set("where", exp.Where(this=builder.rewriter.predicate(where.this)))
    sql, binds = render(change)
    step = Step(sql, binds, counts=True)
    if tree.args.get("returning") is None:
        return changes.change_plan("UPDATE", [step], analyzed, atomic=False)
    capture, reading = returning_steps(builder, tree, alias)
    return changes.change_plan("UPDATE", [capture, step, reading], analyzed, atomic=True)


def assignments(tree: exp.Expr, builder: QueryBuilder, planning: Planning) -> list[exp.Expr]:
    """SET's items, one column each; ``(a, b) = (1, 2)`` is taken apart."""
    result: list[exp.Expr] = []
    for item in tree.expressions:
        columns = changes.targets(item)
        values = _values(item.expression, len(columns))
        for column, value in zip(columns, values):
            target = exp.Column(this=names.identifier(column.name))
            result.append(exp.EQ(this=target, expression=_assigned(column, value, builder, planning)))
    return result


def _values(value: exp.Expr, count: int) -> list[exp.Expr]:
    node = value
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.Tuple):
        return node.expressions
    if count == 1:
        return [value]
    raise FeatureNotSupported("UPDATE … SET (columns) = (SELECT …)", position=position_of(value))


def _assigned(column: TableColumn, value: exp.Expr, builder: QueryBuilder, planning: Planning) -> exp.Expr:
    if changes.is_default(value):
        if column.identity:
            raise FeatureNotSupported("SET DEFAULT on an identity column", position=position_of(value))
        default = changes.default_value(column, planning)
        if default is None:
            raise FeatureNotSupported("SET DEFAULT with a default that only IRIS knows", position=position_of(value))
        return default
    if column.identity_always:
        raise PgError(
            sqlstate.GENERATED_ALWAYS,
            f'column "{column.name}" can only be updated to DEFAULT',
            detail=f'Column "{column.name}" is an identity column defined as GENERATED ALWAYS.',
        )
    constant = builder.rewriter.constant(value, column)
    if constant is not None:
        return builder.binds.placeholder(constant)
    return builder.rewriter.assign(value, column)


def returning_steps(builder: QueryBuilder, tree: exp.Expr, alias: str) -> tuple[Step, Step]:
    """The step that captures RowIDs and the columns of other tables, and the one that reads the changed rows."""
    _, table = changes.target_of(tree.this)
    items = changes.returning_items(tree)
    others: dict[tuple[str, str], exp.Column] = {}
    for item in items:
        for column in item.find_all(exp.Column):
            if column.table != alias:
                others.setdefault((column.table, column.name), column)
    select = exp.Select(expressions=[changes.row_id(alias), *(builder.rewriter.value(c) for c in others.values())])
    select.set("from_", exp.From(this=sources.reference(table, alias)))
    select.set("joins", changes.joined_sources(builder, tree))
    where = tree.args.get("where")
    if where is not None:
        select.set("where", exp.Where(this=builder.rewriter.predicate(where.this)))
    sql, binds = render(select)
    capture = Step(sql, binds, Yields.CAPTURE, changes.CHANGED)
    captured = {key: builder.binds.placeholder(Captured(changes.CHANGED, n)) for n, key in enumerate(others, 1)}
    values = [builder.rewriter.value(changes.with_binds(item, captured)) for item in items]
    reading = exp.Select(
        expressions=values,
        from_=exp.From(this=sources.reference(table, alias)),
        where=exp.Where(
            this=exp.EQ(this=changes.row_id(alias), expression=builder.binds.placeholder(Captured(changes.CHANGED)))
        ),
    )
    text, reads = render(reading)
    return capture, Step(text, reads, Yields.ROWS, for_each=changes.CHANGED)
