from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.errors import Invalid
from survey.models import Benchmark
from survey.services.import_benchmarks import BENCHMARK_COLUMNS, import_benchmarks
from survey.services.read_table import read_table

ROW = {"scope": "tuyen-quang", "year": "2020", "measure": "ALL", "percent": "82.25", "method": "2017-2021", "source": "628/QĐ-BNV"}


def test_a_published_figure_is_stored_to_the_digit_and_can_be_corrected(session: Session) -> None:
    assert import_benchmarks(session, [ROW]) == 1
    import_benchmarks(session, [ROW | {"percent": "82.26", "source": "corrected"}])
    session.expire_all()
    found = session.scalars(select(Benchmark)).one()
    assert (found.percent, found.source) == (Decimal("82.26"), "corrected")


def test_all_is_stored_or_nothing(session: Session) -> None:
    with pytest.raises(Invalid, match=r"benchmarks, line 3: percent is '82,25'; .* such as 82.25"):
        import_benchmarks(session, [ROW, ROW | {"year": "2021", "percent": "82,25"}])
    assert session.scalars(select(Benchmark)).all() == []


def test_one_figure_twice_in_a_file_is_refused(session: Session) -> None:
    with pytest.raises(Invalid, match="benchmarks, line 3: scope, year, measure 'tuyen-quang', '2020', 'ALL' stands in an earlier row"):
        import_benchmarks(session, [ROW, ROW | {"percent": "90"}])


def test_messages_tell_the_line_as_an_editor_counts_it(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "published.csv"
    path.write_text(f'{",".join(BENCHMARK_COLUMNS)}\n\nx,2020,ALL,80,m,"two\nlines"\nx,2021,ALL,101,m,s\n', encoding="utf-8")
    with pytest.raises(Invalid, match=r"^published.csv, line 5: percent"):
        import_benchmarks(session, read_table(path, columns=BENCHMARK_COLUMNS).rows)
