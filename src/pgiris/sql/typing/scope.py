"""Range tables: which names a query sees (manual 7.2; parse_relation.c of PostgreSQL is the model for the errors)."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Final

from sqlglot import exp

from pgiris import sqlstate
from pgiris.errors import FeatureNotSupported, PgError
from pgiris.sql.analysis import COLUMN, TYPE, ColumnRef, position_of
from pgiris.sql.postgres_grammar import START

LEVEL: Final = "pg_level"
"""On a column reference: the number of the query (Scope) whose FROM clause it means."""

_SYSTEM_COLUMNS: Final = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"})
_NUMBERS = count(1)


class Entry:
    """A name that may be used without its table: a column, or what USING made of two."""

    __slots__ = ("merged", "ref")

    def __init__(self, ref: ColumnRef, merged: exp.Expr | None = None) -> None:
        self.ref = ref
        self.merged = merged


@dataclass(slots=True)
class Source:
    """A FROM item: its alias, the name of the table behind it (for messages), and its columns."""

    alias: str
    columns: list[ColumnRef]
    name: str = ""
    hidden: bool = False


@dataclass(slots=True)
class Relation:
    """What a join tree offers: its sources, and its columns in the order of ``*``."""

    sources: list[Source] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)

    def nullable(self) -> None:
        """The far side of an outer join."""
        for source in self.sources:
            source.columns = [ref._replace(nullable=True) for ref in source.columns]
        for entry in self.entries:
            entry.ref = entry.ref._replace(nullable=True)


class Scope:
    """The names of one query. `parent` is the enclosing query's scope, `ctes` what WITH defines here."""

    __slots__ = ("aggregates", "clause", "ctes", "hidden", "in_aggregate", "number", "parent", "relation")

    def __init__(self, parent: Scope | None = None) -> None:
        self.parent = parent
        self.relation = Relation()
        self.ctes: dict[str, exp.CTE] = {}
        self.hidden: list[Source] = []
        self.number = next(_NUMBERS)
        self.clause = ""
        self.in_aggregate = False
        self.aggregates = False

    def find_cte(self, name: str) -> exp.CTE | None:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.ctes:
                return scope.ctes[name]
            scope = scope.parent
        return None

    def add(self, relation: Relation) -> None:
        """One more item of FROM. Raises 42712 when an alias is used twice."""
        taken = {source.alias for source in self.relation.sources}
        for source in relation.sources:
            if source.alias in taken:
                raise PgError(
                    sqlstate.DUPLICATE_ALIAS, f'table name "{source.alias}" specified more than once', position=None
                )
        self.relation.sources += relation.sources
        self.relation.entries += relation.entries

    def resolve(self, node: exp.Column) -> exp.Expr:
        """The column that a reference means, qualified; merged columns are replaced. Raises 42703, 42702, 42P01."""
        if node.args.get("table") is not None:
            return self._qualified(node)
        name = node.name
        scope: Scope | None = self
        while scope is not None:
            found = [entry for entry in scope.relation.entries if entry.ref.name == name]
            if len(found) > 1:
                raise PgError(
                    sqlstate.AMBIGUOUS_COLUMN, f'column reference "{name}" is ambiguous', position=position_of(node)
                )
            if found:
                return scope.reference(found[0], node)
            scope = scope.parent
        self._refuse_whole_row(name, node)
        raise PgError(sqlstate.UNDEFINED_COLUMN, f'column "{name}" does not exist', position=position_of(node))

    def _refuse_whole_row(self, name: str, node: exp.Expr) -> None:
        scope: Scope | None = self
        while scope is not None:
            if any(source.alias == name for source in scope.relation.sources):
                raise FeatureNotSupported("a whole row as a value", position=position_of(node))
            scope = scope.parent
        if name in _SYSTEM_COLUMNS and self.relation.sources:
            raise FeatureNotSupported(f'the system column "{name}"', position=position_of(node))

    def _qualified(self, node: exp.Column) -> exp.Expr:
        table, name = node.table, node.name
        scope: Scope | None = self
        while scope is not None:
            source = scope.source(table)
            if source is not None:
                return scope.qualified(source, node, name)
            scope = scope.parent
        raise self.missing(table, position_of(node))

    def source(self, alias: str) -> Source | None:
        for source in self.relation.sources:
            if source.alias == alias:
                return source
        return None

    def qualified(self, source: Source, node: exp.Column, name: str) -> exp.Expr:
        found = [ref for ref in source.columns if ref.name == name]
        if len(found) > 1:
            raise PgError(
                sqlstate.AMBIGUOUS_COLUMN, f'column reference "{name}" is ambiguous', position=position_of(node)
            )
        if not found:
            if name in _SYSTEM_COLUMNS:
                raise FeatureNotSupported(f'the system column "{name}"', position=position_of(node))
            raise PgError(
                sqlstate.UNDEFINED_COLUMN, f"column {source.alias}.{name} does not exist", position=position_of(node)
            )
        return self.reference(Entry(found[0]), node)

    def missing(self, table: str, position: int | None) -> PgError:
        """42P01 for a reference to a table that is not in FROM, or not visible from here."""
        scope: Scope | None = self
        while scope is not None:
            for source in [*scope.relation.sources, *scope.hidden]:
                if source.name == table or source.alias == table:
                    hint = (
                        f'Perhaps you meant to reference the table alias "{source.alias}".'
                        if source.alias != table
                        else None
                    )
                    detail = (
                        f'There is an entry for table "{table}", but it cannot be referenced from this part of '
                        "the query."
                        if source.alias == table
                        else None
                    )
                    return PgError(
                        sqlstate.UNDEFINED_TABLE,
                        f'invalid reference to FROM-clause entry for table "{table}"',
                        hint=hint,
                        detail=detail,
                        position=position,
                    )
            scope = scope.parent
        return PgError(sqlstate.UNDEFINED_TABLE, f'missing FROM-clause entry for table "{table}"', position=position)

    def reference(self, entry: Entry, at: exp.Expr | None = None) -> exp.Expr:
        """A node for the column, with its type; `at` lends its position."""
        if entry.merged is not None:
            merged = entry.merged.copy()
            for column in merged.find_all(exp.Column):
                column.meta[LEVEL] = self.number
            if at is not None:
                merged.meta[START] = at.meta.get(START)
            return merged
        return column_node(entry.ref, self.number, at)


def column_node(ref: ColumnRef, level: int = 0, at: exp.Expr | None = None) -> exp.Column:
    """A qualified reference."""
    node = exp.Column(
        this=exp.Identifier(this=ref.name, quoted=True), table=exp.Identifier(this=ref.source, quoted=True)
    )
    node.meta[TYPE] = ref.type
    node.meta[COLUMN] = ref
    node.meta[LEVEL] = level
    if at is not None and START in at.meta:
        node.meta[START] = at.meta[START]
    return node
