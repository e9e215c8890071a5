"""An alarm for a series of days: does the share of satisfied answers leave what it was in a reference period?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special

from analysis.coding import BoolArray, FloatArray, IntArray
from analysis.errors import AnalysisError
from analysis.uncertainty import pooled_design_effect

#: A smoothed share of fewer people than this is not judged, as it would not be shown.
FEWEST_PEOPLE = 10
FEWEST_REFERENCE_DAYS = 2
_NODES, _NODE_WEIGHTS = np.polynomial.legendre.leggauss(100)


@dataclass(frozen=True, slots=True)
class ControlLimit:
    """How far the smoothed share may go.

    Attributes
    ----------
    limit : float
        In standard deviations, to either side.
    average_run_length : float
        Mean number of days to a false alarm, either way, while nothing changes.
    """

    limit: float
    average_run_length: float


@dataclass(frozen=True, slots=True)
class AlarmPoint:
    """One day of the chart.

    Attributes
    ----------
    day : int
    respondents : int
        People of that day with a valid answer.
    smoothed : float
        Exponentially weighted share of satisfied answers up to that day, 0 to 1.
    people : float
        Effective number of people behind it.
    low, high : float or None
        Its limits; None where fewer than `FEWEST_PEOPLE` people stand behind it, or the chart has none.
    alarm : {"low", "high"} or None
    """

    day: int
    respondents: int
    smoothed: float
    people: float
    low: float | None
    high: float | None
    alarm: Literal["low", "high"] | None


@dataclass(frozen=True, slots=True)
class AlarmChart:
    """The days since monitoring began, against the reference period.

    Attributes
    ----------
    baseline : float or None
        The share expected: that of the reference period, drawn a little from 0 and 1 (Jeffreys); None without a reference.
    reference_days, reference_respondents : int
        Days and people of the reference period.
    design_effect : float or None
        d: a day's variance is d p(1-p) / respondents.
    limit : float or None
        Standard deviations to either side (`ControlLimit.limit`; wider where d was estimated from few days).
    average_run_length : float
        Days to a false alarm, on average, as planned; see the simulation in docs/methodology.md.
    points : tuple of AlarmPoint
    why : str or None
        None, or why there are no limits: ``too_few_reference_days``.
    """

    baseline: float | None
    reference_days: int
    reference_respondents: int
    design_effect: float | None
    limit: float | None
    average_run_length: float
    points: tuple[AlarmPoint, ...]
    why: Literal["too_few_reference_days"] | None = None


@lru_cache(maxsize=32)
def control_limit(*, smoothing: float = 0.1, false_alarm_probability: float = 0.05, in_days: int = 90) -> ControlLimit:
    """Limit of an EWMA chart that gives at least one false alarm in so many days with a wanted probability.

    While nothing changes z_t = λ u_t + (1 - λ) z_(t-1) with independent standard normal u_t; an alarm is |z_t| > L·sd(z_t), with the
    exact sd of day t. The density of z_t without an alarm so far is followed from day to day on 100 Gauss-Legendre nodes, and L solved for.

    Parameters
    ----------
    smoothing : float
        λ, above 0 to 1: the weight of the newest day. 1 is a p-chart: each day alone.
    false_alarm_probability : float
        Strictly between 0 and 1.
    in_days : int
        At least 1.

    Returns
    -------
    ControlLimit

    Raises
    ------
    AnalysisError
        An argument out of its range.

    References
    ----------
    Roberts (1959); Brook and Evans (1972) for the chain, Crowder (1987) for its integral equation; Steiner (1999) for exact limits
    from the first day on.

    Examples
    --------
    >>> found = control_limit(smoothing=0.1, false_alarm_probability=0.05, in_days=90)
    >>> round(found.limit, 2), round(found.average_run_length, -1)
    (3.26, 1840.0)
    """
    _refuse_number("smoothing", smoothing, wrong=not 0 < smoothing <= 1, expected="above 0 to 1")
    probability = false_alarm_probability
    _refuse_number("false_alarm_probability", probability, wrong=not 0 < probability < 1, expected="strictly between 0 and 1")
    _refuse_number("in_days", in_days, wrong=in_days < 1, expected="at least 1")
    limit = float(optimize.brentq(lambda wide: _quiet(smoothing, wide, in_days)[-1] - (1 - probability), 0.01, 9, xtol=1e-9))
    quiet = _quiet(smoothing, limit, in_days + ceil(5 / smoothing))  # by then the chain goes on at a constant rate
    return ControlLimit(limit, float(1 + quiet[:-1].sum() + quiet[-1] / (1 - quiet[-1] / quiet[-2])))


def alarm_chart(
    days: ArrayLike,
    *,
    satisfied: ArrayLike,
    valid: ArrayLike,
    respondents: ArrayLike,
    monitored_from: int,
    design_effect: float | None = None,
    smoothing: float = 0.1,
    false_alarm_probability: float = 0.05,
    in_days: int = 90,
) -> AlarmChart:
    """EWMA chart of the share of satisfied answers, day by day, for one measure of one agency or desk.

    With c_i = (1 - λ)^(t - i): the smoothed share Σ c y / Σ c x over the monitored days to t has, while nothing changes, the mean p₀
    and the variance p₀(1 - p₀) (d Σ c² x²/n / (Σ c x)² + 1/(n₀ + 2)); the last term is the baseline's own uncertainty, n₀ its people
    over d. The limits are the quantiles Φ(∓L) of the beta or the binomial distribution with that mean and variance, whichever
    is farther out, so that they stay within 0 to 1 and lean as counts near 100 % do; where everyone satisfied is no surprise there
    is no upper alarm. L is `control_limit`'s; where d was estimated from m reference days, the variance is widened by
    (t/L)², with t the quantile of the same tail of Student's t with m - 1 degrees of freedom.

    Parameters
    ----------
    days : (n,) ints
        The day of each row (`date.toordinal`). Rows are desk-days in any order; those of one day are added up.
    satisfied, valid : (n,) floats
        Σ satisfied and Σ valid answers, each times its form weight, as in `UnitTotals`.
    respondents : (n,) floats
        People with a valid answer. Days without are passed over: they neither count nor fade the memory.
    monitored_from : int
        The first monitored day; all days before are the reference period. Fix it beforehand, not after a look at the data.
    design_effect : float, optional
        d pooled over comparable agencies (`pooled_design_effect`). Default: that of the reference days alone.
    smoothing, false_alarm_probability, in_days
        As in `control_limit`; days are those with answers.

    Returns
    -------
    AlarmChart

    Raises
    ------
    AnalysisError
        Lengths that differ, days that are no whole numbers, negative or missing counts, more satisfied than valid, valid answers
        without people, a design effect that is not positive, or as `control_limit`.

    References
    ----------
    Roberts (1959); Laney (2002) for over-dispersion of shares; Zhou, Zou, Wang and Jiang (2012) for days of different size;
    Jones, Champ and Rigdon (2001) for the estimated baseline.

    Examples
    --------
    Twenty days at about 80 %, then 60 %:

    >>> y = [16, 15, 17, 16] * 5 + [12] * 10
    >>> chart = alarm_chart(range(30), satisfied=y, valid=[20] * 30, respondents=[20] * 30, monitored_from=20, design_effect=1.0)
    >>> round(chart.baseline, 3), next(p.day for p in chart.points if p.alarm == "low")
    (0.799, 23)
    """
    series = _by_day(days, satisfied, valid, respondents)
    if design_effect is not None:
        _refuse_number("design_effect", design_effect, wrong=not 0 < design_effect < np.inf, expected="a positive number")
    planned = control_limit(smoothing=smoothing, false_alarm_probability=false_alarm_probability, in_days=in_days)
    before = series.day < monitored_from
    reference = _reference(series.of(before), design_effect, planned.limit)
    found = (reference.baseline, reference.design_effect, reference.limit * reference.widening) if reference else (None, None, None)
    return AlarmChart(
        found[0],
        int(before.sum()),
        round(series.respondents[before].sum()),
        found[1],
        found[2],
        planned.average_run_length,
        _points(series.of(~before), reference, smoothing),
        None if reference else "too_few_reference_days",
    )


@dataclass(frozen=True, eq=False)
class _Series:
    """Sums of each day that has a valid answer, in order."""

    day: IntArray
    satisfied: FloatArray
    valid: FloatArray
    respondents: FloatArray

    def of(self, chosen: BoolArray) -> _Series:
        return _Series(self.day[chosen], self.satisfied[chosen], self.valid[chosen], self.respondents[chosen])


@dataclass(frozen=True, eq=False)
class _Reference:
    baseline: float
    size: float
    design_effect: float
    limit: float
    widening: float

    def bounds(self, spread: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Limits of a smoothed share whose variance would be p₀(1 - p₀) spread, were the baseline certain."""
        size = 1 / (spread + 1 / (self.size + 2)) / self.widening**2
        tail, p = float(special.ndtr(-self.limit)), self.baseline
        return _lowest(p, size, tail), 1 - _lowest(1 - p, size, tail)


