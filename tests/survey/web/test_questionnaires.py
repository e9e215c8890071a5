"""The questionnaires' pages of Sở Nội vụ, and the files of a version that go to a translator and come back."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.questionnaire import Questionnaire
from survey.models import QuestionnaireVersion
from survey.reports.questionnaire_files import count_texts, questionnaire_zip
from survey.services.change_wave import open_wave
from survey.services.import_questionnaire import import_questionnaire
from survey.services.read_questionnaire import read_questionnaire, read_questionnaire_folder
from survey.settings import today
from tests.support.scored_province import log_in, words
from tests.support.small_province import SmallProvince

pytestmark = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)
PAGE = "/department/questionnaires"


def second_version(**changes: Any) -> Questionnaire:
    """One criterion reworded, one question gone, a level in other words, and a code of its own."""
    present = read_questionnaire("sipas-2017")
    first, *others = present.criteria
    reworded = replace(first, text={"vi": "Nơi ngồi chờ rộng rãi", "en": "The waiting area is spacious"})
    return replace(present, code="sipas-2027", criteria=(reworded, *others), questions=present.questions[:-1], **changes)


@pytest.fixture
def analyst(app: Flask, province: SmallProvince) -> FlaskClient:
    return log_in(app, role="analyst")


@pytest.fixture
def upload(analyst: FlaskClient) -> Callable[[bytes], Any]:
    def send(packed: bytes) -> Any:
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', analyst.get(PAGE).text)
        assert token
        return analyst.post(PAGE, data={"csrf_token": token[1], "file": (BytesIO(packed), "phieu.zip")})

    return send


def unpacked(packed: bytes) -> dict[str, str]:
    with ZipFile(BytesIO(packed)) as archive:
        return {name.split("/")[-1]: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}


def packed(files: Mapping[str, str]) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize("version", [read_questionnaire("sipas-2017"), second_version()], ids=lambda version: version.code)
def test_the_files_of_a_version_give_the_same_version_again(database_system: object, version: Questionnaire, tmp_path: Path) -> None:
    for name, content in unpacked(questionnaire_zip(version)).items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    assert read_questionnaire_folder(tmp_path) == version


def test_a_translator_gets_an_empty_column_beside_every_text(analyst: FlaskClient) -> None:
    answer = analyst.get(f"{PAGE}/sipas-2017/files.zip?to=hmn")
    assert answer.headers["Content-Disposition"] == "attachment; filename=sipas-2017-hmn.zip"
    files = unpacked(answer.data)
    assert all("text_hmn" in files[name].splitlines()[0] for name in files if name != "short_forms.csv")
    assert analyst.get(f"{PAGE}/sipas-2017/files.zip?to=../x").status_code == 400


def test_every_text_is_counted_by_language(database_system: object) -> None:
    version = read_questionnaire("sipas-2017")
    rows = [len(text.splitlines()) - 1 for name, text in unpacked(questionnaire_zip(version)).items() if name != "short_forms.csv"]
    assert count_texts(version, "vi") == (sum(rows), sum(rows))
    assert count_texts(version, "hmn") == (0, sum(rows))


def test_versions_are_listed_with_what_may_still_become_of_them(analyst: FlaskClient, session: Session, province: SmallProvince) -> None:
    province.answer(session, {"A1": 5})
    import_questionnaire(session, second_version(), today=today())
    page = words(analyst.get(PAGE))
    assert re.search(r"sipas-2027 \D+ nạp ngày [\d/]+ · 23 tiêu chí · chưa dùng", page)
    assert re.search(r"sipas-2017 \D+ nạp ngày [\d/]+ · 23 tiêu chí · đã có người trả lời, không thay đổi nữa", page)
    assert "Quý IV/2026" in words(analyst.get(f"{PAGE}/sipas-2017"))
    assert analyst.get(f"{PAGE}/nothing").status_code == 404


def test_a_new_version_is_uploaded_with_what_differs_side_by_side(
    analyst: FlaskClient, upload: Callable[[bytes], Any], session: Session
) -> None:
    answer = upload(questionnaire_zip(second_version()))
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PAGE}/sipas-2027")
    page = words(analyst.get(f"{PAGE}/sipas-2027/against/sipas-2017"))
    first, gone = read_questionnaire("sipas-2017").criteria[0], read_questionnaire("sipas-2017").questions[-1]
    assert f"Tiêu chí {first.code}: đổi lời văn {first.text['vi']} {first.text['en']} Nơi ngồi chờ rộng rãi" in page.replace("  ", " ")
    assert f"Câu hỏi {gone.code}: bỏ {gone.text['vi']}" in page
    assert "cùng lời văn" in words(analyst.get(f"{PAGE}/sipas-2017/against/sipas-2017"))


@pytest.mark.parametrize(("spoil", "said"), [
    (lambda files: b"no zip", ["không phải tệp ZIP hay sổ Excel"]),
    (lambda files: packed({name: text for name, text in files.items() if name != "levels.csv"}), ["thiếu bảng levels.csv"]),
    (
        lambda files: packed(
            files | {"levels.csv": files["levels.csv"].replace("5,", "6,")}
            | {"questionnaire.csv": files["questionnaire.csv"].replace(",satisfaction,", ",liked,").replace("N5=late", "late")}
        ),
        [
            "levels.csv 2 Cột rating: “6” không đúng; vui lòng ghi một số nguyên trong khoảng 1–5.",
            "questionnaire.csv 5 Cột kind: “liked” không phải là loại dòng", "Cột asked_when: “late” không đúng",
        ],
    ),
    (lambda files: packed(files | {"questionnaire.csv": files["questionnaire.csv"].replace("sipas-2027", "sipas-2017")}), ["đặt mã khác"]),
], ids=["no zip", "without a table", "many faults", "an answered code"])  # fmt: skip
def test_a_version_that_is_not_right_is_refused_with_every_place_and_nothing_is_stored(
    upload: Callable[[bytes], Any], session: Session, province: SmallProvince, spoil: Callable[[dict[str, str]], bytes], said: list[str]
) -> None:
    province.answer(session, {"A1": 5})
    answer = upload(spoil(unpacked(questionnaire_zip(second_version()))))
    assert answer.status_code == 422
    for words_of_one in said:
        assert words_of_one.casefold() in words(answer).casefold()
    assert session.scalars(select(QuestionnaireVersion.code)).all() == ["sipas-2017"]


def test_the_template_is_the_newest_version_and_comes_back_as_the_next_one(
    analyst: FlaskClient, upload: Callable[[bytes], Any], session: Session
) -> None:
    template = analyst.get(f"{PAGE}/template.xlsx")
    assert template.headers["Content-Disposition"] == "attachment; filename=mau-sipas-2017.xlsx"
    book, changed = load_workbook(BytesIO(template.data)), BytesIO()
    assert book.sheetnames == ["SIPAS", "questionnaire", "levels", "dimensions", "answers", "short_forms"]
    assert "Số phương án được chọn cùng lúc." in [cell.value for cell in book["SIPAS"]["B"]]
    book["questionnaire"]["A2"] = "sipas-2028"
    book.save(changed)
    assert upload(changed.getvalue()).location == f"{PAGE}/sipas-2028"
    assert "mau-sipas-2028" in analyst.get(f"{PAGE}/template.xlsx").headers["Content-Disposition"]
    answer = analyst.get(f"{PAGE}/sipas-2028/files.xlsx?to=hmn")
    assert answer.headers["Content-Disposition"] == "attachment; filename=sipas-2028-hmn.xlsx"
    assert "text_hmn" in [cell.value for cell in load_workbook(BytesIO(answer.data))["levels"][1]]


def test_the_preview_shows_the_citizens_form_switched_off_in_each_language(analyst: FlaskClient, province: SmallProvince) -> None:
    for form, asked in (("short", 6), ("full", 24)):
        page = analyst.get(f"{PAGE}/sipas-2017/preview?form={form}&in=vi")
        assert "không trả lời hay gửi được tại đây" in words(page)
        assert "<script" not in page.text
        assert page.text.index("<fieldset disabled>") < page.text.index("<form")
        assert len(set(re.findall(r'type="radio" name="(\w+)"', page.text))) >= asked
    english = analyst.get(f"{PAGE}/sipas-2017/preview?form=full&in=en")
    assert province.questionnaire.criteria[0].text["en"] in words(english)
    assert "Phiếu khảo sát" in words(analyst.get(PAGE))  # the reader's own language stays
    assert analyst.get(f"{PAGE}/sipas-2017/preview?in=xx").status_code == 404
    assert analyst.post(f"{PAGE}/sipas-2017/preview").status_code == 405


def test_a_version_is_chosen_for_a_planned_wave_and_for_no_other(
    app: Flask, analyst: FlaskClient, session: Session, province: SmallProvince
) -> None:
    import_questionnaire(session, second_version(), today=today())
    day = province.wave.closes_on + timedelta(days=1)
    planned = open_wave(
        session, code="sau", name_vi="Đợt sau", name_en="Next", opens_on=day, closes_on=day, questionnaire="sipas-2017"
    )  # fmt: skip
    page = analyst.get(f"{PAGE}/sipas-2027").text
    assert re.findall(r'<option value="([^"]+)"', page) == ["sau"]
    app.config["WTF_CSRF_ENABLED"] = False
    assert analyst.post(f"{PAGE}/sipas-2027/activate", data={"wave": "sau"}).status_code == 303
    session.refresh(planned)
    assert planned.questionnaire.code == "sipas-2027"
    assert "Đã lập với mẫu này: Đợt sau" in words(analyst.get(f"{PAGE}/sipas-2027"))
    assert analyst.post(f"{PAGE}/sipas-2027/activate", data={"wave": "2026-Q4"}).status_code == 409
