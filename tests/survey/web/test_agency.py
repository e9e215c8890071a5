from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from survey.database import db
from survey.models import Agency, AgencySuccession, Benchmark, Comment
from survey.services.approve_run import publish_wave
from survey.services.change_wave import close_wave
from survey.services.run_analysis import run_analysis
from survey.settings import today
from tests.support.scored_province import Cell, give_score, log_in, past_wave, words
from tests.support.small_province import SmallProvince


@pytest.fixture
def scored(session: Session, province: SmallProvince) -> SmallProvince:
    """Yên Sơn with 214 responses; Mỹ Lâm with 9; the province with both."""
    ids = province.agency_ids
    months = {"2026-10": Cell(100, 0.78), "2026-11": Cell(114, 0.86)}
    give_score(session, province.questionnaire, province.wave, ids["tinh"], Cell(223, 0.81))
    give_score(session, province.questionnaire, province.wave, ids["yen-son"], Cell(214, 0.8243), months=months)
    give_score(session, province.questionnaire, province.wave, ids["my-lam"], Cell(9))
    return province


@pytest.fixture
def head(app: Flask, scored: SmallProvince) -> FlaskClient:
    return log_in(app, role="agency_head", agency="yen-son")


@pytest.fixture
def department(app: Flask, scored: SmallProvince) -> FlaskClient:
    return log_in(app, role="department")


def agency(session: Session, code: str, name: str) -> Agency:
    new = Agency(code=code, kind="commune", name_vi=name, name_en=name, parent_id=None, valid_from=date(2021, 1, 1), valid_to=None)
    session.add(new)
    session.commit()
    return new


# --- who may see what ---


