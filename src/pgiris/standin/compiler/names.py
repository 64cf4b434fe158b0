"""Names: which column, table or alias an identifier means (GSQL_identifiers; sql.md 3 and 4.3)."""

from __future__ import annotations

from sqlglot import exp

from pgiris.errors import IrisError
from pgiris.standin import iristypes as t
from pgiris.standin.compiler.ir import ColumnRef, Context, Expr, Scope, Source
from pgiris.standin.dictionary import Relation, Table


def identifier(node: object) -> str:
    """The text of an identifier node, ``""`` for none."""
    if node is None:
        return ""
    return str(node) if isinstance(node, str) else str(getattr(node, "name", ""))


def relation_name(context: Context, node: exp.Table) -> tuple[str, str]:
    """Schema and name that a table reference means; without a schema, the default one."""
    return identifier(node.args.get("db")) or context.session.default_schema, identifier(node.this)


def missing_table(schema: str, name: str) -> IrisError:
    """SQLCODE -30."""
    return IrisError(-30, f"Table or view not found: Table '{schema.upper()}.{name.upper()}' not found")


def find_relation(context: Context, node: exp.Table) -> Relation:
    """The table or view that a reference names; SQLCODE -30."""
    schema, name = relation_name(context, node)
    found = context.session.dictionary.find(schema, name)
    if found is None:
        raise missing_table(schema, name)
    return found


def missing_field(name: str) -> IrisError:
    """SQLCODE -29."""
    return IrisError(-29, f"Field '{name.upper()}' not found in the applicable tables")


def matches(source: Source, qualifier: str, schema: str) -> bool:
    """Whether a qualifier names a source."""
    if schema and source.schema.lower() != schema:
        return False
    return source.label.lower() == qualifier


def qualified_source(scope: Scope, qualifier: str, schema: str) -> Source | None:
    """The source a qualifier names, here or in an enclosing query; SQLCODE -23 when it may not be used here."""
    at: Scope | None = scope
    while at is not None:
        for source in at.sources:
            if matches(source, qualifier, schema):
                if at.visible is not None and source not in at.visible:
                    break
                return source
        at = at.parent
    return None


def find_column(scope: Scope, node: exp.Column) -> ColumnRef:
    """The column a reference means; SQLCODE -23, -27 or -29."""
    name = identifier(node.this)
    qualifier = identifier(node.args.get("table")).lower()
    schema = identifier(node.args.get("db")).lower()
    if qualifier:
        source = qualified_source(scope, qualifier, schema)
        if source is None:
            shown = f"{schema}.{qualifier}" if schema else qualifier
            raise IrisError(-23, f"Label '{shown.upper()}' is not listed among the applicable tables")
        found = pseudo(source, name) or source.find(name)
        if found is None:
            raise missing_field(f"{qualifier}.{name}")
        return found
    at: Scope | None = scope
    while at is not None:
        hits = [hit for source in at.seen() if (hit := source.index.get(name.lower())) is not None]
        if not hits:
            hits = [hit for source in at.seen() if (hit := pseudo(source, name) or source.find(name)) is not None]
            if len(hits) > 1 and name.startswith("%"):
                hits = hits[:1]
        if len(hits) > 1:
            raise IrisError(-27, f"Field '{name.upper()}' is ambiguous among the applicable tables")
        if hits:
            return hits[0]
        at = at.parent
    raise missing_field(name)


def pseudo(source: Source, name: str) -> ColumnRef | None:
    """``%VID``, ``%TABLENAME`` and ``%CLASSNAME`` of a source."""
    upper = name.upper()
    if upper == "%VID" and source.vid:
        return ColumnRef("%VID", source.vid, t.BIGINT, False)
    if source.relation is None or upper not in ("%TABLENAME", "%CLASSNAME"):
        return None
    relation = source.relation
    text = relation.qualified if upper == "%TABLENAME" else class_name(relation)
    return ColumnRef(upper, "'" + text.replace("'", "''") + "'", t.varchar(256), False)


def class_name(relation: Relation) -> str:
    """The class of a table: ``User.Foo`` for ``SQLUser.Foo``; punctuation dropped (information_schema.md 1.9)."""
    package = "User" if relation.schema.lower() == "sqluser" else relation.schema.replace("_", ".")
    return f"{package}.{''.join(c for c in relation.name if c.isalnum())}"


def column_expr(found: ColumnRef) -> Expr:
    """A column as an expression."""
    return Expr(found.sql, found.type, name=found.name, column=found)


def table_of(context: Context, column: ColumnRef) -> Table | None:
    """The base table a column comes from."""
    found = context.session.dictionary.find(column.schema, column.table) if column.table else None
    return found if isinstance(found, Table) else None
