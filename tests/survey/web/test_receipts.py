"""A citizen with a receipt code: reads what became of the comment, leaves or takes back a contact, withdraws the comment."""

from __future__ import annotations

import logging
import re
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from survey.domain.feedback_case import ANSWERED, WITHDRAWN, WORKING, week_of
from survey.domain.receipt_code import receipt_code
from survey.domain.slip_code import in_groups
from survey.i18n import LANGUAGES
from survey.models import Agency, AgencySuccession, AuditEntry, CaseContact, FeedbackCase
from survey.sealing import unseal
from survey.settings import today
from tests.support.cases import give_case
from tests.support.receipts import give_receipt
from tests.support.small_province import SmallProvince

WORDS = "Quầy đóng cửa lúc ba giờ chiều <b>& 'tôi'</b>"
MISTYPED = "Mã gõ chưa đúng"


@pytest.fixture
def secret(app: Flask) -> str:
    return str(app.config["SETTINGS"].secret_key)


@pytest.fixture
def case_id(session: Session, province: SmallProvince) -> UUID:
    return give_case(session, province.agency_ids["yen-son"], WORDS)


@pytest.fixture
def code(session: Session, case_id: UUID, secret: str) -> str:
    return give_receipt(session, case_id, secret)


def post(client: FlaskClient, code: str, do: str = "show", *, lang: str = "vi", **fields: str) -> TestResponse:
    return client.post(f"/r?lang={lang}", data={"code": code, "do": do, **fields})


def change(session: Session, case_id: UUID, **values: object) -> None:
    case = session.get_one(FeedbackCase, case_id)
    for name, value in values.items():
        setattr(case, name, value)
    session.commit()


def contact(session: Session, secret: str) -> str | None:
    session.rollback()
    sealed = session.scalar(select(CaseContact.sealed))
    return sealed and unseal(sealed, secret)


def test_the_page_asks_for_the_code_and_shows_the_case_as_it_is_typed(client: FlaskClient, code: str) -> None:
    assert 'action="/r?lang=vi"' in client.get("/r").text
    for typed in (code, in_groups(code), f" {in_groups(code).replace('-', ' ')} "):
        page = client.post("/r", data={"code": typed})
        assert page.status_code == 200
        assert "Góp ý của Ông/Bà gửi UBND xã Yên Sơn" in page.text
        assert "Quầy đóng cửa lúc ba giờ chiều &lt;b&gt;&amp; &#39;tôi&#39;&lt;/b&gt;" in page.text


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"readable": False}, "Góp ý đang chờ cơ quan đọc."),
        ({}, "Cơ quan đã nhận được góp ý."),
        ({"state": WORKING}, "Cơ quan đang xử lý."),
        ({"state": ANSWERED, "answer": "Từ mai mở đến 17 giờ", "answered_on": date(2026, 11, 20)}, "Cơ quan đã trả lời ngày 20/11/2026."),
        ({"state": WITHDRAWN, "text": ""}, "Ông/Bà đã rút góp ý này."),
    ],
    ids=["unread", "waiting", "working", "answered", "withdrawn"],
)
def test_each_state_is_told_in_words(
    client: FlaskClient, session: Session, case_id: UUID, code: str, values: dict[str, object], words: str
) -> None:
    change(session, case_id, **values)
    page = post(client, code).text
    assert words in page
    assert str(values.get("answer", "")) in page


def test_an_unread_case_tells_from_which_monday_it_may_be_read(client: FlaskClient, session: Session, case_id: UUID, code: str) -> None:
    change(session, case_id, readable=False, week_on=week_of(date(2026, 11, 25)))
    page = post(client, code).text
    assert "sớm nhất từ thứ Hai, ngày 30/11/2026" in page
    assert "ít nhất năm phiếu" in page


def test_words_that_were_forgotten_in_time_are_told_as_such(client: FlaskClient, session: Session, case_id: UUID, code: str) -> None:
    change(session, case_id, state=ANSWERED, text="", answer="", answered_on=today() - timedelta(days=365))
    page = post(client, code).text
    assert "đã được xóa 365 ngày sau khi có trả lời" in page
    assert 'name="contact"' not in page


def test_an_agency_that_has_ended_is_named_with_who_came_after(
    client: FlaskClient, session: Session, province: SmallProvince, code: str
) -> None:
    ids = province.agency_ids
    assert "đã kết thúc hoạt động" not in post(client, code).text
    between = Agency(code="giua", kind="commune", parent_id=ids["tinh"], name_vi="UBND xã Giữa", name_en="Between",
                     valid_from=date(2025, 7, 1), valid_to=date(2026, 1, 31))  # fmt: skip
    session.add(between)
    session.get_one(Agency, ids["yen-son"]).valid_to = date(2025, 12, 31)
    session.flush()
    session.add(AgencySuccession(predecessor_id=ids["yen-son"], successor_id=between.id, succeeded_on=date(2026, 1, 1)))
    session.add(AgencySuccession(predecessor_id=between.id, successor_id=ids["my-lam"], succeeded_on=date(2026, 2, 1)))
    session.commit()
    assert "UBND xã Yên Sơn đã kết thúc hoạt động. Cơ quan kế tục hiện nay: UBND phường Mỹ Lâm." in post(client, code).text
    assert "Mỹ Lâm Ward" in post(client, code, lang="en").text


