from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from survey.services.hide_numbers import for_those_above
from survey.services.mark_response import mark_response
from survey.services.score_agencies import AgencyScores, overall
from survey.services.score_wave import score_wave
from tests.support.small_province import SmallProvince

MONDAY = date(2026, 10, 5)


def fill(
    session: Session, province: SmallProvince, agency: str, *, satisfied: int, others: int, first: date = MONDAY, mode: str = "open_qr"
) -> None:
    """That many full forms with one rating, spread over ten days."""
    for number in range(satisfied + others):
        rating = 5 if number < satisfied else 2
        province.answer(session, {"A1": rating}, agency=agency, day=first + timedelta(days=number % 10), mode=mode)


def by_agency(province: SmallProvince, scores: list[AgencyScores], basis: str = "all", mode: str = "open_qr") -> dict[str, AgencyScores]:
    names = {number: code for code, number in province.agency_ids.items()}
    return {names[score.agency_id]: score for score in scores if (score.basis, score.mode) == (basis, mode)}


def test_an_agency_is_scored_with_its_sub_agencies(session: Session, province: SmallProvince) -> None:
    fill(session, province, "yen-son", satisfied=30, others=10)
    fill(session, province, "my-lam", satisfied=10, others=30)
    scores = by_agency(province, score_wave(session, province.wave))
    shown = {agency: (overall(score.estimates)["index"], overall(score.estimates)["respondents"]) for agency, score in scores.items()}
    assert shown == {"tinh": (0.5, 80), "yen-son": (0.75, 40), "my-lam": (0.25, 40)}
    row = overall(scores["yen-son"].estimates)
    assert 0 < row["ci_low"] < 0.75 < row["ci_high"] < 1
    assert row["counts"] == [0, 10, 0, 0, 30, 0]
    assert row["units"] == 10


def test_modes_are_kept_apart(session: Session, province: SmallProvince) -> None:
    fill(session, province, "yen-son", satisfied=20, others=20)
    fill(session, province, "yen-son", satisfied=40, others=0, mode="kiosk")
    scores = score_wave(session, province.wave)
    assert overall(by_agency(province, scores)["yen-son"].estimates)["index"] == 0.5
    assert overall(by_agency(province, scores, mode="kiosk")["yen-son"].estimates)["index"] == 1.0


def test_under_ten_respondents_only_the_count_is_stored(session: Session, province: SmallProvince) -> None:
    fill(session, province, "yen-son", satisfied=9, others=0)
    row = overall(by_agency(province, score_wave(session, province.wave))["yen-son"].estimates)
    assert (row["respondents"], row["index"], row["ci_low"], row["counts"], row["why"]) == (9, None, None, None, "few_respondents")


def test_a_hidden_agency_cannot_be_found_by_subtraction(session: Session, province: SmallProvince) -> None:
    fill(session, province, "yen-son", satisfied=5, others=0)
    fill(session, province, "my-lam", satisfied=30, others=10)
    scores = by_agency(province, score_wave(session, province.wave))
    assert overall(scores["tinh"].estimates)["index"] is not None
    assert overall(scores["my-lam"].estimates)["index"] == 0.75  # its own head sees it
    assert overall(for_those_above(scores["my-lam"].estimates))["index"] is None  # who sees the province does not
    assert overall(for_those_above(scores["my-lam"].estimates))["why"] == "protects_others"


def test_a_small_month_takes_another_with_it(session: Session, province: SmallProvince) -> None:
    for first, count in ((date(2026, 8, 3), 4), (date(2026, 9, 7), 12), (date(2026, 10, 5), 40)):
        fill(session, province, "yen-son", satisfied=count, others=0, first=first)
    months = by_agency(province, score_wave(session, province.wave))["yen-son"].months
    shown = {month["month"]: overall(month["estimates"])["index"] for month in months}
    assert shown == {"2026-08": None, "2026-09": None, "2026-10": 1.0}


def test_live_scores_leave_out_today_and_an_unfinished_batch(session: Session, province: SmallProvince) -> None:
    days = [MONDAY] * 12 + [MONDAY + timedelta(days=1)] * 3 + [MONDAY + timedelta(days=2)] * 20
    for day in days:
        province.answer(session, {"A1": 5}, day=day)

    def respondents(before: date) -> int:
        scores = by_agency(province, score_wave(session, province.wave, before=before))
        return overall(scores["yen-son"].estimates)["respondents"] if scores else 0

    assert [respondents(MONDAY + timedelta(days=i)) for i in range(4)] == [0, 12, 12, 35]


@pytest.mark.parametrize(("marked", "told"), [(4, False), (5, True)])
def test_the_unmarked_basis_is_told_only_where_it_betrays_nobody(
    session: Session, province: SmallProvince, marked: int, *, told: bool
) -> None:
    fill(session, province, "yen-son", satisfied=30, others=10)
    for _ in range(marked):
        response_id = province.answer(session, {"A1": 5}, day=MONDAY)
        mark_response(session, response_id, reason="giống hệt nhau", by="test", today=MONDAY)
    unmarked = by_agency(province, score_wave(session, province.wave), basis="unmarked")
    assert ("yen-son" in unmarked) is told
    if told:
        assert overall(unmarked["yen-son"].estimates)["index"] == 0.75


def test_short_and_full_forms_together_estimate_the_same_index(session: Session, province: SmallProvince) -> None:
    """Everybody rates STAFF 5 and the rest 2: the truth of the whole is 6 criteria of 23, on either form."""
    staff = {criterion.code for criterion in province.questionnaire.criteria_of("STAFF")}

    def ratings(codes: Any) -> dict[str, int]:
        return {code: 5 if code in staff else 2 for code in codes}

    for number in range(60):
        form = f"short-{number}"
        province.answer(session, ratings(province.questionnaire.asked(form)), form=form, day=MONDAY + timedelta(days=number % 10))
    for number in range(5):
        province.answer(session, ratings(province.questionnaire.dimension_of), day=MONDAY + timedelta(days=number))
    row = overall(by_agency(province, score_wave(session, province.wave))["yen-son"].estimates)
    assert row["index"] == pytest.approx(6 / 23, abs=1e-12)
    assert row["respondents"] == 65
    assert row["answers"] == 60 * 5 + 5 * 23
