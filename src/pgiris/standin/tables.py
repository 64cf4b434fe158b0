"""CREATE TABLE's elements as dictionary objects: columns, keys, their names and checks (RSQL_createtable)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
from sqlglot import exp

from pgiris.errors import IrisError
from pgiris.standin import parsing
from pgiris.standin.compiler import casts, names
from pgiris.standin.dictionary import Column, Dictionary, Key, Table
from pgiris.standin.iristypes import IrisType, Kind
from pgiris.standin.process import Process

COLLATIONS = {
    "EXACT": "EXACT", "SQLSTRING": "SQLSTRING", "SQLUPPER": "SQLUPPER", "UPPER": "UPPER", "TRUNCATE": "EXACT",
    "PLUS": "EXACT", "MINUS": "EXACT", "ALPHAUP": "ALPHAUP", "STRING": "ALPHAUP", "SPACE": "EXACT", "MVR": "EXACT",
    "NONE": "EXACT",
}  # fmt: skip


def with_length(kind: IrisType, length: int) -> IrisType:
    return replace(kind, kind=Kind.STRING, length=length)


def constraint_kind(node: exp.Expr) -> exp.Expr:
    """What a column's constraint says, named or not. (`ColumnConstraint.kind` takes only sqlglot's own constraints.)"""
    inner = node.args.get("kind") if isinstance(node, exp.ColumnConstraint) else None
    return inner if isinstance(inner, exp.Expr) else node


class Builder:
    """Gathers the elements of a table."""

    def __init__(self, process: Process, name: str, table: Table) -> None:
        self.process = process
        self.name = name
        self.table = table
        self.columns = list(table.columns)
        self.keys = list(table.keys)
        self.number = table.next_number
        self.unnamed = {"P": 0, "U": 0, "F": 0}
        for key in self.keys:
            self.unnamed[key.kind] += 1
        self.pending: list[tuple[exp.Expr, str]] = []

    def next_number(self) -> int:
        self.number += 1
        return self.number - 1

    def column(self, node: exp.ColumnDef) -> Column:
        """Add a column with its constraints."""
        name = names.identifier(node.this)
        if any(c.name.lower() == name.lower() for c in self.columns):
            raise IrisError(-306, f"Column '{name}' already exists")
        kind_node = node.args["kind"]
        kind = casts.data_type(kind_node, self.process.instance.settings)
        written = str(kind_node.args.get("kind") or "").upper()
        facts: dict[str, Any] = {}
        if kind.is_string and kind.kind is Kind.STRING:
            collation = "EXACT" if self.table.columnar else self.process.instance.settings.string_collation
            kind = replace(kind, collation=collation)
        if written in ("SERIAL", "ROWVERSION"):
            facts["serial"] = written
        constraints = [constraint_kind(c) for c in node.args.get("constraints") or []]
        for constraint in constraints:
            kind = self.column_fact(constraint, kind, facts)
        column = Column(number=self.next_number(), name=name, type=kind, **facts)
        if facts.get("identity") and any(c.identity for c in self.columns):
            raise IrisError(-308, "An identity column is already defined for this table")
        self.columns.append(column)
        for constraint in constraints:
            self.column_key(constraint, column)
        return column

    def column_fact(self, constraint: exp.Expr, kind: IrisType, facts: dict[str, Any]) -> IrisType:
        """What a constraint says about the column itself."""
        if isinstance(constraint, exp.NotNullColumnConstraint):
            facts["nullable"] = bool(constraint.args.get("allow_null"))
        elif isinstance(constraint, exp.DefaultColumnConstraint):
            facts["default"] = default_text(constraint.this)
        elif isinstance(constraint, exp.OnUpdateColumnConstraint):
            facts["on_update"] = default_text(constraint.this)
        elif isinstance(constraint, exp.CollateColumnConstraint):
            word = names.identifier(constraint.this).upper().lstrip("%").partition("(")[0]
            if kind.is_string:
                return replace(kind, collation=COLLATIONS.get(word, "EXACT"))
        elif isinstance(constraint, exp.CommentColumnConstraint):
            facts["description"] = constraint.this.name
        elif isinstance(constraint, exp.GeneratedAsIdentityColumnConstraint):
            facts["identity"] = True
        elif isinstance(constraint, exp.AutoIncrementColumnConstraint):
            facts["serial"] = "AUTO"
        elif isinstance(constraint, exp.ComputedColumnConstraint):
            facts["computed"] = str(constraint.this.name)
            facts["calculated"] = bool(constraint.args.get("mode"))
            facts["on_change"] = tuple(names.identifier(c) for c in constraint.args.get("on_change") or [])
        elif isinstance(constraint, exp.PrimaryKeyColumnConstraint):
            facts["nullable"] = False
        elif isinstance(constraint, exp.Var) and constraint.name.upper() == "PRIVATE":
            facts["private"] = True
        return kind

    def column_key(self, constraint: exp.Expr, column: Column) -> None:
        """A key written with the column."""
        if isinstance(constraint, exp.PrimaryKeyColumnConstraint):
            self.key("P", [column], "", inline=True)
        elif isinstance(constraint, exp.UniqueColumnConstraint):
            self.key("U", [column], "", inline=True)
        elif isinstance(constraint, exp.Reference):
            self.pending.append(
                (exp.ForeignKey(expressions=[exp.to_identifier(column.name)], reference=constraint), "inline")
            )

    def constraint(self, node: exp.Expr, name: str = "") -> None:
        """A table constraint."""
        if isinstance(node, exp.Constraint):
            for inner in node.expressions:
                self.constraint(inner, names.identifier(node.this))
        elif isinstance(node, exp.PrimaryKey):
            self.key("P", [self.find(n) for n in node.expressions], name)
        elif isinstance(node, exp.UniqueColumnConstraint):
            self.key("U", [self.find(n) for n in node.this.expressions], name)
        elif isinstance(node, exp.ForeignKey):
            self.pending.append((node, name))

    def find(self, node: exp.Expr) -> Column:
        name = names.identifier(node.this if isinstance(node, exp.Ordered) else node)
        for column in self.columns:
            if column.name.lower() == name.lower():
                return column
        raise IrisError(-31, f"Field '{name}' not found in table '{self.name}'")

    def key_name(self, kind: str, name: str, inline: bool) -> str:
        """A constraint's name; generated ones follow information_schema.md (TABLE_CONSTRAINTS)."""
        if name:
            if any(k.name.lower() == name.lower() for k in self.keys):
                raise IrisError(-311 if kind == "F" else -324, f"Constraint '{name}' is already defined")
            return name
        while True:
            self.unnamed[kind] += 1
            number = self.unnamed[kind]
            word = {"P": "PKEY", "U": "UNIQUE", "F": "FKEY"}[kind]
            mixed = {"P": "PKey", "U": "Unique", "F": "FKey"}[kind]
            made = f"{self.name.upper()}_{word}{number}" if inline else f"{self.name.upper()}{mixed}{number}"
            if not any(k.name.lower() == made.lower() for k in self.keys):
                return made

    def key(self, kind: str, columns: list[Column], name: str, inline: bool = False) -> Key | None:
        """A primary key or unique constraint; over an IDENTITY column it is accepted and ignored."""
        if kind == "P" and any(k.kind == "P" for k in self.keys):
            raise IrisError(-307, "Primary key already defined for this table")
        if any(c.identity for c in columns):
            return None
        made = Key(self.key_name(kind, name, inline), kind, tuple(c.number for c in columns), self.next_number())
        self.keys.append(made)
        if kind == "P":
            numbers = set(made.columns)
            self.columns = [
                msgspec.structs.replace(c, nullable=False) if c.number in numbers else c for c in self.columns
            ]
        return made

    def foreign_keys(self) -> None:
        """Foreign keys, once all columns and keys are known: -310, -316, -314, -319, -79."""
        for node, name in self.pending:
            columns = [self.find(n) for n in node.args["expressions"]]
            inline = name == "inline"
            made = self.foreign_key(node.args["reference"], columns, "" if inline else name, inline)
            self.keys.append(made)
        self.pending = []

    def foreign_key(self, reference: exp.Reference, columns: list[Column], name: str, inline: bool) -> Key:
        target_node = reference.this
        listed = target_node.expressions if isinstance(target_node, exp.Schema) else []
        while isinstance(target_node, exp.Schema):
            target_node = target_node.this
        schema = names.identifier(target_node.args.get("db")) or self.process.default_schema
        own = (schema.lower(), names.identifier(target_node.this).lower()) == (
            self.table.schema.lower(),
            self.name.lower(),
        )
        target: Any = self.built() if own else self.process.dictionary.find(schema, names.identifier(target_node.this))
        if not isinstance(target, Table):
            raise IrisError(
                -310,
                f"Foreign key references table '{schema}.{names.identifier(target_node.this)}' which does not exist",
            )
        numbers = target_numbers(target, [names.identifier(n) for n in listed])
        if len(numbers or (1,)) != len(columns):
            raise IrisError(-79, "Foreign key and referenced key have different numbers of columns")
        rules = reference_rules(reference)
        return Key(
            self.key_name("F", name, inline), "F", tuple(c.number for c in columns), self.next_number(), target.id,
            numbers, rules["DELETE"], rules["UPDATE"], rules["CHECK"] == "YES",
        )  # fmt: skip

    def built(self) -> Table:
        """The table so far."""
        return msgspec.structs.replace(
            self.table, columns=tuple(self.columns), keys=tuple(self.keys), next_number=self.number
        )


