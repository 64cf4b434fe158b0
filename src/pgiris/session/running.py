"""Runs plans: the steps of one statement, in order, on the session's backend.

The rows of a plan's last step stream: they are fetched block by block, and the next block only after the client has
taken enough of the last. Plans whose rows come from several steps (RETURNING) run to their end at once, as
PostgreSQL runs them; with a row limit their rows are kept and handed out in portions.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from pgiris.backend.api import Backend, Executed, Row
from pgiris.errors import IrisError
from pgiris.rows.format import RowFormat
from pgiris.session.lease import Interruption, Lease
from pgiris.sql.plan import Bind, Captured, Constant, Plan, Step, Yields

Sink = Callable[[bytes, int], Awaitable[None]]
"""Takes encoded DataRow messages and their number; returns when more may come."""

Cells = tuple[object, ...]


class Binder(Protocol):
    """Turns the binds that need the session into IRIS's forms."""

    def value(self, bind: Bind, parameters: Sequence[object]) -> object:
        """The value of a Parameter or a SessionValue."""


class Running:
    """How far a plan has come."""

    __slots__ = (
        "affected",
        "buffer",
        "captured",
        "cursor",
        "done",
        "parameters",
        "plan",
        "row_format",
        "started",
        "tag",
    )

    def __init__(self, plan: Plan, parameters: Sequence[object], row_format: RowFormat | None) -> None:
        self.plan = plan
        self.parameters = parameters
        self.row_format = row_format
        self.captured: dict[str, list[Cells]] = {}
        self.affected = 0
        """Sum of the row counts of the steps that count."""
        self.buffer: deque[tuple[bytes, int]] = deque()
        """Rows not handed out yet."""
        self.cursor = 0
        """The open result, 0 for none."""
        self.started = False
        self.done = False
        self.tag: str | None = None
        """A command tag other than the plan's."""

    @property
    def holds_backend(self) -> bool:
        """Whether a result is open in the backend."""
        return self.cursor != 0


def streams(plan: Plan) -> bool:
    """Whether the rows of the plan are those of its last step, run once."""
    steps = plan.steps
    return (
        bool(steps)
        and steps[-1].yields is Yields.ROWS
        and not steps[-1].for_each
        and not steps[-1].batch
        and all(step.yields is not Yields.ROWS for step in steps[:-1])
    )


