"""What IRIS reports, in PostgreSQL's words: the one place where a SQLCODE becomes an error for the client.

The SQLSTATE of every code is in ``pgiris.sqlcode``. Here are the codes whose messages clients read: message texts of
PostgreSQL with the names that %msg holds. IRIS documents the codes (document key RERR_sql) but not the form of
%msg, so names are found by comparing its words with the schema snapshot, not by its grammar.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from pgiris import sqlstate
from pgiris.errors import BackendLost, IrisError, PgError
from pgiris.sql.schema import Schema, Table, TableColumn
from pgiris.sqlcode import SQLCODES
from pgiris.types import oids

USER_REQUEST: Final = "canceling statement due to user request"
STATEMENT_TIMEOUT: Final = "canceling statement due to statement timeout"


class Template(NamedTuple):
    """A message that needs the names `needs`; without them `otherwise` is said."""

    message: str
    otherwise: str
    needs: tuple[str, ...] = ()
    sqlstate: str = ""


_UNIQUE: Final = Template(
    'duplicate key value violates unique constraint "{constraint}"',
    "duplicate key value violates a unique constraint",
    ("constraint",),
)
_NOT_NULL: Final = Template(
    'null value in column "{column}" of relation "{table}" violates not-null constraint',
    "null value violates a not-null constraint",
    ("column", "table"),
)
_REFERENCING: Final = Template(
    'insert or update on table "{table}" violates foreign key constraint "{constraint}"',
    "insert or update violates a foreign key constraint",
    ("table", "constraint"),
)
_REFERENCED: Final = Template(
    'update or delete on table "{table}" violates foreign key constraint "{constraint}"',
    "update or delete violates a foreign key constraint",
    ("table", "constraint"),
)

TEMPLATES: Final[Mapping[int, Template]] = {
    -30: Template('relation "{table}" does not exist', "relation does not exist", ("table",)),
    -99: Template('permission denied for table "{table}"', "permission denied", ("table",)),
    -108: _NOT_NULL,
    -110: Template("", "canceling statement due to lock timeout"),
    -114: Template("", "canceling statement due to lock timeout"),
    -115: Template('table "{table}" is read only', "table is read only", ("table",)),
    -119: _UNIQUE,
    -120: _UNIQUE,
    -125: _UNIQUE,
    -121: _REFERENCING,
    -122: _REFERENCING,
    -127: _REFERENCING,
    -123: _REFERENCED,
    -124: _REFERENCED,
    -201: Template('relation "{table}" already exists', "relation already exists", ("table",)),
    -304: Template(
        'column "{column}" of relation "{table}" contains null values',
        "column contains null values",
        ("column", "table"),
    ),
    -305: Template(
        'column "{column}" of relation "{table}" contains null values',
        "column contains null values",
        ("column", "table"),
    ),
    -450: Template("", STATEMENT_TIMEOUT),
    -456: Template("", USER_REQUEST),
}

FAULTS: Final[Mapping[str, tuple[str, str]]] = {
    "<DIVIDE>": (sqlstate.DIVISION_BY_ZERO, "division by zero"),
    "<MAXNUMBER>": (sqlstate.NUMERIC_VALUE_OUT_OF_RANGE, "value out of range"),
    "<MAXSTRING>": (sqlstate.PROGRAM_LIMIT_EXCEEDED, "string is longer than IRIS allows"),
    "<ILLEGAL VALUE>": (sqlstate.INVALID_PARAMETER_VALUE, "invalid value for a function or an operator"),
    "<STORE>": (sqlstate.OUT_OF_MEMORY, "out of memory"),
    "<FRAMESTACK>": (sqlstate.STATEMENT_TOO_COMPLEX, "stack depth limit exceeded"),
    "<STACK>": (sqlstate.STATEMENT_TOO_COMPLEX, "stack depth limit exceeded"),
    "<FILEFULL>": (sqlstate.DISK_FULL, "the IRIS database is full"),
    "<PROTECT>": (sqlstate.INSUFFICIENT_PRIVILEGE, "permission denied"),
    "<INTERRUPT>": (sqlstate.QUERY_CANCELED, USER_REQUEST),
}
"""ObjectScript faults that come as SQLCODE -400 with their name in %msg."""

_VALIDATION: Final = frozenset({-104, -105})
_OUT_OF_RANGE: Final[Mapping[int, str]] = {
    oids.INT2: "smallint out of range",
    oids.INT4: "integer out of range",
    oids.INT8: "bigint out of range",
    oids.NUMERIC: "numeric field overflow",
    oids.FLOAT8: '"double precision" out of range',
    oids.FLOAT4: '"real" out of range',
}
_TOO_LONG: Final[Mapping[int, str]] = {oids.VARCHAR: "character varying", oids.BPCHAR: "character"}


@dataclass(slots=True)
class Names:
    """What %msg names, as far as the snapshot knows it."""

    schema: str | None = None
    table: str | None = None
    column: TableColumn | None = None
    constraint: str | None = None

    def fields(self) -> dict[str, str]:
        found = {"table": self.table, "constraint": self.constraint, "column": self.column and self.column.name}
        return {name: value for name, value in found.items() if value}


def lost(error: BackendLost) -> PgError:
    """The IRIS process of a statement is gone."""
    return PgError(
        sqlstate.CONNECTION_FAILURE,
        f"the IRIS process of this statement was lost: {error}",
        hint="The statement may or may not have taken effect.",
    )


def to_pg_error(error: IrisError, schema: Schema | None = None) -> PgError:
    """The error that the client gets for a SQLCODE and its %msg."""
    code, text = error.sqlcode, error.message.strip()
    known = SQLCODES.get(code)
    state = known.sqlstate if known else sqlstate.INTERNAL_ERROR
    detail = f"IRIS reports SQLCODE {code}: {text}" if text else f"IRIS reports SQLCODE {code}"
    for fault, (fault_state, message) in FAULTS.items():
        if code in (-400, -415, -149, -350) and fault in text:
            return PgError(fault_state, message, detail=None if fault == "<DIVIDE>" else detail)
    names = find_names(text, schema)
    fields = names.fields()
    if code in _VALIDATION:
        return _validation(names, state, detail)
    template = TEMPLATES.get(code)
    if template is None:
        message = text or (known.meaning if known else f"unknown SQLCODE {code}")
        return PgError(state, message, detail=detail if text != message else f"IRIS reports SQLCODE {code}")
    complete = template.needs and all(name in fields for name in template.needs)
    return PgError(
        template.sqlstate or state,
        template.message.format_map(fields) if complete else template.otherwise,
        detail=None if code in (-456, -450) else detail,
        schema=names.schema,
        table=names.table,
        # PostgreSQL names the column only where the error is about one, not where a key is made of it.
        column=fields.get("column") if "column" in template.needs else None,
        constraint=names.constraint,
    )


def _validation(names: Names, state: str, detail: str) -> PgError:
    """-104 and -105 say that a value did not fit its column, not how: the column's type tells."""
    column = names.column
    message = "value failed IRIS's validation"
    if column is not None:
        message = f'value for column "{column.name}" failed IRIS\'s validation'
        if column.type_oid in _TOO_LONG and column.typmod > 4:
            state = sqlstate.STRING_DATA_RIGHT_TRUNCATION
            message = f"value too long for type {_TOO_LONG[column.type_oid]}({column.typmod - 4})"
        elif column.type_oid in _OUT_OF_RANGE:
            state = sqlstate.NUMERIC_VALUE_OUT_OF_RANGE
            message = _OUT_OF_RANGE[column.type_oid]
    return PgError(
        state, message, detail=detail, schema=names.schema, table=names.table, column=column.name if column else None
    )


