"""Untyped literals that get a type are checked at once, as PostgreSQL does: 22P02 and kin with a position."""

from __future__ import annotations

from sqlglot import exp

from pgiris.errors import PgError
from pgiris.sql.analysis import position_of
from pgiris.sql.rewrite import constants


def check(node: exp.Expr, oid: int) -> None:
    """Raise what the type's input function raises for the literal's text, at the literal's position."""
    try:
        constants.parse(node.this, oid)
    except PgError as error:
        if error.position is None:
            error.position = position_of(node)
        raise
