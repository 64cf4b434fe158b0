"""The FROM clause: tables, joins, subqueries, table functions and hints (document keys RSQL_from, RSQL_join)."""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from pgiris.sql.iris import checks, nodes
from pgiris.sql.iris.calls import Calls
from pgiris.sql.iris.words import FROM_HINTS, FROM_HINTS_NAMED

MAX_TABLES: Final = 200
"""Tables of one FROM clause. IRIS fails with -400 from about two dozen joins on in some builds."""
MAX_SET_OPERATIONS: Final = 200
_JOIN_STARTS: Final = ("JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL")


class Tables(Calls):
    """What may follow FROM."""

    _set_operation_count = 0
    _joins_seen = 0

    def count_set_operation(self) -> None:
        """Bound the legs of a statement: the tree is as deep as they are many."""
        self._set_operation_count += 1
        if self._set_operation_count > MAX_SET_OPERATIONS:
            self.fail(-400, f"more than {MAX_SET_OPERATIONS} set operations in one statement")

    def from_clause(self, owner: exp.Expr) -> None:
        """``FROM …`` into `owner`'s ``from_`` and ``joins``."""
        self.expect("FROM")
        hints = self._hints()
        joins: list[exp.Expr] = []
        source = exp.From(this=self._listed(joins))
        if hints:
            source.set("hints", hints)
        owner.set("from_", source)
        while True:
            if self.at(*_JOIN_STARTS):
                joins.append(self._join(first=not joins and isinstance(source.this, exp.Table)))
            elif self.accept(","):
                inner: list[exp.Expr] = []
                joins.append(exp.Join(this=self._listed(inner)))
                joins += inner
            else:
                break
            if len(joins) >= MAX_TABLES:
                self.fail(-400, f"more than {MAX_TABLES} tables in one FROM clause")
        if joins:
            owner.set("joins", joins)
        checks.from_clause(owner)

    def _hints(self) -> list[exp.Expr]:
        hints: list[exp.Expr] = []
        while True:
            if (word := self.accept_any(FROM_HINTS)) is not None:
                hints.append(exp.Var(this=word))
            elif (word := self.accept_any(FROM_HINTS_NAMED)) is not None:
                hints.append(nodes.function(word, *self._hinted_names(word)))
            else:
                return hints

    def _hinted_names(self, word: str) -> list[exp.Expr]:
        names = [self._dotted()]
        while word.startswith("%IGNORE") and self.accept(","):
            names.append(self._dotted())
        return names

    def _dotted(self) -> exp.Expr:
        parts = [self.identifier()]
        while len(parts) < 3 and self.accept("."):
            parts.append(self.identifier())
        return exp.Column(**dict(zip(("this", "table", "db"), reversed(parts))))

    # -- joins

    def _join(self, *, first: bool) -> exp.Expr:
        self._joins_seen += 1
        if self.accept("CROSS"):
            self.expect("JOIN")
            return exp.Join(this=self._table(), kind="CROSS")
        natural = self.accept("NATURAL")
        side = self.accept_any(frozenset({"LEFT", "RIGHT", "FULL"}))
        if side:
            self.accept("OUTER")
        else:
            self.accept("INNER")
        self.expect("JOIN")
        join = exp.Join(this=self._table(), side=side, kind=None if side else "INNER")
        if natural:
            self._check_merging(join, "NATURAL", first=first)
            join.set("method", "NATURAL")
        elif self.accept("USING"):
            if self.peek(2).word == ".":
                self.fail(-77, "a column in USING is not qualified")
            join.set("using", self.identifiers())
            self._check_merging(join, "USING", first=first)
        else:
            self.expect("ON")
            join.set("on", self.condition())
        return join

    def _check_merging(self, join: exp.Join, word: str, *, first: bool) -> None:
        """NATURAL and USING join base tables, as the first join of the statement, and not FULL."""
        if join.side == "FULL" or not first or self._joins_seen > 1:
            self.fail(-1, f"{word} is allowed in the first join of a statement only, and not in a full outer join")
        if not isinstance(join.this, exp.Table):
            self.fail(-1, f"{word} joins base tables only")

    # -- tables

    def table_name_with_alias(self) -> exp.Table:
        table = self.table_name()
        self._set_alias(table)
        return table

    def _set_alias(self, node: exp.Expr) -> None:
        alias = self.alias()
        if alias is not None:
            node.set("alias", exp.TableAlias(this=alias))

    def _table(self) -> exp.Expr:
        node: exp.Expr
        if self.at("("):
            node = self.subquery()
        elif self.at_words("LATERAL", "("):
            self.advance()
            node = exp.Lateral(this=self.subquery())
        elif self.at_words("JSON_TABLE", "("):
            node = exp.Table(this=self._json_table())
        else:
            lateral = self.at("LATERAL") and self.peek().word not in ("", ",", ")") and self.peek(2).word in ("(", ".")
            if lateral:
                self.advance()
            node = self._named_table()
            if lateral:
                if not isinstance(node.this, exp.Anonymous):
                    self.fail_expected("(")
                node = exp.Lateral(this=node.this)
        self._set_alias(node)
        return node

    def _named_table(self) -> exp.Table:
        table = self.table_name()
        if not self.at("("):
            return table
        self.enter()
        self.expect("(")
        arguments = [] if self.at(")") else self.scalars()
        self.expect(")")
        self.leave()
        return exp.Table(this=nodes.user_function(table.this, table.args.get("db"), arguments))

    def _listed(self, joins: list[exp.Expr]) -> exp.Expr:
        """An item of the list: a table, or ``{oj t LEFT OUTER JOIN u ON …}``, whose joins become the list's own."""
        if not self.at("{"):
            return self._table()
        self.advance()
        if not self.accept("OJ"):
            self.fail(-40, f"unsupported ODBC escape extension, {self.found()} found")
        table = self._table()
        while self.at(*_JOIN_STARTS):
            joins.append(self._join(first=not joins))
        self.expect("}")
        return table

    def _json_table(self) -> exp.JSONTable:
        self.advance()
        self.enter()
        self.expect("(")
        if self.at("?"):
            self.fail(-1, "a parameter cannot be the source of JSON_TABLE")
        source = self.scalar()
        self.expect(",")
        path = self.string()
        self.expect("COLUMNS", "(")
        columns = [self._json_column()]
        while self.accept(","):
            columns.append(self._json_column())
        self.expect(")", ")")
        self.leave()
        return exp.JSONTable(this=source, path=path, schema=exp.JSONSchema(expressions=columns))

    def _json_column(self) -> exp.Expr:
        name = self.identifier()
        kind = self.column_type()
        self.expect("PATH")
        return exp.JSONColumnDef(this=name, kind=kind, path=self.string())
