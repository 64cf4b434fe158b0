"""The functions of IRIS SQL, as data: how each is written, with how many arguments (document keys RSQL_<name>)."""

from __future__ import annotations

from typing import Final, NamedTuple

from pgiris.sql.iris.words import words

ANY: Final = 255
"""No documented upper bound of arguments."""


class Function(NamedTuple):
    """`bare` is ``F(x)``, `odbc` is ``{fn F(x)}``; `naked` allows either without parentheses."""

    least: int
    most: int
    bare: bool = True
    odbc: bool = False
    naked: bool = False


def _plain(least: int, most: int) -> Function:
    return Function(least, most)


def _both(least: int, most: int) -> Function:
    return Function(least, most, odbc=True)


def _odbc(least: int, most: int) -> Function:
    return Function(least, most, bare=False, odbc=True)


SCALAR: Final[dict[str, Function]] = {
    # Numbers
    "ABS": _both(1, 1),
    "ACOS": _odbc(1, 1),
    "ASIN": _odbc(1, 1),
    "ATAN": _odbc(1, 1),
    "ATAN2": _odbc(2, 2),
    "CEILING": _both(1, 1),
    "COS": _odbc(1, 1),
    "COT": _odbc(1, 1),
    "DEGREES": _both(1, 1),
    "EXP": _odbc(1, 1),
    "FLOOR": _both(1, 1),
    "GREATEST": _plain(2, 140),
    "ISNUMERIC": _plain(1, 1),
    "LEAST": _plain(2, 140),
    "LOG": _odbc(1, 1),
    "LOG10": _odbc(1, 1),
    "MOD": _both(2, 2),
    "PI": Function(0, 0, bare=False, odbc=True, naked=True),
    "POWER": _both(2, 2),
    "RADIANS": _both(1, 1),
    "ROUND": _both(2, 3),
    "SIGN": _both(1, 1),
    "SIN": _odbc(1, 1),
    "SQRT": _both(1, 1),
    "SQUARE": _plain(1, 1),
    "TAN": _odbc(1, 1),
    "TO_NUMBER": _plain(1, 1),
    "TONUMBER": _plain(1, 1),
    "TRUNCATE": _odbc(2, 2),
    "$JUSTIFY": _plain(2, 3),
    # Strings
    "ASCII": _both(1, 1),
    "CHAR": _both(1, 1),
    "CHARACTER_LENGTH": _plain(1, 1),
    "CHARINDEX": _plain(2, 3),
    "CHAR_LENGTH": _plain(1, 1),
    "CONCAT": _odbc(2, 2),
    "DATALENGTH": _plain(1, 1),
    "INSTR": _plain(2, 4),
    "LCASE": _both(1, 1),
    "LEFT": _odbc(2, 2),
    "LEN": _plain(1, 1),
    "LENGTH": _both(1, 1),
    "LOWER": _plain(1, 1),
    "LPAD": _plain(2, 3),
    "LTRIM": _both(1, 1),
    "POSITION": _plain(2, 2),
    "REPEAT": _both(2, 2),
    "REPLACE": _plain(3, 3),
    "REPLICATE": _plain(2, 2),
    "REVERSE": _plain(1, 1),
    "RIGHT": _odbc(2, 2),
    "RPAD": _plain(2, 3),
    "RTRIM": _both(1, 1),
    "SPACE": _both(1, 1),
    "STR": _plain(1, 3),
    "STRING": _plain(1, ANY),
    "STUFF": _plain(4, 4),
    "SUBSTR": _plain(2, 3),
    "SUBSTRING": _both(2, 3),
    "TRIM": _plain(1, 2),
    "UCASE": _both(1, 1),
    "UPPER": _plain(1, 1),
    "$EXTRACT": _plain(1, 3),
    "$FIND": _plain(2, 3),
    "$LENGTH": _plain(1, 2),
    "$PIECE": _plain(2, 4),
    "$TRANSLATE": _plain(2, 3),
    "HASHBYTES": _plain(2, 2),
    "XMLCONCAT": _plain(2, ANY),
    "XMLELEMENT": _plain(1, ANY),
    "XMLFOREST": _plain(1, ANY),
    # Collation and format
    "%ALPHAUP": _plain(1, 1),
    "%EXACT": _plain(1, 1),
    "%MINUS": _plain(1, 1),
    "%MVR": _plain(1, 1),
    "%PLUS": _plain(1, 1),
    "%SPACE": _plain(1, 1),
    "%SQLSTRING": _plain(1, 2),
    "%SQLUPPER": _plain(1, 2),
    "%STRING": _plain(1, 2),
    "%TRUNCATE": _plain(1, 2),
    "%UPPER": _plain(1, 1),
    "%EXTERNAL": _plain(1, 1),
    "%INTERNAL": _plain(1, 1),
    "%ODBCIN": _plain(1, 1),
    "%ODBCOUT": _plain(1, 1),
    "%OBJECT": _plain(1, 1),
    "%OID": _plain(1, 1),
    # Conversion and choice
    "CAST": _plain(1, 1),
    "COALESCE": _plain(1, ANY),
    "CONVERT": Function(2, 3, odbc=True),
    "DECODE": _plain(3, ANY),
    "IFNULL": Function(2, 3, odbc=True),
    "ISNULL": _plain(2, 2),
    "NULLIF": _plain(2, 2),
    "NVL": _plain(2, 2),
    # Dates and times
    "CURDATE": Function(0, 0, bare=False, odbc=True, naked=True),
    "CURRENT_DATE": Function(0, 0, bare=False, naked=True),
    "CURRENT_TIME": Function(0, 1, naked=True),
    "CURRENT_TIMESTAMP": Function(0, 1, naked=True),
    "CURTIME": Function(0, 0, bare=False, odbc=True, naked=True),
    "DATE": _plain(1, 1),
    "DATEADD": _plain(3, 3),
    "DATEDIFF": _plain(3, 3),
    "DATENAME": _plain(2, 2),
    "DATEPART": _plain(2, 2),
    "DATE_TRUNC": _plain(2, 2),
    "DAY": _both(1, 1),
    "DAYNAME": _odbc(1, 1),
    "DAYOFMONTH": _odbc(1, 1),
    "DAYOFWEEK": _odbc(1, 1),
    "DAYOFYEAR": _odbc(1, 1),
    "GETDATE": _plain(0, 1),
    "GETUTCDATE": _plain(0, 1),
    "HOUR": _odbc(1, 1),
    "LAST_DAY": _plain(1, 1),
    "MINUTE": _odbc(1, 1),
    "MONTH": _both(1, 1),
    "MONTHNAME": _odbc(1, 1),
    "NOW": Function(0, 0, odbc=True, naked=True),
    "QUARTER": _odbc(1, 1),
    "SECOND": _odbc(1, 1),
    "SYSDATE": Function(0, 0, bare=False, naked=True),
    "TIMESTAMPADD": _odbc(3, 3),
    "TIMESTAMPDIFF": _odbc(3, 3),
    "TOCHAR": _plain(1, 2),
    "TODATE": _plain(1, 2),
    "TO_CHAR": _plain(1, 2),
    "TO_DATE": _plain(1, 2),
    "TO_POSIXTIME": _plain(1, 2),
    "TO_TIMESTAMP": _plain(1, 2),
    "UNIX_TIMESTAMP": _plain(0, 1),
    "WEEK": _odbc(1, 1),
    "YEAR": _both(1, 1),
    # JSON, vectors, machine learning
    "EMBEDDING": _plain(1, 2),
    "JSON_ARRAY": _plain(0, ANY),
    "JSON_OBJECT": _plain(0, ANY),
    "PREDICT": _plain(1, 1),
    "PROBABILITY": _plain(1, 1),
    "SEARCH_INDEX": _plain(1, ANY),
    "TO_VECTOR": _plain(1, 3),
    "VECTOR_COSINE": _plain(2, 2),
    "VECTOR_DOT_PRODUCT": _plain(2, 2),
    # Lists
    "$LIST": _plain(1, 3),
    "$LISTBUILD": _plain(0, ANY),
    "$LB": _plain(0, ANY),
    "$LISTDATA": _plain(1, 2),
    "$LISTFIND": _plain(2, 3),
    "$LISTFROMSTRING": _plain(1, 2),
    "$LISTGET": _plain(1, 3),
    "$LISTLENGTH": _plain(1, 1),
    "$LISTSAME": _plain(2, 2),
    "$LISTTOSTRING": _plain(1, 2),
    # Session
    "$TSQL_NEWID": _plain(0, 0),
    "CURRENT_USER": Function(0, 0, bare=False, naked=True),
    "DATABASE": Function(0, 0, bare=False, odbc=True, naked=True),
    "LAST_IDENTITY": _plain(0, 0),
    "SESSION_USER": Function(0, 0, bare=False, naked=True),
    "SYSTEM_USER": Function(0, 0, bare=False, naked=True),
    "USER": Function(0, 0, bare=False, odbc=True, naked=True),
    "$HOROLOG": Function(0, 0, bare=False, naked=True),
    "$JOB": Function(0, 0, bare=False, naked=True),
    "$NAMESPACE": Function(0, 0, bare=False, naked=True),
    "$TLEVEL": Function(0, 0, bare=False, naked=True),
    "$USERNAME": Function(0, 0, bare=False, naked=True),
    "$ZHOROLOG": Function(0, 0, bare=False, naked=True),
    "$ZJOB": Function(0, 0, bare=False, naked=True),
    "$ZPI": Function(0, 0, bare=False, naked=True),
    "$ZTIMESTAMP": Function(0, 0, bare=False, naked=True),
    "$ZTIMEZONE": Function(0, 0, bare=False, naked=True),
    "$ZVERSION": Function(0, 0, bare=False, naked=True),
}
"""Scalar functions and special variables by name."""

