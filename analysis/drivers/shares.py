"""Each dimension's share of what all explain together (LMG, the Shapley value), and its bootstrap interval."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
from scipy import special
from scipy.sparse import csr_array

from analysis.coding import BoolArray, FloatArray, IntArray
from analysis.design import Design, Stage


def unit_moments(scores: FloatArray, overall: FloatArray, used: BoolArray, design: Design) -> FloatArray:
    """(U, P) weighted sums of products of (1, scores, overall) over the used rows of each first-stage unit; upper triangle."""
    columns = np.column_stack([np.ones(used.sum()), scores[used], overall[used] - overall[used].mean()])
    first, second = np.triu_indices(columns.shape[1])
    products = columns[:, first] * columns[:, second] * design.weights[used, None]
    unit, stage = design.stages[0].unit_of_row[used], design.stages[0]
    member = csr_array((np.ones(len(unit)), (unit, np.arange(len(unit)))), shape=(len(stage.stratum_of_unit), len(unit)))
    return np.asarray(member @ products)


def explained_and_shares(moments: FloatArray, dimensions: int) -> tuple[FloatArray, FloatArray]:
    """(B,) R² of all dimensions and (B, D) their LMG shares; equal shares where nothing is explained."""
    correlation = _correlations(moments, dimensions)
    everything = tuple(range(dimensions))
    explained: dict[tuple[int, ...], FloatArray] = {(): np.zeros(len(moments))}
    for size in range(1, dimensions + 1):
        for chosen in combinations(everything, size):
            explained[chosen] = _r_squared(correlation, chosen)
    parts = np.zeros((len(moments), dimensions))
    for chosen, value in explained.items():
        for d in set(everything) - set(chosen):
            gain = explained[tuple(sorted((*chosen, d)))] - value
            parts[:, d] += gain / (dimensions * comb(dimensions - 1, len(chosen)))
    total = explained[everything]
    shares = np.divide(parts, total[:, None], out=np.full(parts.shape, 1 / dimensions), where=total[:, None] > 1e-12)
    return total, shares


def _correlations(moments: FloatArray, dimensions: int) -> FloatArray:
    """(B, D + 1, D + 1) correlations; 0 with what does not vary in a replicate."""
    size = dimensions + 2
    first, second = np.triu_indices(size)
    sums = np.zeros((len(moments), size, size))
    sums[:, first, second] = sums[:, second, first] = moments
    mean = sums[:, 0, 1:] / sums[:, :1, 0]
    covariance = sums[:, 1:, 1:] / sums[:, :1, :1] - mean[:, :, None] * mean[:, None, :]
    variance = np.diagonal(covariance, axis1=1, axis2=2)
    scale = np.sqrt(np.where(variance > 1e-12, variance, np.inf))
    return covariance / (scale[:, :, None] * scale[:, None, :])


def _r_squared(correlation: FloatArray, chosen: tuple[int, ...]) -> FloatArray:
    """(B,) R² of the overall rating on the chosen scores; a hair on the diagonal lets dependent scores share what they explain."""
    among = correlation[:, chosen][:, :, chosen].copy()
    places = np.arange(len(chosen))
    among[:, places, places] = 1 + 1e-10
    with_overall = correlation[:, chosen, -1]
    r_squared: FloatArray = (np.linalg.solve(among, with_overall[:, :, None])[:, :, 0] * with_overall).sum(axis=1)
    return r_squared


def bootstrap(
    moments: FloatArray, stage: Stage, used: BoolArray, *, dimensions: int, replicates: int, level: float, seed: int
) -> FloatArray | None:
    """(2, D + 1) percentiles of the shares and of R², or None where one unit is all there is."""
    groups = _resampling_groups(stage, used)
    if sum(len(group) for group in groups) < 2:
        return None
    rng = np.random.default_rng(seed)
    sums = np.zeros((replicates, moments.shape[1]))
    for group in groups:
        n = len(group)
        times = rng.multinomial(n - 1, np.full(n, 1 / n), size=replicates) * (n / (n - 1))
        sums += times @ moments[group]
    drawn = sums[:, 0] > 0  # with very few units a replicate may draw none that has members
    explained, shares = explained_and_shares(sums[drawn], dimensions)
    below = special.ndtr(special.stdtrit(sum(len(group) - 1 for group in groups), (1 - level) / 2))
    tails = [below, 1 - below]
    bounds: FloatArray = np.quantile(np.column_stack([shares, explained]), tails, axis=0)
    return bounds


def _resampling_groups(stage: Stage, used: BoolArray) -> list[IntArray]:
    """The units of each stratum that has members; strata of one unit are put together, and a last lonely one to another stratum."""
    strata = np.unique(stage.stratum_of_unit[stage.unit_of_row[used]])
    groups = [np.flatnonzero(stage.stratum_of_unit == h) for h in strata]
    lonely = [group for group in groups if len(group) == 1]
    groups = [group for group in groups if len(group) > 1]
    if len(lonely) == 1 and groups:
        lonely.append(groups.pop())
    return [*groups, np.concatenate(lonely)] if lonely else groups
