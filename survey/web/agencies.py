"""The agencies as Sở Nội vụ keeps them: who is under whom on a day, and each with what came before and after."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from survey.database import db
from survey.domain.agency_change import Problem
from survey.errors import Conflict, Invalid, NotFound
from survey.models import Agency
from survey.queries.agencies import get_agency
from survey.queries.agency_tree import agency_page, agency_tree, lives
from survey.queries.planned_change import read_taking_back
from survey.services.take_back_change import LONGEST_REASON, take_back_change
from survey.settings import today
from survey.web.account import needs
from survey.web.agency_words import why

blueprint = Blueprint("agencies", __name__)

#: What a form may answer with: the page again, with its status, or the way to the next one.
Answer = Response | str | tuple[str, int]


@blueprint.get("/department/agencies")
@needs("see_all_agencies")
def tree() -> str:
    day, search = day_of(request.args.get("on", "")) or today(), request.args.get("q", "")[:100]
    top = agency_tree(db.session, day=day, search=search)
    count = sum(1 + node.below for node in top)
    return render_template("department/agencies.html", top=top, count=count, day=day, today=today(), search=search)


@blueprint.get("/department/agencies/<code>")
@needs("see_all_agencies")
def show(code: str) -> str:
    page = agency_page(db.session, code)
    if page is None:
        raise NotFound(f"There is no agency {code!r}.")
    planned = read_taking_back(db.session, code, today=today())
    return render_template(
        "department/agency.html", page=page, agency=page.agency, lives=lives, today=today(), done=request.args.get("done"), planned=planned,
    )  # fmt: skip


@blueprint.route("/department/agencies/<code>/take-back", methods=["GET", "POST"])
@needs("manage_agencies")
def take_back(code: str) -> Answer:
    """Undo a planned change before its day; sent twice, the second time finds nothing planned and says so."""
    agency = get_agency(db.session, code)
    if request.method == "GET":
        return _taking_back(agency)
    given = request.form
    try:
        kept = take_back_change(db.session, code, seen=given.get("seen", ""), reason=given.get("reason", ""), today=today())
    except (Invalid, Conflict, NotFound) as refusal:
        return _taking_back(agency, Problem("reason", refusal.code)), 422
    return redirect(url_for("agencies.show", code=code if code in kept else kept[0], done="back"), code=303)


def _taking_back(agency: Agency, problem: Problem | None = None) -> str:
    found = read_taking_back(db.session, agency.code, today=today())
    stands_against = [why(one) for one in found.problems] if found else []
    # What stands against it is told above the form; beside the field only what is wrong with the field, or has changed meanwhile.
    beside = why(problem) if problem and found and not stands_against else ""
    return render_template(
        "department/agency_take_back.html", agency=agency, found=found, stands_against=stands_against, problem=beside,
        given=request.form, longest=LONGEST_REASON,
    )  # fmt: skip


def day_of(text: str) -> date | None:
    """A day as a date field sends it."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
