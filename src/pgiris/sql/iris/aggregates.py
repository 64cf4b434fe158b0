"""Aggregate and window functions (document keys RSQL_aggregate, RSQL_windowfunctions)."""

from __future__ import annotations

from abc import abstractmethod

from sqlglot import exp

from pgiris.sql.iris import nodes
from pgiris.sql.iris.builtins import Builtins
from pgiris.sql.iris.functions import WINDOW, WINDOWED_AGGREGATES


class Aggregates(Builtins):
    """Functions over many rows."""

    @abstractmethod
    def term(self) -> exp.Expr:
        """One operand."""

    def _aggregate(self) -> exp.Expr:
        word = self.advance().word
        self.enter()
        self.expect("(")
        args: dict[str, object] = {}
        if self.accept("DISTINCT"):
            args["distinct"] = True
            if self.accept("BY"):
                args["by"] = self._in_parentheses()
        else:
            self.accept("ALL")
        argument: exp.Expr
        if word == "COUNT" and not args and self.accept("*"):
            argument = exp.Star()
        else:
            argument = self.scalar()
        if self.accept("%FOREACH"):
            args["foreach"] = self._in_parentheses()
        if self.accept("%AFTERHAVING"):
            args["afterhaving"] = True
        if word == "JSON_ARRAYAGG":
            args.update(self._on_null())
        self.expect(")")
        self.leave()
        node = nodes.aggregate(word, argument, **args)
        if word in WINDOWED_AGGREGATES and self.at_words("OVER", "("):
            return self._over(node)
        return node

    def _in_parentheses(self) -> list[exp.Expr]:
        self.expect("(")
        values = self.scalars()
        self.expect(")")
        return values

    def _window_function(self) -> exp.Expr:
        word = self.advance().word
        node = self._finish_call(word, WINDOW[word], self._arguments())
        if not self.at("OVER"):
            self.fail_expected("OVER")
        return self._over(node)

    def _over(self, function: exp.Expr) -> exp.Expr:
        self.expect("OVER", "(")
        self.enter()
        window = exp.Window(this=function)
        if self.accept("PARTITION", "BY"):
            window.set("partition_by", self.scalars())
        if self.at_words("ORDER", "BY"):
            window.set("order", self.order_by())
        if self.accept("ROWS"):
            window.set("spec", self._frame())
        self.leave()
        self.expect(")")
        return window

    def _frame(self) -> exp.Expr:
        if self.accept("BETWEEN"):
            start, start_side = self._bound()
            self.expect("AND")
            end, end_side = self._bound()
        else:
            start, start_side = self._bound()
            end, end_side = "CURRENT ROW", None
        return exp.WindowSpec(kind="ROWS", start=start, start_side=start_side, end=end, end_side=end_side)

    def _bound(self) -> tuple[str | exp.Expr, str | None]:
        if self.accept("CURRENT", "ROW"):
            return "CURRENT ROW", None
        bound: str | exp.Expr
        if self.accept("UNBOUNDED"):
            bound = "UNBOUNDED"
        elif self.at("?", ":"):
            bound = self.term()
        else:
            bound = self.integer()
        return bound, self.expect_any(frozenset({"PRECEDING", "FOLLOWING"}))

    def order_by(self) -> exp.Order:
        """``ORDER BY item [ASC | DESC], …``."""
        self.expect("ORDER", "BY")
        items: list[exp.Expr] = []
        while True:
            item = self.scalar()
            descending = self.accept("DESC")
            if not descending:
                self.accept("ASC")
            items.append(exp.Ordered(this=item, desc=descending))
            if not self.accept(","):
                return exp.Order(expressions=items)
