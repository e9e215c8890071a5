"""One agency's indices put in the order in which its head reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from survey.domain.questionnaire import OVERALL, Criterion, Dimension, Questionnaire
from survey.queries.agency_scores import AgencyScore
from survey.queries.benchmarks import BenchmarkView
from survey.queries.estimates import Estimate, disclosed, overall
from survey.queries.places import Place, place_of

#: So many can be begun at once.
MOST_PRIORITIES = 3
WORK_ON_FIRST = "work_on_first"


@dataclass(frozen=True)
class DimensionRow:
    dimension: Dimension
    estimate: Estimate
    benchmark: BenchmarkView | None


@dataclass(frozen=True)
class CriterionRow:
    criterion: Criterion
    estimate: Estimate


@dataclass(frozen=True)
class Priority:
    """A criterion to work on first; `firm` where the intervals leave no doubt that it is both important and rated low."""

    criterion: Criterion
    estimate: Estimate
    firm: bool


@dataclass(frozen=True)
class Alarm:
    """The days of an open wave lie ``low`` or ``high`` since a day, against the `baseline` of the wave before."""

    side: str
    since: date
    baseline: float


@dataclass(frozen=True)
class Overview:
    whole: Estimate
    general: Estimate | None
    other_rules: tuple[Estimate, ...]
    dimensions: tuple[DimensionRow, ...]
    criteria: tuple[CriterionRow, ...]
    priorities: tuple[Priority, ...]  # none where too few answered to tell what goes with the overall rating
    place: Place | None  # among the agencies of its kind
    alarm: Alarm | None
    unmarked: Estimate | None  # the whole without the responses marked as suspicious; None where that tells too much

    @property
    def shown(self) -> tuple[Estimate, ...]:
        """All that is drawn on the common axis."""
        return (self.whole, *(row.estimate for row in self.criteria))

    @property
    def marks(self) -> tuple[float, ...]:
        return tuple(float(row.benchmark.share) for row in self.dimensions if row.benchmark)


def agency_overview(
    everything: AgencyScore,
    unmarked: AgencyScore | None,
    questionnaire: Questionnaire,
    benchmarks: Sequence[BenchmarkView] = (),
    *,
    from_above: bool = False,
) -> Overview:
    """What `everything` tells, as far as the reader may see it (`from_above` as in `disclosed`)."""
    estimates = disclosed(everything.estimates, from_above=from_above)
    pooled = {estimate.key: estimate for estimate in estimates if estimate.rule == "pooled"}
    whole = pooled[OVERALL]
    other_rules = tuple(e for e in estimates if e.key == OVERALL and e.rule != "pooled" and whole.index is not None)
    return Overview(
        whole,
        pooled.get(questionnaire.general.code),
        other_rules,
        _dimensions(pooled, questionnaire, benchmarks),
        _by_need(pooled, questionnaire),
        _priorities(everything.findings or {}, pooled, questionnaire),
        place_of(everything.findings) if whole.index is not None else None,
        _alarm(everything.findings or {}) if whole.index is not None else None,
        overall(unmarked.estimates, from_above=from_above) if unmarked and whole.index is not None else None,
    )


def _dimensions(pooled: dict[str, Estimate], questionnaire: Questionnaire, benchmarks: Sequence[BenchmarkView]) -> tuple[DimensionRow, ...]:
    published = {benchmark.measure: benchmark for benchmark in benchmarks}
    return tuple(DimensionRow(d, pooled[d.code], published.get(d.code)) for d in questionnaire.dimensions if d.code in pooled)


def _priorities(findings: Mapping[str, Any], pooled: dict[str, Estimate], questionnaire: Questionnaire) -> tuple[Priority, ...]:
    """The first of those that are rated low and go with the overall rating more than others; a criterion without an index is none."""
    criteria = {criterion.code: criterion for criterion in questionnaire.criteria}
    listed = [row for row in findings.get("priorities", ()) if row["leaning"] == WORK_ON_FIRST and pooled[row["key"]].index is not None]
    rows = [Priority(criteria[row["key"]], pooled[row["key"]], row["quadrant"] == WORK_ON_FIRST) for row in listed[:MOST_PRIORITIES]]
    return tuple(rows)


def _alarm(findings: Mapping[str, Any]) -> Alarm | None:
    found = findings.get("alarm")
    return Alarm(found["side"], date.fromisoformat(found["since"]), found["baseline"]) if found else None


def _by_need(pooled: dict[str, Estimate], questionnaire: Questionnaire) -> tuple[CriterionRow, ...]:
    """The lowest index first; those that show none come last."""
    rows = [CriterionRow(c, pooled[c.code]) for c in questionnaire.criteria if c.code in pooled]
    return tuple(sorted(rows, key=lambda row: (row.estimate.index is None, row.estimate.index or 0.0)))
