"""Does the interval of a change hold what it promises, with the people and desk-days of benchmarks/coverage.py?"""

from __future__ import annotations

import numpy as np
import pytest

from analysis.change import mover
from benchmarks.coverage import AGENCIES_OF_A_SIZE, DAY_CORRELATION, SIZES, wave

REPLICATES = 120
FROM_TEN = [i for i, size in enumerate(SIZES) if size >= 10]
#: Monte Carlo standard error of the coverage of one size of agency.
NOISE = np.sqrt(0.05 * 0.95 / (REPLICATES * AGENCIES_OF_A_SIZE))


def coverage(before: float, after: float, *, correlation: float, method: str) -> np.ndarray:
    """Share of pairs of waves, size by size from 10 people on, in which MOVER covers the true change."""
    rng = np.random.default_rng(3)
    hits = np.zeros(len(SIZES))
    for _ in range(REPLICATES):
        waves = [wave(rng, share, correlation, DAY_CORRELATION) for share in (before, after)]
        shares = [np.mean(w["naive"], axis=0) for w in waves]  # the middle of p ± half is p
        bounds = [tuple(np.clip(w[method], 0, 1)) for w in waves]
        low, high = mover(*shares, first_bounds=bounds[0], second_bounds=bounds[1])
        hits += ((low <= after - before) & (after - before <= high)).reshape(len(SIZES), -1).mean(axis=1)
    return hits[FROM_TEN] / REPLICATES


@pytest.mark.parametrize(("before", "after", "correlation"), [(0.8, 0.8, 0.2), (0.95, 0.99, 0.2), (0.6, 0.55, 0.5)])
def test_the_interval_of_a_change_covers_the_true_change(before: float, after: float, correlation: float) -> None:
    found = coverage(before, after, correlation=correlation, method="default")
    assert found.min() > 0.93 - 2 * NOISE
    assert found.mean() > 0.945
    assert found.mean() < 0.985  # an interval that always covers tells nothing


def test_the_same_simulation_finds_out_an_interval_that_takes_answers_for_people() -> None:
    assert coverage(0.8, 0.8, correlation=0.2, method="naive").max() < 0.8
