"""Post-stratification, and calibration by either distance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from analysis.errors import AnalysisError
from analysis.weighting.margins import SAME_TOTAL, Margin, auxiliaries_of, largest_difference, positive_weights
from analysis.weighting.raking import rake
from analysis.weighting.result import Calibration, report_of

Distance = Literal["linear", "raking"]


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
        return replace(raked, importance=positive_weights(weights))
    d = positive_weights(weights)
    x, counts, _ = auxiliaries_of(variables, margins, rows=len(d))
    gram = (x.T @ x.multiply(d[:, None])).toarray()
    w = d * (1 + x @ (np.linalg.pinv(gram, rcond=1e-12, hermitian=True) @ (counts - x.T @ d)))
    difference = largest_difference(x, w, counts)
    return Calibration(w, x, d, report_of(w, d, converged=difference <= SAME_TOTAL, iterations=1, difference=difference, trimmed=0))
