"""Coercions between types, as SQL over stored forms."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from pgiris.errors import IrisError
from pgiris.standin import binders, decimals
from pgiris.standin import iristypes as t
from pgiris.standin.compiler.ir import Context, Expr, quoted
from pgiris.standin.functions import moments
from pgiris.standin.iristypes import MOMENTS, IrisType, Kind


def literal_text(value: object, kind: IrisType) -> str:
    """The SQLite literal of a stored value."""
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bytes):
        return "x'" + value.hex() + "'"
    if isinstance(value, float):
        if value != value:  # NaN has no literal
            return "NULL"
        return {float("inf"): "9e999", float("-inf"): "-9e999"}.get(value, repr(value))
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise IrisError(-400, "Fatal error occurred <MAXNUMBER>")
    return f"({value})" if isinstance(value, int) and value < 0 else str(value)


def converted(expr: Expr, sql: str, kind: IrisType) -> Expr:
    """An expression over `expr` with a new SQL and type."""
    return Expr(sql, kind, name=expr.name, label=expr.label, aggregate=expr.aggregate, window=expr.window)


def settled(context: Context, expr: Expr, kind: IrisType = t.STRING) -> Expr:
    """`expr` with SQL: a bare parameter becomes one of type `kind`."""
    return coerce(context, expr, kind) if expr.param else expr


def coerce(context: Context, expr: Expr, kind: IrisType) -> Expr:
    """`expr` as a value of type `kind`, by IRIS's implicit conversions. Collation and lengths are the caller's."""
    if expr.param:
        binder = binders.binder_for(kind, context.session.mode)
        slot = context.slot(expr.param, vector_slot(context, kind) if kind.kind is Kind.VECTOR else binder, kind)
        return Expr(slot, kind, name=expr.name, label=expr.label)
    if expr.is_null:
        return Expr("NULL", kind, literal=None, label=expr.label)
    if expr.is_literal:
        value = binders.binder_for(kind, context.session.mode)(expr.literal)
        return Expr(literal_text(value, kind), kind, literal=expr.literal, label=expr.label)
    if expr.type.kind is kind.kind and kind.kind is not Kind.VECTOR:
        return expr
    sql = conversion(expr, kind.kind, kind, context.session.mode)
    return converted(expr, sql, kind)


def vector_slot(context: Context, kind: IrisType) -> binders.Converter:
    """A vector parameter's binder, one per element type, so that its slots are shared."""
    return binders.vector_binder(kind.element, kind.length)


def conversion(expr: Expr, target: Kind, kind: IrisType, mode: int) -> str:
    """The SQL that converts a settled expression."""
    source, sql = expr.type.kind, expr.sql
    if target in t.STRINGS:
        return text_of(expr)
    if target in t.INTEGERS:
        return integer_of(expr)
    if target is Kind.NUMERIC:
        return decimal_of(expr)
    if target is Kind.DOUBLE:
        return double_of(expr)
    if target in MOMENTS:
        return moment_of(expr, target, mode)
    if target in (Kind.BINARY, Kind.LONGVARBINARY):
        return sql if source in (Kind.BINARY, Kind.LONGVARBINARY) else f"iris_text_blob({text_of(expr)})"
    if target is Kind.VECTOR:
        if source is Kind.VECTOR:
            if kind.element and expr.type.element != kind.element:
                raise IrisError(-259, "Vectors must have the same element type")
            return sql
        return f"iris_text_vector({text_of(expr)}, '{kind.element}', {kind.length})"
    return sql


def text_of(expr: Expr) -> str:
    """SQL of the value as a string: canonical numbers, logical dates."""
    kind, sql = expr.type.kind, expr.sql
    if expr.is_literal and not expr.is_null:
        return quoted(str(binders.bind_text(expr.literal)))
    if kind in t.STRINGS or kind in (Kind.TIMESTAMP, Kind.NULL):
        return sql
    if kind in t.INTEGERS or kind in (Kind.DATE, Kind.POSIXTIME):
        return f"CAST({sql} AS TEXT)"
    if kind is Kind.NUMERIC:
        return f"iris_dec_text({sql})"
    if kind is Kind.DOUBLE:
        return f"iris_real_text({sql})"
    if kind is Kind.TIME:
        return f"iris_dec_text(iris_time_dec({sql}))"
    if kind is Kind.VECTOR:
        return f"iris_vector_text({sql}, '{expr.type.element}')"
    if kind is Kind.LIST:
        return f"iris_list_text({sql})"
    return f"iris_blob_text({sql})"


def integer_of(expr: Expr) -> str:
    kind, sql = expr.type.kind, expr.sql
    if kind in t.INTEGERS or kind in (Kind.DATE, Kind.POSIXTIME, Kind.NULL):
        return sql
    if kind is Kind.NUMERIC:
        return f"iris_dec_int({sql})"
    if kind is Kind.DOUBLE:
        return f"iris_real_int({sql})"
    if kind is Kind.TIME:
        return f"({sql} / 1000000000)"
    return f"iris_text_int({text_of(expr)})"


def decimal_of(expr: Expr) -> str:
    kind, sql = expr.type.kind, expr.sql
    if kind is Kind.NUMERIC or kind is Kind.NULL:
        return sql
    if kind in t.INTEGERS or kind in (Kind.DATE, Kind.POSIXTIME):
        return f"iris_int_dec({sql})"
    if kind is Kind.DOUBLE:
        return f"iris_real_dec({sql})"
    if kind is Kind.TIME:
        return f"iris_time_dec({sql})"
    return f"iris_text_dec({text_of(expr)})"


