"""How the indices of domains vary together: what differences, ranks and comparisons with the whole rest on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array

from analysis.coding import BoolArray, FloatArray
from analysis.design import Design, Stage
from analysis.domains import Domains
from analysis.errors import AnalysisError
from analysis.index import linearised
from analysis.measures import Measures
from analysis.totals import UnitTotals


def index_covariance(
    totals: UnitTotals, *, measures: Measures, design: Design, domains: Domains, columns: Sequence[int] | None = None
) -> FloatArray:
    """Linearised covariance of the indices of every two domains.

    With z_i(a) the linearised score of row i in domain a, 0 outside of it, cov(R_a, R_b) is the design's covariance of the
    totals of z(a) and z(b). Domains that share sampling units (an agency and the whole, two waves at one desk) vary together;
    domains in strata of their own do not.

    Parameters
    ----------
    totals : UnitTotals
        n rows.
    measures : Measures
    design : Design
        Over the same n rows.
    domains : Domains
        G domains over the same n rows.
    columns : sequence of int, optional
        Which of `Measures.columns`; default: all.

    Returns
    -------
    (T, G, G) float array
        One symmetric matrix a column, in the order of `columns`; its diagonal is `IndexTable.variance`. NaN in the row and
        column of a domain without a valid answer.

    Raises
    ------
    AnalysisError
        `design` has another number of rows than `totals`, or a column does not exist.

    References
    ----------
    Woodruff (1971); R survey, ``svyby(…, covmat=TRUE)`` and ``svycontrast``.

    Examples
    --------
    Two agencies that were sampled apart, and the whole of both:

    >>> m = Measures.of({"A1": "A"})
    >>> totals = UnitTotals.from_ratings(m, [[5], [2], [4], [4], [1]])
    >>> design, domains = Design.of(5, strata=["a", "a", "b", "b", "b"]), Domains.of(5, [[0, 1], [2, 3, 4], [0, 1, 2, 3, 4]])
    >>> index_covariance(totals, measures=m, design=design, domains=domains, columns=[0]).round(4).tolist()
    [[[0.25, 0.0, 0.1], [0.0, 0.1111, 0.0667], [0.1, 0.0667, 0.08]]]
    """
    if design.rows != totals.rows:
        raise AnalysisError("design", got=f"{design.rows} rows", expected=f"{totals.rows}, as totals")
    known, scores = _scores(totals, measures=measures, design=design, domains=domains, columns=chosen_columns(columns, measures))
    shape = (design.rows, domains.count)
    covariance = np.empty((scores.shape[1], domains.count, domains.count))
    for number, column in enumerate(scores.T):
        z = csr_array((column, (domains.row, domains.domain)), shape=shape)
        covariance[number] = np.sum([_between(stage, z) for stage in design.stages], axis=0)
    untold = ~known.T
    covariance[untold[:, :, None] | untold[:, None, :]] = np.nan
    return covariance


def chosen_columns(columns: Sequence[int] | None, measures: Measures) -> list[int]:
    """Numbers of `Measures.columns`, checked; all of them where none are named."""
    count = len(measures.columns)
    chosen = list(range(count)) if columns is None else list(columns)
    wrong = [number for number in chosen if not 0 <= number < count]
    if wrong:
        raise AnalysisError("columns", got=str(wrong[0]), expected=f"numbers from 0 to {count - 1}, as Measures.columns")
    return chosen


def _scores(
    totals: UnitTotals, *, measures: Measures, design: Design, domains: Domains, columns: list[int]
) -> tuple[BoolArray, FloatArray]:
    """Which (G, T) shares are known, and the (P, T) weighted linearised scores of each row in each of its domains."""
    weights = design.weights[domains.row, None]
    y, x = weights * totals.satisfied[domains.row], weights * totals.valid[domains.row]
    share, scores, _ = linearised(measures, y, x, domain=domains.domain, domains=domains.count)
    return np.isfinite(share[:, columns]), scores[:, columns]


def _between(stage: Stage, z: csr_array) -> FloatArray:
    """(G, G) one stage's part: Σ_h factor_h (Σ_j z z' - n_h z̄ z̄'), with z̄ = 0 where the stratum has one unit."""
    rows, units = np.arange(len(stage.unit_of_row)), np.arange(len(stage.stratum_of_unit))
    sums = csr_array((np.ones(len(rows)), (stage.unit_of_row, rows)), shape=(len(units), len(rows))) @ z
    by_stratum = csr_array((np.ones(len(units)), (stage.stratum_of_unit, units)), shape=(len(stage.sample_size), len(units)))
    totals, many = by_stratum @ sums, stage.sample_size > 1
    of_unit = csr_array((stage.factor[stage.stratum_of_unit], (units, units)), shape=(len(units), len(units)))
    of_stratum = np.where(many, stage.factor / stage.sample_size, 0.0)
    strata = np.arange(len(of_stratum))
    weighted = csr_array((of_stratum, (strata, strata)), shape=(len(strata), len(strata)))
    covariance: FloatArray = (sums.T @ (of_unit @ sums) - totals.T @ (weighted @ totals)).toarray()
    return covariance
