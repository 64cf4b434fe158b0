"""Templates of the function table as IRIS trees."""

from __future__ import annotations

from functools import lru_cache

from sqlglot import exp

from pgiris.sql import iris
from pgiris.sql.analysis import BIND


@lru_cache(maxsize=1024)
def _parsed(template: str) -> exp.Expr:
    tree = iris.parse(f"SELECT {template}")
    item = tree.expressions[0]
    assert isinstance(item, exp.Expr)
    return item


def fill(template: str, arguments: dict[str, exp.Expr]) -> exp.Expr:
    """The template with its ``:name`` marks replaced by copies of the arguments, parenthesised where that matters."""
    tree = _parsed(template).copy()
    for mark in list(tree.find_all(exp.Placeholder)):
        name = mark.args.get("this")
        if BIND in mark.meta or name not in arguments:
            continue
        value = arguments[name].copy()
        if mark is tree:
            return value
        mark.replace(value)
    return tree
