"""Settings: PostgreSQL's names, defaults, checks and messages; an immutable map with the rules of SET and RESET."""

from __future__ import annotations

import pytest

from pgiris.errors import PgError
from pgiris.session.settings import Settings, server_defaults
from pgiris.session.settings_table import BY_NAME, SETTINGS


@pytest.fixture
def settings() -> Settings:
    return Settings(server_defaults({"server_version": "15.20 (test)", "session_authorization": "tester"}))


def refusal(settings: Settings, name: str, *values: str) -> tuple[str, str, str | None, str | None]:
    with pytest.raises(PgError) as caught:
        settings.with_values(name, values)
    error = caught.value
    return error.sqlstate, error.message, error.detail, error.hint


def test_every_name_occurs_once_and_every_default_is_valid(settings: Settings) -> None:
    assert len(BY_NAME) == len(SETTINGS)
    for setting in SETTINGS:
        name, value = settings.show(setting.name.upper())
        assert name == setting.name
        assert isinstance(value, str)


def test_the_reported_settings_come_in_the_order_and_spelling_of_postgresql(settings: Settings) -> None:
    assert settings.reported() == (
        ("application_name", ""),
        ("client_encoding", "UTF8"),
        ("DateStyle", "ISO, MDY"),
        ("default_transaction_read_only", "off"),
        ("in_hot_standby", "off"),
        ("integer_datetimes", "on"),
        ("IntervalStyle", "postgres"),
        ("is_superuser", "on"),
        ("server_encoding", "UTF8"),
        ("server_version", "15.20 (test)"),
        ("session_authorization", "tester"),
        ("standard_conforming_strings", "on"),
        ("TimeZone", "Etc/UTC"),
    )


@pytest.mark.parametrize(
    ("name", "given", "shown"),
    [
        ("statement_timeout", "1.5s", "1500ms"),
        ("statement_timeout", "90s", "90s"),
        ("statement_timeout", "60000", "1min"),
        ("statement_timeout", "0", "0"),
        ("idle_session_timeout", "1d", "1d"),
        ("lock_timeout", "1500us", "2ms"),
        ("work_mem", "1GB", "1GB"),
        ("work_mem", "1.5MB", "1536kB"),
        ("work_mem", "65", "65kB"),
        ("work_mem", "0x100", "256kB"),
        ("work_mem", "0100", "64kB"),
        ("work_mem", " 100 kB ", "100kB"),
        ("work_mem", "1e3", "1000kB"),
        ("extra_float_digits", "2.7", "3"),
        ("cpu_tuple_cost", "1e3", "1000"),
        ("random_page_cost", "1.1", "1.1"),
        ("vacuum_cost_delay", "10us", "10us"),
        ("vacuum_cost_delay", "1", "1ms"),
        ("jit", "T", "on"),
        ("jit", "of", "off"),
        ("jit", "0", "off"),
        ("bytea_output", "HEX", "hex"),
        ("backslash_quote", "yes", "on"),
        ("datestyle", "German", "German, DMY"),
        ("datestyle", "SQL", "SQL, MDY"),
        ("datestyle", "european", "ISO, DMY"),
        ("timezone", "utc", "UTC"),
        ("timezone", "europe/berlin", "Europe/Berlin"),
        ("timezone", "5", "<+05>-05"),
        ("timezone", "5.5", "<+05:30>-05:30"),
        ("client_encoding", "'utf-8'", "UTF8"),
        ("client_encoding", "iso_8859_1", "LATIN1"),
        ("client_encoding", "windows-1252", "WIN1252"),
        ("search_path", '"A b", c', '"""A b"", c"'),
        ("default_transaction_isolation", "Serializable", "serializable"),
    ],
)
def test_a_value_is_shown_as_postgresql_shows_it(settings: Settings, name: str, given: str, shown: str) -> None:
    assert settings.with_values(name, (given,)).show(name)[1] == shown


