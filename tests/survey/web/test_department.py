from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from survey.models import Agency, AnalysisRun, Benchmark, Score
from survey.queries.estimates import Estimate
from survey.services.change_wave import open_wave
from survey.settings import today
from survey.web.comparison import _cell
from tests.support.scored_province import Cell, give_score, log_in, row, words
from tests.support.small_province import SmallProvince

PATHS = [
    "/department",
    "/department/funnel.svg",
    "/department/criteria",
    "/department/waves",
    "/department/waves/2026-Q4",
    "/department/waves/2026-Q4/close",
    "/department/waves/2026-Q4/runs/1.json",
]


@pytest.fixture
def scored(session: Session, province: SmallProvince) -> SmallProvince:
    ids = province.agency_ids
    for agency, cell in {"tinh": Cell(250, 0.81), "yen-son": Cell(214, 0.8243), "my-lam": Cell(36, 0.71)}.items():
        give_score(session, province.questionnaire, province.wave, ids[agency], cell)
    return province


@pytest.fixture
def department(app: Flask, province: SmallProvince) -> FlaskClient:
    return log_in(app, role="department")


# --- who may ---


@pytest.mark.parametrize("path", PATHS)
def test_a_head_sees_no_page_of_the_department(app: Flask, scored: SmallProvince, path: str) -> None:
    answer = log_in(app, role="agency_head", agency="tinh").get(path)
    assert answer.status_code == 403
    assert "Quý IV/2026" not in words(answer)


@pytest.mark.parametrize("path", PATHS)
def test_nobody_sees_them_without_logging_in(client: FlaskClient, path: str) -> None:
    assert client.get(path).headers["Location"].startswith("/login")


@pytest.mark.parametrize("step", ["close", "analyse", "publish"])
def test_a_head_cannot_change_a_wave(app: Flask, scored: SmallProvince, session: Session, step: str) -> None:
    head = log_in(app, role="agency_head", agency="tinh")
    page = head.get("/agencies/tinh").get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    assert head.post(f"/department/waves/2026-Q4/{step}", data={"csrf_token": token}).status_code == 403
    session.refresh(scored.wave)
    assert scored.wave.state == "open"


def test_a_wave_cannot_be_closed_from_another_site(department: FlaskClient, session: Session, province: SmallProvince) -> None:
    assert department.post("/department/waves/2026-Q4/close").status_code == 400
    session.refresh(province.wave)
    assert province.wave.state == "open"


# --- the comparison ---


def test_every_agency_stands_in_the_table_with_its_interval_and_n(department: FlaskClient, scored: SmallProvince) -> None:
    page = words(department.get("/department"))
    assert "UBND xã Yên Sơn 82,43 % 77,43 % – 87,43 % 214 xã, phường" in page
    assert "Cứ 100 người thì khoảng 81 người hài lòng" in page


def test_before_a_wave_is_analysed_no_rank_is_given(department: FlaskClient, scored: SmallProvince) -> None:
    page = words(department.get("/department?sort=index"))
    assert "Vì vậy bảng này không xếp hạng." in page
    assert "Khoảng thứ hạng được tính khi phân tích đợt khảo sát." in page
    assert "hạng 1" not in page.lower()


def place(**others: object) -> dict[str, object]:
    usual: dict[str, object] = {
        "kind": "commune", "peers": 31, "target": 0.8, "tau2": 0.001, "n_eff": 90.0, "position": "inside", "difference": 0.0243,
        "differs": False, "rank_low": 4, "rank_high": 11, "all_low": 2, "all_high": 20, "like": [],
    }  # fmt: skip
    return usual | others


@pytest.fixture
def ranked(session: Session, province: SmallProvince) -> SmallProvince:
    """Yên Sơn, from rank 4 to 11 of 31, cannot be told from Mỹ Lâm, which is surely low."""
    ids = province.agency_ids
    low = place(position="below_998", difference=-0.09, differs=True, rank_low=31, rank_high=31, like=[])
    for agency, cell, found in (
        ("tinh", Cell(250, 0.81), None), ("yen-son", Cell(214, 0.8243), place(like=[ids["my-lam"]])), ("my-lam", Cell(36, 0.71), low),
    ):  # fmt: skip
        findings = {"place": found} if found else None
        give_score(session, province.questionnaire, province.wave, ids[agency], cell, findings=findings)
    return province


