"""Tell the writer of a comment what becomes of it: that it is being worked on, and the agency's answer."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from hashlib import sha256
from uuid import UUID

from sqlalchemy.orm import Session

from survey.database import transaction
from survey.domain.feedback_case import ANSWERED, GIVEN, LONGEST_ANSWER, WITHDRAWN
from survey.errors import Conflict, Invalid, NotFound
from survey.models import FeedbackCase
from survey.services.audit import record
from survey.services.read_table import CONTROL


def answer_case(session: Session, case_id: UUID, *, agencies: Collection[int], state: str, answer: str = "", today: date) -> None:
    """Give a readable case of one of `agencies` a state; with ``answered`` goes the answer, which may be mended later.

    The day of the first answer stays: what is kept for a while after it is not kept longer because a word was mended.

    Raises
    ------
    Invalid
        There is no such state, or no answer, or one that is too long.
    NotFound
        There is no such case here, or nobody may read it yet.
    Conflict
        Its words are no more (the citizen may withdraw it at any time), or what has been answered should lose its answer.
    """
    answer = CONTROL.sub("", answer.replace("\r\n", "\n")).strip() if state == ANSWERED else ""
    _check(state, answer)
    with transaction(session):
        case = locked_case(session, case_id, agencies)
        if case.state == ANSWERED != state:
            raise Conflict("This case has its answer; it can be mended, not taken back.", code="case_answered")
        if (case.state, case.answer) == (state, answer):
            return
        before = _told(case)
        case.state, case.answer = state, answer
        if state == ANSWERED:
            case.answered_on = case.answered_on or today
        record(session, "case_answered" if state == ANSWERED else "case_state", subject_of(case), before=before, after=_told(case))


def locked_case(session: Session, case_id: UUID, agencies: Collection[int]) -> FeedbackCase:
    """The case, held until the transaction ends: what the citizen does at the same time is done before or after."""
    case = session.get(FeedbackCase, case_id, with_for_update={"key_share": True}, populate_existing=True)
    if case is None or not case.readable or case.agency_id not in agencies:
        raise NotFound(f"There is no case {case_id} here.")
    if case.state == WITHDRAWN or not case.text:
        raise Conflict("The words of this case are no more.", code="case_gone")
    return case


def subject_of(case: FeedbackCase) -> str:
    """What the audit log calls it: a random number that stands on no receipt."""
    return f"case {case.id}"


def _check(state: str, answer: str) -> None:
    if state not in GIVEN:
        raise Invalid(f"The state must be one of {', '.join(GIVEN)}.", code="case_state")
    if state == ANSWERED and not answer:
        raise Invalid("An answer has words.", code="case_no_answer")
    if len(answer) > LONGEST_ANSWER:
        raise Invalid(f"An answer has at most {LONGEST_ANSWER} letters.", code="case_long_answer")


def _told(case: FeedbackCase) -> dict[str, str | None]:
    """Of the answer only its hash: the log keeps everything for ever, and a citizen who withdraws a case takes the answer's words along."""
    return {"state": case.state, "sha256": sha256(case.answer.encode()).hexdigest() if case.answer else None}
