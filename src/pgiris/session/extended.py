"""The extended query protocol: Parse, Bind, Describe, Execute, Close, Flush, Sync (pgwire.md 6).

After an error the protocol engine drops everything up to Sync by itself.
https://www.postgresql.org/docs/15/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pgiris import sqlstate
from pgiris.errors import PgError, ProtocolViolation
from pgiris.protocol.frontend import STATEMENT, Bind, Close, Describe, Execute, Flush, Parse, Sync
from pgiris.session.parameters import decode_parameters
from pgiris.session.results import command_tag, fields
from pgiris.session.statements import Portal, Statement
from pgiris.session.transaction import Block
from pgiris.sql import actions

if TYPE_CHECKING:
    from pgiris.session.session import Session

Handler = Callable[["Session", Any], Awaitable[None]]
Message = TypeVar("Message")


def _guarded(handler: Callable[[Session, Message], Awaitable[None]]) -> Callable[[Session, Message], Awaitable[None]]:
    """What a handler raises becomes the answer to its message."""

    @wraps(handler)
    async def guarded(session: Session, message: Message) -> None:
        session.begin_message()
        try:
            await handler(session, message)
        except Exception as error:  # noqa: BLE001 - the client gets an error and the session goes on
            await session.fail(error)
        else:
            session.end_message()

    return guarded


@_guarded
async def parse(session: Session, message: Parse) -> None:
    """Prepare one statement: parsed, planned, its parameters typed."""
    if not message.statement:
        session.statements.pop("")
    parsed = session.planning.parse(message.sql)
    if len(parsed) > 1:
        raise PgError(sqlstate.SYNTAX_ERROR, "cannot insert multiple commands into a prepared statement")
    statement = parsed[0]
    if not isinstance(statement.action, actions.Empty):
        session.check_not_failed(statement.action)
    session.statements.check_free(message.statement)
    plan = await session.planning.plan(statement, message.parameter_oids)
    session.statements.add(
        Statement(
            message.statement, message.sql, statement, plan, message.parameter_oids, prepare_time=session.runtime.now()
        )
    )
    session.engine.parse_complete()


@_guarded
async def bind(session: Session, message: Bind) -> None:
    """Make a portal: the statement planned for the schema of now, its parameters decoded."""
    statement = session.statements.get(message.statement)
    given, wanted = len(message.parameters), len(statement.plan.parameters)
    formats = message.formats_of_parameters()
    if given != wanted:
        raise ProtocolViolation(
            f'bind message supplies {given} parameters, but prepared statement "{message.statement}" requires {wanted}'
        )
    action = statement.plan.action
    if not isinstance(action, actions.Empty):
        session.check_not_failed(action)
    if not message.portal:
        await session.close_portal("")
    plan = await session.planning.replan(statement)
    values = decode_parameters(session, message, formats, plan.parameters) if wanted else ()
    columns = session.planning.columns(plan)
    result_formats = message.formats_of_columns(len(columns)) if columns is not None else ()
    session.portals.add(Portal(message.portal, statement, plan, values, result_formats))
    session.engine.bind_complete()


@_guarded
async def describe(session: Session, message: Describe) -> None:
    """Tell the types of a statement's parameters, and the columns of what it or a portal returns."""
    formats: tuple[int, ...] = ()
    if message.kind == STATEMENT:
        plan = session.statements.get(message.name).plan
    else:
        portal = session.portals.get(message.name)
        plan, formats = portal.plan, portal.formats
    columns = session.planning.columns(plan)
    if columns is not None:
        session.check_not_failed(None)
    if message.kind == STATEMENT:
        session.engine.parameter_description(plan.parameters)
    if columns is None:
        session.engine.no_data()
    else:
        session.engine.row_description(fields(columns, formats))


@_guarded
async def execute(session: Session, message: Execute) -> None:
    """Run a portal, or go on with it."""
    portal = session.portals.get(message.portal)
    action = portal.plan.action
    if isinstance(action, actions.Empty):
        session.engine.empty_query_response()
        return
    session.check_not_failed(action)
    session.state.statements += 1
    run = portal.running
    if run is None:
        run = portal.running = await session.open(portal.plan, portal.parameters, portal.formats)
    elif run.done and run.row_format is None:
        message_text = f'portal "{portal.name}" cannot be run'
        raise PgError(sqlstate.OBJECT_NOT_IN_PREREQUISITE_STATE, message_text)
    limit = message.max_rows if run.row_format is not None else 0
    alone = session.engine.peek() == Sync.tag
    sent = await session.advance(run, limit, session.send_rows, alone=alone, pipeline=True)
    if limit and sent == limit:
        session.engine.portal_suspended()
    else:
        session.engine.command_complete(run.tag or command_tag(run.plan, sent, run.affected))


@_guarded
async def close(session: Session, message: Close) -> None:
    """Drop a statement, with its portals, or a portal. Nothing of that name is no error."""
    if message.kind == STATEMENT:
        statement = session.statements.pop(message.name)
        if statement is not None:
            for portal in session.portals.of(statement):
                await session.close_portal(portal.name)
    else:
        await session.close_portal(message.name)
    session.engine.close_complete()


async def flush(session: Session, message: Flush) -> None:
    """Write what waits."""
    session.wire.flush()


async def sync(session: Session, message: Sync) -> None:
    """End the implicit transaction; an error of its commit comes before ReadyForQuery."""
    if session.state.block is Block.IMPLICIT:
        session.begin_message()
        try:
            await session.transactions.commit()
        except Exception as error:  # noqa: BLE001 - the client gets an error and the session goes on
            await session.fail(error)
        else:
            session.end_message()
    session.ready()


HANDLERS: Final[Mapping[type, Handler]] = {
    Parse: parse,
    Bind: bind,
    Describe: describe,
    Execute: execute,
    Close: close,
    Flush: flush,
    Sync: sync,
}