def double_of(expr: Expr) -> str:
    kind, sql = expr.type.kind, expr.sql
    if kind is Kind.DOUBLE or kind is Kind.NULL:
        return sql
    if kind in t.INTEGERS or kind in (Kind.DATE, Kind.POSIXTIME):
        return f"CAST({sql} AS REAL)"
    if kind is Kind.NUMERIC:
        return f"iris_dec_real({sql})"
    return f"iris_text_real({text_of(expr)})"


def moment_of(expr: Expr, target: Kind, mode: int) -> str:
    """SQL of a value as DATE, TIME, TIMESTAMP or POSIXTIME."""
    kind, sql = expr.type.kind, expr.sql
    if kind is target or kind is Kind.NULL:
        return sql
    if target is Kind.DATE:
        if kind in t.NUMBERS or kind is Kind.TIME:
            return integer_of(expr)
        if kind is Kind.POSIXTIME:
            return f"iris_posix_date({sql})"
        return f"iris_text_date({text_of(expr)})" if mode or kind is Kind.TIMESTAMP else integer_of(expr)
    if target is Kind.TIME:
        if kind in t.NUMBERS or kind is Kind.DATE:
            return f"({integer_of(expr)} * 1000000000)"
        return f"iris_posix_time({sql})" if kind is Kind.POSIXTIME else f"iris_text_time({text_of(expr)})"
    if target is Kind.POSIXTIME:
        if kind in t.INTEGERS:
            return sql
        return f"iris_date_posix({sql})" if kind is Kind.DATE else f"iris_text_posix({timestamp_of(expr)})"
    return f"iris_text_moment({text_of(expr)})" if kind in t.STRINGS else timestamp_of(expr)


def timestamp_of(expr: Expr) -> str:
    """SQL of a value as TIMESTAMP text, without a check of strings."""
    return text_of(expr) if expr.type.kind in t.STRINGS else f"iris_moment('{moment_kind(expr)}', {expr.sql})"


MOMENT_KINDS: Final = {
    Kind.DATE: moments.DATE,
    Kind.TIME: moments.TIME,
    Kind.POSIXTIME: moments.POSIX,
    Kind.TIMESTAMP: moments.TEXT,
}


def moment_kind(expr: Expr) -> str:
    """The kind code of a date argument, see ``functions.moments``."""
    if expr.type.is_number:
        return moments.NUMBER
    return MOMENT_KINDS.get(expr.type.kind, moments.TEXT)


def moment_arguments(context: Context, expr: Expr) -> tuple[str, str, IrisType]:
    """The two SQLite arguments of a date argument, and its type."""
    expr = settled(context, expr, t.STRING)
    kind = moment_kind(expr)
    if kind == moments.NUMBER:
        expr = coerce(context, expr, t.numeric())
    elif kind == moments.TEXT:
        return f"'{kind}'", text_of(expr), expr.type
    return f"'{kind}'", expr.sql, expr.type


def unified(types: list[IrisType], what: str = "") -> IrisType:
    """The common type of branches (RSQL_case, RSQL_union); `what` names the function that refuses a mixture (-378)."""
    kinds = [kind for kind in types if kind.kind is not Kind.NULL]
    if not kinds:
        return t.STRING
    first = kinds[0]
    if all(kind.kind is first.kind for kind in kinds):
        return widest(kinds)
    if all(kind.kind in t.NUMBERS or kind.is_string for kind in kinds):
        for candidate in t.PRECEDENCE:
            same = [k for k in kinds if k.kind is candidate or (candidate is Kind.STRING and k.is_string)]
            if same:
                if candidate is Kind.NUMERIC:
                    return widest([k if k.kind is Kind.NUMERIC else t.numeric(k.precision, 0) for k in kinds])
                if candidate is Kind.STRING:
                    return t.varchar(max((k.length for k in same), default=0))
                return widest(same)
    if all(kind.kind in (Kind.DATE, Kind.TIMESTAMP, Kind.POSIXTIME) for kind in kinds):
        return t.POSIXTIME if any(kind.kind is Kind.POSIXTIME for kind in kinds) else t.TIMESTAMP
    if what:
        raise IrisError(-378, f"Datatype mismatch, explicit CAST needed in {what}")
    return t.STRING


def widest(kinds: list[IrisType]) -> IrisType:
    """A type of one kind that holds all of them."""
    first = kinds[0]
    collation = first.collation if all(k.collation == first.collation for k in kinds) else "EXACT"
    scale = max(k.scale for k in kinds)
    whole = max(k.precision - k.scale for k in kinds)
    length = 0 if any(not k.length for k in kinds) else max(k.length for k in kinds)
    return IrisType(first.kind, length, whole + scale, scale, collation, first.element)


def number(expr: Expr) -> Expr:
    """A literal or string expression as it takes part in arithmetic: a number."""
    if expr.is_literal and isinstance(expr.literal, str):
        value = decimals.text_to_decimal(expr.literal)
        return number_literal(value)
    return expr


def number_literal(value: Decimal) -> Expr:
    """A literal number: BIGINT or INTEGER when it has no fraction, else NUMERIC."""
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    if value == value.to_integral_value() and abs(value) < 2**63:
        whole = int(value)
        kind = t.INTEGER if -(2**31) <= whole < 2**31 else t.BIGINT
        return Expr(literal_text(whole, kind), kind, literal=value, label="Literal")
    scale = max(-exponent, 0)
    kind = t.numeric(max(len(value.as_tuple().digits), scale), scale)
    return Expr(quoted(decimals.encode(value)), kind, literal=value, label="Literal")
