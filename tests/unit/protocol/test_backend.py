"""The server's messages, byte for byte as the manual lays them out.

https://www.postgresql.org/docs/current/protocol-message-formats.html
"""

from __future__ import annotations

import pytest

from pgiris.errors import LocalProtocolError, Notice, PgError
from pgiris.protocol import authentication as auth
from pgiris.protocol import backend as b
from pgiris.protocol.wire import UTF8, ClientEncoding

LATIN1 = ClientEncoding("LATIN1", "iso8859-1")

ENCODED = [
    (auth.AuthenticationOk(), b"R\0\0\0\x08\0\0\0\0"),
    (auth.AuthenticationCleartextPassword(), b"R\0\0\0\x08\0\0\0\3"),
    (auth.AuthenticationMD5Password(b"salt"), b"R\0\0\0\x0c\0\0\0\5salt"),
    (auth.AuthenticationGSS(), b"R\0\0\0\x08\0\0\0\7"),
    (auth.AuthenticationGSSContinue(b"x"), b"R\0\0\0\x09\0\0\0\x08x"),
    (auth.AuthenticationSSPI(), b"R\0\0\0\x08\0\0\0\x09"),
    (auth.AuthenticationSASL(("A-PLUS", "A")), b"R\0\0\0\x12\0\0\0\x0aA-PLUS\0A\0\0"),
    (auth.AuthenticationSASLContinue(b"r="), b"R\0\0\0\x0a\0\0\0\x0br="),
    (auth.AuthenticationSASLFinal(b"v="), b"R\0\0\0\x0a\0\0\0\x0cv="),
    (b.NegotiateProtocolVersion(0x30002, ("_pq_.a",)), b"v\0\0\0\x13\0\3\0\2\0\0\0\1_pq_.a\0"),
    (b.BackendKeyData(-1, b"abcd"), b"K\0\0\0\x0c\xff\xff\xff\xffabcd"),
    (b.BackendKeyData(1, b"k" * 32), b"K\0\0\0\x28\0\0\0\1" + b"k" * 32),
    (b.ParameterStatus("a", "é"), b"S\0\0\0\x09a\0\xc3\xa9\0"),
    (b.ReadyForQuery("T"), b"Z\0\0\0\5T"),
    (b.RowDescription(()), b"T\0\0\0\6\0\0"),
    (
        b.RowDescription((b.Field("é", 16385, -2, 1700, -1, 0x000A0004, 1),)),
        b"T\0\0\0\x1b\0\1\xc3\xa9\0\0\0\x40\1\xff\xfe\0\0\6\xa4\xff\xff\0\x0a\0\4\0\1",
    ),
    (b.ParameterDescription((23, 0xFFFFFFFF)), b"t\0\0\0\x0e\0\2\0\0\0\x17\xff\xff\xff\xff"),
    (b.CommandComplete("SELECT 1"), b"C\0\0\0\rSELECT 1\0"),
    (b.EmptyQueryResponse(), b"I\0\0\0\4"),
    (b.ParseComplete(), b"1\0\0\0\4"),
    (b.BindComplete(), b"2\0\0\0\4"),
    (b.CloseComplete(), b"3\0\0\0\4"),
    (b.NoData(), b"n\0\0\0\4"),
    (b.PortalSuspended(), b"s\0\0\0\4"),
    (b.FunctionCallResponse(None), b"V\0\0\0\x08\xff\xff\xff\xff"),
    (b.FunctionCallResponse(b"x"), b"V\0\0\0\x09\0\0\0\1x"),
    (b.CopyInResponse(0, (0, 0)), b"G\0\0\0\x0b\0\0\2\0\0\0\0"),
    (b.CopyOutResponse(1, (1,)), b"H\0\0\0\x09\1\0\1\0\1"),
    (b.CopyBothResponse(0, ()), b"W\0\0\0\7\0\0\0"),
    (b.CopyOutData(b"a\n"), b"d\0\0\0\6a\n"),
    (b.CopyOutDone(), b"c\0\0\0\4"),
    (b.NotificationResponse(7, "ch", "é"), b"A\0\0\0\x0e\0\0\0\7ch\0\xc3\xa9\0"),
    (
        b.ErrorResponse(PgError("42601", "syntax error", position=3)),
        b"E\0\0\0\x2bSERROR\0VERROR\0C42601\0Msyntax error\0P3\0\0",
    ),
    (b.NoticeResponse(Notice("NOTICE", "00000", "hi")), b"N\0\0\0\x20SNOTICE\0VNOTICE\0C00000\0Mhi\0\0"),
]


@pytest.mark.parametrize(("message", "expected"), ENCODED, ids=lambda case: type(case).__name__)
def test_a_message_is_appended_as_the_manual_says(message: b.BackendMessage, expected: bytes) -> None:
    buffer = bytearray(b"before")
    message.encode(buffer)
    assert bytes(buffer) == b"before" + expected


def fields(message: b.BackendMessage) -> dict[str, str]:
    buffer = bytearray()
    message.encode(buffer)
    parts = bytes(buffer[5:]).split(b"\0")
    assert parts[-2:] == [b"", b""]
    return {chr(part[0]): part[1:].decode() for part in parts[:-2]}


def test_an_error_has_every_field_that_the_manual_names() -> None:
    error = PgError(
        "23505",
        "duplicate",
        detail="d",
        hint="h",
        position=7,
        where="w",
        schema="public",
        table="t",
        column="c",
        datatype="int4",
        constraint="t_pkey",
    )
    assert fields(b.ErrorResponse(error)) == {
        "S": "ERROR",
        "V": "ERROR",
        "C": "23505",
        "M": "duplicate",
        "D": "d",
        "H": "h",
        "P": "7",
        "W": "w",
        "s": "public",
        "t": "t",
        "c": "c",
        "d": "int4",
        "n": "t_pkey",
    }


def test_a_notice_has_its_fields() -> None:
    notice = Notice("WARNING", "25P01", "m", detail="d", hint="h", position=1)
    assert fields(b.NoticeResponse(notice)) == {
        "S": "WARNING",
        "V": "WARNING",
        "C": "25P01",
        "M": "m",
        "D": "d",
        "H": "h",
        "P": "1",
    }


def test_an_error_gets_through_whatever_it_contains() -> None:
    buffer = bytearray()
    b.ErrorResponse(PgError("22021", "bad \0 あ \udc80")).encode(buffer, LATIN1)
    assert b"Mbad ? ? ?\0" in buffer


def test_a_character_that_the_client_cannot_read_is_refused_elsewhere() -> None:
    with pytest.raises(PgError) as caught:
        b.RowDescription((b.Field("あ"),)).encode(bytearray(), LATIN1)
    assert (caught.value.sqlstate, caught.value.message) == (
        "22P05",
        'character with byte sequence 0xe3 0x81 0x82 in encoding "UTF8" has no equivalent in encoding "LATIN1"',
    )


@pytest.mark.parametrize(
    "message",
    [
        b.CommandComplete("a\0b"),
        b.ParameterStatus("a", "b\0"),
        b.ReadyForQuery("X"),
        b.BackendKeyData(1, b"abc"),
        b.BackendKeyData(1, b"a" * 257),
        auth.AuthenticationMD5Password(b"abc"),
    ],
)
def test_what_would_break_the_stream_is_a_bug_of_ours(message: b.BackendMessage) -> None:
    with pytest.raises(LocalProtocolError):
        message.encode(bytearray(), UTF8)


def test_secrets_are_not_printed() -> None:
    assert "hush" not in repr(b.BackendKeyData(1, b"hush")) + repr(auth.AuthenticationSASLFinal(b"hush"))
