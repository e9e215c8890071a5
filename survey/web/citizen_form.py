"""The citizen's form, whichever way it was opened: the QR code at the desk, a slip, a kiosk. No cookie, no log, no script needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from flask import render_template, request

from survey.database import db
from survey.domain.questionnaire import FULL_FORM, Criterion, Question, Questionnaire, short_form
from survey.domain.submission import Problem, Submission, read_submission
from survey.errors import Conflict
from survey.i18n import gettext, language
from survey.queries.open_desk import DeskView, DeskWave
from survey.queries.stored_response import is_stored
from survey.services.submit_response import Unit, submit_response
from survey.settings import today

Page = str | tuple[str, int]


@dataclass(frozen=True)
class Entry:
    """One way into the form of a desk."""

    desk: DeskView
    mode: str  # one of survey.domain.wave.MODES
    action: str  # the path that the form posts to
    code: str  # the desk's code, that must still be valid when the response is stored; a slip's form has none
    slip: str | None = None  # the digest of the single-use code, when the form was opened with one


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


def show(entry: Entry) -> Page:
    """The empty form: a short one drawn by chance, or the full one when it is asked for."""
    wave = entry.desk.wave
    if wave is None or not (entry.desk.is_open and wave.is_open):
        return closed(entry.desk)
    response_id = uuid4()
    name = FULL_FORM if request.args.get("form") == FULL_FORM else _drawn_form(response_id, wave.questionnaire)
    return _render(entry, wave, Submission(response_id, name, {}, {}))


def take(entry: Entry, *, fresh: Callable[[], Entry | None] | None = None) -> Page:
    """The answer to a form that was sent: the thank-you, or the form again with what to mend.

    `fresh` reads the entry anew, for one that came from memory: asked only when the database says that what was known is out of date.
    """
    try:
        return take_once(entry)
    except Conflict:
        newer = fresh() if fresh else entry
    if newer is None:
        return closed(None)
    try:
        return take_once(newer)
    except Conflict:  # the wave was closed, or the code revoked, in this very moment
        return closed(newer.desk, unsent=True)


def closed(desk: DeskView | None, *, unsent: bool = False) -> Page:
    """A page for a code that leads nowhere (any more), or a desk that no wave asks about now; `unsent` answers are told so."""
    return render_template("citizen/closed.html", desk=desk, unsent=unsent), 404 if desk is None else 410 if not desk.is_open else 200


def take_once(entry: Entry) -> Page:
    """As `take`, but `Conflict` comes out where the database does not take the response."""
    desk, wave = entry.desk, entry.desk.wave
    if wave is None:
        return closed(desk)
    sent = read_submission(request.form.getlist, wave.questionnaire)
    if not (desk.is_open and wave.is_open):
        return _too_late(entry, wave, sent)
    if "full_form" in request.form:
        return _render(entry, wave, sent, name=FULL_FORM)
    if sent.problems:
        return _render(entry, wave, sent, problems=sent.problems), 422
    _store(entry, wave, sent)
    return _thanks(desk, wave)


def _store(entry: Entry, wave: DeskWave, sent: Submission) -> None:
    """The one place where a form becomes a response: what an entry adds to it (a slip, marks) is handed over here."""
    unit = Unit(wave.id, entry.desk.id, entry.desk.agency_id, today(), entry.mode)
    submit_response(db.session, sent, wave.questionnaire, unit, code=entry.code, language=language(), slip=entry.slip)


def _too_late(entry: Entry, wave: DeskWave, sent: Submission) -> Page:
    """The answer to a form that can no longer be taken: thanks where it had arrived in time and only the reply was lost."""
    if is_stored(db.session, sent.response_id):
        return _thanks(entry.desk, wave)
    if not entry.desk.is_open:
        return closed(entry.desk, unsent=True)
    return _render(entry, wave, sent, problems=(*sent.problems, Problem("wave", "wave_closed"))), 422


def _thanks(desk: DeskView, wave: DeskWave) -> str:
    """The same words for everybody at an agency, so they are rendered once in each language."""
    key = (desk.agency_names[language()], wave.simulated, language())
    if key not in _thank_yous:
        _thank_yous[key] = render_template("citizen/thanks.html", desk=desk, simulated=wave.simulated)
    return _thank_yous[key]


_thank_yous: dict[tuple[str, bool, str], str] = {}


def _drawn_form(response_id: UUID, questionnaire: Questionnaire) -> str:
    """One of the balanced variants, each equally likely: the id is random, so its remainder is the draw."""
    return short_form(response_id.int % len(questionnaire.short_forms))


def _render(entry: Entry, wave: DeskWave, sent: Submission, *, name: str = "", problems: Sequence[Problem] = ()) -> str:
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
    return render_template("citizen/form.html", entry=entry, questionnaire=questionnaire, form=form, simulated=wave.simulated)


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
