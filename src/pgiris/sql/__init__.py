"""PostgreSQL SQL in, IRIS SQL out.

``translate`` parses a client's text once, plans each statement and caches the plans; a ``Plan`` says what is to run.
The room knows PostgreSQL's semantics and IRIS SQL. It must not know sockets, threads or the `iris` module.
"""
