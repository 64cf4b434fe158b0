"""Calls of functions: those of the table, and those with rules of their own (functions.tsv)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from sqlglot import exp

from pgiris.errors import IrisError
from pgiris.standin import decimals
from pgiris.standin import iristypes as t
from pgiris.standin.compiler import casts, names, predicates, scalars, special
from pgiris.standin.compiler.coerce import coerce, moment_arguments, number, settled, text_of, unified
from pgiris.standin.compiler.ir import Context, Expr, Flags, Scope, quoted
from pgiris.standin.functions.table import MOMENT, SAME_NUMBER, SCALARS, Scalar, sqlite_name
from pgiris.standin.iristypes import IrisType, Kind

STREAMS_IN: Final = frozenset(
    {
        "CHARACTER_LENGTH", "CHAR_LENGTH", "DATALENGTH", "SUBSTRING", "CONVERT", "%OBJECT", "%EXACT", "XMLELEMENT",
        "XMLCONCAT", "XMLFOREST",
    }
)  # fmt: skip
"""The functions that take streams; all others are SQLCODE -37 (sql.md 16)."""

Rule = Callable[[Context, Scope, exp.Anonymous], Expr]


def call(context: Context, scope: Scope, node: exp.Anonymous) -> Expr:
    """One function call."""
    if not isinstance(node.this, str):
        return special.user_function(context, scope, node)
    name = node.this.upper()
    if name.startswith(("%SYSTEM_SQL.", "%TSQL.")):
        return special.system_function(context, scope, node, *name.lower().split(".", 1))
    rule = RULES.get(name) or special.RULES.get(name)
    if rule is not None:
        return rule(context, scope, node)
    function = SCALARS.get(name)
    if function is None:
        raise IrisError(-359, f"User defined SQL function '{name}' does not exist")
    return table_call(context, scope, name, function, node.expressions)


def refuse_stream(name: str, expr: Expr) -> None:
    if expr.type.is_stream and name not in STREAMS_IN:
        raise IrisError(-37, f"Scalar function {name} is not supported for stream fields")


def table_call(context: Context, scope: Scope, name: str, function: Scalar, nodes: list[exp.Expr]) -> Expr:
    """A function of the table: arguments coerced by their kinds."""
    arguments: list[str] = []
    compiled: list[Expr] = []
    moment_type: IrisType | None = None
    for index, node in enumerate(nodes):
        kind = function.kinds[min(index, len(function.kinds) - 1)]
        if kind == "P":
            arguments.append(part_argument(context, scope, node))
            continue
        found = scalars.scalar(context, scope, node) if not empty(node) else Expr("NULL", t.NULL, literal=None)
        refuse_stream(name, found)
        if kind == "M":
            letter, sql, moment_type = moment_arguments(context, found)
            arguments += [letter, sql]
        else:
            found = argument(context, found, kind)
            arguments.append(found.sql)
        compiled.append(found)
    double = function.run_float is not None and any(a.type.kind is Kind.DOUBLE for a in compiled)
    if double:
        arguments = [coerce(context, a, t.DOUBLE).sql if a.type.is_number and k == "N" else a.sql
                     for a, k in zip(compiled, spread(function.kinds, len(compiled)))]  # fmt: skip
    else:
        arguments = decimal_arguments(context, function, compiled, arguments)
    sql = f"{sqlite_name(name, double)}({', '.join(arguments)})"
    return typed(context, name, function, sql, compiled, double, moment_type)


def empty(node: exp.Expr) -> bool:
    """An omitted element of $LISTBUILD."""
    return isinstance(node, exp.Var) and not node.name


def spread(kinds: str, size: int) -> str:
    return "".join(kinds[min(index, len(kinds) - 1)] for index in range(size))


def argument(context: Context, found: Expr, kind: str) -> Expr:
    """One argument by its kind; numbers stay integers or doubles until all are known."""
    if kind == "S":
        settled_text = settled(context, found)
        return Expr(text_of(settled_text), settled_text.type, literal=settled_text.literal,
                    aggregate=found.aggregate, window=found.window)  # fmt: skip
    if kind == "I":
        found = number(found)
        whole = coerce(context, found, t.INTEGER)
        if found.type.is_integer or whole.is_null:
            return whole
        # A number beyond 64 bits counts as the greatest one: SQLite's CAST cuts it so.
        whole.sql = f"CAST({whole.sql} AS INTEGER)"
        return whole
    if kind == "N":
        return scalars.numeric_operand(context, number(found))
    found = settled(context, found)
    if found.type.kind is Kind.NUMERIC:
        return Expr(text_of(found), t.STRING, aggregate=found.aggregate, window=found.window)
    return found


def decimal_arguments(context: Context, function: Scalar, compiled: list[Expr], arguments: list[str]) -> list[str]:
    """Kind ``N`` arguments as decimals."""
    if "N" not in function.kinds or "M" in function.kinds:
        kinds = spread(function.kinds, len(arguments))
        at = 0
        result = []
        for sql, kind in zip(arguments, kinds):
            if kind == "P":
                result.append(sql)
                continue
            if kind == "N":
                sql = coerce(context, compiled[at], t.numeric()).sql
            result.append(sql)
            at += 1
        return result + arguments[len(kinds) :]
    kinds = spread(function.kinds, len(compiled))
    return [coerce(context, a, t.numeric()).sql if k == "N" else s for a, k, s in zip(compiled, kinds, arguments)]


def typed(
    context: Context,
    name: str,
    function: Scalar,
    sql: str,
    compiled: list[Expr],
    double: bool,
    moment_type: IrisType | None,
) -> Expr:
    """The call with its result type."""
    flags = Flags(aggregate=any(a.aggregate for a in compiled), window=any(a.window for a in compiled))
    result = function.result
    if isinstance(result, IrisType):
        return Expr(sql, t.DOUBLE if double and result.kind is Kind.NUMERIC else result, **flags)
    if result == MOMENT:
        posix = moment_type is not None and moment_type.kind is Kind.POSIXTIME
        return Expr(sql, t.POSIXTIME if posix else t.TIMESTAMP, **flags)
    assert result == SAME_NUMBER
    if double:
        return Expr(sql, t.DOUBLE, **flags)
    first = compiled[0].type
    if first.is_integer and not compiled[0].is_literal:
        return Expr(f"iris_dec_int({sql})", t.BIGINT, **flags)
    kind = first if first.kind is Kind.NUMERIC else t.numeric(max(first.precision, 1), 0)
    return Expr(sql, t.numeric(36, kind.scale) if name in ("CEILING", "FLOOR") else kind, **flags)


def part_argument(context: Context, scope: Scope, node: exp.Expr) -> str:
    """A date part: a keyword, a quoted name, or a parameter; an unknown one is SQLCODE -8."""
    from pgiris.standin.functions import moments

    if isinstance(node, (exp.Var, exp.Identifier)) or (isinstance(node, exp.Literal) and node.is_string):
        return quoted(moments.part_of(node.name))
    if isinstance(node, exp.Column) and not node.args.get("table"):
        return quoted(moments.part_of(node.name))
    return text_of(settled(context, scalars.scalar(context, scope, node)))


def rounding(context: Context, scope: Scope, node: exp.Anonymous) -> Expr:
    """CEILING and FLOOR: a string that is no number is NULL (RSQL_ceiling)."""
    name = str(node.this)
    found = scalars.scalar(context, scope, node.expressions[0])
    if not found.param and found.type.is_string:
        return Expr(f"iris_text_{name.lower()}({text_of(found)})", t.numeric(36, 0), aggregate=found.aggregate)
    return table_call(context, scope, name, SCALARS[name], node.expressions)


def justify(context: Context, scope: Scope, node: exp.Anonymous) -> Expr:
    """$JUSTIFY(e, width [, decimals])."""
    return table_call(context, scope, "$JUSTIFY", SCALARS["$JUSTIFY"], node.expressions)


def coalesce(context: Context, scope: Scope, node: exp.Anonymous) -> Expr:
    """COALESCE, ISNULL, NVL: the first argument that is not NULL; mixed types are -378 (RSQL_coalesce)."""
    found = [scalars.scalar(context, scope, argument) for argument in node.expressions]
    for item in found:
        refuse_stream(str(node.this), item)
    if node.this in ("ISNULL", "NVL") and not found[0].param and not found[0].is_null:
        kind = found[0].type.exact()
        sqls = [coerce(context, item, kind).sql for item in found]
    else:
        sqls, kind = scalars.branches(context, found, "COALESCE")
    if len(sqls) == 1:
        sqls.append("NULL")
    flags = Flags(aggregate=any(f.aggregate for f in found), window=any(f.window for f in found))
    return Expr(f"coalesce({', '.join(sqls)})", kind.exact(), **flags)


def ifnull(context: Context, scope: Scope, node: exp.Anonymous) -> Expr:
    """IFNULL(a,b[,c]): without braces and with two arguments, NULL when a is not NULL (RSQL_ifnull)."""
    found = [scalars.scalar(context, scope, argument) for argument in node.expressions]
    first = settled(context, found[0])
    if node.args.get("odbc") and len(found) == 2:
        sqls, kind = scalars.branches(context, [first, found[1]], "IFNULL")
        return Expr(f"coalesce({sqls[0]}, {sqls[1]})", kind.exact())
    sqls, kind = scalars.branches(context, found[1:], "IFNULL")
    other = sqls[1] if len(sqls) > 1 else "NULL"
    return Expr(f"CASE WHEN {first.sql} IS NULL THEN {sqls[0]} ELSE {other} END", kind.exact())


def nullif(context: Context, scope: Scope, node: exp.Anonymous) -> Expr:
    left, right = (scalars.scalar(context, scope, argument) for argument in node.expressions)
    left = settled(context, left, right.type)
    test = predicates.comparison(context, "=", left, right)
    return Expr(f"CASE WHEN {test} THEN NULL ELSE {left.sql} END", left.type.exact(), aggregate=left.aggregate)


def decode(context: Context, scope: Scope, node: exp.Anonymous) -> Expr:
    """DECODE: NULL matches NULL (RSQL_decode)."""
    found = [scalars.scalar(context, scope, argument) for argument in node.expressions]
    subject = settled(context, found[0], next((f.type for f in found[1::2] if not f.param), t.STRING))
    pairs = list(zip(found[1:-1:2], found[2::2])) if len(found) % 2 else list(zip(found[1:-1:2], found[2:-1:2]))
    results = [result for _, result in pairs]
    if len(found) % 2 == 0:
        results.append(found[-1])
    sqls, kind = scalars.branches(context, results, "DECODE")
    arms = []
    for (search, _), result in zip(pairs, sqls):
        if search.is_null:
            arms.append(f"WHEN {subject.sql} IS NULL THEN {result}")
            continue
        search = settled(context, search, subject.type)
        test = predicates.comparison(context, "=", subject, search)
        both = "" if search.is_literal else f" OR ({subject.sql} IS NULL AND {search.sql} IS NULL)"
        arms.append(f"WHEN {test}{both} THEN {result}")
    default = f" ELSE {sqls[-1]}" if len(found) % 2 == 0 else ""
    return Expr(f"CASE {' '.join(arms)}{default} END", kind.exact())


def extreme(context: Context, scope: Scope, node: exp.Anonymous) -> Expr:
    """GREATEST and LEAST: NULL if any argument is; strings that are all numbers compare as numbers (RSQL_greatest)."""
    found = [number_like(scalars.scalar(context, scope, argument)) for argument in node.expressions]
    texts = [f for f in found if f.is_literal and isinstance(f.literal, str)]
    function = "max" if node.this == "GREATEST" else "min"
    if texts and len(texts) == len(found) and all(decimals.is_numeric(str(f.literal)) for f in texts):
        pick = max if function == "max" else min
        chosen = pick(texts, key=lambda f: decimals.text_to_decimal(str(f.literal)))
        return Expr(chosen.sql, chosen.type)
    sqls, kind = scalars.branches(context, found, str(node.this))
    if kind.is_integer and any(f.param for f in found):
        kind = t.numeric()
        sqls = [coerce(context, f, kind).sql for f in found]
    return Expr(f"{function}({', '.join(sqls)})", kind.exact(), aggregate=any(f.aggregate for f in found))


def number_like(found: Expr) -> Expr:
    return found


def trim(context: Context, scope: Scope, node: exp.Anonymous) -> Expr:
    """TRIM([LEADING | TRAILING | BOTH] [chars FROM] s)."""
    found = [scalars.scalar(context, scope, argument) for argument in node.expressions]
    for item in found:
        refuse_stream("TRIM", item)
    sqls = [text_of(settled(context, item)) for item in found]
    where = str(node.args.get("position") or "BOTH").upper()
    characters = sqls[1] if len(sqls) > 1 else "' '"
    return Expr(f"iris_trim('{where}', {sqls[0]}, {characters})", t.STRING, aggregate=any(f.aggregate for f in found))


def exact(context: Context, scope: Scope, node: exp.Anonymous) -> Expr:
    """%EXACT: the value itself, compared byte by byte."""
    found = settled(context, scalars.scalar(context, scope, node.expressions[0]))
    kind = found.type.exact()
    return Expr(found.sql, kind, name=found.name, label=found.label, aggregate=found.aggregate, window=found.window)


def formatted(context: Context, scope: Scope, node: exp.Anonymous) -> Expr:
    """%EXTERNAL and %ODBCOUT: the display or ODBC form."""
    found = settled(context, scalars.scalar(context, scope, node.expressions[0]))
    if node.this == "%EXTERNAL" and found.type.kind is Kind.DATE:
        return Expr(f"iris_to_char('D', {found.sql}, 'MM/DD/YYYY')", t.STRING)
    return Expr(casts.odbc_text(found), t.STRING, aggregate=found.aggregate)


def internal(context: Context, scope: Scope, node: exp.Anonymous) -> Expr:
    """%INTERNAL and %ODBCIN: the logical form; of a stored value, the value itself."""
    return settled(context, scalars.scalar(context, scope, node.expressions[0]))


def oid(context: Context, scope: Scope, node: exp.Anonymous) -> Expr:
    """%OBJECT needs a stream field (-128)."""
    found = settled(context, scalars.scalar(context, scope, node.expressions[0]))
    if node.this == "%OBJECT" and not found.type.is_stream:
        raise IrisError(-128, "Argument to scalar function %OBJECT() must be a stream field")
    return Expr(f"iris_d_listbuild({text_of(found)}, '%Stream.GlobalCharacter')", t.LIST)


def pi(context: Context, scope: Scope, node: exp.Anonymous) -> Expr:
    return Expr(quoted(decimals.encode(Decimal("3.141592653589793238"))), t.numeric(19, 18))


def common_type(found: list[Expr]) -> IrisType:
    return unified([item.type for item in found if not item.param])


def field_of(found: Expr) -> str:
    return names.identifier(found.name)


RULES: Final[dict[str, Rule]] = {
    "CEILING": rounding,
    "FLOOR": rounding,
    "COALESCE": coalesce,
    "ISNULL": coalesce,
    "NVL": coalesce,
    "IFNULL": ifnull,
    "NULLIF": nullif,
    "DECODE": decode,
    "GREATEST": extreme,
    "LEAST": extreme,
    "TRIM": trim,
    "CONVERT": lambda context, scope, node: casts.convert(context, scope, node),  # noqa: PLW0108 (casts is still loading)
    "%EXACT": exact,
    "%EXTERNAL": formatted,
    "%ODBCOUT": formatted,
    "%INTERNAL": internal,
    "%ODBCIN": internal,
    "%OBJECT": oid,
    "%OID": oid,
    "PI": pi,
    "$ZPI": pi,
}
"""Functions with rules of their own; ``special.RULES`` has those that ask the process."""
