"""The citizen's pages that a desk's QR code leads to, the notice on privacy, and the files that these pages load. No cookie, no log."""

from __future__ import annotations

from functools import cache

from flask import Blueprint, Response, abort, render_template, request, send_from_directory

from survey.database import db
from survey.domain.feedback_case import CONTACT_KEPT_FOR, UNANSWERED_KEPT_FOR, WORDS_KEPT_FOR
from survey.queries.open_desk import DeskView, find_desk, known_desk
from survey.queries.province_settings import known_settings
from survey.settings import PROJECT, today
from survey.web import packing
from survey.web.citizen_form import Entry, Page, closed, show, take
from survey.web.citizen_page import packed, recorded, recordings_folder
from survey.web.dead_codes import count_dead_code
from survey.web.headers import citizen_script_version
from survey.web.kept_fields import kept_of_case, kept_of_comment, kept_of_contact, kept_of_mark, kept_of_response

blueprint = Blueprint("citizen", __name__)


@blueprint.get("/s/<code>")
def show_form(code: str) -> Page:
    entry = _read_entry(code)
    if entry and not entry.desk.is_open:
        count_dead_code(entry.desk.id)
    return show(entry) if entry else closed(None)


@blueprint.post("/s/<code>")
def send_form(code: str) -> Page:
    entry = _entry(known_desk(db.session, code, today=today()), code)
    return take(entry, fresh=lambda: _read_entry(code)) if entry else closed(None)


@blueprint.get("/privacy")
def privacy() -> str:
    kept = {
        "response": kept_of_response(), "comment": kept_of_comment(), "case": kept_of_case(), "contact": kept_of_contact(),
        "mark": kept_of_mark(),
    }  # fmt: skip
    days = {"contact": CONTACT_KEPT_FOR, "words": WORDS_KEPT_FOR, "unanswered": UNANSWERED_KEPT_FOR}
    return render_template("citizen/privacy.html", kept=kept, days=days, settings=known_settings(db.session))


@blueprint.get("/citizen-<version>.js")
def script(version: str) -> Response:
    """Phones keep it for ever under its version; an old page that asks for an older one gets the newest, but for once only."""
    if version != citizen_script_version():
        return _script("citizen.js", "no-store")
    return _script("citizen.js", "public, max-age=31536000, immutable")


@blueprint.get("/sw.js")
def worker() -> Response:
    """At the top, for a worker may only stand before pages below its own address."""
    return _script("citizen-worker.js", "no-cache")


@blueprint.get("/recordings/<questionnaire>/<spoken>/<code>.mp3")
def recording(questionnaire: str, spoken: str, code: str) -> Response:
    """A question as somebody has recorded it, where the operator has put the file into the data folder."""
    folder = recordings_folder(questionnaire, spoken)
    if ".." in (questionnaire, spoken) or code not in recorded(folder):
        abort(404)
    return send_from_directory(folder, f"{code}.mp3", mimetype="audio/mpeg", max_age=86400)


def _script(name: str, caching: str) -> Response:
    coding = packing.choose(request.headers.get("Accept-Encoding", ""))
    answer = packed(_packed_script(name, coding), coding, mimetype="text/javascript")
    answer.headers["Cache-Control"] = caching
    return answer


@cache
def _packed_script(name: str, coding: str) -> bytes:
    return packing.pack((PROJECT / "survey" / "static" / name).read_text(encoding="utf-8"), coding)


def _read_entry(code: str) -> Entry | None:
    return _entry(find_desk(db.session, code, today=today()), code)


def _entry(desk: DeskView | None, code: str) -> Entry | None:
    return Entry(desk, "open_qr", f"/s/{code}", code) if desk else None
