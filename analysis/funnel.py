"""Who lies outside chance: control limits around the whole's index that widen as answers get fewer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from analysis.coding import FloatArray, IntArray
from analysis.errors import AnalysisError
from analysis.estimates import level_of, vector

FunnelMethod = Literal["overdispersed", "exact", "normal"]
FUNNEL_METHODS: tuple[FunnelMethod, ...] = get_args(FunnelMethod)
Position = Literal["below_998", "below_95", "inside", "above_95", "above_998"]
#: Drawn by custom: about two and three standard deviations.
INNER, OUTER = 0.95, 0.998
#: A target nearer to 0 or 1 leaves no chance that any number of answers could show.
CERTAIN = 1e-9


@dataclass(frozen=True, eq=False)
class Overdispersion:
    """How much more the agencies differ than chance explains.

    Attributes
    ----------
    z, z_winsorised : (G,) float arrays
        Deviation from the target in standard errors on the arcsine scale; the same with both tails pulled in.
    phi : float
        Mean square of `z_winsorised`: about 1 where there is chance only. 1 without agencies.
    tau2 : float
        Variance between agencies on the arcsine scale beyond chance; 0 or more.
    """

    z: FloatArray
    z_winsorised: FloatArray
    phi: float
    tau2: float


@dataclass(frozen=True, slots=True)
class FunnelPoint:
    """One agency in the funnel.

    Attributes
    ----------
    share, n_eff : float
        As given.
    z : float
        Deviation from the target in standard errors on the arcsine scale, before overdispersion.
    low_95, high_95, low_998, high_998 : float
        Control limits at its n_eff, 0 to 1.
    position : {"below_998", "below_95", "inside", "above_95", "above_998"}
        Outside the limits of 99.8 %, of 95 % only, or inside.
    """

    share: float
    n_eff: float
    z: float
    low_95: float
    high_95: float
    low_998: float
    high_998: float
    position: Position


def funnel_limits(
    n_eff: ArrayLike, *, target: float, method: FunnelMethod = "overdispersed", confidence_level: float = INNER, tau2: float = 0.0
) -> tuple[FloatArray, FloatArray]:
    """Control limits at given sizes: for agencies, or over a grid of sizes to draw the curves.

    ``overdispersed``: sin²(arcsin √p0 ± z √(1/(4 n) + τ²)), the angle kept within 0 to π/2. ``exact``: the binomial quantile
    r of floor(n), less the interpolation (F(r) - q)/(F(r) - F(r - 1)), over floor(n). ``normal``: p0 ± z √(p0(1 - p0)/n).
    All are cut to 0 … 1 and contain the target.

    Parameters
    ----------
    n_eff : (G,) floats
        Effective numbers of answers, above 0.
    target : float
        p0, the whole's index, 0 to 1.
    method : {"overdispersed", "exact", "normal"}
    confidence_level : float
        Strictly between 0 and 1; a part (1 - level)/2 lies outside each limit by chance.
    tau2 : float
        `Overdispersion.tau2`; used by ``overdispersed`` only. With 0 that is the plain arcsine limit.

    Returns
    -------
    low, high : (G,) float arrays

    Raises
    ------
    AnalysisError
        A size that is not above 0, a target outside 0 to 1, an unknown method, a wrong level, or a negative tau2.

    References
    ----------
    Spiegelhalter (2005), Statistics in Medicine 24, appendix A.1; R FunnelPlotR.

    Notes
    -----
    The interpolated upper limit lies up to one answer below the quantile. Where the target is near 1, an agency whose few
    people are all satisfied lies above it by mere chance; the arcsine limits reach 1 there, one reason why they are the default.

    Examples
    --------
    >>> low, high = funnel_limits([50, 200], target=0.8, method="exact")
    >>> low.round(4).tolist(), high.round(4).tolist()
    ([0.6729, 0.7407], [0.8956, 0.8516])
    """
    n = _sizes(n_eff)
    (p0,) = vector("target", [target], low=0, high=1).tolist()
    level = level_of("confidence_level", confidence_level)
    if method not in FUNNEL_METHODS:
        raise AnalysisError("method", got=repr(method), expected=f"one of {', '.join(FUNNEL_METHODS)}")
    (between,) = vector("tau2", [tau2], low=0).tolist()
    low, high = _LIMITS[method](n, p0, level, between)
    # The target is always inside: rounding at 0 and 1, and the interpolation for one or two answers, would leave it out.
    return np.clip(low, 0, p0), np.clip(high, p0, 1)


def overdispersion(shares: ArrayLike, *, n_eff: ArrayLike, target: float, winsorised: float = 0.1) -> Overdispersion:
    """Estimate the variance between agencies beyond chance, on the arcsine scale.

    z = 2 √n (arcsin √p - arcsin √p0), its tails pulled in to the quantiles `winsorised` and 1 - `winsorised`;
    φ = Σ z²/k; τ² = max(0, (k φ - (k - 1)) / (Σ w - Σ w²/Σ w)) with w = 4 n.

    Parameters
    ----------
    shares, n_eff : (G,) floats
        Indices, 0 to 1, and effective numbers of answers, above 0.
    target : float
        p0, 0 to 1.
    winsorised : float
        0 to less than a half; 0 keeps all z as they are.

    Returns
    -------
    Overdispersion

    Raises
    ------
    AnalysisError
        A number that is not finite or out of range.

    References
    ----------
    Spiegelhalter (2005), A.3; Spiegelhalter, Sherlaw-Johnson, Bardsley, Blunt, Wood and Grigg (2012); R FunnelPlotR.

    Examples
    --------
    >>> found = overdispersion([0.9, 0.7, 0.8, 0.85], n_eff=[100, 100, 100, 100], target=0.8)
    >>> found.z.round(2).tolist(), round(found.phi, 2), round(found.tau2, 5)
    ([2.84, -2.32, 0.0, 1.32], 2.51, 0.00588)
    """
    p, n = _points(shares, n_eff)
    (p0,) = vector("target", [target], low=0, high=1).tolist()
    if not 0 <= winsorised < 0.5:
        raise AnalysisError("winsorised", got=f"{winsorised:g}", expected="0 to less than 0.5")
    z = 2 * np.sqrt(n) * (np.arcsin(np.sqrt(p)) - np.arcsin(np.sqrt(p0)))
    if len(p) == 0:
        return Overdispersion(z, z, 1.0, 0.0)
    kept = np.clip(z, *np.quantile(z, [winsorised, 1 - winsorised]))
    count, weights = len(z), 4 * n
    spread = weights.sum() - (weights**2).sum() / weights.sum()
    excess = (kept**2).sum() - (count - 1)
    return Overdispersion(z, kept, float((kept**2).mean()), max(0.0, float(excess / spread)) if count > 1 else 0.0)


def funnel_points(
    shares: ArrayLike, *, n_eff: ArrayLike, target: float, method: FunnelMethod = "overdispersed", tau2: float | None = None
) -> tuple[FunnelPoint, ...]:
    """Place every agency in the funnel around the target.

    Parameters
    ----------
    shares, n_eff : (G,) floats
        Indices, 0 to 1, and effective numbers of answers, above 0 (`effective_size`).
    target : float
        p0: the whole's index, 0 to 1.
    method : {"overdispersed", "exact", "normal"}
        As in `funnel_limits`. The default shows who stands out from agencies as different as these are; ``exact`` shows who
        differs from the whole by more than chance.
    tau2 : float, optional
        Default: `overdispersion` of these agencies.

    Returns
    -------
    tuple of FunnelPoint

    Raises
    ------
    AnalysisError
        As in `funnel_limits`.

    References
    ----------
    Spiegelhalter (2005).

    Examples
    --------
    >>> points = funnel_points([0.9, 0.7, 0.8, 0.85], n_eff=[100, 100, 100, 100], target=0.8, method="exact")
    >>> [point.position for point in points]
    ['above_95', 'below_95', 'inside', 'inside']
    """
    found = overdispersion(shares, n_eff=n_eff, target=target)
    p, n = _points(shares, n_eff)
    between = found.tau2 if tau2 is None else tau2
    inner, outer = (funnel_limits(n, target=target, method=method, confidence_level=level, tau2=between) for level in (INNER, OUTER))
    rows = zip(*(column.tolist() for column in (p, n, found.z, *inner, *outer)), strict=True)
    return tuple(
        FunnelPoint(share, size, z, l95, h95, l998, h998, _position(share, l95, h95, l998, h998))
        for share, size, z, l95, h95, l998, h998 in rows
    )


def _position(share: float, low_95: float, high_95: float, low_998: float, high_998: float) -> Position:
    if share < low_95:
        return "below_998" if share < low_998 else "below_95"
    if share > high_95:
        return "above_998" if share > high_998 else "above_95"
    return "inside"


def _sizes(n_eff: ArrayLike, count: int | None = None) -> FloatArray:
    return vector("n_eff", n_eff, count=count, low=np.finfo(float).tiny)


def _points(shares: ArrayLike, n_eff: ArrayLike) -> tuple[FloatArray, FloatArray]:
    p = vector("shares", shares, low=0, high=1)
    return p, _sizes(n_eff, len(p))


_Limits = tuple[FloatArray, FloatArray]


def _overdispersed(n: FloatArray, p0: float, level: float, tau2: float) -> _Limits:
    half = special.ndtri((1 + level) / 2) * np.sqrt(1 / (4 * n) + tau2)
    angle = np.arcsin(np.sqrt(p0))
    return np.sin(np.maximum(angle - half, 0.0)) ** 2, np.sin(np.minimum(angle + half, np.pi / 2)) ** 2


def _normal(n: FloatArray, p0: float, level: float, _tau2: float) -> _Limits:
    half = special.ndtri((1 + level) / 2) * np.sqrt(p0 * (1 - p0) / n)
    return p0 - half, p0 + half


def _exact(n: FloatArray, p0: float, level: float, _tau2: float) -> _Limits:
    size = np.maximum(np.floor(n), 1).astype(np.int64)
    if not CERTAIN < p0 < 1 - CERTAIN:
        return np.full(n.shape, p0), np.full(n.shape, p0)  # no chance: interpolation would invent some
    return _binomial(size, p0, (1 - level) / 2), _binomial(size, p0, (1 + level) / 2)


def _binomial(n: IntArray, p0: float, probability: float) -> FloatArray:
    """The interpolated quantile of the share of n independent answers."""
    r = np.clip(np.ceil(special.bdtrik(probability, n, p0)), 0, n)
    r = np.where(_at_most(r - 1, n, p0) >= probability, r - 1, r)
    at, before = _at_most(r, n, p0), _at_most(r - 1, n, p0)
    limit: FloatArray = (r - (at - probability) / (at - before)) / n
    return limit


def _at_most(r: FloatArray, n: IntArray, p0: float) -> FloatArray:
    """P(X ≤ r) of a binomial."""
    cumulative: FloatArray = np.where(r < 0, 0.0, special.bdtr(np.maximum(r, 0.0), n, p0))
    return cumulative


_LIMITS: dict[FunnelMethod, Callable[[FloatArray, float, float, float], _Limits]] = {
    "overdispersed": _overdispersed,
    "exact": _exact,
    "normal": _normal,
}
