"""FROM clauses of PostgreSQL's grammar: table_ref and joined_table.

A comma is a ``Join`` without side, kind, method, `on` and `using`, and binds less than the joins with keywords. A
join in parentheses is ``exp.Paren(this=first item, joins=[…])``, with `alias` when it has one. Functions are
``exp.Table`` whose `this` is ``exp.Anonymous``; ``LATERAL`` items are ``exp.Lateral``.
"""

from __future__ import annotations

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from pgiris.errors import SyntaxFailure
from pgiris.sql.postgres_functions import Functions

_JOIN_WORDS = frozenset({"JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL"})


class Relations(Functions):
    __slots__ = ()

    def from_clause(self, node: exp.Expr, key: str = "from_") -> None:
        """from_list: the first item becomes From, the others Joins of `node`."""
        start = self.start()
        first, joins = self.joined()
        while self.accept(","):
            at = self.start()
            item, more = self.joined()
            joins.append(self.mark(exp.Join(this=item), at))
            joins += more
        node.set(key, self.mark(exp.From(this=first), start))
        if joins:
            node.set("joins", joins)

    def joined(self) -> tuple[exp.Expr, list[exp.Expr]]:
        """A table_ref with the joins that follow it."""
        self.enter()
        first = self.source()
        joins: list[exp.Expr] = []
        while self.word in _JOIN_WORDS and self.kind() is TokenType.VAR:
            joins.append(self.join())
        self.leave()
        return first, joins

    def join(self) -> exp.Join:
        start = self.start()
        natural = self.accept("NATURAL")
        side = kind = ""
        if self.accept("CROSS"):
            if natural:
                raise self.failure()
            kind = "CROSS"
        else:
            side = self.accept_any("LEFT", "RIGHT", "FULL")
            if side:
                self.accept("OUTER")
            elif self.accept("INNER"):
                kind = "INNER"
        self.expect("JOIN")
        item = self.source()
        node = exp.Join(this=item, side=side or None, kind=kind or None, method="NATURAL" if natural else None)
        if natural or kind == "CROSS":
            return self.mark(node, start)
        if self.word in _JOIN_WORDS:
            inner: list[exp.Expr] = []
            while self.word in _JOIN_WORDS:
                inner.append(self.join())
            node.set("this", exp.Paren(this=item, joins=inner))
        self.qualification(node)
        return self.mark(node, start)

    def qualification(self, node: exp.Join) -> None:
        if self.accept("ON"):
            node.set("on", self.expression())
        elif self.accept("USING"):
            self.expect("(")
            node.set("using", self.names())
            self.expect(")")
            if self.word == "AS":
                raise self.unsupported("an alias of JOIN … USING")
        else:
            raise self.failure()

    def source(self) -> exp.Expr:
        """A table, function, subquery or parenthesised join, with its alias."""
        start = self.start()
        if self.accept("LATERAL"):
            return self.lateral(start)
        if self.word == "(":
            return self.parenthesised(start)
        if self.word == "ROWS" and self.words[self.at + 1] == "FROM":
            raise self.unsupported("ROWS FROM")
        if self.kind() is TokenType.IDENTIFIER or self.kind() is TokenType.VAR:
            return self.relation(start)
        raise self.failure()

    def relation(self, start: int) -> exp.Expr:
        if self._is_function():
            call = self.expression(13)
            if self.accept("WITH"):
                raise self.unsupported("WITH ORDINALITY")
            node = self.mark(exp.Table(this=call), start)
            self.alias(node, typed=True)
            return node
        node = self.relation_name()
        self.alias(node)
        if self.word == "TABLESAMPLE":
            raise self.unsupported("TABLESAMPLE")
        return node

    def _is_function(self) -> bool:
        """Whether a possibly qualified name is followed by a parenthesis, or is a function without one."""
        if self.word.startswith("CURRENT_") or self.word == "SESSION_USER":
            return True
        at = self.at
        while self.words[at + 1] == ".":
            at += 2
        return self.words[at + 1] == "("

    def relation_name(self) -> exp.Table:
        """relation_expr. Children of a table do not exist, so ONLY and ``*`` mean nothing."""
        only = self.accept("ONLY")
        wrapped = only and self.accept("(")
        node = self.table()
        if wrapped:
            self.expect(")")
        elif not only and self.word == "*":
            self.at += 1
        return node

    def alias(self, node: exp.Expr, *, typed: bool = False) -> None:
        """opt_alias_clause."""
        if self.accept("AS"):
            if typed and self.word == "(":
                raise self.unsupported("column definitions of a function")
            name = self.name()
        elif self.is_name():
            name = self.name()
        else:
            return
        alias = exp.TableAlias(this=name)
        if self.accept("("):
            if typed and self.is_name() and self.words[self.at + 1] not in (",", ")"):
                raise self.unsupported("column definitions of a function")
            alias.set("columns", self.names())
            self.expect(")")
        node.set("alias", alias)

    def lateral(self, start: int) -> exp.Expr:
        if self.word == "(":
            at = self.start()
            self.at += 1
            query = self.mark(exp.Subquery(this=self.query()), at)
            self.expect(")")
            node = self.mark(exp.Lateral(this=query), start)
            self.alias(node)
            self._needs_alias(node, start)
            return node
        item = self.relation(start)
        return self.mark(exp.Lateral(this=item.this, alias=item.args.get("alias")), start)

    def _needs_alias(self, node: exp.Expr, start: int) -> None:
        """PostgreSQL 15 wants an alias; 16 does not."""
        if node.args.get("alias") is None:
            what = "VALUES" if isinstance(node.this, exp.Values) else "subquery"
            raise SyntaxFailure(
                f"{what} in FROM must have an alias",
                position=start + 1,
                hint=f"For example, FROM ({'VALUES' if what == 'VALUES' else 'SELECT'} ...) [AS] foo.",
            )

    def parenthesised(self, start: int) -> exp.Expr:
        if self.is_query(1):
            self.at += 1
            node: exp.Expr = self.mark(exp.Subquery(this=self.query()), start)
            self.expect(")")
            self.alias(node)
            self._needs_alias(node, start)
            return node
        self.at += 1
        first, joins = self.joined()
        if not joins and not isinstance(first, exp.Paren):
            raise self.failure()
        self.expect(")")
        node = self.mark(exp.Paren(this=first, joins=joins), start)
        self.alias(node)
        return node
