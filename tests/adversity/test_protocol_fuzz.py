"""Arbitrary bytes and mutated conversations: an answer or the end, never an exception, never growth.

The peer of the machine is a server that answers everything somehow, now and then with an error. What it must see:
every event is data of the room, BadMessage can always be said, the output is whole messages, one ReadyForQuery for
each Query, Sync and FunctionCall, and nothing is kept of what is past.
"""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pgiris.errors import PgError
from pgiris.protocol import (
    BadMessage,
    Bind,
    CancelRequest,
    Close,
    CopyDone,
    CopyFail,
    Describe,
    DirectTLS,
    EndOfInput,
    Event,
    Execute,
    Field,
    FunctionCall,
    GSSENCRequest,
    GSSResponse,
    Limits,
    Parse,
    PasswordMessage,
    Query,
    SASLInitialResponse,
    SASLResponse,
    ServerProtocol,
    SSLRequest,
    StartupMessage,
    State,
    Sync,
    Terminate,
)
from tests.wire import messages as m

LIMITS = Limits(large=100_000)
KNOWN = set("RvKSZTDCIENA123nstGHdcV")
ROW = b"D\0\0\0\x0b\0\1\0\0\0\x011"


class Peer:
    """Answers every event in one of the ways that are allowed; `rng` chooses."""

    def __init__(self, seed: int) -> None:
        self.engine = ServerProtocol(LIMITS, trace=self.traced)
        self.rng = random.Random(seed)
        self.out = bytearray()
        self.expected_ready = 0
        self.ended = False
        self.lines = 0

    def traced(self, line: str) -> None:
        assert "\n" not in line
        assert len(line) < 50_000
        self.lines += 1

    def receive(self, data: bytes) -> None:
        self.engine.receive(data)
        self.drive()

    def drive(self) -> None:
        for event in self.engine.events():
            self.answer(event)
            for chunk in self.engine.data_to_send():
                self.out += chunk
        assert self.engine.buffered <= LIMITS.large + 1

    def answer(self, event: Event) -> None:
        engine = self.engine
        if isinstance(event, BadMessage):
            assert event.error.sqlstate in ("08P01", "22021", "0A000", "28000")
            counted = engine.state in (State.QUERY, State.SYNC, State.FUNCTION_CALL, State.COPY_IN)
            engine.error(event.error)
            if counted and not engine.should_close:
                self.ready()
        elif isinstance(event, (SSLRequest, GSSENCRequest)):
            if isinstance(event, SSLRequest) and self.rng.random() < 0.5:
                engine.accept_tls()
                if engine.state is State.HANDSHAKE:
                    engine.encryption_established()
            else:
                engine.refuse_encryption()
        elif isinstance(event, DirectTLS):
            engine.encryption_established()
        elif isinstance(event, (StartupMessage, PasswordMessage, SASLInitialResponse, SASLResponse, GSSResponse)):
            self.authenticate()
        elif isinstance(event, (CancelRequest, Terminate, EndOfInput)):
            self.ended = True
        else:
            self.command(event)

    def authenticate(self) -> None:
        engine = self.engine
        ask = self.rng.choice(
            [
                engine.authentication_cleartext_password,
                engine.authentication_gss,
                lambda: engine.authentication_sasl(["X"]),
                lambda: engine.authentication_sasl_continue(b"x"),
                lambda: engine.error(PgError("28P01", "no")),
                *[None] * 6,
            ]
        )
        if ask is not None:
            ask()
            return
        engine.authentication_ok()
        engine.backend_key_data(1, b"k" * engine.cancel_key_length)
        engine.ready_for_query("I")
        self.expected_ready += 1

    def ready(self) -> None:
        self.engine.ready_for_query(self.rng.choice("ITE"))
        self.expected_ready += 1

    def command(self, event: Event) -> None:
        engine = self.engine
        fails = self.rng.random() < 0.2
        if isinstance(event, (Query, Sync, FunctionCall)):
            if isinstance(event, Query) and not fails and self.rng.random() < 0.3:
                engine.copy_in_response(0, [0])
                return
            if fails:
                engine.error(PgError("XX000", "some error"))
            elif isinstance(event, Query):
                engine.row_description([Field("a")])
                engine.rows(ROW)
                engine.command_complete("SELECT 1")
            elif isinstance(event, FunctionCall):
                engine.function_call_response(b"x")
            self.ready()
        elif isinstance(event, (Parse, Bind, Describe, Execute, Close)):
            if fails:
                engine.error(PgError("XX000", "some error"))
            else:
                self.extended(event)
        elif isinstance(event, (CopyDone, CopyFail)):
            simple = engine.state is State.QUERY_ROWS
            if fails or isinstance(event, CopyFail):
                engine.error(PgError("57014", "COPY from stdin failed"))
            else:
                engine.command_complete("COPY 1")
            if simple:
                self.ready()

    def extended(self, event: Event) -> None:
        engine = self.engine
        if isinstance(event, Parse):
            engine.parse_complete()
        elif isinstance(event, Bind):
            engine.bind_complete()
        elif isinstance(event, Close):
            engine.close_complete()
        elif isinstance(event, Describe):
            if event.kind == "S":
                engine.parameter_description([25])
            engine.no_data()
        elif self.rng.random() < 0.2:
            engine.copy_in_response(0, [])
        else:
            engine.rows(ROW)
            engine.command_complete("SELECT 1")

    def check_output(self) -> None:
        """Whole messages with tags that clients know; bare bytes only before anything else."""
        data = bytes(self.out)
        while data[:1] in (b"S", b"N") and data[1:2] != b"\0":
            data = data[1:]
        ready = 0
        while data:
            tag, length = chr(data[0]), int.from_bytes(data[1:5], "big")
            assert tag in KNOWN
            assert 4 <= length <= len(data) - 1
            ready += tag == "Z"
            data = data[1 + length :]
        assert ready == self.expected_ready


