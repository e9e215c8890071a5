"""The numbers inside the checks against values found another way: by enumeration, by hand, by simulation."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy import stats

from analysis.quality import (
    RatingModel,
    bursts,
    mode_differences,
    repeated_batches,
    repeated_patterns,
    round_counts,
    silent_desks,
    straight_lining,
)
from benchmarks.quality_data import clean_wave


def latent_ratings(rng: np.random.Generator, people: int, items: int, correlation: float) -> np.ndarray:
    latent = np.sqrt(correlation) * rng.standard_normal((people, 1)) + np.sqrt(1 - correlation) * rng.standard_normal((people, items))
    return 1 + np.searchsorted([-1.2, -0.5, 0.1, 0.9], latent)


@pytest.mark.parametrize("correlation", [0.2, 0.6])
def test_the_correlation_of_a_persons_answers_is_found_again(correlation: float) -> None:
    ratings = latent_ratings(np.random.default_rng(12), 6000, 6, correlation)
    assert RatingModel.fit(ratings, np.arange(6000) % 6).correlation == pytest.approx(correlation, abs=0.03)


def test_answers_that_do_not_hang_together_are_straight_by_the_product_of_their_shares() -> None:
    ratings = latent_ratings(np.random.default_rng(13), 9000, 3, 0.0)
    shares = np.bincount(ratings.ravel(), minlength=6)[1:] / ratings.size
    expected = np.mean([f.expected for f in straight_lining(RatingModel.fit(ratings, np.arange(9000) % 9))])
    assert expected == pytest.approx((shares**3).sum(), abs=0.005)


def test_the_model_expects_as_many_straight_lines_as_it_makes() -> None:
    ratings = latent_ratings(np.random.default_rng(14), 12_000, 5, 0.55)
    ratings[::2, 2:4] = 0  # half of the forms are shorter
    flags = straight_lining(RatingModel.fit(ratings, np.arange(12_000) % 12))
    assert np.mean([f.expected for f in flags]) == pytest.approx(np.mean([f.observed for f in flags]), abs=0.004)
    assert not any(f.raised for f in flags)


def test_equal_batches_are_expected_as_enumeration_says() -> None:
    """Two batches of six forms over three levels, all 28 outcomes written out."""
    levels = np.array([0.5, 0.3, 0.2])
    outcomes = [x for x in product(range(7), repeat=3) if sum(x) == 6]
    chance = sum(stats.multinomial.pmf(x, 6, levels) ** 2 for x in outcomes)
    batches = [[3, 2, 1], [3, 1, 2], [3, 2, 1], [3, 2, 1], [3, 1, 2], [3, 2, 1], [3, 2, 1], [3, 1, 2], [3, 2, 1], [3, 2, 1]]
    batches[1] = batches[4] = batches[7] = [3, 1, 2]
    total = np.sum(batches, axis=0) / 60
    exact = sum(stats.multinomial.pmf(x, 6, total) ** 2 for x in outcomes)
    (flag,) = repeated_batches(batches, ["x"] * 10)
    assert flag.expected == pytest.approx(45 * exact)
    assert flag.observed == 21 + 3
    assert chance == pytest.approx(exact, abs=0.05)


def test_a_count_of_ten_among_tens_is_expected_by_the_digits_of_the_distribution() -> None:
    counts = np.random.default_rng(15).poisson(12, 400)
    (flag,) = round_counts(counts, ["x"] * 400)
    by_poisson = stats.poisson.pmf(np.arange(5, 100, 5), 12).sum()
    assert flag.expected == pytest.approx(by_poisson, abs=0.01)


def test_a_burst_has_the_tail_of_a_negative_binomial() -> None:
    """Counts that are nearly Poisson with mean 4: twelve on a day is about as rare as the Poisson says."""
    counts = np.random.default_rng(16).poisson(4, (40, 120))
    counts[0, 50] = 12
    (flag,) = (f for f in bursts(counts) if f.unit == (0, 50))
    assert flag.expected == pytest.approx(4, abs=0.6)
    assert stats.poisson.sf(11, 4) / 5 < flag.p_value < 5 * stats.poisson.sf(11, 4)


def test_the_bound_on_silent_runs_is_the_sum_over_their_starts() -> None:
    counts = np.random.default_rng(17).poisson(1.2, (30, 50))
    counts[:, 0] = 1
    flags = silent_desks(counts)
    longest = max(flags, key=lambda f: f.observed)
    zero = np.exp(-counts[longest.unit].mean())
    length = longest.observed
    by_hand = zero**length * (1 + (50 - length) * (1 - zero))
    assert longest.p_value == pytest.approx(min(1, by_hand), rel=0.6)
    assert not longest.raised


def test_the_difference_of_modes_is_that_of_their_pooled_indices() -> None:
    rng = np.random.default_rng(18)
    mode, valid = np.repeat(["open_qr", "slip"], 200), rng.integers(1, 6, 400)
    satisfied = rng.binomial(valid, 0.8)
    (flag,) = mode_differences(satisfied, valid, agencies=["x"] * 400, modes=mode, units=np.arange(400) // 5)
    first, other = (satisfied[mode == m].sum() / valid[mode == m].sum() for m in ("open_qr", "slip"))
    assert flag.observed == pytest.approx(first - other)
    assert flag.ci_low < flag.observed < flag.ci_high
    assert not flag.raised


def test_a_pattern_is_typed_again_into_other_variants_and_on_one_day() -> None:
    """Twelve copies over different variants of the short form are found at the desk and, sent on one day, on that day."""
    rng = np.random.default_rng(19)
    wave = clean_wave(rng, desks=6, weeks=6)
    asked = wave.ratings > 0
    rows = np.flatnonzero((wave.desk == 2) & (asked.sum(axis=1) == 5))[:12]
    ratings, day = wave.ratings.copy(), wave.day.copy()
    for row in rows:
        ratings[row, asked[row]] = [4, 5, 3, 5, 4]
    day[rows] = 99
    model = RatingModel.fit(ratings, wave.desk)
    flags = repeated_patterns(model)
    assert [f.unit for f in flags if f.raised] == [2]
    assert flags[2].observed >= 12
    assert flags[2].expected < 3
    assert [f.unit for f in repeated_patterns(model, days=day) if f.raised] == [(2, 99)]


def test_a_pattern_that_is_popular_everywhere_is_not_suspicious() -> None:
    rng = np.random.default_rng(20)
    ratings = rng.integers(1, 6, (600, 6))
    ratings[rng.random(600) < 0.3] = [5, 4, 5, 4, 5, 4]
    assert not any(f.raised for f in repeated_patterns(RatingModel.fit(ratings, np.arange(600) % 6)))
