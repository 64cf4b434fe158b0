"""User routines: functions and procedures with an SQL body, CALL, and computed columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from sqlglot import exp

from pgiris.errors import IrisError
from pgiris.standin import binders, decimals, objectscript, parsing
from pgiris.standin.compiler import names, queries, scalars
from pgiris.standin.compiler.coerce import literal_text
from pgiris.standin.compiler.ir import Context, Expr, Scope
from pgiris.standin.dictionary import Routine
from pgiris.standin.iristypes import DDL_TYPES, STRING, IrisType, Kind, numeric
from pgiris.standin.process import Process
from pgiris.standin.result import Cursor, StatementColumn, StatementResult, column_of, row_converter

MAX_CALLS = 50


def call_function(process: Process, identity: int, arguments: Sequence[object]) -> object:
    """The value of a function whose body is SQL: its last RETURN or SELECT."""
    routine = process.dictionary.entries.get(identity)
    if not isinstance(routine, Routine):
        raise IrisError(-359, "User defined SQL function does not exist")
    if routine.language == "OBJECTSCRIPT":
        return run_object_script(routine, arguments)
    if routine.language != "SQL":
        raise IrisError(-149, f"SQL function {routine.name}: the stand-in does not run {routine.language} code")
    context = body_context(process, routine, arguments)
    result: object = None
    for text in routine.body:
        result = run_statement(process, context, text, routine.returns or STRING)
    return result


def run_object_script(routine: Routine, arguments: Sequence[object]) -> object:
    """A function written in ObjectScript, as far as ``objectscript`` goes."""
    values = list(arguments) + [None] * len(routine.parameters)
    variables = {name: value for (_, name, _), value in zip(routine.parameters, values)}
    value = objectscript.run(routine.code, variables, {}).returned
    if value is None or value == "":
        return None
    kind = routine.returns or STRING
    if isinstance(value, Decimal) and kind.is_integer:
        value = int(value)
    return binders.binder_for(kind, 0)(value)


def body_context(process: Process, routine: Routine, arguments: Sequence[object]) -> Context:
    """A context in which the parameters of a routine have their values."""
    from pgiris.standin import prepared

    context = Context(prepared.session_of(process))
    for index, (_, name, written) in enumerate(routine.parameters):
        kind = parameter_type(written)
        value = arguments[index] if index < len(arguments) else None
        context.host_expressions[name.lower()] = Expr(literal_text(value, kind), kind)
    return context


def parameter_type(written: str) -> IrisType:
    """The type of a routine's parameter, by the name it was declared with."""
    known = DDL_TYPES.get(written.upper())
    if known is None or known.kind in (Kind.STRING, Kind.VECTOR):
        return STRING
    return numeric() if known.kind is Kind.NUMERIC else IrisType(known.kind)


def run_statement(process: Process, context: Context, text: str, returns: IrisType | None = None) -> object:
    """One statement of an SQL body; `returns` is the type of what RETURN gives."""
    tree = parse_body(text)
    if isinstance(tree, exp.Return):
        return value_of(process, context, tree.this, returns)
    if isinstance(tree, exp.Command) and str(tree.this) == "SET":
        value = value_of(process, context, tree.args["value"])
        context.host_expressions[str(tree.args["target"].this).lower()] = Expr(literal_text(value, STRING), STRING)
        return None
    if isinstance(tree, (exp.Select, exp.SetOperation)):
        found = queries.query(context, tree)
        row = process.connection.cursor().execute(found.sql, bound(process, context)).fetchone()
        return row[0] if row else None
    raise IrisError(-149, "SQL function: only queries and assignments run inside a function here")


def parse_body(text: str) -> exp.Expr:
    return parsing.Reader(text, lambda schema, name: True).body_statement()


def value_of(process: Process, context: Context, node: exp.Expr, kind: IrisType | None = None) -> object:
    """The stored value of an expression, as a `kind` when one is given."""
    sql = scalars.value(context, Scope(), node, kind).sql
    row = process.connection.cursor().execute(f"SELECT {sql}", bound(process, context)).fetchone()
    return row[0] if row else None


def bound(process: Process, context: Context) -> tuple[Any, ...]:
    """Slots of a body: only those that the process fills."""
    return tuple(slot.binder(process) for slot in context.slots)