@pytest.mark.parametrize(
    ("name", "given", "state", "message", "extra"),
    [
        ("foo", "1", "42704", 'unrecognized configuration parameter "foo"', None),
        ("statement_timeout", "-5", "22023",
         '-5 ms is outside the valid range for parameter "statement_timeout" (0 .. 2147483647)', None),
        ("work_mem", "1kB", "22023",
         '1 kB is outside the valid range for parameter "work_mem" (64 .. 2147483647)', None),
        ("work_mem", "1xx", "22023", 'invalid value for parameter "work_mem": "1xx"',
         'Valid units for this parameter are "B", "kB", "MB", "GB", and "TB".'),
        ("work_mem", "100KB", "22023", 'invalid value for parameter "work_mem": "100KB"',
         'Valid units for this parameter are "B", "kB", "MB", "GB", and "TB".'),
        ("statement_timeout", "1xx", "22023", 'invalid value for parameter "statement_timeout": "1xx"',
         'Valid units for this parameter are "us", "ms", "s", "min", "h", and "d".'),
        ("extra_float_digits", "9", "22023",
         '9 is outside the valid range for parameter "extra_float_digits" (-15 .. 3)', None),
        ("lock_timeout", "99999999999", "22023", 'invalid value for parameter "lock_timeout": "99999999999"',
         "Value exceeds integer range."),
        ("jit", "maybe", "22023", 'parameter "jit" requires a Boolean value', None),
        ("jit", "o", "22023", 'parameter "jit" requires a Boolean value', None),
        ("intervalstyle", "x", "22023", 'invalid value for parameter "intervalstyle": "x"',
         "Available values: postgres, postgres_verbose, sql_standard, iso_8601."),
        ("cpu_tuple_cost", "-1", "22023",
         '-1 is outside the valid range for parameter "cpu_tuple_cost" (0 .. 1.79769e+308)', None),
        ("datestyle", "foo", "22023", 'invalid value for parameter "DateStyle": "foo"',
         'Unrecognized key word: "foo".'),
        ("datestyle", "ISO, SQL", "22023", 'invalid value for parameter "DateStyle": "ISO, SQL"',
         'Conflicting "datestyle" specifications.'),
        ("timezone", "foo", "22023", 'invalid value for parameter "TimeZone": "foo"', None),
        ("client_encoding", "foo", "22023", 'invalid value for parameter "client_encoding": "foo"', None),
        ("server_version", "1", "55P02", 'parameter "server_version" cannot be changed', None),
        ("max_connections", "5", "55P02",
         'parameter "max_connections" cannot be changed without restarting the server', None),
        ("autovacuum", "on", "55P02", 'parameter "autovacuum" cannot be changed now', None),
        ("foo.b c", "1", "42602", 'invalid configuration parameter name "foo.b c"',
         "Custom parameter names must be two or more simple identifiers separated by dots."),
        ("role", "nope", "22023", 'role "nope" does not exist', None),
    ],
)  # fmt: skip
def test_a_bad_value_is_refused_in_postgresqls_words(
    settings: Settings, name: str, given: str, state: str, message: str, extra: str | None
) -> None:
    code, text, detail, hint = refusal(settings, name, given)
    assert (code, text) == (state, message)
    assert extra in (detail, hint)


@pytest.mark.parametrize(
    ("name", "bad", "good"),
    [
        ("standard_conforming_strings", "off", "on"),
        ("transform_null_equals", "on", "off"),
        ("session_replication_role", "replica", "origin"),
    ],
)
def test_a_meaning_that_is_not_done_is_refused_and_not_ignored(
    settings: Settings, name: str, bad: str, good: str
) -> None:
    assert refusal(settings, name, bad)[:2] == ("0A000", f"{name} = {bad} is not supported")
    assert settings.with_values(name, (good,)).show(name)[1] == good


