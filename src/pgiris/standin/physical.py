"""How dictionary objects are laid out in SQLite: tables, unique keys, indexes, and foreign keys as triggers."""

from __future__ import annotations

from collections.abc import Iterator

from pgiris.standin import iristypes as t
from pgiris.standin.dictionary import Column, Dictionary, Index, Key, Table
from pgiris.standin.iristypes import Kind

COLLATIONS = {"SQLUPPER": "SQLUPPER", "UPPER": "IRISUPPER", "SQLSTRING": "SQLSTRING", "ALPHAUP": "ALPHAUP"}

SCHEMA = """
CREATE TABLE IF NOT EXISTS sys_object (id INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS sys_meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT OR IGNORE INTO sys_meta VALUES ('version', 0), ('next_id', 1);
"""


def column_sql(column: Column) -> str:
    """A column of CREATE TABLE: no declared type, so that SQLite converts nothing."""
    collation = COLLATIONS.get(column.type.collation) if column.type.is_string else None
    return f"{column.sql} COLLATE {collation}" if collation else column.sql


def create_table(table: Table) -> Iterator[str]:
    """The statements that make a table with its keys and indexes."""
    columns = ["rid INTEGER PRIMARY KEY"] + [column_sql(c) for c in table.columns if not c.identity]
    yield f"CREATE TABLE IF NOT EXISTS {table.sql} ({', '.join(columns)})"
    for key in table.keys:
        yield from create_key(table, key)
    for index in table.indexes:
        yield from create_index(table, index)
    if not table.temporary:
        yield from computed_triggers(table)


def computed_sql(table: Table, column: Column, prefix: str) -> str:
    """SQL of a computed column's value, from the columns of a row."""
    cells = ", ".join("NULL" if c.calculated and c.computed else f"{prefix}{c.sql}" for c in table.columns)
    return f"iris_code({table.id}, {column.number}, {cells})"


def computed_triggers(table: Table) -> Iterator[str]:
    """Triggers that compute stored COMPUTECODE columns on INSERT, and on UPDATE of COMPUTEONCHANGE's fields."""
    for column in table.columns:
        if column.computed is None or column.calculated:
            continue
        name = f"g{table.id}_{column.number}"
        change = f"UPDATE t{table.id} SET {column.sql} = {computed_sql(table, column, 'NEW.')} WHERE rid = NEW.rid"
        when = "1" if column.on_change else f"NEW.{column.sql} IS NULL"
        yield f"DROP TRIGGER IF EXISTS {name}_i"
        yield f"DROP TRIGGER IF EXISTS {name}_u"
        yield trigger(f"{name}_i", f"AFTER INSERT ON t{table.id}", when, change)
        changing = [c for c in table.columns if c.number != column.number and not (c.computed and not c.calculated)]
        named = {word.lower() for word in column.on_change}
        if "%%update" not in named:
            changing = [c for c in changing if c.name.lower() in named]
        if changing and named:
            fields = ", ".join(c.sql for c in changing)
            yield trigger(f"{name}_u", f"AFTER UPDATE OF {fields} ON t{table.id}", "1", change)


def sql_columns(table: Table, numbers: tuple[int, ...]) -> list[str]:
    return [table.by_number(number).sql for number in numbers]


def index_name(table: Table, letter: str, number: int) -> str:
    return f"{'temp.' if table.temporary else ''}{letter}{table.id}_{number}"


def create_key(table: Table, key: Key) -> Iterator[str]:
    """A unique index; for a foreign key an index of its columns, which makes its actions fast."""
    unique = "" if key.kind == "F" else "UNIQUE "
    columns = ", ".join(sql_columns(table, key.columns))
    yield f"CREATE {unique}INDEX IF NOT EXISTS {index_name(table, 'k', key.number)} ON t{table.id} ({columns})"


def create_index(table: Table, index: Index) -> Iterator[str]:
    """An index; of vectors and streams, none is needed here."""
    columns = [table.by_number(number) for number in index.columns]
    if any(c.type.is_stream or c.type.kind is Kind.VECTOR for c in columns) or all(c.identity for c in columns):
        return
    unique = "UNIQUE " if index.unique else ""
    names = ", ".join(c.sql for c in columns)
    yield f"CREATE {unique}INDEX IF NOT EXISTS {index_name(table, 'x', index.number)} ON t{table.id} ({names})"


