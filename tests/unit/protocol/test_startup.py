"""Start-up: the packets without a tag. https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-START-UP"""

from __future__ import annotations

import pytest

from pgiris.errors import PgError
from pgiris.protocol import StartupMessage
from pgiris.protocol.startup import decode, encode_cancel_request, parse_options, split_options
from tests.wire import messages as m


def start(parameters: dict[str, str], version: int = m.PROTOCOL_3_0) -> StartupMessage:
    event = decode(m.startup(parameters, version)[4:], ssl_done=False, gss_done=False)
    assert isinstance(event, StartupMessage)
    return event


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("  ", []),
        ("-c a=b", ["-c", "a=b"]),
        ("  a\tb\nc ", ["a", "b", "c"]),
        (r"a\ b c\\d \x", ["a b", "c\\d", "x"]),
        ("a\\", ["a"]),
        (r"\ ", [" "]),
    ],
)
def test_options_are_split_at_white_space_unless_escaped(text: str, words: list[str]) -> None:
    assert split_options(text) == words


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("", []),
        ("-c geqo=off", [("geqo", "off")]),
        ("-cgeqo=off", [("geqo", "off")]),
        ("--application-name=a\\ b", [("application_name", "a b")]),
        ("-c search_path=a,b --DateStyle=ISO", [("search_path", "a,b"), ("DateStyle", "ISO")]),
        ("-c a=", [("a", "")]),
        ("-c a=b=c", [("a", "b=c")]),
        ("-c a=b --", [("a", "b")]),
    ],
)
def test_options_are_settings(text: str, settings: list[tuple[str, str]]) -> None:
    assert parse_options(text) == settings


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("-z", "invalid command-line argument for server process: -z"),
        ("hello", "invalid command-line argument for server process: hello"),
        ("-c", "invalid command-line argument for server process: -c"),
        ("-- x", "invalid command-line argument for server process: x"),
        ("-c foo", "-c foo requires a value"),
        ("--foo", "--foo requires a value"),
    ],
)
def test_other_options_are_refused_as_postgresql_does(text: str, message: str) -> None:
    with pytest.raises(PgError) as caught:
        parse_options(text)
    assert (caught.value.severity, caught.value.sqlstate, caught.value.message) == ("FATAL", "42601", message)


def test_settings_of_options_come_before_the_named_ones() -> None:
    event = start({"user": "u", "geqo": "on", "options": "-c geqo=off", "DateStyle": "ISO"})
    assert event.settings() == [("geqo", "off"), ("geqo", "on"), ("DateStyle", "ISO")]


@pytest.mark.parametrize(
    ("version", "negotiated", "told"),
    [
        (0x00030000, 0x00030000, False),
        (0x00030001, 0x00030000, False),
        (0x00030002, 0x00030002, False),
        (0x00030003, 0x00030002, True),
        (0x0003270F, 0x00030002, True),
    ],
)
def test_versions_are_negotiated_by_comparison(version: int, negotiated: int, told: bool) -> None:
    event = start({"user": "u"}, version)
    assert (event.negotiated, event.needs_negotiation) == (negotiated, told)


def test_unknown_extensions_are_negotiated_and_are_no_settings() -> None:
    event = start({"user": "u", "_pq_.x": "1", "_pqx": "2"})
    assert event.needs_negotiation
    assert event.unrecognized == ("_pq_.x",)
    assert event.settings() == [("_pqx", "2")]


def test_an_empty_database_name_means_the_users() -> None:
    assert start({"user": "u", "database": ""}).database == "u"


def test_other_values_may_be_no_utf8() -> None:
    event = decode(b"\0\3\0\0user\0u\0application_name\0\xe9\0\0", ssl_done=False, gss_done=False)
    assert isinstance(event, StartupMessage)
    assert event.named == (("application_name", "\ufffd"),)


@pytest.mark.parametrize(("code", "done"), [(m.SSL_REQUEST, "ssl_done"), (m.GSSENC_REQUEST, "gss_done")])
def test_a_second_request_for_encryption_is_an_unknown_version(code: int, done: str) -> None:
    flags = {"ssl_done": False, "gss_done": False, done: True}
    with pytest.raises(PgError) as caught:
        decode(m.packet(code)[4:], **flags)
    assert caught.value.sqlstate == "0A000"
    assert caught.value.message.startswith(f"unsupported frontend protocol 1234.{code & 0xFFFF}: ")


def test_our_own_cancel_request_is_the_manuals() -> None:
    assert encode_cancel_request(-2, b"abcd") == m.cancel_request(-2, b"abcd")


def test_a_start_is_printed_for_logs() -> None:
    assert str(start({"user": "u", "a": "b"})) == "StartupMessage(3.0, user='u', database='u', (('a', 'b')))"
