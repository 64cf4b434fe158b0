"""IRIS's data types, as data: synonyms, parameters, use in CREATE TABLE and CAST (RSQL_datatype, RSQL_cast)."""

from __future__ import annotations

from typing import Final, NamedTuple

from sqlglot import exp

from pgiris.sql.iris.words import words


class Type(NamedTuple):
    """`dtype` is what other dialects call it; `parameters` the most numbers that may stand in parentheses."""

    dtype: exp.DType
    parameters: int = 0


TYPES: Final[dict[str, Type]] = {
    "BIT": Type(exp.DType.BIT),
    "TINYINT": Type(exp.DType.TINYINT, 1),
    "SMALLINT": Type(exp.DType.SMALLINT, 1),
    "MEDIUMINT": Type(exp.DType.MEDIUMINT, 1),
    "INTEGER": Type(exp.DType.INT, 1),
    "BIGINT": Type(exp.DType.BIGINT, 1),
    "SERIAL": Type(exp.DType.SERIAL),
    "ROWVERSION": Type(exp.DType.ROWVERSION),
    "NUMERIC": Type(exp.DType.DECIMAL, 2),
    "MONEY": Type(exp.DType.MONEY),
    "SMALLMONEY": Type(exp.DType.SMALLMONEY),
    "DOUBLE": Type(exp.DType.DOUBLE, 1),
    "CHAR": Type(exp.DType.CHAR, 1),
    "VARCHAR": Type(exp.DType.VARCHAR, 1),
    "SYSNAME": Type(exp.DType.VARCHAR),
    "LONGVARCHAR": Type(exp.DType.TEXT, 1),
    "BINARY": Type(exp.DType.BINARY, 1),
    "VARBINARY": Type(exp.DType.VARBINARY, 1),
    "LONGVARBINARY": Type(exp.DType.BLOB),
    "DATE": Type(exp.DType.DATE),
    "TIME": Type(exp.DType.TIME, 1),
    "TIMESTAMP": Type(exp.DType.TIMESTAMP, 1),
    "TIMESTAMP2": Type(exp.DType.TIMESTAMP),
    "DATETIME": Type(exp.DType.DATETIME),
    "DATETIME2": Type(exp.DType.DATETIME2),
    "SMALLDATETIME": Type(exp.DType.SMALLDATETIME),
    "POSIXTIME": Type(exp.DType.TIMESTAMP),
    "UNIQUEIDENTIFIER": Type(exp.DType.UUID),
    "VECTOR": Type(exp.DType.VECTOR, 2),
    "EMBEDDING": Type(exp.DType.VECTOR, 2),
}
"""Types by IRIS's own name."""

SYNONYMS: Final[dict[str, str]] = {
    "INT": "INTEGER",
    "DECIMAL": "NUMERIC",
    "DEC": "NUMERIC",
    "NUMBER": "NUMERIC",
    "FLOAT": "DOUBLE",
    "REAL": "DOUBLE",
    "DOUBLE PRECISION": "DOUBLE",
    "CHARACTER": "CHAR",
    "NCHAR": "CHAR",
    "NATIONAL CHAR": "CHAR",
    "NATIONAL CHARACTER": "CHAR",
    "CHAR VARYING": "VARCHAR",
    "CHARACTER VARYING": "VARCHAR",
    "NATIONAL VARCHAR": "VARCHAR",
    "NATIONAL CHAR VARYING": "VARCHAR",
    "NATIONAL CHARACTER VARYING": "VARCHAR",
    "NVARCHAR": "VARCHAR",
    "VARCHAR2": "VARCHAR",
    "LONG": "LONGVARCHAR",
    "LONG VARCHAR": "LONGVARCHAR",
    "CLOB": "LONGVARCHAR",
    "TEXT": "LONGVARCHAR",
    "NTEXT": "LONGVARCHAR",
    "LONGTEXT": "LONGVARCHAR",
    "MEDIUMTEXT": "LONGVARCHAR",
    "BINARY VARYING": "VARBINARY",
    "RAW": "VARBINARY",
    "BLOB": "LONGVARBINARY",
    "IMAGE": "LONGVARBINARY",
    "LONG BINARY": "LONGVARBINARY",
    "LONG RAW": "LONGVARBINARY",
    "GUID": "UNIQUEIDENTIFIER",
}
"""Names that are mapped to another type when a column is created."""

