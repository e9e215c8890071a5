"""A trend over waves: equal to statsmodels, never across a break, honest where waves are few or scatter more than they should."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.regression.linear_model import WLS
from statsmodels.stats.contingency_tables import Table
from statsmodels.stats.meta_analysis import combine_effects

from analysis import AnalysisError
from analysis.trend import Segment, index_trend

TIMES = np.array([0.0, 1.0, 2.5, 3.0, 4.0, 6.0])
CALM = np.array([0.80, 0.815, 0.83, 0.82, 0.845, 0.86])
WILD = np.array([0.80, 0.90, 0.75, 0.88, 0.79, 0.92])
VARIANCES = np.array([4e-4, 3e-4, 5e-4, 2e-4, 4e-4, 3e-4])
SIZES = np.array([200.0, 300.0, 150.0, 400.0, 250.0, 220.0])


def numbers(segment: Segment) -> list[float]:
    names = ("slope", "se", "p_value", "ci_low", "ci_high", "q", "q_p_value", "overdispersion")
    return [getattr(segment, name) for name in names]


def test_slope_equals_weighted_least_squares_with_known_variances() -> None:
    """statsmodels: WLS(p, [1, t], weights=1/v).fit(cov_type="fixed scale")."""
    (got,) = index_trend(TIMES, CALM, variances=VARIANCES)
    fit = WLS(CALM, np.column_stack([np.ones(6), TIMES]), weights=1 / VARIANCES).fit(cov_type="fixed scale")
    assert (got.overdispersion, got.df) == (1, None)
    assert got.slope == pytest.approx(fit.params[1], abs=1e-12)
    assert got.se == pytest.approx(fit.bse[1], abs=1e-12)
    assert got.p_value == pytest.approx(2 * stats.norm.sf(abs(fit.tvalues[1])), abs=1e-12)
    assert (got.ci_low, got.ci_high) == pytest.approx(got.slope + np.array([-1, 1]) * stats.norm.ppf(0.975) * got.se, abs=1e-12)
    assert [got.line(time) for time in TIMES] == pytest.approx(fit.fittedvalues, abs=1e-12)


def test_waves_that_scatter_more_than_they_should_get_the_standard_error_of_their_scatter() -> None:
    """statsmodels: WLS(p, [1, t], weights=1/v).fit(), whose scale is the residual chi² over its degrees of freedom."""
    (got,) = index_trend(TIMES, WILD, variances=VARIANCES, confidence_level=0.9)
    fit = WLS(WILD, np.column_stack([np.ones(6), TIMES]), weights=1 / VARIANCES).fit()
    assert got.overdispersion == pytest.approx(fit.scale, rel=1e-12)
    assert got.overdispersion > 5
    assert (got.slope, got.se, got.df) == (pytest.approx(fit.params[1]), pytest.approx(fit.bse[1], rel=1e-12), 4)
    assert got.p_value == pytest.approx(fit.pvalues[1], rel=1e-10)
    assert (got.ci_low, got.ci_high) == pytest.approx(fit.conf_int(0.1)[1], rel=1e-10)


def test_q_equals_cochrans_q() -> None:
    """statsmodels: combine_effects(p, v).q; scipy: chi2.sf."""
    (got,) = index_trend(TIMES, WILD, variances=VARIANCES)
    assert got.q == pytest.approx(combine_effects(WILD, VARIANCES).q, rel=1e-10)
    assert (got.q_df, got.q_p_value) == (5, pytest.approx(stats.chi2.sf(got.q, 5), rel=1e-10))


def test_effective_sizes_give_pearsons_chi_square_and_the_armitage_trend() -> None:
    """scipy: chi2_contingency; statsmodels: Table(…).test_ordinal_association, whose variance has n - 1 for n."""
    satisfied = np.round(CALM * SIZES)
    (got,) = index_trend(TIMES, satisfied / SIZES, n_eff=SIZES)
    table = np.column_stack([satisfied, SIZES - satisfied])
    assert got.q == pytest.approx(stats.chi2_contingency(table).statistic, rel=1e-10)
    armitage = Table(table, shift_zeros=False).test_ordinal_association(row_scores=TIMES, col_scores=np.array([1, 0]))
    n = SIZES.sum()
    assert got.slope / got.se == pytest.approx(armitage.zscore * np.sqrt(n / (n - 1)), rel=1e-10)


def test_no_line_is_drawn_across_a_break() -> None:
    """2021 to 2022 the method changed: what lies on either side has no say in the other's numbers."""
    fallen = np.append(CALM, CALM - 0.3)
    twelve = np.arange(12)
    old, new = index_trend(twelve, fallen, variances=np.tile(VARIANCES, 2), breaks=[6])
    (alone,) = index_trend(twelve[:6], CALM, variances=VARIANCES)
    assert (old.points, new.points) == (tuple(range(6)), tuple(range(6, 12)))
    assert numbers(old) == numbers(alone)
    assert new.slope == pytest.approx(old.slope)
    assert new.slope > 0
    (across,) = index_trend(twelve, fallen, variances=np.tile(VARIANCES, 2))
    assert across.slope < 0  # this is what a line across the break would have told


