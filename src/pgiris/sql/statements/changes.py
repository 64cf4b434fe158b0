"""What INSERT, UPDATE and DELETE share: targets, defaults, RETURNING.

IRIS has no RETURNING (RSQL_insert, RSQL_update, RSQL_delete). Rows are found again by ``%ID``, the RowID under the name
that it has in every table (RSQL_createtable); views have none, so RETURNING on a view is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from sqlglot import exp

from pgiris.errors import FeatureNotSupported
from pgiris.sql import postgres, typing
from pgiris.sql.analysis import TABLE, TARGETS, Analyzed, position_of
from pgiris.sql.plan import Bind, Plan, Step, Transaction, Yields
from pgiris.sql.render import render
from pgiris.sql.rewrite import names, sources
from pgiris.sql.rewrite.query import QueryBuilder
from pgiris.sql.schema import Table, TableColumn
from pgiris.sql.statements.planning import Planning, result_columns

CHANGED: Final = "changed"
"""The step whose rows are the RowIDs of the rows that a statement changed."""


def target_of(node: exp.Expr) -> tuple[exp.Table, Table]:
    """The target of a data change and what the snapshot knows of it."""
    table = node.this if isinstance(node, exp.Schema) else node
    found = table.meta.get(TABLE)
    assert isinstance(table, exp.Table)
    assert isinstance(found, Table)
    return table, found


def targets(node: exp.Expr) -> tuple[TableColumn, ...]:
    """The columns that analysis found to be assigned by `node`."""
    found = node.meta.get(TARGETS, ())
    assert isinstance(found, tuple)
    return found


def is_default(node: exp.Expr) -> bool:
    """Whether a value is the keyword DEFAULT."""
    return isinstance(node, exp.Var) and node.name.upper() == "DEFAULT"


def default_value(column: TableColumn, planning: Planning) -> exp.Expr | None:
    """The column's default as an IRIS value, when PostgreSQL's expression for it is known; NULL when it has none.

    None when only IRIS knows the default.
    """
    if column.default is None:
        return exp.Null()
    if not column.pg_default:
        return None
    text = f"SELECT {column.default}"
    tree = postgres.parse_tokens(postgres.tokenize(text), text)
    analyzed = typing.analyze(tree, planning.schema, planning.search_path, ())
    builder = QueryBuilder(analyzed)
    item = analyzed.tree.expressions[0]
    node = item.this if isinstance(item, exp.Alias) else item
    constant = builder.rewriter.constant(node, column)
    return builder.binds.placeholder(constant) if constant is not None else builder.rewriter.assign(node, column)


def row_id(alias: str = "") -> exp.Expr:
    """``%ID`` of the table called `alias` in the statement."""
    return exp.Pseudocolumn(this=exp.Identifier(this="%ID", quoted=False), table=names.label(alias) if alias else None)


def refuse_returning_on_view(tree: exp.Expr, table: Table) -> None:
    returning = tree.args.get("returning")
    if returning is not None and table.kind != "r":
        raise FeatureNotSupported("RETURNING on a view", position=position_of(returning))


def returning_step(builder: QueryBuilder, tree: exp.Expr, alias: str, table: Table, bind: Bind, for_each: str) -> Step:
    """The step that reads RETURNING's list for the row whose RowID is `bind`, once for each row of `for_each`."""
    items = [builder.rewriter.value(_bare(item)) for item in tree.args["returning"].expressions]
    where = exp.EQ(this=row_id(alias), expression=builder.binds.placeholder(bind))
    select = exp.Select(
        expressions=items, from_=exp.From(this=sources.reference(table, alias)), where=exp.Where(this=where)
    )
    sql, binds = render(select)
    return Step(sql, binds, Yields.ROWS, for_each=for_each)


def _bare(item: exp.Expr) -> exp.Expr:
    result = item.this if isinstance(item, exp.Alias) else item
    assert isinstance(result, exp.Expr)
    return result


def joined_sources(builder: QueryBuilder, tree: exp.Expr) -> list[exp.Expr]:
    """The tables of UPDATE's FROM or DELETE's USING, to be put by commas after the target in a SELECT."""
    body = exp.Select()
    sources.add(builder, tree, body)
    if body.args.get("from_") is None:
        return []
    return [exp.Join(this=body.args["from_"].this), *(body.args.get("joins") or ())]


def returning_items(tree: exp.Expr) -> list[exp.Expr]:
    """The expressions of an analysed RETURNING list."""
    returning = tree.args.get("returning")
    return [_bare(item) for item in returning.expressions] if returning is not None else []


def change_plan(tag: str, steps: Iterable[Step], analyzed: Analyzed, *, atomic: bool) -> Plan:
    """The plan of a data change."""
    columns = analyzed.columns if analyzed.tree.args.get("returning") is not None else None
    return Plan(
        tag,
        tuple(steps),
        result_columns(columns),
        analyzed.parameters,
        tag_counts=True,
        transaction=Transaction.WRITE,
        atomic=atomic,
    )


def with_binds(node: exp.Expr, binds: Mapping[tuple[str, str], exp.Expr]) -> exp.Expr:
    """A copy of `node` with the columns (alias, name) replaced by placeholders that keep their analysed type."""

    def replaced(part: exp.Expr) -> exp.Expr:
        if isinstance(part, exp.Column):
            found = binds.get((part.table, part.name))
            if found is not None:
                fresh = found.copy()
                fresh.meta.update({key: value for key, value in part.meta.items() if key not in fresh.meta})
                return fresh
        return part

    return node.copy().transform(replaced)
