"""Names that PostgreSQL gives to output columns without a label (FigureColname)."""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from pgiris.sql.postgres_types import name_of

UNNAMED: Final = "?column?"

_NODES: Final[dict[type[exp.Expr], str]] = {
    exp.Coalesce: "coalesce",
    exp.Nullif: "nullif",
    exp.Greatest: "greatest",
    exp.Least: "least",
    exp.Exists: "exists",
    exp.Array: "array",
    exp.Tuple: "row",
}


def output_name(node: exp.Expr) -> str:
    """The name of a select item as it was parsed, before analysis changes it."""
    return _name(node)[0] or UNNAMED


def _name(node: exp.Expr) -> tuple[str, int]:
    """The name, and how strong it is: 2 for names of columns and functions, 1 for those of types and CASE."""
    if isinstance(node, exp.Alias):
        return node.alias, 2
    if isinstance(node, exp.Column):
        return node.name, 2
    if isinstance(node, exp.Cast):
        found = _name(node.this)
        return found if found[1] > 1 else (name_of(node.args["to"]).name, 1)
    if isinstance(node, exp.Case):
        default = node.args.get("default")
        found = _name(default) if default is not None else ("", 0)
        return found if found[1] > 1 else ("case", 1)
    if isinstance(node, (exp.Collate, exp.Bracket)):
        return _name(node.this)
    if isinstance(node, exp.Window):
        return _name(node.this)
    if isinstance(node, (exp.Anonymous, exp.AnonymousAggFunc)):
        return node.this, 2
    if isinstance(node, exp.Subquery):
        return _query_name(node.this)
    name = _NODES.get(type(node), "")
    return name, 2 if name else 0


def _query_name(query: exp.Expr) -> tuple[str, int]:
    while isinstance(query, exp.SetOperation):
        query = query.this
    if isinstance(query, exp.Values):
        return "column1", 2
    items = query.expressions
    return (output_name(items[0]), 2) if items else ("", 0)
