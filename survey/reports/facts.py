"""All that the report tells, gathered once and in the order in which it is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from survey.domain.province_settings import ProvinceSettings
from survey.domain.questionnaire import Questionnaire
from survey.models import AnalysisRun
from survey.queries.province_settings import read_settings
from survey.queries.wave_results import EVERYBODY, UNMARKED, AgencyResult, frozen_run, wave_results
from survey.queries.waves import WaveView, questionnaire_of


@dataclass(frozen=True)
class Facts:
    wave: WaveView
    run: AnalysisRun
    questionnaire: Questionnaire
    results: tuple[AgencyResult, ...]
    made_on: date
    settings: ProvinceSettings

    @property
    def modes(self) -> tuple[str, ...]:
        """The headline mode first."""
        return tuple(dict.fromkeys(result.mode for result in self.results))

    def agencies(self, mode: str) -> tuple[AgencyResult, ...]:
        """Every agency by name."""
        return tuple(result for result in self.results if (result.mode, result.basis) == (mode, EVERYBODY))

    def tops(self, mode: str) -> tuple[AgencyResult, ...]:
        """The agencies that are part of no other one in these results: usually the province alone."""
        agencies = self.agencies(mode)
        present = {result.agency_id for result in agencies}
        return tuple(result for result in agencies if result.parent_id not in present)

    def unmarked(self, result: AgencyResult) -> AgencyResult | None:
        """The same without the responses that were marked as suspicious."""
        return next((other for other in self.results if _same(other, result) and other.basis == UNMARKED), None)


def gather(session: Session, wave: WaveView, *, revision: int | None, made_on: date) -> Facts:
    """The facts of one frozen run, the newest when no revision is named."""
    run = frozen_run(session, wave, revision)
    results = _modes_with_answers(wave_results(session, wave, revision=run.revision))
    return Facts(wave, run, questionnaire_of(session, wave), results, made_on, read_settings(session))


def _modes_with_answers(results: Sequence[AgencyResult]) -> tuple[AgencyResult, ...]:
    return tuple(result for result in results if (whole := result.pooled()) is not None and whole.respondents)


def _same(one: AgencyResult, other: AgencyResult) -> bool:
    return (one.agency_id, one.mode) == (other.agency_id, other.mode)
