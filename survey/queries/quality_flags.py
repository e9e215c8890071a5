"""The findings that are kept with a wave's scores, and what became of each: its days were marked, or somebody looked and found nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.quality import OF_A_DAY, SILENT, still_holds
from survey.models import IS_WHOLE, FlagReview, Score, Tally
from survey.queries.waves import WaveView

#: Desk, day and mode to how many responses are marked.
Marked = Mapping[tuple[int, date, str], int]
Key = tuple[str, str, int, date | None]


@dataclass(frozen=True)
class QualityFlag:
    """One finding of `services.check_quality`; `marked` is how many responses of its day are marked already."""

    flag: str
    mode: str
    desk_id: int
    day: date | None
    n: int
    observed: int
    expected: float
    p_value: float
    days: tuple[tuple[date, int, int], ...]
    unknown: int = 0  # forms beside the `n` of which the check cannot tell anything
    marked: int = 0
    review: FlagReview | None = None  # that somebody looked at it and marked nothing

    @property
    def key(self) -> Key:
        return self.flag, self.mode, self.desk_id, self.day

    @property
    def is_settled(self) -> bool:
        return self.marked > 0 or self.review is not None

    @property
    def is_work(self) -> bool:
        """Whether somebody has to look at it. A desk that was silent and answers again needs nothing."""
        return self.flag != SILENT and not self.is_settled


def quality_flags(session: Session, wave: WaveView, marked: Marked) -> dict[int, list[QualityFlag]]:
    """By agency, all that was found."""
    rows = session.execute(
        select(Score.agency_id, Score.mode, Score.findings["quality"])
        .where(Score.wave_id == wave.id, Score.revision == wave.revision, Score.basis == "all")
        .order_by(Score.agency_id, Score.mode)
    )
    reviews = reviews_of(session, wave.id)
    found: dict[int, list[QualityFlag]] = defaultdict(list)
    for agency, mode, flags in rows:
        found[agency] += [_settle(_read(mode, row), marked, reviews) for row in flags or ()]
    return found


def reviews_of(session: Session, wave_id: int) -> dict[Key, FlagReview]:
    """What was looked at and not taken up again since."""
    stands = select(FlagReview).where(FlagReview.wave_id == wave_id, FlagReview.undone_on.is_(None))
    return {(row.flag, row.mode, row.desk_id, row.day): row for row in session.scalars(stands)}


def marked_days(session: Session, wave_id: int) -> dict[tuple[int, date, str], int]:
    rows = session.execute(
        select(Tally.desk_id, Tally.responded_on, Tally.mode, Tally.respondents)
        .where(Tally.wave_id == wave_id, IS_WHOLE, Tally.marked, Tally.respondents > 0)
    )  # fmt: skip
    return {(desk, day, mode): int(count) for desk, day, mode, count in rows}


def _read(mode: str, row: Mapping[str, Any]) -> QualityFlag:
    days = tuple((date.fromisoformat(day), n, k) for day, n, k in row.get("days", ()))
    day = date.fromisoformat(row["day"]) if row["day"] else None
    return QualityFlag(
        row["flag"], mode, row["desk"], day, row["n"], row["observed"], row["expected"], row["p_value"], days, row.get("unknown", 0)
    )


def _settle(flag: QualityFlag, marked: Marked, reviews: Mapping[Key, FlagReview]) -> QualityFlag:
    """A flag of a day is dealt with once responses of that day are marked; one of a desk, once its worst day is."""
    days = [flag.day] if flag.flag in OF_A_DAY and flag.day else [day for day, _, _ in flag.days[:1]]
    review = reviews.get(flag.key)
    return replace(
        flag,
        marked=sum(marked.get((flag.desk_id, day, flag.mode), 0) for day in days),
        review=review if review and still_holds(review.observed, flag.observed) else None,
    )
