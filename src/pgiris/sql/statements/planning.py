"""What planning a statement needs besides the statement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pgiris.sql.analysis import OutputColumn
from pgiris.sql.plan import Column, Plan
from pgiris.sql.schema import Schema
from pgiris.types import oids


@dataclass(frozen=True, slots=True)
class Planning:
    """The surroundings a plan is made for. `parameter_oids` are the client's declared types, 0 where undeclared."""

    schema: Schema
    search_path: tuple[str, ...] = ("public",)
    parameter_oids: tuple[int, ...] = ()


Planner = Callable[[Planning], Plan]
"""A parsed statement: called with its surroundings, it gives the plan. Raises PgError."""


def result_columns(columns: tuple[OutputColumn, ...] | None) -> tuple[Column, ...] | None:
    """Analysed output columns as RowDescription shows them."""
    return None if columns is None else tuple(_result_column(column) for column in columns)


def _result_column(column: OutputColumn) -> Column:
    scale = column.scale if column.type.oid == oids.NUMERIC and column.scale is not None else -1
    return Column(column.name, column.type.oid, column.type.typmod, column.table_oid, column.attnum, scale)
