from __future__ import annotations

import pytest
from flask import Flask, g

from survey.domain.audit_chain import ACTIONS, Entry
from survey.domain.permissions import TABLE
from survey.web import audit_values, audit_words
from tests.support.scored_province import log_in, words
from tests.support.small_province import SmallProvince

pytestmark = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)


def test_everything_that_may_be_recorded_has_words_of_its_own_in_both_languages(app: Flask) -> None:
    for language in ("vi", "en"):
        with app.test_request_context():
            g.language = language
            told = {code: audit_words.action(code) for code in ACTIONS}
            assert {code for code, said in told.items() if said == code.replace("_", " ")} == set(), "see survey/web/audit_words.py"
            assert len(set(told.values())) == len(ACTIONS)
            assert audit_words.action("something_new") == "something new"  # until it has words


def told(before: str | None, after: str | None, *, language: str = "vi") -> list[tuple[str, str | None, str | None]]:
    g.language = language
    found = audit_words.changes(Entry(1, "", "", "", "", before, after, ""))
    return [(one.name, one.before and one.before.text, one.after and one.after.text) for one in found]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ('{"a":1,"state":"open","to":"2026-11-23"}', '{"a":1,"state":"closed","to":"2026-11-24"}', [
            ("Tình trạng", "đang mở", "đã đóng"), ("Ngày cuối", "23/11/2026", "24/11/2026"),
        ]),
        (None, '{"active":false,"n":null,"note":""}', [("Đang hoạt động", None, "không")]),
        ('{"roles":["analyst"],"agency":null}', '{"roles":["agency_head"],"agency":"x"}', [
            ("Vai trò", "Người phân tích, Sở Nội vụ", "Thủ trưởng cơ quan"), ("Cơ quan, đơn vị", None, "x"),
        ]),
        ('{"x":{"to":null,"kind":"commune"}}', '{"x":{"to":"2026-12-31","kind":"commune"},"successions":[["x","y"],["z","y"]]}', [
            ("x: Ngày cuối", None, "31/12/2026"), ("Cơ quan kế tục", None, "x → y, z → y"),
        ]),
        (None, '{"desks":{"7":"desk 9 of x","8":"closed"}}', [
            ("quầy số 7", None, "tiếp tục là quầy số 9 của x"), ("quầy số 8", None, "đã đóng"),
        ]),
        ('{"yen-son":"82.50"}', '{"yen-son":"85.00"}', [("yen-son", "82,50", "85,00")]),
        ('{"sessions":1}', None, [("Lượt đăng nhập", "1", None)]),
        (None, '{"reason":"trial"}', [("Lý do", None, "Phiếu thử nghiệm")]),
        ('{"flag":"burst"}', None, [("Phát hiện", "Một ngày có nhiều phiếu hơn hẳn bình thường", None)]),
    ],
    ids=["states and days", "nothing", "roles", "agencies", "desks", "percent", "gone", "reason", "finding"],
)  # fmt: skip
def test_only_what_differs_is_told_and_in_words(
    app: Flask, before: str | None, after: str | None, expected: list[tuple[str, str | None, str | None]]
) -> None:
    with app.test_request_context():
        assert told(before, after) == expected


def test_a_hash_is_shortened_and_its_whole_is_at_hand(app: Flask) -> None:
    with app.test_request_context():
        (one,) = audit_words.changes(Entry(1, "", "", "", "", None, '{"sha256":"%s"}' % ("ab" * 32), ""))
        assert one.after is not None
        assert (one.after.text, one.after.full) == ("abababab…", "ab" * 32)


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ("desk 12", "quầy số 12"),
        ("merge yen-son, my-lam", "sáp nhập: yen-son, my-lam"),
        ("3 agencies, 4 desks, 0 successions", "từ tệp: 3 cơ quan, 4 quầy, 0 lượt kế tục"),
        ("wave Q4, yen-son, desk 7, 2026-11-23, open_qr", "đợt Q4, yen-son, quầy số 7, 23/11/2026, mã QR tại quầy"),
        ("a@y.vn", "a@y.vn"),
        ("100 % of it", "100 % of it"),
    ],
)
def test_what_an_entry_concerns_is_told_in_words(app: Flask, stored: str, said: str) -> None:
    with app.test_request_context():
        g.language = "vi"
        assert audit_words.subject(stored).casefold() == said.casefold()


def test_every_field_and_value_that_has_words_has_them_in_vietnamese(app: Flask) -> None:
    """And what people may not do is told for each thing that anybody may do."""
    with app.test_request_context():
        g.language = "vi"
        missing = [action for action in TABLE if audit_values.value("action", action) == audit_values.Said(action)]
        assert missing == []
        assert audit_words.at("2026-11-22T18:30:05.123456Z") == "23/11/2026 01:30:05"


def test_the_page_tells_them(app: Flask, province: SmallProvince) -> None:
    app.test_client().get("/sign-on/back")
    page = words(log_in(app, role="administrator").get("/audit"))
    assert "administrator-tinh-vi@example.vn Đăng nhập" in page
    assert "logged_in" not in page
    assert "Đăng nhập administrator-tinh-vi@example.vn" not in page  # who logs in is not named twice
