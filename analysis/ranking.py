"""Ranks with their uncertainty: which ranks an agency may truly have, and who may be among the best or the worst."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.coding import BoolArray, FloatArray, IntArray
from analysis.errors import AnalysisError
from analysis.estimates import covariance_of, difference_variance, level_of, vector

#: Draws worked on at a time: a block of G × this many single floats stays in the processor's cache.
BLOCK = 1024
#: Single precision: its rounding is thousands of times smaller than the chance of 20,000 draws.
Draws = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class RankSets:
    """Confidence sets for the ranks of G domains; rank 1 is the highest share.

    Attributes
    ----------
    rank : (G,) int array
        1 + number of higher shares; equal shares have the same rank.
    marginal_low, marginal_high : (G,) int arrays
        Ranks that contain the true rank of one given domain with the confidence level.
    simultaneous_low, simultaneous_high : (G,) int arrays
        Ranks that contain the true ranks of all domains at once with the confidence level: for a league table.
    critical_value : float
        The first step's simultaneous critical value of max |difference| / se; 0 where there is no pair to compare.
    confidence_level : float
    stepdown : bool
    draws, seed : int
        Given again, they give the same sets.
    """

    rank: IntArray
    marginal_low: IntArray
    marginal_high: IntArray
    simultaneous_low: IntArray
    simultaneous_high: IntArray
    critical_value: float
    confidence_level: float
    stepdown: bool
    draws: int
    seed: int

    def among_best(self, k: int) -> BoolArray:
        """(G,) Who may be among the k highest: this set holds all of the true k highest with the confidence level."""
        return self.simultaneous_low <= _count("k", k, len(self.rank))

    def among_worst(self, k: int) -> BoolArray:
        """(G,) Who may be among the k lowest: this set holds all of the true k lowest with the confidence level."""
        return self.simultaneous_high > len(self.rank) - _count("k", k, len(self.rank))


def rank_sets(
    shares: ArrayLike,
    *,
    se: ArrayLike | None = None,
    covariance: ArrayLike | None = None,
    confidence_level: float = 0.95,
    stepdown: bool = True,
    draws: int = 20_000,
    seed: int = 0,
) -> RankSets:
    """Confidence sets for ranks, marginal and simultaneous.

    Every hypothesis "a is not higher than b" is tested by (p_a - p_b)/se_ab against the quantile c of the maximum of
    (Z_a - Z_b)/se_ab over all hypotheses of the family, Z multivariate normal with the estimates' covariance. Stepdown takes
    the rejected ones out and tests again with the smaller c until nothing more is rejected. A domain's ranks then run from
    1 + number of domains shown to be higher, to G - number shown to be lower. The simultaneous family holds all ordered
    pairs; the marginal family of a domain those with this domain in them.

    Parameters
    ----------
    shares : (G,) floats
        Estimates. Which domains are worth ranking is for the caller to say (design 4.5).
    se : (G,) floats, optional
        Standard errors of independent estimates, 0 or more. Either this or `covariance`. With 0 a share counts as known
        exactly; use `interval_variance` where everyone is satisfied.
    covariance : (G, G) floats, optional
        Covariance matrix of the estimates.
    confidence_level : float
        Strictly between 0 and 1.
    stepdown : bool
        False: the single step only, which gives wider sets.
    draws : int
        Bootstrap draws, at least 100.
    seed : int
        Of the draws. The same input gives the same sets on every machine; the order of the domains does not matter.

    Returns
    -------
    RankSets

    Raises
    ------
    AnalysisError
        A share or standard error that is not finite, a negative standard error, no covariance matrix, both or neither of
        `se` and `covariance`, a wrong confidence level, too few draws, a negative seed.

    References
    ----------
    Mogstad, Romano, Shaikh and Wilhelm (2024), Review of Economic Studies 91; R csranks, ``csranks``, ``cstaubest``.

    Notes
    -----
    Memory: 8 bytes for each domain and draw, 24 MB for 150 domains and 20,000 draws.

    Examples
    --------
    >>> sets = rank_sets([0.95, 0.80, 0.79, 0.60], se=[0.02, 0.02, 0.02, 0.02])
    >>> list(zip(sets.rank.tolist(), sets.simultaneous_low.tolist(), sets.simultaneous_high.tolist()))
    [(1, 1, 1), (2, 2, 3), (3, 2, 3), (4, 4, 4)]
    >>> sets.among_best(2).tolist()
    [True, True, True, False]
    """
    p = vector("shares", shares)
    v = covariance_of(len(p), se=se, covariance=covariance)
    level = level_of("confidence_level", confidence_level)
    for argument, number, least in (("draws", draws, 100), ("seed", seed, 0)):
        if number < least:
            raise AnalysisError(argument, got=str(number), expected=f"at least {least}")
    # Highest first: the draws then belong to places, not to the caller's order, and of two only the first can be shown to be higher.
    order = np.lexsort((np.diag(v), -p))
    test = _Test.of(p[order], v[np.ix_(order, order)], level=level, stepdown=stepdown, draws=draws, seed=seed)
    (marginal_low, marginal_high), (simultaneous_low, simultaneous_high), critical_value = test.sets(np.argsort(order))
    return RankSets(
        rank=1 + (p[None, :] > p[:, None]).sum(axis=1),
        marginal_low=marginal_low,
        marginal_high=marginal_high,
        simultaneous_low=simultaneous_low,
        simultaneous_high=simultaneous_high,
        critical_value=critical_value,
        confidence_level=level,
        stepdown=stepdown,
        draws=draws,
        seed=seed,
    )


def _count(argument: str, k: int, of: int) -> int:
    if not 1 <= k <= of:
        raise AnalysisError(argument, got=str(k), expected=f"a number from 1 to {of}")
    return k


_Bounds = tuple[IntArray, IntArray]


@dataclass(frozen=True, eq=False)
class _Test:
    """The tests of all pairs, domains sorted from the highest share down.

    t : (G, G) |difference| / se; in a family "rejected" at (a, b) with a < b means that a is shown to be higher than b.
    z : (G, R) draws; precision : (G, G) 1/se of the differences, 0 where a difference has no chance in it.
    above : draws that may lie above a critical value; top : draws looked at again by stepdown.
    """

    t: FloatArray
    z: Draws
    precision: Draws
    above: int
    top: int
    stepdown: bool

    @classmethod
    def of(cls, p: FloatArray, v: FloatArray, *, level: float, stepdown: bool, draws: int, seed: int) -> Self:
        variance = difference_variance(v)
        largest = np.diag(v).max(initial=0.0)
        chance = variance > 1e-24 * largest  # beyond what single precision can hold a difference is as good as exact
        sd = np.sqrt(np.where(chance, variance, 1.0))
        gap = np.abs(p[:, None] - p[None, :])
        scale = np.sqrt(largest) if largest > 0 else 1.0
        z = _root(v / scale**2) @ np.random.default_rng(seed).standard_normal((len(p), draws), dtype=np.float32)
        above = int((1 - level) * draws + 1e-9)
        # Of each pair at least one direction stays in the family, so at most twice as many draws as before can exceed the new
        # critical value: only the highest draws of the first step can matter. The rest leaves room for chance.
        top = min(draws, int(2.2 * above) + 100)
        t = np.where(chance, gap / sd, np.where(gap > 0, np.inf, 0.0))
        return cls(t, z, np.where(chance, scale / sd, 0.0).astype(np.float32), above, top, stepdown)

    def sets(self, place: IntArray) -> tuple[_Bounds, _Bounds, float]:
        """Lowest and highest ranks, marginal and simultaneous, in the caller's order; the first critical value."""
        maxima = _maxima(self.z, self.precision)
        rows = [self._rejected(self.t[a], maxima[a], partial(self._of_one, a)) for a in range(len(self.t))]
        marginal = np.array(rows, dtype=bool).reshape(self.t.shape)
        whole = maxima.max(axis=0, initial=0.0)
        simultaneous = self._rejected(self.t, whole, self._of_all)
        return _bounds(marginal, place), _bounds(simultaneous, place), self._critical(whole)

    def _critical(self, maxima: Draws) -> float:
        """The smallest draw that no more than `above` draws exceed."""
        at = len(maxima) - 1 - self.above
        return float(np.partition(maxima, at)[at])

    def _rejected(self, t: FloatArray, maxima: Draws, remaining: Callable[[Draws, BoolArray], Draws]) -> BoolArray:
        """Which pairs are told apart; `remaining` gives the maxima over the hypotheses that were not rejected."""
        rejected: BoolArray = t > self._critical(maxima)
        if not self.stepdown or not rejected.any():
            return rejected
        highest = np.sort(np.argpartition(maxima, -self.top)[-self.top :])
        z, floor = self.z[:, highest], float(maxima[highest].min())
        before = 0
        while rejected.sum() > before:
            before = int(rejected.sum())
            rejected = rejected | (t > max(floor, self._critical(remaining(z, rejected))))
        return rejected

    def _of_one(self, a: int, z: Draws, rejected: BoolArray) -> Draws:
        """Maxima over what remains of domain a's family: both directions of a pair, or the one that cannot be rejected."""
        lower, higher = np.flatnonzero(~rejected[a + 1 :]) + a + 1, np.flatnonzero(~rejected[:a])
        return np.maximum(
            self._highest(z, a, sign=1, all_of=slice(a + 1, None), those_of=lower),
            self._highest(z, a, sign=-1, all_of=slice(0, a), those_of=higher),
        )

    def _of_all(self, z: Draws, rejected: BoolArray) -> Draws:
        """The same over all pairs, each taken once."""
        highest = np.zeros(z.shape[1], dtype=np.float32)
        for a in range(len(rejected) - 1):
            lower = np.flatnonzero(~rejected[a, a + 1 :]) + a + 1
            np.maximum(highest, self._highest(z, a, sign=1, all_of=slice(a + 1, None), those_of=lower), out=highest)
        return highest

    def _highest(self, z: Draws, a: int, *, sign: int, all_of: slice, those_of: IntArray) -> Draws:
        """The largest of sign (Z_b - Z_a)/se over b in `all_of` and of sign (Z_a - Z_b)/se over b in `those_of`; at least 0."""
        highest = np.zeros(z.shape[1], dtype=np.float32)
        precision = np.float32(sign) * self.precision[a]
        for start in range(0, z.shape[1], BLOCK):
            part, out = z[:, start : start + BLOCK], highest[start : start + BLOCK]
            for others, weight in ((all_of, precision), (those_of, -precision)):
                scaled = part[others] - part[a]
                scaled *= weight[others, None]
                np.maximum(out, scaled.max(axis=0, initial=0.0), out=out)
        return highest


