"""Agencies by criteria: for Sở Nội vụ, who sees all agencies at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.models import Agency, Score
from survey.queries.estimates import Estimate, Scored, disclosed
from survey.queries.vietnamese_order import alphabetical
from survey.queries.waves import WaveView


@dataclass(frozen=True)
class HeatRow:
    """One agency and its pooled estimates by measure."""

    code: str
    kind: str
    names: dict[str, str]
    estimates: Mapping[str, Estimate]

    def name(self, language: str) -> str:
        return self.names[language]


def heat_map(session: Session, wave: WaveView, mode: str, keys: Collection[str]) -> tuple[HeatRow, ...]:
    """Every agency with responses in this mode, by name, and its measures `keys`, as those may see it who see all agencies."""
    rows = session.execute(
        select(Agency, Score.estimates)
        .join(Score, Score.agency_id == Agency.id)
        .where(Score.wave_id == wave.id, Score.revision == wave.revision, Score.mode == mode, Score.basis == "all")
    )
    found = [HeatRow(agency.code, agency.kind, _names(agency), _pooled(estimates, keys)) for agency, estimates in rows]
    return tuple(sorted(found, key=lambda row: alphabetical(row.names["vi"])))


def _pooled(estimates: Sequence[Scored], keys: Collection[str]) -> dict[str, Estimate]:
    pooled = [score for score in estimates if score["rule"] == "pooled" and score["key"] in keys]
    return {estimate.key: estimate for estimate in disclosed(pooled, from_above=True)}


def _names(agency: Agency) -> dict[str, str]:
    return {"vi": agency.name_vi, "en": agency.name_en}
