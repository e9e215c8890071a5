from __future__ import annotations

import os
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from survey.models import Benchmark
from survey.settings import today
from tests.support.scored_province import Cell, give_score, log_in
from tests.support.small_province import SmallProvince

NAMES = ("trend", "trend-phone", "days", "dimensions")


@pytest.fixture
def head(app: Flask, session: Session, province: SmallProvince) -> FlaskClient:
    months = {"2026-09": Cell(60, 0.78), "2026-10": Cell(100, 0.8), "2026-11": Cell(8)}
    others = {"ACCESS": Cell(61, 0.7512), "FEEDBACK": Cell(7), "STAFF": Cell(40)}
    give_score(session, province.questionnaire, province.wave, province.agency_ids["yen-son"], Cell(168, 0.8), months=months, others=others)
    session.add(Benchmark(scope="national", year=2023, measure="ACCESS", percent="83", method="2022-", source="s"))
    session.commit()
    province.answer(session, {"A1": 4}, day=today())
    give_score(session, province.questionnaire, province.wave, province.agency_ids["my-lam"], Cell(9))
    return log_in(app, role="agency_head", agency="yen-son")


def drawn(client: FlaskClient, name: str, query: str = "") -> str:
    answer = client.get(f"/agencies/yen-son/charts/{name}.svg{query}")
    assert (answer.status_code, answer.content_type) == (200, "image/svg+xml")
    return answer.get_data(as_text=True)


def texts(svg: str) -> list[str]:
    return [(element.text or "").replace("\u00a0", " ") for element in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("name", NAMES)
def test_a_chart_is_an_svg_without_script_or_anything_from_elsewhere(head: FlaskClient, name: str) -> None:
    svg = drawn(head, name)
    assert "<script" not in svg
    assert "href" not in svg
    assert "url(http" not in svg


def test_the_dimensions_say_index_and_n_with_a_decimal_comma(head: FlaskClient) -> None:
    words = texts(drawn(head, "dimensions"))
    assert {"Tiếp cận dịch vụ", "75,12 %", "n = 61"} <= set(words)
    assert words.count("–") == 1  # FEEDBACK
    assert "n = 7" in words
    assert "75.12 %" in texts(drawn(head, "dimensions", "?lang=en"))


def test_a_hidden_month_is_not_drawn(head: FlaskClient) -> None:
    labels = [text for text in texts(drawn(head, "trend")) if "/" in text]
    assert labels == ["09/26", "10/26"]


def test_a_drawing_is_made_once(app: Flask, head: FlaskClient) -> None:
    folder = Path(app.instance_path) / "charts"
    first = drawn(head, "dimensions")
    (kept,) = folder.iterdir()
    kept.write_text(kept.read_text().replace("Tiếp cận dịch vụ", "kept"))
    assert drawn(head, "dimensions") == first.replace("Tiếp cận dịch vụ", "kept")


def test_the_chart_of_an_open_waves_days_is_not_kept(app: Flask, head: FlaskClient, session: Session, province: SmallProvince) -> None:
    folder = Path(app.instance_path) / "charts"
    drawn(head, "days")
    assert not folder.exists()  # a row of them would tell when on a day the answers came
    province.wave.state = "closed"
    session.commit()
    drawn(head, "days")
    assert len(list(folder.iterdir())) == 1


def test_a_chart_is_drawn_although_it_cannot_be_kept(app: Flask, head: FlaskClient) -> None:
    (Path(app.instance_path) / "charts").write_text("a file where the folder should be")
    assert "svg" in drawn(head, "dimensions")


def test_old_drawings_are_thrown_away(app: Flask, head: FlaskClient) -> None:
    folder = Path(app.instance_path) / "charts"
    folder.mkdir()
    old = folder / "old.svg"
    old.touch()
    os.utime(old, (0, 0))
    drawn(head, "dimensions")
    assert not old.exists()


@pytest.mark.parametrize("name", ["trend", "days", "dimensions"])
def test_where_nothing_may_be_shown_there_is_no_chart(app: Flask, head: FlaskClient, name: str) -> None:
    few = log_in(app, role="agency_head", agency="my-lam")
    assert few.get(f"/agencies/my-lam/charts/{name}.svg").status_code == 404
