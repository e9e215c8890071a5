"""All results of a wave side by side, as somebody may have them who holds them all at once: for the export and the report.

Whoever has every number can subtract. Each sum that relates them, a whole and its parts, is therefore looked at: no hidden
number may be the only unknown in it, and the hidden parts of a shown whole are at least `INDEX_FROM` people (design 4.5).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.disclosure import INDEX_FROM
from survey.domain.questionnaire import OVERALL, Questionnaire
from survey.domain.wave import MODES, OPEN
from survey.errors import Conflict, NotFound
from survey.models import Agency, AnalysisRun, Score
from survey.queries.analysis_runs import find_run, runs_of
from survey.queries.estimates import Estimate, Scored, disclosed, withhold
from survey.queries.vietnamese_order import alphabetical
from survey.queries.waves import WaveView, questionnaire_of

EVERYBODY, UNMARKED = "all", "unmarked"
POOLED = "pooled"
#: One number: an agency's id and a measure.
Cell = tuple[int, str]


@dataclass(frozen=True)
class AgencyResult:
    """One agency (with its sub-agencies) in one mode and basis. `scores` are as stored, `estimates` as they may be shown."""

    agency_id: int
    code: str
    names: dict[str, str]
    parent_id: int | None
    mode: str
    basis: str
    as_of: date
    scores: tuple[Scored, ...]
    estimates: tuple[Estimate, ...]

    def name(self, language: str) -> str:
        return self.names[language]

    def pooled(self, key: str = OVERALL) -> Estimate | None:
        return next((e for e in self.estimates if (e.key, e.rule) == (key, POOLED)), None)


def wave_results(session: Session, wave: WaveView, *, revision: int) -> tuple[AgencyResult, ...]:
    """Every agency in every mode: the modes in their usual order, in each the agencies by name, then `EVERYBODY` before `UNMARKED`.

    Without the marked responses only the overall index is given, as on the pages.
    """
    questionnaire = questionnaire_of(session, wave)
    rows = session.execute(select(Agency, Score).join(Score).where(Score.wave_id == wave.id, Score.revision == revision))
    results = sorted((_result(agency, score, questionnaire) for agency, score in rows), key=_place)
    return tuple(result for _, group in groupby(results, key=lambda r: r.mode) for result in _of_mode(list(group), questionnaire))


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


def _result(agency: Agency, score: Score, questionnaire: Questionnaire) -> AgencyResult:
    scores = [s for s in score.estimates if score.basis == EVERYBODY or (s["key"], s["rule"]) == (OVERALL, POOLED)]
    estimates = disclosed(scores, questionnaire.dimension_of, from_above=True)
    names = {"vi": agency.name_vi, "en": agency.name_en}
    return AgencyResult(
        agency.id, agency.code, names, agency.parent_id, score.mode, score.basis, score.as_of, tuple(scores), estimates
    )  # fmt: skip


def _place(result: AgencyResult) -> tuple[object, ...]:
    return MODES.index(result.mode), alphabetical(result.names["vi"]), result.code, result.basis


def _of_mode(results: Sequence[AgencyResult], questionnaire: Questionnaire) -> Iterator[AgencyResult]:
    everybody = {result.agency_id: result for result in results if result.basis == EVERYBODY}
    pooled = {(r.agency_id, e.key): e for r in everybody.values() for e in r.estimates if e.rule == POOLED and e.respondents}
    sums = [*_sums_within(everybody, questionnaire), *_sums_between(everybody)]
    hidden = _closed({cell for cell, e in pooled.items() if e.index is None}, sums, {cell: e.respondents for cell, e in pooled.items()})
    for result in results:
        shown = (withhold(e) if _gives_away(result, e, hidden, questionnaire) else e for e in result.estimates)
        yield replace(result, estimates=tuple(shown))


def _gives_away(result: AgencyResult, estimate: Estimate, hidden: set[Cell], questionnaire: Questionnaire) -> bool:
    """A mean of parts beside the pooled index is a second equation for the same unknowns: no mean over a hidden part."""
    keys = (estimate.key,) if estimate.rule == POOLED else _averaged(estimate, questionnaire)
    return any((result.agency_id, key) in hidden for key in keys)


def _averaged(estimate: Estimate, questionnaire: Questionnaire) -> tuple[str, ...]:
    if estimate.level == "dimension":
        return tuple(criterion.code for criterion in questionnaire.criteria_of(estimate.key))
    return tuple(d.code for d in questionnaire.dimensions) if estimate.rule == "dimensions" else tuple(questionnaire.dimension_of)


@dataclass(frozen=True)
class _Sum:
    """`whole` = `parts` + those of `rest` people who are shown nowhere by themselves."""

    whole: Cell
    parts: tuple[Cell, ...]
    rest: int = 0


def _sums_within(results: Mapping[int, AgencyResult], questionnaire: Questionnaire) -> Iterator[_Sum]:
    """The whole is the sum of its dimensions, each of them that of its criteria."""
    for agency in results:
        yield _Sum((agency, OVERALL), tuple((agency, d.code) for d in questionnaire.dimensions))
        for dimension in questionnaire.dimensions:
            yield _Sum((agency, dimension.code), tuple((agency, c.code) for c in questionnaire.criteria_of(dimension.code)))


def _sums_between(results: Mapping[int, AgencyResult]) -> Iterator[_Sum]:
    """An agency is the sum of those below it and of its own desks, measure by measure."""
    for agency, result in results.items():
        children = [child for child in results.values() if child.parent_id == agency]
        for estimate in result.estimates if children else ():
            if estimate.rule == POOLED:
                parts = [part for child in children if (part := child.pooled(estimate.key)) is not None]
                rest = estimate.respondents - sum(part.respondents for part in parts)
                yield _Sum((agency, estimate.key), tuple((child.agency_id, estimate.key) for child in children), rest)


def _closed(hidden: set[Cell], sums: Sequence[_Sum], people: Mapping[Cell, int]) -> set[Cell]:
    """`hidden` and what else must be, until no sum betrays a member: always the smallest number that helps."""
    hidden = set(hidden)
    while found := {cell for each in sums if (cell := _next_to_hide(each, hidden, people)) is not None}:
        hidden |= found
    return hidden


def _next_to_hide(each: _Sum, hidden: set[Cell], people: Mapping[Cell, int]) -> Cell | None:
    parts = [part for part in each.parts if part in people]
    gone = [part for part in parts if part in hidden]
    if not parts or not (gone or each.whole in hidden or 0 < each.rest < INDEX_FROM):
        return None
    unknown = len(gone) + (each.whole in hidden) + (each.rest > 0)
    few = each.whole not in hidden and sum(people[part] for part in gone) + each.rest < INDEX_FROM
    return _smallest(each.whole, parts, hidden, people) if unknown == 1 or few else None


def _smallest(whole: Cell, parts: Iterable[Cell], hidden: set[Cell], people: Mapping[Cell, int]) -> Cell | None:
    """The smallest part that is still shown, else the whole."""
    shown = [part for part in parts if part not in hidden] or [whole]
    return min((cell for cell in shown if cell not in hidden), key=lambda cell: (people[cell], cell), default=None)
