"""The waves as pages offer them, each with the revision whose scores it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from survey.domain.questionnaire import Questionnaire
from survey.domain.wave import ANALYSED, APPROVED, DESK_SURVEY, OPEN, PROPOSED, PUBLISHED, stage
from survey.errors import NotFound
from survey.models import LIVE, AnalysisRun, QuestionnaireVersion, RunStep, Wave
from survey.queries.open_desk import stored_questionnaire


@dataclass(frozen=True)
class Correction:
    """The published revision stands in the place of an earlier one that had been published, too."""

    replaces: int
    published_on: date
    reason: str | None


@dataclass(frozen=True)
class WaveView:
    """A wave. `revision` is what pages show: the published one; else live scores, or, to those who may, the newest frozen one."""

    id: int
    code: str
    names: dict[str, str]
    instrument: str
    state: str
    opens_on: date
    closes_on: date
    simulated: bool
    revision: int
    newest_revision: int
    published_revision: int | None
    questionnaire_id: int
    questionnaire_code: str
    questionnaire_sha256: str
    correction: Correction | None = None

    def name(self, language: str) -> str:
        return self.names[language]

    def stage(self, today: date) -> str:
        """What people see of it on this day; one that opens by its date alone is stored as open long before."""
        return stage(self.state, self.opens_on, self.closes_on, today)

    @property
    def is_frozen(self) -> bool:
        return self.revision != LIVE

    @property
    def may_publish(self) -> bool:
        return self.state in (ANALYSED, PUBLISHED) and self.newest_revision > (self.published_revision or LIVE)

    @property
    def is_provisional(self) -> bool:
        """Whether the wave is over and what is shown is not its published result."""
        return self.state != OPEN and self.revision != self.published_revision


def all_waves(session: Session, *, published_only: bool = False) -> tuple[WaveView, ...]:
    """Every wave, the newest first. With `published_only` no frozen revision shows before it is published: live scores stay until then."""
    newest = select(AnalysisRun.wave_id, func.max(AnalysisRun.revision).label("revision")).group_by(AnalysisRun.wave_id).subquery()
    rows = session.execute(
        select(Wave, QuestionnaireVersion.code, QuestionnaireVersion.sha256, newest.c.revision)
        .join(QuestionnaireVersion, QuestionnaireVersion.id == Wave.questionnaire_id)
        .outerjoin(newest, newest.c.wave_id == Wave.id)
        .order_by(Wave.opens_on.desc(), Wave.code)
    ).all()
    corrections = _corrections(session)
    return tuple(
        _view(wave, code, sha256, revision, corrections.get(wave.id), published_only=published_only)
        for wave, code, sha256, revision in rows
    )  # fmt: skip


def pick_wave(waves: Sequence[WaveView], code: str | None, *, today: date) -> WaveView | None:
    """The wave that was asked for, else the newest that has begun, of the desk survey if there is one; None when there is none yet."""
    if code is None:
        begun = [wave for wave in waves if wave.opens_on <= today] or waves
        return next((wave for wave in begun if wave.instrument == DESK_SURVEY), begun[0] if begun else None)
    return find_in(waves, code)


def find_in(waves: Sequence[WaveView], code: str) -> WaveView:
    for wave in waves:
        if wave.code == code:
            return wave
    raise NotFound(f"There is no wave {code!r}.", code="unknown_wave")


def questionnaire_of(session: Session, wave: WaveView) -> Questionnaire:
    return stored_questionnaire(session, wave.questionnaire_id, wave.questionnaire_sha256)


def _corrections(session: Session) -> dict[int, Correction]:
    """Of the waves whose published revision took the place of another: when, and why there is a new one."""
    why = aliased(RunStep)
    reason = select(why.note).where(why.run_id == RunStep.run_id, why.step == PROPOSED).order_by(why.id).limit(1).scalar_subquery()
    rows = session.execute(
        select(Wave.id, RunStep.replaces, RunStep.taken_on, reason)
        .join(AnalysisRun, (AnalysisRun.wave_id == Wave.id) & (AnalysisRun.revision == Wave.published_revision))
        .join(RunStep, RunStep.run_id == AnalysisRun.id)
        .where(RunStep.step == APPROVED, RunStep.replaces.is_not(None))
    )
    return {wave_id: Correction(replaces, day, note) for wave_id, replaces, day, note in rows if replaces is not None}


def _view(
    wave: Wave, questionnaire_code: str, sha256: str, newest: int | None, correction: Correction | None, *, published_only: bool
) -> WaveView:
    last = newest or LIVE
    shown = wave.published_revision or (LIVE if published_only or wave.state not in (ANALYSED, PUBLISHED) else last)
    names = {"vi": wave.name_vi, "en": wave.name_en}
    return WaveView(
        wave.id, wave.code, names, wave.instrument, wave.state, wave.opens_on, wave.closes_on, wave.simulated, shown, last,
        wave.published_revision, wave.questionnaire_id, questionnaire_code, sha256, correction,
    )  # fmt: skip
