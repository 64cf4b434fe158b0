"""The tree of an IRIS SQL statement: which sqlglot node stands for what.

sqlglot's compiled build does not allow classes of one's own below ``exp.Expression``, so every construct is a standard
node; where IRIS has something that sqlglot lacks, the node carries further entries in ``args`` (they are copied,
compared and walked like the others). What is written in several ways has one tree. ``Q`` below is a query:
``Select``, a ``SetOperation`` or, in parentheses, a ``Subquery``.

Names
    ``Identifier(this, quoted)``. Column: ``Column(this, table, db)``; ``t.*``: ``Column(this=Star(), table)``.
    ``%ID %VID %TABLENAME %CLASSNAME``: ``Pseudocolumn`` (a ``Column``; the name is upper case).
    ``col->field``: ``Dot(this=Column or Dot, expression=Identifier)``, the implicit join.
    Table: ``Table(this, db, alias=TableAlias(this))``; in FROM also ``Subquery(this=Q, alias)``,
    ``Lateral(this=Subquery or Anonymous, alias)``, a table function ``Table(this=Anonymous, alias)`` and
    ``Table(this=JSONTable(this, path=Literal, schema=JSONSchema(expressions=[JSONColumnDef(this, kind, path)])),
    alias)``.

Scalars
    ``Literal`` (number text as written, without leading zeros), ``Null``, ``Placeholder()`` for ``?`` and
    ``Placeholder(this=name)`` for the host variable ``:name``. ``{d '…'}`` ``{t '…'}`` ``{ts '…'}``:
    ``Anonymous(this="{D}" | "{T}" | "{TS}", expressions=[Literal])``.
    ``Paren``, ``Neg``, ``Anonymous(this="+", expressions=[x])`` (unary plus), ``Add Sub Mul Div``, ``IntDiv`` (``\\``),
    ``Mod`` (``#``), ``DPipe`` (``||`` and ``_``), ``Case(this, ifs=[If(this, true)], default)``, ``Cast(this, to)``,
    scalar ``Subquery``.
    Built-in function: ``Anonymous(this=NAME, expressions=[…])`` with the upper-case str NAME of functions.tsv
    (``UPPER``, ``$PIECE``, ``%EXACT``, ``COALESCE``, ``NULLIF``, ``TO_VECTOR`` …), whatever its syntax:
        ``odbc=True``       written ``{fn …}``; matters for IFNULL only, CONVERT is told by its arguments
        ``bare=True``       written without parentheses: ``USER SYSDATE CURRENT_DATE $ZVERSION …``
        ``SUBSTRING(s FROM a FOR b)`` is ``SUBSTRING(s,a,b)``; ``POSITION(a IN b)`` has expressions ``[a, b]``;
        ``TRIM``            ``[s]`` or ``[s, chars]``, with ``position="LEADING" | "TRAILING" | "BOTH"``
        ``CONVERT``         ``CONVERT(type,e[,fmt])``: ``[DataType, e, fmt]``; ``{fn CONVERT(e,SQL_X)}``: ``[e,
        Var]``, odbc
        ``TO_VECTOR``       ``[data, Var(TYPE), length]``; date part keywords and ``SQL_TSI_…`` are ``Var``, upper case
        ``JSON_OBJECT``     ``[JSONKeyValue(this, expression)…]``; this and JSON_ARRAY with ``absent=True``: ABSENT ON
        NULL
        ``XMLELEMENT``      ``[Identifier, Anonymous("XMLATTRIBUTES", [Alias | x…]), x…]``; ``XMLFOREST [Alias | x…]``
        ``$LISTBUILD``      an omitted element is ``Var(this="")``
    User function: ``Anonymous(this=Identifier, db=Identifier or None, expressions)``; that is how to tell it apart.
    ``$$extrinsic(…)`` and ``CAST``'s unknown types are errors.
    Aggregate: ``AnonymousAggFunc(this=NAME, expressions=[x or Star()])`` for every aggregate of functions.tsv, with
        ``distinct=True``, ``by=[columns]`` (DISTINCT BY), ``foreach=[columns]`` (%FOREACH), ``afterhaving=True``.
    Window: ``Window(this=AnonymousAggFunc or Anonymous("ROW_NUMBER" …), partition_by=[…], order=Order,
        spec=WindowSpec(kind="ROWS", start, start_side, end, end_side))``, start and end being "UNBOUNDED", "CURRENT
        ROW" or an expression.

Conditions
    ``And Or Not Paren`` (long chains are balanced, so that recursion over them stays shallow), ``EQ NEQ LT LTE GT
    GTE``, ``Between(this, low, high)``, ``In(this, expressions | query=Subquery)``, ``Like``, ``Escape(this=Like,
    expression)``, ``Is(this, expression=Null())``, ``Is(this, expression=JSON(this=None | "VALUE" | "SCALAR" |
    "ARRAY" | "OBJECT"))``, ``Exists(this=Q)``; the right side of a comparison may be ``Any(this=Q)`` (ANY, SOME) or
    ``All(this=Q)``. ``Operator(this, operator, expression)`` with operator ``[``, ``]``, ``%STARTSWITH``,
    ``%MATCHES``, ``%PATTERN``, ``%INLIST`` (``size``), ``%INSET`` (``size``), ``%FIND``, ``%CONTAINS``,
    ``%CONTAINSTERM``. A negated predicate is ``Not(this=…)``. ``FOR SOME (t, u) (c)`` is ``Exists(this=Select)``;
    ``FOR SOME %ELEMENT(f) AS a (c)`` is ``Anonymous(this="%ELEMENT", expressions=[f, c], alias=Identifier or None)``.
    A condition is never a scalar and a scalar never a condition (-14); see ``is_condition``.

Queries
    ``Select``: ``with_=With(expressions=[CTE(this=Q, alias=TableAlias)])``, ``operation_modifiers=["%NOFPLAN", …]``,
    ``distinct=Distinct()`` or, for DISTINCT BY, ``Distinct(on=Tuple)``, ``top`` (``Literal``, ``Placeholder`` or
    ``Var(this="ALL")``), ``expressions`` (``Alias(this, alias)`` where named), ``from_=From(this, hints=[Var …])``,
    ``joins``, ``where``, ``group=Group(expressions)``, ``having``, ``order=Order(expressions=[Ordered(this, desc)])``,
    ``limit=Limit(expression)`` (also for FETCH and %ROWLIMIT), ``offset=Offset(expression)``.
    TOP and LIMIT are told apart because TOP alone is allowed in subqueries that order, and views.
    ``Join(this, side, kind, method, on, using=[Identifier])``; a comma is a Join without side, kind, method, on and
    using, and binds less than the others: ``a, b JOIN c ON …`` joins b and c.
    ``Union Except Intersect (this, expression, distinct, parallel)`` with ``with_ order limit offset`` of the whole.

Data changes
    ``Insert(this=Table | Schema(this=Table | Subquery, expressions=[Identifier]) | Subquery, expression=Values | Q,
    default=True, alternative="UPDATE", hints=[…])``; ``Values(expressions=[Tuple])`` has one row; INSERT … SET is the
    same. ``Update(this=Table | Subquery, expressions=[EQ(this=Column, expression)], from_=From, joins, where,
    hints)``, also for ``UPDATE t (a) VALUES (1)``. ``Delete(this=Table | Subquery, from_=From, joins, where, hints)``.
    ``TruncateTable(expressions=[Table], hints)``.

Types
    ``DataType(this=DType, kind=NAME, expressions=[DataTypeParam…])``; NAME is IRIS's own after removing synonyms
    (``pgiris.sql.iris.datatypes``); ``VARCHAR('')`` has the parameter ``Literal('')``, VECTOR ``Var`` and a number,
    EMBEDDING two strings; a class type ``%Library.String(MAXLEN=5)`` has NAME ``%Library.String`` and EQ parameters.

Definitions
    ``Create(kind="TABLE", this=Schema(this=Table, expressions=[ColumnDef | constraint | Property(this=Var, value)]),
    exists, expression=Q for AS, temporary=True, storage="ROW" | "COLUMNAR", class_parameters=[EQ(Var, value)],
    shard=Command, partition=Command)``.
    ``ColumnDef(this, kind=DataType, constraints=[ColumnConstraint(this=Identifier or None, kind)])`` with kinds
    ``NotNullColumnConstraint(allow_null)``, ``UniqueColumnConstraint()``, ``PrimaryKeyColumnConstraint()``,
    ``DefaultColumnConstraint(this)``, ``OnUpdateColumnConstraint(this)``, ``CollateColumnConstraint(this=Var)``,
    ``CommentColumnConstraint(this=Literal)`` (%DESCRIPTION), ``Reference(this=Schema | Table, options=["ON DELETE
    CASCADE" …])``, ``ComputedColumnConstraint(this=Literal code, language, on_change=[Identifier], mode=None |
    "CALCULATED" | "TRANSIENT")``, ``GeneratedAsIdentityColumnConstraint(this=False)`` (IDENTITY; the type is BIGINT
    when none is written), ``AutoIncrementColumnConstraint()``, ``Var("PRIVATE")``,
    ``Property(this=Var("STORAGETYPE"), value=Var)``. ``DEFAULT OBJECTSCRIPT '…'``: ``Anonymous("OBJECTSCRIPT",
    [Literal])``. Table constraints: ``PrimaryKey(expressions)``, ``UniqueColumnConstraint(this=Schema(expressions))``,
    ``ForeignKey(expressions, reference=Reference(this=Schema | Table, options))``, named ones inside
    ``Constraint(this, expressions=[…])``. The options of a Reference are strings: ``ON DELETE CASCADE``, ``ON UPDATE
    SET NULL``, ``NOCHECK`` …
    ``Create(kind="INDEX", this=Index(this=Identifier, table=Table, params=IndexParameters(columns=[Ordered])), unique,
    index_type="BITMAP" …, index_class=Anonymous("HNSW", [EQ(Var, Literal)]), data=[Identifier], defer)``.
    ``Create(kind="VIEW", this=Table | Schema, expression=Q, replace, check_option="CASCADED" | "LOCAL", read_only)``.
    ``Create(kind="SCHEMA" | "DATABASE" | "ROLE" | "USER", this=Table(db) | Identifier, exists, password, directory)``.
    ``Create(kind="PROCEDURE" | "FUNCTION" | "METHOD" | "QUERY" | "AGGREGATE", this=UserDefinedFunction(this=Table,
    expressions=[ColumnDef with mode="IN" | "OUT" | "INOUT"]), replace, for_class, returns=DataType, language="SQL",
    code=str (ObjectScript, Python …) or body=[statements] (SQL), characteristics=[str])``.
    ``Create(kind="TRIGGER", this=Table, replace, timing, events=[TriggerEvent(this="UPDATE", columns)], order,
    table=Table, referencing=TriggerReferencing(old, new), for_each, when, language, code | body)``. ``Drop(kind,
    this, exists, cascade, restrict, delete_data=True | False | None,
    table=Table)``; for INDEX ``this`` is an Identifier and ``table`` the table of ``ON t`` or ``t.i``.
    ``Alter(kind="TABLE", this=Table, actions=[…])``: several ``ColumnDef``, or ``AddConstraint(expressions)``, or
    ``Drop(kind="COLUMN" | "CONSTRAINT" | "FOREIGN KEY" | "PRIMARY KEY", this, cascade, restrict, delete_data)``,
    ``AlterRename(this=Table)``, ``AlterColumn(this=Identifier, dtype, constraints | default | drop | allow_null |
    collate | rename_to)``, or a ``Command``. ``Alter(kind="VIEW", this=Table | Schema, expression=Q)``;
    ``Alter(kind="USER", …)``.

Everything else
    ``Transaction(modes=[…], commit_mode)``, ``Commit()``, ``Rollback(savepoint=Identifier)``,
    ``Grant/Revoke(privileges=[GrantPrivilege(this=Var, expressions=[Identifier])], kind="TABLE" | "SCHEMA" | … |
    None, securable=[…], principals=[GrantPrincipal(this=Identifier)], grant_option, cascade)``; a role or admin
    privilege has no securable. ``Use(this=Identifier)``, ``Describe(this=statement, style="ALT STAT")`` for EXPLAIN.
    All others are ``Command(this=NAME, …)``:
        ``SAVEPOINT`` savepoint; ``SET TRANSACTION`` modes commit_mode; ``%INTRANSACTION``; ``%BEGTRANS``;
        ``SET OPTION`` option=Var value; ``LOCK TABLE`` table mode wait; ``UNLOCK TABLE`` table mode immediate;
        ``CALL`` routine=Anonymous(this=Identifier, db) result=bool; ``%CHECKPRIV`` privileges securable grant_option;
        ``TUNE TABLE`` table options; ``COLLECT STATISTICS`` tables options; ``BUILD INDEX`` table indexes;
        ``CANCEL QUERY`` process statement timeout; and those which are only recognised, with ``text``: the FREEZE,
        UNFREEZE, PURGE, LOAD, THROUGH, … MODEL, … FOREIGN … statements.
"""

