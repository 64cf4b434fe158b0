"""PostgreSQL's functions as IRIS expressions, as data.

``ROWS``: for a signature, the IRIS template, the document key and how exact it is. In a template ``:a`` ``:b``
``:c`` ``:d`` are the arguments in their order; it is IRIS SQL and parsed as such. ``SESSION``: functions that the
session answers, never IRIS. A function of PostgreSQL that is in neither is refused with 0A000.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple


class Row(NamedTuple):
    """`signature` is ``name(types)``, types by PostgreSQL's internal names; an empty `note` means exact."""

    signature: str
    template: str
    key: str
    note: str = ""


EXACT: Final = ""

ROWS: Final = (
    # Strings (manual 9.4). LENGTH strips trailing blanks, CHAR_LENGTH does not.
    Row("length(text)", "CHAR_LENGTH(:a)", "R:charlength"),
    Row("length(bpchar)", "CHAR_LENGTH(RTRIM(:a))", "R:charlength"),
    Row("char_length(bpchar)", "CHAR_LENGTH(RTRIM(:a))", "R:charlength"),
    Row("character_length(bpchar)", "CHAR_LENGTH(RTRIM(:a))", "R:charlength"),
    Row("char_length(text)", "CHAR_LENGTH(:a)", "R:charlength"),
    Row("character_length(text)", "CHAR_LENGTH(:a)", "R:charlength"),
    Row("lower(text)", "LOWER(:a)", "R:lower"),
    Row("upper(text)", "UPPER(:a)", "R:upper"),
    Row("substring(text,int4)", "COALESCE(SUBSTRING(:a,:b),CASE WHEN :a = :a AND :b = :b THEN '' END)", "R:substring"),
    Row("substr(text,int4)", "COALESCE(SUBSTRING(:a,:b),CASE WHEN :a = :a AND :b = :b THEN '' END)", "R:substring"),
    Row(
        "substring(text,int4,int4)",
        "COALESCE(SUBSTRING(:a,:b,:c),CASE WHEN :a = :a AND :b = :b AND :c = :c THEN '' END)",
        "R:substring",
        "IRIS answers NULL for an empty part",
    ),
    Row(
        "substr(text,int4,int4)",
        "COALESCE(SUBSTRING(:a,:b,:c),CASE WHEN :a = :a AND :b = :b AND :c = :c THEN '' END)",
        "R:substring",
        "IRIS answers NULL for an empty part",
    ),
    Row(
        "left(text,int4)",
        "CASE WHEN :b > 0 THEN SUBSTRING(:a,1,:b) WHEN :b = 0 OR ((CHAR_LENGTH(:a)) + (:b)) <= 0 THEN "
        "CASE WHEN :a = :a THEN '' END ELSE SUBSTRING(:a,1,((CHAR_LENGTH(:a)) + (:b))) END",
        "R:substring",
    ),
    Row(
        "right(text,int4)",
        "CASE WHEN :b > 0 THEN CASE WHEN CHAR_LENGTH(:a) <= :b THEN :a "
        "ELSE SUBSTRING(:a,(((CHAR_LENGTH(:a)) - (:b)) + 1)) END WHEN :b = 0 OR ((CHAR_LENGTH(:a)) + (:b)) <= 0 THEN "
        "CASE WHEN :a = :a THEN '' END ELSE SUBSTRING(:a,(1 - (:b))) END",
        "R:substring",
    ),
    Row("position(text,text)", "POSITION(:b IN :a)", "R:position"),
    Row("strpos(text,text)", "POSITION(:b IN :a)", "R:position"),
    Row("btrim(text)", "TRIM(BOTH ' ' FROM :a)", "R:trim"),
    Row("ltrim(text)", "TRIM(LEADING ' ' FROM :a)", "R:trim"),
    Row("rtrim(text)", "TRIM(TRAILING ' ' FROM :a)", "R:trim"),
    Row("btrim(text,text)", "TRIM(BOTH :b FROM :a)", "R:trim"),
    Row("ltrim(text,text)", "TRIM(LEADING :b FROM :a)", "R:trim"),
    Row("rtrim(text,text)", "TRIM(TRAILING :b FROM :a)", "R:trim"),
    Row("lpad(text,int4)", "LPAD(:a,:b)", "R:lpad"),
    Row("lpad(text,int4,text)", "LPAD(:a,:b,:c)", "R:lpad"),
    Row("rpad(text,int4)", "RPAD(:a,:b)", "R:rpad"),
    Row("rpad(text,int4,text)", "RPAD(:a,:b,:c)", "R:rpad"),
    Row("repeat(text,int4)", "REPEAT(:a,:b)", "R:repeat"),
    Row("replace(text,text,text)", "REPLACE(:a,:b,:c)", "R:replace"),
    Row("translate(text,text,text)", "$TRANSLATE(:a,:b,:c)", "R:dtranslate"),
    Row("reverse(text)", "REVERSE(:a)", "R:reverse"),
    Row(
        "overlay(text,text,int4)",
        "CASE WHEN :a = :a AND :b = :b AND :c = :c THEN "
        "STRING(SUBSTRING(:a,1,((:c) - 1)),:b,SUBSTRING(:a,((:c) + (CHAR_LENGTH(:b))))) END",
        "R:string",
    ),
    Row(
        "overlay(text,text,int4,int4)",
        "CASE WHEN :a = :a AND :b = :b AND :c = :c AND :d = :d THEN "
        "STRING(SUBSTRING(:a,1,((:c) - 1)),:b,SUBSTRING(:a,((:c) + (:d)))) END",
        "R:string",
    ),
    Row(
        "split_part(text,text,int4)", "COALESCE($PIECE(:a,:b,:c),CASE WHEN :a = :a AND :b = :b THEN '' END)", "R:dpiece"
    ),
    Row("ascii(text)", "COALESCE(ASCII(:a),CASE WHEN :a = :a THEN 0 END)", "R:ascii"),
    Row("chr(int4)", "CHAR(:a)", "R:char", "code points above 65535 give NULL"),
    # Numbers (manual 9.3)
    Row("abs(int2)", "ABS(:a)", "R:abs"),
    Row("abs(int4)", "ABS(:a)", "R:abs"),
    Row("abs(int8)", "ABS(:a)", "R:abs"),
    Row("abs(numeric)", "ABS(:a)", "R:abs"),
    Row("abs(float4)", "ABS(:a)", "R:abs"),
    Row("abs(float8)", "ABS(:a)", "R:abs"),
    Row("ceil(numeric)", "CEILING(:a)", "R:ceiling"),
    Row("ceil(float8)", "CEILING(:a)", "R:ceiling"),
    Row("ceiling(numeric)", "CEILING(:a)", "R:ceiling"),
    Row("ceiling(float8)", "CEILING(:a)", "R:ceiling"),
    Row("floor(numeric)", "FLOOR(:a)", "R:floor"),
    Row("floor(float8)", "FLOOR(:a)", "R:floor"),
    Row("sign(numeric)", "SIGN(:a)", "R:sign"),
    Row("sign(float8)", "SIGN(:a)", "R:sign"),
    Row("sqrt(float8)", "SQRT(:a)", "R:sqrt"),
    Row("exp(float8)", "{fn EXP(:a)}", "R:exp"),
    Row("ln(float8)", "{fn LOG(:a)}", "R:log"),
    Row("log(float8)", "{fn LOG10(:a)}", "R:log10"),
    Row("log10(float8)", "{fn LOG10(:a)}", "R:log10"),
    Row("power(float8,float8)", "POWER(:a,:b)", "R:power"),
    Row("pow(float8,float8)", "POWER(:a,:b)", "R:power"),
    Row("round(numeric)", "ROUND(:a,0)", "R:round"),
    Row("round(numeric,int4)", "ROUND(:a,:b)", "R:round"),
    Row(
        "round(float8)",
        "CASE WHEN ABS(((:a) - ({fn TRUNCATE(:a,0)}))) = 0.5 THEN (2 * (ROUND(((:a) / 2),0))) ELSE ROUND(:a,0) END",
        "R:round",
        "halves go to the even neighbour, as PostgreSQL's rint does",
    ),
    Row("trunc(numeric)", "{fn TRUNCATE(:a,0)}", "R:truncate"),
    Row("trunc(numeric,int4)", "{fn TRUNCATE(:a,:b)}", "R:truncate"),
    Row("trunc(float8)", "{fn TRUNCATE(:a,0)}", "R:truncate"),
    Row("pi()", "CAST({fn PI()} AS DOUBLE)", "R:pi"),
    Row("degrees(float8)", "DEGREES(:a)", "R:degrees"),
    Row("radians(float8)", "RADIANS(:a)", "R:radians"),
    Row("sin(float8)", "{fn SIN(:a)}", "R:sin"),
    Row("cos(float8)", "{fn COS(:a)}", "R:cos"),
    Row("tan(float8)", "{fn TAN(:a)}", "R:tan"),
    Row("cot(float8)", "{fn COT(:a)}", "R:cot"),
    Row("asin(float8)", "{fn ASIN(:a)}", "R:asin"),
    Row("acos(float8)", "{fn ACOS(:a)}", "R:acos"),
    Row("atan(float8)", "{fn ATAN(:a)}", "R:atan"),
    Row("atan2(float8,float8)", "{fn ATAN2(:a,:b)}", "R:atan2"),
    # Dates (manual 9.9); those with a field or format are in rewrite/dates.py
    Row("to_timestamp(float8)", "DATEADD('mcs',ROUND(((:a) * 1000000),0),{ts '1970-01-01 00:00:00'})", "R:dateadd"),
    # UUID
    Row("gen_random_uuid()", "LOWER($TSQL_NEWID())", "R:dtsqlnewid"),
    # pgvector
    Row("cosine_distance(vector,vector)", "(1 - (VECTOR_COSINE(:a,:b)))", "R:vectorcosine"),
    Row("inner_product(vector,vector)", "VECTOR_DOT_PRODUCT(:a,:b)", "R:vectordotproduct"),
    Row(
        "l2_distance(vector,vector)",
        "SQRT(GREATEST(0,((VECTOR_DOT_PRODUCT(:a,:a)) - ((2 * (VECTOR_DOT_PRODUCT(:a,:b))) - "
        "(VECTOR_DOT_PRODUCT(:b,:b))))))",
        "R:vectordotproduct",
        "by dot products, so that nearly equal vectors lose digits",
    ),
    Row("vector_norm(vector)", "SQRT(VECTOR_DOT_PRODUCT(:a,:a))", "R:vectordotproduct"),
)

