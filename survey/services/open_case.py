"""Open a feedback case: a comment whose writer wants an answer (decision 0096)."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from sqlalchemy import Connection, bindparam, insert, select, text, update

from survey.domain.feedback_case import WAITING, week_of
from survey.models import FeedbackCase


def open_case(connection: Connection, words: str, receipt: str, *, agency_id: int, today: date) -> None:
    """Store a case in the transaction at hand under the digest of its receipt code. Of the day only its week is kept."""
    is_postgresql = connection.dialect.name == "postgresql"
    if is_postgresql:
        connection.execute(text("LOCK TABLE feedback_case IN SHARE ROW EXCLUSIVE MODE"))  # one after the other: each lays out all before it
    case = {"id": uuid4(), "digest": receipt, "agency_id": agency_id, "week_on": week_of(today), "text": words}
    connection.execute(insert(FeedbackCase), case | {"readable": False, "state": WAITING, "answer": "", "answered_on": None})
    if is_postgresql:
        _lay_out(connection)


def _lay_out(connection: Connection) -> None:
    """Write all cases that still wait anew by their random ids: neither place nor number of a transaction tells which came when."""
    waiting = connection.scalars(select(FeedbackCase.id).where(FeedbackCase.readable.is_(False)).order_by(FeedbackCase.id)).all()
    connection.execute(
        update(FeedbackCase).where(FeedbackCase.id == bindparam("waiting")).values(readable=False), [{"waiting": case} for case in waiting]
    )
