"""Statistics, plans, foreign data, machine learning, EXPLAIN (document keys RSQL_tunetable, RSQL_explain …)."""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from pgiris.sql.iris import nodes
from pgiris.sql.iris.lexer import Kind
from pgiris.sql.iris.queries import Place
from pgiris.sql.iris.sessions import Sessions

_TUNE_FLAGS: Final = frozenset({"%RECOMPILE_CQ", "%CLEAR_VALUES", "%FULL", "%FIX"})
MAX_PERCENT: Final = 100


class Services(Sessions):
    """Statements that look after tables, plans and other servers. Where no engine needs the parts, the text is kept."""

    # -- statistics and plans

    def tune_table(self) -> exp.Expr:
        self.expect("TUNE", "TABLE")
        table = self.table_name()
        options: list[exp.Expr] = []
        names: set[str] = set()
        while self.token.word.startswith("%"):
            name = self.advance().word
            if name in names:
                self.fail(-326, f"{name} is given twice")
            names.add(name)
            value: exp.Expr = exp.Var(this="")
            if name == "%SAMPLE_PERCENT":
                value = self._percent()
            elif self.at_string() or self.at_number():
                value = self.term()
            elif name not in _TUNE_FLAGS and not self.at(""):
                self.fail(-1, f"unknown TUNE TABLE option {name}")
            options.append(exp.EQ(this=exp.Var(this=name), expression=value))
            self.accept(",")
        return nodes.command("TUNE TABLE", table=table, options=options)

    def _percent(self) -> exp.Literal:
        literal = self.string()
        digits = literal.name.removesuffix("%")
        if not digits.replace(".", "", 1).isdecimal() or float(digits) > MAX_PERCENT:
            self.fail(-1, f"invalid percentage '{literal.name[:40]}'")
        return literal

    def collect_statistics(self) -> exp.Expr:
        self.expect("COLLECT")
        self.expect_any(frozenset({"STATISTICS", "STATS"}))
        self.accept("FOR")
        self.accept("TABLE")
        if self.at("SCHEMA", "ALL"):
            return nodes.command("COLLECT STATISTICS", tables=[], text=self.rest_as_text())
        tables: list[exp.Expr] = [self.table_name()]
        while self.accept(","):
            tables.append(self.table_name())
        text = None if self.token.kind is Kind.END else self.rest_as_text()
        return nodes.command("COLLECT STATISTICS", tables=tables, text=text)

    def build_index(self) -> exp.Expr:
        self.expect("BUILD")
        self.expect_any(frozenset({"INDEX", "INDICES"}))
        while self.at("%NOLOCK", "%NOJOURN"):
            self.advance()
        table: exp.Expr | None = None
        if self.accept("FOR"):
            if self.accept("SCHEMA"):
                table = exp.Table(db=self.identifier())
            elif not self.accept("ALL"):
                self.accept("TABLE")
                table = self.table_name()
        indexes: list[exp.Expr] = []
        if self.accept("INDEX"):
            indexes.append(self.identifier())
            while self.accept(","):
                indexes.append(self.identifier())
        return nodes.command("BUILD INDEX", table=table, indexes=indexes)

    def kept(self) -> exp.Expr:
        """A statement that is only recognised: its words so far and the rest as text."""
        word = self.advance().word
        if word in ("FREEZE", "UNFREEZE"):
            self.expect("PLANS")
            word += " PLANS"
        if self.token.kind is Kind.END:
            return nodes.command(word, text="")
        return nodes.command(word, text=self.rest_as_text())

    def load(self) -> exp.Expr:
        self.expect("LOAD")
        while self.at("BULK", "%NOJOURN", "%NOCHECK", "%NOINDEX", "%NOLOCK"):
            self.advance()
        word = self.expect_any(frozenset({"DATA", "SQL"}))
        if not self.at("FROM"):
            self.fail_expected("FROM")
        if self.peek().word not in ("FILE", "JDBC"):
            self.advance()
            self.fail_expected("FILE or JDBC")
        return nodes.command(f"LOAD {word}", text=self.rest_as_text())

    def cancel_query(self) -> exp.Expr:
        self.expect("CANCEL", "QUERY")
        process: exp.Expr = self.string() if self.at_string() else self.integer()
        statement = timeout = None
        if self.accept("IDENTIFIED"):
            self.expect("BY")
            statement = self.term()
        if self.accept("TIMEOUT"):
            timeout = self.integer()
        return nodes.command("CANCEL QUERY", process=process, statement=statement, timeout=timeout)

    def explain(self) -> exp.Expr:
        self.expect("EXPLAIN")
        style: list[str] = []
        while (word := self.accept_any(frozenset({"ALT", "STAT", "INTO"}))) is not None:
            style.append(word)
        if self.at("SELECT", "WITH", "("):
            statement: exp.Expr = self.select_statement(Place.STATEMENT)
        elif self.at("UPDATE"):
            statement = self.update()
        elif self.at("DELETE"):
            statement = self.delete()
        elif self.at("INSERT"):
            self.fail(-474, "EXPLAIN is not supported for INSERT")
        elif self.at("CREATE", "DROP", "ALTER", "CALL", "TRUNCATE"):
            self.fail(-481, "EXPLAIN is not supported for this statement")
        else:
            self.fail(-51, f"An SQL statement expected, {self.found()} found")
        return exp.Describe(this=statement, style=" ".join(style) or None)

    # -- foreign data

    def through(self) -> exp.Expr:
        self.expect("THROUGH")
        self.accept("FOREIGN")
        self.expect("SERVER")
        return nodes.command("THROUGH", server=self.identifier(), text=self.rest_as_text())

    def create_foreign(self) -> exp.Expr:
        self.expect("FOREIGN")
        if self.accept("SERVER"):
            return self._foreign_server()
        self.expect("TABLE")
        exists = self._if_not_exists()
        table: exp.Expr = self.table_name()
        if self.at("("):
            table = exp.Schema(this=table, expressions=self._table_elements())
        self.expect("SERVER")
        server = self.identifier()
        if not self.at("FILE", "TABLE", "QUERY", "SCHEMA", "PROVIDER"):
            self.fail_expected("FILE, TABLE or QUERY")
        node = exp.Create(kind="FOREIGN TABLE", this=table, exists=exists, server=server)
        node.set("text", self.rest_as_text())
        return node

    def _foreign_server(self) -> exp.Expr:
        name = self.table_name()
        if self.accept("TYPE"):
            self.string()
        self.expect("FOREIGN", "DATA", "WRAPPER")
        wrapper = self.identifier()
        node = exp.Create(kind="FOREIGN SERVER", this=name, wrapper=wrapper)
        if wrapper.name.upper() == "CSV":
            self.expect("HOST")
        elif wrapper.name.upper() in ("JDBC", "ODBC"):
            self.expect("CONNECTION")
        else:
            self.fail(-235, f"invalid foreign data wrapper {wrapper.name[:40]}")
        node.set("location", self.string())
        if self.token.kind is not Kind.END:
            node.set("text", self.rest_as_text())
        return node

    # -- machine learning

    def create_model(self, *, replace: bool) -> exp.Expr:
        self.expect("MODEL")
        exists = self._if_not_exists()
        node = exp.Create(kind="MODEL", this=self.table_name(), exists=exists, replace=replace)
        if not self.at("PREDICTING", "TIME"):
            self.fail_expected("PREDICTING")
        node.set("text", self.rest_as_text())
        return node
