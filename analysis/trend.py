"""The course of an index over many waves, piece by piece between breaks of method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from analysis.coding import BoolArray, FloatArray
from analysis.errors import AnalysisError
from analysis.uncertainty import NO_VARIANCE

TrendWhy = Literal["too_few_waves", "no_variance"]
#: A line through fewer points than this leaves nothing to judge it by; two points are a change (`analysis.change`).
FEWEST_FOR_A_SLOPE = 3


@dataclass(frozen=True, slots=True)
class Segment:
    """The waves between two breaks of method: the only ones that may be joined by a line or compared.

    Attributes
    ----------
    points : tuple of int
        The waves with a share and a variance, by their number in the input.
    centre, mean : float or None
        Weighted mean of their times and of their shares; the line goes through it.
    slope : float or None
        Change of the share per unit of time (0.01 is one percentage point).
    se : float or None
        Its standard error, over-dispersion included.
    df : int or None
        Degrees of freedom of its t; None where the normal distribution is used, that is without over-dispersion.
    p_value, ci_low, ci_high : float or None
        Two-sided p-value of no slope, and the interval of the slope.
    overdispersion : float or None
        How much more the points scatter around the line than their variances tell, at least 1.
    q, q_p_value : float or None
        Cochran's Q of any change at all between these waves, and its p-value.
    q_df : int
        Its degrees of freedom: waves less one.
    why : str or None
        None, or why something is None: ``too_few_waves`` (1 has no Q, fewer than 3 no slope), ``no_variance``
        (a wave counts as infinitely sure; with `n_eff`: everyone satisfied in every wave, or no one).
    """

    points: tuple[int, ...]
    centre: float | None = None
    mean: float | None = None
    slope: float | None = None
    se: float | None = None
    df: int | None = None
    p_value: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    overdispersion: float | None = None
    q: float | None = None
    q_p_value: float | None = None
    q_df: int = 0
    why: TrendWhy | None = None

    def line(self, time: float) -> float | None:
        """The share that the line has at a time; None without a slope."""
        if self.slope is None or self.mean is None or self.centre is None:
            return None
        return self.mean + self.slope * (time - self.centre)


def index_trend(
    times: ArrayLike,
    shares: ArrayLike,
    *,
    variances: ArrayLike | None = None,
    n_eff: ArrayLike | None = None,
    breaks: Sequence[int] = (),
    confidence_level: float = 0.95,
) -> tuple[Segment, ...]:
    """Slope of an index over waves by weighted least squares, never across a break of method.

    Within a segment, with weights w = 1/v, t̄ and p̄ the weighted means: slope = Σ w (t - t̄)(p - p̄) / S with S = Σ w (t - t̄)²;
    its variance is φ/S, φ = max(1, Σ w (p - line)² / (k - 2)) over its k waves. Without over-dispersion (φ = 1) the variances are
    known and the normal distribution is used, with it t on k - 2 degrees of freedom. Cochran's Q = Σ w (p - p̄)², chi² on k - 1.

    Parameters
    ----------
    times : (n,) floats
        When the waves were: 0, 1, 2 … or years; strictly increasing. The slope is per unit of it.
    shares : (n,) floats
        The index of each wave, 0 to 1; NaN for a wave without one.
    variances : (n,) floats
        The variance of each share (se²). Give these or `n_eff`. NaN leaves the wave out.
    n_eff : (n,) floats
        Effective number of answers (`Estimate.n_eff`): the variance is then p̄(1 - p̄)/n_eff with the segment's pooled share p̄, so
        that a wave in which everyone is satisfied is not taken as infinitely sure; Q is Pearson's chi² on effective counts.
    breaks : sequence of int
        The waves (by number) that begin a new method, form or extent: no line, slope or test joins them to the wave before.
    confidence_level : float
        Strictly between 0 and 1.

    Returns
    -------
    tuple of Segment
        In order of time, one more than there are breaks after the first wave.

    Raises
    ------
    AnalysisError
        Times that do not increase, a share outside 0 to 1, a negative variance, an effective size that is not positive, both or
        neither of `variances` and `n_eff`, a break that is no wave, or a wrong length or confidence level.

    References
    ----------
    Cochran (1954) for Q; Birge (1932) for φ; Cochran (1954) and Armitage (1955) for the trend of shares; Rao and Scott (1981) for
    effective counts.

    Examples
    --------
    Five waves, the last two by a new method; only the first three can have a slope:

    >>> old, new = index_trend(range(5), [0.80, 0.83, 0.86, 0.75, 0.77], n_eff=[400] * 5, breaks=[3])
    >>> old.points, round(old.slope, 4), round(old.ci_low, 4), round(old.ci_high, 4)
    ((0, 1, 2), 0.03, 0.004, 0.056)
    >>> new.points, new.slope, new.why, round(new.q_p_value, 4)
    ((3, 4), None, 'too_few_waves', 0.5078)
    """
    if not 0 < confidence_level < 1:
        raise AnalysisError("confidence_level", got=f"{confidence_level:g}", expected="a number between 0 and 1, such as 0.95")
    t = _times(times)
    p = _numbers("shares", shares, rows=len(t))
    _refuse("shares", p, (p < 0) | (p > 1), expected="numbers from 0 to 1, or NaN")
    given = _uncertainty(variances, n_eff, p)
    known = np.isfinite(p) & np.isfinite(given)
    return tuple(
        _segment(numbers[known[numbers]], t, p, given, effective=variances is None, confidence_level=confidence_level)
        for numbers in np.split(np.arange(len(t)), _starts(breaks, rows=len(t)))
    )


def _times(times: ArrayLike) -> FloatArray:
    t = np.asarray(list(times) if isinstance(times, range) else times, dtype=float)
    if t.ndim != 1 or not np.isfinite(t).all() or (np.diff(t) <= 0).any():
        raise AnalysisError("times", got="something else", expected="finite, strictly increasing numbers")
    return t


def _numbers(argument: str, values: ArrayLike, *, rows: int) -> FloatArray:
    array = np.asarray(values, dtype=float)
    if array.shape != (rows,):
        raise AnalysisError(argument, got=f"shape {array.shape}", expected=f"one number for each of {rows} waves")
    return array


def _refuse(argument: str, values: FloatArray, wrong: BoolArray, *, expected: str) -> None:
    if wrong.any():
        row = int(wrong.argmax())
        raise AnalysisError(argument, got=f"{values[row]:g}", expected=expected, row=row)


def _uncertainty(variances: ArrayLike | None, n_eff: ArrayLike | None, p: FloatArray) -> FloatArray:
    if (variances is None) == (n_eff is None):
        raise AnalysisError("variances", got="both or neither of variances and n_eff", expected="one of them")
    if variances is None:
        sizes = _numbers("n_eff", n_eff, rows=len(p))  # type: ignore[arg-type]  # one of the two is given
        _refuse("n_eff", sizes, np.isfinite(p) & ~(sizes > 0), expected="positive numbers where there is a share")
        return sizes
    v = _numbers("variances", variances, rows=len(p))
    _refuse("variances", v, v < 0, expected="numbers of 0 or more")
    return v


def _starts(breaks: Sequence[int], *, rows: int) -> list[int]:
    wrong = [number for number in breaks if not 0 <= number < rows]
    if wrong:
        raise AnalysisError("breaks", got=str(wrong[0]), expected=f"numbers of waves, 0 to {rows - 1}")
    return sorted(set(breaks) - {0})


def _segment(
    numbers: np.ndarray, times: FloatArray, shares: FloatArray, given: FloatArray, *, effective: bool, confidence_level: float
) -> Segment:
    points = tuple(numbers.tolist())
    t, p, v = times[numbers], shares[numbers], given[numbers]
    if len(points) < 2:
        return Segment(points, why="too_few_waves")
    if effective:
        pooled = np.average(p, weights=v)
        v = pooled * (1 - pooled) / v
    if (v <= NO_VARIANCE).any():
        return Segment(points, q_df=len(points) - 1, why="no_variance")
    return _fitted(points, t, p, 1 / v, confidence_level=confidence_level)


def _fitted(points: tuple[int, ...], t: FloatArray, p: FloatArray, w: FloatArray, *, confidence_level: float) -> Segment:
    """Closed form of what statsmodels' WLS(…).fit(cov_type="fixed scale") gives, which takes seconds to import."""
    centre, mean, k = np.average(t, weights=w), np.average(p, weights=w), len(points)
    q = float(np.sum(w * (p - mean) ** 2))
    q_p_value = float(special.chdtrc(k - 1, q))
    if k < FEWEST_FOR_A_SLOPE:
        return Segment(points, q=q, q_p_value=q_p_value, q_df=k - 1, why="too_few_waves")
    spread = np.sum(w * (t - centre) ** 2)
    slope = float(np.sum(w * (t - centre) * (p - mean)) / spread)
    overdispersion = max(1.0, float(np.sum(w * (p - mean - slope * (t - centre)) ** 2)) / (k - 2))
    se = float(np.sqrt(overdispersion / spread))
    df = k - 2 if overdispersion > 1 else None
    freedom = np.inf if df is None else df
    half = float(special.stdtrit(freedom, (1 + confidence_level) / 2)) * se
    return Segment(
        points,
        centre=float(centre),
        mean=float(mean),
        slope=slope,
        se=se,
        df=df,
        p_value=2 * float(special.stdtr(freedom, -abs(slope) / se)),
        ci_low=slope - half,
        ci_high=slope + half,
        overdispersion=overdispersion,
        q=q,
        q_p_value=q_p_value,
        q_df=k - 1,
    )
