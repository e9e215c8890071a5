"""The funnel at the edges, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from analysis import FUNNEL_METHODS, AnalysisError, funnel_limits, funnel_points, overdispersion


def test_no_agencies_are_no_points() -> None:
    assert funnel_points([], n_eff=[], target=0.8) == ()
    found = overdispersion([], n_eff=[], target=0.8)
    assert (len(found.z), found.phi, found.tau2) == (0, 1.0, 0.0)


def test_one_agency_tells_nothing_about_the_spread_between_agencies() -> None:
    assert overdispersion([0.2], n_eff=[100], target=0.8).tau2 == 0


@pytest.mark.parametrize("method", FUNNEL_METHODS)
@pytest.mark.parametrize("target", [0.0, 1.0])
def test_where_everyone_answers_alike_everyone_is_inside(method: str, target: float) -> None:
    points = funnel_points([target] * 3, n_eff=[0.5, 10, 400], target=target, method=method)
    assert {point.position for point in points} == {"inside"}


@pytest.mark.parametrize("method", FUNNEL_METHODS)
def test_every_position_is_told(method: str) -> None:
    shares = [0.80, 0.80 - 0.1, 0.80 - 0.2, 0.80 + 0.09, 0.80 + 0.15]
    points = funnel_points(shares, n_eff=[100] * 5, target=0.8, method=method, tau2=0.0)
    assert [point.position for point in points] == ["inside", "below_95", "below_998", "above_95", "above_998"]


def test_less_than_one_answer_has_the_exact_limits_of_one() -> None:
    low, high = funnel_limits([0.3, 1.0], target=0.8, method="exact")
    assert low[0] == low[1]
    assert high[0] == high[1]


@pytest.mark.parametrize("target", [0.003, 0.5, 0.82, 0.9997])
@pytest.mark.parametrize("level", [0.95, 0.998])
def test_exact_limits_rest_on_the_binomial_quantile(target: float, level: float) -> None:
    """Undoing the interpolation gives scipy's binom.ppf, for every size; the quantile is found without its slow start."""
    n = np.arange(1, 400)
    limits = funnel_limits(n, target=target, method="exact", confidence_level=level)
    for limit, probability, bounds in zip(limits, ((1 - level) / 2, (1 + level) / 2), ((0, target), (target, 1)), strict=True):
        r = stats.binom.ppf(probability, n, target)
        at, before = stats.binom.cdf(r, n, target), stats.binom.cdf(r - 1, n, target)
        expected = np.clip((r - (at - probability) / (at - before)) / n, *bounds)
        np.testing.assert_allclose(limit, expected, rtol=0, atol=1e-10)
        assert (np.abs(limit - target) > 1e-12).mean() > 0.7


def test_the_curves_are_the_limits_over_a_grid_of_sizes() -> None:
    grid = np.geomspace(5, 5000, 60)
    for method in ("overdispersed", "normal"):
        low, high = funnel_limits(grid, target=0.8, method=method)
        assert (np.diff(high - low) <= 0).all()
    low, high = funnel_limits(grid, target=0.8, tau2=0.01)
    assert high[-1] - low[-1] > 0.15, "with overdispersion many answers do not make the funnel narrow"


@pytest.mark.parametrize(
    ("argument", "given"),
    [
        ("shares", {"shares": [0.8, np.nan]}),
        ("shares", {"shares": [0.8, 1.1]}),
        ("n_eff", {"n_eff": [10, 0]}),
        ("n_eff", {"n_eff": [10, -5]}),
        ("n_eff", {"n_eff": [10]}),
        ("target", {"target": np.nan}),
        ("target", {"target": 80.0}),
        ("method", {"method": "poisson"}),
        ("tau2", {"tau2": -0.1}),
    ],
)
def test_bad_input_is_refused_by_the_name_of_the_argument(argument: str, given: dict[str, object]) -> None:
    with pytest.raises(AnalysisError) as error:
        funnel_points(**({"shares": [0.8, 0.7], "n_eff": [10, 20], "target": 0.8} | given))
    assert error.value.argument == argument


def test_levels_and_tails_out_of_range_are_refused() -> None:
    with pytest.raises(AnalysisError, match="confidence_level"):
        funnel_limits([10], target=0.8, confidence_level=95)
    with pytest.raises(AnalysisError, match="winsorised"):
        overdispersion([0.8], n_eff=[10], target=0.8, winsorised=0.5)
