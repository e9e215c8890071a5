"""What an agency has published of what it did; the longest words that are permitted, for what must fit and stay light."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from survey.domain.action import LONGEST, PUBLISHED
from survey.models import AgencyAction

_LETTERS = "Nghiêng ngả đường trường, ướt sũng mấy bận giữa buổi họp chợ phiên; người già ngồi chờ ngoài hiên. " * 4


def longest_words(number: int) -> str:
    """Words of the greatest length, others for each `number` up to 100."""
    return _LETTERS[number : number + LONGEST - 1].strip().ljust(LONGEST, "ẵ")


def publish(session: Session, agency_id: int, said: str, done: str) -> None:
    both = {"said_en": "", "done_en": ""}
    action = AgencyAction(
        agency_id=agency_id, criterion=None, said_vi=said, done_vi=done, done_on=date(2026, 10, 5),
        state=PUBLISHED, changed_by="x", changed_on=date(2026, 10, 6), **both,
    )  # fmt: skip
    session.add(action)
    session.commit()
