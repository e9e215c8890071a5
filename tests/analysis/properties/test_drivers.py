"""What must hold of drivers and priorities whatever people answer."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import Design, Domains, Measures, UnitTotals, score
from analysis.drivers import criterion_drivers, find_drivers, priorities

MEASURES = Measures.of({"A1": "A", "A2": "A", "B1": "B", "C1": "C"}, general=("G1",))


@st.composite
def answers(draw: st.DrawFn) -> tuple[np.ndarray, Design]:
    """Up to 200 people of up to 40 units of up to 3 strata, from full to very short forms, from noise to certainty."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    people = draw(st.integers(0, 200))
    feeling = rng.standard_normal((people, 1)) * draw(st.sampled_from([0.0, 1.0, 50.0]))
    latent = 3.5 + feeling + rng.standard_normal((people, 5)) * draw(st.sampled_from([0.01, 1.0]))
    ratings = np.clip(np.round(latent), 1, 5)
    ratings[rng.random(ratings.shape) < draw(st.sampled_from([0.0, 0.2, 0.6]))] = np.nan
    ratings[rng.random(ratings.shape) < 0.05] = 0
    unit = rng.integers(0, draw(st.sampled_from([1, 3, 40])), people)
    weights = rng.choice([0.5, 1.0, 7.0], people)
    return ratings, Design.of(people, strata=unit % draw(st.integers(1, 3)), clusters=unit, weights=weights)


@settings(max_examples=60)
@given(answers())
def test_drivers_are_numbers_in_their_range_or_none_with_a_reason(drawn: tuple[np.ndarray, Design]) -> None:
    ratings, design = drawn
    found = find_drivers(MEASURES, ratings, design=design, seed=1, replicates=20)
    shares = [d.importance for d in found.dimensions if d.importance is not None]
    assert len(shares) in (0, 3)
    assert not shares or sum(shares) == pytest.approx(1)
    for d in found.dimensions:
        numbers = [value for value in astuple(d)[2:] if value is not None]
        assert np.isfinite(np.array(numbers, dtype=float)).all()
        assert d.importance is None or -1e-6 <= d.importance <= 1 + 1e-6
        assert d.importance_low is None or d.importance_low <= d.importance_high
        assert found.why is not None or None not in astuple(d)
    assert shares or found.why in ("too_few_people", "too_little_variation", "dimension_without_variation")


@settings(max_examples=60)
@given(answers())
def test_criteria_and_priorities_are_numbers_in_their_range_or_none_with_a_reason(drawn: tuple[np.ndarray, Design]) -> None:
    ratings, design = drawn
    criteria = criterion_drivers(MEASURES, ratings, design=design)
    for c in criteria:
        assert c.importance is None or -1 - 1e-12 <= c.importance <= 1 + 1e-12
        assert c.why is not None or None not in (c.importance, c.se, c.importance_low, c.importance_high)
        assert c.importance_low is None or c.importance_low <= c.importance <= c.importance_high
        assert not c.is_related or c.importance > 0
    totals = UnitTotals.from_ratings(MEASURES, ratings)
    (estimates,) = score(totals, measures=MEASURES, design=design, domains=Domains.whole(len(ratings)))
    placed = priorities(criteria, estimates, target=0.8)
    assert {p.key for p in placed} == {c.key for c in criteria if c.importance is not None}
    assert all(p.quadrant in ("unclear", p.leaning) for p in placed)


def near(one: float | None, other: float | None) -> bool:
    return one == other or (one is not None and other is not None and abs(one - other) < 1e-5)


@settings(max_examples=30)
@given(answers(), st.sampled_from([0.01, 1000.0]), st.randoms(use_true_random=False))
def test_neither_the_scale_of_weights_nor_the_order_of_people_matters_to_shares_and_differences(
    drawn: tuple[np.ndarray, Design], factor: float, random
) -> None:
    ratings, design = drawn
    order = random.sample(range(len(ratings)), len(ratings))
    other = Design.of(len(ratings), weights=design.weights[order] * factor)
    one = find_drivers(MEASURES, ratings, design=design, seed=1, replicates=2)
    two = find_drivers(MEASURES, ratings[order], design=other, seed=1, replicates=2)
    for a, b in zip(one.dimensions, two.dimensions, strict=True):
        assert near(a.importance, b.importance)
    plain, shuffled = criterion_drivers(MEASURES, ratings, design=design), criterion_drivers(MEASURES, ratings[order], design=other)
    for c, d in zip(plain, shuffled, strict=True):
        assert near(c.importance, d.importance)
