"""IRIS data types: DDL names, ODBC codes, and how the stand-in stores them (types.tsv, RSQL_datatype).

Storage in SQLite: integers and BIT as INTEGER; NUMERIC as order-preserving text (`decimals`); DOUBLE as REAL; strings
as TEXT; DATE as days since 1840-12-31; TIME as nanoseconds since midnight; TIMESTAMP as text; POSIXTIME as
IRIS's encoded 64-bit integer; binary, vectors and lists as BLOB.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, NamedTuple


class Kind(Enum):
    """The kinds of IRIS types the stand-in tells apart."""

    BIT = "BIT"
    TINYINT = "TINYINT"
    SMALLINT = "SMALLINT"
    INTEGER = "INTEGER"
    BIGINT = "BIGINT"
    NUMERIC = "NUMERIC"
    DOUBLE = "DOUBLE"
    STRING = "VARCHAR"
    DATE = "DATE"
    TIME = "TIME"
    TIMESTAMP = "TIMESTAMP"
    POSIXTIME = "POSIXTIME"
    GUID = "UNIQUEIDENTIFIER"
    BINARY = "VARBINARY"
    LONGVARCHAR = "LONGVARCHAR"
    LONGVARBINARY = "LONGVARBINARY"
    VECTOR = "VECTOR"
    LIST = "LIST"
    NULL = "NULL"


INTEGERS: Final = frozenset({Kind.BIT, Kind.TINYINT, Kind.SMALLINT, Kind.INTEGER, Kind.BIGINT})
NUMBERS: Final = INTEGERS | {Kind.NUMERIC, Kind.DOUBLE}
STRINGS: Final = frozenset({Kind.STRING, Kind.GUID, Kind.LONGVARCHAR})
STREAMS: Final = frozenset({Kind.LONGVARCHAR, Kind.LONGVARBINARY})
MOMENTS: Final = frozenset({Kind.DATE, Kind.TIME, Kind.TIMESTAMP, Kind.POSIXTIME})

ODBC_CODES: Final = {
    Kind.BIT: -7,
    Kind.TINYINT: -6,
    Kind.SMALLINT: 5,
    Kind.INTEGER: 4,
    Kind.BIGINT: -5,
    Kind.NUMERIC: 2,
    Kind.DOUBLE: 8,
    Kind.STRING: 12,
    Kind.DATE: 9,
    Kind.TIME: 10,
    Kind.TIMESTAMP: 11,
    Kind.POSIXTIME: 11,
    Kind.GUID: -11,
    Kind.BINARY: -3,
    Kind.LONGVARCHAR: -1,
    Kind.LONGVARBINARY: -4,
    Kind.VECTOR: 12,
    Kind.LIST: 12,
    Kind.NULL: 12,
}

INTEGER_RANGES: Final = {
    Kind.BIT: (0, 1),
    Kind.TINYINT: (-128, 127),
    Kind.SMALLINT: (-32768, 32767),
    Kind.INTEGER: (-(2**31), 2**31 - 1),
    Kind.BIGINT: (-(2**63), 2**63 - 1),
}

INTEGER_PRECISION: Final = {
    Kind.BIT: 1,
    Kind.TINYINT: 3,
    Kind.SMALLINT: 5,
    Kind.INTEGER: 10,
    Kind.BIGINT: 19,
}

PRECEDENCE: Final = (
    Kind.STRING,
    Kind.DOUBLE,
    Kind.NUMERIC,
    Kind.BIGINT,
    Kind.INTEGER,
    Kind.SMALLINT,
    Kind.TINYINT,
    Kind.BIT,
)
"""Type of UNION, CASE, COALESCE columns: the first kind of this row that occurs (RSQL_union, RSQL_case)."""


@dataclass(frozen=True, slots=True)
class IrisType:
    """A type with its parameters. `length` is MAXLEN in characters (0: none), of a VECTOR the number of elements."""

    kind: Kind
    length: int = 0
    precision: int = 0
    scale: int = 0
    collation: str = "EXACT"
    element: str = ""
    name: str = ""
    minimum: int | None = None
    maximum: int | None = None

    @property
    def odbc(self) -> int:
        return ODBC_CODES[self.kind]

    @property
    def is_number(self) -> bool:
        return self.kind in NUMBERS

    @property
    def is_integer(self) -> bool:
        return self.kind in INTEGERS

    @property
    def is_string(self) -> bool:
        return self.kind in STRINGS

    @property
    def is_stream(self) -> bool:
        return self.kind in STREAMS

    def exact(self) -> IrisType:
        """The same type with EXACT collation: what an expression over a column has (sql.md 4.4)."""
        return self if self.collation == "EXACT" else replace(self, collation="EXACT")


BIT: Final = IrisType(Kind.BIT, precision=1)
TINYINT: Final = IrisType(Kind.TINYINT, precision=3)
SMALLINT: Final = IrisType(Kind.SMALLINT, precision=5)
INTEGER: Final = IrisType(Kind.INTEGER, precision=10)
BIGINT: Final = IrisType(Kind.BIGINT, precision=19)
DOUBLE: Final = IrisType(Kind.DOUBLE, precision=20)
STRING: Final = IrisType(Kind.STRING)
DATE: Final = IrisType(Kind.DATE, precision=10)
TIME: Final = IrisType(Kind.TIME, precision=8)
TIMESTAMP: Final = IrisType(Kind.TIMESTAMP, precision=29, scale=9)
POSIXTIME: Final = IrisType(Kind.POSIXTIME, precision=26, scale=6)
GUID: Final = IrisType(Kind.GUID, length=36)
BINARY: Final = IrisType(Kind.BINARY)
LONGVARCHAR: Final = IrisType(Kind.LONGVARCHAR)
LONGVARBINARY: Final = IrisType(Kind.LONGVARBINARY)
LIST: Final = IrisType(Kind.LIST)
NULL: Final = IrisType(Kind.NULL)


def numeric(precision: int = 36, scale: int = 18) -> IrisType:
    """NUMERIC(precision, scale)."""
    return IrisType(Kind.NUMERIC, precision=precision, scale=scale)


def varchar(length: int, collation: str = "EXACT") -> IrisType:
    """VARCHAR(length)."""
    return IrisType(Kind.STRING, length=length, collation=collation)


class DdlType(NamedTuple):
    """A DDL type name: its kind, the default length or precision and scale, and its range when narrower."""

    kind: Kind
    length: int = 0
    scale: int = 0
    minimum: int | None = None
    maximum: int | None = None


DDL_TYPES: Final[dict[str, DdlType]] = {
    "BIT": DdlType(Kind.BIT),
    "BOOLEAN": DdlType(Kind.BIT),
    "TINYINT": DdlType(Kind.TINYINT),
    "SMALLINT": DdlType(Kind.SMALLINT),
    "MEDIUMINT": DdlType(Kind.INTEGER, minimum=-8388608, maximum=8388607),
    "INT": DdlType(Kind.INTEGER),
    "INTEGER": DdlType(Kind.INTEGER),
    "BIGINT": DdlType(Kind.BIGINT),
    "SERIAL": DdlType(Kind.BIGINT),
    "ROWVERSION": DdlType(Kind.BIGINT),
    "IDENTITY": DdlType(Kind.BIGINT),
    "NUMERIC": DdlType(Kind.NUMERIC, 15, 0),
    "DECIMAL": DdlType(Kind.NUMERIC, 15, 0),
    "DEC": DdlType(Kind.NUMERIC, 15, 0),
    "NUMBER": DdlType(Kind.NUMERIC, 15, 0),
    "MONEY": DdlType(Kind.NUMERIC, 19, 4),
    "SMALLMONEY": DdlType(Kind.NUMERIC, 10, 4),
    "DOUBLE": DdlType(Kind.DOUBLE),
    "DOUBLE PRECISION": DdlType(Kind.DOUBLE),
    "FLOAT": DdlType(Kind.DOUBLE),
    "REAL": DdlType(Kind.DOUBLE),
    "VARCHAR": DdlType(Kind.STRING, 1),
    "CHAR": DdlType(Kind.STRING, 1),
    "CHARACTER": DdlType(Kind.STRING, 1),
    "CHAR VARYING": DdlType(Kind.STRING, 1),
    "CHARACTER VARYING": DdlType(Kind.STRING, 1),
    "NCHAR": DdlType(Kind.STRING, 1),
    "NVARCHAR": DdlType(Kind.STRING, 1),
    "VARCHAR2": DdlType(Kind.STRING, 1),
    "NATIONAL CHAR": DdlType(Kind.STRING, 1),
    "NATIONAL CHARACTER": DdlType(Kind.STRING, 1),
    "NATIONAL VARCHAR": DdlType(Kind.STRING, 1),
    "NATIONAL CHAR VARYING": DdlType(Kind.STRING, 1),
    "NATIONAL CHARACTER VARYING": DdlType(Kind.STRING, 1),
    "SYSNAME": DdlType(Kind.STRING, 128),
    "%STRING": DdlType(Kind.STRING, 50),
    "%LIBRARY.STRING": DdlType(Kind.STRING, 50),
    "%INTEGER": DdlType(Kind.BIGINT),
    "%LIST": DdlType(Kind.LIST),
    "TEXT": DdlType(Kind.LONGVARCHAR),
    "CLOB": DdlType(Kind.LONGVARCHAR),
    "LONGTEXT": DdlType(Kind.LONGVARCHAR),
    "MEDIUMTEXT": DdlType(Kind.LONGVARCHAR),
    "NTEXT": DdlType(Kind.LONGVARCHAR),
    "LONG": DdlType(Kind.LONGVARCHAR),
    "LONG VARCHAR": DdlType(Kind.LONGVARCHAR),
    "LONGVARCHAR": DdlType(Kind.LONGVARCHAR),
    "BLOB": DdlType(Kind.LONGVARBINARY),
    "IMAGE": DdlType(Kind.LONGVARBINARY),
    "LONG BINARY": DdlType(Kind.LONGVARBINARY),
    "LONG RAW": DdlType(Kind.LONGVARBINARY),
    "LONGVARBINARY": DdlType(Kind.LONGVARBINARY),
    "VARBINARY": DdlType(Kind.BINARY, 1),
    "BINARY": DdlType(Kind.BINARY, 1),
    "BINARY VARYING": DdlType(Kind.BINARY, 1),
    "RAW": DdlType(Kind.BINARY, 1),
    "DATE": DdlType(Kind.DATE),
    "TIME": DdlType(Kind.TIME),
    "TIMESTAMP2": DdlType(Kind.TIMESTAMP),
    "DATETIME": DdlType(Kind.TIMESTAMP),
    "DATETIME2": DdlType(Kind.TIMESTAMP),
    "SMALLDATETIME": DdlType(Kind.TIMESTAMP),
    "TIMESTAMP": DdlType(Kind.POSIXTIME),
    "POSIXTIME": DdlType(Kind.POSIXTIME),
    "UNIQUEIDENTIFIER": DdlType(Kind.GUID, 36),
    "GUID": DdlType(Kind.GUID, 36),
    "VECTOR": DdlType(Kind.VECTOR),
    "EMBEDDING": DdlType(Kind.VECTOR),
}
"""Names that CREATE TABLE takes (types.tsv ddl_aliases)."""

CAST_TYPES: Final = frozenset(
    {
        "CHAR", "CHARACTER", "VARCHAR", "CHAR VARYING", "CHARACTER VARYING", "NCHAR", "NVARCHAR", "VARCHAR2",
        "NATIONAL CHAR", "NATIONAL VARCHAR", "NATIONAL CHARACTER",
        "INT", "INTEGER", "BIGINT", "SMALLINT", "TINYINT", "DEC", "DECIMAL", "NUMERIC", "NUMBER", "DOUBLE",
        "DOUBLE PRECISION", "FLOAT", "MONEY", "SMALLMONEY", "DATE", "TIME", "TIMESTAMP", "DATETIME", "DATETIME2",
        "TIMESTAMP2", "SMALLDATETIME", "POSIXTIME", "BIT", "BINARY", "VARBINARY", "BINARY VARYING", "GUID",
        "UNIQUEIDENTIFIER", "LONGVARCHAR", "VECTOR",
    }
)  # fmt: skip
"""Names that CAST takes (RSQL_cast); any other is SQLCODE -376."""

VECTOR_ELEMENTS: Final = {
    "FLOAT": "float",
    "DOUBLE": "double",
    "DECIMAL": "decimal",
    "INTEGER": "integer",
    "INT": "integer",
    "TIMESTAMP": "timestamp",
    "VARCHAR": "varchar",
    "STRING": "varchar",
}
