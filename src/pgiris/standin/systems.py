"""INFORMATION_SCHEMA and the parts of %Dictionary that clients read, as tables that are filled from the dictionary.

Columns and their order: information_schema.md 2 (INFORMATION.SCHEMA classes). A private column is left out of ``*``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from pgiris.standin import iristypes as t
from pgiris.standin.dictionary import Column, Dictionary, Index, Key, Relation, Table, View
from pgiris.standin.iristypes import IrisType, Kind

NAME: Final = t.varchar(128, "UPPER")
FLAG: Final = t.varchar(3)


@dataclass(frozen=True)
class SystemColumn:
    """A column of a system relation."""

    name: str
    type: IrisType
    sql: str
    private: bool = False


@dataclass(frozen=True)
class SystemRelation:
    """A relation that the instance fills: `rows` yields its rows; `live` ones are filled for every execution."""

    schema: str
    name: str
    columns: tuple[SystemColumn, ...]
    rows: Callable[[Any], Iterator[tuple[object, ...]]] = field(repr=False)
    live: bool = False

    @property
    def key(self) -> str:
        return f"{self.schema}.{self.name}".lower()

    @property
    def sql(self) -> str:
        """Its name in SQLite's temp schema."""
        return "s_" + self.key.replace(".", "_").replace("%", "p_")


@dataclass(frozen=True)
class Contents:
    """What rows are made of: the dictionary as a process sees it."""

    dictionary: Dictionary
    outputs: Callable[[View], list[tuple[str, IrisType]]]
    visible: Callable[[Relation], bool]
    processes: Callable[[], list[dict[str, object]]]
    varchar_limit: int


DATA_TYPES: Final = {
    Kind.BIT: "bit", Kind.TINYINT: "tinyint", Kind.SMALLINT: "smallint", Kind.INTEGER: "integer", Kind.BIGINT: "bigint",
    Kind.NUMERIC: "numeric", Kind.DOUBLE: "double", Kind.STRING: "varchar", Kind.DATE: "date", Kind.TIME: "time",
    Kind.TIMESTAMP: "timestamp", Kind.POSIXTIME: "timestamp", Kind.GUID: "uniqueidentifier", Kind.BINARY: "varbinary",
    Kind.LONGVARCHAR: "longvarchar", Kind.LONGVARBINARY: "longvarbinary", Kind.VECTOR: "varchar", Kind.LIST: "varchar",
    Kind.NULL: "varchar",
}  # fmt: skip


def yes(value: object) -> str:
    return "YES" if value else "NO"


def class_of(relation: Relation) -> str:
    package = "User" if relation.schema.lower() == "sqluser" else relation.schema.replace("_", ".")
    return f"{package}.{''.join(c for c in relation.name if c.isalnum())}"


def tables(of: Contents) -> Iterator[tuple[object, ...]]:
    for relation in sorted(of.dictionary.relations.values(), key=lambda r: (r.schema.lower(), r.name.lower())):
        if not of.visible(relation):
            continue
        if isinstance(relation, Table):
            kind = "GLOBAL TEMPORARY" if relation.temporary else "BASE TABLE"
            description: str | None = relation.description or None
        else:
            kind, description = "VIEW", None
        insertable = yes(isinstance(relation, Table) or not relation.read_only)
        yield (relation.schema, relation.name, kind, insertable, "NO", class_of(relation), description,
               relation.owner, "NO", None)  # fmt: skip
    for system in RELATIONS.values():
        yield (
            system.schema,
            system.name,
            "SYSTEM VIEW",
            "NO",
            "NO",
            f"INFORMATION.SCHEMA.{system.name}",
            None,
            "_SYSTEM",
            "NO",
            None,
        )


def default_text(text: str | None) -> str | None:
    """COLUMN_DEFAULT: strings as ObjectScript writes them."""
    if text is None:
        return None
    if text.startswith("'") and text.endswith("'"):
        inner = text[1:-1].replace("''", "'")
        return '"' + inner.replace('"', '""') + '"' if inner else "$c(0)"
    return text


