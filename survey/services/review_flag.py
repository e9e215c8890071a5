"""Note that somebody looked at a finding and has nothing to mark, so that it is no work any more; or take it up again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.database import transaction
from survey.domain.marks import LONGEST_NOTE
from survey.domain.quality import still_holds
from survey.domain.reason import checked_reason
from survey.models import Desk, FlagReview, Wave
from survey.services.audit import record


@dataclass(frozen=True)
class Finding:
    """What was found at a desk: one `flag` of one mode, of a `day` where it is of one. `observed` is how large it is."""

    wave_id: int
    desk_id: int
    mode: str
    flag: str
    day: date | None
    observed: int


def review_flag(session: Session, finding: Finding, *, reason: str, by: str, today: date) -> None:
    """Note why there is nothing to mark. Said a second time of the same finding it changes nothing.

    Raises
    ------
    Invalid
        No reason, or one of more than `LONGEST_NOTE` letters.
    """
    words = checked_reason(reason, longest=LONGEST_NOTE, code="review_needs_reason")
    with transaction(session):
        standing = _standing(session, finding)
        if any(still_holds(each.observed, finding.observed) for each in standing):
            return
        _undo(standing, by, today)
        unit = {name: getattr(finding, name) for name in ("wave_id", "desk_id", "mode", "flag", "day", "observed")}
        session.add(FlagReview(**unit, reason=words, seen_by=by, seen_on=today))
        record(session, "flag_reviewed", _subject(session, finding), after={"flag": finding.flag, "reason": words})


def undo_review(session: Session, finding: Finding, *, by: str, today: date) -> None:
    """The finding waits for somebody again. That it was looked at, by whom and why stays on record."""
    with transaction(session):
        standing = _standing(session, finding)
        if not standing:
            return
        _undo(standing, by, today)
        record(
            session, "flag_review_undone", _subject(session, finding), before={"flag": finding.flag, "reason": standing[-1].reason}
        )  # fmt: skip


def _standing(session: Session, finding: Finding) -> Sequence[FlagReview]:
    session.execute(select(Wave.id).where(Wave.id == finding.wave_id).with_for_update(key_share=True)).one()
    same: list[Any] = [getattr(FlagReview, name) == getattr(finding, name) for name in ("wave_id", "desk_id", "mode", "flag", "day")]
    return session.scalars(select(FlagReview).where(*same, FlagReview.undone_on.is_(None)).order_by(FlagReview.id)).all()


def _undo(standing: Sequence[FlagReview], by: str, today: date) -> None:
    for each in standing:
        each.undone_by, each.undone_on = by, today


def _subject(session: Session, finding: Finding) -> str:
    wave, desk = session.get_one(Wave, finding.wave_id), session.get_one(Desk, finding.desk_id)
    day = f", {finding.day.isoformat()}" if finding.day else ""
    return f"wave {wave.code}, {desk.agency.code}, desk {desk.id}{day}, {finding.mode}"
