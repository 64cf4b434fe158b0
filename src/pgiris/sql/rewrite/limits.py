"""LIMIT, OFFSET and FETCH FIRST as counts that IRIS takes: numbers or question marks (RSQL_top, RSQL_limit)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlglot import exp

from pgiris import sqlstate
from pgiris.errors import FeatureNotSupported, PgError
from pgiris.sql.analysis import BIND, position_of
from pgiris.sql.plan import Bind, Parameter, SessionValue
from pgiris.types import oids

UNBOUNDED: Final = 2**31 - 1
"""IRIS wants a LIMIT before OFFSET (RSQL_limit); this one is larger than any result."""

_BIGINT: Final = -5
_MAX_INT8: Final = 2**63 - 1
_NEGATIVE: Final = {
    "limit": (sqlstate.INVALID_ROW_COUNT_IN_LIMIT_CLAUSE, "LIMIT must not be negative"),
    "offset": (sqlstate.INVALID_ROW_COUNT_IN_RESULT_OFFSET_CLAUSE, "OFFSET must not be negative"),
}

Count = int | Bind
"""A number known now, or what the client sends."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many rows of a query are wanted; None: no such clause, or its value is NULL."""

    count: Count | None = None
    offset: Count | None = None

    def __bool__(self) -> bool:
        return self.count is not None or self.offset is not None


def limits(query: exp.Expr) -> Limits:
    """The limits of an analysed query. Raises 2201W and 2201X for negative numbers, 0A000 for what is neither a
    number nor a parameter."""
    limit, offset = query.args.get("limit"), query.args.get("offset")
    count: Count | None = None
    if isinstance(limit, exp.Limit):
        count = _count(limit, "limit")
    skipped = _count(offset, "offset") if isinstance(offset, exp.Offset) else None
    return Limits(count, None if skipped == 0 else skipped)


def _count(node: exp.Expr, clause: str) -> Count | None:
    value = node.expression
    while isinstance(value, (exp.Paren, exp.Cast)):
        value = value.this
    if isinstance(value, exp.Null):
        return None
    number = _number(value)
    if number is not None:
        if number < 0:
            raise PgError(*_NEGATIVE[clause])
        if number > _MAX_INT8:
            raise PgError(sqlstate.NUMERIC_VALUE_OUT_OF_RANGE, "bigint out of range")
        return min(number, UNBOUNDED) if clause == "limit" else number
    if isinstance(value, exp.Placeholder) and BIND in value.meta:
        bind: Bind = value.meta[BIND]
        return SessionValue(clause, oids.INT8, (bind,), _BIGINT)
    if isinstance(value, exp.Parameter):
        index = int(value.this.name) - 1
        return SessionValue(clause, oids.INT8, (Parameter(index, oids.INT8, _BIGINT),), _BIGINT)
    raise FeatureNotSupported(f"{clause.upper()} with an expression", position=position_of(node))


def _number(node: exp.Expr) -> int | None:
    sign = 1
    while isinstance(node, (exp.Neg, exp.Paren)):
        sign = -sign if isinstance(node, exp.Neg) else sign
        node = node.this
    if not isinstance(node, exp.Literal):
        return None
    try:
        return sign * int(node.name)
    except ValueError:
        return None