from __future__ import annotations

from typing import Any, Final

from sqlglot import exp

CONDITIONS: Final = (
    exp.And,
    exp.Or,
    exp.Not,
    exp.EQ,
    exp.NEQ,
    exp.LT,
    exp.LTE,
    exp.GT,
    exp.GTE,
    exp.Between,
    exp.In,
    exp.Like,
    exp.Escape,
    exp.Is,
    exp.Exists,
    exp.Operator,
)
"""Nodes that are conditions and never values."""


def is_condition(node: exp.Expr) -> bool:
    """Whether a parsed node is a condition; parentheses are looked through."""
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, CONDITIONS):
        return True
    return isinstance(node, exp.Anonymous) and node.this == "%ELEMENT"


def command(name: str, **args: Any) -> exp.Command:
    """A statement that sqlglot has no node for: `name` is its leading keywords, `args` its parts."""
    return exp.Command(this=name, **args)


def function(name: str, *arguments: exp.Expr, **args: Any) -> exp.Anonymous:
    """A built-in function; `name` in upper case, as in functions.tsv."""
    return exp.Anonymous(this=name, expressions=list(arguments), **args)


def user_function(name: exp.Identifier, schema: exp.Identifier | None, arguments: list[exp.Expr]) -> exp.Anonymous:
    """A call of a function that somebody created, in the default schema when `schema` is None."""
    return exp.Anonymous(this=name, db=schema, expressions=arguments)


def aggregate(name: str, argument: exp.Expr, **args: Any) -> exp.AnonymousAggFunc:
    """An aggregate function; see the module's docstring for the further arguments."""
    return exp.AnonymousAggFunc(this=name, expressions=[argument], **args)


def table(name: str | exp.Identifier, schema: str | exp.Identifier | None = None) -> exp.Table:
    """A table name; str parts become undelimited identifiers."""
    return exp.Table(this=exp.to_identifier(name), db=exp.to_identifier(schema))


def data_type(dtype: exp.DType, name: str, parameters: list[exp.Expr] | None = None) -> exp.DataType:
    """An IRIS type; `name` is its own name, `dtype` the nearest that other dialects know."""
    return exp.DataType(
        this=dtype, kind=name, expressions=[exp.DataTypeParam(this=parameter) for parameter in parameters or []]
    )
