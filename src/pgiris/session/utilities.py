"""What a session does itself: settings, prepared statements of SQL, and the statements that do nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pgiris import sqlstate
from pgiris.errors import FeatureNotSupported, Notice, PgError
from pgiris.rows.iris import from_iris
from pgiris.session.notifications import check
from pgiris.session.results import text_rows
from pgiris.session.running import Running
from pgiris.session.settings import CHARACTERISTICS
from pgiris.session.statements import Statement
from pgiris.sql import actions
from pgiris.sql.plan import Plan
from pgiris.types.catalogue import BY_OID

if TYPE_CHECKING:
    from pgiris.session.session import Session

_TRANSACTION = (
    actions.Begin,
    actions.Commit,
    actions.Rollback,
    actions.Savepoint,
    actions.RollbackTo,
    actions.Release,
    actions.SetTransaction,
)


async def perform(session: Session, run: Running, *, alone: bool, pipeline: bool) -> None:
    """Carry out the action of a plan; rows it returns wait in ``run.buffer``, a tag of its own is in ``run.tag``."""
    action = run.plan.action
    run.started = True
    if isinstance(action, _TRANSACTION):
        run.tag = await session.transactions.perform(action, session.binder.statement_time)
    elif isinstance(action, actions.Set):
        _set(session, action)
    elif isinstance(action, actions.Reset):
        settings = session.state.settings
        session.state.settings = settings.reset_all() if action.name is None else settings.reset(action.name)
    elif isinstance(action, actions.Show):
        _rows(session, run, _shown(session, action))
    elif isinstance(action, actions.Prepare):
        await _prepare(session, action)
    elif isinstance(action, actions.Deallocate):
        _deallocate(session, action)
    elif isinstance(action, actions.CloseCursor):
        await _close(session, action)
    elif isinstance(action, (actions.Listen, actions.Unlisten, actions.Notify)):
        check(action)
        session.state.pending.append(action)
    elif isinstance(action, actions.Discard):
        await _discard(session, action, alone=alone, pipeline=pipeline)
    elif isinstance(action, actions.ExplainTranslation):
        _rows(session, run, [(line,) for line in action.lines])
    elif not isinstance(action, actions.Ignored):
        raise FeatureNotSupported(run.plan.tag)
    elif run.plan.transaction.value == "forbidden":
        session.transactions.forbid_in_block(run.plan.tag, alone=alone, pipeline=pipeline)
    session.settings_changed()


def _rows(session: Session, run: Running, rows: Iterable[Sequence[str]]) -> None:
    run.buffer.append(text_rows(rows, session.state.settings.output.client_encoding))


# -- settings -------------------------------------------------------------------------------------------------


def _set(session: Session, action: actions.Set) -> None:
    state = session.state
    if action.name.lower() in CHARACTERISTICS:
        _set_characteristic(session, action)
        return
    settings = state.settings.with_values(action.name, action.values, local=action.local)
    if action.local and not state.explicit:
        session.notify(
            Notice("WARNING", sqlstate.NO_ACTIVE_SQL_TRANSACTION, "SET LOCAL can only be used in transaction blocks")
        )
        return
    state.settings = settings


def _set_characteristic(session: Session, action: actions.Set) -> None:
    """SET transaction_isolation and its kin: the same as SET TRANSACTION, and gone with the transaction."""
    name = action.name.lower()
    state = session.state
    changed = state.settings.with_values(name, action.values or ("default",), local=True) if action.values else None
    value = changed.value(name) if changed else state.settings.value(f"default_{name}")
    if not state.explicit:
        return
    session.transactions.set_modes(
        isolation=str(value) if name == "transaction_isolation" else None,
        read_only=bool(value) if name == "transaction_read_only" else None,
        deferrable=bool(value) if name == "transaction_deferrable" else None,
    )


def _shown(session: Session, action: actions.Show) -> list[tuple[str, ...]]:
    settings = session.state.settings
    if action.name is None:
        return list(settings.show_all())
    return [(settings.show(action.name)[1],)]


async def _discard(session: Session, action: actions.Discard, *, alone: bool, pipeline: bool) -> None:
    """DISCARD ALL gives back everything but the connection; plans, sequences and temporary tables leave nothing."""
    if action.what != "ALL":
        return
    session.transactions.forbid_in_block("DISCARD ALL", alone=alone, pipeline=pipeline)
    await session.close_portals()
    session.statements.clear()
    session.unlisten()
    session.state.settings = session.state.settings.reset_all()


async def _close(session: Session, action: actions.CloseCursor) -> None:
    """CLOSE of a portal by its name, for cursors and portals share their names."""
    if action.name is None:
        await session.close_portals()
    elif session.portals.find(action.name) is None:
        raise PgError(sqlstate.UNDEFINED_CURSOR, f'cursor "{action.name}" does not exist')
    else:
        await session.close_portal(action.name)


# -- prepared statements --------------------------------------------------------------------------------------


async def _prepare(session: Session, action: actions.Prepare) -> None:
    session.statements.check_free(action.name)
    parsed = session.planning.parse(action.text)[0]
    declared = tuple([await _type_oid(session, name) for name in action.type_names])
    plan = await session.planning.plan(parsed, declared)
    session.statements.add(
        Statement(action.name, action.text, parsed, plan, declared, from_sql=True, prepare_time=session.runtime.now())
    )


async def _type_oid(session: Session, name: str) -> int:
    """The type that a type name means, read as SQL reads it."""
    plan = await session.planning.plan(session.planning.parse(f"SELECT CAST(NULL AS {name})")[0])
    assert plan.columns is not None
    return plan.columns[0].type_oid


def _deallocate(session: Session, action: actions.Deallocate) -> None:
    if action.name is None:
        session.statements.clear()
    elif session.statements.pop(action.name) is None:
        message = f'prepared statement "{action.name}" does not exist'
        raise PgError(sqlstate.UNDEFINED_PSTATEMENT, message)


async def opened(session: Session, plan: Plan, parameters: Sequence[object]) -> tuple[Plan, Sequence[object]]:
    """The plan that a plan stands for, with its parameters: EXECUTE becomes the statement it names."""
    action = plan.action
    if not isinstance(action, actions.ExecutePrepared):
        return plan, parameters
    statement = session.statements.get(action.name)
    inner = await session.planning.replan(statement)
    if len(action.arguments) != len(inner.parameters):
        raise PgError(
            sqlstate.SYNTAX_ERROR,
            f'wrong number of parameters for prepared statement "{action.name}"',
            detail=f"Expected {len(inner.parameters)} parameters but got {len(action.arguments)}.",
        )
    return inner, await _arguments(session, action.arguments, inner.parameters)


async def _arguments(session: Session, texts: Sequence[str], types: Sequence[int]) -> Sequence[object]:
    """The values of EXECUTE's arguments: one query of the expressions, cast to the parameters' types."""
    if not texts:
        return ()
    casts = ", ".join(f"CAST(({text}) AS {_type_name(oid)})" for text, oid in zip(texts, types))
    try:
        plan = await session.planning.plan(session.planning.parse(f"SELECT {casts}")[0])
    except PgError as error:
        error.position = None  # it counts in a text that the client does not know
        raise
    values = await session.runner.values(plan)
    return [from_iris(value, oid) for value, oid in zip(values, types)]


def _type_name(oid: int) -> str:
    """The type in SQL, without the length 1 that ``character`` would mean."""
    info = BY_OID.get(oid)
    return f'"{info.name}"' if info else "text"
