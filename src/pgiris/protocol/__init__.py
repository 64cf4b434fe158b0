"""PostgreSQL's wire protocol, the server's side, without I/O: bytes in, events out; answers in, bytes out.

Protocol 3.0 and 3.2, as in https://www.postgresql.org/docs/current/protocol.html; where that and a running PostgreSQL
differ, the running one wins. The room knows bytes and messages. It must not know SQL, IRIS, sockets or asyncio.

The files
=========

====================  ============================================================================================
`engine`              ``ServerProtocol``, the machine: what arrives, and the first packet
`speaker`             its other half: a method for each thing that the server can say
`states`              who may say what when, as tables; everything that changes state
`frontend`            the client's messages: data with a strict ``decode``
`backend`             the server's messages: data with an ``encode``; those with tag R are in `authentication`
`startup`             the packets without a tag, version negotiation, the ``options`` of a startup packet
`reader` `writer`     frames out of bytes, within limits; pending output
`wire`                integers, strings, and ``ClientEncoding``
`trace`               a line of text for each message, as libpq's trace prints it
====================  ============================================================================================

Driving it
==========

::

    engine = ServerProtocol()
    engine.receive(data)                    # or receive_eof()
    for event in engine.events():           # lazy: an event is made when it is asked for
        ...                                 # answer it through engine's methods before asking for the next
        if engine.flush_due or engine.pending_output > 65536:
            transport.writelines(engine.data_to_send())
    if engine.should_close: ...             # write what is pending, then close

One event at a time. Where the server has to speak, ``next_event()`` returns None until it has spoken; so an event is
never delivered that an earlier error makes void. Bytes may be received at any time; they wait. `buffered` says how
many wait, `needs_input` that no whole message is among them, `peek()` which message comes next if it is whole.

Events
------

===========================================  =====================================================================
``SSLRequest`` ``GSSENCRequest``             ``accept_tls()``, write, handshake, ``encryption_established()``; or
                                             ``refuse_encryption()``
``DirectTLS(data)``                          a ClientHello came first: hand `data` to the TLS layer, demand ALPN
                                             "postgresql", then ``encryption_established()``; or ``close()``
``CancelRequest(process_id, key)``           no answer; the connection is closed
``StartupMessage(version, user, ...)``       ``authentication_...`` and, in the end, ``authentication_ok()``; then
                                             ``event.settings()``, ``parameter_status()`` for each reported setting,
                                             ``backend_key_data()``, ``ready_for_query("I")``
``PasswordMessage`` ``SASLInitialResponse``  the answer to what was asked; ask again, or ``authentication_ok()``
``SASLResponse`` ``GSSResponse``
``Query(sql)``                               for each statement ``row_description() rows()* command_complete()``, or
                                             ``command_complete()`` alone, or a COPY; ``empty_query_response()`` if
                                             there is none; then exactly one ``ready_for_query(status)``
``Parse(statement, sql, parameter_oids)``    ``parse_complete()``
``Bind(portal, statement, ...)``             ``bind_complete()``
``Describe(kind, name)``                     kind S: ``parameter_description()`` first; then, for both kinds,
                                             ``row_description()`` or ``no_data()``
``Execute(portal, max_rows)``                ``rows()*``, then ``command_complete()``, ``empty_query_response()`` or
                                             ``portal_suspended()``; or a COPY
``Close(kind, name)``                        ``close_complete()``
``Flush``                                    nothing; `flush_due` is set
``Sync``                                     ``ready_for_query(status)``; an ``error()`` (at commit) may come before
``FunctionCall(function_oid, ...)``          ``function_call_response(value)``, then ``ready_for_query(status)``
``CopyData(data)`` ``CopyDone``              only after ``copy_in_response()``; after CopyDone ``command_complete()``;
``CopyFail(reason)``                         after CopyFail ``error()`` with 57014
``BadMessage(error)``                        the client broke the protocol: ``error(event.error)``, and roll back
``Terminate`` ``EndOfInput``                 the client is gone: roll back, free everything, close
===========================================  =====================================================================

COPY out is ``copy_out_response() copy_data()* copy_done() command_complete()``.

In place of any answer there may be ``error(error)``. After it, in a simple query, only ``ready_for_query`` is left; in
an extended query the machine forgets everything up to Sync by itself, and the next event is Sync (or Terminate).
``error`` with severity FATAL may be said at any time and closes. ``notice()``, ``parameter_status()`` and
``notification_response()`` may be said at any time too.

What is said out of turn raises LocalProtocolError: that is a bug of ours, and nothing of it is written.
A string that the client's encoding lacks raises PgError 22P05, and nothing of the message is written.

The life of a connection
========================

::

    STARTUP --SSLRequest, GSSENCRequest--> ENCRYPTION_ASKED --N--> STARTUP
                                                            --S--> HANDSHAKE --established--> STARTUP
    STARTUP --StartupMessage--> AUTHENTICATION <--> AWAITING_... --Ok--> SESSION_START --Z--> READY
    READY --Query--> QUERY --> ... --Z--> READY
    READY --Parse, Bind, Describe, Execute, Close--> PARSE, ... --answer--> READY
                                                                --error--> SKIPPING --Sync--> SYNC
    READY --Sync--> SYNC --Z--> READY

What the machine does by itself: frames, limits and bodies are checked; versions are negotiated; what follows an
error is skipped to Sync; CopyData, CopyDone and CopyFail outside a COPY are dropped, Flush and Sync inside one too.

Compatibility notes
===================

- PostgreSQL closes without a word when a length is impossible or above its limit. We say FATAL 08P01 first.
- A malformed body is ERROR 08P01 in PostgreSQL's words; the session goes on. An unknown message type is FATAL.
- A message other than Flush and Sync in a COPY is ERROR and then FATAL 08P01, as in PostgreSQL: it is out of step.
- Terminate and CopyDone may have bodies, CopyFail may have bytes behind its string: PostgreSQL does not look.
- A second SSLRequest is, as in PostgreSQL, an unsupported protocol version 1234.5679.
- A parameter given twice in the startup packet counts with its last value.
- The startup packet is UTF-8. A user or database name that is not is refused with 22021; in other values what is
  invalid becomes U+FFFD (PostgreSQL passes the bytes on).
- Version 3.1 was never used by anyone and means 3.0. Nothing depends on a particular version but the comparison with
  3.2, which is about the length of cancel keys.
"""

