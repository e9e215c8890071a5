from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from survey.models import Response
from survey.services.change_wave import close_wave
from survey.services.issue_desk_code import revoke_desk_code
from survey.services.recount_tallies import recount_tallies
from survey.settings import today
from tests.support.small_province import SmallProvince

THANKS = "Đánh giá đã được ghi nhận"
FIELDS = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
RATED = re.compile(r'type="radio" name="([A-G]\d)" id="\1-5"')


@pytest.fixture
def url(province: SmallProvince) -> str:
    return province.urls["yen-son"]


def count(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Response)) or 0


def filled(client: FlaskClient, url: str, rating: str = "4") -> dict[str, str]:
    """The fields of a freshly opened form with every shown criterion rated."""
    html = client.get(url).text
    return dict(FIELDS.findall(html)) | dict.fromkeys(RATED.findall(html), rating)


def test_the_short_form_asks_one_criterion_of_each_dimension_and_the_general_question(client: FlaskClient, url: str) -> None:
    asked = RATED.findall(client.get(url).text)
    assert [code[0] for code in asked] == list("ABCDEG")


def test_every_criterion_of_a_dimension_is_asked_equally_often(client: FlaskClient, url: str) -> None:
    asked = Counter(code for _ in range(600) for code in RATED.findall(client.get(url).text))
    expected = {"A": 150, "B": 120, "C": 100, "D": 150, "E": 150}
    assert set(asked) == {*(f"{d}{i}" for d, size in zip("ABCDE", (4, 5, 6, 4, 4), strict=True) for i in range(1, size + 1)), "G1"}
    deviations = [(n - expected[code[0]]) ** 2 / expected[code[0]] for code, n in asked.items() if code != "G1"]
    assert sum(deviations) < 60  # chi-squared with 18 degrees of freedom: P < 0.00001


def test_the_full_form_asks_all_and_the_other_questions_but_not_the_ethnic_group(client: FlaskClient, url: str) -> None:
    html = client.get(f"{url}?form=full").text
    assert len(RATED.findall(html)) == 24
    assert 'name="N5"' in html
    assert 'name="T6"' not in html


def test_vietnamese_comes_first_and_english_is_a_link_away(client: FlaskClient, url: str) -> None:
    html = client.get(url).text
    assert '<html lang="vi">' in html
    button = re.search(r'<button form="f" class="link" name="switch" value="en" formaction="([^"]+)"', html)
    assert button is not None
    english = client.get(unescape(button[1])).text
    assert '<html lang="en">' in english
    assert "Very satisfied" in english


def test_a_sent_form_is_stored_and_thanked_for(client: FlaskClient, session: Session, url: str) -> None:
    answer = client.post(url, data=filled(client, url))
    assert (answer.status_code, count(session)) == (200, 1)
    assert THANKS in answer.text
    response = session.scalars(select(Response)).one()
    assert (response.mode, response.language, response.responded_on) == ("open_qr", "vi", today())
    assert response.form.startswith("short-")


def test_the_same_post_twice_shows_the_same_thank_you_and_stores_one(client: FlaskClient, session: Session, url: str) -> None:
    fields = filled(client, url)
    first, second = client.post(url, data=fields), client.post(url, data=fields | {"G1": "1"})
    assert first.data == second.data
    assert count(session) == 1


def test_a_hundred_parallel_equal_posts_leave_one_response_and_are_all_thanked(app: Flask, session: Session, url: str) -> None:
    fields = filled(app.test_client(), url)
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _: app.test_client().post(url, data=fields), range(100)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.data for answer in answers}) == 1
    assert count(session) == 1
    assert recount_tallies(session, repair=False) == []


def test_an_empty_form_is_shown_again_with_what_to_do(client: FlaskClient, session: Session, url: str) -> None:
    answer = client.post(url, data={"response_id": str(uuid4()), "form": "short-1", "A1": "0"})
    assert (answer.status_code, count(session)) == (422, 0)
    assert "đánh giá ít nhất một nội dung" in answer.text


def test_a_failed_form_comes_back_with_everything_filled_in(client: FlaskClient, session: Session, url: str) -> None:
    fields = {"response_id": str(uuid4()), "form": "full", "A1": "6", "B2": "2", "N5": "late", "O1": 'Chờ <b>lâu</b> "quá"'}
    answer = client.post(url, data=fields | {"M": ["M3", "M5"]})
    assert (answer.status_code, count(session)) == (422, 0)
    checked = set(re.findall(r'id="([\w-]+)" value="\w+" checked', answer.text))
    assert checked == {"B2-2", "N5-late", "M-M3", "M-M5"}
    assert 'Chờ <b>lâu</b> "quá"' in unescape(answer.text)
    assert "<b>lâu" not in answer.text
    assert dict(FIELDS.findall(answer.text)) == {"response_id": fields["response_id"], "form": "full", "questionnaire": "sipas-2017"}
    problem = re.search(r'<fieldset id="q-A1" class="rate wrong">.*?class="error">([^<]+)', answer.text, re.DOTALL)
    assert problem is not None


def test_a_mended_form_is_then_accepted(client: FlaskClient, session: Session, url: str) -> None:
    fields = filled(client, url)
    assert client.post(url, data=fields | {"G1": "9"}).status_code == 422
    assert client.post(url, data=fields).status_code == 200
    assert count(session) == 1


def test_a_wrong_id_is_replaced_and_the_answers_stay(client: FlaskClient, session: Session, url: str) -> None:
    answer = client.post(url, data={"response_id": "1; DROP TABLE response", "form": "full", "A1": "5"})
    assert (answer.status_code, count(session)) == (422, 0)
    assert 'id="A1-5" value="5" checked' in answer.text
    mended = dict(FIELDS.findall(answer.text)) | {"A1": "5"}
    assert client.post(url, data=mended).status_code == 200
    assert count(session) == 1


