from collections import Counter
from datetime import date
from decimal import Decimal
from itertools import groupby

from survey.demo.province import demo_desks, read_province
from survey.domain.agency_tree import KINDS
from survey.domain.questionnaire import OVERALL
from survey.services.read_questionnaire import read_questionnaire

PROVINCE = read_province()
AGENCIES = {row["code"]: row for row in PROVINCE.agencies}


def test_codes_are_unique_and_kinds_known() -> None:
    assert len(AGENCIES) == len(PROVINCE.agencies)
    assert {row["kind"] for row in PROVINCE.agencies} == set(KINDS)


def test_a_parent_stands_before_its_children_and_lives_as_long() -> None:
    seen: set[str] = set()
    for row in PROVINCE.agencies:
        if row["parent"]:
            parent = AGENCIES[row["parent"]]
            assert row["parent"] in seen
            assert parent["valid_from"] <= row["valid_from"]
            assert (row["valid_to"] or "9999") <= (parent["valid_to"] or "9999")
        seen.add(row["code"])


def test_a_successor_begins_on_the_day_after_its_predecessor_ends() -> None:
    for row in PROVINCE.successions:
        last = date.fromisoformat(AGENCIES[row["predecessor"]]["valid_to"])
        assert AGENCIES[row["successor"]]["valid_from"] == row["on"]
        assert (date.fromisoformat(row["on"]) - last).days == 1


def test_every_ended_department_and_commune_is_succeeded() -> None:
    ended = {code for code, row in AGENCIES.items() if row["valid_to"] and row["kind"] in ("department", "commune")}
    assert ended == {row["predecessor"] for row in PROVINCE.successions}


def test_there_is_no_district_from_july_2025() -> None:
    assert all(row["valid_to"] == "2025-06-30" for row in PROVINCE.agencies if row["kind"] == "district")
    assert sum(row["kind"] == "district" for row in PROVINCE.agencies) == 7


def test_every_agency_that_serves_people_has_a_desk_before_and_after_the_merger() -> None:
    for day in (date(2025, 6, 30), date(2025, 7, 1)):
        living = {c for c, r in AGENCIES.items() if r["valid_from"] <= day.isoformat() <= (r["valid_to"] or "9999")}
        assert living - {"tinh-tuyen-quang"} == {desk.agency for desk in demo_desks(PROVINCE, day)}


def test_desks_of_an_agency_have_different_names() -> None:
    assert max(Counter((row["agency"], row["name_vi"]) for row in PROVINCE.desks).values()) == 1


def test_a_desk_knows_every_agency_above_it() -> None:
    above = {desk.agency: desk.above for desk in demo_desks(PROVINCE, date(2025, 6, 30))}
    assert above["xa-kim-binh"] == ("huyen-chiem-hoa", "tinh-tuyen-quang")


def test_every_name_is_there_in_both_languages() -> None:
    assert all(row["name_vi"] and row["name_en"] for row in (*PROVINCE.agencies, *PROVINCE.desks))


def test_benchmarks_name_their_source_and_a_measure_of_the_questionnaire() -> None:
    measures = {OVERALL, *(dimension.code for dimension in read_questionnaire("sipas-2017").dimensions)}
    for row in PROVINCE.benchmarks:
        assert row["scope"] in {"national", "Tuyên Quang"}
        assert row["measure"] in measures
        assert row["source"]
        assert 0 < Decimal(row["percent"]) < 100


def test_the_change_of_method_after_2021_is_visible() -> None:
    overall = [row for row in PROVINCE.benchmarks if (row["scope"], row["measure"]) == ("national", OVERALL)]
    national = sorted((row["year"], row["percent"], row["method"]) for row in overall)
    assert [method for method, _ in groupby(national, key=lambda row: row[2])] == ["2017-2021", "2022-"]
    assert ("2021", "87.16", "2017-2021") in national
    assert ("2022", "80.08", "2022-") in national


def test_desks_whose_names_tell_a_field_have_it() -> None:
    fields = {row["name_vi"]: row["field"] for row in PROVINCE.desks}
    assert fields["Bộ phận Một cửa - Quầy đất đai"] == fields["Quầy đất đai"] == "Đất đai"
    assert fields["Quầy tiếp nhận hồ sơ"] == ""


def test_cases_are_of_living_agencies_and_none_is_answered_without_words() -> None:
    assert {AGENCIES[row["agency"]]["valid_to"] for row in PROVINCE.cases} == {""}
    assert {row["state"]: bool(row["answer"]) for row in PROVINCE.cases} == {"waiting": False, "working": False, "answered": True}
    assert {int(row["weeks_ago"]) > 1 for row in PROVINCE.cases if row["answer"]} == {True}
