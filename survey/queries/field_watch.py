"""How the field work of a wave goes: what each agency received against what was to be expected, and what needs a look.

Only counts of responses are read here, in all modes together; counts may be added, and tell nothing about anybody.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal_column, or_, select
from sqlalchemy.orm import Session

from survey.domain.quality import OF_A_DAY, SILENT
from survey.domain.wave import MODES
from survey.models import POSTER, Agency, Desk, DeskCode, Score, Tally, Wave
from survey.queries.vietnamese_order import alphabetical
from survey.queries.wave_plans import taking_part
from survey.queries.waves import WaveView

_WHOLE: ColumnElement[bool] = Tally.measure == literal_column("'ALL'")  # a literal, so that SQLite can use a partial index on it
OPEN_QR = MODES[0]
#: Where the expected number comes from.
WAVE_BEFORE, KIND = "wave_before", "kind"
#: A pace is known from so many responses on so many open days, and that of a kind from so many agencies.
LEAST_RESPONSES, LEAST_DAYS, LEAST_AGENCIES = 10, 10, 3
#: Fewer than this part of the expected number is worth a look.
FAR_FEWER = 0.5


@dataclass(frozen=True)
class DeskWatch:
    """One open desk. `silent_days` are the open days since its last response, or since the wave began; `has_code` its poster's address."""

    id: int
    names: dict[str, str]
    received: int
    last_on: date | None
    silent_days: int
    has_code: bool
    is_silent: bool  # longer than its usual pace explains

    def name(self, language: str) -> str:
        return self.names[language]


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
    marked: int = 0

    @property
    def is_settled(self) -> bool:
        return self.marked > 0


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
    marked: int

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
        """What nobody has dealt with yet. A desk that was silent and answers again needs nothing."""
        return tuple(flag for flag in self.flags if flag.flag != SILENT and not flag.is_settled)

    @property
    def far_fewer(self) -> bool:
        return self.share is not None and self.share < FAR_FEWER and (self.expected or 0) >= LEAST_RESPONSES

    @property
    def concerns(self) -> int:
        return len(self.silent) + len(self.without_code) + len(self.open_flags) + self.far_fewer


@dataclass(frozen=True)
class FieldWatch:
    """All agencies, those that need a look first. `through` is the last day that is counted: yesterday, or the wave's last."""

    through: date
    open_days: tuple[date, ...]
    before: str | None  # the code of the wave that a pace was taken from
    agencies: tuple[AgencyWatch, ...]

    @property
    def concerned(self) -> tuple[AgencyWatch, ...]:
        return tuple(agency for agency in self.agencies if agency.concerns)


def field_watch(session: Session, wave: WaveView, *, today: date, only: int | None = None) -> FieldWatch:
    """Every agency that has an open desk or received something; with `only` that one, against the same expectation."""
    through = min(today - timedelta(days=1), wave.closes_on)
    by_day = _by_day(session, wave.id, through)
    open_days = tuple(sorted({day for days in by_day.values() for day in days}))
    before = _wave_before(session, wave)
    desks, flags, marked = _desks(session, wave.id, through), _flags(session, wave), _marked(session, wave.id)
    by_desk: Counter[int] = Counter()
    for (desk, *_), count in marked.items():
        by_desk[desk] += count
    agencies = {agency.id: agency for agency in session.scalars(select(Agency)) if agency.id in by_day or agency.id in desks}
    expected = _Expected(agencies, by_day, open_days, _paces(session, before) if before else {}, before)
    found = [
        AgencyWatch(
            agency.id, agency.code, agency.kind, {"vi": agency.name_vi, "en": agency.name_en},
            tuple(by_day.get(agency.id, {}).get(day, 0) for day in open_days),
            *expected.of(agency),
            _watched(desks.get(agency.id, ()), flags.get(agency.id, ()), open_days),
            tuple(_settle(flag, marked) for flag in flags.get(agency.id, ())),
            sum(by_desk[row.id] for row in desks.get(agency.id, ())),
        )
        for agency in agencies.values() if only in (None, agency.id)
    ]  # fmt: skip
    by_need = sorted(found, key=lambda a: (-a.concerns, 1.0 if a.share is None else a.share, alphabetical(a.names["vi"])))
    return FieldWatch(through, open_days, before.code if before else None, tuple(by_need))


