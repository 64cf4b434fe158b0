"""PostgreSQL's names as IRIS identifiers.

IRIS compares names without case, quoted or not, and keeps the case they were defined with (GSQL_identifiers). Quoted
names may not contain ``, . ^ ->`` nor begin with ``*``. The generator quotes what must be quoted.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from pgiris import sqlstate
from pgiris.errors import FeatureNotSupported, PgError

LONGEST = 63
"""PostgreSQL cuts names to 63 bytes (NAMEDATALEN, manual 4.1.1); IRIS takes 128 characters."""

_DEFAULT_SCHEMA = {"public": "SQLUser"}
_FORBIDDEN = (",", ".", "^", "->", '"')


def identifier(name: str) -> exp.Identifier:
    """An IRIS identifier for an object's own name; refused when IRIS cannot hold it."""
    if not name:
        raise PgError(sqlstate.SYNTAX_ERROR, 'zero-length delimited identifier at or near """"')
    if any(part in name for part in _FORBIDDEN) or name.startswith("*"):
        raise FeatureNotSupported(f'the name "{name}": IRIS names cannot contain , . ^ -> or "')
    return exp.Identifier(this=name, quoted=False)


def label(name: str) -> exp.Identifier:
    """An IRIS identifier for a name inside one statement, where characters that IRIS refuses can be spelled out."""
    safe = "".join(f"_x{ord(c):x}_" if c in ',.^"' or (c in "->" and "->" in name) else c for c in name)
    if not safe or safe.startswith("*"):
        safe = "_x_" + safe.replace("*", "_x2a_")
    return exp.Identifier(this=safe, quoted=False)


def schema_name(name: str) -> str:
    """The IRIS schema that a PostgreSQL schema stands for: ``public`` is SQLUser."""
    return _DEFAULT_SCHEMA.get(name, name)


def unique(names: Iterable[str]) -> list[str]:
    """`names` made different for IRIS. Exact duplicates cannot be referred to in PostgreSQL (42702), so that they
    may be renamed; names that differ only in case can, and are refused."""
    seen: dict[str, str] = {}
    result: list[str] = []
    for number, name in enumerate(names, 1):
        folded = name.lower()
        if folded not in seen:
            seen[folded] = name
        elif seen[folded] == name:
            name = f"{name}_{number}"
            seen[name.lower()] = name
        else:
            raise FeatureNotSupported(f'the column names "{seen[folded]}" and "{name}", which differ only in case,')
        result.append(name)
    return result
