"""How many digits PostgreSQL prints after the point of a numeric, where the types of an expression tell it.

PostgreSQL keeps a display scale with every numeric value; IRIS keeps none and drops trailing zeros. Where the scale
follows from the expression alone, rows get it back. It does not for quotients (``/``, avg, stddev …), whose scale
depends on the values, for columns and parameters of numeric without a typmod, and for choices whose branches differ.

Source: PostgreSQL's numeric.c (add_var, mul_var, mod_var, numeric_round, numeric_trunc, int64_to_numeric) and, for
extract, timestamp_part_common and its kin; manual 8.1.2 and 9.3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from sqlglot import exp

from pgiris.errors import PgError
from pgiris.sql.analysis import COLUMN, ColumnRef, output_of, type_of
from pgiris.sql.rewrite import constants
from pgiris.sql.typing.types import INTEGERS, numeric_scale
from pgiris.types import numeric, oids

ANY_SCALE: Final = -1
"""The scale of what is always NULL: it fits to every other."""
MAX_RESULT_SCALE: Final = 2000
"""NUMERIC_MAX_RESULT_SCALE: round and trunc go no further."""

_WHOLE: Final = frozenset({"ceil", "ceiling", "floor", "sign", "div"})
_SAME: Final = frozenset({"sum", "min", "max", "abs", "first_value", "last_value", "nth_value"})
"""Functions whose result has the scale of their first argument."""
_WIDEST: Final = frozenset({"mod", "gcd", "lcm"})
_WHOLE_FIELDS: Final = """
    microseconds minute hour day dow isodow doy week month quarter year isoyear decade century millennium
    timezone timezone_hour timezone_minute
    """
_FIELDS: Final[Mapping[str, int]] = MappingProxyType(
    {"second": 6, "milliseconds": 3, "epoch": 6, **dict.fromkeys(_WHOLE_FIELDS.split(), 0)}
)
"""extract: the scale for each field; julian days are quotients."""


def display_scale(node: exp.Expr) -> int | None:
    """The digits after the point that PostgreSQL prints for an analysed expression.

    None when only the values tell, ANY_SCALE for what is always NULL, 0 for integers. Nothing but numeric and
    integers has a scale.
    """
    found = type_of(node)
    if isinstance(node, exp.Null):
        return ANY_SCALE
    if found.oid in INTEGERS:
        return 0
    if found.oid != oids.NUMERIC:
        return None
    declared = numeric_scale(found.typmod)
    if declared is not None:
        return max(declared[1], 0)
    handler = _HANDLERS.get(type(node))
    return handler(node) if handler is not None else None


def agreed(scales: Iterable[int | None]) -> int | None:
    """The scale of a value that may be any of several."""
    found = {scale for scale in scales if scale != ANY_SCALE}
    if not found:
        return ANY_SCALE
    return found.pop() if len(found) == 1 else None


def output_scale(query: exp.Expr, index: int) -> int | None:
    """The scale of an output column of an analysed query, by its number from 0."""
    if isinstance(query, exp.SetOperation):
        return agreed(output_of(leg)[index].scale for leg in (query.this, query.expression))
    if isinstance(query, exp.Values):
        return agreed(display_scale(row.expressions[index]) for row in query.expressions)
    return display_scale(query.expressions[index].this)


# -- leaves


def _constant(node: exp.Expr) -> int | None:
    """As the digits are written; the exponent counts."""
    try:
        value = constants.fold(node)
    except PgError:
        return None
    if value is None:
        return ANY_SCALE
    if not isinstance(value, Decimal) or not value.is_finite():
        return None
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent <= 0 else 0


def _column(node: exp.Expr) -> int | None:
    ref = node.meta.get(COLUMN)
    return ref.scale if isinstance(ref, ColumnRef) else None


def _inner(node: exp.Expr) -> int | None:
    return display_scale(node.this)


def _cast(node: exp.Expr) -> int | None:
    """A cast to numeric without a typmod: numbers keep their scale, constants are what their text says."""
    source = type_of(node.this).oid
    if source in INTEGERS or source == oids.NUMERIC or isinstance(node.this, exp.Null):
        return display_scale(node.this)
    return _constant(node)


def _subquery(node: exp.Expr) -> int | None:
    columns = output_of(node.this)
    return columns[0].scale if columns else None


# -- operators


def _pair(node: exp.Expr) -> tuple[int | None, int | None]:
    return display_scale(node.this), display_scale(node.expression)


def _widest(node: exp.Expr) -> int | None:
    return _combined(*_pair(node), max)


def _product(node: exp.Expr) -> int | None:
    return _combined(*_pair(node), lambda one, other: min(one + other, numeric.MAX_SCALE))


def _combined(one: int | None, other: int | None, join: Callable[[int, int], int]) -> int | None:
    if ANY_SCALE in (one, other):
        return ANY_SCALE
    return None if one is None or other is None else join(one, other)


def _prefix(node: exp.Expr) -> int | None:
    if node.args.get("this") is None and node.args["operator"] in ("+", "@"):
        return display_scale(node.expression)
    return None


# -- choices


def _case(node: exp.Expr) -> int | None:
    results = [branch.args["true"] for branch in node.args["ifs"]]
    default = node.args.get("default")
    return agreed(display_scale(result) for result in (*results, *([default] if default is not None else [])))


def _choice(node: exp.Expr) -> int | None:
    return agreed(display_scale(item) for item in (node.this, *node.expressions))


# -- calls


def _call(node: exp.Expr) -> int | None:
    name, arguments = node.this, node.expressions
    if name in _WHOLE:
        return 0
    if name in _SAME:
        return display_scale(arguments[0])
    if name in _WIDEST:
        return _combined(display_scale(arguments[0]), display_scale(arguments[1]), max)
    if name in ("lag", "lead"):
        return agreed(display_scale(item) for item in (arguments[0], *arguments[2:]))
    if name in ("round", "trunc"):
        return _rounded(arguments)
    if name == "extract":
        return _extracted(arguments)
    return None


def _rounded(arguments: list[exp.Expr]) -> int | None:
    """round and trunc fill up with zeros; a count that is no constant may be another one in each row."""
    if len(arguments) == 1:
        return 0
    try:
        digits = constants.fold(arguments[1])
    except PgError:
        return None
    if digits is None:
        return ANY_SCALE
    return min(max(digits, 0), MAX_RESULT_SCALE) if isinstance(digits, int) else None


def _extracted(arguments: list[exp.Expr]) -> int | None:
    field = arguments[0]
    name = field.this.lower() if isinstance(field, exp.Literal) else ""
    if name == "epoch" and type_of(arguments[1]).oid == oids.DATE:
        return 0
    return _FIELDS.get(name)


_HANDLERS: Final[Mapping[type[exp.Expr], Callable[[exp.Expr], int | None]]] = MappingProxyType(
    {
        exp.Literal: _constant,
        exp.Column: _column,
        exp.Cast: _cast,
        exp.Neg: _inner,
        exp.Window: _inner,
        exp.Nullif: _inner,
        exp.Subquery: _subquery,
        exp.Add: _widest,
        exp.Sub: _widest,
        exp.Mod: _widest,
        exp.Mul: _product,
        exp.Operator: _prefix,
        exp.Case: _case,
        exp.Coalesce: _choice,
        exp.Greatest: _choice,
        exp.Least: _choice,
        exp.Anonymous: _call,
        exp.AnonymousAggFunc: _call,
    }
)
