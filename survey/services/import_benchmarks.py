"""Load published figures; they are shown beside results and never mixed in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.database import transaction
from survey.models import Benchmark
from survey.services.audit import record
from survey.services.import_rows import Source, as_rows, refuse_twice
from survey.services.read_table import Row

BENCHMARK_COLUMNS = ("scope", "year", "measure", "percent", "method", "source")


def import_benchmarks(session: Session, rows: Sequence[Source]) -> int:
    """Add or correct benchmarks; the columns are `BENCHMARK_COLUMNS`. All is stored or nothing; `Invalid` names file and line."""
    placed = as_rows(rows, "benchmarks")
    refuse_twice(placed, "scope", "year", "measure")
    with transaction(session):
        before = _published(session)
        for row in placed:
            _store(session, row)
        session.flush()
        after = _published(session)
        changed = sorted(key for key in after if after[key] != before.get(key))
        record(
            session, "benchmarks_imported", f"{len(placed)} rows",
            before={key: before[key] for key in changed if key in before}, after={key: after[key] for key in changed},
        )  # fmt: skip
    return len(rows)


def _published(session: Session) -> dict[str, list[str]]:
    found = session.scalars(select(Benchmark))
    return {f"{b.scope} {b.year} {b.measure}": [str(b.percent), b.method, b.source] for b in found}


def _store(session: Session, row: Row) -> None:
    scope, year, measure = row.needed("scope"), row.whole_number("year", least=2000, most=2100), row.needed("measure")
    same = (Benchmark.scope == scope, Benchmark.year == year, Benchmark.measure == measure)
    found = session.scalars(select(Benchmark).where(*same)).one_or_none()
    if found is None:
        found = Benchmark(scope=scope, year=year, measure=measure)
    found.percent, found.method, found.source = _percent(row), row.needed("method"), row.needed("source")
    session.add(found)


def _percent(row: Row) -> Decimal:
    """With at most the two decimals that are published and stored, so that nothing is rounded in silence."""
    text = row.needed("percent")
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,2})?", text) or Decimal(text) > 100:
        raise row.refused(f"percent is {text!r}; write a number from 0 to 100 with a point and at most two decimals, such as 82.25.")
    return Decimal(text)
