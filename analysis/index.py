"""The satisfaction index of every measure in every domain, with its linearised variance.

The index of a measure is a ratio of two totals, R = Σ w y / Σ w x: y satisfied, x valid answers of a person (design 4.1).
Rules: ``pooled`` (that ratio over all answers of the dimension or the whole), ``criteria`` (mean of the criteria's ratios),
``dimensions`` (mean of the dimensions' pooled ratios), ``dimensions_of_criteria`` (mean of the dimensions' means of criteria).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from analysis.coding import BoolArray, FloatArray, IntArray
from analysis.design import Design
from analysis.domains import Domains
from analysis.errors import AnalysisError
from analysis.linearisation import Cells
from analysis.measures import Measures
from analysis.totals import UnitTotals


@dataclass(frozen=True, eq=False)
class IndexTable:
    """Indices of G domains in T columns (`Measures.columns`). NaN marks what cannot be told; `Estimate` says why.

    Attributes
    ----------
    share, variance : (G, T) float arrays
        The index (0 to 1) and its linearised variance.
    respondents, answers : (G, T) float arrays
        People with a valid answer, and their valid answers, unweighted.
    units, df : (G, T) int arrays
        First-stage units with a valid answer; those less their strata.
    deff : (G, T) float array
        Design effect, pooled columns only.
    partial : (G, T) bool array
        A mean over fewer parts than it has, the others being without answers.
    """

    share: FloatArray
    variance: FloatArray
    respondents: FloatArray
    answers: FloatArray
    units: IntArray
    df: IntArray
    deff: FloatArray
    partial: BoolArray


def index_table(totals: UnitTotals, *, measures: Measures, design: Design, domains: Domains) -> IndexTable:
    """Estimate every measure by every rule in every domain.

    With z_i = w_i (y_i - R x_i)/X the variance of R is the variance of the total of z over the design (`Design.covariance`);
    the z of a mean of ratios is the mean of their z, so covariances are kept. A mean passes over parts without answers.

    Parameters
    ----------
    totals : UnitTotals
        n rows; a row is a respondent or the sum of a unit.
    measures : Measures
    design : Design
        Over the same n rows. Rows that are sums of weighted answers carry weight 1.
    domains : Domains
        Over the same n rows.

    Returns
    -------
    IndexTable

    Raises
    ------
    AnalysisError
        `design` has another number of rows than `totals`, `domains` has rows that `totals` has not, or `measures` are others.

    References
    ----------
    Woodruff (1971); Särndal, Swensson and Wretman (1992), 5.6; R survey, ``svyratio`` and ``svycontrast``.

    Examples
    --------
    >>> m = Measures.of({"A1": "A"})
    >>> table = index_table(UnitTotals.from_ratings(m, [[5], [4], [2]]), measures=m, design=Design.of(3), domains=Domains.whole(3))
    >>> table.share.round(4).tolist()[0][0], table.df.tolist()[0][0]
    (0.6667, 2)
    """
    if design.rows != totals.rows:
        raise AnalysisError("design", got=f"{design.rows} rows", expected=f"{totals.rows}, as totals")
    if totals.valid.shape[1] != len(measures.keys):
        raise AnalysisError("measures", got=f"{len(measures.keys)} keys", expected=f"{totals.valid.shape[1]}, as totals")
    domains.refuse_other_rows(totals.rows)
    cells = Cells.of(design, domains)
    y, x = cells.weighted @ totals.satisfied, cells.weighted @ totals.valid
    share, z, partial = linearised(measures, y, x, domain=cells.domain_of_cell, domains=domains.count)
    variance = cells.variance(z)
    units, strata = cells.units_and_strata(x)
    people, weight = cells.totalled @ (cells.counted @ totals.people), cells.totalled @ (cells.weighted @ totals.weight)
    squares = None if totals.squares is None else tuple(cells.totalled @ (cells.weighted @ moment) for moment in totals.squares)
    return assembled(
        measures,
        share=share,
        variance=variance,
        partial=partial,
        valid=cells.totalled @ x,
        respondents=cells.totalled @ (cells.counted @ totals.respondents),
        answers=cells.totalled @ (cells.counted @ totals.answers),
        units=units,
        strata=strata,
        squares=squares,
        weight_of_person=weight / np.maximum(people - 1, 1),
    )


def assembled(
    measures: Measures,
    *,
    share: FloatArray,
    variance: FloatArray,
    partial: BoolArray,
    valid: FloatArray,
    respondents: FloatArray,
    answers: FloatArray,
    units: IntArray,
    strata: IntArray,
    squares: tuple[FloatArray, ...] | None,
    weight_of_person: FloatArray,
) -> IndexTable:
    """The table of all columns (G, T) from counts and sums of the pooled measures (G, M).

    `squares` are Σ w y², Σ w x y, Σ w x² over the domain's people, and `weight_of_person` (G,) is Σ w/(n - 1): n and Σ w count all
    people of the domain, also those without a valid answer, as R's svyratio(deff="replace") does.
    """
    width = valid.shape[1]
    simple = np.zeros(valid.shape) if squares is None else _simple_variance(squares, share[:, :width], valid, weight_of_person)
    base = [column.base for column in measures.columns]
    return IndexTable(
        share=share,
        variance=np.where(valid[:, base] > 0, variance, np.nan),
        respondents=respondents[:, base],
        answers=answers[:, base],
        units=units[:, base],
        df=(units - strata)[:, base],
        deff=np.hstack([_ratio(variance[:, :width], simple), np.full((len(valid), share.shape[1] - width), np.nan)]),
        partial=partial,
    )


def linearised(
    measures: Measures, y: FloatArray, x: FloatArray, *, domain: IntArray, domains: int
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Shares (G, T), linearised scores (C, T) and partiality (G, T) of all columns, from weighted sums y, x (C, M) of cells.

    A cell lies in one of G domains, as `domain` (C,) says; it may be a row, or a sum of rows of one unit.
    """
    by_domain = csr_array((np.ones(len(domain)), (domain, np.arange(len(domain)))), shape=(domains, len(domain)))
    valid = by_domain @ x
    share = _ratio(by_domain @ y, valid)
    z = _scores(y, x, share, valid, domain)
    means, mean_z, partial = _means(measures, share, z, domain)
    whole = np.zeros(share.shape, dtype=bool)  # a pooled ratio has no parts that could be missing
    return np.hstack([share, means]), np.hstack([z, mean_z]), np.hstack([whole, partial])


