"""Views and subqueries as targets of INSERT, UPDATE and DELETE (RSQL_createview; SQLCODE -35, -136, -137)."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from pgiris.errors import IrisError
from pgiris.standin import parsing
from pgiris.standin.compiler import aggregates, names, predicates
from pgiris.standin.compiler.ir import ColumnRef, Context, Scope, Source, quoted
from pgiris.standin.dictionary import Table, View


@dataclass
class ViewTarget:
    """How a view's columns are columns of its base table; `tests` are the WHERE clauses on the way down."""

    label: str
    columns: dict[str, str]
    tests: list[exp.Expr] = field(default_factory=list)
    check: bool = False
    name: str = ""

    def source(self, context: Context, own: Source) -> Source:
        """A source with the view's column names over the base table's columns."""
        columns = []
        for shown, base in self.columns.items():
            found = own.find(base)
            if found is not None:
                columns.append(ColumnRef(shown, found.sql, found.type, found.nullable, found.schema, found.table))
        self.base = own
        return Source(own.alias, self.label, columns, rowid=own.rowid)

    def where(self, context: Context, scope: Scope) -> list[str]:
        """The view's own conditions, over the base table."""
        inner = Scope([self.base])
        return [predicates.condition(context, inner, test) for test in self.tests]

    def check_sql(self, context: Context, table: Table) -> str:
        """WITH CHECK OPTION: a query that finds a row which the view does not show."""
        if not self.check or not self.tests:
            return ""
        source = Source("t", "", [ColumnRef(c.name, f"t.{c.sql}", c.type) for c in table.columns], rowid="t.rid")
        tests = [predicates.condition(context, Scope([source]), test) for test in self.tests]
        rows = f"SELECT 1 FROM {table.sql} AS t WHERE t.rid IN (SELECT value FROM json_each(?1))"
        return f"{rows} AND NOT coalesce({' AND '.join(tests)}, 0)"

    base: Source = field(default_factory=lambda: Source("", "", []))


def refuse(name: str) -> IrisError:
    """SQLCODE -35."""
    return IrisError(-35, f"INSERT/UPDATE/DELETE not allowed on non-updateable view {quoted(name)}")


def through_view(context: Context, view: View) -> tuple[Table, ViewTarget]:
    """The base table of an updatable view."""
    if view.read_only or view.id in context.views or len(context.views) > 20:
        raise refuse(view.qualified)
    context.views.append(view.id)
    try:
        table, target = through_query(context, parsing.parse_cached(view.text))
    finally:
        context.views.pop()
    target.label, target.name = view.name, view.qualified
    if view.columns:
        target.columns = dict(zip((c.lower() for c in view.columns), target.columns.values()))
    target.check = target.check or view.check_option != "NONE"
    return table, target


def through_query(context: Context, node: exp.Expr) -> tuple[Table, ViewTarget]:
    """The base table of a simple query: one table, plain columns, no grouping."""
    while isinstance(node, exp.Subquery):
        node = node.this
    clause = node.args.get("from_")
    simple = isinstance(node, exp.Select) and clause is not None and isinstance(clause.this, exp.Table)
    if not simple or any(node.args.get(k) for k in ("joins", "group", "having", "distinct", "top", "limit", "with_")):
        raise refuse("query")
    assert clause is not None
    relation = names.find_relation(context, clause.this)
    below = None
    if isinstance(relation, View):
        table, below = through_view(context, relation)
        offered = below.columns
    else:
        table = relation
        offered = {c.name.lower(): c.name for c in table.columns}
    columns: dict[str, str] = {}
    for item in node.expressions:
        if isinstance(item, exp.Star) or (isinstance(item, exp.Column) and isinstance(item.this, exp.Star)):
            columns.update(offered)
            continue
        inner = item.this if isinstance(item, exp.Alias) else item
        if aggregates.has_aggregate(inner):
            raise refuse("query")
        if isinstance(inner, exp.Column) and inner.name.lower() in offered:
            columns[(item.alias if isinstance(item, exp.Alias) else inner.name).lower()] = offered[inner.name.lower()]
    where = node.args.get("where")
    tests = list(below.tests) if below is not None else []
    if where is not None:
        tests.append(where.this)
    return table, ViewTarget("", columns, tests, below.check if below is not None else False)
