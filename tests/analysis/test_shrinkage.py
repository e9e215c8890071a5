"""Shrinkage at the edges, against published numbers, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from statsmodels.stats.meta_analysis import combine_effects

from analysis import AnalysisError, interval, interval_variance, pooled_variance, shrink

#: Efron and Morris (1975), table 1: batting averages of 18 players after 45 times at bat, and over the rest of the season.
HITS = np.array([18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7])
SEASON = np.array(
    [0.346, 0.298, 0.276, 0.222, 0.273, 0.270, 0.263, 0.210, 0.269, 0.230, 0.264, 0.256, 0.303, 0.264, 0.226, 0.285, 0.316, 0.200]
)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_too_few_agencies_tell_no_spread(count: int) -> None:
    found = shrink([0.8] * count, variances=[0.01] * count)
    assert (found.mean, found.tau2, found.why, len(found.agencies)) == (None, None, "too_few_agencies", count)
    assert all(agency.share == 0.8 and agency.shrunken is agency.se is agency.ci_low is None for agency in found.agencies)


def test_the_batting_averages_of_efron_and_morris_come_closer_to_the_season() -> None:
    """Published: shrinking these 18 averages cuts the squared error of the rest of the season to less than a third."""
    p = HITS / 45
    mean = p.mean()
    v = pooled_variance(p, n_eff=[45] * 18)
    found = shrink(p, variances=v)
    assert found.mean == pytest.approx(0.2654, abs=1e-4)
    # Equal variances: Paule-Mandel is Σ(p - p̄)²/(k - 1) less v, and with Morris's factor B is James and Stein's (k - 3) v/Σ(p - p̄)².
    stein = (18 - 3) * v[0] / ((p - mean) ** 2).sum()
    assert all(agency.pull == pytest.approx(min(stein, 15 / 17), rel=1e-6) for agency in found.agencies)
    shrunken = np.array([agency.shrunken for agency in found.agencies])
    assert ((shrunken - SEASON) ** 2).sum() < ((p - SEASON) ** 2).sum() / 3


def test_tau2_is_that_of_paule_and_mandel() -> None:
    """statsmodels: combine_effects(effect, variance, method_re="iterated"), which stops at an error of 1e-5 in the sum of squares."""
    rng = np.random.default_rng(5)
    for _ in range(20):
        v = rng.uniform(1e-4, 4e-3, 15)
        p = np.clip(rng.normal(0.8, np.sqrt(v + 2e-3)), 0, 1)
        other = combine_effects(p, v, method_re="iterated")
        found = shrink(p, variances=v)
        assert found.tau2 == pytest.approx(other.tau2, abs=1e-8)
        assert found.mean == pytest.approx(other.mean_effect_re, abs=1e-7)


def test_agencies_that_differ_by_chance_only_are_pulled_almost_to_the_mean() -> None:
    found = shrink([0.80, 0.81, 0.79, 0.80, 0.80], variances=[0.01] * 5)
    assert found.tau2 == 0
    assert [agency.pull for agency in found.agencies] == [0.5] * 5, "Morris's (k - 3)/(k - 1): not even then all the way"


def test_all_satisfied_everywhere_stays_where_it_is() -> None:
    found = shrink([1.0] * 6, variances=pooled_variance([1.0] * 6, n_eff=[5, 10, 20, 50, 100, 400]))
    assert found.mean == pytest.approx(1.0)
    assert all(agency.shrunken == pytest.approx(1.0) and agency.ci_low < 1 == agency.ci_high for agency in found.agencies)


def test_the_variance_of_the_default_interval_is_its_half_width_over_z() -> None:
    p, n = np.array([0.0, 0.5, 0.8, 0.99, 1.0]), np.array([3, 1, 40, 200, 12])
    bounds = interval(p, n_eff=n)
    np.testing.assert_allclose(np.sqrt(interval_variance(p, n_eff=n)), (bounds.high - bounds.low) / (2 * 1.959963984540054), rtol=1e-12)


def test_with_many_answers_it_is_the_linearised_variance() -> None:
    assert interval_variance([0.8], n_eff=[1e6])[0] == pytest.approx(0.16e-6, rel=1e-5)


@pytest.mark.parametrize(
    ("argument", "given"),
    [
        ("shares", {"shares": [0.8, np.nan, 0.7, 0.6]}),
        ("shares", {"shares": [0.8, 1.2, 0.7, 0.6]}),
        ("variances", {"variances": [0.1, 0.1, 0.1, 0.0]}),
        ("variances", {"variances": [0.1, 0.1, 0.1, np.nan]}),
        ("variances", {"variances": [0.1]}),
        ("confidence_level", {"confidence_level": 0.0}),
    ],
)
def test_bad_input_is_refused_by_the_name_of_the_argument(argument: str, given: dict[str, object]) -> None:
    with pytest.raises(AnalysisError) as error:
        shrink(**({"shares": [0.8, 0.7, 0.7, 0.6], "variances": [0.01] * 4} | given))
    assert error.value.argument == argument


@pytest.mark.parametrize("variance", [interval_variance, pooled_variance])
def test_a_variance_needs_an_effective_size(variance: Callable[..., np.ndarray]) -> None:
    with pytest.raises(AnalysisError, match="n_eff"):
        variance([0.8], n_eff=[0])


def test_no_agencies_have_no_variances() -> None:
    assert pooled_variance([], n_eff=[]).tolist() == interval_variance([], n_eff=[]).tolist() == []
