from __future__ import annotations

import json

import pytest
from flask import Flask, g
from sqlalchemy import event
from sqlalchemy.orm import Session

from survey.database import db
from survey.domain.audit_chain import ACTIONS, Entry
from survey.domain.permissions import TABLE
from survey.queries.audit_names import audit_names
from survey.services.audit import record_alone
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


def test_agencies_and_desks_stand_by_name_with_their_code_beside_it(app: Flask, province: SmallProvince, session: Session) -> None:
    names, number = audit_names(session), province.desk_ids["yen-son"]
    here = f"quầy số {number} (Bộ phận Một cửa, UBND xã Yên Sơn)"
    with app.test_request_context():
        g.language = "vi"
        for stored, said in (
            ("yen-son", "UBND xã Yên Sơn (yen-son)"),
            (f"desk {number}", here),
            ("desk 9999", "quầy số 9999"),
            ("merge yen-son, my-lam", "sáp nhập: UBND xã Yên Sơn (yen-son), UBND phường Mỹ Lâm (my-lam)"),
            ("wave 2026-Q4, yen-son", "đợt 2026-Q4, UBND xã Yên Sơn (yen-son)"),
        ):
            assert audit_words.subject(stored, names).casefold() == said.casefold()
        after = {
            "agency": "yen-son", "my-lam": "82.50", "parent_id": province.agency_ids["tinh"], "participants": ["yen-son"],
            "successions": [["yen-son", "gone"]], "desks": {str(number): "desk 9 of my-lam"},
        }  # fmt: skip
        found = audit_words.changes(Entry(1, "", "", "", "", None, json.dumps(after), ""), names)
        assert [(one.name, one.after and one.after.text) for one in found] == [
            ("Cơ quan, đơn vị", "UBND xã Yên Sơn (yen-son)"), ("UBND phường Mỹ Lâm (my-lam)", "82,50"),
            ("Cơ quan cấp trên", "Tỉnh Tuyên Quang (tinh)"), ("Cơ quan được khảo sát", "UBND xã Yên Sơn (yen-son)"),
            ("Cơ quan kế tục", "UBND xã Yên Sơn (yen-son) → gone"), (here, "tiếp tục là quầy số 9 của UBND phường Mỹ Lâm (my-lam)"),
        ]  # fmt: skip


def test_the_page_asks_as_much_for_many_entries_as_for_one(app: Flask, province: SmallProvince, session: Session) -> None:
    administrator = log_in(app, role="administrator")
    asked: list[str] = []
    counts = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *arguments: asked.append(arguments[2]))
    for subject in ("yen-son", *(f"desk {number}" for number in range(30))):
        record_alone(session, "desk_changed", subject)
        if subject in ("yen-son", "desk 29"):
            asked.clear()
            page = words(administrator.get("/audit"))
            counts.append(len([one for one in asked if one.startswith("SELECT")]))
    assert "UBND xã Yên Sơn (yen-son)" in page
    assert counts[0] == counts[1] > 0


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
