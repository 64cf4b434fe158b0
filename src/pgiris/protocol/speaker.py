"""The half of the machine that speaks: a method for each thing that the server can say.

What may be said when is the table SERVER in `states`; anything else is a bug of ours and raises LocalProtocolError,
before a byte of it is written. A message that cannot be encoded leaves no part of itself behind.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from pgiris.errors import ERROR, FATAL, LocalProtocolError, Notice, PgError, ProtocolViolation
from pgiris.protocol import authentication as auth
from pgiris.protocol import backend, startup, states, trace
from pgiris.protocol.states import SERVER, State
from pgiris.protocol.wire import UTF8, ClientEncoding
from pgiris.protocol.writer import OutputBuffer

CANCEL_KEY_3_0: Final = 4
CANCEL_KEY_3_2: Final = 32

_PARSE_COMPLETE: Final = b"1\0\0\0\4"
_BIND_COMPLETE: Final = b"2\0\0\0\4"
_CLOSE_COMPLETE: Final = b"3\0\0\0\4"
_NO_DATA: Final = b"n\0\0\0\4"
_EMPTY_QUERY: Final = b"I\0\0\0\4"
_PORTAL_SUSPENDED: Final = b"s\0\0\0\4"
_READY: Final = {status: b"Z\0\0\0\5" + status.encode("ascii") for status in "ITE"}


class Speaker:
    """The state of a connection, its pending output, and everything that can be said."""

    def __init__(self, trace: Callable[[str], None] | None) -> None:
        self.encoding: ClientEncoding = UTF8
        """The client's encoding; set it when the setting client_encoding changes."""
        self.protocol_version = startup.PROTOCOL_3_0
        """The version that was negotiated, as one number."""
        self.flush_due = False
        """The client waits for what is pending: write it now."""
        self._state = State.STARTUP
        self._asked_gss = False
        self._output = OutputBuffer()
        self._trace = trace

    # -- output ------------------------------------------------------------------------------------------------

    @property
    def state(self) -> State:
        """Where the connection is."""
        return self._state

    @property
    def should_close(self) -> bool:
        """Whether the connection is to be closed once the pending output is written."""
        return self._state is State.CLOSED

    @property
    def pending_output(self) -> int:
        """The number of bytes waiting to be written. Write when it grows large, whatever `flush_due` says."""
        return self._output.pending

    def data_to_send(self) -> list[bytes | bytearray]:
        """Everything that waits to be written, in order. The caller owns it; `flush_due` is reset."""
        self.flush_due = False
        return self._output.take()

    def close(self) -> None:
        """Take note that the connection is at its end, without a word to the client."""
        self._state = State.CLOSED

    # -- encryption and authentication -------------------------------------------------------------------------

    def refuse_encryption(self) -> None:
        """Answer SSLRequest or GSSENCRequest with no; the client may go on in the clear."""
        self._move(states.EncryptionRefused)
        self._byte(b"N")

    def authentication_ok(self) -> None:
        """The client is who it says."""
        self._say(auth.AuthenticationOk())

    def authentication_cleartext_password(self) -> None:
        """Ask for the password; a PasswordMessage follows."""
        self._say(auth.AuthenticationCleartextPassword(), flush=True)

    def authentication_md5_password(self, salt: bytes) -> None:
        """Ask for the hashed password, with a salt of four bytes; a PasswordMessage follows."""
        self._say(auth.AuthenticationMD5Password(salt), flush=True)

    def authentication_sasl(self, mechanisms: Iterable[str]) -> None:
        """Offer SASL mechanisms; a SASLInitialResponse follows."""
        self._say(auth.AuthenticationSASL(tuple(mechanisms)), flush=True)

    def authentication_sasl_continue(self, data: bytes) -> None:
        """Send a challenge; a SASLResponse follows."""
        self._say(auth.AuthenticationSASLContinue(data), flush=True)

    def authentication_sasl_final(self, data: bytes) -> None:
        """Send the mechanism's last word; say `authentication_ok` next."""
        self._say(auth.AuthenticationSASLFinal(data))

    def authentication_gss(self) -> None:
        """Ask for a GSSAPI token; a GSSResponse follows."""
        self._say(auth.AuthenticationGSS(), flush=True)

    def authentication_sspi(self) -> None:
        """Ask for an SSPI token; a GSSResponse follows."""
        self._say(auth.AuthenticationSSPI(), flush=True)

    def authentication_gss_continue(self, data: bytes) -> None:
        """Send a token; a GSSResponse follows."""
        self._say(auth.AuthenticationGSSContinue(data), flush=True)

    # -- session -----------------------------------------------------------------------------------------------

    def parameter_status(self, name: str, value: str) -> None:
        """Tell the value of a reported setting."""
        self._say_any_time(backend.ParameterStatus(name, value))

    @property
    def cancel_key_length(self) -> int:
        """How long the cancel key for this client should be: 32 bytes in protocol 3.2, 4 before."""
        return CANCEL_KEY_3_2 if self.protocol_version >= startup.PROTOCOL_3_2 else CANCEL_KEY_3_0

    def backend_key_data(self, process_id: int, key: bytes) -> None:
        """Tell what a CancelRequest must show."""
        if self.protocol_version < startup.PROTOCOL_3_2 and len(key) != CANCEL_KEY_3_0:
            raise LocalProtocolError("the cancel key of protocol 3.0 has 4 bytes")
        self._say(backend.BackendKeyData(process_id, key))

    def ready_for_query(self, status: str) -> None:
        """Close the answer to a Query, Sync or FunctionCall, or the start of the session; I, T or E."""
        if status not in _READY:
            raise LocalProtocolError(f"no such transaction status: {status!r}")
        self._constant(backend.ReadyForQuery, _READY[status])
        self.flush_due = True

    # -- results -----------------------------------------------------------------------------------------------

    def parse_complete(self) -> None:
        """Answer Parse."""
        self._constant(backend.ParseComplete, _PARSE_COMPLETE)

    def bind_complete(self) -> None:
        """Answer Bind."""
        self._constant(backend.BindComplete, _BIND_COMPLETE)

    def close_complete(self) -> None:
        """Answer Close."""
        self._constant(backend.CloseComplete, _CLOSE_COMPLETE)

    def parameter_description(self, oids: Iterable[int]) -> None:
        """Answer Describe of a statement, first part; `row_description` or `no_data` is the second."""
        self._say(backend.ParameterDescription(tuple(oids)))

    def row_description(self, fields: Iterable[backend.Field]) -> None:
        """Tell the columns: the answer to Describe, or the begin of rows in a simple query."""
        self._say(backend.RowDescription(tuple(fields)))

    def no_data(self) -> None:
        """Answer Describe of what returns no rows."""
        self._constant(backend.NoData, _NO_DATA)

    def rows(self, data: bytes) -> None:
        """Pass on any number of whole DataRow messages, encoded. What is in them is not looked at."""
        self._move(states.Rows)
        self._output.pass_through(data)
        if self._trace is not None:
            trace.backend_block(data, self._trace)

    def command_complete(self, command: str) -> None:
        """A statement is done; the command tag is pgwire.md section 15's, such as ``SELECT 5``."""
        self._say(backend.CommandComplete(command))

    def empty_query_response(self) -> None:
        """There was no statement."""
        self._constant(backend.EmptyQueryResponse, _EMPTY_QUERY)

    def portal_suspended(self) -> None:
        """The row limit of Execute was reached."""
        self._constant(backend.PortalSuspended, _PORTAL_SUSPENDED)

    def function_call_response(self, value: bytes | None) -> None:
        """Answer FunctionCall."""
        self._say(backend.FunctionCallResponse(value))

    # -- COPY --------------------------------------------------------------------------------------------------

    def copy_in_response(self, format: int, column_formats: Sequence[int]) -> None:
        """Ask for COPY data: CopyData events, then CopyDone or CopyFail, follow."""
        self._say(backend.CopyInResponse(format, tuple(column_formats)), flush=True)

    def copy_out_response(self, format: int, column_formats: Sequence[int]) -> None:
        """Announce COPY data."""
        self._say(backend.CopyOutResponse(format, tuple(column_formats)))

    def copy_data(self, data: bytes) -> None:
        """Send a row of COPY data."""
        self._say(backend.CopyOutData(data))

    def copy_done(self) -> None:
        """End the COPY data; `command_complete` comes next."""
        self._say(backend.CopyOutDone())

    # -- errors and what comes unasked -------------------------------------------------------------------------

    def error(self, error: PgError) -> None:
        """Report an error. In an extended query the machine then skips to Sync; FATAL closes.

        Before the session is ready every error is FATAL.
        """
        state = self._state
        severity = FATAL if state in states.BEFORE_SESSION and error.severity == ERROR else error.severity
        message = backend.ErrorResponse(error, severity)
        if severity != ERROR and state is not State.CLOSED:
            self._put(message)
            self._state = State.CLOSED
            self.flush_due = True
            return
        self._say(message)
        if self._state is State.BROKEN:  # the client spoke out of turn in a COPY
            self.error(
                ProtocolViolation("terminating connection because protocol synchronization was lost", severity=FATAL)
            )

    def notice(self, notice: Notice) -> None:
        """Send a warning or notice."""
        self._say_any_time(backend.NoticeResponse(notice))

    def notification_response(self, process_id: int, channel: str, payload: str) -> None:
        """Tell of a NOTIFY. Outside a command, write it at once."""
        self._say_any_time(backend.NotificationResponse(process_id, channel, payload))

    # -- how -----------------------------------------------------------------------------------------------------

    def _move(self, what: type) -> None:
        """Change state as `what` does. Raises LocalProtocolError if it must not be said now."""
        after = SERVER[self._state].get(what)
        if after is None:
            raise LocalProtocolError(f"{what.__name__} cannot be said in state {self._state.name}")
        self._state = after

    def _say(self, message: backend.BackendMessage, flush: bool = False) -> None:
        before = self._state
        self._move(type(message))
        try:
            self._put(message)
        except BaseException:
            self._state = before
            raise
        if flush:
            self.flush_due = True

    def _say_any_time(self, message: backend.BackendMessage) -> None:
        if self._state not in states.ANY_TIME[type(message)]:
            raise LocalProtocolError(f"{type(message).__name__} cannot be said in state {self._state.name}")
        self._put(message)
        if self._state is State.READY:  # nobody asked, so nobody else will flush
            self.flush_due = True

    def _constant(self, what: type, encoded: bytes) -> None:
        self._move(what)
        self._output.buffer += encoded
        if self._trace is not None:
            self._trace(trace.backend(encoded))

    def _put(self, message: backend.BackendMessage) -> None:
        """Append a message, all of it or nothing."""
        buffer = self._output.buffer
        mark = len(buffer)
        try:
            message.encode(buffer, self.encoding)
        except (struct.error, UnicodeError) as error:
            del buffer[mark:]
            raise LocalProtocolError(f"{type(message).__name__} cannot be encoded: {error}") from error
        except BaseException:
            del buffer[mark:]
            raise
        if self._trace is not None:
            self._trace(trace.backend(bytes(memoryview(buffer)[mark:])))

    def _byte(self, answer: bytes) -> None:
        """The bare byte that answers a request for encryption."""
        self._output.buffer += answer
        self.flush_due = True
        if self._trace is not None:
            self._trace(trace.encryption_answer(answer))
