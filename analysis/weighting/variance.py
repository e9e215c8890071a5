"""The index with calibrated weights, and its variance with the known counts taken into account."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.design import Design
from analysis.domains import Domains
from analysis.index import IndexTable, index_table, linearised
from analysis.measures import Measures
from analysis.totals import UnitTotals
from analysis.weighting.result import Calibration


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

    >>> from analysis import post_stratify
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
