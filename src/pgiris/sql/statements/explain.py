"""EXPLAIN: shows what a statement becomes.

``EXPLAIN (TRANSLATE) statement`` is ours: the IRIS statements that would run, their binds and the result columns.
Plain EXPLAIN of a query asks IRIS for its plan (RSQL_explain).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pgiris.errors import FeatureNotSupported, PgError
from pgiris.sql import actions
from pgiris.sql.plan import Bind, Captured, Column, Constant, Parameter, Plan, SessionValue, Step, Transaction, Yields
from pgiris.sql.tokens import Cursor
from pgiris.types import oids

QUERY_PLAN: Final = (Column("QUERY PLAN", oids.TEXT),)

# PostgreSQL's options (manual, SQL command EXPLAIN) and ours.
_OPTIONS: Final = frozenset(
    {"ANALYZE", "VERBOSE", "COSTS", "SETTINGS", "BUFFERS", "WAL", "TIMING", "SUMMARY", "FORMAT", "GENERIC_PLAN"}
)
_TRUE: Final = frozenset({"", "ON", "TRUE", "1"})
_FALSE: Final = frozenset({"OFF", "FALSE", "0"})


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked of EXPLAIN."""

    translate: bool = False
    analyze: bool = False


def options(cursor: Cursor) -> Options:
    """Read ``EXPLAIN [(options)] [ANALYZE] [VERBOSE]``, up to the statement."""
    cursor.expect("EXPLAIN")
    if not (cursor.peek() == "(" and cursor.peek(1) not in ("SELECT", "WITH", "VALUES", "TABLE", "(")):
        analyze = bool(cursor.accept_any("ANALYZE", "ANALYSE"))
        cursor.accept("VERBOSE")
        return Options(analyze=analyze)
    cursor.expect("(")
    found: dict[str, bool] = {}
    while True:
        position = cursor.position()
        name = cursor.name().upper()
        name = "ANALYZE" if name == "ANALYSE" else name
        value = "" if cursor.peek() in (",", ")") else cursor.take().text.upper()
        if name not in _OPTIONS and name != "TRANSLATE":
            raise PgError("42601", f'unrecognized EXPLAIN option "{name.lower()}"', position=position)
        if name == "FORMAT":
            if value != "TEXT":
                raise FeatureNotSupported(f"EXPLAIN (FORMAT {value})", position=position)
        elif value not in _TRUE and value not in _FALSE:
            raise PgError("42601", f"{name.lower()} requires a Boolean value", position=position)
        found[name] = value in _TRUE
        if not cursor.accept(","):
            break
    cursor.expect(")")
    return Options(found.get("TRANSLATE", False), found.get("ANALYZE", False))


def plan(chosen: Options, inner: Plan, position: int) -> Plan:
    """The plan of EXPLAIN over the plan of the statement it explains."""
    if chosen.translate:
        action = actions.ExplainTranslation(tuple(describe(inner)))
        return Plan("EXPLAIN", columns=QUERY_PLAN, action=action, transaction=Transaction.NONE)
    if chosen.analyze:
        raise FeatureNotSupported("EXPLAIN ANALYZE", position=position)
    if len(inner.steps) != 1 or inner.steps[0].yields is not Yields.ROWS or not inner.steps[0].sql.startswith("SELECT"):
        raise FeatureNotSupported(
            "EXPLAIN of this statement", position=position, hint="EXPLAIN (TRANSLATE) shows the IRIS statements."
        )
    step = inner.steps[0]
    explained = Step("EXPLAIN " + step.sql, step.binds, Yields.ROWS)
    return Plan("EXPLAIN", (explained,), QUERY_PLAN, inner.parameters, schema_version=inner.schema_version)


def describe(inner: Plan) -> Iterator[str]:
    """The lines of EXPLAIN (TRANSLATE)."""
    yield f"fate: {inner.fate}"
    if inner.action is not None:
        yield f"session: {inner.action!r}"
    for number, step in enumerate(inner.steps, 1):
        yield from _describe_step(number, step)
    for index, column in enumerate(inner.columns or (), 1):
        yield f"column {index}: {column.name} (type {column.type_oid}, typmod {column.typmod})"


def _describe_step(number: int, step: Step) -> Iterator[str]:
    notes = [step.yields.value] if step.yields is not Yields.NOTHING else []
    notes += [f"{key} {value}" for key in ("name", "for_each", "unless", "only_if") if (value := getattr(step, key))]
    if step.batch:
        notes.append(f"{len(step.batch)} rows of parameters")
    yield f"step {number}{': ' if notes else ''}{', '.join(notes)}"
    yield from (f"  {line}" for line in step.sql.splitlines())
    if step.binds:
        yield "  binds: " + _binds(step.binds)


def _binds(binds: Sequence[Bind]) -> str:
    return ", ".join(_bind(bind) for bind in binds)


def _bind(bind: Bind) -> str:
    if isinstance(bind, Parameter):
        return f"${bind.index + 1}"
    if isinstance(bind, Constant):
        return repr(bind.value)
    if isinstance(bind, Captured):
        return f"{bind.step}[{bind.column}]"
    assert isinstance(bind, SessionValue)
    return f"{bind.name}({_binds(bind.arguments)})"
