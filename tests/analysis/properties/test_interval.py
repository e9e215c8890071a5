"""What must hold of every interval."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import METHODS, Design, Domains, Moments, UnitTotals, effective_size, interval, score, score_moments
from tests.analysis.properties.strategies import MEASURES, Survey, surveys

#: Shares are ratios of counts.
shares = st.builds(lambda valid, satisfied: min(valid, satisfied) / valid, st.integers(1, 10**6), st.integers(0, 10**6))


@given(shares, st.floats(0.1, 1e6), st.floats(0.5, 0.999))
def test_the_default_interval_lies_in_0_to_1_and_contains_the_share(share: float, n_eff: float, level: float) -> None:
    found = interval(share, n_eff=n_eff, confidence_level=level)
    assert 0 <= found.low <= share <= found.high <= 1


@pytest.mark.parametrize("method", [m for m in METHODS if m != "wilson"])
@given(share=shares, variance=st.floats(0, 0.25), df=st.integers(0, 500), answers=st.integers(2, 10_000))
def test_every_method_lies_in_0_to_1_and_contains_the_share_or_says_nothing(
    method: str, share: float, variance: float, df: int, answers: int
) -> None:
    found = interval(share, variance=variance, df=df, answers=answers, method=method)
    assert np.isnan(found.low) == np.isnan(found.high)
    assert np.isnan(found.low) or 0 <= found.low <= share <= found.high <= 1


@given(shares, st.floats(1, 1e5), st.floats(1.01, 10))
def test_more_independent_answers_never_widen_the_interval(share: float, n_eff: float, times: float) -> None:
    less, more = interval(share, n_eff=n_eff), interval(share, n_eff=n_eff * times)
    assert more.high - more.low <= less.high - less.low + 1e-12


@given(shares, st.floats(0, 0.25), st.integers(1, 1000), st.integers(1, 23), st.integers(0, 100), st.floats(0.05, 5))
def test_the_effective_size_never_exceeds_the_answers(share: float, variance: float, people: int, each: int, df: int, d: float) -> None:
    n = effective_size(share, variance, respondents=people, answers=people * each, df=df, design_effect=d)
    assert 0 < n <= people * each


@pytest.mark.parametrize("method", METHODS)
@given(survey=surveys())
def test_a_result_holds_numbers_or_none_with_a_reason(method: str, survey: Survey) -> None:
    totals = UnitTotals.from_ratings(MEASURES, survey.ratings, form_weights=survey.form_weights)
    design = Design.of(len(survey.units), strata=survey.strata, clusters=survey.units, weights=survey.weights)
    domains, _ = Domains.by(survey.groups)
    for estimates in score(totals, measures=MEASURES, design=design, domains=domains, method=method):
        for e in estimates:
            numbers = (e.index, e.se, e.deff, e.n_eff, e.design_effect, e.ci_low, e.ci_high)
            assert all(number is None or np.isfinite(number) for number in numbers)
            assert e.why is not None or None not in (e.index, e.se, e.ci_low, e.ci_high)
            assert (e.index is None) == (e.why == "no_valid_answers") == (e.answers == 0)
            assert e.ci_low is None or 0 <= e.ci_low <= e.index <= e.ci_high <= 1


@given(surveys(), st.integers(2, 5))
def test_the_same_units_again_never_widen_the_interval(survey: Survey, times: int) -> None:
    """Each unit is met several times with the same answers. Where none had degrees of freedom, nothing was known that could be kept."""

    def scored(again: int) -> list:
        totals = UnitTotals.from_ratings(MEASURES, np.tile(survey.ratings, (again, 1)))
        units = np.concatenate([survey.units + 100 * number for number in range(again)])
        domains = Domains.whole(len(units))
        (estimates,) = score(totals, measures=MEASURES, design=Design.of(len(units), clusters=units), domains=domains)
        return list(estimates)

    for once, more in zip(scored(1), scored(times), strict=True):
        if once.df >= 1:
            assert more.ci_high - more.ci_low <= (once.ci_high - once.ci_low) * (1 + 1e-9)


def test_more_people_never_widen_the_interval_beyond_the_noise_of_the_simulation() -> None:
    """400 simulated agencies of each size; the mean width of a size lies below that of the size before by more than 3 standard errors."""
    rng = np.random.default_rng(2021)
    means, errors = [], []
    for people in (10, 40, 160, 640):
        agency = np.repeat(np.arange(400), people)
        mood = rng.beta(3.2, 0.8, (len(agency), 1))
        ratings = np.where(rng.random((len(agency), 6)) < mood, 5, 2).astype(np.uint8)
        moments = Moments.from_ratings(MEASURES, ratings, groups=agency)
        scores = score_moments(moments, measures=MEASURES, strata=moments.labels, domains=[[number] for number in range(400)])
        whole = [next(e for e in estimates if e.key == "ALL") for estimates in scores]
        widths = np.array([e.ci_high - e.ci_low for e in whole])
        means.append(widths.mean())
        errors.append(widths.std() / 20)
    for (wide, narrow), error in zip(itertools.pairwise(means), errors[1:], strict=True):
        assert narrow + 3 * error < wide
