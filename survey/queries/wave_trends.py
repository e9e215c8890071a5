"""Every agency wave by wave; a series ends wherever comparing would mislead."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.agency_tree import line_of
from survey.models import Agency, AgencySuccession, Score
from survey.queries.agencies import parents_of
from survey.queries.estimates import Estimate, Scored, overall
from survey.queries.waves import WaveView

#: Two years of quarters: more do not fit into a small panel.
MOST_WAVES = 8

#: A wave, and what an agency shows in it; None where nobody answered.
_Shown = tuple[WaveView, Estimate | None]


@dataclass(frozen=True)
class WavePoint:
    """One wave of one agency. Points of one `segment` may be joined by a line, others never."""

    wave: WaveView
    estimate: Estimate
    segment: int
    joined: bool = False  # to the wave before


@dataclass(frozen=True)
class WaveTrend:
    """One agency in the waves in which it has responses, the oldest first."""

    code: str
    kind: str
    names: dict[str, str]
    points: tuple[WavePoint, ...]

    def name(self, language: str) -> str:
        return self.names[language]

    @property
    def newest(self) -> Estimate:
        return self.points[-1].estimate

    @property
    def by_wave(self) -> dict[int, WavePoint]:
        return {point.wave.id: point for point in self.points}

    @property
    def joined(self) -> tuple[WavePoint, ...]:
        """The newest wave and those that a line joins to it; none where the newest shows no index."""
        return tuple(p for p in self.points if p.segment == self.points[-1].segment and p.estimate.index is not None)

    @property
    def change(self) -> float | None:
        """From the first of the joined waves to the newest."""
        joined = [point.estimate.index for point in self.joined if point.estimate.index is not None]
        return joined[-1] - joined[0] if len(joined) > 1 else None

    @property
    def direction(self) -> str | None:
        """``up`` or ``down`` where the two intervals do not overlap, ``unclear`` where they do, None where nothing is joined."""
        if self.change is None:
            return None
        first, last = self.joined[0].estimate, self.joined[-1].estimate
        if (last.low or 0.0) > (first.high or 1.0):
            return "up"
        return "down" if (last.high or 1.0) < (first.low or 0.0) else "unclear"


def waves_until(waves: Sequence[WaveView], last: WaveView) -> tuple[WaveView, ...]:
    """`last` and the waves of its instrument before it, the oldest first, as many as are shown."""
    earlier = sorted((w for w in waves if w.instrument == last.instrument and w.opens_on <= last.opens_on), key=lambda w: w.opens_on)
    return tuple(earlier[-MOST_WAVES:])


def wave_trends(session: Session, waves: Sequence[WaveView], mode: str) -> tuple[WaveTrend, ...]:
    """The agencies with responses in the last of `waves` (the oldest first), as those may see them who see all agencies.

    A line joins neighbouring waves of the same questionnaire, both shown, unless in between a succession changed what an agency holds.
    """
    found = [_headlines(session, wave, mode) for wave in waves]
    crossed = _crossed(session)
    agencies = session.scalars(select(Agency).where(Agency.id.in_(found[-1]))) if found else ()
    return tuple(
        WaveTrend(
            agency.code, agency.kind, {"vi": agency.name_vi, "en": agency.name_en},
            _points([(wave, headlines.get(agency.id)) for wave, headlines in zip(waves, found, strict=True)], crossed[agency.id]),
        )
        for agency in agencies
    )  # fmt: skip


def _headlines(session: Session, wave: WaveView, mode: str) -> dict[int, Estimate]:
    """The index of the whole of each agency with responses.

    A score holds a hundred times as much as its headline: the database takes that out, from where it stands in all scores of a wave.
    """
    of_the_wave = (Score.wave_id == wave.id, Score.revision == wave.revision, Score.mode == mode, Score.basis == "all")
    one = session.scalar(select(Score.estimates).where(*of_the_wave).limit(1)) or []
    place = next((place for place, row in enumerate(one) if overall([row]) is not None), None)
    if place is None:
        return {}
    rows: Sequence[tuple[int, Scored]] = session.execute(select(Score.agency_id, Score.estimates[place]).where(*of_the_wave)).all()
    shown = {agency: overall([row], from_above=True) for agency, row in rows}
    return {agency: estimate for agency, estimate in shown.items() if estimate is not None and estimate.respondents}


def _crossed(session: Session) -> Mapping[int, Collection[date]]:
    """For each agency the days on which something came into its subtree or left it."""
    parents = parents_of(session)
    days: dict[int, set[date]] = {agency: set() for agency in parents}
    for succession in session.scalars(select(AgencySuccession)):
        before, after = (line_of(one, parents) for one in (succession.predecessor_id, succession.successor_id))
        for agency in before ^ after:
            days[agency].add(succession.succeeded_on)
    return days


def _points(series: Sequence[_Shown], crossed: Collection[date]) -> tuple[WavePoint, ...]:
    points: list[WavePoint] = []
    segment = 0
    for before, (wave, estimate) in zip((None, *series), series, strict=False):
        joined = before is not None and _comparable(before, (wave, estimate), crossed)
        segment += not joined
        if estimate is not None:
            points.append(WavePoint(wave, estimate, segment, joined))
    return tuple(points)


def _comparable(before: _Shown, now: _Shown, crossed: Collection[date]) -> bool:
    (earlier, then), (wave, estimate) = before, now
    if then is None or then.index is None or estimate is None or estimate.index is None:
        return False
    return earlier.questionnaire_id == wave.questionnaire_id and not any(earlier.opens_on < day <= wave.closes_on for day in crossed)
