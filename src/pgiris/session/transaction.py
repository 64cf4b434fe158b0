"""The state of a session's transaction: what PostgreSQL says it is, and what IRIS has been told of it.

IRIS learns of a transaction as late as possible: START TRANSACTION goes out before the first statement that
writes, a savepoint before the first write after it. So a block that only reads costs nothing, and ROLLBACK TO,
which in IRIS deletes the savepoint (sql.md 11, R:rollback), needs no special care: the savepoint is set again
before the next write.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from pgiris import sqlstate
from pgiris.errors import PgError
from pgiris.session.notifications import Pending
from pgiris.session.settings import Settings

MAX_IRIS_SAVEPOINTS: Final = 250
"""IRIS allows 255 transaction levels; a released savepoint keeps its level until the transaction ends."""


class Block(Enum):
    """Kinds of transaction."""

    NONE = "none"
    """Between statements."""
    IMPLICIT = "implicit"
    """One statement, the statements of one Query, or a pipeline up to Sync."""
    EXPLICIT = "explicit"
    """After BEGIN."""


@dataclass(slots=True)
class Savepoint:
    """A savepoint of the session; `iris_name` is None while IRIS does not have it."""

    name: str
    settings: Settings
    iris_name: str | None = None
    records: int = 0
    """Records of DDL that were there before it."""
    pending: int = 0
    """LISTEN and NOTIFY that were there before it."""


@dataclass(slots=True)
class Transaction:
    """The transaction of a session. Knows no I/O; ``session.transactions`` carries out what it says."""

    settings: Settings
    """The session's settings now."""
    block: Block = Block.NONE
    failed: bool = False
    started: bool = False
    """IRIS has been sent START TRANSACTION."""
    queried: bool = False
    """A statement that reads or writes data has run: too late to change the isolation level."""
    start_time: int = 0
    """Microseconds since 2000-01-01 UTC: what now() answers."""
    statements: int = 0
    """Statements run in this transaction."""
    ddl: list[str] = field(default_factory=list)
    """Command tags of the DDL that ran in this block: IRIS cannot undo it."""
    records: list[tuple[str, list[list[object]]]] = field(default_factory=list)
    """Statements, with their rows of parameters, that wrote what belongs to DDL of this transaction: IRIS undoes the
    record but not the DDL, so after a rollback they run again."""
    pending: list[Pending] = field(default_factory=list)
    """LISTEN, UNLISTEN and NOTIFY, which take effect at commit."""
    savepoints: list[Savepoint] = field(default_factory=list)
    _at_begin: Settings | None = None
    _levels: int = 0

    @property
    def status(self) -> str:
        """The letter of ReadyForQuery."""
        if self.block is not Block.EXPLICIT:
            return "I"
        return "E" if self.failed else "T"

    @property
    def explicit(self) -> bool:
        return self.block is Block.EXPLICIT

    def enter(self, now: int) -> None:
        """A statement begins: outside a transaction it makes an implicit one."""
        if self.block is Block.NONE:
            self.block = Block.IMPLICIT
            self.start_time = now
            self._at_begin = self.settings

    def begin(self) -> None:
        """BEGIN: what ran before in the same Query or pipeline belongs to the block."""
        self.block = Block.EXPLICIT
        settings = self.settings
        for name in ("isolation", "read_only", "deferrable"):
            value = settings.value(f"default_transaction_{name}")
            settings = settings.with_value(f"transaction_{name}", value, local=True)
        self.settings = settings

    def chain(self, now: int) -> None:
        """COMMIT or ROLLBACK AND CHAIN: a new block at once, with the characteristics of the last."""
        self.enter(now)
        self.block = Block.EXPLICIT

    def committed(self) -> None:
        """The transaction is over, and counts."""
        self.settings = self.settings.without_local()
        self._clear()

    def rolled_back(self) -> None:
        """The transaction is over, and never was."""
        if self._at_begin is not None:
            self.settings = self._at_begin
        self._clear()

    def fail(self) -> None:
        """A statement of an explicit block failed: settings go back at once, the block's characteristics stay."""
        self.failed = True
        before = self.savepoints[-1].settings if self.savepoints else self._at_begin
        if before is not None:
            self.settings = before.with_characteristics_of(self.settings)

    def _clear(self) -> None:
        self.block = Block.NONE
        self.failed = self.started = self.queried = False
        self.statements = 0
        self._at_begin = None
        self._levels = 0
        if self.savepoints:
            self.savepoints = []
        if self.ddl:
            self.ddl = []
        if self.records:
            self.records = []
        if self.pending:
            self.pending = []

    def record(self, sql: str, rows: list[list[object]]) -> None:
        """A statement wrote what belongs to DDL. Outside a transaction of IRIS it is safe where it is."""
        if self.started:
            self.records.append((sql, rows))

    # -- savepoints -------------------------------------------------------------------------------------------

    def savepoint(self, name: str) -> None:
        """SAVEPOINT name; an older one of the same name is hidden until this one is gone."""
        self.savepoints.append(Savepoint(name, self.settings, records=len(self.records), pending=len(self.pending)))

    def pending_savepoints(self) -> list[Savepoint]:
        """Savepoints that IRIS must be told of before the next write, oldest first."""
        return [savepoint for savepoint in self.savepoints if savepoint.iris_name is None]

    def next_savepoint_name(self) -> str:
        """A name that IRIS has not seen in this transaction, for IRIS does not replace equal ones."""
        if self._levels >= MAX_IRIS_SAVEPOINTS:
            raise PgError(
                sqlstate.PROGRAM_LIMIT_EXCEEDED,
                "too many savepoints in one transaction",
                detail=f"IRIS allows {MAX_IRIS_SAVEPOINTS} of them, released ones included.",
            )
        self._levels += 1
        return f"PGIRIS_{self._levels}"

    def find_savepoint(self, name: str) -> int:
        """The index of the newest savepoint of that name. Raises PgError 3B001."""
        for index in range(len(self.savepoints) - 1, -1, -1):
            if self.savepoints[index].name == name:
                return index
        raise PgError(sqlstate.S_E_INVALID_SPECIFICATION, f'savepoint "{name}" does not exist')

    def rolled_back_to(self, index: int) -> None:
        """The savepoint stays usable, later ones are gone; IRIS has forgotten it too."""
        del self.savepoints[index + 1 :]
        del self.pending[self.savepoints[index].pending :]
        self.savepoints[index].iris_name = None
        self.settings = self.savepoints[index].settings
        self.failed = False

    def released(self, index: int) -> None:
        """The savepoint and later ones are gone; what happened since stays."""
        del self.savepoints[index:]