def test_an_unread_case_of_an_ended_agency_does_not_promise_that_somebody_will_read_it(
    client: FlaskClient, session: Session, province: SmallProvince, case_id: UUID, code: str
) -> None:
    ids = province.agency_ids
    change(session, case_id, readable=False)
    session.add(AgencySuccession(predecessor_id=ids["yen-son"], successor_id=ids["my-lam"], succeeded_on=today()))
    session.get_one(Agency, ids["yen-son"]).valid_to = today() - timedelta(days=1)
    session.commit()
    page = post(client, code).text
    assert "sẽ không ai đọc góp ý này" in page
    assert "Cơ quan đọc được góp ý sớm nhất" not in page
    change(session, case_id, readable=True)
    assert "sẽ không ai đọc" not in post(client, code).text


# --- typing ---


def test_a_typing_mistake_is_told_at_once_and_what_was_typed_is_kept(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr("survey.web.receipts.find_receipt", refuse)
    code = in_groups(receipt_code(uuid4()))
    wrong = code[:-1] + str((int(code[-1]) + 1) % 10)
    for typed, words in {wrong: MISTYPED, code[:-1]: "đã gõ 15", f"{code}7": "đã gõ 17", "<script>": "Ông/Bà đã gõ"}.items():
        page = client.post("/r", data={"code": typed})
        assert page.status_code == 422
        assert words in page.text
        assert f'value="{typed.replace("<", "&lt;").replace(">", "&gt;")}"' in page.text


def test_an_unknown_code_may_still_wait_on_the_phone_that_sent_it(client: FlaskClient, code: str) -> None:
    other = receipt_code(uuid4())
    for step in ("show", "contact", "forget", "withdraw", "erase"):
        page = post(client, other, step, contact="0912345678")
        assert page.status_code == 404
        assert "phiếu vẫn đang chờ trên chính chiếc điện thoại đó" in page.text
        assert f'value="{other}"' in page.text


def test_a_form_without_a_code_asks_for_one(client: FlaskClient) -> None:
    page = client.post("/r", data={"do": "erase"})
    assert page.status_code == 200
    assert 'role="alert"' not in page.text


@pytest.mark.parametrize("typed", ["\x00", "9" * 5000, "ữ", "\U0001f600", "٠" * 16, "{{7*7}}", "<script>", "' OR 1=1", "-", " "])
def test_nothing_that_can_be_typed_makes_a_server_error(client: FlaskClient, code: str, typed: str) -> None:
    for fields in ({"code": typed}, {"code": code, "do": typed}, {"code": code, "do": "contact", "contact": typed}):
        page = client.post("/r", data=fields)
        assert page.status_code in {200, 422}
        assert "<script>" not in page.text


# --- the contact ---


def test_a_contact_is_left_replaced_and_erased_and_never_shown(client: FlaskClient, session: Session, code: str, secret: str) -> None:
    for typed, kept in {"0912 345 678": "0912 345 678", "lan@example.vn": "lan@example.vn"}.items():
        page = post(client, code, "contact", contact=typed)
        assert (page.status_code, contact(session, secret)) == (200, kept)
        assert "đã được lưu" in page.text
        assert kept not in page.text
    page = post(client, code, "forget")
    assert contact(session, secret) is None
    assert "đã được xóa" in page.text
    assert 'value="forget"' not in page.text


def test_what_is_no_contact_is_told_and_kept_in_its_field(client: FlaskClient, session: Session, code: str, secret: str) -> None:
    page = post(client, code, "contact", contact="Chị Lan <0912>")
    assert (page.status_code, contact(session, secret)) == (422, None)
    assert "Đây chưa giống số điện thoại" in page.text
    assert 'value="Chị Lan &lt;0912&gt;"' in page.text


def test_a_contact_that_comes_too_late_is_not_kept_and_the_page_says_so(
    client: FlaskClient, session: Session, case_id: UUID, code: str, secret: str
) -> None:
    change(session, case_id, state=ANSWERED, answer="Đã sửa", answered_on=today() - timedelta(days=31))
    page = post(client, code, "contact", contact="0912345678")
    assert (page.status_code, contact(session, secret)) == (422, None)
    assert "chưa được lưu" in page.text


# --- withdrawing ---


def test_withdrawing_asks_first_then_erases_and_again_is_fine(client: FlaskClient, session: Session, case_id: UUID, code: str) -> None:
    post(client, code, "contact", contact="0912345678")
    asked = post(client, code, "withdraw").text
    assert "Đã rút thì không lấy lại được." in asked
    session.rollback()
    assert session.get_one(FeedbackCase, case_id, populate_existing=True).text == WORDS
    for _ in range(2):
        page = post(client, code, "erase")
        assert page.status_code == 200
        assert "đã được rút và xóa" in page.text
        assert "Quầy đóng cửa" not in page.text
    session.rollback()
    case = session.get_one(FeedbackCase, case_id, populate_existing=True)
    assert (case.state, case.text, session.scalars(select(CaseContact)).all()) == (WITHDRAWN, "", [])
    assert "Ông/Bà đã rút góp ý này." in post(client, code, "withdraw").text


# --- what is left behind ---


def test_the_code_travels_in_bodies_alone_and_no_page_is_kept(client: FlaskClient, case_id: UUID, code: str) -> None:
    pages = [client.get("/r"), client.post("/r", data={"code": "1"}), post(client, receipt_code(uuid4()))]
    pages += [
        post(client, code, step, contact="x@y.vn", lang=lang) for step in ("show", "contact", "withdraw", "forget") for lang in LANGUAGES
    ]
    for page in pages:
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert "Set-Cookie" not in page.headers
        assert "Location" not in page.headers
        assert set(re.findall(r'(?:href|action|formaction)="([^"]*)"', page.text)) <= {"data:,", "/r?lang=vi", "/r?lang=en"}
        title = page.text.partition("<title>")[2].partition("</title>")[0]
        assert not re.search(r"\d", title)
        assert "<script" not in page.text
    assert code not in client.get("/r", query_string={"code": code}).text


def test_another_language_is_a_button_that_keeps_the_code_and_what_was_typed(client: FlaskClient, code: str) -> None:
    for page in (post(client, code), post(client, code, "withdraw"), client.post("/r", data={"code": code[:-1]})):
        assert 'formaction="/r?lang=en"' in page.text
        assert f'name="code" value="{code[:-1]}' in page.text
    assert "Withdraw your comment?" in post(client, code, "withdraw", lang="en").text


def test_neither_log_nor_audit_log_knows_of_it(client: FlaskClient, session: Session, code: str, caplog: pytest.LogCaptureFixture) -> None:
    before = session.scalars(select(AuditEntry.number)).all()
    with caplog.at_level(logging.DEBUG):
        for step in ("show", "contact", "forget", "withdraw", "erase"):
            post(client, code, step, contact="0912345678")
    assert [record.name for record in caplog.records if not record.name.startswith("sqlalchemy")] == []
    session.rollback()
    assert session.scalars(select(AuditEntry.number)).all() == before


def test_a_fault_sends_the_code_back_on_the_page_and_nowhere_else(
    client: FlaskClient, code: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(code)

    client.application.testing = False
    monkeypatch.setattr("survey.web.receipts.find_receipt", fail)
    page = post(client, code)
    assert page.status_code == 500
    assert f'name="code" value="{code}"' in page.text
    assert "Hiện chưa mở được góp ý." in page.text
    assert code not in caplog.text
    assert page.headers["Cache-Control"] == "no-store"


def test_a_fault_after_a_step_does_not_claim_that_nothing_was_done(
    client: FlaskClient, session: Session, case_id: UUID, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    client.application.testing = False
    with monkeypatch.context() as patched:
        patched.setattr("survey.web.receipts._show", fail)
        page = post(client, code, "erase")
    assert page.status_code == 500
    session.rollback()
    assert session.get_one(FeedbackCase, case_id, populate_existing=True).state == WITHDRAWN  # it was done
    assert "Chưa có gì thay đổi" not in page.text
    assert "làm lại cũng không sao" in page.text
    assert 'name="do" value="erase"' in page.text
    assert "đã được rút và xóa" in post(client, code, "erase").text


def test_pages_for_other_codes_lead_here_and_so_does_the_one_on_privacy(client: FlaskClient) -> None:
    for path in ("/p", "/p/0000000000000000", "/privacy"):
        assert 'href="/r?lang=vi"' in client.get(path).text


def test_the_page_is_light(client: FlaskClient, session: Session, province: SmallProvince, secret: str) -> None:
    longest = give_case(session, province.agency_ids["yen-son"], "ự ễ " * 500, state=ANSWERED, answer="ặ ộ " * 500)
    code = give_receipt(session, longest, secret)
    page = client.post("/r", data={"code": code}, headers={"Accept-Encoding": "gzip"})
    assert page.headers["Content-Encoding"] == "gzip"
    assert len(page.data) < 14_000
