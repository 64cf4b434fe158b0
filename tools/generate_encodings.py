"""Writes tests/encodings/data from an installed PostgreSQL 15: what it makes of literals and of binary parameters.

    python tools/generate_encodings.py

``text/TYPE.tsv`` has a row for each literal and settings: settings, literal, and then text and binary of the value, or
``!SQLSTATE``, message and detail of the rejection. ``binary/TYPE.tsv`` has the same for the bytes of binary parameters.
``typmod.tsv`` has literals cast and assigned to types with modifiers. The literals are in ``literals.py`` beside this
file. Strings are JSON, so that every row is one line.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path

import psycopg
from psycopg import pq

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tools import literals  # noqa: E402

from tests.postgres import PostgresServer  # noqa: E402

DATA = ROOT / "tests" / "encodings" / "data"
TEXT, BINARY = 0, 1


class Probe:
    """Runs single statements on a raw connection."""

    def __init__(self, connection: pq.PGconn) -> None:
        self.connection = connection
        self.settings: dict[str, str] = {}

    def use(self, settings: dict[str, str]) -> None:
        for name in self.settings:
            self.run(f"RESET {name}")
        for name, value in settings.items():
            self.run(f"SET {name} = '{value}'")
        self.settings = settings

    def run(self, sql: str, value: bytes | None = None, oid: int = 25, code: int = TEXT, result: int = TEXT) -> object:
        """The first cell, or the fields of the error."""
        values = [] if value is None else [value]
        answer = self.connection.exec_params(sql.encode(), values, [oid] * len(values), [code] * len(values), result)
        if answer.status == pq.ExecStatus.FATAL_ERROR:
            fields = (
                pq.DiagnosticField.SQLSTATE,
                pq.DiagnosticField.MESSAGE_PRIMARY,
                pq.DiagnosticField.MESSAGE_DETAIL,
            )
            state, message, detail = ((answer.error_field(field) or b"").decode() for field in fields)
            return [f"!{state}", json.dumps(message, ensure_ascii=False), json.dumps(detail, ensure_ascii=False)]
        return answer.get_value(0, 0) if answer.ntuples else None


def row(*cells: str) -> str:
    return "\t".join(cells) + "\n"


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def settings_text(settings: dict[str, str]) -> str:
    return json.dumps(settings, sort_keys=True)


def text_rows(probe: Probe, type_name: str, variants: Iterable[dict[str, str]], texts: Iterable[str]) -> list[str]:
    rows = []
    for settings in variants:
        probe.use(settings)
        for text in texts:
            sql = f"SELECT ($1::text)::{type_name}"
            printed = probe.run(sql, text.encode())
            if isinstance(printed, list):
                rows.append(row(settings_text(settings), quoted(text), *printed))
                continue
            data = probe.run(sql, text.encode(), result=BINARY)
            assert isinstance(printed, bytes)
            assert isinstance(data, bytes)
            rows.append(row(settings_text(settings), quoted(text), quoted(printed.decode()), data.hex()))
    return rows


def binary_rows(probe: Probe, type_name: str, samples: Iterable[str]) -> list[str]:
    probe.use({})
    oid = int(probe.run(f"SELECT '{type_name}'::regtype::oid"))  # type: ignore[call-overload]
    rows = []
    for sample in samples:
        printed = probe.run("SELECT $1", bytes.fromhex(sample), oid=oid, code=BINARY)
        cells = printed if isinstance(printed, list) else [quoted(printed.decode())]  # type: ignore[attr-defined]
        rows.append(row(sample or "-", *cells))
    return rows


def typmod_rows(probe: Probe) -> list[str]:
    probe.use({})
    rows = []
    for type_name, texts in literals.TYPMODS.items():
        oid = probe.run(f"SELECT '{type_name}'::regtype::oid")
        probe.run(f"CREATE TEMP TABLE t (v {type_name})")
        typmod = probe.run("SELECT atttypmod FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'v'")
        formatted = probe.run(
            "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'v'"
        )
        base = probe.run(
            "SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'v'"
        )
        base = literals.BASE.get(base.decode(), base.decode())  # type: ignore[attr-defined]
        head = [type_name, oid.decode(), typmod.decode(), formatted.decode()]  # type: ignore[attr-defined]
        for text in texts:
            for how, sql in (
                ("cast", f"SELECT ($1::text)::{base}::{type_name}"),
                ("assign", f"INSERT INTO t VALUES (($1::text)::{base}) RETURNING v"),
            ):
                printed = probe.run(sql, text.encode())
                cells = printed if isinstance(printed, list) else [quoted(printed.decode())]  # type: ignore[attr-defined]
                rows.append(row(*head, how, quoted(text), *cells))
        probe.run("DROP TABLE t")
    return rows


def write(path: Path, rows: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(rows), encoding="utf-8")
    print(path.relative_to(ROOT), len(rows))


def main() -> None:
    with PostgresServer() as server, psycopg.connect(server.dsn, autocommit=True) as connection:
        probe = Probe(connection.pgconn)
        for type_name, (variants, texts) in literals.TEXTS.items():
            name = type_name.replace("[]", "_array").replace('"', "quoted_")
            write(DATA / "text" / f"{name}.tsv", text_rows(probe, type_name, variants, texts))
        for type_name, samples in literals.BINARY.items():
            name = type_name.replace("[]", "_array").replace('"', "quoted_")
            write(DATA / "binary" / f"{name}.tsv", binary_rows(probe, type_name, samples))
        write(DATA / "typmod.tsv", typmod_rows(probe))


if __name__ == "__main__":
    main()
