"""The form as a page. An empty one is rendered once and filled with the desk's names; nothing differs from phone to phone but its id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from flask import Response, current_app, render_template, request
from markupsafe import escape

from survey.database import db
from survey.domain.questionnaire import FULL_FORM, Criterion, Question, Questionnaire
from survey.domain.submission import LONGEST_COMMENT
from survey.i18n import LANGUAGES, gettext, language, number
from survey.queries.province_settings import known_settings
from survey.web import packing

PICTURES = "pictures"
#: The one folder of recorded questions below SIPAS_HOME: recordings/<questionnaire>/<language>/<criterion>.mp3
RECORDINGS = "recordings"
#: Stand for what differs between desks and phones; letters that no text of ours has.
_DESK, _AGENCY, _ACTION, _ID = "\ue000", "\ue001", "\ue002", "\ue003"
#: About 5 kB each, and a process that serves every variant of the form at every desk keeps no more of them.
_MOST_STARTS = 4096


@dataclass(frozen=True)
class Look:
    """What one rendering of the form depends on, beside desk and answers."""

    questionnaire: Questionnaire
    form: str
    language: str
    pictures: bool
    simulated: bool
    kiosk: bool
    comments: bool

    @property
    def key(self) -> tuple[object, ...]:
        return (self.questionnaire.code, self.form, self.language, self.pictures, self.simulated, self.kiosk, self.comments)


@dataclass(frozen=True)
class Place:
    """Who is rated, in the reader's language, and where the form posts to."""

    desk: str
    agency: str
    action: str


@dataclass(frozen=True)
class Given:
    """The answers that are already there, and what is wrong with them: a sentence for each field."""

    ratings: Mapping[str, int] = field(default_factory=dict)
    answers: Mapping[str, str | list[str]] = field(default_factory=dict)
    comment: str = ""
    helped: bool = False
    wants_answer: bool = False
    problems: Mapping[str, str] = field(default_factory=dict)


def look(questionnaire: Questionnaire, form: str, *, simulated: bool, kiosk: bool) -> Look:
    """As the reader asked for it: language and mode stand in the address."""
    comments = known_settings(db.session).comments_offered
    return Look(questionnaire, form, language(), request.args.get("mode") == PICTURES, simulated, kiosk, comments)


def empty_form(looks: Look, place: Place, response_id: UUID) -> Response:
    """A form that nobody has answered, mostly from memory."""
    coding = packing.choose(request.headers.get("Accept-Encoding", ""))
    start, end = _start(looks, place, coding)
    return packed(packing.finish(start, end.replace(_ID, str(response_id)).encode()), coding)


def filled_form(looks: Look, place: Place, response_id: UUID, given: Given) -> str:
    return _render(looks, place, str(response_id), given, fresh=False)


def preview(looks: Look, place: Place, response_id: UUID, *, back: str) -> str:
    """The empty form to look at only: every field is switched off, and there is no script."""
    return _render(looks, place, str(response_id), Given(), fresh=False, back=back)


def packed(body: bytes, coding: str, *, mimetype: str = "text/html") -> Response:
    response = Response(body, mimetype=mimetype)
    if coding:
        response.headers["Content-Encoding"] = coding
    response.headers["Vary"] = "Accept-Encoding"
    return response


@lru_cache(maxsize=512)
def recorded(folder: Path) -> frozenset[str]:
    """The criteria whose question somebody has recorded, looked up once: a recording added later is heard after the next start."""
    return frozenset(file.stem for file in folder.glob("*.mp3"))


def recordings_folder(questionnaire_code: str, spoken: str) -> Path:
    return Path(current_app.instance_path) / RECORDINGS / questionnaire_code / spoken


def _start(looks: Look, place: Place, coding: str) -> tuple[packing.Start, str]:
    """The page up to the id, compressed; and its end."""
    key = (current_app.instance_path, looks.key, place, coding)
    if key not in _starts:
        if len(_starts) >= _MOST_STARTS:
            _starts.clear()
        page = _empty(looks)
        for mark, words in ((_DESK, place.desk), (_AGENCY, place.agency), (_ACTION, place.action)):
            page = page.replace(mark, str(escape(words)))
        start, mark, end = page.rpartition(_ID)
        _starts[key] = (packing.begin(start, coding), mark + end)
    return _starts[key]


_starts: dict[tuple[object, ...], tuple[packing.Start, str]] = {}


def _empty(looks: Look) -> str:
    key = (current_app.instance_path, *looks.key)
    if key not in _empties:
        _empties[key] = _render(looks, Place(_DESK, _AGENCY, _ACTION), _ID, Given(), fresh=True)
    return _empties[key]


_empties: dict[tuple[object, ...], str] = {}


def _render(looks: Look, place: Place, response_id: str, given: Given, *, fresh: bool, back: str | None = None) -> str:
    questionnaire = looks.questionnaire
    asked = questionnaire.asked(looks.form)
    criteria: Sequence[Criterion] = [c for c in questionnaire.criteria if c.code in asked]
    return render_template(
        "citizen/preview.html" if back else "citizen/form.html",
        back=back,
        look=looks,
        place=place,
        given=given,
        fresh=fresh,
        response_id=response_id,
        questionnaire=questionnaire,
        criteria=[*criteria, questionnaire.general],
        questions=_shown_questions(questionnaire, comments=looks.comments or bool(given.comment)),
        languages=[code for code in LANGUAGES if code in questionnaire.languages],
        is_full=looks.form == FULL_FORM,
        recorded=recorded(recordings_folder(questionnaire.code, looks.language)) if looks.pictures else (),
    )


def _shown_questions(questionnaire: Questionnaire, *, comments: bool) -> list[Question]:
    """Those with answers to choose from and, where comments are offered, the one for words of one's own."""
    return [question for question in questionnaire.questions if question.asked_by_default and (question.answers or comments)]


def sentence(code: str) -> str:
    """What is wrong, by the code of a `Problem`."""
    return {
        "needs_a_rating": gettext("Please rate at least one line, then press send again."),
        "not_a_level": gettext("This answer could not be read. Please choose one of the lines below."),
        "not_an_answer": gettext("This answer could not be read. Please choose again."),
        "too_many_choices": gettext("Please choose fewer answers here."),
        "nothing_to_answer": gettext("Please write what you want an answer to, or take the tick for an answer away."),
        "too_long": gettext("The comment is too long. Please shorten it to %(most)s letters.", most=number(LONGEST_COMMENT)),
        "unknown_form": gettext("The form could not be recognised. Your answers are still here: please press send again."),
        "wave_closed": gettext("This survey has ended, so your answers were not sent. Thank you for wanting to take part."),
        "wait": gettext("Many forms are arriving from one place just now. Please wait five seconds, then press send once more."),
        "other_version": gettext("The questions have changed since this form was opened. Please look through it once more, then send it."),
    }[code]