def lengths(kind: IrisType, limit: int) -> tuple[int | None, int | None, int | None, int | None]:
    """CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, its radix, NUMERIC_SCALE."""
    if kind.kind in (Kind.STRING, Kind.BINARY, Kind.GUID, Kind.LONGVARCHAR, Kind.LONGVARBINARY, Kind.VECTOR, Kind.LIST):
        length = kind.length if kind.kind is not Kind.VECTOR else 0
        return length or limit, None, None, None
    if kind.is_number and kind.kind is not Kind.BIT:
        return None, kind.precision or None, 10, kind.scale
    return None, None, None, None


def columns(of: Contents) -> Iterator[tuple[object, ...]]:
    for relation in of.dictionary.relations.values():
        if not of.visible(relation):
            continue
        if isinstance(relation, View):
            for number, (name, kind) in enumerate(of.outputs(relation), 1):
                yield column_row(of, relation, name, number, Column(number, name, kind), None)
            continue
        if relation.public_rowid:
            rowid = Column(1, "ID", t.BIGINT, nullable=False, identity=True)
            yield column_row(of, relation, "ID", 1, rowid, relation)
        for number, column in enumerate(relation.columns, 2):
            yield column_row(of, relation, column.name, number, column, relation)


def column_row(
    of: Contents, relation: Relation, name: str, number: int, column: Column, table: Table | None
) -> tuple[object, ...]:
    length, precision, radix, scale = lengths(column.type, of.varchar_limit)
    keys = table.keys if table is not None else ()
    primary = any(k.kind == "P" and column.number in k.columns for k in keys)
    unique = any(k.kind in "PU" and k.columns == (column.number,) for k in keys)
    vector = column.type if column.type.kind is Kind.VECTOR else None
    return (
        relation.schema, relation.name, name, number, default_text(column.default),
        yes(column.nullable and not column.identity), yes(column.identity), yes(column.computed is not None),
        yes(table is not None and not column.identity), DATA_TYPES[column.type.kind], length, length, precision, radix,
        scale, column.description or None, yes(column.identity or column.serial), yes(unique), yes(primary),
        "".join(c for c in name if c.isalnum()), column.computed, yes(True),
        f"VECTOR({vector.element.upper()},{vector.length})" if vector is not None else None,
    )  # fmt: skip


def key_columns(table: Table, key: Key) -> Iterator[tuple[int, Column]]:
    for position, number in enumerate(key.columns, 1):
        yield position, table.by_number(number)


KEY_TYPES: Final = {"P": "PRIMARY KEY", "U": "UNIQUE", "F": "FOREIGN KEY"}


def all_keys(of: Contents) -> Iterator[tuple[Table, Key]]:
    for table in of.dictionary.tables():
        if of.visible(table):
            for key in table.keys:
                yield table, key


def table_constraints(of: Contents) -> Iterator[tuple[object, ...]]:
    for table, key in all_keys(of):
        yield table.schema, key.name, table.schema, table.name, KEY_TYPES[key.kind], "NO", "NO"
    for table in of.dictionary.tables():
        if table.public_rowid and table.primary_key is None and of.visible(table):
            yield table.schema, "RowIDField_As_PKey", table.schema, table.name, "PRIMARY KEY", "NO", "NO"


def referenced_key(of: Contents, key: Key) -> tuple[Table, Key | None]:
    target = of.dictionary.table(key.target)
    for candidate in target.keys:
        if candidate.kind in "PU" and set(candidate.columns) == set(key.target_columns):
            return target, candidate
    return target, None


def key_column_usage(of: Contents) -> Iterator[tuple[object, ...]]:
    for table, key in all_keys(of):
        for position, column in key_columns(table, key):
            base = (table.schema, key.name, table.schema, table.name, column.name, position)
            if key.kind != "F":
                yield (*base, None, None, None, None, None, KEY_TYPES[key.kind])
                continue
            target, found = referenced_key(of, key)
            number = key.target_columns[position - 1] if key.target_columns else 0
            name = target.by_number(number).name if number else "ID"
            reference = found.name if found is not None else "RowIDField_As_PKey"
            yield (*base, position, target.schema, target.name, reference, name, KEY_TYPES[key.kind])


