"""A comment that wants an answer: from the form to its receipt code."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.domain.receipt_code import receipt_code, receipt_digest, receipt_key
from survey.models import Comment, FeedbackCase, Response
from survey.services.change_wave import close_wave
from survey.services.issue_desk_code import revoke_desk_code
from survey.settings import today
from tests.support.small_province import SmallProvince

CODE = re.compile(r'<p class="code">([\d-]+)</p>')


@pytest.fixture
def url(province: SmallProvince) -> str:
    return province.urls["yen-son"]


def asking(**others: str) -> dict[str, str]:
    return {"response_id": str(uuid4()), "form": "full", "A1": "4", "O1": "Xin cho biết lịch làm việc", "wants_answer": "yes"} | others


def cases(session: Session) -> list[str]:
    session.rollback()
    return list(session.scalars(select(FeedbackCase.text)))


def test_the_thank_you_tells_the_receipt_code_and_leads_to_the_page_of_the_comment(client: FlaskClient, session: Session, url: str) -> None:
    sent = asking()
    page = client.post(url, data=sent).text
    code = CODE.findall(page)
    assert re.fullmatch(r"\d{4}-\d{4}-\d{4}-\d{4}", code[0])
    assert f'name="code" value="{code[0]}"' in page
    assert "data-sent" in page
    assert cases(session) == [sent["O1"]]
    assert session.scalar(select(func.count()).select_from(Comment)) == 0


def test_a_thank_you_with_a_receipt_code_is_kept_by_no_browser(client: FlaskClient, url: str) -> None:
    sent = asking()
    for _ in range(2):
        page = client.post(url, data=sent)
        assert CODE.search(page.text)
        assert page.headers["Cache-Control"] == "no-store"


def test_a_comment_may_be_as_long_as_its_field_admits_also_in_many_lines(client: FlaskClient, session: Session, url: str) -> None:
    words = "\n".join(["x" * 99] * 20)  # 1,999 letters for the field; the browser sends each end of a line as two
    assert client.post(url, data=asking(O1=words.replace("\n", "\r\n"))).status_code == 200
    assert cases(session) == [words]


def test_a_lost_reply_comes_again_with_the_same_receipt_code(client: FlaskClient, session: Session, url: str) -> None:
    sent = asking()
    first, second = (CODE.findall(client.post(url, data=sent).text) for _ in range(2))
    assert first == second != []
    assert len(cases(session)) == 1


def test_the_receipt_code_comes_again_when_the_wave_or_the_code_has_ended_meanwhile(
    client: FlaskClient, session: Session, province: SmallProvince, url: str
) -> None:
    sent = asking()
    first = CODE.findall(client.post(url, data=sent).text)
    close_wave(session, province.wave.code, today=today())
    assert CODE.findall(client.post(url, data=sent).text) == first
    revoke_desk_code(session, url.removeprefix("/s/"), today=today())
    assert CODE.findall(client.post(url, data=sent).text) == first


def test_without_the_tick_a_comment_is_a_comment(client: FlaskClient, session: Session, url: str) -> None:
    page = client.post(url, data=asking(wants_answer="")).text
    assert not CODE.search(page)
    assert cases(session) == []
    assert session.scalar(select(func.count()).select_from(Comment)) == 1


def test_a_form_that_was_sent_before_without_the_tick_says_that_nobody_will_answer(client: FlaskClient, session: Session, url: str) -> None:
    sent = asking()
    client.post(url, data=sent | {"wants_answer": "", "O1": ""})
    page = client.post(url, data=sent).text
    assert "chưa được nhận" in page
    assert not CODE.search(page)
    assert cases(session) == []


def test_the_tick_without_words_brings_the_form_back_with_what_to_do(client: FlaskClient, session: Session, url: str) -> None:
    answer = client.post(url, data=asking(O1="  "))
    assert answer.status_code == 422
    assert "Xin Ông/Bà viết điều cần được trả lời" in answer.text
    assert re.search(r'id="wants_answer"[^>]* checked', answer.text)
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Response)) == 0


def test_the_tick_is_kept_when_the_language_changes(client: FlaskClient, url: str) -> None:
    page = client.post(f"{url}?lang=en", data=asking(switch="en")).text
    assert re.search(r'id="wants_answer"[^>]* checked', page)
    assert "I would like an answer" in page


def test_what_is_stored_leads_from_no_response_to_a_receipt_code(client: FlaskClient, session: Session, url: str) -> None:
    for _ in range(6):
        client.post(url, data=asking())
    session.rollback()
    digests = set(session.scalars(select(FeedbackCase.digest)))
    ids = session.scalars(select(Response.id)).all()
    assert len(digests) == len(ids) == 6
    key = receipt_key(client.application.config["SETTINGS"].secret_key)  # even whoever holds it
    assert not {receipt_digest(receipt_code(stored), key) for stored in ids} & digests
