"""Queries: the structure of an analysed PostgreSQL query as an IRIS query.

Expressions inside it go through the ``Rewriter``. A query comes out plain where IRIS can say it in one block, and
*wrapped* where it cannot: then the inner block computes the output columns ``c1 …`` and the sort keys ``k1 …`` and the
outer block sorts, cuts and picks. Sources: RSQL_select, RSQL_orderby, RSQL_limit, RSQL_union, RSQL_having.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlglot import exp

from pgiris import sqlstate
from pgiris.errors import FeatureNotSupported, PgError
from pgiris.sql.analysis import TARGET, Analyzed, Binds, OutputColumn, Rewriter, output_of, position_of
from pgiris.sql.iris.tables import MAX_SET_OPERATIONS
from pgiris.sql.rewrite import blocks, names, ordering, sources
from pgiris.sql.rewrite.expressions import Expressions
from pgiris.sql.rewrite.limits import Limits, limits
from pgiris.sql.rewrite.ordering import Key

_SET_OPERATIONS: Final = (exp.Union, exp.Except, exp.Intersect)
_REFUSED: Final = {"locks": "FOR UPDATE", "windows": "WINDOW"}


@dataclass(slots=True)
class Block:
    """A query block under construction: its select items as IRIS values, and the rest of it without order and limit."""

    items: list[exp.Expr]
    keys: list[Key]
    limits: Limits
    body: exp.Select = field(default_factory=exp.Select)
    aggregated: bool = False


class QueryBuilder:
    """Builds the IRIS queries of one statement; hands itself to the expressions as their ``Queries``."""

    def __init__(self, analyzed: Analyzed) -> None:
        self.analyzed = analyzed
        self.binds = Binds()
        self.inlined = 0
        self.rewriter: Rewriter = Expressions(analyzed, self)

    def subquery(self, query: exp.Expr) -> exp.Expr:
        """A query inside an expression; its order matters only where it is cut."""
        return self.build(query, inner=True, ordered=False)

    def statement(self, query: exp.Expr) -> exp.Expr:
        """A query whose rows go to the client."""
        return self.build(query, inner=False)

    def derived(self, query: exp.Expr, columns: Sequence[str]) -> exp.Expr:
        """A query in FROM or in a view, with its output columns named."""
        return self.build(query, inner=True, columns=columns)

    def build(
        self,
        query: exp.Expr,
        *,
        inner: bool,
        columns: Sequence[str] | None = None,
        ordered: bool = True,
        exact: bool = False,
    ) -> exp.Expr:
        """`inner`: within another statement, where IRIS wants TOP instead of LIMIT. `columns` names the output.
        `ordered`: whether an ORDER BY without limit is to be kept. `exact`: whether rows are compared with others."""
        query = _unwrapped(query)
        if isinstance(query, exp.Values):
            if query.args.get("order") or limits(query):
                return self._sorted_values(query, inner, columns, ordered)
            return self._values(query, columns)
        if isinstance(query, _SET_OPERATIONS):
            return self._set_operation(query, inner, columns, ordered)
        if not isinstance(query, exp.Select):
            raise FeatureNotSupported(type(query).__name__.upper(), position=position_of(query))
        return self._select(query, inner, columns, ordered, exact)

    # One block

    def _select(
        self, query: exp.Select, inner: bool, columns: Sequence[str] | None, ordered: bool, exact: bool
    ) -> exp.Expr:
        _refuse(query)
        block = self._block(query, exact or bool(query.args.get("distinct")))
        if not ordered and not block.limits:
            block.keys = []
        on = query.args["distinct"].args.get("on") if query.args.get("distinct") else None
        if on is not None:
            return self._distinct_on(query, block, on, inner, columns)
        if query.args.get("distinct"):
            block.body.set("distinct", exp.Distinct())
        having = query.args.get("having")
        if having is not None and not query.args.get("group"):
            return self._ungrouped_having(block, having, inner, columns)
        if having is not None:
            block.body.set("having", exp.Having(this=self.rewriter.predicate(having.this)))
        if self._needs_wrapping(block, inner):
            return self._wrapped(block, inner, columns)
        return self._plain(block, inner, columns)

    def _block(self, query: exp.Select, exact: bool) -> Block:
        output = output_of(query)
        group = query.args.get("group")
        body = exp.Select()
        renamed = sources.add(self, query, body)
        selected = sources.told_apart(query.expressions, renamed)
        items = [self._item(item, exact or group is not None) for item in selected]
        where = query.args.get("where")
        if where is not None:
            body.set("where", exp.Where(this=self.rewriter.predicate(where.this)))
        if group is not None:
            body.set("group", exp.Group(expressions=self._grouping(query, group)))
        keys = ordering.keys(query.args.get("order"), output, query.expressions)
        aggregated = group is not None or any(_aggregates(item) for item in query.expressions)
        return Block(items or [exp.Literal.number(1)], keys, limits(query), body, aggregated)

    def _item(self, item: exp.Expr, exact: bool) -> exp.Expr:
        node = item.this if isinstance(item, exp.Alias) else item
        if exact and (isinstance(node, exp.Column) or not _aggregates(node)):
            return self.rewriter.key(node)
        return self.rewriter.value(node)

    def _grouping(self, query: exp.Select, group: exp.Expr) -> list[exp.Expr]:
        for name in ("grouping_sets", "cube", "rollup", "totals", "all"):
            if group.args.get(name):
                raise FeatureNotSupported(name.replace("_", " ").upper(), position=position_of(group))
        result: list[exp.Expr] = []
        for item in group.expressions:
            target = item.meta.get(TARGET)
            if target is not None:
                item = query.expressions[target]
                item = item.this if isinstance(item, exp.Alias) else item
            result.append(self.rewriter.key(item))
        return result

    def _needs_wrapping(self, block: Block, inner: bool) -> bool:
        if inner and block.limits.offset is not None:
            return True
        if not block.keys:
            return False
        unnatural = any(not key.natural for key in block.keys)
        if block.body.args.get("distinct") is not None and unnatural:
            # IRIS sorts the distinct rows afterwards, by what is in them (RSQL_orderby).
            return True
        # An aggregate in ORDER BY must be a select item as it stands (-73).
        return block.aggregated and any(
            (not key.natural) if key.target is not None else _aggregates(key.node) for key in block.keys
        )

    def _plain(self, block: Block, inner: bool, columns: Sequence[str] | None) -> exp.Expr:
        select = block.body
        select.set("expressions", blocks.named(block.items, columns))
        if block.keys:
            select.set("order", exp.Order(expressions=[term for key in block.keys for term in self._terms(block, key)]))
        blocks.cut_off(select, block.limits, inner, ordered=bool(block.keys))
        return select

    def _terms(self, block: Block, key: Key) -> list[exp.Expr]:
        if key.target is None:
            return ordering.terms(key, self.rewriter.key(key.node))
        value = block.items[key.target]
        terms = ordering.terms(key, value.copy())
        if len(terms) == 1 and not isinstance(value, (exp.Column, exp.Anonymous)) and key.natural:
            plain = terms[0]
            if plain.this == value:
                plain.set("this", exp.Literal.number(key.target + 1))
        return terms

    # Wrapped blocks

    def _wrapped(self, block: Block, inner: bool, columns: Sequence[str] | None) -> exp.Expr:
        items = [blocks.aliased(item, f"c{n}") for n, item in enumerate(block.items, 1)]
        outer_keys: list[tuple[Key, exp.Expr]] = []
        for key in block.keys:
            if key.target is not None:
                outer_keys.append((key, blocks.column(f"c{key.target + 1}")))
                continue
            value = self.rewriter.key(key.node)
            match = next((n for n, item in enumerate(block.items, 1) if item == value), 0)
            if not match:
                items.append(blocks.aliased(value, f"k{len(items) + 1}"))
            outer_keys.append((key, blocks.column(f"c{match}" if match else f"k{len(items)}")))
        block.body.set("expressions", items)
        return self._outer(block.body, len(block.items), outer_keys, block.limits, inner, columns)

    def _outer(
        self,
        body: exp.Expr,
        width: int,
        keys: list[tuple[Key, exp.Expr]],
        cut: Limits,
        inner: bool,
        columns: Sequence[str] | None,
        condition: exp.Expr | None = None,
    ) -> exp.Expr:
        """SELECT c1 … FROM (body) [WHERE condition] ORDER BY keys, cut."""
        picked: list[exp.Expr] = [blocks.column(f"c{n}") for n in range(1, width + 1)]
        order = [term for key, value in keys for term in ordering.terms(key, value)]
        if inner and cut.offset is not None:
            body, condition = blocks.numbered(body, picked, order, cut)
            order, cut = [exp.Ordered(this=blocks.column("r"))], Limits()
        select = exp.Select(expressions=blocks.named(picked, columns), from_=exp.From(this=blocks.derived(body, "q")))
        if condition is not None:
            select.set("where", exp.Where(this=condition))
        if order:
            select.set("order", exp.Order(expressions=order))
        blocks.cut_off(select, cut, inner, ordered=bool(order))
        return select

    def _distinct_on(
        self, query: exp.Select, block: Block, on: exp.Expr, inner: bool, columns: Sequence[str] | None
    ) -> exp.Expr:
        """The first row of each group in the order given: ROW_NUMBER() = 1 (RSQL_windowfunctions)."""
        if block.aggregated:
            raise FeatureNotSupported("SELECT DISTINCT ON with GROUP BY", position=position_of(on))
        partition: list[exp.Expr] = []
        for item in on.expressions if isinstance(on, exp.Tuple) else [on]:
            target = item.meta.get(TARGET)
            partition.append(block.items[target].copy() if target is not None else self.rewriter.key(item))
        order = [term for key in block.keys for term in ordering.terms(key, self._key_value(block, key))]
        number = exp.Window(
            this=exp.Anonymous(this="ROW_NUMBER", expressions=[]),
            partition_by=partition,
            order=exp.Order(expressions=order or [exp.Ordered(this=item.copy()) for item in partition]),
        )
        items = [blocks.aliased(item, f"c{n}") for n, item in enumerate(block.items, 1)]
        outer: list[tuple[Key, exp.Expr]] = []
        for number_of_key, key in enumerate(block.keys, 1):
            if key.target is not None:
                outer.append((key, blocks.column(f"c{key.target + 1}")))
            else:
                items.append(blocks.aliased(self.rewriter.key(key.node), f"k{number_of_key}"))
                outer.append((key, blocks.column(f"k{number_of_key}")))
        items.append(blocks.aliased(number, "d"))
        block.body.set("expressions", items)
        first = exp.EQ(this=blocks.column("d"), expression=exp.Literal.number(1))
        body: exp.Expr = block.body
        if inner and block.limits.offset is not None:
            keep = [blocks.aliased(blocks.column(part.alias), part.alias) for part in items[:-1]]
            body = exp.Select(
                expressions=keep, from_=exp.From(this=blocks.derived(block.body, "q")), where=exp.Where(this=first)
            )
            return self._outer(body, len(block.items), outer, block.limits, inner, columns)
        return self._outer(body, len(block.items), outer, block.limits, inner, columns, first)

    def _key_value(self, block: Block, key: Key) -> exp.Expr:
        return block.items[key.target].copy() if key.target is not None else self.rewriter.key(key.node)

    def _ungrouped_having(self, block: Block, having: exp.Expr, inner: bool, columns: Sequence[str] | None) -> exp.Expr:
        """HAVING without GROUP BY filters one group; IRIS's filters rows (RSQL_having). Its result is one row at most,
        so that order does not matter."""
        items = [blocks.aliased(item, f"c{n}") for n, item in enumerate(block.items, 1)]
        holds = exp.Case(
            ifs=[exp.If(this=self.rewriter.predicate(having.this), true=exp.Literal.number(1))],
            default=exp.Literal.number(0),
        )
        block.body.set("expressions", [*items, blocks.aliased(holds, "h")])
        condition = exp.EQ(this=blocks.column("h"), expression=exp.Literal.number(1))
        if inner and block.limits.offset is not None:
            raise FeatureNotSupported("OFFSET with HAVING in a subquery", position=position_of(having))
        return self._outer(block.body, len(block.items), [], block.limits, inner, columns, condition)

    # Set operations and VALUES

    def _set_operation(self, query: exp.Expr, inner: bool, columns: Sequence[str] | None, ordered: bool) -> exp.Expr:
        if query.args.get("with_") is not None and query.args["with_"].args.get("recursive"):
            raise FeatureNotSupported("WITH RECURSIVE", position=position_of(query.args["with_"]))
        output = output_of(query)
        cut = limits(query)
        keys = ordering.keys(query.args.get("order"), output) if ordered or cut else []
        if not keys and not cut:
            return self._legs(query, columns)
        for key in keys:
            if key.target is None:
                raise FeatureNotSupported(
                    "ORDER BY with an expression on a set operation", position=position_of(key.node)
                )
        body = self._legs(query, [f"c{n}" for n in range(1, len(output) + 1)])
        pairs: list[tuple[Key, exp.Expr]] = [(key, blocks.column(f"c{(key.target or 0) + 1}")) for key in keys]
        return self._outer(body, len(output), pairs, cut, inner, columns)

    def _legs(self, query: exp.Expr, columns: Sequence[str] | None) -> exp.Expr:
        """The operation without order and limits; its legs are parenthesised where they are operations themselves."""
        distinct = bool(query.args.get("distinct"))
        if not distinct and not isinstance(query, exp.Union):
            raise FeatureNotSupported(f"{type(query).__name__.upper()} ALL", position=position_of(query))
        left = self._leg(query.this, columns, distinct)
        right = self._leg(query.expression, None, distinct)
        kind = type(query)
        return kind(this=left, expression=right, distinct=distinct)

    def _leg(self, query: exp.Expr, columns: Sequence[str] | None, distinct: bool) -> exp.Expr:
        leg = _unwrapped(query)
        if isinstance(leg, _SET_OPERATIONS) and not leg.args.get("order") and not limits(leg):
            return exp.Subquery(this=self._legs(leg, columns))
        built = self.build(leg, inner=True, columns=columns, ordered=False, exact=distinct)
        if built.args.get("order") or built.args.get("top"):
            names_ = columns or [f"c{n}" for n in range(1, len(output_of(leg)) + 1)]
            rows = blocks.derived(self.build(leg, inner=True, columns=names_, exact=distinct), "q")
            picked: list[exp.Expr] = [blocks.column(name) for name in names_]
            return exp.Select(expressions=blocks.named(picked, columns), from_=exp.From(this=rows))
        return built

    def _values(self, query: exp.Expr, columns: Sequence[str] | None) -> exp.Expr:
        """VALUES as a UNION ALL of blocks without FROM; the first one names the columns."""
        if len(query.expressions) > MAX_SET_OPERATIONS:
            message = f"VALUES with more than {MAX_SET_OPERATIONS} rows outside of INSERT is not supported"
            raise PgError(sqlstate.STATEMENT_TOO_COMPLEX, message, position=position_of(query))
        legs: list[exp.Expr] = []
        for number, row in enumerate(query.expressions):
            cells = row.expressions if isinstance(row, exp.Tuple) else [row]
            values = [self.rewriter.value(cell.this if isinstance(cell, exp.Alias) else cell) for cell in cells]
            legs.append(exp.Select(expressions=blocks.named(values, columns if number == 0 else None)))
        return blocks.united(legs)

    def _sorted_values(self, query: exp.Values, inner: bool, columns: Sequence[str] | None, ordered: bool) -> exp.Expr:
        """VALUES with ORDER BY or a limit."""
        output = output_of(query)
        cut = limits(query)
        keys = ordering.keys(query.args.get("order"), output) if ordered or cut else []
        for key in keys:
            if key.target is None:
                raise FeatureNotSupported("ORDER BY with an expression on VALUES", position=position_of(key.node))
        body = self._values(query, [f"c{n}" for n in range(1, len(output) + 1)])
        pairs: list[tuple[Key, exp.Expr]] = [(key, blocks.column(f"c{(key.target or 0) + 1}")) for key in keys]
        return self._outer(body, len(output), pairs, cut, inner, columns)


def column_names(output: Sequence[OutputColumn]) -> list[str]:
    """The output names of a query as names of a derived table's columns."""
    return names.unique(column.name for column in output)


def _unwrapped(query: exp.Expr) -> exp.Expr:
    """The query inside parentheses."""
    while isinstance(query, exp.Subquery):
        query = query.this
    return query


def _refuse(query: exp.Select) -> None:
    for name, what in _REFUSED.items():
        if query.args.get(name):
            raise FeatureNotSupported(what, position=position_of(query.args[name][0]))
    with_ = query.args.get("with_")
    if with_ is not None and with_.args.get("recursive"):
        raise FeatureNotSupported("WITH RECURSIVE", position=position_of(with_))


def _aggregates(node: exp.Expr) -> bool:
    """Whether an aggregate of this query's own level is in the expression; window functions are none."""
    level = node.find_ancestor(exp.Select)
    return any(
        not isinstance(found.parent, exp.Window) and found.find_ancestor(exp.Select) is level
        for found in node.find_all(exp.AggFunc)
    )
