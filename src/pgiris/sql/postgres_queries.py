"""PostgreSQL's queries and data changes: SelectStmt, InsertStmt, UpdateStmt, DeleteStmt of its grammar."""

from __future__ import annotations

from typing import Final

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from pgiris.errors import SyntaxFailure
from pgiris.sql.postgres_expressions import Expressions
from pgiris.sql.postgres_grammar import START
from pgiris.sql.postgres_keywords import NEEDS_AS
from pgiris.sql.postgres_relations import Relations

_SET_OPERATIONS: Final[dict[str, type[exp.SetOperation]]] = {
    "UNION": exp.Union,
    "EXCEPT": exp.Except,
    "INTERSECT": exp.Intersect,
}
_QUERY_WORDS: Final = frozenset({"SELECT", "WITH", "TABLE"})
_AFTER_QUERY: Final = frozenset(
    {"", ")", "UNION", "EXCEPT", "INTERSECT", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR", "RETURNING", "ON"}
)
_NULLS: Final = {"FIRST": True, "LAST": False}


class Queries(Expressions, Relations):
    __slots__ = ()

    def is_query(self, ahead: int = 0) -> bool:
        """Whether a select_with_parens' inside begins here; parentheses are looked into."""
        at = self.at + ahead
        word = self.words[at]
        if word in _QUERY_WORDS:
            return True
        if word == "VALUES":
            return self.words[at + 1] == "("
        if word != "(":
            return False
        inner = at
        while self.words[inner] == "(":
            inner += 1
        if self.words[inner] not in _QUERY_WORDS and self.words[inner] != "VALUES":
            return False
        return self._only_queries(at, inner)

    def _only_queries(self, at: int, inner: int) -> bool:
        """The parentheses from `at` to `inner` hold nothing but queries when set operations, ORDER BY and so on
        are all that follows the inner ones."""
        depth = inner - at
        index = inner
        end = len(self.tokens)
        lowest = depth
        while index < end and lowest > 0:
            word = self.words[index]
            if word in ("(", "["):
                depth += 1
            elif word in (")", "]"):
                depth -= 1
                if depth < lowest:
                    lowest = depth
                    following = self.words[index + 1]
                    if following not in _AFTER_QUERY:
                        return False
            index += 1
        return True

    # -- SELECT

    def query(self) -> exp.Expr:
        """SelectStmt: WITH, set operations, ORDER BY, LIMIT, FOR."""
        self.enter()
        with_ = self.with_clause() if self.word == "WITH" else None
        node = self.query_body(with_)
        self.leave()
        return node

    def query_body(self, with_: exp.With | None) -> exp.Expr:
        node = self.set_operation()
        self.tail(node)
        if with_ is not None:
            if node.args.get("with_"):
                raise SyntaxFailure("multiple WITH clauses not allowed", position=int(with_.meta[START]) + 1)
            node.set("with_", with_)
        return node

    def set_operation(self) -> exp.Expr:
        left = self.intersection()
        while self.word in ("UNION", "EXCEPT"):
            left = self._combine(left)
        return left

    def intersection(self) -> exp.Expr:
        left = self.simple_query()
        while self.word == "INTERSECT":
            left = self._combine(left)
        return left

    def _combine(self, left: exp.Expr) -> exp.Expr:
        start = self.start()
        kind = _SET_OPERATIONS[self.word]
        self.at += 1
        distinct = self.accept_any("ALL", "DISTINCT") != "ALL"
        right = self.intersection() if kind is not exp.Intersect else self.simple_query()
        return self.mark(kind(this=left, expression=right, distinct=distinct), start)

    def simple_query(self) -> exp.Expr:
        word = self.word
        start = self.start()
        if word == "SELECT":
            return self.select(start)
        if word == "VALUES":
            return self.values(start)
        if word == "TABLE":
            self.at += 1
            source = self.relation_name()
            return self.mark(exp.Select(expressions=[self.mark(exp.Star(), start)], from_=exp.From(this=source)), start)
        if word == "(":
            self.at += 1
            node = self.query()
            self.expect(")")
            return node
        raise self.failure()

    def select(self, start: int) -> exp.Select:
        self.at += 1
        node = self.mark(exp.Select(), start)
        if self.accept("DISTINCT"):
            distinct = exp.Distinct()
            if self.accept("ON"):
                self.expect("(")
                distinct.set("on", exp.Tuple(expressions=self.expressions()))
                self.expect(")")
            node.set("distinct", distinct)
        else:
            self.accept("ALL")
        empty = not node.args.get("distinct") and self._select_list_ends()
        node.set("expressions", [] if empty else self.targets())
        if self.word == "INTO":
            raise self.unsupported("SELECT INTO")
        if self.accept("FROM"):
            self.from_clause(node)
        if self.accept("WHERE"):
            node.set("where", exp.Where(this=self.expression()))
        if self.accept("GROUP", "BY"):
            node.set("group", self.group())
        if self.accept("HAVING"):
            node.set("having", exp.Having(this=self.expression()))
        if self.accept("WINDOW"):
            node.set("windows", self.windows())
        return node

    def _select_list_ends(self) -> bool:
        return self.done() or self.word in (
            "FROM",
            "WHERE",
            "GROUP",
            "HAVING",
            "ORDER",
            "LIMIT",
            "OFFSET",
            "UNION",
            "EXCEPT",
            "INTERSECT",
            ")",
            "INTO",
            "WINDOW",
            "FETCH",
            "FOR",
        )

    def targets(self) -> list[exp.Expr]:
        """target_list: expressions with or without labels, and stars."""
        found = [self.target()]
        while self.accept(","):
            found.append(self.target())
        return found

    def target(self) -> exp.Expr:
        start = self.start()
        if self.word == "*" and self.kind() is TokenType.UNKNOWN:
            self.at += 1
            return self.mark(exp.Star(), start)
        node = self.expression()
        if self.accept("AS"):
            return self.mark(exp.Alias(this=node, alias=self.label()), start)
        if self.kind() is TokenType.IDENTIFIER or (self.kind() is TokenType.VAR and self.word not in NEEDS_AS):
            return self.mark(exp.Alias(this=node, alias=self.label()), start)
        return node

    def group(self) -> exp.Group:
        self.accept_any("ALL", "DISTINCT")
        if self.word in ("ROLLUP", "CUBE") and self.words[self.at + 1] == "(":
            raise self.unsupported(self.word)
        if self.word == "GROUPING" and self.words[self.at + 1] == "SETS":
            raise self.unsupported("GROUPING SETS")
        items: list[exp.Expr] = []
        while True:
            if self.word in ("ROLLUP", "CUBE") and self.words[self.at + 1] == "(":
                raise self.unsupported(self.word)
            if self.word == "(" and self.words[self.at + 1] == ")":
                raise self.unsupported("the empty grouping set")
            items.append(self.expression())
            if not self.accept(","):
                break
        return exp.Group(expressions=items)

    def windows(self) -> list[exp.Expr]:
        found: list[exp.Expr] = []
        while True:
            name = self.name()
            self.expect("AS")
            window = self.window_definition()
            window.set("this", name)
            found.append(window)
            if not self.accept(","):
                return found

    def values(self, start: int) -> exp.Values:
        self.at += 1
        rows = [self.row()]
        while self.accept(","):
            rows.append(self.row())
        return self.mark(exp.Values(expressions=rows), start)

    def row(self) -> exp.Tuple:
        start = self.start()
        self.expect("(")
        items: list[exp.Expr] = []
        while True:
            items.append(self.value_or_default())
            if not self.accept(","):
                break
        self.expect(")")
        return self.mark(exp.Tuple(expressions=items), start)

    def value_or_default(self) -> exp.Expr:
        if self.word == "DEFAULT":
            start = self.start()
            self.at += 1
            return self.mark(exp.Var(this="DEFAULT"), start)
        return self.expression()

    # -- what follows a query

    def tail(self, node: exp.Expr) -> None:
        """ORDER BY, LIMIT, OFFSET, FETCH and FOR, in the orders that PostgreSQL allows."""
        if self.word == "ORDER":
            self._once(node, "order")
            node.set("order", self.order())
        while True:
            if self.word == "FOR":
                self.locking(node)
            elif self.word == "LIMIT":
                self._once(node, "limit")
                self.limit(node)
            elif self.word == "OFFSET":
                self._once(node, "offset")
                self.offset(node)
            elif self.word == "FETCH":
                self._once(node, "limit")
                self.fetch(node)
            else:
                return

    def _once(self, node: exp.Expr, clause: str) -> None:
        if node.args.get(clause):
            name = {"order": "ORDER BY", "limit": "LIMIT", "offset": "OFFSET"}[clause]
            raise SyntaxFailure(f"multiple {name} clauses not allowed", position=self.start() + 1)

    def order(self) -> exp.Order:
        """sort_clause; `nulls_first` is always set, to PostgreSQL's default where nothing is said."""
        start = self.start()
        self.expect("ORDER", "BY")
        items: list[exp.Expr] = []
        while True:
            at = self.start()
            item = self.expression()
            if self.word == "USING":
                raise self.unsupported("ORDER BY … USING")
            desc = self.accept_any("ASC", "DESC") == "DESC"
            nulls_first = desc
            if self.accept("NULLS"):
                where = self.accept_any("FIRST", "LAST")
                if not where:
                    raise self.failure()
                nulls_first = _NULLS[where]
            items.append(self.mark(exp.Ordered(this=item, desc=desc, nulls_first=nulls_first), at))
            if not self.accept(","):
                break
        return self.mark(exp.Order(expressions=items), start)

    def limit(self, node: exp.Expr) -> None:
        start = self.start()
        self.at += 1
        if self.accept("ALL"):
            return
        node.set("limit", self.mark(exp.Limit(expression=self.expression()), start))
        if self.word == ",":
            raise SyntaxFailure(
                "LIMIT #,# syntax is not supported",
                position=start + 1,
                hint="Use separate LIMIT and OFFSET clauses.",
            )

    def offset(self, node: exp.Expr) -> None:
        start = self.start()
        self.at += 1
        node.set("offset", self.mark(exp.Offset(expression=self.expression()), start))
        self.accept_any("ROW", "ROWS")

    def fetch(self, node: exp.Expr) -> None:
        start = self.start()
        self.at += 1
        if not self.accept_any("FIRST", "NEXT"):
            raise self.failure()
        count: exp.Expr = exp.Literal(this="1", is_string=False)
        if self.word not in ("ROW", "ROWS"):
            count = self.expression(12)
        if not self.accept_any("ROW", "ROWS"):
            raise self.failure()
        if self.accept("WITH"):
            raise self.unsupported("FETCH … WITH TIES", start)
        self.expect("ONLY")
        node.set("limit", self.mark(exp.Limit(expression=count), start))

    def locking(self, node: exp.Expr) -> None:
        start = self.start()
        self.at += 1
        if self.accept("READ"):
            self.expect("ONLY")
            return
        strength = " ".join(self._lock_strength())
        lock = exp.Lock(update="UPDATE" in strength)
        lock.set("strength", strength)
        if self.accept("OF"):
            lock.set("expressions", [self.relation_name()])
            while self.accept(","):
                lock.append("expressions", self.relation_name())
        if self.accept("NOWAIT"):
            lock.set("wait", True)
        elif self.accept("SKIP", "LOCKED"):
            lock.set("wait", False)
        node.append("locks", self.mark(lock, start))

    def _lock_strength(self) -> list[str]:
        for words in (["NO", "KEY", "UPDATE"], ["KEY", "SHARE"], ["UPDATE"], ["SHARE"]):
            if self.accept(*words):
                return words
        raise self.failure()

    # -- WITH

    def with_clause(self) -> exp.With:
        start = self.start()
        self.at += 1
        recursive = self.accept("RECURSIVE")
        node = self.mark(exp.With(recursive=recursive), start)
        items: list[exp.Expr] = []
        while True:
            items.append(self.cte())
            if not self.accept(","):
                break
        node.set("expressions", items)
        return node

    def cte(self) -> exp.CTE:
        start = self.start()
        alias = exp.TableAlias(this=self.name())
        if self.accept("("):
            alias.set("columns", self.names())
            self.expect(")")
        self.expect("AS")
        materialized = None
        if self.word == "NOT":
            self.expect("NOT", "MATERIALIZED")
            materialized = False
        elif self.accept("MATERIALIZED"):
            materialized = True
        self.expect("(")
        query = self.statement()
        self.expect(")")
        if self.word in ("SEARCH", "CYCLE"):
            raise self.unsupported(f"{self.word} in WITH")
        return self.mark(exp.CTE(this=query, alias=alias, materialized=materialized), start)

    def statement(self) -> exp.Expr:
        """PreparableStmt."""
        raise AssertionError
