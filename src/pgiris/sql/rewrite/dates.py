"""Dates and times (manual 9.9): arithmetic, EXTRACT, date_trunc, to_char.

timestamptz values are UTC in IRIS; what depends on the session's time zone cannot be said there and is refused,
with the way round in the hint. Intervals exist as constants only. Adding days to a timestamptz adds 24 hours each,
as in zones without daylight saving.
"""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from pgiris import sqlstate
from pgiris.errors import PgError
from pgiris.sql.analysis import PgType, position_of, type_of
from pgiris.sql.iris.nodes import function
from pgiris.sql.rewrite import constants
from pgiris.sql.rewrite.context import Context, number, string
from pgiris.sql.rewrite.templates import fill
from pgiris.sql.typing.coercion import IMPLIED
from pgiris.sql.typing.resolution import Operator
from pgiris.sql.typing.types import type_name
from pgiris.types import oids
from pgiris.types.values import Interval

_DATES: Final = frozenset({oids.DATE, oids.TIMESTAMP, oids.TIMESTAMPTZ})
_TIMESTAMPS: Final = frozenset({oids.TIMESTAMP, oids.TIMESTAMPTZ})
_UTC: Final = frozenset({"utc", "gmt", "z", "etc/utc", "zulu", "ucl", "universal", "uct"})
_SECOND: Final = 1_000_000

_FIELDS: Final = {
    "year": "DATEPART('yyyy',:a)",
    "years": "DATEPART('yyyy',:a)",
    "quarter": "DATEPART('qq',:a)",
    "month": "DATEPART('mm',:a)",
    "months": "DATEPART('mm',:a)",
    "day": "DATEPART('dd',:a)",
    "days": "DATEPART('dd',:a)",
    "hour": "DATEPART('hh',:a)",
    "hours": "DATEPART('hh',:a)",
    "minute": "DATEPART('mi',:a)",
    "minutes": "DATEPART('mi',:a)",
    "second": "{fn SECOND(:a)}",
    "seconds": "{fn SECOND(:a)}",
    "milliseconds": "(({fn SECOND(:a)}) * 1000)",
    "microseconds": "(({fn SECOND(:a)}) * 1000000)",
    "dow": "((DATEPART('dw',:a)) - 1)",
    "isodow": "((MOD(((DATEPART('dw',:a)) + 5),7)) + 1)",
    "doy": "DATEPART('dy',:a)",
    "epoch": "UNIX_TIMESTAMP(:a)",
    "decade": "FLOOR(((DATEPART('yyyy',:a)) / 10))",
    "century": "FLOOR((((DATEPART('yyyy',:a)) + 99) / 100))",
    "millennium": "FLOOR((((DATEPART('yyyy',:a)) + 999) / 1000))",
}
"""Fields of EXTRACT (manual 9.9.1; R:datepart). Years before 1 do not exist in IRIS."""

_OF_TIME: Final = frozenset({"hour", "minute", "second", "hours", "minutes", "seconds", "milliseconds", "microseconds"})
_TRUNCATIONS: Final = {
    **{unit: f"DATE_TRUNC('{unit}',:a)" for unit in ("year", "quarter", "month", "day", "hour", "minute", "second")},
    "week": "DATEADD('dd',(- (MOD(((DATEPART('dw',:a)) + 5),7))),DATE_TRUNC('day',:a))",
}
"""Units of date_trunc (R:datetrunc); IRIS's week begins on a day that is a setting, so it is computed."""

_PIECES: Final = {
    "YYYY": ("yyyy", 4),
    "MM": ("mm", 2),
    "DD": ("dd", 2),
    "DDD": ("dy", 3),
    "HH24": ("hh", 2),
    "MI": ("mi", 2),
    "SS": ("ss", 2),
    "Q": ("qq", 1),
}
_LITERALS: Final = frozenset("-/:.,; _")


