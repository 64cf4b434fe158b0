"""CREATE TABLE AS: a table with the types of the query's columns, and an INSERT of its rows.

IRIS has the statement too (RSQL_createtable), but takes no parameters in it and knows only its own types.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp
from sqlglot.tokenizer_core import Token

from pgiris import sqlstate
from pgiris.errors import FeatureNotSupported, PgError
from pgiris.sql import postgres, typing
from pgiris.sql.analysis import Analyzed
from pgiris.sql.datatypes import COLUMN_TYPES
from pgiris.sql.plan import Plan, Step, Transaction
from pgiris.sql.render import render
from pgiris.sql.rewrite import names
from pgiris.sql.rewrite.query import QueryBuilder
from pgiris.sql.statements.definitions import Column, Definitions
from pgiris.sql.statements.planning import Planner, Planning
from pgiris.sql.statements.tables import TableDefinition, creation_steps, schema_of, taken
from pgiris.sql.tokens import Cursor


def begins(cursor: Cursor) -> bool:
    """Whether what follows the table's name is AS, or the bare names of CREATE TABLE t (a, b) AS."""
    named = cursor.peek() == "(" and cursor.peek(2) in (",", ")") and cursor.peek(1) != ")"
    return named or cursor.peek() == "AS"


def planner(cursor: Cursor, tokens: Sequence[Token], reader: Definitions, definition: TableDefinition) -> Planner:
    """Read CREATE TABLE AS after the table's name."""
    columns = reader.column_list() if cursor.peek() == "(" else ()
    cursor.expect("AS")
    if cursor.peek() == "EXECUTE":
        raise FeatureNotSupported("CREATE TABLE AS EXECUTE", position=cursor.position())
    end, data = len(tokens), True
    words = [item.upper for item in cursor.items[-3:]]
    if words == ["WITH", "NO", "DATA"]:
        end, data = end - 3, False
    elif words[-2:] == ["WITH", "DATA"]:
        end -= 2
    if cursor.at >= end:
        raise cursor.failure()
    query = postgres.parse_tokens(tokens[cursor.at : end], cursor.text)
    if isinstance(query, (exp.Insert, exp.Update, exp.Delete)):
        raise cursor.failure()
    cursor.at = len(cursor.items)
    table, if_not_exists = definition.table, definition.if_not_exists
    return lambda planning: _plan(TableDefinition(table, if_not_exists), columns, query, data, planning)


def _plan(
    definition: TableDefinition, columns: tuple[str, ...], query: exp.Expr, data: bool, planning: Planning
) -> Plan:
    skipped = taken(definition, planning, "CREATE TABLE AS")
    if skipped is not None:
        return skipped
    analyzed = typing.analyze(query.copy(), planning.schema, planning.search_path, planning.parameter_oids)
    definition.columns = _columns(analyzed, columns, definition.table[2])
    steps = creation_steps(definition, planning)
    if data:
        steps.append(_copy(analyzed, definition, schema_of(definition.table, planning)))
    return Plan(
        "SELECT" if data else "CREATE TABLE AS",
        tuple(steps),
        parameters=analyzed.parameters,
        tag_counts=data,
        transaction=Transaction.DDL,
        atomic=True,
        changes_schema=True,
    )


def _columns(analyzed: Analyzed, columns: tuple[str, ...], position: int) -> list[Column]:
    output = analyzed.columns or ()
    if len(columns) > len(output):
        raise PgError(sqlstate.SYNTAX_ERROR, "too many column names were specified")
    result: list[Column] = []
    for number, made in enumerate(output):
        if made.type.oid not in COLUMN_TYPES:
            raise FeatureNotSupported(f'a table with a column like "{made.name}"', position=position)
        name = columns[number] if number < len(columns) else made.name
        result.append(Column(name, made.type, position))
    return result


def _copy(analyzed: Analyzed, definition: TableDefinition, schema: str) -> Step:
    finals = [column.name for column in definition.columns]
    into = exp.Schema(
        this=exp.Table(this=names.identifier(definition.table[1]), db=names.identifier(schema)),
        expressions=[names.identifier(name) for name in finals],
    )
    rows = QueryBuilder(analyzed).derived(analyzed.tree, finals)
    sql, binds = render(exp.Insert(this=into, expression=rows))
    return Step(sql, binds, counts=True)
