"""Weights that meet known population counts, and what that does to the variance of an index.

`post_stratify`, `rake` and `calibrate` give a `Calibration`: new weights, a report of how they came about, and the projection
that takes the known counts into account when a variance is computed; `calibrated_index_table` applies it.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array, hstack

from analysis.coding import FloatArray, IntArray, codes_of
from analysis.design import Design
from analysis.domains import Domains
from analysis.errors import AnalysisError
from analysis.index import IndexTable, index_table, linearised
from analysis.measures import Measures
from analysis.totals import UnitTotals

Distance = Literal["linear", "raking"]
#: Population count of each category.
Margin = Mapping[Any, float]
#: Margins of one population may differ by rounding in binary, not by rounding to whole people.
SAME_TOTAL = 1e-9


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


def post_stratify(weights: ArrayLike, *, cells: ArrayLike, population: Margin) -> Calibration:
    """Weights whose sum in each cell is the cell's population count: w_i = d_i N_c / Σ_c d.

    Parameters
    ----------
    weights : (n,) floats
        Design weights d, positive; ones where every respondent counts alike.
    cells : (n,) labels
    population : mapping
        Cell → population count, positive; exactly the cells of the sample.

    Returns
    -------
    Calibration

    Raises
    ------
    AnalysisError
        A weight or a count that is not positive; a cell of the sample without a count, or a count without a respondent.

    References
    ----------
    Holt and Smith (1979); R survey, ``postStratify``.

    Examples
    --------
    >>> post_stratify([1, 1, 2], cells=["a", "a", "b"], population={"a": 8, "b": 2}).weights.tolist()
    [4.0, 4.0, 2.0]
    """
    return calibrate(weights, variables={"cells": cells}, margins={"cells": population})


def calibrate(
    weights: ArrayLike, *, variables: Mapping[str, ArrayLike], margins: Mapping[str, Margin], distance: Distance = "linear"
) -> Calibration:
    """Weights nearest to the design weights that meet every margin.

    Linear (GREG): w = d (1 + xᵀλ), λ = (Σ d x xᵀ)⁻¹ (T - Σ d x), x the indicators of the categories and T their counts.
    Raking: w = d exp(xᵀλ), always positive. Either way the variance is that of the residuals of the regression of the
    linearised scores on x, weighted with d.

    Parameters
    ----------
    weights : (n,) floats
        Design weights d, positive.
    variables : mapping
        Variable → (n,) labels.
    margins : mapping
        Variable → (category → population count), the same variables and exactly the categories of the sample.
    distance : {"linear", "raking"}

    Returns
    -------
    Calibration
        Linear weights may be negative: see `WeightReport.not_positive`.

    Raises
    ------
    AnalysisError
        As `rake`; an unknown distance.

    References
    ----------
    Deville and Särndal (1992); Deville, Särndal and Sautory (1993); R survey, ``calibrate(calfun=)``.

    Examples
    --------
    >>> who = {"sex": ["F", "F", "M", "M"], "age": ["young", "old", "young", "old"]}
    >>> known = {"sex": {"F": 60, "M": 40}, "age": {"young": 50, "old": 50}}
    >>> calibrate([1, 1, 1, 1], variables=who, margins=known).weights.round(6).tolist()
    [30.0, 30.0, 20.0, 20.0]
    """
    if distance not in get_args(Distance):
        raise AnalysisError("distance", got=repr(distance), expected=f"one of {', '.join(get_args(Distance))}")
    if distance == "raking":
        raked = rake(weights, variables=variables, margins=margins)
        return replace(raked, importance=_positive_weights(weights))
    d = _positive_weights(weights)
    x, counts, _ = _auxiliaries(variables, margins, rows=len(d))
    gram = (x.T @ x.multiply(d[:, None])).toarray()
    w = d * (1 + x @ (np.linalg.pinv(gram, rcond=1e-12, hermitian=True) @ (counts - x.T @ d)))
    difference = _largest_difference(x, w, counts)
    return Calibration(w, x, d, _report(w, d, converged=difference <= SAME_TOTAL, iterations=1, difference=difference, trimmed=0))


def rake(
    weights: ArrayLike,
    *,
    variables: Mapping[str, ArrayLike],
    margins: Mapping[str, Margin],
    lowest: float | None = None,
    highest: float | None = None,
    tolerance: float = 1e-12,
    max_iterations: int = 1000,
) -> Calibration:
    """Weights that meet several margins, by iterative proportional fitting, with trimming.

    Each pass fits every margin in turn: w_i ← w_i N_c / Σ_c w. With bounds every pass ends by cutting the weights to them, so that
    bounds and margins hold together where that is possible; where it is not, the report says so.

    Parameters
    ----------
    weights : (n,) floats
        Design weights, positive.
    variables : mapping
        Variable → (n,) labels.
    margins : mapping
        Variable → (category → population count), the same variables and exactly the categories of the sample.
    lowest, highest : float, optional
        Bounds of a weight as multiples of the mean weight (below 1; above 1). 5 is a usual `highest`.
    tolerance : float
        Largest relative difference from a count with which the weights are done.
    max_iterations : int

    Returns
    -------
    Calibration
        `report.converged` is False where the margins contradict each other in this sample, or the bounds are too tight.

    Raises
    ------
    AnalysisError
        A weight or count that is not positive; margins of other variables than `variables`; a category of the sample missing
        from its margin or the other way round; margins that do not add up to the same population; bounds that hold no mean.

    Notes
    -----
    The variance is that of R's ``rake``: the residuals of an unweighted regression of the scores on all categories.
    ``calibrate(distance="raking")`` gives the same weights, with the regression weighted by the design weights
    (docs/decisions/0050).

    References
    ----------
    Deming and Stephan (1940); trimming in each pass: Izrael, Battaglia and Frankel (2009); R survey, ``rake``.

    Examples
    --------
    >>> who = {"sex": ["F", "F", "M", "M"], "age": ["young", "old", "young", "old"]}
    >>> known = {"sex": {"F": 60, "M": 40}, "age": {"young": 50, "old": 50}}
    >>> raked = rake([1, 1, 1, 1], variables=who, margins=known)
    >>> raked.weights.round(6).tolist(), raked.report.converged, round(raked.report.design_effect, 4)
    ([30.0, 30.0, 20.0, 20.0], True, 1.04)
    """
    d = _positive_weights(weights)
    x, counts, fits = _auxiliaries(variables, margins, rows=len(d))
    low, high = _bounds(lowest, highest, mean=float(fits[0][1].sum()) / len(d))
    w, iterations, difference = d, 0, _largest_difference(x, d, counts)
    while difference > tolerance and iterations < max_iterations:
        for codes, count in fits:
            w = w * (count / np.bincount(codes, w))[codes]
        w = np.clip(w, low, high)
        iterations, difference = iterations + 1, _largest_difference(x, w, counts)
    trimmed = int(((w <= low) | (w >= high)).sum())
    report = _report(w, d, converged=difference <= tolerance, iterations=iterations, difference=difference, trimmed=trimmed)
    return Calibration(w, x, np.ones(len(d)), report)


def calibrated_index_table(
    totals: UnitTotals, *, measures: Measures, design: Design, domains: Domains, calibration: Calibration
) -> IndexTable:
    """The index with calibrated weights, and its variance with the known counts taken into account.

    The linearised scores z of a domain (`analysis.index`) are replaced by their residuals on the auxiliaries before the
    design's covariance is taken. Rows outside the domain have residuals too: their counts are as well known.

    Parameters
    ----------
    totals : UnitTotals
        One row a respondent.
    measures : Measures
    design : Design
        With the design weights; `calibration` replaces them.
    domains : Domains
    calibration : Calibration
        Of the same n rows.

    Returns
    -------
    IndexTable
        As `index_table`; ``variance`` and ``deff`` differ from those that take the weights as given.

    Raises
    ------
    AnalysisError
        Numbers of rows that differ, or a calibrated weight that is not positive.

    References
    ----------
    Deville and Särndal (1992), section 5; Särndal, Swensson and Wretman (1992), 6.6 and 7.9; R survey, ``svyrecvar``.

    Examples
    --------
    Who is satisfied follows from the cell, and the cells' sizes are known: nothing is left to vary.

    >>> m = Measures.of({"A1": "A"})
    >>> totals = UnitTotals.from_ratings(m, [[5], [4], [2], [1]])
    >>> known = post_stratify([1, 1, 1, 1], cells=["a", "a", "b", "b"], population={"a": 30, "b": 10})
    >>> table = calibrated_index_table(totals, measures=m, design=Design.of(4), domains=Domains.whole(4), calibration=known)
    >>> table.share.tolist()[0][0], table.variance.tolist()[0][0]
    (0.75, 0.0)
    """
    weighted = calibration.applied_to(design)
    fixed = index_table(totals, measures=measures, design=weighted, domains=domains)
    weights = weighted.weights[domains.row, None]
    y, x = weights * totals.satisfied[domains.row], weights * totals.valid[domains.row]
    scores = linearised(measures, y, x, domain=domains.domain, domains=domains.count)[1] / weights
    variance = np.empty(fixed.variance.shape)
    for domain in range(domains.count):
        inside = domains.domain == domain
        everyone = np.zeros((totals.rows, scores.shape[1]))
        everyone[domains.row[inside]] = scores[inside]
        variance[domain] = np.diag(weighted.covariance(calibration.residuals(everyone)))
    variance[np.isnan(fixed.variance)] = np.nan
    change = np.divide(variance, fixed.variance, out=np.ones(variance.shape), where=fixed.variance > 0)
    return replace(fixed, variance=variance, deff=fixed.deff * change)


def _positive_weights(weights: ArrayLike) -> FloatArray:
    array = np.asarray(weights, dtype=float)
    if array.ndim != 1:
        raise AnalysisError("weights", got=f"shape {array.shape}", expected="one number for each row")
    return Design.of(len(array), weights=array).weights


def _auxiliaries(
    variables: Mapping[str, ArrayLike], margins: Mapping[str, Margin], *, rows: int
) -> tuple[csr_array, FloatArray, list[tuple[IntArray, FloatArray]]]:
    """Indicators of all categories, their population counts, and both variable by variable as codes and counts."""
    if not margins or set(margins) != set(variables):
        raise AnalysisError("margins", got=f"margins of {_named(margins)}", expected=f"one margin for each of {_named(variables)}")
    fits = [_fit(name, variables[name], margins[name], rows=rows) for name in margins]
    sizes = {name: float(counts.sum()) for name, (_, counts) in zip(margins, fits, strict=True)}
    first = next(iter(sizes))
    for name, size in sizes.items():
        if abs(size - sizes[first]) > SAME_TOTAL * sizes[first]:
            got = f"{size:.10g} in all for {name!r}"
            raise AnalysisError("margins", got=got, expected=f"{sizes[first]:.10g}, as {first!r}: every margin counts the same population")
    fits = [(codes, counts * (sizes[first] / counts.sum())) for codes, counts in fits]
    indicators = [csr_array((np.ones(rows), (np.arange(rows), codes)), shape=(rows, len(counts))) for codes, counts in fits]
    return csr_array(hstack(indicators)), np.concatenate([counts for _, counts in fits]), fits


def _fit(name: str, labels: ArrayLike, margin: Margin, *, rows: int) -> tuple[IntArray, FloatArray]:
    """Codes of one variable and the population count of each code."""
    argument = f"margins[{name!r}]"
    codes, values = codes_of(f"variables[{name!r}]", labels, rows=rows)
    found: list[Hashable] = values.tolist()
    for category in found:
        if category not in margin:
            raise AnalysisError(argument, got=f"no count of {category!r}", expected="a population count for each category of the sample")
    for category, count in margin.items():
        if category not in set(found):
            raise AnalysisError(
                argument, got=f"{category!r}, of whom the sample has nobody", expected="only categories of the sample: merge"
            )
        if not (np.isfinite(count) and count > 0):
            raise AnalysisError(argument, got=f"{count:g} for {category!r}", expected="a positive population count")
    return codes, np.array([float(margin[category]) for category in found])


def _named(mapping: Mapping[str, object]) -> str:
    return ", ".join(map(repr, mapping)) or "nothing"


def _bounds(lowest: float | None, highest: float | None, *, mean: float) -> tuple[float, float]:
    if lowest is not None and not 0 <= lowest < 1:
        raise AnalysisError("lowest", got=f"{lowest:g}", expected="a multiple of the mean weight from 0 to below 1")
    if highest is not None and not highest > 1:
        raise AnalysisError("highest", got=f"{highest:g}", expected="a multiple of the mean weight above 1")
    return (0.0 if lowest is None else lowest * mean), (np.inf if highest is None else highest * mean)


def _largest_difference(x: csr_array, w: FloatArray, counts: FloatArray) -> float:
    return float(np.abs(x.T @ w / counts - 1).max())


def _report(w: FloatArray, d: FloatArray, *, converged: bool, iterations: int, difference: float, trimmed: int) -> WeightReport:
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
