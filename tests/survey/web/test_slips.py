"""A citizen with a slip: it opens the form, counts once, and every other case gets a page that says what happened."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.domain.slip_code import check_digit, in_groups, new_slip_code, slip_digest, slip_key
from survey.models import DeskCode, Model, Response, Slip, SlipBatch
from survey.services.change_wave import close_wave
from survey.services.issue_desk_code import issue_desk_code
from survey.services.print_slips import print_slips
from survey.services.recount_tallies import recount_tallies
from survey.services.withdraw_slips import withdraw_slips
from survey.settings import today
from tests.support.small_province import SmallProvince

THANKS = "Đánh giá đã được ghi nhận"
USED = "Phiếu này đã dùng rồi"
MISTYPED = "Mã gõ chưa đúng"
FIELDS = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
RATED = re.compile(r'type="radio" name="([A-G]\d)" id="\1-5"')


@pytest.fixture
def codes(app: Flask, session: Session, province: SmallProvince) -> list[str]:
    """The numbers on a batch of ten slips for Yên Sơn."""
    paper: list[str] = []
    print_slips(
        session, province.desk_ids["yen-son"], 10, key=slip_key(app.config["SETTINGS"].secret_key), today=today(), printed_by="x",
        draw=lambda _, codes: bytes(len(paper.extend(codes) or b"")),  # type: ignore[func-returns-value]
    )  # fmt: skip
    return paper


def filled(client: FlaskClient, url: str, rating: str = "4") -> dict[str, str]:
    html = client.get(url).text
    return dict(FIELDS.findall(html)) | dict.fromkeys(RATED.findall(html), rating)


def count(session: Session) -> tuple[int, int]:
    """Responses stored, slips left."""
    session.rollback()
    return tuple(session.scalar(select(func.count()).select_from(model)) for model in (Response, Slip))  # type: ignore[return-value]


def test_a_slip_opens_the_form_of_its_desk_as_often_as_one_looks(client: FlaskClient, session: Session, codes: list[str]) -> None:
    for address in (f"/p/{codes[0]}", f"/p/{in_groups(codes[0])}", f"/p/{codes[0]}?lang=en"):
        page = client.get(address)
        assert (page.status_code, len(RATED.findall(page.text))) == (200, 6)
        assert f'action="/p/{codes[0]}?lang=' in page.text
    assert "UBND xã Yên Sơn" in client.get(f"/p/{codes[0]}").text
    assert count(session) == (0, 10)


def test_sending_uses_it_up_and_stores_a_response_of_the_mode_slip(client: FlaskClient, session: Session, codes: list[str]) -> None:
    answer = client.post(f"/p/{codes[0]}", data=filled(client, f"/p/{codes[0]}"))
    assert (answer.status_code, count(session)) == (200, (1, 9))
    assert THANKS in answer.text
    response = session.scalars(select(Response)).one()
    assert (response.mode, response.responded_on) == ("slip", today())


def test_a_used_slip_tells_what_to_do_and_nothing_of_its_use(client: FlaskClient, session: Session, codes: list[str]) -> None:
    client.post(f"/p/{codes[0]}", data=filled(client, f"/p/{codes[0]}"))
    page = client.get(f"/p/{codes[0]}")
    assert page.status_code == 404
    assert USED in page.text
    assert "tính riêng" in page.text
    unknown = client.get(f"/p/{new_slip_code()}")
    assert unknown.data == page.data  # nobody can tell a used number from one that never was


def test_the_same_form_sent_again_is_thanked_again(client: FlaskClient, session: Session, codes: list[str]) -> None:
    fields = filled(client, f"/p/{codes[0]}")
    first, second = (client.post(f"/p/{codes[0]}", data=fields) for _ in range(2))
    assert first.data == second.data
    assert count(session) == (1, 9)


def test_another_form_with_a_used_slip_is_not_stored_and_says_so(client: FlaskClient, session: Session, codes: list[str]) -> None:
    fields = filled(client, f"/p/{codes[0]}")
    client.post(f"/p/{codes[0]}", data=fields)
    for response_id in (str(uuid4()), "", "x"):
        answer = client.post(f"/p/{codes[0]}", data=fields | {"response_id": response_id})
        assert answer.status_code == 404
        assert USED in answer.text
        assert "chưa được gửi" in answer.text
    assert count(session) == (1, 9)


def test_a_hundred_people_at_once_with_one_slip_are_one_response(app: Flask, session: Session, codes: list[str]) -> None:
    fields = filled(app.test_client(), f"/p/{codes[0]}")

    def send(_: int) -> tuple[int, bool]:
        answer = app.test_client().post(f"/p/{codes[0]}", data=fields | {"response_id": str(uuid4())})
        return answer.status_code, THANKS in answer.text

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(send, range(100)))
    assert sorted(answers) == [(200, True)] + [(404, False)] * 99
    assert count(session) == (1, 9)
    assert recount_tallies(session, repair=False) == []


def test_a_hundred_equal_posts_are_one_response_and_a_hundred_thanks(app: Flask, session: Session, codes: list[str]) -> None:
    fields = filled(app.test_client(), f"/p/{codes[0]}")
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _: app.test_client().post(f"/p/{codes[0]}", data=fields), range(100)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.data for answer in answers}) == 1
    assert count(session) == (1, 9)


def test_an_empty_form_comes_back_and_leaves_the_slip(client: FlaskClient, session: Session, codes: list[str]) -> None:
    fields = filled(client, f"/p/{codes[0]}")
    answer = client.post(f"/p/{codes[0]}", data={"response_id": fields["response_id"], "form": fields["form"]})
    assert (answer.status_code, count(session)) == (422, (0, 10))
    assert f'action="/p/{codes[0]}?lang=' in answer.text
    longer = client.post(f"/p/{codes[0]}", data=fields | {"full_form": "yes"})
    assert (longer.status_code, len(RATED.findall(longer.text)), count(session)) == (200, 24, (0, 10))


def test_a_slip_outlives_the_code_that_hangs_at_the_desk(
    client: FlaskClient, session: Session, province: SmallProvince, codes: list[str]
) -> None:
    issue_desk_code(session, province.desk_ids["yen-son"], today=today())
    assert client.post(f"/p/{codes[0]}", data=filled(client, f"/p/{codes[0]}")).status_code == 200
    assert count(session) == (1, 9)


def test_a_withdrawn_slip_names_the_agency_and_the_other_ways(client: FlaskClient, session: Session, codes: list[str]) -> None:
    fields = filled(client, f"/p/{codes[0]}")
    number = session.scalars(select(SlipBatch.id)).one()
    withdraw_slips(session, number, reason="Bí mật nội bộ", today=today(), withdrawn_by="head@tq.vn")
    looked, sent = client.get(f"/p/{codes[0]}"), client.post(f"/p/{codes[0]}", data=fields)
    assert (looked.status_code, sent.status_code, count(session)) == (410, 410, (0, 10))
    for page in (looked, sent):
        assert "UBND xã Yên Sơn đã thu hồi phiếu" in page.text
        assert "mã QR treo tại quầy" in page.text
        assert "Bí mật" not in page.text
        assert "head@tq.vn" not in page.text
    assert "chưa được gửi" not in looked.text
    assert "chưa được gửi" in sent.text


def test_whoever_sent_before_the_withdrawal_is_still_thanked(client: FlaskClient, session: Session, codes: list[str]) -> None:
    fields = filled(client, f"/p/{codes[0]}")
    client.post(f"/p/{codes[0]}", data=fields)
    withdraw_slips(session, session.scalars(select(SlipBatch.id)).one(), reason="Mất", today=today(), withdrawn_by="x")
    assert THANKS in client.post(f"/p/{codes[0]}", data=fields).text


def test_without_a_wave_the_slip_waits(client: FlaskClient, session: Session, codes: list[str]) -> None:
    fields = filled(client, f"/p/{codes[0]}")
    close_wave(session, "2026-Q4", today=today())
    page = client.get(f"/p/{codes[0]}")
    assert page.status_code == 200
    assert "vẫn còn giá trị" in page.text
    late = client.post(f"/p/{codes[0]}", data=fields)
    assert (late.status_code, count(session)) == (422, (0, 10))
    assert "chưa được gửi" in late.text


# --- typing ---


@pytest.fixture
def no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("survey.web.slips.find_slip", refuse)
    monkeypatch.setattr("survey.web.slips.find_short", refuse)


def swapped(code: str) -> str:
    place = next(place for place in range(15) if code[place] != code[place + 1])
    return code[:place] + code[place + 1] + code[place] + code[place + 2 :]


@pytest.mark.usefixtures("no_database")
def test_a_typing_mistake_is_told_at_once_without_the_database(client: FlaskClient) -> None:
    damages: dict[str, Callable[[str], str]] = {MISTYPED: swapped, "đã gõ 15": lambda code: code[:15], "đã gõ 17": lambda code: code + "7"}
    for words, damage in damages.items():
        typed = damage(new_slip_code())
        looked, sent, desk = client.get(f"/p/{typed}"), client.post(f"/p/{typed}"), client.get(f"/g/{typed}")
        for page in (looked, sent, desk, client.get("/p", query_string={"code": typed})):
            assert page.status_code in {404, 422}
            assert words in page.text
            assert f'value="{typed}"' in page.text


def test_what_was_typed_leads_to_the_slip_or_to_the_desk(
    client: FlaskClient, session: Session, province: SmallProvince, codes: list[str]
) -> None:
    assert client.get("/p").status_code == 200
    slip = client.get("/p", query_string={"code": in_groups(codes[0])})
    assert (slip.status_code, slip.location) == (303, f"/p/{codes[0]}")
    short = short_code(session, province)
    desk = client.get("/p", query_string={"code": f" {in_groups(short)} ", "lang": "en"})
    assert (desk.status_code, desk.location) == (303, f"/g/{short}?lang=en")


def short_code(session: Session, province: SmallProvince) -> str:
    return session.scalars(
        select(DeskCode.short_code).where(DeskCode.code == province.urls["yen-son"].removeprefix("/s/"))
    ).one()  # fmt: skip


def test_the_short_address_of_a_desk_opens_its_form(client: FlaskClient, session: Session, province: SmallProvince) -> None:
    for typed in (short_code(session, province), in_groups(short_code(session, province))):
        answer = client.get(f"/g/{typed}")
        assert (answer.status_code, answer.location) == (303, province.urls["yen-son"])


def test_a_short_address_ends_with_the_code_of_its_desk(client: FlaskClient, session: Session, province: SmallProvince) -> None:
    old = short_code(session, province)
    issue_desk_code(session, province.desk_ids["yen-son"], today=today())
    page = client.get(f"/g/{old}", follow_redirects=True)
    assert page.status_code == 410
    assert "không còn được sử dụng" in page.text
    assert session.scalar(select(func.count(DeskCode.short_code.distinct()))) == 3


def test_an_unknown_desk_number_asks_to_compare(client: FlaskClient, province: SmallProvince) -> None:
    page = client.get(f"/g/{'0' * 11}{check_digit('0' * 11)}")
    assert page.status_code == 404
    assert "Không có quầy nào" in page.text


def test_nothing_that_can_be_typed_makes_a_server_error_or_a_cookie(client: FlaskClient) -> None:
    typed = ["%00", "9" * 5000, "ữ", "%F0%9F%98%80", "a/b", "{{7*7}}", "<script>", "'%20OR%201=1", "-", "%20"]
    for path in (f"/{way}/{text}" for text in typed for way in "pg"):
        for answer in (client.get(path), client.post(path), client.get("/p", query_string={"code": path})):
            assert 400 <= answer.status_code < 500, path
            assert "Set-Cookie" not in answer.headers
            assert "<script>" not in answer.text
            assert "staff.css" not in answer.text


def test_citizens_pages_of_slips_set_no_cookie(client: FlaskClient, codes: list[str]) -> None:
    url = f"/p/{codes[0]}"
    answers = [client.get("/p"), client.get(url), client.post(url, data=filled(client, url)), client.get(url), client.get("/g/1")]
    assert not [answer for answer in answers if "Set-Cookie" in answer.headers]


def test_neither_the_number_nor_its_hash_is_left_anywhere_after_use(
    app: Flask, client: FlaskClient, session: Session, codes: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        client.post(f"/p/{codes[0]}", data=filled(client, f"/p/{codes[0]}"))
        client.get(f"/p/{codes[0]}")
        client.get("/p", query_string={"code": codes[0]})
    session.rollback()
    rows = str([session.execute(select(table)).all() for table in Model.metadata.sorted_tables])
    digest, other = (slip_digest(code, slip_key(app.config["SETTINGS"].secret_key)) for code in codes[:2])
    assert other in rows  # so the search would have found it
    logged = [record.getMessage() for record in caplog.records if not record.name.startswith("sqlalchemy")]
    for secret in (codes[0], in_groups(codes[0]), digest):
        assert secret not in rows
        assert secret not in "".join(logged)
    engine = session.get_bind()
    if engine.dialect.name == "sqlite":
        files = Path(str(engine.engine.url.database)).parent.glob("*")
        assert not [file for file in files if file.is_file() and codes[0].encode() in file.read_bytes()]
