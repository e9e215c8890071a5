"""Agencies by code and as a tree."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

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


def parents_of(session: Session) -> dict[int, int | None]:
    """Each agency's parent, by id."""
    return dict(session.execute(select(Agency.id, Agency.parent_id)).all())
