"""Do the criteria of a dimension measure one thing, and what does each of them add? Unweighted: it is the form that is judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from analysis.coding import BoolArray, FloatArray
from analysis.errors import AnalysisError
from analysis.measures import Measures
from analysis.totals import HIGHEST, SATISFIED_FROM

Coding = Literal["ordinal", "binary"]
ReliabilityWhy = Literal["too_few_criteria", "too_few_people", "no_variation"]
ItemWhy = Literal["no_valid_answers", "too_few_criteria", "never_asked_together", "too_few_people", "no_variation"]

#: A correlation of fewer people than this is not told.
LEAST_PEOPLE = 3
#: Smallest unique share of a criterion's variance in the factor model, as in R's factanal.
_LEAST_UNIQUE = 0.005


@dataclass(frozen=True, slots=True)
class Reliability:
    """How far a dimension's criteria agree.

    Attributes
    ----------
    key : str
        The dimension, or the whole.
    criteria : int
    people : int
        Those who gave a valid rating to every criterion; nobody, where all answered short forms.
    alpha, alpha_standardised : float or None
        Cronbach's alpha of the ratings, and of the ratings in standard deviations; at most 1, may be negative.
    mean_correlation : float or None
        Mean correlation between two criteria, -1 to 1.
    omega : float or None
        McDonald's omega of one factor, 0 to 1; needs three criteria, and more people than criteria.
    why : str or None
        Why something is None: ``too_few_criteria``, ``too_few_people`` (fewer than 3 complete answers; for omega
        no more than criteria), ``no_variation`` (a criterion on which all agree, or criteria whose sum is the same
        for all; `alpha` is told where the sum varies).
    """

    key: str
    criteria: int
    people: int
    alpha: float | None
    alpha_standardised: float | None
    mean_correlation: float | None
    omega: float | None
    why: ReliabilityWhy | None


@dataclass(frozen=True, slots=True)
class ItemStatistics:
    """One criterion: how it was answered, and how it goes with the others of its dimension.

    Attributes
    ----------
    key, dimension : str
    asked : int
        People who were asked: a rating or no opinion.
    answers : int
        Valid ratings.
    no_opinion_share : float or None
        Of those asked, 0 to 1.
    mean, satisfied_share, floor_share, ceiling_share : float or None
        Of the valid ratings: their mean (1 to 5), and the shares that are 4 or 5, that are 1, that are 5.
    standard_deviation : float or None
        With divisor n - 1; None for fewer than two ratings.
    people_in_pairs : int
        The fewest people who rated the same two criteria of the dimension; 0 on short forms, which ask one of each dimension.
    item_total : float or None
        Correlation with the sum of the dimension's other criteria, -1 to 1, from pairwise covariances.
    alpha_if_dropped : float or None
        Alpha of the dimension without this criterion, from pairwise covariances; needs three criteria.
    why : str or None
        Why something is None: ``no_valid_answers``; ``too_few_criteria``; ``never_asked_together`` (on short forms nobody rates two
        criteria of a dimension, so no correlation within it can be told; all other numbers can); ``too_few_people`` (fewer than 3
        rated some pair); ``no_variation``.
    """

    key: str
    dimension: str
    asked: int
    answers: int
    no_opinion_share: float | None
    mean: float | None
    satisfied_share: float | None
    floor_share: float | None
    ceiling_share: float | None
    standard_deviation: float | None
    people_in_pairs: int
    item_total: float | None
    alpha_if_dropped: float | None
    why: ItemWhy | None


def dimension_reliability(measures: Measures, ratings: ArrayLike, *, coding: Coding = "ordinal") -> tuple[Reliability, ...]:
    """Cronbach's alpha and McDonald's omega of each dimension and of the whole, from complete answers.

    With the covariance matrix C of k criteria: alpha = k/(k-1) (1 - tr C / Σ C). Omega: the loadings l and unique variances u of one
    factor by maximum likelihood give (Σ l)² / ((Σ l)² + Σ u).

    Parameters
    ----------
    measures : Measures
    ratings : (n, R) numbers
        Columns as `Measures.rated`; 1 to 5, 0 for no opinion, NaN for not asked. General questions are passed over.
    coding : {"ordinal", "binary"}
        The ratings as they are, or satisfied against not.

    Returns
    -------
    tuple of Reliability
        The dimensions in the order of `Measures.dimensions`, then the whole.

    Raises
    ------
    AnalysisError
        A rating that is not 0 to 5 or NaN, a wrong shape, or an unknown coding.

    References
    ----------
    Cronbach (1951); McDonald (1999), chapter 6; Jöreskog (1967), for the likelihood; R psych, ``alpha``.

    Examples
    --------
    >>> m = Measures.of({"A1": "A", "A2": "A", "A3": "A"})
    >>> a, whole = dimension_reliability(m, [[5, 4, 5], [4, 4, 4], [2, 3, 2], [5, 5, 4], [3, 3, 3], [4, 5, 5]])
    >>> a.people, round(a.alpha, 3), round(a.omega, 3)
    (6, 0.915, 0.928)
    """
    if coding not in ("ordinal", "binary"):
        raise AnalysisError("coding", got=repr(coding), expected="'ordinal' or 'binary'")
    valid = _valid(checked_ratings(measures, ratings))[:, : len(measures.criteria)]
    coded = np.where(np.isnan(valid), np.nan, valid >= SATISFIED_FROM) if coding == "binary" else valid
    whole = np.ones(len(measures.criteria), dtype=bool)
    parts = [*zip(measures.dimensions, measures.criteria_in_dimension.T > 0, strict=True), (measures.overall, whole)]
    return tuple(_reliability(key, coded[:, members]) for key, members in parts)


def item_statistics(measures: Measures, ratings: ArrayLike) -> tuple[ItemStatistics, ...]:
    """How each criterion was answered and how it goes with the rest of its dimension; for full and short forms and both together.

    Correlations use every pair of answers that exists (pairwise): with c_ij the covariance over people who rated i and j, the
    correlation of i with the rest of its dimension is Σ_j c_ij / √(c_ii Σ_jk c_jk), j and k over the rest.

    Parameters
    ----------
    measures : Measures
    ratings : (n, R) numbers
        Columns as `Measures.rated`; 1 to 5, 0 for no opinion, NaN for not asked.

    Returns
    -------
    tuple of ItemStatistics
        One for each of `Measures.criteria`.

    Raises
    ------
    AnalysisError
        A rating that is not 0 to 5 or NaN, or a wrong shape.

    References
    ----------
    Nunnally and Bernstein (1994), chapters 6 and 8; R psych, ``alpha`` (r.drop, alpha.drop).

    Examples
    --------
    >>> m = Measures.of({"A1": "A", "A2": "A"})
    >>> a1, a2 = item_statistics(m, [[5, 4], [4, 4], [2, 1], [0, 5]])
    >>> a1.no_opinion_share, a1.people_in_pairs, round(a1.item_total, 3), a1.why
    (0.25, 3, 0.945, 'too_few_criteria')
    >>> item_statistics(m, [[5, None], [None, 4]])[0].why
    'never_asked_together'
    """
    matrix = checked_ratings(measures, ratings)[:, : len(measures.criteria)]
    found: list[ItemStatistics] = []
    for i, (key, dimension) in enumerate(zip(measures.criteria, measures.dimension_of, strict=True)):
        members = np.array([other == dimension for other in measures.dimension_of])
        found.append(_item(key, dimension, matrix[:, i], _valid(matrix[:, members]), place=int(members[:i].sum())))
    return tuple(found)


def checked_ratings(measures: Measures, ratings: ArrayLike) -> FloatArray:
    """The ratings as floats: 1 to 5, 0 (no opinion) or NaN (not asked), with the columns of `Measures.rated`.

    Raises
    ------
    AnalysisError
        Another number, or another shape.
    """
    array = np.asarray(ratings, dtype=float)
    if array.ndim != 2 or array.shape[1] != len(measures.rated):
        raise AnalysisError("ratings", got=f"shape {array.shape}", expected=f"(n, {len(measures.rated)}), as Measures.rated")
    wrong = ~(np.isnan(array) | np.isin(array, np.arange(HIGHEST + 1)))
    if wrong.any():
        row, column = (int(i) for i in np.argwhere(wrong)[0])
        got = f"{array[row, column]:g} for {measures.rated[column]}"
        raise AnalysisError("ratings", got=got, expected="1 to 5, 0 for no opinion, NaN for not asked", row=row)
    return array


def _valid(ratings: FloatArray) -> FloatArray:
    valid: FloatArray = np.where(ratings >= 1, ratings, np.nan)
    return valid


def _reliability(key: str, answers: FloatArray) -> Reliability:
    complete = answers[np.isfinite(answers).all(axis=1)]
    people, k = complete.shape
    if k < 2 or people < LEAST_PEOPLE:
        return Reliability(key, k, people, None, None, None, None, "too_few_criteria" if k < 2 else "too_few_people")
    covariance = np.cov(complete, rowvar=False)
    spread = np.sqrt(np.diag(covariance))
    if (spread == 0).any():
        return Reliability(key, k, people, _alpha(covariance), None, None, None, "no_variation")
    correlation = covariance / np.outer(spread, spread)
    mean = float((correlation.sum() - k) / (k * (k - 1)))
    alphas = _alpha(covariance), _alpha(correlation)
    if None in alphas:
        return Reliability(key, k, people, *alphas, mean, None, "no_variation")
    if k < 3 or people <= k:
        return Reliability(key, k, people, *alphas, mean, None, "too_few_criteria" if k < 3 else "too_few_people")
    return Reliability(key, k, people, *alphas, mean, _omega(correlation, spread), None)


def _alpha(covariance: FloatArray) -> float | None:
    k, total, parts = len(covariance), float(covariance.sum()), float(np.trace(covariance))
    return k / (k - 1) * (1 - parts / total) if total > 1e-9 * parts else None


def _omega(correlation: FloatArray, spread: FloatArray) -> float:
    """Maximum likelihood over the unique variances, the loadings being the best for them (Jöreskog 1967; R: factanal)."""
    k = len(correlation)
    regular = correlation + 1e-9 * np.eye(k)  # criteria that follow from each other exactly have no likelihood otherwise

    def factor(unique: FloatArray) -> tuple[FloatArray, FloatArray]:
        values, vectors = np.linalg.eigh(regular / np.sqrt(np.outer(unique, unique)))
        return values, vectors[:, -1] * np.sqrt(max(values[-1] - 1, 0.0) * unique)

    def misfit(unique: FloatArray) -> tuple[float, FloatArray]:
        values, loadings = factor(unique)
        rest = values[:-1]
        return float((rest - np.log(rest) - 1).sum()), (loadings**2 + unique - 1) / unique**2

    found = optimize.minimize(
        misfit,
        np.full(k, 0.5),
        jac=True,
        method="L-BFGS-B",
        bounds=[(_LEAST_UNIQUE, 1)] * k,
        options={"ftol": 1e-12, "gtol": 1e-8, "maxiter": 200},
    )
    common = float(factor(found.x)[1] @ spread) ** 2
    return common / (common + float(found.x @ spread**2))


def _item(key: str, dimension: str, column: FloatArray, answers: FloatArray, *, place: int) -> ItemStatistics:
    asked, rated = int(np.isfinite(column).sum()), column[column >= 1]
    n = len(rated)
    people = _people_in_pairs(answers)
    item_total, alpha, why = _with_the_rest(answers, people, place)
    return ItemStatistics(
        key=key,
        dimension=dimension,
        asked=asked,
        answers=n,
        no_opinion_share=1 - n / asked if asked else None,
        mean=float(rated.mean()) if n else None,
        satisfied_share=_share(rated >= SATISFIED_FROM),
        floor_share=_share(rated == 1),
        ceiling_share=_share(rated == HIGHEST),
        standard_deviation=float(rated.std(ddof=1)) if n > 1 else None,
        people_in_pairs=int(people),
        item_total=item_total,
        alpha_if_dropped=alpha,
        why=why if n else "no_valid_answers",
    )


def _share(chosen: BoolArray) -> float | None:
    return float(chosen.mean()) if len(chosen) else None


def _people_in_pairs(answers: FloatArray) -> int:
    known = np.isfinite(answers).astype(float)
    together = known.T @ known
    pairs = together[~np.eye(len(together), dtype=bool)]
    return int(pairs.min()) if pairs.size else 0


def _with_the_rest(answers: FloatArray, people: int, place: int) -> tuple[float | None, float | None, ItemWhy | None]:
    """Item-total correlation and alpha without the criterion, or why not."""
    k = answers.shape[1]
    if k < 2:
        return None, None, "too_few_criteria"
    if people < LEAST_PEOPLE:
        return None, None, "too_few_people" if people else "never_asked_together"
    covariance = _pairwise_covariance(answers)
    rest = np.delete(np.delete(covariance, place, axis=0), place, axis=1)
    own, of_rest, shared = covariance[place, place], rest.sum(), np.delete(covariance[place], place).sum()
    if own <= 1e-12 or of_rest <= 1e-9 * max(np.trace(rest), 1e-3):  # noise of floats is no variation
        return None, None, "no_variation"
    correlation = float(np.clip(shared / np.sqrt(own * of_rest), -1, 1))  # covariances of different people may contradict each other
    return (correlation, None, "too_few_criteria") if k < 3 else (correlation, _alpha(rest), None)


def _pairwise_covariance(answers: FloatArray) -> FloatArray:
    """Of each two columns, over the rows that have both."""
    known = np.isfinite(answers).astype(float)
    deviation = np.nan_to_num(answers - np.nanmean(answers, axis=0))
    n = known.T @ known
    sums = deviation.T @ known
    covariance: FloatArray = (deviation.T @ deviation - sums * sums.T / n) / (n - 1)
    return covariance
