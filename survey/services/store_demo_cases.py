"""Comments of the demo that want an answer: some wait, some are being worked on, some have theirs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.database import transaction
from survey.domain.feedback_case import ANSWERED, week_of
from survey.domain.receipt_code import receipt_code, receipt_digest, receipt_key
from survey.models import Agency, CaseContact, FeedbackCase
from survey.sealing import seal


def store_demo_cases(session: Session, rows: Iterable[Mapping[str, str]], *, secret: str, today: date) -> None:
    """Each as its agency got it on the Monday after its week; what has been answered was answered three days later."""
    ids = dict(session.execute(select(Agency.code, Agency.id)).all())
    with transaction(session):
        for row in rows:
            monday = week_of(today) - timedelta(weeks=int(row["weeks_ago"]))
            case = FeedbackCase(
                id=uuid4(), digest=receipt_digest(receipt_code(uuid4()), receipt_key(secret)), agency_id=ids[row["agency"]], week_on=monday,
                readable=True, text=row["text"], state=row["state"], answer=row["answer"],
                answered_on=monday + timedelta(days=10) if row["state"] == ANSWERED else None,
            )  # fmt: skip
            session.add(case)
            session.flush()
            if row["contact"]:
                session.add(CaseContact(case_id=case.id, sealed=seal(row["contact"], secret)))
