"""INSERT, UPDATE, DELETE and TRUNCATE (RSQL_insert, RSQL_insertorupdate, RSQL_update, RSQL_delete)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import apsw
from sqlglot import exp

from pgiris.errors import IrisError
from pgiris.standin import binders, parsing
from pgiris.standin import iristypes as t
from pgiris.standin.compiler import names, predicates, queries, scalars, sources, updatable
from pgiris.standin.compiler.coerce import coerce, literal_text, settled, text_of
from pgiris.standin.compiler.ir import Context, Expr, Scope, quoted
from pgiris.standin.dictionary import Column, Table
from pgiris.standin.iristypes import IrisType, Kind


@dataclass
class Change:
    """A compiled data change. `kind` is INSERT, UPDATE or DELETE; `after` finds rows that a view's check option refuses
    among those of a JSON list; `assigned` are the columns that an UPDATE sets, in lower case."""

    kind: str
    sql: str
    table: Table
    modifiers: frozenset[str] = frozenset()
    after: str = ""
    assigned: frozenset[str] = frozenset()
    upsert: bool = False

    @property
    def returns_rows(self) -> bool:
        """Whether `text` gives the RowIDs it touched. A plain INSERT need not: it draws them itself."""
        return self.upsert or self.kind != "INSERT"

    @property
    def text(self) -> str:
        return f"{self.sql} RETURNING rid" if self.returns_rows else self.sql


def check_view(connection: apsw.Connection, change: Change, rows: Sequence[Sequence[object]]) -> None:
    """The rows that a change touched must be rows of its view: SQLCODE -136, -137."""
    listed = "[" + ",".join(str(row[0]) for row in rows) + "]"
    if connection.execute(change.after, (listed,)).fetchone() is not None:
        code = -136 if change.kind == "INSERT" else -137
        raise IrisError(code, f"View's WITH CHECK OPTION validation failed in {change.kind}")


def target_table(context: Context, node: exp.Expr) -> tuple[Table, updatable.ViewTarget | None]:
    """The base table that a change goes to, and the view it goes through."""
    while isinstance(node, exp.Schema):
        node = node.this
    if isinstance(node, exp.Subquery):
        return updatable.through_query(context, node.this)
    assert isinstance(node, exp.Table)
    relation = names.find_relation(context, node)
    if isinstance(relation, Table):
        return relation, None
    return updatable.through_view(context, relation)


def label_of(table: Table, column: Column) -> str:
    return f"{table.qualified}.{column.name}"


def column_named(table: Table, name: str, through: updatable.ViewTarget | None) -> Column:
    """The column that a change names; the RowID may be named but not set (-111, -107)."""
    if through is not None:
        base = through.columns.get(name.lower())
        if base is None:
            raise names.missing_field(name)
        name = base
    found = table.column(name)
    if found is None:
        if name.lower() in ("id", "%id"):
            return Column(0, "ID", t.BIGINT, identity=True)
        raise names.missing_field(name)
    return found


def assigned(context: Context, expr: Expr, column: Column, table: Table, code: int) -> str:
    """SQL of a value assigned to a column: converted, validated, required."""
    label, kind = label_of(table, column), column.type
    nullable = column.nullable
    mode = context.session.mode
    if expr.param:
        binder = binders.column_binder(kind, mode, label, nullable, code)
        return context.slot(expr.param, binder, kind)
    if expr.is_literal:
        return literal_text(binders.column_binder(kind, mode, label, nullable, code)(expr.literal), kind)
    if expr.type.is_stream and not kind.is_stream:
        raise IrisError(
            -303, f"No implicit conversion of stream value to non-stream field '{column.name}' is supported"
        )
    sql = checked(converted(context, expr, kind, label, code), expr.type, kind, label, code)
    if not nullable and not (expr.column is not None and not expr.column.nullable):
        sql = f"iris_required({sql}, {quoted(label)})"
    return sql


def converted(context: Context, expr: Expr, kind: IrisType, label: str, code: int) -> str:
    """The value in the column's stored form; text that is no number fails validation."""
    if expr.type.is_string and kind.is_number:
        function = "int" if kind.is_integer else ("decimal" if kind.kind is Kind.NUMERIC else "double")
        return f"iris_strict_{function}({text_of(expr)}, {quoted(label)}, {code})"
    if kind.is_integer and expr.type.kind in (Kind.NUMERIC, Kind.DOUBLE):
        return f"iris_dec_int(iris_cast_decimal({coerce(context, expr, t.numeric()).sql}, 0))"
    return coerce(context, expr, kind).sql


