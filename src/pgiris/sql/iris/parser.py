"""One statement of IRIS SQL, from its first word to its end."""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from pgiris.errors import IrisError
from pgiris.sql.iris import nodes
from pgiris.sql.iris.cursor import KnowsFunction
from pgiris.sql.iris.lexer import Kind
from pgiris.sql.iris.queries import Place
from pgiris.sql.iris.routines import ROUTINES
from pgiris.sql.iris.services import Services

_STATEMENTS: Final[dict[str, str]] = {
    "SELECT": "select",
    "WITH": "select",
    "(": "select",
    "INSERT": "insert",
    "UPDATE": "update",
    "DELETE": "delete",
    "TRUNCATE": "truncate",
    "CREATE": "create",
    "ALTER": "alter",
    "DROP": "drop",
    "CALL": "call",
    "{": "call",
    "?": "call",
    "START": "start_transaction",
    "COMMIT": "commit",
    "ROLLBACK": "rollback",
    "SAVEPOINT": "savepoint",
    "%INTRANS": "in_transaction",
    "%INTRANSACTION": "in_transaction",
    "%BEGTRANS": "begin_transaction",
    "SET": "set_statement",
    "LOCK": "lock_table",
    "UNLOCK": "lock_table",
    "GRANT": "grant",
    "REVOKE": "revoke",
    "%CHECKPRIV": "check_privilege",
    "USE": "use_database",
    "TUNE": "tune_table",
    "COLLECT": "collect_statistics",
    "BUILD": "build_index",
    "CANCEL": "cancel_query",
    "EXPLAIN": "explain",
    "FREEZE": "kept",
    "UNFREEZE": "kept",
    "PURGE": "kept",
    "TRAIN": "kept",
    "VALIDATE": "kept",
    "LOAD": "load",
    "THROUGH": "through",
}
"""First word, and the method that reads the statement; another word is -51."""

_BODY_STATEMENTS: Final = frozenset({"SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "CALL"})


class Parser(Services):
    """Parses one statement."""

    def parse(self) -> exp.Expr:
        """The statement; what follows it is -25."""
        node = self.statement()
        if self.token.kind is not Kind.END:
            self.fail(-25, f"Input ({self.token.text[:40]}) encountered after end of query")
        return node

    def statement(self) -> exp.Expr:
        method = _STATEMENTS.get(self.token.word)
        if method is None:
            self.fail(-51, f"An SQL statement expected, {self.found()} found")
        node: exp.Expr = getattr(self, method)()
        return node

    def body_statement(self) -> exp.Expr:
        if self.token.word in _BODY_STATEMENTS:
            return self.statement()
        if self.accept("SET"):
            target = self.host_variable()
            self.expect("=")
            return nodes.command("SET", target=target, value=self.scalar())
        if self.accept("RETURN"):
            return exp.Return(this=self.scalar())
        self.fail(-51, f"An SQL statement expected, {self.found()} found")

    # -- parts by themselves

    def where_part(self) -> exp.Expr:
        """``[WHERE] condition``."""
        self.accept("WHERE")
        return exp.Where(this=self.condition())

    def from_part(self) -> exp.Expr:
        """``[FROM] table``."""
        self.accept("FROM")
        return exp.From(this=self._table())

    # -- statements of several kinds

    def select(self) -> exp.Expr:
        query: exp.Expr = self.select_statement(Place.STATEMENT)
        while isinstance(query, exp.Subquery):
            with_, query = query.args.get("with_"), query.this
            if with_ is not None:
                if query.args.get("with_") is not None:
                    self.fail(-1, "WITH is given twice")
                query.set("with_", with_)
        return query

    def set_statement(self) -> exp.Expr:
        return self.set_transaction() if self.peek().word == "TRANSACTION" else self.set_option()

    def in_transaction(self) -> exp.Expr:
        self.advance()
        return nodes.command("%INTRANSACTION")

    def begin_transaction(self) -> exp.Expr:
        self.advance()
        return nodes.command("%BEGTRANS")

    def create(self) -> exp.Expr:
        self.expect("CREATE")
        if self.accept("GLOBAL"):
            self.expect("TEMPORARY", "TABLE")
            return self.create_table(temporary=True)
        if self.accept("TABLE"):
            return self.create_table(temporary=False)
        if self.at_index():
            return self.create_index()
        if self.accept("SCHEMA"):
            return self.create_schema()
        if self.accept("DATABASE"):
            return self.create_database()
        if self.accept("USER"):
            return self.create_user()
        if self.accept("ROLE"):
            return self.create_role()
        if self.at("FOREIGN"):
            return self.create_foreign()
        return self._create_replaceable()

    def _create_replaceable(self) -> exp.Expr:
        replace = self.accept("OR", "REPLACE")
        if self.accept("VIEW"):
            return self.create_view(replace=replace)
        if self.accept("TRIGGER"):
            return self.create_trigger(replace=replace)
        if self.at("MODEL"):
            return self.create_model(replace=replace)
        if self.accept("ML", "CONFIGURATION"):
            return nodes.command("CREATE ML CONFIGURATION", text=self.rest_as_text())
        kind = self.accept_any(ROUTINES)
        if kind is None:
            self.fail_expected("TABLE, VIEW, INDEX or another kind of object")
        return self.create_routine(kind, replace=replace)

    def alter(self) -> exp.Expr:
        self.expect("ALTER")
        if self.accept("TABLE"):
            return self.alter_table()
        if self.accept("VIEW"):
            return self.alter_view()
        if self.accept("USER"):
            return self.alter_user()
        for words in (("SCHEMA",), ("MODEL",), ("ML", "CONFIGURATION"), ("FOREIGN", "SERVER"), ("FOREIGN", "TABLE")):
            if self.accept(*words):
                return nodes.command("ALTER " + " ".join(words), text=self.rest_as_text())
        self.fail_expected("TABLE, VIEW or USER")


def parse(sql: str, knows_function: KnowsFunction | None = None) -> exp.Expr:
    """Parse exactly one statement of IRIS SQL.

    `knows_function` tells whether somebody created a function (schema as written or None, name as written). Without
    it a qualified function is taken on trust, and an unqualified one that is not built in is refused (-359).

    Errors: ``IrisError`` with the SQLCODE that IRIS documents (RERR_sql); -25 for whatever follows the statement, a
    semicolon included; -400 for statements too long or too deeply nested.
    """
    try:
        return Parser(sql, knows_function).parse()
    except RecursionError:
        raise IrisError(-400, "statement is nested too deeply") from None
