"""A steadier estimate for small agencies, drawn towards the mean of all: shown beside the index, never in its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special
from scipy.optimize import brentq

from analysis.coding import FloatArray
from analysis.estimates import level_of, vector
from analysis.uncertainty import NO_VARIANCE

#: Morris's correction divides by k - 3.
FEWEST = 4


@dataclass(frozen=True, slots=True)
class Shrunken:
    """One agency's shrunken estimate.

    Attributes
    ----------
    share : float
        The direct estimate, as given.
    shrunken : float or None
        Between `share` and the mean of all agencies.
    pull : float or None
        0 to 1: the part of the way from `share` to the mean.
    se : float or None
        Standard error of `shrunken`, with the uncertainty of mean and tau2 in it.
    ci_low, ci_high : float or None
        Interval of the agency's true index, within 0 to 1.
    """

    share: float
    shrunken: float | None
    pull: float | None
    se: float | None
    ci_low: float | None
    ci_high: float | None


@dataclass(frozen=True, slots=True)
class Shrinkage:
    """The shrunken estimates of all agencies.

    Attributes
    ----------
    mean, tau2 : float or None
        Mean of the agencies' true indices and variance between them.
    agencies : tuple of Shrunken
    confidence_level : float
    why : {"too_few_agencies"} or None
        Fewer than 4 agencies tell nothing about the spread between agencies.
    """

    mean: float | None
    tau2: float | None
    agencies: tuple[Shrunken, ...]
    confidence_level: float
    why: Literal["too_few_agencies"] | None = None


def pooled_variance(shares: ArrayLike, *, n_eff: ArrayLike) -> FloatArray:
    """Variances of shares as if all agencies had the same true index: m(1 - m)/n_eff, above 0 also where all are satisfied.

    m = (Σ n p + 2)/(Σ n + 4), n = n_eff of the default interval. An agency's own p(1 - p) is small whenever its few people
    happen to be satisfied, which would give chance a weight and pull the mean up; m knows nothing of the single agency.

    Parameters
    ----------
    shares : (G,) floats
        0 to 1.
    n_eff : (G,) floats
        Effective numbers of answers, above 0 (`effective_size`).

    Returns
    -------
    (G,) float array

    Raises
    ------
    AnalysisError
        A number that is not finite or out of range.

    References
    ----------
    Efron and Morris (1975), section 2, who take one binomial variance for all; Agresti and Coull (1998) for the 2 and the 4.

    Examples
    --------
    >>> pooled_variance([0.8, 1.0], n_eff=[396, 4]).round(6).tolist()
    [0.000406, 0.040148]
    """
    p = vector("shares", shares, low=0, high=1)
    n = vector("n_eff", n_eff, count=len(p), low=np.finfo(float).tiny)
    mean = (n @ p + 2) / (n.sum() + 4)
    variance: FloatArray = mean * (1 - mean) / n
    return variance


def shrink(shares: ArrayLike, *, variances: ArrayLike, confidence_level: float = 0.95) -> Shrinkage:
    """Empirical-Bayes estimates under p_i ~ N(θ_i, v_i), θ_i ~ N(μ, τ²).

    τ² by Paule and Mandel: Σ (p_i - μ)²/(v_i + τ²) = k - 1, or 0; μ the mean weighted by W_i = 1/(v_i + τ²).
    B_i = (k - 3)/(k - 1) · v_i/(v_i + τ²); θ̂_i = (1 - B_i) p_i + B_i μ;
    s_i² = v_i (1 - B_i (1 - W_i/ΣW)) + 2 B_i²/(k - 3) · (v̄ + τ²)/(v_i + τ²) · (p_i - μ)², v̄ the W-weighted mean of v: its second
    part, and the factor (k - 3)/(k - 1), account for τ² being estimated. The interval is θ̂_i ± z s_i, cut to 0 … 1.

    Parameters
    ----------
    shares : (G,) floats
        Direct estimates of comparable agencies, 0 to 1.
    variances : (G,) floats
        Their variances, above 0 and taken as known: `pooled_variance`, for a linearised variance of few people may be 0 or
        far too small.
    confidence_level : float
        Strictly between 0 and 1.

    Returns
    -------
    Shrinkage

    Raises
    ------
    AnalysisError
        A number that is not finite or out of range.

    References
    ----------
    Morris (1983), JASA 78, section 5; Efron and Morris (1975); Paule and Mandel (1982).

    Examples
    --------
    >>> p = [0.70, 0.80, 0.84, 0.90, 1.00]
    >>> found = shrink(p, variances=pooled_variance(p, n_eff=[400, 400, 400, 400, 4]))
    >>> round(found.mean, 3), [round(agency.shrunken, 3) for agency in found.agencies]
    (0.817, [0.703, 0.8, 0.839, 0.898, 0.921])
    """
    p = vector("shares", shares, low=0, high=1)
    v = vector("variances", variances, count=len(p), low=np.finfo(float).tiny)
    level = level_of("confidence_level", confidence_level)
    if len(p) < FEWEST:
        rows = tuple(Shrunken(share, None, None, None, None, None) for share in p.tolist())
        return Shrinkage(None, None, rows, level, "too_few_agencies")
    tau2 = _paule_mandel(p, v)
    weights = _weights(v, tau2)
    mean = float(weights @ p)
    pull, se = _morris(p, v, weights=weights, mean=mean, tau2=tau2)
    shrunken = p + pull * (mean - p)
    half = special.ndtri((1 + level) / 2) * se
    columns = (p, shrunken, pull, se, np.clip(shrunken - half, 0, 1), np.clip(shrunken + half, 0, 1))
    return Shrinkage(mean, tau2, tuple(map(Shrunken, *(column.tolist() for column in columns))), level)


def _weights(v: FloatArray, tau2: float) -> FloatArray:
    """Weights 1/(v + τ²) that add up to 1; scaled first, for a tiny variance has a weight beyond floating point."""
    total = v + tau2
    weights = total.min() / total
    shares: FloatArray = weights / weights.sum()
    return shares


def _paule_mandel(p: FloatArray, v: FloatArray) -> float:
    degrees = len(p) - 1

    def excess(tau2: float) -> float:
        return float(((p - _weights(v, tau2) @ p) ** 2 / (v + tau2)).sum() - degrees)

    # Σ (p - μ)²/(v + τ²) falls in τ², and at this τ² it is at most Σ (p - p̄)²/τ² = k - 1.
    highest = float(((p - p.mean()) ** 2).sum() / degrees)
    if highest < NO_VARIANCE or excess(0.0) <= 0:
        return 0.0
    return float(brentq(excess, 0.0, highest * (1 + 1e-9), xtol=1e-16, rtol=1e-14))


def _morris(p: FloatArray, v: FloatArray, *, weights: FloatArray, mean: float, tau2: float) -> tuple[FloatArray, FloatArray]:
    """Pull towards the mean B, and standard error s, of Morris (1983), equations 5.1 to 5.4 with one mean (r = 1)."""
    count = len(p)
    pull = (count - 3) / (count - 1) * v / (v + tau2)
    ratio = (weights @ v + tau2) / (v + tau2)
    variance = v * (1 - pull * (1 - weights)) + 2 / (count - 3) * pull**2 * ratio * (p - mean) ** 2
    return pull, np.sqrt(variance)
