"""All agencies, open desks and successions as the tables that can be loaded again."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from survey.models import Agency, AgencySuccession, Desk


def agency_tables(session: Session, *, today: date) -> dict[str, list[tuple[Any, ...]]]:
    above, old, new = aliased(Agency), aliased(Agency), aliased(Agency)
    agencies = (
        select(Agency.code, Agency.kind, above.code, Agency.name_vi, Agency.name_en, Agency.valid_from, Agency.valid_to)
        .outerjoin(above, above.id == Agency.parent_id)
        .order_by(Agency.valid_from, Agency.code)
    )
    desks = (
        select(Agency.code, Desk.name_vi, Desk.name_en, Desk.field)
        .join(Agency, Agency.id == Desk.agency_id)
        .where(or_(Desk.closed_on.is_(None), Desk.closed_on > today))
        .order_by(Agency.code, Desk.id)
    )
    successions = (
        select(old.code, new.code, AgencySuccession.succeeded_on)
        .join(old, old.id == AgencySuccession.predecessor_id)
        .join(new, new.id == AgencySuccession.successor_id)
        .order_by(AgencySuccession.succeeded_on, old.code, new.code)
    )
    tables = {"agencies": agencies, "desks": desks, "successions": successions}
    return {table: [tuple(row) for row in session.execute(statement)] for table, statement in tables.items()}
