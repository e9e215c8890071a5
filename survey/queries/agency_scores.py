"""The scores of one agency in one wave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.questionnaire import OVERALL
from survey.models import Score
from survey.queries.estimates import Scored
from survey.queries.waves import WaveView


@dataclass(frozen=True)
class AgencyScore:
    """One row as stored; pages show it only through `survey.queries.estimates`."""

    mode: str
    basis: str
    as_of: date
    estimates: list[Scored]
    findings: dict[str, Any] | None = None

    @property
    def respondents(self) -> int:
        return next((score["respondents"] for score in self.estimates if score["key"] == OVERALL and score["rule"] == "pooled"), 0)


def agency_scores(session: Session, agency_id: int, wave: WaveView) -> tuple[AgencyScore, ...]:
    """Every mode and basis that has responses, in the order of their size."""
    rows = session.execute(
        select(Score.mode, Score.basis, Score.as_of, Score.estimates, Score.findings).where(
            Score.wave_id == wave.id, Score.revision == wave.revision, Score.agency_id == agency_id
        )
    )
    scores = [AgencyScore(mode, basis, as_of, list(estimates), findings) for mode, basis, as_of, estimates, findings in rows]
    return tuple(sorted(scores, key=lambda score: (-score.respondents, score.mode, score.basis)))
