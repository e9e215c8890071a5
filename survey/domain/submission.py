"""From form fields to a clean submission, by what the questionnaire admits. Fields that it does not know are ignored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from survey.domain.questionnaire import FULL_FORM, NO_OPINION, RATINGS, Criterion, Question, Questionnaire, short_form

LONGEST_COMMENT = 2000
#: All that is kept of the time between the first answer and sending; the phone says which, and nothing finer ever leaves it.
ANSWERING_TIMES = ("under_15s", "15s_to_60s", "1_to_5_min", "over_5_min")
_RATINGS = {str(rating): rating for rating in (*RATINGS, NO_OPINION)}
_CONTROLS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127])

#: Gives all values of one form field, as Werkzeug's `MultiDict.getlist` does.
Fields = Callable[[str], Sequence[str]]


@dataclass(frozen=True)
class Problem:
    """What is wrong with one field. The page turns `code` into a sentence beside the field."""

    field: str
    code: str


@dataclass(frozen=True)
class Submission:
    response_id: UUID | None
    form: str
    ratings: dict[str, int]
    answers: dict[str, str | list[str]]
    comment: str = ""
    helped: bool = False  # somebody helped to fill it in
    problems: tuple[Problem, ...] = field(default=())
    answering_time: str | None = None  # one of ANSWERING_TIMES, where the phone tells it
    wants_answer: bool = False  # the comment asks for one


def read_submission(fields: Fields, questionnaire: Questionnaire) -> Submission:
    """Read what was sent. Everything that can be used is kept, also when `problems` is not empty."""
    problems: list[Problem] = []
    response_id = _response_id(_first(fields, "response_id"))
    if response_id is None:
        problems.append(Problem("response_id", "unknown_form"))
    ratings = _ratings(fields, questionnaire, problems)
    answers = _answers(fields, questionnaire.questions, problems)
    wants_answer = _first(fields, "wants_answer") == "yes"
    comment = _comment(fields, questionnaire.questions, problems, wanted=wants_answer)
    if not problems and not any(rating != NO_OPINION for rating in ratings.values()):
        problems.append(Problem("ratings", "needs_a_rating"))
    helped = _first(fields, "helped") == "yes"
    form, time = _form(fields, questionnaire, ratings), _first(fields, "answering_time")
    known_time = time if time in ANSWERING_TIMES else None
    return Submission(response_id, form, ratings, answers, comment, helped, tuple(problems), known_time, wants_answer)


def still_fitting(sent: Submission, old: Questionnaire | None, new: Questionnaire) -> Submission:
    """What of a form made from the version `old` also answers `new`: only what is asked in the very same words with the same answers.

    A code alone does not say that it is the same question. The form is the variant of `new` that asks most of what was rated.
    """
    items: list[Criterion | Question] = [*new.criteria, new.general, *new.questions]
    asked: list[Criterion | Question] = [*old.criteria, old.general, *old.questions] if old and old.levels == new.levels else []
    codes = {item.code for item in items if item in asked}
    ratings = {code: rating for code, rating in sent.ratings.items() if code in codes}
    answers = {code: given for code, given in sent.answers.items() if code in codes}
    form = FULL_FORM if sent.form == FULL_FORM else _nearest_form(set(ratings), new)
    return replace(sent, form=form, ratings=ratings, answers=answers, problems=(Problem("questionnaire", "other_version"),))


def _nearest_form(rated: set[str], questionnaire: Questionnaire) -> str:
    variants = questionnaire.short_forms
    return short_form(max(range(len(variants)), key=lambda number: len(rated.intersection(variants[number]))))


def _first(fields: Fields, name: str) -> str:
    values = fields(name)
    return values[0].strip() if values else ""


def _response_id(text: str) -> UUID | None:
    """Only random (version 4) ids: any other kind could carry the time or the machine."""
    try:
        response_id = UUID(text)
    except ValueError:
        return None
    return response_id if response_id.version == 4 else None


def _form(fields: Fields, questionnaire: Questionnaire, ratings: dict[str, int]) -> str:
    """The form that was shown. Ratings beyond it, or a name that does not exist, mean the full form (weight 1)."""
    named = _first(fields, "form")
    try:
        asked = set(questionnaire.asked(named))
    except (ValueError, IndexError):
        return FULL_FORM
    rated = ratings.keys() & questionnaire.dimension_of.keys()
    return named if rated <= asked else FULL_FORM


def _ratings(fields: Fields, questionnaire: Questionnaire, problems: list[Problem]) -> dict[str, int]:
    ratings = {}
    for code in (*questionnaire.dimension_of, questionnaire.general.code):
        text = _first(fields, code)
        if text in _RATINGS:
            ratings[code] = _RATINGS[text]
        elif text:
            problems.append(Problem(code, "not_a_level"))
    return ratings


def _answers(fields: Fields, questions: Sequence[Question], problems: list[Problem]) -> dict[str, str | list[str]]:
    answers: dict[str, str | list[str]] = {}
    for question in questions:
        given = [text for text in fields(question.code) if text]
        if not question.answers or not given or not _is_asked(question, answers):
            continue
        if not set(given) <= {answer.code for answer in question.answers}:
            problems.append(Problem(question.code, "not_an_answer"))
        elif len(set(given)) > question.most_choices:
            problems.append(Problem(question.code, "too_many_choices"))
        else:
            answers[question.code] = sorted(set(given)) if question.most_choices > 1 else given[0]
    return answers


def _is_asked(question: Question, answers: dict[str, str | list[str]]) -> bool:
    condition = question.asked_when
    return condition is None or answers.get(condition.question) == condition.answer


def _comment(fields: Fields, questions: Sequence[Question], problems: list[Problem], *, wanted: bool) -> str:
    for question in questions:
        if question.kind == "open":
            text = _first(fields, question.code).replace("\r\n", "\n").translate(_CONTROLS)  # one letter to the field that counts them
            if len(text) > LONGEST_COMMENT:
                problems.append(Problem(question.code, "too_long"))
            elif wanted and not text.strip():
                problems.append(Problem(question.code, "nothing_to_answer"))
            return text
    return ""