def reference_rules(reference: exp.Reference) -> dict[str, str]:
    """ON DELETE, ON UPDATE and NOCHECK."""
    rules = {"DELETE": "NO ACTION", "UPDATE": "NO ACTION", "CHECK": "YES"}
    for option in reference.args.get("options") or []:
        upper = str(option).upper()
        if upper.startswith("ON DELETE"):
            rules["DELETE"] = upper.removeprefix("ON DELETE ").strip()
        elif upper.startswith("ON UPDATE"):
            rules["UPDATE"] = upper.removeprefix("ON UPDATE ").strip()
        elif upper == "NOCHECK":
            rules["CHECK"] = "NO"
    return rules


def target_numbers(target: Table, listed: list[str]) -> tuple[int, ...]:
    """The referenced columns' numbers; empty for the RowID. SQLCODE -319, -316, -314."""
    if not listed:
        key = target.primary_key
        if key is not None:
            return key.columns
        identity = next((c for c in target.columns if c.identity), None)
        if identity is not None or target.public_rowid:
            return (identity.number,) if identity is not None else ()
        raise IrisError(-319, f"Referenced table '{target.qualified}' has no primary key defined")
    found = []
    for name in listed:
        column = target.column(name)
        if column is None:
            raise IrisError(-316, f"Foreign key references non-existent key/column '{name}' of '{target.qualified}'")
        found.append(column)
    numbers = tuple(c.number for c in found)
    if len(found) == 1 and found[0].identity:
        return numbers
    unique = [k.columns for k in target.keys if k.kind in "PU"] + [i.columns for i in target.indexes if i.unique]
    if not any(set(columns) == set(numbers) for columns in unique):
        raise IrisError(-314, f"Foreign key references non-unique key/column collection of '{target.qualified}'")
    return numbers


