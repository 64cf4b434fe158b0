"""An IRIS tree as text, with its binds in the order of the question marks."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.errors import UnsupportedError

from pgiris.errors import FeatureNotSupported
from pgiris.sql import iris
from pgiris.sql.analysis import BIND
from pgiris.sql.plan import Bind


def render(tree: exp.Expr) -> tuple[str, tuple[Bind, ...]]:
    """The text of `tree` and a bind for each ``?`` in it. Raises 0A000 for what IRIS SQL cannot express."""
    try:
        text, placeholders = iris.generate_with_parameters(tree)
    except UnsupportedError as error:
        raise FeatureNotSupported(str(error).removeprefix("IRIS SQL has no ")) from None
    return text, tuple(node.meta[BIND] for node in placeholders)
