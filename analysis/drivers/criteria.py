"""How much more often people satisfied with a criterion are satisfied overall."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from analysis.coding import BoolArray, FloatArray
from analysis.design import Design
from analysis.drivers.given import check_options, mask_of, overall_ratings
from analysis.drivers.relation import holm_of_known, is_positive_relation
from analysis.measures import Measures
from analysis.regression import domain_degrees_of_freedom
from analysis.reliability import checked_ratings
from analysis.totals import SATISFIED_FROM

CriterionWhy = Literal["too_few_satisfied", "too_few_unsatisfied", "no_variation", "no_degrees_of_freedom"]
#: People on each side of a criterion's comparison; below that no association is told.
LEAST_PEOPLE_A_SIDE = 10


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
    check_options(measures, replicates=2, confidence_level=confidence_level)
    overall = overall_ratings(measures, ratings, general, rows=design.rows)
    known = np.isfinite(overall) & mask_of(domain, rows=design.rows)
    matrix = checked_ratings(measures, ratings)
    compared = [_compare(matrix[:, i], overall, known, design) for i in range(len(measures.criteria))]
    p_values = holm_of_known([_p_value(difference, se, df) for _, difference, se, df, _ in compared])
    found: list[CriterionDriver] = []
    for key, dimension, (sides, difference, se, df, why), p in zip(
        measures.criteria, measures.dimension_of, compared, p_values, strict=True
    ):
        low, high = _t_interval(difference, se, df, level=confidence_level)
        related = is_positive_relation(difference, p, confidence_level)
        found.append(CriterionDriver(key, dimension, *sides, difference, se, low, high, p, related, why))
    return tuple(found)


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