def foreign_key_triggers(dictionary: Dictionary, child: Table, key: Key) -> Iterator[str]:
    """The triggers that enforce a foreign key, each with its SQLCODE."""
    if child.temporary or not key.check:
        return
    parent = dictionary.table(key.target)
    own = sql_columns(child, key.columns)
    theirs = sql_columns(parent, key.target_columns) if key.target_columns else ["rid"]
    kinds = [child.by_number(n).type for n in key.columns]
    their_kinds = [parent.by_number(n).type for n in key.target_columns] if key.target_columns else [t.BIGINT]
    pairs = list(zip(own, theirs, kinds, their_kinds))

    def same(mine: str, other: str) -> str:
        tests = []
        for c, p, ck, pk in pairs:
            left, right = f"{other}{p}", f"{mine}{c}"
            if ck.kind is Kind.NUMERIC and pk.is_integer:
                left = f"iris_int_dec({left})"
            elif pk.kind is Kind.NUMERIC and ck.is_integer:
                right = f"iris_int_dec({right})"
            tests.append(f"{left} = {right}")
        return " AND ".join(tests)

    given = " AND ".join(f"NEW.{c} IS NOT NULL" for c in own)
    missing = f"NOT EXISTS (SELECT 1 FROM t{parent.id} WHERE {same('NEW.', '')})"
    name = f"f{child.id}_{key.number}"
    yield trigger(f"{name}_i", f"AFTER INSERT ON t{child.id}", f"{given} AND {missing}",
                  failure(-121, child, key, "INSERT"))  # fmt: skip
    yield trigger(f"{name}_u", f"AFTER UPDATE OF {', '.join(own)} ON t{child.id}", f"{given} AND {missing}",
                  failure(-122, child, key, "UPDATE"))  # fmt: skip
    matching = same("", "OLD.")
    yield trigger(f"{name}_d", f"AFTER DELETE ON t{parent.id}",
                  f"EXISTS (SELECT 1 FROM t{child.id} WHERE {matching})",
                  action(child, key, key.on_delete, matching, [], failure(-124, parent, key, "DELETE")))  # fmt: skip
    changed = " OR ".join(f"NEW.{p} IS NOT OLD.{p}" for p in theirs)
    yield trigger(f"{name}_p", f"AFTER UPDATE OF {', '.join(theirs)} ON t{parent.id}",
                  f"({changed}) AND EXISTS (SELECT 1 FROM t{child.id} WHERE {matching})",
                  action(child, key, key.on_update, matching, theirs,
                         failure(-124, parent, key, "UPDATE")))  # fmt: skip


def trigger(name: str, event: str, when: str, body: str) -> str:
    return f"CREATE TRIGGER IF NOT EXISTS {name} {event} WHEN {when} BEGIN {body}; END"


def failure(code: int, table: Table, key: Key, verb: str) -> str:
    """Raises an SQLCODE, unless %NOCHECK is in force."""
    text = (
        f"IRIS:{code}:{table.qualified}: Foreign key Constraint '{key.name}' failed referential check upon {verb} "
        f"of row in table"
    )
    return f"SELECT RAISE(ABORT, '{text.replace(chr(39), chr(39) * 2)}') WHERE iris_checking()"


def action(child: Table, key: Key, rule: str, matching: str, theirs: list[str], refused: str) -> str:
    """What happens to referencing rows; `theirs` are the parent's columns for a change of the key, empty for DELETE."""
    own = sql_columns(child, key.columns)
    if rule == "CASCADE":
        if not theirs:
            return f"DELETE FROM t{child.id} WHERE {matching}"
        return f"UPDATE t{child.id} SET {', '.join(f'{c} = NEW.{p}' for c, p in zip(own, theirs))} WHERE {matching}"
    if rule == "SET NULL":
        return f"UPDATE t{child.id} SET {', '.join(f'{c} = NULL' for c in own)} WHERE {matching}"
    if rule == "SET DEFAULT":
        values = ", ".join(f"{c} = iris_default({child.id}, {n})" for c, n in zip(own, key.columns))
        return f"UPDATE t{child.id} SET {values} WHERE {matching}"
    return refused


def drop_foreign_key(child: Table, key: Key) -> Iterator[str]:
    for letter in "iudp":
        yield f"DROP TRIGGER IF EXISTS f{child.id}_{key.number}_{letter}"
    yield f"DROP INDEX IF EXISTS k{child.id}_{key.number}"
