"""PostgreSQL and pgiris answer the same statements alike: tag, column names, types and typmods, rows; for errors the
SQLSTATE, the message and the position.

`statements.sql` has one line for each text. A line ``-- differs: reason`` before it says that the answers differ;
then they must differ, so that the list can only shrink.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.postgres import PostgresServer
from tests.server import Address

FILE = Path(__file__).with_name("statements.sql")
MARK = "-- differs: "


def statements() -> list[tuple[str, str]]:
    """The texts, each with the reason for its difference or nothing."""
    result: list[tuple[str, str]] = []
    reason = ""
    for line in FILE.read_text().splitlines():
        if line.startswith(MARK):
            reason = line.removeprefix(MARK)
        elif line and not line.startswith("--"):
            result.append((line, reason))
            reason = ""
    return result


def answer(connection: psycopg.Connection[Any], text: str) -> tuple[object, ...]:
    """What the server says to the last statement of `text`, as far as it is compared."""
    try:
        cursor = connection.execute(text, prepare=False)  # type: ignore[call-overload]
    except psycopg.Error as error:
        return error.sqlstate, error.diag.message_primary, error.diag.statement_position
    result = cursor.pgresult
    columns = [(result.fname(n), result.ftype(n), result.fmod(n)) for n in range(result.nfields)]
    rows = [[result.get_value(row, n) for n in range(result.nfields)] for row in range(result.ntuples)]
    return cursor.statusmessage, columns, rows


@pytest.mark.postgres
def test_statements_are_answered_as_postgresql_answers_them(postgres: PostgresServer, server: Address) -> None:
    theirs = psycopg.connect(host=postgres.host, port=postgres.port, user=postgres.user, dbname=postgres.database)
    ours = psycopg.connect(host=server.host, port=server.port, user=server.user, dbname=server.database)
    wrong: list[str] = []
    with theirs, ours:
        theirs.autocommit = ours.autocommit = True
        for text, reason in statements():
            wanted, got = answer(theirs, text), answer(ours, text)
            if (wanted == got) is bool(reason):
                wrong.append(
                    f"{text}\n    PostgreSQL {wanted}\n    pgiris     {got}\n    reason     {reason or 'none'}"
                )
    assert not wrong, f"{len(wrong)} texts:\n" + "\n".join(wrong)
