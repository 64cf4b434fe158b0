"""Prepared statements and portals: their names, how long they live, and how many there may be.

pgwire.md 6.1; https://www.postgresql.org/docs/15/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from pgiris import sqlstate
from pgiris.errors import PgError
from pgiris.sql.plan import Plan

if TYPE_CHECKING:
    from pgiris.session.running import Running
    from pgiris.sql.translate import Statement as ParsedStatement


@dataclass(slots=True)
class Statement:
    """A prepared statement. `parsed` is None for an empty one.

    `declared` are the parameter OIDs that Parse or PREPARE gave; `plan` is the newest plan, made for a snapshot of
    the schema and for a search path; `shape` is what clients were told of its result.
    """

    name: str
    text: str
    parsed: ParsedStatement | None
    plan: Plan
    declared: tuple[int, ...] = ()
    search_path: tuple[str, ...] = ()
    from_sql: bool = False
    prepare_time: int = 0


@dataclass(slots=True)
class Portal:
    """A statement with its parameters, ready to run or running. `statement` is None for a cursor of SQL."""

    name: str
    statement: Statement | None
    plan: Plan
    parameters: tuple[object, ...] = ()
    """Values in PostgreSQL's internal form."""
    formats: tuple[int, ...] = ()
    """One format code a result column."""
    running: Running | None = None
    """How far it has come; None before the first Execute."""


_T = TypeVar("_T", Statement, Portal)


class _Named(Generic[_T]):
    """Objects by name; the unnamed one is replaced silently, names are taken once."""

    __slots__ = ("_items", "_limit")

    def __init__(self, limit: int) -> None:
        self._items: dict[str, _T] = {}
        self._limit = limit

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[_T]:
        return iter(self._items.values())

    def pop(self, name: str) -> _T | None:
        return self._items.pop(name, None)

    def find(self, name: str) -> _T | None:
        return self._items.get(name)

    def _put(self, item: _T, what: str) -> None:
        if item.name not in self._items and len(self._items) >= self._limit:
            raise PgError(
                sqlstate.CONFIGURATION_LIMIT_EXCEEDED,
                f"too many {what} in this session",
                detail=f"The limit is {self._limit}.",
            )
        self._items[item.name] = item


class Statements(_Named[Statement]):
    """The prepared statements of a session, of Parse and of PREPARE."""

    def add(self, statement: Statement) -> None:
        """Raises PgError 42P05 when the name is taken."""
        if statement.name and statement.name in self._items:
            message = f'prepared statement "{statement.name}" already exists'
            raise PgError(sqlstate.DUPLICATE_PSTATEMENT, message)
        self._put(statement, "prepared statements")

    def get(self, name: str) -> Statement:
        """Raises PgError 26000 when there is none."""
        statement = self._items.get(name)
        if statement is None:
            shown = (
                f'prepared statement "{name}" does not exist' if name else "unnamed prepared statement does not exist"
            )
            raise PgError(sqlstate.UNDEFINED_PSTATEMENT, shown)
        return statement

    def check_free(self, name: str) -> None:
        """Raises PgError 42P05 when a named statement of that name exists."""
        if name and name in self._items:
            raise PgError(sqlstate.DUPLICATE_PSTATEMENT, f'prepared statement "{name}" already exists')

    def clear(self) -> None:
        self._items.clear()


class Portals(_Named[Portal]):
    """The portals of a session, of Bind and (as cursors) of DECLARE."""

    def add(self, portal: Portal) -> None:
        """Raises PgError 42P03 when the name is taken."""
        if portal.name and portal.name in self._items:
            raise PgError(sqlstate.DUPLICATE_CURSOR, f'cursor "{portal.name}" already exists')
        self._put(portal, "portals")

    def get(self, name: str) -> Portal:
        """Raises PgError 34000 when there is none."""
        portal = self._items.get(name)
        if portal is None:
            raise PgError(sqlstate.UNDEFINED_CURSOR, f'portal "{name}" does not exist')
        return portal

    def of(self, statement: Statement) -> list[Portal]:
        """The portals made of a statement: they go with it."""
        return [portal for portal in self._items.values() if portal.statement is statement]

    def drain(self) -> list[Portal]:
        """All portals, which are no longer there."""
        portals = list(self._items.values())
        self._items.clear()
        return portals

    @property
    def open(self) -> bool:
        """Whether any portal holds a result open in its backend."""
        return any(portal.running is not None and portal.running.holds_backend for portal in self._items.values())
