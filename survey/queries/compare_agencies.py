"""All agencies of one wave and mode side by side, or those of one part of the tree."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.domain.questionnaire import OVERALL
from survey.models import Agency, Score
from survey.queries.estimates import TOO_FEW, Estimate, Scored, overall
from survey.queries.places import Place, place_of
from survey.queries.vietnamese_order import alphabetical
from survey.queries.waves import WaveView


@dataclass(frozen=True)
class AgencyRow:
    """One agency and its headline, fit to be shown beside its parent and its siblings."""

    id: int
    code: str
    kind: str
    names: dict[str, str]
    parent_id: int | None
    estimate: Estimate
    place: Place | None = None

    def name(self, language: str) -> str:
        return self.names[language]


def compare_agencies(
    session: Session, wave: WaveView, mode: str, *, root: int | None = None, revision: int | None = None
) -> tuple[AgencyRow, ...]:
    """Every agency with responses, by name; `root` is the top of what the reader may see."""
    rows = session.execute(
        select(Agency, Score.estimates, Score.findings)
        .join(Score, Score.agency_id == Agency.id)
        .where(Score.wave_id == wave.id, Score.mode == mode, Score.basis == "all")
        .where(Score.revision == (wave.revision if revision is None else revision))
    )
    shown = (_row(agency, estimates, findings, from_above=agency.id != root) for agency, estimates, findings in rows)
    return tuple(sorted((row for row in shown if row.estimate.respondents), key=lambda row: alphabetical(row.names["vi"])))


def modes_of(session: Session, wave: WaveView, *, revision: int | None = None) -> tuple[str, ...]:
    """The modes of a wave that have scores, the one with most agencies first."""
    rows = session.execute(
        select(Score.mode)
        .where(Score.wave_id == wave.id, Score.basis == "all", Score.revision == (wave.revision if revision is None else revision))
        .group_by(Score.mode)
        .order_by(func.count().desc(), Score.mode)
    )
    return tuple(rows.scalars())


def _row(agency: Agency, estimates: Collection[Scored], findings: Mapping[str, Any] | None, *, from_above: bool) -> AgencyRow:
    estimate = overall(estimates, from_above=from_above) or Estimate("overall", OVERALL, "pooled", 0, TOO_FEW)
    names = {"vi": agency.name_vi, "en": agency.name_en}
    return AgencyRow(agency.id, agency.code, agency.kind, names, agency.parent_id, estimate, place_of(findings))
