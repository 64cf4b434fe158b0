"""The SQLite file of an instance: opening connections, and the functions and collations that each one has."""

from __future__ import annotations

import html
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import apsw
import sqlite_vec

from pgiris.errors import IrisError
from pgiris.sqlcode import SQLCODES
from pgiris.standin import dates, physical
from pgiris.standin.functions import aggregates, casts, lists, strings, table, vectors
from pgiris.standin.settings import InstanceSettings

if TYPE_CHECKING:
    from pgiris.standin.process import Process


def compared(fold: Callable[[str], str]) -> Callable[[str, str], int]:
    """A collation that compares folded texts."""

    def compare(a: str, b: str) -> int:
        x, y = fold(a), fold(b)
        return (x > y) - (x < y)

    return compare


COLLATIONS: Final[dict[str, Callable[[str], str]]] = {
    "SQLUPPER": casts.collated,
    "IRISUPPER": str.upper,
    "SQLSTRING": lambda text: text.rstrip(" "),
    "ALPHAUP": strings.alphaup,
}


def open_connection(path: Path, settings: InstanceSettings) -> apsw.Connection:
    """A connection with everything but the functions that belong to a process."""
    connection = apsw.Connection(str(path), statementcachesize=256)
    connection.enable_load_extension(True)
    connection.load_extension(sqlite_vec.loadable_path())
    connection.enable_load_extension(False)
    connection.set_busy_timeout(10_000)
    for pragma in (
        "journal_mode = WAL",
        f"synchronous = {'FULL' if settings.durable else 'NORMAL'}",
        "temp_store = MEMORY",
        "recursive_triggers = ON",
        "cache_size = -32768",
    ):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    for name, fold in COLLATIONS.items():
        connection.create_collation(name, compared(fold))
    for name, function in {**casts.FUNCTIONS, **table.sqlite_functions(), **EXTRA}.items():
        connection.create_scalar_function(name, function, -1, deterministic=True)
    for name, factory in aggregates.AGGREGATES.items():
        connection.create_window_function(name, factory, -1)
    connection.create_scalar_function("iris_newid", lambda *_: strings.newid(), 0)
    return connection


def list_json(value: object) -> str:
    """The elements of a list as JSON, for FOR SOME %ELEMENT."""
    items = lists.items(value) if isinstance(value, bytes) else str(value).split(",")
    return json.dumps(items)


EXTRA: Final[dict[str, Callable[..., Any]]] = {
    "iris_xml_escape": casts.optional(lambda text: html.escape(text, quote=True)),
    "iris_list_json": casts.optional(list_json),
    "iris_vec_cosine": lambda a, b: vectors.cosine("float", a, b),
    "iris_sqlcode_text": casts.optional(
        lambda code: SQLCODES[int(code)].meaning if code.lstrip("-").isdigit() and int(code) in SQLCODES else ""
    ),
}


def register_process(connection: apsw.Connection, process: Process) -> None:
    """The functions that answer for one process: its clock, identity, counters and options."""

    functions: dict[str, Callable[..., Any]] = {
        "iris_today": lambda: dates.now_local(0)[0],
        "iris_time_now": lambda precision: dates.now_local(precision)[1],
        "iris_now": lambda precision: dates.format_moment(dates.now_local(precision)),
        "iris_now_utc": lambda precision: dates.format_moment(dates.now_utc(precision)),
        "iris_horolog": lambda: horolog(dates.now_local(0)),
        "iris_ztimestamp": lambda: ztimestamp(dates.now_utc(6)),
        "iris_zhorolog": process.instance.uptime,
        "iris_ztimezone": process.instance.zone_minutes,
        "iris_job": lambda: process.pid,
        "iris_tlevel": lambda: process.level,
        "iris_last_identity": lambda: process.last_identity,
        "iris_default_schema": lambda: process.default_schema,
        "iris_get_option": process.get_option,
        "iris_set_option": process.set_option,
        "iris_table_exists": lambda name: int(process.relation_exists(name, view=False)),
        "iris_view_exists": lambda name: int(process.relation_exists(name, view=True)),
        "iris_next_id": lambda identity: process.next_rowid(process.dictionary.table(identity)),
        "iris_take_id": process.take_rowid,
        "iris_take_serial": process.take_serial,
        "iris_next_version": lambda: process.instance.counters.next((0, 0)),
        "iris_checking": lambda: int(process.checking),
        "iris_default": process.default_value,
        "iris_random": lambda limit="0": random.randrange(max(int(float(limit or 0)), 1)),
        "iris_call": process.call_function,
        "iris_code": process.run_code,
        "iris_row": process.firing.take,
        "iris_fire": process.firing.row,
    }
    for name, function in functions.items():
        connection.create_scalar_function(name, function, -1)


def horolog(now: dates.Moment) -> str:
    return f"{now[0]},{now[1] // dates.SECOND}"


def ztimestamp(now: dates.Moment) -> str:
    seconds, fraction = divmod(now[1], dates.SECOND)
    text = f"{fraction:09d}".rstrip("0")
    return f"{now[0]},{seconds}.{text}" if text else f"{now[0]},{seconds}"


def create_store(path: Path, settings: InstanceSettings) -> None:
    """Make the dictionary tables of a new store."""
    connection = open_connection(path, settings)
    try:
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'sys_meta'").fetchone():
            return  # it exists, and opening it must not wait for whoever writes to it
        connection.execute("BEGIN IMMEDIATE")
        for statement in physical.SCHEMA.split(";"):
            if statement.strip():
                connection.execute(statement)
        connection.execute("COMMIT")
    except apsw.Error as error:
        raise IrisError(-400, f"Fatal error occurred: {error}") from error
    finally:
        connection.close()
