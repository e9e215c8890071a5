"""What an agency should work on first: criteria that are rated low and go with the overall rating."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis import Design, Estimate, Measures, criterion_drivers, priorities
from survey.domain.disclosure import RANK_FROM
from survey.queries.ratings import Ratings

#: Of a larger agency so many people are enough; whole desk-days are drawn until there are as many.
MOST_PEOPLE = 50_000
SEED = 2021

Row = dict[str, Any]
_FIELDS = ("key", "level", "rule", "respondents", "answers", "units", "index", "se", "df", "deff", "n_eff", "design_effect", "ci_low",
           "ci_high", "why")  # fmt: skip


def find_priorities(
    ratings: Ratings, measures: Measures, agencies: Mapping[int, frozenset[int]], estimates: Mapping[int, Sequence[Row]]
) -> dict[int, list[Row]]:
    """For each agency its criteria, the one to work on first at the head of the list.

    Parameters
    ----------
    ratings
        Everybody of the wave and mode who is counted in `estimates`.
    measures
        With the overall rating as the first of its general questions.
    agencies
        Each agency with its subtree.
    estimates
        Each agency's rows, with what nobody may see already hidden; a hidden criterion is on no list.

    Returns
    -------
    dict
        Agency → rows of key, quadrant, leaning, importance and urgency (`analysis.Priority`); an empty list where fewer than
        `RANK_FROM` people answered or no association can be told.
    """
    return {agency: _of_agency(ratings, measures, below, estimates[agency]) for agency, below in agencies.items()}


def _of_agency(ratings: Ratings, measures: Measures, below: frozenset[int], rows: Sequence[Row]) -> list[Row]:
    people = np.isin(ratings.agencies, list(below))
    shown = [Estimate(**{name: row[name] for name in _FIELDS}) for row in rows if row["rule"] == "pooled" and row["index"] is not None]
    if people.sum() < RANK_FROM or not any(estimate.level == "overall" for estimate in shown):
        return []
    part = ratings.keep(_at_most(MOST_PEOPLE, ratings.units, people))
    design = Design.of(len(part.units), strata=part.agencies, clusters=part.units)
    found = criterion_drivers(measures, part.given, design=design, general=measures.general[0])
    return [
        {"key": p.key, "quadrant": p.quadrant, "leaning": p.leaning, "importance": p.importance, "urgency": p.urgency}
        for p in priorities(found, shown)
    ]


def _at_most(most: int, units: NDArray[np.int64], people: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """These people, or those of desk-days drawn at random from theirs."""
    if people.sum() <= most:
        return people
    sizes = np.bincount(units[people])
    order = np.random.default_rng(SEED).permutation(np.flatnonzero(sizes))
    enough = int(np.searchsorted(np.cumsum(sizes[order]), most)) + 1
    return people & np.isin(units, order[:enough])
