"""What a desk's address leads to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from time import monotonic
from typing import Any

from sqlalchemy import Date, Row, Select, SQLColumnExpression, bindparam, exists, select
from sqlalchemy.orm import Mapped, Session, aliased

from survey.domain.questionnaire import Questionnaire
from survey.domain.questionnaire_json import from_json
from survey.domain.wave import DESK_SURVEY, OPEN
from survey.models import POSTER, Agency, Desk, DeskCode, Model, QuestionnaireVersion, Wave, WaveAgency
from survey.queries.wave_plans import takes_part


@dataclass(frozen=True)
class DeskWave:
    """The newest wave of the always-open desk survey, or the one that an invitation is for.

    Closed ones serve to show a late form again with its answers.
    """

    id: int
    questionnaire: Questionnaire
    simulated: bool
    is_open: bool  # to this desk: it is no longer, or not for it
    modes: tuple[str, ...]
    opens_on: date
    closes_on: date

    def takes(self, mode: str) -> bool:
        return self.is_open and mode in self.modes


@dataclass(frozen=True)
class DeskView:
    """A desk as citizens see it. `is_open` is False when its code was revoked, or the desk or its agency is closed."""

    id: int
    agency_id: int
    names: dict[str, str]
    agency_names: dict[str, str]
    is_open: bool
    wave: DeskWave | None  # the one that `DESK_WAVE` finds, None before the first; for an invitation its own


# Built once, and one for both: every phone asks this twice, and that is most of what a phone costs.
_TODAY = bindparam("today", type_=Date)
_ASKING = aliased(Wave)
#: The wave that a desk asks for today: the one that takes responses, else the newest that has begun.
DESK_WAVE = (
    select(_ASKING.id)
    .where(_ASKING.instrument == DESK_SURVEY, _ASKING.opens_on <= _TODAY)
    .order_by(((_ASKING.state == OPEN) & (_ASKING.closes_on >= _TODAY)).desc(), _ASKING.opens_on.desc())
    .limit(1)
    .scalar_subquery()
)
_COLUMNS: tuple[Any, ...] = (
    Desk.id, Desk.agency_id, Desk.name_vi, Desk.name_en, Desk.closed_on,
    Agency.name_vi.label("agency_vi"), Agency.name_en.label("agency_en"), Agency.valid_from, Agency.valid_to,
    Wave.id.label("wave_id"), Wave.simulated, Wave.state, Wave.opens_on, Wave.closes_on, Wave.questionnaire_id, QuestionnaireVersion.sha256,
    Wave.modes, exists().where(WaveAgency.wave_id == Wave.id).label("for_some"),
)  # fmt: skip


def select_desk(
    way_in: type[Model],
    desk_id: Mapped[int],
    revoked_on: SQLColumnExpression[date | None],
    wave_id: SQLColumnExpression[int | None] = DESK_WAVE,
) -> Select[Any]:
    """Selects what `desk_view` wants, from a table of ways in; `:today` is to be given, and a condition to be added."""
    desk = select(*_COLUMNS, revoked_on.label("revoked_on")).select_from(way_in)
    desk = desk.join(Desk, Desk.id == desk_id).join(Agency, Agency.id == Desk.agency_id).outerjoin(Wave, Wave.id == wave_id)
    return desk.outerjoin(QuestionnaireVersion, QuestionnaireVersion.id == Wave.questionnaire_id)


_DESK = select_desk(DeskCode, DeskCode.desk_id, DeskCode.revoked_on).where(
    DeskCode.code == bindparam("code"), DeskCode.kind == bindparam("kind")
)


def find_desk(session: Session, code: str, *, today: date, kind: str = POSTER) -> DeskView | None:
    """The desk behind `code`, or None when no such code of this kind was ever issued."""
    if not (code.isascii() and code.isalnum()):
        return None  # no code of ours; a NUL byte would even be an error to PostgreSQL
    row = session.connection().execute(_DESK, {"code": code, "kind": kind, "today": today}).one_or_none()
    return None if row is None else desk_view(session, row, today=today)


def desk_view(session: Session, row: Row[*tuple[Any, ...]], *, today: date) -> DeskView:
    """The desk in a row of `select_desk`."""
    lives = row.valid_from <= today and (row.valid_to is None or row.valid_to >= today)
    is_open = lives and row.revoked_on is None and (row.closed_on is None or row.closed_on > today)
    names, agency_names = {"vi": row.name_vi, "en": row.name_en}, {"vi": row.agency_vi, "en": row.agency_en}
    return DeskView(row.id, row.agency_id, names, agency_names, is_open, _desk_wave(session, row, today))


def known_desk(session: Session, code: str, *, today: date, kind: str = POSTER) -> DeskView | None:
    """As `find_desk`, from memory where it took responses less than `KNOWN_FOR` seconds ago.

    For the way in only, where the insert itself makes sure that wave and code are still valid.
    """
    found_at, desk = _known.get((code, kind, today), (0.0, None))
    if desk is not None and monotonic() - found_at < KNOWN_FOR:
        return desk
    desk = find_desk(session, code, today=today, kind=kind)
    if desk and desk.is_open and desk.wave and desk.wave.is_open:
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        _known[code, kind, today] = (monotonic(), desk)
    return desk


#: Seconds; after them a renamed agency goes by its new name on the thank-you.
KNOWN_FOR = 10
MOST_KNOWN = 10_000
_known: dict[tuple[str, str, date], tuple[float, DeskView]] = {}


def _desk_wave(session: Session, row: Row[*tuple[Any, ...]], today: date) -> DeskWave | None:
    if row.wave_id is None:
        return None
    is_open = row.state == OPEN and row.opens_on <= today <= row.closes_on
    if is_open and row.for_some:  # asked apart, so that the waves of all agencies pay nothing for it
        is_open = takes_part(session, row.wave_id, row.agency_id)
    questionnaire = stored_questionnaire(session, row.questionnaire_id, row.sha256)
    return DeskWave(row.wave_id, questionnaire, row.simulated, is_open, tuple(row.modes), row.opens_on, row.closes_on)


def questionnaire_named(session: Session, code: str) -> Questionnaire | None:
    """The stored version `code`; None when there never was one."""
    version = QuestionnaireVersion
    found = session.execute(select(version.id, version.sha256).where(version.code == code.replace("\0", ""))).one_or_none()
    return stored_questionnaire(session, found.id, found.sha256) if found else None


def stored_questionnaire(session: Session, questionnaire_id: int, sha256: str) -> Questionnaire:
    """A stored version; parsed once, since the hash stands for the content."""
    cached = _parsed.get(sha256)
    if cached is None:
        content = session.execute(select(QuestionnaireVersion.content).where(QuestionnaireVersion.id == questionnaire_id)).scalar_one()
        cached = _parsed[sha256] = from_json(content)
    return cached


_parsed: dict[str, Questionnaire] = {}
