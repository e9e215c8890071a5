"""What must hold of reliability and item statistics whatever people answer."""

from __future__ import annotations

from dataclasses import astuple, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import Measures
from analysis.reliability import dimension_reliability, item_statistics

MEASURES = Measures.of({"A1": "A", "A2": "A", "A3": "A", "B1": "B", "B2": "B"})


@st.composite
def answers(draw: st.DrawFn) -> np.ndarray:
    """Up to 40 people; some without an opinion, some not asked."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    people = draw(st.integers(0, 40))
    ratings = rng.integers(1, draw(st.sampled_from([2, 3, 6])), (people, 5)).astype(float)
    ratings[rng.random(ratings.shape) < 0.1] = 0
    ratings[rng.random(ratings.shape) < draw(st.sampled_from([0.0, 0.2, 0.9]))] = np.nan
    return ratings


def assert_same(ratings: np.ndarray, others: np.ndarray) -> None:
    for function in (dimension_reliability, item_statistics):
        for one, other in zip(function(MEASURES, ratings), function(MEASURES, others), strict=True):
            few = getattr(one, "people", 99) < 20  # so few leave the factor's likelihood nearly flat: omega may then stop elsewhere
            for a, b in zip(
                astuple(replace(one, omega=0.0) if few else one), astuple(replace(other, omega=0.0) if few else other), strict=True
            ):
                assert a == (pytest.approx(b, rel=1e-6, abs=1e-4) if isinstance(b, float) else b)


@settings(max_examples=40)
@given(answers(), st.sampled_from(["ordinal", "binary"]))
def test_reliability_is_a_number_in_its_range_or_none_with_a_reason(ratings: np.ndarray, coding: str) -> None:
    for r in dimension_reliability(MEASURES, ratings, coding=coding):
        assert all(value is None or np.isfinite(value) for value in astuple(r)[3:7])
        assert r.alpha is None or r.alpha <= 1 + 1e-12
        assert r.omega is None or 0 <= r.omega <= 1
        assert r.mean_correlation is None or abs(r.mean_correlation) <= 1 + 1e-12
        assert (r.why is None) == (None not in (r.alpha, r.alpha_standardised, r.mean_correlation, r.omega))


@settings(max_examples=40)
@given(answers())
def test_item_statistics_are_numbers_in_their_range_or_none_with_a_reason(ratings: np.ndarray) -> None:
    for item in item_statistics(MEASURES, ratings):
        assert (item.mean is None) == (item.answers == 0)
        assert item.mean is None or 1 <= item.mean <= 5
        shares = (item.satisfied_share, item.floor_share, item.ceiling_share, item.no_opinion_share)
        assert all(share is None or 0 <= share <= 1 for share in shares)
        assert item.answers <= item.asked <= len(ratings)
        assert item.item_total is None or -1 <= item.item_total <= 1
        assert item.alpha_if_dropped is None or item.alpha_if_dropped <= 1 + 1e-12 or item.people_in_pairs < len(ratings)
        assert item.why is not None or None not in (item.item_total, item.alpha_if_dropped)


@settings(max_examples=40)
@given(answers(), st.randoms(use_true_random=False))
def test_the_order_of_people_does_not_matter(ratings: np.ndarray, random) -> None:
    order = random.sample(range(len(ratings)), len(ratings))
    assert_same(ratings, ratings[order])


@settings(max_examples=40)
@given(answers())
def test_people_who_were_not_asked_change_nothing(ratings: np.ndarray) -> None:
    more = np.vstack([ratings, np.full((3, 5), np.nan)])
    assert_same(ratings, more)
