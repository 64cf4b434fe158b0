"""From backend rows to wire-encoded row blocks, a batch at a time.

The room knows what a backend hands out (see ``pgiris.backend.api``: IRIS values in ODBC form) and what
the wire wants (DataRow messages). It must not know SQL text or asyncio.
"""

from __future__ import annotations

from pgiris.rows._python import IMPLEMENTATION, RowEncoder

__all__ = ["IMPLEMENTATION", "RowEncoder"]
