"""The stored questionnaire versions, with the waves that ask them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from survey.domain.questionnaire import Questionnaire
from survey.errors import NotFound
from survey.models import QuestionnaireVersion, Response, Wave
from survey.queries.open_desk import stored_questionnaire


@dataclass(frozen=True)
class VersionView:
    """One version. Once it `is_answered` nothing in it may change any more."""

    questionnaire: Questionnaire
    sha256: str
    loaded_on: date
    is_answered: bool
    waves: tuple[Wave, ...]

    @property
    def code(self) -> str:
        return self.questionnaire.code


def questionnaire_versions(session: Session) -> tuple[VersionView, ...]:
    """All versions, the one that was loaded first in front."""
    waves: dict[int, list[Wave]] = {}
    for wave in session.scalars(select(Wave).order_by(Wave.opens_on)):
        waves.setdefault(wave.questionnaire_id, []).append(wave)
    answered = set(session.scalars(select(Wave.questionnaire_id).where(exists().where(Response.wave_id == Wave.id))))
    return tuple(
        VersionView(
            stored_questionnaire(session, version.id, version.sha256), version.sha256, version.loaded_on, version.id in answered,
            tuple(waves.get(version.id, ())),
        )
        for version in session.scalars(select(QuestionnaireVersion).order_by(QuestionnaireVersion.loaded_on, QuestionnaireVersion.id))
    )  # fmt: skip


def find_version(session: Session, code: str) -> VersionView:
    found = next((version for version in questionnaire_versions(session) if version.code == code), None)
    if found is None:
        raise NotFound(f"There is no questionnaire {code!r}.")
    return found
