"""Function calls: choosing the function, aggregates and windows (manual 4.2.6 to 4.2.8, 10.3)."""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from pgiris import sqlstate
from pgiris.errors import FeatureNotSupported, PgError
from pgiris.sql.analysis import TYPE, PgType, position_of, type_of
from pgiris.sql.plan import Parameter
from pgiris.sql.typing import coercion, literals
from pgiris.sql.typing.casts import binary_coercible
from pgiris.sql.typing.parameters import Parameters
from pgiris.sql.typing.resolution import FUNCTION_TABLE, Ambiguous, Found, Signature, find_function
from pgiris.sql.typing.scope import LEVEL, Scope
from pgiris.sql.typing.types import BY_NAME, type_name
from pgiris.types import oids

FUNCTION: Final = "pg_function"
"""On a call: the ``Found`` function."""

_VALUE_TYPES: Final = {
    "current_date": oids.DATE,
    "current_time": oids.TIMETZ,
    "current_timestamp": oids.TIMESTAMPTZ,
    "localtime": oids.TIME,
    "localtimestamp": oids.TIMESTAMP,
    "current_role": oids.NAME,
    "current_user": oids.NAME,
    "session_user": oids.NAME,
    "user": oids.NAME,
    "current_catalog": oids.NAME,
    "current_schema": oids.NAME,
}
_NO_AGGREGATES: Final = {
    "WHERE": "WHERE",
    "ON": "JOIN conditions",
    "GROUP BY": "GROUP BY",
    "LIMIT": "LIMIT",
    "OFFSET": "OFFSET",
    "VALUES": "VALUES",
    "SET": "UPDATE",
    "RETURNING": "RETURNING",
    "FROM": "functions in FROM",
    "FILTER": "FILTER",
}


