"""Which agencies differ: every two, or each against the whole, with p-values for the many questions asked at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf, isnan

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from analysis.coding import BoolArray, FloatArray, IntArray
from analysis.covariance import index_covariance
from analysis.design import Design
from analysis.domains import Domains
from analysis.errors import AnalysisError
from analysis.estimates import covariance_of, difference_variance, level_of, vector
from analysis.index import index_table
from analysis.measures import Measures
from analysis.multiplicity import holm
from analysis.results import Why
from analysis.totals import UnitTotals

#: Field of `Comparison` → name of the method in statsmodels.
_ADJUSTMENTS = {"p_bh": "fdr_bh", "p_by": "fdr_by", "p_bonferroni": "bonferroni"}


@dataclass(frozen=True, slots=True)
class Comparison:
    """The difference of two domains, first less second.

    Attributes
    ----------
    first, second : int
        Places of the two in the vector of shares.
    difference : float or None
        In shares, -1 to 1; times 100 it is in percentage points. None where one of the two has no valid answer.
    se : float or None
        Its standard error, the covariance of the two included.
    df : float
        Degrees of freedom of t; infinite for a normal reference.
    t, p_value : float or None
        difference / se, and its two-sided p-value.
    p_holm, p_bonferroni : float or None
        Adjusted so that any wrong claim among all comparisons of the call is rare (family-wise error rate).
    p_bh, p_by : float or None
        Adjusted so that few of the claims made are wrong (false-discovery rate): Benjamini-Hochberg, and Benjamini-Yekutieli
        under any dependence.
    why : str or None
        None, or why something is None: ``no_valid_answers``, ``one_unit``, ``no_degrees_of_freedom``, ``no_variance`` (the
        difference cannot vary in this design, so no p-value exists).
    """

    first: int
    second: int
    difference: float | None
    se: float | None
    df: float
    t: float | None
    p_value: float | None
    p_holm: float | None
    p_bh: float | None
    p_by: float | None
    p_bonferroni: float | None
    why: Why | None = None


def compare(
    shares: ArrayLike,
    *,
    se: ArrayLike | None = None,
    covariance: ArrayLike | None = None,
    df: float = inf,
    against: int | None = None,
) -> tuple[Comparison, ...]:
    """Compare every two estimates, or each with one of them.

    t = (p_a - p_b) / √(v_a + v_b - 2 c_ab), two-sided p-value from Student's t with `df`; adjusted over all comparisons of the
    call that have a p-value.

    Parameters
    ----------
    shares : (G,) floats
        Estimates of G domains; with `against` the whole is one of them.
    se : (G,) floats, optional
        Standard errors of independent estimates, 0 or more. Either this or `covariance`.
    covariance : (G, G) floats, optional
        Covariance matrix, as `index_covariance` or `covariance_with_whole` give it.
    df : float
        Degrees of freedom of the whole design; at least 1. Default: infinite (normal).
    against : int, optional
        Compare each other domain with this one. Default: all pairs a < b.

    Returns
    -------
    tuple of Comparison
        G(G - 1)/2 in the order (0, 1), (0, 2) …, or G - 1 with `against`.

    Raises
    ------
    AnalysisError
        A share or standard error that is not finite, a negative standard error, no covariance matrix, both or neither of
        `se` and `covariance`, df below 1, or `against` that does not exist.

    References
    ----------
    Holm (1979); Benjamini and Hochberg (1995); Benjamini and Yekutieli (2001); R, ``p.adjust``; R survey, ``svycontrast``.

    Examples
    --------
    >>> first, *_ = compare([0.90, 0.80, 0.79], se=[0.02, 0.03, 0.03], df=200)
    >>> first.first, first.second, round(first.difference, 2), round(first.p_value, 4), round(first.p_bh, 4)
    (0, 1, 0.1, 0.0061, 0.0091)
    """
    p = vector("shares", shares)
    if not df >= 1:
        raise AnalysisError("df", got=f"{df:g}", expected="at least 1 degree of freedom")
    v = covariance_of(len(p), se=se, covariance=covariance)
    return _compare(p, v, df=df, pairs=_pairs(len(p), against), untold=[None] * len(p))


def compare_domains(
    totals: UnitTotals,
    *,
    measures: Measures,
    design: Design,
    domains: Domains,
    columns: Sequence[int] | None = None,
    against: int | None = None,
) -> tuple[tuple[Comparison, ...], ...]:
    """Compare domains from answers or unit totals under any design, covariances kept: an agency is a part of the whole.

    Parameters
    ----------
    totals, measures, design, domains
        As in `index_table`.
    columns : sequence of int, optional
        Which of `Measures.columns`; default: all.
    against : int, optional
        Compare each other domain with this one, such as the whole. Default: all pairs.

    Returns
    -------
    tuple of tuples of Comparison
        For each column the comparisons in the order of `compare`; t has the degrees of freedom of the whole design.

    Raises
    ------
    AnalysisError
        As `index_covariance`; or `against` that does not exist.

    References
    ----------
    As `compare`; Woodruff (1971) for the variances.

    Examples
    --------
    >>> m = Measures.of({"A1": "A"})
    >>> totals = UnitTotals.from_ratings(m, [[5], [2], [4], [4], [1], [2]])
    >>> design, domains = Design.of(6, strata=list("aabbbb")), Domains.of(6, [[0, 1], [2, 3, 4, 5], range(6)])
    >>> ((agency, other),) = compare_domains(totals, measures=m, design=design, domains=domains, columns=[0], against=2)
    >>> agency.difference, round(agency.se, 4), round(other.se, 4)
    (0.0, 0.3849, 0.1925)
    """
    chosen = list(range(len(measures.columns))) if columns is None else list(columns)
    pairs = _pairs(domains.count, against)
    covariance = index_covariance(totals, measures=measures, design=design, domains=domains, columns=chosen)
    table = index_table(totals, measures=measures, design=design, domains=domains)
    df = design.degrees_of_freedom
    return tuple(
        _compare(table.share[:, column], v, df=df, pairs=pairs, untold=_untold(table.answers[:, column], table.units[:, column], df))
        for column, v in zip(chosen, covariance, strict=True)
    )


def covariance_with_whole(*, se: ArrayLike, parts: ArrayLike, whole_se: float) -> FloatArray:
    """Covariance matrix of independent domains and the whole they make up, from stored results alone.

    The whole is taken as R = Σ a_g R_g with fixed parts a_g, hence cov(R_g, R) = a_g v_g. That leaves out the chance in how
    many answers each domain gives, which `index_covariance` keeps and which only the totals can tell.

    Parameters
    ----------
    se : (G,) floats
        Standard errors of the domains.
    parts : (G,) floats
        Each domain's part of the whole's (weighted) answers, 0 to 1.
    whole_se : float
        Standard error of the whole, as estimated.

    Returns
    -------
    (G + 1, G + 1) float array
        The whole comes last: ``compare([*shares, whole], covariance=…, against=G)``.

    Raises
    ------
    AnalysisError
        A number that is not finite or out of range.

    References
    ----------
    Särndal, Swensson and Wretman (1992), 5.6, with fixed domain sizes.

    Examples
    --------
    >>> covariance_with_whole(se=[0.02, 0.04], parts=[0.75, 0.25], whole_se=0.018).round(6).tolist()
    [[0.0004, 0.0, 0.0003], [0.0, 0.0016, 0.0004], [0.0003, 0.0004, 0.000324]]
    """
    variance = vector("se", se, low=0) ** 2
    share_of_whole = vector("parts", parts, count=len(variance), low=0, high=1)
    (whole,) = vector("whole_se", [whole_se], low=0) ** 2
    beside = (share_of_whole * variance)[:, None]
    return np.block([[np.diag(variance), beside], [beside.T, np.array([[whole]])]])


def indistinguishable(comparisons: Iterable[Comparison], *, count: int, false_discovery_rate: float = 0.05) -> tuple[frozenset[int], ...]:
    """For each domain those it cannot be told from, at a false-discovery rate over all pairs (Benjamini-Hochberg).

    A pair without a p-value cannot be told apart. "Cannot be told apart" is not "equal", and it is not transitive: a may be
    like b and b like c while a and c differ.

    Parameters
    ----------
    comparisons : iterable of Comparison
        All pairs, from `compare` or `compare_domains`.
    count : int
        Number of domains G.
    false_discovery_rate : float
        Strictly between 0 and 1.

    Returns
    -------
    tuple of G frozensets of int
        Without the domain itself.

    Raises
    ------
    AnalysisError
        A rate outside (0, 1), or a comparison of a domain that does not exist.

    References
    ----------
    Benjamini and Hochberg (1995).

    Examples
    --------
    >>> [sorted(like) for like in indistinguishable(compare([0.90, 0.80, 0.79], se=[0.02, 0.03, 0.03]), count=3)]
    [[], [2], [1]]
    """
    rate = level_of("false_discovery_rate", false_discovery_rate)
    like: list[set[int]] = [set() for _ in range(count)]
    for row in comparisons:
        if max(row.first, row.second) >= count:
            raise AnalysisError("count", got=str(count), expected=f"more than {max(row.first, row.second)}, a domain compared")
        if row.p_bh is None or row.p_bh > rate:
            like[row.first].add(row.second)
            like[row.second].add(row.first)
    return tuple(frozenset(others) for others in like)


_Pairs = tuple[IntArray, IntArray]


def _pairs(count: int, against: int | None) -> _Pairs:
    if against is None:
        first, second = np.triu_indices(count, k=1)
        return first, second
    if not 0 <= against < count:
        raise AnalysisError("against", got=str(against), expected=f"a domain from 0 to {count - 1}")
    others = np.delete(np.arange(count), against)
    return others, np.full(len(others), against)


def _untold(answers: FloatArray, units: IntArray, df: int) -> list[Why | None]:
    """Why a domain cannot be compared. A single unit has a variance by rule only, which is no ground for a claim."""
    few: Why | None = "no_degrees_of_freedom" if df < 1 else None
    return ["no_valid_answers" if n == 0 else "one_unit" if u == 1 else few for n, u in zip(answers.tolist(), units.tolist(), strict=True)]


def _compare(p: FloatArray, v: FloatArray, *, df: float, pairs: _Pairs, untold: Sequence[Why | None]) -> tuple[Comparison, ...]:
    first, second = pairs
    told = np.array([why is None for why in untold], dtype=bool)
    known = told[first] & told[second]
    difference = p[first] - p[second]
    se = np.where(known, np.sqrt(np.nan_to_num(difference_variance(v)[first, second])), 0.0)
    tested = se > 0
    t = np.divide(difference, se, out=np.full(len(se), np.nan), where=tested)
    p_value = 2 * special.stdtr(df, -np.abs(t)) if np.isfinite(df) else 2 * special.ndtr(-np.abs(t))
    numbers = {"se": np.where(known, se, np.nan), "t": t, "p_value": p_value, **_adjusted(p_value, tested)}
    values = {name: [None if isnan(x) else x for x in array.tolist()] for name, array in {"difference": difference, **numbers}.items()}
    rows = (dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True))
    return tuple(
        Comparison(a, b, df=df, why=None if good else untold[a] or untold[b] or "no_variance", **row)
        for a, b, good, row in zip(first.tolist(), second.tolist(), tested.tolist(), rows, strict=True)
    )


def _adjusted(p_value: FloatArray, tested: BoolArray) -> dict[str, FloatArray]:
    adjusted = {field: np.full(len(p_value), np.nan) for field in ("p_holm", *_ADJUSTMENTS)}
    if tested.any():
        from statsmodels.stats.multitest import multipletests  # late: it brings pandas along, a second that most pages do not need

        adjusted["p_holm"] = holm(np.where(tested, p_value, np.nan))
        for field, method in _ADJUSTMENTS.items():
            adjusted[field][tested] = multipletests(p_value[tested], method=method)[1]
    return adjusted
