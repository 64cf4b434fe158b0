"""The types of PostgreSQL 15 as data: names, OIDs, lengths; and pgvector's three with our OIDs.

Source: pg_type of PostgreSQL 15 (manual section 53.64); domains and row types are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from pgiris.types import oids


class TypeInfo(NamedTuple):
    """A row of pg_type: `length` is typlen, `element` typelem, `kind` typtype; an empty `sql_name` means `name`."""

    name: str
    oid: int
    array_oid: int
    length: int
    category: str
    delimiter: str = ","
    element: int = 0
    kind: str = "b"
    preferred: bool = False
    sql_name: str = ""

    @property
    def formatted(self) -> str:
        """The name as format_type() writes it without a typmod."""
        return self.sql_name or self.name

    @property
    def is_array(self) -> bool:
        """Whether it is a true array type (int2vector and oidvector are not)."""
        return self.category == "A" and self.length == -1 and self.name.startswith("_")


# fmt: off
TYPES: Final[tuple[TypeInfo, ...]] = (
    # generated: begin (tools/generate_types.py)
    TypeInfo("bool", 16, 1000, 1, "B", preferred=True, sql_name="boolean"),
    TypeInfo("bytea", 17, 1001, -1, "U"),
    TypeInfo("char", 18, 1002, 1, "Z", sql_name='"char"'),
    TypeInfo("name", 19, 1003, 64, "S", element=18),
    TypeInfo("int8", 20, 1016, 8, "N", sql_name="bigint"),
    TypeInfo("int2", 21, 1005, 2, "N", sql_name="smallint"),
    TypeInfo("int2vector", 22, 1006, -1, "A", element=21),
    TypeInfo("int4", 23, 1007, 4, "N", sql_name="integer"),
    TypeInfo("regproc", 24, 1008, 4, "N"),
    TypeInfo("text", 25, 1009, -1, "S", preferred=True),
    TypeInfo("oid", 26, 1028, 4, "N", preferred=True),
    TypeInfo("tid", 27, 1010, 6, "U"),
    TypeInfo("xid", 28, 1011, 4, "U"),
    TypeInfo("cid", 29, 1012, 4, "U"),
    TypeInfo("oidvector", 30, 1013, -1, "A", element=26),
    TypeInfo("pg_ddl_command", 32, 0, 8, "P", kind="p"),
    TypeInfo("json", 114, 199, -1, "U"),
    TypeInfo("xml", 142, 143, -1, "U"),
    TypeInfo("pg_node_tree", 194, 0, -1, "Z"),
    TypeInfo("table_am_handler", 269, 0, 4, "P", kind="p"),
    TypeInfo("index_am_handler", 325, 0, 4, "P", kind="p"),
    TypeInfo("point", 600, 1017, 16, "G", element=701),
    TypeInfo("lseg", 601, 1018, 32, "G", element=600),
    TypeInfo("path", 602, 1019, -1, "G"),
    TypeInfo("box", 603, 1020, 32, "G", delimiter=";", element=600),
    TypeInfo("polygon", 604, 1027, -1, "G"),
    TypeInfo("line", 628, 629, 24, "G", element=701),
    TypeInfo("cidr", 650, 651, -1, "I"),
    TypeInfo("float4", 700, 1021, 4, "N", sql_name="real"),
    TypeInfo("float8", 701, 1022, 8, "N", preferred=True, sql_name="double precision"),
    TypeInfo("unknown", 705, 0, -2, "X", kind="p"),
    TypeInfo("circle", 718, 719, 24, "G"),
    TypeInfo("macaddr8", 774, 775, 8, "U"),
    TypeInfo("money", 790, 791, 8, "N"),
    TypeInfo("macaddr", 829, 1040, 6, "U"),
    TypeInfo("inet", 869, 1041, -1, "I", preferred=True),
    TypeInfo("aclitem", 1033, 1034, 12, "U"),
    TypeInfo("bpchar", 1042, 1014, -1, "S", sql_name="character"),
    TypeInfo("varchar", 1043, 1015, -1, "S", sql_name="character varying"),
    TypeInfo("date", 1082, 1182, 4, "D"),
    TypeInfo("time", 1083, 1183, 8, "D", sql_name="time without time zone"),
    TypeInfo("timestamp", 1114, 1115, 8, "D", sql_name="timestamp without time zone"),
    TypeInfo("timestamptz", 1184, 1185, 8, "D", preferred=True, sql_name="timestamp with time zone"),
    TypeInfo("interval", 1186, 1187, 16, "T", preferred=True),
    TypeInfo("timetz", 1266, 1270, 12, "D", sql_name="time with time zone"),
    TypeInfo("bit", 1560, 1561, -1, "V"),
    TypeInfo("varbit", 1562, 1563, -1, "V", preferred=True, sql_name="bit varying"),
    TypeInfo("numeric", 1700, 1231, -1, "N"),
    TypeInfo("refcursor", 1790, 2201, -1, "U"),
    TypeInfo("regprocedure", 2202, 2207, 4, "N"),
    TypeInfo("regoper", 2203, 2208, 4, "N"),
    TypeInfo("regoperator", 2204, 2209, 4, "N"),
    TypeInfo("regclass", 2205, 2210, 4, "N"),
    TypeInfo("regtype", 2206, 2211, 4, "N"),
    TypeInfo("record", 2249, 2287, -1, "P", kind="p"),
    TypeInfo("cstring", 2275, 1263, -2, "P", kind="p"),
    TypeInfo("any", 2276, 0, 4, "P", kind="p", sql_name='"any"'),
    TypeInfo("anyarray", 2277, 0, -1, "P", kind="p"),
    TypeInfo("void", 2278, 0, 4, "P", kind="p"),
    TypeInfo("trigger", 2279, 0, 4, "P", kind="p"),
    TypeInfo("language_handler", 2280, 0, 4, "P", kind="p"),
    TypeInfo("internal", 2281, 0, 8, "P", kind="p"),
    TypeInfo("anyelement", 2283, 0, 4, "P", kind="p"),
    TypeInfo("anynonarray", 2776, 0, 4, "P", kind="p"),
    TypeInfo("uuid", 2950, 2951, 16, "U"),
    TypeInfo("txid_snapshot", 2970, 2949, -1, "U"),
    TypeInfo("fdw_handler", 3115, 0, 4, "P", kind="p"),
    TypeInfo("pg_lsn", 3220, 3221, 8, "U"),
    TypeInfo("tsm_handler", 3310, 0, 4, "P", kind="p"),
    TypeInfo("pg_ndistinct", 3361, 0, -1, "Z"),
    TypeInfo("pg_dependencies", 3402, 0, -1, "Z"),
    TypeInfo("anyenum", 3500, 0, 4, "P", kind="p"),
    TypeInfo("tsvector", 3614, 3643, -1, "U"),
    TypeInfo("tsquery", 3615, 3645, -1, "U"),
    TypeInfo("gtsvector", 3642, 3644, -1, "U"),
    TypeInfo("regconfig", 3734, 3735, 4, "N"),
    TypeInfo("regdictionary", 3769, 3770, 4, "N"),
    TypeInfo("jsonb", 3802, 3807, -1, "U"),
    TypeInfo("anyrange", 3831, 0, -1, "P", kind="p"),
    TypeInfo("event_trigger", 3838, 0, 4, "P", kind="p"),
    TypeInfo("int4range", 3904, 3905, -1, "R", kind="r"),
    TypeInfo("numrange", 3906, 3907, -1, "R", kind="r"),
    TypeInfo("tsrange", 3908, 3909, -1, "R", kind="r"),
    TypeInfo("tstzrange", 3910, 3911, -1, "R", kind="r"),
    TypeInfo("daterange", 3912, 3913, -1, "R", kind="r"),
    TypeInfo("int8range", 3926, 3927, -1, "R", kind="r"),
    TypeInfo("jsonpath", 4072, 4073, -1, "U"),
    TypeInfo("regnamespace", 4089, 4090, 4, "N"),
    TypeInfo("regrole", 4096, 4097, 4, "N"),
    TypeInfo("regcollation", 4191, 4192, 4, "N"),
    TypeInfo("int4multirange", 4451, 6150, -1, "R", kind="m"),
    TypeInfo("nummultirange", 4532, 6151, -1, "R", kind="m"),
    TypeInfo("tsmultirange", 4533, 6152, -1, "R", kind="m"),
    TypeInfo("tstzmultirange", 4534, 6153, -1, "R", kind="m"),
    TypeInfo("datemultirange", 4535, 6155, -1, "R", kind="m"),
    TypeInfo("int8multirange", 4536, 6157, -1, "R", kind="m"),
    TypeInfo("anymultirange", 4537, 0, -1, "P", kind="p"),
    TypeInfo("anycompatiblemultirange", 4538, 0, -1, "P", kind="p"),
    TypeInfo("pg_brin_bloom_summary", 4600, 0, -1, "Z"),
    TypeInfo("pg_brin_minmax_multi_summary", 4601, 0, -1, "Z"),
    TypeInfo("pg_mcv_list", 5017, 0, -1, "Z"),
    TypeInfo("pg_snapshot", 5038, 5039, -1, "U"),
    TypeInfo("xid8", 5069, 271, 8, "U"),
    TypeInfo("anycompatible", 5077, 0, 4, "P", kind="p"),
    TypeInfo("anycompatiblearray", 5078, 0, -1, "P", kind="p"),
    TypeInfo("anycompatiblenonarray", 5079, 0, 4, "P", kind="p"),
    TypeInfo("anycompatiblerange", 5080, 0, -1, "P", kind="p"),
    # generated: end
    TypeInfo("vector", oids.VECTOR, oids.VECTOR_ARRAY, -1, "U"),
    TypeInfo("halfvec", oids.HALFVEC, oids.HALFVEC_ARRAY, -1, "U"),
    TypeInfo("sparsevec", oids.SPARSEVEC, oids.SPARSEVEC_ARRAY, -1, "U"),
)
# fmt: on


def _array_of(element: TypeInfo) -> TypeInfo:
    pseudo = element.oid == oids.RECORD
    return TypeInfo(
        name=f"_{element.name}",
        oid=element.array_oid,
        array_oid=0,
        length=-1,
        category="P" if pseudo else "A",
        delimiter=element.delimiter,
        element=element.oid,
        kind="p" if pseudo else "b",
        sql_name=f"{element.formatted}[]",
    )


ARRAYS: Final[tuple[TypeInfo, ...]] = tuple(_array_of(element) for element in TYPES if element.array_oid)
"""The array type of each type that has one."""

BY_OID: Final[Mapping[int, TypeInfo]] = {info.oid: info for info in (*TYPES, *ARRAYS)}
BY_NAME: Final[Mapping[str, TypeInfo]] = {info.name: info for info in (*TYPES, *ARRAYS)}
"""By pg_type.typname; SQL spellings are in ``names``."""


def type_info(oid: int) -> TypeInfo | None:
    """The type with this OID, arrays included; None when the catalogue has none."""
    return BY_OID.get(oid)


def element_oid(oid: int) -> int:
    """The element type of a true array type; 0 for every other type."""
    info = BY_OID.get(oid)
    return info.element if info is not None and oid in _ARRAY_OIDS else 0


def array_oid(oid: int) -> int:
    """The array type of an element type; 0 when there is none."""
    info = BY_OID.get(oid)
    return info.array_oid if info is not None else 0


_ARRAY_OIDS: Final = frozenset(info.oid for info in ARRAYS)
