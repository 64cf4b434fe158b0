"""CAST and CONVERT, and data types as written in a statement (RSQL_cast, RSQL_convert, RSQL_datatype)."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from pgiris.errors import IrisError
from pgiris.standin import iristypes as t
from pgiris.standin.compiler import scalars
from pgiris.standin.compiler.coerce import coerce, moment_arguments, moment_kind, settled, text_of
from pgiris.standin.compiler.ir import Context, Expr, Scope
from pgiris.standin.iristypes import CAST_TYPES, DDL_TYPES, IrisType, Kind
from pgiris.standin.settings import InstanceSettings


def parameter_numbers(node: exp.DataType) -> list[int]:
    """The numbers in a type's parentheses."""
    result = []
    for parameter in node.expressions:
        inner = parameter.this if isinstance(parameter, exp.DataTypeParam) else parameter
        if isinstance(inner, exp.Literal) and not inner.is_string:
            result.append(min(int(float(str(inner.this))), 10_000_000))
    return result


def class_type(node: exp.DataType, name: str) -> IrisType:
    """A type named by its class, ``%Library.String(MAXLEN=5)``."""
    short = name.removeprefix("%LIBRARY.").lstrip("%")
    kind = {
        "STRING": Kind.STRING, "INTEGER": Kind.BIGINT, "BIGINT": Kind.BIGINT, "SMALLINT": Kind.SMALLINT,
        "TINYINT": Kind.TINYINT, "BOOLEAN": Kind.BIT, "NUMERIC": Kind.NUMERIC, "DECIMAL": Kind.NUMERIC,
        "CURRENCY": Kind.NUMERIC, "DOUBLE": Kind.DOUBLE, "FLOAT": Kind.DOUBLE, "DATE": Kind.DATE, "TIME": Kind.TIME,
        "TIMESTAMP": Kind.TIMESTAMP, "DATETIME": Kind.TIMESTAMP, "POSIXTIME": Kind.POSIXTIME, "LIST": Kind.LIST,
        "BINARY": Kind.BINARY, "VECTOR": Kind.VECTOR, "UNIQUEIDENTIFIER": Kind.GUID, "NAME": Kind.STRING,
        "STATUS": Kind.STRING, "RAWSTRING": Kind.STRING, "ENUMSTRING": Kind.STRING,
    }.get(short)  # fmt: skip
    if "STREAM" in short:
        kind = Kind.LONGVARBINARY if "BINARY" in short else Kind.LONGVARCHAR
    parameters: dict[str, str] = {}
    for parameter in node.expressions:
        inner = parameter.this if isinstance(parameter, exp.DataTypeParam) else parameter
        if isinstance(inner, exp.EQ):
            parameters[inner.this.name.upper()] = str(inner.expression.name)
    found = IrisType(kind or Kind.STRING, name=name)
    if found.kind is Kind.STRING:
        found = replace(found, length=int(parameters.get("MAXLEN") or (50 if "MAXLEN" not in parameters else 0)))
    elif found.kind is Kind.NUMERIC:
        scale = int(parameters.get("SCALE") or 2)
        found = replace(found, precision=19 + scale, scale=scale)
    elif found.kind is Kind.VECTOR:
        element = t.VECTOR_ELEMENTS.get(parameters.get("DATATYPE", "FLOAT").upper(), "float")
        found = replace(found, element=element, length=int(parameters.get("LEN") or 0))
    bounds = {k: int(float(parameters[k])) for k in ("MINVAL", "MAXVAL") if parameters.get(k, "").lstrip("-").isdigit()}
    return replace(found, minimum=bounds.get("MINVAL"), maximum=bounds.get("MAXVAL"))


def data_type(node: exp.DataType, settings: InstanceSettings, in_cast: bool = False) -> IrisType:
    """The type that a DataType node means; in CAST, VARCHAR without a length has 30 characters (sql.md 13)."""
    name = str(node.args.get("kind") or node.this.value).upper()
    if name.startswith("%"):
        return class_type(node, name)
    if in_cast and name not in CAST_TYPES:
        raise IrisError(-376, f"Unsupported CAST target '{name}' specified")
    known = DDL_TYPES.get(name)
    if known is None:
        raise IrisError(-376 if in_cast else -1, f"Unknown data type '{name}'")
    numbers = parameter_numbers(node)
    if known.kind is Kind.VECTOR:
        return vector_type(node, name, numbers)
    if known.kind is Kind.NUMERIC:
        return numeric_type(numbers, known.length, known.scale, in_cast, name)
    if known.kind is Kind.STRING:
        return string_type(node, name, numbers, known.length, in_cast)
    if known.kind is Kind.BINARY:
        return IrisType(known.kind, numbers[0] if numbers else (0 if in_cast else known.length))
    if known.kind is Kind.POSIXTIME and name == "TIMESTAMP" and (in_cast or not settings.timestamp_is_posixtime):
        return t.TIMESTAMP
    usual = 9 if in_cast else settings.time_precision
    base = {
        Kind.TIME: replace(t.TIME, scale=min(numbers[0], 9) if numbers else usual),
        Kind.DATE: t.DATE, Kind.TIMESTAMP: t.TIMESTAMP, Kind.POSIXTIME: t.POSIXTIME, Kind.DOUBLE: t.DOUBLE,
    }.get(known.kind)  # fmt: skip
    if base is not None:
        return replace(base, name=name)
    precision = t.INTEGER_PRECISION.get(known.kind, 0)
    return IrisType(known.kind, known.length, precision, name=name, minimum=known.minimum, maximum=known.maximum)


