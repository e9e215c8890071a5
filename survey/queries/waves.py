"""The waves as pages offer them, each with the revision whose scores it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.domain.questionnaire import Questionnaire
from survey.domain.wave import ANALYSED, PUBLISHED
from survey.errors import NotFound
from survey.models import LIVE, AnalysisRun, QuestionnaireVersion, Wave
from survey.queries.open_desk import stored_questionnaire


@dataclass(frozen=True)
class WaveView:
    """A wave. `revision` is what pages show: the published one, else the newest frozen one, until then the live scores."""

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
    questionnaire_id: int
    questionnaire_code: str
    questionnaire_sha256: str

    def name(self, language: str) -> str:
        return self.names[language]

    @property
    def is_frozen(self) -> bool:
        return self.revision != LIVE

    @property
    def may_publish(self) -> bool:
        return self.state == ANALYSED or (self.state == PUBLISHED and self.newest_revision > self.revision)


def all_waves(session: Session) -> tuple[WaveView, ...]:
    """Every wave, the newest first."""
    newest = select(AnalysisRun.wave_id, func.max(AnalysisRun.revision).label("revision")).group_by(AnalysisRun.wave_id).subquery()
    rows = session.execute(
        select(Wave, QuestionnaireVersion.code, QuestionnaireVersion.sha256, newest.c.revision)
        .join(QuestionnaireVersion, QuestionnaireVersion.id == Wave.questionnaire_id)
        .outerjoin(newest, newest.c.wave_id == Wave.id)
        .order_by(Wave.opens_on.desc(), Wave.code)
    )
    return tuple(_view(wave, code, sha256, revision) for wave, code, sha256, revision in rows)


def pick_wave(waves: Sequence[WaveView], code: str | None, *, today: date) -> WaveView | None:
    """The wave that was asked for, else the newest that has begun; None when there is none yet."""
    if code is None:
        return next((wave for wave in waves if wave.opens_on <= today), waves[0] if waves else None)
    return find_in(waves, code)


def find_in(waves: Sequence[WaveView], code: str) -> WaveView:
    for wave in waves:
        if wave.code == code:
            return wave
    raise NotFound(f"There is no wave {code!r}.", code="unknown_wave")


def questionnaire_of(session: Session, wave: WaveView) -> Questionnaire:
    return stored_questionnaire(session, wave.questionnaire_id, wave.questionnaire_sha256)


def _view(wave: Wave, questionnaire_code: str, sha256: str, newest: int | None) -> WaveView:
    last = newest or LIVE
    frozen = (wave.published_revision or last) if wave.state in (ANALYSED, PUBLISHED) else LIVE
    names = {"vi": wave.name_vi, "en": wave.name_en}
    return WaveView(
        wave.id, wave.code, names, wave.instrument, wave.state, wave.opens_on, wave.closes_on, wave.simulated, frozen, last,
        wave.questionnaire_id, questionnaire_code, sha256,
    )  # fmt: skip
