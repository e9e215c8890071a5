"""Publish what an agency did about what citizens said, or withdraw it."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from survey.database import transaction
from survey.domain.action import PUBLISHED, may_become
from survey.errors import Conflict, NotFound
from survey.models import AgencyAction
from survey.services.audit import record


def publish_action(session: Session, agency_id: int, action_id: int, state: str, *, by: str, today: date) -> None:
    """Move an action of the agency to `state`, published or withdrawn. A withdrawn one stays for the staff to see.

    Raises
    ------
    NotFound
        The agency has no such action.
    Conflict
        From where it stands it cannot become that; what is so already stays as it is.
    """
    with transaction(session):
        action = session.get(AgencyAction, action_id, with_for_update=True, populate_existing=True)
        if action is None or action.agency_id != agency_id:
            raise NotFound(f"This agency has no action {action_id}.")
        if action.state == state:
            return
        if not may_become(action.state, state):
            raise Conflict(f"An action that is {action.state} cannot become {state}.", code="action_state")
        before = {"state": action.state}
        action.state, action.changed_by, action.changed_on = state, by, today
        step = "action_published" if state == PUBLISHED else "action_withdrawn"
        record(session, step, f"action {action.id}", before=before, after={"state": state})
