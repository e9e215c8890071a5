"""Simulated answers to the questions that are no ratings. The shares are invented, plausible at best."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from survey.domain.questionnaire import DEMOGRAPHIC, EXPECTATION, FILTER, PERCEPTION, Question, Questionnaire

Answers = dict[str, str | list[str]]

#: How many of those who see a question answer it.
_ANSWERED = {FILTER: 0.85, PERCEPTION: 0.55, EXPECTATION: 0.5, DEMOGRAPHIC: 0.45}
#: Weights of the answers, in the questionnaire's order; equal where nothing is said.
_WEIGHTS = {
    "S1": (94, 6),
    "S2": (96, 4),
    "N1": (35, 30, 10, 22, 3),
    "N2": (62, 25, 10, 3),
    "N3": (2, 98),
    "N4": (1, 99),
    "N5": (24, 67, 9),
    "N6": (58, 42),
    "N7": (52, 48),
    "N8": (7, 93),
    "M": (12, 14, 24, 10, 22, 6, 12, 14, 7, 2),
    "T1": (47, 51, 2),
    "T2": (8, 24, 37, 21, 10),
    "T3": (4, 18, 34, 22, 19, 2, 1),
    "T4": (41, 12, 13, 8, 10, 4, 5, 5, 2),
    "T5": (26, 48, 26),
    "T7": (93, 7),
}


def background_answers(questionnaire: Questionnaire, asked: NDArray[np.bool_], chance: np.random.Generator) -> tuple[Answers, ...]:
    """For each person the answers to other questions; empty where the form did not ask them."""
    answers: tuple[Answers, ...] = tuple({} for _ in asked)
    people = [answers[number] for number in np.flatnonzero(asked)]
    for question in questionnaire.questions:
        if question.asked_by_default and question.answers:
            _answer(question, people, chance)
    return answers


def _answer(question: Question, people: Sequence[Answers], chance: np.random.Generator) -> None:
    condition = question.asked_when
    codes = [answer.code for answer in question.answers]
    answered = chance.random(len(people)) < _ANSWERED[question.kind]
    ranked = _ranked(question, len(people), chance)
    wanted = chance.integers(1, min(question.most_choices, 3) + 1, len(people))
    for person, says, order, choices in zip(people, answered, ranked, wanted, strict=True):
        if says and (condition is None or person.get(condition.question) == condition.answer):
            chosen = sorted(codes[place] for place in order[:choices])
            person[question.code] = chosen if question.most_choices > 1 else chosen[0]


def _ranked(question: Question, people: int, chance: np.random.Generator) -> NDArray[np.intp]:
    """For each person the answers by liking; the first is chosen with the given weights (exponential race)."""
    weights = np.array(_WEIGHTS.get(question.code, ()), dtype=float)
    if len(weights) != len(question.answers):
        weights = np.ones(len(question.answers))
    return np.argsort(chance.exponential(size=(people, len(weights))) / weights, axis=1)
