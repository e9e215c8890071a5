from __future__ import annotations

from decimal import Decimal

import pytest

from survey.domain.target import MISSED, REACHED, UNCLEAR, distance, read_percent


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.90, 0.94, REACHED), (0.85, 0.8999, MISSED), (0.88, 0.92, UNCLEAR), (0.8999, 0.90, UNCLEAR), (0.91, 0.91, REACHED)],
)
def test_only_a_whole_interval_decides(low: float, high: float, verdict: str) -> None:
    assert distance((low + high) / 2, low, high, Decimal("0.90")).verdict == verdict


def test_a_distance_carries_the_interval_along() -> None:
    found = distance(0.85, 0.80, 0.89, Decimal("0.9"))
    assert (found.difference, found.low, found.high) == pytest.approx((-0.05, -0.10, -0.01))


@pytest.mark.parametrize(("typed", "percent"), [("90", "90"), ("87,5", "87.5"), (" 87.50 % ", "87.50"), ("100", "100"), ("0,01", "0.01")])
def test_percentages_are_read_as_people_type_them(typed: str, percent: str) -> None:
    assert read_percent(typed) == Decimal(percent)


@pytest.mark.parametrize("typed", ["", "0", "100,01", "-5", "chín mươi", "87,555", "9 0", "1e2", "٩٠", "NaN"])
def test_anything_else_is_no_percentage(typed: str) -> None:
    assert read_percent(typed) is None
