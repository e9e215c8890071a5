from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.database import transaction
from survey.domain.marks import OF_THE_SYSTEM, REASONS
from survey.domain.quality import FALSE_FLAGS
from survey.models import DeadCode
from survey.queries.quality_flags import QualityFlag
from survey.services.change_wave import open_wave
from survey.services.issue_desk_code import revoke_desk_codes
from survey.settings import PROJECT, today
from survey.web import mark_words, watch_words
from survey.web.dead_codes import DeadCodes
from tests.support.days import yesterday
from tests.support.scored_province import Cell, give_score, log_in, words
from tests.support.small_province import SmallProvince


@pytest.fixture
def analyst(app: Flask, province: SmallProvince) -> FlaskClient:
    return log_in(app, role="analyst")


def flag(kind: str, **more: object) -> QualityFlag:
    base: dict[str, object] = {"day": None, "n": 20, "observed": 17, "expected": 2.6, "p_value": 0.00072, "days": ()}
    return QualityFlag(kind, "open_qr", 1, **(base | more))  # type: ignore[arg-type]


def test_the_watch_names_what_needs_a_look_first_and_says_when_nothing_can_be_expected(
    analyst: FlaskClient, session: Session, province: SmallProvince
) -> None:
    for number in range(10):
        province.answer(session, {"A1": 4}, day=yesterday() - timedelta(days=number))
    page = words(analyst.get("/department/watch"))
    assert "Có 1 trong 2 đơn vị cần xem." in page
    assert "1 quầy im lặng" in page
    assert "Bộ phận Một cửa: chưa có phiếu nào từ đầu đợt khảo sát." in page
    assert page.index("Mỹ Lâm") < page.index("Yên Sơn")
    assert "đã nhận 0 phiếu; chưa nói được dự kiến bao nhiêu" in page


def test_before_the_first_wave_the_watch_says_so(app: Flask, session: Session) -> None:
    assert "Chưa có đợt khảo sát nào" in words(log_in(app, role="analyst").get("/department/watch"))


def test_a_wave_that_has_not_begun_is_not_said_to_go_as_expected(analyst: FlaskClient, session: Session, province: SmallProvince) -> None:
    common = {"code": "M", "name_vi": "M", "name_en": "M", "questionnaire": "sipas-2017", "instrument": "sample"}
    open_wave(session, **common, opens_on=date(2098, 1, 1), closes_on=date(2098, 2, 1))
    page = words(analyst.get("/department/watch?wave=M"))
    assert "Đợt này bắt đầu ngày 01/01/2098." in page
    assert "như dự kiến" not in page


def test_a_finding_stands_with_its_evidence_its_error_and_what_to_do(
    analyst: FlaskClient, session: Session, province: SmallProvince
) -> None:
    found = {
        "flag": "burst",
        "desk": province.desk_ids["yen-son"],
        "day": yesterday().isoformat(),
        "n": 20,
        "observed": 41,
        "expected": 5.2,
        "p_value": 8e-7,
    }
    one_kind = {
        "flag": "perfect_forms",
        "desk": 0,
        "day": None,
        "n": 120,
        "observed": 60,
        "expected": 30.0,
        "p_value": 0.001,
        "days": [["2026-09-03", 20, 17]],
    }
    give_score(
        session, province.questionnaire, province.wave, province.agency_ids["yen-son"], Cell(120), findings={"quality": [found, one_kind]}
    )
    page = words(analyst.get("/department/watch/yen-son"))
    assert "có 41 phiếu; vào một ngày như vậy quầy này thường có khoảng 5 phiếu." in page
    assert "Khi mọi việc bình thường, điều này chỉ xảy ra ở dưới 1 trong 1.000.000 trường hợp." in page
    assert "báo nhầm ở khoảng 0,20 % số quầy" in page
    assert "Hãy hỏi đơn vị về ngày hôm đó" in page
    assert "03/09/2026: 17 trong 20 phiếu." in page
    assert "một quầy đã đóng" in page
    assert not re.search("gian lận|cheat", page)