def test_a_rank_is_said_as_all_the_ranks_that_may_be_true(department: FlaskClient, ranked: SmallProvince) -> None:
    page = words(department.get("/department"))
    assert "UBND xã Yên Sơn 82,43 % 77,43 % – 87,43 % 214 xã, phường hạng 4–11 trong 31 chưa khác rõ +2,43 1" in page
    assert "UBND phường Mỹ Lâm 71,00 % 66,00 % – 76,00 % 36 xã, phường hạng 31 trong 31 thấp hơn −9,00 0" in page
    assert "bảng này không xếp hạng" not in page
    assert "Tỉnh Tuyên Quang 81,00 % 76,00 % – 86,00 % 250 tỉnh – không so sánh –" in page


def test_the_funnel_names_who_stands_out_and_has_a_table_behind(department: FlaskClient, ranked: SmallProvince) -> None:
    page = words(department.get("/department"))
    assert "Thấp hơn mức thường thấy: UBND phường Mỹ Lâm." in page
    assert "UBND phường Mỹ Lâm 71,00 % 36 90 thấp hơn hẳn mức thường thấy 2–20" in page
    answer = department.get("/department/funnel.svg")
    assert (answer.status_code, answer.content_type) == (200, "image/svg+xml")
    assert "UBND phường Mỹ Lâm" in answer.text
    assert "Yên Sơn" not in answer.text
    assert "<script" not in answer.text


def test_without_anybody_to_compare_there_is_no_funnel(department: FlaskClient, scored: SmallProvince) -> None:
    assert department.get("/department/funnel.svg").status_code == 404
    assert "Cơ quan nào khác hẳn" not in words(department.get("/department"))


def test_an_agency_can_be_looked_at_beside_those_that_it_cannot_be_told_from(department: FlaskClient, ranked: SmallProvince) -> None:
    page = words(department.get("/department?like=yen-son"))
    assert (
        "UBND xã Yên Sơn và các cơ quan không phân biệt được với cơ quan này về thống kê: 1. Điều đó không có nghĩa là bằng nhau." in page
    )
    assert "UBND phường Mỹ Lâm 71,00 %" in page
    assert department.get("/department?like=nowhere").status_code == 404
    assert department.get("/department?like=tinh").status_code == 404  # the province is none of its agencies


def department_of_justice(session: Session) -> int:
    agency = Agency(code="so-tu-phap", kind="department", name_vi="Sở Tư pháp", name_en="Justice", valid_from=today())
    session.add(agency)
    session.commit()
    return agency.id


def test_one_kind_can_be_looked_at_alone(department: FlaskClient, session: Session, ranked: SmallProvince) -> None:
    give_score(session, ranked.questionnaire, ranked.wave, department_of_justice(session), Cell(112, 0.9))
    assert "Sở Tư pháp" in words(department.get("/department"))
    assert "Sở Tư pháp" not in words(department.get("/department?kind=commune"))
    assert {department.get(f"/department?kind={kind}").status_code for kind in ("planet", "province")} == {404}


def test_the_province_stands_before_its_agencies_in_every_order_and_is_not_counted(department: FlaskClient, ranked: SmallProvince) -> None:
    orders = ("index", "-index", "n", "-n", "rank", "name")
    for path in (*(f"/department?sort={sort}" for sort in orders), "/department/criteria?sort=A1", "/department/targets"):
        bodies = [part.split("</tbody>")[0] for part in department.get(path).text.split("<tbody")[1:3]]
        assert 'class="whole"' in bodies[0], path
        assert [body.count(">Tỉnh Tuyên Quang<") for body in bodies] == [1, 0], path
    assert "xã, phường (2)" in words(department.get("/department"))
    assert "tỉnh (1)" not in words(department.get("/department"))


def test_a_frozen_revision_from_before_there_were_ranks_says_so(department: FlaskClient, session: Session, scored: SmallProvince) -> None:
    for score in session.scalars(select(Score)):
        score.revision = 1
    run = AnalysisRun(
        wave_id=scored.wave.id, revision=1, run_on=today(), run_by="x", inputs_sha256="x", code_version="x", parameters={}, result="{}",
        result_sha256="x",
    )  # fmt: skip
    session.add(run)
    scored.wave.state = "analysed"
    session.commit()
    assert "Bản kết quả này được chốt trước khi có khoảng thứ hạng" in words(department.get("/department"))


