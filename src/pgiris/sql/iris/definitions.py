"""CREATE, ALTER and DROP of tables (document keys RSQL_createtable, RSQL_altertable, RSQL_droptable)."""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from pgiris.sql.iris import nodes
from pgiris.sql.iris.changes import Changes
from pgiris.sql.iris.queries import Place
from pgiris.sql.iris.words import COLLATIONS, words

_TABLE_OPTIONS: Final = frozenset({"%DESCRIPTION", "%FILE", "%NUMROWS", "%EXTENTSIZE", "%ROUTINE"})
_DUPLICATE_OPTION: Final[dict[str, int]] = {"%DESCRIPTION": -82, "%FILE": -83, "%NUMROWS": -84, "%ROUTINE": -85}
_DEFAULT_FUNCTIONS: Final = words(
    """
    CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER GETDATE GETUTCDATE SESSION_USER SYSDATE SYSTEM_USER TODATE
    TO_DATE TO_POSIXTIME TO_TIMESTAMP USER LAST_IDENTITY NOW $TSQL_NEWID
    """
)
_ACTIONS: Final = frozenset({"NO", "CASCADE", "SET"})
_NOISE_AFTER_TABLE: Final = frozenset({"CLUSTERED", "NONCLUSTERED"})


class TableDefinitions(Changes):
    """Tables: their columns, constraints and options."""

    # -- CREATE TABLE

    def create_table(self, *, temporary: bool) -> exp.Expr:
        exists = self._if_not_exists()
        table = self.table_name()
        node = exp.Create(kind="TABLE", this=table, exists=exists)
        if temporary:
            node.set("temporary", True)
        if self.accept("AS"):
            node.set("expression", self._table_query())
        else:
            node.set("this", exp.Schema(this=table, expressions=self._table_elements()))
        self._table_tail(node)
        return node

    def _if_not_exists(self) -> bool:
        if self.accept("IF"):
            self.expect("NOT", "EXISTS")
            return True
        return False

    def _table_query(self) -> exp.Query:
        query = self.select_statement(Place.STATEMENT)
        if query.find(exp.Placeholder) is not None:
            self.fail(-148, "a parameter is not allowed in CREATE TABLE AS")
        return query

    def _table_elements(self) -> list[exp.Expr]:
        self.expect("(")
        elements = [self._table_element()]
        while self.accept(","):
            elements.append(self._table_element())
        self.expect(")")
        self._check_elements(elements)
        return elements

    def _table_element(self) -> exp.Expr:
        if self.at(*_TABLE_OPTIONS):
            return self._table_option()
        if self.accept("%PUBLICROWID"):
            return exp.Property(this=exp.Var(this="%PUBLICROWID"), value=exp.Literal.number(1))
        if self.at("CONSTRAINT", "UNIQUE", "PRIMARY", "FOREIGN"):
            return self.table_constraint()
        if self.at("SHARD"):
            return self._shard()
        return self.column_definition()

    def _table_option(self) -> exp.Expr:
        word = self.advance().word
        value: exp.Expr = self.string() if self.at_string() else exp.Var(this=self.advance().text)
        return exp.Property(this=exp.Var(this=word), value=value)

    def _shard(self) -> exp.Command:
        self.expect("SHARD")
        key: list[exp.Expr] = []
        coshard: exp.Table | None = None
        if self.accept("KEY"):
            key = self.identifiers()
            if self.accept("COSHARD", "WITH"):
                coshard = self.table_name()
        return nodes.command("SHARD", key=key, coshard=coshard)

    def _check_elements(self, elements: list[exp.Expr]) -> None:
        """What one statement shows by itself: -306 -307 -308 -82 … -86."""
        columns = {element.name.upper(): element for element in elements if isinstance(element, exp.ColumnDef)}
        if len(columns) < sum(isinstance(element, exp.ColumnDef) for element in elements):
            self.fail(-306, "a column is defined twice")
        if sum(len(list(element.find_all(exp.GeneratedAsIdentityColumnConstraint))) for element in elements) > 1:
            self.fail(-308, "an identity column is already defined")
        keys = sum(len(list(element.find_all(exp.PrimaryKey, exp.PrimaryKeyColumnConstraint))) for element in elements)
        if keys > 1:
            self.fail(-307, "a primary key is already defined")
        options = [element.this.name for element in elements if isinstance(element, exp.Property)]
        for option in options:
            if options.count(option) > 1:
                self.fail(_DUPLICATE_OPTION.get(option, -1), f"{option} is given twice")
        for element in elements:
            self._check_constraint_columns(element, set(columns))

    def _check_constraint_columns(self, element: exp.Expr, columns: set[str]) -> None:
        parts = element.expressions if isinstance(element, exp.Constraint) else [element]
        for part in parts:
            named: list[exp.Expr] = []
            if isinstance(part, (exp.PrimaryKey, exp.ForeignKey)):
                named = part.expressions
            elif isinstance(part, exp.UniqueColumnConstraint):
                named = part.this.expressions
            if columns and any(name.name.upper() not in columns for name in named):
                self.fail(-86, "a constraint names a column that is not defined")

    def _table_tail(self, node: exp.Create) -> None:
        while True:
            if self.at("SHARD"):
                node.set("shard", self._shard())
            elif self.accept("WITH"):
                self._table_with(node)
            elif self.at_words("PARTITION", "BY") or self.at_words("PARTITION", "OFF"):
                node.set("partition", self.partition_clause())
            elif self.at("ON", "IN") and node.expression is None:
                self.advance()
                self.identifier()
            elif self.accept("LOCK", "MODE"):
                self.expect_any(frozenset({"ROW", "PAGE"}))
            else:
                return

    def _table_with(self, node: exp.Create) -> None:
        while True:
            if self.accept("STORAGETYPE"):
                if node.args.get("storage"):
                    self.fail(-327, "STORAGETYPE is given twice")
                self.accept("=")
                node.set("storage", self.expect_any(frozenset({"ROW", "COLUMNAR"})))
            elif self.accept("%CLASSPARAMETER"):
                name = exp.Var(this=self.identifier().name)
                self.accept("=")
                node.append("class_parameters", exp.EQ(this=name, expression=self._option_value()))
            elif self.accept("FILLFACTOR"):
                self.accept("=")
                self.integer()
            else:
                self.fail_expected("STORAGETYPE or %CLASSPARAMETER")
            if not self.accept(","):
                return

    def _option_value(self) -> exp.Expr:
        if self.at_string():
            return self.string()
        if self.at_number() or self.at("-"):
            return self.signed_number()
        return exp.Var(this=self.identifier().name)

    def signed_number(self) -> exp.Expr:
        if self.accept("-"):
            return exp.Neg(this=self.number())
        return self.number()

    def partition_clause(self) -> exp.Command:
        """``PARTITION BY RANGE (c) INTERVAL n unit | HASH (c) IN n PARTITIONS | LIST (c)``, ``PARTITION OFF``."""
        self.expect("PARTITION")
        if self.accept("OFF"):
            return nodes.command("PARTITION OFF")
        self.expect("BY")
        method = self.expect_any(frozenset({"RANGE", "HASH", "LIST"}))
        columns = self.identifiers()
        size: exp.Expr | None = None
        unit: str | None = None
        if method == "RANGE":
            self.expect("INTERVAL")
            size = self.integer()
            unit = self.advance().word if self.token.word in ("YEAR", "MONTH", "DAY", "WEEK") else None
        elif method == "HASH":
            self.expect("IN")
            size = self.integer()
            self.expect("PARTITIONS")
        return nodes.command("PARTITION BY", method=method, columns=columns, size=size, unit=unit)

    # -- columns

    def column_definition(self) -> exp.ColumnDef:
        """``name type constraint…``."""
        name = self.identifier()
        constraints: list[exp.Expr] = []
        kind: exp.DataType | None = None
        if not self.at("IDENTITY", "AUTO_INCREMENT"):
            if self.at(",", ")"):
                self.fail(-86, f"column {name.name} has no data type")
            kind = self.column_type() if not self.at("AS") else self.fail_expected(")")
        else:
            kind = nodes.data_type(exp.DType.BIGINT, "BIGINT")
        while (constraint := self._column_constraint()) is not None:
            constraints.append(constraint)
        return exp.ColumnDef(this=name, kind=kind, constraints=constraints)

    def _column_constraint(self) -> exp.Expr | None:
        name: exp.Identifier | None = None
        if self.accept("CONSTRAINT"):
            name = self.identifier()
        kind = self._key_constraint() or self._value_constraint() or self._storage_constraint()
        if kind is None:
            if name is not None or self.at("CHECK", "GENERATED", "DEFERRABLE"):
                self.fail_expected("column constraint" if name is not None else ")", -81 if name is not None else -1)
            return None
        return exp.ColumnConstraint(this=name, kind=kind)

    def _key_constraint(self) -> exp.Expr | None:
        if self.accept("NOT"):
            if self.accept("FOR"):
                self.expect("REPLICATION")
                return exp.NotForReplicationColumnConstraint()
            self.expect("NULL")
            return exp.NotNullColumnConstraint()
        if self.accept("NULL"):
            return exp.NotNullColumnConstraint(allow_null=True)
        if self.accept("UNIQUE"):
            self.accept_any(_NOISE_AFTER_TABLE)
            return exp.UniqueColumnConstraint()
        if self.accept("PRIMARY"):
            self.expect("KEY")
            self.accept_any(_NOISE_AFTER_TABLE)
            return exp.PrimaryKeyColumnConstraint()
        if self.at("REFERENCES"):
            return self._references()
        if self.accept("IDENTITY"):
            if self.accept("("):
                self._identity_range()
            return exp.GeneratedAsIdentityColumnConstraint(this=False)
        if self.accept("AUTO_INCREMENT"):
            return exp.AutoIncrementColumnConstraint()
        return None

    def _identity_range(self) -> None:
        """``IDENTITY(start, increment)``: compatibility, without effect."""
        self.integer()
        self.expect(",")
        self.integer()
        self.expect(")")

    def _value_constraint(self) -> exp.Expr | None:
        if self.accept("DEFAULT"):
            return exp.DefaultColumnConstraint(this=self.default_value())
        if self.accept("ON", "UPDATE"):
            return exp.OnUpdateColumnConstraint(this=self.default_value())
        if self.accept("COLLATE"):
            return exp.CollateColumnConstraint(this=self.collation())
        if self.token.word.startswith("%") and self.token.word[1:] in COLLATIONS:
            return exp.CollateColumnConstraint(this=self.collation())
        if self.accept("%DESCRIPTION"):
            return exp.CommentColumnConstraint(this=self.string())
        if self.at("COMPUTECODE"):
            return self._computed()
        return None

    def _storage_constraint(self) -> exp.Expr | None:
        if self.accept("PRIVATE"):
            return exp.Var(this="PRIVATE")
        if self.accept("WITH"):
            self.expect("STORAGETYPE")
            self.accept("=")
            value = exp.Var(this=self.expect_any(frozenset({"ROW", "COLUMNAR"})))
            return exp.Property(this=exp.Var(this="STORAGETYPE"), value=value)
        if self.accept("CHARACTER", "SET"):
            return exp.CharacterSetColumnConstraint(this=self.identifier())
        return None

    def collation(self) -> exp.Expr:
        """A collation's name, with or without ``%``, and its length: ``Var`` or, with a length, ``Anonymous``."""
        word = self.token.word.removeprefix("%")
        if word not in COLLATIONS:
            self.fail_expected("collation")
        self.advance()
        if not self.accept("("):
            return exp.Var(this=word)
        length = self.integer()
        self.expect(")")
        return nodes.function(word, length)

    def default_value(self) -> exp.Expr:
        """A literal, a documented function, or ``OBJECTSCRIPT '…'``; no expression (RSQL_createtable)."""
        if self.accept("OBJECTSCRIPT"):
            return nodes.function("OBJECTSCRIPT", self.string())
        if self.accept("("):
            self.enter()
            value = self.default_value()
            self.leave()
            self.expect(")")
            return exp.Paren(this=value)
        value = self._default_term()
        inner = value.this if isinstance(value, exp.Neg) else value
        if isinstance(inner, (exp.Literal, exp.Null)):
            return value
        known = isinstance(inner, exp.Anonymous) and (inner.this in _DEFAULT_FUNCTIONS or str(inner.this)[0] == "{")
        if known and all(isinstance(argument, exp.Literal) for argument in inner.expressions):
            return value
        self.fail(-1, "a default must be a literal or one of the documented functions")

    def _default_term(self) -> exp.Expr:
        if self.at("+"):
            self.advance()
        return self.signed_number() if self.at("-") else self.term()

    def _computed(self) -> exp.Expr:
        self.expect("COMPUTECODE")
        language = self.accept_any(frozenset({"OBJECTSCRIPT", "PYTHON"})) or "OBJECTSCRIPT"
        code = self.code_block()
        node = exp.ComputedColumnConstraint(this=exp.Literal.string(code), language=language)
        if self.accept("COMPUTEONCHANGE"):
            node.set("on_change", self.identifiers())
        mode = self.accept_any(frozenset({"CALCULATED", "TRANSIENT"}))
        if mode:
            node.set("mode", mode)
        return node

    def _references(self) -> exp.Expr:
        self.expect("REFERENCES")
        table: exp.Expr = self.table_name()
        if self.at("("):
            table = exp.Schema(this=table, expressions=self.identifiers())
        options: list[str] = []
        while (option := self._reference_option()) is not None:
            options.append(option)
        return exp.Reference(this=table, options=options)

    def _reference_option(self) -> str | None:
        if self.accept("NOCHECK"):
            return "NOCHECK"
        if self.accept("MATCH"):
            return f"MATCH {self.expect_any(frozenset({'FULL', 'PARTIAL'}))}"
        if not self.at("ON"):
            return None
        self.advance()
        event = self.expect_any(frozenset({"DELETE", "UPDATE"}))
        action = self.expect_any(_ACTIONS)
        if action == "NO":
            self.expect("ACTION")
            action = "NO ACTION"
        elif action == "SET":
            action = f"SET {self.expect_any(frozenset({'NULL', 'DEFAULT'}))}"
        return f"ON {event} {action}"

    # -- table constraints

    def table_constraint(self) -> exp.Expr:
        """``[CONSTRAINT n] UNIQUE (…) | PRIMARY KEY (…) | FOREIGN KEY (…) REFERENCES …``."""
        if self.accept("CONSTRAINT"):
            name = self.identifier()
            return exp.Constraint(this=name, expressions=[self._unnamed_constraint(name)])
        return self._unnamed_constraint(None)

    def _unnamed_constraint(self, name: exp.Identifier | None) -> exp.Expr:
        if self.accept("UNIQUE"):
            self.accept_any(_NOISE_AFTER_TABLE)
            if name is None and self.at_identifier():
                self.identifier()
            return exp.UniqueColumnConstraint(this=exp.Schema(expressions=self.identifiers()))
        if self.accept("PRIMARY", "KEY"):
            self.accept_any(_NOISE_AFTER_TABLE)
            return exp.PrimaryKey(expressions=self.identifiers())
        if self.accept("FOREIGN", "KEY"):
            columns = self.identifiers()
            reference = self._references()
            referenced = reference.this.expressions if isinstance(reference.this, exp.Schema) else columns
            if len(referenced) != len(columns):
                self.fail(-79, "the foreign key and the key it references differ in size")
            return exp.ForeignKey(expressions=columns, reference=reference)
        self.fail_expected("UNIQUE, PRIMARY KEY or FOREIGN KEY")
