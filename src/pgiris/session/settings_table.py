"""The settings of a session, as data.

Names, types, units, bounds, contexts and defaults are those of PostgreSQL 15
(https://www.postgresql.org/docs/15/runtime-config.html, view pg_settings); the descriptions are ours. Settings of the
planner and the storage are there because clients set and show them; IRIS has no use for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

INT_MAX: Final = 2**31 - 1
REAL_MAX: Final = 1.7976931348623157e308


class Kind(Enum):
    """The type of a setting, as pg_settings.vartype names it."""

    BOOL = "bool"
    INTEGER = "integer"
    REAL = "real"
    STRING = "string"
    ENUM = "enum"


class Context(Enum):
    """When a setting can change, as pg_settings.context names it."""

    INTERNAL = "internal"
    POSTMASTER = "postmaster"
    SIGHUP = "sighup"
    BACKEND = "backend"
    SUPERUSER = "superuser"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. `default` is what SET would take; `hidden` ones are left out of SHOW ALL."""

    kind: Kind
    context: Context
    name: str
    default: str
    description: str
    unit: str = ""
    bounds: tuple[float, float] | None = None
    values: tuple[str, ...] = ()
    report: bool = False
    hidden: bool = False


BOOL, INTEGER, REAL, STRING, ENUM = Kind.BOOL, Kind.INTEGER, Kind.REAL, Kind.STRING, Kind.ENUM
INTERNAL, POSTMASTER, SIGHUP = Context.INTERNAL, Context.POSTMASTER, Context.SIGHUP
BACKEND, SUPERUSER, USER = Context.BACKEND, Context.SUPERUSER, Context.USER