def referential_constraints(of: Contents) -> Iterator[tuple[object, ...]]:
    for table, key in all_keys(of):
        if key.kind == "F":
            target, found = referenced_key(of, key)
            reference = found.name if found is not None else "RowIDField_As_PKey"
            yield (table.schema, table.name, key.name, target.schema, target.name, reference, "NONE",
                   key.on_update, key.on_delete)  # fmt: skip


def constraint_columns(of: Contents) -> Iterator[tuple[object, ...]]:
    for table, key in all_keys(of):
        for _, column in key_columns(table, key):
            yield table.schema, table.name, column.name, table.schema, key.name


def constraint_tables(of: Contents) -> Iterator[tuple[object, ...]]:
    for table, key in all_keys(of):
        yield table.schema, table.name, table.schema, key.name


def index_rows(table: Table, index: Index | Key, unique: bool, primary: bool) -> Iterator[tuple[object, ...]]:
    data = ",".join(f'"{table.by_number(n).name}"' for n in index.data) if isinstance(index, Index) else ""
    for position, number in enumerate(index.columns, 1):
        yield (table.schema, table.name, int(not unique), table.schema, index.name, position,
               table.by_number(number).name, "A", int(primary), "Selectable", data or None)  # fmt: skip


def indexes(of: Contents) -> Iterator[tuple[object, ...]]:
    for table in of.dictionary.tables():
        if not of.visible(table):
            continue
        for key in table.keys:
            if key.kind in "PU":
                yield from index_rows(table, key, True, key.kind == "P")
        for index in table.indexes:
            yield from index_rows(table, index, index.unique, False)


def schemata(of: Contents) -> Iterator[tuple[object, ...]]:
    names = {r.schema.lower(): r.schema for r in of.dictionary.relations.values() if of.visible(r)}
    for routine in of.dictionary.routines():
        names.setdefault(routine.schema.lower(), routine.schema)
    names["information_schema"] = "INFORMATION_SCHEMA"
    names["%dictionary"] = "%Dictionary"
    for name in sorted(names.values(), key=str.lower):
        yield (name,)


def views(of: Contents) -> Iterator[tuple[object, ...]]:
    for view in of.dictionary.views():
        if of.visible(view):
            yield (view.schema, view.name, view.text, view.check_option, yes(not view.read_only), None, None, None,
                   class_of(view), view.owner, None)  # fmt: skip


def view_tables(of: Contents) -> Iterator[tuple[object, ...]]:
    for view in of.dictionary.views():
        for identity in view.depends:
            entry = of.dictionary.entries.get(identity)
            if isinstance(entry, (Table, View)):
                yield view.schema, view.name, entry.schema, entry.name


def routines(of: Contents) -> Iterator[tuple[object, ...]]:
    for r in of.dictionary.routines():
        kind = "PROCEDURE" if r.kind == "QUERY" else "FUNCTION"
        body = "SQL" if r.kind == "QUERY" and r.language == "SQL" else "EXTERNAL"
        returns = DATA_TYPES[r.returns.kind] if r.returns is not None else None
        length, precision, radix, scale = lengths(r.returns, of.varchar_limit) if r.returns else (None,) * 4
        yield (r.schema, r.name, r.schema, r.name, kind, body, r.body[0] if body == "SQL" and r.body else None,
               "CONTAINS SQL", "NO", "YES", "NO", "INVOKER", "NO", returns, length, precision, radix, scale,
               f"User.func{r.name}", r.name)  # fmt: skip


def parameters(of: Contents) -> Iterator[tuple[object, ...]]:
    for r in of.dictionary.routines():
        if r.returns is not None:
            yield r.schema, r.name, 0, "OUT", "YES", "NO", None, DATA_TYPES[r.returns.kind], None, None, None, None
        for number, (mode, name, kind) in enumerate(r.parameters, 1):
            yield r.schema, r.name, number, mode, "NO", "NO", name, kind, None, None, None, None


