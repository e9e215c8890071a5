"""Agencies by criteria, and what the headline would be under other choices: for Sở Nội vụ, who sees all agencies at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.questionnaire import OVERALL
from survey.domain.wave import MODES
from survey.models import Agency, Score
from survey.queries.estimates import Estimate, Scored, disclosed, overall
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


@dataclass(frozen=True)
class Choice:
    """The headline of one agency in one mode: with all responses, without the marked ones, and without form weights."""

    names: dict[str, str]
    mode: str
    everything: Estimate
    unmarked: Estimate | None
    unweighted: float | None

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


def sensitivity(session: Session, wave: WaveView) -> tuple[Choice, ...]:
    """The agencies that are a part of no other one, in each mode: modes stand side by side and are never added together."""
    rows = session.execute(
        select(Agency, Score.mode, Score.basis, Score.estimates)
        .join(Score, Score.agency_id == Agency.id)
        .where(Score.wave_id == wave.id, Score.revision == wave.revision, Agency.parent_id.is_(None))
        .order_by(Agency.id)
    )
    stored = {(agency.id, mode, basis): (agency, estimates) for agency, mode, basis, estimates in rows}
    found = [
        _choice(agency, mode, estimates, stored.get((of, mode, "unmarked")))
        for (of, mode, basis), (agency, estimates) in stored.items()
        if basis == "all"
    ]
    return tuple(sorted((choice for choice in found if choice), key=lambda choice: MODES.index(choice.mode)))


def _choice(agency: Agency, mode: str, estimates: Sequence[Scored], unmarked: tuple[Agency, Sequence[Scored]] | None) -> Choice | None:
    everything = overall(estimates, from_above=True)
    if everything is None or everything.index is None:
        return None
    counts = next(row["counts"] for row in estimates if (row["key"], row["rule"]) == (OVERALL, "pooled"))
    unweighted = sum(counts[3:5]) / sum(counts[:5]) if counts and sum(counts[:5]) else None
    return Choice(_names(agency), mode, everything, overall(unmarked[1], from_above=True) if unmarked else None, unweighted)


def _pooled(estimates: Sequence[Scored], keys: Collection[str]) -> dict[str, Estimate]:
    pooled = [score for score in estimates if score["rule"] == "pooled" and score["key"] in keys]
    return {estimate.key: estimate for estimate in disclosed(pooled, from_above=True)}


def _names(agency: Agency) -> dict[str, str]:
    return {"vi": agency.name_vi, "en": agency.name_en}
