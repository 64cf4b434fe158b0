"""ORDER BY: PostgreSQL's place for NULL, and vector distances in the form that IRIS's HNSW index serves.

IRIS sorts NULL lowest and has no NULLS FIRST or LAST (RSQL_orderby); PostgreSQL sorts it highest (manual 7.5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlglot import exp

from pgiris.sql.analysis import COLUMN, TARGET, ColumnRef, OutputColumn

_NEVER_NULL: Final = frozenset(
    {"count", "row_number", "rank", "dense_rank", "ntile", "percent_rank", "cume_dist", "now"}
)
"""Functions of PostgreSQL that always have a value."""

_VECTOR_FUNCTIONS: Final = frozenset({"VECTOR_COSINE", "VECTOR_DOT_PRODUCT"})


@dataclass(slots=True)
class Key:
    """One item of ORDER BY. `target` is the output column it means, if it means one; `node` else."""

    node: exp.Expr
    target: int | None
    descending: bool
    nulls_first: bool
    nullable: bool

    @property
    def natural(self) -> bool:
        """Whether IRIS puts NULL where it is wanted (or there is none)."""
        return not self.nullable or self.nulls_first is not self.descending


def keys(order: exp.Expr | None, output: tuple[OutputColumn, ...], items: Sequence[exp.Expr] = ()) -> list[Key]:
    """The items of an analysed ORDER BY clause; `items` are the select list, where there is one."""
    return [_key(item, output, items) for item in (order.expressions if order is not None else ())]


def _key(item: exp.Expr, output: tuple[OutputColumn, ...], items: Sequence[exp.Expr]) -> Key:
    ordered = item if isinstance(item, exp.Ordered) else exp.Ordered(this=item)
    node = ordered.this
    found = node.meta.get(TARGET, item.meta.get(TARGET))
    target = found if isinstance(found, int) else None
    descending = bool(ordered.args.get("desc"))
    nulls_first = bool(ordered.args.get("nulls_first"))
    if target is None:
        nullable = may_be_null(node)
    else:
        nullable = output[target].nullable and (not items or may_be_null(items[target]))
    return Key(node, target, descending, nulls_first, nullable)


def may_be_null(node: exp.Expr) -> bool:
    """False only when the expression surely has a value."""
    if isinstance(node, exp.Column):
        ref = node.meta.get(COLUMN)
        return not isinstance(ref, ColumnRef) or ref.nullable
    if isinstance(node, (exp.Paren, exp.Alias)) or (isinstance(node, exp.Window) and isinstance(node.this, exp.Func)):
        return may_be_null(node.this)
    if isinstance(node, (exp.Anonymous, exp.AnonymousAggFunc)):
        return str(node.name).lower() not in _NEVER_NULL
    return not isinstance(node, (exp.Literal, exp.Boolean, exp.Exists))


def terms(key: Key, value: exp.Expr) -> list[exp.Expr]:
    """The IRIS sort items for `key`, whose value is `value` (or an ordinal, when `key` is natural)."""
    similarity = _similarity(key, value)
    if similarity is not None:
        return [exp.Ordered(this=similarity, desc=True)]
    last = exp.Ordered(this=value, desc=key.descending or None)
    if key.natural:
        return [last]
    return [exp.Ordered(this=null_rank(value, key.nulls_first)), last]


def null_rank(value: exp.Expr, nulls_first: bool) -> exp.Expr:
    """A number that sorts NULLs first or last."""
    null, other = (0, 1) if nulls_first else (1, 0)
    condition = exp.Is(this=value.copy(), expression=exp.Null())
    branch = exp.If(this=condition, true=exp.Literal.number(null))
    return exp.Case(ifs=[branch], default=exp.Literal.number(other))


def _similarity(key: Key, value: exp.Expr) -> exp.Expr | None:
    """The similarity whose descending order is the ascending order of the distance `value`.

    ``1 - VECTOR_COSINE(…)`` and ``-VECTOR_DOT_PRODUCT(…)`` ascending with NULL last is the function itself
    descending, NULL being IRIS's lowest; only so IRIS uses the index (GSQL_vecsearch).
    """
    if key.descending or (key.nullable and key.nulls_first):
        return None
    node = _bare(value)
    if isinstance(node, exp.Neg):
        inner = _bare(node.this)
    elif isinstance(node, exp.Sub) and isinstance(_bare(node.this), exp.Literal):
        inner = _bare(node.expression)
    else:
        return None
    if isinstance(inner, exp.Anonymous) and inner.this in _VECTOR_FUNCTIONS:
        return inner.copy()
    return None


def _bare(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Paren):
        node = node.this
    return node