OPERATOR_ROWS: Final = (
    Row("<=>(vector,vector)", "(1 - (VECTOR_COSINE(:a,:b)))", "R:vectorcosine"),
    Row("<#>(vector,vector)", "(- (VECTOR_DOT_PRODUCT(:a,:b)))", "R:vectordotproduct"),
    Row(
        "<->(vector,vector)",
        "SQRT(GREATEST(0,((VECTOR_DOT_PRODUCT(:a,:a)) - ((2 * (VECTOR_DOT_PRODUCT(:a,:b))) - "
        "(VECTOR_DOT_PRODUCT(:b,:b))))))",
        "R:vectordotproduct",
        "by dot products, so that nearly equal vectors lose digits",
    ),
    Row("^(float8,float8)", "POWER(:a,:b)", "R:power"),
    Row("|/(-,float8)", "SQRT(:b)", "R:sqrt"),
    Row("@(-,int2)", "ABS(:b)", "R:abs"),
    Row("@(-,int4)", "ABS(:b)", "R:abs"),
    Row("@(-,int8)", "ABS(:b)", "R:abs"),
    Row("@(-,numeric)", "ABS(:b)", "R:abs"),
    Row("@(-,float4)", "ABS(:b)", "R:abs"),
    Row("@(-,float8)", "ABS(:b)", "R:abs"),
)
"""Operators that one template says; the others are in rewrite/."""

