"""Take a batch of slips or invitations out of use."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from survey.database import transaction
from survey.domain.reason import checked_reason
from survey.errors import Conflict, NotFound
from survey.models import SlipBatch
from survey.services.audit import record

LONGEST_REASON = 200


def withdraw_slips(session: Session, batch_id: int, *, reason: str, today: date, withdrawn_by: str) -> None:
    """Nothing of the batch that is left opens the form any more; responses already given stay.

    The rows of the slips stay too: their number is what was left, and who still holds one reads that it was withdrawn.
    """
    reason = checked_reason(reason, longest=LONGEST_REASON, code="withdrawal_reason")
    with transaction(session):
        batch = session.get(SlipBatch, batch_id, with_for_update=True, populate_existing=True)
        if batch is None:
            raise NotFound(f"There is no batch {batch_id}.")
        if batch.withdrawn_on is not None:
            raise Conflict("This batch has been withdrawn already.", code="slips_withdrawn")
        batch.withdrawn_on, batch.withdrawn_by, batch.withdrawn_reason = today, withdrawn_by, reason
        action = "slips_withdrawn" if batch.wave_id is None else "invitations_withdrawn"
        record(session, action, f"desk {batch.desk_id}", after={"batch": batch_id, "reason": reason})
