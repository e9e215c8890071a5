"""Are shrunken estimates of small agencies nearer to the truth, and do their intervals cover it?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from analysis import pooled_variance, shrink

SIZES = np.repeat([3, 5, 10, 20, 50, 100, 400], 5)
SMALL = SIZES < 30
ANSWERS, CORRELATION = 10, 0.4
REPLICATES = 150


@dataclass
class Errors:
    direct: np.ndarray
    shrunken: np.ndarray
    covered: np.ndarray


def simulate(mean: float, sd: float, seed: int) -> Errors:
    """Waves of 35 agencies with true indices Beta(mean, sd), ten correlated answers a person; squared errors and coverage."""
    rng = np.random.default_rng(seed)
    n_eff = SIZES * ANSWERS / (1 + (ANSWERS - 1) * CORRELATION)
    errors = Errors(*(np.zeros((REPLICATES, len(SIZES))) for _ in range(3)))
    for wave in range(REPLICATES):
        truth = beta(rng, np.full(len(SIZES), mean), sd**2 / (mean * (1 - mean)))
        satisfied = rng.binomial(ANSWERS, beta(rng, np.repeat(truth, SIZES), CORRELATION))
        p = np.add.reduceat(satisfied, np.cumsum(SIZES) - SIZES) / (ANSWERS * SIZES)
        agencies = shrink(p, variances=pooled_variance(p, n_eff=n_eff)).agencies
        errors.direct[wave] = (p - truth) ** 2
        errors.shrunken[wave] = [(agency.shrunken - t) ** 2 for agency, t in zip(agencies, truth, strict=True)]
        errors.covered[wave] = [agency.ci_low <= t <= agency.ci_high for agency, t in zip(agencies, truth, strict=True)]
    return errors


def beta(rng: np.random.Generator, mean: np.ndarray, correlation: float) -> np.ndarray:
    mean, scale = np.clip(mean, 1e-9, 1 - 1e-9), (1 - correlation) / correlation
    return rng.beta(mean * scale, (1 - mean) * scale)


@pytest.mark.parametrize(("mean", "sd"), [(0.8, 0.06), (0.93, 0.03), (0.8, 0.01)])
def test_small_agencies_have_less_than_two_thirds_of_the_squared_error(mean: float, sd: float) -> None:
    errors = simulate(mean, sd, seed=11)
    ratio = errors.shrunken[:, SMALL].mean() / errors.direct[:, SMALL].mean()
    assert ratio < 2 / 3
    assert errors.shrunken[:, ~SMALL].mean() < 1.05 * errors.direct[:, ~SMALL].mean(), "large agencies lose nothing"


@pytest.mark.parametrize(("mean", "sd"), [(0.8, 0.06), (0.93, 0.03), (0.8, 0.01)])
def test_intervals_of_small_agencies_cover_the_truth(mean: float, sd: float) -> None:
    """Agencies of one wave share mean and tau2, so waves are counted: 2 standard errors of 150 waves of about 20 agencies."""
    errors = simulate(mean, sd, seed=12)
    assert errors.covered[:, SMALL].mean() > 0.95 - 2 * np.sqrt(0.05 * 0.95 / (REPLICATES * SMALL.sum()))
    assert errors.covered.mean() > 0.93


def test_with_agencies_of_extremes_one_unusual_small_agency_is_drawn_too_far() -> None:
    """What shrinkage costs, and why it never stands in the index's place: the one small agency that truly differs looks ordinary."""
    p, n_eff = np.array([0.90] * 20 + [0.50]), np.array([400.0] * 20 + [8.0])
    odd = shrink(p, variances=pooled_variance(p, n_eff=n_eff)).agencies[-1]
    assert odd.shrunken > 0.6
