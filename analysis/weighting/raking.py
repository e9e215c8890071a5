"""Iterative proportional fitting, with trimming."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from analysis.errors import AnalysisError
from analysis.weighting.margins import Margin, auxiliaries_of, largest_difference, positive_weights
from analysis.weighting.result import Calibration, report_of


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
    d = positive_weights(weights)
    x, counts, fits = auxiliaries_of(variables, margins, rows=len(d))
    low, high = _bounds(lowest, highest, mean=float(fits[0][1].sum()) / len(d))
    w, iterations, difference = d, 0, largest_difference(x, d, counts)
    while difference > tolerance and iterations < max_iterations:
        for codes, count in fits:
            w = w * (count / np.bincount(codes, w))[codes]
        w = np.clip(w, low, high)
        iterations, difference = iterations + 1, largest_difference(x, w, counts)
    trimmed = int(((w <= low) | (w >= high)).sum())
    report = report_of(w, d, converged=difference <= tolerance, iterations=iterations, difference=difference, trimmed=trimmed)
    return Calibration(w, x, np.ones(len(d)), report)


def _bounds(lowest: float | None, highest: float | None, *, mean: float) -> tuple[float, float]:
    if lowest is not None and not 0 <= lowest < 1:
        raise AnalysisError("lowest", got=f"{lowest:g}", expected="a multiple of the mean weight from 0 to below 1")
    if highest is not None and not highest > 1:
        raise AnalysisError("highest", got=f"{highest:g}", expected="a multiple of the mean weight above 1")
    return (0.0 if lowest is None else lowest * mean), (np.inf if highest is None else highest * mean)
