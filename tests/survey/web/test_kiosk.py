from __future__ import annotations

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from survey.domain.wave import MODES
from survey.models import KINDS, LIVE, DeskCode, Response, Score, Tally
from survey.services.change_wave import close_wave, open_wave
from survey.services.issue_desk_code import issue_desk_code, revoke_desk_codes
from survey.services.refresh_scores import refresh_scores
from survey.services.score_agencies import overall
from survey.settings import today
from survey.web import kiosk as module
from tests.support.small_province import SmallProvince

DAY = timedelta(days=1)


@pytest.fixture
def code(session: Session, province: SmallProvince) -> str:
    return issue_desk_code(session, province.desk_ids["yen-son"], today=today(), kind="kiosk")


def given(province: SmallProvince, **more: str) -> dict[str, str]:
    """What the tablet sends for a person who is satisfied with everything."""
    asked = dict.fromkeys((*province.questionnaire.short_forms[17], "G1"), "4")
    return {"response_id": str(uuid4()), "form": "short-17", "wave": str(province.wave.id), "questionnaire": "sipas-2017", **asked, **more}


def stored(session: Session) -> list[Response]:
    session.rollback()
    return list(session.scalars(select(Response).execution_options(populate_existing=True)))


def send(client: FlaskClient, code: str, form: dict[str, str]) -> int:
    return client.post(f"/k/{code}/given?lang=vi", data=form).status_code


def test_a_form_from_the_kiosk_is_kept_apart_as_its_own_mode(
    client: FlaskClient, session: Session, province: SmallProvince, code: str
) -> None:
    assert send(client, code, given(province)) == 204
    (response,) = stored(session)
    assert (response.mode, response.form, response.responded_on, response.marked) == ("kiosk", "short-17", today(), False)
    assert set(session.scalars(select(Tally.mode))) == {"kiosk"}
    assert "kiosk" in MODES


def test_however_often_the_queue_sends_a_form_it_is_stored_once(
    client: FlaskClient, session: Session, province: SmallProvince, code: str
) -> None:
    form = given(province)
    assert [send(client, code, form | day) for day in ({}, {"day": today().isoformat()}, {"day": (today() - DAY).isoformat()})] == [204] * 3
    assert [response.responded_on for response in stored(session)] == [today()]


@pytest.mark.parametrize(("declared", "counts"), [(0, 0), (-1, -1), (-2, 0), (1, 0), (-4000, 0)])
def test_a_late_form_counts_on_its_own_day_if_that_was_today_or_yesterday(
    client: FlaskClient, session: Session, province: SmallProvince, code: str, declared: int, counts: int
) -> None:
    assert send(client, code, given(province, day=(today() + declared * DAY).isoformat())) == 204
    assert [response.responded_on for response in stored(session)] == [today() + counts * DAY]


@pytest.mark.parametrize("day", ["", "yesterday", "2026-13-41", "\0", "١٢", "2026-W01-1" * 50])
def test_a_day_that_is_none_means_the_day_of_arrival(
    client: FlaskClient, session: Session, province: SmallProvince, code: str, day: str
) -> None:
    assert send(client, code, given(province, day=day)) == 204
    assert [response.responded_on for response in stored(session)] == [today()]