AGGREGATES: Final[Mapping[str, Row]] = MappingProxyType(
    {
        row.signature: row
        for row in (
            Row("count", "COUNT", "R:count"),
            Row("sum", "SUM", "R:sum"),
            Row("avg", "AVG", "R:avg", "numeric averages have IRIS's 18 digits"),
            Row("min", "MIN", "R:min"),
            Row("max", "MAX", "R:max"),
            Row("stddev", "STDDEV_SAMP", "R:stddev", "numeric results have IRIS's digits"),
            Row("stddev_samp", "STDDEV_SAMP", "R:stddev", "numeric results have IRIS's digits"),
            Row("stddev_pop", "STDDEV_POP", "R:stddev", "numeric results have IRIS's digits"),
            Row("variance", "VAR_SAMP", "R:variance", "numeric results have IRIS's digits"),
            Row("var_samp", "VAR_SAMP", "R:variance", "numeric results have IRIS's digits"),
            Row("var_pop", "VAR_POP", "R:variance", "numeric results have IRIS's digits"),
        )
    }
)
"""Aggregates that IRIS has under the name in `template`."""

WINDOWS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "row_number": "ROW_NUMBER",
        "rank": "RANK",
        "dense_rank": "DENSE_RANK",
        "percent_rank": "PERCENT_RANK",
        "cume_dist": "CUME_DIST",
        "ntile": "NTILE",
        "lag": "LAG",
        "lead": "LEAD",
        "first_value": "FIRST_VALUE",
        "nth_value": "NTH_VALUE",
    }
)
"""Window functions (RSQL_windowfunctions). LAST_VALUE depends on the frame, which IRIS counts in rows."""

SESSION: Final = frozenset(
    """
    now current_timestamp transaction_timestamp statement_timestamp clock_timestamp localtimestamp localtime
    current_date current_time pg_postmaster_start_time pg_conf_load_time current_user current_role user session_user
    current_database current_catalog current_schema current_schemas pg_backend_pid version pg_is_in_recovery
    current_setting set_config inet_client_port inet_server_port pg_client_encoding pg_advisory_unlock_all
    """.split()  # noqa: SIM905
)
"""Functions that become ``SessionValue``: IRIS's are in local time, of another user or of another product."""

TEMPLATES: Final[Mapping[str, Row]] = MappingProxyType({row.signature: row for row in (*ROWS, *OPERATOR_ROWS)})
"""All rows by signature."""