def test_answering_times_stand_as_counts_by_desk_with_those_unknown_and_nothing_of_fewer_than_ten(
    analyst: FlaskClient, session: Session, province: SmallProvince
) -> None:
    desk = province.desk_ids["yen-son"]
    found = {
        "flag": "too_fast", "desk": desk, "day": None, "n": 100, "observed": 40, "expected": 5.2, "p_value": 1e-5, "unknown": 20,
        "days": [["2026-09-03", 20, 17]],
    }  # fmt: skip
    speeds = [{"desk": desk, "known": 100, "unknown": 20, "too_fast": 40}, {"desk": 0, "known": 9, "unknown": 3, "too_fast": None}]
    yen_son = province.agency_ids["yen-son"]
    give_score(
        session, province.questionnaire, province.wave, yen_son, Cell(120), findings={"quality": [found], "speed": speeds}
    )  # fmt: skip
    page = words(analyst.get("/department/watch/yen-son"))
    assert "40 trong 100 phiếu biết được thời gian trả lời được điền dưới 3 giây một câu;" in page
    assert "thì có khoảng 5 phiếu như vậy. Còn 20 phiếu không rõ thời gian trả lời, không tính vào đây." in page
    assert "03/09/2026: 17 trong 20 phiếu" in page
    assert "báo nhầm ở khoảng 0,33 % số quầy" in page
    assert "Bộ phận Một cửa mã QR tại quầy 100 40 (40 %) 20" in page
    assert "một quầy đã đóng mã QR tại quầy 9 dưới 10 phiếu 3" in page
    assert "Bộ phận Một cửa: 40 trong 100 phiếu được điền nhanh đến mức" in words(analyst.get("/department/watch"))


def test_where_no_phone_told_a_time_there_is_no_table_of_times(analyst: FlaskClient, session: Session, province: SmallProvince) -> None:
    yen_son = province.agency_ids["yen-son"]
    give_score(session, province.questionnaire, province.wave, yen_son, Cell(120), findings={"quality": []})
    give_score(session, province.questionnaire, province.wave, yen_son, Cell(120), mode="kiosk")  # from before there were findings
    assert "Phiếu được điền nhanh hay chậm" not in words(analyst.get("/department/watch/yen-son"))


def test_an_unknown_agency_is_not_found(analyst: FlaskClient) -> None:
    assert analyst.get("/department/watch/nowhere").status_code == 404
    assert "không có quầy riêng" in words(analyst.get("/department/watch/tinh"))


@pytest.mark.parametrize("role", ["agency_head", "administrator"])
def test_others_than_the_department_do_not_watch(app: Flask, province: SmallProvince, role: str) -> None:
    client = log_in(app, role=role, agency="yen-son" if role == "agency_head" else None)
    assert [client.get(path).status_code for path in ("/department/watch", "/department/watch/yen-son")] == [403, 403]


@pytest.mark.parametrize(
    ("p_value", "said"),
    [(0.00072, "1.000"), (0.04, "20"), (0.0001, "10.000"), (8.5e-8, "1.000.000"), (1.4e-5, "70.000"), (0.0, "1.000.000")],
)
def test_how_rare_is_said_to_the_safe_side(p_value: float, said: str) -> None:
    assert f"fewer than 1 of {said} cases" in watch_words.rareness(p_value) or f"dưới 1 trong {said} trường hợp" in watch_words.rareness(
        p_value
    )


@pytest.mark.parametrize("kind", FALSE_FLAGS)
def test_every_check_has_its_words(kind: str) -> None:
    found = flag(kind, day=yesterday())
    assert watch_words.heading(found.flag) != found.flag
    assert all((watch_words.evidence(found), watch_words.what_to_do(found), watch_words.how_often_wrong(found)))


def test_the_shares_of_false_flags_are_those_of_the_methodology() -> None:
    text = (PROJECT / "docs" / "methodology.md").read_text(encoding="utf-8")
    measured = dict(re.findall(r"^\| (\w+) \| ([\d.]+) % \|", text, flags=re.MULTILINE))
    assert {name: float(measured[name]) / 100 for name in FALSE_FLAGS} == pytest.approx(FALSE_FLAGS)


def test_a_strip_has_one_stroke_for_each_day_with_a_response() -> None:
    assert watch_words.strip([2, 0, 4]) == "M1.5 24V12M7.5 24V0"
    assert watch_words.strip([]) == ""


# --- marks ---


