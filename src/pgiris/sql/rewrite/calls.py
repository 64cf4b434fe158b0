"""Calls: the function table, session functions, aggregates and windows."""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from pgiris import sqlstate
from pgiris.errors import PgError
from pgiris.sql.analysis import PgType, type_of
from pgiris.sql.functions import AGGREGATES, SESSION, TEMPLATES, WINDOWS
from pgiris.sql.iris.nodes import aggregate, function
from pgiris.sql.plan import Bind, Constant, Parameter, SessionValue
from pgiris.sql.rewrite import constants
from pgiris.sql.rewrite.strings import Strings
from pgiris.sql.rewrite.templates import fill
from pgiris.sql.rewrite.types import SELF_TYPED, iris_code
from pgiris.sql.typing.calls import FUNCTION
from pgiris.sql.typing.resolution import Found
from pgiris.sql.typing.types import FLOATS, INFO, INTEGERS, NUMBERS, TEXTUAL, type_name
from pgiris.types import oids

_ARGUMENTS: Final = "abcdefgh"
_DIVIDED: Final = frozenset({"avg", "stddev", "stddev_samp", "stddev_pop", "variance", "var_samp", "var_pop"})


class CallRewriter(Strings):
    """What function calls become."""

    def call(self, node: exp.Expr) -> exp.Expr:
        name = node.this
        if name in SESSION:
            return self.session_call(node, name)
        dated = self.date_function(node, name)
        if dated is not None:
            return dated
        special = self.special(node, name)
        if special is not None:
            return special
        found = node.meta[FUNCTION]
        assert isinstance(found, Found)
        signature = f"{name}({','.join(INFO[oid].name for oid in found.signature.arguments)})"
        row = TEMPLATES.get(signature)
        if row is None:
            raise self.refuse(f"the function {name}({', '.join(type_name(o) for o in found.arguments)})", node)
        arguments = {letter: self.scalar(item) for letter, item in zip(_ARGUMENTS, node.expressions)}
        return fill(row.template, arguments)

    def special(self, node: exp.Expr, name: str) -> exp.Expr | None:
        """Functions of any number or type of arguments, and those that are operators."""
        if name == "concat":
            return self.joined(node, node.expressions)
        if name == "concat_ws":
            return self.joined_with(node)
        if name == "left" and isinstance(count := node.expressions[1], exp.Literal) and int(count.this) > 0:
            text = self.scalar(node.expressions[0])
            return function("SUBSTRING", text, exp.Literal.number(1), self.scalar(count))
        if name == "split_part":
            self.check_field(node)
            return None
        if name == "mod":
            return self.modulo(*self.operands(*node.expressions), type_of(node).oid)
        if name == "div":
            left, right = self.operands(*node.expressions)
            return function("TRUNCATE", exp.Div(this=left, expression=right), exp.Literal.number(0), odbc=True)
        if name == "pg_typeof":
            shown = type_name(type_of(node.expressions[0]).oid)
            return exp.Literal(this=shown, is_string=True)
        return None

    def check_field(self, node: exp.Expr) -> None:
        """split_part() counts a negative field from the end; $PIECE does not (R:dpiece)."""
        field = constants.fold(node.expressions[2])
        if field == 0:
            raise PgError(sqlstate.INVALID_PARAMETER_VALUE, "field position must not be zero")
        if not isinstance(field, int) or field < 0:
            raise self.refuse("split_part with a field that is negative or no constant", node)

    def joined(self, node: exp.Expr, items: list[exp.Expr]) -> exp.Expr:
        """concat() takes NULL as the empty text; STRING does too (R:string)."""
        return function("STRING", *(self.as_output(item) for item in items), exp.Literal(this="", is_string=True))

    def joined_with(self, node: exp.Expr) -> exp.Expr:
        """concat_ws(): each part brings its separator, and the first one is cut off."""
        separator, *items = node.expressions
        mark = constants.fold(separator)
        if not isinstance(mark, str):
            raise self.refuse("concat_ws with a separator that is not a constant", node)
        parts: list[exp.Expr] = []
        for item in items:
            text = self.as_output(item)
            part = exp.DPipe(this=exp.Literal(this=mark, is_string=True), expression=text)
            parts.append(exp.Paren(this=part))
        empty = exp.Literal(this="", is_string=True)
        if not parts:
            return empty
        whole = function("STRING", *parts, empty.copy())
        begin = exp.Literal.number(len(mark) + 1)
        return function("STRING", function("SUBSTRING", whole, begin), empty)

    # -- session functions

    def session_call(self, node: exp.Expr, name: str) -> exp.Expr:
        oid = type_of(node).oid
        arguments = tuple(self.bind(item) for item in node.expressions)
        bind = SessionValue(name, oid, arguments, iris_code(oid, node))
        value: exp.Expr = self.queries.binds.placeholder(bind)
        if oid in TEXTUAL or oid in SELF_TYPED or INFO[oid].category == "A":
            return value
        return self.cast_to(value, PgType(oid), node)

    def bind(self, node: exp.Expr) -> Bind:
        """An argument of a session function: a constant, a parameter or another one."""
        if isinstance(node, exp.Parameter):
            oid = type_of(node).oid
            return Parameter(int(node.this.this) - 1, oid, iris_code(oid, node))
        if isinstance(node, exp.Cast) and isinstance(node.this, exp.Parameter):
            return self.bind(node.this)
        if isinstance(node, exp.Anonymous) and node.this in SESSION:
            oid = type_of(node).oid
            return SessionValue(
                node.this, oid, tuple(self.bind(item) for item in node.expressions), iris_code(oid, node)
            )
        value = constants.fold(node)
        if value is not constants.NOT_CONSTANT:
            return Constant(value)
        if isinstance(node, exp.Literal):
            number = int(node.this) if not node.args["is_string"] else node.this
            return Constant(number)
        raise self.refuse("an argument of a session function that is not a constant or parameter", node)

    # -- aggregates and windows

    def aggregate(self, node: exp.Expr) -> exp.Expr:
        name = node.this
        if node.args.get("order") is not None and name not in AGGREGATES:
            raise self.refuse(f"{name} with ORDER BY", node)
        if name in ("bool_and", "bool_or", "every"):
            return self.truth_aggregate(node, name)
        if name == "string_agg":
            return self.string_agg(node)
        row = AGGREGATES.get(name)
        if row is None:
            raise self.refuse(f"the aggregate {name}", node)
        if node.args.get("star"):
            return self.count_rows(node)
        argument = node.expressions[0]
        found = type_of(argument).oid
        self.check_aggregate(node, name, found)
        value = self.filtered(node, self.aggregated_value(argument, name))
        result = aggregate(row.template, value)
        if node.args.get("distinct"):
            result.set("distinct", True)
        return result

    def check_aggregate(self, node: exp.Expr, name: str, found: int) -> None:
        if name in ("sum", "avg", *_DIVIDED) and found not in NUMBERS:
            raise self.refuse(f"{name} of {type_name(found)}", node)
        if name in ("min", "max") and (found == oids.INTERVAL or INFO[found].category == "A"):
            raise self.refuse(f"{name} of {type_name(found)}", node)

    def aggregated_value(self, node: exp.Expr, name: str) -> exp.Expr:
        """Text under %EXACT, small integers as BIGINT for sums (SUM is of the argument's type, R:sum)."""
        found = type_of(node).oid
        value = self.scalar(node)
        if found in TEXTUAL and isinstance(node, exp.Column):
            return self.exact(node, value)
        if found in INTEGERS and name == "sum":
            return self.cast_to(value, PgType(oids.INT8), node)
        if found in FLOATS and name in _DIVIDED:
            return self.cast_to(value, PgType(oids.FLOAT8), node)
        return value

    def exact(self, node: exp.Expr, value: exp.Expr) -> exp.Expr:
        from pgiris.sql.rewrite.strings import _is_exact

        return value if _is_exact(node) else function("%EXACT", value)

    def filtered(self, node: exp.Expr, value: exp.Expr) -> exp.Expr:
        """FILTER as a CASE: aggregates skip NULLs."""
        condition = node.args.get("filter")
        if condition is None:
            return value
        return exp.Case(ifs=[exp.If(this=self.condition(condition), true=value)])

    def count_rows(self, node: exp.Expr) -> exp.Expr:
        condition = node.args.get("filter")
        if condition is None:
            return aggregate("COUNT", exp.Star())
        one = exp.Literal.number(1)
        return aggregate("COUNT", exp.Case(ifs=[exp.If(this=self.condition(condition), true=one)]))

    def truth_aggregate(self, node: exp.Expr, name: str) -> exp.Expr:
        value = self.filtered(node, self.scalar(node.expressions[0]))
        return aggregate("MAX" if name == "bool_or" else "MIN", value)

    def string_agg(self, node: exp.Expr) -> exp.Expr:
        """XMLAGG joins texts without a separator; each part brings it, and the first is cut off (R:xmlagg)."""
        mark = constants.fold(node.expressions[1])
        if not isinstance(mark, str) or node.args.get("distinct") or type_of(node).oid not in TEXTUAL:
            raise self.refuse("string_agg with DISTINCT or a separator that is not a constant", node)
        text = self.as_text(node.expressions[0])
        if mark:
            text = exp.Paren(this=exp.DPipe(this=exp.Literal(this=mark, is_string=True), expression=text))
        joined = aggregate("XMLAGG", self.filtered(node, text))
        if not mark:
            return joined
        return function("SUBSTRING", joined, exp.Literal.number(len(mark) + 1))

    def window(self, node: exp.Expr) -> exp.Expr:
        """Window functions that mean the same: IRIS's frames count rows and its sums take NULL for 0 in them."""
        call = node.this
        order = node.args.get("order")
        if node.args.get("spec") is not None:
            raise self.refuse("a window frame", node)
        query = node.find_ancestor(exp.Select)
        if query is not None and (query.args.get("group") is not None or _is_aggregated(query)):
            raise self.refuse("a window function over groups", node)
        inner = self.window_call(node, call, order)
        result = exp.Window(this=inner, partition_by=[self.part(item) for item in node.args["partition_by"]])
        if order is not None:
            result.set("order", exp.Order(expressions=[t for item in order.expressions for t in self.sorted(item)]))
        return result

    def window_call(self, node: exp.Expr, call: exp.Expr, order: exp.Expr | None) -> exp.Expr:
        if isinstance(call, exp.AnonymousAggFunc):
            if order is not None:
                raise self.refuse(f"{call.this} over a window with ORDER BY", node)
            return self.aggregate(call)
        name = WINDOWS.get(call.this)
        if name is None:
            raise self.refuse(f"the window function {call.this}", node)
        return function(name, *(self.scalar(item) for item in call.expressions))

    def part(self, node: exp.Expr) -> exp.Expr:
        value = self.scalar(node)
        return self.exact(node, value) if type_of(node).oid in TEXTUAL else value

    def sorted(self, item: exp.Expr) -> list[exp.Expr]:
        """An ORDER BY item with PostgreSQL's place for NULLs: IRIS has NULL lowest (R:orderby)."""
        value, desc = self.part(item.this), bool(item.args.get("desc"))
        ordered = exp.Ordered(this=value, desc=desc)
        if bool(item.args.get("nulls_first")) == (not desc):
            return [ordered]
        first, second = (0, 1) if item.args.get("nulls_first") else (1, 0)
        null = exp.If(this=exp.Is(this=value.copy(), expression=exp.Null()), true=exp.Literal.number(first))
        return [exp.Ordered(this=exp.Case(ifs=[null], default=exp.Literal.number(second))), ordered]


def _is_aggregated(query: exp.Expr) -> bool:
    """Whether plain aggregates are among the select items."""
    found = (node for item in query.expressions for node in item.find_all(exp.AnonymousAggFunc))
    return any(not isinstance(node.parent, exp.Window) and node.find_ancestor(exp.Select) is query for node in found)
