"""The ends of regression: what cannot be told says why, and what cannot be used is refused."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from analysis import AnalysisError, Design
from analysis.regression import _Model, logistic_regression, ordinal_regression

RNG = np.random.default_rng(5)
ONE, OTHER = RNG.standard_normal((2, 80))
LEVEL = np.clip(np.round(3.5 + ONE + RNG.standard_normal(80)), 1, 5)
UNKNOWN = np.full(80, np.nan)

UNTOLD = {
    "nobody": (UNKNOWN, {"one": ONE}, "too_few_rows"),
    "as many people as coefficients": (np.where(np.arange(80) < 2, np.arange(80), np.nan), {"one": ONE}, "too_few_rows"),
    "all give the same rating": (np.full(80, 5.0), {"one": ONE}, "no_variation"),
    "a predictor that never changes": (LEVEL, {"one": ONE, "other": np.full(80, 0.1)}, "dependent_predictors"),
    "a predictor that is 0": (LEVEL, {"other": np.zeros(80)}, "dependent_predictors"),
    "a predictor that follows from the others": (LEVEL, {"one": ONE, "other": OTHER, "both": ONE - 2 * OTHER}, "dependent_predictors"),
    "a predictor that tells the rating": (np.where(ONE > 0, 5.0, 4.0), {"one": ONE, "other": OTHER}, "separated"),
    "a group that is always satisfied": (np.where(ONE > 0, 5.0, LEVEL), {"group": ONE > 0}, "separated"),
    "levels that a predictor orders": (np.digitize(ONE, [-1, 0, 1]), {"one": ONE}, "separated"),
}


@pytest.mark.parametrize("case", UNTOLD)
def test_what_cannot_be_told_has_no_coefficients_and_a_reason(case: str) -> None:
    outcome, predictors, why = UNTOLD[case]
    fit = ordinal_regression(outcome, predictors, design=Design.of(80))
    assert (fit.coefficients, fit.covariance.shape, fit.log_likelihood, fit.why) == ((), (0, 0), None, why)


def test_a_logistic_regression_that_cannot_be_told_says_so_too() -> None:
    fit = logistic_regression(np.ones(80), {"one": ONE}, design=Design.of(80))
    assert (fit.coefficients, fit.rows, fit.why) == ((), 80, "no_variation")


def test_a_two_by_two_table_has_its_log_odds_ratio() -> None:
    group, satisfied = np.repeat([0, 0, 1, 1], [30, 10, 20, 40]), np.repeat([1, 0, 1, 0], [30, 10, 20, 40])
    fit = logistic_regression(satisfied, {"group": group}, design=Design.of(100))
    assert fit["(Intercept)"].estimate == pytest.approx(np.log(30 / 10))
    assert fit["group"].estimate == pytest.approx(np.log((20 / 40) / (30 / 10)))
    assert fit["group"].se == pytest.approx(np.sqrt((1 / 30 + 1 / 10 + 1 / 20 + 1 / 40) * 100 / 99))
    assert fit.df == 98


def test_interval_and_p_value_are_those_of_student() -> None:
    fit = ordinal_regression(LEVEL, {"one": ONE}, design=Design.of(80, clusters=np.arange(80) // 8))
    slope, t = fit["one"], stats.t(8)
    assert fit.df == 8
    assert (slope.ci_low, slope.ci_high) == pytest.approx(
        (slope.estimate - t.ppf(0.975) * slope.se, slope.estimate + t.ppf(0.975) * slope.se)
    )
    assert slope.p_value == pytest.approx(2 * t.sf(abs(slope.estimate) / slope.se))


def test_without_degrees_of_freedom_there_are_estimates_but_no_intervals() -> None:
    fit = ordinal_regression(LEVEL, {"one": ONE}, design=Design.of(80, clusters=np.arange(80) // 40))
    assert (fit.df, fit.why) == (0, "no_degrees_of_freedom")
    slope = fit["one"]
    assert slope.estimate == pytest.approx(ordinal_regression(LEVEL, {"one": ONE}, design=Design.of(80))["one"].estimate)
    assert (slope.ci_low, slope.ci_high, slope.p_value) == (None, None, None)


def test_a_census_leaves_no_standard_error_and_no_p_value() -> None:
    slope = ordinal_regression(LEVEL, {"one": ONE}, design=Design.of(80, fpc=np.ones(80)))["one"]
    assert (slope.se, slope.p_value, slope.ci_low) == (0, None, slope.estimate)


def test_rows_that_lack_something_are_outside_the_domain_but_their_units_count() -> None:
    """A unit all of whose people lack a predictor stands at 0; the estimate is that of the others alone."""
    days = np.arange(80) // 8
    gone = np.where(days == 9, np.nan, ONE)
    within = ordinal_regression(LEVEL, {"one": gone}, design=Design.of(80, clusters=days))
    alone = ordinal_regression(LEVEL[:72], {"one": ONE[:72]}, design=Design.of(72, clusters=days[:72]))
    assert (within.rows, within.df) == (alone.rows, alone.df) == (72, 7)
    assert within["one"].estimate == pytest.approx(alone["one"].estimate)
    assert within["one"].se == pytest.approx(alone["one"].se * np.sqrt(10 / 9 / (9 / 8)))


def test_the_scale_and_the_origin_of_a_predictor_do_not_matter() -> None:
    raw = ordinal_regression(LEVEL, {"one": ONE, "other": OTHER}, design=Design.of(80))
    moved = ordinal_regression(LEVEL, {"one": 1000 * ONE + 1e5, "other": OTHER}, design=Design.of(80))
    assert moved["one"].estimate * 1000 == pytest.approx(raw["one"].estimate, rel=1e-6)
    assert moved["one"].se * 1000 == pytest.approx(raw["one"].se, rel=1e-6)
    assert moved["other"].estimate == pytest.approx(raw["other"].estimate, rel=1e-6)
    assert moved.log_likelihood == pytest.approx(raw.log_likelihood)


def test_neither_the_scale_of_weights_nor_the_order_of_rows_matters() -> None:
    weights, order = RNG.uniform(0.5, 9, 80), RNG.permutation(80)
    raw = ordinal_regression(LEVEL, {"one": ONE}, design=Design.of(80, weights=weights))
    other = ordinal_regression(LEVEL[order], {"one": ONE[order]}, design=Design.of(80, weights=1000 * weights[order]))
    np.testing.assert_allclose(other.covariance, raw.covariance, rtol=1e-8)
    assert other["one"].estimate == pytest.approx(raw["one"].estimate, rel=1e-8)


def test_turning_the_levels_around_turns_the_slope_around() -> None:
    up, down = (ordinal_regression(level, {"one": ONE}, design=Design.of(80)) for level in (LEVEL, 6 - LEVEL))
    assert down["one"].estimate == pytest.approx(-up["one"].estimate)
    assert down["one"].se == pytest.approx(up["one"].se)


def test_wild_data_have_a_maximum_or_a_reason() -> None:
    """Outlying predictors, very unequal weights, few people: Newton must halve some steps, and nothing may raise."""
    found = {None: 0, "separated": 0}
    for seed in range(150):
        rng = np.random.default_rng(seed)
        n, p, levels = rng.integers(12, 60), rng.integers(1, 4), rng.integers(2, 6)
        x = rng.standard_normal((n, p)) * np.exp(2 * rng.standard_normal((n, p)))
        latent = x @ rng.standard_normal(p) + rng.standard_normal(n)
        level = np.digitize(latent, np.quantile(latent, np.sort(rng.random(levels - 1))))
        weights = np.exp(rng.choice([0, 1, 3]) * rng.standard_normal(n))
        fit = ordinal_regression(level, {str(i): x[:, i] for i in range(p)}, design=Design.of(n, weights=weights))
        found[fit.why] += 1
        if fit.why is None:
            model = _Model(x, np.unique(level, return_inverse=True)[1], weights)
            at = np.array([c.estimate for c in fit.coefficients])
            scale = np.sqrt(np.diag(np.linalg.inv(model.derivatives(at)[1])))
            for _ in range(5):
                assert model.log_likelihood(at + 0.01 * scale * rng.standard_normal(len(at))) < model.log_likelihood(at)
    assert min(found.values()) > 20


@pytest.mark.parametrize("seed", [381, 492, 1418, 1718])
def test_information_that_vanishes_to_the_last_bit_is_a_reason_too(seed: int) -> None:
    """A predictor of very different sizes that tells the level perfectly."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(30) * 10.0 ** rng.integers(0, 6, 30)
    fit = ordinal_regression((x > np.median(x)) + 1, {"x": x}, design=Design.of(30))
    assert fit.why == "separated"


REFUSED = {
    "an outcome of 2 for yes": (
        lambda: logistic_regression([2, 1], {"x": [0, 1]}, design=Design.of(2)),
        "outcome: got 2 in row 0, expected 0, 1",
    ),
    "too few outcomes": (lambda: ordinal_regression([1], {"x": [0, 1]}, design=Design.of(2)), "outcome: got shape (1,)"),
    "an infinite predictor": (
        lambda: ordinal_regression([1, 2], {"x": [0, np.inf]}, design=Design.of(2)),
        "predictors['x']: got an infinite number in row 1",
    ),
    "no predictors": (lambda: ordinal_regression([1, 2], {}, design=Design.of(2)), "predictors: got none, expected at least one"),
    "a confidence level of 95": (
        lambda: ordinal_regression([1, 2], {"x": [0, 1]}, design=Design.of(2), confidence_level=95),
        "confidence_level: got 95",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_argument_got_and_expected(case: str) -> None:
    call, message = REFUSED[case]
    with pytest.raises(AnalysisError) as refusal:
        call()
    assert str(refusal.value).startswith(message)
