"""What must hold of every interval."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import METHODS, Design, Domains, UnitTotals, effective_size, interval, score
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
