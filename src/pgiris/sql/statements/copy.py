"""COPY between relations or queries and the client; not files, not programs.

Source: PostgreSQL 15 manual, SQL command COPY, with the syntax of 7.3 and 9.0 that is still read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlglot import exp
from sqlglot.tokenizer_core import Token

from pgiris import sqlstate
from pgiris.copy.options import ALL, CopyOptions, Option, check
from pgiris.errors import FeatureNotSupported, PgError
from pgiris.sql import actions, postgres
from pgiris.sql.plan import Plan, Transaction
from pgiris.sql.schema import Table, TableColumn
from pgiris.sql.statements import query
from pgiris.sql.statements.definitions import Definitions, Name
from pgiris.sql.statements.planning import Planner, Planning
from pgiris.sql.statements.tables import existing
from pgiris.sql.tokens import Cursor

_CLIENT: Final = ("STDIN", "STDOUT")
_HINT: Final = "Anyone can COPY to stdout or from stdin. psql's \\copy command also works for anyone."
_BARE: Final = ("BINARY", "CSV")
_TEXTS: Final = ("DELIMITER", "NULL", "QUOTE", "ESCAPE")
_ENDS: Final = (",", ")")


@dataclass(frozen=True, slots=True)
class _Parsed:
    """A COPY statement, read."""

    relation: Name | None
    tree: exp.Expr | None
    columns: tuple[str, ...]
    is_from: bool
    options: CopyOptions


def planner(cursor: Cursor, tokens: Sequence[Token]) -> Planner:
    """Read COPY whole. Raises SyntaxFailure, what its options are refused with, and 42501 for files and programs."""
    cursor.expect("COPY")
    given = _binary(cursor)
    columns: tuple[str, ...] = ()
    relation: Name | None = None
    tree: exp.Expr | None = None
    if cursor.peek() == "(" and not given:
        tree = _query(cursor, tokens)
        cursor.expect("TO")
        is_from = False
    else:
        reader = Definitions(cursor, tokens)
        relation = reader.table_name()
        if cursor.peek() == "(":
            columns = reader.column_list()
        is_from = _direction(cursor)
    elsewhere = _end(cursor, is_from)
    if relation is not None and (cursor.accept("USING", "DELIMITERS") or cursor.accept("DELIMITERS")):
        given.append(Option("delimiter", cursor.string()))
    cursor.accept("WITH")
    given += _generic(cursor) if cursor.accept("(") else _old(cursor)
    position = cursor.position()
    if relation is not None and cursor.accept("WHERE"):
        if not is_from:
            raise PgError(sqlstate.SYNTAX_ERROR, "WHERE clause not allowed with COPY TO", position=position)
        raise FeatureNotSupported("COPY FROM with WHERE", position=position)
    cursor.finish()
    if elsewhere is not None:
        raise elsewhere
    parsed = _Parsed(relation, tree, columns, is_from, check(given, is_from=is_from))
    return lambda planning: _plan(parsed, planning)


# -- reading -----------------------------------------------------------------------------------------------------


def _binary(cursor: Cursor) -> list[Option]:
    """BINARY in front of the table."""
    position = cursor.position()
    if cursor.peek() == "BINARY" and cursor.peek(1) not in ("FROM", "TO", "."):
        cursor.take()
        return [Option("format", "binary", position=position)]
    return []


def _query(cursor: Cursor, tokens: Sequence[Token]) -> exp.Expr:
    cursor.expect("(")
    begin, end = cursor.balanced()
    if begin == end or cursor.peek() != ")":
        raise cursor.failure()
    first, last = cursor.items[begin].start, cursor.items[end - 1].end
    inner = [token for token in tokens if first <= token.start < last]
    tree = postgres.parse_tokens(inner, cursor.text)
    cursor.expect(")")
    return tree


def _direction(cursor: Cursor) -> bool:
    word = cursor.accept_any("FROM", "TO")
    if not word:
        raise cursor.failure()
    return word == "FROM"


def _end(cursor: Cursor, is_from: bool) -> PgError | None:
    """STDIN and STDOUT are the same, as in PostgreSQL; the error for a file or a program."""
    if cursor.accept_any(*_CLIENT):
        return None
    direction = "from" if is_from else "to"
    program = cursor.accept("PROGRAM")
    cursor.string()
    if program:
        role, what = "pg_execute_server_program", "to or from an external program"
    else:
        role, what = f"pg_{'read' if is_from else 'write'}_server_files", f"{direction} a file"
    return PgError(
        sqlstate.INSUFFICIENT_PRIVILEGE,
        f"must be superuser or have privileges of the {role} role to COPY {what}",
        hint=_HINT,
    )


def _generic(cursor: Cursor) -> list[Option]:
    """``(name value, …)`` behind its parenthesis."""
    options: list[Option] = []
    while True:
        position = cursor.position()
        name = cursor.name()
        options.append(replace(_argument(cursor, name), position=position))
        if not cursor.accept(","):
            break
    cursor.expect(")")
    return options


def _argument(cursor: Cursor, name: str) -> Option:
    if cursor.peek() in _ENDS:
        return Option(name)
    if cursor.accept("*"):
        return Option(name, names=(ALL,))
    if cursor.peek() == "(":
        return Option(name, names=Definitions(cursor, ()).column_list())
    sign = cursor.accept_any("+", "-")
    item = cursor.next
    if item is None or item.kind == "p" or (sign and item.kind != "n"):
        raise cursor.failure()
    if item.kind in "wq":
        return Option(name, cursor.name())
    return Option(name, sign.replace("+", "") + cursor.take().text)


def _old(cursor: Cursor) -> list[Option]:
    """The options without parentheses."""
    options: list[Option] = []
    while True:
        position = cursor.position()
        found = _old_option(cursor)
        if found is None:
            return options
        options.append(replace(found, position=position))


def _old_option(cursor: Cursor) -> Option | None:
    word = cursor.accept_any(*_BARE, *_TEXTS, "FREEZE", "HEADER", "FORCE", "ENCODING")
    if not word:
        return None
    if word in _BARE:
        return Option("format", word.lower())
    if word in _TEXTS:
        cursor.accept("AS")
        return Option(word.lower(), cursor.string())
    if word == "ENCODING":
        return Option("encoding", cursor.string())
    if word == "FORCE":
        return _forced(cursor)
    return Option(word.lower())


def _forced(cursor: Cursor) -> Option:
    if cursor.accept("QUOTE"):
        if cursor.accept("*"):
            return Option("force_quote", names=(ALL,))
        return Option("force_quote", names=_names(cursor))
    if cursor.accept("NOT", "NULL"):
        return Option("force_not_null", names=_names(cursor))
    cursor.expect("NULL")
    return Option("force_null", names=_names(cursor))


def _names(cursor: Cursor) -> tuple[str, ...]:
    names = [cursor.name()]
    while cursor.accept(","):
        names.append(cursor.name())
    return tuple(names)


# -- planning ----------------------------------------------------------------------------------------------------


def _plan(parsed: _Parsed, planning: Planning) -> Plan:
    if parsed.tree is not None:
        return _out(parsed.options, _of_query(parsed.tree, planning))
    assert parsed.relation is not None
    table = _existing(parsed.relation, planning)
    if table.kind == "v":
        raise _view(table, parsed.is_from)
    columns = _columns(table, parsed.columns) if parsed.columns else table.columns
    if not parsed.is_from:
        return _out(parsed.options, _planned(f"SELECT {_list(columns)} FROM {_table(table)}", planning), table)
    _check_forced(parsed.options, table, columns)
    marks = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
    # COPY gives identity columns the values of the data, whatever they are declared (manual, COPY, Notes).
    text = f"INSERT INTO {_table(table)} ({_list(columns)}) OVERRIDING SYSTEM VALUE VALUES ({marks})"
    insert = _planned(text, planning, tuple(column.type_oid for column in columns))
    insert = replace(insert, tag="COPY FROM", atomic=True)
    action = actions.CopyIn(table.name, columns, parsed.options, insert)
    return Plan("COPY", action=action, transaction=Transaction.WRITE)


def _existing(reference: Name, planning: Planning) -> Table:
    """The relation. PostgreSQL's COPY does not say where its name stands."""
    try:
        return existing(reference, planning)
    except PgError as error:
        error.position = None
        raise


