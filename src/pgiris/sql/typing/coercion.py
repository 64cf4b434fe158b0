"""Common types and conversions (manual 10.4 and 10.5; parse_coerce.c of PostgreSQL is the model)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlglot import exp

from pgiris import sqlstate
from pgiris.errors import PgError
from pgiris.sql.analysis import TYPE, PgType, position_of, type_of
from pgiris.sql.postgres_grammar import START
from pgiris.sql.postgres_types import TypeName, data_type
from pgiris.sql.typing.casts import IMPLICIT, castable
from pgiris.sql.typing.types import INFO, category, preferred, type_name
from pgiris.types import oids

IMPLIED: Final = "pg_implied"
"""On a Cast that analysis put in."""


def common_type(nodes: Sequence[exp.Expr], context: str | None) -> int | None:
    """The type that the expressions share (select_common_type). Without a context: None when there is none."""
    chosen = oids.UNKNOWN
    for node in nodes:
        found = type_of(node).oid
        if found in (oids.UNKNOWN, chosen):
            continue
        if chosen == oids.UNKNOWN:
            chosen = found
        elif category(chosen) != category(found):
            if context is None:
                return None
            raise PgError(
                sqlstate.DATATYPE_MISMATCH,
                f"{context} types {type_name(chosen)} and {type_name(found)} cannot be matched",
                position=position_of(node),
            )
        elif not preferred(chosen) and castable(chosen, found, IMPLICIT) and not castable(found, chosen, IMPLICIT):
            chosen = found
    if chosen == oids.UNKNOWN:
        return oids.TEXT
    for node in nodes:
        if not castable(type_of(node).oid, chosen, IMPLICIT):
            if context is None:
                return None
            raise PgError(
                sqlstate.CANNOT_COERCE,
                f"{context} could not convert type {type_name(type_of(node).oid)} to {type_name(chosen)}",
                position=position_of(node),
            )
    return chosen


def common_typmod(nodes: Sequence[exp.Expr]) -> PgType:
    """The common type with its typmod when all have the same one."""
    types = {type_of(node) for node in nodes}
    return types.pop() if len(types) == 1 else PgType(type_of(nodes[0]).oid)


def wrap(node: exp.Expr, target: PgType) -> exp.Cast:
    """A conversion that analysis puts in."""
    info = INFO.get(target.oid)
    cast = exp.Cast(this=node, to=data_type(TypeName(info.name if info is not None else str(target.oid), "pg_catalog")))
    cast.meta[TYPE] = target
    cast.meta[IMPLIED] = True
    if START in node.meta:
        cast.meta[START] = node.meta[START]
    return cast
