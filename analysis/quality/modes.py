"""Whether the ways in which people answer give the same index in one agency: the open QR code, slips, invitations."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from analysis.change import mover
from analysis.coding import FloatArray, IntArray, codes_of, pair_codes
from analysis.design import Design
from analysis.domains import Domains
from analysis.index import index_table
from analysis.measures import Measures
from analysis.quality.flag import DEFAULT_RATE, LEAST_FORMS, Evidence, Flag, Why, adjusted, plain
from analysis.totals import UnitTotals
from analysis.uncertainty import effective_size, interval, pooled_design_effect

_ONE = Measures.of({"A": "B"})


def mode_differences(
    satisfied: ArrayLike,
    valid: ArrayLike,
    *,
    agencies: ArrayLike,
    modes: ArrayLike,
    units: ArrayLike | None = None,
    confidence_level: float = 0.95,
    false_discovery_rate: float = DEFAULT_RATE,
) -> tuple[Flag, ...]:
    """Whether two modes of one agency differ in their pooled index by more than chance.

    A raised flag says that one of the modes cannot be believed, or reaches other people; which of both, no statistic tells.

    Parameters
    ----------
    satisfied, valid : (n,) array_like
        For each respondent the satisfied and the valid answers, each times its form weight (`UnitTotals.from_ratings`).
    agencies, modes : (n,) labels
    units : (n,) labels, optional
        The sampling unit, a desk-day. Default: the respondent.
    confidence_level, false_discovery_rate : float

    Returns
    -------
    tuple of Flag
        One for each agency and pair of its modes, unit (agency, mode, other mode) in the order of the labels. `observed`: index by the
        first mode less index by the other, -1 to 1, with `ci_low` and `ci_high`; `expected`: 0; `statistic`: z; `p_value` two-sided; `n`:
        respondents of both. ``too_few_respondents`` where one of the modes has under ten.

    Raises
    ------
    AnalysisError
        Numbers below 0, more satisfied than valid, labels that do not fit, or a level or rate outside (0, 1).

    Notes
    -----
    Each mode's index and its effective size n_e are those of the project's default interval, the design effect pooled over all agencies
    and modes. The interval of the difference is MOVER on the two Wilson intervals. z = (p₁ - p₂)/√(p (1 - p)(1/n₁ + 1/n₂)), p the mean
    weighted by n_e. A desk-day that has both modes makes the difference surer than is said here.

    References
    ----------
    Newcombe (1998); Zou and Donner (2008); mode effects: de Leeuw (2005).

    Examples
    --------
    >>> rng = np.random.default_rng(6)
    >>> mode = np.repeat(["open_qr", "slip"], 150)
    >>> y = rng.binomial(5, np.where(mode == "open_qr", 0.95, 0.7))
    >>> (flag,) = mode_differences(y, np.full(300, 5), agencies=["x"] * 300, modes=mode)
    >>> flag.unit, round(flag.observed, 2), flag.raised
    (('x', 'open_qr', 'slip'), 0.22, True)
    """
    y, x = np.asarray(satisfied, dtype=float), np.asarray(valid, dtype=float)
    agency, agency_labels = codes_of("agencies", agencies, rows=len(x))
    mode, mode_labels = codes_of("modes", modes, rows=len(x))
    unit = np.arange(len(x)) if units is None else codes_of("units", units, rows=len(x))[0]
    cell = pair_codes(agency, mode)
    _, first = np.unique(cell, return_index=True)
    p, n, size = _cells(y, x, cell=cell, agency=agency, unit=unit)
    pairs = [(i, j) for i, j in combinations(range(len(first)), 2) if agency[first[i]] == agency[first[j]]]
    why: list[Why | None] = ["too_few_respondents" if min(n[i], n[j]) < LEAST_FORMS else None for i, j in pairs]
    cells = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    evidence = _differences(p, size, pairs=cells, respondents=n, confidence_level=confidence_level)
    names, ways = plain(agency_labels), plain(mode_labels)
    labels: list[Hashable] = [(names[agency[first[i]]], ways[mode[first[i]]], ways[mode[first[j]]]) for i, j in pairs]
    return adjusted("mode_difference", labels, evidence, why=why, rate=false_discovery_rate)


def _cells(y: FloatArray, x: FloatArray, *, cell: IntArray, agency: IntArray, unit: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Index, respondents and effective size of each agency's mode."""
    someone = (x > 0).astype(float)
    y, x, n, answers = (np.repeat(column[:, None], len(_ONE.keys), axis=1) for column in (y, x, someone, np.maximum(x, someone)))
    totals = UnitTotals.of(_ONE, satisfied=y, valid=x, respondents=n, answers=answers, people=np.ones(len(x)))
    design = Design.of(len(x), strata=agency, clusters=unit)
    table = index_table(totals, measures=_ONE, design=design, domains=Domains.by(cell)[0])
    p, v, people, answers, df = (a[:, :1] for a in (table.share, table.variance, table.respondents, table.answers, table.df.astype(float)))
    d = pooled_design_effect(p, v, respondents=people, df=df)
    size = effective_size(p, v, respondents=people, answers=answers, df=df, design_effect=d)
    return p[:, 0], people[:, 0], size[:, 0]


def _differences(p: FloatArray, size: FloatArray, *, pairs: IntArray, respondents: FloatArray, confidence_level: float) -> Evidence:
    """Difference, its interval and its test for each pair of cells; NaN where one of them has no answer."""
    one, other = pairs.T
    bounds = interval(p, n_eff=size, confidence_level=confidence_level)
    low, high = mover(
        p[other], p[one], first_bounds=(bounds.low[other], bounds.high[other]), second_bounds=(bounds.low[one], bounds.high[one])
    )
    common = (p[one] * size[one] + p[other] * size[other]) / (size[one] + size[other])
    error = np.sqrt(np.maximum(common * (1 - common), 0) * (1 / size[one] + 1 / size[other]))
    z = np.divide(p[one] - p[other], error, out=np.zeros(len(error)), where=error > 0)  # all satisfied in both modes: no difference
    return Evidence(p[one] - p[other], 0.0, z, 2 * stats.norm.sf(np.abs(z)), respondents[one] + respondents[other], low, high)