def test_a_form_of_a_closed_wave_is_refused_for_good_and_never_counted_in_the_next(
    client: FlaskClient, session: Session, province: SmallProvince, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = given(province, day=today().isoformat())
    close_wave(session, "2026-Q4", today=today())
    assert send(client, code, late) == 409
    tomorrow = today() + DAY
    open_wave(
        session, code="next", name_vi="Sau", name_en="Next", opens_on=tomorrow, closes_on=tomorrow + 9 * DAY, questionnaire="sipas-2017"
    )
    session.commit()
    monkeypatch.setattr(module, "today", lambda: tomorrow)
    assert [send(client, code, late | {"day": day.isoformat()}) for day in (tomorrow, today())] == [409, 409]
    assert stored(session) == []


def test_a_tablet_whose_clock_is_a_day_behind_is_not_refused_on_the_first_day(
    client: FlaskClient, session: Session, province: SmallProvince, code: str
) -> None:
    province.wave.opens_on = today()
    session.merge(province.wave)
    session.commit()
    assert send(client, code, given(province, day=(today() - DAY).isoformat())) == 204
    assert [response.responded_on for response in stored(session)] == [today()]


def test_what_cannot_be_read_is_refused_and_what_cannot_be_stored_now_is_not(
    app: Flask, client: FlaskClient, session: Session, province: SmallProvince, code: str
) -> None:
    assert send(client, code, given(province, A1="9")) == 409
    assert send(client, code, given(province, response_id="1")) == 409
    assert send(client, code, {}) == 409
    assert send(client, "nowhere", given(province)) == 404
    session.execute(text("ALTER TABLE tally RENAME TO tally_away"))
    session.commit()
    assert send(client, code, given(province)) == 503
    session.execute(text("ALTER TABLE tally_away RENAME TO tally"))
    session.commit()
    assert stored(session) == []


def test_the_address_of_a_kiosk_is_for_the_kiosk_only(client: FlaskClient, province: SmallProvince, code: str) -> None:
    poster = province.urls["yen-son"].removeprefix("/s/")
    assert client.get(f"/k/{code}").status_code == 200
    addresses = (f"/s/{code}", f"/d/{code}", f"/k/{poster}", f"/k/{poster}/form", f"/k/{poster}/app.webmanifest", "/k/nowhere", "/k/%00")
    assert {client.get(address).status_code for address in addresses} == {404}
    assert client.post(f"/s/{code}", data=given(province)).status_code == 404
    assert send(client, poster, given(province)) == 404


def test_a_desk_has_one_address_of_each_kind_and_each_is_taken_back_by_itself(
    client: FlaskClient, session: Session, province: SmallProvince, code: str
) -> None:
    desk = province.desk_ids["yen-son"]
    newer = issue_desk_code(session, desk, today=today(), kind="kiosk")
    screen = issue_desk_code(session, desk, today=today(), kind="display")
    assert [client.get(address).status_code for address in (f"/k/{code}", f"/k/{newer}", province.urls["yen-son"])] == [410, 200, 200]
    revoke_desk_codes(session, desk, today=today(), kind="kiosk")
    assert send(client, newer, given(province)) == 409
    assert [client.get(address).status_code for address in (f"/k/{newer}", f"/d/{screen}", province.urls["yen-son"])] == [410, 200, 200]
    in_use = select(DeskCode.kind).where(DeskCode.desk_id == desk, DeskCode.revoked_on.is_(None))
    assert sorted(session.scalars(in_use)) == sorted({*KINDS} - {"kiosk"})


def test_the_page_brings_all_questions_in_both_languages_and_every_variant(client: FlaskClient, province: SmallProvince, code: str) -> None:
    answer = client.get(f"/k/{code}")
    for criterion in province.questionnaire.criteria:
        assert all(answer.text.count(f"{text}</p>") >= 1 for text in (criterion.text["vi"], criterion.text["en"].replace("'", "&#39;")))
    (forms,) = re.findall(r'data-forms="([^"]+)"', answer.text)
    assert [tuple(form.split()) for form in forms.split("|")] == list(province.questionnaire.short_forms)
    assert "No opinion" in answer.text
    assert "Không có ý kiến" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    assert not re.search(r"<(input|textarea|select|form)\b", answer.text)  # nothing that a browser could fill in by itself


def test_without_a_wave_the_kiosk_says_so(client: FlaskClient, session: Session, province: SmallProvince, code: str) -> None:
    close_wave(session, "2026-Q4", today=today())
    answer = client.get(f"/k/{code}")
    assert answer.status_code == 200
    assert "Hiện không có đợt khảo sát" in answer.text
    assert "data-forms" not in answer.text


def test_a_tablet_without_script_has_the_plain_form(client: FlaskClient, session: Session, province: SmallProvince, code: str) -> None:
    start = client.get(f"/k/{code}").text
    (address,) = re.findall(r'<a class="go" href="([^"]+)"', start)
    form = client.get(address)
    assert form.headers["Cache-Control"] == "no-store"
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form.text))
    thanks = client.post(address, data=fields | dict.fromkeys(re.findall(r'id="([A-E]\d|G1)-5"', form.text), "5"))
    assert thanks.status_code == 200
    assert [response.mode for response in stored(session)] == ["kiosk"]


def test_the_manifest_opens_the_kiosk_in_full_screen(client: FlaskClient, province: SmallProvince, code: str) -> None:
    answer = client.get(f"/k/{code}/app.webmanifest")
    content = answer.get_json(force=True)
    assert answer.mimetype == "application/manifest+json"
    assert (content["display"], content["start_url"], content["scope"]) == ("fullscreen", f"/k/{code}", f"/k/{code}")
    for icon in content["icons"]:
        with client.get(icon["src"]) as image:
            assert image.mimetype == "image/png"
    assert "manifest-src 'self'" in answer.headers["Content-Security-Policy"]
    with client.get("/k/worker.js") as worker:
        assert (worker.status_code, worker.mimetype) == (200, "text/javascript")


@pytest.mark.parametrize(("mode", "after_a_day", "after_two"), [("open_qr", 12, 13), ("kiosk", 0, 13)])
def test_a_late_form_of_a_kiosk_never_moves_a_number_that_was_already_shown(
    session: Session, province: SmallProvince, mode: str, after_a_day: int, after_two: int
) -> None:
    """Twelve people on Monday; on Tuesday a thirteenth form of Monday arrives. Only kiosks have such forms, and they wait for them."""
    monday = date(2026, 10, 5)

    def shown(on: date) -> int:
        refresh_scores(session, today=on)
        score = session.get(Score, (province.wave.id, mode, "all", LIVE, province.agency_ids["yen-son"]), populate_existing=True)
        return 0 if score is None else int(overall(score.estimates)["respondents"])

    for _ in range(12):
        province.answer(session, {"A1": 5}, day=monday, mode=mode)
    assert shown(monday + DAY) == after_a_day
    province.answer(session, {"A1": 1}, day=monday, mode=mode)
    assert shown(monday + 2 * DAY) == after_two
