"""Published figures, shown beside results and never mixed in."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.questionnaire import OVERALL
from survey.models import Benchmark


@dataclass(frozen=True)
class BenchmarkView:
    """A published value; `share` lies between 0 and 1. `new_method` tells that the method differs from the year before."""

    scope: str
    year: int
    measure: str
    share: Decimal
    method: str
    source: str
    new_method: bool = False


def all_benchmarks(session: Session) -> tuple[BenchmarkView, ...]:
    """Every published value, by scope and measure, then year."""
    rows = session.scalars(select(Benchmark).order_by(Benchmark.scope, Benchmark.measure, Benchmark.year))
    views: list[BenchmarkView] = []
    for row in rows:
        before = views[-1] if views else None
        same_series = before is not None and (before.scope, before.measure) == (row.scope, row.measure)
        breaks = same_series and before is not None and before.method != row.method
        views.append(BenchmarkView(row.scope, row.year, row.measure, row.percent / 100, row.method, row.source, breaks))
    return tuple(views)


def overall_benchmarks(benchmarks: Sequence[BenchmarkView]) -> tuple[BenchmarkView, ...]:
    return tuple(b for b in benchmarks if b.measure == OVERALL)


def dimension_benchmarks(benchmarks: Sequence[BenchmarkView], dimensions: Collection[str]) -> tuple[BenchmarkView, ...]:
    """The newest year in which one scope has a value for every one of `dimensions`: one year, one method, one set of marks."""
    sets: dict[tuple[int, str], list[BenchmarkView]] = {}
    for benchmark in benchmarks:
        if benchmark.measure in dimensions:
            sets.setdefault((benchmark.year, benchmark.scope), []).append(benchmark)
    complete = [key for key, values in sets.items() if len(values) == len(dimensions)]
    return tuple(sets[max(complete)]) if complete else ()
