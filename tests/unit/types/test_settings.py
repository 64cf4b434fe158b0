"""DateStyle, TimeZone and client_encoding: what they take, and what they do to values."""

from __future__ import annotations

import pytest

from pgiris.errors import PgError
from pgiris.types import oids
from pgiris.types.context import codec_context, parse_date_style
from pgiris.types.encodings import decode_text, encode_text, validate_encoding
from pgiris.types.registry import decode, encode, read_text, write_text
from pgiris.types.timezones import time_zone, validate_time_zone

DATE_STYLES = [
    ("ISO", ("ISO", "MDY")),
    ("iso, ymd", ("ISO", "YMD")),
    ("sql", ("SQL", "MDY")),
    ("dmy", ("ISO", "DMY")),
    ("european", ("ISO", "DMY")),
    ("US", ("ISO", "MDY")),
    ("german", ("German", "DMY")),
    ("german, ymd", ("German", "YMD")),
    ("ymd, german", ("German", "YMD")),
    ("Postgres, DMY", ("Postgres", "DMY")),
    ("default", ("ISO", "MDY")),
]


@pytest.mark.parametrize(("value", "expected"), DATE_STYLES)
def test_datestyle_sets_format_and_order(value: str, expected: tuple[str, str]) -> None:
    assert parse_date_style(value) == expected


@pytest.mark.parametrize("value", ["foo", "iso, sql", "dmy, mdy", "iso, foo"])
def test_a_bad_datestyle_is_refused(value: str) -> None:
    with pytest.raises(PgError) as caught:
        parse_date_style(value)
    assert caught.value.sqlstate == "22023"
    assert caught.value.message == f'invalid value for parameter "DateStyle": "{value}"'


ZONES = [
    ("UTC", "UTC"),
    ("utc", "UTC"),
    ("europe/paris", "Europe/Paris"),
    ("-3.5", "<-03:30>+03:30"),
    ("5", "<+05>-05"),
    ("FOO+3", "FOO+3"),
    ("EST5EDT,M3.2.0,M11.1.0", "EST5EDT,M3.2.0,M11.1.0"),
    ("<+03>-3", "<+03>-3"),
]


@pytest.mark.parametrize(("value", "name"), ZONES)
def test_a_time_zone_has_a_canonical_name(value: str, name: str) -> None:
    assert validate_time_zone(value) == name


@pytest.mark.parametrize("value", ["foo", "", "Mars/Olympus", "../etc/passwd", "200", "interval", "\0"])
def test_an_unknown_time_zone_is_refused_and_never_taken_for_utc(value: str) -> None:
    with pytest.raises(PgError) as caught:
        validate_time_zone(value)
    assert caught.value.sqlstate == "22023"


def test_rules_hold_in_every_year() -> None:
    zone = time_zone("EST5EDT,M3.2.0,M11.1.0")
    july = 15_897_600
    century = 36_525 * 86_400 * 4 - 3 * 86_400
    assert {zone.at_utc(july + century * n)[0] for n in (-20, -1, 0, 1, 20, 200)} == {-4 * 3600}
    assert time_zone("America/New_York").at_utc(-(10**12)) == (-17_762, "LMT")


def test_the_words_for_now_mean_the_time_of_the_transaction_in_its_zone() -> None:
    context = codec_context(time_zone_name="America/New_York").at(2 * 3600 * 1_000_000)  # 2000-01-01 02:00 UTC
    expected = {
        oids.DATE: {"now": "1999-12-31", "today": "1999-12-31", "tomorrow": "2000-01-01", "yesterday": "1999-12-30"},
        oids.TIMESTAMP: {"now": "1999-12-31 21:00:00", "tomorrow": "2000-01-01 00:00:00"},
        oids.TIMESTAMPTZ: {"now": "1999-12-31 21:00:00-05", "today 04:05": "1999-12-31 04:05:00-05"},
        oids.TIME: {"now": "21:00:00", "allballs": "00:00:00"},
        oids.TIMETZ: {"now": "21:00:00-05"},
    }
    for oid, words in expected.items():
        for word, text in words.items():
            assert write_text(oid, read_text(oid, word, context), context) == text, (oid, word)


def test_epoch_does_not_depend_on_the_zone() -> None:
    context = codec_context(time_zone_name="Asia/Tokyo")
    assert (
        write_text(oids.TIMESTAMPTZ, read_text(oids.TIMESTAMPTZ, "epoch", context), context) == "1970-01-01 09:00:00+09"
    )


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("utf-8", "UTF8"),
        ("UNICODE", "UTF8"),
        ("latin1", "LATIN1"),
        ("ISO-8859-1", "LATIN1"),
        ("sql_ascii", "SQL_ASCII"),
    ],
)
def test_encodings_have_aliases(name: str, canonical: str) -> None:
    assert validate_encoding(name) == canonical


def test_an_unknown_encoding_is_refused() -> None:
    with pytest.raises(PgError) as caught:
        validate_encoding("klingon")
    assert (caught.value.sqlstate, caught.value.message) == (
        "22023",
        'invalid value for parameter "client_encoding": "klingon"',
    )


def test_text_goes_out_in_the_clients_encoding() -> None:
    assert encode_text("hé", "LATIN1") == b"h\xe9"
    assert encode_text("€", "WIN1252") == b"\x80"
    assert encode_text("hé", "SQL_ASCII") == "hé".encode()
    latin = codec_context(client_encoding="LATIN1")
    assert encode(oids.TEXT, 1, "hé", latin) == b"h\xe9"
    assert decode(oids.TEXT, 0, b"h\xe9", latin) == "hé"


WRONG_BYTES = [
    (b"\xff", "UTF8", "22021", 'invalid byte sequence for encoding "UTF8": 0xff'),
    (b"a\xc3(", "UTF8", "22021", 'invalid byte sequence for encoding "UTF8": 0xc3 0x28'),
    (b"\xed\xa0\x80", "UTF8", "22021", 'invalid byte sequence for encoding "UTF8": 0xed 0xa0 0x80'),
    (b"a\0b", "UTF8", "22021", 'invalid byte sequence for encoding "UTF8": 0x00'),
    (b"a\0b\xff", "UTF8", "22021", 'invalid byte sequence for encoding "UTF8": 0x00'),
    (b"a\0b", "LATIN1", "22021", 'invalid byte sequence for encoding "LATIN1": 0x00'),
    (
        b"\x81",
        "WIN1252",
        "22P05",
        'character with byte sequence 0x81 in encoding "WIN1252" has no equivalent in encoding "UTF8"',
    ),
]


@pytest.mark.parametrize(("data", "encoding", "state", "message"), WRONG_BYTES)
def test_bytes_that_are_no_text_are_refused(data: bytes, encoding: str, state: str, message: str) -> None:
    with pytest.raises(PgError) as caught:
        decode_text(data, encoding)
    assert (caught.value.sqlstate, caught.value.message) == (state, message)


def test_a_character_that_the_client_lacks_is_refused() -> None:
    with pytest.raises(PgError) as caught:
        encode_text("a€", "LATIN1")
    assert (caught.value.sqlstate, caught.value.message) == (
        "22P05",
        'character with byte sequence 0xe2 0x82 0xac in encoding "UTF8" has no equivalent in encoding "LATIN1"',
    )
