"""The states of a connection and what moves it, as data. Everything that changes state is in this file.

A state says whose turn it is. Where the client may speak, CLIENT lists what it may say and the state after it; DROPPED
means that the message is read and forgotten. Where the server may speak, SERVER lists what it may say.
A client message that is not listed breaks the protocol; a server message that is not listed is a bug of ours.

Besides the tables these rules hold everywhere:

- An error of severity FATAL may be said in any state but CLOSED, and closes.
- Before a session is ready, every error is FATAL, as in PostgreSQL.
- Notices, and changed settings and notifications in a session, change no state (ANY_TIME).

Sections: https://www.postgresql.org/docs/current/protocol-flow.html
"""

from __future__ import annotations

from enum import IntEnum, auto
from functools import lru_cache
from typing import Final

from pgiris.protocol import authentication as auth
from pgiris.protocol import backend as server
from pgiris.protocol import frontend as client
from pgiris.protocol.reader import Limits


class State(IntEnum):
    """Where a connection is. An IntEnum, because its members hash as fast as numbers do."""

    STARTUP = auto()
    """A first packet is awaited."""
    ENCRYPTION_ASKED = auto()
    """The server has to accept or refuse encryption."""
    HANDSHAKE = auto()
    """The TLS layer has the connection."""

    AUTHENTICATION = auto()
    """The server asks for something or is content."""
    AWAITING_PASSWORD = auto()
    AWAITING_SASL_INITIAL = auto()
    AWAITING_SASL = auto()
    AWAITING_GSS = auto()
    SESSION_START = auto()
    """Settings and the cancel key are told; ends with the first ReadyForQuery."""

    READY = auto()
    """Any command may come; between the messages of an extended query too."""
    SKIPPING = auto()
    """After an error in an extended query: all but Sync and Terminate is forgotten."""

    QUERY = auto()
    """A Query runs and nothing has been said yet."""
    QUERY_ROWS = auto()
    """The rows of a statement, or its completion, follow."""
    QUERY_NEXT = auto()
    """A statement of the string is done; another one, or ReadyForQuery."""
    FAILED = auto()
    """The error has been sent; only ReadyForQuery is left."""

    PARSE = auto()
    BIND = auto()
    DESCRIBE_STATEMENT = auto()
    DESCRIBE_ROWS = auto()
    """A portal is described, or a statement whose parameters have been."""
    EXECUTE = auto()
    CLOSE = auto()
    FLUSH = auto()
    """Only a Flush that was no good comes here."""
    SYNC = auto()

    FUNCTION_CALL = auto()
    FUNCTION_DONE = auto()

    COPY_IN = auto()
    COPY_IN_EXTENDED = auto()
    COPY_OUT = auto()
    COPY_OUT_EXTENDED = auto()

    # From here on nothing is read any more.
    BROKEN = auto()
    """The stream makes no sense any more; the server has to say so, and is closed then."""
    OUT_OF_STEP = auto()
    """A message in a COPY that cannot be there: one more error, then the end."""
    CLOSED = auto()


class Rows:
    """Stands for DataRow messages, which come encoded."""


class EncryptionAccepted:
    """Stands for the byte S or G."""


class EncryptionRefused:
    """Stands for the byte N."""


class EncryptionEstablished:
    """Stands for the end of the TLS handshake."""


DROPPED: Final = None

ClientTable = dict[State, dict[type[client.FrontendMessage], "State | None"]]
ServerTable = dict[State, dict[type, State]]

_COPY_MESSAGES: Final = (client.CopyData, client.CopyDone, client.CopyFail)
_SKIPPED: Final = (
    client.Query,
    client.Parse,
    client.Bind,
    client.Describe,
    client.Execute,
    client.Close,
    client.Flush,
    client.FunctionCall,
    *_COPY_MESSAGES,
)

