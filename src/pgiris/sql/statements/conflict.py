"""INSERT … ON CONFLICT. IRIS has nothing that does the same (RSQL_insertorupdate matches any unique key)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from pgiris.errors import FeatureNotSupported
from pgiris.sql.analysis import position_of
from pgiris.sql.plan import Plan

if TYPE_CHECKING:
    from pgiris.sql.statements.insert import _Inserter


def plan(inserter: _Inserter, clause: exp.Expr) -> Plan:
    """The plan of an INSERT with a conflict clause."""
    raise FeatureNotSupported("ON CONFLICT", position=position_of(clause))
