"""INSERT … ON CONFLICT. IRIS's INSERT OR UPDATE matches any unique key and knows no excluded row (RSQL_insertorupdate).

DO NOTHING: a violation of a unique key (SQLCODE -119) is no failure where it can only be the key in question; else the
row is inserted where no row with that key exists. DO UPDATE: for each row, look for the row with the key, then insert
or update. Both are right as long as nobody else inserts the same key meanwhile; then IRIS refuses the row (-119).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sqlglot import exp

from pgiris import sqlstate
from pgiris.errors import FeatureNotSupported, PgError
from pgiris.sql.analysis import BIND, position_of
from pgiris.sql.plan import Captured, Constant, Plan, Step, Yields
from pgiris.sql.render import render
from pgiris.sql.rewrite import names, sources
from pgiris.sql.schema import Table
from pgiris.sql.statements import changes, update

if TYPE_CHECKING:
    from pgiris.sql.statements.insert import Cell, Inserter

_DUPLICATE: Final = -119
EXCLUDED: Final = "excluded"


def plan(inserter: Inserter, clause: exp.Expr) -> Plan:
    """The plan of an INSERT with a conflict clause. Raises 42P10 when no unique key is what the clause names."""
    key = _key(inserter.table, clause)
    source = inserter.tree.expression
    if source is not None and not isinstance(source, exp.Values):
        raise FeatureNotSupported("INSERT … SELECT … ON CONFLICT", position=position_of(clause))
    rows = inserter.rows()
    if clause.args["action"].name == "DO NOTHING":
        steps = _do_nothing(inserter, rows, key)
    else:
        if key is None:
            message = "ON CONFLICT DO UPDATE requires inference specification or constraint name"
            hint = "For example, ON CONFLICT (column_name)."
            raise PgError(sqlstate.SYNTAX_ERROR, message, hint=hint, position=position_of(clause))
        steps = _do_update(inserter, rows, key, clause)
    if inserter.returning:
        steps.append(inserter.reading())
    return changes.change_plan("INSERT 0", steps, inserter.analyzed, atomic=True)


def _key(table: Table, clause: exp.Expr) -> tuple[str, ...] | None:
    """The columns of the unique key that the clause names; None when it names none."""
    if clause.args.get("index_predicate") is not None:
        raise FeatureNotSupported("a predicate in ON CONFLICT", position=position_of(clause))
    keys = _unique_keys(table)
    constraint = clause.args.get("constraint")
    if constraint is not None:
        for name, columns in keys.items():
            if name.lower() == constraint.name.lower():
                return columns
        message = f'constraint "{constraint.name}" for table "{table.name}" does not exist'
        raise PgError(sqlstate.UNDEFINED_OBJECT, message)
    named = clause.args.get("conflict_keys")
    if not named:
        return None
    wanted = {column.name.lower() for column in named}
    for columns in keys.values():
        if {column.lower() for column in columns} == wanted:
            return columns
    message = "there is no unique or exclusion constraint matching the ON CONFLICT specification"
    raise PgError(sqlstate.INVALID_COLUMN_REFERENCE, message)


def _unique_keys(table: Table) -> Mapping[str, tuple[str, ...]]:
    keys = dict(table.unique_keys)
    if table.primary_key and table.primary_key not in keys.values():
        keys[f"{table.name}_pkey"] = table.primary_key
    return keys


def _do_nothing(inserter: Inserter, rows: list[list[Cell]], key: tuple[str, ...] | None) -> list[Step]:
    if key is None or _violable(inserter, rows) <= {key}:
        steps = inserter.merged([inserter.row_step(cells) for cells in rows])
        return [replace(step, ignore=frozenset({_DUPLICATE})) for step in steps]
    steps = []
    for cells in rows:
        condition = _matches(inserter, cells, key)
        if condition is None:
            steps.append(inserter.row_step(cells))
            continue
        tree = inserter.into([column for column, _ in cells])
        found = exp.Select(
            expressions=[exp.Literal.number(1)],
            from_=exp.From(this=sources.reference(inserter.table, inserter.alias)),
            where=exp.Where(this=condition),
        )
        values = exp.Select(expressions=[value for _, value in cells])
        values.set("where", exp.Where(this=exp.Not(this=exp.Exists(this=found))))
        tree.set("expression", values)
        steps.append(inserter.counted(*render(tree)))
    return inserter.merged(steps)


def _violable(inserter: Inserter, rows: list[list[Cell]]) -> set[tuple[str, ...]]:
    """The unique keys that these rows can violate: not those of identity columns that IRIS fills."""
    given = {column.name for cells in rows for column, _ in cells}
    own = {column.name for column in inserter.table.columns if column.identity and column.name not in given}
    return {key for key in _unique_keys(inserter.table).values() if not own.issuperset(key)}


def _matches(inserter: Inserter, cells: Sequence[Cell], key: Sequence[str]) -> exp.Expr | None:
    """The condition for rows with the same key as the one to be inserted; None when there can be none."""
    given = {column.name: value for column, value in cells}
    condition: exp.Expr | None = None
    for name in key:
        value = given.get(name)
        if value is None or isinstance(value, exp.Null) or value.meta.get(BIND) == Constant(None):
            return None
        column = exp.Column(this=names.identifier(name), table=names.label(inserter.alias))
        equal = exp.EQ(this=column, expression=value.copy())
        condition = equal if condition is None else exp.And(this=condition, expression=equal)
    return condition


def _do_update(inserter: Inserter, rows: list[list[Cell]], key: tuple[str, ...], clause: exp.Expr) -> list[Step]:
    _refuse_twice(rows, key)
    steps: list[Step] = []
    for number, cells in enumerate(rows):
        condition = _matches(inserter, cells, key)
        if condition is None:
            steps.append(inserter.row_step(cells))
            continue
        name = f"conflict{number}"
        look = exp.Select(
            expressions=[changes.row_id(inserter.alias)],
            from_=exp.From(this=sources.reference(inserter.table, inserter.alias)),
            where=exp.Where(this=condition),
        )
        steps.append(Step(*render(look), Yields.CAPTURE, name))
        steps.append(replace(inserter.row_step(cells), unless=name))
        change = _update(inserter, cells, clause, name)
        if inserter.returning:
            # %ROWID is not reset when WHERE lets no row through (GSQL_dynsql), so the row is remembered beforehand.
            remember = exp.Select(
                expressions=[changes.row_id(inserter.alias)],
                from_=exp.From(this=sources.reference(inserter.table, inserter.alias)),
                where=change.args["where"].copy(),
            )
            steps.append(Step(*render(remember), Yields.CAPTURE, changes.CHANGED, only_if=name))
        steps.append(Step(*render(change), counts=True, only_if=name))
    return steps


def _refuse_twice(rows: Sequence[Sequence[Cell]], key: Sequence[str]) -> None:
    """Two rows of one statement with the same key cannot both be applied (manual, INSERT, ON CONFLICT)."""
    seen: set[tuple[str, ...]] = set()
    for cells in rows:
        given = {column.name: value for column, value in cells}
        binds = [given[name].meta.get(BIND) if name in given else None for name in key]
        if any(not isinstance(bind, Constant) or bind.value is None for bind in binds):
            continue
        values = tuple(repr(bind) for bind in binds)
        if values in seen:
            raise PgError(
                sqlstate.CARDINALITY_VIOLATION,
                "ON CONFLICT DO UPDATE command cannot affect row a second time",
                hint="Ensure that no rows proposed for insertion within the same command have duplicate "
                "constrained values.",
            )
        seen.add(values)


def _update(inserter: Inserter, cells: Sequence[Cell], clause: exp.Expr, name: str) -> exp.Expr:
    """The update of the row that was found, with the values of the row proposed in place of ``excluded``."""
    builder, planning = inserter.builder, inserter.planning
    given: dict[tuple[str, str], exp.Expr] = {}
    for column in inserter.table.columns:
        value = next((value for target, value in cells if target.name == column.name), None)
        if value is None and not column.identity:
            value = changes.default_value(column, planning)
        if value is not None:
            given[EXCLUDED, column.name] = value
    clause = clause.copy()
    for item in clause.expressions:
        item.set("expression", _with_excluded(item.expression, given))
    change = exp.Update(
        this=sources.reference(inserter.table, inserter.alias),
        expressions=update.assignments(clause, builder, planning),
    )
    found = exp.EQ(this=changes.row_id(inserter.alias), expression=builder.binds.placeholder(Captured(name)))
    condition: exp.Expr = found
    where = clause.args.get("where")
    if where is not None:
        asked = builder.rewriter.predicate(_with_excluded(where.this, given))
        condition = exp.And(this=found, expression=exp.Paren(this=asked))
    change.set("where", exp.Where(this=condition))
    return change


def _with_excluded(node: exp.Expr, given: Mapping[tuple[str, str], exp.Expr]) -> exp.Expr:
    for column in node.find_all(exp.Column):
        if column.table == EXCLUDED:
            value = given.get((EXCLUDED, column.name))
            if not isinstance(value, exp.Placeholder):
                raise FeatureNotSupported(
                    f'excluded."{column.name}" where its value is an expression', position=position_of(column)
                )
    return changes.with_binds(node, given)
