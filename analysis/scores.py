"""From totals to results: every measure by every rule in every domain, with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.coding import BoolArray, FloatArray, codes_of
from analysis.design import Design
from analysis.domains import Domains
from analysis.index import IndexTable, index_table
from analysis.measures import Measures
from analysis.moments import Moments, moments_table
from analysis.results import Estimate, Why
from analysis.totals import UnitTotals
from analysis.uncertainty import DEFAULT_METHOD, Interval, Method, effective_size, interval, pooled_design_effect

Scores = tuple[tuple[Estimate, ...], ...]


def score_units(
    totals: UnitTotals,
    *,
    measures: Measures,
    strata: ArrayLike,
    domains: Sequence[ArrayLike],
    comparable: ArrayLike | None = None,
    method: Method = DEFAULT_METHOD,
    confidence_level: float = 0.95,
) -> Scores:
    """Score domains from unit totals: what the pages show. Each row is one sampling unit (a desk-day).

    Parameters
    ----------
    totals : UnitTotals
        One row a unit; no rows give results with the reason ``no_valid_answers``.
    measures : Measures
    strata : (n,) labels
        The stratum of each unit: the agency of its desk.
    domains : sequence of row numbers or masks
        The units of each domain, e.g. of an agency and its sub-agencies. They may overlap and may be empty.
    comparable : (n,) labels, optional
        Groups over which the design effect is pooled. Default: the strata.
    method, confidence_level
        As in `analysis.uncertainty.interval`.

    Returns
    -------
    tuple of tuples of Estimate
        For each domain one estimate for each of `Measures.columns`, in that order.

    Raises
    ------
    AnalysisError
        Labels or domains do not fit the totals, an unknown method, or a wrong confidence level.

    Examples
    --------
    >>> m = Measures.of({"A1": "A"})
    >>> y, x = [[8.0] * 3, [3.0] * 3, [9.0] * 3], [[10.0] * 3, [5.0] * 3, [10.0] * 3]
    >>> totals = UnitTotals.of(m, satisfied=y, valid=x, respondents=x, answers=x)
    >>> whole, second = score_units(totals, measures=m, strata=["a", "a", "b"], domains=[[0, 1, 2], [2]])
    >>> whole[0].key, whole[0].index, second[0].index, second[0].why
    ('A1', 0.8, 0.9, 'one_unit')
    """
    groups = _comparable(strata if comparable is None else comparable, rows=totals.rows, given=comparable is not None)
    return score(
        totals,
        measures=measures,
        design=Design.of(totals.rows, strata=strata),
        domains=Domains.of(totals.rows, domains),
        comparable=groups,
        method=method,
        confidence_level=confidence_level,
    )


def score(
    totals: UnitTotals,
    *,
    measures: Measures,
    design: Design,
    domains: Domains,
    comparable: Domains | None = None,
    method: Method = DEFAULT_METHOD,
    confidence_level: float = 0.95,
) -> Scores:
    """Score domains under any design, from respondents (`UnitTotals.from_ratings`) or unit totals.

    Parameters
    ----------
    totals : UnitTotals
    measures : Measures
    design : Design
        Over the rows of `totals`.
    domains : Domains
        What to score.
    comparable : Domains, optional
        Groups over which the design effect of the default interval is pooled. Default: `domains`.
    method, confidence_level
        As in `analysis.uncertainty.interval`.

    Returns
    -------
    tuple of tuples of Estimate
        For each domain one estimate for each of `Measures.columns`, in that order.

    Raises
    ------
    AnalysisError
        The design does not fit the totals, an unknown method, or a wrong confidence level.

    Examples
    --------
    >>> m = Measures.of({"A1": "A", "A2": "A"})
    >>> totals = UnitTotals.from_ratings(m, [[5, 4], [4, 2], [1, 0], [5, 5]])
    >>> ((a1, a2, a, *_),) = score(totals, measures=m, design=Design.of(4), domains=Domains.whole(4))
    >>> a.key, a.rule, a.respondents, a.answers, round(a.index, 4), a.df
    ('A', 'pooled', 4, 7, 0.7143, 3)
    """
    table = index_table(totals, measures=measures, design=design, domains=domains)
    groups = table if comparable is None else index_table(totals, measures=measures, design=design, domains=comparable)
    return _scored(measures, table, groups, method=method, confidence_level=confidence_level)


def score_moments(
    moments: Moments,
    *,
    measures: Measures,
    strata: ArrayLike,
    domains: Sequence[ArrayLike],
    comparable: ArrayLike | None = None,
    fpc: ArrayLike | None = None,
    method: Method = DEFAULT_METHOD,
    confidence_level: float = 0.95,
) -> Scores:
    """Score domains where each respondent is a sampling unit, however many: the numbers of `score`, from groups' moments.

    Parameters
    ----------
    moments : Moments
        C groups of respondents.
    measures : Measures
    strata : (C,) labels
        The stratum of each group.
    domains : sequence of group numbers or masks
        The groups of each domain. They may overlap and may be empty.
    comparable : (C,) labels, optional
        Groups of groups over which the design effect is pooled. Default: the strata.
    fpc : (C,) floats, optional
        As in `Design.of`, one for each group.
    method, confidence_level
        As in `analysis.uncertainty.interval`.

    Returns
    -------
    tuple of tuples of Estimate
        For each domain one estimate for each of `Measures.columns`, in that order.

    Raises
    ------
    AnalysisError
        Labels or domains do not fit the groups, a population is smaller than the sample, an unknown method, or a wrong level.

    References
    ----------
    `moments_table` and `interval` name them.

    Examples
    --------
    >>> m = Measures.of({"A1": "A", "A2": "A"})
    >>> moments = Moments.from_ratings(m, [[5, 4], [4, 2], [1, 0], [5, 5]], groups=["x", "x", "y", "y"])
    >>> whole, x = score_moments(moments, measures=m, strata=moments.labels, domains=[[0, 1], [0]])
    >>> whole[2].key, round(whole[2].index, 4), whole[2].df, x[2].index
    ('A', 0.7143, 2, 0.75)
    """
    chosen = Domains.of(len(moments.labels), domains)
    groups = _comparable(strata if comparable is None else comparable, rows=len(moments.labels), given=comparable is not None)
    table = moments_table(moments, measures=measures, strata=strata, domains=chosen, fpc=fpc)
    same = groups.count == chosen.count and np.array_equal(groups.row, chosen.row) and np.array_equal(groups.domain, chosen.domain)
    compared = table if same else moments_table(moments, measures=measures, strata=strata, domains=groups, fpc=fpc)
    return _scored(measures, table, compared, method=method, confidence_level=confidence_level)


def _comparable(labels: ArrayLike, *, rows: int, given: bool) -> Domains:
    codes, values = codes_of("comparable" if given else "strata", labels, rows=rows)
    return Domains(np.arange(rows), codes, len(values))


def _scored(measures: Measures, table: IndexTable, groups: IndexTable, *, method: Method, confidence_level: float) -> Scores:
    design_effect = pooled_design_effect(groups.share, groups.variance, respondents=groups.respondents, df=groups.df)
    bounds = _bounds(table, design_effect, method=method, confidence_level=confidence_level)
    used = design_effect if method == "wilson" else np.full(design_effect.shape, np.nan)
    keys, levels, rules, _ = zip(*measures.columns, strict=True)
    rows = zip(*(field.tolist() for field in _fields(table, bounds, used)), strict=True)
    return tuple(tuple(map(Estimate, keys, levels, rules, *cells)) for cells in rows)


def _bounds(table: IndexTable, design_effect: FloatArray, *, method: Method, confidence_level: float) -> Interval:
    n_eff = effective_size(
        table.share, table.variance, respondents=table.respondents, answers=table.answers, df=table.df, design_effect=design_effect
    )
    return interval(
        table.share,
        n_eff=n_eff,
        variance=table.variance,
        df=table.df,
        answers=table.answers,
        method=method,
        confidence_level=confidence_level,
    )


def _fields(table: IndexTable, bounds: Interval, design_effect: FloatArray) -> tuple[NDArray[Any], ...]:
    """What `Estimate` holds after key, level and rule, in its order; each (G, T), None where there is no number."""
    known, several = table.answers > 0, table.units > 1
    se = np.array([variance**0.5 for variance in table.variance.ravel().tolist()]).reshape(table.variance.shape)
    return (
        np.rint(table.respondents).astype(np.int64),
        np.rint(table.answers).astype(np.int64),
        table.units,
        _known(table.share),
        _known(np.where(several, se, np.nan)),
        table.df,
        _known(np.where(several, table.deff, np.nan)),
        _known(bounds.n_eff),
        _known(np.where(known, design_effect, np.nan)),
        _known(bounds.low),
        _known(bounds.high),
        _why(table, bounds),
    )


def _known(numbers: FloatArray) -> NDArray[Any]:
    cells = numbers.astype(object)
    cells[np.isnan(numbers)] = None
    return cells


def _why(table: IndexTable, bounds: Interval) -> NDArray[Any]:
    reasons: tuple[tuple[BoolArray, Why], ...] = (
        (table.partial, "parts_without_answers"),
        (np.isnan(bounds.low), "no_variance"),
        (table.df == 0, "no_degrees_of_freedom"),
        (table.units == 1, "one_unit"),
        (table.answers == 0, "no_valid_answers"),
    )
    why = np.full(table.share.shape, None, dtype=object)
    for applies, reason in reasons:  # the weightiest reason comes last and stays
        why[applies] = reason
    return why
