"""Functions that ask the process or the clock, JSON, XML and vector functions, and calls of user functions."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final

from sqlglot import exp

from pgiris.errors import IrisError
from pgiris.standin import iristypes as t
from pgiris.standin.compiler import casts, names, scalars
from pgiris.standin.compiler.coerce import coerce, settled, text_of
from pgiris.standin.compiler.ir import Context, Expr, Scope, quoted
from pgiris.standin.iristypes import IrisType, Kind

Rule = Callable[[Context, Scope, exp.Anonymous], Expr]


def precision_of(context: Context, scope: Scope, node: exp.Anonymous) -> str:
    """The precision argument of the clock functions."""
    if not node.expressions:
        return str(context.session.settings.time_precision)
    return coerce(context, scalars.scalar(context, scope, node.expressions[0]), t.INTEGER).sql


def clock(function: str, kind: IrisType, precise: bool = True) -> Rule:
    """A function of the clock."""

    def rule(context: Context, scope: Scope, node: exp.Anonymous) -> Expr:
        return Expr(f"{function}({precision_of(context, scope, node) if precise else ''})", kind)

    return rule


def process_text(function: str, kind: IrisType = t.STRING) -> Rule:
    """A function of the process without arguments."""

    def rule(context: Context, scope: Scope, node: exp.Anonymous) -> Expr:
        return Expr(f"{function}()", kind)

    return rule


def constant(text: Callable[[Context], str]) -> Rule:
    def rule(context: Context, scope: Scope, node: exp.Anonymous) -> Expr:
        return Expr(quoted(text(context)), t.STRING)

    return rule


def parsed(function: str, kind: IrisType, default: Callable[[Context], str]) -> Rule:
    """TO_DATE, TO_TIMESTAMP and TO_POSIXTIME."""

    def rule(context: Context, scope: Scope, node: exp.Anonymous) -> Expr:
        text = text_of(settled(context, scalars.scalar(context, scope, node.expressions[0])))
        model = quoted(default(context))
        if len(node.expressions) > 1:
            model = text_of(settled(context, scalars.scalar(context, scope, node.expressions[1])))
        return Expr(f"{function}({text}, {model})", kind)

    return rule


def unix_timestamp(context: Context, scope: Scope, node: exp.Anonymous) -> Expr:
    if node.expressions:
        from pgiris.standin.compiler import calls
        from pgiris.standin.functions.table import SCALARS

        return calls.table_call(context, scope, "UNIX_TIMESTAMP", SCALARS["UNIX_TIMESTAMP"], node.expressions)
    return Expr("iris_unix_timestamp('S', iris_now_utc(0))", t.numeric(20, 0))


def to_vector(context: Context, scope: Scope, node: exp.Anonymous) -> Expr:
    """TO_VECTOR(data [, TYPE] [, length]) (RSQL_tovector)."""
    arguments = node.expressions
    element = "float"
    if len(arguments) > 1:
        found = t.VECTOR_ELEMENTS.get(arguments[1].name.upper()) if not isinstance(arguments[1], exp.Literal) else None
        if found is None:
            raise IrisError(-1, ") expected, : found")
        element = found
    size = 0
    if len(arguments) > 2:
        written = str(arguments[2].this) if isinstance(arguments[2], exp.Literal) else "0"
        if not written.isdecimal() or len(written) > 9:
            raise IrisError(-80, f"integer expected, {written[:40]} found")
        size = int(written)
    data = settled(context, scalars.scalar(context, scope, arguments[0]))
    if data.is_literal and not size and isinstance(data.literal, str):
        size_known = len([p for p in data.literal.strip().strip("[]").split(",") if p.strip()])
        kind = IrisType(Kind.VECTOR, size_known, element=element)
        return Expr(f"iris_to_vector({text_of(data)}, '{element}', 0)", kind)
    kind = IrisType(Kind.VECTOR, size, element=element)
    if data.type.kind is Kind.VECTOR:
        return coerce(context, data, kind)
    return Expr(f"iris_to_vector({text_of(data)}, '{element}', {size})", kind, aggregate=data.aggregate)


def vector_function(context: Context, scope: Scope, node: exp.Anonymous) -> Expr:
    """VECTOR_COSINE and VECTOR_DOT_PRODUCT: element types and lengths must agree (-259, -257), strings are -258."""
    left, right = (scalars.scalar(context, scope, argument) for argument in node.expressions)
    if left.param and not right.param:
        left = coerce(context, left, right.type)
    elif right.param and not left.param:
        right = coerce(context, right, left.type)
    for side in (left, right):
        if side.param or side.type.kind not in (Kind.VECTOR, Kind.NULL):
            raise IrisError(-258, f"{node.this} takes vectors, not values of a string type")
    if left.type.element and right.type.element and left.type.element != right.type.element:
        raise IrisError(-259, "Vectors must have the same element type")
    if left.type.length and right.type.length and left.type.length != right.type.length:
        raise IrisError(-257, "Vectors must have the same length")
    element = left.type.element or right.type.element
    if node.this == "VECTOR_COSINE" and element == "float":
        sql = f"iris_vec_cosine({left.sql}, {right.sql})"
        if context.session.settings.fast_cosine:
            sql = f"(1.0 - vec_distance_cosine({left.sql}, {right.sql}))"
            sql = f"CASE WHEN {left.sql} IS NOT NULL AND {right.sql} IS NOT NULL THEN {sql} END"
        return Expr(sql, t.DOUBLE)
    function = "iris_cosine" if node.this == "VECTOR_COSINE" else "iris_dot_product"
    return Expr(f"{function}('{element}', {left.sql}, {right.sql})", t.DOUBLE)


def json_kind(expr: Expr) -> str:
    """How a value stands in JSON: a number, JSON, or a string."""
    if expr.type.is_number:
        return "n"
    return "j" if expr.label == "Json" else "s"


def json_object(context: Context, scope: Scope, node: exp.Anonymous) -> Expr:
    """JSON_OBJECT('k':v, …)."""
    arguments, kinds = [], ""
    for pair in node.expressions:
        key = settled(context, scalars.scalar(context, scope, pair.this))
        value = settled(context, scalars.scalar(context, scope, pair.expression))
        kinds += json_kind(value)
        arguments += [text_of(key), casts.odbc_text(value)]
    absent = int(bool(node.args.get("absent")))
    inner = "".join(f", {sql}" for sql in arguments)
    return Expr(f"iris_json_object('{kinds}', {absent}{inner})", t.STRING, label="Json")


def json_array(context: Context, scope: Scope, node: exp.Anonymous) -> Expr:
    """JSON_ARRAY(v, …)."""
    values = [settled(context, scalars.scalar(context, scope, argument)) for argument in node.expressions]
    kinds = "".join(json_kind(value) for value in values)
    inner = "".join(f", {casts.odbc_text(value)}" for value in values)
    return Expr(f"iris_json_array('{kinds}', {int(bool(node.args.get('absent')))}{inner})", t.STRING, label="Json")


def xml_parts(context: Context, scope: Scope, nodes: list[exp.Expr]) -> list[tuple[str, Expr]]:
    """Tag and value of XMLFOREST and XMLATTRIBUTES items; the tag of a field is its name in upper case."""
    result = []
    for node in nodes:
        alias = node.alias if isinstance(node, exp.Alias) else ""
        value = settled(context, scalars.scalar(context, scope, node.this if isinstance(node, exp.Alias) else node))
        result.append((alias or value.name.upper() or "VALUE", value))
    return result


def xmlelement(context: Context, scope: Scope, node: exp.Anonymous) -> Expr:
    """XMLELEMENT([NAME] tag [, XMLATTRIBUTES(…)] [, content…])."""
    tag = node.expressions[0].name
    attributes, content = "''", []
    for argument in node.expressions[1:]:
        if isinstance(argument, exp.Anonymous) and argument.this == "XMLATTRIBUTES":
            parts = xml_parts(context, scope, argument.expressions)
            attributes = " || ".join(
                f"coalesce({quoted(f' {name}=' + chr(34))} || iris_xml_escape({casts.odbc_text(v)}) || '\"', '')"
                for name, v in parts
            )
        else:
            value = settled(context, scalars.scalar(context, scope, argument))
            text = casts.odbc_text(value)
            content.append(f"coalesce({text if value.label == 'Xml' else f'iris_xml_escape({text})'}, '')")
    inner = " || ".join(content) or "''"
    sql = f"({quoted('<' + tag)} || {attributes} || '>' || {inner} || {quoted('</' + tag + '>')})"
    return Expr(sql, t.STRING, label="Xml")


def xmlforest(context: Context, scope: Scope, node: exp.Anonymous) -> Expr:
    """XMLFOREST(e [AS tag], …)."""
    parts = [
        f"coalesce({quoted(f'<{name}>')} || iris_xml_escape({casts.odbc_text(v)}) || {quoted(f'</{name}>')}, '')"
        for name, v in xml_parts(context, scope, node.expressions)
    ]
    return Expr(f"({' || '.join(parts)})", t.STRING, label="Xml")


def embedding(context: Context, scope: Scope, node: exp.Anonymous) -> Expr:
    raise IrisError(-400, "Fatal error occurred: no embedding configuration of that name in %Embedding.Config")


def user_function(context: Context, scope: Scope, node: exp.Anonymous) -> Expr:
    """A call of a routine somebody created, or of a %SYSTEM_SQL function."""
    name = names.identifier(node.this)
    schema = names.identifier(node.args.get("db"))
    if (schema.lower(), name.lower()) in SYSTEM_FUNCTIONS:
        return system_function(context, scope, node, schema.lower(), name.lower())
    arguments = [settled(context, scalars.scalar(context, scope, argument)) for argument in node.expressions]
    routine = context.session.dictionary.routine(schema or context.session.default_schema, name)
    from pgiris.standin import routines

    if routine is None:
        shown = f"{schema}.{name}" if schema else name
        raise IrisError(-359, f"User defined SQL function '{shown.upper()}' does not exist")
    if routine.kind == "PROCEDURE" and routine.returns is None:
        raise IrisError(-357, f"Procedure '{routine.schema}.{routine.name}' is not a function")
    if len(arguments) > len(routine.parameters):
        raise IrisError(-370, f"Too many arguments for '{routine.schema}.{routine.name}'")
    kinds = [routines.parameter_type(written) for _, _, written in routine.parameters]
    inner = "".join(f", {coerce(context, a, kind).sql}" for a, kind in zip(arguments, kinds))
    return Expr(f"iris_call({routine.id}{inner})", routine.returns or t.STRING)


def system_function(context: Context, scope: Scope, node: exp.Anonymous, schema: str, name: str) -> Expr:
    """A method of %SYSTEM.SQL and its kin."""
    function = SYSTEM_FUNCTIONS.get((schema, name))
    if function is None:
        raise IrisError(-359, f"User defined SQL function '{schema.upper()}.{name.upper()}' does not exist")
    arguments = [settled(context, scalars.scalar(context, scope, argument)) for argument in node.expressions]
    kind = t.BIGINT if name == "zrand" else t.STRING
    return Expr(f"{function}({', '.join(text_of(a) for a in arguments)})", kind)


SYSTEM_FUNCTIONS: Final = {
    ("%tsql", "zrand"): "iris_random",
    ("%system_sql", "defaultschema"): "iris_default_schema",
    ("%system_sql", "util_getoption"): "iris_get_option",
    ("%system_sql", "util_setoption"): "iris_set_option",
    ("%system_sql", "schema_tableexists"): "iris_table_exists",
    ("%system_sql", "schema_viewexists"): "iris_view_exists",
    ("%system_sql", "functions_sqlcode"): "iris_sqlcode_text",
}
"""Methods of %SYSTEM.SQL that are callable from SQL (information_schema.md 3)."""

RULES: Final[dict[str, Rule]] = {
    "CURRENT_DATE": clock("iris_today", t.DATE, precise=False),
    "CURDATE": clock("iris_today", t.DATE, precise=False),
    "CURRENT_TIME": clock("iris_time_now", t.TIME),
    "CURTIME": clock("iris_time_now", t.TIME),
    "CURRENT_TIMESTAMP": clock("iris_now", t.TIMESTAMP),
    "GETDATE": clock("iris_now", t.TIMESTAMP),
    "NOW": clock("iris_now", t.TIMESTAMP),
    "SYSDATE": clock("iris_now", t.TIMESTAMP),
    "GETUTCDATE": clock("iris_now_utc", t.TIMESTAMP),
    "UNIX_TIMESTAMP": unix_timestamp,
    "TO_DATE": parsed("iris_to_date", t.DATE, lambda c: c.session.settings.todate_default_format),
    "TODATE": parsed("iris_to_date", t.DATE, lambda c: c.session.settings.todate_default_format),
    "TO_TIMESTAMP": parsed("iris_to_timestamp", t.TIMESTAMP, lambda c: "DD MON YYYY HH:MI:SS"),
    "TO_POSIXTIME": parsed("iris_to_posixtime", t.POSIXTIME, lambda c: "DD MON YYYY HH:MI:SS"),
    "TO_VECTOR": to_vector,
    "VECTOR_COSINE": vector_function,
    "VECTOR_DOT_PRODUCT": vector_function,
    "JSON_OBJECT": json_object,
    "JSON_ARRAY": json_array,
    "XMLELEMENT": xmlelement,
    "XMLFOREST": xmlforest,
    "EMBEDDING": embedding,
    "LAST_IDENTITY": process_text("iris_last_identity", t.BIGINT),
    "USER": constant(lambda c: c.session.user),
    "CURRENT_USER": constant(lambda c: c.session.user),
    "SESSION_USER": constant(lambda c: c.session.user),
    "SYSTEM_USER": constant(lambda c: c.session.user),
    "$USERNAME": constant(lambda c: c.session.user),
    "DATABASE": constant(lambda c: c.session.namespace),
    "$NAMESPACE": constant(lambda c: c.session.namespace),
    "$ZVERSION": constant(lambda c: c.session.settings.version),
    "$JOB": process_text("iris_job", t.INTEGER),
    "$ZJOB": process_text("iris_job", t.INTEGER),
    "$TLEVEL": process_text("iris_tlevel", t.INTEGER),
    "$HOROLOG": process_text("iris_horolog"),
    "$ZTIMESTAMP": process_text("iris_ztimestamp"),
    "$ZHOROLOG": process_text("iris_zhorolog", t.DOUBLE),
    "$ZTIMEZONE": process_text("iris_ztimezone", t.INTEGER),
    "$TSQL_NEWID": process_text("iris_newid", t.varchar(36)),
}


def describe_json(columns: list[str]) -> str:
    """Column paths as JSON, for JSON_TABLE."""
    return json.dumps(columns)
