"""``%SQL.StatementMetadata``: what a statement is, its columns and its parameters (embedded.md 2.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from pgiris.standin.dictionary import Dictionary, Table
from pgiris.standin.face.bridge import IrisObject, Thread, method, reads
from pgiris.standin.iristypes import IrisType, Kind
from pgiris.standin.prepared import PreparedStatement, Query
from pgiris.standin.result import StatementColumn, StatementParameter

CLIENT_TYPES: Final = {
    Kind.BIT: 16,
    Kind.TINYINT: 5,
    Kind.SMALLINT: 5,
    Kind.INTEGER: 5,
    Kind.BIGINT: 18,
    Kind.NUMERIC: 14,
    Kind.DOUBLE: 3,
    Kind.STRING: 10,
    Kind.DATE: 2,
    Kind.TIME: 8,
    Kind.TIMESTAMP: 9,
    Kind.POSIXTIME: 9,
    Kind.GUID: 10,
    Kind.BINARY: 1,
    Kind.LONGVARCHAR: 13,
    Kind.LONGVARBINARY: 12,
    Kind.VECTOR: 10,
    Kind.LIST: 6,
    Kind.NULL: 10,
}
"""Client type codes (C:%SQL.StatementColumn)."""

VARCHAR_CLIENT: Final = 10
VECTOR_PRECISION: Final = 64000
IN_PARAMETER: Final = 1


class Column(NamedTuple):
    """A result column with what the face needs to know of it."""

    told: StatementColumn
    kind: IrisType | None
    rowid: bool


def columns_of(statement: PreparedStatement, dictionary: Dictionary) -> tuple[Column, ...]:
    """The columns of a prepared statement."""
    told = statement.metadata.columns
    kinds: Sequence[IrisType | None] = statement.kinds if isinstance(statement, Query) else (None,) * len(told)
    return tuple(Column(column, kind, is_rowid(column, dictionary)) for column, kind in zip(told, kinds))


def is_rowid(column: StatementColumn, dictionary: Dictionary) -> bool:
    """Whether a column is its table's RowID: the IDENTITY column, or the ID of a table without one."""
    table = dictionary.find(column.schema, column.table) if column.table else None
    if not isinstance(table, Table):
        return False
    found = table.column(column.name)
    return found.identity if found is not None else column.name.upper() == "ID"


class Items(IrisObject):
    """A list of objects, counted from 1."""

    class_name = "%Collection.ListOfObj"

    def __init__(self, thread: Thread, items: Sequence[IrisObject]) -> None:
        super().__init__(thread)
        self.items = items

    @method("Count")
    def count(self) -> int:
        return len(self.items)

    @method("GetAt")
    def get_at(self, position: int) -> object:
        """The object at a position; ``''`` where there is none."""
        return self.items[position - 1] if 1 <= position <= len(self.items) else ""


class Record(IrisObject):
    """An object whose properties are a table of values."""

    def __init__(self, thread: Thread, class_name: str, values: dict[str, object]) -> None:
        super().__init__(thread)
        self.values = values
        self.members = {  # type: ignore[misc]
            "method": {},
            "reads": {name: self.getter(name) for name in values},
            "writes": {},
        }
        self.class_name = class_name  # type: ignore[misc]

    @staticmethod
    def getter(name: str) -> Any:
        return lambda record: record.values[name]


def column_record(thread: Thread, column: Column) -> Record:
    """``%SQL.StatementColumn``."""
    told, kind = column.told, column.kind
    vector = kind is not None and kind.kind is Kind.VECTOR
    stored = bool(told.table)
    of_class = Record(thread, "%Dictionary.CompiledClass", {"Name": type_class(kind)}) if stored and kind else ""
    values: dict[str, object] = {
        "colName": told.name,
        "label": told.name,
        "ODBCType": told.odbc_type,
        "clientType": CLIENT_TYPES[kind.kind] if kind is not None else VARCHAR_CLIENT,
        "precision": VECTOR_PRECISION if vector else told.precision,
        "scale": told.scale,
        "isNullable": told.nullable,
        "tableName": told.table,
        "schemaName": told.schema,
        "typeClass": of_class,
        "property": property_record(thread, told, kind) if of_class else "",
    }
    flags = dict.fromkeys(FLAGS, 0)
    flags["isExpression"] = int(not stored)
    flags["isCaseSensitive"] = int(kind is None or kind.collation == "EXACT")
    flags["isList"] = int(kind is not None and kind.kind is Kind.LIST)
    if column.rowid:
        flags.update(isRowId=1, isIdentity=1, isAutoIncrement=1, isKeyColumn=1, isUnique=1)
    return Record(thread, "%SQL.StatementColumn", values | flags)