def checked(sql: str, source: IrisType, kind: IrisType, label: str, code: int) -> str:
    """`sql` with the validation that the source's type does not make needless."""
    tail = f"{quoted(label)}, {code})"
    if kind.is_integer:
        low, high = t.INTEGER_RANGES[kind.kind]
        low, high = (
            kind.minimum if kind.minimum is not None else low,
            kind.maximum if kind.maximum is not None else high,
        )
        if source.kind is kind.kind and source.minimum == kind.minimum and kind.kind is not Kind.BIGINT:
            return sql
        return f"iris_check_int({sql}, {low}, {high}, {tail}"
    if kind.kind is Kind.NUMERIC:
        return f"iris_check_decimal({sql}, {kind.precision}, {kind.scale}, {tail}"
    if kind.kind in (Kind.STRING, Kind.BINARY) and kind.length:
        if source.kind is kind.kind and source.length and source.length <= kind.length:
            return sql
        return f"iris_check_length({sql}, {kind.length}, {tail}"
    if kind.kind is Kind.DATE and source.kind is not Kind.DATE:
        return f"iris_check_date({sql}, {kind.minimum or 0}, {tail}"
    if kind.kind is Kind.VECTOR and kind.length and source.length != kind.length:
        width = 4 if kind.element == "float" else 8
        return f"iris_check_vector({sql}, {kind.length}, {width}, {tail}"
    if kind.kind is Kind.GUID and source.kind is not Kind.GUID:
        return f"iris_check_guid({sql}, {tail}"
    return sql


def default_sql(context: Context, text: str, column: Column, table: Table, code: int) -> str:
    """SQL of a column's default."""
    if text.upper().startswith("OBJECTSCRIPT"):
        expr = object_script(text)
    else:
        tree: Any = parsing.parse_cached(f"SELECT {text}")
        expr = scalars.scalar(context, Scope(), tree.expressions[0])
    return assigned(context, expr, column, table, code)


def object_script(text: str) -> Expr:
    """The few ObjectScript defaults that clients use."""
    if "CreateGUID" in text or "NEWID" in text.upper():
        return Expr("iris_newid()", t.varchar(36))
    if "$ZDATETIME" in text.upper() or "$HOROLOG" in text.upper():
        return Expr("iris_now(0)", t.TIMESTAMP)
    raise IrisError(-350, "The stand-in does not evaluate this ObjectScript default")


def insert(context: Context, node: exp.Insert) -> Change:
    """INSERT and INSERT OR UPDATE."""
    table, through = target_table(context, node.this)
    named = node.this.expressions if isinstance(node.this, exp.Schema) else []
    upsert = str(node.args.get("alternative") or "").upper() == "UPDATE"
    columns = [column_named(table, names.identifier(c), through) for c in named]
    if not columns and not node.args.get("default"):
        columns = insertable(table, through)
    context.session.check("INSERT", table, tuple(c.name for c in columns))
    if upsert:
        context.session.check("UPDATE", table, tuple(c.name for c in columns))
    for column in columns:
        refuse_generated(table, column)
    if node.args.get("default"):
        given: dict[int, str] = {}
        sql = values_sql(context, table, [], given)
    elif isinstance(node.expression, exp.Values):
        sql = insert_row(context, table, columns, node.expression)
    else:
        sql = insert_rows(context, table, columns, node.expression, through)
    if upsert:
        sql += upsert_clause(table, columns)
    check = through.check_sql(context, table) if through is not None else ""
    assigned = frozenset(column.name.lower() for column in columns) if upsert else frozenset()
    return Change("INSERT", sql, table, modifiers_of(node), check, assigned, upsert)


def insertable(table: Table, through: updatable.ViewTarget | None) -> list[Column]:
    """The columns that an INSERT without a list fills, in order."""
    if through is not None:
        return [found for name in through.columns.values() if (found := table.column(name)) is not None]
    return [
        c for c in table.columns if not (c.identity or c.serial == "ROWVERSION" or c.computed) or c.serial == "AUTO"
    ]


def refuse_generated(table: Table, column: Column) -> None:
    if column.identity and not table.identity_insert:
        raise IrisError(-111, f"Cannot INSERT into an IDENTITY or RowID field '{column.name}'")
    if column.serial == "ROWVERSION" or (column.computed is not None and column.calculated):
        raise IrisError(-138, f"Cannot INSERT/UPDATE a value for a read only field '{column.name}'")


def modifiers_of(node: exp.Expr) -> frozenset[str]:
    """%NOCHECK and its kin."""
    return frozenset(str(getattr(h, "name", h)).upper() for h in node.args.get("hints") or [])


