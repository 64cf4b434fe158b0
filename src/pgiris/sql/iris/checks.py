"""Rules of queries that a grammar does not say: aggregates, windows, ORDER BY, widths, names in ON.

Nothing here knows the schema. A rule that would need it is left to the engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from pgiris.errors import IrisError

if TYPE_CHECKING:
    from collections.abc import Iterator


def _local(node: exp.Expr) -> Iterator[exp.Expr]:
    """The nodes of an expression that belong to this query, not to a query within it."""
    stack = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, exp.Query):
            continue
        yield current
        stack.extend(current.iter_expressions())


def _outermost(query: exp.Expr) -> exp.Expr:
    """The query inside parentheses."""
    while isinstance(query, exp.Subquery):
        query = query.this
    return query


def _first(query: exp.Expr) -> exp.Expr:
    """The first SELECT of a query: it names the columns."""
    query = _outermost(query)
    while isinstance(query, exp.SetOperation):
        query = _outermost(query.this)
    return query


def is_star(item: exp.Expr) -> bool:
    """``*`` or ``t.*``."""
    return isinstance(item, exp.Star) or (isinstance(item, exp.Column) and isinstance(item.this, exp.Star))


def width(query: exp.Expr) -> int | None:
    """How many columns a query has; None when a star hides it."""
    items = _first(query).expressions
    return None if any(is_star(item) for item in items) else len(items)


def select(node: exp.Select) -> None:
    """What stands where it may not: aggregates (-19), windows (-367), ``->`` (-67), ``*`` without FROM (-26).

    A subquery that is a value has one column (-10).
    """
    if node.args.get("from_") is None and any(is_star(item) for item in node.expressions):
        raise IrisError(-26, "missing FROM clause")
    for name in ("where", "group"):
        _refuse_aggregates(node.args.get(name))
    for join in node.args.get("joins") or ():
        _refuse_aggregates(join.args.get("on"))
        _refuse_windows(join.args.get("on"))
        _refuse_arrows(join.args.get("on"))
    for name in ("where", "group", "having"):
        _refuse_windows(node.args.get(name))
    for item in node.expressions:
        scalar_subqueries(item)
    for name in ("where", "having", "group"):
        scalar_subqueries(node.args.get(name))


def change(node: exp.Expr) -> None:
    """The clauses of UPDATE and DELETE obey the rules of SELECT's."""
    where = node.args.get("where")
    _refuse_aggregates(where)
    _refuse_windows(where)
    scalar_subqueries(where)


def _refuse_aggregates(clause: exp.Expr | None) -> None:
    if clause is not None and any(isinstance(node, exp.AggFunc) for node in _local(clause)):
        raise IrisError(-19, "an aggregate function cannot be used in WHERE, GROUP BY or ON")


def _refuse_windows(clause: exp.Expr | None) -> None:
    if clause is not None and any(isinstance(node, exp.Window) for node in _local(clause)):
        raise IrisError(-367, "a window function is allowed in the SELECT list and ORDER BY only")


def _refuse_arrows(clause: exp.Expr | None) -> None:
    if clause is not None and any(isinstance(node, exp.Dot) for node in _local(clause)):
        raise IrisError(-67, "an implicit join (->) is not supported in ON")


def names_repeat(query: exp.Expr) -> bool:
    """Whether two columns of a query are known to have one name."""
    names = [
        item.alias_or_name.upper() for item in _first(query).expressions if isinstance(item, (exp.Alias, exp.Column))
    ]
    names = [name for name in names if name not in ("", "*")]
    return len(set(names)) < len(names)


def scalar_subqueries(clause: exp.Expr | None) -> None:
    """A subquery used as a value has exactly one column (-10)."""
    stack = [clause] if clause is not None else []
    while stack:
        current = stack.pop()
        if isinstance(current, exp.Subquery):
            columns = width(current)
            if columns is not None and columns != 1:
                raise IrisError(-10, "the subquery must return exactly one column")
        elif not isinstance(current, exp.Query):
            stack.extend(current.iter_expressions())