CONVERSATIONS = [
    [m.startup(), m.query("select 1"), m.query("x"), m.TERMINATE],
    [m.packet(m.SSL_REQUEST), m.startup({"user": "u", "options": "-c a=b"}), m.query("select 1")],
    [m.packet(m.GSSENC_REQUEST), m.packet(m.SSL_REQUEST), m.startup(version=m.PROTOCOL_3_2), m.SYNC],
    [m.cancel_request(1, b"abcd")],
    [m.startup(), m.message(b"p", b"secret\0"), m.query("select 1")],
    [m.startup(), m.message(b"p", b"X\0\0\0\0\1a"), m.message(b"p", b"b"), m.query("select 1")],
    [
        m.startup(),
        *[m.parse("select $1", "s", [23]), m.bind("p", "s", [b"1", None], [1], [0, 1]), m.describe("P", "p")],
        *[m.execute("p", 5), m.FLUSH, m.close("S", "s"), m.SYNC, m.parse("x"), m.bind(), m.execute(), m.SYNC],
    ],
    [m.startup(), m.query("copy"), m.copy_data(b"1\n"), m.copy_data(b"2\n"), m.COPY_DONE, m.query("x")],
    [m.startup(), m.execute(), m.copy_data(b"1\n"), m.SYNC, m.copy_fail("no"), m.SYNC, m.TERMINATE],
    [m.startup(), m.message(b"F", b"\0\0\0\1\0\1\0\1\0\1\0\0\0\1x\0\0"), m.query("x")],
]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A conversation with messages dropped, doubled, swapped, and bytes changed, cut and put in."""
    messages = list(draw(st.sampled_from(CONVERSATIONS)))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(messages) - 1))
        what = draw(st.sampled_from(["drop", "double", "swap", "borrow"]))
        if what == "drop" and len(messages) > 1:
            del messages[at]
        elif what == "double":
            messages.insert(at, messages[at])
        elif what == "swap":
            messages.append(messages.pop(at))
        else:
            messages.insert(at, draw(st.sampled_from(draw(st.sampled_from(CONVERSATIONS)))))
    data = bytearray(b"".join(messages))
    for _ in range(draw(st.integers(0, 4))):
        if not data:
            break
        at = draw(st.integers(0, len(data) - 1))
        what = draw(st.sampled_from(["change", "cut", "put"]))
        if what == "change":
            data[at] = draw(st.sampled_from([0, 1, 4, 0x16, 0x7F, 0x80, 0xFF, 0x51, data[at] ^ 1]))
        elif what == "cut":
            del data[at : at + draw(st.integers(1, 8))]
        else:
            data[at:at] = draw(st.binary(max_size=8))
    return bytes(data)


@st.composite
def pieces(draw: st.DrawFn, stream: st.SearchStrategy[bytes]) -> list[bytes]:
    """A stream, cut anywhere."""
    data = draw(stream)
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=6)))
    return [data[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(data)])]


def converse(stream: list[bytes], seed: int) -> Peer:
    peer = Peer(seed)
    for piece in stream:
        peer.receive(piece)
    peer.engine.receive_eof()
    peer.drive()
    peer.check_output()
    return peer


@settings(max_examples=600, deadline=None)
@given(pieces(mutated()), st.integers(0, 2**16))
def test_a_mutated_conversation_ends_in_answers(stream: list[bytes], seed: int) -> None:
    peer = converse(stream, seed)
    assert peer.ended or peer.engine.should_close


@settings(max_examples=300, deadline=None)
@given(pieces(st.binary(max_size=300)), st.integers(0, 2**16))
def test_arbitrary_bytes_first_end_in_answers(stream: list[bytes], seed: int) -> None:
    peer = converse(stream, seed)
    assert peer.ended or peer.engine.should_close


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(list(b"QPBEDCSHFXdcfp!\0")), st.binary(max_size=60)), max_size=12),
    st.integers(0, 2**16),
)
def test_arbitrary_bodies_within_a_session_end_in_answers(bodies: list[tuple[int, bytes]], seed: int) -> None:
    converse([m.startup(), *(m.message(bytes([tag]), body) for tag, body in bodies)], seed)


@settings(max_examples=200, deadline=None)
@given(pieces(mutated()), st.integers(0, 2**16))
def test_how_the_stream_is_cut_makes_no_difference(stream: list[bytes], seed: int) -> None:
    """But for bytes that come together with a request for encryption: those are an attack, see pgwire.md 2.1."""
    whole = b"".join(stream)
    if int.from_bytes(whole[4:8], "big") in (m.SSL_REQUEST, m.GSSENC_REQUEST) or whole[:1] == b"\x16":
        return
    one = converse([whole], seed)
    many = converse([bytes([byte]) for byte in whole], seed)
    assert one.out == many.out


@pytest.mark.parametrize("length", [99_996, 99_997, 2**30, 2**31 - 1, -1, 3, 0])
def test_a_huge_or_impossible_length_keeps_nothing(length: int) -> None:
    peer = Peer(0)
    peer.rng = random.Random(1)
    while peer.engine.state is not State.READY:  # the seeds decide whether a password is asked for
        peer = Peer(peer.rng.randrange(1 << 30))
        peer.receive(m.startup())
    peer.receive(b"Q" + (length + 4 if length > 3 else length).to_bytes(5, "big", signed=True)[1:])
    fits = 4 <= length + 4 <= LIMITS.large and length > 3
    assert peer.engine.should_close != fits
    for _ in range(50):
        peer.receive(bytes(1000))
    assert peer.engine.buffered <= (LIMITS.large if fits else 0)


def test_a_flood_of_pipelined_messages_is_answered_in_order() -> None:
    engine = ServerProtocol()
    engine.receive(m.startup())
    engine.next_event()
    engine.authentication_ok()
    engine.ready_for_query("I")
    engine.receive(m.SYNC * 20_000)
    count = 0
    for _ in engine.events():
        engine.ready_for_query("I")
        count += 1
    assert count == 20_000
    assert engine.buffered == 0