def triggers(of: Contents) -> Iterator[tuple[object, ...]]:
    for trigger in of.dictionary.triggers():
        table = of.dictionary.table(trigger.table)
        yield (table.schema, table.name, trigger.name, "/".join(trigger.events), trigger.order, "ROW", trigger.timing,
               None, None, None)  # fmt: skip


def current_statements(of: Contents) -> Iterator[tuple[object, ...]]:
    for process in of.processes():
        if process["statement"]:
            yield (process["id"], str(process["pid"]), process["user"], "xDBCQuery", process["type"], process["level"],
                   process["namespace"], process["statement"], 1, process["start"], process["duration"],
                   "Running")  # fmt: skip


def current_connections(of: Contents) -> Iterator[tuple[object, ...]]:
    for process in of.processes():
        yield (process["pid"], process["user"], "%All", "%All", "", process["level"], "localhost", "127.0.0.1",
               "pgiris", 0, 0, 0, process["id"], process["statement"])  # fmt: skip


def compiled_classes(of: Contents) -> Iterator[tuple[object, ...]]:
    for relation in of.dictionary.relations.values():
        kind = "persistent" if isinstance(relation, Table) else "view"
        yield (class_of(relation), kind, relation.schema, relation.name, relation.owner, 1,
               f"{relation.schema}.{relation.name}", "ID",
               0 if getattr(relation, "public_rowid", False) else 1)  # fmt: skip


def class_type(kind: IrisType) -> str:
    names = {
        Kind.BIT: "Boolean", Kind.TINYINT: "TinyInt", Kind.SMALLINT: "SmallInt", Kind.INTEGER: "Integer",
        Kind.BIGINT: "BigInt", Kind.NUMERIC: "Numeric", Kind.DOUBLE: "Double", Kind.STRING: "String",
        Kind.DATE: "Date", Kind.TIME: "Time", Kind.TIMESTAMP: "TimeStamp", Kind.POSIXTIME: "PosixTime",
        Kind.GUID: "UniqueIdentifier", Kind.BINARY: "Binary", Kind.VECTOR: "Vector", Kind.LIST: "List",
    }  # fmt: skip
    if kind.kind in names:
        return f"%Library.{names[kind.kind]}"
    return "%Stream.GlobalCharacter" if kind.kind is Kind.LONGVARCHAR else "%Stream.GlobalBinary"


def compiled_properties(of: Contents) -> Iterator[tuple[object, ...]]:
    for table in of.dictionary.tables():
        parent = class_of(table)
        for number, column in enumerate(table.columns, 2):
            name = "".join(c for c in column.name if c.isalnum())
            yield (f"{parent}||{name}", parent, name, column.name, number, class_type(column.type),
                   int(not column.nullable), int(column.identity), int(column.calculated),
                   int(column.computed is not None), column.computed, column.type.collation,
                   column.type.element.upper() or None, column.type.length or None, column.type.scale,
                   column.description or None, column.default)  # fmt: skip


def compiled_indexes(of: Contents) -> Iterator[tuple[object, ...]]:
    for table in of.dictionary.tables():
        parent = class_of(table)
        for index in table.indexes:
            names = ",".join(table.by_number(n).name for n in index.columns)
            kind = index.kind if index.kind in ("bitmap", "bitslice", "columnar") else "index"
            class_name = index.kind if index.kind.startswith("%") else None
            yield (f"{parent}||{index.name}", parent, index.name, index.name, names, kind, class_name,
                   int(index.unique), 0, str(index.parameters) if index.parameters else None)  # fmt: skip
        for key in table.keys:
            if key.kind in "PU":
                names = ",".join(table.by_number(n).name for n in key.columns)
                yield (f"{parent}||{key.name}", parent, key.name, key.name, names, "index", None, 1,
                       int(key.kind == "P"), None)  # fmt: skip


