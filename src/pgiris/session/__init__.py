"""One connection's state and the rules that PostgreSQL has for it.

::

    session        the loop: events in, answers out; errors, notices, settings reports, ReadyForQuery in one place each
    simple         Query and FunctionCall           extended      Parse, Bind, Describe, Execute, Close, Flush, Sync
    planning       parsed statement -> plan, for this session's snapshot and search path
    running        a plan's steps on a backend; rows stream, or are kept for a row limit
    values         what binds ask of the session: now(), current_setting() ...      parameters   what Bind brings
    utilities      what a session does itself: SET, SHOW, PREPARE, DISCARD, LISTEN ...
    transaction    the state of a transaction (no I/O)        transactions    IRIS is told of it, as late as possible
    lease          the hold on a backend, and what interrupts a statement
    statements     prepared statements and portals            notifications   LISTEN and NOTIFY
    settings, settings_table, setting_values                  an immutable map over a table of facts
    iris_errors    SQLCODE -> what the client is told
    wire, surroundings                                        what the session needs of the world outside

**Transactions.** One statement alone is IRIS's own transaction. START TRANSACTION goes out before the first statement
that writes when others may follow it (in a Query, in a pipeline, in a block) or when its plan has several steps. A
block that only reads never becomes a transaction of IRIS, and so never keeps its backend; an open portal does.

**Backends.** Leased when a statement first needs one, given back when the session waits for its client and nothing of
it is left inside. A backend in which nothing failed goes back without a reset.

**Interruption.** Cancel requests, timeouts and the end of the server meet in ``lease.Interruption``: a request is
bound to the message that runs when it comes, reaches waits and the backend, and is forgotten when the message is done.

The room knows PostgreSQL's semantics and plans. It must not know sockets, threads, asyncio or the `iris` module.
"""
