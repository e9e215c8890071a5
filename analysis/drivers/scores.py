"""Each person's score of each dimension."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from analysis.coding import FloatArray
from analysis.drivers.given import mask_of
from analysis.measures import Measures
from analysis.reliability import checked_ratings


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
    inside = mask_of(domain, rows=len(array))
    valid = array >= 1
    counted = valid & inside[:, None]
    mean = np.where(counted, array, 0).sum(axis=0) / np.maximum(counted.sum(axis=0), 1)
    deviation = np.where(valid, array - mean, 0.0)
    rated = valid @ measures.criteria_in_dimension
    scores: FloatArray = np.where(rated > 0, deviation @ measures.criteria_in_dimension / np.maximum(rated, 1), np.nan)
    return scores
