"""Many tests at once: p-values that keep the chance of any false finding at the level."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from analysis.coding import FloatArray


def holm(p_values: ArrayLike) -> FloatArray:
    """Adjusted by Holm's step-down rule, over those that are known; NaN stays NaN.

    statsmodels' ``multipletests(method="holm")`` gives the same, and calls ``gc.collect()``: 60 ms in a process that serves pages.

    References
    ----------
    Holm (1979).

    Examples
    --------
    >>> holm([0.01, float("nan"), 0.04]).tolist()
    [0.02, nan, 0.04]
    """
    adjusted = np.asarray(p_values, dtype=float).copy()
    known = np.flatnonzero(~np.isnan(adjusted))
    order = known[np.argsort(adjusted[known], kind="stable")]
    steps = np.maximum.accumulate(np.arange(len(order), 0, -1) * adjusted[order])
    adjusted[order] = np.minimum(steps, 1.0)
    return adjusted
