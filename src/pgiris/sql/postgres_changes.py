"""INSERT, UPDATE and DELETE of PostgreSQL's grammar, and the statement as a whole."""

from __future__ import annotations

from sqlglot import exp

from pgiris.sql.postgres_queries import Queries


class Statements(Queries):
    __slots__ = ()

    def statement(self) -> exp.Expr:
        """A query, INSERT, UPDATE or DELETE, with its WITH clause."""
        with_ = None
        if self.word == "WITH":
            with_ = self.with_clause()
        if self.word == "INSERT":
            node: exp.Expr = self.insert()
        elif self.word == "UPDATE":
            node = self.update()
        elif self.word == "DELETE":
            node = self.delete()
        elif self.word == "MERGE":
            raise self.unsupported("MERGE")
        else:
            return self.query_body(with_)
        if with_ is not None:
            node.set("with_", with_)
        return node

    def insert(self) -> exp.Insert:
        start = self.start()
        self.expect("INSERT", "INTO")
        target = self.table()
        if self.accept("AS"):
            target.set("alias", exp.TableAlias(this=self.name()))
        node = self.mark(exp.Insert(this=target), start)
        if self.accept("DEFAULT", "VALUES"):
            node.set("default", True)
        else:
            if self.word == "(" and not self.is_query():
                self.at += 1
                node.set("this", exp.Schema(this=target, expressions=self.columns()))
                self.expect(")")
            if self.accept("OVERRIDING"):
                what = self.accept_any("SYSTEM", "USER")
                if not what:
                    raise self.failure()
                self.expect("VALUE")
                node.set("overriding", what)
            node.set("expression", self.query())
        if self.word == "ON":
            node.set("conflict", self.conflict())
        self.returning(node)
        return node

    def columns(self) -> list[exp.Identifier]:
        """insert_column_list."""
        found = [self.column_name()]
        while self.accept(","):
            found.append(self.column_name())
        return found

    def column_name(self) -> exp.Identifier:
        name = self.name()
        if self.word in (".", "["):
            raise self.unsupported("assignment to a part of a column")
        return name

    def conflict(self) -> exp.OnConflict:
        start = self.start()
        self.expect("ON", "CONFLICT")
        node = self.mark(exp.OnConflict(), start)
        if self.accept("("):
            node.set("conflict_keys", self.conflict_keys())
            self.expect(")")
            if self.accept("WHERE"):
                node.set("index_predicate", self.expression())
        elif self.accept("ON", "CONSTRAINT"):
            node.set("constraint", self.name())
        self.expect("DO")
        if self.accept("NOTHING"):
            node.set("action", exp.Var(this="DO NOTHING"))
            return node
        self.expect("UPDATE", "SET")
        node.set("action", exp.Var(this="DO UPDATE"))
        node.set("expressions", self.assignments())
        if self.accept("WHERE"):
            node.set("where", exp.Where(this=self.expression()))
        return node

    def conflict_keys(self) -> list[exp.Expr]:
        """Columns of a unique index; expressions and operator classes name indexes that IRIS does not have."""
        keys: list[exp.Expr] = []
        while True:
            if self.word == "(":
                raise self.unsupported("an expression in ON CONFLICT")
            start = self.start()
            keys.append(self.column([self.name()], start))
            if self.word not in (",", ")"):
                raise self.unsupported("a collation or operator class in ON CONFLICT")
            if not self.accept(","):
                return keys

    def assignments(self) -> list[exp.Expr]:
        """set_clause_list: ``EQ(Column, value)`` or ``EQ(Tuple of columns, Tuple or Subquery)``."""
        found: list[exp.Expr] = []
        while True:
            start = self.start()
            if self.accept("("):
                names = self.columns()
                self.expect(")")
                left: exp.Expr = exp.Tuple(expressions=[self.column([n], int(n.meta["start"])) for n in names])
            else:
                left = self.column([self.column_name()], start)
            self.expect("=")
            right = self.value_or_default() if not isinstance(left, exp.Tuple) else self.row_value()
            found.append(self.mark(exp.EQ(this=left, expression=right), start))
            if not self.accept(","):
                return found

    def row_value(self) -> exp.Expr:
        start = self.start()
        if self.word == "ROW":
            self.at += 1
        elif self.is_query(1) and self.word == "(":
            self.at += 1
            query = self.mark(exp.Subquery(this=self.query()), start)
            self.expect(")")
            return query
        if self.word != "(":
            raise self.failure()
        return self.row()

    def update(self) -> exp.Update:
        start = self.start()
        self.expect("UPDATE")
        target = self.relation_name()
        self.target_alias(target)
        self.expect("SET")
        node = self.mark(exp.Update(this=target, expressions=self.assignments()), start)
        if self.accept("FROM"):
            self.from_clause(node)
        self.where(node)
        self.returning(node)
        return node

    def delete(self) -> exp.Delete:
        start = self.start()
        self.expect("DELETE", "FROM")
        target = self.relation_name()
        self.target_alias(target)
        node = self.mark(exp.Delete(this=target), start)
        if self.accept("USING"):
            self.from_clause(node)
        self.where(node)
        self.returning(node)
        return node

    def target_alias(self, target: exp.Table) -> None:
        if self.accept("AS") or (self.is_name() and self.word != "SET"):
            target.set("alias", exp.TableAlias(this=self.name()))

    def where(self, node: exp.Expr) -> None:
        if not self.accept("WHERE"):
            return
        if self.accept("CURRENT", "OF"):
            raise self.unsupported("WHERE CURRENT OF")
        node.set("where", exp.Where(this=self.expression()))

    def returning(self, node: exp.Expr) -> None:
        if self.accept("RETURNING"):
            node.set("returning", exp.Returning(expressions=self.targets()))
