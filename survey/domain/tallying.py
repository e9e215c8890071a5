"""What one response adds to the tallies: the same rule for accepting, marking, unmarking and recounting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from survey.domain.questionnaire import FULL_FORM, NO_OPINION, OVERALL, SATISFIED_FROM, Questionnaire

#: The summed columns, in the order of the tuples below.
COLUMNS = (
    "respondents",
    "rated_1",
    "rated_2",
    "rated_3",
    "rated_4",
    "rated_5",
    "no_opinion",
    "satisfied",
    "valid",
    "satisfied_squared",
    "satisfied_valid",
    "valid_squared",
)


def contributions(questionnaire: Questionnaire, form: str, ratings: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
    """The sums that one response adds, by measure: each rated criterion, its dimension, the whole, and the general question.

    Each rating weighs 1/P(asked) (design 4.2), so that short and full forms estimate the same index. The general question
    is asked of everybody and never enters the whole.
    """
    weights = {} if form == FULL_FORM else questionnaire.short_form_weights
    by_measure: dict[str, list[tuple[int, int]]] = {}
    for code, rating in ratings.items():
        weight = int(weights.get(code, 1))
        for measure in _measures(code, questionnaire):
            by_measure.setdefault(measure, []).append((rating, weight))
    return {measure: _sums(rated) for measure, rated in by_measure.items()}


def _measures(code: str, questionnaire: Questionnaire) -> Iterator[str]:
    yield code
    if code in questionnaire.dimension_of:
        yield questionnaire.dimension_of[code]
        yield OVERALL


def _sums(rated: list[tuple[int, int]]) -> tuple[int, ...]:
    counts = [0] * 6
    satisfied = valid = 0
    for rating, weight in rated:
        counts[rating] += 1
        if rating != NO_OPINION:
            valid += weight
            satisfied += weight * (rating >= SATISFIED_FROM)
    squares = (satisfied * satisfied, satisfied * valid, valid * valid)
    return (int(valid > 0), *counts[1:], counts[NO_OPINION], satisfied, valid, *squares)