def vector_type(node: exp.DataType, name: str, numbers: list[int]) -> IrisType:
    element = "double" if name == "EMBEDDING" else "float"
    for parameter in node.expressions:
        inner = parameter.this if isinstance(parameter, exp.DataTypeParam) else parameter
        if isinstance(inner, (exp.Var, exp.Identifier, exp.Column)):
            found = t.VECTOR_ELEMENTS.get(inner.name.upper())
            if found is None:
                raise IrisError(-1, f"Invalid VECTOR type '{inner.name}'")
            element = found
    return IrisType(Kind.VECTOR, numbers[0] if numbers else 0, element=element)


def numeric_type(numbers: list[int], precision: int, scale: int, in_cast: bool, name: str) -> IrisType:
    """NUMERIC(p,s): p at most 19+s, s at most 18; CAST without a scale keeps up to 15 decimals."""
    if numbers:
        precision = numbers[0]
        scale = numbers[1] if len(numbers) > 1 else 0
    elif in_cast and name not in ("MONEY", "SMALLMONEY"):
        precision, scale = 34, 15
    scale = min(scale, 18)
    return t.numeric(min(max(precision, scale, 1), 19 + scale), scale)


def string_type(node: exp.DataType, name: str, numbers: list[int], default: int, in_cast: bool) -> IrisType:
    unlimited = any(
        isinstance(p.this, exp.Literal) and p.this.is_string
        for p in node.expressions
        if isinstance(p, exp.DataTypeParam)
    )
    if unlimited:
        return t.varchar(0)
    if numbers:
        return t.varchar(numbers[0])
    if in_cast:
        fixed = name in ("CHAR", "CHARACTER", "NCHAR", "NATIONAL CHAR", "NATIONAL CHARACTER")
        return t.varchar(1 if fixed else 30)
    return t.varchar(default)


def cast(context: Context, scope: Scope, node: exp.Cast) -> Expr:
    """CAST(e AS type)."""
    kind = data_type(node.args["to"], context.session.settings, in_cast=True)
    return cast_to(context, scalars.scalar(context, scope, node.this), kind)


def cast_to(context: Context, expr: Expr, kind: IrisType) -> Expr:
    """`expr` cast: lenient for texts that are no number or date, lengths cut silently."""
    if expr.is_null:
        return Expr("NULL", kind)
    if expr.param:
        binder_type = kind if kind.kind in (Kind.DATE, Kind.TIME, Kind.TIMESTAMP, Kind.POSIXTIME) else None
        expr = cast_parameter(context, expr, kind) if binder_type is None else lenient_parameter(context, expr, kind)
    if expr.type.is_stream and not kind.is_string:
        raise IrisError(-37, "CAST is not supported for stream fields")
    sql = cast_sql(context, expr, kind)
    return Expr(sql, kind, label="Expression", name="", aggregate=expr.aggregate, window=expr.window)


def cast_parameter(context: Context, expr: Expr, kind: IrisType) -> Expr:
    """A parameter cast to a number or a string."""
    if kind.kind is Kind.VECTOR or kind.is_string:
        return settled(context, expr)
    if kind.kind is Kind.BIT:
        return settled(context, expr)
    return coerce(context, expr, t.numeric() if kind.is_integer else kind)


def lenient_parameter(context: Context, expr: Expr, kind: IrisType) -> Expr:
    """A parameter cast to a date or time: a text, read leniently."""
    found = settled(context, expr, t.STRING)
    context.parameters[expr.param] = kind
    return found