class Runner:
    """Runs the plans of a session."""

    __slots__ = ("_binder", "_interruption", "_lease", "_record")

    def __init__(
        self,
        lease: Lease,
        binder: Binder,
        interruption: Interruption,
        record: Callable[[str, list[list[object]]], None] = lambda sql, rows: None,
    ) -> None:
        self._lease = lease
        self._binder = binder
        self._interruption = interruption
        self._record = record
        """Hears of statements that wrote what belongs to DDL."""

    async def advance(self, run: Running, max_rows: int, sink: Sink) -> int:
        """Begin the plan or go on with it, until `max_rows` rows (0: all) have gone to `sink`; how many did.

        Raises IrisError, BackendLost, PgError. ``run.done`` says that no row is left.
        """
        if not run.started:
            run.started = True
            return await self._begin(run, max_rows, sink)
        if run.buffer:
            return await self._hand_out(run, max_rows, sink)
        if run.cursor:
            return await self._fetch(run, max_rows, 0, sink)
        run.done = True
        return 0

    async def values(self, plan: Plan) -> Cells:
        """The first row of a plan of one step, in IRIS's forms."""
        step = plan.steps[-1]
        backend = await self._lease.backend()
        run = Running(plan, (), None)
        executed = await backend.execute(step.sql, self._values(run, step.binds, None), None, 1)
        if executed.block is None or not executed.block.rows:
            return (None,) * len(plan.columns or ())
        if not executed.block.last:
            await backend.close_cursor(executed.cursor)
        return executed.block.values[0]

    async def close(self, run: Running) -> None:
        """Drop the open result and what is kept. Never fails for a lost process."""
        run.buffer.clear()
        run.done = True
        cursor, run.cursor = run.cursor, 0
        if cursor and self._lease.held:
            await (await self._lease.backend()).close_cursor(cursor)

    # -- rows -------------------------------------------------------------------------------------------------

    async def _begin(self, run: Running, max_rows: int, sink: Sink) -> int:
        plan = run.plan
        if not plan.steps:
            run.done = True
            return 0
        backend = await self._lease.backend()
        if streams(plan):
            for step in plan.steps[:-1]:
                await self._step(run, step, backend, None)
            return await self._stream(run, plan.steps[-1], backend, max_rows, sink)
        sent = 0

        async def keep_or_send(data: bytes, rows: int) -> None:
            nonlocal sent
            if max_rows:
                run.buffer.append((data, rows))
            else:
                sent += rows
                await sink(data, rows)

        for step in plan.steps:
            await self._step(run, step, backend, keep_or_send)
        if run.buffer:
            return await self._hand_out(run, max_rows, sink)
        run.done = True
        return sent

    async def _stream(self, run: Running, step: Step, backend: Backend, max_rows: int, sink: Sink) -> int:
        if not _wanted(run, step):
            run.done = True
            return 0
        self._interruption.check()
        executed = await backend.execute(step.sql, self._values(run, step.binds, None), run.row_format, max_rows)
        if step.counts:
            run.affected += max(executed.row_count, 0)
        block = executed.block
        if block is None:
            run.done = True
            return 0
        if not block.last:
            run.cursor = executed.cursor
        if block.rows:
            await sink(block.data, block.rows)
        if block.last:
            run.done = True
            return block.rows
        return await self._fetch(run, max_rows, block.rows, sink)

    async def _fetch(self, run: Running, max_rows: int, sent: int, sink: Sink) -> int:
        """Send blocks of the open result until the limit or the end."""
        backend = await self._lease.backend()
        while not max_rows or sent < max_rows:
            self._interruption.check()
            block = await backend.fetch(run.cursor, max_rows - sent if max_rows else 0)
            sent += block.rows
            if block.last:
                run.cursor = 0
                run.done = True
            if block.rows:
                await sink(block.data, block.rows)
            if block.last:
                break
        return sent

    async def _hand_out(self, run: Running, max_rows: int, sink: Sink) -> int:
        sent = 0
        while run.buffer and (not max_rows or sent < max_rows):
            data, rows = run.buffer.popleft()
            wanted = max_rows - sent if max_rows else rows
            if rows > wanted:
                cut = split_rows(data, wanted)
                run.buffer.appendleft((data[cut:], rows - wanted))
                data, rows = data[:cut], wanted
            sent += rows
            await sink(data, rows)
        run.done = not run.buffer
        return sent

    # -- steps ------------------------------------------------------------------------------------------------

    async def _step(self, run: Running, step: Step, backend: Backend, sink: Sink | None) -> None:
        """Run a step that does not stream: once, once for each captured row, or once for each row of its batch."""
        if not _wanted(run, step):
            return
        sets: list[list[object]]
        if step.batch:
            sets = [self._values(run, binds, None) for binds in step.batch]
        elif step.for_each:
            sets = [self._values(run, step.binds, row, step.for_each) for row in run.captured.get(step.for_each, [])]
        else:
            sets = [self._values(run, step.binds, None)]
        if step.yields in (Yields.CAPTURE, Yields.ROW_ID):
            run.captured.setdefault(step.name, [])
        if len(sets) > 1 and step.yields in (Yields.NOTHING, Yields.ROW_ID) and not step.ignore:
            await self._many(run, step, backend, sets)
        else:
            for values in sets:
                self._interruption.check()
                await self._once(run, step, backend, values, sink)
        if step.record:
            self._record(step.sql, sets)

    async def _many(self, run: Running, step: Step, backend: Backend, sets: list[list[object]]) -> None:
        self._interruption.check()
        count, row_ids = await backend.execute_many(step.sql, sets)
        if step.counts:
            run.affected += max(count, 0)
        if step.yields is Yields.ROW_ID:
            run.captured[step.name].extend((row_id,) for row_id in row_ids)

    async def _once(self, run: Running, step: Step, backend: Backend, values: list[object], sink: Sink | None) -> None:
        row_format = run.row_format if step.yields is Yields.ROWS else None
        try:
            executed = await backend.execute(step.sql, values, row_format)
        except IrisError as error:
            if error.sqlcode in step.ignore:
                return
            raise
        if step.counts:
            run.affected += max(executed.row_count, 0)
        if step.yields is Yields.ROW_ID:
            if executed.row_id != "":
                run.captured[step.name].append((executed.row_id,))
        elif executed.block is not None:
            await self._take(run, step, backend, executed, sink)

    async def _take(self, run: Running, step: Step, backend: Backend, executed: Executed, sink: Sink | None) -> None:
        """All rows of a step: to the client, or kept for later steps."""
        block = executed.block
        while block is not None:
            if step.yields is Yields.CAPTURE:
                run.captured[step.name].extend(block.values)
            elif step.yields is Yields.ROWS and sink is not None and block.rows:
                await sink(block.data, block.rows)
            if block.last:
                return
            self._interruption.check()
            block = await backend.fetch(executed.cursor)

    def _values(self, run: Running, binds: Sequence[Bind], row: Row | None, source: str = "") -> list[object]:
        return [self._value(run, bind, row, source) for bind in binds]

    def _value(self, run: Running, bind: Bind, row: Row | None, source: str) -> object:
        if isinstance(bind, Constant):
            return bind.value
        if isinstance(bind, Captured):
            if row is not None and bind.step == source:
                return row[bind.column]
            rows = run.captured.get(bind.step)
            return rows[0][bind.column] if rows else None
        return self._binder.value(bind, run.parameters)


def _wanted(run: Running, step: Step) -> bool:
    if step.unless and run.captured.get(step.unless):
        return False
    return not step.only_if or bool(run.captured.get(step.only_if))


def split_rows(data: bytes, rows: int) -> int:
    """Where the first `rows` DataRow messages of `data` end."""
    at = 0
    for _ in range(rows):
        at += 1 + int.from_bytes(data[at + 1 : at + 5], "big")
    return at
