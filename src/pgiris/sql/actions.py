"""What a session does itself, without IRIS: the utility statements, parsed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pgiris.copy.options import CopyOptions

if TYPE_CHECKING:
    from pgiris.sql.plan import Plan
    from pgiris.sql.schema import TableColumn


@dataclass(frozen=True, slots=True)
class Begin:
    """BEGIN or START TRANSACTION. None: not said."""

    isolation: str | None = None
    read_only: bool | None = None
    deferrable: bool | None = None


@dataclass(frozen=True, slots=True)
class Commit:
    chain: bool = False


@dataclass(frozen=True, slots=True)
class Rollback:
    chain: bool = False


@dataclass(frozen=True, slots=True)
class Savepoint:
    name: str


@dataclass(frozen=True, slots=True)
class RollbackTo:
    name: str


@dataclass(frozen=True, slots=True)
class Release:
    name: str


@dataclass(frozen=True, slots=True)
class SetTransaction:
    """SET TRANSACTION, or SET SESSION CHARACTERISTICS AS TRANSACTION when `session`."""

    isolation: str | None = None
    read_only: bool | None = None
    deferrable: bool | None = None
    session: bool = False


@dataclass(frozen=True, slots=True)
class Set:
    """SET name TO values; no values means DEFAULT."""

    name: str
    values: tuple[str, ...] | None
    local: bool = False


@dataclass(frozen=True, slots=True)
class Reset:
    """RESET name; None is RESET ALL."""

    name: str | None


@dataclass(frozen=True, slots=True)
class Show:
    """SHOW name; None is SHOW ALL."""

    name: str | None


@dataclass(frozen=True, slots=True)
class Discard:
    """DISCARD ALL, PLANS, SEQUENCES or TEMP."""

    what: str


@dataclass(frozen=True, slots=True)
class Prepare:
    """PREPARE name [(types)] AS text."""

    name: str
    type_names: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class ExecutePrepared:
    """EXECUTE name [(arguments)]; the arguments are SQL expression texts."""

    name: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Deallocate:
    """DEALLOCATE name; None is ALL."""

    name: str | None


@dataclass(frozen=True, slots=True)
class CloseCursor:
    """CLOSE name; None is ALL."""

    name: str | None


@dataclass(frozen=True, slots=True)
class Listen:
    channel: str


@dataclass(frozen=True, slots=True)
class Unlisten:
    """UNLISTEN channel; None is ``*``."""

    channel: str | None


@dataclass(frozen=True, slots=True)
class Notify:
    channel: str
    payload: str = ""


@dataclass(frozen=True, slots=True)
class Empty:
    """Nothing but white space and comments."""


@dataclass(frozen=True, slots=True)
class ExplainTranslation:
    """EXPLAIN (TRANSLATE) statement: one row a line of `lines`."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ignored:
    """Accepted without effect because nothing is to be done here (VACUUM, ANALYZE …)."""


@dataclass(frozen=True, slots=True)
class CopyIn:
    """COPY relation FROM STDIN: `insert` takes a row of values as parameters, one for each of `columns`."""

    relation: str
    columns: tuple[TableColumn, ...]
    options: CopyOptions
    insert: Plan


@dataclass(frozen=True, slots=True)
class CopyOut:
    """COPY … TO STDOUT: the rows of `query`."""

    options: CopyOptions
    query: Plan


Action = (
    Begin
    | Commit
    | Rollback
    | Savepoint
    | RollbackTo
    | Release
    | SetTransaction
    | Set
    | Reset
    | Show
    | Discard
    | Prepare
    | ExecutePrepared
    | Deallocate
    | CloseCursor
    | Listen
    | Unlisten
    | Notify
    | Empty
    | ExplainTranslation
    | Ignored
    | CopyIn
    | CopyOut
)