def test_nobody_sees_a_page_without_logging_in(client: FlaskClient, scored: SmallProvince) -> None:
    for path in ("/start", "/agencies/yen-son", "/agencies/yen-son/charts/dimensions.svg"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/login")


def test_work_begins_at_the_own_agency_or_at_all_of_them(head: FlaskClient, department: FlaskClient) -> None:
    assert head.get("/start").headers["Location"] == "/agencies/yen-son"
    assert department.get("/start").headers["Location"] == "/department"


@pytest.mark.parametrize("path", ["/agencies/my-lam", "/agencies/tinh", "/agencies/nowhere"])
def test_a_head_can_open_no_other_agency_nor_its_charts(head: FlaskClient, path: str) -> None:
    for address in (path, f"{path}?wave=2026-Q4&mode=open_qr", *(f"{path}/charts/{name}.svg" for name in ("trend", "days", "dimensions"))):
        answer = head.get(address)
        assert answer.status_code == 403
        assert "Tài khoản của Ông/Bà không được xem trang này." in words(answer)
        assert "Mỹ Lâm" not in words(answer)


def test_a_head_sees_the_sub_agencies(app: Flask, scored: SmallProvince) -> None:
    above = log_in(app, role="agency_head", agency="tinh")
    assert above.get("/agencies/yen-son").status_code == 200
    assert above.get("/agencies/yen-son/charts/dimensions.svg").status_code == 200
    assert "UBND xã Yên Sơn" in words(above.get("/agencies/tinh"))


def test_the_department_learns_that_an_agency_does_not_exist(department: FlaskClient) -> None:
    assert department.get("/agencies/nowhere").status_code == 404
    assert department.get("/agencies/yen-son/charts/nonsense.svg").status_code == 404


@pytest.mark.parametrize(
    "address", ["/agencies/%00", "/agencies/yen-son/comments?words=%00", "/agencies/yen-son?wave=%00", "/department?mode=%00"]
)
def test_a_nul_in_an_address_is_an_address_that_leads_nowhere(department: FlaskClient, address: str) -> None:
    assert department.get(address).status_code == 404


def test_the_bare_address_leads_to_the_start(client: FlaskClient) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/start")


# --- the headline ---


def test_the_headline_says_what_the_index_means_and_how_sure_it_is(head: FlaskClient) -> None:
    page = words(head.get("/agencies/yen-son"))
    assert "82,43 % hài lòng, n = 214 77,43 % – 87,43 %" in page
    assert "Cứ 100 người thì khoảng 82 người hài lòng (chắc chắn trong khoảng 77 đến 88)." in page
    yesterday = today() - timedelta(days=1)
    assert "Quý IV/2026 · mã QR tại quầy · 0 phiếu" in page  # as many as were received; scores alone were stored here
    assert f"214 phiếu tính đến hết ngày {yesterday:%d/%m/%Y}" in page
    assert "câu hỏi riêng, không tính vào chỉ số" in page


def test_the_interval_in_words_is_never_narrower_than_the_interval(head: FlaskClient, session: Session, scored: SmallProvince) -> None:
    give_score(session, scored.questionnaire, scored.wave, scored.agency_ids["yen-son"], Cell(60, 0.7291), mode="kiosk")
    assert "(chắc chắn trong khoảng 67 đến 78)" in words(head.get("/agencies/yen-son?mode=kiosk"))
    give_score(session, scored.questionnaire, scored.wave, scored.agency_ids["yen-son"], Cell(60, 0.34), mode="slip")
    assert "(chắc chắn trong khoảng 29 đến 39)" in words(head.get("/agencies/yen-son?mode=slip"))  # whole bounds stay


def test_the_index_without_marked_responses_stands_beside(head: FlaskClient, session: Session, scored: SmallProvince) -> None:
    assert "Không có phiếu nào bị đánh dấu nghi vấn." in words(head.get("/agencies/yen-son"))
    ids = scored.agency_ids
    give_score(session, scored.questionnaire, scored.wave, ids["yen-son"], Cell(200, 0.79), basis="unmarked")
    assert "14 phiếu bị đánh dấu nghi vấn. Nếu bỏ chúng ra: 79,00 %" in words(head.get("/agencies/yen-son"))


def test_criteria_come_lowest_first_and_those_without_an_index_last(head: FlaskClient, session: Session, scored: SmallProvince) -> None:
    others = {"E2": Cell(60, 0.61), "B1": Cell(55, 0.7), "C3": Cell(8)}
    give_score(session, scored.questionnaire, scored.wave, scored.agency_ids["yen-son"], Cell(214), others=others, mode="kiosk")
    page = words(head.get("/agencies/yen-son?mode=kiosk"))
    text = {c.code: c.text["vi"] for c in scored.questionnaire.criteria}
    assert page.index(text["E2"]) < page.index(text["B1"]) < page.index("Chưa có chỉ số") < page.index(text["C3"])
    assert f"{text['C3']}: chưa đủ phiếu để tính chỉ số (n = 8)" in page


def test_a_benchmark_says_its_year_and_source(head: FlaskClient, session: Session, scored: SmallProvince) -> None:
    for dimension in scored.questionnaire.dimensions:
        session.add(Benchmark(scope="national", year=2023, measure=dimension.code, percent="83.02", method="2022-", source="vietnamplus"))
    session.commit()
    page = words(head.get("/agencies/yen-son"))
    assert "SIPAS 2023 đã công bố, cả nước (nguồn: vietnamplus)" in page
    assert "83,02 %" in page


# --- what changed, what to do first, how far to trust it ---


def test_a_certain_change_is_said_with_its_interval(head: FlaskClient, session: Session, scored: SmallProvince) -> None:
    before = past_wave(session, date(2019, 10, 1), date(2019, 12, 31))
    give_score(session, scored.questionnaire, before, scored.agency_ids["yen-son"], Cell(200, 0.7), others={"STAFF": Cell(200, 0.9)})
    page = words(head.get("/agencies/yen-son?wave=2026-Q4"))
    assert "Tăng 12,43 điểm phần trăm so với 2019-10-01: chắc chắn (trong khoảng 5,36 đến 19,50)." in page
    assert "Đợt này chưa kết thúc." in page
    assert "So với 2019-10-01" in page
    assert "−7,57 điểm, chắc chắn" in page  # STAFF: 82.43 after 90


def test_a_fall_is_said_as_surely_as_a_rise(head: FlaskClient, session: Session, scored: SmallProvince) -> None:
    before = past_wave(session, date(2019, 10, 1), date(2019, 12, 31))
    give_score(session, scored.questionnaire, before, scored.agency_ids["yen-son"], Cell(200, 0.95))
    page = words(head.get("/agencies/yen-son?wave=2026-Q4"))
    assert "Giảm 12,57 điểm phần trăm so với 2019-10-01: chắc chắn (trong khoảng 5,50 đến 19,64)." in page


@pytest.mark.parametrize(("index", "sentence"), [
    (0.8, "Cao hơn 2019-10-01 2,43 điểm phần trăm: chưa đủ chắc để nói là tăng (khoảng −4,64 đến +9,50)."),
    (0.85, "Thấp hơn 2019-10-01 2,57 điểm phần trăm: chưa đủ chắc để nói là giảm (khoảng −9,64 đến +4,50)."),
])  # fmt: skip
def test_an_uncertain_change_is_said_as_uncertain(
    head: FlaskClient, session: Session, scored: SmallProvince, index: float, sentence: str
) -> None:
    before = past_wave(session, date(2019, 10, 1), date(2019, 12, 31))
    give_score(session, scored.questionnaire, before, scored.agency_ids["yen-son"], Cell(200, index))
    page = words(head.get("/agencies/yen-son?wave=2026-Q4"))
    assert sentence in page
    assert "điểm, chưa chắc" in page


def test_without_an_earlier_wave_there_is_no_change(head: FlaskClient) -> None:
    assert "Chưa có đợt khảo sát nào trước đây để so sánh." in words(head.get("/agencies/yen-son"))


def test_the_first_three_criteria_are_those_that_matter_and_are_low(head: FlaskClient, session: Session, scored: SmallProvince) -> None:
    row = {"importance": 0.4, "urgency": 0.1}
    listed = [row | {"key": key, "quadrant": quadrant, "leaning": leaning} for key, quadrant, leaning in (
        ("E2", "work_on_first", "work_on_first"), ("B1", "unclear", "work_on_first"), ("C3", "unclear", "work_on_first"),
        ("A1", "unclear", "work_on_first"), ("D1", "unclear", "work_on_first"), ("A2", "keep_up", "keep_up"),
    )]  # fmt: skip
    others = {"E2": Cell(60, 0.61), "B1": Cell(55, 0.7), "C3": Cell(40, None)}
    ids = scored.agency_ids
    give_score(
        session, scored.questionnaire, scored.wave, ids["yen-son"], Cell(214), others=others, mode="kiosk", findings={"priorities": listed}
    )
    page = words(head.get("/agencies/yen-son?mode=kiosk")).split("Vì sao nên làm trước")[1].split("Những tiêu chí thấp nhất")[0]
    text = {c.code: c.text["vi"] for c in scored.questionnaire.criteria}
    assert page.index(text["E2"]) < page.index(text["B1"]) < page.index(text["A1"])
    assert (page.count(" chắc chắn "), text["C3"] in page, text["D1"] in page, text["A2"] in page) == (1, False, False, False)
    assert "chưa phải bằng chứng về nguyên nhân" in page


def test_with_too_little_to_go_on_the_lowest_criteria_are_said_to_be_only_that(
    head: FlaskClient, session: Session, scored: SmallProvince
) -> None:
    others = {"E2": Cell(60, 0.61), "B1": Cell(55, 0.7), "C3": Cell(40, 0.75)}
    give_score(session, scored.questionnaire, scored.wave, scored.agency_ids["yen-son"], Cell(214), others=others, mode="kiosk")
    page = words(head.get("/agencies/yen-son?mode=kiosk")).split("Có thể bắt đầu từ đâu")[1].split("Những tiêu chí thấp nhất")[0]
    assert "dưới đây chỉ là các tiêu chí có chỉ số thấp nhất" in page
    text = {c.code: c.text["vi"] for c in scored.questionnaire.criteria}
    assert page.index(text["E2"]) < page.index(text["B1"]) < page.index(text["C3"])


@pytest.mark.parametrize(("mode", "sentence"), [
    ("open_qr", "82 % số phiếu của đợt này đến theo hình thức này; ai đến cũng có thể trả lời nên đây không phải mẫu ngẫu nhiên."),
    ("slip", "18 % số phiếu của đợt này có mã một lần, tức là mỗi phiếu gắn với một lần đến giao dịch."),
])  # fmt: skip
def test_it_is_said_how_far_the_index_can_be_trusted(
    head: FlaskClient, session: Session, scored: SmallProvince, mode: str, sentence: str
) -> None:
    give_score(session, scored.questionnaire, scored.wave, scored.agency_ids["yen-son"], Cell(46), mode="slip")
    assert f"Có thể tin đến đâu: {sentence}" in words(head.get(f"/agencies/yen-son?mode={mode}"))


def test_people_drawn_at_random_are_said_to_be(head: FlaskClient, session: Session, scored: SmallProvince) -> None:
    scored.wave.instrument = "sample"
    session.commit()
    assert "Người trả lời được chọn ngẫu nhiên; 100 %" in words(head.get("/agencies/yen-son"))


PLACE = {
    "kind": "commune", "peers": 31, "target": 0.8, "tau2": 0.001, "n_eff": 90.0, "position": "inside", "difference": 0.0243,
    "differs": False, "rank_low": 4, "rank_high": 11, "all_low": 2, "all_high": 20, "like": [7, 8, 9],
}  # fmt: skip
LIVE = {"differs": None, "rank_low": None, "rank_high": None, "like": None}


@pytest.mark.parametrize(("others", "sentence"), [
    ({}, "Chưa khác rõ mức chung của 31 cơ quan cùng loại (80,00 %)."),
    ({"differs": True}, "Cao hơn mức chung của 31 cơ quan cùng loại (80,00 %): chắc chắn."),
    ({"differs": True, "difference": -0.02}, "Thấp hơn mức chung của 31 cơ quan cùng loại (80,00 %): chắc chắn."),
    (LIVE, "Không phân biệt được với mức chung của 31 cơ quan cùng loại (80,00 %)."),
    (LIVE | {"target": 0.7}, "Đang cao hơn mức chung của 31 cơ quan cùng loại (70,00 %); có chắc chắn hay không thì chờ"),
    (LIVE | {"target": 0.9, "difference": -0.07}, "Đang thấp hơn mức chung của 31 cơ quan cùng loại (90,00 %)"),
])  # fmt: skip
def test_an_agency_stands_among_those_of_its_kind_but_does_not_see_them(
    head: FlaskClient, session: Session, scored: SmallProvince, others: dict[str, object], sentence: str
) -> None:
    ids, findings = scored.agency_ids, {"place": PLACE | others}
    give_score(session, scored.questionnaire, scored.wave, ids["yen-son"], Cell(214), mode="kiosk", findings=findings)
    give_score(session, scored.questionnaire, scored.wave, ids["my-lam"], Cell(90, 0.4567), mode="kiosk", findings={"place": PLACE})
    page = words(head.get("/agencies/yen-son?mode=kiosk"))
    assert sentence in page
    assert ("Thứ hạng có thể: hạng 4–11 trong 31." in page) == (PLACE | others == PLACE or "rank_low" not in others)
    drawn = head.get("/agencies/yen-son/charts/place.svg?mode=kiosk")
    assert (drawn.status_code, drawn.content_type) == (200, "image/svg+xml")
    assert "Mỹ Lâm" not in page + drawn.text
    assert "45,67" not in page


def test_an_agency_that_is_compared_with_none_has_no_funnel(head: FlaskClient) -> None:
    assert "Trong các cơ quan cùng loại" not in words(head.get("/agencies/yen-son"))
    assert head.get("/agencies/yen-son/charts/place.svg").status_code == 404


@pytest.mark.parametrize(("side", "word"), [("low", "thấp"), ("high", "cao")])
def test_an_alarm_is_a_plain_sentence(head: FlaskClient, session: Session, scored: SmallProvince, side: str, word: str) -> None:
    before = past_wave(session, date(2019, 10, 1), date(2019, 12, 31))
    agency, findings = scored.agency_ids["yen-son"], {"alarm": {"side": side, "since": "2026-11-05", "baseline": 0.81}}
    give_score(session, scored.questionnaire, before, agency, Cell(200), mode="kiosk")
    give_score(session, scored.questionnaire, scored.wave, agency, Cell(214), mode="kiosk", findings=findings)
    page = words(head.get("/agencies/yen-son?wave=2026-Q4&mode=kiosk"))
    assert f"Từ ngày 05/11/2026, tỷ lệ hài lòng {word} hơn mức bình thường của 2019-10-01 (khoảng 81 %)." in page
    assert "Đây là dấu hiệu cần xem lại, chưa phải kết luận." in page


def test_what_is_withheld_from_those_above_raises_no_alarm_for_them(app: Flask, session: Session, scored: SmallProvince) -> None:
    before = past_wave(session, date(2019, 10, 1), date(2019, 12, 31))
    agency, findings = scored.agency_ids["yen-son"], {"alarm": {"side": "low", "since": "2026-11-05", "baseline": 0.81}}
    give_score(session, scored.questionnaire, before, agency, Cell(200), mode="kiosk")
    give_score(session, scored.questionnaire, scored.wave, agency, Cell(214, withheld=True), mode="kiosk", findings=findings)
    above = log_in(app, role="agency_head", agency="tinh")
    assert "mức bình thường" not in words(above.get("/agencies/yen-son?wave=2026-Q4&mode=kiosk"))


# --- few people ---


def test_under_ten_respondents_only_the_count_is_shown(app: Flask, scored: SmallProvince) -> None:
    page = words(log_in(app, role="agency_head", agency="my-lam").get("/agencies/my-lam"))
    assert "Chưa đủ phiếu để tính chỉ số (n = 9)." in page
    assert "%" not in page


def test_ten_to_twenty_nine_respondents_are_marked_as_few(head: FlaskClient, session: Session, scored: SmallProvince) -> None:
    give_score(session, scored.questionnaire, scored.wave, scored.agency_ids["yen-son"], Cell(29), mode="slip")
    assert "hài lòng, n = 29 ít phiếu" in words(head.get("/agencies/yen-son?mode=slip"))
    assert "ít phiếu" not in words(head.get("/agencies/yen-son?mode=open_qr")).split("Năm yếu tố")[0]


def test_what_would_betray_a_sibling_is_hidden_from_those_above_but_not_from_its_head(
    app: Flask, session: Session, province: SmallProvince
) -> None:
    ids, months = province.agency_ids, {"2026-11": Cell(12, 0.77)}
    give_score(session, province.questionnaire, province.wave, ids["tinh"], Cell(21, 0.7))
    give_score(session, province.questionnaire, province.wave, ids["yen-son"], Cell(12, 0.7531, withheld=True), months=months)
    give_score(session, province.questionnaire, province.wave, ids["my-lam"], Cell(9))
    own = words(log_in(app, role="agency_head", agency="yen-son").get("/agencies/yen-son"))
    assert "75,31 %" in own
    above = log_in(app, role="department")
    for path in ("/agencies/yen-son", "/agencies/tinh", "/department"):
        page = words(above.get(path))
        assert "75,31 %" not in page
        assert "77,00 %" not in page
        assert "để giữ kín số liệu của một nhóm nhỏ hơn" in page.lower()
    for name in ("trend", "dimensions"):
        assert above.get(f"/agencies/yen-son/charts/{name}.svg").status_code == 404


# --- wave and mode ---


def test_modes_stand_apart_and_the_largest_is_shown_first(head: FlaskClient, session: Session, scored: SmallProvince) -> None:
    give_score(session, scored.questionnaire, scored.wave, scored.agency_ids["yen-son"], Cell(50, 0.95), mode="kiosk")
    assert "82,43 %" in words(head.get("/agencies/yen-son"))
    assert "95,00 %" in words(head.get("/agencies/yen-son?mode=kiosk"))
    assert "264" not in words(head.get("/agencies/yen-son"))


def test_a_mode_without_responses_says_so(head: FlaskClient) -> None:
    assert "Chưa có chỉ số: kết quả hiển thị từ ngày hôm sau" in words(head.get("/agencies/yen-son?mode=paper"))


def test_a_wave_that_is_over_promises_no_responses(head: FlaskClient, session: Session, scored: SmallProvince) -> None:
    past_wave(session, date(2019, 10, 1), date(2019, 12, 31)).state = "closed"
    session.commit()
    for path in ("/agencies/yen-son", "/agencies/yen-son/criteria/C2"):
        assert "cơ quan không có phiếu nào theo hình thức này." in words(head.get(f"{path}?wave=2019-10-01"))


@pytest.mark.parametrize(
    ("query", "sentence"), [("wave=2031-Q9", "Không có đợt khảo sát này."), ("mode=pigeon", "Không có hình thức trả lời này.")]
)
def test_an_unknown_wave_or_mode_is_explained(head: FlaskClient, query: str, sentence: str) -> None:
    answer = head.get(f"/agencies/yen-son?{query}")
    assert answer.status_code == 404
    assert sentence in words(answer)


def test_a_wrong_wave_is_answered_with_those_that_there_are(head: FlaskClient) -> None:
    answer = head.get("/agencies/yen-son/criteria/C2?wave=2031-Q9&mode=open_qr&lang=vi")
    assert '<option value="2026-Q4">Quý IV/2026 (đang mở)</option>' in answer.text
    assert '<input type="hidden" name="mode" value="open_qr">' in answer.text
    assert 'name="lang"' not in answer.text
    assert head.get("/agencies/yen-son/criteria/C2?wave=2026-Q4&mode=open_qr").status_code == 200


@pytest.mark.parametrize("page", [
    "/department", "/department/criteria", "/department/trends", "/department/targets", "/department/watch",
    "/department/watch/yen-son", "/agencies/yen-son/comments",
])  # fmt: skip
def test_a_wrong_wave_is_answered_alike_on_every_page_of_the_department(app: Flask, scored: SmallProvince, page: str) -> None:
    answer = log_in(app, role="analyst").get(f"{page}?wave=2031-Q9")
    assert answer.status_code == 404
    assert '<option value="2026-Q4">' in answer.text


def test_who_follows_an_old_address_of_a_wave_is_led_to_the_list_of_waves(app: Flask, scored: SmallProvince) -> None:
    answer = log_in(app, role="analyst").get("/department/waves/2031-Q9")
    assert answer.status_code == 404
    assert '<p><a href="/department/waves">' in answer.text
    assert '<select name="wave">' not in answer.text


def test_before_the_first_wave_the_page_says_what_will_come(app: Flask, session: Session) -> None:
    session.add(
        Agency(code="new", kind="commune", parent_id=None, name_vi="Xã mới", name_en="New", valid_from=date(2025, 7, 1), valid_to=None)
    )
    session.commit()
    assert "Chưa có đợt khảo sát nào." in words(log_in(app, role="agency_head", agency="new").get("/agencies/new"))


def test_a_head_sees_the_frozen_revision_once_it_is_published(app: Flask, session: Session, province: SmallProvince) -> None:
    for rating in [5] * 9 + [2] * 3:
        province.answer(session, dict.fromkeys(province.questionnaire.dimension_of, rating), day=today() - timedelta(days=3))
    close_wave(session, "2026-Q4", today=today())
    run_analysis(session, "2026-Q4", by="test", today=today())
    head = log_in(app, role="agency_head", agency="yen-son")
    assert "kết quả đã chốt" not in words(head.get("/agencies/yen-son"))
    publish_wave(session, "2026-Q4", by="another", today=today())
    page = words(head.get("/agencies/yen-son"))
    assert "kết quả đã chốt, bản số 1" in page
    assert "75,00 % hài lòng" in page


def test_a_live_page_counts_what_was_received_and_scores_what_was_released(app: Flask, session: Session, province: SmallProvince) -> None:
    for day, people in ((today() - timedelta(days=2), 12), (today(), 3)):
        for _ in range(people):
            province.answer(session, {"A1": 4, "E1": 5}, day=day)
    page = words(log_in(app, role="agency_head", agency="yen-son").get("/agencies/yen-son"))
    assert "12 phiếu" in page
    assert "đến nay đã nhận: 15" in page
    assert "không phiếu nào bị nghi vấn; 3 phiếu mới chưa tính." in page
    assert "Đã nhận 15 phiếu trong 2 ngày có phiếu; nhiều nhất là 12 phiếu" in page


# --- the trend ---


def test_the_trend_names_a_change_only_when_it_is_clear(head: FlaskClient, session: Session, scored: SmallProvince) -> None:
    assert "Từ tháng 10/2026 đến tháng 11/2026 chưa thấy thay đổi rõ rệt (78,00 % và 86,00 %)." in words(head.get("/agencies/yen-son"))
    months = {"2026-10": Cell(100, 0.6), "2026-11": Cell(114, 0.86)}
    give_score(session, scored.questionnaire, scored.wave, scored.agency_ids["yen-son"], Cell(214), months=months, mode="kiosk")
    page = words(head.get("/agencies/yen-son?mode=kiosk"))
    assert "Chỉ số tăng từ 60,00 % (tháng 10/2026) lên 86,00 % (tháng 11/2026)." in page


def test_the_predecessor_stands_apart_with_the_day_of_succession(head: FlaskClient, session: Session, scored: SmallProvince) -> None:
    old = agency(session, "old", "UBND xã cũ")
    session.add(AgencySuccession(predecessor_id=old.id, successor_id=scored.agency_ids["yen-son"], succeeded_on=date(2025, 7, 1)))
    wave = past_wave(session, date(2010, 4, 1), date(2010, 6, 30))
    give_score(session, scored.questionnaire, wave, old.id, Cell(40, 0.7), months={"2010-04": Cell(40, 0.7)})
    page = words(head.get("/agencies/yen-son?wave=2026-Q4"))
    assert "Từ ngày 01/07/2025, đơn vị này được hình thành từ UBND xã cũ (nét đứt màu xám)." in page
    assert "Từ tháng 10/2026 đến tháng 11/2026" in page  # the finding never reaches across


# --- comments ---


def test_only_readable_comments_are_shown_page_by_page(head: FlaskClient, session: Session, scored: SmallProvince) -> None:
    texts = [(f"ý kiến số {number}", "yen-son", True) for number in range(25)]
    texts += [("chưa mở", "yen-son", False), ("nơi khác", "my-lam", True)]
    for text, of, readable in texts:
        session.add(Comment(id=uuid4(), wave_id=scored.wave.id, agency_id=scored.agency_ids[of], text=text, readable=readable))
    session.commit()
    first, second = (words(head.get(f"/agencies/yen-son?comments={page}")) for page in (1, 2))
    assert (first.count("ý kiến số"), second.count("ý kiến số")) == (20, 5)
    assert "chưa mở" not in first + second
    assert "nơi khác" not in first + second


def test_a_comment_cannot_bring_markup(head: FlaskClient, session: Session, scored: SmallProvince) -> None:
    comment = Comment(id=uuid4(), wave_id=scored.wave.id, agency_id=scored.agency_ids["yen-son"], text="<b>đậm</b>", readable=True)
    session.add(comment)
    session.commit()
    assert "&lt;b&gt;đậm" in head.get("/agencies/yen-son").get_data(as_text=True)


# --- titles and ways onward ---


@pytest.mark.parametrize(("path", "title"), [
    ("/agencies/yen-son", "UBND xã Yên Sơn – SIPAS"),
    ("/agencies/yen-son/dimensions/STAFF", "Công chức – UBND xã Yên Sơn – SIPAS"),
    ("/agencies/yen-son/comments", "Góp ý của người dân – UBND xã Yên Sơn – SIPAS"),
    ("/agencies/yen-son/desks", "Quầy và mã QR – UBND xã Yên Sơn – SIPAS"),
])  # fmt: skip
def test_a_title_says_whose_page_it_is(head: FlaskClient, path: str, title: str) -> None:
    assert f"<title>{title}</title>" in head.get(path).text


@pytest.mark.parametrize("path", ["/account", "/account/keys", "/agencies/my-lam", "/agencies/yen-son?wave=2031-Q9", "/nowhere"])
def test_a_head_finds_the_own_pages_from_everywhere(head: FlaskClient, path: str) -> None:
    strip = head.get(path).text.split('aria-label="Các trang của cơ quan"')[1].split("</nav>")[0]
    assert 'href="/agencies/yen-son/comments"' in strip
    assert "my-lam" not in strip
    assert ("aria-current" in strip) == ("wave" in path)  # that one is the overview, though of no wave


# --- languages, banner, speed ---


def test_the_english_page_holds_no_vietnamese_word_of_ours(app: Flask, scored: SmallProvince) -> None:
    page = words(log_in(app, role="agency_head", agency="yen-son", language="en").get("/agencies/yen-son"))
    assert "About 82 of every 100 people are satisfied (surely between 77 and 88)." in page
    assert "82.43 %" in page
    assert "phiếu" not in page
    assert "Khoảng" not in page


def test_a_chosen_language_is_kept(head: FlaskClient) -> None:
    assert 'lang="en"' in head.get("/agencies/yen-son?lang=en").get_data(as_text=True)
    assert '<html lang="en">' in head.get("/agencies/yen-son").get_data(as_text=True)


def test_simulated_data_say_so(head: FlaskClient, session: Session, scored: SmallProvince) -> None:
    assert "Dữ liệu mô phỏng" not in words(head.get("/agencies/yen-son"))
    scored.wave.simulated = True
    session.commit()
    assert "Dữ liệu mô phỏng" in words(head.get("/agencies/yen-son"))


def test_the_page_asks_the_database_few_questions(app: Flask, head: FlaskClient) -> None:
    head.get("/agencies/yen-son")
    asked: list[str] = []
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda *arguments: asked.append(arguments[2]))
    head.get("/agencies/yen-son")
    selects = [statement for statement in asked if statement.lstrip().startswith("SELECT")]
    assert len(selects) <= 22, "\n\n".join(selects)
