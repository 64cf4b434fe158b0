"""Where IRIS SQL runs: the contract, the adaptors, what hosts them, and the pool that leases them.

::

    api       the contract: Adaptor (synchronous, in the IRIS process) and Backend (asynchronous, the session's handle)
    worker    an Adaptor with its open results; turns rows into wire-encoded blocks. No asyncio: a thread or a
              process of its own runs it alike
    threads   hosts a Worker in a thread
    pool      leases backends, keyed by (user, namespace)
    local     the Adaptor over the stand-in for IRIS

The room knows IRIS processes and rows. It must not know PostgreSQL SQL or clients.
"""
