"""Changes of rows (document keys RSQL_insert, RSQL_insertorupdate, RSQL_update, RSQL_delete, RSQL_truncate)."""

from __future__ import annotations

from sqlglot import exp

from pgiris.sql.iris import checks
from pgiris.sql.iris.queries import Place, Queries
from pgiris.sql.iris.words import CHANGE_MODIFIERS


class Changes(Queries):
    """Statements that change rows."""

    def _change_modifiers(self, node: exp.Expr) -> None:
        modifiers: list[str] = []
        while (word := self.accept_any(CHANGE_MODIFIERS)) is not None:
            modifiers.append(word)
        if modifiers:
            node.set("hints", modifiers)

    def _target(self) -> exp.Expr:
        """A table, a view, or an updatable subquery."""
        return self.subquery() if self.at("(") else self.table_name()

    # -- INSERT

    def inserting(self, table: exp.Table) -> None:
        """The table of an INSERT has been read. IRIS looks it up before it reads on, so that ``INSERT IGNORE INTO t``
        fails for a table IGNORE (-30); a parser that knows the tables overrides this."""

    def insert(self) -> exp.Expr:
        self.expect("INSERT")
        node = exp.Insert()
        if self.accept("OR"):
            self.expect("UPDATE")
            node.set("alternative", "UPDATE")
        self._change_modifiers(node)
        self.accept("INTO")
        target = self._target()
        if isinstance(target, exp.Table):
            self.inserting(target)
        if self.accept("SET"):
            self._insert_set(node, target)
            return node
        if self.accept("DEFAULT", "VALUES"):
            node.set("this", target)
            node.set("default", True)
            return node
        columns: list[exp.Expr] = []
        if self.at("(") and not self._query_ahead():
            columns = self.identifiers()
            self._check_unique(columns)
            target = exp.Schema(this=target, expressions=columns)
        node.set("this", target)
        if self.accept("VALUES"):
            node.set("expression", self._row(len(columns)))
        else:
            node.set("expression", self._source(len(columns)))
        return node

    def _query_ahead(self) -> bool:
        distance = 0
        while self.peek(distance).word == "(":
            distance += 1
        return self.peek(distance).word in ("SELECT", "WITH")

    def _row(self, columns: int) -> exp.Expr:
        self.expect("(")
        values = [self._new_value()]
        while self.accept(","):
            values.append(self._new_value())
        self.expect(")")
        if columns and len(values) < columns:
            self.fail(-62, "the INSERT value list does not match the column list")
        if columns and len(values) > columns:
            self.fail(-116, "more values than columns")
        return exp.Values(expressions=[exp.Tuple(expressions=values)])

    def _new_value(self) -> exp.Expr:
        value = self.scalar()
        if value.find(exp.Subquery, exp.Exists, exp.Query) is not None:
            self.fail(-144, "a subquery is not allowed as a value to be inserted")
        return value

    def _source(self, columns: int) -> exp.Query:
        if not self.at("SELECT", "WITH", "("):
            self.fail_expected("VALUES, SET, DEFAULT or SELECT")
        query = self.select_statement(Place.STATEMENT)
        found = checks.width(query)
        if columns and found is not None and found != columns:
            self.fail(-64, "the SELECT list does not match the column list of INSERT")
        return query

    def _insert_set(self, node: exp.Insert, target: exp.Expr) -> None:
        columns: list[exp.Expr] = []
        values: list[exp.Expr] = []
        while True:
            columns.append(self.identifier())
            self.expect("=")
            values.append(self._new_value())
            if not self.accept(","):
                break
        self._check_unique(columns)
        node.set("this", exp.Schema(this=target, expressions=columns))
        node.set("expression", exp.Values(expressions=[exp.Tuple(expressions=values)]))

    def _check_unique(self, columns: list[exp.Expr]) -> None:
        if len({column.name.upper() for column in columns}) < len(columns):
            self.fail(-377, "a column is given a value more than once")

    # -- UPDATE

    def update(self) -> exp.Expr:
        self.expect("UPDATE")
        node = exp.Update()
        self._change_modifiers(node)
        target = self._target()
        if not self.at("SET", "("):
            alias = self.alias()
            if alias is not None:
                target.set("alias", exp.TableAlias(this=alias))
        node.set("this", target)
        assignments = self._assignments() if self.accept("SET") else self._assigned_row()
        self._check_unique([assignment.this for assignment in assignments])
        node.set("expressions", assignments)
        self._from_and_where(node)
        return node

    def _assignments(self) -> list[exp.Expr]:
        assignments: list[exp.Expr] = []
        while True:
            column = self.identifier()
            if self.at("."):
                self.fail(-1, "a column to be set is not qualified")
            if self.at("->"):
                self.fail(-21, "a field of another table cannot be set")
            self.expect("=")
            value = self.scalar()
            checks.scalar_subqueries(value)
            assignments.append(exp.EQ(this=exp.Column(this=column), expression=value))
            if not self.accept(","):
                return assignments

    def _assigned_row(self) -> list[exp.Expr]:
        columns = self.identifiers()
        self.expect("VALUES", "(")
        values = self.scalars()
        self.expect(")")
        if len(values) < len(columns):
            self.fail(-62, "fewer values than columns")
        if len(values) > len(columns):
            self.fail(-116, "more values than columns")
        return [exp.EQ(this=exp.Column(this=column), expression=value) for column, value in zip(columns, values)]

    def _from_and_where(self, node: exp.Expr) -> None:
        if self.at("FROM"):
            self.from_clause(node)
        if self.accept("WHERE"):
            if self.at_words("CURRENT", "OF"):
                self.fail(-52, "WHERE CURRENT OF is for embedded SQL")
            node.set("where", exp.Where(this=self.condition()))
        checks.change(node)

    # -- DELETE, TRUNCATE

    def delete(self) -> exp.Expr:
        self.expect("DELETE")
        node = exp.Delete()
        self._change_modifiers(node)
        self.accept("FROM")
        target = self._target()
        alias = self.alias()
        if alias is not None:
            target.set("alias", exp.TableAlias(this=alias))
        node.set("this", target)
        self._from_and_where(node)
        return node

    def truncate(self) -> exp.Expr:
        self.expect("TRUNCATE", "TABLE")
        node = exp.TruncateTable()
        self._change_modifiers(node)
        node.set("expressions", [self.table_name()])
        return node
