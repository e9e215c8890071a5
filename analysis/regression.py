"""Regression of a rating, with a covariance that knows the design: logistic for yes and no, proportional odds for levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from analysis.coding import BoolArray, FloatArray, IntArray
from analysis.design import Design
from analysis.errors import AnalysisError

RegressionWhy = Literal["no_variation", "too_few_rows", "dependent_predictors", "separated", "no_degrees_of_freedom"]

INTERCEPT = "(Intercept)"
#: Newton stops when the next step would raise the mean log-likelihood by less than this.
_CLOSE_ENOUGH = 1e-15
_STEPS = 80
#: With predictors in standard deviations, so little information about some direction means that its slope has no finite value.
_NO_INFORMATION = 1e-9


@dataclass(frozen=True, slots=True)
class Coefficient:
    """One number of a regression. Slopes and cut-points are on the logit scale: exp(slope) is an odds ratio.

    Attributes
    ----------
    term : str
        A predictor, "(Intercept)", or a cut-point between two levels such as "4|5".
    estimate : float
    se : float
        Linearised standard error.
    ci_low, ci_high, p_value : float or None
        By Student's t with the regression's degrees of freedom; None where there are none. `p_value` is two-sided, against 0;
        None also where the standard error is 0.
    """

    term: str
    estimate: float
    se: float
    ci_low: float | None
    ci_high: float | None
    p_value: float | None


@dataclass(frozen=True, eq=False)
class Regression:
    """A fitted regression, or the reason why there is none.

    Attributes
    ----------
    coefficients : tuple of Coefficient
        Empty where the regression cannot be told.
    covariance : (q, q) float array
        Of the coefficients, in their order.
    rows : int
        Rows with an outcome and all predictors.
    df : int
        Units less strata among those rows, less predictors (not below 0): what R's svyglm uses.
    log_likelihood : float or None
        Weighted, at the estimate; per unit of weight, so at most 0.
    why : str or None
        ``no_variation`` (one outcome only), ``too_few_rows`` (no more rows than coefficients), ``dependent_predictors`` (one is constant
        or follows from the others), ``separated`` (a predictor tells the outcome so perfectly that its slope has no finite value): no
        coefficients. ``no_degrees_of_freedom``: estimates without intervals.
    """

    coefficients: tuple[Coefficient, ...]
    covariance: FloatArray
    rows: int
    df: int
    log_likelihood: float | None
    why: RegressionWhy | None = None

    def __getitem__(self, term: str) -> Coefficient:
        return next(c for c in self.coefficients if c.term == term)


def logistic_regression(
    outcome: ArrayLike, predictors: Mapping[str, ArrayLike], *, design: Design, confidence_level: float = 0.95
) -> Regression:
    """Regress yes or no on predictors: logit P(yes) = a + x·b.

    It is `ordinal_regression` with two levels, whose one cut-point is -a.

    Parameters
    ----------
    outcome : (n,) numbers
        1 yes, 0 no, NaN unknown.
    predictors : mapping of str to (n,) numbers
        NaN unknown. A group needs one 0/1 predictor for each of its labels but the first.
    design : Design
        Over the same n rows.
    confidence_level : float

    Returns
    -------
    Regression
        "(Intercept)" first, then the predictors.

    Raises
    ------
    AnalysisError
        An outcome that is not 0 or 1, lengths that differ, an infinite number, or a wrong confidence level.

    References
    ----------
    Binder (1983), for the covariance; R survey, ``svyglm(family = quasibinomial)``.

    Examples
    --------
    >>> fit = logistic_regression([1, 1, 0, 1, 0, 0], {"online": [1, 1, 1, 0, 0, 0]}, design=Design.of(6))
    >>> [(c.term, round(c.estimate, 3), round(c.se, 3)) for c in fit.coefficients]
    [('(Intercept)', -0.693, 1.342), ('online', 1.386, 1.897)]
    """
    y = _numbers("outcome", outcome, rows=design.rows)
    wrong = ~(np.isnan(y) | (y == 0) | (y == 1))
    if wrong.any():
        row = int(wrong.argmax())
        raise AnalysisError("outcome", got=f"{y[row]:g}", expected="0, 1 or NaN", row=row)
    fit = ordinal_regression(y, predictors, design=design, confidence_level=confidence_level)
    if not fit.coefficients:
        return fit
    order = np.roll(np.arange(len(fit.coefficients)), 1)
    sign = np.where(order == order[0], -1.0, 1.0)
    estimates = sign * np.array([fit.coefficients[i].estimate for i in order])
    covariance = sign[:, None] * fit.covariance[np.ix_(order, order)] * sign
    coefficients = _coefficients((INTERCEPT, *predictors), estimates, covariance, df=fit.df, confidence_level=confidence_level)
    return Regression(coefficients, covariance, fit.rows, fit.df, fit.log_likelihood, fit.why)


def ordinal_regression(
    outcome: ArrayLike, predictors: Mapping[str, ArrayLike], *, design: Design, confidence_level: float = 0.95
) -> Regression:
    """Regress ordered levels on predictors by proportional odds: logit P(Y ≤ k) = c_k - x·b.

    A positive slope moves people to higher levels. The weighted likelihood is maximised by Newton's method (it is concave, Pratt 1981).
    With the scores s_i at the maximum and the information I, both weighted, the covariance is I⁻¹ V I⁻¹, V the linearised covariance of
    the total of s over the design (`Design.covariance`). Rows that lack an outcome or a predictor leave the sum but their units still
    count: the rest is a domain.

    Parameters
    ----------
    outcome : (n,) numbers
        The level, for example 1 to 5; NaN unknown. Only levels that occur have cut-points.
    predictors : mapping of str to (n,) numbers
        At least one; NaN unknown.
    design : Design
        Over the same n rows.
    confidence_level : float

    Returns
    -------
    Regression
        The predictors first, then the cut-points, named "1|2" and so on.

    Raises
    ------
    AnalysisError
        No predictors, lengths that differ, an infinite number, or a wrong confidence level.

    References
    ----------
    McCullagh (1980); Pratt (1981); Binder (1983), for the covariance; R survey, ``svyolr``.

    Examples
    --------
    >>> fit = ordinal_regression([5, 5, 4, 5, 4, 3, 3, 4], {"online": [1, 1, 1, 0, 0, 0, 1, 0]}, design=Design.of(8))
    >>> [c.term for c in fit.coefficients], round(fit["online"].estimate, 3)
    (['online', '3|4', '4|5'], 0.653)
    """
    if not 0 < confidence_level < 1:
        raise AnalysisError("confidence_level", got=f"{confidence_level:g}", expected="a number between 0 and 1, such as 0.95")
    if not predictors:
        raise AnalysisError("predictors", got="none", expected="at least one")
    y = _numbers("outcome", outcome, rows=design.rows)
    x = np.column_stack([_numbers(f"predictors[{name!r}]", column, rows=design.rows) for name, column in predictors.items()])
    used = np.isfinite(y) & np.isfinite(x).all(axis=1)
    levels, level = np.unique(y[used], return_inverse=True)
    names = (*predictors, *(f"{low:g}|{high:g}" for low, high in pairwise(levels)))
    df = max(domain_degrees_of_freedom(design, used) - len(predictors), 0)
    why = _impossible(x[used], levels=len(levels), coefficients=len(names))
    fit = None if why else _fit(x[used], level, design.weights[used])
    if fit is None:
        return Regression((), np.zeros((0, 0)), int(used.sum()), df, None, why or "separated")
    scores = np.zeros((design.rows, len(names)))
    scores[used] = fit.scores
    bread = fit.to_raw @ np.linalg.inv(fit.information)
    covariance = bread @ design.covariance(scores) @ bread.T
    coefficients = _coefficients(names, fit.to_raw @ fit.estimates, covariance, df=df, confidence_level=confidence_level)
    return Regression(coefficients, covariance, int(used.sum()), df, fit.log_likelihood, None if df else "no_degrees_of_freedom")


def _numbers(argument: str, values: ArrayLike, *, rows: int) -> FloatArray:
    array = np.asarray(values, dtype=float)
    if array.shape != (rows,):
        raise AnalysisError(argument, got=f"shape {array.shape}", expected=f"one number for each of {rows} rows, as the design")
    if np.isinf(array).any():
        raise AnalysisError(argument, got="an infinite number", expected="numbers, or NaN", row=int(np.isinf(array).argmax()))
    return array


def domain_degrees_of_freedom(design: Design, used: BoolArray) -> int:
    """First-stage units less strata, among the rows used."""
    stage = design.stages[0]
    units = np.unique(stage.unit_of_row[used])
    return len(units) - len(np.unique(stage.stratum_of_unit[units]))


def _impossible(x: FloatArray, *, levels: int, coefficients: int) -> RegressionWhy | None:
    if len(x) <= coefficients:
        return "too_few_rows"
    if levels < 2:
        return "no_variation"
    spread = x.std(axis=0)
    if (spread <= 1e-12 * np.abs(x).max(axis=0)).any():
        return "dependent_predictors"
    correlated = np.corrcoef(x, rowvar=False).reshape(x.shape[1], x.shape[1])
    return "dependent_predictors" if np.linalg.eigvalsh(correlated)[0] < 1e-10 else None


class _Fit(NamedTuple):
    """The maximum, for predictors in standard deviations from their mean; `to_raw` brings coefficients back to the predictors' units."""

    estimates: FloatArray
    scores: FloatArray
    information: FloatArray
    log_likelihood: float
    to_raw: FloatArray


