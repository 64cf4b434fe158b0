"""SQLite's failures as IRIS's."""

from __future__ import annotations

import apsw

from pgiris.errors import IrisError
from pgiris.standin.dictionary import Dictionary, Table

TOO_COMPLEX = ("too large", "stack overflow", "too many", "Recursion limit", "too complex")


def as_iris(error: BaseException, dictionary: Dictionary, kind: str) -> IrisError:
    """The IrisError for what a statement of `kind` (INSERT, UPDATE, …) raised."""
    if isinstance(error, IrisError):
        return error
    text = str(error)
    if isinstance(error, apsw.ConstraintError):
        return constraint(text, dictionary, kind)
    if isinstance(error, (apsw.BusyError, apsw.LockedError)):
        return IrisError(-110, "Unable to acquire lock for the statement: timed out waiting for another process")
    if isinstance(error, apsw.InterruptError):
        return IrisError(-456, "SQL query execution interrupted by user")
    if isinstance(error, (apsw.TooBigError, MemoryError)):
        return IrisError(-400, "Fatal error occurred <MAXSTRING>")
    if isinstance(error, apsw.FullError):
        return IrisError(-400, "Fatal error occurred <FILEFULL>")
    if isinstance(error, OverflowError):
        return IrisError(-400, "Fatal error occurred <MAXNUMBER>")
    if isinstance(error, RecursionError) or any(part in text for part in TOO_COMPLEX):
        return IrisError(-400, "Fatal error occurred <FRAMESTACK> statement is too complex")
    if "dimension mis" in text or "istmatch" in text or "zero-length vectors" in text:
        return IrisError(-257, "Vectors must have the same length")
    if "integer overflow" in text:
        return IrisError(-400, "Fatal error occurred <MAXNUMBER>")
    return IrisError(-400, f"Fatal error occurred: {type(error).__name__} {text[:500]}")


def constraint(text: str, dictionary: Dictionary, kind: str) -> IrisError:
    """A trigger's own message, or a unique key's."""
    if text.startswith("IRIS:"):
        _, number, message = text.split(":", 2)
        return IrisError(int(number), message)
    code = -120 if kind == "UPDATE" else -119
    if kind == "DDL":
        code = -125
    columns = text.rpartition(": ")[2].split(", ")
    table_id = columns[0].partition(".")[0].lstrip("t")
    if not text.startswith("UNIQUE") or not table_id.isdigit():
        return IrisError(code, f"Unique check failed: {text}")
    table = dictionary.table(int(table_id))
    names = [column.partition(".")[2] for column in columns]
    return IrisError(code, unique_message(table, names, kind))


def unique_message(table: Table, columns: list[str], kind: str) -> str:
    """The message of a violated unique key, which names the constraint and its fields."""
    names = {c.sql: c.name for c in table.columns}
    shown = [names.get(name, "ID") for name in columns]
    unique = [(key.name, key.columns) for key in table.keys if key.kind != "F"]
    unique += [(index.name, index.columns) for index in table.indexes if index.unique]
    constraint_name = "RowIDField_As_PKey"
    for name, numbers in unique:
        if [table.by_number(number).sql for number in numbers] == columns:
            constraint_name = name
            break
    return (
        f"Row with duplicate key: Constraint '{constraint_name}' ({','.join(shown)}) of table '{table.qualified}' "
        f"failed unique check upon {kind}"
    )