def from_clause(owner: exp.Expr) -> None:
    """Names in FROM are unique (-20), and ON names no table of this FROM outside its own chain of joins (-23)."""
    joins = owner.args.get("joins") or ()
    tables = [owner.args["from_"].this, *(join.this for join in joins)]
    labels = _labels(tables)
    chain = set(_names(tables[0]))
    for join in joins:
        if not (join.args.get("kind") or join.args.get("side") or join.args.get("method")):
            chain = set()
        chain.update(_names(join.this))
        _check_on(join, labels - chain)


def _labels(tables: list[exp.Expr]) -> set[str]:
    """All names by which this FROM's tables may be called."""
    labels: set[str] = set()
    unique: set[str] = set()
    for table in tables:
        names = _names(table)
        labels.update(names)
        if names and names[-1] in unique:
            raise IrisError(-20, f"name conflict in the FROM list over label {names[-1]}")
        unique.update(names[-1:])
    return labels


def _names(table: exp.Expr) -> list[str]:
    """How columns may be qualified with this table, upper case; the last is the one that must be unique."""
    alias = table.args.get("alias")
    if alias is not None:
        return [str(alias.name).upper()]
    if not isinstance(table, exp.Table) or not isinstance(table.this, exp.Identifier):
        return []
    name = table.this.name.upper()
    schema = table.args.get("db")
    return [name, f"{schema.name.upper()}.{name}" if schema is not None else name]


def _check_on(join: exp.Expr, outside: set[str]) -> None:
    condition = join.args.get("on")
    if condition is None or not outside:
        return
    for node in _local(condition):
        if not isinstance(node, exp.Column) or node.args.get("table") is None:
            continue
        label = node.table.upper()
        if node.args.get("db") is not None:
            label = f"{node.db.upper()}.{label}"
        if label in outside:
            raise IrisError(-23, f"label '{label}' is not listed among the applicable tables")


def order_by(query: exp.Expr) -> None:
    """Ordinals exist (-5, -22), aliases are unique (-24), aggregates are selected (-73), names are a union's (-6)."""
    order = query.args["order"]
    items = _first(query).expressions
    union = isinstance(query, exp.SetOperation)
    for ordered in order.expressions:
        item = ordered.this
        if isinstance(item, exp.Literal) and not item.is_string:
            _ordinal(item, items)
        elif isinstance(item, exp.Column) and item.args.get("table") is None:
            _name(item, items, union=union)
        elif not union:
            _aggregates_selected(query, item, items)


def _ordinal(item: exp.Literal, items: list[exp.Expr]) -> None:
    if any(is_star(other) for other in items):
        raise IrisError(-22, "ORDER BY must name columns, not numbers, after SELECT *")
    text = str(item.this)
    if not text.isdecimal() or not 1 <= int(text[:9]) <= len(items):
        raise IrisError(-5, f"column number {text[:20]} in ORDER BY does not match the SELECT list")


def _name(item: exp.Expr, items: list[exp.Expr], *, union: bool) -> None:
    name = item.name.upper()
    matches = [other for other in items if other.alias_or_name.upper() == name]
    if sum(isinstance(other, exp.Alias) for other in matches) > 1:
        raise IrisError(-24, f"ambiguous sort column {item.name}")
    if union and not matches and not any(is_star(other) for other in items):
        raise IrisError(-6, f"ORDER BY column {item.name} is not among the columns of the union")


def _aggregates_selected(query: exp.Expr, item: exp.Expr, items: list[exp.Expr]) -> None:
    """Without GROUP BY an aggregate may order the rows only if the SELECT list has it too."""
    if query.args.get("group") is not None:
        return
    ordered = [node for node in _local(item) if isinstance(node, exp.AggFunc) and not _windowed(node)]
    if not ordered:
        return
    selected = [node for other in items for node in _local(other) if isinstance(node, exp.AggFunc)]
    if any(node not in selected for node in ordered):
        raise IrisError(-73, "an aggregate in ORDER BY must also be in the SELECT list")


def _windowed(node: exp.Expr) -> bool:
    return isinstance(node.parent, exp.Window)
