"""A finding of the field watch that somebody has looked at without marking anything: why, by whom, and taking it up again."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask_security import current_user
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as WerkzeugResponse

from survey.database import db
from survey.domain.marks import LONGEST_NOTE
from survey.errors import Invalid, NotFound
from survey.models import Agency, Desk
from survey.queries.agencies import get_agency
from survey.queries.marks import desks_of
from survey.queries.quality_flags import QualityFlag, quality_flags
from survey.queries.waves import WaveView, all_waves, find_in
from survey.services.review_flag import Finding, review_flag, undo_review
from survey.settings import today
from survey.web import watch_words
from survey.web.account import needs

blueprint = Blueprint("flag_reviews", __name__)


@blueprint.get("/department/watch/<code>/review")
@needs("mark_responses")
def ask(code: str) -> str:
    return _page(_target(code, request.args))


@blueprint.post("/department/watch/<code>/review")
@needs("mark_responses")
def review(code: str) -> WerkzeugResponse | tuple[str, int]:
    target = _target(code, request.form)
    try:
        review_flag(db.session, target.finding, reason=request.form.get("reason", ""), by=current_user.email, today=today())
    except Invalid as refusal:
        return _page(target, problem=refusal.code), 422
    return _back(target)


@blueprint.post("/department/watch/<code>/review/undo")
@needs("mark_responses")
def undo(code: str) -> WerkzeugResponse:
    target = _target(code, request.form)
    undo_review(db.session, target.finding, by=current_user.email, today=today())
    return _back(target)


@dataclass(frozen=True)
class Target:
    """The finding that a form is about."""

    agency: Agency
    wave: WaveView
    desk: Desk
    flag: QualityFlag

    @property
    def finding(self) -> Finding:
        flag = self.flag
        return Finding(self.wave.id, flag.desk_id, flag.mode, flag.flag, flag.day, flag.observed)


def _target(code: str, given: MultiDict[str, str]) -> Target:
    agency, wave = get_agency(db.session, code), find_in(all_waves(db.session), given.get("wave", ""))
    desks = {str(desk.id): desk for desk in desks_of(db.session, agency.id)}
    asked = (given.get("flag"), given.get("mode"), given.get("desk"), given.get("day", ""))
    flags = quality_flags(db.session, wave, {}).get(agency.id, ())
    found = next((flag for flag in flags if _as_asked(flag) == asked and str(flag.desk_id) in desks), None)
    if found is None:
        raise NotFound("There is no such finding (any more).")
    return Target(agency, wave, desks[str(found.desk_id)], found)


def _as_asked(flag: QualityFlag) -> tuple[str, ...]:
    return flag.flag, flag.mode, str(flag.desk_id), flag.day.isoformat() if flag.day else ""


def _page(target: Target, *, problem: str = "") -> str:
    return render_template(
        "department/review.html",
        agency=target.agency, wave=target.wave, desk=target.desk, flag=target.flag, say=watch_words, longest=LONGEST_NOTE, problem=problem,
    )  # fmt: skip


def _back(target: Target) -> WerkzeugResponse:
    return redirect(url_for("field_watch.show", code=target.agency.code, wave=target.wave.code, _anchor="findings"), code=303)
