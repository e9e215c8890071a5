"""An agency month by month, over waves and over the agencies that it followed; a series ends wherever comparing would mislead."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from survey.domain.agency_tree import predecessors
from survey.models import Agency, AgencySuccession, Score
from survey.queries.estimates import WITHHELD, Estimate, Scored, overall, withhold
from survey.queries.waves import WaveView

SUCCESSION, QUESTIONNAIRE = "succession", "questionnaire"


@dataclass(frozen=True)
class MonthPoint:
    """One month of one agency in one wave. Points of one `segment` may be joined by a line, others never."""

    month: date
    agency: Agency
    own: bool
    wave: WaveView
    estimate: Estimate
    segment: int = 0


@dataclass(frozen=True)
class Break:
    """A day from which numbers are not comparable with those before: a succession, or another questionnaire."""

    on: date
    kind: str
    agencies: tuple[Agency, ...] = ()


@dataclass(frozen=True)
class Trend:
    points: tuple[MonthPoint, ...]
    breaks: tuple[Break, ...]

    @property
    def own(self) -> tuple[MonthPoint, ...]:
        return tuple(point for point in self.points if point.own)

    @property
    def shown(self) -> tuple[MonthPoint, ...]:
        return tuple(point for point in self.points if point.estimate.index is not None)


def agency_trend(
    session: Session,
    agency: Agency,
    waves: Sequence[WaveView],
    mode: str,
    *,
    from_above: bool = False,
    planned: Iterable[AgencySuccession] = (),
) -> Trend:
    """The months of `agency` and of its predecessors in one mode of one instrument, with the breaks between them.

    `from_above`: the reader also sees the agency above (as in `disclosed`). `planned` are successions that are not stored (yet).
    """
    successions = (*session.scalars(select(AgencySuccession)), *planned)
    before = predecessors(agency.id, ((s.predecessor_id, s.successor_id) for s in successions))
    points = _segments(_points(session, agency, before, waves, mode, from_above=from_above))
    agencies = {point.agency.id: point.agency for point in points}
    followed = [s for s in successions if s.successor_id == agency.id or s.successor_id in before]
    return Trend(points, (*_succession_breaks(followed, agencies), *_questionnaire_breaks(points)))


def _points(
    session: Session, agency: Agency, before: Collection[int], waves: Sequence[WaveView], mode: str, *, from_above: bool
) -> list[MonthPoint]:
    if not waves:
        return []
    wave_of = {wave.id: wave for wave in waves}
    revisions = or_(*((Score.wave_id == wave.id) & (Score.revision == wave.revision) for wave in waves))
    rows = session.execute(
        select(Score.wave_id, Score.estimates, Score.months, Agency)
        .join(Agency, Agency.id == Score.agency_id)
        .where(revisions, Score.mode == mode, Score.basis == "all", Score.agency_id.in_({agency.id, *before}))
    )
    points = []
    for wave_id, whole, months, of in rows:
        estimates = _months(whole, months, from_above=from_above)
        points += [MonthPoint(month, of, of.id == agency.id, wave_of[wave_id], estimate) for month, estimate in estimates]
    return sorted(points, key=lambda p: (p.own, p.agency.code, p.month, p.wave.opens_on))


def _months(whole: Iterable[Scored], months: Iterable[Mapping[str, Any]], *, from_above: bool) -> Iterator[tuple[date, Estimate]]:
    """The months of one agency in one wave; none where their total is withheld, for they would add up to it."""
    total = overall(whole, from_above=from_above)
    for month in months:
        estimate = overall(month["estimates"], from_above=from_above)
        if estimate is not None and estimate.respondents:
            withheld = total is not None and total.state == WITHHELD
            yield date.fromisoformat(f"{month['month']}-01"), withhold(estimate) if withheld else estimate


def _segments(points: Sequence[MonthPoint]) -> tuple[MonthPoint, ...]:
    numbered: list[MonthPoint] = []
    segment = 0
    for point in points:
        segment += not (numbered and _continues(numbered[-1], point))
        numbered.append(replace(point, segment=segment))
    return tuple(numbered)


def _continues(last: MonthPoint, point: MonthPoint) -> bool:
    """The next month of the same agency by the same questionnaire, both shown."""
    months = (point.month.year - last.month.year) * 12 + point.month.month - last.month.month
    same = last.agency.id == point.agency.id and last.wave.questionnaire_id == point.wave.questionnaire_id
    return same and months == 1 and last.estimate.index is not None and point.estimate.index is not None


def _succession_breaks(followed: Iterable[AgencySuccession], agencies: dict[int, Agency]) -> list[Break]:
    by_day: dict[date, list[Agency]] = {}
    for succession in followed:
        if succession.predecessor_id in agencies:
            by_day.setdefault(succession.succeeded_on, []).append(agencies[succession.predecessor_id])
    return [Break(day, SUCCESSION, tuple(before)) for day, before in sorted(by_day.items())]


def _questionnaire_breaks(points: Iterable[MonthPoint]) -> list[Break]:
    waves = sorted({point.wave.id: point.wave for point in points}.values(), key=lambda wave: wave.opens_on)
    return [
        Break(later.opens_on, QUESTIONNAIRE) for earlier, later in pairwise(waves) if earlier.questionnaire_id != later.questionnaire_id
    ]
