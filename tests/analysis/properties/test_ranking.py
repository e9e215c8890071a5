"""What must hold of every confidence set for ranks."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import RankSets, rank_sets

DRAWS = 400
estimates = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 0.2)), min_size=1, max_size=12)
levels = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99])


def sets_of(rows: list[tuple[float, float]] | np.ndarray, **options: object) -> RankSets:
    p, se = np.array(rows, dtype=float).T
    return rank_sets(p, se=se, draws=DRAWS, **options)


def bounds(sets: RankSets) -> np.ndarray:
    return np.array([sets.marginal_low, sets.marginal_high, sets.simultaneous_low, sets.simultaneous_high])


@given(estimates, levels, st.booleans())
def test_a_set_contains_the_estimated_rank_and_lies_among_the_ranks(rows: list[tuple[float, float]], level: float, stepdown: bool) -> None:
    sets = sets_of(rows, confidence_level=level, stepdown=stepdown)
    for low, high in ((sets.marginal_low, sets.marginal_high), (sets.simultaneous_low, sets.simultaneous_high)):
        assert ((low >= 1) & (low <= sets.rank) & (sets.rank <= high) & (high <= len(rows))).all()


@given(estimates, levels)
def test_a_simultaneous_set_contains_the_marginal_one_in_a_single_step(rows: list[tuple[float, float]], level: float) -> None:
    sets = sets_of(rows, confidence_level=level, stepdown=False)
    assert (sets.simultaneous_low <= sets.marginal_low).all()
    assert (sets.simultaneous_high >= sets.marginal_high).all()


def assert_within(inner: RankSets, outer: RankSets) -> None:
    a, b = bounds(inner), bounds(outer)
    assert (b[[0, 2]] <= a[[0, 2]]).all()
    assert (b[[1, 3]] >= a[[1, 3]]).all()


@given(estimates, levels)
def test_stepdown_never_widens(rows: list[tuple[float, float]], level: float) -> None:
    assert_within(sets_of(rows, confidence_level=level), sets_of(rows, confidence_level=level, stepdown=False))


@given(estimates)
def test_a_higher_confidence_level_never_narrows(rows: list[tuple[float, float]]) -> None:
    assert_within(sets_of(rows, confidence_level=0.9), sets_of(rows, confidence_level=0.99))


@given(estimates, st.sampled_from([2.0, 4.0, 8.0]), st.booleans())
def test_wider_standard_errors_never_narrow(rows: list[tuple[float, float]], times: float, stepdown: bool) -> None:
    wide = [(share, se * times) for share, se in rows]
    assert_within(sets_of(rows, stepdown=stepdown), sets_of(wide, stepdown=stepdown))


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 0.2)), min_size=2, max_size=12, unique=True), st.randoms(use_true_random=False))
def test_the_order_of_the_domains_does_not_matter(rows: list[tuple[float, float]], random: object) -> None:
    order = list(range(len(rows)))
    random.shuffle(order)
    straight, shuffled = sets_of(rows), sets_of([rows[i] for i in order])
    assert (bounds(shuffled) == bounds(straight)[:, order]).all()
    assert shuffled.critical_value == straight.critical_value


@given(estimates, st.integers(1, 12))
@settings(max_examples=50)
def test_at_least_k_may_be_among_the_k_best_and_no_fewer_for_a_larger_k(rows: list[tuple[float, float]], k: int) -> None:
    sets, k = sets_of(rows), min(k, len(rows))
    for members in (sets.among_best, sets.among_worst):
        assert members(k).sum() >= k
        assert (members(len(rows)) | ~members(k)).all()
