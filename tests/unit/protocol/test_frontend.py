"""The client's messages: decoded whole, byte by byte, with garbage behind; refused in PostgreSQL's words.

https://www.postgresql.org/docs/current/protocol-message-formats.html
"""

from __future__ import annotations

import pytest

from pgiris.errors import PgError
from pgiris.protocol import BadMessage, Bind, ClientEncoding, PasswordMessage, Query, SASLResponse, State
from pgiris.protocol.frontend import Parse
from tests.unit.protocol.golden import GOLDEN, REFUSED, STATES, Golden, Refused, check_refused

GARBAGE = b"\xff\0garbage\x01" * 3


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case.name)
class TestGoldenMessages:
    def test_a_whole_message_becomes_its_event(self, case: Golden) -> None:
        engine = STATES[case.state]()
        engine.receive(case.raw)
        assert engine.next_event() == case.event

    def test_byte_by_byte_nothing_happens_before_the_last_byte(self, case: Golden) -> None:
        engine = STATES[case.state]()
        for byte in case.raw[:-1] if len(case.raw) < 5000 else ():
            engine.receive(bytes([byte]))
            assert engine.next_event() is None
        engine.receive(case.raw[-1:] if len(case.raw) < 5000 else case.raw)
        assert engine.next_event() == case.event
        assert engine.buffered == 0

    def test_garbage_behind_does_not_matter(self, case: Golden) -> None:
        engine = STATES[case.state]()
        engine.receive(case.raw + GARBAGE)
        assert engine.next_event() == case.event

    def test_any_buffer_will_do(self, case: Golden) -> None:
        engine = STATES[case.state]()
        data = bytearray(case.raw)
        engine.receive(data)
        data[:] = bytes(len(data))  # the caller may use its buffer again
        assert engine.next_event() == case.event


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
class TestRefusedMessages:
    def test_a_bad_message_is_refused(self, case: Refused) -> None:
        engine = STATES[case.state]()
        engine.receive(case.raw)
        check_refused(engine.next_event(), case)

    def test_byte_by_byte_it_is_refused_no_later(self, case: Refused) -> None:
        engine = STATES[case.state]()
        events = []
        for byte in case.raw:
            engine.receive(bytes([byte]))
            events.extend(engine.events())
        assert len(events) == 1
        check_refused(events[0], case)

    def test_the_error_can_be_said_and_fatal_ones_close(self, case: Refused) -> None:
        engine = STATES[case.state]()
        engine.receive(case.raw)
        event = engine.next_event()
        assert isinstance(event, BadMessage)
        engine.error(event.error)
        out = b"".join(engine.data_to_send())
        assert out.startswith(b"E") or b"E\0\0" in out
        assert case.message.encode() in out
        assert engine.should_close == (case.severity == "FATAL" or "during COPY" in case.message)


def test_formats_of_parameters_none_one_or_all() -> None:
    values = (b"a", b"b")
    assert Bind("", "", (), values).formats_of_parameters() == (0, 0)
    assert Bind("", "", (1,), values).formats_of_parameters() == (1, 1)
    assert Bind("", "", (1, 0), values).formats_of_parameters() == (1, 0)
    assert Bind("", "", (1,), ()).formats_of_parameters() == ()


def test_formats_of_columns_none_one_or_all() -> None:
    assert Bind("", "", result_formats=()).formats_of_columns(2) == (0, 0)
    assert Bind("", "", result_formats=(1,)).formats_of_columns(2) == (1, 1)
    assert Bind("", "", result_formats=(1,)).formats_of_columns(0) == ()
    assert Bind("", "", result_formats=(0, 1)).formats_of_columns(2) == (0, 1)


@pytest.mark.parametrize(
    ("call", "sqlstate", "text"),
    [
        (
            lambda: Bind("", "", (0, 1), (b"a",)).formats_of_parameters(),
            "08P01",
            "bind message has 2 parameter formats but 1 parameters",
        ),
        (
            lambda: Bind("", "", result_formats=(0, 1, 0)).formats_of_columns(2),
            "08P01",
            "bind message has 3 result formats but query has 2 columns",
        ),
        (lambda: Bind("", "", (7,), (b"a",)).formats_of_parameters(), "22023", "unsupported format code: 7"),
        (lambda: Bind("", "", result_formats=(-1,)).formats_of_columns(1), "22023", "unsupported format code: -1"),
    ],
)
def test_wrong_format_codes_are_refused_in_postgresqls_words(call: object, sqlstate: str, text: str) -> None:
    with pytest.raises(PgError) as caught:
        call()  # type: ignore[operator]
    assert (caught.value.sqlstate, caught.value.message) == (sqlstate, text)


def test_text_is_decoded_in_the_clients_encoding() -> None:
    latin = ClientEncoding("LATIN1", "iso8859-1")
    assert Query.decode(b"\xe9\0", latin) == Query("é")
    assert Parse.decode(b"\xe9\0\xe8\0\0\0", latin) == Parse("é", "è")


def test_an_encoding_can_be_set_on_the_engine() -> None:
    engine = STATES["ready"]()
    engine.encoding = ClientEncoding("EUC_JP", "euc_jp")
    engine.receive(b"Q\0\0\0\x07\xa4\xa2\0" + b"Q\0\0\0\x06\xff\0")
    assert engine.next_event() == Query("あ")
    engine.empty_query_response()
    engine.ready_for_query("I")
    event = engine.next_event()
    assert isinstance(event, BadMessage)
    assert event.error.message == 'invalid byte sequence for encoding "EUC_JP": 0xff'


def test_what_is_printed_is_short_and_holds_no_secrets() -> None:
    assert str(Query("x" * 1000)) == f"Query(sql={'x' * 60!r}... (1000))"
    assert str(Bind("p", "s", (), (b"a",) * 9, ())).count("b'a'") == 8
    for secret in (PasswordMessage(b"hush"), SASLResponse(b"hush")):
        assert "hush" not in str(secret)
        assert "hush" not in repr(secret)


def test_an_event_is_data_and_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Query("x").sql = "y"  # type: ignore[misc]


def test_nothing_is_read_any_more_when_the_stream_is_broken() -> None:
    engine = STATES["ready"]()
    engine.receive(b"!" + b"x" * 100)
    engine.next_event()
    engine.receive(b"x" * 100)
    assert engine.state is State.BROKEN
    assert engine.buffered == 0
    assert engine.next_event() is None
