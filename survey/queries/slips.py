"""Where a slip or an invitation leads, and how those of a batch are accounted for."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import numpy as np
from sqlalchemy import Date, bindparam, func, select, type_coerce
from sqlalchemy.orm import Session, joinedload

from analysis import ResponseRate, response_rates
from survey.domain.receipt_code import stored_id
from survey.domain.wave import INVITATION, SLIP
from survey.models import POSTER, Desk, DeskCode, Response, Slip, SlipBatch
from survey.queries.open_desk import DESK_WAVE, DeskView, desk_view, select_desk

_BY_SLIP = (
    select_desk(SlipBatch, SlipBatch.desk_id, SlipBatch.withdrawn_on, func.coalesce(SlipBatch.wave_id, DESK_WAVE))
    .add_columns(SlipBatch.wave_id.label("invited_to"), SlipBatch.full_form)
    .join(Slip, Slip.batch_id == SlipBatch.id)
    .where(Slip.digest == bindparam("digest"))
)
_BY_RESPONSE = (
    select_desk(Response, Response.desk_id, type_coerce(None, Date), Response.wave_id)
    .add_columns(Response.mode)
    .where(Response.id == bindparam("response_id"))
)


@dataclass(frozen=True)
class SingleUse:
    """Where a code that counts once leads: the desk that it rates, in the wave that it is for, and how."""

    desk: DeskView
    mode: str
    full_form: bool = False


@dataclass(frozen=True)
class Batch:
    """One printing of slips, or of invitations to a `wave`. Every one is used or left; those left of a withdrawn batch open nothing."""

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
    wave: str | None = None
    full_form: bool = False


def find_slip(session: Session, digest: str, *, today: date) -> SingleUse | None:
    """Where a slip or an invitation leads; its desk is not `is_open` when the batch was withdrawn.

    None for a used or unknown one: nobody can tell which, nor which of the two kinds it was.
    """
    row = session.connection().execute(_BY_SLIP, {"digest": digest, "today": today}).one_or_none()
    if row is None:
        return None
    return SingleUse(desk_view(session, row, today=today), SLIP if row.invited_to is None else INVITATION, row.full_form)


def find_rated(session: Session, response_id: UUID, *, today: date) -> SingleUse | None:
    """What the response of the form with this number rated, to thank once more the person whose code is used up by it."""
    row = session.connection().execute(_BY_RESPONSE, {"response_id": stored_id(response_id), "today": today}).one_or_none()
    return None if row is None else SingleUse(desk_view(session, row, today=today), row.mode)


def find_short(session: Session, short_code: str) -> str | None:
    """The code of the desk's address behind its short one, revoked or not."""
    return session.scalar(select(DeskCode.code).where(DeskCode.short_code == short_code, DeskCode.kind == POSTER))


def list_batches(session: Session, agency_ids: Collection[int] | None = None, *, invitations: bool = False) -> list[Batch]:
    """All batches of slips, or else of invitations, for the desks of these agencies (of all where none are named), the newest first."""
    left = select(Slip.batch_id, func.count().label("left")).group_by(Slip.batch_id).subquery()
    statement = (
        select(SlipBatch, func.coalesce(left.c.left, 0))
        .join(Desk, Desk.id == SlipBatch.desk_id)
        .outerjoin(left, left.c.batch_id == SlipBatch.id)
        .where(SlipBatch.wave_id.is_not(None) if invitations else SlipBatch.wave_id.is_(None))
        .order_by(SlipBatch.id.desc())
        .options(joinedload(SlipBatch.desk).joinedload(Desk.agency), joinedload(SlipBatch.wave))
        .execution_options(populate_existing=True)
    )
    if agency_ids is not None:
        statement = statement.where(Desk.agency_id.in_(agency_ids))
    return [_batch(batch, left) for batch, left in session.execute(statement)]


def rates(batches: Iterable[Batch]) -> list[tuple[str, str, ResponseRate]]:
    """How many of those who were invited have answered, by wave and agency; without withdrawn batches, which nobody could answer."""
    counted = [batch for batch in batches if batch.withdrawn_on is None]
    cells = [(batch.wave or "", batch.agency) for batch in counted]
    groups = sorted(set(cells), reverse=True)
    people = np.repeat([groups.index(cell) for cell in cells], [batch.printed for batch in counted])
    answered = np.repeat(np.tile([True, False], len(counted)), [count for batch in counted for count in (batch.used, batch.left)])
    return [(*groups[rate.cell], rate) for rate in response_rates(people, answered)]


def _batch(batch: SlipBatch, left: int) -> Batch:
    return Batch(
        batch.id, batch.desk_id, batch.desk.name_vi, batch.desk.agency.name_vi, batch.printed_count, batch.printed_count - left, left,
        batch.printed_on, batch.printed_by, batch.withdrawn_on, batch.withdrawn_by, batch.withdrawn_reason, batch.key_check,
        batch.wave.code if batch.wave else None, batch.full_form,
    )  # fmt: skip
