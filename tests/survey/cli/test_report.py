from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from sqlalchemy.orm import Session

from survey.services.change_wave import close_wave
from survey.services.run_analysis import run_analysis
from survey.settings import today
from tests.support.small_province import SmallProvince

Command = Callable[..., Any]


@pytest.fixture
def frozen(session: Session, province: SmallProvince) -> SmallProvince:
    for _ in range(12):
        province.answer(session, {"A1": 5})
    close_wave(session, "2026-Q4", today=today())
    run_analysis(session, "2026-Q4", by="test", today=today())
    session.rollback()
    return province


def test_the_report_is_written_under_the_wave_and_its_revision(call: Command, frozen: SmallProvince, home: Path) -> None:
    assert call("report", "2026-Q4").text == "bao-cao-2026-Q4-1.docx: report of wave 2026-Q4, revision 1.\n"
    assert "Tuyên Quang, ngày " in Document(str(home / "bao-cao-2026-Q4-1.docx")).tables[0].rows[0].cells[1].text


def test_the_report_speaks_english_when_asked_to(call: Command, frozen: SmallProvince, home: Path) -> None:
    assert call("report", "2026-Q4", "--output", "en.docx", "--language", "en", "--revision", 1).code == 0
    assert "REPORT" in [paragraph.text for paragraph in Document(str(home / "en.docx")).paragraphs]


def test_a_report_that_somebody_may_have_edited_is_not_overwritten(call: Command, frozen: SmallProvince, home: Path) -> None:
    (home / "signed.docx").write_text("signed")
    assert "signed.docx is there already" in call("report", "2026-Q4", "--output", "signed.docx").refusal
    assert (home / "signed.docx").read_text() == "signed"


def test_what_cannot_be_reported_is_told_in_one_line(call: Command, province: SmallProvince, session: Session) -> None:
    session.rollback()
    assert "sipas wave run 2026-Q4" in call("report", "2026-Q4").refusal
    assert "There is no wave 'x'" in call("report", "x").refusal


def test_a_revision_or_a_place_that_is_not_there_is_told(call: Command, frozen: SmallProvince) -> None:
    assert "has no revision 2; it has 1" in call("report", "2026-Q4", "--revision", 2).refusal
    assert "cannot be written" in call("report", "2026-Q4", "--output", "no/such/folder.docx").refusal
    assert "'fr' is not one of" in call("report", "2026-Q4", "--language", "fr").refusal
