"""The simple query protocol: Query, and FunctionCall, which is as simple (pgwire.md 5).

https://www.postgresql.org/docs/15/protocol-flow.html#id-1.10.6.7.4
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from pgiris import sqlstate
from pgiris.errors import FeatureNotSupported, PgError
from pgiris.protocol.frontend import FunctionCall, Query
from pgiris.session.results import command_tag, fields
from pgiris.session.transaction import Block
from pgiris.sql import actions
from pgiris.sql.translate import Statement as ParsedStatement

if TYPE_CHECKING:
    from pgiris.session.session import Session

Handler = Callable[["Session", Any], Awaitable[None]]


async def query(session: Session, message: Query) -> None:
    """Answer each statement of the string in turn. They are one implicit transaction."""
    session.begin_message()
    try:
        session.statements.pop("")
        await session.close_portal("")
        parsed = session.planning.parse(message.sql)
        last = len(parsed) - 1
        for index, statement in enumerate(parsed):
            await _statement(session, statement, last=index == last)
        if session.state.block is Block.IMPLICIT:
            await session.transactions.commit()
        session.end_message()
    except Exception as error:  # noqa: BLE001 - whatever happened, the client gets an error and the session goes on
        await session.fail(error)
    session.ready()


async def _statement(session: Session, parsed: ParsedStatement, *, last: bool) -> None:
    if isinstance(parsed.action, actions.Empty):
        session.engine.empty_query_response()
        return
    session.check_not_failed(parsed.action)
    state = session.state
    state.enter(session.binder.statement_time)
    state.statements += 1
    plan = await session.planning.plan(parsed)
    if plan.parameters:
        raise PgError(sqlstate.UNDEFINED_PARAMETER, "there is no parameter $1")
    run = await session.open(plan, (), ())
    columns = session.planning.columns(plan)
    described = columns is None

    async def sink(data: bytes, rows: int) -> None:
        nonlocal described
        if not described:
            described = True
            session.engine.row_description(fields(columns or ()))
        await session.send_rows(data, rows)

    sent = await session.advance(run, 0, sink, alone=last)
    if last and state.block is Block.IMPLICIT:
        await session.transactions.commit()
    if not described:
        session.engine.row_description(fields(columns or ()))
    session.engine.command_complete(run.tag or command_tag(run.plan, sent, run.affected))


async def function_call(session: Session, message: FunctionCall) -> None:
    """The fastpath interface: obsolete since prepared statements, and not done."""
    session.begin_message()
    await session.fail(FeatureNotSupported("the fastpath function call interface"))
    session.ready()


HANDLERS: Final[Mapping[type, Handler]] = {Query: query, FunctionCall: function_call}
