"""From parsed statements to plans for this session: its snapshot of the schema, its search path, its descriptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from pgiris import sqlstate
from pgiris.errors import PgError
from pgiris.session.lease import Lease
from pgiris.session.settings import Settings
from pgiris.session.statements import Statement, Statements
from pgiris.session.surroundings import Identity, Services
from pgiris.session.transaction import Transaction
from pgiris.sql import actions
from pgiris.sql.plan import Column, Plan
from pgiris.sql.schema import Schema
from pgiris.sql.translate import Statement as ParsedStatement
from pgiris.types import oids

_NO_SCHEMA: Final = Schema()

ODBC_TYPES: Final[Mapping[int, int]] = {
    -7: oids.BOOL,
    -6: oids.INT2,
    5: oids.INT2,
    4: oids.INT4,
    -5: oids.INT8,
    2: oids.NUMERIC,
    3: oids.NUMERIC,
    6: oids.FLOAT8,
    7: oids.FLOAT8,
    8: oids.FLOAT8,
    -2: oids.BYTEA,
    -3: oids.BYTEA,
    -4: oids.BYTEA,
    9: oids.DATE,
    91: oids.DATE,
    10: oids.TIME,
    92: oids.TIME,
    11: oids.TIMESTAMP,
    93: oids.TIMESTAMP,
    -11: oids.UUID,
}
"""What a result column of native IRIS SQL is to PostgreSQL, by its ODBC type code (types.tsv); others are text."""


class Planning:
    """Plans statements for one session."""

    __slots__ = ("_lease", "_path", "_path_of", "_services", "_source", "_state", "_statements")

    def __init__(
        self, services: Services, identity: Identity, state: Transaction, statements: Statements, lease: Lease
    ) -> None:
        self._services = services
        self._state = state
        self._statements = statements
        self._lease = lease
        self._source = services.schemas(identity.namespace)
        self._path: tuple[str, ...] = ()
        self._path_of: tuple[Settings | None, Schema | None] = (None, None)

    def search_path(self) -> tuple[str, ...]:
        """The schemas of search_path that count. IRIS makes schemas as tables come, so all do but the user's own
        (``"$user"``), which counts when it is there."""
        settings, schema = self._state.settings, self._source.current()
        if self._path_of[0] is not settings or self._path_of[1] is not schema:
            user = settings.text("session_authorization").lower()
            there = schema is not None and any(name == user for name, _ in schema.tables)
            path = tuple(name for name in settings.search_path if there or name.lower() != user)
            self._path_of, self._path = (settings, schema), path
        return self._path

    def parse(self, text: str) -> tuple[ParsedStatement, ...]:
        """The statements of a text. Raises PgError 42601, 0A000."""
        return self._services.translator.parse(text)

    async def plan(self, parsed: ParsedStatement, declared: tuple[int, ...] = ()) -> Plan:
        """The plan of a statement for the newest snapshot. Raises PgError, and IrisError from the dictionary."""
        if parsed.action is not None:
            return self._services.translator.plan(parsed, _NO_SCHEMA, self.search_path(), declared)
        schema = self._source.current() or await self.refresh()
        plan = self._services.translator.plan(parsed, schema, self.search_path(), declared)
        return await self._described(plan) if plan.describe else plan

    async def refresh(self) -> Schema:
        """Read the dictionary anew."""
        return await self._source.refresh(await self._lease.backend())

    @property
    def schema(self) -> Schema | None:
        """The snapshot, as far as it is known, for the names in errors."""
        return self._source.current()

    async def replan(self, statement: Statement) -> Plan:
        """The plan of a prepared statement, made anew if the schema or the search path changed since.

        Raises PgError 0A000 when its result would look different from what clients were told.
        """
        if statement.parsed is None or statement.parsed.action is not None:
            return statement.plan
        plan = await self.plan(statement.parsed, statement.declared)
        if plan is not statement.plan:
            if _shape(plan) != _shape(statement.plan) or plan.parameters != statement.plan.parameters:
                raise PgError(sqlstate.FEATURE_NOT_SUPPORTED, "cached plan must not change result type")
            statement.plan = plan
        return plan

    def columns(self, plan: Plan) -> tuple[Column, ...] | None:
        """The result columns of a plan; None when it returns no rows."""
        action = plan.action
        if isinstance(action, actions.ExecutePrepared):
            return self.columns(self._statements.get(action.name).plan)
        if isinstance(action, actions.Show) and action.name is not None:
            return (Column(self._state.settings.show(action.name)[0], oids.TEXT),)
        return plan.columns

    async def _described(self, plan: Plan) -> Plan:
        """A plan of native IRIS SQL with the columns that the backend says it has."""
        description = await (await self._lease.backend()).describe(plan.steps[0].sql)
        if not description.columns:
            return replace(plan, describe=False)
        columns = tuple(
            Column(
                column.name,
                ODBC_TYPES.get(column.odbc_type % 1000 if column.odbc_type > 1000 else column.odbc_type, oids.TEXT),
            )
            for column in description.columns
        )
        return replace(plan, columns=columns, describe=False)


def _shape(plan: Plan) -> tuple[tuple[str, int, int], ...] | None:
    if plan.columns is None:
        return None
    return tuple((column.name, column.type_oid, column.typmod) for column in plan.columns)