def _by_day(session: Session, wave_id: int, through: date) -> dict[int, dict[date, int]]:
    rows = session.execute(
        select(Desk.agency_id, Tally.responded_on, func.sum(Tally.respondents))
        .join(Desk, Desk.id == Tally.desk_id)
        .where(Tally.wave_id == wave_id, _WHOLE, Tally.responded_on <= through)
        .group_by(Desk.agency_id, Tally.responded_on)
    )
    found: dict[int, dict[date, int]] = defaultdict(dict)
    for agency, day, count in rows:
        if count:
            found[agency][day] = int(count)
    return found


@dataclass(frozen=True)
class _DeskRow:
    id: int
    names: dict[str, str]
    received: int
    last_on: date | None
    has_code: bool


def _desks(session: Session, wave_id: int, through: date) -> dict[int, list[_DeskRow]]:
    """The desks that are open on the last day, of agencies that live then and take part."""
    wave = session.get_one(Wave, wave_id)
    part = taking_part(session, wave)
    in_mode = (  # by mode first, as the index over the wholes is sorted: without it SQLite reads all measures
        select(Tally.mode, Tally.desk_id, func.sum(Tally.respondents).label("received"), func.max(Tally.responded_on).label("last_on"))
        .where(Tally.wave_id == wave_id, _WHOLE, Tally.responded_on <= through, Tally.respondents > 0)
        .group_by(Tally.mode, Tally.desk_id)
        .subquery()
    )
    counts = (
        select(in_mode.c.desk_id, func.sum(in_mode.c.received).label("received"), func.max(in_mode.c.last_on).label("last_on"))
        .group_by(in_mode.c.desk_id)
        .subquery()
    )
    has_code = select(DeskCode.desk_id).where(DeskCode.kind == POSTER, or_(DeskCode.revoked_on.is_(None), DeskCode.revoked_on > through))
    lives = and_(Agency.valid_from <= through, or_(Agency.valid_to.is_(None), Agency.valid_to >= through))
    rows = session.execute(
        select(Desk.id, Desk.agency_id, Desk.name_vi, Desk.name_en, counts.c.received, counts.c.last_on, Desk.id.in_(has_code))
        .join(Agency, Agency.id == Desk.agency_id)
        .outerjoin(counts, counts.c.desk_id == Desk.id)
        .where(lives, or_(Desk.closed_on.is_(None), Desk.closed_on > through))
        .order_by(Desk.id)
    )
    found: dict[int, list[_DeskRow]] = defaultdict(list)
    for desk_id, agency, vi, en, received, last_on, coded in rows:
        if part is None or agency in part:
            none_missed = OPEN_QR not in wave.modes
            found[agency].append(_DeskRow(desk_id, {"vi": vi, "en": en}, int(received or 0), last_on, bool(coded) or none_missed))
    return found


def _watched(desks: Iterable[_DeskRow], flags: Iterable[QualityFlag], open_days: Sequence[date]) -> tuple[DeskWatch, ...]:
    longest = {flag.desk_id: flag.observed for flag in flags if flag.flag == SILENT}
    found = []
    for desk in desks:
        silent_days = len(open_days) - (bisect_right(open_days, desk.last_on) if desk.last_on else 0)
        never = not desk.received and len(open_days) >= LEAST_DAYS
        is_silent = never or (desk.id in longest and silent_days >= longest[desk.id])
        found.append(DeskWatch(desk.id, desk.names, desk.received, desk.last_on, silent_days, desk.has_code, is_silent))
    return tuple(found)