def plan_call(
    process: Process, tree: exp.Command
) -> tuple[int, tuple[StatementColumn, ...], Callable[[Sequence[object]], StatementResult | None]]:
    """CALL s.p(args): SQLCODE -428 for an unknown procedure, -370 for too many arguments."""
    node = tree.args["routine"]
    routine = find_procedure(process, node)
    if tree.args.get("result") and routine.returns is None:
        raise IrisError(-371, "Procedure does not return a value")

    def run(params: Sequence[object]) -> StatementResult | None:
        return call(process, routine, node, params)

    return 45, (), run


def find_procedure(process: Process, node: exp.Expr) -> Routine:
    """The procedure of a CALL: SQLCODE -428 for an unknown one, -370 for too many arguments."""
    name = names.identifier(node.this)
    schema = names.identifier(node.args.get("db")) or process.default_schema
    routine = process.dictionary.routine(schema, name)
    if routine is None:
        raise IrisError(-428, f"Stored procedure '{schema}.{name}' not found")
    if len(node.expressions) > len(routine.parameters):
        raise IrisError(-370, f"SQL CALL, too many arguments for procedure '{schema}.{name}'")
    return routine


def call(process: Process, routine: Routine, node: exp.Expr, params: Sequence[object]) -> StatementResult | None:
    """Evaluate the arguments of a CALL and run the procedure."""
    from pgiris.standin import prepared

    arguments: list[object] = []
    for argument, (_, _, written) in zip(node.expressions, routine.parameters):
        kind = parameter_type(written)
        if isinstance(argument, exp.Placeholder) and not argument.this:
            value = params[int(argument.args["position"]) - 1]
            arguments.append(binders.binder_for(kind, process.select_mode)(value))
        else:
            arguments.append(value_of(process, Context(prepared.session_of(process)), argument, kind))
    return run_procedure(process, routine, arguments)


def run_procedure(process: Process, routine: Routine, arguments: Sequence[object]) -> StatementResult | None:
    """Run the body of a procedure on stored values; a query in it gives the result set."""
    from pgiris.standin import prepared

    if routine.language != "SQL":
        raise IrisError(-149, f"Procedure {routine.name}: the stand-in does not run {routine.language} code")
    context = body_context(process, routine, arguments)
    result: StatementResult | None = None
    for text in routine.body:
        tree = parse_body(text)
        if isinstance(tree, (exp.Select, exp.SetOperation)):
            found = queries.query(context, tree)
            process.ready(tuple(context.temporary_tables), tuple(context.system_relations))
            cursor = process.connection.cursor()
            cursor.execute(found.sql, bound(process, context))
            convert = row_converter([o.type for o in found.outputs], process.select_mode)
            rows = Cursor(cursor, convert, process.dictionary, process.fetching)
            process.opened(rows)
            result = StatementResult(0, "", tuple(column_of(o) for o in found.outputs), 45, 0, rows)
        elif isinstance(tree, (exp.Insert, exp.Update, exp.Delete)):
            change = prepared.CHANGES[type(tree)](context, tree)
            process.before_change(change.table)
            with process.firing.statement(change):
                process.connection.execute(change.sql, bound(process, context))
        else:
            run_statement(process, context, text)
    return result


def field_value(kind: IrisType, value: object) -> object:
    """A stored value as ObjectScript sees it: the logical form."""
    if value is not None and kind.kind is Kind.NUMERIC:
        return decimals.decode(str(value))
    if value is not None and kind.kind is Kind.TIME and isinstance(value, int):
        return Decimal(value).scaleb(-9)
    return value


def computed(process: Process, table_id: int, number: int, *values: object) -> object:
    """The stored value of a computed column; `values` are those of the table's columns, in order."""
    table = process.dictionary.table(table_id)
    column = table.by_number(number)
    fields = {c.name: field_value(c.type, v) for c, v in zip(table.columns, values)}
    fields["*"] = fields.get(column.name)
    outcome = objectscript.run(column.computed or "", {}, fields)
    value = outcome.fields.get("*", outcome.fields.get(column.name.lower()))
    if value is None or value == "":
        return None
    if isinstance(value, Decimal) and column.type.is_integer:
        value = int(value) if value == int(value) else value
    label = f"{table.qualified}.{column.name}"
    return binders.column_binder(column.type, 0, label, True, -104)(value)
