"""What the session knows and IRIS does not."""

from __future__ import annotations

import pytest

from pgiris.errors import FeatureNotSupported, PgError
from pgiris.session.settings import Settings, server_defaults
from pgiris.session.transaction import Transaction
from pgiris.session.values import FUNCTIONS, UNBOUNDED, SessionBinder
from pgiris.sql.functions import SESSION
from pgiris.sql.plan import Bind, Constant, Parameter, SessionValue
from pgiris.types import oids
from pgiris.types.values import TimeTz

from .fakes import IDENTITY, FakeRuntime

NOON = 9_132 * 86_400_000_000 + 12 * 3_600_000_000 + 345_678  # 2025-01-01 12:00:00.345678 UTC


@pytest.fixture
def binder() -> SessionBinder:
    settings = Settings(server_defaults({"server_version": "15.20 (x)"}), {"session_authorization": "tester"})
    state = Transaction(settings.with_values("timezone", ("Asia/Kolkata",)))
    state.start_time = NOON
    made = SessionBinder(IDENTITY, FakeRuntime(), state, 1, lambda: ("public",))
    made.statement_time = NOON + 5
    return made


def value(binder: SessionBinder, name: str, *arguments: Bind, oid: int = oids.TEXT) -> object:
    return binder.internal(SessionValue(name, oid, arguments), ())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("now", NOON),
        ("transaction_timestamp", NOON),
        ("current_timestamp", NOON),
        ("statement_timestamp", NOON + 5),
        ("localtimestamp", NOON + 19_800_000_000),
        ("current_date", 9_132),
        ("localtime", 17 * 3_600_000_000 + 30 * 60_000_000 + 345_678),
        ("current_time", TimeTz(17 * 3_600_000_000 + 30 * 60_000_000 + 345_678, -19_800)),
        ("current_user", "tester"),
        ("session_user", "tester"),
        ("current_database", "shop"),
        ("current_schema", "public"),
        ("current_schemas", ["public"]),
        ("pg_backend_pid", 1234),
        ("pg_is_in_recovery", False),
        ("pg_client_encoding", "UTF8"),
        ("inet_client_addr", None),
        ("pg_my_temp_schema", 0),
    ],
)
def test_a_function_answers_for_the_session(binder: SessionBinder, name: str, expected: object) -> None:
    assert value(binder, name) == expected


def test_a_precision_rounds(binder: SessionBinder) -> None:
    assert value(binder, "current_timestamp", Constant(3)) == NOON + 322
    assert value(binder, "current_timestamp", Constant(0)) == NOON - 345_678


def test_version_begins_with_postgresql(binder: SessionBinder) -> None:
    assert str(value(binder, "version")).startswith("PostgreSQL 15.20 ")


def test_settings_are_read_and_set_as_functions(binder: SessionBinder) -> None:
    assert value(binder, "current_setting", Constant("timezone")) == "Asia/Kolkata"
    assert value(binder, "set_config", Constant("application_name"), Constant("x"), Constant(0)) == "x"
    assert value(binder, "current_setting", Constant("application_name")) == "x"
    assert value(binder, "current_setting", Constant("no.such"), Constant(1)) is None
    with pytest.raises(PgError, match="42704"):
        value(binder, "current_setting", Constant("no.such"))


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [("limit", 5, 5), ("limit", None, UNBOUNDED), ("offset", None, 0), ("offset", 7, 7)],
)
def test_row_counts_are_checked(binder: SessionBinder, name: str, given: int | None, expected: int) -> None:
    bind = SessionValue(name, oids.INT8, (Parameter(0, oids.INT8),), -5)
    assert binder.value(bind, (given,)) == expected


@pytest.mark.parametrize(("name", "state"), [("limit", "2201W"), ("offset", "2201X")])
def test_negative_row_counts_are_refused(binder: SessionBinder, name: str, state: str) -> None:
    with pytest.raises(PgError, match=state):
        binder.value(SessionValue(name, oids.INT8, (Parameter(0, oids.INT8),)), (-1,))


def test_values_reach_iris_in_its_own_forms(binder: SessionBinder) -> None:
    assert binder.value(SessionValue("now", oids.TIMESTAMPTZ), ()) == "2025-01-01 12:00:00.345678"
    assert binder.value(SessionValue("current_date", oids.DATE), ()) == "2025-01-01"
    assert binder.value(SessionValue("pg_is_in_recovery", oids.BOOL), ()) == 0


def test_a_literal_is_read_with_the_settings_of_the_session(binder: SessionBinder) -> None:
    stamp = SessionValue("input", oids.TIMESTAMPTZ, (Constant(oids.TIMESTAMPTZ), Constant("2025-01-01 05:30:00")))
    assert binder.value(stamp, ()) == "2025-01-01 00:00:00"


def test_an_unknown_function_is_refused_by_name(binder: SessionBinder) -> None:
    with pytest.raises(FeatureNotSupported, match="nope"):
        value(binder, "nope")


def test_the_session_answers_what_plans_ask_for() -> None:
    assert set(FUNCTIONS) >= SESSION