@pytest.fixture
def marking(app: Flask, session: Session, province: SmallProvince) -> FlaskClient:
    """An analyst, and 12 responses of yesterday at Yên Sơn."""
    for _ in range(12):
        province.answer(session, {"A1": 5}, day=yesterday())
    client = log_in(app, role="analyst")
    app.config["WTF_CSRF_ENABLED"] = False
    return client


def fields(province: SmallProvince, **more: str) -> dict[str, str]:
    return {"wave": "2026-Q4", "desk": str(province.desk_ids["yen-son"]), "day": yesterday().isoformat(), "mode": "open_qr"} | more


def test_a_day_is_marked_and_lifted_with_reasons_that_stand_on_the_page(marking: FlaskClient, province: SmallProvince) -> None:
    asked = words(marking.get("/department/watch/yen-son/mark", query_string=fields(province)))
    assert "12 phiếu chưa bị đánh dấu" in asked
    answer = marking.post("/department/watch/yen-son/mark", data=fields(province, reason="all_alike", note="ba chồng phiếu"))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/department/watch/yen-son?wave=2026-Q4#marks")
    page = words(marking.get("/department/watch/yen-son?wave=2026-Q4"))
    assert "12 Nhiều phiếu giống nhau: ba chồng phiếu analyst-tinh-vi@example.vn" in page
    again = marking.post("/department/watch/yen-son/mark", data=fields(province, reason="all_alike"))
    assert (again.status_code, "Mọi phiếu của ngày này đã được đánh dấu." in words(again)) == (422, True)
    lifting = fields(province, marked_for="all_alike: ba chồng phiếu")
    assert "12 phiếu bị đánh dấu: Nhiều phiếu giống nhau" in words(marking.get("/department/watch/yen-son/lift", query_string=lifting))
    refused = marking.post("/department/watch/yen-son/lift", data=lifting)
    assert (refused.status_code, "nêu vì sao bỏ đánh dấu" in words(refused)) == (422, True)
    assert marking.post("/department/watch/yen-son/lift", data=lifting | {"note": "hội trường đông"}).status_code == 303
    assert "hội trường đông" in words(marking.get("/department/watch/yen-son?wave=2026-Q4"))
    assert "Các dấu này đã được bỏ." in words(marking.get("/department/watch/yen-son/lift", query_string=lifting))


def test_a_mark_without_a_reason_is_asked_for_again_with_what_was_typed(marking: FlaskClient, province: SmallProvince) -> None:
    answer = marking.post("/department/watch/yen-son/mark", data=fields(province, note="đông bất thường"))
    assert answer.status_code == 422
    assert "Vui lòng chọn một lý do." in words(answer)
    assert 'value="đông bất thường"' in answer.get_data(as_text=True)
    answer = marking.post("/department/watch/yen-son/mark", data=fields(province, reason="other"))
    assert "Vui lòng nêu rõ lý do khác." in words(answer)
    assert '<option value="other" selected>' in answer.get_data(as_text=True)


@pytest.mark.parametrize("part", ["day", "mode"])
def test_where_nothing_came_nothing_can_be_marked(marking: FlaskClient, province: SmallProvince, part: str) -> None:
    other = {"day": today().isoformat(), "mode": "kiosk"}[part]
    page = marking.get("/department/watch/yen-son/mark", query_string=fields(province) | {part: other})
    assert "Ngày này không có phiếu nào" in words(page)


@pytest.mark.parametrize("change", [{"day": "hôm qua"}, {"desk": "x"}, {"mode": "fax"}, {"wave": "2031-Q1"}])
def test_a_day_desk_mode_or_wave_that_is_none_is_not_found(marking: FlaskClient, province: SmallProvince, change: dict[str, str]) -> None:
    assert marking.get("/department/watch/yen-son/mark", query_string=fields(province) | change).status_code == 404


def test_a_desk_of_another_agency_is_not_marked_from_here(marking: FlaskClient, province: SmallProvince) -> None:
    assert marking.post("/department/watch/my-lam/mark", data=fields(province, reason="trial")).status_code == 404


def test_an_approver_sees_marks_but_sets_none(app: Flask, session: Session, province: SmallProvince) -> None:
    for _ in range(12):
        province.answer(session, {"A1": 5}, day=yesterday())
    approver = log_in(app, role="approver")
    page = approver.get("/department/watch/yen-son")
    assert "Đánh dấu một ngày khác" not in words(page)
    assert approver.get("/department/watch/yen-son/mark", query_string=fields(province)).status_code == 403


