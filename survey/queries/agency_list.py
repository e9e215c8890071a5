"""All agencies and all desks, for lists."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from survey.domain.slip_code import in_groups
from survey.models import POSTER, Agency, Desk, DeskCode


def list_agencies(session: Session) -> list[dict[str, Any]]:
    parent = aliased(Agency)
    rows = session.execute(
        select(Agency.code, Agency.kind, parent.code, Agency.name_vi, Agency.valid_from, Agency.valid_to)
        .outerjoin(parent, parent.id == Agency.parent_id)
        .order_by(Agency.code)
    )
    return [dict(zip(("code", "kind", "parent", "name", "valid_from", "valid_to"), row, strict=True)) for row in rows]


def list_desks(session: Session, agency_ids: frozenset[int] | None = None, *, today: date) -> list[dict[str, Any]]:
    """Every desk that is open today with the path of its form and the short one for people who type, empty when revoked.

    `agency_ids` narrows the list.
    """
    is_open = or_(Desk.closed_on.is_(None), Desk.closed_on > today)
    lives = (Agency.valid_from <= today) & or_(Agency.valid_to.is_(None), Agency.valid_to >= today)
    statement = (
        select(Desk.id, Agency.code, Agency.name_vi, Desk.name_vi, DeskCode.code, DeskCode.short_code)
        .join(Agency, Agency.id == Desk.agency_id)
        .outerjoin(DeskCode, (DeskCode.desk_id == Desk.id) & (DeskCode.kind == POSTER) & DeskCode.revoked_on.is_(None))
        .where(is_open, lives)
        .order_by(Agency.code, Desk.id)
    )
    if agency_ids is not None:
        statement = statement.where(Desk.agency_id.in_(agency_ids))
    names = ("id", "agency", "agency_name", "desk", "url", "short_url")
    return [
        dict(zip(names, (*desk, f"/s/{code}" if code else None, f"/g/{in_groups(short)}" if short else None), strict=True))
        for *desk, code, short in session.execute(statement)
    ]
