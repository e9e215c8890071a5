"""A wave's responses as arrays, and the tallies that accepting them one by one would have left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from survey.domain.questionnaire import FULL_FORM, NO_OPINION, OVERALL, SATISFIED_FROM, Questionnaire, short_form
from survey.domain.tallying import COLUMNS, contributions

FULL_SHARE = 0.15
NO_OPINION_SHARE = 0.03
_NOT_ASKED = -1
_THRESHOLDS = (-1.5, -0.75, 0.0, 1.0)

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Responses:
    """One row a response, in the order of `unit` (a desk-day). `variant` is -1 for the full form; -1 in `ratings` is not asked."""

    questionnaire: Questionnaire
    unit: Integers
    variant: Integers
    ratings: NDArray[np.int8]

    @cached_property
    def codes(self) -> tuple[str, ...]:
        return (*self.questionnaire.dimension_of, self.questionnaire.general.code)

    def form(self, response: int) -> str:
        return FULL_FORM if self.variant[response] < 0 else short_form(int(self.variant[response]))

    def rated(self, response: int) -> dict[str, int]:
        row = self.ratings[response].tolist()
        return {code: rating for code, rating in zip(self.codes, row, strict=True) if rating != _NOT_ASKED}


def simulate(questionnaire: Questionnaire, *, desks: int, days: int, responses: int, seed: int) -> Responses:
    """Desks of unequal volume and quality, a desk-day effect, people who lean one way, a few without an opinion."""
    chance = np.random.default_rng(seed)
    volume = np.outer(chance.gamma(4, 1, desks), chance.gamma(20, 1, days)).ravel()
    unit = np.repeat(np.arange(desks * days), chance.multinomial(responses, volume / volume.sum()))
    variant = np.where(chance.random(responses) < FULL_SHARE, -1, chance.integers(len(questionnaire.short_forms), size=responses))
    measures = len(questionnaire.criteria) + 1
    feeling = 0.9 + 0.3 * chance.standard_normal(desks)[unit // days] + 0.2 * chance.standard_normal(desks * days)[unit]
    feeling = (feeling + 0.7 * chance.standard_normal(responses))[:, None] + 0.6 * chance.standard_normal((responses, measures))
    ratings = (1 + np.searchsorted(_THRESHOLDS, feeling)).astype(np.int8)
    ratings[chance.random(ratings.shape) < NO_OPINION_SHARE] = NO_OPINION
    ratings[~_asked(questionnaire)[variant]] = _NOT_ASKED
    return Responses(questionnaire, unit, variant, ratings)


def tallies(responses: Responses) -> Iterator[tuple[str, Integers, Integers]]:
    """For each measure its desk-days and their sums (units × `COLUMNS`)."""
    questionnaire = responses.questionnaire
    weight = np.where(responses.variant[:, None] < 0, 1, _weights(questionnaire)[None, :])
    columns = {code: [place] for place, code in enumerate(responses.codes)}
    for place, dimension in enumerate(questionnaire.dimension_of.values()):
        columns.setdefault(dimension, []).append(place)
    columns[OVERALL] = list(range(len(questionnaire.dimension_of)))
    for measure, places in columns.items():
        ratings = responses.ratings[:, places]
        answered = (ratings != _NOT_ASKED).any(axis=1)
        sums = _sums(ratings[answered], weight[answered][:, places])
        units, start = np.unique(responses.unit[answered], return_index=True)
        yield measure, units, np.add.reduceat(sums, start, axis=0)


def check(responses: Responses, sample: int = 300) -> None:
    """RuntimeError unless the first `sample` responses give the sums that `contributions` gives."""
    few = Responses(responses.questionnaire, np.zeros(sample, dtype=np.int64), responses.variant[:sample], responses.ratings[:sample])
    counted: dict[str, Integers] = {}
    for response in range(sample):
        for measure, sums in contributions(few.questionnaire, few.form(response), few.rated(response)).items():
            counted[measure] = counted.get(measure, np.zeros(len(COLUMNS), dtype=np.int64)) + np.array(sums)
    for measure, _, simulated in tallies(few):
        if not np.array_equal(simulated[0], counted[measure]):
            raise RuntimeError(f"The simulated tally of {measure} is not what its responses give.")


def _sums(ratings: NDArray[np.int8], weights: Integers) -> Integers:
    """What each response adds to one measure, as `survey.domain.tallying` defines it."""
    valid = (weights * (ratings > NO_OPINION)).sum(axis=1)
    satisfied = (weights * (ratings >= SATISFIED_FROM)).sum(axis=1)
    counts = [(ratings == rating).sum(axis=1) for rating in (1, 2, 3, 4, 5, NO_OPINION)]
    return np.column_stack([valid > 0, *counts, satisfied, valid, satisfied * satisfied, satisfied * valid, valid * valid])


def _weights(questionnaire: Questionnaire) -> Integers:
    return np.array([*(int(questionnaire.short_form_weights[code]) for code in questionnaire.dimension_of), 1])


def _asked(questionnaire: Questionnaire) -> NDArray[np.bool_]:
    """Forms × measures; the full form is the last, where -1 leads, and the general question is always asked."""
    forms: Sequence[Sequence[str]] = (*questionnaire.short_forms, tuple(questionnaire.dimension_of))
    return np.array([[code in form for code in questionnaire.dimension_of] + [True] for form in forms])