def insert_row(context: Context, table: Table, columns: list[Column], values: exp.Values) -> str:
    """INSERT … VALUES (…)."""
    row = values.expressions[0].expressions
    if len(row) < len(columns):
        raise IrisError(-62, "Fewer values than columns in INSERT")
    if len(row) > len(columns):
        raise IrisError(-116, "More values than columns in INSERT")
    given: dict[int, str] = {}
    for column, value in zip(columns, row):
        expr = scalars.scalar(context, Scope(), value)
        given[column.number if not column.identity else -1] = given_value(context, table, column, expr)
    return values_sql(context, table, columns, given)


def given_value(context: Context, table: Table, column: Column, expr: Expr) -> str:
    """The value of a listed column; counters take NULL and 0 as the next number."""
    if column.identity:
        value = coerce(context, expr, t.BIGINT).sql
        return f"iris_take_id({table.id}, {value})"
    if column.serial in ("AUTO", "SERIAL"):
        return f"iris_take_serial({table.id}, {column.number}, {coerce(context, expr, t.BIGINT).sql})"
    return assigned(context, expr, column, table, -104)


def others(context: Context, table: Table, given: set[int]) -> list[tuple[str, str]]:
    """The columns that a statement does not list: defaults, counters; SQLCODE -108 for a required one without."""
    result = []
    for column in table.columns:
        if column.number in given or column.identity:
            continue
        if column.serial == "ROWVERSION":
            result.append((column.sql, "iris_next_version()"))
        elif column.serial:
            result.append((column.sql, f"iris_take_serial({table.id}, {column.number}, NULL)"))
        elif column.default is not None:
            result.append((column.sql, default_sql(context, column.default, column, table, -104)))
        elif not column.nullable and column.computed is None:
            raise binders.required_error(label_of(table, column))
    return result


def rowid_binder(table: Table) -> Callable[[object], object]:
    """Draws the next RowID when the statement runs; the process is what the binder gets."""

    def draw(process: Any) -> object:
        return process.next_rowid(table)

    return draw


def values_sql(context: Context, table: Table, columns: list[Column], given: dict[int, str]) -> str:
    """INSERT of one row: given values, then defaults. Without a given IDENTITY the RowID is drawn."""
    pairs = [(c.sql, given[c.number]) for c in columns if not c.identity]
    rowid = given.get(-1) or context.internal(rowid_binder(table))
    pairs += others(context, table, {c.number for c in columns})
    cells = ", ".join(["rid"] + [name for name, _ in pairs])
    values = ", ".join([rowid] + [value for _, value in pairs])
    return f"INSERT INTO {physical(context, table)} ({cells}) VALUES ({values})"


def physical(context: Context, table: Table) -> str:
    context.touch(table)
    return table.sql


def insert_rows(
    context: Context, table: Table, columns: list[Column], node: exp.Expr, through: updatable.ViewTarget | None
) -> str:
    """INSERT … SELECT."""
    query = queries.query(context, node)
    if len(query.outputs) != len(columns):
        raise IrisError(-64, "Incompatible SELECT list is used in INSERT: numbers of columns differ")
    alias = context.alias()
    pairs, rowid = [], f"iris_next_id({table.id})"
    for number, (column, output) in enumerate(zip(columns, query.outputs), 1):
        expr = Expr(f"{alias}.o{number}", output.type)
        value = given_value(context, table, column, expr)
        if column.identity:
            rowid = value
        else:
            pairs.append((column.sql, value))
    pairs += others(context, table, {c.number for c in columns})
    cells = ", ".join(["rid"] + [name for name, _ in pairs])
    values = ", ".join([rowid] + [value for _, value in pairs])
    inner = query.sql if " LIMIT " in query.sql or " ORDER BY " not in query.sql else f"{query.sql} LIMIT -1"
    return f"INSERT INTO {physical(context, table)} ({cells}) SELECT {values} FROM ({inner}) AS {alias} WHERE true"


def upsert_clause(table: Table, columns: list[Column]) -> str:
    """INSERT OR UPDATE: any unique key that matches makes it an update of the listed columns (RSQL_insertorupdate)."""
    sets = [f"{c.sql} = excluded.{c.sql}" for c in columns if not c.identity and c.serial != "SERIAL"]
    sets += [f"{c.sql} = iris_next_version()" for c in table.columns if c.serial == "ROWVERSION"]
    return f" ON CONFLICT DO UPDATE SET {', '.join(sets)}" if sets else " ON CONFLICT DO NOTHING"


