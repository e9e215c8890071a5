"""The citizen's pages: the form of a desk, the thank-you, and the notice on privacy. No cookie, no log, no script needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from flask import Blueprint, render_template, request

from survey.database import db
from survey.domain.questionnaire import FULL_FORM, Criterion, Question, Questionnaire, short_form
from survey.domain.submission import Problem, Submission, read_submission
from survey.errors import Conflict
from survey.i18n import gettext, language
from survey.queries.open_desk import DeskView, DeskWave, find_desk, known_desk
from survey.queries.stored_response import is_stored
from survey.services.submit_response import Unit, submit_response
from survey.settings import today

blueprint = Blueprint("citizen", __name__)


@dataclass(frozen=True)
class Form:
    """What one rendering of the form shows: which criteria, which answers are already there, what is wrong."""

    response_id: UUID
    name: str
    criteria: Sequence[Criterion]
    questions: Sequence[Question]
    ratings: Mapping[str, int]
    answers: Mapping[str, str | list[str]]
    comment: str
    problems: Mapping[str, str]


@blueprint.get("/s/<code>")
def show_form(code: str) -> str | tuple[str, int]:
    desk = find_desk(db.session, code, today=today())
    wave = desk.wave if desk and desk.is_open else None
    if desk is None or wave is None or not wave.is_open:
        return _closed(desk)
    response_id = uuid4()
    name = FULL_FORM if request.args.get("form") == FULL_FORM else _drawn_form(response_id, wave.questionnaire)
    return _render(desk, wave, Submission(response_id, name, {}, {}))


@blueprint.post("/s/<code>")
def send_form(code: str) -> str | tuple[str, int]:
    try:
        return _take(code, known_desk(db.session, code, today=today()))
    except Conflict:  # what was known of the desk is out of date
        desk = find_desk(db.session, code, today=today())
    try:
        return _take(code, desk)
    except Conflict:  # the wave was closed, or the code revoked, in this very moment
        return _closed(desk, unsent=True)


def _take(code: str, desk: DeskView | None) -> str | tuple[str, int]:
    wave = desk.wave if desk else None
    if desk is None or wave is None:
        return _closed(desk)
    sent = read_submission(request.form.getlist, wave.questionnaire)
    if not (desk.is_open and wave.is_open):
        return _too_late(desk, wave, sent)
    if "full_form" in request.form:
        return _render(desk, wave, sent, name=FULL_FORM)
    if sent.problems:
        return _render(desk, wave, sent, problems=sent.problems), 422
    unit = Unit(wave.id, desk.id, desk.agency_id, today(), "open_qr")
    submit_response(db.session, sent, wave.questionnaire, unit, code=code, language=language())
    return _thanks(desk, wave)


def _too_late(desk: DeskView, wave: DeskWave, sent: Submission) -> str | tuple[str, int]:
    """The answer to a form that can no longer be taken: thanks where it had arrived in time and only the reply was lost."""
    if is_stored(db.session, sent.response_id):
        return _thanks(desk, wave)
    if not desk.is_open:
        return _closed(desk, unsent=True)
    return _render(desk, wave, sent, problems=(*sent.problems, Problem("wave", "wave_closed"))), 422


@blueprint.get("/privacy")
def privacy() -> str:
    return render_template("citizen/privacy.html")


def _thanks(desk: DeskView, wave: DeskWave) -> str:
    """The same words for everybody at an agency, so they are rendered once in each language."""
    key = (desk.agency_names[language()], wave.simulated, language())
    if key not in _thank_yous:
        _thank_yous[key] = render_template("citizen/thanks.html", desk=desk, simulated=wave.simulated)
    return _thank_yous[key]


_thank_yous: dict[tuple[str, bool, str], str] = {}


def _closed(desk: DeskView | None, *, unsent: bool = False) -> tuple[str, int]:
    """A page for a code that leads nowhere (any more), or a desk that no wave asks about now; `unsent` answers are told so."""
    return render_template("citizen/closed.html", desk=desk, unsent=unsent), 404 if desk is None else 410 if not desk.is_open else 200


def _drawn_form(response_id: UUID, questionnaire: Questionnaire) -> str:
    """One of the balanced variants, each equally likely: the id is random, so its remainder is the draw."""
    return short_form(response_id.int % len(questionnaire.short_forms))


def _render(desk: DeskView, wave: DeskWave, sent: Submission, *, name: str = "", problems: Sequence[Problem] = ()) -> str:
    questionnaire = wave.questionnaire
    name = name or sent.form
    asked = questionnaire.asked(name)
    form = Form(
        response_id=sent.response_id or uuid4(),
        name=name,
        criteria=[criterion for criterion in questionnaire.criteria if criterion.code in asked] + [questionnaire.general],
        questions=_shown_questions(questionnaire, name),
        ratings=sent.ratings,
        answers=sent.answers,
        comment=sent.comment,
        problems={problem.field: _sentence(problem.code) for problem in problems},
    )
    return render_template("citizen/form.html", desk=desk, questionnaire=questionnaire, form=form, simulated=wave.simulated)


def _shown_questions(questionnaire: Questionnaire, name: str) -> list[Question]:
    """The full form adds the other questions; the short form only the room for a comment."""
    return [q for q in questionnaire.questions if q.asked_by_default and (name == FULL_FORM or not q.answers)]


def _sentence(code: str) -> str:
    return {
        "needs_a_rating": gettext("Please rate at least one line, then press send again."),
        "not_a_level": gettext("This answer could not be read. Please choose one of the lines below."),
        "not_an_answer": gettext("This answer could not be read. Please choose again."),
        "too_many_choices": gettext("Please choose fewer answers here."),
        "too_long": gettext("The comment is too long. Please shorten it to 2,000 letters."),
        "unknown_form": gettext("The form could not be recognised. Your answers are still here: please press send again."),
        "wave_closed": gettext("This survey has ended, so your answers were not sent. Thank you for wanting to take part."),
    }[code]
