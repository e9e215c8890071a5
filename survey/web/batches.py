"""What slips and invitations have in common on the staff's pages: both come in batches, at desks, as files that exist once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import current_app, redirect, render_template, request, url_for
from flask_security import current_user
from werkzeug.wrappers import Response as WerkzeugResponse

from survey.database import db
from survey.domain.agency_tree import subtree
from survey.domain.slip_code import key_check, slip_key
from survey.errors import Conflict, Invalid, NotFound
from survey.models import Agency, SlipBatch
from survey.queries.agencies import parents_of
from survey.queries.agency_list import list_desks
from survey.queries.slips import Batch, list_batches
from survey.services.print_slips import FEWEST, MOST
from survey.services.withdraw_slips import LONGEST_REASON, withdraw_slips
from survey.settings import today


def batch_page(template: str, agency: Agency, **more: Any) -> str:
    """A page with the desks that a batch can be for; what was typed stays in its form when something is wrong with it."""
    settings = current_app.config["SETTINGS"]
    return render_template(
        template, agency=agency, desks=desks_of(agency), settings=settings, key_check=key_check(key()), given=request.form,
        fewest=FEWEST, most=MOST, longest_reason=LONGEST_REASON, **more,
    )  # fmt: skip


def batches_of(agency: Agency, *, invitations: bool = False) -> list[Batch]:
    return list_batches(db.session, subtree(agency.id, parents_of(db.session)), invitations=invitations)


def desks_of(agency: Agency) -> list[dict[str, object]]:
    return list_desks(db.session, subtree(agency.id, parents_of(db.session)), today=today())


def chosen_desk(agency: Agency) -> int:
    """The desk of the form, which has to be one of the agency's."""
    desk_id = request.form.get("desk", 0, type=int)
    if desk_id not in {desk["id"] for desk in desks_of(agency)}:
        raise NotFound("This agency has no such desk.")
    return desk_id


def withdraw_batch(
    batch_id: int, *, invitations: bool, show: str, page: Callable[..., str]
) -> WerkzeugResponse | tuple[str, int]:  # fmt: skip
    """Take a batch back and lead to the endpoint `show`; where that is refused, `page` says so beside the batch."""
    batch = db.session.get(SlipBatch, batch_id)
    if batch is None or (batch.wave_id is not None) != invitations:
        raise NotFound(f"There is no such batch {batch_id}.")
    agency = batch.desk.agency
    try:
        withdraw_slips(db.session, batch_id, reason=request.form.get("reason", ""), today=today(), withdrawn_by=current_user.email)
    except (Conflict, Invalid) as refusal:
        return page(agency, problem=refusal.code, about=batch_id), 422
    return redirect(url_for(show, code=request.form.get("back") or agency.code))


def key() -> bytes:
    return slip_key(current_app.config["SETTINGS"].secret_key)
