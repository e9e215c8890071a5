"""What must hold of every comparison."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import Design, Domains, UnitTotals, compare, compare_domains, indistinguishable
from tests.analysis.properties.strategies import MEASURES, Survey, surveys

estimates = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 0.2)), min_size=2, max_size=12)


@given(estimates, st.integers(1, 500))
def test_adjusted_p_values_are_never_smaller_than_the_plain_one_nor_above_1(rows: list[tuple[float, float]], df: int) -> None:
    p, se = zip(*rows, strict=True)
    for row in compare(p, se=se, df=df):
        adjusted = (row.p_bh, row.p_by, row.p_holm, row.p_bonferroni)
        assert (row.p_value is None) == (row.why is not None) == (adjusted == (None,) * 4)
        if row.p_value is not None:
            assert all(row.p_value * (1 - 1e-12) <= value <= 1 for value in adjusted)
            assert row.p_bh <= row.p_holm * (1 + 1e-12) <= row.p_bonferroni * (1 + 1e-11)


@given(estimates, st.randoms(use_true_random=False))
def test_the_order_of_the_domains_does_not_matter(rows: list[tuple[float, float]], random: object) -> None:
    order = list(range(len(rows)))
    random.shuffle(order)
    p, se = np.array(rows).T
    straight = {(row.first, row.second): row for row in compare(p, se=se)}
    for row in compare(p[order], se=se[order]):
        a, b = order[row.first], order[row.second]
        other, sign = straight[(min(a, b), max(a, b))], 1 if a < b else -1
        assert (row.difference, row.p_value) == (sign * other.difference, other.p_value)
        assert row.p_bh == (None if other.p_bh is None else pytest.approx(other.p_bh, rel=1e-12))


@given(estimates, st.floats(1.01, 5))
def test_wider_standard_errors_never_tell_more_apart(rows: list[tuple[float, float]], times: float) -> None:
    p, se = np.array(rows).T
    narrow, wide = (indistinguishable(compare(p, se=s), count=len(p)) for s in (se, se * times))
    assert all(some <= more for some, more in zip(narrow, wide, strict=True))


@given(surveys(), st.booleans())
def test_a_comparison_holds_numbers_or_none_with_a_reason(survey: Survey, whole: bool) -> None:
    totals = UnitTotals.from_ratings(MEASURES, survey.ratings, form_weights=survey.form_weights)
    design = Design.of(len(survey.units), strata=survey.strata, clusters=survey.units, weights=survey.weights)
    groups, _ = Domains.by(survey.groups)
    domains = Domains.together(Domains.whole(len(survey.units)), groups)
    for column in compare_domains(totals, measures=MEASURES, design=design, domains=domains, against=0 if whole else None):
        for row in column:
            numbers = (row.difference, row.se, row.t, row.p_value, row.p_holm, row.p_bh, row.p_by, row.p_bonferroni)
            assert all(number is None or np.isfinite(number) for number in numbers)
            assert (None in numbers) == (row.why is not None)
            assert row.difference is None or -1 <= row.difference <= 1
