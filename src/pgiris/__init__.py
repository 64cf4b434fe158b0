"""pgiris: any PostgreSQL client talks to InterSystems IRIS.

The way of the data::

    client -> protocol -> session -> sql -> backend -> (IRIS process) -> rows -> protocol -> client

Rooms and who may know whom are fixed by ``tests/unit/test_floors.py``.
"""

from __future__ import annotations

__version__ = "0.1.0"
