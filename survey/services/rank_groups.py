"""Rank the groups of a file: which ranks each may truly have, and who may be among the best or the worst."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analysis import RankSets, rank_sets
from survey.domain.disclosure import RANK_FROM
from survey.errors import Invalid
from survey.services.compare_groups import Each, Groups, Row, why_not

DRAWS = 20_000


def rank_groups(groups: Groups, *, best: int = 3, seed: int = 0, each: Each = iter) -> list[Row]:
    """Rows of the kind rank: confidence sets for the ranks of all groups of at least 30 respondents.

    Raises
    ------
    Invalid
        Fewer than two such groups.
    """
    if len(groups.with_answers_of(groups.columns[0], RANK_FROM)) < 2:
        raise Invalid(f"--ranks needs two groups of at least {RANK_FROM} respondents; split by a coarser column")
    return [row for column in each(groups.columns) for row in _ranks(groups, column, best=best, seed=seed)]


def _ranks(groups: Groups, column: int, *, best: int, seed: int) -> Iterator[Row]:
    places = groups.with_answers_of(column, RANK_FROM)
    estimates = groups.estimates[column]
    sets = None
    if len(places) >= 2:
        covariance = groups.variances(column)[np.ix_(places, places)]
        sets = rank_sets(
            groups.shares(column, places), covariance=covariance, confidence_level=groups.confidence_level, draws=DRAWS, seed=seed
        )
    of = _rank_fields(sets, min(best, len(places)))
    for place in range(1, len(groups.names)):
        fields = of[places.index(place)] if sets is not None and place in places else dict.fromkeys(_RANK_FIELDS)
        why = None if fields["rank"] else "too_few_groups" if place in places else why_not(estimates[place], least=RANK_FROM)
        known = {"respondents": estimates[place].respondents, "index": estimates[place].index}
        drawn = {"best": best, "confidence_level": groups.confidence_level, "draws": DRAWS, "seed": seed}
        yield groups.row("rank", place, column, **known, **fields, **drawn, why=why)


_RANK_FIELDS = ("rank", "ranked", "rank_low", "rank_high", "simultaneous_low", "simultaneous_high", "among_best", "among_worst")


def _rank_fields(sets: RankSets | None, best: int) -> list[Row]:
    if sets is None:
        return []
    bounds = (sets.marginal_low, sets.marginal_high, sets.simultaneous_low, sets.simultaneous_high)
    columns = (sets.rank, np.full(len(sets.rank), len(sets.rank)), *bounds, sets.among_best(best), sets.among_worst(best))
    return [dict(zip(_RANK_FIELDS, row, strict=True)) for row in zip(*(column.tolist() for column in columns), strict=True)]
