"""FROM clauses: tables, subqueries, CTEs and joins (manual 7.2.1)."""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from pgiris import sqlstate
from pgiris.errors import FeatureNotSupported, PgError
from pgiris.sql.analysis import (
    CTE,
    TABLE,
    TYPE,
    USING,
    ColumnRef,
    OutputColumn,
    PgType,
    position_of,
    type_of,
)
from pgiris.sql.schema import Schema, Table
from pgiris.sql.typing import coercion
from pgiris.sql.typing.expressions import Typer
from pgiris.sql.typing.parameters import Parameters
from pgiris.sql.typing.scope import Entry, Relation, Scope, Source

PUBLIC: Final = frozenset({"public", "sqluser"})
_CATALOGS: Final = frozenset({"pg_catalog", "information_schema"})


class Relations(Typer):
    """Types FROM clauses; ``Queries`` adds the queries."""

    def __init__(self, scope: Scope, parameters: Parameters, schema: Schema, search_path: tuple[str, ...]) -> None:
        super().__init__(scope, parameters)
        self.schema = schema
        self.search_path = search_path

    def query(self, node: exp.Expr, scope: Scope) -> tuple[OutputColumn, ...]:
        """Type a whole query in its own scope."""
        raise AssertionError

    # -- FROM

    def from_clause(self, node: exp.Expr) -> None:
        """Type FROM and the joins of a query, UPDATE or DELETE into the scope."""
        from_ = node.args.get("from_")
        if from_ is None:
            return
        groups: list[tuple[exp.Expr, list[exp.Expr]]] = [(from_.this, [])]
        for join in node.args.get("joins") or ():
            if _is_comma(join):
                groups.append((join.this, []))
            else:
                groups[-1][1].append(join)
        for first, joins in groups:
            self.scope.add(self.joined(first, joins))

    def joined(self, first: exp.Expr, joins: list[exp.Expr]) -> Relation:
        relation = self.item(first, None)
        for join in joins:
            relation = self.join(relation, join)
        return relation

    def join(self, left: Relation, node: exp.Expr) -> Relation:
        right = self.item(node.this, left)
        side = node.args.get("side") or ""
        taken = {source.alias for source in left.sources}
        for source in right.sources:
            if source.alias in taken:
                raise PgError(sqlstate.DUPLICATE_ALIAS, f'table name "{source.alias}" specified more than once')
        names = self.shared_names(left, right, node)
        if side in ("LEFT", "FULL"):
            right.nullable()
        if side in ("RIGHT", "FULL"):
            left.nullable()
        result = Relation(left.sources + right.sources)
        if names is not None:
            self.merge(result, left, right, node, names)
            return result
        result.entries = left.entries + right.entries
        on = node.args.get("on")
        if on is not None:
            node.set("on", self.join_condition(result, on))
        return result

    def join_condition(self, relation: Relation, on: exp.Expr) -> exp.Expr:
        """ON sees the two sides of its join, and what is outside of the query."""
        scope = self.scope
        inner = Scope(scope.parent)
        inner.number, inner.ctes = scope.number, scope.ctes
        inner.relation, inner.clause = relation, "ON"
        inner.hidden = scope.relation.sources
        self.scope = inner
        try:
            return self.condition(on, "JOIN/ON")
        finally:
            self.scope = scope

    def shared_names(self, left: Relation, right: Relation, node: exp.Expr) -> list[str] | None:
        using = node.args.get("using")
        if using:
            return [identifier.name for identifier in using]
        if node.args.get("method") != "NATURAL":
            return None
        others = {entry.ref.name for entry in right.entries}
        return [entry.ref.name for entry in left.entries if entry.ref.name in others]

    def merge(self, result: Relation, left: Relation, right: Relation, node: exp.Expr, names: list[str]) -> None:
        """USING: the named columns come first, once."""
        side = node.args.get("side") or ""
        pairs: list[tuple[str, exp.Expr, exp.Expr]] = []
        merged: list[Entry] = []
        for name in names:
            one, other = self.common(left, name, "left", node), self.common(right, name, "right", node)
            test = exp.EQ(this=self.scope.reference(one), expression=self.scope.reference(other))
            self.apply(test, "=")
            pairs.append((name, test.this, test.expression))
            merged.append(self.merged_entry(one, other, side))
        result.entries = [
            *merged,
            *(entry for entry in left.entries if entry.ref.name not in names),
            *(entry for entry in right.entries if entry.ref.name not in names),
        ]
        node.meta[USING] = tuple(pairs)

    def common(self, relation: Relation, name: str, side: str, node: exp.Expr) -> Entry:
        found = [entry for entry in relation.entries if entry.ref.name == name]
        if len(found) == 1:
            return found[0]
        state, problem = (
            (sqlstate.UNDEFINED_COLUMN, f'column "{name}" specified in USING clause does not exist in {side} table')
            if not found
            else (sqlstate.AMBIGUOUS_COLUMN, f'common column name "{name}" appears more than once in {side} table')
        )
        raise PgError(state, problem, position=position_of(node))

    def merged_entry(self, one: Entry, other: Entry, side: str) -> Entry:
        nodes = [self.scope.reference(one), self.scope.reference(other)]
        common = coercion.common_type(nodes, "JOIN/USING")
        assert common is not None
        nodes = [self.coerce(node, PgType(common), relabel=True) for node in nodes]
        kept = other if side == "RIGHT" else one
        chosen = nodes[1] if side == "RIGHT" else nodes[0]
        ref = kept.ref
        if side == "FULL":
            chosen = exp.Coalesce(this=nodes[0], expressions=[nodes[1]])
            chosen.meta[TYPE] = coercion.common_typmod(nodes)
            ref = ref._replace(source="", table=None, column=None, nullable=True)
        elif kept.merged is None and isinstance(chosen, exp.Column):
            return Entry(ref)
        return Entry(ref._replace(type=type_of(chosen)), chosen)

    # -- items

    def item(self, node: exp.Expr, left: Relation | None) -> Relation:
        """One item of FROM. `left` is what stands to the left in the same join, for LATERAL."""
        if isinstance(node, exp.Table):
            return (
                self.function_item(node)
                if isinstance(node.this, exp.Expr) and not isinstance(node.this, exp.Identifier)
                else self.table(node)
            )
        if isinstance(node, exp.Subquery):
            return self.derived(node, node.this, Scope(self.enclosing()))
        if isinstance(node, exp.Lateral):
            return self.lateral(node, left)
        if isinstance(node, exp.Paren):
            return self.parenthesised(node)
        raise FeatureNotSupported("this item in FROM", position=position_of(node))

    def enclosing(self) -> Scope:
        """What a subquery in FROM sees: the outer query and the CTEs, not its neighbours."""
        outer = Scope(self.scope.parent)
        outer.ctes = self.scope.ctes
        outer.hidden = self.scope.relation.sources
        return outer

    def parenthesised(self, node: exp.Expr) -> Relation:
        relation = self.joined(node.this, node.args.get("joins") or [])
        if node.args.get("alias") is not None:
            raise FeatureNotSupported("an alias of a parenthesised join", position=position_of(node))
        return relation

    def lateral(self, node: exp.Expr, left: Relation | None) -> Relation:
        if not isinstance(node.this, exp.Subquery):
            raise FeatureNotSupported("a function in FROM", position=position_of(node))
        scope = Scope(self.scope.parent)
        scope.ctes = self.scope.ctes
        scope.number = self.scope.number
        scope.relation = Relation(list(self.scope.relation.sources), list(self.scope.relation.entries))
        if left is not None:
            scope.relation.sources += left.sources
            scope.relation.entries += left.entries
        return self.derived(node, node.this.this, Scope(scope))

    def derived(self, node: exp.Expr, query: exp.Expr, scope: Scope) -> Relation:
        """A subquery in FROM: its output columns under its alias."""
        columns = self.query(query, scope)
        return self.named(node.args["alias"], columns, node)

    def named(self, alias: exp.Expr, columns: tuple[OutputColumn, ...], node: exp.Expr) -> Relation:
        names = self.column_names(alias, [column.name for column in columns], node)
        refs = [
            ColumnRef(
                alias.name,
                name,
                column.type,
                nullable=column.nullable,
                collation=column.collation,
                origin=(column.table_oid, column.attnum),
                scale=column.scale,
            )
            for name, column in zip(names, columns)
        ]
        return Relation([Source(alias.name, refs, alias.name)], [Entry(ref) for ref in refs])

    def column_names(self, alias: exp.Expr | None, own: list[str], node: exp.Expr) -> list[str]:
        given = [identifier.name for identifier in (alias.args.get("columns") or ())] if alias is not None else []
        if len(given) > len(own):
            assert alias is not None
            raise PgError(
                sqlstate.INVALID_COLUMN_REFERENCE,
                f'table "{alias.name}" has {len(own)} columns available but {len(given)} columns specified',
            )
        return given + own[len(given) :]

    def function_item(self, node: exp.Expr) -> Relation:
        raise FeatureNotSupported("a function in FROM", position=position_of(node))

    def table(self, node: exp.Table) -> Relation:
        """A table of the snapshot, or a CTE."""
        alias = node.args.get("alias")
        if node.args.get("db") is None:
            cte = self.scope.find_cte(node.name)
            if cte is not None:
                return self.cte_reference(node, cte, alias)
        table = self.find_table(node)
        node.meta[TABLE] = table
        if alias is None:
            alias = exp.TableAlias(this=exp.Identifier(this=node.name, quoted=True))
            node.set("alias", alias)
        names = self.column_names(alias, [column.name for column in table.columns], node)
        refs = table_refs(table, alias.name, names)
        return Relation([Source(alias.name, refs, node.name)], [Entry(ref) for ref in refs])

    def cte_reference(self, node: exp.Table, cte: exp.CTE, alias: exp.Expr | None) -> Relation:
        node.meta[CTE] = cte
        if alias is None:
            alias = exp.TableAlias(this=exp.Identifier(this=node.name, quoted=True))
            node.set("alias", alias)
        columns: tuple[OutputColumn, ...] = cte.meta["pg_columns"]
        return self.named(alias, columns, node)

    def find_table(self, node: exp.Table) -> Table:
        """The table that a name means. Raises 42P01; 0A000 for catalogs, which are not tables of IRIS."""
        schema = node.args["db"].name if node.args.get("db") is not None else None
        table = self.schema.find(schema, node.name, self.search_path)
        if table is None:
            shown = f"{schema}.{node.name}" if schema else node.name
            raise PgError(sqlstate.UNDEFINED_TABLE, f'relation "{shown}" does not exist', position=position_of(node))
        return table


def table_refs(table: Table, alias: str, names: list[str]) -> list[ColumnRef]:
    """References to a table's columns, under these names."""
    return [
        ColumnRef(
            alias,
            name,
            PgType(column.type_oid, column.typmod),
            table,
            column,
            column.nullable,
            column.collation,
            (table.oid, number) if table.oid else (0, 0),
        )
        for number, (name, column) in enumerate(zip(names, table.columns), 1)
    ]


def _is_comma(join: exp.Expr) -> bool:
    return not any(join.args.get(key) for key in ("side", "kind", "method", "on", "using"))
