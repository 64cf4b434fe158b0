"""The scenario with psql: what it prints is compared as text."""

from __future__ import annotations

import subprocess

import pytest

from tests.clients import programs, scenario
from tests.server import Address

LITERALS = {
    "b": "true",
    "y": r"'\x00ff10275c'",
    "f4": "1.5",
    "f8": "3.141592653589793",
    "d": "'2024-02-29'",
    "tm": "'23:59:59.999999'",
    "ts": "'1999-12-31 23:59:59.5'",
    "tz": "'2024-07-01 12:00:00.00025+00'",
    "u": "'12345678-9abc-def0-1234-56789abcdef0'",
}
PRINTED = {"b": "t", "c": "abc  ", "y": r"\x00ff10275c"}


class Psql:
    """Runs a script in one psql; `-A -t` prints bare rows."""

    def __init__(self, address: Address) -> None:
        self.command = ["psql", "-X", "-A", "-t", "-q", "-v", "VERBOSITY=verbose", address.dsn]

    def __call__(self, script: str) -> tuple[list[str], str]:
        try:
            finished = subprocess.run(self.command, input=script, capture_output=True, text=True, timeout=60)
        except FileNotFoundError:
            programs.unavailable("psql is not installed")
            raise
        return finished.stdout.splitlines(), finished.stderr


@pytest.fixture(scope="module")
def psql(scenario_server: Address) -> Psql:
    run = Psql(scenario_server)
    values = []
    for column, (_, value) in scenario.COLUMNS.items():
        values.append(LITERALS.get(column) or (str(value) if column[0] in "in" else f"'{value}'"))
    types = ", ".join(sql_type for sql_type, _ in scenario.COLUMNS.values())
    marks = ", ".join(f"${number}" for number in range(2, len(values) + 2))
    names = ", ".join(scenario.COLUMNS)
    output, errors = run(
        f"{scenario.create_table('scenario_psql')};\n"
        f"PREPARE fill(integer, {types}) AS INSERT INTO scenario_psql (id, {names}) VALUES ($1, {marks});\n"
        f"EXECUTE fill(1, {', '.join(values)});\n"
        f"EXECUTE fill(2, {', '.join(['NULL'] * len(values))});\n"
    )
    assert (output, errors) == ([], "")
    return run


def test_psql_reads_every_core_type_back(psql: Psql) -> None:
    output, errors = psql("SELECT * FROM scenario_psql WHERE id = 1;")
    wanted = ["1"]
    for column, (_, value) in scenario.COLUMNS.items():
        wanted.append(PRINTED.get(column) or LITERALS.get(column, str(value)).strip("'"))
    assert errors == ""
    assert output == ["|".join(wanted)]


def test_psql_shows_nulls_and_empty_strings_apart(psql: Psql) -> None:
    output, errors = psql(
        "\\pset null '<null>'\nINSERT INTO scenario_psql (id, t) VALUES (3, '');\n"
        "SELECT id, t, i4 FROM scenario_psql WHERE id > 1 ORDER BY id;"
    )
    assert (output, errors) == (["2|<null>|<null>", "3||<null>"], "")


def test_psql_keeps_unicode(psql: Psql) -> None:
    script = f"\\set text {scenario.UNICODE.split(chr(39))[0].strip()!r}\nSELECT :'text' AS text, length(:'text');"
    text = scenario.UNICODE.split("'")[0].strip()
    assert psql(script) == ([f"{text}|{len(text)}"], "")


def test_psql_rolls_a_transaction_back(psql: Psql) -> None:
    output, errors = psql(
        "BEGIN;\nDELETE FROM scenario_psql;\nSELECT count(*) FROM scenario_psql;\nROLLBACK;\n"
        "SELECT count(*) > 0 FROM scenario_psql;"
    )
    assert (output, errors) == (["0", "t"], "")


def test_psql_shows_an_error_with_its_position_and_goes_on(psql: Psql) -> None:
    output, errors = psql("SELECT 1;\nSELECT nope FROM scenario_psql;\nSELEC 2;\nSELECT 1/0;\nSELECT 3;")
    assert output == ["1", "3"]
    lines = errors.splitlines()
    assert [line.split("ERROR:  ")[1] for line in lines if "ERROR:  " in line] == [
        '42703: column "nope" does not exist',
        '42601: syntax error at or near "SELEC"',
        "22012: division by zero",
    ]
    assert "LINE 1: SELECT nope FROM scenario_psql;" in lines
    assert "               ^" in [line[1:] for line in lines] or "               ^" in lines


def test_psql_stops_in_a_failed_transaction(psql: Psql) -> None:
    output, errors = psql("BEGIN;\nSELECT 1/0;\nSELECT 1;\nCOMMIT;\nSELECT 2;")
    assert output == ["2"]
    assert "25P02: current transaction is aborted" in errors


def test_psql_reads_ten_thousand_rows(psql: Psql) -> None:
    output, errors = psql("SELECT id, label FROM scenario_rows ORDER BY id;")
    assert errors == ""
    assert output == [f"{key}|row {key}" for key in range(1, scenario.ROWS + 1)]


def test_psql_finds_the_nearest_vectors(psql: Psql) -> None:
    for operator, nearest in (("<->", ["1", "2"]), ("<=>", ["1", "2"]), ("<#>", ["3", "1"])):
        script = f"SELECT id FROM scenario_vectors ORDER BY embedding {operator} '[1,0,0]', id LIMIT 2;"
        assert psql(script) == (nearest, "")
    assert psql("SELECT embedding FROM scenario_vectors WHERE id = 3;") == (["[2,5,1]"], "")
