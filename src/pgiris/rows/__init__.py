"""From backend rows to wire-encoded row blocks, a batch at a time.

The room knows what a backend hands out (see ``pgiris.backend.api``: IRIS values in ODBC form) and what
the wire wants (DataRow messages). It must not know SQL text or asyncio.

The encoder in Python is the specification; a native twin of the same name and signature may stand in for it.
"""

from __future__ import annotations

from typing import Final

from pgiris.errors import LocalProtocolError
from pgiris.rows import _python
from pgiris.rows._python import RowEncoder

__all__ = ["IMPLEMENTATION", "RowEncoder", "select"]

IMPLEMENTATION: Final = _python.IMPLEMENTATION
"""Which encoder ``RowEncoder`` is."""

IMPLEMENTATIONS: Final = {"python": RowEncoder}


def select(name: str) -> type[RowEncoder]:
    """The encoder for a setting ``auto``, ``python`` or ``native``; one that is not there fails loudly."""
    wanted = IMPLEMENTATION if name == "auto" else name
    found = IMPLEMENTATIONS.get(wanted)
    if found is None:
        raise LocalProtocolError(f"the row encoder {wanted!r} is not installed")
    return found
