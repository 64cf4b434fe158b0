"""What planning a statement needs besides the statement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pgiris.sql.plan import Plan
from pgiris.sql.schema import Schema


@dataclass(frozen=True, slots=True)
class Planning:
    """The surroundings a plan is made for. `parameter_oids` are the client's declared types, 0 where undeclared."""

    schema: Schema
    search_path: tuple[str, ...] = ("public",)
    parameter_oids: tuple[int, ...] = ()


Planner = Callable[[Planning], Plan]
"""A parsed statement: called with its surroundings, it gives the plan. Raises PgError."""
