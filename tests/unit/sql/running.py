"""Runs plans on the stand-in, one process, without a session: what the statements' tests need of one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from pgiris.backend.local import LocalAdaptor
from pgiris.catalog.snapshot import SchemaCache
from pgiris.errors import IrisError, PgError
from pgiris.sql.plan import Bind, Captured, Constant, Parameter, Plan, SessionValue, Step, Yields
from pgiris.sql.translate import Translator
from pgiris.standin.instance import Instance

Cells = tuple[object, ...]


@dataclass
class Rows:
    values: list[Cells]
    last: bool = True


@dataclass
class Answer:
    block: Rows | None
    cursor: int = 0


@dataclass
class Outcome:
    """What a client would see of a statement; the cells are in ODBC form."""

    tag: str
    rows: list[Cells] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


class Server:
    """A translator and one process of the stand-in."""

    def __init__(self) -> None:
        self.instance = Instance(":memory:")
        self.adaptor = LocalAdaptor(self.instance, "_SYSTEM", "USER")
        self.translator = Translator()
        self.cache = SchemaCache()
        self.refresh()

    def close(self) -> None:
        self.adaptor.close()
        self.instance.close()

    def refresh(self) -> None:
        asyncio.run(self.cache.refresh(self))

    async def execute(self, sql: str) -> Answer:
        return Answer(Rows(self._rows(sql, ())))

    async def fetch(self, cursor: int) -> Rows:
        raise AssertionError(cursor)

    def run(self, text: str, *parameters: object) -> Outcome:
        """Run every statement of `text`; the outcome of the last. Raises PgError and IrisError."""
        outcome = Outcome("")
        for statement in self.translator.parse(text):
            schema = self.cache.current()
            assert schema is not None
            outcome = self._plan(self.translator.plan(statement, schema), parameters)
        return outcome

    def _plan(self, plan: Plan, parameters: Sequence[object]) -> Outcome:
        if plan.atomic:
            self.adaptor.execute("START TRANSACTION")
        try:
            rows, affected = self._steps(plan, parameters)
        except (IrisError, PgError):
            if plan.atomic:
                self.adaptor.execute("ROLLBACK")
            raise
        if plan.atomic:
            self.adaptor.execute("COMMIT")
        if plan.changes_schema:
            self.refresh()
        count = len(rows) if plan.tag == "SELECT" and plan.columns is not None else affected
        tag = f"{plan.tag} {count}" if plan.tag_counts else plan.tag
        return Outcome(tag, rows, [c.name for c in plan.columns or ()], [notice[2] for notice in plan.notices])

    def _steps(self, plan: Plan, parameters: Sequence[object]) -> tuple[list[Cells], int]:
        captured: dict[str, list[Cells]] = {}
        rows: list[Cells] = []
        affected = 0
        for step in plan.steps:
            if (step.unless and captured.get(step.unless)) or (step.only_if and not captured.get(step.only_if)):
                continue
            for binds, row in self._sets(step, captured):
                values = [self._value(bind, parameters, captured, row, step.for_each) for bind in binds]
                try:
                    result = self.adaptor.execute(step.sql, values)
                except IrisError as error:
                    if error.sqlcode in step.ignore:
                        continue
                    raise
                found = [tuple(cells) for cells in result.cursor.fetch(100_000)] if result.cursor is not None else []
                if step.counts:
                    affected += result.row_count
                if step.yields is Yields.ROWS:
                    rows += found
                elif step.yields is Yields.CAPTURE:
                    captured.setdefault(step.name, []).extend(found)
                elif step.yields is Yields.ROW_ID and result.row_id != "":
                    captured.setdefault(step.name, []).append((result.row_id,))
        return rows, affected

    @staticmethod
    def _sets(step: Step, captured: dict[str, list[Cells]]) -> list[tuple[tuple[Bind, ...], Cells | None]]:
        if step.batch:
            return [(binds, None) for binds in step.batch]
        if step.for_each:
            return [(step.binds, row) for row in captured.get(step.for_each, [])]
        return [(step.binds, None)]

    @staticmethod
    def _value(
        bind: Bind, parameters: Sequence[object], captured: dict[str, list[Cells]], row: Cells | None, source: str
    ) -> object:
        if isinstance(bind, Constant):
            return bind.value
        if isinstance(bind, Parameter):
            return parameters[bind.index]
        if isinstance(bind, Captured):
            if row is not None and bind.step == source:
                return row[bind.column]
            rows = captured.get(bind.step)
            return rows[0][bind.column] if rows else None
        assert isinstance(bind, SessionValue)
        if bind.name in ("limit", "offset"):
            value = Server._value(bind.arguments[0], parameters, captured, row, source)
            return value if value is not None else (2**31 - 1 if bind.name == "limit" else 0)
        return {"now": "2026-01-02 03:04:05.678901"}[bind.name]

    def _rows(self, sql: str, parameters: Sequence[object]) -> list[Cells]:
        result = self.adaptor.execute(sql, parameters)
        assert result.cursor is not None
        return [tuple(row) for row in result.cursor.fetch(1_000_000)]
