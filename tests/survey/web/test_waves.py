"""The waves' pages of Sở Nội vụ: from closing a wave to a published result, and who sees it when."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.models import AnalysisJob, Response, RunStep, Tally, Wave
from survey.services.approve_run import publish_wave
from survey.services.change_wave import close_wave
from survey.services.mark_response import mark_response
from survey.services.run_analysis import run_analysis
from survey.settings import today
from tests.support.analyses import finish_analyses
from tests.support.scored_province import log_in, past_wave, send, words
from tests.support.small_province import SmallProvince

WAVE = "/department/waves/2026-Q4"
#: What these tests ask of the database is asked on both systems by those above, and by the tests of the services.
one_system = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)


@pytest.fixture
def analyst(app: Flask, province: SmallProvince) -> FlaskClient:
    return log_in(app, role="department")


@pytest.fixture
def approver(app: Flask, province: SmallProvince) -> FlaskClient:
    return log_in(app, role="approver")


@pytest.fixture
def answered(session: Session, province: SmallProvince) -> SmallProvince:
    """Yên Sơn: nine satisfied with everything and three with nothing."""
    for rating in [5] * 9 + [2] * 3:
        province.answer(session, dict.fromkeys(province.questionnaire.dimension_of, rating), day=today() - timedelta(days=3))
    return province


def analyse(session: Session, *, by: str = "an", reason: str | None = None) -> None:
    run_analysis(session, "2026-Q4", by=by, today=today(), reason=reason)


def mark(session: Session, count: int) -> None:
    unmarked = select(Response.id).join(Wave, Wave.id == Response.wave_id).where(~Response.marked, Wave.code == "2026-Q4")
    for response_id in session.scalars(unmarked.order_by(Response.id).limit(count)).all():
        mark_response(session, response_id, reason="nghi ngờ", by="an", today=today())


# --- from closing to publishing ---


def test_a_wave_is_closed_analysed_and_approved_by_a_second_person(
    analyst: FlaskClient, approver: FlaskClient, answered: SmallProvince
) -> None:
    assert "Đợt đã đóng không mở lại được." in words(analyst.get(f"{WAVE}/close"))
    assert send(analyst, f"{WAVE}/close").headers["Location"] == WAVE
    assert "Đã đóng" in words(analyst.get(WAVE))
    started = send(analyst, f"{WAVE}/analyse")
    assert (started.status_code, started.headers["Location"]) == (303, f"{WAVE}/progress")
    finish_analyses()
    assert analyst.get(f"{WAVE}/progress").headers["Location"] == WAVE
    page = words(analyst.get(WAVE))
    assert "Đã phân tích" in page
    assert "Bản số 1: chờ người thứ hai phê duyệt" in page
    assert "UBND xã Yên Sơn 75,00 %" in page

    own = analyst.get(f"{WAVE}/publish")
    assert "cần một người khác phê duyệt hoặc trả lại" in words(own)
    assert '<button class="action"' not in own.text
    refused = send(analyst, f"{WAVE}/publish")
    assert refused.status_code == 403
    assert "chính Ông/Bà đã chạy lần phân tích này" in words(refused).replace("Chính", "chính")

    assert send(approver, f"{WAVE}/publish").headers["Location"] == WAVE
    page = words(approver.get(WAVE))
    assert "Bản số 1: đã công bố" in page
    assert "phê duyệt và công bố bởi approver-tinh-vi@example.vn" in page
    assert "Đã công bố, bản số 1" in words(approver.get("/department/waves"))


@one_system
def test_a_revision_is_returned_with_a_reason_and_proposed_once_more(
    analyst: FlaskClient, approver: FlaskClient, answered: SmallProvince, session: Session
) -> None:
    close_wave(session, "2026-Q4", today=today())
    analyse(session)
    nothing = send(approver, f"{WAVE}/return", revision="1", reason=" ")
    assert (nothing.status_code, "Xin ghi lý do." in words(nothing)) == (422, True)
    assert send(approver, f"{WAVE}/return", revision="1", reason="Còn phiếu trùng chưa xem").status_code == 303
    page = words(analyst.get(WAVE))
    assert "Bản số 1: đã trả lại" in page
    assert "trả lại bởi approver-tinh-vi@example.vn: Còn phiếu trùng chưa xem" in page
    assert send(approver, f"{WAVE}/return", revision="1", reason="Lần nữa").status_code == 409
    analyse(session, by="bình", reason="Đã xem, không có phiếu trùng")
    page = words(analyst.get(WAVE))
    assert "Bản số 1: chờ người thứ hai phê duyệt" in page
    assert "trình lại bởi bình: Đã xem, không có phiếu trùng" in page
    assert [step.step for step in session.scalars(select(RunStep).order_by(RunStep.id))] == ["proposed", "returned", "proposed"]


@one_system
def test_nobody_approves_another_revision_than_the_one_that_was_looked_at(
    approver: FlaskClient, answered: SmallProvince, session: Session
) -> None:
    close_wave(session, "2026-Q4", today=today())
    analyse(session)
    assert 'name="revision" value="1"' in approver.get(f"{WAVE}/publish").text
    mark(session, 1)
    analyse(session, reason="đánh dấu")
    answer = send(approver, f"{WAVE}/publish", revision="1")
    assert answer.status_code == 409
    assert "Đã có bản kết quả mới hơn" in words(answer)


@one_system
def test_a_published_result_is_corrected_with_a_reason_only(analyst: FlaskClient, answered: SmallProvince, session: Session) -> None:
    close_wave(session, "2026-Q4", today=today())
    analyse(session)
    publish_wave(session, "2026-Q4", by="bình", today=today())
    mark(session, 6)
    answer = send(analyst, f"{WAVE}/analyse", reason="  ")
    assert (answer.status_code, "Xin ghi lý do." in words(answer)) == (422, True)
    assert send(analyst, f"{WAVE}/analyse", reason="Đánh dấu 6 phiếu trùng").status_code == 303
    finish_analyses()
    assert "Lý do có bản mới: Đánh dấu 6 phiếu trùng" in words(analyst.get(WAVE))


@one_system
def test_whoever_approves_sees_what_is_approved(approver: FlaskClient, session: Session, province: SmallProvince) -> None:
    """A published wave with 20 of 30 satisfied; now 15 of 30, seven of them marked, and nobody answered at Mỹ Lâm."""
    before = replace(province, wave=past_wave(session, date(2019, 1, 1), date(2019, 12, 31)))
    for then, satisfied, last in ((before, 20, date(2019, 6, 20)), (province, 15, today() - timedelta(days=3))):
        for number in range(30):
            ratings = dict.fromkeys(province.questionnaire.dimension_of, 5 if number < satisfied else 2)
            then.answer(session, ratings, day=last - timedelta(days=number % 3))
    close_wave(session, before.wave.code, today=today())
    run_analysis(session, before.wave.code, by="an", today=today())
    publish_wave(session, before.wave.code, by="bình", today=today())
    close_wave(session, "2026-Q4", today=today())
    mark(session, 7)
    analyse(session, reason="Lần đầu")

    page = words(approver.get(f"{WAVE}/publish"))
    assert "Tỉnh Tuyên Quang · mã QR tại quầy 50,00 % hài lòng Khoảng tin cậy:" in page
    assert "Trước đó, 2019-01-01 (đã công bố, bản số 1): 66,67 % (" in page
    assert "hơn 2019-01-01 16,67 điểm phần trăm" in page
    assert "7 phiếu bị đánh dấu nghi vấn. Khi bỏ các phiếu bị đánh dấu:" in page
    assert "; n = 23)." in page
    assert "mã QR tại quầy: 2 cơ quan có chỉ số; 0 cơ quan có chỉ số ghi “ít phiếu” (10 đến 29); 0 cơ quan chỉ có số lượng phiếu." in page
    assert "1 cơ quan tham gia không nhận được phiếu nào." in page
    assert "người chạy: an" in page

    publish_wave(session, "2026-Q4", by="bình", today=today())
    mark(session, 6)
    analyse(session, reason="Đánh dấu thêm")
    page = words(approver.get(f"{WAVE}/publish"))
    assert "Bản đang công bố, số 1: 50,00 %" in page
    assert "Bản này có cùng chỉ số." in page
    assert "13 phiếu bị đánh dấu nghi vấn." in page


# --- who sees it when ---


def test_agencies_see_a_result_only_when_it_is_published_and_a_correction_as_one(
    app: Flask, analyst: FlaskClient, answered: SmallProvince, session: Session
) -> None:
    readers = [log_in(app, role=role, agency="yen-son") for role in ("agency_head", "agency_viewer")]

    def seen(said: str) -> bool:
        pages = [words(reader.get("/agencies/yen-son")) for reader in readers]
        assert all("75,00 %" in page for page in pages)
        assert len({said in page for page in pages}) == 1
        return said in pages[0]

    provisional, frozen, correction = "Số liệu này là tạm tính", "kết quả đã chốt, bản số", "Đính chính: bản số 2"
    assert not seen(provisional)  # live numbers of the open wave
    close_wave(session, "2026-Q4", today=today())
    assert seen(provisional)
    analyse(session)
    assert seen(provisional)
    assert not seen(frozen)
    department = words(analyst.get("/department"))
    assert "kết quả đã chốt, bản số 1" in department
    assert "Chưa được phê duyệt: các cơ quan chưa thấy kết quả này." in department
    publish_wave(session, "2026-Q4", by="bình", today=today())
    assert seen(f"{frozen} 1")
    assert not seen(provisional)
    mark(session, 6)
    analyse(session, reason="Đánh dấu 6 phiếu trùng")
    assert seen(f"{frozen} 1")
    publish_wave(session, "2026-Q4", by="bình", today=today())
    assert seen(f"{frozen} 2")
    assert seen(correction)
    assert seen("Lý do: Đánh dấu 6 phiếu trùng")
    assert correction in words(analyst.get("/department"))


# --- what changed ---


def test_two_revisions_are_compared_agency_by_agency(analyst: FlaskClient, answered: SmallProvince, session: Session) -> None:
    for rating in [5] * 12:
        answered.answer(session, {"A1": rating}, agency="my-lam", day=today() - timedelta(days=3))
    close_wave(session, "2026-Q4", today=today())
    analyse(session)
    low = session.scalars(select(Response.id).where(Response.desk_id == answered.desk_ids["yen-son"]).order_by(Response.id)).all()
    for response_id in low[:6]:
        mark_response(session, response_id, reason="trùng", by="an", today=today())
    analyse(session, reason="Đánh dấu 6 phiếu")
    page = words(analyst.get(f"{WAVE}/revisions"))
    assert "Bản số 2 so với bản số 1" in page
    assert "Lý do có bản mới: Đánh dấu 6 phiếu" in page
    assert "2 cơ quan có thay đổi; 1 cơ quan không thay đổi." in page
    assert "UBND xã Yên Sơn 12 → 12 dưới 5 → 6 75,00 % → 75,00 % không thay đổi" in page
    assert "Mỹ Lâm" not in page
    assert "Có gì thay đổi so với bản số 1" in words(analyst.get(WAVE))
    assert analyst.get(f"{WAVE}/revisions?earlier=2&later=1").status_code == 404
    assert analyst.get(f"{WAVE}/revisions?earlier=0").status_code == 404


@one_system
def test_a_change_that_tells_what_few_people_said_is_not_shown(analyst: FlaskClient, answered: SmallProvince, session: Session) -> None:
    for _ in range(20):
        answered.answer(session, {"A1": 5}, day=today() - timedelta(days=2))
    close_wave(session, "2026-Q4", today=today())
    mark(session, 6)
    analyse(session)
    mark(session, 1)
    analyse(session, reason="thêm một phiếu")
    row = words(analyst.get(f"{WAVE}/revisions")).split("UBND xã Yên Sơn 32 → 32 6 → 7 ")[1]
    assert row.split(" không thay đổi ")[1].startswith("– ")


@one_system
def test_with_one_revision_there_is_nothing_to_compare(analyst: FlaskClient, answered: SmallProvince, session: Session) -> None:
    assert analyst.get(f"{WAVE}/revisions").status_code == 404
    close_wave(session, "2026-Q4", today=today())
    analyse(session)
    assert analyst.get(f"{WAVE}/revisions").status_code == 404


# --- while it runs ---


def job(session: Session, province: SmallProvince, *, beat_at: int, failure: str | None = None) -> None:
    row = AnalysisJob(wave_id=province.wave.id, token="x", started_by="an@example.vn", percent=31, beat_at=beat_at, failure=failure)
    session.add(row)
    session.commit()


@one_system
def test_while_it_runs_the_page_looks_again_by_itself_and_a_second_start_does_nothing(
    analyst: FlaskClient, answered: SmallProvince, session: Session
) -> None:
    close_wave(session, "2026-Q4", today=today())
    job(session, answered, beat_at=int(time.time()) + 3600)  # alive for as long as this test may take
    page = analyst.get(f"{WAVE}/progress")
    assert (page.status_code, page.headers["Refresh"]) == (200, "2")
    assert '<progress id="done" class="wide" max="100" value="31">' in page.text
    assert "Đang phân tích, đã xong 31 phần trăm." in words(analyst.get(WAVE))
    assert send(analyst, f"{WAVE}/analyse").headers["Location"] == f"{WAVE}/progress"
    finish_analyses()
    session.rollback()
    assert session.scalars(select(AnalysisJob.token)).one() == "x"
    assert session.scalars(select(RunStep)).all() == []


def test_an_analysis_whose_server_is_gone_is_told_as_stopped_and_can_be_run_again(
    analyst: FlaskClient, answered: SmallProvince, session: Session
) -> None:
    close_wave(session, "2026-Q4", today=today())
    job(session, answered, beat_at=0)
    assert analyst.get(f"{WAVE}/progress").headers["Location"] == WAVE
    assert "đã dừng khi chưa xong" in words(analyst.get(WAVE))
    send(analyst, f"{WAVE}/analyse")
    finish_analyses()
    page = words(analyst.get(WAVE))
    assert "đã dừng khi chưa xong" not in page
    assert "Bản số 1: chờ" in page


@one_system
def test_an_analysis_that_fails_says_why_and_leaves_everything_as_it_was(
    analyst: FlaskClient, answered: SmallProvince, session: Session
) -> None:
    close_wave(session, "2026-Q4", today=today())
    session.delete(session.scalars(select(Tally).where(Tally.measure == "A1")).first())
    session.commit()
    send(analyst, f"{WAVE}/analyse")
    finish_analyses()
    page = words(analyst.get(WAVE))
    assert "số cộng sẵn không khớp với các phiếu đã lưu" in page
    assert "Đã đóng" in page


# --- files and refusals ---


@one_system
def test_the_frozen_file_is_what_its_hash_says(analyst: FlaskClient, session: Session, answered: SmallProvince) -> None:
    close_wave(session, "2026-Q4", today=today())
    analyse(session)
    answer = analyst.get(f"{WAVE}/runs/1.json")
    assert answer.headers["Content-Disposition"] == "attachment; filename=sipas-2026-Q4-r1.json"
    assert json.loads(answer.data)["wave"] == "2026-Q4"
    whole = sha256(answer.data).hexdigest()
    assert f"{whole}  sipas-2026-Q4-r1.json\n" in analyst.get(f"{WAVE}/runs/1.sha256").text
    page = words(analyst.get(WAVE))
    assert whole[:12] in page
    assert whole not in page  # short where people read, in full in the file


@one_system
def test_a_step_out_of_turn_is_refused_with_what_to_do(analyst: FlaskClient, province: SmallProvince) -> None:
    answer = send(analyst, f"{WAVE}/analyse")
    assert answer.status_code == 409
    assert "Đợt khảo sát này vẫn đang mở. Xin đóng đợt khảo sát trước." in words(answer)


@pytest.mark.parametrize("path", ["none", "none/close", "none/progress", "none/runs/1.json", "2026-Q4/runs/7.json"])
@one_system
def test_what_does_not_exist_is_not_found(analyst: FlaskClient, path: str) -> None:
    assert analyst.get(f"/department/waves/{path}").status_code == 404


@pytest.mark.parametrize("path", ["?revision=999999999999999999999999", "?revision=7", "?revision=x", "/runs/9999999999999999999999.json"])
@one_system
def test_a_revision_that_does_not_exist_is_not_found(analyst: FlaskClient, path: str) -> None:
    assert analyst.get(f"{WAVE}{path}").status_code == 404


@pytest.mark.parametrize(("state", "step"), [
    ("open", "analyse"), ("open", "publish"), ("closed", "close"), ("closed", "publish"), ("published", "close"), ("published", "publish"),
])  # fmt: skip
@one_system
def test_a_step_that_the_state_does_not_allow_is_not_even_asked(
    analyst: FlaskClient, session: Session, province: SmallProvince, state: str, step: str
) -> None:
    province.wave.state = state
    session.commit()
    answer = analyst.get(f"{WAVE}/{step}")
    assert answer.status_code == 409
    assert 'class="confirm"' not in answer.text


@one_system
def test_a_run_tells_its_parameters_and_who_ran_it_in_the_readers_words(
    app: Flask, analyst: FlaskClient, session: Session, answered: SmallProvince
) -> None:
    close_wave(session, "2026-Q4", today=date(2026, 11, 22))
    analyse(session, by="command line")
    page = words(analyst.get(WAVE))
    assert not {"sampling_unit", "desk", "command"} & set(page.split())
    assert "dòng lệnh" in page
    assert "Hệ số thiết kế (deff) được ước lượng chung từ" in page
    assert "Sampling unit desk and day" in words(log_in(app, role="department", language="en").get(WAVE))
