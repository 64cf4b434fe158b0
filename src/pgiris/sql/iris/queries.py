"""Queries: SELECT, its clauses, set operations and WITH (document keys RSQL_select, RSQL_union, RSQL_with …)."""

from __future__ import annotations

from enum import Enum
from typing import Final

from sqlglot import exp

from pgiris.sql.iris import checks
from pgiris.sql.iris.lexer import Kind
from pgiris.sql.iris.scalars import Scalars
from pgiris.sql.iris.tables import Tables
from pgiris.sql.iris.words import SELECT_MODIFIERS

_SET_OPERATORS: Final[dict[str, type[exp.SetOperation]]] = {
    "UNION": exp.Union,
    "EXCEPT": exp.Except,
    "INTERSECT": exp.Intersect,
}


class Place(Enum):
    """Where a query stands, which decides whether it may order its rows."""

    STATEMENT = "statement"
    NESTED = "nested"
    """In parentheses: ORDER BY needs TOP, and is an unexpected word otherwise (-1)."""
    VIEW = "view"
    """ORDER BY needs TOP (-143)."""


class Queries(Tables, Scalars):
    """The grammar of queries."""

    # -- what expressions need

    def query(self, *, first: exp.Subquery | None = None) -> exp.Query:
        return self.select_statement(Place.NESTED, first=first)

    def check_width(self, query: exp.Expr, columns: int) -> None:
        width = checks.width(query)
        if width is not None and width != columns:
            self.fail(-10, "the subquery must return exactly one column")

    # -- queries

    def select_statement(self, place: Place, *, first: exp.Subquery | None = None) -> exp.Query:
        """A query with its WITH, set operations, ORDER BY and limits. `first` is a leg that has been read already."""
        self.enter()
        with_ = self._with() if first is None and self.at("WITH") else None
        query = self._set_operations(place, first)
        if with_ is not None:
            query.set("with_", with_)
        self.leave()
        return query

    def _with(self) -> exp.With:
        self.expect("WITH")
        tables: list[exp.Expr] = []
        names: set[str] = set()
        while True:
            name = self.identifier()
            if name.name.upper() in names:
                self.fail(-382, f"CTE name {name.name} is defined twice")
            names.add(name.name.upper())
            self.expect("AS")
            self.expect("(")
            query = self.query()
            self.expect(")")
            tables.append(exp.CTE(this=query, alias=exp.TableAlias(this=name)))
            if not self.accept(","):
                break
        if self.at("INSERT", "UPDATE", "DELETE", "TRUNCATE"):
            self.fail(-383, "WITH is allowed with SELECT only")
        return exp.With(expressions=tables)

    def _set_operations(self, place: Place, first: exp.Subquery | None) -> exp.Query:
        left: exp.Query = self._leg() if first is None else first
        ordered_leg = False
        while True:
            tail = self._order_and_limit(place, left)
            kind = _SET_OPERATORS.get(self.token.word)
            if kind is None:
                break
            if tail:
                ordered_leg = True
                self._attach(left.expression if isinstance(left, exp.SetOperation) else left, tail)
            left = self._combine(kind, left)
        if tail:
            self._attach(self._owner(left, tail, ordered_leg=ordered_leg), tail)
        return left

    def _combine(self, kind: type[exp.SetOperation], left: exp.Query) -> exp.Query:
        self.advance()
        distinct = not (kind is exp.Union and self.accept("ALL"))
        parallel = self.accept("%PARALLEL")
        right = self._leg()
        node = kind(this=left, expression=right, distinct=distinct)
        if parallel:
            node.set("parallel", True)
        widths = checks.width(left), checks.width(right)
        if None not in widths and widths[0] != widths[1]:
            self.fail(-9, "the queries of a set operation must have the same number of columns")
        self.count_set_operation()
        return node

    def _leg(self) -> exp.Query:
        if self.at("("):
            return self.subquery()
        if not self.at("SELECT"):
            self.fail_expected("SELECT")
        return self._select()

    @staticmethod
    def _owner(query: exp.Query, tail: dict[str, exp.Expr], *, ordered_leg: bool) -> exp.Expr:
        """Whose ORDER BY and limits these are.

        Without ORDER BY they are the last leg's; else the whole query's, unless the legs order themselves.
        """
        if not isinstance(query, exp.SetOperation):
            return query
        last = query.expression
        own = "order" not in tail or (ordered_leg and isinstance(last, exp.Select) and last.args.get("top") is not None)
        return last if own and isinstance(last, exp.Select) else query

    def _attach(self, query: exp.Expr, tail: dict[str, exp.Expr]) -> None:
        if isinstance(query, exp.Subquery):
            self.fail(-25, "ORDER BY or a limit must stand inside the parentheses")
        if "limit" in tail or "offset" in tail:
            given = ("top", "limit", "offset")
            if any(query.args.get(name) is not None for name in given):
                self.fail(-386, "TOP, LIMIT and FETCH cannot be combined")
        for name, node in tail.items():
            query.set(name, node)
        if "order" in tail:
            checks.order_by(query)

    def _order_and_limit(self, place: Place, query: exp.Query) -> dict[str, exp.Expr]:
        tail: dict[str, exp.Expr] = {}
        if self.at_words("ORDER", "BY"):
            if place is not Place.STATEMENT and not self._has_top(query):
                if place is Place.VIEW:
                    self.fail(-143, "ORDER BY in a view needs TOP")
                self.fail_expected(")")
            tail["order"] = self.order_by()
        tail.update(self._limit())
        return tail

    @staticmethod
    def _has_top(query: exp.Expr) -> bool:
        last = query.expression if isinstance(query, exp.SetOperation) else query
        return isinstance(last, exp.Select) and last.args.get("top") is not None

    def _limit(self) -> dict[str, exp.Expr]:
        tail: dict[str, exp.Expr] = {}
        style = ""
        if self.accept("LIMIT"):
            style = "LIMIT"
            self.accept("ALL")
            tail["limit"] = exp.Limit(expression=self._count())
        if self.accept("OFFSET"):
            tail["offset"] = exp.Offset(expression=self._count())
            self._row_words()
        if self.accept("FETCH"):
            if style:
                self.fail(-386, "TOP, LIMIT and FETCH cannot be combined")
            self.accept_any(frozenset({"FIRST", "NEXT"}))
            tail["limit"] = exp.Limit(expression=self._count())
            self._row_words()
            self.accept("ONLY")
        if style == "" and "limit" not in tail and self.at("LIMIT"):
            self.fail(-25, "LIMIT must stand before OFFSET")
        if self.at("FETCH", "LIMIT") and tail:
            self.fail(-386, "TOP, LIMIT and FETCH cannot be combined")
        return tail

    def _row_words(self) -> None:
        self.accept_any(frozenset({"ROW", "ROWS"}))

    def _count(self) -> exp.Expr:
        """A number of rows: an integer, ``?`` or a host variable; no expression."""
        if self.at("?", ":"):
            return self.term()
        if self.accept("-"):
            return exp.Neg(this=self._integer_here())
        return self._integer_here()

    def _integer_here(self) -> exp.Expr:
        if self.token.kind is not Kind.NUMBER or not self.token.text.isdecimal():
            self.fail_expected("integer or parameter")
        return self.number()

    # -- SELECT

    def _select(self) -> exp.Select:
        self.expect("SELECT")
        select = exp.Select()
        modifiers = self._modifiers(select)
        if modifiers:
            select.set("operation_modifiers", modifiers)
        self._distinct(select)
        self._row_window(select)
        if self.accept("TOP"):
            select.set("top", self._top())
        select.set("expressions", self._items())
        if self.at("INTO"):
            self.fail(-422, "SELECT INTO host variables is for embedded SQL")
        if self.at("FROM"):
            self.from_clause(select)
        if self.accept("WHERE"):
            select.set("where", exp.Where(this=self.condition()))
        if self.accept("GROUP", "BY"):
            select.set("group", exp.Group(expressions=self.scalars()))
        if self.accept("HAVING"):
            select.set("having", exp.Having(this=self.condition()))
        checks.select(select)
        return select

    def _modifiers(self, select: exp.Select) -> list[str]:
        modifiers: list[str] = []
        while (word := self.accept_any(SELECT_MODIFIERS)) is not None:
            modifiers.append(word)
        return modifiers

    def _distinct(self, select: exp.Select) -> None:
        if self.accept("DISTINCT"):
            by: exp.Expr | None = None
            if self.accept("BY"):
                self.expect("(")
                by = exp.Tuple(expressions=self.scalars())
                self.expect(")")
            select.set("distinct", exp.Distinct(on=by))
        else:
            self.accept("ALL")

    def _row_window(self, select: exp.Select) -> None:
        """``%ROWOFFSET n %ROWLIMIT n``: LIMIT and OFFSET as the server writes them itself."""
        if self.accept("%ROWOFFSET"):
            select.set("offset", exp.Offset(expression=self._count()))
        if self.accept("%ROWLIMIT"):
            select.set("limit", exp.Limit(expression=self._count()))

    def _top(self) -> exp.Expr:
        if self.accept("ALL"):
            return exp.Var(this="ALL")
        parentheses = 0
        while self.accept("("):
            parentheses += 1
        count = self._count()
        for _ in range(parentheses):
            self.expect(")")
        return count

    def _items(self) -> list[exp.Expr]:
        items = [self._item()]
        while self.accept(","):
            items.append(self._item())
        return items

    def _item(self) -> exp.Expr:
        if self.accept("*"):
            return exp.Star()
        qualified = self._qualified_star()
        if qualified is not None:
            return qualified
        value = self.scalar()
        alias = self.alias()
        return value if alias is None else exp.Alias(this=value, alias=alias)

    def _qualified_star(self) -> exp.Expr | None:
        """``t.*`` or ``schema.t.*``."""
        if not self.at_identifier():
            return None
        if self.at_words(self.token.word) and self.peek(1).word == "." and self.peek(2).word == "*":
            table, schema = self.identifier(), None
        elif self.peek(1).word == "." and self.peek(3).word == "." and self.peek(4).word == "*":
            schema = self.identifier()
            self.expect(".")
            table = self.identifier()
        else:
            return None
        self.expect(".", "*")
        return exp.Column(this=exp.Star(), table=table, db=schema)
