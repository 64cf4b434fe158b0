"""Analysis: what the names of a statement mean and which types its expressions have, as PostgreSQL finds them.

``analyze`` is the door; ``pgiris.sql.analysis`` tells what it leaves on the tree. The room knows PostgreSQL's rules
and the schema snapshot; it must not know IRIS SQL.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from pgiris.sql.analysis import Analyzed
from pgiris.sql.postgres_grammar import too_deep
from pgiris.sql.schema import Schema
from pgiris.sql.typing.changes import Statements
from pgiris.sql.typing.parameters import Parameters
from pgiris.sql.typing.scope import Scope

__all__ = ["analyze", "analyze_expression"]


def analyze(
    tree: exp.Expr,
    schema: Schema,
    search_path: tuple[str, ...] = ("public",),
    parameter_oids: Sequence[int] = (),
) -> Analyzed:
    """Find the meaning of a parsed query or data change; the tree is changed in place.

    `parameter_oids` are the client's declared types, 0 where undeclared. Raises PgError as PostgreSQL's analysis does
    (42P01, 42703, 42883, 42804, 42803, 42P18 …), FeatureNotSupported, 54001 for trees that are too deep.
    """
    parameters = Parameters(parameter_oids)
    typer = Statements(Scope(), parameters, schema, search_path)
    try:
        columns = typer.statement(tree)
    except RecursionError:
        raise too_deep() from None
    return Analyzed(tree, schema, search_path, columns, parameters.settled())


def analyze_expression(tree: exp.Expr, schema: Schema, search_path: tuple[str, ...] = ("public",)) -> exp.Expr:
    """Type an expression that stands alone, as in DEFAULT: no columns, no parameters."""
    typer = Statements(Scope(), Parameters(()), schema, search_path)
    try:
        return typer.settle(typer.infer(tree))
    except RecursionError:
        raise too_deep() from None