from __future__ import annotations

from pgiris.protocol.backend import FAILED_TRANSACTION, IDLE, IN_TRANSACTION, Field
from pgiris.protocol.engine import BadMessage, EndOfInput, Event, ServerProtocol
from pgiris.protocol.frontend import (
    PORTAL,
    STATEMENT,
    Bind,
    Close,
    CopyData,
    CopyDone,
    CopyFail,
    Describe,
    Execute,
    Flush,
    FrontendMessage,
    FunctionCall,
    GSSResponse,
    Parse,
    PasswordMessage,
    Query,
    SASLInitialResponse,
    SASLResponse,
    Sync,
    Terminate,
)
from pgiris.protocol.reader import Limits
from pgiris.protocol.startup import (
    ALPN_PROTOCOL,
    CancelRequest,
    DirectTLS,
    GSSENCRequest,
    SSLRequest,
    StartupMessage,
)
from pgiris.protocol.states import State
from pgiris.protocol.wire import BINARY_FORMAT, TEXT_FORMAT, UTF8, ClientEncoding

__all__ = [
    "ALPN_PROTOCOL",
    "BINARY_FORMAT",
    "FAILED_TRANSACTION",
    "IDLE",
    "IN_TRANSACTION",
    "PORTAL",
    "STATEMENT",
    "TEXT_FORMAT",
    "UTF8",
    "BadMessage",
    "Bind",
    "CancelRequest",
    "ClientEncoding",
    "Close",
    "CopyData",
    "CopyDone",
    "CopyFail",
    "Describe",
    "DirectTLS",
    "EndOfInput",
    "Event",
    "Execute",
    "Field",
    "Flush",
    "FrontendMessage",
    "FunctionCall",
    "GSSENCRequest",
    "GSSResponse",
    "Limits",
    "Parse",
    "PasswordMessage",
    "Query",
    "SASLInitialResponse",
    "SASLResponse",
    "SSLRequest",
    "ServerProtocol",
    "StartupMessage",
    "State",
    "Sync",
    "Terminate",
]
