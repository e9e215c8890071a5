"""What an agency did about what citizens said: to write down, to publish, to withdraw. What is published stands on its thank-you."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from flask_security import current_user
from werkzeug.wrappers import Response

from survey.database import db
from survey.domain.action import DRAFT, LONGEST, PUBLISHED, WITHDRAWN, read_action
from survey.domain.questionnaire import Criterion
from survey.errors import Conflict
from survey.models import Agency
from survey.queries.agencies import get_agency
from survey.queries.agency_actions import TOLD, Action, list_actions
from survey.queries.waves import all_waves, pick_wave, questionnaire_of
from survey.services.publish_action import publish_action
from survey.services.write_action import write_action
from survey.settings import today
from survey.web.account import needs

blueprint = Blueprint("actions", __name__)
_STEPS = {"publish": PUBLISHED, "withdraw": WITHDRAWN}


@blueprint.get("/agencies/<code>/actions")
@needs("see_agency")
def show(code: str) -> str:
    return _page(get_agency(db.session, code))


@blueprint.post("/agencies/<code>/actions")
@needs("tell_actions")
def write(code: str) -> Response | tuple[str, int]:
    agency = get_agency(db.session, code)
    words, problems = read_action(request.form, _criteria(), today=today())
    if problems:
        return _page(agency, problems=problems, given=request.form), 422
    try:
        number = write_action(
            db.session, agency.id, words, by=current_user.email, today=today(), action_id=request.form.get("action", type=int)
        )  # fmt: skip
    except Conflict as refusal:
        return _page(agency, refused=refusal.code), 422
    return redirect(url_for("actions.show", code=code, _anchor=f"a-{number}"), code=303)


@blueprint.post("/agencies/<code>/actions/<int(max=2147483647):action_id>/<any(publish, withdraw):step>")
@needs("tell_actions")
def take(code: str, action_id: int, step: str) -> Response | tuple[str, int]:
    agency = get_agency(db.session, code)
    try:
        publish_action(db.session, agency.id, action_id, _STEPS[step], by=current_user.email, today=today())
    except Conflict as refusal:
        return _page(agency, refused=refusal.code), 422
    return redirect(url_for("actions.show", code=code, _anchor=f"a-{action_id}"), code=303)


def _page(agency: Agency, *, problems: Mapping[str, str] | None = None, given: Mapping[str, str] | None = None, refused: str = "") -> str:
    actions = list_actions(db.session, agency.id)
    wanted = request.args.get("change", type=int)
    draft = next((action for action in actions if action.id == wanted and action.state == DRAFT), None)
    return render_template(
        "agency/actions.html",
        agency=agency, actions=actions, criteria=_criteria(), longest=LONGEST, most=TOLD, today=today(),
        told=[action.id for action in actions if action.state == PUBLISHED][:TOLD],
        problems=problems or {}, refused=refused, given=given or (_fields(draft) if draft else {}),
    )  # fmt: skip


def _fields(draft: Action) -> dict[str, str]:
    told = draft.told
    texts = {"said_vi": told.said_vi, "done_vi": told.done_vi, "said_en": told.said_en, "done_en": told.done_en}
    return texts | {"criterion": draft.criterion or "", "done_on": told.done_on.isoformat(), "action": str(draft.id)}


def _criteria() -> dict[str, Criterion]:
    """Those of the newest wave, by their codes; none before the first."""
    wave = pick_wave(all_waves(db.session), None, today=today())
    return {criterion.code: criterion for criterion in questionnaire_of(db.session, wave).criteria} if wave else {}