def cast_sql(context: Context, expr: Expr, kind: IrisType) -> str:
    """The SQL of a cast of a settled expression."""
    source = expr.type.kind
    if kind.kind is Kind.BIT:
        letter = "S" if expr.type.is_string else "N"
        return f"iris_cast_bit('{letter}', {expr.sql})"
    if kind.kind is Kind.NUMERIC:
        return f"iris_cast_decimal({coerce(context, expr, t.numeric()).sql}, {kind.scale})"
    if kind.is_number or kind.kind is Kind.VECTOR:
        return coerce(context, expr, kind).sql
    if kind.is_string:
        text = odbc_text(expr)
        return f"substr({text}, 1, {kind.length})" if kind.length and needs_cut(expr, kind) else text
    if kind.kind is Kind.BINARY:
        return coerce(context, expr, kind).sql
    if kind.kind is Kind.DATE:
        return f"iris_lenient_date({text_of(expr)})" if expr.type.is_string else moment_to_date(expr)
    if kind.kind is Kind.TIME:
        return f"iris_lenient_time({text_of(expr)})" if expr.type.is_string else coerce(context, expr, kind).sql
    if expr.type.is_string or source is Kind.TIMESTAMP:
        moment = f"iris_lenient_moment({text_of(expr)})"
    else:
        letter, sql, _ = moment_arguments(context, expr)
        moment = f"iris_moment({letter}, {sql})"
    if kind.kind is Kind.POSIXTIME:
        return expr.sql if source is Kind.POSIXTIME else f"iris_text_posix({moment})"
    return moment


def moment_to_date(expr: Expr) -> str:
    """A date of a timestamp, cutting the time; of a number, the day number."""
    if expr.type.kind is Kind.DATE:
        return expr.sql
    if expr.type.kind is Kind.POSIXTIME:
        return f"iris_posix_date({expr.sql})"
    if expr.type.kind is Kind.TIMESTAMP:
        return f"iris_lenient_date({expr.sql})"
    if expr.type.kind is Kind.NUMERIC:
        return f"iris_dec_int({expr.sql})"
    return f"CAST({expr.sql} AS INTEGER)" if moment_kind(expr) == "N" else expr.sql


def needs_cut(expr: Expr, kind: IrisType) -> bool:
    return not (expr.type.is_string and expr.type.length and expr.type.length <= kind.length)


def odbc_text(expr: Expr) -> str:
    """A value as text in ODBC form: dates are ``YYYY-MM-DD``."""
    if expr.type.kind is Kind.DATE:
        return f"iris_date_text({expr.sql})"
    if expr.type.kind is Kind.TIME:
        return f"iris_time_text({expr.sql})"
    if expr.type.kind is Kind.POSIXTIME:
        return f"iris_posix_text({expr.sql})"
    return text_of(expr)


SQL_TYPES = {
    "SQL_VARCHAR": t.varchar(0), "SQL_CHAR": t.varchar(0), "SQL_LONGVARCHAR": t.varchar(0),
    "SQL_WVARCHAR": t.varchar(0),
    "SQL_INTEGER": t.INTEGER, "SQL_BIGINT": t.BIGINT, "SQL_SMALLINT": t.SMALLINT, "SQL_TINYINT": t.TINYINT,
    "SQL_NUMERIC": t.numeric(34, 15), "SQL_DECIMAL": t.numeric(34, 15), "SQL_DOUBLE": t.DOUBLE, "SQL_FLOAT": t.DOUBLE,
    "SQL_REAL": t.DOUBLE, "SQL_BIT": t.BIT, "SQL_DATE": t.DATE, "SQL_TIME": t.TIME, "SQL_TIMESTAMP": t.TIMESTAMP,
    "SQL_POSIXTIME": t.POSIXTIME, "SQL_BINARY": t.BINARY, "SQL_VARBINARY": t.BINARY,
}  # fmt: skip
"""Target names of ``{fn CONVERT(e, SQL_X)}``."""


def convert(context: Context, scope: Scope, node: exp.Anonymous) -> Expr:
    """CONVERT(type, e [, style]) and ``{fn CONVERT(e, SQL_X)}``."""
    arguments = node.expressions
    if not isinstance(arguments[0], exp.DataType):
        target = SQL_TYPES.get(arguments[1].name.upper())
        if target is None:
            raise IrisError(-376, f"Unsupported CONVERT target '{arguments[1].name}'")
        return cast_to(context, scalars.scalar(context, scope, arguments[0]), target)
    kind = data_type(arguments[0], context.session.settings, in_cast=True)
    source = scalars.scalar(context, scope, arguments[1])
    if kind.kind is Kind.BIT:
        source = settled(context, source)
        return Expr(f"iris_convert_bit('{'S' if source.type.is_string else 'N'}', {source.sql})", kind)
    if len(arguments) > 2 and kind.is_string:
        style = scalars.value(context, scope, arguments[2], t.INTEGER)
        letter, sql, source_kind = moment_arguments(context, source)
        if source_kind.kind in t.MOMENTS or source_kind.is_string:
            text = f"iris_convert_style({letter}, {sql}, {style.sql})"
            return Expr(f"substr({text}, 1, {kind.length})" if kind.length else text, kind)
    return cast_to(context, source, kind)