SETTINGS: Final[tuple[Setting, ...]] = (
    Setting(STRING, USER, "application_name", "", "Name the client gives itself", report=True),
    Setting(BOOL, USER, "array_nulls", "on", "Whether an unquoted NULL in an array is a null element"),
    Setting(
        INTEGER,
        SIGHUP,
        "authentication_timeout",
        "60",
        "Longest time a client may take to log in",
        unit="s",
        bounds=(1, 600),
    ),
    Setting(BOOL, SIGHUP, "autovacuum", "off", "Present for compatibility; IRIS keeps its own storage tidy"),
    Setting(
        ENUM,
        USER,
        "backslash_quote",
        "safe_encoding",
        "Whether \\' stands for a quote in string literals",
        values=("safe_encoding", "on", "off"),
    ),
    Setting(
        INTEGER, INTERNAL, "block_size", "8192", "Size of a storage block as PostgreSQL reports it", bounds=(8192, 8192)
    ),
    Setting(ENUM, USER, "bytea_output", "hex", "Text format of bytea values", values=("escape", "hex")),
    Setting(BOOL, USER, "check_function_bodies", "on", "Whether bodies of new routines are checked"),
    Setting(
        INTEGER,
        USER,
        "client_connection_check_interval",
        "0",
        "Time between checks that the client is still there",
        unit="ms",
        bounds=(0, INT_MAX),
    ),
    Setting(STRING, USER, "client_encoding", "UTF8", "Character set of the client", report=True),
    Setting(
        ENUM,
        USER,
        "client_min_messages",
        "notice",
        "Least severity of the messages a client receives",
        values=("debug5", "debug4", "debug3", "debug2", "debug1", "log", "notice", "warning", "error"),
    ),
    Setting(STRING, POSTMASTER, "cluster_name", "", "Name of the cluster"),
    Setting(INTEGER, USER, "commit_siblings", "5", "Present for compatibility", bounds=(0, 1000)),
    Setting(
        ENUM,
        USER,
        "constraint_exclusion",
        "partition",
        "Present for compatibility; planner",
        values=("partition", "on", "off"),
    ),
    Setting(REAL, USER, "cpu_index_tuple_cost", "0.005", "Present for compatibility; planner", bounds=(0.0, REAL_MAX)),
    Setting(REAL, USER, "cpu_operator_cost", "0.0025", "Present for compatibility; planner", bounds=(0.0, REAL_MAX)),
    Setting(REAL, USER, "cpu_tuple_cost", "0.01", "Present for compatibility; planner", bounds=(0.0, REAL_MAX)),
    Setting(REAL, USER, "cursor_tuple_fraction", "0.1", "Present for compatibility; planner", bounds=(0.0, 1.0)),
    Setting(BOOL, INTERNAL, "data_checksums", "on", "Whether storage has checksums"),
    Setting(STRING, POSTMASTER, "data_directory", "", "Directory of the data"),
    Setting(
        STRING,
        USER,
        "DateStyle",
        "ISO, MDY",
        "Text format of dates, and the order of their parts on input",
        report=True,
    ),
    Setting(
        INTEGER, SUPERUSER, "deadlock_timeout", "1000", "Present for compatibility", unit="ms", bounds=(1, INT_MAX)
    ),
    Setting(BOOL, INTERNAL, "debug_assertions", "off", "Whether the server checks its assertions"),
    Setting(
        INTEGER, USER, "default_statistics_target", "100", "Present for compatibility; statistics", bounds=(1, 10000)
    ),
    Setting(STRING, USER, "default_table_access_method", "heap", "Storage method of new tables"),
    Setting(STRING, USER, "default_tablespace", "", "Tablespace of new tables and indexes"),
    Setting(STRING, USER, "default_text_search_config", "pg_catalog.english", "Default configuration of text search"),
    Setting(ENUM, USER, "default_toast_compression", "pglz", "Present for compatibility", values=("pglz", "lz4")),
    Setting(BOOL, USER, "default_transaction_deferrable", "off", "Deferrable status of new transactions"),
    Setting(
        ENUM,
        USER,
        "default_transaction_isolation",
        "read committed",
        "Isolation level of new transactions",
        values=("serializable", "repeatable read", "read committed", "read uncommitted"),
    ),
    Setting(BOOL, USER, "default_transaction_read_only", "off", "Whether new transactions are read-only", report=True),
    Setting(
        INTEGER,
        USER,
        "effective_cache_size",
        "524288",
        "Present for compatibility; planner",
        unit="8kB",
        bounds=(1, INT_MAX),
    ),
    Setting(INTEGER, USER, "effective_io_concurrency", "1", "Present for compatibility", bounds=(0, 1000)),
    Setting(BOOL, USER, "enable_async_append", "on", "Present for compatibility; planner"),
    Setting(BOOL, USER, "enable_bitmapscan", "on", "Present for compatibility; planner"),
    Setting(BOOL, USER, "enable_gathermerge", "on", "Present for compatibility; planner"),
    Setting(BOOL, USER, "enable_hashagg", "on", "Present for compatibility; planner"),
    Setting(BOOL, USER, "enable_hashjoin", "on", "Present for compatibility; planner"),
    Setting(BOOL, USER, "enable_incremental_sort", "on", "Present for compatibility; planner"),
    Setting(BOOL, USER, "enable_indexonlyscan", "on", "Present for compatibility; planner"),
    Setting(BOOL, USER, "enable_indexscan", "on", "Present for compatibility; planner"),
    Setting(BOOL, USER, "enable_material", "on", "Present for compatibility; planner"),
    Setting(BOOL, USER, "enable_memoize", "on", "Present for compatibility; planner"),
    Setting(BOOL, USER, "enable_mergejoin", "on", "Present for compatibility; planner"),
    Setting(BOOL, USER, "enable_nestloop", "on", "Present for compatibility; planner"),
    Setting(BOOL, USER, "enable_parallel_append", "on", "Present for compatibility; planner"),
    Setting(BOOL, USER, "enable_parallel_hash", "on", "Present for compatibility; planner"),
    Setting(BOOL, USER, "enable_partition_pruning", "on", "Present for compatibility; planner"),
    Setting(BOOL, USER, "enable_partitionwise_aggregate", "off", "Present for compatibility; planner"),
    Setting(BOOL, USER, "enable_partitionwise_join", "off", "Present for compatibility; planner"),
    Setting(BOOL, USER, "enable_seqscan", "on", "Present for compatibility; planner"),
    Setting(BOOL, USER, "enable_sort", "on", "Present for compatibility; planner"),
    Setting(BOOL, USER, "enable_tidscan", "on", "Present for compatibility; planner"),
    Setting(BOOL, USER, "escape_string_warning", "on", "Whether backslashes in plain literals are warned about"),
    Setting(BOOL, USER, "exit_on_error", "off", "Whether any error ends the session"),
    Setting(
        INTEGER,
        USER,
        "extra_float_digits",
        "1",
        "Digits of floating-point output; above 0 means the shortest exact text",
        bounds=(-15, 3),
    ),
    Setting(
        ENUM, USER, "force_parallel_mode", "off", "Present for compatibility; planner", values=("off", "on", "regress")
    ),
    Setting(INTEGER, USER, "from_collapse_limit", "8", "Present for compatibility; planner", bounds=(1, INT_MAX)),
    Setting(BOOL, SIGHUP, "fsync", "on", "Present for compatibility"),
    Setting(BOOL, USER, "geqo", "on", "Present for compatibility; planner"),
    Setting(INTEGER, USER, "geqo_threshold", "12", "Present for compatibility; planner", bounds=(2, INT_MAX)),
    Setting(INTEGER, USER, "gin_fuzzy_search_limit", "0", "Present for compatibility", bounds=(0, INT_MAX)),
    Setting(
        INTEGER, USER, "gin_pending_list_limit", "4096", "Present for compatibility", unit="kB", bounds=(64, INT_MAX)
    ),
    Setting(REAL, USER, "hash_mem_multiplier", "2", "Present for compatibility; planner", bounds=(1.0, 1000.0)),
    Setting(BOOL, POSTMASTER, "hot_standby", "off", "Present for compatibility"),
    Setting(
        INTEGER,
        USER,
        "idle_in_transaction_session_timeout",
        "0",
        "Longest idle time inside a transaction; 0 is no limit",
        unit="ms",
        bounds=(0, INT_MAX),
    ),
    Setting(
        INTEGER,
        USER,
        "idle_session_timeout",
        "0",
        "Longest idle time outside a transaction; 0 is no limit",
        unit="ms",
        bounds=(0, INT_MAX),
    ),
    Setting(BOOL, INTERNAL, "in_hot_standby", "off", "Whether the server is a standby", report=True),
    Setting(
        BOOL, INTERNAL, "integer_datetimes", "on", "Whether dates and times are integers in binary format", report=True
    ),
    Setting(
        ENUM,
        USER,
        "IntervalStyle",
        "postgres",
        "Text format of intervals",
        values=("postgres", "postgres_verbose", "sql_standard", "iso_8601"),
        report=True,
    ),
    Setting(BOOL, INTERNAL, "is_superuser", "on", "Whether the current user is a superuser", report=True, hidden=True),
    Setting(BOOL, USER, "jit", "off", "Present for compatibility"),
    Setting(REAL, USER, "jit_above_cost", "100000", "Present for compatibility", bounds=(-1.0, REAL_MAX)),
    Setting(INTEGER, USER, "join_collapse_limit", "8", "Present for compatibility; planner", bounds=(1, INT_MAX)),
    Setting(STRING, INTERNAL, "lc_collate", "C.UTF-8", "Collation of the database"),
    Setting(STRING, INTERNAL, "lc_ctype", "C.UTF-8", "Character classes of the database"),
    Setting(STRING, SUPERUSER, "lc_messages", "C.UTF-8", "Language of messages"),
    Setting(STRING, USER, "lc_monetary", "C.UTF-8", "Format of amounts of money"),
    Setting(STRING, USER, "lc_numeric", "C.UTF-8", "Format of numbers"),
    Setting(STRING, USER, "lc_time", "C.UTF-8", "Names of months and days"),
    Setting(STRING, POSTMASTER, "listen_addresses", "", "Addresses the server listens on"),
    Setting(BOOL, SUPERUSER, "lo_compat_privileges", "off", "Present for compatibility"),
    Setting(
        INTEGER, USER, "lock_timeout", "0", "Longest wait for a lock; 0 is no limit", unit="ms", bounds=(0, INT_MAX)
    ),
    Setting(
        INTEGER,
        SUPERUSER,
        "log_min_duration_statement",
        "-1",
        "Least duration of a statement that is logged",
        unit="ms",
        bounds=(-1, INT_MAX),
    ),
    Setting(
        ENUM,
        SUPERUSER,
        "log_min_messages",
        "warning",
        "Least severity that is logged",
        values=(
            "debug5",
            "debug4",
            "debug3",
            "debug2",
            "debug1",
            "info",
            "notice",
            "warning",
            "error",
            "log",
            "fatal",
            "panic",
        ),
    ),
    Setting(
        ENUM,
        SUPERUSER,
        "log_statement",
        "none",
        "Kinds of statements that are logged",
        values=("none", "ddl", "mod", "all"),
    ),
    Setting(
        INTEGER,
        USER,
        "logical_decoding_work_mem",
        "65536",
        "Present for compatibility",
        unit="kB",
        bounds=(64, INT_MAX),
    ),
    Setting(INTEGER, USER, "maintenance_io_concurrency", "10", "Present for compatibility", bounds=(0, 1000)),
    Setting(
        INTEGER, USER, "maintenance_work_mem", "65536", "Present for compatibility", unit="kB", bounds=(1024, INT_MAX)
    ),
    Setting(INTEGER, POSTMASTER, "max_connections", "100", "Most connections at a time", bounds=(1, 262143)),
    Setting(INTEGER, INTERNAL, "max_function_args", "100", "Most arguments of a function", bounds=(100, 100)),
    Setting(INTEGER, INTERNAL, "max_identifier_length", "63", "Longest identifier", bounds=(63, 63)),
    Setting(INTEGER, INTERNAL, "max_index_keys", "32", "Most columns of an index", bounds=(32, 32)),
    Setting(INTEGER, POSTMASTER, "max_locks_per_transaction", "64", "Present for compatibility", bounds=(10, INT_MAX)),
    Setting(INTEGER, USER, "max_parallel_maintenance_workers", "2", "Present for compatibility", bounds=(0, 1024)),
    Setting(INTEGER, USER, "max_parallel_workers", "8", "Present for compatibility", bounds=(0, 1024)),
    Setting(INTEGER, USER, "max_parallel_workers_per_gather", "2", "Present for compatibility", bounds=(0, 1024)),
    Setting(
        INTEGER,
        POSTMASTER,
        "max_prepared_transactions",
        "0",
        "Most prepared transactions at a time",
        bounds=(0, 262143),
    ),
    Setting(
        INTEGER, SUPERUSER, "max_stack_depth", "2048", "Present for compatibility", unit="kB", bounds=(100, INT_MAX)
    ),
    Setting(INTEGER, POSTMASTER, "max_wal_senders", "10", "Present for compatibility", bounds=(0, 262143)),
    Setting(INTEGER, POSTMASTER, "max_worker_processes", "8", "Present for compatibility", bounds=(0, 262143)),
    Setting(
        INTEGER,
        USER,
        "min_parallel_index_scan_size",
        "64",
        "Present for compatibility; planner",
        unit="8kB",
        bounds=(0, 715827882),
    ),
    Setting(
        INTEGER,
        USER,
        "min_parallel_table_scan_size",
        "1024",
        "Present for compatibility; planner",
        unit="8kB",
        bounds=(0, 715827882),
    ),
    Setting(BOOL, USER, "parallel_leader_participation", "on", "Present for compatibility; planner"),
    Setting(REAL, USER, "parallel_setup_cost", "1000", "Present for compatibility; planner", bounds=(0.0, REAL_MAX)),
    Setting(REAL, USER, "parallel_tuple_cost", "0.1", "Present for compatibility; planner", bounds=(0.0, REAL_MAX)),
    Setting(
        ENUM,
        USER,
        "password_encryption",
        "scram-sha-256",
        "How new passwords are stored",
        values=("md5", "scram-sha-256"),
    ),
    Setting(
        ENUM,
        USER,
        "pgiris.ddl_in_transaction",
        "notice",
        "What DDL inside a transaction block does: IRIS cannot undo it",
        values=("allow", "notice", "error"),
    ),
    Setting(
        ENUM,
        USER,
        "plan_cache_mode",
        "auto",
        "Present for compatibility; planner",
        values=("auto", "force_generic_plan", "force_custom_plan"),
    ),
    Setting(INTEGER, POSTMASTER, "port", "5432", "Port the server listens on", bounds=(1, 65535)),
    Setting(BOOL, USER, "quote_all_identifiers", "off", "Whether generated SQL quotes every name"),
    Setting(REAL, USER, "random_page_cost", "4", "Present for compatibility; planner", bounds=(0.0, REAL_MAX)),
    Setting(STRING, USER, "role", "none", "Current role", hidden=True),
    Setting(BOOL, USER, "row_security", "on", "Whether row security applies"),
    Setting(STRING, USER, "search_path", '"$user", public', "Schemas where a name without a schema is looked for"),
    Setting(REAL, USER, "seed", "0", "Seed of random()", bounds=(-1.0, 1.0), hidden=True),
    Setting(
        INTEGER, INTERNAL, "segment_size", "131072", "Present for compatibility", unit="8kB", bounds=(131072, 131072)
    ),
    Setting(REAL, USER, "seq_page_cost", "1", "Present for compatibility; planner", bounds=(0.0, REAL_MAX)),
    Setting(STRING, INTERNAL, "server_encoding", "UTF8", "Character set of the server", report=True),
    Setting(STRING, INTERNAL, "server_version", "", "Version of PostgreSQL that the server stands for", report=True),
    Setting(INTEGER, INTERNAL, "server_version_num", "150020", "The same as a number", bounds=(150020, 150020)),
    Setting(STRING, USER, "session_authorization", "", "User of the session", report=True, hidden=True),
    Setting(
        ENUM,
        SUPERUSER,
        "session_replication_role",
        "origin",
        "Whether triggers and rules fire",
        values=("origin", "replica", "local"),
    ),
    Setting(
        INTEGER, POSTMASTER, "shared_buffers", "16384", "Present for compatibility", unit="8kB", bounds=(16, 1073741823)
    ),
    Setting(BOOL, SIGHUP, "ssl", "off", "Whether the server speaks TLS"),
    Setting(STRING, INTERNAL, "ssl_library", "OpenSSL", "Library that speaks TLS"),
    Setting(
        BOOL,
        USER,
        "standard_conforming_strings",
        "on",
        "Whether a backslash in a plain literal stands for itself",
        report=True,
    ),
    Setting(
        INTEGER,
        USER,
        "statement_timeout",
        "0",
        "Longest time of a statement; 0 is no limit",
        unit="ms",
        bounds=(0, INT_MAX),
    ),
    Setting(
        INTEGER,
        POSTMASTER,
        "superuser_reserved_connections",
        "3",
        "Connections kept for superusers",
        bounds=(0, 262143),
    ),
    Setting(BOOL, USER, "synchronize_seqscans", "on", "Present for compatibility"),
    Setting(
        ENUM,
        USER,
        "synchronous_commit",
        "on",
        "Present for compatibility",
        values=("local", "remote_write", "remote_apply", "on", "off"),
    ),
    Setting(
        INTEGER,
        USER,
        "tcp_keepalives_count",
        "0",
        "Keepalive probes before a connection is given up",
        bounds=(0, INT_MAX),
    ),
    Setting(
        INTEGER,
        USER,
        "tcp_keepalives_idle",
        "0",
        "Idle time before the first keepalive probe",
        unit="s",
        bounds=(0, INT_MAX),
    ),
    Setting(
        INTEGER, USER, "tcp_keepalives_interval", "0", "Time between keepalive probes", unit="s", bounds=(0, INT_MAX)
    ),
    Setting(
        INTEGER,
        USER,
        "tcp_user_timeout",
        "0",
        "Longest time sent data may stay unacknowledged",
        unit="ms",
        bounds=(0, INT_MAX),
    ),
    Setting(INTEGER, USER, "temp_buffers", "1024", "Present for compatibility", unit="8kB", bounds=(100, 1073741823)),
    Setting(STRING, USER, "temp_tablespaces", "", "Tablespaces of temporary tables"),
    Setting(STRING, USER, "TimeZone", "Etc/UTC", "Time zone of timestamps with time zone", report=True),
    Setting(STRING, USER, "timezone_abbreviations", "Default", "Set of time zone abbreviations"),
    Setting(BOOL, SUPERUSER, "track_activities", "on", "Present for compatibility"),
    Setting(BOOL, SUPERUSER, "track_counts", "on", "Present for compatibility"),
    Setting(ENUM, SUPERUSER, "track_functions", "none", "Present for compatibility", values=("none", "pl", "all")),
    Setting(BOOL, SUPERUSER, "track_io_timing", "off", "Present for compatibility"),
    Setting(BOOL, USER, "transaction_deferrable", "off", "Deferrable status of the current transaction"),
    Setting(
        ENUM,
        USER,
        "transaction_isolation",
        "read committed",
        "Isolation level of the current transaction",
        values=("serializable", "repeatable read", "read committed", "read uncommitted"),
    ),
    Setting(BOOL, USER, "transaction_read_only", "off", "Whether the current transaction is read-only"),
    Setting(
        INTEGER,
        USER,
        "transaction_timeout",
        "0",
        "Longest time of a transaction; 0 is no limit",
        unit="ms",
        bounds=(0, INT_MAX),
    ),
    Setting(BOOL, USER, "transform_null_equals", "off", "Whether x = NULL means x IS NULL"),
    Setting(STRING, POSTMASTER, "unix_socket_directories", "", "Directories of Unix-domain sockets"),
    Setting(REAL, USER, "vacuum_cost_delay", "0", "Present for compatibility", unit="ms", bounds=(0.0, 100.0)),
    Setting(INTEGER, USER, "vacuum_cost_limit", "200", "Present for compatibility", bounds=(1, 10000)),
    Setting(INTEGER, INTERNAL, "wal_block_size", "8192", "Present for compatibility", bounds=(8192, 8192)),
    Setting(
        ENUM, POSTMASTER, "wal_level", "replica", "Present for compatibility", values=("minimal", "replica", "logical")
    ),
    Setting(
        INTEGER,
        INTERNAL,
        "wal_segment_size",
        "16777216",
        "Present for compatibility",
        unit="B",
        bounds=(1048576, 1073741824),
    ),
    Setting(INTEGER, USER, "wal_sender_timeout", "60000", "Present for compatibility", unit="ms", bounds=(0, INT_MAX)),
    Setting(INTEGER, USER, "work_mem", "4096", "Present for compatibility", unit="kB", bounds=(64, INT_MAX)),
    Setting(ENUM, USER, "xmlbinary", "base64", "Text format of binary values in XML", values=("base64", "hex")),
    Setting(
        ENUM, USER, "xmloption", "content", "Whether XML text is a document or content", values=("content", "document")
    ),
)

BY_NAME: Final[dict[str, Setting]] = {setting.name.lower(): setting for setting in SETTINGS}
"""By name in lower case: names of settings are case-insensitive."""

REPORTED: Final[tuple[Setting, ...]] = tuple(setting for setting in SETTINGS if setting.report)
"""Reported with ParameterStatus, in PostgreSQL's order at the start of a session."""
