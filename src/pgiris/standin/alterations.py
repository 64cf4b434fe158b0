"""ALTER TABLE: one kind of change at a time (RSQL_altertable; sql.md 9)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
from sqlglot import exp

from pgiris.errors import IrisError
from pgiris.standin import physical, security, triggers
from pgiris.standin.compiler import casts, changes, names
from pgiris.standin.compiler.ir import Context, Expr
from pgiris.standin.dictionary import Column, Entry, Key, Table
from pgiris.standin.iristypes import Kind
from pgiris.standin.process import Process
from pgiris.standin.result import StatementResult
from pgiris.standin.tables import COLLATIONS, Builder, constraint_kind, default_text


def find_table(process: Process, node: exp.Expr) -> Table:
    schema = names.identifier(node.args.get("db")) or process.default_schema
    name = names.identifier(node.this)
    found = process.dictionary.find(schema, name)
    if not isinstance(found, Table):
        raise names.missing_table(schema, name)
    return found


def alter_table(process: Process, sql: str, tree: exp.Alter) -> StatementResult | None:
    """Carry out the actions of one ALTER TABLE."""
    table = find_table(process, tree.this)
    if not security.allowed(process, "%ALTER", table):
        security.admin(process, "%ALTER_TABLE")
    work = Alteration(process, table)
    for action in tree.args.get("actions") or []:
        work.act(action)
    work.finish(sql)
    return None


class Alteration:
    """The changes of one ALTER TABLE: statements for the store and the new dictionary object."""

    def __init__(self, process: Process, table: Table) -> None:
        self.process = process
        self.table = table
        self.statements: list[str] = []
        self.put: list[Entry] = []

    def act(self, action: exp.Expr) -> None:
        if isinstance(action, exp.ColumnDef):
            self.add_column(action)
        elif isinstance(action, exp.AddConstraint):
            self.add_constraints(action.expressions)
        elif isinstance(action, exp.AlterRename):
            self.rename(names.identifier(action.this.this))
        elif isinstance(action, exp.AlterColumn):
            self.alter_column(action)
        elif isinstance(action, exp.Drop):
            self.drop(action)

    def finish(self, sql: str) -> None:
        fired = [] if self.table.temporary else self.process.dictionary.triggers(self.table.id)
        before = triggers.dropped(self.table) if fired else []
        after = triggers.created(self.table, fired)
        self.process.define(sql, [*before, *self.statements, *after], [self.table, *self.put])

    def has_rows(self) -> bool:
        return self.process.connection.execute(f"SELECT 1 FROM {self.table.sql} LIMIT 1").fetchone() is not None

    def column(self, name: str) -> Column:
        found = self.table.column(name)
        if found is None:
            raise IrisError(-29, f"Field '{name.upper()}' not found in table '{self.table.qualified}'")
        return found

    def change(self, column: Column, **facts: Any) -> None:
        changed = msgspec.structs.replace(column, **facts)
        columns = tuple(changed if c.number == column.number else c for c in self.table.columns)
        self.table = msgspec.structs.replace(self.table, columns=columns)

    # -- columns

    def add_column(self, node: exp.ColumnDef) -> None:
        """ADD COLUMN: existing rows get the default; NOT NULL without one needs an empty table (-304)."""
        before = self.table
        builder = Builder(self.process, before.name, before)
        column = builder.column(node)
        if (
            not column.nullable
            and column.default is None
            and not column.serial
            and not column.identity
            and self.has_rows()
        ):
            raise IrisError(
                -304,
                f"NOT NULL field without default added to a table which contains data: '{column.name}'",
            )
        builder.foreign_keys()
        self.table = builder.built()
        column = self.table.by_number(column.number)
        if not column.identity and not self.table.temporary:
            self.statements.append(f"ALTER TABLE t{self.table.id} ADD COLUMN {physical.column_sql(column)}")
            self.fill(column)
            if any(c.computed for c in self.table.columns):
                self.statements += physical.computed_triggers(self.table)
        self.new_keys(before)

    def fill(self, column: Column) -> None:
        """Existing rows of a new column."""
        from pgiris.standin import prepared

        value = None
        if column.default is not None:
            context = Context(prepared.session_of(self.process))
            value = changes.default_sql(context, column.default, column, self.table, -104)
        elif column.serial == "ROWVERSION":
            value = "iris_next_version()"
        elif column.serial:
            value = f"(SELECT count(*) FROM t{self.table.id} AS b WHERE b.rid <= t{self.table.id}.rid)"
        if value is not None:
            self.statements.append(f"UPDATE t{self.table.id} SET {column.sql} = {value}")

    def new_keys(self, before: Table) -> None:
        """Indexes and triggers of the keys that `before` does not have."""
        known = {key.name for key in before.keys}
        changed = self.process.dictionary.changed([self.table])
        for key in self.table.keys:
            if key.name not in known:
                self.statements += physical.create_key(self.table, key)
                if key.kind == "F":
                    self.statements += physical.foreign_key_triggers(changed, self.table, key)
                    self.check_rows(key)

    def check_rows(self, key: Key) -> None:
        """Existing rows must satisfy a new foreign key (-127)."""
        parent = self.process.dictionary.table(key.target) if key.target != self.table.id else self.table
        own = [self.table.by_number(n).sql for n in key.columns]
        theirs = [parent.by_number(n).sql for n in key.target_columns] or ["rid"]
        given = " AND ".join(f"t.{c} IS NOT NULL" for c in own)
        match = " AND ".join(f"p.{p} = t.{c}" for p, c in zip(theirs, own))
        if not key.check or not {c.number for c in self.table.columns} >= set(key.columns):
            return
        existing = {row[1] for row in self.process.connection.execute(f"PRAGMA table_info(t{self.table.id})")}
        if not set(own) <= existing:
            return
        found = f"EXISTS (SELECT 1 FROM t{parent.id} AS p WHERE {match})"
        test = f"SELECT 1 FROM t{self.table.id} AS t WHERE {given} AND NOT {found} LIMIT 1"
        if self.process.connection.execute(test).fetchone() is not None:
            raise IrisError(
                -127, f"Foreign key Constraint '{key.name}' failed for existing rows of '{self.table.qualified}'"
            )

    def alter_column(self, node: exp.AlterColumn) -> None:
        column = self.column(names.identifier(node.this))
        if node.args.get("rename_to") is not None:
            new = names.identifier(node.args["rename_to"])
            if self.table.column(new) is not None and new.lower() != column.name.lower():
                raise IrisError(-306, f"Column '{new}' already exists")
            self.change(column, name=new)
        elif node.args.get("dtype") is not None:
            self.retype(column, node)
        elif node.args.get("default") is not None:
            self.change(column, default=default_text(node.args["default"]))
        elif node.args.get("drop"):
            self.change(column, default=None)
        elif node.args.get("collate") is not None:
            word = names.identifier(node.args["collate"]).upper().lstrip("%").partition("(")[0]
            if column.type.is_string:
                self.rewrite(column, replace(column.type, collation=COLLATIONS.get(word, "EXACT")))
        elif node.args.get("allow_null") is not None:
            self.nullability(column, bool(node.args["allow_null"]))

    def nullability(self, column: Column, nullable: bool) -> None:
        """NULL or NOT NULL; existing NULLs are SQLCODE -305."""
        if not nullable and not self.table.temporary and not column.identity:
            test = f"SELECT 1 FROM t{self.table.id} WHERE {column.sql} IS NULL LIMIT 1"
            if self.process.connection.execute(test).fetchone() is not None:
                raise IrisError(
                    -305, f"Attempt to make field '{column.name}' required when the table has rows where it is null"
                )
        self.change(column, nullable=nullable)

    def retype(self, column: Column, node: exp.AlterColumn) -> None:
        """A new type; stream to non-stream needs an empty table (-374)."""
        kind = casts.data_type(node.args["dtype"], self.process.instance.settings)
        if kind.is_stream != column.type.is_stream and self.has_rows():
            raise IrisError(-374, f"Cannot convert between stream and non-stream types: field '{column.name}'")
        facts: dict[str, Any] = {}
        builder = Builder(self.process, self.table.name, self.table)
        if kind.kind is Kind.STRING:
            own = column.type.kind is Kind.STRING
            usual = self.process.instance.settings.string_collation
            kind = replace(kind, collation=column.type.collation if own else usual)
        for constraint in node.args.get("constraints") or []:
            inner = constraint_kind(constraint)
            kind = builder.column_fact(inner, kind, facts)
        if column.identity:
            return
        self.rewrite(column, kind)
        if "nullable" in facts:
            self.nullability(self.column(column.name), facts.pop("nullable"))
        if facts:
            self.change(self.column(column.name), **facts)

    def rewrite(self, column: Column, kind: Any) -> None:
        """A new physical column when the stored form or the collation changes."""
        from pgiris.standin import prepared

        same = (
            kind.kind is column.type.kind
            and kind.collation == column.type.collation
            and kind.element == column.type.element
        )
        if same or self.table.temporary:
            if same and kind.kind is Kind.STRING and kind.length and not self.table.temporary:
                test = f"SELECT 1 FROM t{self.table.id} WHERE length({column.sql}) > {kind.length} LIMIT 1"
                if self.process.connection.execute(test).fetchone() is not None:
                    raise IrisError(
                        -104, f"Field '{self.table.qualified}.{column.name}' has values longer than {kind.length}"
                    )
            self.change(column, type=kind)
            return
        number = self.table.next_number
        fresh = msgspec.structs.replace(column, number=number, type=kind)
        context = Context(prepared.session_of(self.process))
        value = casts.cast_sql(context, Expr(column.sql, column.type), kind)
        self.statements.append(f"ALTER TABLE t{self.table.id} ADD COLUMN {physical.column_sql(fresh)}")
        self.statements.append(f"UPDATE t{self.table.id} SET {fresh.sql} = {value}")
        self.replace_number(column, fresh)

    def replace_number(self, column: Column, fresh: Column) -> None:
        """Put a column's successor into the table, its keys, indexes, and the foreign keys that reference it."""
        old, new = column.number, fresh.number

        def moved(numbers: tuple[int, ...]) -> tuple[int, ...]:
            return tuple(new if n == old else n for n in numbers)

        before = self.table
        keys = tuple(msgspec.structs.replace(k, columns=moved(k.columns)) for k in before.keys)
        indexes = tuple(
            msgspec.structs.replace(i, columns=moved(i.columns), data=moved(i.data)) for i in before.indexes
        )
        columns = tuple(fresh if c.number == old else c for c in before.columns)
        self.table = msgspec.structs.replace(before, columns=columns, keys=keys, indexes=indexes, next_number=new + 1)
        referencing = [(t, k) for t, k in self.process.dictionary.referencing(before.id) if old in k.target_columns]
        for key in before.keys:
            if old in key.columns:
                self.statements += physical.drop_foreign_key(before, key)
        for index in before.indexes:
            if old in index.columns:
                self.statements.append(f"DROP INDEX IF EXISTS {physical.index_name(before, 'x', index.number)}")
        for child, key in referencing:
            self.statements += physical.drop_foreign_key(child, key)
            if child.id != before.id:
                changed = msgspec.structs.replace(key, target_columns=moved(key.target_columns))
                kept = tuple(changed if k.name == key.name else k for k in child.keys)
                self.put.append(msgspec.structs.replace(child, keys=kept))
        self.statements.append(f"ALTER TABLE t{before.id} DROP COLUMN {column.sql}")
        dictionary = self.process.dictionary.changed([self.table, *self.put])
        for key in self.table.keys:
            if new in key.columns:
                self.statements += physical.create_key(self.table, key)
                if key.kind == "F":
                    self.statements += physical.foreign_key_triggers(dictionary, self.table, key)
        for index in self.table.indexes:
            if new in index.columns:
                self.statements += physical.create_index(self.table, index)
        for entry in self.put:
            if isinstance(entry, Table):
                for key in entry.keys:
                    if key.target == before.id:
                        self.statements += physical.create_key(entry, key)
                        self.statements += physical.foreign_key_triggers(dictionary, entry, key)

    # -- constraints

    def add_constraints(self, nodes: list[exp.Expr]) -> None:
        before = self.table
        builder = Builder(self.process, before.name, before)
        for node in nodes:
            builder.constraint(node)
        builder.foreign_keys()
        self.table = builder.built()
        added = [k for k in self.table.keys if k.name not in {key.name for key in before.keys}]
        for key in added:
            if key.kind == "P":
                for number in key.columns:
                    self.nullability(self.table.by_number(number), False)
        self.new_keys(before)

    def drop(self, node: exp.Drop) -> None:
        kind = str(node.args.get("kind")).upper()
        if kind == "COLUMN":
            self.drop_column(names.identifier(node.this))
            return
        if kind == "PRIMARY KEY":
            key = self.table.primary_key
        else:
            wanted = names.identifier(node.this).lower()
            key = next((k for k in self.table.keys if k.name.lower() == wanted), None)
        if key is None:
            raise IrisError(-315, f"Constraint or key not found in table '{self.table.qualified}'")
        self.drop_key(key)

    def drop_key(self, key: Key) -> None:
        """DROP CONSTRAINT; a key that foreign keys use is SQLCODE -317."""
        if key.kind in "PU":
            for child, reference in self.process.dictionary.referencing(self.table.id):
                if set(reference.target_columns) == set(key.columns):
                    raise IrisError(
                        -317,
                        f"Cannot drop constraint '{key.name}': '{reference.name}' of '{child.qualified}' references it",
                    )
        self.statements += physical.drop_foreign_key(self.table, key)
        kept = tuple(k for k in self.table.keys if k.name != key.name)
        self.table = msgspec.structs.replace(self.table, keys=kept)

    def drop_column(self, name: str) -> None:
        """DROP COLUMN: -322 when an index or constraint uses it."""
        column = self.column(name)
        used = [k.name for k in self.table.keys if column.number in k.columns]
        used += [i.name for i in self.table.indexes if column.number in i.columns or column.number in i.data]
        used += [
            k.name for _, k in self.process.dictionary.referencing(self.table.id) if column.number in k.target_columns
        ]
        if used:
            raise IrisError(-322, f"Cannot drop field '{name}': it is used by {used[0]}")
        columns = tuple(c for c in self.table.columns if c.number != column.number)
        if not columns:
            raise IrisError(-33, "Cannot drop the last field of a table")
        self.table = msgspec.structs.replace(self.table, columns=columns)
        if not column.identity and not self.table.temporary:
            self.statements.append(f"ALTER TABLE t{self.table.id} DROP COLUMN {column.sql}")

    def rename(self, name: str) -> None:
        """RENAME: the new name has no schema; -201 when it is taken."""
        if self.process.dictionary.find(self.table.schema, name) is not None:
            raise IrisError(-201, f"Table or view name not unique: '{self.table.schema}.{name}' already exists")
        self.table = msgspec.structs.replace(self.table, name=name)
