"""Sockets and sessions: listening, letting clients in, cancelling, flow control, stopping in order.

::

    serve        listeners, the phases of the server, the wiring that the command line calls
    admission    from the first packet to the first ReadyForQuery; the table of authentication methods
    connection   one TCP connection: the asyncio shell around the protocol engine, the session's wire and runtime
    cancel       which session a CancelRequest means

**Life of a connection.** accept -> `Connection` with an engine -> `Admission.first_packet` (encryption, cancel
requests) -> `Admission.session` (limits, authentication, namespace, settings) -> `Session.run` -> close. All but the
last two under one deadline.

**Flow.** Reading pauses while READ_AHEAD bytes wait; a session that writes faster than its client reads waits in
``drain``, and with it the fetch from its backend. Answers are collected and written at ReadyForQuery, Flush, errors,
and when there is much of them.

The room knows sockets, tasks and limits. It must not know SQL or IRIS.
"""
