"""Write down what an agency did about what citizens said."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.database import transaction
from survey.domain.action import DRAFT, ActionWords
from survey.errors import Conflict, NotFound
from survey.models import AgencyAction
from survey.services.audit import record


def write_action(session: Session, agency_id: int, words: ActionWords, *, by: str, today: date, action_id: int | None = None) -> int:
    """Keep `words` as a new draft of the agency, or as the new words of its draft `action_id`. Nobody outside sees it yet.

    The same words once more (a second tap) are no second draft.

    Raises
    ------
    NotFound
        The agency has no such action.
    Conflict
        It is no draft any more.
    """
    with transaction(session):
        action = _draft(session, agency_id, action_id) if action_id else _same(session, agency_id, words)
        before = None if action is None else _words(action)
        if action is None:
            action = AgencyAction(agency_id=agency_id, state=DRAFT)
            session.add(action)
        if before != words:
            for name, value in asdict(words).items():
                setattr(action, name, value)
            action.changed_by, action.changed_on = by, today
            session.flush()
            record(session, "action_written", f"action {action.id}", before=asdict(before) if before else None, after=asdict(words))
        return action.id


def _draft(session: Session, agency_id: int, action_id: int) -> AgencyAction:
    action = session.get(AgencyAction, action_id, with_for_update=True, populate_existing=True)
    if action is None or action.agency_id != agency_id:
        raise NotFound(f"This agency has no action {action_id}.")
    if action.state != DRAFT:
        raise Conflict("What has been published is not changed any more.", code="action_published")
    return action


def _same(session: Session, agency_id: int, words: ActionWords) -> AgencyAction | None:
    drafts = session.scalars(select(AgencyAction).where(AgencyAction.agency_id == agency_id, AgencyAction.state == DRAFT))
    return next((draft for draft in drafts if _words(draft) == words), None)


def _words(action: AgencyAction) -> ActionWords:
    return ActionWords(action.said_vi, action.done_vi, action.said_en, action.done_en, action.criterion, action.done_on)
