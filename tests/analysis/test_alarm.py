"""The alarm chart: limits from theory, days added up, people too few to judge, and a reference that tells nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from analysis import AnalysisError
from analysis.alarm import FEWEST_PEOPLE, AlarmChart, alarm_chart, control_limit


def chart(reference: list[int], monitored: list[int], *, people: int = 20, **options) -> AlarmChart:
    """Each number is a day's satisfied people of `people`, one answer each."""
    y = np.array(reference + monitored, dtype=float)
    n = np.full(len(y), float(people))
    return alarm_chart(np.arange(len(y)), satisfied=y, valid=n, respondents=n, monitored_from=len(reference), **options)


STEADY = [16, 15, 17, 16, 18, 14] * 10


def test_a_p_chart_has_the_limit_of_independent_days() -> None:
    """scipy: 90 independent days of which each is quiet with probability 0.95^(1/90)."""
    found = control_limit(smoothing=1.0, false_alarm_probability=0.05, in_days=90)
    quiet_day = 0.95 ** (1 / 90)
    assert found.limit == pytest.approx(stats.norm.ppf((1 + quiet_day) / 2), abs=1e-8)
    assert found.average_run_length == pytest.approx(1 / (1 - quiet_day), rel=1e-8)


@pytest.mark.parametrize(("smoothing", "limit"), [(0.5, 3.071), (0.25, 2.998), (0.1, 2.814)])
def test_run_lengths_agree_with_the_published_ones(smoothing: float, limit: float) -> None:
    """Lucas and Saccucci (1990): 500 days, for limits that stay. Ours are narrower in the first days, so a few percent shorter."""

    def too_far(probability: float) -> float:
        return control_limit(smoothing=smoothing, false_alarm_probability=probability).limit - limit

    probability = optimize.brentq(too_far, 0.1, 0.3, xtol=1e-4)
    assert 0.96 * 500 < control_limit(smoothing=smoothing, false_alarm_probability=probability).average_run_length < 500


def test_a_rarer_false_alarm_needs_a_wider_limit() -> None:
    limits = [control_limit(false_alarm_probability=p).limit for p in (0.01, 0.05, 0.2)]
    assert limits == sorted(limits, reverse=True)
    assert control_limit(in_days=365).limit > control_limit(in_days=90).limit
    assert control_limit(in_days=1, false_alarm_probability=0.05).limit == pytest.approx(1.959964, abs=1e-6)


def test_a_steady_series_gives_no_alarm_and_a_fall_gives_one() -> None:
    steady = chart(STEADY, STEADY)
    assert {p.alarm for p in steady.points} == {None}
    assert (steady.why, steady.reference_days, steady.reference_respondents) == (None, 60, 1200)
    assert steady.baseline == pytest.approx(0.8, abs=1e-3)
    fallen = chart(STEADY, [11] * 20)
    first = next(p for p in fallen.points if p.alarm)
    assert (first.alarm, first.smoothed) == ("low", pytest.approx(0.55))
    assert first.smoothed < first.low


def test_a_rise_alarms_to_the_other_side() -> None:
    risen = [p.alarm for p in chart([12, 11, 13, 12] * 15, [19] * 20).points]
    assert risen[-1] == "high"
    assert "low" not in risen


def test_the_smoothed_share_weighs_days_by_their_answers_and_their_age() -> None:
    series = {"satisfied": [8, 8, 5, 20], "valid": [10, 10, 10, 40], "respondents": [10, 10, 10, 20]}
    found = alarm_chart([1, 2, 3, 4], **series, monitored_from=3, smoothing=0.25, design_effect=1.0)
    third, fourth = found.points
    assert (third.smoothed, third.people, third.respondents) == (0.5, pytest.approx(10), 10)
    assert fourth.smoothed == pytest.approx((0.75 * 5 + 20) / (0.75 * 10 + 40))
    assert fourth.people == pytest.approx((0.75 * 10 + 40) ** 2 / ((0.75 * 10) ** 2 / 10 + 40**2 / 20))


def test_limits_are_the_farther_of_the_beta_and_the_binomial_quantile() -> None:
    """scipy: beta.ppf and binom.cdf with the mean and the variance that the docstring gives."""
    found = chart(STEADY, [16] * 5, design_effect=2.0, smoothing=0.2)
    last, p, size = found.points[-1], found.baseline, 1200 / 2
    assert p == pytest.approx((size * 0.8 + 0.5) / (size + 1), abs=1e-12)
    effective = 1 / (2 / last.people + 1 / (size + 2))
    tail = stats.norm.sf(control_limit(smoothing=0.2).limit)
    beta = stats.beta(p * (effective - 1), (1 - p) * (effective - 1)).ppf(tail)
    assert last.low == pytest.approx(beta, abs=1e-9)
    k = (1 - last.high) * effective  # as many dissatisfied or fewer
    assert stats.beta(k + 1, effective - k).sf(1 - p) == pytest.approx(tail, rel=1e-6)
    assert last.high > stats.beta(p * (effective - 1), (1 - p) * (effective - 1)).isf(tail)


def test_a_design_effect_of_few_days_widens_the_limit() -> None:
    own, known = chart(STEADY[:12], STEADY), chart(STEADY[:12], STEADY, design_effect=1.0)
    planned = control_limit().limit
    assert known.limit == planned
    assert own.limit == pytest.approx(stats.t(11).isf(stats.norm.sf(planned)))
    assert own.limit > 4
    told = chart(STEADY[:12], STEADY, design_effect=own.design_effect).points[-1]
    assert own.points[-1].low < told.low - 0.005
    assert own.points[-1].high > told.high + 0.005


