"""The citizen's pages for a slip or an invitation, and for people who type: its number, or the one under a desk's QR code."""

from __future__ import annotations

from uuid import UUID

from flask import current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from survey.database import db
from survey.domain.questionnaire import FULL_FORM
from survey.domain.slip_code import DESK_DIGITS, SLIP_DIGITS, is_whole, read_code, slip_digest, slip_key
from survey.domain.wave import INVITATION
from survey.errors import Conflict
from survey.i18n import language
from survey.queries.slips import SingleUse, find_rated, find_short, find_slip
from survey.settings import today
from survey.web.citizen import blueprint
from survey.web.citizen_form import Entry, Page, show, take_once

__all__ = ["blueprint"]


@blueprint.get("/p")
def type_code() -> Page | Response:
    typed = request.args.get("code", "")
    code = read_code(typed)
    if is_whole(code, SLIP_DIGITS):
        return _go("citizen.show_slip", code)
    if is_whole(code, DESK_DIGITS):
        return _go("citizen.find_desk_form", code)
    return (_ask(typed), 422) if typed else _ask()


@blueprint.get("/p/<code>")
def show_slip(code: str) -> Page:
    if not is_whole(read_code(code), SLIP_DIGITS):
        return _ask(code), 404
    entry = _entry(code)
    opens = entry and entry.desk.is_open and entry.desk.wave and entry.desk.wave.takes(entry.mode)
    return show(entry) if entry and opens else _unusable(entry)


@blueprint.post("/p/<code>")
def send_slip(code: str) -> Page:
    if not is_whole(read_code(code), SLIP_DIGITS):
        return _ask(code), 404
    entry = _entry(code)
    try:
        if entry and entry.desk.is_open and entry.desk.wave:
            return take_once(entry)
    except Conflict:  # used, or withdrawn, or the wave was closed, in this very moment
        entry = _entry(code)
    return _thanks_again(code) or _unusable(entry, unsent=True)


@blueprint.get("/g/<code>")
def find_desk_form(code: str) -> Page | Response:
    """The short address of a desk leads to the form that its QR code opens."""
    digits = read_code(code)
    if not is_whole(digits, DESK_DIGITS):
        return _ask(code), 404
    found = find_short(db.session, digits)
    return _go("citizen.show_form", found) if found else (_ask(code, unknown=True), 404)


def _go(endpoint: str, code: str) -> Response:
    return redirect(url_for(endpoint, code=code, lang=language() if "lang" in request.args else None), 303)


def _entry(code: str) -> Entry | None:
    """The way in by a code that is left; None for one that is used or was never printed, and nobody can tell which."""
    code = read_code(code)
    digest = slip_digest(code, slip_key(current_app.config["SETTINGS"].secret_key))
    found = find_slip(db.session, digest, today=today())
    return None if found is None else _by_slip(found, code, digest)


def _by_slip(found: SingleUse, code: str, digest: str) -> Entry:
    return Entry(found.desk, found.mode, f"/p/{code}", code="", slip=digest, form=FULL_FORM if found.full_form else "")


def _thanks_again(code: str) -> Page | None:
    """The thank-you for a form that had arrived, when it is sent again because the reply was lost. Its code is used up by then."""
    try:
        response_id = UUID(request.form.get("response_id", "").strip())
    except ValueError:
        return None
    rated = find_rated(db.session, response_id, today=today())
    return None if rated is None else take_once(_by_slip(rated, read_code(code), ""))


def _ask(typed: str = "", *, unknown: bool = False) -> str:
    digits = read_code(typed)
    return render_template("slips/type.html", typed=typed, count=len(digits), unknown=unknown, lengths=(SLIP_DIGITS, DESK_DIGITS))


def _unusable(entry: Entry | None, *, unsent: bool = False) -> Page:
    """What happened to a code that opens no form. Who used it and when is not told, for it is not known."""
    if entry is None:
        return render_template("slips/unusable.html", desk=None, unsent=unsent), 404
    template = "slips/no_invitation.html" if entry.mode == INVITATION else "slips/unusable.html"
    page = render_template(template, desk=entry.desk, wave=entry.desk.wave, unsent=unsent, today=today())
    return page, 200 if entry.desk.is_open else 410
