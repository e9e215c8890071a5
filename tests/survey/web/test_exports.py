"""What is on the screen can be taken away: the same numbers, hidden where the page hides them."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from survey.queries.audit_log import list_entries
from survey.services.import_benchmarks import import_benchmarks
from survey.settings import today
from tests.support.scored_province import Cell, give_score, log_in
from tests.support.small_province import SmallProvince

pytestmark = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)
AGENCY = "/agencies/yen-son/export"
NUMBERS = ("Chỉ số (%)", "Khoảng tin cậy, từ (%)", "Khoảng tin cậy, đến (%)")
PUBLISHED = {"scope": "national", "year": "2024", "measure": "ALL", "percent": "83.94", "method": "2022-", "source": "x"}


@pytest.fixture
def scored(session: Session, province: SmallProvince) -> SmallProvince:
    """Yên Sơn has too few on C3, and E2 is withheld from those who see the agency above."""
    others = {"E2": Cell(60, 0.61, withheld=True), "C3": Cell(8)}
    months = {"2026-10": Cell(100, 0.8), "2026-11": Cell(9, 0.5)}
    for code, cell in {"tinh": Cell(300, 0.81), "yen-son": Cell(214, 0.8243), "my-lam": Cell(29, 0.7)}.items():
        give_score(session, province.questionnaire, province.wave, province.agency_ids[code], cell, others=others, months=months)
    import_benchmarks(session, [PUBLISHED])
    province.wave.simulated = True
    session.commit()
    return province


@pytest.fixture
def head(app: Flask, scored: SmallProvince) -> FlaskClient:
    return log_in(app, role="agency_head", agency="yen-son")


@pytest.fixture
def analyst(app: Flask, scored: SmallProvince) -> FlaskClient:
    return log_in(app, role="analyst")


def rows_of(answer: Any) -> list[dict[str, str]]:
    """The rows of a CSV, each by the heads of its columns."""
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


def by(column: str, answer: Any) -> dict[str, dict[str, str]]:
    return {row[column]: row for row in rows_of(answer)}


def test_the_indices_of_an_agency_carry_interval_and_n_and_whose_they_are(head: FlaskClient) -> None:
    answer = head.get(f"{AGENCY}.csv")
    assert answer.headers["Content-Disposition"] == "attachment; filename=sipas-2026-Q4-yen-son-measures-mo-phong.csv"
    assert by("Mã", answer)["ALL"] == {
        "Cơ quan, đơn vị": "UBND xã Yên Sơn", "Đợt khảo sát": "2026-Q4", "Hình thức": "mã QR tại quầy",
        "Nội dung đo": "Mọi tiêu chí", "Mã": "ALL",
        "Chỉ số (%)": "82.43", "Khoảng tin cậy, từ (%)": "77.43", "Khoảng tin cậy, đến (%)": "87.43", "n": "214", "Ghi chú": "",
        "Bản chốt": "", "Tình trạng số liệu": "số liệu tạm thời, còn thay đổi; dữ liệu mô phỏng",
    }  # fmt: skip


def test_a_table_says_whether_its_numbers_may_still_change(head: FlaskClient, session: Session, scored: SmallProvince) -> None:
    scored.wave.state, scored.wave.published_revision, scored.wave.simulated = "published", 1, False
    session.commit()
    give_score(session, scored.questionnaire, scored.wave, scored.agency_ids["yen-son"], Cell(214, 0.8243), revision=1)
    row = by("Mã", head.get(f"{AGENCY}.csv"))["ALL"]
    assert (row["Bản chốt"], row["Tình trạng số liệu"]) == ("1", "đã công bố")


def test_what_a_page_hides_is_hidden_in_the_file_for_each_reader(head: FlaskClient, analyst: FlaskClient) -> None:
    own, above = by("Mã", head.get(f"{AGENCY}.csv")), by("Mã", analyst.get(f"{AGENCY}.csv"))
    assert [own["C3"][column] for column in (*NUMBERS, "n", "Ghi chú")] == ["", "", "", "8", "chưa đủ phiếu"]
    assert own["E2"]["Chỉ số (%)"] == "61.00"
    assert [above["E2"][column] for column in NUMBERS] == ["", "", ""]


def test_months_days_and_sub_agencies_are_tables_of_their_own(head: FlaskClient, analyst: FlaskClient) -> None:
    months = by("Tháng", head.get(f"{AGENCY}.csv?table=months"))
    assert months["2026-10-01"]["Chỉ số (%)"] == "80.00"
    assert months["2026-11-01"]["Chỉ số (%)"] == ""
    assert head.get(f"{AGENCY}.csv?table=days").status_code == 200
    assert head.get(f"{AGENCY}.csv?table=responses").status_code == 404
    parts = by("Mã", analyst.get("/agencies/tinh/export.csv?table=parts"))
    assert parts["yen-son"]["Cơ quan, đơn vị"] == "UBND xã Yên Sơn"
    assert parts["yen-son"]["n"] == "214"


@pytest.fixture
def answered(session: Session, province: SmallProvince) -> SmallProvince:
    """Yên Sơn: 24 people in one month, 12 two months later; Mỹ Lâm: 6 people. One has no opinion on C2."""
    for number in range(42):
        rating, day = 0 if number == 0 else 5 if number % 3 else 2, today() - timedelta(days=70 if number < 24 else 5)
        ratings = {code: rating if code == "C2" else 4 for code in ("C1", "C2", "C3", "C4", "C5", "C6")}
        province.answer(session, ratings, agency="yen-son" if number < 36 else "my-lam", day=day)
    return province


def test_the_tables_of_a_criterion_are_taken_away_as_its_page_shows_them(app: Flask, answered: SmallProvince) -> None:
    head = log_in(app, role="agency_head", agency="yen-son")
    path = "/agencies/yen-son/criteria/C2/export"
    head.get("/agencies/yen-son")  # scores the wave
    rows = rows_of(head.get(f"{path}.csv"))
    assert [(row["Chỉ số (%)"], row["n"]) for row in rows if not row["Bảng"]] == [("68.57", "35")]
    early, late = (today() - timedelta(days=days) for days in (70, 5))
    months = [(row["Dòng"], row["Chỉ số (%)"]) for row in rows if row["Bảng"] == "Theo tháng"]
    assert months == [(f"{early:%Y-%m}", "69.57"), (f"{late:%Y-%m}", "66.67")]
    answers = [(row["Câu trả lời"], row["Tỷ lệ (%)"], row["Số câu trả lời"]) for row in rows_of(head.get(f"{path}.csv?table=answers"))]
    assert (answers[0], answers[-1]) == (("Rất hài lòng", "68.57", "24"), ("Không có ý kiến (không tính)", "", "1"))
    assert load_workbook(io.BytesIO(head.get(f"{path}.xlsx").get_data())).sheetnames == ["SIPAS", "Chỉ số", "Người dân đã trả lời thế nào"]


def test_the_parts_of_a_dimension_are_hidden_in_the_file_as_on_the_page(app: Flask, answered: SmallProvince) -> None:
    analyst = log_in(app, role="analyst")
    analyst.get("/agencies/tinh")
    rows = rows_of(analyst.get("/agencies/tinh/dimensions/STAFF/export.csv"))
    assert [row["Mã"] for row in rows if not row["Bảng"]] == ["STAFF", "C2", "C1", "C3", "C4", "C5", "C6"]
    parts = {row["Cơ quan, đơn vị"]: (row["Chỉ số (%)"], row["Ghi chú"]) for row in rows if row["Bảng"] == "Theo đơn vị trực thuộc"}
    assert parts == {"UBND xã Yên Sơn": ("", "không công bố"), "UBND phường Mỹ Lâm": ("", "chưa đủ phiếu")}


def test_the_answers_to_a_criterion_are_taken_away_as_a_picture(head: FlaskClient) -> None:
    drawn, taken = (head.get(f"/agencies/yen-son/criteria/E2/levels.{kind}") for kind in ("svg", "png"))
    assert drawn.content_type == "image/svg+xml"
    assert all(words in drawn.text for words in ("Rất hài lòng", "33\u00a0% (5)"))
    assert taken.get_data().startswith(b"\x89PNG")
    assert head.get("/agencies/yen-son/criteria/C3/levels.svg").status_code == 404  # too few
    assert head.get("/agencies/yen-son/criteria/C3/export.csv?table=answers").status_code == 404


def test_a_workbook_says_first_that_its_numbers_are_simulated(head: FlaskClient) -> None:
    book = load_workbook(io.BytesIO(head.get(f"{AGENCY}.xlsx").get_data()))
    assert book.sheetnames == ["SIPAS", "Chỉ số", "Theo tháng", "Theo ngày"]
    front = {row[0].value: row[1].value for row in book["SIPAS"].iter_rows(min_row=3)}
    assert front["Cơ quan, đơn vị"] == "UBND xã Yên Sơn"
    assert front["Đợt khảo sát"] == "Quý IV/2026 (2026-Q4)"
    assert "Dữ liệu mô phỏng" in front


def test_the_comparison_is_taken_away_as_it_was_filtered(analyst: FlaskClient) -> None:
    rows = by("Cơ quan, đơn vị", analyst.get("/department/export.csv?kind=commune&sort=index"))
    assert list(rows) == ["Tỉnh Tuyên Quang", "UBND phường Mỹ Lâm", "UBND xã Yên Sơn"]  # the province first, as on the page
    assert rows["UBND phường Mỹ Lâm"]["Ghi chú"] == "ít phiếu"
    of_criteria = by("Cơ quan, đơn vị", analyst.get("/department/criteria.csv"))["UBND xã Yên Sơn"]
    assert (of_criteria["n"], of_criteria["Tất cả tiêu chí (%)"], of_criteria["C3 (%)"]) == ("214", "82.43", "")


def test_charts_are_taken_away_as_pictures(analyst: FlaskClient) -> None:
    for path in ("/agencies/yen-son/charts/trend.png", "/agencies/yen-son/charts/dimensions.png", "/department/published.png"):
        answer = analyst.get(path)
        assert answer.get_data().startswith(b"\x89PNG"), path
    assert analyst.get("/agencies/yen-son/charts/nothing.png").status_code == 404
    assert analyst.get("/department/funnel.png").status_code == 404  # nobody is compared before the wave is frozen


def test_comments_leave_as_they_were_searched(head: FlaskClient, scored: SmallProvince, session: Session) -> None:
    for text in ("Chờ lâu", "=SUM(1)", "Tốt", "Ghế cũ", "Đông"):
        scored.answer(session, {"A1": 4}, comment=text)
    assert set(by("Góp ý", head.get("/agencies/yen-son/comments.csv"))) == {"Chờ lâu", "'=SUM(1)", "Tốt", "Ghế cũ", "Đông"}
    assert set(by("Góp ý", head.get("/agencies/yen-son/comments.csv?words=cho"))) == {"Chờ lâu"}


def test_each_file_is_told_by_the_audit_log(head: FlaskClient, session: Session) -> None:
    before = len(list_entries(session, limit=1000))
    head.get(f"{AGENCY}.xlsx")
    session.rollback()
    entries = list_entries(session, limit=1000)
    assert (len(entries) - before, entries[0].action, entries[0].subject) == (1, "exported", f"{AGENCY}.xlsx")


def test_nobody_takes_away_the_numbers_of_another_agency(head: FlaskClient) -> None:
    assert {head.get(f"/agencies/my-lam/{file}").status_code for file in ("export.csv", "criteria/E2/export.xlsx", "comments.csv")} == {403}
    assert head.get("/department/export.csv").status_code == 403


def test_before_the_first_numbers_there_is_nothing_to_take(app: Flask, province: SmallProvince) -> None:
    analyst = log_in(app, role="analyst")
    assert {
        analyst.get(f"{path}.csv").status_code
        for path in (AGENCY, "/agencies/yen-son/criteria/E2/export", "/department/export", "/department/criteria")
    } == {404}
