"""Published figures, shown beside results and never mixed in."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.questionnaire import OVERALL
from survey.models import Benchmark

NATIONAL = "national"


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
    """The country first, then by place and year."""
    return tuple(sorted((b for b in benchmarks if b.measure == OVERALL), key=lambda b: (b.scope != NATIONAL, b.scope, b.year)))


def newest_overall(benchmarks: Sequence[BenchmarkView]) -> tuple[BenchmarkView, ...]:
    """The newest overall value of the country and of the province, if both were measured as the newest of all was."""
    values = {value.scope: value for value in overall_benchmarks(benchmarks)}  # by year: the last of a scope stays
    newest = max(values.values(), key=lambda value: value.year, default=None)
    return tuple(value for value in values.values() if newest is not None and value.method == newest.method)


def dimension_benchmarks(benchmarks: Sequence[BenchmarkView], dimensions: Collection[str]) -> tuple[BenchmarkView, ...]:
    """The newest year in which one scope has a value for every one of `dimensions`: one year, one method, one set of marks."""
    sets: dict[tuple[int, str], list[BenchmarkView]] = {}
    for benchmark in benchmarks:
        if benchmark.measure in dimensions:
            sets.setdefault((benchmark.year, benchmark.scope), []).append(benchmark)
    complete = [key for key, values in sets.items() if len(values) == len(dimensions)]
    return tuple(sets[max(complete)]) if complete else ()


@dataclass(frozen=True)
class PublishedYear:
    """What was published of one scope for one year, by measure. `new_method` tells that the method differs from the year before."""

    scope: str
    year: int
    method: str
    values: dict[str, BenchmarkView]
    sources: tuple[str, ...]
    new_method: bool


def by_year(benchmarks: Sequence[BenchmarkView]) -> tuple[PublishedYear, ...]:
    """One row for each scope and year: the country first, then by year."""
    found: dict[tuple[bool, str, int], dict[str, BenchmarkView]] = {}
    for benchmark in benchmarks:
        found.setdefault((benchmark.scope != NATIONAL, benchmark.scope, benchmark.year), {})[benchmark.measure] = benchmark
    rows: list[PublishedYear] = []
    for (_, scope, year), values in sorted(found.items()):
        method = ", ".join(sorted({value.method for value in values.values()}))
        breaks = bool(rows) and rows[-1].scope == scope and rows[-1].method != method
        rows.append(PublishedYear(scope, year, method, values, tuple(sorted({v.source for v in values.values()})), breaks))
    return tuple(rows)
