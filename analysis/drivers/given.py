"""What the statistics of this room are given: checked, and as arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from analysis.coding import BoolArray, FloatArray
from analysis.errors import AnalysisError
from analysis.measures import Measures
from analysis.reliability import checked_ratings

#: Every set of dimensions is a model, so their number doubles with each dimension.
MOST_DIMENSIONS = 10


def check_options(measures: Measures, *, replicates: int, confidence_level: float) -> None:
    if not 0 < confidence_level < 1:
        raise AnalysisError("confidence_level", got=f"{confidence_level:g}", expected="a number between 0 and 1, such as 0.95")
    if replicates < 2:
        raise AnalysisError("replicates", got=f"{replicates}", expected="at least 2")
    if len(measures.dimensions) > MOST_DIMENSIONS:
        raise AnalysisError("measures", got=f"{len(measures.dimensions)} dimensions", expected=f"at most {MOST_DIMENSIONS}")


def overall_ratings(measures: Measures, ratings: ArrayLike, general: str, *, rows: int) -> FloatArray:
    """(n,) overall ratings, NaN where none is valid."""
    if general not in measures.general:
        raise AnalysisError("general", got=repr(general), expected=f"one of {', '.join(measures.general) or 'none: there is none'}")
    column = checked_ratings(measures, ratings)[:, measures.rated.index(general)]
    if len(column) != rows:
        raise AnalysisError("ratings", got=f"{len(column)} rows", expected=f"{rows}, as the design")
    overall: FloatArray = np.where(column >= 1, column, np.nan)
    return overall


def mask_of(domain: ArrayLike | None, *, rows: int) -> BoolArray:
    if domain is None:
        return np.ones(rows, dtype=bool)
    mask = np.asarray(domain)
    if mask.dtype != bool or mask.shape != (rows,):
        raise AnalysisError("domain", got=f"{mask.dtype} of shape {mask.shape}", expected=f"a mask for {rows} rows")
    return mask
