"""What compiling yields: typed expressions, sources of rows, parameter slots, and the context that gathers them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, TypedDict

from pgiris.errors import IrisError
from pgiris.standin import iristypes as t
from pgiris.standin.dictionary import Dictionary, Relation, Table
from pgiris.standin.iristypes import IrisType
from pgiris.standin.settings import InstanceSettings

Binder = Callable[[object], object]
"""Turns a parameter's value into the stored form that its place in the statement needs."""

NOTHING: Final = object()
"""Marks an expression that is no literal."""

LOGICAL, ODBC, DISPLAY = 0, 1, 2


@dataclass(slots=True)
class Expr:
    """A compiled scalar. `literal` is its value when it is a literal (str, Decimal, None), `param` its number from 1
    when it is a bare ``?``, which has no SQL until something gives it a type. `label` is the prefix of its default
    column name."""

    sql: str
    type: IrisType
    literal: object = NOTHING
    param: int = 0
    name: str = ""
    label: str = "Expression"
    aggregate: bool = False
    window: bool = False
    column: ColumnRef | None = None

    @property
    def is_literal(self) -> bool:
        return self.literal is not NOTHING

    @property
    def is_null(self) -> bool:
        return self.literal is None


class Flags(TypedDict):
    """What an expression inherits from its parts."""

    aggregate: bool
    window: bool


@dataclass(slots=True)
class ColumnRef:
    """A column that a source offers."""

    name: str
    sql: str
    type: IrisType
    nullable: bool = True
    schema: str = ""
    table: str = ""
    hidden: bool = False
    identity: bool = False


@dataclass(slots=True)
class Source:
    """One item of FROM. `names` are the ways to qualify its columns, in lower case."""

    alias: str
    label: str
    columns: list[ColumnRef]
    schema: str = ""
    rowid: str = ""
    vid: str = ""
    relation: Relation | None = None
    index: dict[str, ColumnRef] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for column in self.columns:
            self.index.setdefault(column.name.lower(), column)

    def find(self, name: str) -> ColumnRef | None:
        """The column of that name; ``%ID`` and the hidden ``ID`` are the RowID."""
        folded = name.lower()
        found = self.index.get(folded)
        if found is not None:
            return found
        if self.rowid and folded in ("%id", "id", "id1"):
            return ColumnRef("ID", self.rowid, t.INTEGER, False, self.schema, self.label, identity=True)
        return None


@dataclass(slots=True)
class Scope:
    """The sources that names in a query see; `parent` is the enclosing query."""

    sources: list[Source] = field(default_factory=list)
    parent: Scope | None = None
    aliases: dict[str, Expr] = field(default_factory=dict)
    visible: list[Source] | None = None
    """The sources that an ON condition may use; None means all."""

    def seen(self) -> list[Source]:
        return self.sources if self.visible is None else self.visible


@dataclass(slots=True)
class Slot:
    """One SQLite parameter: which parameter of the statement feeds it (from 0; -1: none), and through what."""

    source: int
    binder: Binder


@dataclass(slots=True)
class Output:
    """One column of a result."""

    name: str
    type: IrisType
    nullable: int = 2
    schema: str = ""
    table: str = ""


@dataclass(slots=True)
class Query:
    """A compiled query."""

    sql: str
    outputs: list[Output]


@dataclass
class Session:
    """What a statement's meaning depends on besides its text."""

    dictionary: Dictionary
    settings: InstanceSettings
    mode: int = ODBC
    default_schema: str = "SQLUser"
    user: str = "_SYSTEM"
    namespace: str = "USER"
    check: Callable[[str, Relation, tuple[str, ...]], None] = lambda action, relation, columns: None


class Context:
    """Gathers what one statement needs: slots, aliases, the relations it touches."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.slots: list[Slot] = []
        self.slot_of: dict[tuple[int, int], int] = {}
        self.parameters: dict[int, IrisType] = {}
        self.system_relations: set[str] = set()
        self.temporary_tables: set[int] = set()
        self.ctes: list[dict[str, tuple[str, list[Output]]]] = []
        self.aliases = 0
        self.depth = 0
        self.constants: list[Binder] = []
        self.host_expressions: dict[str, Expr] = {}
        self.group_keys: dict[str, str] = {}
        self.aggregate_rows: str | None = None
        self.views: list[int] = []

    def alias(self) -> str:
        """A fresh name of a source."""
        self.aliases += 1
        return f"a{self.aliases}"

    def slot(self, param: int, binder: Binder, kind: IrisType) -> str:
        """The SQLite parameter that carries parameter number `param` (from 1) through `binder`."""
        key = (param, id(binder))
        if key not in self.slot_of:
            self.slots.append(Slot(param - 1, binder))
            self.constants.append(binder)
            self.slot_of[key] = len(self.slots)
        self.parameters.setdefault(param, kind)
        return f"?{self.slot_of[key]}"

    def internal(self, binder: Binder) -> str:
        """A SQLite parameter that the process fills itself at each execution."""
        self.slots.append(Slot(-1, binder))
        return f"?{len(self.slots)}"

    @contextmanager
    def nested(self) -> Iterator[None]:
        """One level of nesting; too many end in SQLCODE -400."""
        self.depth += 1
        if self.depth > self.session.settings.max_nesting:
            raise IrisError(-400, "Fatal error occurred <FRAMESTACK> statement is nested too deeply")
        try:
            yield
        finally:
            self.depth -= 1

    def touch(self, table: Table) -> None:
        """Remember a temporary table, whose rows the process must have a place for."""
        if table.temporary:
            self.temporary_tables.add(table.id)


def quoted(text: str) -> str:
    """A string literal of SQLite."""
    if "\0" in text:
        return "CAST(x'" + text.encode().hex() + "' AS TEXT)"
    return "'" + text.replace("'", "''") + "'"