def find_names(text: str, schema: Schema | None) -> Names:
    """The table, column and constraint that `text` names."""
    names = Names()
    words = list(_words(text))
    table = _find_table(words, schema)
    if table is None:
        return names
    names.schema = "public" if table.schema.lower() == "sqluser" else table.schema
    names.table = table.name
    constraints = {name.lower(): name for name in table.unique_keys}
    for word in words:
        for part in (word, *word.split(".")):
            folded = part.lower()
            if names.constraint is None and folded in constraints and folded != table.name.lower():
                names.constraint = constraints[folded]
            if names.column is None and folded not in (table.name.lower(), table.schema.lower()):
                names.column = table.column(part)
    if names.constraint is None:
        names.constraint = _quoted_after(text, "constraint")
    return names


def _find_table(words: list[str], schema: Schema | None) -> Table | None:
    if schema is None:
        return None
    for word in words:
        parts = word.split(".")
        if len(parts) >= 2:
            table = schema.tables.get((parts[0].lower(), parts[1].lower()))
            if table is not None:
                return table
    return next((table for word in words if (table := schema.find(None, word)) is not None), None)


def _words(text: str) -> Iterator[str]:
    """Runs of the characters of names, dots included."""
    word = ""
    for letter in text + " ":
        if letter.isalnum() or letter in "_%$.":
            word += letter
        elif word:
            yield word.strip(".")
            word = ""


def _quoted_after(text: str, keyword: str) -> str | None:
    """The first quoted name behind `keyword`: constraints of foreign keys are not in the snapshot."""
    at = text.lower().find(keyword)
    for quote in "'\"":
        begin = text.find(quote, at) if at >= 0 else -1
        end = text.find(quote, begin + 1) if begin >= 0 else -1
        if end > begin + 1:
            return text[begin + 1 : end].rpartition(".")[2]
    return None
