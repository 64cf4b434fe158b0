"""ALTER TABLE, and DROP of everything (document keys RSQL_altertable, RSQL_droptable, RSQL_dropindex …)."""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from pgiris.sql.iris import nodes
from pgiris.sql.iris.definitions import TableDefinitions

_DROPPED_WITH_SCHEMA: Final = frozenset(
    {"VIEW", "PROCEDURE", "FUNCTION", "METHOD", "QUERY", "AGGREGATE", "TRIGGER", "MODEL"}
)
_DROPPED_NAMES: Final = frozenset({"ROLE", "USER", "DATABASE"})
_CASCADE: Final = frozenset({"CASCADE", "RESTRICT"})


class Alterations(TableDefinitions):
    """ALTER TABLE and DROP."""

    # -- ALTER TABLE

    def alter_table(self) -> exp.Expr:
        table = self.table_name()
        return exp.Alter(kind="TABLE", this=table, actions=self._actions())

    def _actions(self) -> list[exp.Expr]:
        if self.accept("ADD"):
            return self._add()
        if self.at("DROP", "DELETE"):
            return [self._drop_part()]
        if self.accept("ALTER"):
            self.accept("COLUMN")
            return [self._alter_column()]
        if self.accept("MODIFY"):
            return [self._alter_column()]
        if self.accept("RENAME"):
            name = self.identifier()
            if self.at("."):
                self.fail(-1, "Unqualified table name expected, qualified table name found")
            return [exp.AlterRename(this=exp.Table(this=name))]
        return [self._storage_action()]

    def _add(self) -> list[exp.Expr]:
        if self.accept("DEFAULT"):
            value = self.default_value()
            self.expect("FOR")
            return [exp.AlterColumn(this=self.identifier(), default=value)]
        if self.at("CONSTRAINT", "UNIQUE", "PRIMARY", "FOREIGN"):
            constraints = [self.table_constraint()]
            while self.accept(","):
                constraints.append(self.table_constraint())
            return [exp.AddConstraint(expressions=constraints)]
        self.accept("COLUMN")
        if self.accept("("):
            if self.at("CONSTRAINT", "UNIQUE", "PRIMARY", "FOREIGN"):
                constraints = [self.table_constraint()]
                while self.accept(","):
                    constraints.append(self.table_constraint())
                self.expect(")")
                return [exp.AddConstraint(expressions=constraints)]
            columns = self._columns()
            self.expect(")")
            return columns
        return self._columns()

    def _columns(self) -> list[exp.Expr]:
        columns: list[exp.Expr] = [self.column_definition()]
        while self.accept(","):
            columns.append(self.column_definition())
        return columns

    def _alter_column(self) -> exp.Expr:
        node = exp.AlterColumn(this=self.identifier())
        if self.accept("RENAME"):
            node.set("rename_to", self.identifier())
        elif self.accept("SET", "DEFAULT"):
            node.set("default", self.default_value())
        elif self.accept("DROP"):
            self.expect("DEFAULT")
            node.set("drop", True)
        elif self.accept("NOT"):
            self.expect("NULL")
            node.set("allow_null", False)
        elif self.accept("NULL"):
            node.set("allow_null", True)
        elif self.accept("COLLATE"):
            node.set("collate", self.collation())
        else:
            node.set("dtype", self.column_type())
            constraints: list[exp.Expr] = []
            while (constraint := self._column_constraint()) is not None:
                constraints.append(constraint)
            if constraints:
                node.set("constraints", constraints)
        return node

    def _drop_part(self) -> exp.Expr:
        self.advance()
        if self.at_words("FIXED", "STATISTICS"):
            return nodes.command("DROP FIXED STATISTICS", text=self.rest_as_text())
        if self.at("PARTITION") or self.at_words("ALL", "PARTITIONS"):
            return nodes.command("DROP PARTITION", text=self.rest_as_text())
        kind, name = self._dropped_part()
        node = exp.Drop(kind=kind, this=name)
        self._drop_options(node)
        return node

    def _dropped_part(self) -> tuple[str, exp.Expr | None]:
        if self.accept("CONSTRAINT"):
            return "CONSTRAINT", self.identifier()
        if self.accept("FOREIGN", "KEY"):
            return "FOREIGN KEY", self.identifier()
        if self.accept("PRIMARY", "KEY"):
            return "PRIMARY KEY", None
        self.accept("COLUMN")
        return "COLUMN", self.identifier()

    def _storage_action(self) -> exp.Expr:
        for words in (
            ("CONVERT",),
            ("MOVE", "PARTITION"),
            ("TRUNCATE", "PARTITION"),
            ("FIX", "STATISTICS"),
            ("SET", "RUNTIME"),
        ):
            if self.accept(*words):
                return nodes.command(" ".join(words), text=self.rest_as_text())
        self.fail_expected("ADD, ALTER, MODIFY, DROP, RENAME or CONVERT")

    # -- DROP

    def drop(self) -> exp.Expr:
        self.expect("DROP")
        kind = self._dropped_kind()
        exists = False
        if self.accept("IF"):
            self.expect("EXISTS")
            exists = True
        node = exp.Drop(kind=kind, exists=exists)
        if kind == "INDEX":
            self._dropped_index(node)
        elif kind in _DROPPED_NAMES or kind in ("FOREIGN SERVER", "ML CONFIGURATION"):
            node.set("this", self.identifier())
        elif kind == "SCHEMA":
            node.set("this", exp.Table(db=self.identifier()))
        else:
            node.set("this", self.table_name())
        self._drop_options(node)
        return node

    def _dropped_kind(self) -> str:
        for words in (("FOREIGN", "TABLE"), ("FOREIGN", "SERVER"), ("ML", "CONFIGURATION")):
            if self.accept(*words):
                return " ".join(words)
        return self.expect_any(_DROPPED_WITH_SCHEMA | _DROPPED_NAMES | {"TABLE", "INDEX", "SCHEMA"})

    def _dropped_index(self, node: exp.Drop) -> None:
        parts = [self.identifier()]
        while len(parts) < 3 and self.accept("."):
            parts.append(self.identifier())
        node.set("this", parts[-1])
        if len(parts) > 1:
            schema = parts[-3] if len(parts) == 3 else None
            node.set("table", exp.Table(this=parts[-2], db=schema))
        elif self.accept("ON"):
            self.accept("TABLE")
            node.set("table", self.table_name())

    def _drop_options(self, node: exp.Drop) -> None:
        kind = node.args["kind"]
        if kind in ("TABLE", "VIEW", "SCHEMA", "COLUMN", "CONSTRAINT", "FOREIGN TABLE", "FOREIGN SERVER"):
            word = self.accept_any(_CASCADE)
            if word:
                node.set(word.lower(), True)
        if kind in ("TABLE", "SCHEMA", "COLUMN", "FOREIGN TABLE"):
            word = self.accept_any(frozenset({"%DELDATA", "%NODELDATA"}))
            if word:
                node.set("delete_data", word == "%DELDATA")
        if kind in ("TRIGGER", "PROCEDURE", "FUNCTION", "METHOD", "QUERY") and self.accept("FROM"):
            node.set("table", self.table_name() if kind == "TRIGGER" else self.class_name())
