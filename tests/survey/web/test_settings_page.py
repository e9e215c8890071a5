"""The province's settings: what may be chosen, where it shows, and that nobody can make the platform less safe by them."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from survey.domain.disclosure import BATCH, released_through
from survey.domain.province_settings import CHOICES, DEFAULTS, NAMES
from survey.models import Setting, Tally
from survey.queries import province_settings
from survey.queries.audit_log import list_entries
from survey.queries.province_settings import read_settings
from survey.services.change_setting import change_setting
from survey.services.score_wave import score_wave
from survey.settings import PROJECT
from tests.support.scored_province import log_in, words
from tests.support.small_province import SmallProvince

one_system = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)


@pytest.fixture
def administrator(app: Flask, province: SmallProvince, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setattr(province_settings, "KNOWN_FOR", 0)  # nothing waits for the memory to run out
    return log_in(app, role="administrator")


def save(administrator: FlaskClient, name: str, value: str) -> tuple[int, str]:
    page = administrator.get("/settings").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    answer = administrator.post(f"/settings/{name}", data={"value": value, "csrf_token": token[1]})
    return answer.status_code, words(answer)


def test_a_change_is_stored_logged_with_both_values_and_taken_back_to_the_default(
    app: Flask, administrator: FlaskClient, session: Session
) -> None:
    assert save(administrator, "place", "  Hà   Giang ")[0] == 303
    assert read_settings(session).place == "Hà Giang"
    newest = list_entries(session)[0]
    assert (newest.action, newest.subject, newest.before, newest.after) == (
        "settings_changed", "place", '{"place":"Tuyên Quang"}', '{"place":"Hà Giang"}',
    )  # fmt: skip
    assert save(administrator, "place", "Hà Giang")[0] == 303  # a second time changes nothing and is not logged
    app.config["WTF_CSRF_ENABLED"] = False
    assert administrator.post("/settings/place", data={"value": "x", "default": "1"}).status_code == 303
    session.rollback()
    assert read_settings(session).place == "Tuyên Quang"
    assert session.query(Setting).count() == 0
    assert [entry.action for entry in list_entries(session, limit=3)] == ["settings_changed", "settings_changed", "logged_in"]


@one_system
@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("province_vi", "  ", "Ô này không được để trống."),
        ("place", "x" * 201, "Nhiều nhất 200 ký tự"),
        ("comments_offered", "perhaps", "Xin chọn một trong các giá trị cho sẵn."),
        ("live_step", "0", "Xin chọn một trong các giá trị cho sẵn."),
        ("live_step", "7", "Xin chọn một trong các giá trị cho sẵn."),
        ("live_step", "-5", "Xin chọn một trong các giá trị cho sẵn."),
        ("live_step", "1000", "Xin chọn một trong các giá trị cho sẵn."),
    ],
)
def test_what_is_not_offered_is_refused_beside_its_field_and_changes_nothing(
    administrator: FlaskClient, session: Session, name: str, value: str, told: str
) -> None:
    status, page = save(administrator, name, value)
    assert status == 422
    assert told in page
    assert session.query(Setting).count() == 0


@one_system
def test_a_setting_that_there_is_not_is_not_found(administrator: FlaskClient) -> None:
    assert save(administrator, "index_from", "1")[0] == 404


@one_system
def test_every_setting_is_on_the_page_with_what_it_does_and_its_default(administrator: FlaskClient) -> None:
    page = administrator.get("/settings").get_data(as_text=True)
    for name in NAMES:
        assert f'id="value-{name}"' in page
        assert f'id="about-{name}"' in page
    assert page.count("Mặc định:") == len(NAMES)


@one_system
def test_the_machines_settings_are_told_and_no_secret(app: Flask, administrator: FlaskClient) -> None:
    page = administrator.get("/settings").get_data(as_text=True)
    example = (PROJECT / ".env.example").read_text(encoding="utf-8")
    for name in re.findall(r"^(?:# )?(SIPAS_[A-Z_]+)=", example, re.MULTILINE):
        assert f"<code>{name}</code>" in page
    assert app.config["SECRET_KEY"] not in page


@one_system
def test_only_administrators_see_and_change_them(app: Flask, province: SmallProvince) -> None:
    department = log_in(app, role="department")
    assert department.get("/settings").status_code == 403
    app.config["WTF_CSRF_ENABLED"] = False
    assert department.post("/settings/place", data={"value": "x"}).status_code == 403


# --- where they show ---


@one_system
def test_the_page_on_privacy_names_the_province_and_the_contact(administrator: FlaskClient, client: FlaskClient) -> None:
    assert "Sở Nội vụ tỉnh Tuyên Quang chịu trách nhiệm" in words(client.get("/privacy"))
    assert "Liên hệ:" not in words(client.get("/privacy"))
    save(administrator, "province_vi", "tỉnh <Thử>")
    save(administrator, "province_en", "Test Province")
    save(administrator, "privacy_contact", "0207 3 822 000")
    page = words(client.get("/privacy"))
    assert "Sở Nội vụ tỉnh &lt;Thử&gt; chịu trách nhiệm" in page
    assert "Liên hệ: 0207 3 822 000" in page
    assert "Department of Home Affairs of Test Province" in words(client.get("/privacy?lang=en"))


@one_system
def test_the_field_for_comments_goes_from_new_forms_and_keeps_what_is_typed_on_old_ones(
    administrator: FlaskClient, client: FlaskClient, province: SmallProvince
) -> None:
    url = province.urls["yen-son"]
    before = client.get(url).get_data(as_text=True)
    save(administrator, "comments_offered", "no")
    assert "<textarea" not in client.get(url).get_data(as_text=True)
    field = re.search(r'<textarea id="(\w+)"', before)
    assert field
    again = client.post(url, data={field[1]: "Đang viết dở", "full_form": "1"}).get_data(as_text=True)
    assert "Đang viết dở" in again
    save(administrator, "comments_offered", "yes")
    assert "<textarea" in client.get(url).get_data(as_text=True)


@one_system
def test_citizens_pages_remember_the_settings_for_a_moment(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(province_settings, "monotonic", lambda: clock[0])
    assert province_settings.known_settings(session).comments_offered
    change_setting(session, "comments_offered", False)
    clock[0] += province_settings.KNOWN_FOR - 0.1
    assert province_settings.known_settings(session).comments_offered
    clock[0] += 0.1
    assert not province_settings.known_settings(session).comments_offered


@one_system
def test_the_page_on_privacy_stands_while_the_database_does_not(client: FlaskClient, session: Session) -> None:
    session.execute(text("DROP TABLE setting"))
    session.commit()
    assert "Sở Nội vụ tỉnh Tuyên Quang" in words(client.get("/privacy"))


@one_system
def test_live_numbers_move_in_larger_steps_and_frozen_ones_do_not_ask(session: Session, province: SmallProvince) -> None:
    for day, count in ((date(2026, 1, 5), 6), (date(2026, 1, 6), 6), (date(2026, 1, 7), 6)):
        for _ in range(count):
            province.answer(session, {"A1": 5}, day=day)
    change_setting(session, "live_step", 2 * BATCH)

    def counted(before: date | None) -> int:
        scores = score_wave(session, province.wave, before=before)
        wanted = next(score for score in scores if score.agency_id == province.agency_ids["yen-son"])
        return int(next(row["respondents"] for row in wanted.estimates if row["level"] == "overall"))

    assert session.query(Tally).count() > 0
    assert counted(date(2026, 1, 8)) == 12  # the third step of five waits for the fourth
    assert counted(None) == 18


def test_whatever_step_is_chosen_and_whenever_no_two_states_differ_by_fewer_than_the_smallest_one() -> None:
    days = [(date(2026, 1, day), count) for day, count in enumerate((4, 4, 1, 9, 3, 3, 2, 7, 5, 1, 1, 4, 6, 8), start=1)]
    people = {None: 0} | {day: sum(count for other, count in days if other <= day) for day, _ in days}
    shown = {
        people[released_through(days, before=date(2026, 1, last), batches=step // BATCH)]
        for step in CHOICES["live_step"]
        for last in range(1, 16)
    }
    ordered = sorted(shown)
    assert min(later - earlier for earlier, later in pairwise(ordered)) >= BATCH


def test_no_choice_is_below_the_default() -> None:
    assert {name: min(numbers) for name, numbers in CHOICES.items()} == {name: DEFAULTS[name] for name in CHOICES}
