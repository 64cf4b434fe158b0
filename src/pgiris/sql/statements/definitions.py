"""Column and constraint definitions of CREATE TABLE and ALTER TABLE, read from tokens.

Grammar: PostgreSQL manual, SQL command CREATE TABLE. What IRIS cannot hold is refused here, by name and position.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlglot import exp
from sqlglot.tokenizer_core import Token

from pgiris import sqlstate
from pgiris.errors import FeatureNotSupported, PgError
from pgiris.sql import postgres
from pgiris.sql.analysis import PgType
from pgiris.sql.datatypes import SERIALS, column_type
from pgiris.sql.postgres_types import Types, name_of
from pgiris.sql.tokens import Cursor

_COLUMN_CONSTRAINTS: Final = (
    "CONSTRAINT",
    "NOT",
    "NULL",
    "CHECK",
    "DEFAULT",
    "GENERATED",
    "UNIQUE",
    "PRIMARY",
    "REFERENCES",
    "COLLATE",
    "DEFERRABLE",
    "INITIALLY",
    "STORAGE",
    "COMPRESSION",
    ",",
)
_ACTIONS: Final = {
    ("NO", "ACTION"): "",
    ("RESTRICT",): "",
    ("CASCADE",): "CASCADE",
    ("SET", "NULL"): "SET NULL",
    ("SET", "DEFAULT"): "SET DEFAULT",
}
_COLLATIONS: Final = frozenset({"C", "POSIX", "default", "ucs_basic"})

Name = tuple[str | None, str, int]
"""Schema or None, name, position of the reference."""


@dataclass(slots=True)
class Constraint:
    """PRIMARY KEY, UNIQUE or FOREIGN KEY; `references` and `referenced` belong to the last."""

    kind: str
    columns: tuple[str, ...]
    name: str | None = None
    references: Name | None = None
    referenced: tuple[str, ...] = ()
    on_delete: str = ""
    on_update: str = ""
    position: int | None = None


@dataclass(slots=True)
class Column:
    """A column definition. `default` is the expression as written, `default_tree` its parse as ``SELECT expression``;
    `identity` is one of `a`, `d`, `s` or empty."""

    name: str
    type: PgType
    position: int
    not_null: bool = False
    default: str | None = None
    default_tree: exp.Expr | None = None
    identity: str = ""
    constraints: list[Constraint] = field(default_factory=list)


class Definitions:
    """Reads definitions off a cursor; `tokens` are the same tokens, for the expressions in between."""

    def __init__(self, cursor: Cursor, tokens: Sequence[Token]) -> None:
        self.cursor = cursor
        self.tokens = tokens

    def table_name(self) -> Name:
        position = self.cursor.position()
        parts = [self.cursor.name()]
        while self.cursor.accept("."):
            parts.append(self.cursor.name())
        if len(parts) > 2:
            message = f'cross-database references are not implemented: "{".".join(parts)}"'
            raise PgError(sqlstate.FEATURE_NOT_SUPPORTED, message, position=position)
        return parts[0] if len(parts) == 2 else None, parts[-1], position

    def column_list(self) -> tuple[str, ...]:
        self.cursor.expect("(")
        result = [self.cursor.name()]
        while self.cursor.accept(","):
            result.append(self.cursor.name())
        self.cursor.expect(")")
        return tuple(result)

    def type_name(self) -> tuple[PgType, bool]:
        """A column's type, and whether it was written as a serial."""
        position = self.cursor.position()
        types = Types(self.tokens, self.cursor.text)
        types.at = self.cursor.at
        name = name_of(types.type_name())
        self.cursor.at = types.at
        if name.name in SERIALS and not name.schema:
            return PgType(SERIALS[name.name]), True
        return column_type(name.name, name.modifiers, name.array, position), False

    def column(self) -> Column:
        position = self.cursor.position()
        name = self.cursor.name()
        type_, serial = self.type_name()
        column = Column(name, type_, position, not_null=serial, identity="s" if serial else "")
        while not self.cursor.done() and self.cursor.peek() not in (",", ")"):
            self._column_constraint(column)
        return column

    def expression(self) -> tuple[str, exp.Expr]:
        """An expression up to the next column constraint: its text, and its parse as the item of a SELECT."""
        begin = self.cursor.at
        if self.cursor.peek() != "(":
            # The first word belongs to the expression whatever it is: DEFAULT NULL.
            self.cursor.take()
        self.cursor.balanced(*_COLUMN_CONSTRAINTS)
        text = self.cursor.source(begin, self.cursor.at)
        return text, parse_expression(self.tokens[begin : self.cursor.at], self.cursor.text)

    def _column_constraint(self, column: Column) -> None:
        cursor = self.cursor
        name = cursor.name() if cursor.accept("CONSTRAINT") else None
        position = cursor.position()
        if cursor.accept("NOT", "NULL"):
            column.not_null = True
        elif cursor.accept("NULL"):
            if column.not_null:
                message = f'conflicting NULL/NOT NULL declarations for column "{column.name}"'
                raise PgError(sqlstate.SYNTAX_ERROR, message, position=position)
        elif cursor.accept("DEFAULT"):
            column.default, column.default_tree = self.expression()
        elif cursor.accept("GENERATED"):
            self._generated(column, position)
        elif cursor.accept("COLLATE"):
            self._collation(position)
        elif cursor.accept("PRIMARY", "KEY"):
            column.not_null = True
            column.constraints.append(Constraint("PRIMARY KEY", (column.name,), name, position=position))
        elif cursor.accept("UNIQUE"):
            self._nulls(position)
            column.constraints.append(Constraint("UNIQUE", (column.name,), name, position=position))
        elif cursor.accept("REFERENCES"):
            column.constraints.append(self._references((column.name,), name, position))
        elif cursor.peek() in ("CHECK", "STORAGE", "COMPRESSION"):
            raise FeatureNotSupported(cursor.peek(), position=position)
        elif cursor.peek() in ("DEFERRABLE", "INITIALLY", "NOT"):
            self._deferral()
        else:
            raise cursor.failure()

    def _generated(self, column: Column, position: int) -> None:
        cursor = self.cursor
        always = cursor.accept("ALWAYS")
        if not always:
            cursor.expect("BY", "DEFAULT")
        cursor.expect("AS")
        if not cursor.accept("IDENTITY"):
            raise FeatureNotSupported("a generated column", position=position)
        if cursor.peek() == "(":
            raise FeatureNotSupported("sequence options of an identity column", position=cursor.position())
        column.identity = "a" if always else "d"
        column.not_null = True

    def _collation(self, position: int) -> None:
        """Columns are EXACT, which is PostgreSQL's collation C; any other would sort differently."""
        name = self.cursor.name()
        while self.cursor.accept("."):
            name = self.cursor.name()
        if name not in _COLLATIONS:
            raise FeatureNotSupported(f'collation "{name}"', position=position)

    def _nulls(self, position: int) -> None:
        if self.cursor.accept("NULLS"):
            if self.cursor.accept("NOT"):
                raise FeatureNotSupported("UNIQUE NULLS NOT DISTINCT", position=position)
            self.cursor.expect("DISTINCT")

    def _references(self, columns: tuple[str, ...], name: str | None, position: int) -> Constraint:
        cursor = self.cursor
        table = self.table_name()
        referenced = self.column_list() if cursor.peek() == "(" else ()
        result = Constraint("FOREIGN KEY", columns, name, table, referenced, position=position)
        if cursor.accept("MATCH") and not cursor.accept("SIMPLE"):
            raise FeatureNotSupported(f"MATCH {cursor.peek()}", position=cursor.position())
        while cursor.accept("ON"):
            event = cursor.accept_any("DELETE", "UPDATE")
            if not event:
                raise cursor.failure()
            for words, action in _ACTIONS.items():
                if cursor.accept(*words):
                    if event == "DELETE":
                        result.on_delete = action
                    else:
                        result.on_update = action
                    break
            else:
                raise cursor.failure()
        return result

    def _deferral(self) -> None:
        """IRIS checks constraints at once; the words that say so are accepted, the others refused."""
        cursor = self.cursor
        position = cursor.position()
        if cursor.accept("NOT", "DEFERRABLE") or cursor.accept("INITIALLY", "IMMEDIATE"):
            return
        if cursor.peek() == "DEFERRABLE" or (cursor.peek() == "INITIALLY" and cursor.peek(1) == "DEFERRED"):
            raise FeatureNotSupported("DEFERRABLE", position=position)
        raise cursor.failure()

    def table_constraint(self) -> Constraint | None:
        """A table constraint, if one comes next."""
        cursor = self.cursor
        named = cursor.peek() == "CONSTRAINT"
        word = cursor.peek(2 if named else 0)
        if not named and word not in ("CHECK", "UNIQUE", "PRIMARY", "FOREIGN", "EXCLUDE", "LIKE"):
            return None
        name = cursor.name() if cursor.accept("CONSTRAINT") else None
        position = cursor.position()
        if cursor.accept("PRIMARY", "KEY"):
            constraint = Constraint("PRIMARY KEY", self.column_list(), name, position=position)
        elif cursor.accept("UNIQUE"):
            self._nulls(position)
            constraint = Constraint("UNIQUE", self.column_list(), name, position=position)
        elif cursor.accept("FOREIGN", "KEY"):
            columns = self.column_list()
            cursor.expect("REFERENCES")
            constraint = self._references(columns, name, position)
        elif cursor.peek() in ("CHECK", "EXCLUDE", "LIKE"):
            raise FeatureNotSupported(cursor.peek(), position=position)
        else:
            raise cursor.failure()
        if cursor.peek() == "INCLUDE":
            raise FeatureNotSupported("INCLUDE in a constraint", position=cursor.position())
        while cursor.peek() in ("DEFERRABLE", "INITIALLY", "NOT"):
            self._deferral()
        return constraint


def parse_expression(tokens: Sequence[Token], text: str) -> exp.Expr:
    """An expression as the only item of a SELECT, which is what analysis takes; positions are those of `text`."""
    return exp.Select(expressions=[postgres.parse_expression(tokens, text)])
