from __future__ import annotations

import csv
import io
from datetime import date

from survey.queries.estimates import disclosed
from survey.queries.places import Place
from survey.queries.wave_results import AgencyResult
from survey.reports.scores_csv import COLUMNS, scores_csv

SCORE = {
    "level": "overall", "key": "ALL", "rule": "pooled", "respondents": 120, "answers": 600, "units": 20, "index": 0.825, "se": 1e-05,
    "df": 19, "deff": 1.25, "ci_low": 0.8, "ci_high": 0.85, "why": None, "counts": None, "withheld": False,
}  # fmt: skip


def rows(*scores: dict[str, object], name: str = "UBND xã Yên Sơn", place: Place | None = None) -> list[dict[str, str]]:
    estimates = disclosed(scores, from_above=True)
    result = AgencyResult(1, "yen-son", {"vi": name, "en": ""}, None, "open_qr", "all", date(2026, 12, 31), scores, estimates, place)
    content = scores_csv([result], revision=3)
    assert content.startswith(b"\xef\xbb\xbf")  # by which Excel knows UTF-8
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_every_column_is_there_and_numbers_are_exact() -> None:
    (row,) = rows(SCORE)
    assert tuple(row) == COLUMNS
    assert row == {
        "agency": "yen-son", "name": "UBND xã Yên Sơn", "mode": "open_qr", "basis": "all", "level": "overall", "key": "ALL",
        "rule": "pooled", "respondents": "120", "answers": "600", "units": "20", "index": "0.825", "se": "1e-05", "df": "19",
        "deff": "1.25", "ci_low": "0.8", "ci_high": "0.85", "why": "", "rank_low": "", "rank_high": "",
        "ranked_among": "", "revision": "3", "as_of": "2026-12-31",
    }  # fmt: skip


def test_of_a_hidden_number_only_the_count_of_people_and_the_reason_are_told() -> None:
    hidden = [rows(SCORE | change)[0] for change in ({"respondents": 9}, {"withheld": True})]
    assert [(row["respondents"], row["why"]) for row in hidden] == [("9", "few_respondents"), ("120", "protects_others")]
    for row in hidden:
        assert {row[name] for name in ("answers", "units", "index", "se", "df", "deff", "ci_low", "ci_high")} == {""}


def test_a_rank_is_given_as_a_set_beside_the_overall_index_only() -> None:
    place = Place("commune", 31, 0.8, 0.001, 90.0, "inside", 0.02, False, 4, 11, 2, 20, [])
    found = rows(SCORE, SCORE | {"level": "dimension", "key": "STAFF"}, SCORE | {"rule": "criteria"}, place=place)
    assert [(row["rank_low"], row["rank_high"], row["ranked_among"]) for row in found] == [("4", "11", "31"), ("", "", ""), ("", "", "")]


def test_no_text_can_be_run_as_a_formula() -> None:
    for name in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"):
        assert rows(SCORE, name=name)[0]["name"] == f"'{name}"
    assert rows(SCORE, name="a=1")[0]["name"] == "a=1"
    assert rows(SCORE | {"deff": -0.5})[0]["deff"] == "-0.5"


def test_quotes_and_commas_stay_in_their_cell() -> None:
    assert rows(SCORE, name='Quầy "Một cửa", tầng 1')[0]["name"] == 'Quầy "Một cửa", tầng 1'