NULLS: Final = {
    "TABLES": "SELF_REFERENCING_COLUMN_NAME REFERENCE_GENERATION USER_DEFINED_TYPE_CATALOG USER_DEFINED_TYPE_SCHEMA "
              "USER_DEFINED_TYPE_NAME",
    "COLUMNS": "TABLE_CATALOG DTD_IDENTIFIER DOMAIN_CATALOG DOMAIN_SCHEMA DOMAIN_NAME IS_SELF_REFERENCING "
               "IDENTITY_GENERATION IDENTITY_START IDENTITY_INCREMENT IDENTITY_MAXIMUM IDENTITY_MINIMUM IDENTITY_CYCLE "
               "GENERATION_EXPRESSION DATETIME_PRECISION CHARACTER_SET_CATALOG CHARACTER_SET_SCHEMA CHARACTER_SET_NAME "
               "COLLATION_CATALOG COLLATION_SCHEMA COLLATION_NAME",
    "INDEXES": "TABLE_CATALOG INDEX_CATALOG",
    "TABLE_CONSTRAINTS": "CONSTRAINT_CATALOG TABLE_CATALOG",
    "KEY_COLUMN_USAGE": "CONSTRAINT_CATALOG TABLE_CATALOG REFERENCED_TABLE_CATALOG",
    "REFERENTIAL_CONSTRAINTS": "CONSTRAINT_CATALOG UNIQUE_CONSTRAINT_CATALOG",
    "SCHEMATA": "CATALOG_NAME SCHEMA_OWNER DEFAULT_CHARACTER_SET_CATALOG DEFAULT_CHARACTER_SET_SCHEMA "
                "DEFAULT_CHARACTER_SET_NAME SQL_PATH",
    "VIEWS": "TABLE_CATALOG IS_TRIGGER_UPDATABLE IS_TRIGGER_DELETABLE IS_TRIGGER_INSERTABLE_INTO",
}  # fmt: skip
"""Columns that are always NULL (information_schema.md 2)."""


def nothing(of: Contents) -> Iterator[tuple[object, ...]]:
    return iter(())


def define(
    schema: str, name: str, spec: str, rows: Callable[[Contents], Iterator[tuple[object, ...]]], live: bool = False
) -> SystemRelation:
    """A relation from a list of ``NAME:type`` words; types: n name, f flag, i integer, s text, d double, p private."""
    spec += "".join(f" {column}:0" for column in NULLS.get(name, "").split())
    kinds = {
        "0": t.varchar(128),
        "n": NAME,
        "f": FLAG,
        "i": t.INTEGER,
        "s": t.varchar(4096),
        "d": t.DOUBLE,
        "p": t.varchar(4096),
        "N": t.varchar(128),
    }
    result = []
    for number, part in enumerate(spec.split(), 1):
        column, _, letter = part.partition(":")
        result.append(SystemColumn(column, kinds[letter or "n"], f"c{number}", letter in ("p", "0")))
    return SystemRelation(schema, name, tuple(result), rows, live)


