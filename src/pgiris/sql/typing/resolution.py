"""Choosing operators and functions by their argument types, as PostgreSQL does (manual 10.2 and 10.3)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from pgiris.sql.functions_signatures import SIGNATURES
from pgiris.sql.operators import OPERATORS
from pgiris.sql.typing.casts import IMPLICIT, castable
from pgiris.sql.typing.types import (
    ANY,
    ANYARRAY,
    ANYCOMPATIBLE,
    ANYCOMPATIBLEARRAY,
    ANYCOMPATIBLENONARRAY,
    ANYELEMENT,
    ANYNONARRAY,
    BY_NAME,
    POLYMORPHIC,
    array_of,
    category,
    element_of,
    preferred,
)
from pgiris.types import oids


class Signature(NamedTuple):
    """`kind` is f, a or w; `arguments` and `result` are type OIDs, possibly polymorphic."""

    name: str
    kind: str
    arguments: tuple[int, ...]
    result: int
    variadic: bool = False
    set_returning: bool = False
    defaults: int = 0


class Operator(NamedTuple):
    """`left` is 0 for prefix operators."""

    name: str
    left: int
    right: int
    result: int


class Ambiguous(Exception):
    """More than one candidate fits equally well."""


def _operators() -> dict[str, tuple[Operator, ...]]:
    found: dict[str, list[Operator]] = {}
    name = ""
    for line in OPERATORS.strip().splitlines():
        words = line.split()
        if not line.startswith(" "):
            name, words = words[0], words[1:]
        for word in words:
            arguments, result = word.split(":")
            left, right = arguments.split(",")
            row = Operator(name, 0 if left == "-" else BY_NAME[left], BY_NAME[right], BY_NAME[result])
            found.setdefault(name, []).append(row)
    return {key: tuple(rows) for key, rows in found.items()}


def _signatures() -> dict[str, tuple[Signature, ...]]:
    found: dict[str, list[Signature]] = {}
    name = flags = ""
    for line in SIGNATURES.strip().splitlines():
        words = line.split()
        if not line.startswith(" "):
            name, flags, words = words[0], words[1], words[2:]
        defaults = int(flags[-1]) if flags[-1].isdigit() else 0
        for word in words:
            result, _, arguments = word.rstrip(")").partition("(")
            types = tuple(BY_NAME[argument] for argument in arguments.split(",") if argument)
            row = Signature(name, flags[0], types, BY_NAME[result], "v" in flags, "s" in flags, defaults)
            found.setdefault(name, []).append(row)
    return {key: tuple(rows) for key, rows in found.items()}


OPERATOR_TABLE: Final = _operators()
FUNCTION_TABLE: Final = _signatures()


@lru_cache(maxsize=4096)
def find_operator(name: str, left: int, right: int) -> Operator | None:
    """The operator for these operand types (oper()), 0 for no left one; None when there is none."""
    rows = [row for row in OPERATOR_TABLE.get(name, ()) if bool(row.left) == bool(left)]
    exact = _exact(rows, left, right)
    if exact is not None:
        return exact
    if not left:
        index = choose((right,), [(row.right,) for row in rows])
    else:
        index = choose((left, right), [(row.left, row.right) for row in rows])
    return _settled(rows[index], left, right) if index is not None else None


def _exact(rows: list[Operator], left: int, right: int) -> Operator | None:
    for row in rows:
        if row.left == left and row.right == right:
            return row
    if left and (left == oids.UNKNOWN) != (right == oids.UNKNOWN):
        known = right if left == oids.UNKNOWN else left
        for row in rows:
            if row.left == known and row.right == known:
                return row
    return None


def _settled(row: Operator, left: int, right: int) -> Operator:
    """The row with polymorphic types filled in (array comparison and concatenation)."""
    if row.left not in POLYMORPHIC and row.right not in POLYMORPHIC:
        return row
    types = resolve_polymorphic((row.left, row.right), row.result, (left, right))
    if types is None:
        return row
    (left, right), result = types
    return Operator(row.name, left, right, result)


def choose(given: tuple[int, ...], candidates: Sequence[tuple[int, ...]]) -> int | None:
    """The index of the best candidate (func_match_argtypes and func_select_candidate); None when none fits.

    Raises Ambiguous when the best is not unique.
    """
    left = [n for n, types in enumerate(candidates) if _fits(given, types)]
    if len(left) <= 1:
        return left[0] if left else None
    left = _most(left, lambda n: sum(g == c != oids.UNKNOWN for g, c in zip(given, candidates[n])))
    if len(left) > 1:
        left = _most(
            left, lambda n: sum(g != oids.UNKNOWN and (g == c or preferred(c)) for g, c in zip(given, candidates[n]))
        )
    if len(left) > 1 and oids.UNKNOWN in given:
        left = _by_category(given, candidates, left)
    if len(left) > 1 and oids.UNKNOWN in given:
        left = _like_the_known(given, candidates, left)
    if len(left) != 1:
        raise Ambiguous
    return left[0]


def _fits(given: tuple[int, ...], types: tuple[int, ...]) -> bool:
    if len(given) != len(types):
        return False
    if POLYMORPHIC.intersection(types):
        return resolve_polymorphic(types, types[0], given) is not None
    return all(castable(g, c, IMPLICIT) or c == ANY for g, c in zip(given, types))


def _most(candidates: list[int], score: object) -> list[int]:
    scores = [score(n) for n in candidates]  # type: ignore[operator]
    best = max(scores)
    return [n for n, value in zip(candidates, scores) if value == best]


def _by_category(given: tuple[int, ...], candidates: Sequence[tuple[int, ...]], left: list[int]) -> list[int]:
    """Unknown arguments take the string category when any candidate does, else the one that all have."""
    wanted: list[tuple[str, bool]] = []
    for position, type_ in enumerate(given):
        if type_ != oids.UNKNOWN:
            wanted.append(("", False))
            continue
        categories = {category(candidates[n][position]) for n in left}
        chosen = "S" if "S" in categories else categories.pop() if len(categories) == 1 else ""
        if not chosen:
            return left
        is_preferred = any(
            preferred(candidates[n][position]) for n in left if category(candidates[n][position]) == chosen
        )
        wanted.append((chosen, is_preferred))
    kept = [
        n
        for n in left
        if all(
            not chosen or (category(c) == chosen and (preferred(c) or not is_preferred))
            for (chosen, is_preferred), c in zip(wanted, candidates[n])
        )
    ]
    return kept or left


def _like_the_known(given: tuple[int, ...], candidates: Sequence[tuple[int, ...]], left: list[int]) -> list[int]:
    known = {type_ for type_ in given if type_ != oids.UNKNOWN}
    if len(known) != 1:
        return left
    type_ = known.pop()
    kept = [n for n in left if all(castable(type_, c, IMPLICIT) for c in candidates[n])]
    return kept if len(kept) == 1 else left


class Found(NamedTuple):
    """A function with the types its arguments are to have and the type of its result."""

    signature: Signature
    arguments: tuple[int, ...]
    result: int


@lru_cache(maxsize=4096)
def find_function(name: str, given: tuple[int, ...]) -> Found | None:
    """The function of that name for these argument types; None when there is none. Raises Ambiguous."""
    rows: list[tuple[Signature, tuple[int, ...]]] = []
    for row in FUNCTION_TABLE.get(name, ()):
        types = _spread(row, len(given))
        if types is not None:
            rows.append((row, types))
    for row, types in rows:
        if types == given:
            return Found(row, types, row.result)
    index = choose(given, [types for _, types in rows])
    if index is None:
        return None
    row, types = rows[index]
    if POLYMORPHIC.intersection(types):
        resolved = resolve_polymorphic(types, row.result, given)
        assert resolved is not None
        types, result = resolved
        return Found(row, types, result)
    types = tuple(g if t == ANY else t for g, t in zip(given, types))
    return Found(row, types, row.result)


def _spread(row: Signature, count: int) -> tuple[int, ...] | None:
    """The argument types for a call with `count` arguments; None when it does not take as many."""
    types = row.arguments
    if row.variadic:
        if count < len(types) - 1 or (count < len(types) and types[-1] == ANY and count == 0):
            return None
        last = element_of(types[-1]) or types[-1]
        return types[:-1] + (last,) * (count - len(types) + 1) if count >= len(types) else None
    if len(types) - row.defaults <= count <= len(types):
        return types[:count]
    return None


def resolve_polymorphic(
    declared: tuple[int, ...], result: int, given: tuple[int, ...]
) -> tuple[tuple[int, ...], int] | None:
    """Actual argument and result types for polymorphic ones (manual 38.2.5); None when they do not agree."""
    element = compatible = 0
    for wanted, actual in zip(declared, given):
        if actual == oids.UNKNOWN:
            continue
        if wanted in (ANYELEMENT, ANYNONARRAY, ANYARRAY):
            found = element_of(actual) if wanted == ANYARRAY else actual
            if not found or (element and found != element):
                return None
            element = found
        elif wanted in (ANYCOMPATIBLE, ANYCOMPATIBLENONARRAY, ANYCOMPATIBLEARRAY):
            found = element_of(actual) if wanted == ANYCOMPATIBLEARRAY else actual
            if not found or (wanted == ANYCOMPATIBLENONARRAY and element_of(found)):
                return None
            compatible = _wider(compatible, found)
            if not compatible:
                return None
        elif not castable(actual, wanted, IMPLICIT) and wanted != ANY:
            return None
    return (
        tuple(_actual(wanted, element, compatible, actual) for wanted, actual in zip(declared, given)),
        _actual(result, element, compatible, oids.TEXT),
    )


def _wider(first: int, second: int) -> int:
    if not first or first == second:
        return second
    if category(first) != category(second):
        return 0
    if not preferred(first) and castable(first, second, IMPLICIT) and not castable(second, first, IMPLICIT):
        return second
    return first


def _actual(wanted: int, element: int, compatible: int, otherwise: int) -> int:
    if wanted in (ANYELEMENT, ANYNONARRAY):
        return element or otherwise
    if wanted == ANYARRAY:
        return array_of(element) or otherwise
    if wanted in (ANYCOMPATIBLE, ANYCOMPATIBLENONARRAY):
        return compatible or oids.TEXT
    if wanted == ANYCOMPATIBLEARRAY:
        return array_of(compatible or oids.TEXT)
    return wanted if wanted != ANY else otherwise
