"""The machine within a session; the classes are sections of the manual's chapter on the message flow.

https://www.postgresql.org/docs/current/protocol-flow.html
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pgiris.errors import FATAL, LocalProtocolError, Notice, PgError
from pgiris.protocol import (
    BadMessage,
    Bind,
    ClientEncoding,
    CopyData,
    CopyDone,
    CopyFail,
    EndOfInput,
    Execute,
    Field,
    Flush,
    FunctionCall,
    Limits,
    Parse,
    Query,
    ServerProtocol,
    State,
    Sync,
    Terminate,
)
from tests.unit.protocol.golden import in_copy, in_copy_extended, ready
from tests.wire import messages as m

ERROR = PgError("22012", "division by zero")
ROW = b"D\0\0\0\x0b\0\1\0\0\0\x011"


def out(engine: ServerProtocol) -> bytes:
    return b"".join(engine.data_to_send())


def tags(engine: ServerProtocol) -> str:
    """The tags of what is pending; ReadyForQuery with its status."""
    data = out(engine)
    seen = ""
    while data:
        end = 1 + int.from_bytes(data[1:5], "big")
        seen += data[:1].decode() + (data[5:6].decode() if data[:1] == b"Z" else "")
        data = data[end:]
    return seen


def receiving(raw: bytes) -> ServerProtocol:
    engine = ready()
    engine.receive(raw)
    return engine


class TestSimpleQuery:
    def test_several_statements_end_in_one_ready_for_query(self) -> None:
        engine = receiving(m.query("a; b; c"))
        assert engine.next_event() == Query("a; b; c")
        engine.row_description([Field("a")])
        engine.rows(ROW * 2)
        engine.command_complete("SELECT 2")
        engine.command_complete("SET")
        engine.error(ERROR)
        engine.ready_for_query("I")
        assert tags(engine) == "TDDCCEZI"

    def test_an_empty_query_has_an_answer_of_its_own(self) -> None:
        engine = receiving(m.query(""))
        engine.next_event()
        engine.empty_query_response()
        engine.ready_for_query("T")
        assert tags(engine) == "IZT"

    def test_the_next_query_waits_for_ready_for_query(self) -> None:
        engine = receiving(m.query("a") + m.query("b"))
        assert engine.next_event() == Query("a")
        assert engine.next_event() is None
        engine.command_complete("SET")
        assert engine.next_event() is None
        engine.ready_for_query("I")
        assert engine.next_event() == Query("b")

    def test_a_bad_query_is_answered_like_a_failed_one(self) -> None:
        engine = receiving(m.message(b"Q", b"\xff\0") + m.query("b"))
        event = engine.next_event()
        assert isinstance(event, BadMessage)
        engine.error(event.error)
        engine.ready_for_query("I")
        assert engine.next_event() == Query("b")

    @pytest.mark.parametrize(
        "wrong",
        [
            lambda engine: engine.ready_for_query("I"),
            lambda engine: engine.rows(ROW),
            lambda engine: engine.parse_complete(),
            lambda engine: engine.no_data(),
            lambda engine: engine.portal_suspended(),
            lambda engine: engine.copy_data(b"x"),
            lambda engine: engine.authentication_ok(),
            lambda engine: engine.ready_for_query("?"),
        ],
    )
    def test_what_does_not_belong_here_is_a_bug_and_not_written(self, wrong: Callable[[ServerProtocol], None]) -> None:
        engine = receiving(m.query("a"))
        engine.next_event()
        with pytest.raises(LocalProtocolError):
            wrong(engine)
        assert out(engine) == b""
        engine.command_complete("SET")
        engine.ready_for_query("I")

    def test_after_an_error_only_ready_for_query_is_left(self) -> None:
        engine = receiving(m.query("a"))
        engine.next_event()
        engine.error(ERROR)
        with pytest.raises(LocalProtocolError):
            engine.command_complete("SET")
        with pytest.raises(LocalProtocolError):
            engine.error(ERROR)
        engine.ready_for_query("E")

    def test_there_is_no_second_ready_for_query(self) -> None:
        engine = receiving(m.query("a"))
        engine.next_event()
        engine.command_complete("SET")
        engine.ready_for_query("I")
        with pytest.raises(LocalProtocolError):
            engine.ready_for_query("I")


class TestExtendedQuery:
    def test_each_message_has_its_answer(self) -> None:
        engine = receiving(
            m.parse("a") + m.bind() + m.describe("S") + m.describe("P") + m.execute() + m.close("S") + m.SYNC
        )
        assert engine.next_event() == Parse("", "a")
        engine.parse_complete()
        assert engine.next_event() == Bind("", "")
        engine.bind_complete()
        engine.next_event()
        engine.parameter_description([23])
        engine.no_data()
        engine.next_event()
        engine.row_description([Field("a")])
        assert engine.next_event() == Execute("")
        engine.rows(ROW)
        engine.portal_suspended()
        engine.next_event()
        engine.close_complete()
        assert not engine.flush_due
        assert engine.next_event() == Sync()
        engine.ready_for_query("I")
        assert engine.flush_due
        assert tags(engine) == "12tnTDs3ZI"

    def test_a_statement_is_described_with_its_parameters_first(self) -> None:
        engine = receiving(m.describe("S"))
        engine.next_event()
        with pytest.raises(LocalProtocolError):
            engine.no_data()
        engine.parameter_description([])
        with pytest.raises(LocalProtocolError):
            engine.parameter_description([])
        engine.no_data()

    def test_a_portal_is_described_without_parameters(self) -> None:
        engine = receiving(m.describe("P"))
        engine.next_event()
        with pytest.raises(LocalProtocolError):
            engine.parameter_description([])

    def test_execute_sends_no_row_description(self) -> None:
        engine = receiving(m.execute())
        engine.next_event()
        with pytest.raises(LocalProtocolError):
            engine.row_description([])

    def test_the_next_message_waits_for_the_answer(self) -> None:
        engine = receiving(m.parse("a") + m.bind())
        engine.next_event()
        assert engine.next_event() is None
        engine.parse_complete()
        assert engine.next_event() == Bind("", "")

    def test_after_an_error_everything_up_to_sync_is_forgotten(self) -> None:
        skipped = m.bind() + m.execute() + m.query("q") + m.FLUSH + m.COPY_DONE + m.message(b"B", b"nonsense")
        engine = receiving(m.parse("a") + skipped + m.SYNC + m.parse("b"))
        engine.next_event()
        engine.error(ERROR)
        assert engine.next_event() == Sync()
        engine.ready_for_query("I")
        assert tags(engine) == "EZI"
        assert engine.next_event() == Parse("", "b")

    def test_terminate_ends_the_connection_while_skipping(self) -> None:
        engine = receiving(m.parse("a") + m.bind() + m.TERMINATE + m.SYNC)
        engine.next_event()
        engine.error(ERROR)
        assert list(engine.events()) == [Terminate()]

    def test_an_unknown_message_is_fatal_while_skipping(self) -> None:
        engine = receiving(m.parse("a") + m.message(b"!"))
        engine.next_event()
        engine.error(ERROR)
        event = engine.next_event()
        assert isinstance(event, BadMessage)
        assert event.error.severity == FATAL

    @pytest.mark.parametrize("bad", [m.message(b"B", b""), m.message(b"H", b"x"), m.message(b"P", b"\xff\0\0\0\0")])
    def test_a_bad_message_skips_like_any_error(self, bad: bytes) -> None:
        engine = receiving(bad + m.execute() + m.SYNC)
        event = engine.next_event()
        assert isinstance(event, BadMessage)
        engine.error(event.error)
        assert engine.next_event() == Sync()

    def test_a_bad_sync_skips_nothing(self) -> None:
        engine = receiving(m.message(b"S", b"x") + m.parse("a"))
        event = engine.next_event()
        assert isinstance(event, BadMessage)
        engine.error(event.error)
        engine.ready_for_query("I")
        assert engine.next_event() == Parse("", "a")

    def test_an_error_at_commit_comes_before_ready_for_query(self) -> None:
        engine = receiving(m.SYNC + m.parse("a"))
        engine.next_event()
        engine.error(ERROR)
        engine.ready_for_query("I")
        assert tags(engine) == "EZI"
        assert engine.next_event() == Parse("", "a")

    def test_one_ready_for_query_for_each_sync(self) -> None:
        engine = receiving(m.SYNC * 3)
        for event in engine.events():
            assert event == Sync()
            engine.ready_for_query("I")
        assert tags(engine) == "ZIZIZI"

    def test_flush_wants_everything_written(self) -> None:
        engine = receiving(m.parse("a") + m.FLUSH)
        engine.next_event()
        engine.parse_complete()
        assert not engine.flush_due
        assert engine.next_event() == Flush()
        assert engine.flush_due
        assert engine.state is State.READY

    def test_a_query_may_follow_without_sync(self) -> None:
        engine = receiving(m.parse("a") + m.query("b"))
        engine.next_event()
        engine.parse_complete()
        assert engine.next_event() == Query("b")

    def test_one_may_look_at_the_next_message(self) -> None:
        engine = receiving(m.execute() + m.SYNC)
        engine.next_event()
        assert engine.peek() == b"S"
        assert not engine.needs_input
        engine.command_complete("SET")
        engine.next_event()
        assert engine.peek() is None
        assert engine.needs_input


class TestFunctionCall:
    def test_it_is_answered_and_followed_by_ready_for_query(self) -> None:
        engine = receiving(m.message(b"F", b"\0\0\0\1\0\0\0\0\0\0"))
        assert engine.next_event() == FunctionCall(1, (), (), 0)
        engine.function_call_response(None)
        engine.ready_for_query("I")
        assert tags(engine) == "VZI"

    def test_it_may_fail(self) -> None:
        engine = receiving(m.message(b"F", b"\0\0\0\1\0\0\0\0\0\0"))
        engine.next_event()
        engine.error(ERROR)
        engine.ready_for_query("I")
        assert tags(engine) == "EZI"


class TestCopyOperations:
    def test_data_comes_until_done(self) -> None:
        engine = in_copy()
        engine.receive(m.copy_data(b"1\n") + m.copy_data(b"2") + m.COPY_DONE + m.query("b"))
        assert list(engine.events()) == [CopyData(b"1\n"), CopyData(b"2"), CopyDone()]
        engine.command_complete("COPY 1")
        engine.ready_for_query("I")
        assert tags(engine) == "CZI"
        assert engine.next_event() == Query("b")

    def test_the_request_for_data_is_written_at_once(self) -> None:
        engine = receiving(m.query("copy"))
        engine.next_event()
        engine.copy_in_response(0, [0, 0])
        assert engine.flush_due

    def test_the_client_may_give_up(self) -> None:
        engine = in_copy_extended()
        engine.receive(m.copy_fail("no") + m.SYNC)
        assert engine.next_event() == CopyFail("no")
        engine.error(PgError("57014", "COPY from stdin failed: no"))
        assert engine.next_event() == Sync()

    def test_flush_and_sync_are_ignored_meanwhile(self) -> None:
        engine = in_copy_extended()
        engine.receive(m.SYNC + m.FLUSH + m.copy_data(b"1") + m.SYNC + m.COPY_DONE + m.SYNC)
        assert list(engine.events()) == [CopyData(b"1"), CopyDone()]
        engine.command_complete("COPY 1")
        assert engine.next_event() == Sync()

    @pytest.mark.parametrize("start", [in_copy, in_copy_extended])
    def test_another_message_ends_the_connection(self, start: Callable[[], ServerProtocol]) -> None:
        engine = start()
        engine.receive(m.query("select 1") + m.SYNC)
        event = engine.next_event()
        assert isinstance(event, BadMessage)
        assert engine.next_event() is None
        engine.error(event.error)
        data = out(engine)
        assert b"SERROR\0VERROR\0C08P01\0Munexpected message type 0x51 during COPY from stdin\0" in data
        assert b"SFATAL\0" in data
        assert b"Mterminating connection because protocol synchronization was lost\0" in data
        assert engine.should_close

    def test_after_an_error_of_the_server_what_is_left_is_dropped(self) -> None:
        engine = in_copy()
        engine.error(ERROR)
        engine.ready_for_query("I")
        engine.receive(m.copy_data(b"1") + m.COPY_DONE + m.copy_fail("x") + m.query("b"))
        assert engine.next_event() == Query("b")

    def test_after_an_error_in_extended_mode_it_is_skipped_to_sync(self) -> None:
        engine = in_copy_extended()
        engine.error(ERROR)
        engine.receive(m.copy_data(b"1") + m.COPY_DONE + m.SYNC)
        assert engine.next_event() == Sync()

    @pytest.mark.parametrize("raw", [m.query("copy"), m.execute()])
    def test_data_goes_out_until_done(self, raw: bytes) -> None:
        engine = receiving(raw)
        engine.next_event()
        engine.copy_out_response(0, [0])
        engine.copy_data(b"1\n")
        with pytest.raises(LocalProtocolError):
            engine.command_complete("COPY 1")
        engine.copy_done()
        engine.command_complete("COPY 1")
        assert tags(engine) == "HdcC"

    def test_out_may_fail_in_between(self) -> None:
        engine = receiving(m.query("copy"))
        engine.next_event()
        engine.copy_out_response(0, [0])
        engine.error(ERROR)
        engine.ready_for_query("I")
        assert tags(engine) == "HEZI"


class TestAsynchronousOperations:
    def test_notifications_notices_and_settings_may_come_while_idle_and_are_due(self) -> None:
        engine = ready()
        engine.notification_response(1, "ch", "payload")
        assert engine.flush_due
        engine.notice(Notice("WARNING", "01000", "w"))
        engine.parameter_status("TimeZone", "UTC")
        assert tags(engine) == "ANS"

    def test_they_do_not_disturb_a_query(self) -> None:
        engine = receiving(m.query("a"))
        engine.next_event()
        engine.row_description([Field("a")])
        engine.notice(Notice("NOTICE", "00000", "n"))
        engine.rows(ROW)
        engine.command_complete("SELECT 1")
        engine.parameter_status("TimeZone", "UTC")
        engine.ready_for_query("I")
        assert tags(engine) == "TNDCSZI"

    def test_a_notification_before_the_session_is_a_bug(self) -> None:
        with pytest.raises(LocalProtocolError):
            ServerProtocol().notification_response(1, "a", "b")


class TestTermination:
    def test_terminate_is_the_last_event(self) -> None:
        engine = receiving(m.TERMINATE + m.query("a"))
        assert list(engine.events()) == [Terminate()]
        assert engine.should_close
        assert engine.buffered == 0

    def test_the_end_of_input_comes_after_what_was_sent_before(self) -> None:
        engine = receiving(m.parse("a") + m.query("b")[:-1])
        engine.receive_eof()
        assert engine.next_event() == Parse("", "a")
        assert engine.next_event() is None
        engine.parse_complete()
        assert engine.next_event() == EndOfInput()
        assert engine.next_event() is None

    def test_the_end_of_input_in_a_copy_is_told(self) -> None:
        engine = in_copy()
        engine.receive_eof()
        assert engine.next_event() == EndOfInput()

    @pytest.mark.parametrize("raw", [b"", m.query("a"), m.parse("a"), m.execute()])
    def test_a_fatal_error_may_come_at_any_time(self, raw: bytes) -> None:
        engine = receiving(raw)
        engine.next_event()
        engine.error(PgError("57P01", "terminating connection due to administrator command", severity=FATAL))
        assert tags(engine) == "E"
        assert engine.should_close
        engine.receive(m.query("b"))
        assert engine.next_event() is None

    def test_an_error_without_a_command_is_a_bug(self) -> None:
        with pytest.raises(LocalProtocolError):
            ready().error(ERROR)

    def test_the_connection_may_be_closed_without_a_word(self) -> None:
        engine = ready()
        engine.close()
        assert engine.should_close
        assert engine.next_event() is None


class TestOutput:
    def test_large_blocks_of_rows_are_not_copied_and_stay_in_order(self) -> None:
        engine = receiving(m.execute())
        engine.next_event()
        block = ROW * 4000
        engine.rows(ROW)
        engine.rows(block)
        engine.rows(ROW)
        engine.command_complete("SELECT 4002")
        assert engine.pending_output == len(ROW) * 4002 + len(b"C\0\0\0\x10SELECT 4002\0")
        chunks = engine.data_to_send()
        assert [len(chunk) for chunk in chunks[:2]] == [len(ROW), len(block)]
        assert chunks[1] is block
        assert engine.pending_output == 0
        assert engine.data_to_send() == []

    def test_what_was_handed_out_does_not_change_any_more(self) -> None:
        engine = receiving(m.execute() * 2)
        engine.next_event()
        engine.command_complete("SET")
        chunks = engine.data_to_send()
        engine.next_event()
        engine.command_complete("RESET")
        assert b"".join(chunks) == b"C\0\0\0\x08SET\0"

    def test_a_message_that_cannot_be_encoded_leaves_no_part(self) -> None:
        engine = receiving(m.query("a"))
        engine.encoding = ClientEncoding("LATIN1", "iso8859-1")
        engine.next_event()
        with pytest.raises(PgError) as caught:
            engine.row_description([Field("a"), Field("あ")])
        assert out(engine) == b""
        engine.error(caught.value)
        engine.ready_for_query("I")
        assert tags(engine) == "EZI"

    def test_numbers_out_of_range_are_a_bug(self) -> None:
        engine = receiving(m.query("a"))
        engine.next_event()
        with pytest.raises(LocalProtocolError):
            engine.row_description([Field("a", type_oid=-1)])
        assert out(engine) == b""


def test_limits_can_be_narrowed() -> None:
    engine = ready(ServerProtocol(Limits(large=100)))
    engine.receive(m.query("x" * 95))
    assert isinstance(engine.next_event(), Query)
    engine.empty_query_response()
    engine.ready_for_query("I")
    engine.receive(m.query("x" * 96))
    assert isinstance(engine.next_event(), BadMessage)
