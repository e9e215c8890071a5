"""What people wrote about an agency: to read, to search, and to write down what was done about it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask_security import current_user
from werkzeug.wrappers import Response

from survey.database import db
from survey.domain.agency_tree import subtree
from survey.domain.comment import LONGEST_NOTE, STATES
from survey.errors import Invalid
from survey.models import Agency
from survey.queries.agencies import get_agency, parents_of
from survey.queries.readable_comments import CommentPage, readable_comments
from survey.queries.waves import WaveView, all_waves, pick_wave
from survey.services.handle_comment import handle_comment
from survey.settings import today
from survey.web.account import needs
from survey.web.agency import sees_all

blueprint = Blueprint("comments", __name__)


@blueprint.get("/agencies/<code>/comments")
@needs("see_agency")
def show(code: str) -> str:
    return _page(get_agency(db.session, code))


@blueprint.post("/agencies/<code>/comments/<uuid:comment_id>")
@needs("handle_comments")
def handle(code: str, comment_id: UUID) -> Response | tuple[str, int]:
    agency, given = get_agency(db.session, code), request.form
    try:
        handle_comment(
            db.session, comment_id, agencies=_below(agency), state=given.get("state", ""), note=given.get("note", ""),
            by=current_user.email, today=today(),
        )  # fmt: skip
    except Invalid as refusal:
        return _page(agency, problem=refusal.code, about=comment_id), 422
    back: dict[str, Any] = {name: request.args[name] for name in ("wave", "words", "state", "page") if name in request.args}
    return redirect(url_for("comments.show", code=code, _anchor=f"c-{comment_id}", **back), code=303)


def _page(agency: Agency, *, problem: str = "", about: UUID | None = None) -> str:
    waves = all_waves(db.session, published_only=not sees_all())
    wave = pick_wave(waves, request.args.get("wave"), today=today())
    words, state = request.args.get("words", ""), request.args.get("state") or None
    return render_template(
        "agency/all_comments.html",
        agency=agency, waves=waves, wave=wave, words=words, state=state, states=STATES, longest=LONGEST_NOTE,
        comments=_found(agency, wave, words, state) if wave else None,
        problem=problem, about=about, given=request.form,
    )  # fmt: skip


def _found(agency: Agency, wave: WaveView, words: str, state: str | None) -> CommentPage:
    page = request.args.get("page", 1, type=int)
    return readable_comments(db.session, wave.id, _below(agency), page=page, wanted=words, state=state)


def _below(agency: Agency) -> frozenset[int]:
    return subtree(agency.id, parents_of(db.session))
