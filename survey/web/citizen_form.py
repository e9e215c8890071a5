"""The citizen's form, whichever way it was opened: the QR code at the desk, a slip, a kiosk. No cookie, no log, no script needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from flask import Response, current_app, render_template, request

from survey.database import db
from survey.domain.questionnaire import FULL_FORM, Questionnaire, short_form
from survey.domain.receipt_code import receipt_code, receipt_digest, receipt_key
from survey.domain.slip_code import in_groups
from survey.domain.submission import Problem, Submission, read_submission, still_fitting
from survey.errors import Conflict
from survey.i18n import in_words, language
from survey.queries.open_desk import DeskView, DeskWave, questionnaire_named
from survey.queries.stored_response import is_case, is_stored
from survey.services.submit_response import Unit, submit_response
from survey.settings import today
from survey.web import packing
from survey.web.citizen_page import Given, Look, Place, empty_form, filled_form, look, packed, sentence
from survey.web.limits import count_form, is_from_own_network, judge_form
from survey.web.told import told_of

Page = str | Response | tuple[str, int]


@dataclass(frozen=True)
class Entry:
    """One way into the form of a desk."""

    desk: DeskView
    mode: str  # one of survey.domain.wave.MODES
    action: str  # the path that the form posts to
    code: str  # the desk's code, that must still be valid when the response is stored; a slip's form has none
    slip: str | None = None  # the digest of the single-use code, when the form was opened with one
    form: str = ""  # what it opens with where the address names none: a variant drawn by chance unless it says another
    given_on: date | None = None  # the day on which the response counts, where that is not the day on which it arrives
    mark: str | None = None  # why the response is marked, at whatever pace it comes


def show(entry: Entry) -> Page:
    """The empty form: a short one drawn by chance, or the full one when it is asked for."""
    wave = entry.desk.wave
    if wave is None or not (entry.desk.is_open and wave.takes(entry.mode)):
        return closed(entry.desk)
    response_id = uuid4()
    form = _wanted_form(response_id, wave.questionnaire, entry.form)
    return empty_form(_look(entry, wave, form), _place(entry), response_id)


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
    made_from = request.form.get("questionnaire")
    if made_from and made_from != wave.questionnaire.code:
        return _other_version(entry, wave, made_from)
    sent = read_submission(request.form.getlist, wave.questionnaire)
    if not (desk.is_open and wave.takes(entry.mode)):
        return _too_late(entry, wave, sent)
    if request.form.keys() & {"full_form", "switch"}:  # not sent yet: to all criteria, another language, or pictures and back
        return _again(entry, wave, sent, form=FULL_FORM if "full_form" in request.form else "")
    if sent.problems:
        return _again(entry, wave, sent, problems=sent.problems), 422
    return _accept(entry, wave, sent)


def _accept(entry: Entry, wave: DeskWave, sent: Submission) -> Page:
    """Thanks for a form that is now stored. One of a burst waits first, with all its answers (decision 0066)."""
    verdict = judge_form(entry.desk.id, entry.mode, sent.response_id)
    if verdict.wait:
        return _again(entry, wave, sent, problems=[Problem("wave", "wait")]), 429
    _store(entry, wave, sent, burst=verdict.reason)
    return _thanks(entry, wave, sent)


def _store(entry: Entry, wave: DeskWave, sent: Submission, *, burst: str | None) -> None:
    """The one place where a form becomes a response: what an entry adds to it (a slip, marks) is handed over here."""
    unit = Unit(wave.id, entry.desk.id, entry.desk.agency_id, entry.given_on or today(), entry.mode)
    receipt = _digest(receipt_code(sent.response_id)) if sent.wants_answer and sent.response_id else None
    new = submit_response(
        db.session, sent, wave.questionnaire, unit, code=entry.code, language=language(), slip=entry.slip,
        burst=burst or entry.mark, from_own_network=is_from_own_network(db.session, unit.agency_id),
        receipt=receipt,
    )  # fmt: skip
    if new:
        count_form(unit.desk_id, unit.mode)


def _other_version(entry: Entry, wave: DeskWave, made_from: str) -> Page:
    """A form made from another version is never read by this one, except for what is asked in the same words."""
    old = questionnaire_named(db.session, made_from)
    sent = still_fitting(read_submission(request.form.getlist, old or wave.questionnaire), old, wave.questionnaire)
    if is_stored(db.session, sent.response_id):
        return _thanks(entry, wave, sent)
    return _again(entry, wave, sent, problems=sent.problems), 422


def _too_late(entry: Entry, wave: DeskWave, sent: Submission) -> Page:
    """The answer to a form that can no longer be taken: thanks where it had arrived in time and only the reply was lost."""
    if is_stored(db.session, sent.response_id):
        return _thanks(entry, wave, sent)
    if not entry.desk.is_open:
        return closed(entry.desk, unsent=True)
    return _again(entry, wave, sent, problems=(*sent.problems, Problem("wave", "wave_closed"))), 422


def _thanks(entry: Entry, wave: DeskWave, sent: Submission) -> Page:
    """The same words for everybody at an agency, rendered and compressed once in each language; but for those who want an answer."""
    if sent.wants_answer and sent.response_id and sent.comment:
        code = receipt_code(sent.response_id)
        known = is_case(db.session, _digest(code))  # not where the form had been sent before, without asking for an answer
        page = _render_thanks(entry, wave, wants_answer=True, receipt=in_groups(code) if known else None)
        return Response(page, headers={"Cache-Control": "no-store"})  # whoever opens this browser next shall not find the code
    place, coding = _place(entry), packing.choose(request.headers.get("Accept-Encoding", ""))
    key = (place.agency, _back(entry), wave.simulated, told_of(entry.desk.agency_id), language(), coding)
    if key not in _thank_yous:
        if len(_thank_yous) >= _MOST_THANK_YOUS:
            _thank_yous.clear()
        _thank_yous[key] = packing.pack(_render_thanks(entry, wave), coding)
    return packed(_thank_yous[key], coding)


def _render_thanks(entry: Entry, wave: DeskWave, **answer: object) -> str:
    told = told_of(entry.desk.agency_id)
    return render_template("citizen/thanks.html", place=_place(entry), back=_back(entry), simulated=wave.simulated, told=told, **answer)


def _back(entry: Entry) -> str:
    """Where a kiosk goes on to the next person."""
    return entry.action if entry.mode == KIOSK else ""


def _digest(code: str) -> str:
    """All that is stored of a receipt code."""
    return receipt_digest(code, receipt_key(current_app.config["SETTINGS"].secret_key))


KIOSK = "kiosk"
_MOST_THANK_YOUS = 1024
_thank_yous: dict[tuple[object, ...], bytes] = {}


def _wanted_form(response_id: UUID, questionnaire: Questionnaire, usual: str) -> str:
    """The form that the address names (a reload must find the same questions), else the `usual` one, else a variant drawn by chance.

    Each of the balanced variants is equally likely: the id is random, so its remainder is the draw.
    """
    named = request.args.get("form", usual)
    return named if questionnaire.has_form(named) else short_form(response_id.int % len(questionnaire.short_forms))


def _look(entry: Entry, wave: DeskWave, form: str) -> Look:
    return look(wave.questionnaire, form, simulated=wave.simulated, kiosk=entry.mode == KIOSK)


def _place(entry: Entry) -> Place:
    desk, words = entry.desk, language()
    return Place(in_words(desk.names, words), in_words(desk.agency_names, words), entry.action)


def _again(entry: Entry, wave: DeskWave, sent: Submission, *, form: str = "", problems: Sequence[Problem] = ()) -> str:
    """The form as it was sent, to be mended or gone on with."""
    wrong = {problem.field: sentence(problem.code) for problem in problems}
    given = Given(sent.ratings, sent.answers, sent.comment, sent.helped, sent.wants_answer, wrong)
    return filled_form(_look(entry, wave, form or sent.form), _place(entry), sent.response_id or uuid4(), given)
