"""INSERT: one row a run, since IRIS's VALUES has one row (RSQL_insert); RETURNING by %ROWID of each run.

Constants become parameters, so that rows of one shape share one text and IRIS's cached queries stay few.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from pgiris import sqlstate
from pgiris.errors import FeatureNotSupported, PgError
from pgiris.sql.analysis import BIND, COLUMN, TYPE, Analyzed, ColumnRef, OutputColumn, output_of
from pgiris.sql.plan import Bind, Captured, Constant, Plan, Step, Yields
from pgiris.sql.render import render
from pgiris.sql.rewrite import names, sources
from pgiris.sql.rewrite.query import QueryBuilder
from pgiris.sql.schema import Table, TableColumn
from pgiris.sql.statements import changes, conflict
from pgiris.sql.statements.planning import Planning
from pgiris.sql.statements.tables import KEPT_BY_IRIS

Cell = tuple[TableColumn, exp.Expr]
"""A column and the IRIS value it gets."""


def plan(analyzed: Analyzed, planning: Planning) -> Plan:
    """The plan of an analysed INSERT."""
    return Inserter(analyzed, planning).plan()


class Inserter:
    """One INSERT while its plan is made."""

    def __init__(self, analyzed: Analyzed, planning: Planning) -> None:
        self.analyzed = analyzed
        self.planning = planning
        self.tree = analyzed.tree
        self.builder = QueryBuilder(analyzed)
        self.node, self.table = changes.target_of(self.tree.this)
        self.columns = changes.targets(self.tree)
        self.overriding = str(self.tree.args.get("overriding") or "").upper()
        self.returning = self.tree.args.get("returning") is not None
        self.defaults = self._defaults()
        self.texts: dict[tuple[str, ...], str] = {}

    def plan(self) -> Plan:
        changes.refuse_returning_on_view(self.tree, self.table)
        source = self.tree.expression
        if self.tree.args.get("conflict") is not None:
            return conflict.plan(self, self.tree.args["conflict"])
        if source is None or isinstance(source, exp.Values):
            steps = self.merged([self.row_step(cells) for cells in self.rows()])
        else:
            steps = self._from_query(source)
        if self.returning:
            steps.append(self.reading())
        return changes.change_plan("INSERT 0", steps, self.analyzed, atomic=len(steps) > 1 or bool(steps[0].batch))

    @property
    def alias(self) -> str:
        return self.node.alias or self.table.name

    # Values

    def _defaults(self) -> dict[str, exp.Expr]:
        """The defaults of columns that IRIS cannot supply as PostgreSQL does: expressions, evaluated in the session."""
        result: dict[str, exp.Expr] = {}
        for column in self.table.columns:
            if column.pg_default and column.default is not None and not column.identity:
                value = changes.default_value(column, self.planning)
                if value is not None and not _kept_by_iris(column, value):
                    result[column.name] = value
        return result

    def rows(self) -> list[list[Cell]]:
        """The rows of VALUES (one for DEFAULT VALUES), defaults filled in, identity rules applied."""
        source = self.tree.expression
        if source is None:
            return [self._completed([])]
        result: list[list[Cell]] = []
        for row in source.expressions:
            values = row.expressions if isinstance(row, exp.Tuple) else [row]
            cells: list[Cell] = []
            for column, value in zip(self.columns, values):
                node = value.this if isinstance(value, exp.Alias) else value
                if not changes.is_default(node) and self._taken(column):
                    cells.append((column, self._value(node, column)))
            result.append(self._completed(cells))
        return result

    def _taken(self, column: TableColumn) -> bool:
        """Whether a value for the column is to be used: identity columns have rules of their own (manual, INSERT)."""
        if not column.identity or self.overriding == "SYSTEM":
            return True
        if self.overriding == "USER":
            return False
        if column.identity_always:
            raise PgError(
                sqlstate.GENERATED_ALWAYS,
                f'cannot insert a non-DEFAULT value into column "{column.name}"',
                detail=f'Column "{column.name}" is an identity column defined as GENERATED ALWAYS.',
                hint="Use OVERRIDING SYSTEM VALUE to override.",
            )
        return True

    def _value(self, node: exp.Expr, column: TableColumn) -> exp.Expr:
        constant = self.builder.rewriter.constant(node, column)
        if constant is None:
            return self.builder.rewriter.assign(node, column)
        if constant.value is None and not column.nullable:
            raise PgError(
                sqlstate.NOT_NULL_VIOLATION,
                f'null value in column "{column.name}" of relation "{self.table.name}" violates not-null constraint',
                schema=_schema(self.table),
                table=self.table.name,
                column=column.name,
            )
        return self.builder.binds.placeholder(constant)

    def _completed(self, cells: list[Cell]) -> list[Cell]:
        given = {column.name for column, _ in cells}
        return cells + [
            (column, self.defaults[column.name].copy())
            for column in self.table.columns
            if column.name in self.defaults and column.name not in given
        ]

    # Steps

    def row_step(self, cells: Sequence[Cell]) -> Step:
        if not cells or any(not isinstance(value, exp.Placeholder) for _, value in cells):
            return self.counted(*insert_text(self.table, cells))
        # Rows of nothing but parameters differ in their binds alone.
        shape = tuple(column.name for column, _ in cells)
        if shape not in self.texts:
            self.texts[shape] = insert_text(self.table, cells)[0]
        return self.counted(self.texts[shape], tuple(value.meta[BIND] for _, value in cells))

    def counted(self, sql: str, binds: tuple[Bind, ...]) -> Step:
        """A step that changes rows, and remembers their RowIDs when RETURNING wants them."""
        if not self.returning:
            return Step(sql, binds, counts=True)
        return Step(sql, binds, Yields.ROW_ID, changes.CHANGED, counts=True)

    def reading(self) -> Step:
        """The step that answers RETURNING."""
        captured = Captured(changes.CHANGED)
        return changes.returning_step(
            self.builder, self.tree, self.alias, self.table, captured, for_each=changes.CHANGED
        )

    def into(self, columns: Sequence[TableColumn]) -> exp.Insert:
        """``INSERT INTO t (columns)``, without its source."""
        return _insert(self.table, columns)

    @staticmethod
    def merged(steps: list[Step]) -> list[Step]:
        """Neighbouring rows with the same text as one batch."""
        result: list[Step] = []
        groups: list[list[Step]] = []
        for step in steps:
            if groups and groups[-1][0].sql == step.sql:
                groups[-1].append(step)
            else:
                groups.append([step])
        for group in groups:
            first = group[0]
            if len(group) == 1:
                result.append(first)
            else:
                result.append(replace(first, binds=(), batch=tuple(step.binds for step in group)))
        return result

    def _from_query(self, source: exp.Expr) -> list[Step]:
        output = output_of(source) or output_of(_inner(source))
        for column in self.columns:
            self._taken(column)
        columns = [c for c in self.columns if not (c.identity and self.overriding == "USER")]
        select = self.source_query(source, output, columns)
        given = {column.name for column in self.columns}
        extra = [c for c in self.table.columns if c.name in self.defaults and c.name not in given]
        for column in extra:
            select.append("expressions", self.defaults[column.name].copy())
        if not self.returning:
            tree = _insert(self.table, [*columns, *extra])
            tree.set("expression", select)
            sql, binds = render(tree)
            return [Step(sql, binds, counts=True)]
        sql, binds = render(select)
        captured: list[Cell] = [
            (column, self.builder.binds.placeholder(Captured("source", n)))
            for n, column in enumerate([*columns, *extra])
        ]
        text, values = insert_text(self.table, captured)
        return [
            Step(sql, binds, Yields.CAPTURE, "source"),
            Step(text, values, Yields.ROW_ID, changes.CHANGED, counts=True, for_each="source"),
        ]

    def source_query(
        self, source: exp.Expr, output: Sequence[OutputColumn], columns: Sequence[TableColumn]
    ) -> exp.Select:
        """The query's rows, each cell converted to its column's type."""
        cells = [f"c{n}" for n in range(1, len(output) + 1)]
        query = self.builder.derived(source, cells)
        items: list[exp.Expr] = []
        for column in columns:
            index = next(n for n, target in enumerate(self.columns) if target is column)
            made = output[index]
            node = exp.Column(this=names.label(cells[index]), table=names.label("s"))
            node.meta[TYPE] = made.type
            node.meta[COLUMN] = ColumnRef("s", cells[index], made.type, nullable=made.nullable)
            items.append(self.builder.rewriter.assign(node, column))
        derived = exp.Subquery(this=query, alias=exp.TableAlias(this=names.label("s")))
        return exp.Select(expressions=items, from_=exp.From(this=derived))


def _inner(source: exp.Expr) -> exp.Expr:
    while isinstance(source, exp.Subquery):
        source = source.this
    return source


def _kept_by_iris(column: TableColumn, value: exp.Expr) -> bool:
    """Whether IRIS's own DEFAULT is the same (see ``tables.iris_default``)."""
    return isinstance(value.meta.get(BIND), Constant) and column.type_oid in KEPT_BY_IRIS


def _schema(table: Table) -> str:
    return "public" if table.schema.lower() == "sqluser" else table.schema


def insert_text(table: Table, cells: Sequence[Cell]) -> tuple[str, tuple[Bind, ...]]:
    """``INSERT INTO t (columns) VALUES (…)``; SELECT where a value holds a subquery, which VALUES refuses (-144)."""
    if not cells:
        return render(exp.Insert(this=sources.bare(table), default=True))
    values = [value for _, value in cells]
    tree = _insert(table, [column for column, _ in cells])
    if any(value.find(exp.Subquery, exp.Select, exp.Exists) is not None for value in values):
        tree.set("expression", exp.Select(expressions=values))
    else:
        tree.set("expression", exp.Values(expressions=[exp.Tuple(expressions=values)]))
    return render(tree)


def _insert(table: Table, columns: Sequence[TableColumn]) -> exp.Insert:
    if not columns:
        raise FeatureNotSupported("INSERT without columns")
    into = exp.Schema(this=sources.bare(table), expressions=[names.identifier(c.name) for c in columns])
    return exp.Insert(this=into)
