"""From totals to results: every measure by every rule in every domain, with its interval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isnan
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from analysis.coding import FloatArray
from analysis.design import Design
from analysis.domains import Domains
from analysis.index import IndexTable, index_table
from analysis.measures import Column, Measures
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
    groups, _ = Domains.by(strata if comparable is None else comparable)
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
    design_effect = pooled_design_effect(groups.share, groups.variance, respondents=groups.respondents, df=groups.df)
    bounds = _bounds(table, design_effect, method=method, confidence_level=confidence_level)
    used = design_effect if method == "wilson" else np.full(design_effect.shape, np.nan)
    return tuple(tuple(_estimates(measures.columns, rows, used.tolist())) for rows in _rows(table, bounds))


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


class _Cell(NamedTuple):
    respondents: float
    answers: float
    units: int
    share: float
    variance: float
    df: int
    deff: float
    n_eff: float
    low: float
    high: float
    partial: bool


def _rows(table: IndexTable, bounds: Interval) -> Iterator[Iterator[_Cell]]:
    """Domain by domain, column by column, as plain numbers."""
    arrays = (
        table.respondents, table.answers, table.units, table.share, table.variance, table.df, table.deff,
        bounds.n_eff, bounds.low, bounds.high, table.partial,
    )  # fmt: skip
    for rows in zip(*(array.tolist() for array in arrays), strict=True):
        yield map(_Cell, *rows)


def _estimates(columns: Sequence[Column], cells: Iterator[_Cell], design_effects: Sequence[float]) -> Iterator[Estimate]:
    for column, cell, design_effect in zip(columns, cells, design_effects, strict=True):
        known = cell.answers > 0
        yield Estimate(
            key=column.key,
            level=column.level,
            rule=column.rule,
            respondents=round(cell.respondents),
            answers=round(cell.answers),
            units=cell.units,
            index=_known(cell.share),
            se=_known(cell.variance**0.5) if cell.units > 1 else None,
            df=cell.df,
            deff=_known(cell.deff) if cell.units > 1 else None,
            n_eff=_known(cell.n_eff),
            design_effect=_known(design_effect) if known else None,
            ci_low=_known(cell.low),
            ci_high=_known(cell.high),
            why=_why(cell),
        )


def _known(number: float) -> float | None:
    return None if isnan(number) else number


def _why(cell: _Cell) -> Why | None:
    if cell.answers == 0:
        return "no_valid_answers"
    if cell.units == 1:
        return "one_unit"
    if cell.df == 0:
        return "no_degrees_of_freedom"
    if isnan(cell.low):
        return "no_variance"
    return "parts_without_answers" if cell.partial else None
