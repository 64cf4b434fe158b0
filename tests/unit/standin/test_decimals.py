"""NUMERIC is exact: the stored text orders like the number, and arithmetic follows sql.md 1.5."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgiris.errors import IrisError
from pgiris.standin import decimals

numbers = st.decimals(min_value=-(10**19), max_value=10**19, places=18, allow_nan=False, allow_infinity=False)


@given(numbers)
def test_a_stored_decimal_reads_back_equal(value: Decimal) -> None:
    assert decimals.decode(decimals.encode(value)) == value


@given(numbers, numbers)
def test_stored_decimals_order_like_the_numbers(a: Decimal, b: Decimal) -> None:
    assert (decimals.encode(a) < decimals.encode(b)) == (a < b)
    assert (decimals.encode(a) == decimals.encode(b)) == (a == b)


@given(numbers, numbers)
def test_sums_and_differences_are_exact(a: Decimal, b: Decimal) -> None:
    x, y = decimals.encode(a), decimals.encode(b)
    total = decimals.add(x, y)
    assert total is not None
    assert decimals.subtract(total, y) == x


@given(numbers, numbers)
def test_division_undoes_multiplication_to_18_digits(a: Decimal, b: Decimal) -> None:
    if b:
        quotient = decimals.quotient(a, b)
        assert abs(quotient * b - a) <= abs(a) * Decimal("1e-17")


@given(numbers, numbers)
def test_modulo_has_the_sign_of_the_divisor_and_mod_that_of_the_dividend(a: Decimal, b: Decimal) -> None:
    if b:
        assert decimals.modulo(a, b) * b >= 0
        assert decimals.remainder(a, b) * a >= 0


@given(st.text(max_size=20))
def test_any_text_is_a_number(text: str) -> None:
    assert decimals.text_to_decimal(text).is_finite()


@pytest.mark.parametrize(
    ("text", "number"),
    [("3 apples", "3"), ("", "0"), ("abc", "0"), ("-+12.5x", "-12.5"), ("1e3", "1000"), (".5", "0.5"), ("--4", "4")],
)
def test_text_counts_by_its_numeric_prefix(text: str, number: str) -> None:
    assert decimals.text_to_decimal(text) == Decimal(number)


@pytest.mark.parametrize(
    ("value", "text"), [("0.50", ".5"), ("-0.5", "-.5"), ("100", "100"), ("1.500", "1.5"), ("0", "0")]
)
def test_canonical_text_has_no_needless_zeros(value: str, text: str) -> None:
    assert decimals.canonical(Decimal(value)) == text


def test_a_third_has_nineteen_digits_and_what_exceeds_64_bits_eighteen() -> None:
    assert str(decimals.quotient(Decimal(1), Decimal(3))) == "0.3333333333333333333"
    assert str(decimals.quotient(Decimal(29), Decimal(3))) == "9.66666666666666667"


def test_division_by_zero_is_divide() -> None:
    with pytest.raises(IrisError, match="<DIVIDE>"):
        decimals.quotient(Decimal(1), Decimal(0))