@pytest.mark.parametrize("stored", [*REASONS, *OF_THE_SYSTEM])
def test_every_reason_has_words(stored: str) -> None:
    assert mark_words.reason(stored) not in ("", stored)
    assert mark_words.reason(f"{stored}: vì thế") == f"{mark_words.reason(stored)}: vì thế"


def test_a_reason_written_freely_stands_as_it_is() -> None:
    assert mark_words.reason("giống nhau: tất cả") == "giống nhau: tất cả"


# --- looked at, nothing to mark ---


def test_a_finding_is_put_aside_with_a_reason_and_taken_up_again(marking: FlaskClient, session: Session, province: SmallProvince) -> None:
    found = {
        "flag": "burst",
        "desk": province.desk_ids["yen-son"],
        "day": yesterday().isoformat(),
        "n": 20,
        "observed": 41,
        "expected": 5.2,
    }
    give_score(
        session, province.questionnaire, province.wave, province.agency_ids["yen-son"], Cell(120),
        findings={"quality": [found | {"expected": 5.2, "p_value": 8e-7}]},
    )  # fmt: skip
    asked = fields(province, flag="burst")
    assert "Đã xem, không có gì phải đánh dấu" in words(marking.get("/department/watch/yen-son/review", query_string=asked))
    nothing = marking.post("/department/watch/yen-son/review", data=asked | {"reason": " "})
    assert (nothing.status_code, "Vui lòng nêu" in words(nothing)) == (422, True)
    answer = marking.post("/department/watch/yen-son/review", data=asked | {"reason": "Ngày trả kết quả lưu động"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/department/watch/yen-son?wave=2026-Q4#findings")
    page = words(marking.get("/department/watch/yen-son?wave=2026-Q4"))
    assert "Ngày trả kết quả lưu động Xem xét lại" in page
    assert "Không còn gì phải xem" in page
    assert "phát hiện bất thường" not in words(marking.get("/department/watch"))
    assert "Ngày trả kết quả lưu động" in words(marking.get("/department/watch/yen-son/review", query_string=asked))
    for _ in range(2):  # a second press of the button does no harm
        assert marking.post("/department/watch/yen-son/review/undo", data=asked).status_code == 303
    assert "1 phát hiện bất thường" in words(marking.get("/department/watch"))
    assert marking.post("/department/watch/yen-son/review", data=asked | {"flag": "perfect_forms", "reason": "x"}).status_code == 404


# --- codes that are good no more ---


def open_old_code(app: Flask, url: str) -> int:
    with app.test_client() as client:
        return client.get(url, buffered=True).status_code


def test_an_old_code_that_is_opened_is_counted_at_most_once_a_minute_and_told(
    analyst: FlaskClient, app: Flask, session: Session, province: SmallProvince
) -> None:
    url, desk = province.urls["yen-son"], province.desk_ids["yen-son"]
    assert open_old_code(app, url) == 200  # still good: not counted
    revoke_desk_codes(session, desk, today=today())
    now = [0.0]
    app.extensions["dead_codes"] = DeadCodes(clock=lambda: now[0])
    stored = select(func.sum(DeadCode.count)).where(DeadCode.desk_id == desk, DeadCode.opened_on == today())
    for seconds, written in ((0, 1), (10, 1), (59, 1), (60, 4)):
        now[0] = seconds
        assert open_old_code(app, url) == 410
        session.rollback()
        assert session.scalar(stored) == written
    page = words(analyst.get("/department/watch"))
    assert "1 quầy có mã cũ vẫn được quét" in page
    assert "Mã cũ của Bộ phận Một cửa vẫn được quét: ít nhất 4 lượt trong hai tuần" in page
    page = analyst.get("/department/watch/yen-son").text
    assert 'href="/agencies/yen-son/desks">In bảng mới</a>' in page


@pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)
def test_whoever_scans_an_old_code_gets_the_page_although_nothing_can_be_written(
    app: Flask, session: Session, province: SmallProvince
) -> None:
    revoke_desk_codes(session, province.desk_ids["yen-son"], today=today())
    with transaction(session):  # somebody else is writing, and does not end
        assert open_old_code(app, province.urls["yen-son"]) == 410
    assert session.scalar(select(func.count()).select_from(DeadCode)) == 0