@pytest.mark.parametrize("key", ["name", "index", "n", "kind", "rank", "difference", "like"])
def test_every_column_is_sorted_by_a_link_and_turned_round_by_it_again(department: FlaskClient, ranked: SmallProvince, key: str) -> None:
    def order(sort: str) -> list[str]:
        page = words(department.get(f"/department?kind=commune&sort={sort}")).split("Cơ quan nào khác hẳn")[0]
        return sorted(("UBND xã Yên Sơn 8", "UBND phường Mỹ Lâm 7"), key=page.index)

    assert order(key) == order(f"-{key}")[::-1] or key == "kind"
    page = department.get(f"/department?sort={key}").get_data(as_text=True)
    assert f"sort=-{key}" in page or f"sort={key}" in page
    assert 'aria-sort="ascending"' in page


@pytest.mark.parametrize(("sort", "first", "second"), [
    ("name", "UBND phường Mỹ Lâm", "UBND xã Yên Sơn"),
    ("index", "UBND phường Mỹ Lâm", "UBND xã Yên Sơn"),
    ("-n", "UBND xã Yên Sơn", "UBND phường Mỹ Lâm"),
    ("n", "UBND phường Mỹ Lâm", "UBND xã Yên Sơn"),
    ("nonsense", "UBND phường Mỹ Lâm", "UBND xã Yên Sơn"),
])  # fmt: skip
def test_links_sort_the_table(department: FlaskClient, scored: SmallProvince, sort: str, first: str, second: str) -> None:
    page = words(department.get(f"/department?sort={sort}"))
    assert page.index(first) < page.index(second)


def test_few_responses_are_marked_or_only_counted(department: FlaskClient, session: Session, province: SmallProvince) -> None:
    for agency, cell in {"tinh": Cell(250), "yen-son": Cell(29), "my-lam": Cell(9)}.items():
        give_score(session, province.questionnaire, province.wave, province.agency_ids[agency], cell)
    page = words(department.get("/department"))
    assert "29 ít phiếu" in page
    assert "UBND phường Mỹ Lâm chưa đủ phiếu để tính chỉ số 9" in page


def test_published_values_stand_beside_with_source_and_the_break_of_method(
    department: FlaskClient, session: Session, scored: SmallProvince
) -> None:
    for year, percent, method in ((2021, "87.16", "2017-2021"), (2022, "80.08", "2022-")):
        session.add(Benchmark(scope="national", year=year, measure="ALL", percent=percent, method=method, source=f"nguồn {year}"))
    session.commit()
    page = words(department.get("/department"))
    assert page.index("nguồn 2021") < page.index("Từ năm 2022 dùng phương pháp khác") < page.index("nguồn 2022")
    assert "81,00 % hài lòng" in page  # what the survey found is untouched by them


def test_a_mode_is_never_mixed_with_another(department: FlaskClient, session: Session, scored: SmallProvince) -> None:
    give_score(session, scored.questionnaire, scored.wave, scored.agency_ids["yen-son"], Cell(31, 0.97), mode="kiosk")
    assert "97,00 %" not in words(department.get("/department"))
    kiosk = words(department.get("/department?mode=kiosk"))
    assert "97,00 %" in kiosk
    assert "82,43 %" not in kiosk


def test_an_empty_province_says_what_will_come(department: FlaskClient) -> None:
    assert "Chưa có chỉ số: kết quả hiển thị từ ngày hôm sau" in words(department.get("/department"))


# --- agencies by criteria ---


def test_the_map_shows_every_criterion_of_every_agency_as_far_as_it_may(
    department: FlaskClient, session: Session, province: SmallProvince
) -> None:
    cells = {"A1": Cell(60, 0.42), "A2": Cell(60, 0.97), "A3": Cell(8), "A4": Cell(40, 0.6, withheld=True), "B1": Cell(20, 0.74)}
    for code in ("tinh", "yen-son"):
        give_score(session, province.questionnaire, province.wave, province.agency_ids[code], Cell(214, 0.8243), others=cells)
    answer = department.get("/department/criteria")
    row = "UBND xã Yên Sơn 214 82 42 97 – – 74* 82"
    assert row in words(answer)
    assert '<td class="heat h0">42' in answer.text
    assert '<td class="heat h5">97' in answer.text
    assert '<td class="heat h3">74' in answer.text