IS: Final = "INFORMATION_SCHEMA"
DICT: Final = "%Dictionary"
RELATIONS: Final[dict[str, SystemRelation]] = {
    relation.key: relation
    for relation in (
        define(IS, "TABLES", "TABLE_SCHEMA TABLE_NAME TABLE_TYPE:N IS_INSERTABLE_INTO:f IS_TYPED:f CLASSNAME:s "
               "DESCRIPTION:s OWNER:s IS_SHARDED:f TABLE_CATALOG:p", tables),
        define(IS, "COLUMNS", "TABLE_SCHEMA TABLE_NAME COLUMN_NAME ORDINAL_POSITION:i COLUMN_DEFAULT:s IS_NULLABLE:f "
               "IS_IDENTITY:f IS_GENERATED:f IS_UPDATABLE:f DATA_TYPE:N CHARACTER_MAXIMUM_LENGTH:i "
               "CHARACTER_OCTET_LENGTH:i NUMERIC_PRECISION:i NUMERIC_PRECISION_RADIX:i NUMERIC_SCALE:i DESCRIPTION:s "
               "AUTO_INCREMENT:f UNIQUE_COLUMN:f PRIMARY_KEY:f PROPERTY_NAME:p COMPUTE_CODE:p IS_PERSISTED:p "
               "VECTOR_TYPE:p", columns),
        define(IS, "INDEXES", "TABLE_SCHEMA TABLE_NAME NON_UNIQUE:i INDEX_SCHEMA INDEX_NAME ORDINAL_POSITION:i "
               "COLUMN_NAME ASC_OR_DESC:s PRIMARY_KEY:i MAP_STATUS:s DATA_FIELDS:s", indexes),
        define(IS, "TABLE_CONSTRAINTS", "CONSTRAINT_SCHEMA CONSTRAINT_NAME TABLE_SCHEMA TABLE_NAME CONSTRAINT_TYPE:N "
               "IS_DEFERRABLE:f INITIALLY_DEFERRED:f", table_constraints),
        define(IS, "KEY_COLUMN_USAGE", "CONSTRAINT_SCHEMA CONSTRAINT_NAME TABLE_SCHEMA TABLE_NAME COLUMN_NAME "
               "ORDINAL_POSITION:i POSITION_IN_UNIQUE_CONSTRAINT:i REFERENCED_TABLE_SCHEMA REFERENCED_TABLE_NAME "
               "REFERENCED_CONSTRAINT_NAME REFERENCED_COLUMN_NAME CONSTRAINT_TYPE:N", key_column_usage),
        define(IS, "REFERENTIAL_CONSTRAINTS", "CONSTRAINT_SCHEMA CONSTRAINT_TABLE_NAME CONSTRAINT_NAME "
               "UNIQUE_CONSTRAINT_SCHEMA UNIQUE_CONSTRAINT_TABLE UNIQUE_CONSTRAINT_NAME MATCH_OPTION:s UPDATE_RULE:s "
               "DELETE_RULE:s", referential_constraints),
        define(IS, "CONSTRAINT_COLUMN_USAGE", "TABLE_SCHEMA TABLE_NAME COLUMN_NAME CONSTRAINT_SCHEMA CONSTRAINT_NAME",
               constraint_columns),
        define(IS, "CONSTRAINT_TABLE_USAGE", "TABLE_SCHEMA TABLE_NAME CONSTRAINT_SCHEMA CONSTRAINT_NAME",
               constraint_tables),
        define(IS, "CHECK_CONSTRAINTS", "CONSTRAINT_SCHEMA CONSTRAINT_NAME CHECK_CLAUSE:s", nothing),
        define(IS, "SCHEMATA", "SCHEMA_NAME", schemata),
        define(IS, "VIEWS", "TABLE_SCHEMA TABLE_NAME VIEW_DEFINITION:s CHECK_OPTION:s IS_UPDATABLE:f DESCRIPTION:s "
               "DATE_CREATED:s DATE_MODIFIED:s CLASSNAME:s OWNER:s QUERY_NAME:s", views),
        define(IS, "VIEW_TABLE_USAGE", "VIEW_SCHEMA VIEW_NAME TABLE_SCHEMA TABLE_NAME", view_tables),
        define(IS, "ROUTINES", "SPECIFIC_SCHEMA SPECIFIC_NAME ROUTINE_SCHEMA ROUTINE_NAME ROUTINE_TYPE:N "
               "ROUTINE_BODY:s ROUTINE_DEFINITION:s SQL_DATA_ACCESS:s IS_NULL_CALL:f SCHEMA_LEVEL_ROUTINE:f "
               "IS_USER_DEFINED_CAST:f SECURITY_TYPE:s AS_LOCATOR:f "
               "DATA_TYPE:s CHARACTER_MAXIMUM_LENGTH:i NUMERIC_PRECISION:i "
               "NUMERIC_PRECISION_RADIX:i NUMERIC_SCALE:i CLASSNAME:s METHOD_OR_QUERY_NAME:s", routines),
        define(IS, "PARAMETERS", "SPECIFIC_SCHEMA SPECIFIC_NAME ORDINAL_POSITION:i PARAMETER_MODE:s IS_RESULT:s "
               "AS_LOCATOR:f PARAMETER_NAME DATA_TYPE:s CHARACTER_MAXIMUM_LENGTH:i NUMERIC_PRECISION:i "
               "NUMERIC_PRECISION_RADIX:i NUMERIC_SCALE:i", parameters),
        define(IS, "TRIGGERS", "TABLE_SCHEMA TABLE_NAME TRIGGER_NAME EVENT_MANIPULATION:s ACTION_ORDER:i "
               "ACTION_ORIENTATION:s ACTION_TIMING:s ACTION_REFERENCE_OLD_TABLE:s ACTION_REFERENCE_NEW_TABLE:s "
               "CREATED:s",
               triggers),
        define(IS, "CURRENT_STATEMENTS", "SQLStatementID:i ProcessID:s UserName:s QueryRunType:s QueryStmtType:i "
               "TP_NestingLevel:i Namespace:s CachedQuery:s StatementOrder:i ExecutionStart:s ExecutionDuration:d "
               "Status:s", current_statements, live=True),
        define(IS, "CURRENT_CONNECTIONS", "Pid:i Username:s Roles:s LoginRoles:s Routine:s InTransaction:i "
               "ClientNodeName:s ClientIPAddress:s ClientExecutableName:s MemoryAllocated:i MemoryUsed:i MemoryPeak:i "
               "StatementId:i Statement:s", current_connections, live=True),
        define(IS, "STATEMENTS", "Hash:s Statement:s Timestamp:s StatCount:i StatTotal:d", nothing),
        define(IS, "USER_DEFINED_AGGREGATES", "AGGREGATE_SCHEMA AGGREGATE_NAME RETURN_TYPE:s PARAMETER_LIST:s OWNER:s",
               nothing),
        define(IS, "FOREIGN_SERVERS", "SERVER_SCHEMA SERVER_NAME CLASSNAME:s FOREIGN_DATA_WRAPPER:s OWNER:s", nothing),
        define(IS, "FOREIGN_TABLES", "SERVER_SCHEMA SERVER_NAME TABLE_SCHEMA TABLE_NAME CLASSNAME:s OWNER:s", nothing),
        define(DICT, "CompiledClass", "Name:s ClassType:s SqlSchemaName SqlTableName Owner:s DdlAllowed:i "
               "SqlQualifiedNameQ:s SqlRowIdName:s SqlRowIdPrivate:i", compiled_classes),
        define(DICT, "ClassDefinition", "Name:s ClassType:s SqlSchemaName SqlTableName Owner:s DdlAllowed:i "
               "SqlQualifiedNameQ:s SqlRowIdName:s SqlRowIdPrivate:i", compiled_classes),
        define(DICT, "CompiledProperty", "ID:s parent:s Name:s SqlFieldName:s SqlColumnNumber:i Type:s Required:i "
               "_Identity:i Calculated:i SqlComputed:i SqlComputeCode:s Collation:s DataType:s Len:i Scale:i "
               "Description:s InitialExpression:s", compiled_properties),
        define(DICT, "PropertyDefinition", "ID:s parent:s Name:s SqlFieldName:s SqlColumnNumber:i Type:s Required:i "
               "_Identity:i Calculated:i SqlComputed:i SqlComputeCode:s Collation:s DataType:s Len:i Scale:i "
               "Description:s InitialExpression:s", compiled_properties),
        define(DICT, "CompiledIndex", "ID:s parent:s Name:s SqlName:s Properties:s Type:s TypeClass:s _Unique:i "
               "PrimaryKey:i Parameters:s", compiled_indexes),
        define(DICT, "IndexDefinition", "ID:s parent:s Name:s SqlName:s Properties:s Type:s TypeClass:s _Unique:i "
               "PrimaryKey:i Parameters:s", compiled_indexes),
    )
}  # fmt: skip


def find(schema: str, name: str) -> SystemRelation | None:
    """The system relation of that name; these are always qualified."""
    return RELATIONS.get(f"{schema}.{name}".lower()) if schema else None


def usage_rows() -> None:
    """Nothing to keep."""


def constraint_name(key: Key) -> str:
    return key.name
