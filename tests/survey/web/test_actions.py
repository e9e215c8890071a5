"""What an agency did about what citizens said: written, published and withdrawn by its head, told on the thank-you."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from survey.domain.action import LONGEST, read_action
from survey.models import AgencyAction
from survey.queries.agency_actions import list_actions
from survey.settings import today
from survey.web import told
from survey.web.told import Memory
from tests.support.scored_province import log_in, words
from tests.support.small_province import SmallProvince

SAID, DONE = "Chờ lâu vào sáng thứ Hai", "Mở thêm một quầy vào sáng thứ Hai"
ACTION = {"said_vi": SAID, "done_vi": DONE, "done_on": "2026-10-05", "criterion": "A1"}
Send = Callable[[str], str]
one_system = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)


@pytest.fixture
def head(app: Flask, province: SmallProvince) -> FlaskClient:
    client = log_in(app, role="agency_head", agency="yen-son")
    app.config["WTF_CSRF_ENABLED"] = False
    return client


@pytest.fixture
def thanks(app: Flask, client: FlaskClient, province: SmallProvince) -> Send:
    """The thank-you at an agency, more than a minute after it was asked for last."""

    def send(address: str) -> str:
        app.extensions.pop("told", None)
        code, _, query = address.partition("?")
        answer = client.post(f"{province.urls[code]}?{query}", data={"response_id": str(uuid4()), "A1": "4"})
        assert answer.status_code == 200
        return words(answer)

    return send


def written(head: FlaskClient, session: Session, **other: str) -> int:
    assert head.post("/agencies/yen-son/actions", data=ACTION | other).status_code == 303
    session.rollback()
    return session.scalars(select(AgencyAction.id).order_by(AgencyAction.id.desc())).first() or 0


def state(session: Session) -> list[str]:
    session.rollback()
    return list(session.scalars(select(AgencyAction.state).order_by(AgencyAction.id)))


def test_a_draft_is_the_staffs_a_published_one_is_told_to_who_has_rated_and_a_withdrawn_one_no_more(
    head: FlaskClient, session: Session, thanks: Send
) -> None:
    number = written(head, session)
    assert DONE not in thanks("yen-son")
    for _ in range(2):  # a second tap does no harm
        assert head.post(f"/agencies/yen-son/actions/{number}/publish").location == f"/agencies/yen-son/actions#a-{number}"
    page = thanks("yen-son")
    assert f"Ông/Bà góp ý – chúng tôi làm {SAID} {DONE} (từ ngày 05/10/2026)" in page
    assert "góp ý – chúng tôi làm" not in thanks("my-lam")
    head.post(f"/agencies/yen-son/actions/{number}/withdraw")
    assert DONE not in thanks("yen-son")
    refused = head.post(f"/agencies/yen-son/actions/{number}/publish")
    assert (refused.status_code, state(session)) == (422, ["withdrawn"])
    assert "không công bố lại được" in refused.text


@one_system
def test_the_thank_you_tells_the_two_newest_in_the_readers_language(head: FlaskClient, session: Session, thanks: Send) -> None:
    for day in ("2026-08-01", "2026-10-01", "2026-09-01"):
        number = written(head, session, done_vi=f"Việc {day}", said_en="Long waits", done_en=f"Work of {day}", done_on=day)
        head.post(f"/agencies/yen-son/actions/{number}/publish")
    number = written(head, session, done_vi="Chỉ tiếng Việt", done_on="2026-07-01")
    head.post(f"/agencies/yen-son/actions/{number}/publish")
    page = thanks("yen-son?lang=en")
    assert page.index("Work of 2026-10-01") < page.index("Work of 2026-09-01")
    assert "2026-08-01" not in page
    for action in list_actions(session, session.scalars(select(AgencyAction.agency_id)).first() or 0)[:2]:
        head.post(f"/agencies/yen-son/actions/{action.id}/withdraw")
    assert "Chỉ tiếng Việt (since 1 July 2026)" in thanks("yen-son?lang=en")


@one_system
def test_a_draft_is_changed_and_a_published_one_is_not(head: FlaskClient, session: Session, province: SmallProvince) -> None:
    number = written(head, session)
    assert written(head, session) == number  # the same words twice are one draft
    page = head.get(f"/agencies/yen-son/actions?change={number}").text
    assert f'name="action" value="{number}"' in page
    assert 'value="2026-10-05"' in page
    assert written(head, session, action=str(number), done_vi="Lời khác") == number
    head.post(f"/agencies/yen-son/actions/{number}/publish")
    assert f'name="action" value="{number}"' not in head.get(f"/agencies/yen-son/actions?change={number}").text
    late = head.post("/agencies/yen-son/actions", data=ACTION | {"action": str(number)})
    assert (late.status_code, "không sửa được nữa" in late.text) == (422, True)
    session.rollback()
    assert session.scalars(select(AgencyAction.done_vi)).all() == ["Lời khác"]


@one_system
@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("said_vi", " ", "Xin điền ô này."),
        ("done_vi", "x" * (LONGEST + 1), f"tối đa {LONGEST} ký tự"),
        ("done_en", "x" * (LONGEST + 1), f"tối đa {LONGEST} ký tự"),
        ("done_on", "hôm qua", "Xin nhập ngày."),
        ("done_on", "2099-01-01", "Ngày này chưa đến."),
        ("criterion", "Z9", "Xin chọn một tiêu chí"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_typed_is_lost(
    head: FlaskClient, session: Session, province: SmallProvince, field: str, value: str, problem: str
) -> None:
    answer = head.post("/agencies/yen-son/actions", data=ACTION | {field: value})
    assert (answer.status_code, state(session)) == (422, [])
    assert problem in answer.text
    assert f'aria-describedby="{field}-wrong"' in answer.text
    assert (SAID if field != "said_vi" else DONE) in answer.text


def test_only_what_has_happened_is_told() -> None:
    tomorrow = today() + timedelta(days=1)
    assert read_action(ACTION | {"done_on": tomorrow.isoformat()}, {"A1"}, today=today())[1] == {"done_on": "in_future"}
    assert read_action(ACTION | {"done_on": today().isoformat()}, {"A1"}, today=today())[1] == {}


@one_system
def test_the_viewer_reads_and_another_agencys_head_changes_nothing(
    app: Flask, head: FlaskClient, session: Session, province: SmallProvince
) -> None:
    number = written(head, session)
    viewer = log_in_again(app, "agency_viewer", "yen-son")
    page = viewer.get("/agencies/yen-son/actions")
    assert (page.status_code, SAID in page.text, "Lưu bản nháp" in page.text, "Rút lại</button>" in page.text) == (200, True, False, False)
    assert viewer.post("/agencies/yen-son/actions", data=ACTION).status_code == 403
    other = log_in_again(app, "agency_head", "my-lam")
    assert other.post(f"/agencies/my-lam/actions/{number}/publish").status_code == 404
    assert other.post("/agencies/my-lam/actions", data=ACTION | {"action": str(number)}).status_code == 404
    assert state(session) == ["draft"]


def log_in_again(app: Flask, role: str, agency: str) -> FlaskClient:
    app.config["WTF_CSRF_ENABLED"] = True
    client = log_in(app, role=role, agency=agency)
    app.config["WTF_CSRF_ENABLED"] = False
    return client


@one_system
def test_words_of_an_agency_are_words_and_no_markup(head: FlaskClient, session: Session, client: FlaskClient, thanks: Send) -> None:
    number = written(head, session, said_vi="<script>alert(1)</script>", done_vi="{{ 7*7 }} & <b>")
    head.post(f"/agencies/yen-son/actions/{number}/publish")
    page = thanks("yen-son")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }} &amp; &lt;b&gt;" in page


@one_system
def test_what_is_told_is_asked_once_a_minute_and_not_by_each_citizen(
    app: Flask, client: FlaskClient, session: Session, province: SmallProvince, head: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, asked = [0.0], []
    app.extensions["told"] = Memory(clock=lambda: now[0])
    real = told.told_actions
    monkeypatch.setattr(told, "told_actions", lambda of: asked.append(now[0]) or real(of))
    pages = []
    for moment in (0.0, 1.0, 59.0, 61.0):
        now[0] = moment
        answer = client.post(province.urls["yen-son"], data={"response_id": str(uuid4()), "A1": "4"}, headers={"Accept-Encoding": "gzip"})
        pages.append(gzip.decompress(answer.data))
        if moment == 1.0:
            number = written(head, session)
            head.post(f"/agencies/yen-son/actions/{number}/publish")
    assert asked == [0.0, 61.0]
    assert [DONE.encode() in page for page in pages] == [False, False, False, True]


@one_system
def test_the_longest_actions_make_the_thank_you_little_heavier(
    app: Flask, client: FlaskClient, session: Session, province: SmallProvince, head: FlaskClient
) -> None:
    letters = "Nghiêng ngả đường trường, ướt sũng mấy bận giữa buổi họp chợ phiên; người già ngồi chờ ngoài hiên. "

    def weight() -> int:
        app.extensions.pop("told", None)
        form = {"response_id": str(uuid4()), "A1": "4"}
        return len(client.post(province.urls["yen-son"], data=form, headers={"Accept-Encoding": "gzip"}).data)

    before = weight()
    for number in range(2):
        said, done = ((letters * 4)[start : start + LONGEST] for start in (7 * number, 20 + 13 * number))
        action = written(head, session, said_vi=said.strip(), done_vi=done.strip())
        head.post(f"/agencies/yen-son/actions/{action}/publish")
    assert before + 100 < weight() < before + 1500


@one_system
def test_who_has_rated_is_thanked_also_when_the_actions_cannot_be_read(
    app: Flask, client: FlaskClient, session: Session, province: SmallProvince, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Session) -> None:
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(told, "told_actions", fail)
    answer = client.post(province.urls["yen-son"], data={"response_id": str(uuid4()), "A1": "4"})
    assert (answer.status_code, "Đánh giá đã được ghi nhận" in answer.text) == (200, True)
