"""What the translator gives to the session: a program of IRIS statements, as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from pgiris.sql.actions import Action


class Transaction(Enum):
    """How a statement stands to transactions."""

    NONE = "none"
    """Does not touch data: SET, SHOW, transaction commands themselves."""
    READ = "read"
    WRITE = "write"
    DDL = "ddl"
    """IRIS cannot undo it (sql.md 11)."""
    FORBIDDEN = "forbidden"
    """Cannot run inside a transaction block (25001)."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """The client's parameter `index`, from 0. `type_oid` is its PostgreSQL type, `iris_type` what IRIS is to get."""

    index: int
    type_oid: int
    iris_type: int = 0


@dataclass(frozen=True, slots=True)
class Constant:
    """A value in ODBC form (see ``pgiris.backend.api``)."""

    value: object


@dataclass(frozen=True, slots=True)
class SessionValue:
    """What the session knows and IRIS does not: ``now``, ``current_user``, ``current_setting`` …

    `arguments` are binds themselves; `type_oid` is the PostgreSQL type of the value, `iris_type` what IRIS is to get.
    Functions with an effect (``set_config``) are evaluated once, in the order of the binds. Two names are not
    functions: ``limit`` and ``offset`` check their argument, a row count. NULL becomes 2147483647 for ``limit`` and 0
    for ``offset``; a negative number is 2201W "LIMIT must not be negative" or 2201X "OFFSET must not be negative".
    """

    name: str
    type_oid: int
    arguments: tuple[Bind, ...] = ()
    iris_type: int = 0


@dataclass(frozen=True, slots=True)
class Captured:
    """A cell that an earlier step of the plan captured: of the current row when the step repeats for each row."""

    step: str
    column: int = 0


Bind = Parameter | Constant | SessionValue | Captured


@dataclass(frozen=True, slots=True)
class Column:
    """A result column as RowDescription names it; `table_oid` and `attnum` are 0 for computed columns.

    `scale`: the digits after the point that PostgreSQL prints of a numeric, where the statement tells; -1 unknown.
    """

    name: str
    type_oid: int
    typmod: int = -1
    table_oid: int = 0
    attnum: int = 0
    scale: int = -1


class Yields(Enum):
    """What becomes of the rows of a step."""

    NOTHING = "nothing"
    ROWS = "rows"
    """They go to the client, in the plan's result shape."""
    CAPTURE = "capture"
    """They are kept under the step's name for later steps."""
    ROW_ID = "row_id"
    """%ROWID of each run is kept under the step's name, as a row of one cell."""


@dataclass(frozen=True, slots=True)
class Step:
    """One IRIS statement, with a bind for each ``?``.

    `counts`: its row count adds to the command tag. `for_each` names a step: this one runs once for each row
    that it captured. `batch`: the binds are several rows of parameters for one text (``execute_many``); then
    `binds` is empty. `ignore` lists SQLCODEs that are no failure here (-324 for IF NOT EXISTS …).
    `unless`: not run when that step captured a row. `only_if`: run only when that step captured one.
    `record`: it writes what belongs to DDL of the same plan, which IRIS does not undo; after a rollback it is written
    again. Its binds are constants.
    """

    sql: str
    binds: tuple[Bind, ...] = ()
    yields: Yields = Yields.NOTHING
    name: str = ""
    counts: bool = False
    for_each: str = ""
    batch: tuple[tuple[Bind, ...], ...] = ()
    ignore: frozenset[int] = frozenset()
    unless: str = ""
    only_if: str = ""
    record: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is known of one statement before it runs.

    `tag` is the command tag without its count; `tag_counts` says whether the count follows (``INSERT 0 n`` has the
    tag ``INSERT 0``). `columns` is None for a statement that returns no rows. `parameters` are the type OIDs of the
    client's parameters, all resolved. `action` is what the session does itself; then there are usually no steps.
    `atomic`: the steps need a transaction around them when none is open. `changes_schema`: refresh the snapshot.
    `describe`: whether rows come, their names and types are the backend's to say (native IRIS SQL); then `columns` is
    None and the parameters are none. `schema_version` is that of the snapshot it was planned against. `notices` are
    sent when it runs: severity, SQLSTATE, message.
    """

    tag: str
    steps: tuple[Step, ...] = ()
    columns: tuple[Column, ...] | None = None
    parameters: tuple[int, ...] = ()
    tag_counts: bool = False
    transaction: Transaction = Transaction.READ
    action: Action | None = None
    atomic: bool = False
    changes_schema: bool = False
    schema_version: int = 0
    fate: str = "pushed down"
    notices: tuple[tuple[str, str, str], ...] = ()
    describe: bool = False
