"""What must hold of every change."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import Design, Domains, UnitTotals, interval
from analysis.change import Change, index_changes, mover
from tests.analysis.properties.strategies import MEASURES, Survey, surveys

shares = st.builds(lambda valid, satisfied: min(valid, satisfied) / valid, st.integers(1, 10**4), st.integers(0, 10**4))
sizes = st.floats(0.5, 1e5)
correlations = st.floats(-1, 1)
OPPOSITE = {"up": "down", "down": "up", "unclear": "unclear"}


def bounds(share: float, n_eff: float) -> tuple[float, float]:
    found = interval(share, n_eff=n_eff)
    return float(found.low), float(found.high)


def changes(survey: Survey, *, swapped: bool = False) -> tuple[Change, ...]:
    """The first half of the groups against the rest; the waves share units wherever the strategy makes them."""
    rows = len(survey.units)
    totals = UnitTotals.from_ratings(MEASURES, survey.ratings, form_weights=survey.form_weights)
    design = Design.of(rows, strata=survey.strata, clusters=survey.units, weights=survey.weights)
    later = np.arange(rows) % 2 == 0
    waves = [Domains.of(rows, [mask & (survey.groups == group) for group in (0, 1)]) for mask in (~later, later)]
    first, second = reversed(waves) if swapped else waves
    return sum(index_changes(totals, measures=MEASURES, design=design, first=first, second=second), ())


@given(shares, sizes, shares, sizes, correlations)
def test_the_interval_contains_the_difference_and_stays_between_minus_1_and_1(
    p1: float, n1: float, p2: float, n2: float, correlation: float
) -> None:
    low, high = mover(p1, p2, first_bounds=bounds(p1, n1), second_bounds=bounds(p2, n2), correlation=correlation)
    assert -1 <= low <= p2 - p1 <= high <= 1


@given(shares, sizes, shares, sizes, correlations)
def test_swapping_the_waves_flips_the_interval(p1: float, n1: float, p2: float, n2: float, correlation: float) -> None:
    low, high = mover(p1, p2, first_bounds=bounds(p1, n1), second_bounds=bounds(p2, n2), correlation=correlation)
    back = mover(p2, p1, first_bounds=bounds(p2, n2), second_bounds=bounds(p1, n1), correlation=correlation)
    assert (-back[1], -back[0]) == (pytest.approx(low, abs=1e-15), pytest.approx(high, abs=1e-15))


@given(shares, sizes, shares, sizes, correlations, correlations)
def test_more_correlation_never_widens_the_interval(p1: float, n1: float, p2: float, n2: float, r: float, other: float) -> None:
    sides = {"first_bounds": bounds(p1, n1), "second_bounds": bounds(p2, n2)}
    less, more = (mover(p1, p2, **sides, correlation=value) for value in sorted((r, other)))
    assert more[0] >= less[0] - 1e-12
    assert more[1] <= less[1] + 1e-12


@given(shares, sizes)
def test_identical_waves_changed_by_nothing_within_a_symmetric_interval(share: float, n_eff: float) -> None:
    low, high = mover(share, share, first_bounds=bounds(share, n_eff), second_bounds=bounds(share, n_eff))
    assert low == -high
    assert low <= 0


@settings(max_examples=40)
@given(surveys())
def test_a_swap_of_waves_flips_every_sign_and_keeps_every_size(survey: Survey) -> None:
    for there, back in zip(changes(survey), changes(survey, swapped=True), strict=True):
        assert (there.first, there.second, there.why, there.df) == (back.second, back.first, back.why, back.df)
        for name in ("difference", "se", "p_value"):
            sign = -1 if name == "difference" else 1
            got, expected = getattr(there, name), getattr(back, name)
            assert got == (None if expected is None else pytest.approx(sign * expected, rel=1e-6, abs=1e-9)), name
        if there.ci_low is not None:
            assert (there.ci_low, there.ci_high) == (pytest.approx(-back.ci_high, abs=1e-9), pytest.approx(-back.ci_low, abs=1e-9))
        assert there.verdict == OPPOSITE[back.verdict]


@settings(max_examples=40)
@given(surveys())
def test_a_change_holds_numbers_or_none_with_a_reason(survey: Survey) -> None:
    for change in changes(survey):
        numbers = (change.difference, change.se, change.t, change.p_value, change.ci_low, change.ci_high)
        assert all(number is None or np.isfinite(number) for number in numbers)
        assert change.why is not None or None not in numbers
        assert (change.difference is None) == (change.why == "no_valid_answers")
        assert change.p_value is None or 0 <= change.p_value <= 1
        assert change.ci_low is None or -1 <= change.ci_low <= change.difference <= change.ci_high <= 1
