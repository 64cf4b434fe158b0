"""The types of $1 … $n while a statement is analysed (variable_paramref_hook of PostgreSQL)."""

from __future__ import annotations

from collections.abc import Sequence

from pgiris import sqlstate
from pgiris.errors import PgError
from pgiris.sql.typing.types import type_name
from pgiris.types import oids


class Parameters:
    """Declared types win; the others get the first type that their surroundings give them."""

    __slots__ = ("types",)

    def __init__(self, declared: Sequence[int]) -> None:
        self.types: dict[int, int] = {
            number: oid for number, oid in enumerate(declared, 1) if oid not in (0, oids.UNKNOWN)
        }
        for number in range(1, len(declared) + 1):
            self.types.setdefault(number, oids.UNKNOWN)

    def reference(self, number: int) -> int:
        """The type of $number as far as it is known."""
        return self.types.setdefault(number, oids.UNKNOWN)

    def decide(self, number: int, oid: int, position: int | None) -> None:
        """$number has this type. Raises 42P08 when it was found to have another."""
        known = self.types.get(number, oids.UNKNOWN)
        if known == oids.UNKNOWN:
            self.types[number] = oid
        elif known != oid:
            raise PgError(
                sqlstate.AMBIGUOUS_PARAMETER,
                f"inconsistent types deduced for parameter ${number}",
                detail=f"{type_name(known)} versus {type_name(oid)}",
                position=position,
            )

    def settled(self) -> tuple[int, ...]:
        """The types of all parameters. Raises 42P18 for one that nothing gave a type."""
        found: list[int] = []
        for number in range(1, max(self.types, default=0) + 1):
            oid = self.types.get(number, oids.UNKNOWN)
            if oid == oids.UNKNOWN:
                raise PgError(sqlstate.INDETERMINATE_DATATYPE, f"could not determine data type of parameter ${number}")
            found.append(oid)
        return tuple(found)