def test_the_map_is_sorted_by_a_criterion_lowest_first_and_the_hidden_last(
    department: FlaskClient, session: Session, province: SmallProvince
) -> None:
    for code, cell in {"tinh": Cell(250, 0.9), "yen-son": Cell(40, 0.5), "my-lam": Cell(9)}.items():
        give_score(session, province.questionnaire, province.wave, province.agency_ids[code], Cell(214), others={"B2": cell})
    names = ["Tỉnh Tuyên Quang 214", "UBND xã Yên Sơn 214", "UBND phường Mỹ Lâm 214"]
    page = words(department.get("/department/criteria?sort=B2"))
    assert sorted(names, key=page.index) == names
    page = words(department.get("/department/criteria?sort=nonsense"))
    assert page.index("Tỉnh Tuyên Quang 214") < page.index("UBND phường Mỹ Lâm 214") < page.index("UBND xã Yên Sơn 214")


def test_other_choices_stand_side_by_side(department: FlaskClient, session: Session, scored: SmallProvince) -> None:
    tinh = scored.agency_ids["tinh"]
    session.execute(delete(Score).where(Score.agency_id == tinh))
    others = {"unweighted": row("overall", "ALL", Cell(250, 0.755)), "not_own_network": row("overall", "ALL", Cell(230, 0.8))}
    give_score(session, scored.questionnaire, scored.wave, tinh, Cell(250, 0.81), findings={"sensitivity": others})
    give_score(session, scored.questionnaire, scored.wave, tinh, Cell(240, 0.79), basis="unmarked")
    give_score(session, scored.questionnaire, scored.wave, tinh, Cell(50, 0.97), mode="kiosk")
    give_score(session, scored.questionnaire, scored.wave, tinh, Cell(9), mode="slip")
    page = words(department.get("/department/criteria")).split("Cách tính khác")[1]
    by_code, kiosk = page.split("Tỉnh Tuyên Quang: máy tại quầy")
    assert "Tất cả phiếu 81,00 % 76,00 % – 86,00 % n = 250" in by_code
    assert "Bỏ phiếu bị đánh dấu 79,00 % 74,00 % – 84,00 % n = 240 −2,00 chưa rõ rệt" in by_code
    assert "Bỏ phiếu gửi từ mạng của cơ quan 80,00 % 75,00 % – 85,00 % n = 230 −1,00 chưa rõ rệt" in by_code
    assert "Không tính quyền số 75,50 % 70,50 % – 80,50 % n = 250 −5,50 có" in by_code  # outside the interval of all responses
    assert "Chênh +16,00 điểm so với hình thức có nhiều phiếu nhất (mã QR tại quầy)." in kiosk
    assert "Hai khoảng không chạm nhau" in kiosk
    assert "Không tính quyền số chưa được tính trong bản này" in kiosk
    assert "phiếu mã một lần" not in page  # nine people


@pytest.mark.parametrize(("index", "cell"), [
    (0.0, (0, "0")), (0.4999, (0, "50")), (0.5, (1, "50")), (0.745, (3, "75")), (0.7449, (3, "74")), (0.895, (4, "90")), (1.0, (5, "100")),
])  # fmt: skip
def test_a_cell_is_rounded_half_up_and_shaded_by_its_exact_index(index: float, cell: tuple[int, str]) -> None:
    assert _cell(Estimate("criterion", "A1", "pooled", 60, "shown", index, index, index)) == cell


def test_an_empty_map_says_what_will_come(department: FlaskClient) -> None:
    assert "Chưa có chỉ số" in words(department.get("/department/criteria"))


# --- in English ---


def test_the_english_pages_hold_no_vietnamese_word_of_ours(app: Flask, scored: SmallProvince) -> None:
    english = log_in(app, role="department", language="en")
    for path in PATHS[:1] + PATHS[2:6]:
        page = words(english.get(path))
        assert not {"phiếu", "Đợt", "Khoảng", "cơ quan"} & set(page.split()), path


@pytest.mark.parametrize("path", ["/department", "/department/criteria", "/department/trends", "/department/targets", "/agencies/yen-son"])
def test_a_wave_that_has_not_begun_is_not_called_open(department: FlaskClient, scored: SmallProvince, session: Session, path: str) -> None:
    day = date(2098, 1, 1)
    open_wave(
        session, code="M", name_vi="Đợt sau", name_en="Next", opens_on=day, closes_on=day, questionnaire="sipas-2017", instrument="sample"
    )
    page = words(department.get(f"{path}?wave=M"))
    assert "Đợt sau (đã lập, chưa mở)" in page or path == "/department/targets"
    assert "Đợt này bắt đầu ngày 01/01/2098." in page
    assert "số liệu tạm thời" not in page