def _lowest(p: float, size: FloatArray, tail: float) -> FloatArray:
    """The share below which a share with mean p and variance p(1-p)/size falls with probability `tail`, or less.

    The lower of the beta distribution's quantile, whose skewness is that of correlated answers, and of the binomial one, which
    knows that "no one at all" may be as likely as that; then there is no limit.
    """
    total = np.maximum(size - 1, 1e-3)  # a + b of the beta distribution
    possible = (1 - p) ** size < tail
    counted = np.where(possible, special.bdtrik(tail, np.where(possible, size, 1e6), p) / size, 0.0)
    lowest: FloatArray = np.minimum(special.betaincinv(p * total, (1 - p) * total, tail), counted)
    return lowest


def _reference(series: _Series, design_effect: float | None, limit: float) -> _Reference | None:
    days, people, widening = len(series.day), series.respondents.sum(), 1.0
    if days < FEWEST_REFERENCE_DAYS:
        return None
    total = series.valid.sum()
    share = series.satisfied.sum() / total
    if design_effect is None:
        variance = days / (days - 1) * np.sum((series.satisfied - share * series.valid) ** 2) / total**2
        design_effect = float(pooled_design_effect([[share]], [[variance]], respondents=[[people]], df=[[days - 1]])[0])
        widening = -float(special.stdtrit(days - 1, special.ndtr(-limit))) / limit
    size = people / design_effect
    return _Reference(float((size * share + 0.5) / (size + 1)), size, design_effect, limit, widening)


