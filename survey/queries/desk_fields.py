"""The fields of service of desks: those that count in a wave, and those in use today."""

from __future__ import annotations

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from survey.models import Desk, FormerDeskField, Wave


def fields_in_wave(session: Session, wave: Wave) -> dict[int, str]:
    """The field of each desk that has one, as it was when the wave opened: what is changed from that day on counts in later waves.

    However often it is asked, the answer is the same once the wave has opened (decision 0044).
    """
    fields = dict(session.execute(select(Desk.id, Desk.field).where(Desk.field.is_not(None))).all())
    former = select(FormerDeskField.desk_id, FormerDeskField.field).where(FormerDeskField.until >= wave.opens_on)
    fields.update(session.execute(former.order_by(FormerDeskField.until.desc())).all())
    return {desk: field for desk, field in fields.items() if field is not None}


def fields_in_use(session: Session) -> list[str]:
    """All fields of the province's desks, in the order of the alphabet."""
    return sorted(field for field in session.scalars(select(Desk.field).distinct()) if field is not None)


def has_fields(session: Session, agency_id: int) -> bool:
    """Whether any desk of this agency's own has a field today."""
    return bool(session.scalar(select(exists().where(Desk.agency_id == agency_id, Desk.field.is_not(None)))))
