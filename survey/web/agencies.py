"""The agencies as Sở Nội vụ keeps them: who is under whom on a day, and each with what came before and after."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from survey.database import db
from survey.errors import NotFound
from survey.queries.agency_tree import agency_page, agency_tree, lives
from survey.settings import today
from survey.web.account import needs

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
    return render_template(
        "department/agency.html", page=page, agency=page.agency, lives=lives, today=today(), done=request.args.get("done")
    )


def day_of(text: str) -> date | None:
    """A day as a date field sends it."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