def _points(series: _Series, reference: _Reference | None, smoothing: float) -> tuple[AlarmPoint, ...]:
    """Sums with fading memory: each day the old ones count 1 - λ times."""
    keep, sums = 1 - smoothing, np.zeros(3)
    fade = np.array([keep, keep, keep**2])
    course = np.empty((len(series.day), 3))
    squares = series.valid**2 / series.respondents
    for number, today in enumerate(np.column_stack([series.satisfied, series.valid, squares])):
        sums = fade * sums + today
        course[number] = sums
    y, x, xx = course.T
    smoothed, spread = y / x, xx / x**2
    judged = spread <= 1 / FEWEST_PEOPLE
    low = high = np.full(len(series.day), np.nan)
    if reference is not None:
        low, high = (np.where(judged, bound, np.nan) for bound in reference.bounds(reference.design_effect * spread))
    rows = zip(*(a.tolist() for a in (series.day, series.respondents, smoothed, 1 / spread, low, high)), strict=True)
    return tuple(_point(*row) for row in rows)


def _point(day: int, respondents: float, smoothed: float, people: float, low: float, high: float) -> AlarmPoint:
    if np.isnan(low):
        return AlarmPoint(day, round(respondents), smoothed, people, None, None, None)
    outside: Literal["low", "high"] | None = "low" if smoothed < low else None
    return AlarmPoint(day, round(respondents), smoothed, people, low, high, "high" if smoothed > high else outside)


def _quiet(smoothing: float, limit: float, days: int) -> FloatArray:
    """Probability of no alarm up to each of so many days, while nothing changes."""
    keep = 1 - smoothing
    wide = limit * np.sqrt(smoothing / (1 + keep) * (1 - keep ** (2 * np.arange(1, days + 1))))
    quiet = np.empty(days)
    density = _normal(wide[0] * _NODES / smoothing) / smoothing
    for t in range(days):
        if t > 0:
            step = wide[t] * _NODES[:, None] - keep * wide[t - 1] * _NODES[None, :]
            density = _normal(step / smoothing) / smoothing @ (wide[t - 1] * _NODE_WEIGHTS * density)
        quiet[t] = wide[t] * _NODE_WEIGHTS @ density
    return quiet


def _normal(u: FloatArray) -> FloatArray:
    density: FloatArray = np.exp(-(u**2) / 2) / np.sqrt(2 * np.pi)
    return density


def _by_day(days: ArrayLike, satisfied: ArrayLike, valid: ArrayLike, respondents: ArrayLike) -> _Series:
    day = np.asarray(list(days) if isinstance(days, range) else days)
    if day.ndim != 1 or (day.size and day.dtype.kind not in "iu"):
        raise AnalysisError("days", got=f"{day.dtype}, shape {day.shape}", expected="one whole number for each desk-day")
    given = {"satisfied": satisfied, "valid": valid, "respondents": respondents}
    y, x, n = (_counts(name, values, rows=len(day)) for name, values in given.items())
    _refuse("satisfied", y, y > x * (1 + 1e-12), expected="no more than valid")
    _refuse("respondents", n, (x > 0) != (n > 0), expected="people exactly where there are valid answers")
    found, place = np.unique(day, return_inverse=True)
    y, x, n = (np.bincount(place, weights=values, minlength=len(found)).astype(float) for values in (y, x, n))
    return _Series(found.astype(np.int64), y, x, n).of(x > 0)


def _counts(argument: str, values: ArrayLike, *, rows: int) -> FloatArray:
    array = np.asarray(values, dtype=float)
    if array.shape != (rows,):
        raise AnalysisError(argument, got=f"shape {array.shape}", expected=f"one number for each of {rows} desk-days")
    _refuse(argument, array, ~(np.isfinite(array) & (array >= 0)), expected="numbers of 0 or more")
    return array


def _refuse(argument: str, values: FloatArray, wrong: BoolArray, *, expected: str) -> None:
    if wrong.any():
        row = int(wrong.argmax())
        raise AnalysisError(argument, got=f"{values[row]:g}", expected=expected, row=row)


def _refuse_number(argument: str, value: float, *, wrong: bool, expected: str) -> None:
    if wrong:
        raise AnalysisError(argument, got=f"{value:g}", expected=expected)
