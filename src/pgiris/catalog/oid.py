"""OIDs for IRIS's objects, which have none: derived from names, so that every node and every restart agrees.

An OID is FIRST plus a 64-bit BLAKE2 hash of (kind, schema, name), without case as IRIS's names are, modulo the room up
to 2^31 (clients keep OIDs in signed 32-bit numbers). Objects of one namespace whose OIDs meet are told apart by trying
the next hash of the same names; the ones earlier in the order of (schema, name) keep theirs, so that the outcome
depends on the set of names alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

FIRST: Final = 100_000
"""The lowest derived OID. PostgreSQL's own objects end at 16383; the fixed ones of pgiris (vector …) follow those."""

_ROOM: Final = 2**31 - FIRST


def derived(kind: str, schema: str, name: str, attempt: int = 0) -> int:
    """The OID of an object, at the given attempt."""
    text = "\0".join((kind, schema.lower(), name.lower(), str(attempt)))
    return FIRST + int.from_bytes(blake2b(text.encode(), digest_size=8).digest()[:8], "big") % _ROOM


def assigned(kind: str, names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """OIDs for objects of one kind by (schema, name), without collisions among them."""
    result: dict[tuple[str, str], int] = {}
    taken: set[int] = set()
    for schema, name in sorted(names, key=lambda pair: (pair[0].lower(), pair[1].lower())):
        attempt = 0
        oid = derived(kind, schema, name)
        while oid in taken:
            attempt += 1
            oid = derived(kind, schema, name, attempt)
        taken.add(oid)
        result[schema, name] = oid
    return result
