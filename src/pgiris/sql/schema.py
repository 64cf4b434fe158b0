"""The schema snapshot, as far as translation needs it. Filled by ``pgiris.catalog``; read only here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pgiris.types import oids


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column with its PostgreSQL type; `iris_type` is the ODBC type code, `collation` EXACT, SQLUPPER, …

    `default` is PostgreSQL's expression text when `pg_default`, else what IRIS says (ObjectScript). `identity`: IRIS
    gives the values; `identity_always`: GENERATED ALWAYS, values of the client's are refused (428C9).
    """

    name: str
    type_oid: int = oids.TEXT
    typmod: int = -1
    nullable: bool = True
    default: str | None = None
    identity: bool = False
    iris_type: int = 12
    collation: str = "SQLUPPER"
    pg_default: bool = False
    identity_always: bool = False


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key of a table: its columns, and the table (IRIS's spelling) and columns that they refer to."""

    columns: tuple[str, ...]
    schema: str
    table: str
    referenced: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table or view. `schema` and `name` are IRIS's spelling; `kind` is pg_class.relkind: r, v, f.

    `unique_keys` and `indexes` give columns by name; `constraints` names all constraints.
    """

    schema: str
    name: str
    columns: tuple[TableColumn, ...]
    primary_key: tuple[str, ...] = ()
    unique_keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    kind: str = "r"
    oid: int = 0
    indexes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    constraints: tuple[str, ...] = ()
    foreign_keys: Mapping[str, ForeignKey] = field(default_factory=dict)

    def __deepcopy__(self, memo: object) -> Table:
        """Immutable: trees that refer to it are copied often."""
        return self

    def column(self, name: str) -> TableColumn | None:
        """The column of that name; IRIS names are case-insensitive, quoted or not (GSQL_identifiers)."""
        folded = name.lower()
        for column in self.columns:
            if column.name.lower() == folded:
                return column
        return None


@dataclass(frozen=True, slots=True)
class Schema:
    """Every table and view of a namespace, by (schema, name) in lower case. `public` is IRIS's SQLUser."""

    tables: Mapping[tuple[str, str], Table] = field(default_factory=dict)
    version: int = 0

    def find(self, schema: str | None, name: str, search_path: tuple[str, ...] = ("public",)) -> Table | None:
        """The table a reference names; without a schema, the first on the search path that has it."""
        for candidate in (schema,) if schema else search_path:
            folded = candidate.lower()
            table = self.tables.get(("sqluser" if folded == "public" else folded, name.lower()))
            if table is not None:
                return table
        return None

    def references(self, table: Table) -> list[tuple[Table, str]]:
        """The foreign keys that refer to `table`: whose they are, and their names."""
        wanted = (table.schema.lower(), table.name.lower())
        return [
            (other, name)
            for other in self.tables.values()
            for name, key in other.foreign_keys.items()
            if (key.schema.lower(), key.table.lower()) == wanted
        ]
