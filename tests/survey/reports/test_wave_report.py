from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from docx import Document
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.i18n import gettext
from survey.models import Response, Score, Wave
from survey.queries.places import Place
from survey.queries.waves import all_waves
from survey.reports.facts import gather
from survey.reports.plain import plain
from survey.reports.wave_report import wave_report
from survey.services.change_wave import close_wave
from survey.services.mark_response import mark_response
from survey.services.run_analysis import run_analysis
from survey.settings import today
from tests.support.small_province import SmallProvince, build_small_province

MONDAY = date(2026, 10, 5)
Write = Callable[..., Any]


@pytest.fixture
def write(app: Flask, session: Session) -> Write:
    """The report of the small province's wave, read back as Word reads it."""

    def write(*, language: str = "vi", revision: int | None = None, made_on: date = MONDAY) -> Any:
        facts = gather(session, all_waves(session)[0], revision=revision, made_on=made_on)
        with app.app_context():
            return Document(BytesIO(wave_report(facts, language=language)))

    return write


@pytest.fixture
def analysed(session: Session, province: SmallProvince) -> SmallProvince:
    """Yên Sơn 30 of 40 satisfied by QR and 40 of 40 at a kiosk; Mỹ Lâm 12 people; all rate every criterion of two dimensions."""
    fill(session, province, "yen-son", satisfied=30, others=10)
    fill(session, province, "yen-son", satisfied=40, others=0, mode="kiosk")
    fill(session, province, "my-lam", satisfied=12, others=0)
    freeze(session)
    return province


def fill(session: Session, province: SmallProvince, agency: str, *, satisfied: int, others: int, mode: str = "open_qr") -> None:
    for number in range(satisfied + others):
        rating = 5 if number < satisfied else 2
        ratings = {"A1": rating, "A2": 4, "B1": rating, "G1": rating}
        province.answer(session, ratings, agency=agency, day=MONDAY + timedelta(days=number % 10), mode=mode)


def freeze(session: Session) -> None:
    close_wave(session, "2026-Q4", today=today())
    run_analysis(session, "2026-Q4", by="Nguyễn Văn A", today=MONDAY)


def words(document: Any) -> str:
    return "\n".join([*(p.text for p in document.paragraphs), *(cell for row in rows(document) for cell in row)])


def rows(document: Any) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]


def rows_named(document: Any, name: str) -> list[list[str]]:
    return [row[1:] for row in rows(document) if row[0] == name]


def test_the_head_is_that_of_an_official_document(write: Write, analysed: SmallProvince) -> None:
    office, state = rows(write(made_on=date(2026, 2, 5)))[0]
    assert office.splitlines()[0] == "UBND TỈNH TUYÊN QUANG"
    assert office.splitlines()[-1].endswith("/BC-SNV")
    assert state.splitlines()[:2] == [gettext("SOCIALIST REPUBLIC OF VIET NAM"), gettext("Independence - Freedom - Happiness")]
    assert state.splitlines()[-1] == "Tuyên Quang, ngày 05 tháng 02 năm 2026"
    assert rows(write(made_on=date(2026, 11, 5)))[0][1].endswith("ngày 05 tháng 11 năm 2026")
    assert rows(write(made_on=date(2026, 11, 5), language="en"))[0][1].endswith("Tuyên Quang, 5 November 2026")


def test_paper_margins_and_type_follow_the_decree(write: Write, analysed: SmallProvince) -> None:
    document = write()
    section, normal = document.sections[0], document.styles["Normal"]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    margins = (section.left_margin, section.right_margin, section.top_margin, section.bottom_margin)
    assert [round(margin.mm) for margin in margins] == [30, 20, 20, 20]
    assert (normal.font.name, normal.font.size.pt) == ("Times New Roman", 14)
    assert "PAGE" in section.header._element.xml
    assert section.different_first_page_header_footer


def test_sections_are_real_headings_in_their_order(write: Write, analysed: SmallProvince) -> None:
    headings = [p.text for p in write(language="en").paragraphs if p.style.name == "Heading 1"]
    assert [text.split(".")[0] for text in headings[:4]] == ["I", "II", "III", "IV"]
    assert headings[4].startswith("APPENDIX")


def test_numbers_have_the_decimal_comma_in_vietnamese_and_the_point_in_english(write: Write, analysed: SmallProvince) -> None:
    (vietnamese, _) = rows_named(write(), "UBND xã Yên Sơn")
    (english, _) = rows_named(write(language="en"), "Yên Sơn Commune")
    assert vietnamese[:2] == ["40", "83,33"]  # A1 30 of 40, A2 all 40, B1 30 of 40
    assert english[:2] == ["40", "83.33"]
    assert [cell.replace(",", ".") for cell in vietnamese[:3]] == english[:3]


def test_each_mode_stands_by_itself(write: Write, analysed: SmallProvince) -> None:
    assert [row[0] for row in rows_named(write(), "UBND xã Yên Sơn")] == ["40", "40"]
    assert [row[0] for row in rows_named(write(), "Tỉnh Tuyên Quang")] == ["52", "40"]
    assert "92" not in [cell for row in rows(write()) for cell in row]


def test_dimensions_other_rules_and_the_general_question_are_named(write: Write, analysed: SmallProvince) -> None:
    document = write(language="en")
    for name in ("Overall index", "Access to services", "Mean of the criteria", "Mean of the dimensions"):
        assert len(rows_named(document, name)) == 2  # one for each mode
    assert rows_named(document, "General question G1 (no part of the index)")[0][:2] == ["52", "80.77"]


