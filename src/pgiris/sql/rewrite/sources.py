"""FROM: tables, subqueries, common table expressions and joins as IRIS has them (RSQL_from, RSQL_join).

CTEs are inlined as derived tables, which IRIS executes everywhere (RSQL_with tells of restrictions). USING and NATURAL
become ON; analysis has already replaced the merged columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from sqlglot import exp

from pgiris import sqlstate
from pgiris.errors import FeatureNotSupported, PgError
from pgiris.sql.analysis import COLUMN, CTE, TABLE, USING, ColumnRef, output_of, position_of
from pgiris.sql.rewrite import names
from pgiris.sql.schema import Table

if TYPE_CHECKING:
    from pgiris.sql.rewrite.query import QueryBuilder

_DOUBLES: Final = "pg_doubles"

MAX_INLINED: Final = 500
"""References to CTEs that one statement may inline, nested ones counted each time: bounds the text that comes out."""


Renamed = dict[tuple[str, str], list[str]]
"""By FROM item and column name: the names that columns of the same name got in its derived table."""


def add(builder: QueryBuilder, query: exp.Expr, body: exp.Expr) -> Renamed:
    """Put the FROM clause and joins of the analysed `query` into the IRIS block `body`."""
    from_ = query.args.get("from_")
    if from_ is None:
        return {}
    first, joins = _flatten(builder, from_.this)
    body.set("from_", exp.From(this=first))
    for join in query.args.get("joins") or ():
        joins.extend(_join(builder, join))
    if joins:
        body.set("joins", joins)
    return _checked([first, *(join.this for join in joins)])


def told_apart(items: Sequence[exp.Expr], renamed: Renamed) -> list[exp.Expr]:
    """The select list with columns of the same name told apart. Only ``*`` can mean them (42702 else), and it lists
    them in their order."""
    if not renamed:
        return list(items)
    seen: dict[tuple[str, str], int] = {}
    result: list[exp.Expr] = []
    for item in items:
        node = item.this if isinstance(item, exp.Alias) else item
        found = renamed.get((node.table, node.name)) if isinstance(node, exp.Column) else None
        if isinstance(node, exp.Column) and found is not None:
            count = seen.get((node.table, node.name), 0)
            seen[node.table, node.name] = count + 1
            item = _under(node, found[count % len(found)])
        result.append(item)
    return result


def _under(column: exp.Column, name: str) -> exp.Column:
    """The column under another name."""
    result = column.copy()
    result.set("this", exp.Identifier(this=name, quoted=True))
    ref = result.meta.get(COLUMN)
    if isinstance(ref, ColumnRef):
        result.meta[COLUMN] = ref._replace(name=name)
    return result


def _flatten(builder: QueryBuilder, node: exp.Expr) -> tuple[exp.Expr, list[exp.Expr]]:
    """A FROM item and the joins that hang on it: ``(a JOIN b ON …)`` without alias is its own members."""
    nested = node.args.get("joins") or []
    if isinstance(node, exp.Paren):
        if node.args.get("alias") is not None:
            raise FeatureNotSupported("an alias of a parenthesised join", position=position_of(node))
        first, joins = _flatten(builder, node.this)
    else:
        first, joins = source(builder, node), []
    for join in nested:
        joins.extend(_join(builder, join))
    return first, joins


def _join(builder: QueryBuilder, join: exp.Expr) -> list[exp.Expr]:
    right, nested = _flatten(builder, join.this)
    side, kind = (join.args.get("side") or "").upper(), (join.args.get("kind") or "").upper()
    condition = _condition(builder, join)
    if nested:
        if side or kind not in ("", "CROSS", "INNER"):
            raise FeatureNotSupported("an outer join with a parenthesised join", position=position_of(join))
        if condition is not None:
            # An inner join with (b JOIN c) is the joins one after another, with its condition at the end.
            last = nested[-1]
            if last.args.get("side"):
                raise FeatureNotSupported("a join with a parenthesised outer join", position=position_of(join))
            on = last.args.get("on")
            last.set("on", exp.And(this=_paren(on), expression=_paren(condition)) if on is not None else condition)
            last.set("kind", None)
            condition = None
        return [exp.Join(this=right, kind="CROSS"), *nested]
    if not side and not kind and condition is None and not join.args.get("method"):
        return [exp.Join(this=right)]
    result = exp.Join(this=right, side=side or None, kind="CROSS" if kind == "CROSS" else None)
    if condition is not None:
        result.set("on", condition)
    elif kind != "CROSS":
        # NATURAL without a common column is a cross join (manual 7.2.1.1).
        result.set("kind", "CROSS" if not side else None)
        if side:
            one = exp.Literal.number(1)
            result.set("on", exp.EQ(this=one, expression=one.copy()))
    return [result]


def _paren(node: exp.Expr) -> exp.Paren:
    return exp.Paren(this=node)


def _condition(builder: QueryBuilder, join: exp.Expr) -> exp.Expr | None:
    on = join.args.get("on")
    if on is not None:
        return builder.rewriter.predicate(on)
    condition: exp.Expr | None = None
    for _name, left, _right in join.meta.get(USING) or ():
        # Analysis made the comparison to find its operator; both sides hang on it.
        equal = left.parent
        assert isinstance(equal, exp.EQ)
        predicate = builder.rewriter.predicate(equal)
        condition = predicate if condition is None else exp.And(this=condition, expression=predicate)
    return condition


def source(builder: QueryBuilder, node: exp.Expr) -> exp.Expr:
    """One FROM item."""
    if isinstance(node, exp.Table):
        return _table(builder, node)
    if isinstance(node, (exp.Subquery, exp.Values)):
        return _derived(builder, node if isinstance(node, exp.Values) else node.this, node, node)
    if isinstance(node, exp.Lateral) and isinstance(node.this, exp.Subquery):
        inner = _derived(builder, node.this.this, node, node.this)
        alias = inner.args["alias"]
        inner.set("alias", None)
        return exp.Lateral(this=inner, alias=alias)
    raise FeatureNotSupported("a function in FROM", position=position_of(node))


def _table(builder: QueryBuilder, node: exp.Table) -> exp.Expr:
    cte = node.meta.get(CTE)
    if isinstance(cte, exp.CTE):
        return _inlined(builder, node, cte)
    table = node.meta.get(TABLE)
    if not isinstance(table, Table):
        raise FeatureNotSupported("a function in FROM", position=position_of(node))
    alias = node.args.get("alias")
    renamed = [column.name for column in (alias.args.get("columns") or ())] if alias is not None else []
    if renamed:
        return _renamed(table, node.alias, renamed)
    return reference(table, node.alias or table.name)


def reference(table: Table, alias: str) -> exp.Table:
    """A table of the snapshot with an alias."""
    name = bare(table)
    name.set("alias", exp.TableAlias(this=names.label(alias)))
    return name


def bare(table: Table) -> exp.Table:
    """A table of the snapshot, by schema and name."""
    return exp.Table(this=names.identifier(table.name), db=names.identifier(table.schema))


def _renamed(table: Table, alias: str, renamed: list[str]) -> exp.Expr:
    """``t AS a(x, y)``: IRIS has no column aliases, so a derived table gives them."""
    finals = names.unique([*renamed, *(column.name for column in table.columns[len(renamed) :])])
    items: list[exp.Expr] = [
        exp.Alias(this=exp.Column(this=names.identifier(column.name)), alias=names.label(name))
        for column, name in zip(table.columns, finals)
    ]
    inner = exp.Select(expressions=items, from_=exp.From(this=bare(table)))
    return exp.Subquery(this=inner, alias=exp.TableAlias(this=names.label(alias)))


def _inlined(builder: QueryBuilder, node: exp.Table, cte: exp.CTE) -> exp.Expr:
    builder.inlined += 1
    if builder.inlined > MAX_INLINED:
        raise PgError(sqlstate.STATEMENT_TOO_COMPLEX, "too many references to common table expressions")
    query = cte.this
    if isinstance(query, (exp.Insert, exp.Update, exp.Delete)):
        raise FeatureNotSupported("a data-modifying WITH query", position=position_of(cte))
    renamed = [column.name for column in (cte.args["alias"].args.get("columns") or ())]
    own = node.args.get("alias")
    again = [column.name for column in (own.args.get("columns") or ())] if own is not None else []
    return _named_query(builder, query, node.alias or node.name, again or renamed)


def _derived(builder: QueryBuilder, query: exp.Expr, outer: exp.Expr, named: exp.Expr) -> exp.Subquery:
    alias = outer.args.get("alias") or named.args.get("alias")
    renamed = [column.name for column in (alias.args.get("columns") or ())] if alias is not None else []
    return _named_query(builder, query, alias.name if alias is not None else "", renamed)


def _named_query(builder: QueryBuilder, query: exp.Expr, alias: str, renamed: list[str]) -> exp.Subquery:
    inner = query
    while isinstance(inner, exp.Subquery) and not output_of(inner):
        inner = inner.this
    own = [column.name for column in output_of(inner)]
    finals = names.unique([*renamed, *own[len(renamed) :]])
    wanted = [*renamed, *own[len(renamed) :]]
    built = builder.derived(query, finals)
    result = exp.Subquery(this=built, alias=exp.TableAlias(this=names.label(alias)) if alias else None)
    if wanted != finals:
        doubles: Renamed = {}
        for name, final in zip(wanted, finals):
            doubles.setdefault((alias, name), []).append(final)
        result.meta[_DOUBLES] = {key: found for key, found in doubles.items() if len(found) > 1}
    return result


def _checked(items: Sequence[exp.Expr]) -> Renamed:
    """What the FROM items had to rename. IRIS compares aliases without case: two that differ only so cannot stand
    together."""
    names.unique(item.alias for item in items if item.alias)
    result: Renamed = {}
    for item in items:
        result.update(item.meta.get(_DOUBLES) or {})
    return result
