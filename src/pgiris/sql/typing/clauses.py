"""GROUP BY, ORDER BY, DISTINCT and LIMIT of a query (manual, SELECT; parse_clause.c of PostgreSQL is the model)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlglot import exp

from pgiris import sqlstate
from pgiris.errors import PgError
from pgiris.sql.analysis import TARGET, TYPE, PgType, position_of, type_of
from pgiris.sql.typing.relations import Relations
from pgiris.sql.typing.scope import LEVEL
from pgiris.sql.typing.types import type_name
from pgiris.types import oids

_UNORDERED: Final = frozenset({oids.JSON})


class Clauses(Relations):
    """Types the clauses of queries."""

    def group(self, node: exp.Select) -> list[exp.Expr]:
        clause = node.args.get("group")
        if clause is None:
            return []
        items: list[exp.Expr] = []
        meant: list[exp.Expr] = []
        for item in clause.expressions:
            target = self.target(item, node.expressions, "GROUP BY")
            if target is None:
                item = self.settle(self.infer(item))
                meant.append(item)
            else:
                item.meta[TARGET] = target
                value = node.expressions[target].this
                value = self.settle(value)
                node.expressions[target].set("this", value)
                aggregate = value.find(exp.AnonymousAggFunc)
                if aggregate is not None and not isinstance(aggregate.parent, exp.Window):
                    raise PgError(
                        sqlstate.GROUPING_ERROR,
                        "aggregate functions are not allowed in GROUP BY",
                        position=position_of(aggregate),
                    )
                item.meta[TYPE] = type_of(value)
                meant.append(value)
            self.comparable(meant[-1], "an equality operator", item)
            items.append(item)
        clause.set("expressions", items)
        return meant

    def comparable(self, node: exp.Expr, what: str, at: exp.Expr) -> None:
        oid = type_of(node).oid
        if oid in _UNORDERED:
            raise PgError(
                sqlstate.UNDEFINED_FUNCTION,
                f"could not identify {what} for type {type_name(oid)}",
                hint="Use an explicit ordering operator or modify the query." if "ordering" in what else None,
                position=position_of(at),
            )

    def target(self, item: exp.Expr, targets: Sequence[exp.Expr], clause: str) -> int | None:
        """The select item that a GROUP BY or ORDER BY item means by name or number (findTargetlistEntrySQL92)."""
        if isinstance(item, exp.Column) and item.args.get("table") is None:
            name = item.name
            if clause == "GROUP BY" and any(entry.ref.name == name for entry in self.scope.relation.entries):
                return None
            found = [index for index, target in enumerate(targets) if target.args["alias"].name == name]
            if found and any(targets[index].this != targets[found[0]].this for index in found):
                raise PgError(sqlstate.AMBIGUOUS_COLUMN, f'{clause} "{name}" is ambiguous', position=position_of(item))
            return found[0] if found else None
        if isinstance(item, (exp.Literal, exp.Null, exp.Boolean)):
            if not isinstance(item, exp.Literal) or item.args["is_string"] or not item.this.isdecimal():
                raise PgError(sqlstate.SYNTAX_ERROR, f"non-integer constant in {clause}", position=position_of(item))
            number = int(item.this)
            if not 0 < number <= len(targets):
                raise PgError(
                    sqlstate.INVALID_COLUMN_REFERENCE,
                    f"{clause} position {number} is not in select list",
                    position=position_of(item),
                )
            return number - 1
        return None

    def order(self, node: exp.Expr, targets: Sequence[exp.Expr]) -> None:
        clause = node.args.get("order")
        if clause is None:
            return
        for item in clause.expressions:
            index = self.target(item.this, targets, "ORDER BY")
            if index is None:
                item.set("this", self.settle(self.infer(item.this)))
                same = [n for n, target in enumerate(targets) if target.this == item.this]
                if same and not isinstance(item.this, exp.Column):
                    item.meta[TARGET] = same[0]
                    item.this.meta[TARGET] = same[0]
                value = item.this
            else:
                targets[index].set("this", self.settle(targets[index].this))
                item.meta[TARGET] = index
                item.this.meta[TARGET] = index
                value = targets[index].this
                item.this.meta[TYPE] = type_of(value)
            self.comparable(value, "an ordering operator", item)

    def distinct(self, node: exp.Select) -> None:
        clause = node.args.get("distinct")
        if clause is None:
            return
        order = node.args.get("order")
        on = clause.args.get("on")
        if on is None:
            for target in node.expressions:
                target.set("this", self.settle(target.this))
                self.comparable(target.this, "an equality operator", target)
            for item in order.expressions if order is not None else ():
                if TARGET not in item.meta and not any(item.this == target.this for target in node.expressions):
                    raise PgError(
                        sqlstate.INVALID_COLUMN_REFERENCE,
                        "for SELECT DISTINCT, ORDER BY expressions must appear in select list",
                        position=position_of(item.this),
                    )
            return
        self.distinct_on(node, on, order)

    def distinct_on(self, node: exp.Select, on: exp.Expr, order: exp.Expr | None) -> None:
        keys: list[exp.Expr] = []
        items: list[exp.Expr] = []
        for item in on.expressions:
            index = self.target(item, node.expressions, "DISTINCT ON")
            if index is None:
                item = self.settle(self.infer(item))
                keys.append(item)
            else:
                item.meta[TARGET] = index
                item.meta[TYPE] = type_of(node.expressions[index].this)
                keys.append(node.expressions[index].this)
            items.append(item)
        on.set("expressions", items)
        for item in (order.expressions if order is not None else ())[: len(keys)]:
            value = node.expressions[item.meta[TARGET]].this if TARGET in item.meta else item.this
            if not any(value == key for key in keys):
                raise PgError(
                    sqlstate.INVALID_COLUMN_REFERENCE,
                    "SELECT DISTINCT ON expressions must match initial ORDER BY expressions",
                    position=position_of(on),
                )

    def limits(self, node: exp.Expr) -> None:
        for key, name in (("limit", "LIMIT"), ("offset", "OFFSET")):
            clause = node.args.get(key)
            if clause is None:
                continue
            clause_before, self.scope.clause = self.scope.clause, name
            value = self.infer(clause.expression)
            self.scope.clause = clause_before
            for column in value.find_all(exp.Column):
                if column.meta.get(LEVEL) == self.scope.number:
                    raise PgError(
                        sqlstate.INVALID_COLUMN_REFERENCE,
                        f"argument of {name} must not contain variables",
                        position=position_of(column),
                    )
            clause.set("expression", self.whole_number(value, name))

    def whole_number(self, value: exp.Expr, name: str) -> exp.Expr:
        from pgiris.sql.typing.casts import ASSIGNMENT, castable

        found = type_of(value).oid
        if found in (oids.INT8, oids.UNKNOWN) or castable(found, oids.INT8, ASSIGNMENT):
            return self.coerce(value, PgType(oids.INT8))
        raise PgError(
            sqlstate.DATATYPE_MISMATCH,
            f"argument of {name} must be type bigint, not type {type_name(found)}",
            position=position_of(value),
        )
