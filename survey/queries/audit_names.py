"""What the agencies and desks are called whose codes and numbers stand in the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.models import Agency, Desk


@dataclass(frozen=True)
class Called:
    """A name, and the code of the agency that it is or is at."""

    names: Mapping[str, str]
    agency: str


@dataclass(frozen=True)
class Names:
    """By what the log keeps. They are today's names; the code beside them stays."""

    agencies: Mapping[str, Called] = field(default_factory=dict)
    agencies_by_id: Mapping[int, Called] = field(default_factory=dict)
    desks: Mapping[int, Called] = field(default_factory=dict)


def audit_names(session: Session) -> Names:
    """Two questions to the database, however many entries there are."""
    agencies = {
        agency_id: Called({"vi": name_vi, "en": name_en}, code)
        for agency_id, code, name_vi, name_en in session.execute(select(Agency.id, Agency.code, Agency.name_vi, Agency.name_en))
    }
    desks = {
        desk_id: Called({"vi": name_vi, "en": name_en}, agencies[agency_id].agency)
        for desk_id, agency_id, name_vi, name_en in session.execute(select(Desk.id, Desk.agency_id, Desk.name_vi, Desk.name_en))
    }
    return Names({one.agency: one for one in agencies.values()}, agencies, desks)
