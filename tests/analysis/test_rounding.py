"""Half up, once, and never by the accident of binary digits."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import half_up, percent_half_up


@pytest.mark.parametrize(
    ("value", "expected"),
    [(80.075, "80.08"), (3.125, "3.13"), (2.675, "2.68"), (-0.125, "-0.13"), (0.0, "0.00"), (100.0, "100.00"), (84.495, "84.50")],
)
def test_ties_go_up(value: float, expected: str) -> None:
    assert str(half_up(value)) == expected


def test_a_percentage_is_rounded_once() -> None:
    assert str(percent_half_up(0.844949)) == "84.49"  # 84.4949, not 84.495 and then 84.50
    assert str(percent_half_up(0.12345, decimals=1)) == "12.3"


@given(st.integers(0, 10**7), st.integers(1, 10**7))
def test_a_float_share_is_rounded_as_the_exact_fraction(satisfied: int, more: int) -> None:
    valid = satisfied + more
    assert percent_half_up(satisfied / valid) == percent_half_up(Fraction(satisfied, valid))


@given(st.integers(0, 10_000))
def test_every_tie_of_a_percentage_goes_up(number: int) -> None:
    tie = Fraction(2 * number + 1, 20_000)
    assert percent_half_up(float(tie)) == percent_half_up(tie) == Decimal(number + 1).scaleb(-2)


@given(st.fractions(min_value=-1000, max_value=1000))
def test_a_fraction_is_rounded_exactly(value: Fraction) -> None:
    assert abs(Fraction(half_up(value)) - value) <= Fraction(1, 200)
