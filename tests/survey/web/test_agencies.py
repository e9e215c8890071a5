"""Sở Nội vụ's pages of agencies: the tree of a day, one agency, and the forms that change it."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from survey.queries.agencies import find_agency
from survey.queries.agency_tree import agency_tree
from survey.services.import_agencies import import_agencies
from survey.settings import today
from tests.support.days import tomorrow
from tests.support.scored_province import log_in, words
from tests.support.small_province import SmallProvince

pytestmark = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)


def merger() -> dict[str, str]:
    the_rest = {"others": "my-lam", "name_vi_0": "UBND phường Minh Xuân", "kind": "commune", "parent": "tinh"}
    return {"on": tomorrow().isoformat(), **the_rest}


@pytest.fixture
def staff(app: Flask, province: SmallProvince) -> FlaskClient:
    client = log_in(app, role="department")
    app.config["WTF_CSRF_ENABLED"] = False
    return client


def test_the_tree_of_a_day_holds_who_lived_then(staff: FlaskClient, session: Session) -> None:
    row = {"kind": "district", "parent": "", "name_en": "", "valid_from": "2021-01-01", "valid_to": "2025-06-30"}
    import_agencies(session, [row | {"code": "huyen", "name_vi": "Huyện Yên Sơn"}], today=today())
    now, then = words(staff.get("/department/agencies")), words(staff.get("/department/agencies?on=2025-06-30"))
    assert "Tỉnh Tuyên Quang" in now
    assert "Huyện Yên Sơn" not in now
    assert "Huyện Yên Sơn" in then
    assert "UBND xã Yên Sơn" not in then
    assert words(staff.get("/department/agencies?on=yesterday")) == now


def test_the_tree_is_searched_without_marks_and_shows_what_stands_above(staff: FlaskClient, session: Session) -> None:
    (top,) = agency_tree(session, day=today(), search="yen SON")
    assert (top.agency.code, top.found, top.below) == ("tinh", False, 1)
    assert [(node.agency.code, node.found, node.desks) for node in top.children] == [("yen-son", True, 1)]
    assert "Mỹ Lâm" not in words(staff.get("/department/agencies?q=yen son"))
    assert "không có cơ quan nào có “<x>”" in words(staff.get("/department/agencies?q=<x>")).replace("&lt;", "<").replace("&gt;", ">")


def test_an_approver_may_look_but_not_change(app: Flask, province: SmallProvince) -> None:
    approver = log_in(app, role="approver")
    page = words(approver.get("/department/agencies/yen-son"))
    assert "UBND xã Yên Sơn" in page
    assert "Sáp nhập" not in page
    assert approver.get("/department/agencies/yen-son/merge").status_code == 403


def test_nothing_is_done_before_the_preview_is_confirmed(staff: FlaskClient, session: Session) -> None:
    shown = staff.post("/department/agencies/yen-son/merge", data=merger() | {"action": "preview"})
    page = words(shown)
    for said in (
        f"Đường xu hướng của “UBND xã Yên Sơn” dừng ở ngày {today():%d/%m/%Y}.",
        f"Đường xu hướng của “UBND phường Minh Xuân” bắt đầu từ ngày {tomorrow():%d/%m/%Y}.",
        "mở lại ở “UBND phường Minh Xuân” với mã mới",
        "Khi ấy quầy mang tên “Bộ phận Một cửa (UBND xã Yên Sơn)”",
        "Quý IV/2026",
    ):
        assert said in page
    assert find_agency(session, "ubnd-phuong-minh-xuan") is None
    session.rollback()
    done = staff.post("/department/agencies/yen-son/merge", data=merger() | {"action": "do"})
    assert (done.status_code, done.location) == (303, "/department/agencies/yen-son?done=merge")
    page = words(staff.get(done.location))
    assert "Đã ghi nhận việc sáp nhập." in page
    assert "được kế tục bởi: UBND phường Minh Xuân" in page
    again = staff.post("/department/agencies/yen-son/merge", data=merger() | {"action": "do"})
    assert again.status_code == 422
    assert "“UBND xã Yên Sơn” đã có ngày kết thúc." in words(again)


def test_a_form_keeps_what_was_typed_and_says_what_is_wrong_beside_the_field(staff: FlaskClient) -> None:
    answer = staff.post("/department/agencies/yen-son/merge", data=merger() | {"name_vi_0": "", "code_0": "a b", "name_en_0": "Kept"})
    assert answer.status_code == 422
    assert "Vui lòng ghi tên tiếng Việt." in words(answer)
    assert "Mã chỉ gồm chữ cái" in words(answer)
    assert 'value="Kept"' in answer.text
    assert 'value="my-lam" checked' in answer.text
    assert 'aria-describedby="problem-name_vi_0"' in answer.text
    assert "Vui lòng ghi đủ ngày" in words(staff.post("/department/agencies/yen-son/end", data={"on": "2026-02-30"}))
    assert 'value="Kept"' in staff.post("/department/agencies/yen-son/merge", data={"action": "back", "name_en_0": "Kept"}).text


def test_in_a_split_somebody_decides_where_each_desk_goes(staff: FlaskClient, session: Session, province: SmallProvince) -> None:
    parts = {"on": tomorrow().isoformat(), "name_vi_0": "Xã Một", "name_vi_1": "Xã Hai", "parts": "3", "action": "do"}
    undecided = staff.post("/department/agencies/yen-son/split", data=parts)
    assert undecided.status_code == 422
    assert "Vui lòng chọn cho từng quầy" in words(undecided)
    desk = f"desk_{province.desk_ids['yen-son']}"
    assert staff.post("/department/agencies/yen-son/split", data=parts | {desk: "xa-hai"}).status_code == 303
    (second,) = agency_tree(session, day=tomorrow(), search="Xã Hai")[0].children
    assert second.desks == 1


def test_an_agency_is_moved_ended_and_renamed(staff: FlaskClient, session: Session) -> None:
    row = {"code": "so", "kind": "department", "parent": "tinh", "name_vi": "Sở", "name_en": "", "valid_from": "2025-07-01", "valid_to": ""}
    import_agencies(session, [row], today=today())
    move = {"on": tomorrow().isoformat(), "parent": "so", "name_vi_0": "UBND phường Mỹ Lâm", "action": "preview"}
    assert "phiếu mới được tính cho “Sở”" in words(staff.post("/department/agencies/my-lam/move", data=move))
    assert staff.post("/department/agencies/my-lam/move", data=move | {"action": "do"}).status_code == 303
    end = {"on": tomorrow().isoformat(), "action": "do"}
    assert "vẫn tiếp tục" in words(staff.post("/department/agencies/tinh/end", data=end))
    assert staff.post("/department/agencies/yen-son/end", data=end).status_code == 303
    names = {"name_vi": "UBND xã  Yên Sơn cũ", "action": "preview"}
    assert "đường xu hướng tiếp tục" in words(staff.post("/department/agencies/yen-son/rename", data=names))
    assert staff.post("/department/agencies/yen-son/rename", data=names | {"action": "do"}).status_code == 303
    session.expire_all()
    renamed = find_agency(session, "yen-son")
    assert renamed is not None
    assert (renamed.name_vi, renamed.valid_to) == ("UBND xã Yên Sơn cũ", today())
    assert "Tên vẫn như cũ." in words(staff.post("/department/agencies/yen-son/rename", data=names))


def test_a_planned_merger_is_taken_back_after_a_look_at_what_comes_back(staff: FlaskClient, session: Session) -> None:
    assert staff.post("/department/agencies/yen-son/merge", data=merger() | {"action": "do"}).status_code == 303
    for code in ("yen-son", "ubnd-phuong-minh-xuan"):
        assert "Rút lại thay đổi đã ghi trước" in words(staff.get(f"/department/agencies/{code}"))
    way = "/department/agencies/ubnd-phuong-minh-xuan/take-back"
    page = staff.get(way)
    for said in (
        "“UBND xã Yên Sơn” tiếp tục hoạt động, không còn ngày kết thúc.",
        "Quầy “Bộ phận Một cửa” của “UBND phường Mỹ Lâm” vẫn mở",
        "“UBND phường Minh Xuân” (mã ubnd-phuong-minh-xuan) được đưa ra khỏi danh sách cơ quan.",
        "Quầy “Bộ phận Một cửa (UBND xã Yên Sơn)” của “UBND phường Minh Xuân” sẽ không mở.",
    ):
        assert said in words(page)
    seen = {"seen": f"{tomorrow()}: my-lam, yen-son > ubnd-phuong-minh-xuan"}
    assert seen["seen"].replace(">", "&gt;") in page.text
    without = staff.post(way, data=seen)
    assert (without.status_code, "Vui lòng ghi lý do" in words(without)) == (422, True)
    assert 'aria-describedby="problem-reason"' in without.text
    assert "có người đã thay đổi các cơ quan này" in words(staff.post(way, data={"seen": "x", "reason": "y"}))
    done = staff.post(way, data=seen | {"reason": "Nghị quyết đã hoãn"})
    assert (done.status_code, done.location) == (303, "/department/agencies/my-lam?done=back")
    assert "Đã rút lại thay đổi." in words(staff.get(done.location))
    session.rollback()
    assert find_agency(session, "ubnd-phuong-minh-xuan") is None
    again = staff.post("/department/agencies/yen-son/take-back", data=seen | {"reason": "Nghị quyết đã hoãn"})
    assert (again.status_code, "không có thay đổi nào được ghi trước" in words(again)) == (422, True)


def test_of_a_change_that_has_begun_the_page_says_what_to_do_if_it_was_wrong(staff: FlaskClient) -> None:
    assert staff.post("/department/agencies/yen-son/merge", data=merger() | {"on": today().isoformat(), "action": "do"}).status_code == 303
    for code in ("yen-son", "ubnd-phuong-minh-xuan"):
        page = words(staff.get(f"/department/agencies/{code}"))
        assert "Sáp nhập sai: mở trang của cơ quan mới" in page
        assert "Rút lại" not in page


def test_what_is_not_there_is_not_found(staff: FlaskClient) -> None:
    for path in ("/department/agencies/nowhere", "/department/agencies/nowhere/merge", "/department/agencies/yen-son/swap"):
        assert staff.get(path).status_code == 404


def test_names_stay_text(staff: FlaskClient) -> None:
    name = "<script>alert(1)</script> {{ 1 }} %(day)s %s"
    shown = staff.post("/department/agencies/yen-son/merge", data=merger() | {"name_vi_0": name, "action": "preview"})
    assert shown.status_code == 200
    assert "<script>alert" not in shown.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 1 }} %(day)s %s" in shown.text