class Dates(Context):
    """What dates and times do."""

    # -- arithmetic

    def date_arithmetic(self, node: exp.Expr, row: Operator) -> exp.Expr:
        left, right = node.this, node.expression
        minus = isinstance(node, exp.Sub)
        if row.left in _DATES and row.right in (oids.INT4, oids.INTERVAL):
            return self.shifted(node, left, right, -1 if minus else 1)
        if not minus and isinstance(node, exp.Add) and row.right in _DATES and row.left in (oids.INT4, oids.INTERVAL):
            return self.shifted(node, right, left, 1)
        if minus and row.left == row.right == oids.DATE:
            one, other = self.operands(left, right)
            return function("DATEDIFF", exp.Var(this="DD"), other, one)
        if row.result == oids.TIMESTAMP and {row.left, row.right} == {oids.DATE, oids.TIME}:
            day, time = (left, right) if row.left == oids.DATE else (right, left)
            return fill(
                "DATEADD('ss',DATEDIFF('ss',{t '00:00:00'},:b),CAST(:a AS TIMESTAMP))",
                {"a": self.scalar(day), "b": self.scalar(time)},
            )
        shown = f"{type_name(row.left)} and {type_name(row.right)}"
        raise self.refuse(f"the operator {row.name} of {shown}", node)

    def shifted(self, node: exp.Expr, date: exp.Expr, by: exp.Expr, sign: int) -> exp.Expr:
        found = type_of(date).oid
        value = self.scalar(date)
        if type_of(by).oid == oids.INT4:
            days = self.scalar(by)
            if sign < 0:
                days = exp.Paren(this=exp.Neg(this=days))
            return self.cast_to(function("DATEADD", exp.Var(this="DD"), days, value), PgType(oids.DATE), node)
        interval = constants.fold(by)
        if not isinstance(interval, Interval):
            return self.multiplied(node, value, by, sign, found)
        return self.added(value, interval, sign, found)

    def added(self, value: exp.Expr, interval: Interval, sign: int, found: int) -> exp.Expr:
        """Months, then days, then time, as PostgreSQL adds them."""
        if found == oids.DATE:
            value = self.cast_to(value, PgType(oids.TIMESTAMP), value)
        micro = interval.microseconds
        parts = [("MM", interval.months), ("DD", interval.days)]
        parts += [("SS", micro // _SECOND)] if micro % _SECOND == 0 else [("MCS", micro)]
        # A day or a month is one of the session's clock: where that clock is never put forward, the same in any zone.
        by_clock = found == oids.TIMESTAMPTZ and (interval.months or interval.days)
        if by_clock:
            value = self.local(value)
        for part, amount in parts:
            if amount:
                value = function("DATEADD", exp.Var(this=part), number(sign * amount), value)
        return self.instant(value) if by_clock else value

    def multiplied(self, node: exp.Expr, value: exp.Expr, by: exp.Expr, sign: int, found: int) -> exp.Expr:
        """``n * interval '1 day'``: one unit, a whole number of times."""
        if isinstance(by, exp.Mul):
            for interval, times in ((by.this, by.expression), (by.expression, by.this)):
                unit = constants.fold(interval)
                while isinstance(times, exp.Cast) and IMPLIED in times.meta:
                    times = times.this
                if isinstance(unit, Interval) and type_of(times).oid in (oids.INT2, oids.INT4, oids.INT8):
                    return self.repeated(node, value, unit, self.scalar(times), sign, found)
        raise self.refuse("an interval that is not a constant", node)

    def repeated(
        self, node: exp.Expr, value: exp.Expr, unit: Interval, times: exp.Expr, sign: int, found: int
    ) -> exp.Expr:
        parts = [("MM", unit.months), ("DD", unit.days)]
        parts += [("SS", unit.microseconds // _SECOND)] if unit.microseconds % _SECOND == 0 else []
        parts = [(name, amount) for name, amount in parts if amount]
        if len(parts) != 1 or (unit.microseconds and parts[0][0] != "SS"):
            raise self.refuse("an interval of several units times a number", node)
        if found == oids.DATE:
            value = self.cast_to(value, PgType(oids.TIMESTAMP), value)
        name, amount = parts[0]
        count = exp.Paren(this=exp.Mul(this=times, expression=number(sign * amount)))
        by_clock = found == oids.TIMESTAMPTZ and name != "SS"
        moved = function("DATEADD", exp.Var(this=name), count, self.local(value) if by_clock else value)
        return self.instant(moved) if by_clock else moved

    # -- functions

    def date_function(self, node: exp.Expr, name: str) -> exp.Expr | None:
        """The functions with a field or a format; None for others."""
        if name in ("extract", "date_part") and type_of(node.expressions[1]).oid != oids.INTERVAL:
            return self.extract(node)
        if name == "date_trunc":
            return self.truncated(node)
        if name == "to_char" and type_of(node.expressions[0]).oid in _TIMESTAMPS:
            return self.to_char(node)
        if name == "timezone":
            return self.zoned(node)
        if name == "make_date":
            return self.make_date(node)
        return None

    def word(self, node: exp.Expr, call: exp.Expr) -> str:
        value = constants.fold(node)
        if not isinstance(value, str):
            raise self.refuse(f"{call.this} with a field that is not a constant", call)
        return value.lower()

    def extract(self, node: exp.Expr) -> exp.Expr:
        field, source = self.word(node.expressions[0], node), node.expressions[1]
        found = type_of(source).oid
        template = _FIELDS.get(field)
        if template is None:
            raise self.refuse(f"extract of {field}", node)
        if found == oids.DATE and field in _OF_TIME:
            raise PgError(
                sqlstate.FEATURE_NOT_SUPPORTED,
                f'unit "{field}" not supported for type date',
                position=position_of(node),
            )
        if found == oids.TIME and field not in _OF_TIME:
            raise self.refuse(f"extract of {field} from time", node)
        moment = self.scalar(source)
        if found == oids.TIMESTAMPTZ and field != "epoch":
            moment = self.local(moment)
        value = fill(template, {"a": moment})
        return self.cast_to(value, PgType(oids.FLOAT8), node) if node.this == "date_part" else value

    def truncated(self, node: exp.Expr) -> exp.Expr:
        if len(node.expressions) > 2:
            raise self.refuse("date_trunc with a time zone", node)
        unit, source = self.word(node.expressions[0], node), node.expressions[1]
        template = _TRUNCATIONS.get(unit)
        if template is None:
            raise self.refuse(f"date_trunc of {unit}", node)
        if type_of(source).oid == oids.TIMESTAMPTZ:
            return self.instant(fill(template, {"a": self.local(self.scalar(source))}))
        return fill(template, {"a": self.scalar(source)})

    def zoned(self, node: exp.Expr) -> exp.Expr:
        """AT TIME ZONE 'UTC', in which timestamps with and without zone are the same in IRIS."""
        zone = constants.fold(node.expressions[0])
        if not isinstance(zone, str) or zone.lower() not in _UTC:
            raise self.refuse("AT TIME ZONE other than 'UTC'", node)
        source = node.expressions[1]
        if type_of(source).oid not in _TIMESTAMPS:
            raise self.refuse(f"AT TIME ZONE of {type_name(type_of(source).oid)}", node)
        return self.scalar(source)

    def make_date(self, node: exp.Expr) -> exp.Expr:
        raise self.refuse("make_date of something other than constants", node)

    def to_char(self, node: exp.Expr) -> exp.Expr:
        """to_char(timestamp, constant format), piece by piece: IRIS's TO_CHAR passes what it does not know."""
        source = node.expressions[0]
        if isinstance(source, exp.Cast) and IMPLIED in source.meta and type_of(source.this).oid == oids.DATE:
            # A date has the same digits in every time zone.
            source = source.this
        pattern = constants.fold(node.expressions[1])
        if not isinstance(pattern, str):
            raise self.refuse("to_char with a format that is not a constant", node)
        value = self.scalar(source)
        if type_of(source).oid == oids.TIMESTAMPTZ:
            value = self.local(value)
        pieces = [self.piece(part, value, node) for part in self.split(pattern, node)]
        if not pieces:
            return string("")
        result = pieces[0]
        for piece in pieces[1:]:
            result = exp.Paren(this=exp.DPipe(this=result, expression=piece))
        return result

    def split(self, pattern: str, node: exp.Expr) -> list[str]:
        """The format's codes and the literal text between them."""
        parts: list[str] = []
        at = 0
        while at < len(pattern):
            code = next(
                (pattern[at : at + size] for size in (4, 3, 2, 1) if pattern[at : at + size].upper() in _PIECES), ""
            )
            if code:
                parts.append(code.upper())
                at += len(code)
            elif pattern[at] in _LITERALS:
                parts.append(pattern[at])
                at += 1
            elif pattern[at] == '"' and '"' in pattern[at + 1 :]:
                close = pattern.index('"', at + 1)
                parts.append("'" + pattern[at + 1 : close])
                at = close + 1
            else:
                raise self.refuse(f'the format "{pattern}" of to_char', node)
        return parts

    def piece(self, part: str, value: exp.Expr, node: exp.Expr) -> exp.Expr:
        if part not in _PIECES:
            return string(part[1:] if part.startswith("'") else part)
        name, width = _PIECES[part]
        taken = function("DATEPART", exp.Var(this=name.upper()), value.copy())
        text = exp.Cast(this=taken, to=_varchar())
        return function("LPAD", text, number(width), string("0"))


def _varchar() -> exp.DataType:
    from pgiris.sql.iris.nodes import data_type

    return data_type(exp.DType.VARCHAR, "VARCHAR", [exp.Literal.number(10)])