def test_the_full_form_is_one_tap_away_and_keeps_the_answers(client: FlaskClient, session: Session, url: str) -> None:
    fields = filled(client, url)
    full = client.post(url, data=fields | {"full_form": "yes"})
    assert (full.status_code, count(session)) == (200, 0)
    assert len(RATED.findall(full.text)) == 24
    assert len(re.findall(r'-4" value="4" checked', full.text)) == 6
    assert dict(FIELDS.findall(full.text)) == {"response_id": fields["response_id"], "form": "full", "questionnaire": "sipas-2017"}


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_wrong_desk_shows_a_friendly_page(client: FlaskClient, province: SmallProvince, method: str) -> None:
    for code in ("x" * 27, "a", "%00", "ữ" * 40, "..", "yen-son"):
        answer = getattr(client, method)(f"/s/{code}")
        assert answer.status_code == 404
        assert "Địa chỉ này không dẫn đến phiếu nào" in answer.text


def test_a_revoked_desk_shows_a_friendly_page_and_takes_nothing(client: FlaskClient, session: Session, url: str) -> None:
    fields = filled(client, url)
    revoke_desk_code(session, url.removeprefix("/s/"), today=today())
    for answer in (client.get(url), client.post(url, data=fields)):
        assert answer.status_code == 410
        assert "đang treo tại quầy của UBND xã Yên Sơn" in answer.text
    assert count(session) == 0


def test_a_closed_wave_says_so_and_keeps_the_answers_on_the_page(client: FlaskClient, session: Session, url: str) -> None:
    fields = filled(client, url, rating="2")
    close_wave(session, "2026-Q4", today=today())
    answer = client.post(url, data=fields)
    assert (answer.status_code, count(session)) == (422, 0)
    assert "đã kết thúc" in answer.text
    assert len(re.findall(r'-2" value="2" checked', answer.text)) == 6
    assert "Hiện không có đợt khảo sát" in client.get(url).text


def test_a_form_that_arrived_in_time_is_thanked_for_also_when_it_is_sent_again_too_late(
    client: FlaskClient, session: Session, url: str
) -> None:
    fields = filled(client, url)
    thanks = client.post(url, data=fields).data
    close_wave(session, "2026-Q4", today=today())
    assert client.post(url, data=fields).data == thanks
    revoke_desk_code(session, url.removeprefix("/s/"), today=today())
    assert client.post(url, data=fields).data == thanks
    assert count(session) == 1


def test_a_body_of_ten_megabytes_is_refused_kindly(client: FlaskClient, session: Session, url: str) -> None:
    answer = client.post(url, data={"response_id": str(uuid4()), "A1": "5", "O1": "x" * 10_000_000})
    assert (answer.status_code, count(session)) == (413, 0)
    assert "quá lớn" in answer.text


@pytest.mark.parametrize("body", [b"\x00\xff\xfe", b"A1=%00", b"A1=4&" * 2000, b"%%%", "A1=四&response_id=ữ".encode(), b""])
def test_no_body_makes_a_server_error(client: FlaskClient, url: str, body: bytes) -> None:
    for content_type in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json", "?"):
        answer = client.post(url, data=body, content_type=content_type)
        assert answer.status_code < 500
        assert answer.mimetype == "text/html"


def test_a_comment_with_a_nul_byte_is_stored_without_it(client: FlaskClient, session: Session, url: str) -> None:
    assert client.post(url, data=filled(client, url) | {"O1": "Tốt\x00 lắm"}).status_code == 200
    assert session.execute(text("SELECT text FROM comment")).scalar_one() == "Tốt lắm"


def test_citizens_pages_set_no_cookie_and_need_none(client: FlaskClient, url: str) -> None:
    answers = [client.get(url), client.post(url, data=filled(client, url)), client.get("/privacy"), client.get("/s/nowhere")]
    assert not [answer.headers["Set-Cookie"] for answer in answers if "Set-Cookie" in answer.headers]


def test_headers_are_strict_on_every_answer(client: FlaskClient, url: str) -> None:
    for answer in (client.get(url), client.get("/s/nowhere"), client.get("/nowhere"), client.get("/privacy")):
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_short_form_fits_the_first_view(client: FlaskClient, url: str) -> None:
    import gzip

    assert len(gzip.compress(client.get(url).data)) < 12_000


@pytest.fixture
def heard(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


def test_a_database_that_cannot_be_reached_says_what_to_do_and_logs_no_answers(
    app: Flask, client: FlaskClient, session: Session, url: str, heard: pytest.LogCaptureFixture
) -> None:
    fields = filled(client, url) | {"O1": "Bà Nguyễn Thị Mận 0912345678"}
    session.execute(text("ALTER TABLE tally RENAME TO tally_away"))
    session.commit()
    answer = client.post(url, data=fields)
    assert answer.status_code == 503
    assert "vẫn còn trên trang này" in answer.text
    ours = [record.getMessage() for record in heard.records if not record.name.startswith("sqlalchemy")]
    assert "0912345678" not in "".join(ours)
    session.execute(text("ALTER TABLE tally_away RENAME TO tally"))
    session.commit()
    assert count(session) == 0
    assert client.post(url, data=fields).status_code == 200


def test_alive_ready_and_metrics(client: FlaskClient, session: Session, province: SmallProvince) -> None:
    assert client.get("/healthz").json == {"status": "alive"}
    assert client.get("/readyz").json == {"status": "ready"}
    assert count(session) == 0  # what was tried has been taken back
    assert client.get("/metrics").status_code == 200
