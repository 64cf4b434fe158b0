"""The package's own tables in IRIS: what PostgreSQL knows of an object and IRIS's dictionary cannot hold.

They live in schema PgIris, are created when first needed, and are written by the same plan as the DDL they belong to.
Names are compared as IRIS compares them, without case (its default collation).
"""

from __future__ import annotations

from typing import Final

from pgiris.sql.plan import Bind, Constant, Step
from pgiris.sql.schema import Schema

SCHEMA: Final = "PgIris"

COLUMN_TYPE: Final = "ColumnType"
COLUMN_TYPE_COLUMNS: Final = (
    "TableSchema",
    "TableName",
    "ColumnName",
    "TypeName",
    "Typmod",
    "DefaultText",
    "IdentityKind",
)
"""TypeName is PostgreSQL's catalogue name; DefaultText the DEFAULT as written; IdentityKind: `a` (ALWAYS), `d` (BY
DEFAULT), `s` (serial) or NULL."""

CREATE_COLUMN_TYPE: Final = (
    "CREATE TABLE IF NOT EXISTS PgIris.ColumnType (TableSchema VARCHAR(128) NOT NULL, TableName VARCHAR(128) NOT NULL, "
    "ColumnName VARCHAR(128) NOT NULL, TypeName VARCHAR(128) NOT NULL, Typmod INTEGER NOT NULL, "
    "DefaultText VARCHAR(32000) COLLATE EXACT, IdentityKind VARCHAR(1) COLLATE EXACT, "
    "CONSTRAINT ColumnTypePk PRIMARY KEY (TableSchema, TableName, ColumnName))"
)
READ_COLUMN_TYPE: Final = (
    "SELECT TableSchema, TableName, ColumnName, TypeName, Typmod, DefaultText, IdentityKind FROM PgIris.ColumnType"
)

ColumnFact = tuple[str, str, int, str | None, str | None]
"""Column name, type name, typmod, default text, identity kind."""


def ensure(schema: Schema) -> list[Step]:
    """The steps that create the tables, when the snapshot does not have them."""
    if schema.find(SCHEMA, COLUMN_TYPE) is not None:
        return []
    return [Step(CREATE_COLUMN_TYPE)]


def forget_table(schema: str, table: str) -> Step:
    """Drop what is known of a table's columns."""
    return Step(
        "DELETE FROM PgIris.ColumnType WHERE TableSchema = ? AND TableName = ?",
        (Constant(schema), Constant(table)),
        record=True,
    )


def forget_schema(schema: str) -> Step:
    return Step("DELETE FROM PgIris.ColumnType WHERE TableSchema = ?", (Constant(schema),), record=True)


def forget_column(schema: str, table: str, column: str) -> Step:
    return Step(
        "DELETE FROM PgIris.ColumnType WHERE TableSchema = ? AND TableName = ? AND ColumnName = ?",
        (Constant(schema), Constant(table), Constant(column)),
        record=True,
    )


def record_columns(schema: str, table: str, facts: list[ColumnFact]) -> Step:
    """Write what is known of a table's columns; they must not be there yet."""
    sql = (
        "INSERT INTO PgIris.ColumnType "
        "(TableSchema, TableName, ColumnName, TypeName, Typmod, DefaultText, IdentityKind) VALUES (?, ?, ?, ?, ?, ?, ?)"
    )
    rows: tuple[tuple[Bind, ...], ...] = tuple(
        (Constant(schema), Constant(table), *(Constant(value) for value in fact)) for fact in facts
    )
    return Step(sql, rows[0], record=True) if len(rows) == 1 else Step(sql, batch=rows, record=True)


def rename_table(schema: str, old: str, new: str) -> Step:
    return Step(
        "UPDATE PgIris.ColumnType SET TableName = ? WHERE TableSchema = ? AND TableName = ?",
        (Constant(new), Constant(schema), Constant(old)),
        record=True,
    )


def rename_column(schema: str, table: str, old: str, new: str) -> Step:
    return Step(
        "UPDATE PgIris.ColumnType SET ColumnName = ? WHERE TableSchema = ? AND TableName = ? AND ColumnName = ?",
        (Constant(new), Constant(schema), Constant(table), Constant(old)),
        record=True,
    )


def change_default(schema: str, table: str, column: str, default: str | None) -> Step:
    return Step(
        "UPDATE PgIris.ColumnType SET DefaultText = ? WHERE TableSchema = ? AND TableName = ? AND ColumnName = ?",
        (Constant(default), Constant(schema), Constant(table), Constant(column)),
        record=True,
    )


def change_type(schema: str, table: str, column: str, type_name: str, typmod: int) -> Step:
    return Step(
        "UPDATE PgIris.ColumnType SET TypeName = ?, Typmod = ? "
        "WHERE TableSchema = ? AND TableName = ? AND ColumnName = ?",
        (Constant(type_name), Constant(typmod), Constant(schema), Constant(table), Constant(column)),
        record=True,
    )
