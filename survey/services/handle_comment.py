"""Write down what was done about a comment."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from survey.database import transaction
from survey.domain.comment import LONGEST_NOTE, NEW, STATES
from survey.errors import Invalid, NotFound
from survey.models import Comment, CommentHandling
from survey.services.audit import record


def handle_comment(
    session: Session, comment_id: UUID, *, agencies: Collection[int], state: str, note: str = "", by: str, today: date
) -> None:
    """Give a readable comment on one of `agencies` a state and a note.

    `NotFound` for any other comment, also for one that nobody may read yet. The note is about the work; that it names no citizen is
    said beside the field, for no program can see it.
    """
    note = " ".join(note.split())
    if state not in STATES:
        raise Invalid(f"The state must be one of {', '.join(STATES)}.", code="comment_state")
    if len(note) > LONGEST_NOTE:
        raise Invalid(f"A note has at most {LONGEST_NOTE} letters.", code="comment_note")
    with transaction(session):
        comment = session.get(Comment, comment_id)
        if comment is None or not comment.readable or comment.agency_id not in agencies:
            raise NotFound(f"There is no comment {comment_id} here.")
        kept = session.get(CommentHandling, comment_id, with_for_update=True, populate_existing=True)
        before = {"state": kept.state, "note": kept.note} if kept else {"state": NEW, "note": ""}
        after = {"state": state, "note": note}
        if after == before:
            return
        if kept is None:
            kept = CommentHandling(comment_id=comment_id)
            session.add(kept)
        kept.state, kept.note, kept.changed_by, kept.changed_on = state, note, by, today
        record(session, "comment_handled", str(comment_id), before=before, after=after)
