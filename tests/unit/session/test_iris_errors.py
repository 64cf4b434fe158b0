"""SQLCODEs in PostgreSQL's words."""

from __future__ import annotations

import pytest

from pgiris.errors import BackendLost, IrisError
from pgiris.session.iris_errors import FAULTS, TEMPLATES, lost, to_pg_error
from pgiris.sql.schema import Schema, Table, TableColumn
from pgiris.sqlcode import SQLCODES
from pgiris.types import oids

SCHEMA = Schema(
    {
        ("sqluser", "person"): Table(
            "SQLUser",
            "person",
            (
                TableColumn("id", oids.INT4),
                TableColumn("name", oids.VARCHAR, 14),
                TableColumn("age", oids.INT2),
                TableColumn("born", oids.DATE),
            ),
            ("id",),
            {"person_pkey": ("id",), "person_name_key": ("name",)},
        )
    }
)


@pytest.mark.parametrize(
    ("code", "text", "state", "message"),
    [
        (-400, "Fatal error occurred <DIVIDE>", "22012", "division by zero"),
        (-400, "Fatal error occurred <MAXNUMBER>", "22003", "value out of range"),
        (-456, "", "57014", "canceling statement due to user request"),
        (-450, "", "57014", "canceling statement due to statement timeout"),
        (-110, "locked", "55P03", "canceling statement due to lock timeout"),
        (-119, "'SQLUser.person' constraint 'person_name_key' failed unique check", "23505",
         'duplicate key value violates unique constraint "person_name_key"'),
        (-119, "UNIQUE failed", "23505", "duplicate key value violates a unique constraint"),
        (-108, "'SQLUser.person.name' is a required field", "23502",
         'null value in column "name" of relation "person" violates not-null constraint'),
        (-121, "SQLUser.person: foreign key constraint 'person_boss_fkey' failed", "23503",
         'insert or update on table "person" violates foreign key constraint "person_boss_fkey"'),
        (-124, "SQLUser.person: foreign key constraint 'person_boss_fkey' failed", "23503",
         'update or delete on table "person" violates foreign key constraint "person_boss_fkey"'),
        (-104, "Field 'SQLUser.person.name' (value 'abcdefghijklm') failed validation", "22001",
         "value too long for type character varying(10)"),
        (-105, "Field 'SQLUser.person.age' (value 70000) failed validation", "22003", "smallint out of range"),
        (-104, "Field 'SQLUser.person.born' failed validation", "22000",
         'value for column "born" failed IRIS\'s validation'),
        (-30, "Table 'SQLUSER.PERSON' not found", "42P01", 'relation "person" does not exist'),
        (-99, "User tester is not privileged", "42501", "permission denied"),
        (-359, "User defined SQL function 'SQLUSER.X' does not exist", "42883",
         "User defined SQL function 'SQLUSER.X' does not exist"),
        (-99999, "", "XX000", "unknown SQLCODE -99999"),
    ],
)  # fmt: skip
def test_a_sqlcode_becomes_postgresqls_error(code: int, text: str, state: str, message: str) -> None:
    error = to_pg_error(IrisError(code, text), SCHEMA)
    assert (error.sqlstate, error.message) == (state, message)


def test_names_go_into_the_fields_that_orms_read() -> None:
    text = "'SQLUser.person' constraint 'person_name_key' failed unique check"
    error = to_pg_error(IrisError(-120, text), SCHEMA)
    assert (error.schema, error.table, error.constraint) == ("public", "person", "person_name_key")
    error = to_pg_error(IrisError(-108, "'SQLUser.person.name' is a required field"), SCHEMA)
    assert error.column == "name"
    assert error.detail is not None
    assert "-108" in error.detail


def test_every_code_with_a_message_of_its_own_is_a_known_code() -> None:
    assert set(TEMPLATES) <= set(SQLCODES)
    assert all(fault.startswith("<") for fault in FAULTS)


@pytest.mark.parametrize("code", sorted(SQLCODES))
def test_every_code_gives_an_error_with_its_sqlstate(code: int) -> None:
    error = to_pg_error(IrisError(code, ""), SCHEMA)
    assert error.sqlstate == SQLCODES[code].sqlstate
    assert error.message


def test_a_lost_process_is_a_connection_failure() -> None:
    error = lost(BackendLost("it died"))
    assert error.sqlstate == "08006"
    assert "it died" in error.message