CLIENT: Final[ClientTable] = {
    State.AWAITING_PASSWORD: {client.PasswordMessage: State.AUTHENTICATION},
    State.AWAITING_SASL_INITIAL: {client.SASLInitialResponse: State.AUTHENTICATION},
    State.AWAITING_SASL: {client.SASLResponse: State.AUTHENTICATION},
    State.AWAITING_GSS: {client.GSSResponse: State.AUTHENTICATION},
    State.READY: {
        client.Query: State.QUERY,
        client.Parse: State.PARSE,
        client.Bind: State.BIND,
        client.Describe: State.DESCRIBE_STATEMENT,  # or DESCRIBE_ROWS: see DESCRIBED
        client.Execute: State.EXECUTE,
        client.Close: State.CLOSE,
        client.Flush: State.FLUSH,  # or READY at once: nothing is to be answered
        client.Sync: State.SYNC,
        client.FunctionCall: State.FUNCTION_CALL,
        client.Terminate: State.CLOSED,
        # Left over from a COPY that has failed: protocol-flow, "COPY Operations".
        **dict.fromkeys(_COPY_MESSAGES, DROPPED),
    },
    State.SKIPPING: {
        **dict.fromkeys(_SKIPPED, DROPPED),
        client.Sync: State.SYNC,
        client.Terminate: State.CLOSED,
    },
    State.COPY_IN: {
        client.CopyData: State.COPY_IN,
        client.CopyDone: State.QUERY_ROWS,
        client.CopyFail: State.QUERY_ROWS,
        client.Flush: DROPPED,
        client.Sync: DROPPED,
    },
    State.COPY_IN_EXTENDED: {
        client.CopyData: State.COPY_IN_EXTENDED,
        client.CopyDone: State.EXECUTE,
        client.CopyFail: State.EXECUTE,
        client.Flush: DROPPED,
        client.Sync: DROPPED,
    },
}

_STATEMENT: Final[dict[type, State]] = {
    server.RowDescription: State.QUERY_ROWS,
    server.CommandComplete: State.QUERY_NEXT,
    server.EmptyQueryResponse: State.QUERY_NEXT,
    server.CopyInResponse: State.COPY_IN,
    server.CopyOutResponse: State.COPY_OUT,
    server.ErrorResponse: State.FAILED,
}
_SKIP: Final[dict[type, State]] = {server.ErrorResponse: State.SKIPPING}

SERVER: Final[ServerTable] = {
    State.STARTUP: {},
    State.ENCRYPTION_ASKED: {EncryptionAccepted: State.HANDSHAKE, EncryptionRefused: State.STARTUP},
    State.HANDSHAKE: {EncryptionEstablished: State.STARTUP},
    State.AUTHENTICATION: {
        auth.AuthenticationOk: State.SESSION_START,
        auth.AuthenticationCleartextPassword: State.AWAITING_PASSWORD,
        auth.AuthenticationMD5Password: State.AWAITING_PASSWORD,
        auth.AuthenticationSASL: State.AWAITING_SASL_INITIAL,
        auth.AuthenticationSASLContinue: State.AWAITING_SASL,
        auth.AuthenticationSASLFinal: State.AUTHENTICATION,
        auth.AuthenticationGSS: State.AWAITING_GSS,
        auth.AuthenticationSSPI: State.AWAITING_GSS,
        auth.AuthenticationGSSContinue: State.AWAITING_GSS,
    },
    State.AWAITING_PASSWORD: {},
    State.AWAITING_SASL_INITIAL: {},
    State.AWAITING_SASL: {},
    State.AWAITING_GSS: {},
    State.SESSION_START: {server.BackendKeyData: State.SESSION_START, server.ReadyForQuery: State.READY},
    State.READY: {},
    State.SKIPPING: {},
    State.QUERY: _STATEMENT,
    State.QUERY_ROWS: {
        Rows: State.QUERY_ROWS,
        server.CommandComplete: State.QUERY_NEXT,
        server.ErrorResponse: State.FAILED,
    },
    State.QUERY_NEXT: {**_STATEMENT, server.ReadyForQuery: State.READY},
    State.FAILED: {server.ReadyForQuery: State.READY},
    State.PARSE: {server.ParseComplete: State.READY, **_SKIP},
    State.BIND: {server.BindComplete: State.READY, **_SKIP},
    State.DESCRIBE_STATEMENT: {server.ParameterDescription: State.DESCRIBE_ROWS, **_SKIP},
    State.DESCRIBE_ROWS: {server.RowDescription: State.READY, server.NoData: State.READY, **_SKIP},
    State.EXECUTE: {
        Rows: State.EXECUTE,
        server.CommandComplete: State.READY,
        server.EmptyQueryResponse: State.READY,
        server.PortalSuspended: State.READY,
        server.CopyInResponse: State.COPY_IN_EXTENDED,
        server.CopyOutResponse: State.COPY_OUT_EXTENDED,
        **_SKIP,
    },
    State.CLOSE: {server.CloseComplete: State.READY, **_SKIP},
    State.FLUSH: _SKIP,
    State.SYNC: {server.ReadyForQuery: State.READY, server.ErrorResponse: State.FAILED},
    State.FUNCTION_CALL: {server.FunctionCallResponse: State.FUNCTION_DONE, server.ErrorResponse: State.FAILED},
    State.FUNCTION_DONE: {server.ReadyForQuery: State.READY, server.ErrorResponse: State.FAILED},
    State.COPY_IN: {server.ErrorResponse: State.FAILED},
    State.COPY_IN_EXTENDED: _SKIP,
    State.COPY_OUT: {
        server.CopyOutData: State.COPY_OUT,
        server.CopyOutDone: State.QUERY_ROWS,
        server.ErrorResponse: State.FAILED,
    },
    State.COPY_OUT_EXTENDED: {
        server.CopyOutData: State.COPY_OUT_EXTENDED,
        server.CopyOutDone: State.EXECUTE,
        **_SKIP,
    },
    State.BROKEN: {server.ErrorResponse: State.CLOSED},
    State.OUT_OF_STEP: {server.ErrorResponse: State.BROKEN},
    State.CLOSED: {},
}