def _root(v: FloatArray) -> Draws:
    """A matrix A with A Aᵀ = v, also where some combination has no variance."""
    if np.array_equal(v, np.diag(np.diag(v))):
        return np.diag(np.sqrt(np.diag(v))).astype(np.float32)
    values, vectors = np.linalg.eigh(v)
    return (vectors * np.sqrt(np.maximum(values, 0.0))).astype(np.float32)


def _maxima(z: Draws, precision: Draws) -> Draws:
    """(G, R) For each domain and draw the largest |Z_a - Z_b|/se_ab over the others; each pair is worked out once."""
    maxima = np.zeros_like(z)
    for start in range(0, z.shape[1], BLOCK):
        part, out = z[:, start : start + BLOCK], maxima[:, start : start + BLOCK]
        for a in range(len(z) - 1):
            scaled = part[a + 1 :] - part[a]
            scaled *= precision[a, a + 1 :, None]
            np.abs(scaled, out=scaled)
            np.maximum(out[a + 1 :], scaled, out=out[a + 1 :])
            np.maximum(out[a], scaled.max(axis=0), out=out[a])
    return maxima


def _bounds(rejected: BoolArray, place: IntArray) -> _Bounds:
    low = 1 + np.tril(rejected, -1).sum(axis=1)
    return low[place], (len(rejected) - np.triu(rejected, 1).sum(axis=1))[place]