SYSTEM: Final[dict[str, Function]] = {
    "%SYSTEM_SQL.DEFAULTSCHEMA": _plain(0, 0),
    "%SYSTEM_SQL.UTIL_GETOPTION": _plain(1, 1),
    "%SYSTEM_SQL.UTIL_SETOPTION": _plain(2, 2),
    "%TSQL.ZRAND": _plain(1, 1),
}
"""Functions of system classes, by schema and name in upper case."""

AGGREGATES: Final = words(
    """
    APPROX_COUNT_DISTINCT AVG COUNT %DLIST JSON_ARRAYAGG LIST MAX MIN STDDEV STDDEV_POP STDDEV_SAMP SUM VARIANCE VAR_POP
    VAR_SAMP XMLAGG
    """
)
"""Aggregate functions (RSQL_aggregate)."""

WINDOWED_AGGREGATES: Final = frozenset({"AVG", "COUNT", "MAX", "MIN", "SUM"})
"""Aggregates that take an OVER clause (RSQL_windowfunctions)."""

WINDOW: Final[dict[str, Function]] = {
    "CUME_DIST": _plain(0, 0),
    "DENSE_RANK": _plain(0, 0),
    "FIRST_VALUE": _plain(1, 1),
    "LAG": _plain(1, 3),
    "LAST_VALUE": _plain(1, 1),
    "LEAD": _plain(1, 3),
    "NTH_VALUE": _plain(2, 2),
    "NTILE": _plain(1, 1),
    "PERCENT_RANK": _plain(0, 0),
    "RANK": _plain(0, 0),
    "ROW_NUMBER": _plain(0, 0),
}
"""Functions that need an OVER clause."""