AWAITED: Final[dict[State, str]] = {
    State.AWAITING_PASSWORD: "password",
    State.AWAITING_SASL_INITIAL: "SASL",
    State.AWAITING_SASL: "SASL",
    State.AWAITING_GSS: "GSS",
}
"""What the client was asked for, in the words of PostgreSQL's error."""

BEFORE_AUTHENTICATION: Final = frozenset(
    {State.STARTUP, State.ENCRYPTION_ASKED, State.HANDSHAKE, State.AUTHENTICATION, *AWAITED}
)
BEFORE_SESSION: Final = BEFORE_AUTHENTICATION | {State.SESSION_START}
"""Here every error is FATAL."""

IN_COPY: Final = frozenset({State.COPY_IN, State.COPY_IN_EXTENDED})

DESCRIBED: Final = {client.STATEMENT: State.DESCRIBE_STATEMENT, client.PORTAL: State.DESCRIBE_ROWS}
"""The state after a Describe, by its kind."""

_NOT_IN_SESSION: Final = BEFORE_SESSION | {State.BROKEN, State.OUT_OF_STEP, State.CLOSED}

ANY_TIME: Final[dict[type, frozenset[State]]] = {
    server.NoticeResponse: frozenset(State) - {State.STARTUP, State.ENCRYPTION_ASKED, State.HANDSHAKE, State.CLOSED},
    server.ParameterStatus: frozenset(State) - _NOT_IN_SESSION | {State.SESSION_START},
    server.NotificationResponse: frozenset(State) - _NOT_IN_SESSION,
}
"""What changes no state, and where it may be said (protocol-flow, "Asynchronous Operations")."""

SMALL: Final = frozenset(
    {
        client.Sync,
        client.Flush,
        client.Terminate,
        client.Execute,
        client.Close,
        client.Describe,
        client.CopyDone,
        client.CopyFail,
    }
)
"""The messages with a small fixed shape, and so a small limit."""


@lru_cache(maxsize=16)
def limits_by_tag(limits: Limits) -> dict[State, dict[int, int]]:
    """For each state in which the client may speak, the tags that may come and the largest length of each.

    Kept, because all connections of a server share their limits. The caller does not change it.
    """

    def limit(message: type[client.FrontendMessage], state: State) -> int:
        if state in AWAITED:
            return limits.authentication
        return limits.small if message in SMALL else limits.large

    return {
        state: {message.tag[0]: limit(message, state) for message in messages} for state, messages in CLIENT.items()
    }


BY_TAG: Final[dict[State, dict[int, tuple[type[client.FrontendMessage], State | None]]]] = {
    state: {message.tag[0]: (message, after) for message, after in messages.items()}
    for state, messages in CLIENT.items()
}
"""CLIENT, for a reader that has a tag."""
