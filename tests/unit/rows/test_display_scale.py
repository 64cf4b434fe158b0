"""The scale of a numeric expression: zeros that IRIS leaves out come back, and no digit is lost."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pgiris.rows import RowEncoder
from pgiris.rows.format import ColumnFormat, RowFormat
from pgiris.types import numeric, oids
from pgiris.types.context import DEFAULT_CONTEXT

HEADER = 11
"""Bytes of a DataRow of one column before the cell's value."""
TEXT, BINARY = 0, 1

CASES = [
    ("9331.1", 2, "9331.10"),
    ("9331", 2, "9331.00"),
    ("-.5", 3, "-0.500"),
    ("0", 2, "0.00"),
    ("1.234", 2, "1.234"),
    ("1.5", 0, "1.5"),
    ("1.5", -1, "1.5"),
    ("1E+2", 1, "100.0"),
    ("NaN", 2, "NaN"),
]


def encoded(cell: object, column: ColumnFormat) -> bytes:
    return RowEncoder(RowFormat((column,))).encode([(cell,)])[HEADER:]


@pytest.mark.parametrize(("digits", "scale", "printed"), CASES)
def test_a_number_is_filled_up_to_the_scale_and_never_cut(digits: str, scale: int, printed: str) -> None:
    column = ColumnFormat(oids.NUMERIC, -1, TEXT, scale=scale)
    assert encoded(Decimal(digits), column).decode() == printed


@pytest.mark.parametrize(("digits", "scale", "printed"), CASES)
def test_binary_numbers_carry_the_scale(digits: str, scale: int, printed: str) -> None:
    column = ColumnFormat(oids.NUMERIC, -1, BINARY, scale=scale)
    value = numeric.decode_binary(encoded(Decimal(digits), column), DEFAULT_CONTEXT)
    assert numeric.to_text(value) == printed


@pytest.mark.parametrize("cell", ["2.5", 2.5, Decimal("2.5")])
def test_cells_of_any_form_are_filled_up(cell: object) -> None:
    assert encoded(cell, ColumnFormat(oids.NUMERIC, scale=4)) == b"2.5000"


def test_a_typmod_goes_before_the_scale() -> None:
    column = ColumnFormat(oids.NUMERIC, ((10 << 16) | 2) + 4, scale=4)
    assert encoded(Decimal("2.5"), column) == b"2.50"