def test_few_responses_are_marked_and_agencies_are_sorted_by_name(write: Write, analysed: SmallProvince) -> None:
    (row,) = rows_named(write(language="en"), "Mỹ Lâm Ward")
    assert row[:2] == ["12", "100.00"]
    assert row[3] == "few responses"
    names = [row[0] for row in rows(write()) if row[0].startswith(("UBND xã", "UBND phường"))]
    assert names == ["UBND phường Mỹ Lâm", "UBND xã Yên Sơn", "UBND xã Yên Sơn"]


def test_a_rank_is_a_set_and_stands_in_the_table_where_agencies_are_compared(
    write: Write, session: Session, analysed: SmallProvince
) -> None:
    assert "Thứ hạng" not in words(write())
    place = Place("commune", 31, 0.8, 0.001, 90.0, "inside", 0.02, differs=False, rank_low=4, rank_high=11, all_low=2, all_high=20, like=[])
    for score in session.scalars(select(Score).where(Score.agency_id == analysed.agency_ids["yen-son"], Score.mode == "open_qr")):
        score.findings = {"place": asdict(place)}
    session.commit()
    document = write()
    assert rows_named(document, "UBND xã Yên Sơn")[0][-1] == "4–11 / 31"
    assert rows_named(document, "UBND phường Mỹ Lâm")[0][-1] == "–"
    assert "mọi thứ hạng mà cơ quan thực sự có thể có" in words(document)


def test_under_ten_respondents_only_their_number_is_given(write: Write, session: Session, province: SmallProvince) -> None:
    fill(session, province, "yen-son", satisfied=9, others=0)
    fill(session, province, "my-lam", satisfied=40, others=0)
    freeze(session)
    document = write(language="en")
    assert rows_named(document, "Yên Sơn Commune") == [["9", "–", "–", "too few responses"]]
    assert rows_named(document, "Mỹ Lâm Ward") == [["40", "–", "–", "withheld"]]
    assert rows_named(document, "Tuyên Quang Province")[0][0] == "49"


def test_the_lowest_criteria_come_first_and_only_a_clear_difference_is_called_one(write: Write, analysed: SmallProvince) -> None:
    document = write(language="en")
    criteria = [row[0] for row in rows(document) if row[0][:3] in {"A1.", "A2.", "B1."}]
    assert [text[:2] for text in criteria] == ["A1", "B1", "A2"]
    assert "no criterion is clearly lower than the overall index" in words(document)


def test_the_index_without_marked_responses_stands_beside(write: Write, session: Session, province: SmallProvince) -> None:
    fill(session, province, "yen-son", satisfied=0, others=40)
    for _ in range(10):
        mark_response(session, province.answer(session, {"A1": 5}, day=MONDAY), reason="stuffed", by="test", today=MONDAY)
    freeze(session)
    document = write(language="en")
    assert rows_named(document, "Overall index")[0][0] == "50"
    assert rows_named(document, "Without the marked responses")[0][0] == "40"


def test_the_appendix_tells_how_the_result_can_be_checked(write: Write, session: Session, analysed: SmallProvince) -> None:
    run = gather(session, all_waves(session)[0], revision=None, made_on=MONDAY).run
    text = words(write())
    for value in (run.inputs_sha256, run.result_sha256, run.code_version, "Nguyễn Văn A"):
        assert value in text


def test_an_earlier_revision_can_still_be_reported(write: Write, session: Session, analysed: SmallProvince) -> None:
    before = words(write(revision=1))
    response_id = session.scalars(select(Response.id).limit(1)).one()
    mark_response(session, response_id, reason="late", by="test", today=MONDAY)
    assert run_analysis(session, "2026-Q4", by="Trần Thị B", today=MONDAY).revision == 2
    assert words(write(revision=1)) == before
    assert "Trần Thị B" in words(write())


def test_simulated_numbers_say_so_above_all_and_on_every_page(write: Write, session: Session) -> None:
    fill(session, build_small_province(session, simulated=True), "yen-son", satisfied=12, others=0)
    freeze(session)
    document = write(language="en")
    assert document.paragraphs[0].text == "SIMULATED DATA"
    assert "SIMULATED DATA" in [p.text for p in document.sections[0].footer.paragraphs]


def test_real_numbers_are_not_called_simulated(write: Write, analysed: SmallProvince) -> None:
    assert "SIMULATED" not in words(write(language="en")).upper()


def test_letters_that_xml_cannot_hold_are_left_out(write: Write, session: Session, analysed: SmallProvince) -> None:
    session.get_one(Wave, analysed.wave.id).name_vi = "Quý\x0b IV\x1b\ufffe"
    session.commit()
    assert "“Quý IV”" in words(write())
    assert plain("a\x00\ud800b\tờ😀") == "ab\tờ😀"


def test_a_wave_without_responses_still_has_a_report(write: Write, session: Session, province: SmallProvince) -> None:
    freeze(session)
    assert "I. " in words(write())


def test_the_file_is_a_sound_archive_without_a_name_of_this_machine(app: Flask, session: Session, analysed: SmallProvince) -> None:
    facts = gather(session, all_waves(session)[0], revision=None, made_on=MONDAY)
    with app.app_context():
        content = wave_report(facts, language="vi")
    with zipfile.ZipFile(BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert b"python-docx" not in archive.read("docProps/core.xml")
