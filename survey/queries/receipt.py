"""What a receipt code leads to: a comment whose writer wants an answer, and what has become of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from survey.domain.agency_tree import predecessors
from survey.domain.feedback_case import takes_contact
from survey.models import Agency, AgencySuccession, CaseContact, FeedbackCase


@dataclass(frozen=True)
class Receipt:
    """A feedback case as its writer may see it. What the contact is stays sealed: whoever finds a code learns no phone number."""

    agency_names: dict[str, str]
    now: tuple[dict[str, str], ...]  # the agencies that have followed, where that one has ended
    week_on: date
    readable: bool
    text: str
    state: str
    answer: str
    answered_on: date | None
    has_contact: bool
    takes_contact: bool

    @property
    def reads_from(self) -> date:
        """The first day on which the agency may read it: a Monday."""
        return self.week_on + timedelta(days=7)


def find_receipt(session: Session, digest: str, *, today: date) -> Receipt | None:
    """The case with this digest of a receipt code; None for a code that was never given out, or whose form has not arrived yet."""
    has_contact = exists().where(CaseContact.case_id == FeedbackCase.id)
    found = session.execute(
        select(FeedbackCase, Agency, has_contact)
        .join(Agency, Agency.id == FeedbackCase.agency_id)
        .where(FeedbackCase.digest == digest)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        return None
    case, agency, contact_kept = found
    ended = agency.valid_to is not None and agency.valid_to < today
    takes = takes_contact(case.state, case.answered_on, has_words=case.text != "", today=today)
    return Receipt(
        _names(agency), _followers(session, agency.id, today) if ended else (), case.week_on, case.readable, case.text, case.state,
        case.answer, case.answered_on, contact_kept, takes,
    )  # fmt: skip


def _followers(session: Session, agency_id: int, today: date) -> tuple[dict[str, str], ...]:
    """Who stands today in the place of an agency that has ended, over however many changes."""
    pairs = select(AgencySuccession.successor_id, AgencySuccession.predecessor_id).where(AgencySuccession.succeeded_on <= today)
    after = predecessors(agency_id, ((new, old) for new, old in session.execute(pairs)))  # the pairs are turned: this walks forward
    lives = or_(Agency.valid_to.is_(None), Agency.valid_to >= today)
    return tuple(_names(one) for one in session.scalars(select(Agency).where(Agency.id.in_(after), lives).order_by(Agency.name_vi)))


def _names(agency: Agency) -> dict[str, str]:
    return {"vi": agency.name_vi, "en": agency.name_en}
