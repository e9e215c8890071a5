"""How many responses an agency was to be expected to receive by now, and where that is known from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.domain.wave import SAMPLE_SURVEY
from survey.models import IS_WHOLE, Agency, Desk, SlipBatch, Tally, Wave
from survey.queries.waves import WaveView

#: Where the expected number comes from.
WAVE_BEFORE, KIND = "wave_before", "kind"
#: A pace is known from so many responses on so many open days, and that of a kind from so many agencies.
LEAST_RESPONSES, LEAST_DAYS, LEAST_AGENCIES = 10, 10, 3

ByDay = Mapping[int, Mapping[date, int]]


@dataclass(frozen=True)
class Expected:
    """What the agencies' own pace in the wave before says, or the median of their kind in this one.

    People who were drawn answer when the letter is in their hands, not at a desk's pace: of a sample survey nothing is expected, and
    what stands beside the responses is how many people were invited.
    """

    before: Wave | None
    paces: Mapping[int, float]  # responses on an open day of the wave before
    kinds: Mapping[int, str]
    by_day: ByDay
    open_days: Sequence[date]
    is_sample: bool

    def of(self, agency: Agency) -> tuple[float | None, str | None]:
        own = self.paces.get(agency.id)
        if self.is_sample:
            return None, None
        if own is not None and self.before is not None and agency.valid_from <= self.before.opens_on:
            return own * len(self.open_days), WAVE_BEFORE
        like = [sum(days.values()) for of, days in self.by_day.items() if self.kinds.get(of) == agency.kind]
        if len(self.open_days) < LEAST_DAYS or len(like) < LEAST_AGENCIES:
            return None, None
        return float(median(like)), KIND


def expected_responses(session: Session, wave: WaveView, kinds: Mapping[int, str], by_day: ByDay, open_days: Sequence[date]) -> Expected:
    is_sample = wave.instrument == SAMPLE_SURVEY
    before = None if is_sample else _wave_before(session, wave)
    return Expected(before, _paces(session, before) if before else {}, kinds, by_day, open_days, is_sample)


def invited(session: Session, wave: WaveView) -> dict[int, int]:
    """How many people were invited to rate each desk, in batches that were not withdrawn."""
    rows = session.execute(
        select(SlipBatch.desk_id, func.sum(SlipBatch.printed_count))
        .where(SlipBatch.wave_id == wave.id, SlipBatch.withdrawn_on.is_(None))
        .group_by(SlipBatch.desk_id)
    )
    return {desk: int(count) for desk, count in rows}


def _wave_before(session: Session, wave: WaveView) -> Wave | None:
    counted = select(Tally.wave_id).where(Tally.wave_id == Wave.id, IS_WHOLE).exists()
    earlier = (Wave.instrument == wave.instrument, Wave.closes_on < wave.opens_on, counted)
    return session.scalars(select(Wave).where(*earlier).order_by(Wave.closes_on.desc()).limit(1)).first()


def _paces(session: Session, before: Wave) -> dict[int, float]:
    counted = (Tally.wave_id == before.id, IS_WHOLE, Tally.respondents > 0)
    open_days = session.scalar(select(func.count(Tally.responded_on.distinct())).where(*counted)) or 0
    if open_days < LEAST_DAYS:
        return {}
    rows = session.execute(
        select(Desk.agency_id, func.sum(Tally.respondents)).join(Desk, Desk.id == Tally.desk_id).where(*counted).group_by(Desk.agency_id)
    )
    return {agency: int(count) / open_days for agency, count in rows if count >= LEAST_RESPONSES}
