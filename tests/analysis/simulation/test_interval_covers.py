"""Does the default interval hold what it promises? A part of benchmarks/coverage.py, small enough for every run."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.coverage import AGENCIES_OF_A_SIZE, SIZES, simulate

REPLICATES = 300
FROM_TEN = [i for i, size in enumerate(SIZES) if size >= 10]
#: Monte Carlo standard error of a mean over sizes, replicates and agencies, were all independent: sqrt(.05·.95/6300) = 0.3 points.
#: The promise is 93 % in every cell and 95 % on average; two standard errors are allowed for.
NOISE = np.sqrt(0.05 * 0.95 / (len(FROM_TEN) * REPLICATES * AGENCIES_OF_A_SIZE))


@pytest.mark.parametrize(("share", "correlation"), [(0.6, 0.2), (0.8, 0.5), (0.95, 0.2), (0.99, 0.5)])
def test_default_interval_covers_the_truth_where_the_naive_one_does_not(share: float, correlation: float) -> None:
    cell = simulate(share, correlation, replicates=REPLICATES, seed=7)
    default, naive = cell.coverage["default"][FROM_TEN], cell.coverage["naive"][FROM_TEN]
    assert default.mean() > 0.95 - 2 * NOISE
    assert default.min() > 0.93 - 2 * np.sqrt(0.05 * 0.95 / (REPLICATES * AGENCIES_OF_A_SIZE))
    assert default.mean() < 0.985  # an interval that always covers tells nothing
    assert naive.mean() < 0.65  # so the same simulation does find a bad interval out


def test_near_all_satisfied_the_default_covers_where_linear_and_logit_fall_short() -> None:
    cell = simulate(0.99, 0.5, replicates=REPLICATES, seed=7)
    ten = FROM_TEN[0]
    assert cell.coverage["default"][ten] > 0.9
    assert max(cell.coverage["linear"][ten], cell.coverage["logit"][ten]) < 0.6


def test_one_desk_day_still_has_an_honest_interval() -> None:
    """Five people of one day give no standard error at all; the pooled design effect carries the interval."""
    cell = simulate(0.8, 0.2, replicates=REPLICATES, seed=11)
    assert SIZES[0] == 5
    assert cell.coverage["default"][0] > 0.93 - 2 * np.sqrt(0.05 * 0.95 / (REPLICATES * AGENCIES_OF_A_SIZE))
    assert cell.coverage["linear"][0] == 0