def _ratio(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """numerator / denominator, NaN where the denominator is 0."""
    ratio: FloatArray = np.divide(numerator, denominator, out=np.full(numerator.shape, np.nan), where=denominator > 0)
    return ratio


def _scores(y: FloatArray, x: FloatArray, share: FloatArray, valid: FloatArray, domain: IntArray) -> FloatArray:
    """(C, M) linearised scores (y - R x)/X; 0 where the domain has no valid answer."""
    known = np.where(valid > 0, valid, 1.0)
    scores: FloatArray = (y - np.nan_to_num(share)[domain] * x) / known[domain]
    return scores


def _means(measures: Measures, share: FloatArray, z: FloatArray, domain: IntArray) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Shares, scores and partiality of the dimensions' means of criteria, then of the whole by the three mean rules."""
    k, d = len(measures.criteria), len(measures.dimensions)
    whole_k, whole_d = np.ones((k, 1)), np.ones((d, 1))
    dimension = _mean(share[:, :k], z[:, :k], measures.criteria_in_dimension, domain)
    by_criteria = _mean(share[:, :k], z[:, :k], whole_k, domain)
    by_dimensions = _mean(share[:, k : k + d], z[:, k : k + d], whole_d, domain)
    nested = _mean(dimension[0], dimension[1], whole_d, domain)
    partial_nested = nested[2] | dimension[2].any(axis=1, keepdims=True)
    parts = (dimension, by_criteria, by_dimensions, (nested[0], nested[1], partial_nested))
    return np.hstack([p[0] for p in parts]), np.hstack([p[1] for p in parts]), np.hstack([p[2] for p in parts])


def _mean(share: FloatArray, z: FloatArray, member: FloatArray, domain: IntArray) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Means of the parts that have answers: member (parts, wholes) says which part belongs to which whole."""
    known = np.isfinite(share)
    count = known.astype(float) @ member
    mean = _ratio(np.nan_to_num(share) @ member, count)
    mean_z = ((z * known[domain]) @ member) / np.maximum(count, 1)[domain]
    return mean, mean_z, (count > 0) & (count < member.sum(axis=0))


def _simple_variance(squares: tuple[FloatArray, ...], share: FloatArray, valid: FloatArray, weight_of_person: FloatArray) -> FloatArray:
    """Variance of R under simple random sampling of people with replacement: Σ w (y - R x)²/X² · Σ w/(n - 1)."""
    yy, xy, xx = squares
    deviations = yy - 2 * share * xy + share**2 * xx
    deviations = np.where(deviations > 1e-13 * xx, deviations, 0.0)
    variance: FloatArray = _ratio(deviations, valid**2) * weight_of_person[:, None]
    return variance
