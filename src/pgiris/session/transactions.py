"""Transactions in IRIS: carries out what the session's state says (``session.transaction``).

IRIS SQL: sql.md 11 (R:starttransaction, R:savepoint, R:rollback). A failed statement does not poison an IRIS
transaction; that a block has failed is PostgreSQL's rule, kept here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog
from structlog.typing import FilteringBoundLogger

from pgiris import sqlstate
from pgiris.errors import BackendLost, IrisError, Notice, PgError
from pgiris.session.lease import Lease
from pgiris.session.notifications import Pending
from pgiris.session.transaction import Transaction
from pgiris.sql import actions
from pgiris.sql.plan import Plan
from pgiris.sql.plan import Transaction as Kind

logger: FilteringBoundLogger = structlog.get_logger()

WEAKER: Final = frozenset({"serializable", "repeatable read"})
"""Isolation levels that IRIS does not have."""


class Transactions:
    """The transaction of one session.

    `close_portals` is called when a transaction ends, `publish` with the LISTEN and NOTIFY of one that counts;
    `notify` sends notices.
    """

    def __init__(
        self,
        state: Transaction,
        lease: Lease,
        close_portals: Callable[[], Awaitable[None]],
        notify: Callable[[Notice], None],
        publish: Callable[[Sequence[Pending]], None] = lambda pending: None,
    ) -> None:
        self._state = state
        self._lease = lease
        self._close_portals = close_portals
        self._notify = notify
        self._publish = publish

    # -- around statements ------------------------------------------------------------------------------------

    async def admit(self, plan: Plan, *, alone: bool, pipeline: bool = False) -> None:
        """Make ready for a plan that touches data; `alone`: nothing follows it in its implicit transaction.

        Raises PgError 25006 and 25001 for what may not run here.
        """
        state = self._state
        kind = plan.transaction
        command = plan.tag.removesuffix(" 0")
        if kind in (Kind.WRITE, Kind.DDL) and self.read_only:
            message = f"cannot execute {command} in a read-only transaction"
            raise PgError(sqlstate.READ_ONLY_SQL_TRANSACTION, message)
        if kind is Kind.FORBIDDEN:
            self.forbid_in_block(command, alone=alone, pipeline=pipeline)
        state.queried = state.queried or kind in (Kind.READ, Kind.WRITE, Kind.DDL)
        if kind is Kind.DDL:
            self._admit_ddl(command)
        if state.started or self._needs_transaction(plan, alone):
            await self.start()

    def _needs_transaction(self, plan: Plan, alone: bool) -> bool:
        if plan.transaction is Kind.DDL:
            # IRIS cannot undo it, so outside a transaction it and what is kept about it stay together.
            return plan.atomic
        if plan.transaction is not Kind.WRITE:
            return plan.atomic
        return plan.atomic or not alone or self._state.explicit

    def _admit_ddl(self, command: str) -> None:
        state = self._state
        if not state.explicit:
            return
        policy = state.settings.text("pgiris.ddl_in_transaction")
        if policy == "error":
            raise PgError(
                sqlstate.FEATURE_NOT_SUPPORTED,
                f"{command} cannot run inside a transaction block",
                detail="IRIS cannot undo it, and pgiris.ddl_in_transaction is error.",
            )
        if policy == "notice" and not state.ddl:
            self._notify(
                Notice("NOTICE", sqlstate.WARNING, f"{command} takes effect at once: IRIS cannot roll it back")
            )
        state.ddl.append(command)

    def forbid_in_block(self, command: str, *, alone: bool, pipeline: bool) -> None:
        """25001 inside a block, among other statements of a Query, and behind others in a pipeline."""
        state = self._state
        if pipeline and not state.explicit and state.statements > 1:
            message = f"{command} cannot be executed within a pipeline"
            raise PgError(sqlstate.ACTIVE_SQL_TRANSACTION, message)
        if state.explicit or (not pipeline and (not alone or state.statements > 1)):
            message = f"{command} cannot run inside a transaction block"
            raise PgError(sqlstate.ACTIVE_SQL_TRANSACTION, message)

    @property
    def read_only(self) -> bool:
        return self._state.settings.show("transaction_read_only")[1] == "on"

    async def start(self) -> None:
        """Tell IRIS of the transaction and of the savepoints that it does not know yet."""
        state = self._state
        pending = state.pending_savepoints() if state.savepoints else []
        if state.started and not pending:
            return
        backend = await self._lease.backend()
        if not state.started:
            await backend.execute("START TRANSACTION")
            state.started = True
        for savepoint in pending:
            name = state.next_savepoint_name()
            await backend.execute(f"SAVEPOINT {name}")
            savepoint.iris_name = name

    # -- ends -------------------------------------------------------------------------------------------------

    async def commit(self) -> None:
        """End the transaction and keep it. On an error it is rolled back, and the error goes on."""
        await self._close_portals()
        state = self._state
        if state.started:
            try:
                backend = await self._lease.backend()
                await backend.execute("COMMIT")
            except BaseException:
                await self.rollback()
                raise
        pending = state.pending
        state.committed()
        if pending:
            self._publish(pending)

    async def rollback(self) -> None:
        """End the transaction and undo it. Never fails: a backend that cannot roll back is given up."""
        await self._close_portals()
        state = self._state
        ddl = state.ddl if state.explicit else []
        if state.started:
            await self._undo("ROLLBACK")
        state.rolled_back()
        if ddl and state.settings.text("pgiris.ddl_in_transaction") != "allow":
            self._notify(
                Notice(
                    "WARNING",
                    sqlstate.WARNING,
                    "DDL of the transaction was not rolled back",
                    detail=f"IRIS cannot undo {', '.join(dict.fromkeys(ddl))}.",
                )
            )

    async def _undo(self, sql: str) -> None:
        """Run a rollback; a backend that fails in it is given back, and the pool's reset ends its transaction."""
        try:
            if self._lease.held:
                await (await self._lease.backend()).execute(sql)
        except (IrisError, BackendLost, PgError):
            self._lease.soil()
            await self._lease.release()
        self._state.started = False
        if self._state.records:
            await self._record_again()
            self._state.records = []

    async def _record_again(self, since: int = 0) -> None:
        """Write again what belongs to DDL that IRIS has not undone. Never fails: the tables work without it."""
        try:
            backend = await self._lease.backend()
            for sql, rows in self._state.records[since:]:
                for values in rows:
                    await backend.execute(sql, values)
        except (IrisError, BackendLost, PgError):
            logger.warning("records of DDL could not be written again after a rollback", exc_info=True)
            self._lease.soil()

    async def statement_failed(self) -> None:
        """What an error does: an implicit transaction is undone, a block fails.

        Without savepoints nothing of a failed block can be saved: IRIS rolls it back now, which frees its locks.
        """
        state = self._state
        if not state.explicit:
            await self.rollback()
            return
        state.fail()
        await self._close_portals()
        if state.started and not state.savepoints:
            await self._undo("ROLLBACK")

    async def lost(self) -> None:
        """The IRIS process is gone, and the transaction with it: not even savepoints can be gone back to."""
        self._state.started = False
        del self._state.savepoints[:]
        self._lease.soil()
        await self._lease.release()
        if self._state.records:
            await self._record_again()
            self._state.records = []

    # -- statements of SQL ------------------------------------------------------------------------------------

    async def perform(self, action: actions.Action, now: int) -> str | None:
        """Carry out a transaction statement; its command tag, None when the plan's own is right."""
        if isinstance(action, actions.Begin):
            self._begin(action)
        elif isinstance(action, actions.Commit):
            return await self._end(action.chain, keep=True, now=now)
        elif isinstance(action, actions.Rollback):
            return await self._end(action.chain, keep=False, now=now)
        elif isinstance(action, actions.Savepoint):
            self._require_block("SAVEPOINT")
            self._state.savepoint(action.name)
        elif isinstance(action, actions.RollbackTo):
            self._require_block("ROLLBACK TO SAVEPOINT")
            await self._rollback_to(action.name)
        elif isinstance(action, actions.Release):
            self._require_block("RELEASE SAVEPOINT")
            self._state.released(self._state.find_savepoint(action.name))
        elif isinstance(action, actions.SetTransaction):
            self._set_transaction(action)
        return None

    def _begin(self, action: actions.Begin) -> None:
        state = self._state
        if state.explicit:
            self._notify(
                Notice("WARNING", sqlstate.ACTIVE_SQL_TRANSACTION, "there is already a transaction in progress")
            )
        else:
            state.begin()
        self.set_modes(action.isolation, action.read_only, action.deferrable)

    async def _end(self, chain: bool, *, keep: bool, now: int) -> str:
        state = self._state
        word = "COMMIT" if keep else "ROLLBACK"
        if not state.explicit:
            if chain:
                self._require_block(f"{word} AND CHAIN")
            self._notify(Notice("WARNING", sqlstate.NO_ACTIVE_SQL_TRANSACTION, "there is no transaction in progress"))
        modes = {
            name: state.settings.value(name)
            for name in ("transaction_isolation", "transaction_read_only", "transaction_deferrable")
        }
        if keep and not state.failed:
            await self.commit()
        else:
            word = "ROLLBACK"
            await self.rollback()
        if chain:
            state.chain(now)
            for name, value in modes.items():
                state.settings = state.settings.with_value(name, value, local=True)
        return word

    async def _rollback_to(self, name: str) -> None:
        state = self._state
        index = state.find_savepoint(name)
        iris_name = state.savepoints[index].iris_name
        await self._close_portals()
        if iris_name is not None:
            try:
                await (await self._lease.backend()).execute(f"ROLLBACK TO SAVEPOINT {iris_name}")
            except BaseException:
                # IRIS may have rolled back everything (SQLCODE -375): the block cannot be continued.
                del state.savepoints[:]
                raise
            await self._record_again(state.savepoints[index].records)
        state.rolled_back_to(index)

    def _require_block(self, command: str) -> None:
        if not self._state.explicit:
            message = f"{command} can only be used in transaction blocks"
            raise PgError(sqlstate.NO_ACTIVE_SQL_TRANSACTION, message)

    def _set_transaction(self, action: actions.SetTransaction) -> None:
        state = self._state
        if action.session:
            for name, value in (
                ("default_transaction_isolation", action.isolation),
                ("default_transaction_read_only", action.read_only),
                ("default_transaction_deferrable", action.deferrable),
            ):
                if value is not None:
                    state.settings = state.settings.with_value(name, value)
            return
        if not state.explicit:
            message = "SET TRANSACTION can only be used in transaction blocks"
            self._notify(Notice("WARNING", sqlstate.NO_ACTIVE_SQL_TRANSACTION, message))
            return
        self.set_modes(action.isolation, action.read_only, action.deferrable)

    def set_modes(self, isolation: str | None, read_only: bool | None, deferrable: bool | None) -> None:
        """Change the characteristics of the block. Raises PgError 25001 when a query has run already."""
        state = self._state
        settings = state.settings
        if isolation is not None:
            if state.queried and isolation != settings.value("transaction_isolation"):
                raise PgError(
                    sqlstate.ACTIVE_SQL_TRANSACTION, "SET TRANSACTION ISOLATION LEVEL must be called before any query"
                )
            if isolation in WEAKER:
                self._notify(
                    Notice(
                        "WARNING",
                        sqlstate.WARNING,
                        f"isolation level {isolation.upper()} is not available in IRIS, READ COMMITTED is used",
                    )
                )
            settings = settings.with_value("transaction_isolation", isolation, local=True)
        if read_only is not None:
            if not read_only and state.queried and settings.value("transaction_read_only") is True:
                raise PgError(
                    sqlstate.ACTIVE_SQL_TRANSACTION, "transaction read-write mode must be set before any query"
                )
            settings = settings.with_value("transaction_read_only", read_only, local=True)
        if deferrable is not None:
            settings = settings.with_value("transaction_deferrable", deferrable, local=True)
        state.settings = settings
