"""How an index changed between two waves, or differs between any two domains."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from analysis.coding import FloatArray
from analysis.covariance import index_covariance
from analysis.design import Design
from analysis.domains import Domains
from analysis.errors import AnalysisError
from analysis.index import index_table
from analysis.measures import Measures
from analysis.results import Estimate, Why
from analysis.scores import score
from analysis.totals import UnitTotals
from analysis.uncertainty import DEFAULT_METHOD, NO_VARIANCE, Method

Verdict = Literal["up", "down", "unclear"]
#: Below this, two numbers differ by rounding. So does a difference whose variance is this small a part of its sides': the same people.
_ROUNDING = 1e-12


class Estimated(Protocol):
    """What a change needs of each side: an `Estimate` has it, and so has a frozen wave result."""

    @property
    def index(self) -> float | None: ...
    @property
    def se(self) -> float | None: ...
    @property
    def df(self) -> int: ...
    @property
    def ci_low(self) -> float | None: ...
    @property
    def ci_high(self) -> float | None: ...
    @property
    def why(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Change:
    """The difference of an index: second less first, as shares (0.05 is five percentage points).

    Attributes
    ----------
    first, second : float or None
        The two indices, 0 to 1; None without a valid answer.
    difference : float or None
        second - first, -1 to 1.
    se : float or None
        Standard error of the difference, covariance included; None where either side is a single unit.
    df : int
        Degrees of freedom of both sides together.
    p_value : float or None
        Two-sided, of t = difference / se; None where se or df is missing or 0.
    ci_low, ci_high : float or None
        MOVER interval of the difference, -1 to 1; it contains the difference.
    why : str or None
        None, or the reason why something is None or to be read with care, as in `Estimate`.
    """

    first: float | None
    second: float | None
    difference: float | None
    se: float | None
    df: int
    p_value: float | None
    ci_low: float | None
    ci_high: float | None
    why: Why | None = None

    @property
    def t(self) -> float | None:
        """difference / se; None where that is not told."""
        return self.difference / self.se if self.difference is not None and self.se else None

    @property
    def verdict(self) -> Verdict:
        """``up`` or ``down`` where the whole interval lies on one side of 0, else ``unclear``. The p-value has no say."""
        if self.ci_low is not None and self.ci_low > 0:
            return "up"
        return "down" if self.ci_high is not None and self.ci_high < 0 else "unclear"


def mover(
    first: ArrayLike,
    second: ArrayLike,
    *,
    first_bounds: tuple[ArrayLike, ArrayLike],
    second_bounds: tuple[ArrayLike, ArrayLike],
    correlation: ArrayLike = 0.0,
) -> tuple[FloatArray, FloatArray]:
    """Interval of second - first from the interval of each (method of variance estimates recovery).

    With p the shares, l and u their bounds and r the correlation of the two estimates:

    low  = p₂ - p₁ - √((p₂ - l₂)² + (u₁ - p₁)² - 2r (p₂ - l₂)(u₁ - p₁)),
    high = p₂ - p₁ + √((u₂ - p₂)² + (p₁ - l₁)² - 2r (u₂ - p₂)(p₁ - l₁)).

    Parameters
    ----------
    first, second : array_like
        The shares, 0 to 1; NaN gives NaN.
    first_bounds, second_bounds : (low, high) of array_like
        Their confidence intervals, of one and the same level; that is the level of the result.
    correlation : array_like
        Of the two estimates, -1 to 1; 0 for two waves that share no sampling unit.

    Returns
    -------
    (low, high) of float arrays
        Of the broadcast shape, within -1 to 1; they contain the difference.

    Raises
    ------
    AnalysisError
        A share outside of its bounds, a bound outside 0 to 1, or a correlation outside -1 to 1.

    References
    ----------
    Zou and Donner (2008); Donner and Zou (2012), with correlation; Newcombe (1998) for two independent Wilson intervals.

    Examples
    --------
    >>> low, high = mover(0.80, 0.85, first_bounds=(0.7112, 0.8666), second_bounds=(0.7672, 0.9069))
    >>> round(float(low), 4), round(float(high), 4)
    (-0.0563, 0.1555)
    """
    p1, l1, u1 = _sides("first_bounds", first, first_bounds)
    p2, l2, u2 = _sides("second_bounds", second, second_bounds)
    r = np.asarray(correlation, dtype=float)
    if (np.abs(r) > 1 + _ROUNDING).any():
        raise AnalysisError("correlation", got=f"{r[np.abs(r) > 1].flat[0]:g}", expected="numbers from -1 to 1")
    difference = p2 - p1
    return np.maximum(difference - _distance(p2 - l2, u1 - p1, r), -1), np.minimum(difference + _distance(u2 - p2, p1 - l1, r), 1)


def index_change(first: Estimated, second: Estimated, *, correlation: float = 0.0, df: int | None = None) -> Change:
    """Change between two estimates of one measure: what a page shows of two frozen waves.

    Parameters
    ----------
    first, second : Estimate, or anything with its index, se, df, ci_low, ci_high and why
        Earlier and later; intervals of one and the same level.
    correlation : float
        Of the two estimates; 0 where they share no sampling unit, as two waves do.
    df : int, optional
        Degrees of freedom of both together; default: their sum, right where they share no stratum.

    Returns
    -------
    Change
        se² = se₁² + se₂² - 2 r se₁ se₂; t = difference / se with `df`; the interval is `mover`'s.

    Raises
    ------
    AnalysisError
        As `mover`.

    References
    ----------
    R survey, ``svycontrast``; the interval as in `mover`. The p-value rests on se alone, the interval on the two intervals, which also
    hold near 100 % and for few people: where they disagree the interval is to be believed.

    Examples
    --------
    >>> m = Measures.of({"A1": "A"})
    >>> waves = [UnitTotals.from_ratings(m, [[5]] * 80 + [[1]] * unhappy) for unhappy in (20, 5)]
    >>> before, after = (score(w, measures=m, design=Design.of(w.rows), domains=Domains.whole(w.rows))[0][0] for w in waves)
    >>> change = index_change(before, after)
    >>> round(change.difference, 4), round(change.ci_low, 4), round(change.ci_high, 4), change.verdict
    (0.1412, 0.0428, 0.2366, 'up')
    """
    freedom = first.df + second.df if df is None else df
    if first.index is None or second.index is None:
        return Change(first.index, second.index, None, None, freedom, None, None, None, "no_valid_answers")
    difference, se = second.index - first.index, _standard_error(first.se, second.se, correlation)
    low, high = _bounds(first, second, correlation)
    return Change(
        first.index,
        second.index,
        difference,
        se,
        freedom,
        2 * float(special.stdtr(freedom, -abs(difference) / se)) if se and freedom >= 1 else None,
        low,
        high,
        _why(first, second, se=se, df=freedom),
    )


def index_changes(
    totals: UnitTotals,
    *,
    measures: Measures,
    design: Design,
    first: Domains,
    second: Domains,
    comparable: tuple[Domains, Domains] | None = None,
    method: Method = DEFAULT_METHOD,
    confidence_level: float = 0.95,
) -> tuple[tuple[Change, ...], ...]:
    """Change of every measure between pairs of domains of one design, with the covariance of what they share.

    Parameters
    ----------
    totals : UnitTotals
        n rows, of both waves.
    measures : Measures
    design : Design
        Over the same n rows. Where both waves come from the same units (the same desks), that is seen by their labels.
    first, second : Domains
        The i-th of `first` is compared with the i-th of `second`, e.g. an agency in the earlier wave and in the later.
    comparable : pair of Domains, optional
        Groups of each wave over which its design effect is pooled. Default: `first` and `second`.
    method, confidence_level
        Of each side's interval, as in `analysis.uncertainty.interval`.

    Returns
    -------
    tuple of tuples of Change
        For each pair one change for each of `Measures.columns`, in that order.

    Raises
    ------
    AnalysisError
        Not as many second domains as first, or as `score`.

    References
    ----------
    R survey, ``svycontrast`` of ``svyby(…, covmat=TRUE)``; ``degf`` of the union; Donner and Zou (2012).

    Examples
    --------
    Four desks in two years, all four better:

    >>> m = Measures.of({"A1": "A"})
    >>> totals = UnitTotals.from_ratings(m, [[5], [1], [1], [1], [5], [5], [5], [1]])
    >>> design = Design.of(8, clusters=["d1", "d2", "d3", "d4"] * 2)
    >>> years = Domains.of(8, [range(4)]), Domains.of(8, [range(4, 8)])
    >>> (changes,) = index_changes(totals, measures=m, design=design, first=years[0], second=years[1])
    >>> changes[0].difference, round(changes[0].se, 4), changes[0].df
    (0.5, 0.2887, 3)
    """
    if first.count != second.count:
        raise AnalysisError("second", got=f"{second.count} domains", expected=f"{first.count}, as first")
    groups = (None, None) if comparable is None else comparable
    scored = partial(score, totals, measures=measures, design=design, method=method, confidence_level=confidence_level)
    sides = [scored(domains=side, comparable=group) for side, group in zip((first, second), groups, strict=True)]
    correlation = _correlations(totals, measures=measures, design=design, first=first, second=second)
    df = index_table(totals, measures=measures, design=design, domains=_union(first, second)).df
    pairs = zip(*sides, correlation.tolist(), df.tolist(), strict=True)
    return tuple(tuple(_changes(*pair)) for pair in pairs)


def _changes(first: tuple[Estimate, ...], second: tuple[Estimate, ...], correlation: list[float], df: list[int]) -> list[Change]:
    rows = zip(first, second, correlation, df, strict=True)
    return [index_change(a, b, correlation=r, df=freedom) for a, b, r, freedom in rows]


def _correlations(totals: UnitTotals, *, measures: Measures, design: Design, first: Domains, second: Domains) -> FloatArray:
    """(G, T) correlation of the i-th first with the i-th second index; 0 where either does not vary."""
    both = Domains.together(first, second)
    covariance = index_covariance(totals, measures=measures, design=design, domains=both)
    pairs = np.arange(first.count)
    variance = np.diagonal(covariance, axis1=1, axis2=2)
    scale = np.sqrt(variance[:, pairs] * variance[:, pairs + first.count])
    between = covariance[:, pairs, pairs + first.count]
    return np.clip(np.divide(between, scale, out=np.zeros(scale.shape), where=scale > NO_VARIANCE), -1, 1).T


def _union(first: Domains, second: Domains) -> Domains:
    """The i-th domain holds the rows of the i-th first and of the i-th second."""
    both = np.unique(np.stack([np.append(first.domain, second.domain), np.append(first.row, second.row)]), axis=1)
    return Domains(both[1], both[0], first.count)


def _sides(argument: str, share: ArrayLike, bounds: tuple[ArrayLike, ArrayLike]) -> tuple[FloatArray, FloatArray, FloatArray]:
    p, low, high = (np.asarray(a, dtype=float) for a in (share, *bounds))
    if ((low < -_ROUNDING) | (p < low - _ROUNDING) | (high < p - _ROUNDING) | (high > 1 + _ROUNDING)).any():
        raise AnalysisError(argument, got="something else", expected="0 ≤ low ≤ share ≤ high ≤ 1")
    return p, np.minimum(low, p), np.maximum(high, p)


def _distance(a: FloatArray, b: FloatArray, r: FloatArray) -> FloatArray:
    """√(a² + b² - 2rab), written so that rounding cannot make it negative."""
    distance: FloatArray = np.sqrt((a - b) ** 2 + 2 * (1 - np.clip(r, -1, 1)) * a * b)
    return distance


def _standard_error(first: float | None, second: float | None, correlation: float) -> float | None:
    if first is None or second is None:
        return None
    variance = first**2 + second**2 - 2 * correlation * first * second
    return float(np.sqrt(variance)) if variance > max(NO_VARIANCE, _ROUNDING * (first**2 + second**2)) else 0.0


def _bounds(first: Estimated, second: Estimated, correlation: float) -> tuple[float | None, float | None]:
    numbers = [(side.index, side.ci_low, side.ci_high) for side in (first, second)]
    if any(number is None for side in numbers for number in side):
        return None, None
    (p1, *bounds1), (p2, *bounds2) = np.array(numbers, dtype=float).tolist()
    low, high = mover(p1, p2, first_bounds=tuple(bounds1), second_bounds=tuple(bounds2), correlation=correlation)
    return float(low), float(high)


def _why(first: Estimated, second: Estimated, *, se: float | None, df: int) -> Why | None:
    if se is None:
        return "one_unit"
    if df == 0:
        return "no_degrees_of_freedom"
    if se == 0 or first.ci_low is None or second.ci_low is None:
        return "no_variance"
    return "parts_without_answers" if "parts_without_answers" in (first.why, second.why) else None
