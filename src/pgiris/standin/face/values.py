"""Values at the border between Python and IRIS (embedded.md 1.4): NULL is ``''``, the empty string ``'\\x00'``.

Nothing is converted kindly here. What Python code must map itself (None, bool, dates, Decimal) arrives in SQL as the
text of an object reference, as IRIS would have it, so that a caller that forgets shows at once.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from pgiris.standin import decimals
from pgiris.standin.face import listformat
from pgiris.standin.face.bridge import IrisRuntimeError, Oref
from pgiris.standin.iristypes import IrisType, Kind

NULL: Final = ""
EMPTY: Final = "\0"
DISPLAY: Final = 2
LOGICAL: Final = 0
EXACT_DIGITS: Final = 15
OREF_NUMBER: Final = 13


def parameter(value: object) -> object:
    """A parameter of ``%Execute``, as the engine takes it."""
    if isinstance(value, str):
        if value == NULL:
            return None
        return "" if value == EMPTY else value
    if isinstance(value, bool):
        return object_text()
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, (bytes, bytearray)):
        return parameter(bytes(value).decode("latin-1"))
    if isinstance(value, Oref):
        return f"{OREF_NUMBER}@{value._oref_target.class_name}"
    return object_text()


def object_text() -> str:
    """A Python object in SQL: the text of a reference to a %SYS.Python object."""
    return f"{OREF_NUMBER}@%SYS.Python"


def cell(value: object, kind: IrisType | None, mode: int, rowid: bool = False) -> object:
    """A value of a row, as ``%GetData`` gives it; a stream's value is its text or bytes still."""
    if kind is not None and kind.kind is Kind.VECTOR:
        raise IrisRuntimeError("<ILLEGAL VALUE> %GetData cannot deliver a VECTOR")
    if kind is not None and kind.kind is Kind.LIST and mode == LOGICAL:
        raise IrisRuntimeError("<LIST> the stand-in does not deliver a %List in Logical mode")
    return plain(value, mode, rowid)


def plain(value: object, mode: int, rowid: bool = False) -> object:
    """A value in IRIS's form, whatever its type."""
    if value is None:
        return NULL
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if isinstance(value, str):
        if value == "" and mode != DISPLAY:
            return EMPTY
        return value
    if isinstance(value, Decimal):
        return number(value)
    return str(value) if rowid else value


def number(value: Decimal) -> int | float | str:
    """A NUMERIC: int when it is whole, float while that is exact, else its canonical text (trailing zeros gone)."""
    if value == value.to_integral_value() and abs(value) < 2**63:
        return int(value)
    text = decimals.canonical(value)
    return float(text) if len(value.normalize().as_tuple().digits) <= EXACT_DIGITS else text


def row_element(value: object, kind: IrisType | None, mode: int, rowid: bool = False) -> listformat.Element:
    """A value of a row, as an element of the $LIST that ``%GetRow`` gives."""
    if kind is not None and kind.is_stream and value is not None:
        raise IrisRuntimeError("<LIST> a row holds a stream's OID, and the stand-in cannot open one")
    if kind is not None and kind.kind is Kind.VECTOR and value is not None:
        return listformat.Opaque(str(value).encode("latin-1"))
    if isinstance(value, Decimal):
        return value
    found = cell(value, kind, mode, rowid) if value is not None else NULL
    assert isinstance(found, (str, int, float))
    return found
