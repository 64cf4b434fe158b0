"""The seam between statements and expressions: what analysis finds out, and how expressions become IRIS SQL.

A statement takes this way (PostgreSQL's own: parse, analyse, rewrite):

1. ``pgiris.sql.postgres``: text to tree. It offers

   - ``tokenize(text) -> list[Token]``: sqlglot tokens with character offsets `start` and `end` (inclusive, from 0);
     what PostgreSQL's scanner refuses raises ``SyntaxFailure``; no word swallows the rest of its statement
     (sqlglot's COMMANDS are empty), and there are no multi-word tokens that PostgreSQL does not have;
   - ``parse_tokens(tokens, text) -> exp.Expr``: one statement (no semicolon among the tokens) to one tree;
     ``SyntaxFailure`` in PostgreSQL's words ('syntax error at or near "x"') with the position in `text`.

   ``translate`` splits the text at semicolons and reads utility statements from the tokens itself.

2. ``pgiris.sql.typing.analyze(tree, schema, search_path, parameter_oids) -> Analyzed``: names and types, as
   parse_analyze does. It works on the tree in place (a private copy of the caller's) and leaves it so:

   - every expression node has ``node.meta[TYPE]``, a ``PgType``;
   - every ``exp.Column`` is qualified with its FROM item's alias and has ``node.meta[COLUMN]``, a ``ColumnRef``;
     names are folded as PostgreSQL folds them;
   - every ``exp.Table`` of a FROM clause (and the target of DML) that names a table or view of the snapshot has
     ``node.meta[TABLE]``, the ``Table``, and an alias; a reference to a CTE has ``node.meta[CTE]``, the CTE's
     ``exp.CTE`` node, and an alias;
   - every query (``exp.Select``, ``exp.SetOperation``, ``exp.Values``) has ``node.meta[OUTPUT]``, the tuple of its
     ``OutputColumn``; items of set operations and VALUES whose type is not the common one are wrapped in
     ``exp.Cast``; `*` and `t.*` are replaced by columns; each select item is an ``exp.Alias`` with PostgreSQL's
     output name (quoted), duplicates allowed, so that ``OUTPUT[i]`` and ``expressions[i]`` belong together;
   - USING and NATURAL joins have ``join.meta[USING]``: a tuple of ``(name, left expression, right expression)``, whose
     parent is the analysed comparison of the two;
     columns that name a merged column are already replaced (by the left side, or by COALESCE for FULL);
   - ORDER BY and GROUP BY items that mean an output column (ordinal, alias) have ``meta[TARGET]``, its index from 0;
     other items are ordinary expressions, typed; constants in those places raise PostgreSQL's errors;
   - untyped literals and parameters have got the type that their context gives them (unknown resolves to text);
   - RETURNING lists are expanded and named like select lists; the statement has ``meta[OUTPUT]`` for them;
   - INSERT: ``meta[TARGETS]`` is the tuple of the ``TableColumn`` that get values, in the order of the values;
     the keyword DEFAULT in VALUES and SET stays ``exp.Var('DEFAULT')``; UPDATE: each ``exp.EQ`` of SET has
     ``meta[TARGETS]`` with one column (several for ``(a, b) = …``). Parameters and literals assigned to a column
     have got that column's type.

   Errors: 42P01 42703 42702 42883 42725 42804 42803 42P18 42846 … with the position of the name or operator.

3. ``pgiris.sql.rewrite.query`` and ``pgiris.sql.statements`` build the IRIS tree of the query's structure; for
   every expression in it they ask a ``Rewriter`` (``pgiris.sql.rewrite.expressions.Expressions``), which asks back
   through ``Queries`` for the subqueries inside expressions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from sqlglot import exp

from pgiris.sql.plan import Bind, Constant
from pgiris.sql.schema import Schema, Table, TableColumn
from pgiris.types import oids

TYPE: Final = "pg_type"
COLUMN: Final = "pg_column"
TABLE: Final = "pg_table"
CTE: Final = "pg_cte"
OUTPUT: Final = "pg_output"
USING: Final = "pg_using"
TARGET: Final = "pg_target"
TARGETS: Final = "pg_targets"
BIND: Final = "pg_bind"


class PgType(NamedTuple):
    """A PostgreSQL type with its modifier (-1: none)."""

    oid: int = oids.UNKNOWN
    typmod: int = -1


class ColumnRef(NamedTuple):
    """What a column reference means.

    `source` is the alias of the FROM item. `table` and `column` are None for columns of subqueries, CTEs and VALUES.
    `nullable` is false only when the value cannot be NULL here (a NOT NULL column, not on an outer join's far side).
    `collation` is IRIS's, as far as it is known (EXACT for what is computed). `origin` is the OID and column number of
    the table column that it comes from in the end, through subqueries too. `scale` is that of a computed column, as
    in ``OutputColumn``.
    """

    source: str
    name: str
    type: PgType
    table: Table | None = None
    column: TableColumn | None = None
    nullable: bool = True
    collation: str = "EXACT"
    origin: tuple[int, int] = (0, 0)

    def __deepcopy__(self, memo: object) -> ColumnRef:
        return self

    scale: int | None = None


class OutputColumn(NamedTuple):
    """A column that a query puts out; `table_oid` and `attnum` are 0 unless it is a plain table column.

    `scale` is what ``pgiris.sql.typing.scale`` finds: the digits after the point of a numeric, None when its values
    decide.
    """

    name: str
    type: PgType
    table_oid: int = 0
    attnum: int = 0
    nullable: bool = True
    collation: str = "EXACT"
    scale: int | None = None


@dataclass(slots=True)
class Analyzed:
    """A statement whose names and types are known.

    `columns` are the output columns of a query or of RETURNING, None for other statements.
    `parameters` are the type OIDs of $1 … $n, resolved.
    """

    tree: exp.Expr
    schema: Schema
    search_path: tuple[str, ...]
    columns: tuple[OutputColumn, ...] | None = None
    parameters: tuple[int, ...] = ()


@dataclass(slots=True)
class Binds:
    """The binds of one IRIS statement while it is built.

    A placeholder node carries its bind with it, so that trees can be moved and copied before they are generated;
    ``pgiris.sql.render`` puts the binds into the order of the question marks.
    """

    made: list[Bind] = field(default_factory=list)

    def placeholder(self, bind: Bind) -> exp.Placeholder:
        """A ``?`` that stands for `bind`."""
        node = exp.Placeholder()
        node.meta[BIND] = bind
        self.made.append(bind)
        return node


class Queries(Protocol):
    """What expressions ask of statements: the queries inside them."""

    binds: Binds

    def subquery(self, query: exp.Expr) -> exp.Expr:
        """The IRIS query (Select or set operation, not parenthesised) of an analysed subquery; pure structure,
        so the caller adds EXISTS, IN, ANY or the parentheses of a scalar subquery."""


class Rewriter(Protocol):
    """Expressions in analysed PostgreSQL form to IRIS expressions. The input is not changed; the output is new.

    A placeholder that carries a bind (``meta[BIND]``) stays as it is. What IRIS cannot say raises
    ``FeatureNotSupported`` with the position; unknown functions were refused by analysis.
    """

    def value(self, node: exp.Expr) -> exp.Expr:
        """A scalar: fit for a select list. Booleans come out as 1, 0 or NULL."""

    def predicate(self, node: exp.Expr) -> exp.Expr:
        """A condition: fit for WHERE, ON, HAVING and CASE WHEN."""

    def key(self, node: exp.Expr) -> exp.Expr:
        """A scalar fit for GROUP BY, DISTINCT, ORDER BY and set operations: equal and ordered as PostgreSQL has it
        (``%EXACT`` around text whose collation is not EXACT)."""

    def assign(self, node: exp.Expr, column: TableColumn) -> exp.Expr:
        """A scalar with PostgreSQL's assignment cast to the column's type (42804 when there is none), fit for
        INSERT's values and UPDATE's SET."""

    def constant(self, node: exp.Expr, column: TableColumn) -> Constant | None:
        """The value in ODBC form when `node` is a constant (a literal, a signed number, NULL, a cast literal) that
        converts to the column's type now; errors of input functions (22P02 …) are raised; None when not constant."""


class Analyzer(Protocol):
    """The signature of ``pgiris.sql.typing.analyze``."""

    def __call__(
        self,
        tree: exp.Expr,
        schema: Schema,
        search_path: tuple[str, ...] = ("public",),
        parameter_oids: Sequence[int] = (),
    ) -> Analyzed: ...


class RewriterFactory(Protocol):
    """The constructor of ``pgiris.sql.rewrite.expressions.Expressions``."""

    def __call__(self, analyzed: Analyzed, queries: Queries) -> Rewriter: ...


def type_of(node: exp.Expr) -> PgType:
    """The type that analysis gave the node; unknown when it gave none."""
    found = node.meta.get(TYPE)
    return found if isinstance(found, PgType) else PgType()


def output_of(query: exp.Expr) -> tuple[OutputColumn, ...]:
    """The output columns of an analysed query."""
    found = query.meta.get(OUTPUT, ())
    assert isinstance(found, tuple)
    return found


def position_of(node: exp.Expr) -> int | None:
    """Where the node begins in the text, in characters from 1; None when no token of it is known."""
    own = node.meta.get("start")
    if isinstance(own, int):
        return own + 1
    starts = [start for part in node.walk() if isinstance(start := part.meta.get("start"), int)]
    return min(starts) + 1 if starts else None