def test_a_setting_that_takes_one_value_refuses_two(settings: Settings) -> None:
    assert refusal(settings, "application_name", "a", "b")[:2] == (
        "22023",
        "SET application_name takes only one argument",
    )


def test_search_path_quotes_what_needs_quotes_and_splits_again(settings: Settings) -> None:
    changed = settings.with_values("search_path", ("a", "b c", "D", "$user"))
    assert changed.show("search_path")[1] == 'a, "b c", "D", "$user"'
    assert changed.search_path == ("a", "b c", "D", "tester")
    assert settings.search_path == ("tester", "public")
    assert settings.with_values("search_path", ("",)).show("search_path")[1] == '""'


def test_set_config_takes_the_text_of_a_whole_list(settings: Settings) -> None:
    assert settings.with_text("search_path", '"A b",c').search_path == ("A b", "c")
    with pytest.raises(PgError, match="22023"):
        settings.with_text("search_path", "a,,b")


def test_a_name_with_a_dot_is_free(settings: Settings) -> None:
    changed = settings.with_values("foo.bar", ("1",))
    assert changed.show("foo.bar") == ("foo.bar", "1")
    with pytest.raises(PgError, match="42704"):
        settings.show("foo.bar")


def test_custom_settings_are_bounded(settings: Settings) -> None:
    for number in range(500):
        settings = settings.with_values(f"foo.x{number}", ("1",))
    with pytest.raises(PgError, match="53400"):
        settings.with_values("foo.one_more", ("1",))


def test_startup_options_are_what_reset_goes_back_to(settings: Settings) -> None:
    started = settings.with_defaults(
        [("application_name", "psql"), ("datestyle", "German"), ("statement_timeout", "5s")]
    )
    changed = started.with_values("application_name", ("x",)).with_values("statement_timeout", ("1s",))
    assert changed.show("statement_timeout")[1] == "1s"
    assert changed.reset("statement_timeout").show("statement_timeout")[1] == "5s"
    everything = changed.reset_all()
    assert everything.show("application_name")[1] == "psql"
    assert everything.show("DateStyle")[1] == "German, DMY"


def test_an_invalid_startup_option_is_fatal(settings: Settings) -> None:
    with pytest.raises(PgError) as caught:
        settings.with_defaults([("statement_timeout", "soon")])
    assert (caught.value.severity, caught.value.sqlstate) == ("FATAL", "22023")


def test_set_local_ends_with_the_transaction_and_set_after_it_wins(settings: Settings) -> None:
    local = settings.with_values("work_mem", ("1MB",)).with_values("work_mem", ("2MB",), local=True)
    assert local.show("work_mem")[1] == "2MB"
    assert local.without_local().show("work_mem")[1] == "1MB"
    assert local.with_values("work_mem", ("3MB",)).without_local().show("work_mem")[1] == "3MB"


def test_default_goes_back_like_reset(settings: Settings) -> None:
    changed = settings.with_values("work_mem", ("1MB",))
    assert changed.with_values("work_mem", None).show("work_mem")[1] == "4MB"


def test_changing_gives_a_new_map_and_leaves_the_old_one(settings: Settings) -> None:
    changed = settings.with_values("application_name", ("x",))
    assert settings.show("application_name")[1] == ""
    assert changed.show("application_name")[1] == "x"


def test_the_transactions_own_characteristics_follow_their_defaults(settings: Settings) -> None:
    changed = settings.with_values("default_transaction_read_only", ("on",))
    assert changed.show("transaction_read_only")[1] == "on"
    assert settings.show("transaction_isolation")[1] == "read committed"


def test_output_settings_follow_the_settings(settings: Settings) -> None:
    changed = settings.with_values("timezone", ("Asia/Tokyo",)).with_values("bytea_output", ("escape",))
    assert changed.output.time_zone == "Asia/Tokyo"
    assert changed.output.bytea_output == "escape"
    assert settings.output.time_zone == "Etc/UTC"
