"""How clean forms look: one latent attitude behind a person's ratings, the desk's own distribution, a correlation pooled over desks.

A rating of criterion j at desk g is at most r where √ρ z + √(1-ρ) e ≤ T_gr + δ_j; z of the person and e of the answer are standard normal.
T_g are the probits of the desk's own distribution, so a good desk is not suspicious for being good; δ_j is the criterion's, ρ that of all
desks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from analysis.coding import BoolArray, FloatArray, IntArray, codes_of
from analysis.errors import AnalysisError
from analysis.quality.flag import LEAST_FORMS, sums

#: Gauss-Hermite nodes and weights of the person's standard normal; 41 hold products of 23 answers to about 1e-4.
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(41)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()
_CORRELATIONS = np.linspace(0.0, 0.98, 50)
_SMALLEST = 1e-300
RATINGS = np.arange(1, 6)


@dataclass(frozen=True, eq=False)
class RatingModel:
    """What clean forms of each desk would look like; make one with `RatingModel.fit`.

    Attributes
    ----------
    ratings : (n, R) int array
        1 to 5; 0 is not asked or not answered.
    desk : (n,) int array
        The desk of each form, an index into `desks`.
    desks : (D,) array
        The desks' labels.
    thresholds : (D, 4) float array
        T_gr, probits of the desk's shares of ratings at most 1, 2, 3, 4.
    shift : (R,) float array
        δ_j, how much harder a criterion is than the mean one.
    correlation : float
        ρ, latent correlation of two answers of one person, 0 to 0.98; the median over desks, so that stuffed ones do not set it.
    """

    ratings: NDArray[np.int8]
    desk: IntArray
    desks: NDArray[Any]
    thresholds: FloatArray
    shift: FloatArray
    correlation: float

    @classmethod
    def fit(cls, ratings: ArrayLike, desks: ArrayLike) -> Self:
        """Fit the model to a wave.

        Parameters
        ----------
        ratings : (n, R) array_like
            One row a form, columns in the order of the questionnaire (dimension by dimension); 1 to 5, 0 or NaN where not asked or not
            answered. Short and full forms stand in one matrix.
        desks : (n,) labels

        Returns
        -------
        RatingModel

        Raises
        ------
        AnalysisError
            A rating outside 0 to 5, or labels that do not fit.

        Notes
        -----
        The desk's distribution is shrunk by one answer towards that of all desks, so that no probit is infinite. ρ_g solves
        "mean product of two answers' deviations = what the model gives"; ρ is the median of the ρ_g weighted by forms.

        References
        ----------
        Ordinal factor model with one loading: Muthén (1984); polychoric moments: Olsson (1979).

        Examples
        --------
        >>> model = RatingModel.fit([[5, 4, 0], [4, 4, 0], [2, 0, 3], [5, 5, 0]] * 5, ["x"] * 20)
        >>> model.thresholds.shape, model.shift.shape, 0 <= model.correlation < 1
        ((1, 4), (3,), True)
        """
        matrix = _matrix(ratings)
        desk, labels = codes_of("desks", desks, rows=len(matrix))
        at_most = _at_most(matrix)
        answers = (matrix > 0).astype(float)
        by_criterion, asked = at_most.sum(axis=0), answers.sum(axis=0)
        pooled = (by_criterion.sum(axis=0) + RATINGS[:4] / 5) / (asked.sum() + 1)
        thresholds = _desk_thresholds(at_most.sum(axis=1), answers.sum(axis=1), desk, len(labels), pooled)
        shift = _shifts(by_criterion, asked, pooled)
        model = cls(matrix, desk, labels, thresholds, shift, 0.0)
        return cls(matrix, desk, labels, thresholds, shift, _median_correlation(model))

    @cached_property
    def answers(self) -> IntArray:
        """(n,) answers on each form."""
        count: IntArray = (self.ratings > 0).sum(axis=1).astype(np.int64)
        return count

    @cached_property
    def forms(self) -> IntArray:
        """(D,) forms of each desk."""
        count: IntArray = np.bincount(self.desk, minlength=len(self.desks)).astype(np.int64)
        return count

    @cached_property
    def answered_sets(self) -> tuple[BoolArray, IntArray]:
        """The different sets of answered criteria, (S, R), and the set of each form, (n,)."""
        packed = np.packbits(self.ratings > 0, axis=1)
        _, first, of_form = np.unique(packed, axis=0, return_index=True, return_inverse=True)
        sets: BoolArray = self.ratings[first] > 0
        return sets, of_form.reshape(-1).astype(np.int64)

    def expected_at_most(self, desk: int) -> FloatArray:
        """(R, 4) shares of ratings at most 1 … 4 of each criterion at a desk."""
        shares: FloatArray = special.ndtr(self.thresholds[desk] + self.shift[:, None])
        return shares

    def chances(self, thresholds: FloatArray) -> FloatArray:
        """(R, 5, nodes) probability of each rating of each criterion, given the person's attitude."""
        return chances(thresholds + self.shift[:, None], self.correlation)


