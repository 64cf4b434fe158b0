"""Rewrites the generated tables of src/pgiris/types from an installed PostgreSQL 15.

    python tools/generate_types.py

``catalogue.py`` gets the rows of pg_type, ``abbreviations.py`` the time zone abbreviations of the file
``timezonesets/Default``. Only the lines between the marker comments change.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.postgres import PostgresServer  # noqa: E402

BEGIN = "    # generated: begin (tools/generate_types.py)\n"
END = "    # generated: end\n"

TYPES = """
SELECT typname, oid, typarray, typlen, typcategory::text, typdelim::text, typelem, typtype::text, typispreferred,
       format_type(oid, NULL)
FROM pg_type
WHERE typrelid = 0 AND typtype <> 'd' AND oid < 16384
  AND NOT EXISTS (SELECT FROM pg_type b WHERE b.typarray = pg_type.oid)
ORDER BY oid
"""


def type_lines(connection: psycopg.Connection[tuple[object, ...]]) -> list[str]:
    lines = []
    for name, oid, array, length, category, delimiter, element, kind, preferred, sql_name in connection.execute(TYPES):
        options = ""
        if delimiter != ",":
            options += f', delimiter="{delimiter}"'
        if element:
            options += f", element={element}"
        if kind != "b":
            options += f', kind="{kind}"'
        if preferred:
            options += ", preferred=True"
        if sql_name != name:
            options += f", sql_name={quoted(str(sql_name))}"
        lines.append(f'    TypeInfo("{name}", {oid}, {array}, {length}, "{category}"{options}),\n')
    return lines


def quoted(text: str) -> str:
    return f"'{text}'" if '"' in text else f'"{text}"'


def abbreviation_lines() -> tuple[list[str], list[str]]:
    share = subprocess.run(["pg_config", "--sharedir"], capture_output=True, text=True, check=True).stdout.strip()
    lines, daylight = [], []
    for line in (Path(share) / "timezonesets" / "Default").read_text().splitlines():
        words = line.split("#")[0].split()
        if len(words) < 2:
            continue
        if words[2:] == ["D"]:
            daylight.append(f'    "{words[0].lower()}",\n')
        value = words[1] if words[1].lstrip("-").isdigit() else quoted(words[1])
        lines.append(f'    "{words[0].lower()}": {value},\n')
    return sorted(lines), sorted(daylight)


def replace(path: Path, *tables: list[str]) -> None:
    """Puts the lines of each table between its markers."""
    head, *rests = path.read_text().split(BEGIN)
    for lines, rest in zip(tables, rests, strict=True):
        head += BEGIN + "".join(lines) + END + rest.split(END)[1]
    path.write_text(head)


def main() -> None:
    types = ROOT / "src" / "pgiris" / "types"
    replace(types / "abbreviations.py", *abbreviation_lines())
    with PostgresServer() as server, psycopg.connect(server.dsn) as connection:
        replace(types / "catalogue.py", type_lines(connection))


if __name__ == "__main__":
    main()
