"""All results of a wave side by side, as somebody may have them who holds them all at once: for the export and the report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.questionnaire import OVERALL
from survey.domain.wave import MODES, OPEN
from survey.errors import Conflict, NotFound
from survey.models import Agency, AnalysisRun, Score
from survey.queries.analysis_runs import find_run, runs_of
from survey.queries.estimates import Estimate, Scored, disclosed
from survey.queries.places import Place, place_of
from survey.queries.vietnamese_order import alphabetical
from survey.queries.waves import WaveView

EVERYBODY, UNMARKED = "all", "unmarked"
POOLED = "pooled"


@dataclass(frozen=True)
class AgencyResult:
    """One agency (with its sub-agencies) in one mode and basis. `scores` are as stored, `estimates` as they may be shown.

    `place` is where it stands among its kind, with rank sets in a frozen result."""

    agency_id: int
    code: str
    names: dict[str, str]
    parent_id: int | None
    mode: str
    basis: str
    as_of: date
    scores: tuple[Scored, ...]
    estimates: tuple[Estimate, ...]
    place: Place | None = None

    def name(self, language: str) -> str:
        return self.names[language]

    def pooled(self, key: str = OVERALL) -> Estimate | None:
        return next((e for e in self.estimates if (e.key, e.rule) == (key, POOLED)), None)


def wave_results(session: Session, wave: WaveView, *, revision: int) -> tuple[AgencyResult, ...]:
    """Every agency in every mode: the modes in their usual order, in each the agencies by name, then `EVERYBODY` before `UNMARKED`.

    Without the marked responses only the overall index is given, as on the pages.
    """
    rows = session.execute(select(Agency, Score).join(Score).where(Score.wave_id == wave.id, Score.revision == revision))
    return tuple(sorted((_result(agency, score) for agency, score in rows), key=_place))


def frozen_run(session: Session, wave: WaveView, revision: int | None) -> AnalysisRun:
    """The run with this revision, or the newest; `Conflict` or `NotFound` tells what there is instead."""
    revisions = [run.revision for run in runs_of(session, wave.id)]
    if not revisions:
        close = f"Close it with `sipas wave close {wave.code}`, then run" if wave.state == OPEN else "Run"
        raise Conflict(f"Wave {wave.code} is {wave.state} and has no frozen analysis yet. {close} `sipas wave run {wave.code}`.")
    if revision is not None and revision not in revisions:
        there = ", ".join(str(number) for number in sorted(revisions))
        raise NotFound(f"Wave {wave.code} has no revision {revision}; it has {there}.")
    return find_run(session, wave.id, revision or revisions[0])


def _result(agency: Agency, score: Score) -> AgencyResult:
    scores = [s for s in score.estimates if score.basis == EVERYBODY or (s["key"], s["rule"]) == (OVERALL, POOLED)]
    estimates = disclosed(scores, from_above=True)
    names = {"vi": agency.name_vi, "en": agency.name_en}
    return AgencyResult(
        agency.id, agency.code, names, agency.parent_id, score.mode, score.basis, score.as_of, tuple(scores), estimates,
        place_of(score.findings),
    )  # fmt: skip


def _place(result: AgencyResult) -> tuple[object, ...]:
    return MODES.index(result.mode), alphabetical(result.names["vi"]), result.code, result.basis
