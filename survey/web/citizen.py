"""The citizen's pages that a desk's QR code leads to, and the notice on privacy. No cookie, no log, no script needed."""

from __future__ import annotations

from flask import Blueprint, render_template

from survey.database import db
from survey.queries.open_desk import DeskView, find_desk, known_desk
from survey.settings import today
from survey.web.citizen_form import Entry, Page, closed, show, take

blueprint = Blueprint("citizen", __name__)


@blueprint.get("/s/<code>")
def show_form(code: str) -> Page:
    entry = _read_entry(code)
    return show(entry) if entry else closed(None)


@blueprint.post("/s/<code>")
def send_form(code: str) -> Page:
    entry = _entry(known_desk(db.session, code, today=today()), code)
    return take(entry, fresh=lambda: _read_entry(code)) if entry else closed(None)


@blueprint.get("/privacy")
def privacy() -> str:
    return render_template("citizen/privacy.html")


def _read_entry(code: str) -> Entry | None:
    return _entry(find_desk(db.session, code, today=today()), code)


def _entry(desk: DeskView | None, code: str) -> Entry | None:
    return Entry(desk, "open_qr", f"/s/{code}", code) if desk else None
