"""The frozen runs of a wave."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from survey.domain.wave import PROPOSED, RETURNED
from survey.errors import NotFound
from survey.models import AnalysisRun, RunStep


def runs_of(session: Session, wave_id: int) -> tuple[AnalysisRun, ...]:
    """All runs of a wave, the newest first, without their (large) results."""
    return tuple(
        session.scalars(
            select(AnalysisRun)
            .options(defer(AnalysisRun.result))
            .where(AnalysisRun.wave_id == wave_id)
            .order_by(AnalysisRun.revision.desc())
        )
    )


@dataclass(frozen=True)
class RunHistory:
    """What became of a run: its steps, the first one first. Runs from before there were steps have none."""

    run: AnalysisRun
    steps: tuple[RunStep, ...]

    @property
    def reason(self) -> str | None:
        """Why there is this revision, as whoever ran it first said."""
        return self.steps[0].note if self.steps else None

    @property
    def afterwards(self) -> tuple[RunStep, ...]:
        """The steps after the first proposal, which is the run itself."""
        return self.steps[1:]

    @property
    def is_returned(self) -> bool:
        return bool(self.steps) and self.steps[-1].step == RETURNED

    @property
    def proposers(self) -> frozenset[str]:
        return frozenset({self.run.run_by, *(step.taken_by for step in self.steps if step.step == PROPOSED)})


def run_histories(session: Session, wave_id: int) -> tuple[RunHistory, ...]:
    """All runs of a wave with their steps, the newest run first."""
    runs = runs_of(session, wave_id)
    steps: dict[int, list[RunStep]] = {run.id: [] for run in runs}
    for step in session.scalars(select(RunStep).where(RunStep.run_id.in_(steps)).order_by(RunStep.id)):
        steps[step.run_id].append(step)
    return tuple(RunHistory(run, tuple(steps[run.id])) for run in runs)


def find_run(session: Session, wave_id: int, revision: int) -> AnalysisRun:
    run = session.scalars(select(AnalysisRun).where(AnalysisRun.wave_id == wave_id, AnalysisRun.revision == revision)).one_or_none()
    if run is None:
        raise NotFound(f"There is no run with revision {revision}.")
    return run
