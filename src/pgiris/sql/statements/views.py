"""CREATE VIEW (RSQL_createview): no parameters inside, ORDER BY only with TOP."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp
from sqlglot.tokenizer_core import Token

from pgiris import sqlstate
from pgiris.errors import FeatureNotSupported, PgError
from pgiris.sql import metadata, postgres, typing
from pgiris.sql.analysis import BIND
from pgiris.sql.datatypes import NAMES_BY_OID
from pgiris.sql.plan import Constant, Plan, Step, Transaction
from pgiris.sql.render import render
from pgiris.sql.rewrite import names
from pgiris.sql.rewrite.query import QueryBuilder
from pgiris.sql.statements.definitions import Definitions, Name
from pgiris.sql.statements.planning import Planner, Planning
from pgiris.sql.statements.tables import literal, schema_of
from pgiris.sql.tokens import Cursor


def create(cursor: Cursor, tokens: Sequence[Token], replace: bool) -> Planner:
    """Read CREATE [OR REPLACE] VIEW after its first words."""
    reader = Definitions(cursor, tokens)
    name = reader.table_name()
    columns = reader.column_list() if cursor.peek() == "(" else ()
    if cursor.peek() == "WITH":
        raise FeatureNotSupported("CREATE VIEW … WITH", position=cursor.position())
    cursor.expect("AS")
    if cursor.done():
        raise cursor.failure()
    query = postgres.parse_tokens(list(tokens[cursor.at :]), cursor.text)
    cursor.at = len(cursor.items)
    return lambda planning: _plan(name, columns, query, replace, planning)


def _plan(reference: Name, columns: tuple[str, ...], query: exp.Expr, replace: bool, planning: Planning) -> Plan:
    schema, name = schema_of(reference, planning), reference[1]
    found = planning.schema.find(schema, name)
    if found is not None and (found.kind != "v" or not replace):
        if found.kind != "v" and replace:
            raise PgError(sqlstate.WRONG_OBJECT_TYPE, f'"{name}" is not a view')
        raise PgError(sqlstate.DUPLICATE_TABLE, f'relation "{name}" already exists')
    analyzed = typing.analyze(query.copy(), planning.schema, planning.search_path, ())
    output = analyzed.columns or ()
    if len(columns) > len(output):
        raise PgError(sqlstate.SYNTAX_ERROR, "CREATE VIEW specifies more column names than columns")
    finals = [*columns, *(column.name for column in output[len(columns) :])]
    for n, final in enumerate(finals):
        if final in finals[:n]:
            raise PgError(sqlstate.DUPLICATE_COLUMN, f'column "{final}" specified more than once')
    names.unique(finals)
    for final in finals:
        names.identifier(final)
    body = QueryBuilder(analyzed).derived(analyzed.tree, finals)
    tree = exp.Create(
        kind="VIEW",
        this=exp.Table(this=names.identifier(name), db=names.identifier(schema)),
        expression=_without_binds(body),
        replace=replace or None,
    )
    sql, _ = render(tree)
    facts: list[metadata.ColumnFact] = [
        (final, NAMES_BY_OID[column.type.oid], column.type.typmod, None, None)
        for final, column in zip(finals, output)
        if column.type.oid in NAMES_BY_OID
    ]
    steps = [*metadata.ensure(planning.schema), Step(sql), metadata.forget_table(schema, name)]
    if facts:
        steps.append(metadata.record_columns(schema, name, facts))
    return Plan("CREATE VIEW", tuple(steps), transaction=Transaction.DDL, atomic=True, changes_schema=True)


def _without_binds(body: exp.Expr) -> exp.Expr:
    """IRIS takes no parameters in a view (-148): constants are written out, what only the session knows is refused."""

    def written(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Placeholder):
            return node
        bind = node.meta.get(BIND)
        value = literal(bind.value) if isinstance(bind, Constant) else None
        if value is None:
            if isinstance(bind, Constant) and bind.value is None:
                return exp.Null()
            raise FeatureNotSupported("a value of the session in a view")
        return value

    return body.transform(written)
