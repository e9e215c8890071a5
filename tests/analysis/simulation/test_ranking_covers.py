"""Do the rank sets hold what they promise? Small cases of benchmarks/ranking.py."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.ranking import coverage

REPLICATES = 600
#: Two Monte Carlo standard errors of a share of 95 %.
NOISE = 2 * np.sqrt(0.05 * 0.95 / REPLICATES)


@pytest.mark.parametrize("spread", [0.0, 0.02, 0.1], ids=["all equal", "hard to tell", "mixed"])
def test_simultaneous_and_marginal_sets_contain_the_true_ranks(spread: float) -> None:
    """Equal truths are the hardest: every rank is then a true one, and any claim at all is false."""
    found = coverage(agencies=8, spread=spread, replicates=REPLICATES, draws=1000, seed=3)
    assert found.simultaneous > 0.95 - NOISE
    assert found.marginal > 0.95 - NOISE
    assert found.best > 0.95 - NOISE


def test_bare_ranks_are_wrong_where_the_sets_are_right() -> None:
    """So the same simulation does find false certainty out, and the sets do tell something."""
    found = coverage(agencies=8, spread=0.3, replicates=200, draws=1000, seed=4)
    assert found.simultaneous > 0.92
    assert found.bare < 0.6
    assert found.width < 5, "ranks left open, of 8"
