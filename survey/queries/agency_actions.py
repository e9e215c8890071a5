"""What agencies did about what citizens said: for the agency's own page, and for the thank-you."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.action import PUBLISHED
from survey.models import AgencyAction

#: So many stand on the thank-you, the newest first.
TOLD = 2
_NEWEST = (AgencyAction.done_on.desc(), AgencyAction.id.desc())


@dataclass(frozen=True)
class Told:
    """What the thank-you tells of one action: no more than that, so that its page can be kept under it."""

    said_vi: str
    done_vi: str
    said_en: str
    done_en: str
    done_on: date

    def words(self, language: str) -> tuple[str, str, str]:
        """What was said and what was done, and in which language that is: English where both are given, else Vietnamese."""
        if language == "en" and self.said_en and self.done_en:
            return self.said_en, self.done_en, "en"
        return self.said_vi, self.done_vi, "vi"


@dataclass(frozen=True)
class Action:
    """One action for the staff."""

    id: int
    told: Told
    criterion: str | None
    state: str
    changed_by: str
    changed_on: date


def list_actions(session: Session, agency_id: int) -> list[Action]:
    """All actions of the agency itself, the newest first."""
    rows = session.scalars(
        select(AgencyAction).where(AgencyAction.agency_id == agency_id).order_by(*_NEWEST).execution_options(populate_existing=True)
    )
    return [Action(row.id, _told(row), row.criterion, row.state, row.changed_by, row.changed_on) for row in rows]


def told_actions(session: Session) -> Mapping[int, tuple[Told, ...]]:
    """By agency the newest that are published."""
    told: dict[int, tuple[Told, ...]] = {}
    for row in session.scalars(select(AgencyAction).where(AgencyAction.state == PUBLISHED).order_by(*_NEWEST)):
        if len(before := told.get(row.agency_id, ())) < TOLD:
            told[row.agency_id] = (*before, _told(row))
    return told


def _told(row: AgencyAction) -> Told:
    return Told(row.said_vi, row.done_vi, row.said_en, row.done_en, row.done_on)
