"""What is on the screen can be taken away: the same numbers, hidden where the page hides them."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from survey.queries.audit_log import list_entries
from survey.services.import_benchmarks import import_benchmarks
from tests.support.scored_province import Cell, give_score, log_in
from tests.support.small_province import SmallProvince

pytestmark = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)
AGENCY = "/agencies/yen-son/export"
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


def rows_of(answer: Any) -> dict[str, list[str]]:
    """The rows of a CSV by their first cell."""
    assert answer.status_code == 200, answer.text
    return {row[0]: row for row in csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig")))}


def by_code(answer: Any) -> dict[str, list[str]]:
    return {row[1]: row for row in rows_of(answer).values()}


def test_the_indices_of_an_agency_carry_interval_and_n(head: FlaskClient) -> None:
    answer = head.get(f"{AGENCY}.csv")
    assert answer.headers["Content-Disposition"] == "attachment; filename=sipas-2026-Q4-yen-son-measures-mo-phong.csv"
    whole = by_code(answer)["ALL"]
    assert [float(cell) for cell in whole[2:6]] == [0.8243, 0.7743, 0.8743, 214]


def test_what_a_page_hides_is_hidden_in_the_file_for_each_reader(head: FlaskClient, analyst: FlaskClient) -> None:
    own, above = by_code(head.get(f"{AGENCY}.csv")), by_code(analyst.get(f"{AGENCY}.csv"))
    assert own["C3"][2:] == ["", "", "", "8", "chưa đủ phiếu"]
    assert own["E2"][2] == "0.61"
    assert above["E2"][2:5] == ["", "", ""]


def test_months_and_days_are_tables_of_their_own(head: FlaskClient) -> None:
    months = rows_of(head.get(f"{AGENCY}.csv?table=months"))
    assert months["2026-10-01"][3] == "0.8"
    assert months["2026-11-01"][3] == ""
    assert head.get(f"{AGENCY}.csv?table=days").status_code == 200
    assert head.get(f"{AGENCY}.csv?table=responses").status_code == 404


def test_a_workbook_says_first_that_its_numbers_are_simulated(head: FlaskClient) -> None:
    book = load_workbook(io.BytesIO(head.get(f"{AGENCY}.xlsx").get_data()))
    assert book.sheetnames == ["SIPAS", "Chỉ số", "Theo tháng", "Theo ngày"]
    front = {row[0].value: row[1].value for row in book["SIPAS"].iter_rows(min_row=3)}
    assert front["Cơ quan, đơn vị"] == "UBND xã Yên Sơn"
    assert front["Đợt khảo sát"] == "Quý IV/2026 (2026-Q4)"
    assert "Dữ liệu mô phỏng" in front


def test_the_comparison_is_taken_away_as_it_was_filtered(analyst: FlaskClient) -> None:
    rows = rows_of(analyst.get("/department/export.csv?kind=commune&sort=index"))
    assert list(rows)[1:] == ["UBND phường Mỹ Lâm", "UBND xã Yên Sơn"]
    assert rows["UBND phường Mỹ Lâm"][7] == "ít phiếu"
    assert rows_of(analyst.get("/department/criteria.csv"))["UBND xã Yên Sơn"][1] == "214"


def test_charts_are_taken_away_as_pictures(analyst: FlaskClient) -> None:
    for path in ("/agencies/yen-son/charts/trend.png", "/agencies/yen-son/charts/dimensions.png", "/department/published.png"):
        answer = analyst.get(path)
        assert answer.get_data().startswith(b"\x89PNG"), path
    assert analyst.get("/agencies/yen-son/charts/nothing.png").status_code == 404
    assert analyst.get("/department/funnel.png").status_code == 404  # nobody is compared before the wave is frozen


def test_comments_leave_as_they_were_searched(head: FlaskClient, scored: SmallProvince, session: Session) -> None:
    for text in ("Chờ lâu", "=SUM(1)", "Tốt", "Ghế cũ", "Đông"):
        scored.answer(session, {"A1": 4}, comment=text)
    assert set(rows_of(head.get("/agencies/yen-son/comments.csv"))) == {"Góp ý", "Chờ lâu", "'=SUM(1)", "Tốt", "Ghế cũ", "Đông"}
    assert set(rows_of(head.get("/agencies/yen-son/comments.csv?words=cho"))) == {"Góp ý", "Chờ lâu"}


def test_each_file_is_told_by_the_audit_log(head: FlaskClient, session: Session) -> None:
    before = len(list_entries(session, limit=1000))
    head.get(f"{AGENCY}.xlsx")
    session.rollback()
    entries = list_entries(session, limit=1000)
    assert (len(entries) - before, entries[0].action, entries[0].subject) == (1, "exported", f"{AGENCY}.xlsx")


def test_nobody_takes_away_the_numbers_of_another_agency(head: FlaskClient) -> None:
    assert {head.get(f"/agencies/my-lam/{file}").status_code for file in ("export.csv", "export.xlsx", "comments.csv")} == {403}
    assert head.get("/department/export.csv").status_code == 403


def test_before_the_first_numbers_there_is_nothing_to_take(app: Flask, province: SmallProvince) -> None:
    analyst = log_in(app, role="analyst")
    assert {analyst.get(f"{path}.csv").status_code for path in (AGENCY, "/department/export", "/department/criteria")} == {404}
