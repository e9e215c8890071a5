"""Load published figures; they are shown beside results and never mixed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.database import transaction
from survey.errors import Invalid
from survey.models import Benchmark


def import_benchmarks(session: Session, rows: Sequence[Mapping[str, str]]) -> int:
    """Add or correct benchmarks; rows have scope, year, measure, percent, method, source. All is stored or nothing."""
    with transaction(session):
        for line, row in enumerate(rows, start=2):
            year, percent = _values(row, line)
            same = (Benchmark.scope == row["scope"], Benchmark.year == year, Benchmark.measure == row["measure"])
            found = session.scalars(select(Benchmark).where(*same)).one_or_none()
            if found is None:
                found = Benchmark(scope=row["scope"], year=year, measure=row["measure"])
                session.add(found)
            found.percent, found.method, found.source = percent, row["method"], row["source"]
    return len(rows)


def _values(row: Mapping[str, str], line: int) -> tuple[int, Decimal]:
    try:
        year, percent = int(row["year"]), Decimal(row["percent"])
    except (ValueError, InvalidOperation) as error:
        raise Invalid(f"benchmarks, line {line}: year or percent is not a number: {row['year']!r}, {row['percent']!r}.") from error
    if not 0 <= percent <= 100 or not row["source"]:
        raise Invalid(f"benchmarks, line {line}: percent must lie between 0 and 100, and a source must be named.")
    return year, percent
