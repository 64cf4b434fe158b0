"""A stand-in for IRIS on SQLite: an instance with processes, users, IRIS SQL and vectors.

    instance = Instance(":memory:")
    process = instance.process()
    process.execute("CREATE TABLE t (a INTEGER)")
    process.execute("SELECT a FROM t").fetchall()

Statements are IRIS SQL; what IRIS refuses is refused with its SQLCODE (``IrisError``). Values are in ODBC form
unless the process's `select_mode` says otherwise. docs/standin.md tells what is covered.
"""

from __future__ import annotations

from pgiris.standin.instance import Instance
from pgiris.standin.prepared import PreparedStatement
from pgiris.standin.process import Process
from pgiris.standin.result import StatementColumn, StatementMetadata, StatementParameter, StatementResult
from pgiris.standin.settings import InstanceSettings

__all__ = [
    "Instance",
    "InstanceSettings",
    "PreparedStatement",
    "Process",
    "StatementColumn",
    "StatementMetadata",
    "StatementParameter",
    "StatementResult",
]
