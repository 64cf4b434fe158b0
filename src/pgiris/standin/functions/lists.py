"""$LIST values: stored as a blob with the elements in JSON; a NULL element is an omitted one."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Final

from pgiris.errors import IrisError
from pgiris.standin import decimals

MARK: Final = b"\x01L"


def element_text(value: object) -> str | None:
    """An element as text; numbers in canonical form."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float):
        return decimals.float_to_text(value)
    return decimals.canonical(value) if isinstance(value, Decimal) else str(value)


def build(*values: object) -> bytes:
    """$LISTBUILD."""
    return MARK + json.dumps([element_text(value) for value in values]).encode()


def items(value: object) -> list[str | None]:
    """The elements; <LIST> for what is no list."""
    if not isinstance(value, bytes) or not value.startswith(MARK):
        raise IrisError(-400, "Fatal error occurred <LIST>")
    result: list[str | None] = json.loads(value[len(MARK) :])
    return result


def get(value: object, position: int = 1, default: str | None = None) -> str | None:
    """$LISTGET."""
    elements = items(value)
    if position < -1:
        raise IrisError(-400, "Fatal error occurred <RANGE>")
    if position == -1:
        position = len(elements)
    if not 1 <= position <= len(elements):
        return default
    found = elements[position - 1]
    return default if found is None else found


def pick(value: object, position: int = 1, end: int | None = None) -> object:
    """$LIST: one element, or a list of a range of them."""
    elements = items(value)
    if end is not None:
        last = len(elements) if end == -1 else end
        return MARK + json.dumps(elements[max(position, 1) - 1 : last]).encode()
    if position == -1:
        position = len(elements)
    if position < 0 or position > len(elements) or (position >= 1 and elements[position - 1] is None):
        raise IrisError(-400, "Fatal error occurred <NULL VALUE>")
    return elements[position - 1] if position >= 1 else None


def data(value: object, position: int = 1) -> int:
    """$LISTDATA: whether the element exists and has a value."""
    elements = items(value)
    if position < -1:
        raise IrisError(-400, "Fatal error occurred <RANGE>")
    if position == -1:
        position = len(elements)
    return 1 if 1 <= position <= len(elements) and elements[position - 1] is not None else 0


def find(value: object, wanted: str, after: int = 0) -> int:
    """$LISTFIND: the position of a value behind position `after`, 0 when it is not there."""
    for position, element in enumerate(items(value), 1):
        if position > after and element == wanted:
            return position
    return 0


def length(value: object) -> int:
    return len(items(value))


def same(a: object, b: object) -> int:
    return int(items(a) == items(b))


def from_string(text: str, delimiter: str = ",") -> bytes:
    return MARK + json.dumps(text.split(delimiter) if delimiter else [text]).encode()


def to_string(value: object, delimiter: str = ",") -> str:
    return delimiter.join(element or "" for element in items(value))


def inlist(value: str | None, candidates: object) -> int | None:
    """%INLIST."""
    return None if value is None or candidates is None else int(value in items(candidates))
