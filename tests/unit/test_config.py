from __future__ import annotations

import importlib.util
from pathlib import Path

import msgspec
import pytest

from pgiris.config import Address, ConfigError, Settings, fields, load, parse_address


def write(tmp_path: Path, text: str) -> str:
    path = tmp_path / "pgiris.toml"
    path.write_text(text)
    return str(path)


def test_without_any_source_every_setting_has_its_default() -> None:
    assert load() == Settings()
    assert load().server.listen == ("127.0.0.1:5432",)


def test_every_setting_has_a_line_of_documentation_and_a_valid_default() -> None:
    for field in fields().values():
        assert field.doc.endswith("."), field.full_name
        assert "\n" not in field.doc
        assert msgspec.convert(field.default, field.type, strict=True) == field.default


def test_no_two_settings_share_an_environment_variable() -> None:
    variables = [field.variable for field in fields().values()]
    assert len(variables) == len(set(variables))
    assert all("_" not in field.section for field in fields().values())


def test_the_tree_is_frozen() -> None:
    with pytest.raises(AttributeError):
        load().pool.maximum = 3  # type: ignore[misc]


def test_the_file_wins_over_defaults_the_environment_over_the_file_and_the_command_line_over_all(
    tmp_path: Path,
) -> None:
    file = write(tmp_path, "[pool]\nmaximum = 10\nminimum = 2\nqueue = 7\n")
    settings = load(
        file,
        {"PGIRIS_POOL_MINIMUM": "3", "PGIRIS_POOL_QUEUE": "8", "HOME": "/nowhere"},
        {"pool.queue": "9", "log.level": None},
    )
    assert (settings.pool.maximum, settings.pool.minimum, settings.pool.queue) == (10, 3, 9)
    assert settings.pool.lease_timeout == Settings().pool.lease_timeout
    assert settings.log.level == "info"


def test_the_environment_names_the_file_when_the_command_line_does_not(tmp_path: Path) -> None:
    file = write(tmp_path, "[log]\nlevel = 'debug'\n")
    assert load(None, {"PGIRIS_CONFIG": file}).log.level == "debug"
    assert load(write(tmp_path, ""), {"PGIRIS_CONFIG": "/does/not/exist"}).log.level == "info"


def test_text_from_the_environment_becomes_the_type_of_the_setting() -> None:
    settings = load(
        environment={
            "PGIRIS_DEMO_ENABLED": "false",
            "PGIRIS_POOL_LEASE_TIMEOUT": "1.5",
            "PGIRIS_POOL_MAXIMUM": "4",
            "PGIRIS_SERVER_LISTEN": "127.0.0.1:0, [::1]:5433",
        }
    )
    assert settings.demo.enabled is False
    assert settings.pool.lease_timeout == 1.5
    assert settings.pool.maximum == 4
    assert settings.server.listen == ("127.0.0.1:0", "[::1]:5433")


def test_a_list_can_be_a_list_or_one_string_in_the_file(tmp_path: Path) -> None:
    assert load(write(tmp_path, "[server]\nlisten = ['a:1', 'b:2']\n")).server.listen == ("a:1", "b:2")
    assert load(write(tmp_path, "[server]\nlisten = 'a:1'\n")).server.listen == ("a:1",)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("[pool]\nmaximun = 3\n", "pool.maximun"),
        ("[pol]\nmaximum = 3\n", "pol"),
        ("pool = 3\n", "pool"),
        ("[pool]\nmaximum = 'many'\n", "pool.maximum"),
        ("[pool]\nmaximum = '3'\n", "pool.maximum"),
        ("[pool]\nmaximum = 0\n", "pool.maximum"),
        ("[pool]\nlease_timeout = -1\n", "pool.lease_timeout"),
        ("[pool]\nlease_timeout = nan\n", "pool.lease_timeout"),
        ("[pool]\nlease_timeout = inf\n", "pool.lease_timeout"),
        ("[demo]\nenabled = 1\n", "demo.enabled"),
        ("[log]\nlevel = 'loud'\n", "log.level"),
        ("[auth]\nmethod = 'password'\n", "auth.method"),
        ("[backend]\ndata = ''\n", "backend.data"),
        ("[server]\nlisten = []\n", "server.listen"),
        ("[server]\nlisten = ['localhost']\n", "server.listen"),
        ("[pool]\nminimum = 5\nmaximum = 4\n", "pool.minimum"),
        ("[pool\n", "pgiris.toml"),
        ("\udcff", "pgiris.toml"),
    ],
)
def test_an_unknown_or_bad_setting_in_the_file_is_refused_with_its_name_in_one_line(
    tmp_path: Path, text: str, name: str
) -> None:
    file = tmp_path / "pgiris.toml"
    file.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(ConfigError) as failure:
        load(str(file))
    message = str(failure.value)
    assert name in message.split(": ")[0]
    assert "\n" not in message


@pytest.mark.parametrize(
    ("variable", "value", "name"),
    [
        ("PGIRIS_POOL_MAXIMUM", "many", "pool.maximum"),
        ("PGIRIS_POOL_MAXIMUM", "", "pool.maximum"),
        ("PGIRIS_POOL_MAXIMUN", "3", "PGIRIS_POOL_MAXIMUN"),
        ("PGIRIS_DEMO_ENABLED", "perhaps", "demo.enabled"),
        ("PGIRIS_SERVER_LISTEN", "", "server.listen"),
        ("PGIRIS_SERVER_LISTEN", "127.0.0.1:65536", "server.listen"),
        ("PGIRIS_CONFIG", "/does/not/exist", "/does/not/exist"),
    ],
)
def test_an_unknown_or_bad_environment_variable_is_refused_with_its_name(variable: str, value: str, name: str) -> None:
    with pytest.raises(ConfigError) as failure:
        load(environment={variable: value})
    assert str(failure.value).startswith(name + ":")


def test_a_name_almost_right_is_suggested() -> None:
    with pytest.raises(ConfigError, match="is PGIRIS_POOL_MAXIMUM meant"):
        load(environment={"PGIRIS_POOL_MAXIMUN": "3"})


def test_variables_of_the_test_suite_are_not_settings() -> None:
    assert load(environment={"PGIRIS_TEST_IRIS": "x"}) == Settings()


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:5432", Address("127.0.0.1", 5432)),
        ("localhost:0", Address("localhost", 0)),
        ("[::1]:5432", Address("::1", 5432)),
    ],
)
def test_an_address_is_a_host_and_a_port(text: str, address: Address) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize(
    "text", ["", ":", ":5432", "5432", "host:", "host:x", "host:-1", "host:٣", "::1:5432", "a:65536"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^server\.listen: "):
        parse_address(text)


def test_the_reference_page_is_current() -> None:
    root = Path(__file__).parents[2]
    spec = importlib.util.spec_from_file_location("config_docs", root / "tools" / "config_docs.py")
    assert spec is not None
    assert spec.loader is not None
    config_docs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(config_docs)
    page = (root / "docs" / "configuration.md").read_text()
    assert page == config_docs.page(), "run python tools/config_docs.py"
    for field in fields().values():
        assert f"`{field.full_name}`" in page