PREFIX: Final = words(
    """
    %ALPHAUP %EXACT %EXTERNAL %INTERNAL %MINUS %MVR %ODBCIN %ODBCOUT %PLUS %SPACE %SQLSTRING %SQLUPPER %STRING
    %TRUNCATE %UPPER UPPER
    """
)
"""Functions that may be written before their operand without parentheses."""

DATE_PART_FUNCTIONS: Final = frozenset({"DATEADD", "DATEDIFF", "DATENAME", "DATEPART", "DATE_TRUNC"})
"""Functions whose first argument is a date part, as a keyword or a string."""

DATE_PARTS: Final = words(
    """
    YYYY YY YEAR QQ Q QUARTER MM M MONTH WK WW WEEK DW W WEEKDAY DD D DAY DY Y DAYOFYEAR HH H HOUR MI N MINUTE SS S
    SECOND MS MILLISECOND MCS MICROSECOND NS NANOSECOND STS
    """
)
"""Date parts (RSQL_datepart); another word is -8."""

ODBC_INTERVALS: Final = words(
    """
    SQL_TSI_FRAC_SECOND SQL_TSI_SECOND SQL_TSI_MINUTE SQL_TSI_HOUR SQL_TSI_DAY SQL_TSI_WEEK SQL_TSI_MONTH
    SQL_TSI_QUARTER SQL_TSI_YEAR
    """
)
"""Intervals of ``{fn TIMESTAMPADD}`` and ``{fn TIMESTAMPDIFF}``."""

STANDARD_FUNCTIONS: Final[dict[str, str]] = {
    "Abs": "ABS",
    "Avg": "AVG",
    "Ceil": "CEILING",
    "Coalesce": "COALESCE",
    "Count": "COUNT",
    "CumeDist": "CUME_DIST",
    "CurrentDate": "CURRENT_DATE",
    "CurrentTime": "CURRENT_TIME",
    "CurrentTimestamp": "CURRENT_TIMESTAMP",
    "DenseRank": "DENSE_RANK",
    "FirstValue": "FIRST_VALUE",
    "Floor": "FLOOR",
    "Lag": "LAG",
    "LastValue": "LAST_VALUE",
    "Lead": "LEAD",
    "Length": "CHAR_LENGTH",
    "Ln": "LOG",
    "Lower": "LOWER",
    "Max": "MAX",
    "Min": "MIN",
    "NthValue": "NTH_VALUE",
    "Ntile": "NTILE",
    "Nullif": "NULLIF",
    "PercentRank": "PERCENT_RANK",
    "Pow": "POWER",
    "Rank": "RANK",
    "Replace": "REPLACE",
    "Round": "ROUND",
    "RowNumber": "ROW_NUMBER",
    "Sign": "SIGN",
    "Sqrt": "SQRT",
    "Stddev": "STDDEV",
    "StddevPop": "STDDEV_POP",
    "StddevSamp": "STDDEV_SAMP",
    "Substring": "SUBSTRING",
    "Sum": "SUM",
    "Upper": "UPPER",
    "Variance": "VARIANCE",
    "VariancePop": "VAR_POP",
}
"""sqlglot's own function nodes that mean the same in IRIS, with the same order of arguments."""
