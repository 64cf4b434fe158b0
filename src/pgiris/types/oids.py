"""OIDs of PostgreSQL's types that the code names. The whole table is in ``catalogue``.

vector and its kin have no fixed OID in PostgreSQL (clients look them up by name); ours are below.
"""

from __future__ import annotations

from typing import Final

BOOL: Final = 16
BYTEA: Final = 17
CHAR: Final = 18
NAME: Final = 19
INT8: Final = 20
INT2: Final = 21
INT4: Final = 23
TEXT: Final = 25
OID: Final = 26
JSON: Final = 114
XML: Final = 142
FLOAT4: Final = 700
FLOAT8: Final = 701
UNKNOWN: Final = 705
BPCHAR: Final = 1042
VARCHAR: Final = 1043
DATE: Final = 1082
TIME: Final = 1083
TIMESTAMP: Final = 1114
TIMESTAMPTZ: Final = 1184
INTERVAL: Final = 1186
TIMETZ: Final = 1266
NUMERIC: Final = 1700
REGCLASS: Final = 2205
REGTYPE: Final = 2206
RECORD: Final = 2249
VOID: Final = 2278
UUID: Final = 2950
JSONB: Final = 3802

VECTOR: Final = 16_385
VECTOR_ARRAY: Final = 16_386
HALFVEC: Final = 16_387
HALFVEC_ARRAY: Final = 16_388
SPARSEVEC: Final = 16_389
SPARSEVEC_ARRAY: Final = 16_390
