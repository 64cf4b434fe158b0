"""INSERT, UPDATE and DELETE (manual, SQL commands of these names; analyze.c of PostgreSQL is the model)."""

from __future__ import annotations

from sqlglot import exp

from pgiris import sqlstate
from pgiris.errors import PgError
from pgiris.sql.analysis import OUTPUT, TABLE, TARGETS, TYPE, OutputColumn, PgType, position_of, type_of
from pgiris.sql.schema import Table, TableColumn
from pgiris.sql.typing.casts import ASSIGNMENT, castable
from pgiris.sql.typing.queries import Queries
from pgiris.sql.typing.relations import table_refs
from pgiris.sql.typing.scope import Entry, Relation, Scope, Source
from pgiris.sql.typing.types import UNKNOWN, type_name
from pgiris.types import oids


class Statements(Queries):
    """Types whole statements."""

    def statement(self, node: exp.Expr) -> tuple[OutputColumn, ...] | None:
        """The output columns of a query or RETURNING, None when there are none."""
        if isinstance(node, exp.Insert):
            return self.insert(node)
        if isinstance(node, exp.Update):
            return self.update(node)
        if isinstance(node, exp.Delete):
            return self.delete(node)
        return self.query(node, self.scope)

    def target_table(self, node: exp.Table) -> tuple[Table, Relation]:
        """The table that a statement changes, with its alias set."""
        table = self.find_table(node)
        node.meta[TABLE] = table
        alias = node.args.get("alias")
        if alias is None:
            alias = exp.TableAlias(this=exp.Identifier(this=node.name, quoted=True))
            node.set("alias", alias)
        refs = table_refs(table, alias.name, [column.name for column in table.columns])
        return table, Relation([Source(alias.name, refs, node.name)], [Entry(ref) for ref in refs])

    def returning(self, node: exp.Expr) -> tuple[OutputColumn, ...] | None:
        clause = node.args.get("returning")
        if clause is None:
            return None
        self.scope.clause = "RETURNING"
        clause.set("expressions", self.targets(clause.expressions))
        for item in clause.expressions:
            item.set("this", self.settle(item.this))
        columns = tuple(self.output_column(item) for item in clause.expressions)
        node.meta[OUTPUT] = columns
        return columns

    def find_column(self, table: Table, name: exp.Expr, shown: str) -> TableColumn:
        for column in table.columns:
            if column.name == name.name:
                return column
        raise PgError(
            sqlstate.UNDEFINED_COLUMN,
            f'column "{name.name}" of relation "{shown}" does not exist',
            position=position_of(name),
        )

    # -- INSERT

    def insert(self, node: exp.Insert) -> tuple[OutputColumn, ...] | None:
        self.with_clause(node)
        schema = node.this
        target = schema.this if isinstance(schema, exp.Schema) else schema
        table, relation = self.target_table(target)
        columns = self.insert_columns(schema, table, target.name)
        source = node.args.get("expression")
        if source is not None:
            columns = self.insert_source(source, columns, explicit=isinstance(schema, exp.Schema))
        else:
            columns = []
        node.meta[TARGETS] = tuple(columns)
        self.scope.add(relation)
        conflict = node.args.get("conflict")
        if conflict is not None:
            self.conflict(conflict, table, target)
        return self.returning(node)

    def insert_columns(self, schema: exp.Expr, table: Table, shown: str) -> list[TableColumn]:
        if not isinstance(schema, exp.Schema):
            return list(table.columns)
        columns: list[TableColumn] = []
        for name in schema.expressions:
            column = self.find_column(table, name, shown)
            if column in columns:
                raise PgError(
                    sqlstate.DUPLICATE_COLUMN,
                    f'column "{column.name}" specified more than once',
                    position=position_of(name),
                )
            columns.append(column)
        return columns

    def insert_source(self, source: exp.Expr, columns: list[TableColumn], *, explicit: bool) -> list[TableColumn]:
        plain = isinstance(source, exp.Values) and not any(
            source.args.get(key) for key in ("order", "limit", "offset", "with_")
        )
        inner = Scope()
        inner.ctes = self.scope.ctes
        if plain:
            outer, self.scope = self.scope, inner
            try:
                return self.insert_values(source, columns, explicit)
            finally:
                self.scope = outer
        found = self.query_for_insert(source, inner, columns)
        self.check_width(len(found), columns, explicit, source)
        for index, (column, made) in enumerate(zip(columns, found)):
            self.check_assignable(made.type.oid, column, _select_item(source, index))
        return columns[: len(found)]

    def query_for_insert(self, source: exp.Expr, scope: Scope, columns: list[TableColumn]) -> tuple[OutputColumn, ...]:
        """The query; untyped literals and parameters in its select list take the column's type."""
        if isinstance(source, exp.Select):
            source.meta["pg_assigned"] = tuple(PgType(c.type_oid, c.typmod) for c in columns)
        return self.query(source, scope)

    def targets(self, items: list[exp.Expr]) -> list[exp.Expr]:
        found = super().targets(items)
        parent = items[0].parent if items else None
        wanted = parent.meta.pop("pg_assigned", ()) if parent is not None else ()
        for item, type_ in zip(found, wanted):
            if type_of(item.this).oid == oids.UNKNOWN:
                item.set("this", self.coerce(item.this, PgType(type_.oid)))
        return found

    def insert_values(self, source: exp.Expr, columns: list[TableColumn], explicit: bool) -> list[TableColumn]:
        self.scope.clause = "VALUES"
        rows = source.expressions
        width = len(rows[0].expressions)
        for row in rows:
            if len(row.expressions) != width:
                raise PgError(
                    sqlstate.SYNTAX_ERROR,
                    "VALUES lists must all be the same length",
                    position=position_of(row.expressions[0]),
                )
        self.check_width(width, columns, explicit, rows[0])
        for row in rows:
            row.set("expressions", [self.assigned(item, column) for item, column in zip(row.expressions, columns)])
        source.meta[OUTPUT] = tuple(
            OutputColumn(f"column{n}", PgType(column.type_oid)) for n, column in enumerate(columns[:width], 1)
        )
        return columns[:width]

    def check_width(self, width: int, columns: list[TableColumn], explicit: bool, at: exp.Expr) -> None:
        if width > len(columns):
            extra = _select_item(at, len(columns))
            raise PgError(
                sqlstate.SYNTAX_ERROR,
                "INSERT has more expressions than target columns",
                position=position_of(extra),
            )
        if explicit and width < len(columns):
            raise PgError(
                sqlstate.SYNTAX_ERROR,
                "INSERT has more target columns than expressions",
                position=position_of(_first_untaken(at, width)),
            )

    def assigned(self, node: exp.Expr, column: TableColumn) -> exp.Expr:
        """A value for a column: typed by it when untyped, checked against it otherwise. DEFAULT stays."""
        if isinstance(node, exp.Var):
            return node
        node = self.infer(node)
        if type_of(node) == UNKNOWN:
            return self.coerce(node, PgType(column.type_oid))
        self.check_assignable(type_of(node).oid, column, node)
        return node

    def check_assignable(self, source: int, column: TableColumn, at: exp.Expr) -> None:
        if not castable(source, column.type_oid, ASSIGNMENT):
            raise PgError(
                sqlstate.DATATYPE_MISMATCH,
                f'column "{column.name}" is of type {type_name(column.type_oid)} '
                f"but expression is of type {type_name(source)}",
                hint="You will need to rewrite or cast the expression.",
                position=position_of(at),
            )

    def conflict(self, node: exp.Expr, table: Table, target: exp.Table) -> None:
        """ON CONFLICT DO UPDATE sees the table and the row that was refused, as ``excluded``."""
        if node.args["action"].this == "DO UPDATE" and not (
            node.args.get("conflict_keys") or node.args.get("constraint")
        ):
            raise PgError(
                sqlstate.SYNTAX_ERROR,
                "ON CONFLICT DO UPDATE requires inference specification or constraint name",
                hint="For example, ON CONFLICT (column_name).",
                position=position_of(node),
            )
        for key in node.args.get("conflict_keys") or ():
            self.find_key(table, key)
        if not node.expressions:
            return
        refs = table_refs(table, "excluded", [column.name for column in table.columns])
        outer = self.scope
        inner = Scope(outer.parent)
        inner.number, inner.ctes = outer.number, outer.ctes
        inner.relation = Relation(
            [*outer.relation.sources, Source("excluded", refs, "excluded")], list(outer.relation.entries)
        )
        self.scope = inner
        try:
            self.assignments(node, table, target.name)
            where = node.args.get("where")
            if where is not None:
                inner.clause = "WHERE"
                where.set("this", self.condition(where.this, "WHERE"))
        finally:
            self.scope = outer

    def find_key(self, table: Table, key: exp.Expr) -> None:
        column = next((c for c in table.columns if c.name == key.name), None)
        if column is None:
            raise PgError(sqlstate.UNDEFINED_COLUMN, f'column "{key.name}" does not exist', position=position_of(key))
        key.meta[TYPE] = PgType(column.type_oid, column.typmod)

    # -- UPDATE and DELETE

    def assignments(self, node: exp.Expr, table: Table, shown: str) -> None:
        """SET: values typed by their columns."""
        self.scope.clause = "SET"
        seen: set[str] = set()
        for pair in node.expressions:
            names = pair.this.expressions if isinstance(pair.this, exp.Tuple) else [pair.this]
            columns = tuple(self.find_column(table, name.this, shown) for name in names)
            for column, name in zip(columns, names):
                if column.name in seen:
                    raise PgError(
                        sqlstate.SYNTAX_ERROR,
                        f'multiple assignments to same column "{column.name}"',
                    )
                seen.add(column.name)
                name.meta[TYPE] = PgType(column.type_oid, column.typmod)
            pair.meta[TARGETS] = columns
            self.assign(pair, columns)

    def assign(self, pair: exp.Expr, columns: tuple[TableColumn, ...]) -> None:
        value = pair.expression
        if not isinstance(pair.this, exp.Tuple):
            pair.set("expression", self.assigned(value, columns[0]))
            return
        if isinstance(value, exp.Subquery):
            found = self.subquery_columns(value)
            widths = len(found)
        else:
            widths = len(value.expressions)
        if widths != len(columns):
            raise PgError(
                sqlstate.SYNTAX_ERROR,
                "number of columns does not match number of values",
                position=position_of(value),
            )
        if isinstance(value, exp.Subquery):
            for made, column in zip(found, columns):
                self.check_assignable(made.type.oid, column, value)
            value.meta[TYPE] = PgType(oids.RECORD)
            return
        value.set("expressions", [self.assigned(v, column) for v, column in zip(value.expressions, columns)])

    def update(self, node: exp.Update) -> tuple[OutputColumn, ...] | None:
        self.with_clause(node)
        table, relation = self.target_table(node.this)
        self.scope.add(relation)
        self.from_clause(node)
        # PostgreSQL types WHERE after SET; parameters take their type from what comes first.
        self.assignments(node, table, node.this.name)
        self.where(node)
        return self.returning(node)

    def delete(self, node: exp.Delete) -> tuple[OutputColumn, ...] | None:
        self.with_clause(node)
        _, relation = self.target_table(node.this)
        self.scope.add(relation)
        self.from_clause(node)
        self.where(node)
        return self.returning(node)

    def where(self, node: exp.Expr) -> None:
        where = node.args.get("where")
        if where is not None:
            self.scope.clause = "WHERE"
            where.set("this", self.condition(where.this, "WHERE"))


def _first_untaken(source: exp.Expr, width: int) -> exp.Expr:
    """The first column name of an INSERT that has no value."""
    insert = source.find_ancestor(exp.Insert)
    found = insert.this.expressions[width] if insert is not None else source
    assert isinstance(found, exp.Expr)
    return found


def _select_item(query: exp.Expr, index: int) -> exp.Expr:
    """The expression of a query's output column, for positions."""
    while isinstance(query, exp.SetOperation):
        query = query.this
    items = query.expressions
    if isinstance(query, exp.Values):
        items = items[0].expressions
    return items[index] if index < len(items) else query
