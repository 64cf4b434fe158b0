"""``pgiris translate``: shows the IRIS SQL that a PostgreSQL statement becomes, without running it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import click

from pgiris.backend.opening import open_pool
from pgiris.catalog.snapshot import SchemaCache
from pgiris.config import MEMORY, Settings
from pgiris.errors import BackendLost, IrisError, PgError
from pgiris.sql.plan import Bind, Captured, Constant, Parameter, Plan, SessionValue, Step
from pgiris.sql.schema import Schema
from pgiris.sql.translate import Translator
from pgiris.types.catalogue import BY_OID

NOTHING = Schema()


def run(text: str, settings: Settings) -> int:
    """Print the translation of a text of one or more statements. The exit status: 1 when one is refused."""
    try:
        schema = NOTHING if settings.backend.data == MEMORY else asyncio.run(_schema(settings))
    except (IrisError, BackendLost, OSError) as error:
        click.echo(f"pgiris: cannot read the tables: {error}", err=True)
        return 1
    translator = Translator()
    try:
        for statement in translator.parse(text):
            for line in lines(translator.plan(statement, schema)):
                click.echo(line)
    except PgError as error:
        for line in refusal(text, error):
            click.echo(line, err=True)
        return 1
    return 0


async def _schema(settings: Settings) -> Schema:
    async with open_pool(settings) as pool:
        backend = await pool.lease("_SYSTEM", settings.backend.namespace)
        return await SchemaCache().refresh(backend)


def lines(plan: Plan) -> Iterator[str]:
    """The IRIS statements of a plan; what is no IRIS SQL stands in comments."""
    if plan.action is not None:
        yield f"-- the session does this itself: {type(plan.action).__name__}"
    for severity, _, message in plan.notices:
        yield f"-- {severity}: {message}"
    for step in plan.steps:
        yield f"{step.sql};"
        yield from _notes(step, plan)


def _notes(step: Step, plan: Plan) -> Iterator[str]:
    for row in step.batch or ((step.binds,) if step.binds else ()):
        yield f"--   ? = {_binds(row, plan)}"
    if step.for_each:
        yield f"--   once for each row of {step.for_each}"
    if step.name:
        yield f"--   kept as {step.name}"
    if step.unless:
        yield f"--   not if {step.unless} found a row"
    if step.only_if:
        yield f"--   only if {step.only_if} found a row"


def _binds(binds: Sequence[Bind], plan: Plan) -> str:
    return ", ".join(_bind(bind, plan) for bind in binds)


def _bind(bind: Bind, plan: Plan) -> str:
    if isinstance(bind, Parameter):
        known = BY_OID.get(plan.parameters[bind.index])
        return f"${bind.index + 1}{f' ({known.formatted})' if known else ''}"
    if isinstance(bind, Constant):
        return repr(bind.value)
    if isinstance(bind, Captured):
        return f"column {bind.column + 1} of {bind.step}"
    assert isinstance(bind, SessionValue)
    return f"{bind.name}({_binds(bind.arguments, plan)})"


def refusal(text: str, error: PgError) -> Iterator[str]:
    """The error as psql shows it: message, the line it is about, and a mark under the place."""
    yield f"{error.severity}:  {error.sqlstate}: {error.message}"
    if error.position is not None:
        before = text[: error.position - 1]
        number = before.count("\n") + 1
        begin = before.rfind("\n") + 1
        line = text[begin:].split("\n", 1)[0].replace("\t", " ")
        label = f"LINE {number}: "
        yield label + line
        yield " " * (len(label) + error.position - 1 - begin) + "^"
    if error.detail:
        yield f"DETAIL:  {error.detail}"
    if error.hint:
        yield f"HINT:  {error.hint}"
