"""The desks of agencies that live or are to begin, open and closed, as those see them who look after them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from survey.domain.slip_code import in_groups
from survey.models import POSTER, Agency, Desk, DeskCode


@dataclass(frozen=True)
class DeskRow:
    """A desk; the addresses of its form are empty while it has no code. `opens_on` tells that its agency has not begun yet."""

    desk: Desk
    agency: Agency
    url: str
    short_url: str
    is_open: bool
    opens_on: date | None

    @property
    def id(self) -> int:
        return self.desk.id


def desk_rows(session: Session, agency_ids: Collection[int], *, today: date) -> tuple[DeskRow, ...]:
    """The desks of these agencies, by agency; those of agencies that have ended are left out."""
    rows = session.execute(
        select(Desk, Agency, DeskCode.code, DeskCode.short_code)
        .join(Agency, Agency.id == Desk.agency_id)
        .outerjoin(DeskCode, (DeskCode.desk_id == Desk.id) & (DeskCode.kind == POSTER) & DeskCode.revoked_on.is_(None))
        .where(Desk.agency_id.in_(agency_ids), or_(Agency.valid_to.is_(None), Agency.valid_to >= today))
        .order_by(Agency.code, Desk.id)
    )
    return tuple(_row(desk, agency, code, short, today) for desk, agency, code, short in rows)


def _row(desk: Desk, agency: Agency, code: str | None, short: str | None, today: date) -> DeskRow:
    is_open = desk.closed_on is None or desk.closed_on > today
    url, short_url = (f"/s/{code}", f"/g/{in_groups(short)}") if code and short and is_open else ("", "")
    return DeskRow(desk, agency, url, short_url, is_open, agency.valid_from if agency.valid_from > today else None)
