"""One connection's session: takes messages, answers them, and keeps PostgreSQL's rules about state.

A message handler either answers or raises. What is raised is turned into an ErrorResponse in one place, ``fail``,
which also does to the transaction what an error does. ReadyForQuery comes from ``ready`` alone, once for each Query,
Sync and FunctionCall (pgwire.md 5 to 7).

The session knows the client, time and backends only through ``session.wire`` and ``session.surroundings``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import structlog
from structlog.typing import FilteringBoundLogger

from pgiris import sqlstate
from pgiris.errors import FATAL, BackendLost, IrisError, Notice, PgError
from pgiris.protocol.engine import BadMessage, EndOfInput, Event, ServerProtocol
from pgiris.protocol.frontend import Terminate
from pgiris.protocol.states import State
from pgiris.protocol.wire import ClientEncoding
from pgiris.session import copying, extended, iris_errors, simple, utilities
from pgiris.session.lease import Interruption, Lease
from pgiris.session.notifications import Mailbox, Notification, Pending
from pgiris.session.planning import Planning
from pgiris.session.results import row_format
from pgiris.session.running import Runner, Running, Sink
from pgiris.session.settings import Settings
from pgiris.session.statements import Portals, Statements
from pgiris.session.surroundings import Identity, Runtime, Services, Timer
from pgiris.session.transaction import Transaction
from pgiris.session.transactions import Transactions
from pgiris.session.values import SessionBinder
from pgiris.session.wire import ClientGone, ReceiveTimeout, Wire
from pgiris.sql import actions
from pgiris.sql.plan import Plan
from pgiris.types.encodings import PYTHON_CODEC

logger: FilteringBoundLogger = structlog.get_logger()

_EXITS: Final = (actions.Commit, actions.Rollback, actions.RollbackTo)
_LEVELS: Final[Mapping[str, int]] = {
    name: number
    for number, name in enumerate(
        ("debug5", "debug4", "debug3", "debug2", "debug1", "log", "notice", "warning", "error")
    )
}


class SessionEnd(Exception):
    """The session is over; the connection is to be closed."""


class Session:
    """The session of one client, from its first ReadyForQuery to its end."""

    def __init__(
        self,
        services: Services,
        identity: Identity,
        runtime: Runtime,
        engine: ServerProtocol,
        wire: Wire,
        settings: Settings,
    ) -> None:
        self.identity = identity
        self.runtime = runtime
        self.engine = engine
        self.wire = wire
        self.state = Transaction(settings)
        self.interruption = Interruption(runtime)
        self.lease = Lease(services.pool, identity, runtime, self.interruption)
        self.statements = Statements(services.limits.statements)
        self.portals = Portals(services.limits.portals)
        self.transactions = Transactions(self.state, self.lease, self.close_portals, self.notify, self._publish)
        self._channels = services.channels
        self._mailbox = Mailbox()
        self.planning = Planning(services, identity, self.state, self.statements, self.lease)
        self.binder = SessionBinder(identity, runtime, self.state, services.start_time, self.planning.search_path)
        self.runner = Runner(self.lease, self.binder, self.interruption, self.state.record)
        self._reported = settings
        self._encoding = ""
        self._timer: Timer | None = None
        self._idle = False
        self._copying = False
        self._between_commands = True
        self._end: PgError | None = None
        self.settings_changed()

    # -- life -------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve the client until it leaves, or an error ends the session. Then nothing of the session is left.

        Cancel-safe: a cancelled session gives its backend back.
        """
        try:
            self.ready()
            while True:
                event = await self._next_event()
                if isinstance(event, (Terminate, EndOfInput)):
                    return
                if isinstance(event, BadMessage):
                    await self._bad_message(event)
                    continue
                handler = simple.HANDLERS.get(type(event)) or extended.HANDLERS.get(type(event))
                if handler is not None:
                    await handler(self, event)
        except (ClientGone, SessionEnd):
            return
        finally:
            self._stop_timer()
            self.interruption.end()
            self._channels.forget(self, self.identity.database)
            self.portals.drain()
            self.lease.soil()
            await self.lease.release()

    def terminate(self, error: PgError) -> None:
        """End the session with a FATAL error: at once when it waits for its client, else when it will."""
        self._end = error
        if self._idle or self._copying:
            self.runtime.interrupt(error)

    def cancel(self, error: PgError) -> None:
        """Stop the statement that runs, if any, with `error`. May be called at any time."""
        self.interruption.request(error)

    def client_closed(self, *, broken: bool) -> None:
        """The client has closed its side, or the connection is `broken`: nobody waits for what runs.

        A client may close its side and still read, so that alone counts only when client_connection_check_interval
        asks for it, as in PostgreSQL.
        """
        if broken or self.state.settings.integer("client_connection_check_interval"):
            self.cancel(PgError(sqlstate.CONNECTION_FAILURE, "connection to client lost", severity=FATAL))

    @property
    def idle(self) -> bool:
        """Whether the session waits for its client."""
        return self._idle

    async def _next_event(self) -> Event:
        """What the client says next. A session that waits holds no backend that it does not need."""
        while True:
            if not self.wire.pending and self.lease.held and not (self.state.started or self.portals.open):
                await self.lease.release()
            if self._end is not None:
                await self.fail(self._end)
            self._idle = True
            try:
                return await self.runtime.interruptible(self.wire.receive(self._patience()))
            except ReceiveTimeout:
                await self.fail(self._too_long())
            except PgError as error:
                await self.fail(error)
            finally:
                self._idle = False

    async def receive_in_copy(self) -> Event:
        """What the client says next in COPY FROM STDIN. Raises PgError when the session or the COPY is to end."""
        if self._end is not None:
            raise self._end
        self._copying = True
        try:
            return await self.wire.receive()
        finally:
            self._copying = False

    def _patience(self) -> float:
        """Seconds that the client may be silent now; 0 is for ever."""
        if not self._between_commands:
            return 0.0
        name = "idle_in_transaction_session_timeout" if self.state.explicit else "idle_session_timeout"
        return self.state.settings.integer(name) / 1000

    def _too_long(self) -> PgError:
        if self.state.explicit:
            return PgError(
                sqlstate.IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
                "terminating connection due to idle-in-transaction timeout",
                severity=FATAL,
            )
        return PgError(
            sqlstate.IDLE_SESSION_TIMEOUT, "terminating connection due to idle-session timeout", severity=FATAL
        )

    async def _bad_message(self, event: BadMessage) -> None:
        """A message that could not be read: as if it had failed."""
        self.begin_message()
        await self.fail(event.error)
        if self.engine.state is State.FAILED:
            self.ready()

    # -- around messages --------------------------------------------------------------------------------------

    def begin_message(self) -> None:
        """A message that may run something begins: the clock of statement_timeout starts, cancels count."""
        self._between_commands = False
        now = self.runtime.now()
        self.binder.statement_time = now
        self.state.enter(now)
        self.interruption.begin()
        timeout = self.state.settings.integer("statement_timeout")
        if timeout:
            self._timer = self.runtime.call_later(timeout / 1000, self._statement_too_long)

    def end_message(self) -> None:
        """It is done."""
        self.interruption.end()
        self._stop_timer()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _statement_too_long(self) -> None:
        self.cancel(PgError(sqlstate.QUERY_CANCELED, iris_errors.STATEMENT_TIMEOUT))

    def ready(self) -> None:
        """Report what changed, and say that the next command may come."""
        self._report_settings()
        if self._mailbox and not self.state.explicit:
            self._deliver()
        self.engine.ready_for_query(self.state.status)
        self._between_commands = True
        self.wire.flush()

    async def fail(self, error: BaseException) -> None:
        """Answer an error, and do to the transaction what it does. Raises SessionEnd after a FATAL one."""
        requested = self.interruption.requested
        if requested is not None and isinstance(error, IrisError):
            error = requested
        reported = self._as_pg_error(error)
        self.lease.soil()
        self.end_message()
        if isinstance(error, BackendLost):
            await self.transactions.lost()
        if reported.severity == FATAL:
            self.engine.error(reported)
            self.wire.flush()
            raise SessionEnd
        await self.transactions.statement_failed()
        self.settings_changed()
        self.engine.error(reported)
        self.wire.flush()
        if self.engine.should_close:  # the client spoke out of turn in a COPY
            raise SessionEnd

    def _as_pg_error(self, error: BaseException) -> PgError:
        if isinstance(error, PgError):
            return error
        if isinstance(error, IrisError):
            return iris_errors.to_pg_error(error, self.planning.schema)
        if isinstance(error, BackendLost):
            return iris_errors.lost(error)
        logger.error(
            "internal error in a session",
            exc_info=error,
            pid=self.identity.pid,
            user=self.identity.user,
            database=self.identity.database,
        )
        return PgError(sqlstate.INTERNAL_ERROR, f"internal error: {type(error).__name__}")

    def notify(self, notice: Notice) -> None:
        """Send a notice, if client_min_messages lets it through."""
        least = _LEVELS.get(self.state.settings.text("client_min_messages"), 0)
        if notice.severity == "INFO" or _LEVELS.get(notice.severity.lower(), 0) >= least:
            self.engine.notice(notice)

    # -- notifications ----------------------------------------------------------------------------------------

    def _publish(self, pending: Sequence[Pending]) -> None:
        self._channels.publish(self.identity.database, self.identity.pid, self, pending)

    def hear(self, notification: Notification) -> None:
        """A notification for this session: told at once when it is idle, else before the next ReadyForQuery."""
        try:
            self._mailbox.put(notification)
        except PgError as error:
            self.terminate(error)
            return
        if self._idle and self._between_commands and not self.state.explicit:
            self._deliver()
            self.wire.flush()

    def _deliver(self) -> None:
        for pid, channel, payload in self._mailbox.take():
            self.engine.notification_response(pid, channel, payload)

    def unlisten(self) -> None:
        """Hear nothing any more: DISCARD ALL."""
        self._channels.forget(self, self.identity.database)

    # -- settings ---------------------------------------------------------------------------------------------

    def settings_changed(self) -> None:
        """Let the settings act that act at once."""
        name = self.state.settings.text("client_encoding")
        if name != self._encoding:
            self._encoding = name
            self.engine.encoding = ClientEncoding(name, PYTHON_CODEC[name])

    def _report_settings(self) -> None:
        """ParameterStatus for each reported setting that is not what the client was told last."""
        settings = self.state.settings
        if settings is self._reported:
            return
        for (name, value), (_, told) in zip(settings.reported(), self._reported.reported()):
            if value != told:
                self.engine.parameter_status(name, value)
        self._reported = settings

    # -- running plans ----------------------------------------------------------------------------------------

    def check_not_failed(self, action: actions.Action | None) -> None:
        """25P02 in a failed block, for everything but what ends it."""
        if self.state.failed and not isinstance(action, _EXITS):
            raise PgError(
                sqlstate.IN_FAILED_SQL_TRANSACTION,
                "current transaction is aborted, commands ignored until end of transaction block",
            )

    async def open(self, plan: Plan, parameters: tuple[object, ...], formats: tuple[int, ...]) -> Running:
        """A plan with its parameters, ready to run."""
        inner, values = await utilities.opened(self, plan, parameters)
        columns = inner.columns
        encoding = row_format(columns, formats, self.state.settings.output) if columns is not None else None
        return Running(inner, values, encoding)

    async def advance(self, run: Running, max_rows: int, sink: Sink, *, alone: bool, pipeline: bool = False) -> int:
        """Run a plan or go on with it; the number of rows sent. `alone`: nothing follows in its transaction."""
        plan = run.plan
        if not run.started:
            if plan.fate == "native":
                self.lease.soil()  # native IRIS SQL may change any setting of its process
            for severity, code, message in plan.notices:
                self.notify(Notice(severity, code, message))
            if isinstance(plan.action, (actions.CopyIn, actions.CopyOut)):
                await copying.perform(self, run, alone=alone, pipeline=pipeline)
                return 0
            if plan.action is not None:
                await utilities.perform(self, run, alone=alone, pipeline=pipeline)
            else:
                await self.lease.use_lock_timeout(self.state.settings.integer("lock_timeout"))
                await self.transactions.admit(plan, alone=alone, pipeline=pipeline)
        try:
            return await self.runner.advance(run, max_rows, sink)
        finally:
            if plan.changes_schema:
                await self._refresh_schema()
            self.settings_changed()

    async def _refresh_schema(self) -> None:
        """DDL that failed may have done a part of its work, so the snapshot is read again in any case."""
        try:
            await self.planning.refresh()
        except (IrisError, BackendLost):
            logger.warning("the schema snapshot could not be refreshed", exc_info=True)

    async def close_portals(self) -> None:
        """Drop all portals with what they hold open."""
        for portal in self.portals.drain():
            if portal.running is not None:
                await self.runner.close(portal.running)

    async def close_portal(self, name: str) -> None:
        """Drop a portal, if there is one of that name."""
        portal = self.portals.pop(name)
        if portal is not None and portal.running is not None:
            await self.runner.close(portal.running)

    async def send_rows(self, data: bytes, rows: int) -> None:
        """Hand rows to the client; returns when it has taken enough of them."""
        self.engine.rows(data)
        self.wire.flush_if_full()
        if self.wire.congested:
            await self.runtime.interruptible(self.wire.drain())
