"""Comments that want an answer: who reads them, who answers, what is kept of it, and what nobody sees."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from survey.domain.feedback_case import ANSWERED, LONGEST_ANSWER, WITHDRAWN, WORKING, week_of
from survey.models import Agency, AgencySuccession, CaseContact, FeedbackCase
from survey.queries.audit_log import list_entries
from survey.settings import today
from tests.support.cases import give_case
from tests.support.scored_province import Cell, give_score, log_in, words
from tests.support.small_province import SmallProvince

one_system = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)
PATH = "/agencies/yen-son/cases"
ANSWER = "Chúng tôi đã bố trí thêm mười ghế từ ngày 20 tháng 11. Cảm ơn Ông/Bà."
THANKS = "Cảm ơn Ông/Bà."


@pytest.fixture
def case_id(session: Session, province: SmallProvince) -> UUID:
    return give_case(session, province.agency_ids["yen-son"], "Phòng chờ thiếu ghế", weeks_ago=3)


@pytest.fixture
def head(app: Flask, case_id: UUID) -> FlaskClient:
    return log_in(app, role="agency_head", agency="yen-son")


def test_what_waits_longest_stands_first_and_what_is_answered_last(head: FlaskClient, session: Session, province: SmallProvince) -> None:
    own = province.agency_ids["yen-son"]
    give_case(session, own, "Bảng hướng dẫn khó đọc", weeks_ago=1, state=WORKING)
    give_case(session, own, "Nên mở cửa sớm hơn", weeks_ago=9, state=ANSWERED, answer=THANKS)
    page = words(head.get(PATH))
    assert "2 góp ý đang chờ trả lời" in page
    assert "đã chờ 3 tuần" in page
    order = [page.index(text) for text in ("Phòng chờ thiếu ghế", "Bảng hướng dẫn khó đọc", "Nên mở cửa sớm hơn", THANKS)]
    assert order == sorted(order)
    answered = words(head.get(f"{PATH}?state=answered"))
    assert "Nên mở cửa sớm hơn" in answered
    assert "Phòng chờ thiếu ghế" not in answered


@pytest.mark.parametrize("state", ["withdrawn", "%F0%9F%98%80"])
def test_a_state_that_there_is_not_shows_none(head: FlaskClient, state: str) -> None:
    page = head.get(f"{PATH}?state={state}")
    assert page.status_code == 200
    assert "Phòng chờ thiếu ghế" not in words(page)
    assert "Không có góp ý nào ở tình trạng này." in words(page)


def test_an_answer_is_kept_with_its_day_and_mended_without_another(head: FlaskClient, session: Session, case_id: UUID) -> None:
    answer = _answer(head, case_id, answer=f"  {ANSWER}\r\nKính chào.  ")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PATH}#c-{case_id}")
    page = words(head.get(PATH))
    assert ANSWER in page
    assert "0 góp ý đang chờ trả lời" in page
    kept = _kept(session, case_id)
    assert (kept.state, kept.answer, kept.answered_on) == (ANSWERED, f"{ANSWER}\nKính chào.", today())
    session.execute(update(FeedbackCase).values(answered_on=today() - timedelta(days=20)))
    session.commit()
    assert _answer(head, case_id, answer="Đã thay ghế.").status_code == 303
    kept = _kept(session, case_id)
    assert (kept.answer, kept.answered_on) == ("Đã thay ghế.", today() - timedelta(days=20))


def test_the_audit_log_tells_each_change_without_anybodys_words(head: FlaskClient, session: Session, case_id: UUID) -> None:
    for form in ({"state": WORKING}, {"answer": ANSWER}, {"answer": ANSWER}, {"answer": THANKS}):
        assert _answer(head, case_id, **form).status_code == 303
    session.rollback()
    entries = [entry for entry in list_entries(session) if entry.subject == f"case {case_id}"]
    assert [entry.action for entry in reversed(entries)] == ["case_state", "case_answered", "case_answered"]  # sent twice, changed once
    told = "".join(f"{entry.before}{entry.after}" for entry in entries)
    assert "ghế" not in told
    assert "Cảm ơn" not in told
    assert entries[0].before == entries[1].after != entries[0].after


def test_what_nobody_may_read_yet_or_has_been_withdrawn_is_neither_shown_nor_answered(
    head: FlaskClient, session: Session, province: SmallProvince
) -> None:
    own = province.agency_ids["yen-son"]
    early = give_case(session, own, "Vừa mới viết", weeks_ago=0, readable=False)
    gone = give_case(session, own, "", state=WITHDRAWN)
    page = words(head.get(PATH))
    assert "Vừa mới viết" not in page
    assert "1 góp ý đang chờ trả lời" in page
    assert "1 góp ý đã được rút hoặc đã quá hạn lưu" in page
    assert _answer(head, early, answer=ANSWER).status_code == 404
    refused = _answer(head, gone, answer=ANSWER)
    assert refused.status_code == 409
    assert "vừa được người dân rút" in words(refused)
    assert ANSWER in words(refused)  # what was typed is not lost
    assert {case.answer for case in session.scalars(select(FeedbackCase).execution_options(populate_existing=True))} == {""}


@one_system
def test_an_answer_that_cannot_be_kept_is_given_back_whole(head: FlaskClient, session: Session, case_id: UUID) -> None:
    long = "ghế " * LONGEST_ANSWER
    refused = _answer(head, case_id, answer=long)
    assert refused.status_code == 422
    assert "Câu trả lời quá dài: nhiều nhất 2.000 ký tự" in words(refused)
    assert long.strip() in refused.text
    assert "Câu trả lời còn trống" in words(_answer(head, case_id, answer=" \x00 "))
    assert _answer(head, case_id, state="deleted").status_code == 422
    assert _answer(head, case_id, state=WITHDRAWN).status_code == 422
    assert _kept(session, case_id).state == "waiting"


@one_system
def test_an_answer_is_not_taken_back(head: FlaskClient, session: Session, case_id: UUID) -> None:
    _answer(head, case_id, answer=ANSWER)
    refused = _answer(head, case_id, state=WORKING)
    assert (refused.status_code, _kept(session, case_id).answer) == (409, ANSWER)
    assert "không rút lại được" in words(refused)


def test_a_case_of_another_agency_is_not_answered_under_ones_own_address(app: Flask, case_id: UUID, session: Session) -> None:
    other = log_in(app, role="agency_head", agency="my-lam")
    assert "Phòng chờ thiếu ghế" not in words(other.get("/agencies/my-lam/cases"))
    assert _answer(other, case_id, path="/agencies/my-lam/cases", answer=ANSWER).status_code == 404
    assert _answer(other, uuid4(), path="/agencies/my-lam/cases", answer=ANSWER).status_code == 404
    assert _kept(session, case_id).answer == ""


def test_who_followed_an_ended_agency_answers_its_cases_and_nobody_before_it_ends(
    head: FlaskClient, session: Session, province: SmallProvince
) -> None:
    before, after = province.agency_ids["my-lam"], province.agency_ids["yen-son"]
    left = give_case(session, before, "Chờ quá lâu")
    session.add(AgencySuccession(predecessor_id=before, successor_id=after, succeeded_on=today()))
    session.execute(update(Agency).where(Agency.id == before).values(valid_to=today()))
    session.commit()
    assert "Chờ quá lâu" not in words(head.get(PATH))
    session.execute(update(Agency).where(Agency.id == before).values(valid_to=today() - timedelta(days=1)))
    session.commit()
    assert "UBND phường Mỹ Lâm · chưa xử lý" in words(head.get(PATH))
    assert '"/agencies/my-lam/cases"' not in head.get(PATH).text  # whose page is not its successor's to see
    assert _answer(head, left, answer=ANSWER).status_code == 303
    assert _kept(session, left).answer == ANSWER


def test_who_will_follow_one_that_lives_reads_nothing_of_those_before_it(
    app: Flask, head: FlaskClient, session: Session, province: SmallProvince
) -> None:
    lives, ended = province.agency_ids["yen-son"], province.agency_ids["my-lam"]
    give_case(session, ended, "Chờ quá lâu")
    later = Agency(code="moi", kind="commune", parent_id=province.agency_ids["tinh"], name_vi="UBND xã Mới", name_en="New Commune",
                   valid_from=today() + timedelta(days=9))  # fmt: skip
    session.add(later)
    session.flush()
    session.add(AgencySuccession(predecessor_id=ended, successor_id=lives, succeeded_on=today()))
    session.add(AgencySuccession(predecessor_id=lives, successor_id=later.id, succeeded_on=today() + timedelta(days=9)))
    session.execute(update(Agency).where(Agency.id == ended).values(valid_to=today() - timedelta(days=1)))
    session.commit()
    assert "Chờ quá lâu" in words(head.get(PATH))
    assert "Chờ quá lâu" not in words(log_in(app, role="agency_head", agency="moi").get("/agencies/moi/cases"))


def test_the_department_reads_all_and_sees_who_lets_people_wait(
    app: Flask, case_id: UUID, session: Session, province: SmallProvince
) -> None:
    give_case(session, province.agency_ids["my-lam"], "Chờ quá lâu", weeks_ago=6)
    give_case(session, province.agency_ids["my-lam"], "Đông người", state=ANSWERED, answer=THANKS, contact="x", secret="x")
    staff = log_in(app, role="department")
    page = words(staff.get("/department/cases"))
    assert "Phòng chờ thiếu ghế" in page
    table = page[page.index("Theo cơ quan") :]
    since = (week_of(today()) - timedelta(weeks=6)).strftime("%d/%m/%Y")
    assert f"UBND phường Mỹ Lâm 1 0 1 từ tuần {since}" in table
    assert table.index("UBND phường Mỹ Lâm") < table.index("UBND xã Yên Sơn")
    assert "Gửi câu trả lời" not in page
    assert "thủ trưởng cơ quan có thể mở xem" in page
    assert "Xem cách liên hệ" not in page
    assert 'href="/department/cases" aria-current="page"' in staff.get("/department/cases").text


def test_a_contact_is_opened_by_the_head_alone_and_the_log_tells_it(
    app: Flask, head: FlaskClient, session: Session, province: SmallProvince
) -> None:
    secret = app.config["SETTINGS"].secret_key
    reachable = give_case(session, province.agency_ids["yen-son"], "Xin gọi lại", contact="0900 000 123", secret=secret)
    assert "0900 000 123" not in head.get(PATH).text
    opened = _post(head, f"{PATH}/{reachable}/contact")
    assert opened.status_code == 200
    assert "Cách liên hệ: 0900 000 123" in words(opened)
    assert opened.headers["Cache-Control"] == "no-store"
    session.rollback()
    (entry,) = (entry for entry in list_entries(session) if entry.subject == f"case {reachable}")
    assert (entry.who, entry.action) == ("agency_head-yen-son-vi@example.vn", "case_contact_read")
    assert (entry.before, entry.after) == (None, None)
    viewer = log_in(app, role="agency_viewer", agency="yen-son")
    assert viewer.post(f"{PATH}/{reachable}/contact", data={"csrf_token": _token(viewer, "/account")}).status_code == 403


@one_system
def test_a_contact_that_is_gone_or_under_another_seal_is_told_in_words(
    head: FlaskClient, session: Session, province: SmallProvince, case_id: UUID
) -> None:
    sealed = give_case(session, province.agency_ids["yen-son"], "Xin gọi lại", contact="0900 000 123", secret="an earlier one")
    refused = _post(head, f"{PATH}/{sealed}/contact")
    assert (refused.status_code, "bằng khóa bí mật cũ" in words(refused)) == (409, True)
    refused = _post(head, f"{PATH}/{case_id}/contact")
    assert (refused.status_code, "không còn nữa" in words(refused)) == (409, True)
    session.rollback()
    assert "case_contact_read" not in {entry.action for entry in list_entries(session)}
    assert session.scalars(select(CaseContact.case_id)).all() == [sealed]


@one_system
def test_the_first_screen_and_the_navigation_tell_the_head_that_people_wait(
    app: Flask, head: FlaskClient, session: Session, province: SmallProvince
) -> None:
    give_score(session, province.questionnaire, province.wave, province.agency_ids["yen-son"], Cell(100))
    page = head.get("/agencies/yen-son")
    assert f'<a href="{PATH}">1 góp ý đang chờ trả lời</a>' in page.text
    assert "Góp ý cần trả lời (1)" in words(page)
    assert "đang chờ trả lời" not in words(log_in(app, role="agency_viewer", agency="yen-son").get("/agencies/yen-son"))


@one_system
def test_an_empty_page_says_when_something_will_stand_there(app: Flask, province: SmallProvince) -> None:
    page = words(log_in(app, role="agency_head", agency="yen-son").get(PATH))
    assert "Chưa có góp ý nào cần trả lời." in page
    assert "được chuyển đến đây vào thứ Hai" in page


@one_system
def test_cases_of_the_demo_say_that_they_are_simulated(head: FlaskClient, session: Session, province: SmallProvince) -> None:
    assert "Dữ liệu mô phỏng" not in words(head.get(PATH))
    province.wave.simulated = True
    session.commit()
    assert "Dữ liệu mô phỏng" in words(head.get(PATH))


@one_system
def test_what_is_ready_is_handed_over_when_somebody_looks(head: FlaskClient, session: Session, province: SmallProvince) -> None:
    written = week_of(today()) - timedelta(weeks=2)
    give_case(session, province.agency_ids["yen-son"], "Đã đủ năm phiếu", weeks_ago=2, readable=False)
    assert "Đã đủ năm phiếu" not in words(head.get(PATH))
    for _ in range(5):
        province.answer(session, {"A1": 4}, day=written)
    assert "Đã đủ năm phiếu" in words(head.get(PATH))


@one_system
def test_many_cases_come_in_pages(head: FlaskClient, session: Session, province: SmallProvince) -> None:
    for number in range(25):
        give_case(session, province.agency_ids["yen-son"], f"Góp ý số {number}", state=WORKING)
    first, last = (words(head.get(f"{PATH}?state=working&page={page}")) for page in (1, 999))
    assert "trang 1/2" in first
    assert sum(f"Góp ý số {number} " in first for number in range(25)) == 20
    assert sum(f"Góp ý số {number} " in last for number in range(25)) == 5


def _answer(client: FlaskClient, case_id: UUID, *, path: str = PATH, state: str = ANSWERED, answer: str = "") -> Any:
    return _post(client, f"{path}/{case_id}", state=state, answer=answer)


def _post(client: FlaskClient, path: str, **fields: str) -> Any:
    return client.post(path, data=fields | {"csrf_token": _token(client, "/account")})


def _token(client: FlaskClient, path: str) -> str:
    return client.get(path).text.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]


def _kept(session: Session, case_id: UUID) -> FeedbackCase:
    session.rollback()
    return session.get_one(FeedbackCase, case_id, populate_existing=True)