LONGEST_NAME: Final = 3
"""Words of the longest type name: NATIONAL CHARACTER VARYING."""

CAST_TARGETS: Final = frozenset(
    {
        "CHAR",
        "VARCHAR",
        "INTEGER",
        "BIGINT",
        "SMALLINT",
        "TINYINT",
        "NUMERIC",
        "DOUBLE",
        "MONEY",
        "SMALLMONEY",
        "DATE",
        "TIME",
        "TIMESTAMP",
        "DATETIME",
        "SMALLDATETIME",
        "POSIXTIME",
        "BIT",
        "BINARY",
        "VARBINARY",
        "UNIQUEIDENTIFIER",
    }
)
"""Targets of CAST and CONVERT (RSQL_cast); any other is -376."""

NOT_CAST_SPELLINGS: Final = frozenset({"REAL", "NUMBER", "RAW", "VARCHAR2"})
"""Synonyms that CREATE TABLE knows and CAST does not list. FLOAT is not listed either, but clients of IRIS send it."""

ODBC_TYPES: Final = words(
    """
    SQL_BIGINT SQL_BINARY SQL_BIT SQL_CHAR SQL_DATE SQL_DECIMAL SQL_DOUBLE SQL_FLOAT SQL_INTEGER SQL_LONGVARCHAR
    SQL_NUMERIC SQL_POSIXTIME SQL_REAL SQL_SMALLINT SQL_TIME SQL_TIMESTAMP SQL_TINYINT SQL_VARBINARY SQL_VARCHAR
    SQL_WVARCHAR
    """
)
"""Types of ``{fn CONVERT(e, type)}`` (RSQL_convert)."""

VECTOR_ELEMENTS: Final[dict[str, str]] = {
    "DOUBLE": "DOUBLE",
    "DECIMAL": "DECIMAL",
    "FLOAT": "FLOAT",
    "INTEGER": "INTEGER",
    "INT": "INTEGER",
    "TIMESTAMP": "TIMESTAMP",
    "STRING": "STRING",
    "VARCHAR": "STRING",
}
"""Element types of VECTOR and TO_VECTOR, with what they are called in the tree (RSQL_tovector)."""

PRINTED_TYPES: Final[dict[exp.DType, str]] = {
    exp.DType.BIT: "BIT",
    exp.DType.BOOLEAN: "BIT",
    exp.DType.TINYINT: "TINYINT",
    exp.DType.SMALLINT: "SMALLINT",
    exp.DType.MEDIUMINT: "MEDIUMINT",
    exp.DType.INT: "INTEGER",
    exp.DType.BIGINT: "BIGINT",
    exp.DType.DECIMAL: "NUMERIC",
    exp.DType.MONEY: "MONEY",
    exp.DType.FLOAT: "DOUBLE",
    exp.DType.DOUBLE: "DOUBLE",
    exp.DType.CHAR: "CHAR",
    exp.DType.NCHAR: "CHAR",
    exp.DType.BPCHAR: "CHAR",
    exp.DType.VARCHAR: "VARCHAR",
    exp.DType.NVARCHAR: "VARCHAR",
    exp.DType.TEXT: "LONGVARCHAR",
    exp.DType.BINARY: "BINARY",
    exp.DType.VARBINARY: "VARBINARY",
    exp.DType.BLOB: "LONGVARBINARY",
    exp.DType.DATE: "DATE",
    exp.DType.TIME: "TIME",
    exp.DType.TIMESTAMP: "TIMESTAMP",
    exp.DType.DATETIME: "DATETIME",
    exp.DType.UUID: "UNIQUEIDENTIFIER",
    exp.DType.VECTOR: "VECTOR",
}
"""What a type of another dialect, which names no type of IRIS, is printed as; others are refused."""
