"""What must hold of every funnel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import FUNNEL_METHODS, funnel_limits, funnel_points, overdispersion

agencies = st.lists(st.tuples(st.floats(0, 1), st.floats(0.1, 1e5)), min_size=1, max_size=30)
sizes = st.lists(st.floats(0.1, 1e6), min_size=1, max_size=20)
targets = st.floats(0.01, 0.99)


@pytest.mark.parametrize("method", FUNNEL_METHODS)
@given(n_eff=sizes, target=st.floats(0, 1), tau2=st.floats(0, 0.5))
def test_limits_lie_in_0_to_1_and_the_outer_ones_contain_the_inner_ones(
    method: str, n_eff: list[float], target: float, tau2: float
) -> None:
    inner, outer = (funnel_limits(n_eff, target=target, method=method, confidence_level=c, tau2=tau2) for c in (0.95, 0.998))
    ordered = np.array([np.zeros(len(n_eff)), outer[0], inner[0], inner[1], outer[1], np.ones(len(n_eff))])
    assert (np.diff(ordered, axis=0) >= -1e-12).all()


@pytest.mark.parametrize("method", ["overdispersed", "normal"])
@given(n_eff=sizes, target=targets, tau2=st.floats(0, 0.5))
def test_limits_contain_the_target_and_never_widen_with_more_answers(method: str, n_eff: list[float], target: float, tau2: float) -> None:
    low, high = funnel_limits(sorted(n_eff), target=target, method=method, tau2=tau2)
    assert (low <= target + 1e-12).all()
    assert (high >= target - 1e-12).all()
    assert (np.diff(high - low) <= 1e-12).all()


@given(agencies, targets, st.floats(0, 0.49))
def test_overdispersion_is_never_negative_and_winsorising_never_adds_any(
    rows: list[tuple[float, float]], target: float, winsorised: float
) -> None:
    p, n_eff = zip(*rows, strict=True)
    plain, pulled = (overdispersion(p, n_eff=n_eff, target=target, winsorised=w) for w in (0.0, winsorised))
    assert plain.z.tolist() == plain.z_winsorised.tolist()
    assert min(plain.tau2, pulled.tau2, plain.phi, pulled.phi) >= 0
    spread = pulled.z_winsorised.max() - pulled.z_winsorised.min()
    assert spread <= plain.z.max() - plain.z.min() + 1e-12


@pytest.mark.parametrize("method", FUNNEL_METHODS)
@given(rows=agencies, target=targets)
def test_a_position_follows_from_the_limits(method: str, rows: list[tuple[float, float]], target: float) -> None:
    p, n_eff = zip(*rows, strict=True)
    for point in funnel_points(p, n_eff=n_eff, target=target, method=method):
        assert (point.position == "inside") == (point.low_95 <= point.share <= point.high_95)
        assert point.position.endswith("998") == (not point.low_998 <= point.share <= point.high_998)
        assert point.position == "inside" or point.position.startswith("above") == (point.share > target)
