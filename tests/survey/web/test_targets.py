"""Targets of agencies with what can be said of them, and the values that the ministry publishes."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.models import Benchmark, Target
from survey.services.import_benchmarks import import_benchmarks
from tests.support.scored_province import Cell, give_score, log_in, send, words
from tests.support.small_province import SmallProvince

PATH = "/department/targets?wave=2026-Q4"
VALUE = {"scope": "national", "year": "2025", "measure": "ALL", "percent": "84,50", "method": "2022-", "source": "Bộ Nội vụ"}
NAMES = ("Tỉnh Tuyên Quang", "xã Yên Sơn", "phường Mỹ Lâm")
YEARS = (("2021", "87.16", "2017-2021"), ("2022", "80.08", "2022-"), ("2023", "82.66", "2022-"))
one_system = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)


@pytest.fixture
def year(session: Session, province: SmallProvince) -> int:
    """Intervals of five points to either side of the index."""
    for code, index in (("tinh", 0.80), ("yen-son", 0.90), ("my-lam", 0.70)):
        give_score(session, province.questionnaire, province.wave, province.agency_ids[code], Cell(200, index))
    return province.wave.opens_on.year


@pytest.fixture
def analyst(app: Flask, year: int) -> FlaskClient:
    return log_in(app, role="analyst")


@one_system
def test_a_target_is_reached_missed_or_left_open_by_the_interval(analyst: FlaskClient) -> None:
    answer = send(analyst, PATH, **{"target-tinh": "82", "target-yen-son": "85", "target-my-lam": "75,01"})
    assert answer.status_code == 303
    rows = re.findall(r"<tr>.*?</tr>", analyst.get(answer.location).text, re.DOTALL)
    said = {
        name: re.search(r"<td data-label=\"Kết luận\">(chắc chắn đạt|chắc chắn chưa đạt|chưa đủ chắc[^<]*)</td>", row)
        for row in rows
        for name in NAMES
        if name in row
    }
    assert {name: found[1] for name, found in said.items() if found} == {
        "Tỉnh Tuyên Quang": "chưa đủ chắc để kết luận", "xã Yên Sơn": "chắc chắn đạt", "phường Mỹ Lâm": "chắc chắn chưa đạt",
    }  # fmt: skip


@one_system
def test_one_target_that_cannot_be_read_leaves_all_as_they_were_and_what_was_typed(analyst: FlaskClient, session: Session) -> None:
    answer = send(analyst, PATH, **{"target-tinh": "82", "target-yen-son": "tám mươi"})
    assert answer.status_code == 422
    assert "Có 1 chỉ tiêu không đọc được" in words(answer)
    assert 'value="tám mươi" aria-invalid="true"' in answer.text
    assert 'value="82"' in answer.text
    assert session.scalars(select(Target)).all() == []


@one_system
def test_one_target_for_every_empty_field(analyst: FlaskClient, session: Session) -> None:
    answer = send(analyst, PATH, **{"target-": "chín", "target-tinh": "82", "target-my-lam": ""})
    assert (answer.status_code, answer.text.count('aria-invalid="true"')) == (422, 1)
    send(analyst, PATH, **{"target-": "90", "target-tinh": "82", "target-my-lam": ""})
    assert {str(target.percent) for target in session.scalars(select(Target))} == {"82.00", "90.00"}


@one_system
def test_an_empty_field_takes_a_target_away(analyst: FlaskClient, session: Session, year: int) -> None:
    send(analyst, PATH, **{"target-tinh": "82"})
    send(analyst, PATH, **{"target-tinh": ""})
    assert session.scalars(select(Target)).all() == []


def test_a_target_belongs_to_its_year(analyst: FlaskClient, session: Session, year: int) -> None:
    send(analyst, PATH, **{"target-tinh": "82,25"})
    (kept,) = session.scalars(select(Target))
    assert (kept.year, str(kept.percent), kept.set_by) == (year, "82.25", "analyst-tinh-vi@example.vn")
    assert 'value="82,25"' in analyst.get(PATH).text


@one_system
def test_the_head_reads_how_far_the_target_is(app: Flask, analyst: FlaskClient) -> None:
    send(analyst, PATH, **{"target-yen-son": "85"})
    head = log_in(app, role="agency_head", agency="yen-son")
    assert "Chắc chắn đạt chỉ tiêu 85,00 % của năm" in words(head.get("/agencies/yen-son"))
    assert "(cách chỉ tiêu từ 0,00 đến +10,00 điểm)" in words(head.get("/agencies/yen-son"))


@one_system
def test_an_unknown_agency_is_refused_whole(analyst: FlaskClient, session: Session) -> None:
    assert send(analyst, PATH, **{"target-tinh": "82", "target-nowhere": "90"}).status_code == 400
    assert session.scalars(select(Target)).all() == []


@one_system
def test_who_only_approves_reads_the_targets(app: Flask, year: int) -> None:
    page = log_in(app, role="approver").get(PATH)
    assert page.status_code == 200
    assert 'name="target-' not in page.text


@one_system
def test_a_published_value_stands_in_the_table_with_its_source(analyst: FlaskClient, session: Session) -> None:
    assert analyst.post("/department/benchmarks", data=VALUE | _token(analyst)).status_code == 303
    page = words(analyst.get(PATH))
    assert "84,50 %" in page
    assert "Bộ Nội vụ" in page
    assert "Cả nước đạt 84,50 % năm 2025." in page
    assert analyst.get("/department/published.svg").content_type == "image/svg+xml"


@one_system
@pytest.mark.parametrize("wrong", [{"percent": "184"}, {"year": "85"}, {"source": ""}, {"method": " "}, {"scope": ""}])
def test_a_value_without_all_that_makes_it_checkable_is_not_stored(analyst: FlaskClient, session: Session, wrong: dict[str, str]) -> None:
    answer = analyst.post("/department/benchmarks", data=VALUE | wrong | _token(analyst))
    assert answer.status_code == 422
    assert "Xin xem lại các ô được đóng khung" in words(answer)
    assert answer.text.count('aria-invalid="true"') == 1
    assert session.scalars(select(Benchmark)).all() == []


@one_system
def test_no_difference_is_told_across_a_change_of_method(analyst: FlaskClient, session: Session) -> None:
    rows = [VALUE | {"year": year, "percent": percent, "method": method} for year, percent, method in YEARS]
    import_benchmarks(session, rows)
    page = words(analyst.get(PATH))
    assert "Từ năm 2022" in page
    assert "Cả nước đạt 82,66 % năm 2023, +2,58 điểm so với năm 2022." in page


def _token(client: FlaskClient) -> dict[str, str]:
    return {"csrf_token": client.get(PATH).text.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]}