def default_text(node: exp.Expr) -> str | None:
    """The text of a default; DEFAULT NULL is none."""
    inner = node
    while isinstance(inner, exp.Paren):
        inner = inner.this
    if isinstance(inner, exp.Null):
        return None
    text = parsing.source(node)
    while text.startswith("(") and text.endswith(")"):
        text = text[1:-1].strip()
    return text


def table_of(process: Process, tree: exp.Create, schema: str, name: str) -> Table:
    """The table that CREATE TABLE describes."""
    elements = tree.this.expressions if isinstance(tree.this, exp.Schema) else []
    parameters = {str(p.this.name).upper(): str(p.expression.name) for p in tree.args.get("class_parameters") or []}
    base = Table(
        process.new_id(), schema, name, owner="_PUBLIC" if tree.args.get("temporary") else process.user,
        temporary=bool(tree.args.get("temporary")), identity_insert=parameters.get("ALLOWIDENTITYINSERT") == "1",
        columnar=str(tree.args.get("storage") or "").upper() == "COLUMNAR",
    )  # fmt: skip
    base = with_options(base, elements)
    builder = Builder(process, name, base)
    for element in elements:
        if isinstance(element, exp.ColumnDef):
            builder.column(element)
    for element in elements:
        if not isinstance(element, (exp.ColumnDef, exp.Property)):
            builder.constraint(element)
    builder.foreign_keys()
    table = builder.built()
    for column in table.columns:
        for changed in column.on_change:
            if not changed.startswith("%%") and table.column(changed) is None:
                raise IrisError(-31, f"Field '{changed}' of COMPUTEONCHANGE not found in table '{name}'")
    return table


def with_options(table: Table, elements: list[exp.Expr]) -> Table:
    """%PUBLICROWID and %DESCRIPTION."""
    for element in elements:
        if isinstance(element, exp.Property):
            option = str(element.this.name).upper()
            if option == "%PUBLICROWID":
                table = msgspec.structs.replace(table, public_rowid=True)
            elif option == "%DESCRIPTION":
                value = element.args.get("value")
                table = msgspec.structs.replace(table, description=str(getattr(value, "name", value or "")))
    return table


def known(dictionary: Dictionary, identity: int) -> bool:
    return identity in dictionary.entries
