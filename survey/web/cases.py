"""Comments whose writers want an answer: to read, to answer, and to reach those who left a way."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from survey.database import db
from survey.domain.agency_tree import subtree
from survey.domain.feedback_case import ANSWERED, GIVEN, LONGEST_ANSWER, UNANSWERED_KEPT_FOR
from survey.errors import Conflict, Invalid
from survey.models import Agency
from survey.queries.agencies import get_agency, get_province, parents_of
from survey.queries.feedback_cases import answered_for, count_unanswered, feedback_cases, weeks_waited
from survey.queries.waves import all_waves, pick_wave
from survey.services.answer_case import answer_case
from survey.services.read_contact import read_contact
from survey.services.tidy_cases import tidy_cases
from survey.settings import today
from survey.web.account import allowed, needs

blueprint = Blueprint("cases", __name__)


@blueprint.get("/department/cases")
@needs("see_all_agencies")
def show_all() -> str:
    return _page(get_province(db.session))


@blueprint.get("/agencies/<code>/cases")
@needs("see_agency")
def show(code: str) -> str:
    return _page(get_agency(db.session, code))


@blueprint.post("/agencies/<code>/cases/<uuid:case_id>")
@needs("answer_cases")
def answer(code: str, case_id: UUID) -> Response | tuple[str, int]:
    agency, given = get_agency(db.session, code), request.form
    try:
        answer_case(
            db.session, case_id, agencies=_answered_for(agency), state=given.get("state", ""), answer=given.get("answer", ""), today=today()
        )
    except Invalid as refusal:
        return _page(agency, problem=refusal.code, about=case_id), 422
    except Conflict as refusal:
        return _page(agency, problem=refusal.code, about=case_id), 409
    back: dict[str, Any] = {name: request.args[name] for name in ("state", "page") if name in request.args}
    if back.get("state") not in (None, given["state"]):
        del back["state"]  # it is shown where it is now
    return redirect(url_for("cases.show", code=code, _anchor=f"c-{case_id}", **back), code=303)


@blueprint.post("/agencies/<code>/cases/<uuid:case_id>/contact")
@needs("answer_cases")
def contact(code: str, case_id: UUID) -> str | tuple[str, int]:
    """Shown in the answer to the form and nowhere else: it stands in no address, and a page that is loaded anew has it no more."""
    agency = get_agency(db.session, code)
    try:
        found = read_contact(db.session, case_id, agencies=_answered_for(agency), secret=current_app.config["SETTINGS"].secret_key)
    except Conflict as refusal:
        return _page(agency, problem=refusal.code, about=case_id), 409
    return _page(agency, about=case_id, contact=found)


@blueprint.app_template_global("unanswered_cases")
def unanswered_cases(agency: Agency) -> int:
    """How many cases wait for whoever is logged in: none, for those who may not answer."""
    if not allowed("answer_cases", agency):
        return 0
    counted: dict[int, int] = g.setdefault("unanswered_cases", {})
    if agency.id not in counted:  # the navigation asks, and the first screen
        counted[agency.id] = count_unanswered(db.session, agency.id, today=today())
    return counted[agency.id]


def _page(agency: Agency, *, problem: str = "", about: UUID | None = None, contact: str = "") -> str:
    tidy_cases(db.session, today=today())
    state, page = request.args.get("state") or None, request.args.get("page", 1, type=int)
    return render_template(
        "agency/cases.html",
        agency=agency, cases=feedback_cases(db.session, _answered_for(agency), page=page, state=state),
        state=state, states=GIVEN, answered=ANSWERED, longest=LONGEST_ANSWER, unanswered_days=UNANSWERED_KEPT_FOR,
        weeks_waited=lambda case: weeks_waited(case, today=today()),
        problem=problem, about=about, contact=contact, given=request.form,
        below=subtree(agency.id, parents_of(db.session)), wave=pick_wave(all_waves(db.session), None, today=today()),
    )  # fmt: skip


def _answered_for(agency: Agency) -> frozenset[int]:
    return answered_for(db.session, agency.id, today=today())
