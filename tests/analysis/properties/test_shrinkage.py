"""What must hold of every shrunken estimate."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analysis import pooled_variance, shrink

agencies = st.lists(st.tuples(st.floats(0, 1), st.floats(0.5, 1e5)), min_size=4, max_size=30)


@given(agencies, st.floats(0.5, 0.99))
def test_a_shrunken_estimate_lies_between_the_agency_and_the_mean_within_its_interval(
    rows: list[tuple[float, float]], level: float
) -> None:
    p, n_eff = zip(*rows, strict=True)
    found = shrink(p, variances=pooled_variance(p, n_eff=n_eff), confidence_level=level)
    assert min(p) - 1e-12 <= found.mean <= max(p) + 1e-12
    assert 0 <= found.tau2 <= 0.34, "shares have a variance of at most 1/4 · k/(k - 1)"
    for agency in found.agencies:
        low, high = sorted((agency.share, found.mean))
        assert low - 1e-12 <= agency.shrunken <= high + 1e-12
        assert 0 < agency.pull < 1
        assert 0 <= agency.ci_low <= agency.shrunken + 1e-12
        assert agency.shrunken - 1e-12 <= agency.ci_high <= 1
        assert np.isfinite(agency.se)


@given(agencies)
def test_the_fewer_the_answers_the_stronger_the_pull(rows: list[tuple[float, float]]) -> None:
    p, n_eff = np.array(sorted(rows, key=lambda row: row[1])).T
    found = shrink(p, variances=pooled_variance(p, n_eff=n_eff))
    assert (np.diff([agency.pull for agency in found.agencies]) <= 1e-12).all()


@given(agencies, st.randoms(use_true_random=False))
def test_the_order_of_the_agencies_does_not_matter(rows: list[tuple[float, float]], random: object) -> None:
    order = list(range(len(rows)))
    random.shuffle(order)
    p, n_eff = np.array(rows).T
    v = pooled_variance(p, n_eff=n_eff)
    straight, shuffled = shrink(p, variances=v), shrink(p[order], variances=v[order])
    for place, agency in zip(order, shuffled.agencies, strict=True):
        assert agency.shrunken == pytest.approx(straight.agencies[place].shrunken, abs=1e-9)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(1e-300, 1e3)), min_size=4, max_size=12))
@example(rows=[(0.013671875, 1.0), *[(0.013671875, 1e-300)] * 3])
def test_no_variance_however_small_or_large_breaks_it(rows: list[tuple[float, float]]) -> None:
    p, variances = zip(*rows, strict=True)
    found = shrink(p, variances=variances)
    assert all(np.isfinite((agency.shrunken, agency.se, agency.ci_low, agency.ci_high)).all() for agency in found.agencies)