def test_breaks_may_come_in_any_order_and_at_the_first_wave() -> None:
    segments = index_trend(TIMES, CALM, variances=VARIANCES, breaks=[4, 0, 2, 4])
    assert [s.points for s in segments] == [(0, 1), (2, 3), (4, 5)]


def test_a_wave_without_a_share_or_a_variance_is_left_out() -> None:
    shares, variances = CALM.copy(), VARIANCES.copy()
    shares[1], variances[3] = np.nan, np.nan
    (got,) = index_trend(TIMES, shares, variances=variances)
    kept = [0, 2, 4, 5]
    assert got.points == tuple(kept)
    assert numbers(got) == numbers(index_trend(TIMES[kept], CALM[kept], variances=VARIANCES[kept])[0])


def test_no_wave_and_one_wave_are_too_few_for_anything() -> None:
    for segment in (*index_trend([], [], n_eff=[]), *index_trend([2024], [0.8], n_eff=[100])):
        assert (segment.slope, segment.se, segment.q, segment.q_df, segment.why) == (None, None, None, 0, "too_few_waves")
        assert segment.line(2024) is None


def test_two_waves_have_a_test_of_change_but_no_slope() -> None:
    (two,) = index_trend([0, 1], [0.8, 0.9], variances=[4e-4, 4e-4])
    assert (two.slope, two.why, two.q_df) == (None, "too_few_waves", 1)
    assert two.q == pytest.approx(0.1**2 / 8e-4)
    assert two.q_p_value == pytest.approx(2 * stats.norm.sf(0.1 / np.sqrt(8e-4)))


def test_everyone_satisfied_in_every_wave_has_no_variance() -> None:
    (certain,) = index_trend([0, 1, 2], [1, 1, 1], n_eff=[50, 60, 70])
    assert (certain.slope, certain.q, certain.q_df, certain.why) == (None, None, 2, "no_variance")
    (census,) = index_trend([0, 1, 2], [0.8, 0.9, 1.0], variances=[1e-4, 1e-4, 0])
    assert census.why == "no_variance"


def test_everyone_satisfied_in_one_wave_is_not_infinitely_sure() -> None:
    (got,) = index_trend([0, 1, 2, 3], [0.9, 0.95, 1.0, 0.97], n_eff=[60, 60, 60, 60])
    assert got.why is None
    assert got.ci_low < got.slope < got.ci_high


