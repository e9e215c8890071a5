"""Calibrated weights, the report of how they came about, and the projection that their variance needs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from analysis.coding import FloatArray
from analysis.design import Design
from analysis.errors import AnalysisError


@dataclass(frozen=True, slots=True)
class WeightReport:
    """How the weights came about, and what they cost.

    Attributes
    ----------
    converged : bool
        All margins are met within the tolerance.
    iterations : int
        Passes over all margins; 1 where the solution is direct.
    largest_difference : float
        Largest |weighted count - population count| / population count that remains over all categories.
    trimmed : int
        Weights that lie at a bound.
    not_positive : int
        Weights of 0 or less, which only linear calibration can give; no design takes them.
    smallest_ratio, largest_ratio : float
        Of new over old weights.
    design_effect : float
        Kish's n Σw² / (Σw)²: the factor by which unequal weights alone inflate a variance; 1 or more.
    n_eff : float
        n / design_effect.
    """

    converged: bool
    iterations: int
    largest_difference: float
    trimmed: int
    not_positive: int
    smallest_ratio: float
    largest_ratio: float
    design_effect: float
    n_eff: float


@dataclass(frozen=True, eq=False)
class Calibration:
    """Calibrated weights of n rows, and the projection of scores that their variance needs.

    Attributes
    ----------
    weights : (n,) float array
    auxiliaries : (n, p) sparse array
        Zeros and ones: the categories whose population counts are known.
    importance : (n,) float array
        Weights of the regression of scores on the auxiliaries.
    report : WeightReport
    """

    weights: FloatArray
    auxiliaries: csr_array
    importance: FloatArray
    report: WeightReport

    def residuals(self, scores: FloatArray) -> FloatArray:
        """(n, p) scores less their regression on the auxiliaries: what the known counts tell no longer varies.

        Examples
        --------
        >>> from analysis import post_stratify
        >>> post_stratify([1, 1, 2], cells=["a", "a", "b"], population={"a": 8, "b": 2}).residuals(np.array([[1.0], [0.0], [1.0]])).tolist()
        [[0.5], [-0.5], [0.0]]
        """
        coefficients = self._inverse_gram @ (self.auxiliaries.T @ (self.importance[:, None] * scores))
        residuals: FloatArray = scores - self.auxiliaries @ coefficients
        return residuals

    def applied_to(self, design: Design) -> Design:
        """The design with the calibrated weights. On its own it treats them as given, as most tools do.

        Raises
        ------
        AnalysisError
            Another number of rows, or a weight that is not positive.
        """
        if design.rows != len(self.weights):
            raise AnalysisError("design", got=f"{design.rows} rows", expected=f"{len(self.weights)}, as the calibration")
        if self.report.not_positive:
            row = int((self.weights <= 0).argmax())
            expected = "positive weights: use distance='raking', or fewer categories"
            raise AnalysisError("calibration", got=f"{self.weights[row]:g}", expected=expected, row=row)
        return replace(design, weights=self.weights)

    @cached_property
    def _inverse_gram(self) -> FloatArray:
        gram = (self.auxiliaries.T @ self.auxiliaries.multiply(self.importance[:, None])).toarray()
        inverse: FloatArray = np.linalg.pinv(gram, rcond=1e-12, hermitian=True)
        return inverse


def report_of(w: FloatArray, d: FloatArray, *, converged: bool, iterations: int, difference: float, trimmed: int) -> WeightReport:
    ratio = w / d
    design_effect = float(len(w) * (w @ w) / w.sum() ** 2)
    return WeightReport(
        converged=bool(converged),
        iterations=iterations,
        largest_difference=difference,
        trimmed=trimmed,
        not_positive=int((w <= 0).sum()),
        smallest_ratio=float(ratio.min()),
        largest_ratio=float(ratio.max()),
        design_effect=design_effect,
        n_eff=len(w) / design_effect,
    )
