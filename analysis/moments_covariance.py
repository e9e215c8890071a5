"""How the indices of domains vary together where each respondent is a sampling unit, however many: `index_covariance` from moments."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from analysis.coding import FloatArray
from analysis.covariance import chosen_columns
from analysis.domains import Domains
from analysis.measures import Measures
from analysis.moments import Moments, PeopleByStratum, StratumParts, linear_variance, score_coefficients


def moments_covariance(
    moments: Moments,
    *,
    measures: Measures,
    strata: ArrayLike,
    domains: Domains,
    fpc: ArrayLike | None = None,
    columns: Sequence[int] | None = None,
) -> FloatArray:
    """Linearised covariance of the indices of every two domains, from groups' moments: the numbers of `index_covariance`.

    With c_a the coefficients of domain a's linearised score, z = w c_a·u, the covariance is
    Σ_h (1 - f_h) n_h/(n_h - 1) (c_aᵀ Q_h c_b - (c_a·s_ah)(c_b·s_bh)/n_h): Q_h is Σ w² u uᵀ over the people of stratum h who are in both
    domains, s_ah is Σ w u over those in a, n_h all people of the stratum. A stratum of one person counts (1 - f_h) c_aᵀ Q_h c_b.

    Parameters
    ----------
    moments : Moments
        C groups.
    measures : Measures
    strata : (C,) labels
        The stratum of each group.
    domains : Domains
        G domains over the C groups (their rows are the groups).
    fpc : (C,) floats, optional
        As in `moments_table`.
    columns : sequence of int, optional
        Which of `Measures.columns`; default: all.

    Returns
    -------
    (T, G, G) float array
        One symmetric matrix a column, in the order of `columns`; its diagonal is the variance of `moments_table`. NaN in the row and
        column of a domain without a valid answer.

    Raises
    ------
    AnalysisError
        As `moments_table`, or a column does not exist.

    References
    ----------
    Woodruff (1971); R survey, ``svyby(…, covmat=TRUE)``.

    Examples
    --------
    Two agencies that were sampled apart, and the whole of both:

    >>> m = Measures.of({"A1": "A"})
    >>> moments = Moments.from_ratings(m, [[5], [2], [4], [4], [1]], groups=list("aabbb"))
    >>> domains = Domains.of(2, [[0], [1], [0, 1]])
    >>> moments_covariance(moments, measures=m, strata=["a", "b"], domains=domains, columns=[0]).round(4).tolist()
    [[[0.25, 0.0, 0.1], [0.0, 0.1111, 0.0667], [0.1, 0.0667, 0.08]]]
    """
    chosen = chosen_columns(columns, measures)
    domains.refuse_other_rows(len(moments.labels))
    strata_ = PeopleByStratum.of(moments, strata, fpc)
    shape = (domains.count, len(moments.labels))
    add = csr_array((np.ones(len(domains.row)), (domains.domain, domains.row)), shape=shape)
    share, coefficients, _ = score_coefficients(measures, add @ moments.sums)
    pairs, c = strata_.inside(domains), coefficients[:, :, chosen]
    covariance = _of_common_people(moments, strata_, domains, c) - _of_means(moments, strata_, pairs, c)
    everyone = np.arange(domains.count)
    covariance[:, everyone, everyone] = linear_variance(moments, strata_, domains, pairs, coefficients)[:, chosen].T
    untold = np.isnan(share[:, chosen].T)
    covariance[untold[:, :, None] | untold[:, None, :]] = np.nan
    return covariance


def _of_common_people(moments: Moments, strata: PeopleByStratum, domains: Domains, c: FloatArray) -> FloatArray:
    """(T, G, G) Σ_h factor_h c_aᵀ Q_h c_b: only groups that lie in both domains add to it."""
    covariance = np.zeros((c.shape[2], domains.count, domains.count))
    order = np.argsort(domains.row, kind="stable")
    groups, starts, counts = np.unique(domains.row[order], return_index=True, return_counts=True)
    for group, start, end in zip(groups.tolist(), starts.tolist(), (starts + counts).tolist(), strict=True):
        inside = domains.domain[order[start:end]]
        squares = strata.factor[strata.of_group[group]] * moments.squares[group]
        mine = c[inside]
        covariance[:, inside[:, None], inside[None, :]] += np.einsum("aut,but->tab", mine, squares @ mine)
    return covariance


def _of_means(moments: Moments, strata: PeopleByStratum, pairs: StratumParts, c: FloatArray) -> FloatArray:
    """(T, G, G) Σ_h factor_h/n_h (c_a·s_ah)(c_b·s_bh)."""
    domain = np.repeat(np.arange(len(c)), np.diff(pairs.first_of_domain))
    z = np.einsum("pu,put->pt", pairs.by_pair @ moments.sums, c[domain])
    weight = np.where(strata.size > 1, strata.factor / np.maximum(strata.size, 1), 0.0)[pairs.stratum]
    shape = (len(c), len(strata.size))
    part = np.empty((c.shape[2], len(c), len(c)))
    for number, column in enumerate(z.T):
        by_stratum, weighted = (csr_array((values, (domain, pairs.stratum)), shape=shape) for values in (column, weight * column))
        part[number] = (by_stratum @ weighted.T).toarray()
    return part