def chances(thresholds: FloatArray, correlation: float) -> FloatArray:
    """(R, 5, nodes) probabilities of the ratings from (R, 4) thresholds, given the person's attitude at each node."""
    below = special.ndtr((thresholds[..., None] - np.sqrt(correlation) * _NODES) / np.sqrt(1 - correlation))
    edge = np.zeros((len(thresholds), 1, len(_NODES)))
    found: FloatArray = np.maximum(np.diff(np.concatenate([edge, below, edge + 1], axis=1), axis=1), _SMALLEST)
    return found


def over_people(log_chances: FloatArray) -> FloatArray:
    """Expectation over people of exp(log_chances), nodes along the last axis."""
    mean: FloatArray = np.exp(log_chances) @ _WEIGHTS
    return mean


def _matrix(ratings: ArrayLike) -> NDArray[np.int8]:
    matrix = np.asarray(ratings, dtype=float)
    if matrix.ndim != 2:
        raise AnalysisError("ratings", got=f"shape {matrix.shape}", expected="one row a form, one column a criterion")
    matrix = np.where(np.isnan(matrix), 0, matrix)
    wrong = ~np.isin(matrix, np.arange(6))
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise AnalysisError("ratings", got=f"{matrix[row, column]:g}", expected="1 to 5, or 0 or NaN for no answer", row=int(row))
    return matrix.astype(np.int8)


def _at_most(matrix: NDArray[np.int8]) -> FloatArray:
    """(n, R, 4) whether an answer is at most 1, 2, 3, 4."""
    return ((matrix[..., None] > 0) & (matrix[..., None] <= RATINGS[:4])).astype(float)


def _desk_thresholds(at_most: FloatArray, answers: FloatArray, desk: IntArray, desks: int, pooled: FloatArray) -> FloatArray:
    counts = np.column_stack([sums(column, desk, desks) for column in at_most.T])
    shares = (counts + pooled) / (sums(answers, desk, desks) + 1)[:, None]
    probits: FloatArray = special.ndtri(shares)
    return probits


def _shifts(by_criterion: FloatArray, asked: FloatArray, pooled: FloatArray) -> FloatArray:
    """Probit distance of each criterion's distribution from the pooled one, thresholds in the middle weighing most."""
    shares = (by_criterion + pooled) / (asked + 1)[:, None]
    weights = pooled * (1 - pooled)
    shifts: FloatArray = (special.ndtri(shares) - special.ndtri(pooled)) @ (weights / weights.sum())
    return shifts


def _median_correlation(model: RatingModel) -> float:
    """The weighted median of the desks' correlations; 0 where no desk has enough forms of two answers."""
    product, pairs = _pair_products(model)
    enough = (pairs > 0) & (model.forms >= LEAST_FORMS)
    if not enough.any():
        return 0.0
    found = np.array([_correlation(model.thresholds[g], product[g] / pairs[g]) for g in np.flatnonzero(enough)])
    order = np.argsort(found)
    weight = np.cumsum(model.forms[enough][order])
    return float(found[order][np.searchsorted(weight, weight[-1] / 2)])


def _pair_products(model: RatingModel) -> tuple[FloatArray, FloatArray]:
    """Sums over the ordered pairs of a form's answers of the product of their deviations, and the number of pairs, by desk."""
    means = np.array([5 - model.expected_at_most(g).sum(axis=1) for g in range(len(model.desks))]).reshape(-1, model.ratings.shape[1])
    deviation = np.where(model.ratings > 0, model.ratings - means[model.desk], 0.0)
    product = deviation.sum(axis=1) ** 2 - (deviation**2).sum(axis=1)
    pairs = model.answers * (model.answers - 1)
    return sums(product, model.desk, len(model.desks)), sums(pairs, model.desk, len(model.desks))


def _correlation(thresholds: FloatArray, covariance: float) -> float:
    """The latent correlation at which two answers have this covariance: the variance over people of the expected rating."""
    common, own = np.sqrt(_CORRELATIONS), np.sqrt(1 - _CORRELATIONS)
    below = special.ndtr((thresholds[:, None] - common[:, None, None] * _NODES) / own[:, None, None])
    mean = 5 - below.sum(axis=1)
    return float(np.interp(covariance, mean**2 @ _WEIGHTS - (mean @ _WEIGHTS) ** 2, _CORRELATIONS))