def test_waves_that_did_not_change_at_all_have_slope_0() -> None:
    (flat,) = index_trend([0, 1, 2], [0.5, 0.5, 0.5], n_eff=[50, 60, 70])
    assert (flat.slope, flat.q, flat.p_value, flat.q_p_value, flat.line(9)) == (0, 0, 1, 1, 0.5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"times": [0, 2, 1]}, "times: got something else, expected finite, strictly increasing numbers"),
        ({"times": [0, 1, np.nan]}, "times: got"),
        ({"shares": [0.5, 0.5]}, "shares: got shape (2,), expected one number for each of 3 waves"),
        ({"shares": [0.5, 80, 0.5]}, "shares: got 80 in row 1, expected numbers from 0 to 1, or NaN"),
        ({"variances": [1e-4, -1, 1e-4]}, "variances: got -1 in row 1, expected numbers of 0 or more"),
        ({"n_eff": [1, 2, 3]}, "variances: got both or neither"),
        ({"variances": None}, "variances: got both or neither"),
        ({"variances": None, "n_eff": [1, 0, 3]}, "n_eff: got 0 in row 1, expected positive numbers where there is a share"),
        ({"breaks": [3]}, "breaks: got 3, expected numbers of waves, 0 to 2"),
        ({"confidence_level": 95}, "confidence_level: got 95"),
    ],
)
def test_what_is_no_series_of_waves_is_refused(arguments: dict, message: str) -> None:
    good = {"times": [0, 1, 2], "shares": [0.5, 0.6, 0.7], "variances": [1e-4] * 3}
    with pytest.raises(AnalysisError) as refused:
        index_trend(**(good | arguments))
    assert str(refused.value).startswith(message)


@st.composite
def waves(draw: st.DrawFn) -> tuple[list[float], list[float], list[int]]:
    count = draw(st.integers(1, 12))
    shares = draw(st.lists(st.floats(0.01, 0.99), min_size=count, max_size=count))
    sizes = draw(st.lists(st.floats(5, 1e4), min_size=count, max_size=count))
    return shares, sizes, draw(st.lists(st.integers(0, count - 1), max_size=3))


@given(waves())
@settings(max_examples=60)
def test_the_other_direction_of_satisfaction_flips_the_slope_and_breaks_part_the_waves(made: tuple) -> None:
    shares, sizes, breaks = made
    there = index_trend(range(len(shares)), shares, n_eff=sizes, breaks=breaks)
    back = index_trend(range(len(shares)), [1 - share for share in shares], n_eff=sizes, breaks=breaks)
    assert sum((s.points for s in there), ()) == tuple(range(len(shares)))
    assert {s.points[0] for s in there} == {0, *breaks}
    for one, other in zip(there, back, strict=True):
        assert (one.slope is None) == (other.slope is None) == (len(one.points) < 3)
        if one.slope is not None:
            assert one.slope == pytest.approx(-other.slope, abs=1e-9)
            assert one.ci_low == pytest.approx(-other.ci_high, abs=1e-6)
            assert one.ci_low <= one.slope <= one.ci_high
            assert 0 <= one.p_value <= 1


@pytest.mark.parametrize(("waves_seen", "swing", "least"), [(4, 0, 0.95), (8, 0, 0.95), (8, 0.03, 0.92)])
def test_the_interval_covers_the_true_slope_also_when_waves_swing(waves_seen: int, swing: float, least: float) -> None:
    """With real swings of 3 points between waves the known variances alone would cover in 79 %."""
    rng, replicates, true = np.random.default_rng(5), 1500, 0.01
    times = np.arange(waves_seen)
    hits = known_only = 0
    for _ in range(replicates):
        sizes = rng.integers(60, 400, waves_seen)
        truth = np.clip(0.8 + true * times + swing * rng.standard_normal(waves_seen), 0, 1)
        (got,) = index_trend(times, rng.binomial(sizes, truth) / sizes, n_eff=sizes)
        hits += got.ci_low <= true <= got.ci_high
        known_only += abs(got.slope - true) <= 1.96 * got.se / np.sqrt(got.overdispersion)
    noise = np.sqrt(0.05 * 0.95 / replicates)
    assert hits / replicates > least - 2 * noise
    assert swing == 0 or known_only / replicates < 0.85
