"""IRIS SQL that is not PostgreSQL's passes through untouched, decided by parsing.

A text that PostgreSQL's grammar refuses and IRIS's strict grammar accepts is a native statement. What its rows look
like is the backend's to say (``Plan.describe``).
"""

from __future__ import annotations

from sqlglot import exp
from sqlglot.errors import SqlglotError

from pgiris.errors import IrisError, PgError
from pgiris.sql import iris
from pgiris.sql.plan import Plan, Step, Transaction, Yields

_READS = (exp.Select, exp.SetOperation)


def plan(text: str) -> Plan | None:
    """The plan of a native statement; None when `text` is not IRIS SQL either."""
    source = text.strip().removesuffix(";").rstrip()
    try:
        tree = iris.parse(source)
    except (SqlglotError, PgError, IrisError):
        return None
    if any(True for _ in tree.find_all(exp.Placeholder)):
        return None
    word = source.split(None, 1)[0].upper()
    reads = isinstance(tree, _READS)
    return Plan(
        tag="SELECT" if reads else word,
        steps=(Step(source, yields=Yields.ROWS, counts=not reads),),
        tag_counts=reads,
        transaction=Transaction.READ if reads else Transaction.WRITE,
        fate="native",
        describe=True,
        changes_schema=word in ("CREATE", "ALTER", "DROP"),
    )