def update(context: Context, node: exp.Update) -> Change:
    """UPDATE t SET … [FROM …] [WHERE …]."""
    table, through = target_table(context, node.this)
    scope = Scope()
    own = sources.table_source(context, table, label_in(node.this) or (through.label if through else ""))
    rows, extra = from_rows(context, scope, node, table, own, through)
    sets: list[str] = []
    seen: set[str] = set()
    changed = []
    for assignment in node.expressions:
        name = names.identifier(assignment.this.this if isinstance(assignment.this, exp.Column) else assignment.this)
        column = column_named(table, name, through)
        if column.name.lower() in seen:
            raise IrisError(-377, f"Field '{column.name}' is assigned more than once")
        seen.add(column.name.lower())
        changed.append(column.name)
        sets.append(f"{column.sql} = {updated_value(context, scope, table, column, assignment.expression)}")
    context.session.check("UPDATE", table, tuple(changed))
    sets += generated_sets(context, table, seen)
    where = conditions(context, scope, node, [*extra, *(through.where(context, scope) if through else [])])
    sql = f"UPDATE {physical(context, table)} AS {own.alias} SET {', '.join(sets)}{rows}{where}"
    check = through.check_sql(context, table) if through is not None else ""
    return Change("UPDATE", sql, table, modifiers_of(node), check, frozenset(seen))


def label_in(node: exp.Expr) -> str:
    return sources.label_of(node) if isinstance(node, exp.Table) else ""


def updated_value(context: Context, scope: Scope, table: Table, column: Column, node: exp.Expr) -> str:
    """The new value of one column; RowID and SERIAL cannot be changed."""
    if column.identity:
        raise IrisError(-107, f"Cannot UPDATE RowID or RowID based field '{column.name}'")
    if column.serial == "SERIAL":
        raise IrisError(-105, f"Field '{label_of(table, column)}' is a counter and cannot be updated")
    if column.serial == "ROWVERSION" or (column.computed is not None and column.calculated):
        raise IrisError(-138, f"Cannot INSERT/UPDATE a value for a read only field '{column.name}'")
    return assigned(context, scalars.scalar(context, scope, node), column, table, -105)


def generated_sets(context: Context, table: Table, seen: set[str]) -> list[str]:
    """ROWVERSION and ON UPDATE columns."""
    result = []
    for column in table.columns:
        if column.serial == "ROWVERSION":
            result.append(f"{column.sql} = iris_next_version()")
        elif column.on_update is not None and column.name.lower() not in seen:
            result.append(f"{column.sql} = {default_sql(context, column.on_update, column, table, -105)}")
    return result


def from_rows(
    context: Context,
    scope: Scope,
    node: exp.Expr,
    table: Table,
    own: Any,
    through: updatable.ViewTarget | None,
) -> tuple[str, list[str]]:
    """FROM of UPDATE, T-SQL style: the target may be named again, then it is the same row source."""
    if through is not None:
        scope.sources.append(through.source(context, own))
        return "", []
    clause = node.args.get("from_")
    if clause is None:
        scope.sources.append(own)
        return "", []
    inner = Scope()
    sql = sources.from_clause(context, inner, node)
    repeated = next((s for s in inner.sources if s.relation is table and s.label.lower() == own.label.lower()), None)
    scope.sources = inner.sources if repeated is not None else [own, *inner.sources]
    extra = [f"{own.rowid} = {repeated.rowid}"] if repeated is not None else []
    return f" FROM {sql}", extra


def conditions(context: Context, scope: Scope, node: exp.Expr, extra: list[str]) -> str:
    """WHERE with further conditions."""
    tests = list(extra)
    where = node.args.get("where")
    if where is not None:
        tests.append(predicates.condition(context, scope, where.this))
    return f" WHERE {' AND '.join(tests)}" if tests else ""


def delete(context: Context, node: exp.Delete) -> Change:
    """DELETE [FROM] t [FROM …] [WHERE …]."""
    table, through = target_table(context, node.this)
    context.session.check("DELETE", table, ())
    own = sources.table_source(context, table, label_in(node.this) or (through.label if through else ""))
    scope = Scope()
    rows, extra = from_rows(context, scope, node, table, own, through)
    where = conditions(context, scope, node, [*extra, *(through.where(context, scope) if through else [])])
    name = physical(context, table)
    if rows:
        inner = rows.removeprefix(" FROM ")
        if extra:
            source = next(s for s in scope.sources if s.relation is table)
            tests = where.replace(f"{own.rowid} = {source.rowid} AND ", "").replace(
                f"{own.rowid} = {source.rowid}", "true"
            )
            sql = f"DELETE FROM {name} WHERE rid IN (SELECT {source.rowid} FROM {inner}{tests})"
        else:
            sql = f"DELETE FROM {name} WHERE rid IN (SELECT {own.rowid} FROM {name} AS {own.alias}, {inner}{where})"
    else:
        sql = f"DELETE FROM {name} AS {own.alias}{where}"
    return Change("DELETE", sql, table, modifiers_of(node))


def settle(context: Context, expr: Expr) -> Expr:
    return settled(context, expr)