class Calls:
    """What typing of calls needs; ``Typer`` adds the other expressions."""

    def __init__(self, scope: Scope, parameters: Parameters) -> None:
        self.scope = scope
        self.parameters = parameters

    def infer(self, node: exp.Expr) -> exp.Expr:
        raise AssertionError

    def condition(self, node: exp.Expr, context: str) -> exp.Expr:
        raise AssertionError

    # -- conversions

    def coerce(self, node: exp.Expr, target: PgType, *, relabel: bool = False, explicit: bool = False) -> exp.Expr:
        """The expression as `target`: unknown literals and parameters take the type, others are wrapped in a Cast where
        the value changes (with `relabel` also where only the type does). That it is possible was checked before."""
        found = type_of(node)
        if found.oid == oids.UNKNOWN:
            return self.decide(node, target, explicit)
        if found.oid == target.oid or target.oid in (oids.UNKNOWN, BY_NAME["any"]):
            return node
        if isinstance(node, exp.Array):
            return coercion.wrap(node, target)
        if not relabel and binary_coercible(found.oid, target.oid):
            return node
        return coercion.wrap(node, target)

    def decide(self, node: exp.Expr, target: PgType, explicit: bool = False) -> exp.Expr:
        """Give an unknown literal, NULL or parameter its type."""
        if isinstance(node, exp.Parameter):
            self.parameters.decide(int(node.this.this), target.oid, position_of(node))
        elif isinstance(node, exp.Literal):
            literals.check(node, target.oid)
        elif isinstance(node, exp.Placeholder) and isinstance(node.meta.get("pg_bind"), Parameter):
            pass
        elif isinstance(node, exp.Array):
            return self.decide_array(node, target)
        elif isinstance(node, exp.Collate):
            node.set("this", self.coerce(node.this, target))
        node.meta[TYPE] = target
        return node

    def decide_array(self, node: exp.Expr, target: PgType) -> exp.Expr:
        from pgiris.sql.typing.types import array_of, element_of

        element = element_of(target.oid) or oids.TEXT
        node.set("expressions", [self.coerce(item, PgType(element)) for item in node.expressions])
        node.meta[TYPE] = PgType(array_of(element))
        return node

    # -- calls

    def call(self, node: exp.Expr) -> exp.Expr:
        name = node.this
        if node.args.get("value"):
            return self.value_function(node, name)
        return self.function(node, window=False)

    def value_function(self, node: exp.Expr, name: str) -> exp.Expr:
        typmod = -1
        if node.expressions:
            typmod = min(int(node.expressions[0].this), 6)
        node.meta[TYPE] = PgType(_VALUE_TYPES[name], typmod)
        return node

    def function(self, node: exp.Expr, *, window: bool) -> exp.Expr:
        schema = node.args.get("schema")
        rows = FUNCTION_TABLE.get(node.this, ()) if schema in (None, "pg_catalog", "public") else ()
        kinds = {row.kind for row in rows}
        aggregate = "a" in kinds and not window
        if aggregate:
            self.enter_aggregate(node)
        arguments = [self.infer(item) for item in node.expressions]
        order = node.args.get("order")
        for item in order.expressions if order is not None else ():
            item.set("this", self.settle(self.infer(item.this)))
        if aggregate:
            self.scope.in_aggregate = False
        given = tuple(type_of(item).oid for item in arguments)
        if node.args.get("within_group") is not None:
            raise FeatureNotSupported("WITHIN GROUP", position=position_of(node))
        if (len(given) == 1 and not rows) or self.is_conversion(node, given, rows):
            converted = self.conversion(node, arguments)
            if converted is not None:
                return converted
        found = self.find(node, given, bool(rows))
        arguments = [
            # A literal for "any" is text; a parameter there gets no type (42P18), as in PostgreSQL.
            self.coerce(item, PgType(oids.TEXT if oid == oids.UNKNOWN and not isinstance(item, exp.Parameter) else oid))
            for item, oid in zip(arguments, found.arguments)
        ]
        node.set("expressions", arguments)
        self.check_use(node, found.signature, window)
        node.meta[FUNCTION] = found
        node.meta[TYPE] = PgType(found.result, self.result_typmod(node, found, arguments))
        if found.signature.kind == "a":
            return self.aggregated(node, window)
        return node

    def is_conversion(self, node: exp.Expr, given: tuple[int, ...], rows: tuple[Signature, ...]) -> bool:
        """``text(x)``: a function of a type's name and one argument may mean a cast."""
        return len(given) == 1 and node.this in BY_NAME and all(row.arguments != given for row in rows)

    def conversion(self, node: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr | None:
        from pgiris.sql.typing.casts import EXPLICIT, castable

        oid = BY_NAME.get(node.this, 0)
        if not oid or not castable(type_of(arguments[0]).oid, oid, EXPLICIT):
            return None
        if type_of(arguments[0]).oid == oids.UNKNOWN:
            self.coerce(arguments[0], PgType(oid))
        cast = coercion.wrap(arguments[0], PgType(oid))
        cast.meta["start"] = node.meta.get("start")
        return cast

    def find(self, node: exp.Expr, given: tuple[int, ...], known: bool) -> Found:
        position = position_of(node)
        shown_name = f"{node.args['schema']}.{node.this}" if node.args.get("schema") else node.this
        shown = f"{shown_name}({', '.join(type_name(oid) for oid in given)})"
        if node.args.get("star"):
            shown = f"{shown_name}()"
        found = None
        if known:
            try:
                found = find_function(node.this, given)
            except Ambiguous:
                raise PgError(
                    sqlstate.AMBIGUOUS_FUNCTION,
                    f"function {shown} is not unique",
                    hint="Could not choose a best candidate function. You might need to add explicit type casts.",
                    position=position,
                ) from None
        if found is None:
            raise PgError(
                sqlstate.UNDEFINED_FUNCTION,
                f"function {shown} does not exist",
                hint="No function matches the given name and argument types. "
                "You might need to add explicit type casts.",
                position=position,
            )
        return found

    def result_typmod(self, node: exp.Expr, found: Found, arguments: list[exp.Expr]) -> int:
        """min and max and the like do not keep typmods; bpchar results have none either."""
        return -1

    def check_use(self, node: exp.Expr, signature: Signature, window: bool) -> None:
        """What is written around a call must fit its kind."""
        name, position = node.this, position_of(node)
        if signature.kind == "w" and not window:
            raise PgError(
                sqlstate.WRONG_OBJECT_TYPE,
                f"window function {name} requires an OVER clause",
                position=position,
            )
        if signature.kind != "a":
            for key, what in (("star", "(*)"), ("distinct", "DISTINCT"), ("order", "ORDER BY"), ("filter", "FILTER")):
                if node.args.get(key):
                    message = f"{what} specified, but {name} is not an aggregate function"
                    raise PgError(sqlstate.WRONG_OBJECT_TYPE, message, position=position)
            if window and signature.kind == "f":
                message = f"OVER specified, but {name} is not a window function nor an aggregate function"
                raise PgError(sqlstate.WRONG_OBJECT_TYPE, message, position=position)
        elif not signature.arguments and not node.args.get("star"):
            raise PgError(
                sqlstate.WRONG_OBJECT_TYPE,
                f"{name}(*) must be used to call a parameterless aggregate function",
                position=position,
            )
        if signature.set_returning:
            raise FeatureNotSupported(f"the set-returning function {name}", position=position)

    # -- aggregates and windows

    def enter_aggregate(self, node: exp.Expr) -> None:
        scope = self.scope
        if scope.in_aggregate:
            raise PgError(
                sqlstate.GROUPING_ERROR, "aggregate function calls cannot be nested", position=position_of(node)
            )
        if scope.clause in _NO_AGGREGATES:
            raise PgError(
                sqlstate.GROUPING_ERROR,
                f"aggregate functions are not allowed in {_NO_AGGREGATES[scope.clause]}",
                position=position_of(node),
            )
        scope.in_aggregate = True

    def aggregated(self, node: exp.Expr, window: bool) -> exp.Expr:
        """An aggregate call becomes a node of its own kind, with all its arguments."""
        if not window:
            self.scope.aggregates = True
        columns = [column for item in node.expressions for column in item.find_all(exp.Column)]
        if columns and not window and all(column.meta.get(LEVEL) != self.scope.number for column in columns):
            raise FeatureNotSupported("an aggregate of an outer query's columns", position=position_of(node))
        condition = node.args.get("filter")
        if condition is not None:
            clause, self.scope.clause = self.scope.clause, "FILTER"
            node.set("filter", self.condition(condition, "FILTER"))
            self.scope.clause = clause
        result = exp.AnonymousAggFunc(**{key: value for key, value in node.args.items() if value is not None})
        result.meta.update(node.meta)
        return result

    def window(self, node: exp.Expr) -> exp.Expr:
        scope = self.scope
        position = position_of(node)
        if scope.clause not in ("", "ORDER BY"):
            what = {"ON": "JOIN conditions", "SET": "UPDATE"}.get(scope.clause, scope.clause)
            raise PgError(sqlstate.WINDOWING_ERROR, f"window functions are not allowed in {what}", position=position)
        if node.args.get("alias") is not None:
            raise FeatureNotSupported("a named window", position=position)
        inner = self.function(node.this, window=True)
        node.set("this", inner)
        node.set("partition_by", [self.settle(self.infer(item)) for item in node.args.get("partition_by") or ()])
        order = node.args.get("order")
        for item in order.expressions if order is not None else ():
            item.set("this", self.settle(self.infer(item.this)))
        spec = node.args.get("spec")
        for key in ("start", "end"):
            bound = spec.args.get(key) if spec is not None else None
            if spec is not None and isinstance(bound, exp.Expr):
                spec.set(key, self.coerce(self.infer(bound), PgType(oids.INT8)))
        node.meta[TYPE] = type_of(inner)
        return node

    def settle(self, node: exp.Expr) -> exp.Expr:
        """An expression that nothing gives a type is text."""
        return self.coerce(node, PgType(oids.TEXT)) if type_of(node).oid == oids.UNKNOWN else node
