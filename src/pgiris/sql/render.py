"""An IRIS tree as text, with its binds in the order of the question marks.

The generator decides where each part of the tree lands in the text, so the order cannot be read off the tree.
Placeholders are generated as host variables whose names hold a NUL, which no PostgreSQL text can contain
(manual 8.3), and are then cut out again.
"""

from __future__ import annotations

from sqlglot import exp

from pgiris import sqlstate
from pgiris.errors import PgError
from pgiris.sql import iris
from pgiris.sql.analysis import BIND
from pgiris.sql.plan import Bind

_MARK = "\0"


def render(tree: exp.Expr) -> tuple[str, tuple[Bind, ...]]:
    """The text of `tree` and a bind for each ``?`` in it. The tree's placeholders are renamed on the way."""
    binds: list[Bind] = []
    for node in tree.find_all(exp.Placeholder):
        binds.append(node.meta[BIND])
        node.set("this", f"{_MARK}{len(binds) - 1}{_MARK}")
    text = iris.generate(tree)
    if not binds:
        if _MARK in text:
            raise _untranslatable()
        return text, ()
    parts = text.split(_MARK)
    if len(parts) != 2 * len(binds) + 1:
        raise _untranslatable()
    order = [binds[int(number)] for number in parts[1::2]]
    pieces = [part.removesuffix(":") for part in parts[0:-1:2]]
    return "?".join([*pieces, parts[-1]]), tuple(order)


def _untranslatable() -> PgError:
    return PgError(sqlstate.CHARACTER_NOT_IN_REPERTOIRE, 'invalid byte sequence for encoding "UTF8": 0x00')
