"""What comparisons, ranks, funnels and shrinkage start from: a vector of estimates with its covariance, checked at the door."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from analysis.coding import FloatArray
from analysis.errors import AnalysisError

#: The variance of a difference below this part of its two variances is the noise of binary floating point.
NOISE = 1e-12


def vector(argument: str, values: ArrayLike, *, count: int | None = None, low: float = -np.inf, high: float = np.inf) -> FloatArray:
    """(count,) finite numbers from low to high; anything else is refused by the name of the argument.

    Examples
    --------
    >>> vector("se", [0.1, 0.2], count=2, low=0).tolist()
    [0.1, 0.2]
    """
    array = np.asarray(values, dtype=float)
    if array.ndim != 1 or (count is not None and len(array) != count):
        raise AnalysisError(
            argument, got=f"shape {array.shape}", expected=f"one number for each of {'G' if count is None else count} domains"
        )
    wrong = ~(np.isfinite(array) & (array >= low) & (array <= high))
    if wrong.any():
        row = int(wrong.argmax())
        bounds = "finite numbers" if np.isinf(low) else f"numbers from {low:g}" + ("" if np.isinf(high) else f" to {high:g}")
        raise AnalysisError(argument, got=f"{array[row]:g}", expected=bounds, row=row)
    return array


def covariance_of(count: int, *, se: ArrayLike | None, covariance: ArrayLike | None) -> FloatArray:
    """(G, G) The covariance matrix given, or the diagonal one of independent estimates with these standard errors.

    Examples
    --------
    >>> covariance_of(2, se=[0.5, 0.1], covariance=None).round(2).tolist()
    [[0.25, 0.0], [0.0, 0.01]]
    """
    if (se is None) == (covariance is None):
        raise AnalysisError("se", got="none or both of se and covariance", expected="one of the two")
    if covariance is None:
        return np.diag(vector("se", np.asarray(se, dtype=float), count=count, low=0) ** 2)
    matrix = np.asarray(covariance, dtype=float)
    if matrix.shape != (count, count) or not np.isfinite(matrix).all():
        raise AnalysisError("covariance", got=f"shape {matrix.shape}, or not finite", expected=f"finite numbers, ({count}, {count})")
    scale = np.abs(matrix).max(initial=0.0)
    if (np.abs(matrix - matrix.T) > NOISE * scale).any() or np.linalg.eigvalsh(matrix).min(initial=0.0) < -1e-8 * scale:
        raise AnalysisError("covariance", got="not symmetric, or a combination of negative variance", expected="a covariance matrix")
    return matrix


def difference_variance(covariance: FloatArray) -> FloatArray:
    """(G, G) Var(a - b) of every two estimates; exactly 0 where nothing but rounding is left."""
    variance = np.diag(covariance)
    both = variance[:, None] + variance[None, :]
    difference = both - 2 * covariance
    exact: FloatArray = np.where(difference > NOISE * both, difference, 0.0)
    return exact


def level_of(argument: str, value: float) -> float:
    """A confidence level or an error rate: strictly between 0 and 1."""
    if not 0 < value < 1:
        raise AnalysisError(argument, got=f"{value:g}", expected="a number between 0 and 1, such as 0.95")
    return value


def interval_variance(shares: ArrayLike, *, n_eff: ArrayLike) -> FloatArray:
    """The variance that the default interval implies: above 0 also where everyone is satisfied or one unit answered.

    (half the width of the 95 % Wilson interval / z)² = (p(1 - p)/n + s/(4 n)) / (1 + s)², s = z²/n, n = n_eff. For large n it
    is p(1 - p)/n_eff, which is the linearised variance wherever that one is informative (`effective_size`).

    Parameters
    ----------
    shares : (G,) floats
        0 to 1.
    n_eff : (G,) floats
        Effective numbers of answers, above 0.

    Returns
    -------
    (G,) float array

    Raises
    ------
    AnalysisError
        A number that is not finite or out of range.

    References
    ----------
    Wilson (1927).

    Examples
    --------
    >>> interval_variance([0.8, 1.0], n_eff=[100, 40]).round(6).tolist()
    [0.001573, 0.0005]
    """
    p = vector("shares", shares, low=0, high=1)
    n = vector("n_eff", n_eff, count=len(p), low=np.finfo(float).tiny)
    s = special.ndtri(0.975) ** 2 / n
    variance: FloatArray = (p * (1 - p) / n + s / (4 * n)) / (1 + s) ** 2
    return variance
