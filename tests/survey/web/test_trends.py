"""Small multiples: all agencies over the waves."""

from __future__ import annotations

from datetime import date
from xml.etree import ElementTree as ET

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.support.scored_province import Cell, give_score, log_in, past_wave, words
from tests.support.small_province import SmallProvince

PAGE = "/department/trends?wave=2010-07-01"
one_system = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)


@pytest.fixture
def analyst(app: Flask, session: Session, province: SmallProvince) -> FlaskClient:
    """Yên Sơn rises from wave to wave; Mỹ Lâm has too few in the newest one."""
    waves = [past_wave(session, date(2010, month, 1), date(2010, month + 2, 28)) for month in (1, 4, 7)]
    series = {
        "tinh": [(900, 0.7), (900, 0.7), (900, 0.7)],
        "yen-son": [(200, 0.6), (200, 0.7), (200, 0.8)],
        "my-lam": [(40, 0.5), (40, 0.5), (9, 0.5)],
    }
    for code, cells in series.items():
        for wave, (respondents, index) in zip(waves, cells, strict=True):
            give_score(session, province.questionnaire, wave, province.agency_ids[code], Cell(respondents, index))
    return log_in(app, role="analyst")


def texts(client: FlaskClient, query: str) -> list[str]:
    answer = client.get(f"/department/trends.svg?wave=2010-07-01&{query}")
    assert (answer.status_code, answer.content_type) == (200, "image/svg+xml")
    assert "<script" not in answer.text
    found = ET.fromstring(answer.text).iter("{http://www.w3.org/2000/svg}text")
    return [(element.text or "").replace("\u00a0", " ") for element in found if element.text]


@one_system
def test_the_page_says_who_changed_and_has_every_number_behind(analyst: FlaskClient) -> None:
    page = words(analyst.get(PAGE))
    assert "Tăng rõ rệt: UBND xã Yên Sơn." in page
    assert "UBND xã Yên Sơn +20,00 chắc chắn 60,00 % 55,00 % – 65,00 % n = 200 70,00 % 65,00 % – 75,00 % n = 200 80,00 %" in page
    assert (
        "UBND phường Mỹ Lâm – 50,00 % 45,00 % – 55,00 % n = 40 50,00 % 45,00 % – 55,00 % n = 40 chưa đủ phiếu để tính chỉ số n = 9" in page
    )
    assert "Tỉnh Tuyên Quang 0,00 chưa chắc 70,00 %" in page


@one_system
def test_a_panel_has_a_name_an_index_and_n_or_only_how_many(analyst: FlaskClient) -> None:
    for columns in ("", "&columns=2"):
        found = texts(analyst, f"kind=commune{columns}")
        assert {"UBND xã Yên Sơn", "80,00 % · n = 200", "UBND phường Mỹ Lâm", "n = 9: chưa đủ phiếu"} <= set(found)
        assert not any(text.startswith("50,00") for text in found)


@one_system
def test_the_panels_stand_in_the_order_asked_for(analyst: FlaskClient, session: Session, province: SmallProvince) -> None:
    def names(sort: str) -> list[str]:
        return [text for text in texts(analyst, f"kind=commune&sort={sort}") if text.startswith("UBND")]

    assert names("name") == ["UBND phường Mỹ Lâm", "UBND xã Yên Sơn"]
    assert names("rise") == names("lowest") == ["UBND xã Yên Sơn", "UBND phường Mỹ Lâm"]  # without a number comes last


@one_system
def test_the_panels_are_taken_away_as_picture_and_table(analyst: FlaskClient) -> None:
    assert analyst.get("/department/trends.png?wave=2010-07-01&kind=commune").data.startswith(b"\x89PNG")
    taken = analyst.get("/department/trends.csv?wave=2010-07-01&kind=commune&sort=name").text.splitlines()
    (last,) = (line for line in taken if line.startswith("UBND xã Yên Sơn,2010-07-01"))
    assert {"80.00", "200", "có"} <= set(last.split(","))
    assert analyst.get("/department/trends.xlsx?wave=2010-07-01").data.startswith(b"PK")


@one_system
@pytest.mark.parametrize(
    "path", ["/department/trends.svg?wave=2010-07-01&kind=centre", "/department/trends.svg", f"{PAGE}&kind=planet", f"{PAGE}&mode=x"]
)
def test_what_is_not_there_is_not_found(analyst: FlaskClient, path: str) -> None:
    assert analyst.get(path).status_code == 404


@one_system
def test_before_any_response_the_page_says_what_will_come(app: Flask, province: SmallProvince) -> None:
    assert "Chưa có chỉ số" in words(log_in(app, role="approver").get("/department/trends"))
