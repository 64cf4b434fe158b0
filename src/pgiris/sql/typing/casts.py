"""Which types PostgreSQL converts into which, and when (manual, CREATE CAST, chapter 10; pg_cast of PostgreSQL 15)."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from pgiris.sql.typing.types import BY_NAME, TEXTUAL, category, element_of
from pgiris.types import oids

IMPLICIT: Final = 0
ASSIGNMENT: Final = 1
EXPLICIT: Final = 2

_TABLE: Final = """
bool bpchar:af int4:ef text:af varchar:af
bpchar char:af name:if text:if varchar:if
char bpchar:af int4:ef text:if varchar:af
date timestamp:if timestamptz:if
float4 float8:if int2:af int4:af int8:af numeric:af
float8 float4:af int2:af int4:af int8:af numeric:af
int2 float4:if float8:if int4:if int8:if numeric:if oid:if regclass:if regtype:if
int4 bool:ef char:ef float4:if float8:if int2:af int8:if numeric:if oid:ib regclass:ib regtype:ib
int8 float4:if float8:if int2:af int4:af numeric:if oid:if regclass:if regtype:if
interval time:af
json jsonb:ai
jsonb bool:ef float4:ef float8:ef int2:ef int4:ef int8:ef json:ai numeric:ef
name bpchar:af text:if varchar:af
numeric float4:if float8:if int2:af int4:af int8:af
oid int4:ab int8:af regclass:ib regtype:ib
regclass int4:ab int8:af oid:ib
regtype int4:ab int8:af oid:ib
text bpchar:ib char:af name:if regclass:if varchar:ib
time interval:if timetz:if
timestamp date:af time:af timestamptz:if
timestamptz date:af time:af timestamp:af timetz:af
timetz time:af
varchar bpchar:ib char:af name:if regclass:if text:ib
vector text:ai
"""
"""One line for each source: ``target:context method``; context i (implicit), a (assignment), e (explicit); method f (a
function), b (binary coercible), i (input and output functions)."""

_CONTEXTS: Final = {"i": IMPLICIT, "a": ASSIGNMENT, "e": EXPLICIT}


def _read() -> dict[tuple[int, int], tuple[int, str]]:
    found: dict[tuple[int, int], tuple[int, str]] = {}
    for line in _TABLE.strip().splitlines():
        source, *targets = line.split()
        for target in targets:
            name, how = target.split(":")
            found[BY_NAME[source], BY_NAME[name]] = (_CONTEXTS[how[0]], how[1])
    return found


CASTS: Final = _read()


@lru_cache(maxsize=4096)
def castable(source: int, target: int, context: int) -> bool:
    """Whether a value of type `source` becomes one of type `target` in this context (find_coercion_pathway)."""
    if source == target or source == oids.UNKNOWN:
        return True
    cast = CASTS.get((source, target))
    if cast is not None:
        return cast[0] <= context
    if context != IMPLICIT and target in TEXTUAL and source != oids.RECORD:
        return True
    if context == EXPLICIT and source in TEXTUAL:
        return True
    from_element, to_element = element_of(source), element_of(target)
    if from_element and to_element:
        return castable(from_element, to_element, context)
    return False


@lru_cache(maxsize=4096)
def binary_coercible(source: int, target: int) -> bool:
    """Whether the conversion changes nothing but the type's name."""
    if source == target:
        return True
    cast = CASTS.get((source, target))
    return cast is not None and cast[1] == "b"


def same_category(first: int, second: int) -> bool:
    return category(first) == category(second)
