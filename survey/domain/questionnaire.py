"""A questionnaire version: what is asked, in which words, in which forms. Data, never code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

#: Ratings of 4 and 5 count as satisfied (design 4.1).
SATISFIED_FROM = 4
RATINGS = (1, 2, 3, 4, 5)
#: How "no opinion" is stored beside the ratings 1 to 5; it leaves the denominator.
NO_OPINION = 0
#: The key of the whole: all criteria of all dimensions.
OVERALL = "ALL"
FULL_FORM = "full"
#: What a question that is not a rating is for. Only `OPEN` is answered in words; the others by choosing.
PERCEPTION, EXPECTATION, DEMOGRAPHIC, FILTER, OPEN = QUESTION_KINDS = ("perception", "expectation", "demographic", "filter", "open")

Text = Mapping[str, str]  # language code -> words


@dataclass(frozen=True)
class Level:
    """One step of the rating scale."""

    rating: int
    text: Text


@dataclass(frozen=True)
class Dimension:
    code: str
    text: Text


@dataclass(frozen=True)
class Criterion:
    code: str
    dimension: str
    text: Text


@dataclass(frozen=True)
class Answer:
    code: str
    text: Text


@dataclass(frozen=True)
class Condition:
    """Asked only when `question` was answered with `answer`."""

    question: str
    answer: str


@dataclass(frozen=True)
class Question:
    """A question that is not a rating: perception, expectation, demographic, filter or open text."""

    code: str
    kind: str
    text: Text
    answers: tuple[Answer, ...] = ()
    most_choices: int = 1
    asked_when: Condition | None = None
    dimension: str | None = None
    asked_by_default: bool = True


@dataclass(frozen=True)
class Questionnaire:
    """One frozen version. `short_forms` lists the variants; each names one criterion of every dimension."""

    code: str
    text: Text
    levels: tuple[Level, ...]
    dimensions: tuple[Dimension, ...]
    criteria: tuple[Criterion, ...]
    general: Criterion
    questions: tuple[Question, ...]
    short_forms: tuple[tuple[str, ...], ...]

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(sorted(self.text))

    @cached_property
    def question_of(self) -> dict[str, Question]:
        return {question.code: question for question in self.questions}

    @cached_property
    def dimension_of(self) -> dict[str, str]:
        return {criterion.code: criterion.dimension for criterion in self.criteria}

    def criteria_of(self, dimension: str) -> tuple[Criterion, ...]:
        return tuple(c for c in self.criteria if c.dimension == dimension)

    @cached_property
    def short_form_weights(self) -> dict[str, int | Fraction]:
        """1/P(asked) of each criterion on the short form; an int wherever it is a whole number."""
        asked = dict.fromkeys(self.dimension_of, 0)
        for variant in self.short_forms:
            for code in variant:
                asked[code] += 1
        weights = {code: Fraction(len(self.short_forms), count) for code, count in asked.items() if count}
        return {code: int(w) if w.denominator == 1 else w for code, w in weights.items()}

    def asked(self, form: str) -> tuple[str, ...]:
        """The criteria that a form shows: every one for ``full``, five for ``short-17``."""
        if form == FULL_FORM:
            return tuple(self.dimension_of)
        return self.short_forms[short_form_number(form)]

    def has_form(self, form: str) -> bool:
        return form == FULL_FORM or form in self._short_form_names

    @cached_property
    def _short_form_names(self) -> frozenset[str]:
        return frozenset(map(short_form, range(len(self.short_forms))))


def short_form(number: int) -> str:
    return f"short-{number}"


def short_form_number(form: str) -> int:
    """The variant's number; ValueError when `form` is not ``short-<number>``."""
    kind, _, number = form.partition("-")
    if kind != "short" or not number.isdecimal():
        raise ValueError(f"not a form: {form!r}")
    return int(number)
