"""How the field work of a wave goes: what each agency received against what was to be expected, and what needs a look.

Only counts of responses are read here, in all modes together; counts may be added, and tell nothing about anybody.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.domain.quality import SILENT
from survey.domain.wave import SAMPLE_SURVEY
from survey.models import IS_WHOLE, Agency, Desk, Tally
from survey.queries.expected_responses import LEAST_RESPONSES, expected_responses, invited
from survey.queries.quality_flags import QualityFlag, marked_days, quality_flags
from survey.queries.vietnamese_order import alphabetical
from survey.queries.watched_desks import DeadCodeWatch, DeskWatch, dead_codes, watched_desks
from survey.queries.waves import WaveView

#: Fewer than this part of the expected number is worth a look.
FAR_FEWER = 0.5


@dataclass(frozen=True)
class AgencyWatch:
    """One agency with desks of its own. `days` are its responses on each open day of the wave."""

    id: int
    code: str
    kind: str
    names: dict[str, str]
    days: tuple[int, ...]
    expected: float | None
    expected_from: str | None
    desks: tuple[DeskWatch, ...]
    flags: tuple[QualityFlag, ...]
    dead_codes: tuple[DeadCodeWatch, ...]
    marked: int
    invited: int | None = None  # to a sample survey

    def name(self, language: str) -> str:
        return self.names[language]

    @property
    def received(self) -> int:
        return sum(self.days)

    @property
    def share(self) -> float | None:
        return self.received / self.expected if self.expected else None

    @property
    def silent(self) -> tuple[DeskWatch, ...]:
        return tuple(desk for desk in self.desks if desk.is_silent)

    @property
    def without_code(self) -> tuple[DeskWatch, ...]:
        return tuple(desk for desk in self.desks if not desk.has_code)

    @property
    def open_flags(self) -> tuple[QualityFlag, ...]:
        return tuple(flag for flag in self.flags if flag.is_work)

    @property
    def unused(self) -> tuple[DeskWatch, ...]:
        return tuple(desk for desk in self.desks if desk.unused_since)

    @property
    def far_fewer(self) -> bool:
        return self.share is not None and self.share < FAR_FEWER and (self.expected or 0) >= LEAST_RESPONSES

    @property
    def concerns(self) -> int:
        desks = len(self.silent) + len(self.without_code) + len(self.unused) + len(self.dead_codes)
        return desks + len(self.open_flags) + self.far_fewer


@dataclass(frozen=True)
class FieldWatch:
    """All agencies, those that need a look first. `through` is the last day that is counted: yesterday, or the wave's last."""

    through: date
    open_days: tuple[date, ...]
    before: str | None  # the code of the wave that a pace was taken from
    agencies: tuple[AgencyWatch, ...]
    is_sample: bool = False

    @property
    def concerned(self) -> tuple[AgencyWatch, ...]:
        return tuple(agency for agency in self.agencies if agency.concerns)


def field_watch(session: Session, wave: WaveView, *, today: date, only: int | None = None) -> FieldWatch:
    """Every agency that has an open desk or received something; with `only` that one, against the same expectation."""
    through = min(today - timedelta(days=1), wave.closes_on)
    by_day = _by_day(session, wave.id, through)
    open_days = tuple(sorted({day for days in by_day.values() for day in days}))
    marked, asked = marked_days(session, wave.id), invited(session, wave)
    flags = quality_flags(session, wave, marked)
    longest = {flag.desk_id: flag.observed for found in flags.values() for flag in found if flag.flag == SILENT}
    desks = watched_desks(session, wave.id, through=through, open_days=open_days, longest=longest, invited=asked)
    is_sample = wave.instrument == SAMPLE_SURVEY  # nobody gets in by the code on a wall
    dead = {} if is_sample else dead_codes(session, since=wave.opens_on, through=min(today, wave.closes_on))
    agencies = [agency for agency in session.scalars(select(Agency)) if agency.id in by_day or agency.id in desks or agency.id in dead]
    expected = expected_responses(session, wave, {agency.id: agency.kind for agency in agencies}, by_day, open_days)
    found = []
    for agency in agencies:
        if only not in (None, agency.id):
            continue
        own = {desk.id for desk in desks.get(agency.id, ())}
        found.append(
            AgencyWatch(
                agency.id, agency.code, agency.kind, {"vi": agency.name_vi, "en": agency.name_en},
                tuple(by_day.get(agency.id, {}).get(day, 0) for day in open_days),
                *expected.of(agency),
                desks.get(agency.id, ()), tuple(flags.get(agency.id, ())), dead.get(agency.id, ()),
                sum(count for (desk, *_), count in marked.items() if desk in own),
                sum(asked.get(desk, 0) for desk in own) if is_sample else None,
            )
        )  # fmt: skip
    by_need = sorted(found, key=lambda a: (-a.concerns, 1.0 if a.share is None else a.share, alphabetical(a.names["vi"])))
    before = expected.before
    return FieldWatch(through, open_days, before.code if before else None, tuple(by_need), is_sample=is_sample)


def _by_day(session: Session, wave_id: int, through: date) -> dict[int, dict[date, int]]:
    rows = session.execute(
        select(Desk.agency_id, Tally.responded_on, func.sum(Tally.respondents))
        .join(Desk, Desk.id == Tally.desk_id)
        .where(Tally.wave_id == wave_id, IS_WHOLE, Tally.responded_on <= through)
        .group_by(Desk.agency_id, Tally.responded_on)
    )
    found: dict[int, dict[date, int]] = defaultdict(dict)
    for agency, day, count in rows:
        if count:
            found[agency][day] = int(count)
    return found
