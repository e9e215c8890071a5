"""Agencies by code and as a tree."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.agency_tree import PROVINCE
from survey.errors import NotFound
from survey.models import Agency


def find_agency(session: Session, code: str) -> Agency | None:
    return session.scalars(select(Agency).where(Agency.code == code)).one_or_none()


def get_agency(session: Session, code: str) -> Agency:
    """The same, where an address names it: `NotFound` where there is none."""
    agency = find_agency(session, code)
    if agency is None:
        raise NotFound(f"There is no agency {code!r}.")
    return agency


def get_province(session: Session) -> Agency:
    """The agency above all others, as it is now."""
    province = session.scalars(select(Agency).where(Agency.kind == PROVINCE).order_by(Agency.valid_from.desc())).first()
    if province is None:
        raise NotFound("There is no province.")
    return province


def lasting_agencies(session: Session) -> list[Agency]:
    """Those of which no last day is known, by their Vietnamese names."""
    return list(session.scalars(select(Agency).where(Agency.valid_to.is_(None)).order_by(Agency.name_vi)))


def parents_of(session: Session) -> dict[int, int | None]:
    """Each agency's parent, by id."""
    return dict(session.execute(select(Agency.id, Agency.parent_id)).all())
