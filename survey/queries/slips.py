"""Where a slip leads, and how the slips of a batch are accounted for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Date, bindparam, func, select, type_coerce
from sqlalchemy.orm import Session

from survey.models import POSTER, Agency, Desk, DeskCode, Response, Slip, SlipBatch
from survey.queries.open_desk import DeskView, desk_view, select_desk

_BY_SLIP = (
    select_desk(SlipBatch, SlipBatch.desk_id, SlipBatch.withdrawn_on)
    .join(Slip, Slip.batch_id == SlipBatch.id)
    .where(Slip.digest == bindparam("digest"))
)
_BY_RESPONSE = select_desk(Response, Response.desk_id, type_coerce(None, Date)).where(Response.id == bindparam("response_id"))


@dataclass(frozen=True)
class Batch:
    """One printing of slips. Every printed slip is used or left; the left ones of a withdrawn batch open nothing."""

    id: int
    desk_id: int
    desk: str
    agency: str
    printed: int
    used: int
    left: int
    printed_on: date
    printed_by: str
    withdrawn_on: date | None
    withdrawn_by: str | None
    withdrawn_reason: str | None
    key_check: str


def find_slip(session: Session, digest: str, *, today: date) -> DeskView | None:
    """The desk that the slip rates; not `is_open` when its batch was withdrawn. None for a used or unknown slip: nobody can tell which."""
    row = session.connection().execute(_BY_SLIP, {"digest": digest, "today": today}).one_or_none()
    return None if row is None else desk_view(session, row, today=today)


def find_rated_desk(session: Session, response_id: UUID, *, today: date) -> DeskView | None:
    """The desk that a stored response rated, to thank once more the person whose slip is used up by it."""
    row = session.connection().execute(_BY_RESPONSE, {"response_id": response_id, "today": today}).one_or_none()
    return None if row is None else desk_view(session, row, today=today)


def find_short(session: Session, short_code: str) -> str | None:
    """The code of the desk's address behind its short one, revoked or not."""
    return session.scalar(select(DeskCode.code).where(DeskCode.short_code == short_code, DeskCode.kind == POSTER))


def list_batches(session: Session, agency_ids: frozenset[int]) -> list[Batch]:
    """All batches for the desks of these agencies, the newest first."""
    left = select(Slip.batch_id, func.count().label("left")).group_by(Slip.batch_id).subquery()
    rows = session.execute(
        select(SlipBatch, Desk.name_vi.label("desk"), Agency.name_vi.label("agency"), func.coalesce(left.c.left, 0).label("left"))
        .join(Desk, Desk.id == SlipBatch.desk_id)
        .join(Agency, Agency.id == Desk.agency_id)
        .outerjoin(left, left.c.batch_id == SlipBatch.id)
        .where(Desk.agency_id.in_(agency_ids))
        .order_by(SlipBatch.id.desc())
        .execution_options(populate_existing=True)
    )
    return [
        Batch(
            batch.id, batch.desk_id, desk, agency, batch.printed_count, batch.printed_count - left, left, batch.printed_on,
            batch.printed_by, batch.withdrawn_on, batch.withdrawn_by, batch.withdrawn_reason, batch.key_check,
        )
        for batch, desk, agency, left in rows
    ]  # fmt: skip
