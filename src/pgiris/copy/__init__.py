"""PostgreSQL's COPY formats, incremental both ways: text, csv and binary.

- ``options``: what WITH (…) says, checked as PostgreSQL checks it.
- ``lines``: bytes cut anywhere to lines, with PostgreSQL's rules for line ends, quotes and the end marker.
- ``text``, ``csv``, ``binary``: rows from lines or bytes, and rows to bytes.
- ``formats``: the decoder and the encoder of some options.

A decoder takes bytes with ``feed`` and gives rows lazily: what is wrong with a row is raised when the rows before it
have been taken. It keeps at most one unfinished row, of bounded size. Values are the session's: text fields are
``str``, binary fields ``bytes``.

Sources: PostgreSQL 15 manual, SQL command COPY, and section 55.2.6. The room knows neither SQL text nor asyncio.
"""
