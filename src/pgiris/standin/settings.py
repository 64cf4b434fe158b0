"""What IRIS makes configurable, as settings of one emulated instance (Config.SQL, sql.md 21.19)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class InstanceSettings:
    """Settings of an instance; the defaults are those of a fresh IRIS.

    `lock_timeout` is in seconds; `durable` says whether a commit is flushed to the disk before it is answered
    (a killed process never loses a commit either way, a power cut may). `fast_cosine` computes cosines of
    VECTOR(FLOAT) in single precision by sqlite-vec, as the hardware paths of IRIS do.
    """

    default_schema: str = "SQLUser"
    namespaces: tuple[str, ...] = ("USER", "%SYS")
    lock_timeout: float = 10.0
    time_precision: int = 0
    string_collation: str = "SQLUPPER"
    fast_distinct: bool = True
    odbc_varchar_maxlen: int = 4096
    timestamp_is_posixtime: bool = True
    todate_default_format: str = "DD MON YYYY"
    statement_cache_size: int = 512
    max_nesting: int = 200
    max_statement_length: int = 16_000_000
    durable: bool = False
    fast_cosine: bool = True
    version: str = "IRIS for UNIX (pgiris stand-in) 2026.1 (Build 234)"
