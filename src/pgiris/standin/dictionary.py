"""The dictionary of an instance: schemas, tables, columns, keys, indexes, views, routines, users and grants.

Objects are frozen; a change makes a new object and a new version. Each is stored as JSON in one row of SQLite's table
`sys_object`. Physical names in SQLite are numbers (``t12``, ``c3``), so renaming touches the dictionary only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from pgiris.errors import IrisError
from pgiris.standin.iristypes import IrisType


class Column(msgspec.Struct, frozen=True, omit_defaults=True):
    """A column. `number` is its physical number and SQL column number; `serial` is AUTO, SERIAL or ROWVERSION.

    `default` and `on_update` are IRIS SQL texts; `computed` is COMPUTECODE's text.
    """

    number: int
    name: str
    type: IrisType
    nullable: bool = True
    default: str | None = None
    on_update: str | None = None
    identity: bool = False
    serial: str = ""
    computed: str | None = None
    calculated: bool = False
    on_change: tuple[str, ...] = ()
    description: str = ""
    private: bool = False

    @property
    def sql(self) -> str:
        """Its name in SQLite: an IDENTITY column is the RowID."""
        return "rid" if self.identity else f"c{self.number}"


class Key(msgspec.Struct, frozen=True, omit_defaults=True):
    """A constraint: kind P (primary key), U (unique) or F (foreign key). Columns are physical numbers."""

    name: str
    kind: str
    columns: tuple[int, ...]
    number: int = 0
    target: int = 0
    target_columns: tuple[int, ...] = ()
    on_delete: str = "NO ACTION"
    on_update: str = "NO ACTION"
    check: bool = True


class Index(msgspec.Struct, frozen=True, omit_defaults=True):
    """An index. `kind` is index, bitmap, bitslice, columnar or the class name; `data` are the covered columns."""

    name: str
    columns: tuple[int, ...]
    number: int
    unique: bool = False
    kind: str = "index"
    parameters: dict[str, str] = {}
    data: tuple[int, ...] = ()


class Table(msgspec.Struct, frozen=True, omit_defaults=True, tag="table"):
    """A base table; `temporary` is GLOBAL TEMPORARY, whose rows are private to a process."""

    id: int
    schema: str
    name: str
    columns: tuple[Column, ...] = ()
    keys: tuple[Key, ...] = ()
    indexes: tuple[Index, ...] = ()
    owner: str = "_SYSTEM"
    description: str = ""
    temporary: bool = False
    public_rowid: bool = False
    identity_insert: bool = False
    columnar: bool = False
    next_number: int = 2

    @property
    def sql(self) -> str:
        """Its name in SQLite."""
        return f"temp.t{self.id}" if self.temporary else f"t{self.id}"

    def column(self, name: str) -> Column | None:
        """The column of that name, whatever its case."""
        folded = name.lower()
        for column in self.columns:
            if column.name.lower() == folded:
                return column
        return None

    def by_number(self, number: int) -> Column:
        """The column with that physical number."""
        for column in self.columns:
            if column.number == number:
                return column
        raise IrisError(-400, "Fatal error occurred <UNDEFINED> column")

    @property
    def primary_key(self) -> Key | None:
        return next((key for key in self.keys if key.kind == "P"), None)

    @property
    def qualified(self) -> str:
        return f"{self.schema}.{self.name}"


class View(msgspec.Struct, frozen=True, omit_defaults=True, tag="view"):
    """A view: its query as IRIS SQL text, and the names of its columns when CREATE VIEW lists them."""

    id: int
    schema: str
    name: str
    text: str
    columns: tuple[str, ...] = ()
    check_option: str = "NONE"
    read_only: bool = False
    owner: str = "_SYSTEM"
    depends: tuple[int, ...] = ()

    @property
    def qualified(self) -> str:
        return f"{self.schema}.{self.name}"


class Routine(msgspec.Struct, frozen=True, omit_defaults=True, tag="routine"):
    """A function, procedure, method, query or aggregate."""

    id: int
    schema: str
    name: str
    kind: str
    language: str = "SQL"
    parameters: tuple[tuple[str, str, str], ...] = ()
    returns: IrisType | None = None
    body: tuple[str, ...] = ()
    code: str = ""
    owner: str = "_SYSTEM"


class Trigger(msgspec.Struct, frozen=True, omit_defaults=True, tag="trigger"):
    """A trigger on a table. `columns` are those of UPDATE OF; `old` and `new` are the names that REFERENCING gives to
    the row, `when` is the text of its condition."""

    id: int
    schema: str
    name: str
    table: int
    timing: str = "BEFORE"
    events: tuple[str, ...] = ()
    order: int = 0
    columns: tuple[str, ...] = ()
    language: str = "SQL"
    body: tuple[str, ...] = ()
    code: str = ""
    for_each: str = "ROW"
    when: str = ""
    old: str = ""
    new: str = ""


class Principal(msgspec.Struct, frozen=True, omit_defaults=True, tag="principal"):
    """A user or a role (`kind`), with the roles it holds; passwords are kept as salted hashes."""

    id: int
    schema: str
    name: str
    kind: str = "USER"
    password: str = ""
    roles: tuple[str, ...] = ()


class Grant(msgspec.Struct, frozen=True, omit_defaults=True, tag="grant"):
    """A privilege of a grantee: on the object `target` (an id), a schema (``schema:name``) or administrative (````)."""

    id: int
    schema: str
    name: str
    privilege: str = ""
    target: str = ""
    columns: tuple[str, ...] = ()
    option: bool = False
    grantor: str = ""


class SchemaName(msgspec.Struct, frozen=True, omit_defaults=True, tag="schema"):
    """A schema that CREATE SCHEMA registered."""

    id: int
    schema: str
    name: str


Entry = Table | View | Routine | Trigger | Principal | Grant | SchemaName
Relation = Table | View

DECODER: msgspec.json.Decoder[Entry] = msgspec.json.Decoder(Entry)


def stored(entry: Entry) -> bytes:
    """The JSON that `sys_object` keeps."""
    return msgspec.json.encode(entry)


@dataclass(frozen=True)
class Dictionary:
    """All objects of a namespace at one version."""

    version: int = 0
    entries: dict[int, Entry] = field(default_factory=dict)
    relations: dict[tuple[str, str], Relation] = field(default_factory=dict)

    @staticmethod
    def of(version: int, entries: Iterable[Entry]) -> Dictionary:
        """A dictionary of some objects."""
        by_id = {entry.id: entry for entry in entries}
        relations = {
            (entry.schema.lower(), entry.name.lower()): entry
            for entry in by_id.values()
            if isinstance(entry, (Table, View))
        }
        return Dictionary(version, by_id, relations)

    def changed(self, put: Iterable[Entry], removed: Iterable[int] = ()) -> Dictionary:
        """The next version, with some objects put or removed."""
        entries = dict(self.entries)
        for identity in removed:
            entries.pop(identity, None)
        for entry in put:
            entries[entry.id] = entry
        return Dictionary.of(self.version + 1, entries.values())

    def find(self, schema: str, name: str) -> Relation | None:
        """The table or view of that name."""
        return self.relations.get((schema.lower(), name.lower()))

    def table(self, identity: int) -> Table:
        """The table with that id."""
        entry = self.entries.get(identity)
        if not isinstance(entry, Table):
            raise IrisError(-30, "Table or view not found")
        return entry

    def tables(self) -> list[Table]:
        return [entry for entry in self.entries.values() if isinstance(entry, Table)]

    def views(self) -> list[View]:
        return [entry for entry in self.entries.values() if isinstance(entry, View)]

    def routines(self) -> list[Routine]:
        return [entry for entry in self.entries.values() if isinstance(entry, Routine)]

    def routine(self, schema: str, name: str) -> Routine | None:
        """The routine of that name."""
        for entry in self.routines():
            if entry.schema.lower() == schema.lower() and entry.name.lower() == name.lower():
                return entry
        return None

    def triggers(self, table: int | None = None) -> list[Trigger]:
        return [e for e in self.entries.values() if isinstance(e, Trigger) and table in (None, e.table)]

    def principal(self, name: str, kind: str | None = None) -> Principal | None:
        """The user or role of that name."""
        for entry in self.entries.values():
            if isinstance(entry, Principal) and entry.name.lower() == name.lower() and kind in (None, entry.kind):
                return entry
        return None

    def grants(self) -> list[Grant]:
        return [entry for entry in self.entries.values() if isinstance(entry, Grant)]

    def referencing(self, table: int) -> list[tuple[Table, Key]]:
        """The foreign keys that reference a table."""
        return [(t, key) for t in self.tables() for key in t.keys if key.kind == "F" and key.target == table]

    def schemas(self) -> dict[str, str]:
        """Names of schemas that hold something, by lower case."""
        return {e.schema.lower(): e.schema for e in self.entries.values() if isinstance(e, (Table, View, Routine))}

    def schema_spelling(self, schema: str) -> str:
        """How a schema was first written."""
        folded = schema.lower()
        if folded == "sqluser":
            return "SQLUser"
        for entry in self.entries.values():
            if isinstance(entry, (Table, View, Routine, SchemaName)) and entry.schema.lower() == folded:
                return entry.schema
        return schema
