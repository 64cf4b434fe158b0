"""The machine before a session is ready; the classes are sections of the manual's chapter on the message flow.

https://www.postgresql.org/docs/current/protocol-flow.html
"""

from __future__ import annotations

import pytest

from pgiris.errors import LocalProtocolError, Notice, PgError
from pgiris.protocol import (
    BadMessage,
    CancelRequest,
    DirectTLS,
    EndOfInput,
    GSSENCRequest,
    Limits,
    PasswordMessage,
    SASLInitialResponse,
    SASLResponse,
    ServerProtocol,
    SSLRequest,
    StartupMessage,
    State,
)
from tests.unit.protocol.golden import new, started
from tests.wire import messages as m


def out(engine: ServerProtocol) -> bytes:
    return b"".join(engine.data_to_send())


class TestStartUp:
    def test_a_session_starts(self) -> None:
        engine = new()
        engine.receive(m.startup())
        assert isinstance(engine.next_event(), StartupMessage)
        assert engine.next_event() is None
        engine.authentication_ok()
        engine.parameter_status("server_version", "15.20")
        engine.notice(Notice("WARNING", "01000", "w"))
        engine.backend_key_data(1, b"abcd")
        assert not engine.flush_due
        engine.ready_for_query("I")
        assert engine.flush_due
        assert out(engine).startswith(b"R")
        assert not engine.flush_due
        assert engine.state is State.READY

    def test_the_version_is_negotiated_before_authentication(self) -> None:
        engine = new()
        engine.receive(m.startup({"user": "u", "_pq_.test": "1"}, 0x0003270F))
        engine.next_event()
        engine.authentication_ok()
        assert out(engine) == b"v\0\0\0\x16\0\3\0\2\0\0\0\1_pq_.test\0" + b"R\0\0\0\x08\0\0\0\0"
        assert engine.protocol_version == 0x00030002

    def test_a_known_version_is_not_negotiated(self) -> None:
        engine = new()
        engine.receive(m.startup(version=m.PROTOCOL_3_2))
        engine.next_event()
        assert out(engine) == b""

    @pytest.mark.parametrize(("version", "length"), [(0x30000, 4), (0x30001, 4), (0x30002, 32), (0x3270F, 32)])
    def test_the_length_of_the_cancel_key_follows_the_version(self, version: int, length: int) -> None:
        engine = new()
        engine.receive(m.startup(version=version))
        engine.next_event()
        engine.authentication_ok()
        assert engine.cancel_key_length == length
        engine.backend_key_data(1, b"k" * length)

    def test_a_long_cancel_key_in_protocol_3_0_is_a_bug(self) -> None:
        engine = started()
        engine.authentication_ok()
        with pytest.raises(LocalProtocolError):
            engine.backend_key_data(1, b"k" * 32)

    def test_every_error_is_fatal_before_the_session_is_ready(self) -> None:
        engine = started()
        engine.authentication_ok()
        engine.error(PgError("3D000", 'database "x" does not exist'))
        assert b"SFATAL\0VFATAL\0C3D000\0" in out(engine)
        assert engine.should_close

    def test_a_packet_that_never_ends_is_bounded(self) -> None:
        engine = ServerProtocol(Limits(startup=100))
        engine.receive((200).to_bytes(4, "big") + bytes(10))
        assert isinstance(engine.next_event(), BadMessage)

    def test_needs_input_before_the_first_packet(self) -> None:
        engine = new()
        raw = m.startup()
        engine.receive(raw[:-1])
        assert engine.needs_input
        engine.receive(raw[-1:])
        assert not engine.needs_input

    def test_the_end_before_anything_is_told_once(self) -> None:
        engine = new()
        engine.receive(b"\0\0")
        engine.receive_eof()
        assert list(engine.events()) == [EndOfInput()]
        assert engine.eof_received