FLAGS: Final = (
    "isAutoIncrement", "isCaseSensitive", "isCurrency", "isReadOnly", "isRowVersion", "isUnique", "isAliased",
    "isExpression", "isHidden", "isIdentity", "isKeyColumn", "isRowId", "isList",
)  # fmt: skip

TYPE_CLASSES: Final = {
    Kind.VECTOR: "%Library.Vector",
    Kind.BIT: "%Library.Boolean",
    Kind.TINYINT: "%Library.TinyInt",
    Kind.SMALLINT: "%Library.SmallInt",
    Kind.INTEGER: "%Library.Integer",
    Kind.BIGINT: "%Library.BigInt",
    Kind.NUMERIC: "%Library.Numeric",
    Kind.DOUBLE: "%Library.Double",
    Kind.DATE: "%Library.Date",
    Kind.TIME: "%Library.Time",
    Kind.TIMESTAMP: "%Library.TimeStamp",
    Kind.POSIXTIME: "%Library.PosixTime",
    Kind.GUID: "%Library.UniqueIdentifier",
    Kind.BINARY: "%Library.Binary",
    Kind.LONGVARCHAR: "%Stream.GlobalCharacter",
    Kind.LONGVARBINARY: "%Stream.GlobalBinary",
    Kind.LIST: "%Library.List",
}


def type_class(kind: IrisType | None) -> str:
    """The class of a column's type (types.tsv)."""
    return "%Library.String" if kind is None else TYPE_CLASSES.get(kind.kind, "%Library.String")


def property_record(thread: Thread, told: StatementColumn, kind: IrisType | None) -> Record:
    """``%Dictionary.CompiledProperty`` of a table's column, as far as column metadata is read through it."""
    return Record(thread, "%Dictionary.CompiledProperty", {"Name": told.name, "Type": type_class(kind)})


def parameter_record(thread: Thread, number: int, parameter: StatementParameter) -> Record:
    """``%SQL.StatementParameter``."""
    values: dict[str, object] = {
        "ODBCType": parameter.odbc_type,
        "precision": parameter.precision,
        "scale": parameter.scale,
        "isNullable": 1,
        "colName": f"HostVar_{number}",
        "columnType": IN_PARAMETER,
    }
    return Record(thread, "%SQL.StatementParameter", values)


class Metadata(IrisObject):
    """``%SQL.StatementMetadata``. Its parameters are empty once the statement was executed (GSQL_dynsql)."""

    class_name = "%SQL.StatementMetadata"

    def __init__(
        self, thread: Thread, number: int, columns: Sequence[Column], parameters: Sequence[StatementParameter]
    ) -> None:
        super().__init__(thread)
        self.number = number
        self.told = columns
        self.given = parameters

    @reads("columnCount")
    def column_count(self) -> int:
        return len(self.told)

    @reads("columns")
    def columns(self) -> Items:
        return Items(self.thread, [column_record(self.thread, column) for column in self.told])

    @reads("parameterCount")
    def parameter_count(self) -> int:
        return len(self.given)

    @reads("parameters")
    def parameters(self) -> Items:
        return Items(self.thread, [parameter_record(self.thread, n, p) for n, p in enumerate(self.given, 1)])

    @reads("formalParameters")
    def formal_parameters(self) -> Items:
        return self.parameters()

    @reads("statementType")
    def statement_type(self) -> int:
        return self.number
