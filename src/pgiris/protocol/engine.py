"""The machine: bytes in, events out; answers in, bytes out. One connection, one engine; no locks, no I/O, no clock.

Read the package docstring for how to drive it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from pgiris.errors import FATAL, LocalProtocolError, PgError, ProtocolViolation
from pgiris.protocol import backend, frontend, startup, states, trace
from pgiris.protocol.reader import Limits, MessageReader, UnexpectedTag
from pgiris.protocol.speaker import Speaker
from pgiris.protocol.states import BY_TAG, State


@dataclass(frozen=True, slots=True)
class BadMessage:
    """The client said something that it must not. Answer with ``engine.error(event.error)``, whatever its severity.

    If the bad message was a Query, a Sync or a FunctionCall, `ready_for_query` follows as for a good one.
    """

    error: PgError


@dataclass(frozen=True, slots=True)
class EndOfInput:
    """The client has closed its side; what it had sent before has been delivered. Treat it as Terminate."""


Event = frontend.FrontendMessage | startup.FirstPacket | startup.DirectTLS | BadMessage | EndOfInput

_ARRIVALS: Final = frozenset({State.DESCRIBE_STATEMENT, State.FLUSH, State.CLOSED})
"""The states into which `ServerProtocol._arrive` has a say."""


class ServerProtocol(Speaker):
    """PostgreSQL's protocol, the server's side of one connection."""

    def __init__(self, limits: Limits | None = None, trace: Callable[[str], None] | None = None) -> None:
        """`limits` bound what is read; `trace` is called with a line of text for each message."""
        super().__init__(trace)
        self.limits = limits or Limits()
        self.encrypted = False
        """Whether TLS is up."""
        self._limits = states.limits_by_tag(self.limits)
        self._reader = MessageReader()
        self._ssl_done = False
        self._gss_done = False
        self._intrusion: PgError | None = None
        self._eof = False
        self._eof_told = False

    # -- input -------------------------------------------------------------------------------------------------

    def receive(self, data: bytes) -> None:
        """Take bytes from the network. Once the connection is lost they are ignored."""
        if self._state < State.BROKEN:
            self._reader.feed(data)

    def receive_eof(self) -> None:
        """Take note that the client sends nothing more."""
        self._eof = True

    @property
    def eof_received(self) -> bool:
        """Whether the client has closed its side, be there unread messages or not."""
        return self._eof

    @property
    def buffered(self) -> int:
        """The number of received bytes that no event has been made of. Stop reading when this grows large."""
        return self._reader.buffered

    @property
    def needs_input(self) -> bool:
        """Whether no complete message is buffered, so that reading on is the only way to go on."""
        if self._state is State.STARTUP:
            return not self._reader.has_startup_packet()
        return self._reader.peek() is None

    def peek(self) -> bytes | None:
        """The tag of the next message if it has arrived whole; it is not read, and may still turn out bad."""
        tag = self._reader.peek() if self._state >= State.READY else None
        return None if tag is None else bytes((tag,))

    def events(self) -> Iterator[Event]:
        """The events that can be had now. Lazy: what comes next depends on what is answered meanwhile."""
        while (event := self.next_event()) is not None:
            yield event

    def next_event(self) -> Event | None:
        """The next event, or None if bytes are missing or the server has to speak first."""
        state = self._state
        limits = self._limits.get(state)
        if limits is None:
            return self._start() if state is State.STARTUP else self._end()
        table = BY_TAG[state]
        while True:
            try:
                frame = self._reader.message(limits)
            except UnexpectedTag as unexpected:
                return self._unexpected(unexpected.tag)
            except PgError as error:
                return self._broken(error)
            if frame is None:
                return self._end()
            tag, body = frame
            message, after = table[tag]
            if self._trace is not None:
                self._trace(trace.frontend(message, body))
            if after is None:
                continue
            try:
                event = message.decode(body, self.encoding)
            except PgError as error:
                return self._bad(error, after)
            self._state = after
            if after in _ARRIVALS:
                self._arrive(event)
            return event

    def _arrive(self, event: object) -> None:
        """What the tables cannot say."""
        if isinstance(event, frontend.Describe):
            self._state = states.DESCRIBED[event.kind]
        elif isinstance(event, frontend.Flush):
            self._state = State.READY
            self.flush_due = True
        else:
            self._reader.clear()

    def _bad(self, error: PgError, after: State) -> BadMessage:
        """A message that is whole but says nonsense: the stream stays in step."""
        if self._state in states.IN_COPY:
            return BadMessage(error)  # the error ends the COPY
        if self._state in states.BEFORE_SESSION:
            return self._broken(error)
        self._state = after
        return BadMessage(error)

    def _unexpected(self, tag: int) -> BadMessage:
        if self._state in states.IN_COPY:
            self._reader.clear()
            self._state = State.OUT_OF_STEP
            return BadMessage(ProtocolViolation(f"unexpected message type 0x{tag:02X} during COPY from stdin"))
        if self._state in states.AWAITED:
            awaited = states.AWAITED[self._state]
            return self._broken(ProtocolViolation(f"expected {awaited} response, got message type {tag}"))
        return self._broken(ProtocolViolation(f"invalid frontend message type {tag}"))

    def _broken(self, error: PgError) -> BadMessage:
        error.severity = FATAL
        self._reader.clear()
        self._state = State.BROKEN
        return BadMessage(error)

    def _end(self) -> EndOfInput | None:
        """EndOfInput, once, when the client is gone and it is the client's turn."""
        waiting = self._state in BY_TAG or self._state in (State.STARTUP, State.HANDSHAKE)
        if not self._eof or self._eof_told or not waiting:
            return None
        self._eof_told = True
        return EndOfInput()

    # -- the first packet --------------------------------------------------------------------------------------

    def _start(self) -> Event | None:
        if self._intrusion is not None:
            return self._broken(self._intrusion)
        if self._reader.first_byte() == startup.TLS_HANDSHAKE_RECORD and not (self._ssl_done or self._gss_done):
            self._ssl_done = self._gss_done = True
            self._state = State.HANDSHAKE
            return startup.DirectTLS(self._reader.take_all())
        try:
            packet = self._reader.startup_packet(self.limits.startup)
            if packet is None:
                return self._end()
            event = startup.decode(packet, ssl_done=self._ssl_done, gss_done=self._gss_done)
            if self._trace is not None:
                self._trace(trace.first_packet(event, len(packet) + 4))
            return self._first_packet(event)
        except PgError as error:
            return self._broken(error)

    def _first_packet(self, event: startup.FirstPacket) -> Event:
        if isinstance(event, startup.CancelRequest):
            self._state = State.CLOSED
            self._reader.clear()
        elif isinstance(event, startup.StartupMessage):
            self.protocol_version = event.negotiated
            if event.needs_negotiation:
                self._put(backend.NegotiateProtocolVersion(startup.NEWEST, event.unrecognized))
            startup.check_user(event)
            self._state = State.AUTHENTICATION
        else:
            self._ssl_done |= isinstance(event, startup.SSLRequest)
            self._asked_gss = isinstance(event, startup.GSSENCRequest)
            self._gss_done |= self._asked_gss
            self._state = State.ENCRYPTION_ASKED
        return event

    def accept_tls(self) -> None:
        """Answer SSLRequest with yes. Write the byte at once, start TLS, then call `encryption_established`.

        If the client has already sent more in the clear, the byte is not written, `state` is not HANDSHAKE, and the
        next event is BadMessage: those bytes may have been slipped in by somebody else (CVE-2021-23222).
        """
        if self._asked_gss:
            raise LocalProtocolError("the client asked for GSSAPI encryption, not for TLS")
        self._move(states.EncryptionAccepted)
        if self._reader.buffered:
            self._intruded("SSL")
        else:
            self._byte(b"S")

    def refuse_encryption(self) -> None:
        """Answer SSLRequest or GSSENCRequest with no; the client may go on in the clear, but not have gone on yet."""
        super().refuse_encryption()
        if self._reader.buffered:
            self._intruded("GSSAPI encryption" if self._asked_gss else "SSL")

    def encryption_established(self) -> None:
        """Tell that the TLS handshake is done. Bytes that came in the clear meanwhile make a BadMessage."""
        self._move(states.EncryptionEstablished)
        self.encrypted = True
        self._ssl_done = self._gss_done = True
        if self._reader.buffered:
            self._intruded("SSL")

    def _intruded(self, request: str) -> None:
        self._reader.clear()
        self._state = State.STARTUP
        self._intrusion = ProtocolViolation(
            f"received unencrypted data after {request} request",
            severity=FATAL,
            detail="This could be either a client-software bug or evidence of an attempted man-in-the-middle attack.",
        )