class TestSSLSessionEncryption:
    def test_refused_the_client_goes_on_in_the_clear(self) -> None:
        engine = new()
        engine.receive(m.packet(m.SSL_REQUEST))
        assert engine.next_event() == SSLRequest()
        engine.refuse_encryption()
        assert engine.flush_due
        assert out(engine) == b"N"
        engine.receive(m.packet(m.GSSENC_REQUEST))
        assert engine.next_event() == GSSENCRequest()
        engine.refuse_encryption()
        assert out(engine) == b"N"
        engine.receive(m.startup())
        assert isinstance(engine.next_event(), StartupMessage)

    def test_accepted_the_session_starts_within_tls(self) -> None:
        engine = new()
        engine.receive(m.packet(m.SSL_REQUEST))
        engine.next_event()
        engine.accept_tls()
        assert out(engine) == b"S"
        assert engine.state is State.HANDSHAKE
        assert engine.next_event() is None
        engine.encryption_established()
        assert engine.encrypted
        engine.receive(m.startup())
        assert isinstance(engine.next_event(), StartupMessage)

    @pytest.mark.parametrize("accept", [True, False])
    def test_what_comes_together_with_the_request_is_an_attack(self, accept: bool) -> None:
        engine = new()
        engine.receive(m.packet(m.SSL_REQUEST) + m.startup())
        engine.next_event()
        if accept:
            engine.accept_tls()
        else:
            engine.refuse_encryption()
        assert out(engine) == (b"" if accept else b"N")
        event = engine.next_event()
        assert isinstance(event, BadMessage)
        assert event.error.message == "received unencrypted data after SSL request"
        assert engine.buffered == 0
        engine.error(event.error)
        assert b"C08P01\0" in out(engine)
        assert engine.should_close

    def test_what_comes_in_the_clear_before_the_handshake_ends_is_an_attack(self) -> None:
        engine = new()
        engine.receive(m.packet(m.SSL_REQUEST))
        engine.next_event()
        engine.accept_tls()
        engine.receive(m.startup())
        engine.encryption_established()
        assert isinstance(engine.next_event(), BadMessage)
        assert engine.next_event() is None

    @pytest.mark.parametrize("code", [m.SSL_REQUEST, m.GSSENC_REQUEST])
    def test_within_tls_no_more_encryption_can_be_asked_for(self, code: int) -> None:
        engine = new()
        engine.receive(m.packet(m.SSL_REQUEST))
        engine.next_event()
        engine.accept_tls()
        engine.encryption_established()
        engine.receive(m.packet(code))
        event = engine.next_event()
        assert isinstance(event, BadMessage)
        assert event.error.sqlstate == "0A000"

    def test_each_request_comes_once(self) -> None:
        engine = new()
        engine.receive(m.packet(m.SSL_REQUEST))
        engine.next_event()
        engine.refuse_encryption()
        engine.receive(m.packet(m.SSL_REQUEST))
        assert isinstance(engine.next_event(), BadMessage)

    def test_gss_cannot_be_accepted_as_tls(self) -> None:
        engine = new()
        engine.receive(m.packet(m.GSSENC_REQUEST))
        engine.next_event()
        with pytest.raises(LocalProtocolError):
            engine.accept_tls()

    def test_a_client_hello_may_come_first(self) -> None:
        engine = new()
        engine.receive(b"\x16\x03\x01hello")
        assert engine.next_event() == DirectTLS(b"\x16\x03\x01hello")
        assert engine.buffered == 0
        engine.encryption_established()
        engine.receive(m.startup())
        assert isinstance(engine.next_event(), StartupMessage)

    def test_a_client_hello_within_tls_is_no_packet(self) -> None:
        engine = new()
        engine.receive(b"\x16\x03\x01")
        engine.next_event()
        engine.encryption_established()
        engine.receive(b"\x16\x03\x01\x00")
        assert isinstance(engine.next_event(), BadMessage)

    def test_the_client_may_leave_during_the_handshake(self) -> None:
        engine = new()
        engine.receive(m.packet(m.SSL_REQUEST))
        engine.next_event()
        engine.accept_tls()
        engine.receive_eof()
        assert engine.next_event() == EndOfInput()


class TestAuthentication:
    def test_scram_asks_answers_and_ends(self) -> None:
        engine = started()
        engine.authentication_sasl(["SCRAM-SHA-256"])
        assert engine.flush_due
        engine.receive(m.message(b"p", b"SCRAM-SHA-256\0\xff\xff\xff\xff"))
        assert engine.next_event() == SASLInitialResponse("SCRAM-SHA-256", None)
        engine.authentication_sasl_continue(b"r=")
        engine.receive(m.message(b"p", b"c="))
        assert engine.next_event() == SASLResponse(b"c=")
        engine.authentication_sasl_final(b"v=")
        engine.authentication_ok()
        assert engine.state is State.SESSION_START

    def test_a_password_that_came_early_waits_for_the_question(self) -> None:
        engine = new()
        engine.receive(m.startup() + m.message(b"p", b"x\0"))
        engine.next_event()
        assert engine.next_event() is None
        engine.authentication_md5_password(b"salt")
        assert engine.next_event() == PasswordMessage(b"x")
        engine.error(PgError("28P01", "no"))
        assert engine.should_close

    def test_a_query_before_ready_waits(self) -> None:
        engine = new()
        engine.receive(m.startup() + m.query("select 1"))
        engine.next_event()
        engine.authentication_ok()
        assert engine.next_event() is None
        engine.ready_for_query("I")
        assert engine.next_event() is not None


class TestCancelingRequestsInProgress:
    def test_a_cancel_request_is_told_and_nothing_is_answered(self) -> None:
        engine = new()
        engine.receive(m.cancel_request(5, b"1234") + b"more")
        assert engine.next_event() == CancelRequest(5, b"1234")
        assert engine.should_close
        assert out(engine) == b""
        assert engine.next_event() is None
        with pytest.raises(LocalProtocolError):
            engine.error(PgError("XX000", "nothing may be said"))

    def test_it_may_come_within_tls(self) -> None:
        engine = new()
        engine.receive(m.packet(m.SSL_REQUEST))
        engine.next_event()
        engine.accept_tls()
        engine.encryption_established()
        engine.receive(m.cancel_request(5, b"1234"))
        assert engine.next_event() == CancelRequest(5, b"1234")
