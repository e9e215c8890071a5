"""What to do first: which dimensions and criteria go with the overall rating, and which of these are rated low.

All of this is association among people of one survey, not cause. It works on full forms and on short forms (one criterion of each
dimension): a person's score of a dimension is then a single rating, whose noise pulls the shares of importance towards each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb, isnan, nan
from typing import Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike
from scipy import special
from scipy.sparse import csr_array

from analysis.coding import BoolArray, FloatArray, IntArray
from analysis.design import Design, Stage
from analysis.errors import AnalysisError
from analysis.measures import Measures
from analysis.multiplicity import holm
from analysis.regression import Regression, domain_degrees_of_freedom, ordinal_regression
from analysis.reliability import checked_ratings
from analysis.results import Estimate
from analysis.totals import SATISFIED_FROM

DriversWhy = Literal[
    "too_few_people", "too_little_variation", "dimension_without_variation", "one_unit", "separated", "no_degrees_of_freedom"
]
CriterionWhy = Literal["too_few_satisfied", "too_few_unsatisfied", "no_variation", "no_degrees_of_freedom"]
Quadrant = Literal["work_on_first", "keep_up", "low_priority", "more_than_needed"]

#: People with an overall rating and a score of every dimension, for each dimension; below that no importance is told.
LEAST_PEOPLE_A_DIMENSION = 20
#: People who gave another overall rating than the commonest, for each dimension (an "events per variable" rule).
LEAST_OTHERS_A_DIMENSION = 4
#: People on each side of a criterion's comparison; below that no association is told.
LEAST_PEOPLE_A_SIDE = 10
#: Every set of dimensions is a model, so their number doubles with each dimension.
MOST_DIMENSIONS = 10


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


@dataclass(frozen=True, slots=True)
class CriterionDriver:
    """How much more often those satisfied with one criterion are satisfied overall than those who are not.

    Attributes
    ----------
    key, dimension : str
    satisfied, unsatisfied : int
        People who rated the criterion 4-5, and 1-3, and gave an overall rating.
    importance : float or None
        Difference of the two groups' shares of people satisfied overall, -1 to 1.
    se : float or None
        Linearised.
    importance_low, importance_high : float or None
        By Student's t, not adjusted for the number of criteria.
    p_value : float or None
        Against no difference, two-sided, adjusted by Holm for the number of criteria.
    is_related : bool
        The difference is positive and `p_value` below 1 - confidence level.
    why : str or None
        ``too_few_satisfied``, ``too_few_unsatisfied`` (fewer than 10 people), ``no_variation`` (overall, within both groups),
        ``no_degrees_of_freedom`` (difference without interval).
    """

    key: str
    dimension: str
    satisfied: int
    unsatisfied: int
    importance: float | None = None
    se: float | None = None
    importance_low: float | None = None
    importance_high: float | None = None
    p_value: float | None = None
    is_related: bool = False
    why: CriterionWhy | None = None


@dataclass(frozen=True, slots=True)
class Priority:
    """Where a dimension or criterion lies between importance and index.

    Attributes
    ----------
    key : str
    importance, index : float
    quadrant : str
        ``work_on_first`` (important, rated low), ``keep_up`` (important, rated high), ``low_priority`` (neither),
        ``more_than_needed`` (unimportant, rated high), or ``unclear``: an interval does not say on which side of its cut it lies.
    leaning : str
        The quadrant of the two point estimates, for a chart; never to be told as a finding.
    urgency : float
        importance · (1 - index). For a criterion: how much the share of people satisfied overall would rise if those who are not
        satisfied with it were satisfied overall as often as the others are.
    """

    key: str
    importance: float
    index: float
    quadrant: Quadrant | Literal["unclear"]
    leaning: Quadrant
    urgency: float


class _Ranked(Protocol):
    """What `priorities` needs of a `Driver` or a `CriterionDriver`."""

    @property
    def key(self) -> str: ...
    @property
    def importance(self) -> float | None: ...
    @property
    def importance_low(self) -> float | None: ...
    @property
    def importance_high(self) -> float | None: ...
    @property
    def is_related(self) -> bool: ...


def dimension_scores(measures: Measures, ratings: ArrayLike, *, domain: ArrayLike | None = None) -> FloatArray:
    """Each person's score of each dimension: the mean of rating less the criterion's mean, over the person's valid ratings.

    Taking off the criterion's mean makes scores comparable between people who were asked different criteria.

    Parameters
    ----------
    measures : Measures
    ratings : (n, R) numbers
        Columns as `Measures.rated`; 1 to 5, 0 for no opinion, NaN for not asked.
    domain : (n,) bool, optional
        Over whom the criteria's means are taken. Default: all.

    Returns
    -------
    (n, D) float array
        In rating steps from the average; NaN where a person rated nothing of the dimension.

    Raises
    ------
    AnalysisError
        A rating that is not 0 to 5 or NaN, or a wrong shape.

    References
    ----------
    Short forms as planned missing data: Graham, Taylor, Olchowski and Cumsille (2006).

    Examples
    --------
    >>> m = Measures.of({"A1": "A", "A2": "A", "B1": "B"})
    >>> dimension_scores(m, [[5, 3, 4], [3, None, 0], [None, 5, 2]]).tolist()
    [[0.0, 1.0], [-1.0, nan], [1.0, -1.0]]
    """
    array = checked_ratings(measures, ratings)[:, : len(measures.criteria)]
    inside = _mask(domain, rows=len(array))
    valid = array >= 1
    counted = valid & inside[:, None]
    mean = np.where(counted, array, 0).sum(axis=0) / np.maximum(counted.sum(axis=0), 1)
    deviation = np.where(valid, array - mean, 0.0)
    rated = valid @ measures.criteria_in_dimension
    scores: FloatArray = np.where(rated > 0, deviation @ measures.criteria_in_dimension / np.maximum(rated, 1), np.nan)
    return scores


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
    _check(measures, replicates=replicates, confidence_level=confidence_level)
    overall, inside = _overall(measures, ratings, general, rows=design.rows), _mask(domain, rows=design.rows)
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
    moments = _unit_moments(scores, overall, used, design)
    explained, shares = _explained_and_shares(moments.sum(axis=0, keepdims=True), len(blank))
    bounds = _bootstrap(moments, design.stages[0], used, dimensions=len(blank), replicates=replicates, level=confidence_level, seed=seed)
    return Drivers(
        dimensions=tuple(_with_slopes(_with_shares(blank, shares[0], bounds), fit, confidence_level=confidence_level)),
        people=people,
        needed=needed,
        explained=float(explained[0]),
        explained_low=None if bounds is None else float(bounds[0, -1]),
        explained_high=None if bounds is None else float(bounds[1, -1]),
        why=_shortcoming(fit, bounds),
    )


def criterion_drivers(
    measures: Measures,
    ratings: ArrayLike,
    *,
    design: Design,
    general: str = "G1",
    domain: ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> tuple[CriterionDriver, ...]:
    """For each criterion: the difference in overall satisfaction between people satisfied with it and people who are not.

    With s = 1 for a rating of 4 or 5 of the criterion and g = 1 for an overall rating of 4 or 5, both weighted shares p₁ = Σ w s g / Σ w s
    and p₀ = Σ w (1-s) g / Σ w (1-s), over people with both ratings; the difference p₁ - p₀ has the linearised score
    s (g - p₁) / Σ w s - (1-s) (g - p₀) / Σ w (1-s). Each criterion stands alone, so this works where nobody rates two of a dimension.

    Parameters
    ----------
    measures, ratings, design, general, domain, confidence_level
        As in `find_drivers`.

    Returns
    -------
    tuple of CriterionDriver
        One for each of `Measures.criteria`.

    Raises
    ------
    AnalysisError
        Wrong ratings or shapes, an unknown general question, or a wrong confidence level.

    References
    ----------
    Särndal, Swensson and Wretman (1992), 5.6; Holm (1979).

    Examples
    --------
    >>> m = Measures.of({"A1": "A"}, general=("G1",))
    >>> people = [[5, 5]] * 30 + [[5, 3]] * 10 + [[2, 5]] * 5 + [[2, 2]] * 15
    >>> (a1,) = criterion_drivers(m, people, design=Design.of(60))
    >>> a1.importance, round(a1.se, 3), a1.satisfied, a1.unsatisfied
    (0.5, 0.12, 40, 20)
    """
    _check(measures, replicates=2, confidence_level=confidence_level)
    overall = _overall(measures, ratings, general, rows=design.rows)
    known = np.isfinite(overall) & _mask(domain, rows=design.rows)
    matrix = checked_ratings(measures, ratings)
    compared = [_compare(matrix[:, i], overall, known, design) for i in range(len(measures.criteria))]
    p_values = _holm([_p_value(difference, se, df) for _, difference, se, df, _ in compared])
    found: list[CriterionDriver] = []
    for key, dimension, (sides, difference, se, df, why), p in zip(
        measures.criteria, measures.dimension_of, compared, p_values, strict=True
    ):
        low, high = _t_interval(difference, se, df, level=confidence_level)
        related = _is_related(difference, p, confidence_level)
        found.append(CriterionDriver(key, dimension, *sides, difference, se, low, high, p, related, why))
    return tuple(found)


def priorities(found: Iterable[_Ranked], estimates: Iterable[Estimate], *, target: float | None = None) -> tuple[Priority, ...]:
    """Importance against performance: what to work on first, as far as the intervals can tell.

    Important: related, and its interval of importance lies above the mean importance of all listed (for shares: 1/D); unimportant: the
    interval lies below. Rated low: the interval of the index lies below the target; rated high: above. Otherwise ``unclear``.

    Parameters
    ----------
    found : Drivers.dimensions, or the result of `criterion_drivers`
    estimates : iterable of Estimate
        Results of `score` for the same people; the pooled ones are used. What lacks an index or an importance is left out.
    target : float, optional
        The index, 0 to 1, that tells low from high. Default: the pooled index of the whole, taken as known.

    Returns
    -------
    tuple of Priority
        First what is or leans to ``work_on_first`` (what is firmly so before the rest), then the others, each by falling urgency; so the
        three criteria to work on first are the first three.

    Raises
    ------
    AnalysisError
        A target outside 0 to 1, or neither a target nor an estimate of the whole.

    References
    ----------
    Martilla and James (1977), importance-performance analysis.

    Examples
    --------
    >>> m = Measures.of({"A1": "A", "A2": "A"}, general=("G1",))
    >>> people = [[5, 5, 5]] * 40 + [[2, 5, 2]] * 40 + [[5, 2, 5]] * 12 + [[5, 5, 2]] * 4
    >>> from analysis import Domains, UnitTotals, score
    >>> design, totals = Design.of(96), UnitTotals.from_ratings(m, people)
    >>> (estimates,) = score(totals, measures=m, design=design, domains=Domains.whole(96))
    >>> [(p.key, p.quadrant) for p in priorities(criterion_drivers(m, people, design=design), estimates)]
    [('A1', 'work_on_first'), ('A2', 'more_than_needed')]
    """
    pooled = {e.key: e for e in estimates if e.rule == "pooled"}
    cut = _target(pooled, target)
    told = [f for f in found if f.importance is not None and f.key in pooled and pooled[f.key].index is not None]
    mean = sum(f.importance for f in told if f.importance is not None) / max(len(told), 1)
    placed = [_place(f, pooled[f.key], importance_cut=mean, index_cut=cut) for f in told]
    return tuple(sorted(placed, key=lambda p: (p.quadrant != "work_on_first", p.leaning != "work_on_first", -p.urgency)))


def _check(measures: Measures, *, replicates: int, confidence_level: float) -> None:
    if not 0 < confidence_level < 1:
        raise AnalysisError("confidence_level", got=f"{confidence_level:g}", expected="a number between 0 and 1, such as 0.95")
    if replicates < 2:
        raise AnalysisError("replicates", got=f"{replicates}", expected="at least 2")
    if len(measures.dimensions) > MOST_DIMENSIONS:
        raise AnalysisError("measures", got=f"{len(measures.dimensions)} dimensions", expected=f"at most {MOST_DIMENSIONS}")


def _overall(measures: Measures, ratings: ArrayLike, general: str, *, rows: int) -> FloatArray:
    """(n,) overall ratings, NaN where none is valid."""
    if general not in measures.general:
        raise AnalysisError("general", got=repr(general), expected=f"one of {', '.join(measures.general) or 'none: there is none'}")
    column = checked_ratings(measures, ratings)[:, measures.rated.index(general)]
    if len(column) != rows:
        raise AnalysisError("ratings", got=f"{len(column)} rows", expected=f"{rows}, as the design")
    overall: FloatArray = np.where(column >= 1, column, np.nan)
    return overall


def _mask(domain: ArrayLike | None, *, rows: int) -> BoolArray:
    if domain is None:
        return np.ones(rows, dtype=bool)
    mask = np.asarray(domain)
    if mask.dtype != bool or mask.shape != (rows,):
        raise AnalysisError("domain", got=f"{mask.dtype} of shape {mask.shape}", expected=f"a mask for {rows} rows")
    return mask


def _untold(scores: FloatArray, overall: FloatArray, *, needed: int) -> DriversWhy | None:
    if len(overall) < needed:
        return "too_few_people"
    commonest = np.unique(overall, return_counts=True)[1].max()
    if len(overall) - commonest < LEAST_OTHERS_A_DIMENSION * scores.shape[1]:
        return "too_little_variation"
    return "dimension_without_variation" if (np.ptp(scores, axis=0) < 1e-9).any() else None


def _unit_moments(scores: FloatArray, overall: FloatArray, used: BoolArray, design: Design) -> FloatArray:
    """(U, P) weighted sums of products of (1, scores, overall) over the used rows of each first-stage unit; upper triangle."""
    columns = np.column_stack([np.ones(used.sum()), scores[used], overall[used] - overall[used].mean()])
    first, second = np.triu_indices(columns.shape[1])
    products = columns[:, first] * columns[:, second] * design.weights[used, None]
    unit, stage = design.stages[0].unit_of_row[used], design.stages[0]
    member = csr_array((np.ones(len(unit)), (unit, np.arange(len(unit)))), shape=(len(stage.stratum_of_unit), len(unit)))
    return np.asarray(member @ products)


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


def _explained_and_shares(moments: FloatArray, dimensions: int) -> tuple[FloatArray, FloatArray]:
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


def _r_squared(correlation: FloatArray, chosen: tuple[int, ...]) -> FloatArray:
    """(B,) R² of the overall rating on the chosen scores; a hair on the diagonal lets dependent scores share what they explain."""
    among = correlation[:, chosen][:, :, chosen].copy()
    places = np.arange(len(chosen))
    among[:, places, places] = 1 + 1e-10
    with_overall = correlation[:, chosen, -1]
    r_squared: FloatArray = (np.linalg.solve(among, with_overall[:, :, None])[:, :, 0] * with_overall).sum(axis=1)
    return r_squared


def _bootstrap(
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
    explained, shares = _explained_and_shares(sums[drawn], dimensions)
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
    for d, slope, p in zip(listed, slopes, _holm([s.p_value for s in slopes]), strict=True):
        related = _is_related(slope.estimate, p, confidence_level)
        yield Driver(d.key, d.people, d.importance, d.importance_low, d.importance_high, slope.estimate, slope.se, p, related)


def _shortcoming(fit: Regression, bounds: FloatArray | None) -> DriversWhy | None:
    if bounds is None:
        return "one_unit"
    if not fit.coefficients:
        return "separated"
    return None if fit.df else "no_degrees_of_freedom"


def _is_related(slope: float | None, p_value: float | None, confidence_level: float) -> bool:
    return slope is not None and p_value is not None and slope > 0 and p_value < 1 - confidence_level


def _holm(p_values: Sequence[float | None]) -> list[float | None]:
    return [None if isnan(p) else p for p in holm([nan if p is None else p for p in p_values]).tolist()]


_Compared = tuple[tuple[int, int], float | None, float | None, int, CriterionWhy | None]


def _compare(criterion: FloatArray, overall: FloatArray, known: BoolArray, design: Design) -> _Compared:
    """Sizes of the two sides, difference, standard error, degrees of freedom, and what is missing."""
    rated = known & (criterion >= 1)
    yes, no = rated & (criterion >= SATISFIED_FROM), rated & (criterion < SATISFIED_FROM)
    sides = int(yes.sum()), int(no.sum())
    if min(sides) < LEAST_PEOPLE_A_SIDE:
        return sides, None, None, 0, "too_few_satisfied" if sides[0] < LEAST_PEOPLE_A_SIDE else "too_few_unsatisfied"
    happy = (np.nan_to_num(overall) >= SATISFIED_FROM).astype(float)
    (share_yes, score_yes), (share_no, score_no) = (_share_and_score(happy, side, design) for side in (yes, no))
    variance = float(design.covariance((score_yes - score_no)[:, None])[0, 0])
    if not (score_yes.any() or score_no.any()):
        return sides, share_yes - share_no, None, 0, "no_variation"
    df = domain_degrees_of_freedom(design, rated)
    return sides, share_yes - share_no, variance**0.5, df, None if df else "no_degrees_of_freedom"


def _share_and_score(happy: FloatArray, side: BoolArray, design: Design) -> tuple[float, FloatArray]:
    """The weighted share of happy people on one side, and its linearised score."""
    member = side.astype(float)
    weight = design.weights @ member
    share = float(design.weights @ (member * happy) / weight)
    return share, member * (happy - share) / weight


def _p_value(difference: float | None, se: float | None, df: int) -> float | None:
    if difference is None or not se or not df:
        return None
    return 2 * float(special.stdtr(df, -abs(difference) / se))


def _t_interval(difference: float | None, se: float | None, df: int, *, level: float) -> tuple[float | None, float | None]:
    if difference is None or se is None or not df:
        return None, None
    half = float(special.stdtrit(df, (1 + level) / 2)) * se
    return max(difference - half, -1.0), min(difference + half, 1.0)


def _target(pooled: dict[str, Estimate], target: float | None) -> float:
    whole = next((e.index for e in pooled.values() if e.level == "overall"), None) if target is None else target
    if whole is None or not 0 <= whole <= 1:
        raise AnalysisError("target", got="none" if whole is None else f"{whole:g}", expected="0 to 1, or an index of the whole")
    return whole


def _place(found: _Ranked, estimate: Estimate, *, importance_cut: float, index_cut: float) -> Priority:
    importance, index = found.importance or 0.0, estimate.index or 0.0
    important = _side(found.importance_low, found.importance_high, importance_cut)
    if important and not found.is_related:
        important = None
    high = _side(estimate.ci_low, estimate.ci_high, index_cut)
    leaning = _QUADRANTS[importance > importance_cut, index >= index_cut]
    quadrant = "unclear" if important is None or high is None else _QUADRANTS[important, high]
    return Priority(found.key, importance, index, quadrant, leaning, importance * (1 - index))


def _side(low: float | None, high: float | None, cut: float) -> bool | None:
    """True above the cut, False below it, None where the interval does not tell."""
    if low is None or high is None or low <= cut <= high:
        return None
    return low > cut


_QUADRANTS: dict[tuple[bool, bool], Quadrant] = {
    (True, False): "work_on_first",
    (True, True): "keep_up",
    (False, False): "low_priority",
    (False, True): "more_than_needed",
}
