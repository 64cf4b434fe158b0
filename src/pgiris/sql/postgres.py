"""PostgreSQL's SQL: text to tokens to trees.

The trees are sqlglot's, the grammar is PostgreSQL 15's own, written by hand in the ``postgres_*`` modules:
sqlglot's parser for PostgreSQL is made to read everything that looks like SQL (QUALIFY, trailing commas, ``a b``
for any a), and gives ``a <-> b + c``, ``a = b IS NULL`` and others a meaning that PostgreSQL does not.

What the nodes are
------------------
*Queries*: ``Select`` (``with_ distinct expressions from_ joins where group having windows order limit offset
locks``), ``Union``/``Intersect``/``Except`` (``this expression distinct`` and the clauses of the whole),
``Values(expressions=[Tuple])``. Operands of set operations are never wrapped; a parenthesised operand just has its
own ``order`` and ``limit``. ``Ordered`` always has `desc` and `nulls_first`, PostgreSQL's default filled in.
``limit`` is absent for LIMIT ALL. ``Lock(strength, expressions=[Table], wait)``: `wait` True is NOWAIT, False SKIP
LOCKED. *FROM*: ``From(this=item)`` and ``joins``; see ``postgres_relations``. Subqueries are ``Subquery(this=query,
alias)``, VALUES too. UPDATE's FROM and DELETE's USING are ``from_`` and ``joins`` of the statement. *Changes*:
``Insert(this=Table | Schema(Table, [Identifier]), expression=query, default=True, overriding, conflict,
returning)``, ``Update(this=Table, expressions=[EQ], from_, joins, where, returning)``, ``Delete(this=Table, from_,
joins, where, returning)``. ``OnConflict(conflict_keys=[Column], index_predicate, constraint, action=Var("DO
NOTHING" | "DO UPDATE"), expressions, where)``. *Expressions*: ``Column Literal Parameter(this=Literal) Null Boolean
And Or Not Neg EQ … GTE Add Sub Mul Div Mod Pow DPipe Is(expression=Null | Boolean | Var UNKNOWN) NullSafeEQ
NullSafeNEQ Between(symmetric) In(expressions | query=Subquery) Like/ILike(escape) Any All Case Coalesce Nullif
Greatest Least Exists(this=query) Subquery Tuple Array Bracket Collate``, ``Cast(to=DataType)``
(``postgres_types``), ``Anonymous`` for every call (``postgres_functions``), ``Window``, and ``Operator(this or
None, operator, expression)`` for every other operator. Parentheses leave no node. Identifiers are folded;
``meta["start"]`` is a node's offset, ``meta["operator"]`` that of its operator.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from pgiris.sql.postgres_changes import Statements
from pgiris.sql.postgres_grammar import too_deep
from pgiris.sql.postgres_lexer import tokenize

__all__ = ["parse_expression", "parse_statements", "parse_tokens", "parse_type", "tokenize"]


def parse_tokens(tokens: Sequence[Token], text: str) -> exp.Expr:
    """One query, INSERT, UPDATE or DELETE; there must be no semicolon among the tokens.

    Raises SyntaxFailure ('syntax error at or near "x"') with the position in `text`, FeatureNotSupported for
    PostgreSQL's constructs that are not done, 54001 for what is nested too deeply.
    """
    return _whole(Statements(tokens, text), "statement")


def parse_expression(tokens: Sequence[Token], text: str) -> exp.Expr:
    """One expression (a_expr), as in DEFAULT or CHECK."""
    return _whole(Statements(tokens, text), "expression")


def parse_type(tokens: Sequence[Token], text: str) -> exp.DataType:
    """One type name, as in CREATE TABLE or PREPARE; ``pgiris.sql.typing.types.resolve`` tells its OID."""
    node = _whole(Statements(tokens, text), "type_name")
    assert isinstance(node, exp.DataType)
    return node


def parse_statements(text: str) -> list[exp.Expr]:
    """The queries and data changes of a text, divided by semicolons."""
    trees: list[exp.Expr] = []
    current: list[Token] = []
    for token in [*tokenize(text), Token(TokenType.SEMICOLON, ";")]:
        if token.token_type is not TokenType.SEMICOLON:
            current.append(token)
        elif current:
            trees.append(parse_tokens(current, text))
            current = []
    return trees


def _whole(reader: Statements, what: str) -> exp.Expr:
    try:
        node = getattr(reader, what)()
    except RecursionError:
        raise too_deep() from None
    if not reader.done():
        raise reader.failure()
    assert isinstance(node, exp.Expr)
    return node