def _flags(session: Session, wave: WaveView) -> dict[int, list[QualityFlag]]:
    rows = session.execute(
        select(Score.agency_id, Score.mode, Score.findings["quality"])
        .where(Score.wave_id == wave.id, Score.revision == wave.revision, Score.basis == "all")
        .order_by(Score.agency_id, Score.mode)
    )
    return _grouped((agency, mode, row) for agency, mode, found in rows for row in found or ())


def _grouped(rows: Iterable[tuple[int, str, Mapping[str, Any]]]) -> dict[int, list[QualityFlag]]:
    found: dict[int, list[QualityFlag]] = defaultdict(list)
    for agency, mode, row in rows:
        days = tuple((date.fromisoformat(day), n, k) for day, n, k in row.get("days", ()))
        day = date.fromisoformat(row["day"]) if row["day"] else None
        numbers = (row["n"], row["observed"], row["expected"], row["p_value"])
        found[agency].append(QualityFlag(row["flag"], mode, row["desk"], day, *numbers, days))
    return found


def _marked(session: Session, wave_id: int) -> dict[tuple[int, date, str], int]:
    """By desk, day and mode, how many responses are marked."""
    rows = session.execute(
        select(Tally.desk_id, Tally.responded_on, Tally.mode, Tally.respondents)
        .where(Tally.wave_id == wave_id, _WHOLE, Tally.marked, Tally.respondents > 0)
    )  # fmt: skip
    return {(desk, day, mode): int(count) for desk, day, mode, count in rows}


def _settle(flag: QualityFlag, marked: Mapping[tuple[int, date, str], int]) -> QualityFlag:
    """A flag of a day is dealt with once responses of that day are marked; one of a desk, once its worst day is."""
    days = [flag.day] if flag.flag in OF_A_DAY and flag.day else [day for day, _, _ in flag.days[:1]]
    count = sum(marked.get((flag.desk_id, day, flag.mode), 0) for day in days)
    return QualityFlag(
        flag.flag, flag.mode, flag.desk_id, flag.day, flag.n, flag.observed, flag.expected, flag.p_value, flag.days, count
    )  # fmt: skip


# --- what was to be expected ---


@dataclass(frozen=True)
class _Expected:
    agencies: Mapping[int, Agency]
    by_day: Mapping[int, Mapping[date, int]]
    open_days: Sequence[date]
    paces: Mapping[int, float]  # responses on an open day of the wave before
    before: Wave | None

    def of(self, agency: Agency) -> tuple[float | None, str | None]:
        """The number of responses to be expected by now, and where that is known from."""
        own = self.paces.get(agency.id)
        if own is not None and self.before is not None and agency.valid_from <= self.before.opens_on:
            return own * len(self.open_days), WAVE_BEFORE
        like = [sum(days.values()) for of, days in self.by_day.items() if of in self.agencies and self.agencies[of].kind == agency.kind]
        if len(self.open_days) < LEAST_DAYS or len(like) < LEAST_AGENCIES:
            return None, None
        return float(median(like)), KIND


def _wave_before(session: Session, wave: WaveView) -> Wave | None:
    counted = select(Tally.wave_id).where(Tally.wave_id == Wave.id, _WHOLE).exists()
    earlier = (Wave.instrument == wave.instrument, Wave.closes_on < wave.opens_on, counted)
    return session.scalars(select(Wave).where(*earlier).order_by(Wave.closes_on.desc()).limit(1)).first()


def _paces(session: Session, before: Wave) -> dict[int, float]:
    counted = (Tally.wave_id == before.id, _WHOLE, Tally.respondents > 0)
    open_days = session.scalar(select(func.count(Tally.responded_on.distinct())).where(*counted)) or 0
    if open_days < LEAST_DAYS:
        return {}
    rows = session.execute(
        select(Desk.agency_id, func.sum(Tally.respondents)).join(Desk, Desk.id == Tally.desk_id).where(*counted).group_by(Desk.agency_id)
    )
    return {agency: int(count) / open_days for agency, count in rows if count >= LEAST_RESPONSES}