def _of_query(tree: exp.Expr, planning: Planning) -> Plan:
    # Parse's parameters do not reach into utility statements.
    inner = query.plan(tree, replace(planning, parameter_oids=()))
    if inner.parameters:
        raise PgError(sqlstate.UNDEFINED_PARAMETER, "there is no parameter $1")
    if inner.columns is None:
        raise PgError(sqlstate.FEATURE_NOT_SUPPORTED, "COPY query must have a RETURNING clause")
    return inner


def _out(options: CopyOptions, inner: Plan, table: Table | None = None) -> Plan:
    names = [column.name for column in inner.columns or ()]
    for name in options.force_quote:
        if table is None and name not in (ALL, *names):
            raise PgError(sqlstate.UNDEFINED_COLUMN, f'column "{name}" does not exist')
    if table is not None:
        _columns(table, [name for name in options.force_quote if name != ALL])
        _check_referenced(options.force_quote, names, "FORCE_QUOTE")
    return Plan("COPY", action=actions.CopyOut(options, inner), transaction=inner.transaction)


def _planned(text: str, planning: Planning, parameters: tuple[int, ...] = ()) -> Plan:
    tree = postgres.parse_tokens(postgres.tokenize(text), text)
    return query.plan(tree, replace(planning, parameter_oids=parameters))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _list(columns: Sequence[TableColumn]) -> str:
    return ", ".join(_quoted(column.name) for column in columns)


def _table(table: Table) -> str:
    return f"{_quoted(table.schema)}.{_quoted(table.name)}"


def _view(table: Table, is_from: bool) -> PgError:
    if is_from:
        message, hint = "to", "To enable copying to a view, provide an INSTEAD OF INSERT trigger."
    else:
        message, hint = "from", "Try the COPY (SELECT ...) TO variant."
    return PgError(sqlstate.WRONG_OBJECT_TYPE, f'cannot copy {message} view "{table.name}"', hint=hint)


def _columns(table: Table, names: Sequence[str]) -> tuple[TableColumn, ...]:
    """The columns of those names. Raises PgError 42703, 42701."""
    columns: list[TableColumn] = []
    for name in names:
        column = table.column(name)
        if column is None:
            message = f'column "{name}" of relation "{table.name}" does not exist'
            raise PgError(sqlstate.UNDEFINED_COLUMN, message)
        if column in columns:
            raise PgError(sqlstate.DUPLICATE_COLUMN, f'column "{name}" specified more than once')
        columns.append(column)
    return tuple(columns)


def _check_forced(options: CopyOptions, table: Table, columns: Sequence[TableColumn]) -> None:
    names = [column.name for column in columns]
    for listed, option in ((options.force_not_null, "FORCE_NOT_NULL"), (options.force_null, "FORCE_NULL")):
        _columns(table, listed)
        _check_referenced(listed, names, option)


def _check_referenced(listed: Sequence[str], names: Sequence[str], option: str) -> None:
    for name in listed:
        if name != ALL and name not in names:
            message = f'{option} column "{name}" not referenced by COPY'
            raise PgError(sqlstate.INVALID_COLUMN_REFERENCE, message)
