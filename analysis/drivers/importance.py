"""How much of the overall rating each dimension explains."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from analysis.coding import BoolArray, FloatArray
from analysis.design import Design
from analysis.drivers.given import check_options, mask_of, overall_ratings
from analysis.drivers.relation import holm_of_known, is_positive_relation
from analysis.drivers.scores import dimension_scores
from analysis.drivers.shares import bootstrap, explained_and_shares, unit_moments
from analysis.measures import Measures
from analysis.regression import Regression, ordinal_regression

DriversWhy = Literal[
    "too_few_people", "too_little_variation", "dimension_without_variation", "one_unit", "separated", "no_degrees_of_freedom"
]
#: People with an overall rating and a score of every dimension, for each dimension; below that no importance is told.
LEAST_PEOPLE_A_DIMENSION = 20
#: People who gave another overall rating than the commonest, for each dimension (an "events per variable" rule).
LEAST_OTHERS_A_DIMENSION = 4


@dataclass(frozen=True, slots=True)
class Driver:
    """One dimension's part in the overall rating.

    Attributes
    ----------
    key : str
    people : int
        Those with an overall rating and a score of this dimension.
    importance : float or None
        Share of the explained variation, 0 to 1; the dimensions' shares add up to 1.
    importance_low, importance_high : float or None
        Bootstrap interval.
    coefficient, se : float or None
        Slope of the ordinal regression (log odds of a higher overall rating for each rating step), the other dimensions held equal.
    p_value : float or None
        Against no slope, two-sided, adjusted by Holm for the number of dimensions.
    is_related : bool
        The slope is positive and `p_value` below 1 - confidence level. Where the overall rating follows nothing, any dimension is called
        related in at most that share of surveys. Where it follows others, noise in their scores leaves a part of it to every dimension
        correlated with them, most so on short forms; so this alone is no finding: `priorities` asks for the importance too.
    """

    key: str
    people: int
    importance: float | None = None
    importance_low: float | None = None
    importance_high: float | None = None
    coefficient: float | None = None
    se: float | None = None
    p_value: float | None = None
    is_related: bool = False


@dataclass(frozen=True, slots=True)
class Drivers:
    """The dimensions' parts in the overall rating, or the reason why they cannot be told.

    Attributes
    ----------
    dimensions : tuple of Driver
        In the order of `Measures.dimensions`.
    people, needed : int
        People with an overall rating and a score of every dimension; how many of them are needed.
    explained, explained_low, explained_high : float or None
        R²: share of the overall rating's variance that all dimensions explain together, with its bootstrap interval.
    why : str or None
        ``too_few_people`` (people < needed), ``too_little_variation`` (nearly all gave the same overall rating),
        ``dimension_without_variation`` (all rate some dimension alike): nothing is told. ``one_unit``: no intervals of importance.
        ``separated`` (the dimensions tell the overall rating so perfectly that slopes have no finite value) and
        ``no_degrees_of_freedom``: shares but no tests, so nothing is called related.
    """

    dimensions: tuple[Driver, ...]
    people: int
    needed: int
    explained: float | None = None
    explained_low: float | None = None
    explained_high: float | None = None
    why: DriversWhy | None = None


def find_drivers(
    measures: Measures,
    ratings: ArrayLike,
    *,
    design: Design,
    seed: int,
    general: str = "G1",
    domain: ArrayLike | None = None,
    replicates: int = 500,
    confidence_level: float = 0.95,
) -> Drivers:
    """Which dimensions go with the overall rating, and how much of it each explains.

    Importance: with R²(S) of the weighted linear regression of the overall rating on the scores (`dimension_scores`) of the dimensions
    in S, a dimension's share is the mean of R²(S + it) - R²(S) over all orders in which dimensions can enter, divided by R² of all
    (LMG, the Shapley value). Interval: percentiles over replicates that draw n_h - 1 of the n_h units of each stratum with
    replacement, weights times n_h/(n_h - 1); strata with one unit are drawn together. The percentiles are Φ(t) of Student's t, so that
    few units give wider intervals. Finite populations are not taken off.
    Direction and test: slopes of `ordinal_regression` on all scores, with linearised covariance.

    Parameters
    ----------
    measures : Measures
        With the overall rating among `general`, and at most 10 dimensions.
    ratings : (n, R) numbers
        Columns as `Measures.rated`; 1 to 5, 0 for no opinion, NaN for not asked. Full forms, short forms, or both.
    design : Design
        Over the same n rows.
    seed : int
        Of the bootstrap: the same seed gives the same intervals.
    general : str
        Which general question is the overall rating.
    domain : (n,) bool, optional
        Rows to analyse, such as an agency's; units of the design without such rows still count. Default: all.
    replicates : int
        Bootstrap replicates, at least 2.
    confidence_level : float

    Returns
    -------
    Drivers

    Raises
    ------
    AnalysisError
        Wrong ratings or shapes, an unknown general question, too many dimensions, fewer than 2 replicates, or a wrong confidence level.

    References
    ----------
    Lindeman, Merenda and Gold (1980), 119-127; Grömping (2007), for LMG and its bootstrap; Rao, Wu and Yue (1992), for the weights;
    Hesterberg (2015), for the expanded percentiles.

    Examples
    --------
    >>> m = Measures.of({"A1": "A", "B1": "B"}, general=("G1",))
    >>> a, b = np.tile([1, 2, 3, 4, 5], 40), np.repeat([1, 2, 3, 4, 5], 40)
    >>> people = np.column_stack([a, b, np.clip(a + (b > 2) - np.arange(200) % 2, 1, 5)])
    >>> found = find_drivers(m, people, design=Design.of(200), seed=1)
    >>> [(d.key, round(d.importance, 2), d.is_related) for d in found.dimensions], found.people, found.needed
    ([('A', 0.93, True), ('B', 0.07, True)], 200, 40)
    """
    check_options(measures, replicates=replicates, confidence_level=confidence_level)
    overall, inside = overall_ratings(measures, ratings, general, rows=design.rows), mask_of(domain, rows=design.rows)
    scores = dimension_scores(measures, ratings, domain=inside)
    known = np.isfinite(scores) & (np.isfinite(overall) & inside)[:, None]
    used: BoolArray = np.asarray(known.all(axis=1))
    blank = tuple(Driver(key, int(n)) for key, n in zip(measures.dimensions, known.sum(axis=0), strict=True))
    people, needed = int(used.sum()), LEAST_PEOPLE_A_DIMENSION * len(blank)
    why = _untold(scores[used], overall[used], needed=needed)
    if why:
        return Drivers(blank, people, needed, why=why)
    predictors = dict(zip(measures.dimensions, scores.T, strict=True))
    fit = ordinal_regression(np.where(used, overall, np.nan), predictors, design=design, confidence_level=confidence_level)
    moments = unit_moments(scores, overall, used, design)
    explained, shares = explained_and_shares(moments.sum(axis=0, keepdims=True), len(blank))
    bounds = bootstrap(moments, design.stages[0], used, dimensions=len(blank), replicates=replicates, level=confidence_level, seed=seed)
    return Drivers(
        dimensions=tuple(_with_slopes(_with_shares(blank, shares[0], bounds), fit, confidence_level=confidence_level)),
        people=people,
        needed=needed,
        explained=float(explained[0]),
        explained_low=None if bounds is None else float(bounds[0, -1]),
        explained_high=None if bounds is None else float(bounds[1, -1]),
        why=_shortcoming(fit, bounds),
    )


def _untold(scores: FloatArray, overall: FloatArray, *, needed: int) -> DriversWhy | None:
    if len(overall) < needed:
        return "too_few_people"
    commonest = np.unique(overall, return_counts=True)[1].max()
    if len(overall) - commonest < LEAST_OTHERS_A_DIMENSION * scores.shape[1]:
        return "too_little_variation"
    return "dimension_without_variation" if (np.ptp(scores, axis=0) < 1e-9).any() else None


def _with_shares(blank: Sequence[Driver], shares: FloatArray, bounds: FloatArray | None) -> Iterator[Driver]:
    for i, driver in enumerate(blank):
        low, high = (None, None) if bounds is None else (float(bounds[0, i]), float(bounds[1, i]))
        yield Driver(driver.key, driver.people, float(shares[i]), low, high)


def _with_slopes(found: Iterable[Driver], fit: Regression, *, confidence_level: float) -> Iterator[Driver]:
    if not fit.coefficients:
        yield from found
        return
    listed = list(found)
    slopes = fit.coefficients[: len(listed)]
    for d, slope, p in zip(listed, slopes, holm_of_known([s.p_value for s in slopes]), strict=True):
        related = is_positive_relation(slope.estimate, p, confidence_level)
        yield Driver(d.key, d.people, d.importance, d.importance_low, d.importance_high, slope.estimate, slope.se, p, related)


def _shortcoming(fit: Regression, bounds: FloatArray | None) -> DriversWhy | None:
    if bounds is None:
        return "one_unit"
    if not fit.coefficients:
        return "separated"
    return None if fit.df else "no_degrees_of_freedom"