def _fit(x: FloatArray, level: IntArray, weights: FloatArray) -> _Fit | None:
    """Newton's method; None where the likelihood has no maximum at finite slopes."""
    mean, spread = x.mean(axis=0), x.std(axis=0)
    model = _Model((x - mean) / spread, level, weights)
    theta, steps = model.start(), 0
    step, gain = model.newton(theta)
    while gain > _CLOSE_ENOUGH and steps < _STEPS:
        theta, steps = model.uphill(theta, step), steps + 1
        step, gain = model.newton(theta)
    scores, information = model.derivatives(theta)
    if gain > _CLOSE_ENOUGH or np.linalg.eigvalsh(information)[0] < _NO_INFORMATION * weights.sum():
        return None
    p = x.shape[1]
    to_raw = np.eye(len(theta))
    to_raw[:p, :p] = np.diag(1 / spread)
    to_raw[p:, :p] = mean / spread
    return _Fit(theta, scores, information, model.log_likelihood(theta) / float(weights.sum()), to_raw)


class _Model:
    """The proportional-odds likelihood in θ = (slopes, cut-points).

    With u, l the cut-points above and below a person's level, less x·b, the logistic F gives F(u) - F(l) = F(u) (1 - F(l)) (1 - e^(l-u)),
    whose logarithm is a sum of three concave and numerically harmless terms.
    """

    def __init__(self, x: FloatArray, level: IntArray, weights: FloatArray) -> None:
        self.x, self.level, self.weights = x, level, weights
        self.cuts = int(level.max())
        above, below = np.zeros((2, len(x), self.cuts))
        rows = np.arange(len(x))
        above[rows[level < self.cuts], level[level < self.cuts]] = 1
        below[rows[level > 0], level[level > 0] - 1] = 1
        self.upper_by, self.lower_by = np.hstack([-x, above]), np.hstack([-x, below])

    def start(self) -> FloatArray:
        """No slopes, and the cut-points of the levels' shares."""
        share = np.bincount(self.level, weights=self.weights).cumsum()[:-1] / self.weights.sum()
        return np.concatenate([np.zeros(self.x.shape[1]), special.logit(share)])

    def _bounds(self, theta: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        p = self.x.shape[1]
        cuts = np.concatenate([[-np.inf], theta[p:], [np.inf]])
        centre = self.x @ theta[:p]
        high, low = cuts[self.level + 1], cuts[self.level]
        return high - centre, low - centre, high - low

    def log_likelihood(self, theta: FloatArray) -> float:
        upper, lower, gap = self._bounds(theta)
        if (gap <= 0).any():
            return -np.inf
        return float(self.weights @ (special.log_expit(upper) + special.log_expit(-lower) + np.log1p(-np.exp(-gap))))

    def derivatives(self, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(m, q) scores of the rows, unweighted; (q, q) observed information, weighted."""
        upper, lower, gap = self._bounds(theta)
        tie = np.exp(-gap) / -np.expm1(-gap)
        by_upper, by_lower = special.expit(-upper) + tie, -special.expit(lower) - tie
        scores = by_upper[:, None] * self.upper_by + by_lower[:, None] * self.lower_by
        both = tie * (1 + tie) * self.weights
        twice_upper = special.expit(upper) * special.expit(-upper) * self.weights + both
        twice_lower = special.expit(lower) * special.expit(-lower) * self.weights + both
        mixed = (self.upper_by.T * both) @ self.lower_by
        information = (self.upper_by.T * twice_upper) @ self.upper_by + (self.lower_by.T * twice_lower) @ self.lower_by - mixed - mixed.T
        return scores, information

    def newton(self, theta: FloatArray) -> tuple[FloatArray, float]:
        """The full step, and twice what it would gain in mean log-likelihood were that a parabola."""
        scores, information = self.derivatives(theta)
        gradient = self.weights @ scores
        hair = 1e-14 * self.weights.sum() * np.eye(len(theta))  # on the way to infinite slopes the information vanishes
        step = np.asarray(np.linalg.solve(information + hair, gradient), dtype=float)
        return step, float(gradient @ step / self.weights.sum())

    def uphill(self, theta: FloatArray, step: FloatArray) -> FloatArray:
        """The whole step, or half of it, or a quarter …: the first that does not go downhill beyond rounding."""
        least = self.log_likelihood(theta)
        least -= 1e-12 * abs(least)
        while not self.log_likelihood(theta + step) >= least:
            step = step / 2
        return theta + step


def _coefficients(
    names: tuple[str, ...], estimates: FloatArray, covariance: FloatArray, *, df: int, confidence_level: float
) -> tuple[Coefficient, ...]:
    se = np.sqrt(np.maximum(np.diag(covariance), 0))
    return tuple(_coefficient(*each, df=df, level=confidence_level) for each in zip(names, estimates.tolist(), se.tolist(), strict=True))


def _coefficient(term: str, estimate: float, se: float, *, df: int, level: float) -> Coefficient:
    if not df:
        return Coefficient(term, estimate, se, None, None, None)
    half = float(special.stdtrit(df, (1 + level) / 2)) * se
    p_value = 2 * float(special.stdtr(df, -abs(estimate) / se)) if se > 0 else None
    return Coefficient(term, estimate, se, estimate - half, estimate + half, p_value)