def test_days_that_vary_more_than_people_would_get_wider_limits() -> None:
    calm, wild = chart([16] * 30 + [15, 17] * 15, [16] * 30), chart([20, 12, 19, 13] * 15, [16] * 30)
    assert calm.baseline == pytest.approx(wild.baseline, abs=0.01)
    assert wild.design_effect > 3 * calm.design_effect
    assert wild.points[-1].low < calm.points[-1].low


def test_a_short_reference_widens_the_limits_for_its_own_uncertainty() -> None:
    short, long = (chart(STEADY[:days], STEADY, design_effect=1.0).points[-1] for days in (6, 60))
    assert short.low < long.low
    assert short.high > long.high


def test_fewer_than_ten_people_are_not_judged() -> None:
    found = chart([3, 2, 3, 3] * 15, [0] * 12, people=3, design_effect=1.0)
    judged = [p.low is not None for p in found.points]
    assert [p.people >= FEWEST_PEOPLE - 1e-9 for p in found.points] == judged
    assert judged[:3] == [False] * 3
    assert found.points[0].alarm is None
    assert found.points[-1].alarm == "low"


def test_desk_days_of_one_day_are_added_up_in_any_order() -> None:
    days = np.repeat(np.arange(40), 2)
    y = np.tile([7.0, 9.0, 8.0, 8.0], 20)
    options = {"monitored_from": 30, "design_effect": 1.0}
    apart = alarm_chart(days[::-1], satisfied=y[::-1], valid=[10] * 80, respondents=[10] * 80, **options)
    together = alarm_chart(np.arange(40), satisfied=[16] * 40, valid=[20] * 40, respondents=[20] * 40, **options)
    assert apart == together


def test_days_without_answers_are_passed_over() -> None:
    y, n = [16.0] * 30 + [16, 0, 12, 0, 0, 14], [20.0] * 30 + [20, 0, 20, 0, 0, 20]
    found = alarm_chart(range(36), satisfied=y, valid=n, respondents=n, monitored_from=30)
    assert [p.day for p in found.points] == [30, 32, 35]


@pytest.mark.parametrize("reference", [[], [16]])
def test_a_reference_of_less_than_two_days_sets_no_limits(reference: list[int]) -> None:
    found = chart(reference, [16, 2, 20])
    assert (found.baseline, found.design_effect, found.limit, found.why) == (None, None, None, "too_few_reference_days")
    assert [(p.low, p.high, p.alarm) for p in found.points] == [(None, None, None)] * 3
    assert found.points[0].smoothed == 0.8


def test_no_days_at_all_is_a_chart_without_points() -> None:
    found = alarm_chart([], satisfied=[], valid=[], respondents=[], monitored_from=0)
    assert (found.points, found.reference_days, found.why) == ((), 0, "too_few_reference_days")
    assert chart(STEADY, []).points == ()


def test_where_everyone_was_satisfied_a_fall_is_still_found() -> None:
    """No variance at all in the reference: one person counts as one answer, and the baseline stays just under 1."""
    found = chart([20] * 60, [20] * 10 + [18] * 10)
    assert found.design_effect == 1
    assert 0.999 < found.baseline < 1
    assert {p.alarm for p in found.points[:10]} == {None}
    assert found.points[-1].alarm == "low"


def test_everyone_satisfied_is_no_upper_alarm_where_it_may_well_happen() -> None:
    assert {p.alarm for p in chart([19, 20, 19, 18, 19] * 12, [20] * 3).points} == {None}


@given(st.lists(st.integers(0, 20), min_size=2, max_size=30), st.lists(st.integers(0, 20), max_size=30), st.floats(0.02, 1))
@settings(max_examples=50)
def test_swapping_satisfied_and_dissatisfied_turns_the_chart_upside_down(
    reference: list[int], monitored: list[int], smoothing: float
) -> None:
    smoothing = round(smoothing, 1) or 0.02  # few values, so that the limits are found once
    up = chart(reference, monitored, smoothing=smoothing)
    down = chart([20 - y for y in reference], [20 - y for y in monitored], smoothing=smoothing)
    other = {"low": "high", "high": "low", None: None}
    for one, two in zip(up.points, down.points, strict=True):
        assert 0 <= one.low <= up.baseline <= one.high <= 1
        assert (one.low, one.smoothed) == (pytest.approx(1 - two.high, abs=1e-7), pytest.approx(1 - two.smoothed))
        assert one.alarm == other[two.alarm]
        assert (one.alarm == "low") == (one.smoothed < one.low)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"days": [1.5, 2.0]}, "days: got float64, shape (2,), expected one whole number for each desk-day"),
        ({"satisfied": [1]}, "satisfied: got shape (1,), expected one number for each of 2 desk-days"),
        ({"satisfied": [1, 9]}, "satisfied: got 9 in row 1, expected no more than valid"),
        ({"valid": [np.nan, 4]}, "valid: got nan in row 0, expected numbers of 0 or more"),
        ({"respondents": [0, 2]}, "respondents: got 0 in row 0, expected people exactly where there are valid answers"),
        ({"design_effect": 0}, "design_effect: got 0, expected a positive number"),
        ({"smoothing": 0}, "smoothing: got 0, expected above 0 to 1"),
        ({"false_alarm_probability": 1}, "false_alarm_probability: got 1, expected strictly between 0 and 1"),
        ({"in_days": 0}, "in_days: got 0, expected at least 1"),
    ],
)
def test_what_is_no_series_of_days_is_refused(arguments: dict, message: str) -> None:
    good = {"days": [1, 2], "satisfied": [1, 2], "valid": [4, 4], "respondents": [2, 2], "monitored_from": 2}
    with pytest.raises(AnalysisError) as refused:
        alarm_chart(**(good | arguments))
    assert str(refused.value).startswith(message)
