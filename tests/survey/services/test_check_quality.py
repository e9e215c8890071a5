from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy.orm import Session

from analysis import Measures
from survey.domain.tallying import COLUMNS
from survey.queries.desk_days import DeskDays
from survey.queries.ratings import Ratings
from survey.services.check_quality import check_days, check_forms
from survey.services.score_wave import score_wave
from tests.support.small_province import SmallProvince

MONDAY = date(2026, 10, 5)
Row = dict[str, Any]


def days_of(counts: list[list[int]], first: date = MONDAY) -> DeskDays:
    """Desk d (of agency 10 d) received `counts[d - 1]`, day by day."""
    measures = Measures.of({"A1": "A"})
    cells = [(10 * d, d, first + timedelta(days=t), n) for d, row in enumerate(counts, start=1) for t, n in enumerate(row) if n]
    sums = np.zeros((len(cells), len(measures.keys), len(COLUMNS)))
    sums[:, :, COLUMNS.index("respondents")] = np.array([n for *_, n in cells])[:, None]
    agencies, desks, days, _ = zip(*cells, strict=True)
    return DeskDays(np.array(agencies), np.array(desks), np.array(days, dtype="datetime64[D]"), sums, measures)


def forms(stuffed: int, *, seed: int = 7) -> Ratings:
    """Six desks of 120 honest forms over 12 days; at desk 1 (agency 10) `stuffed` of the first two days say 5 to everything."""
    chance = np.random.default_rng(seed)
    ratings = np.clip(np.round(chance.normal(3.6, 0.8, (720, 1)) + chance.normal(0, 0.9, (720, 6))), 1, 5)
    units = np.repeat(np.arange(72), 10)
    ratings[:stuffed] = 5
    desk_days = tuple((desk, MONDAY + timedelta(days=t)) for desk in range(1, 7) for t in range(12))
    return Ratings(np.repeat(np.arange(10, 70, 10), 120), units, ratings, desk_days)


def kinds(rows: list[Row]) -> Iterator[str]:
    return (row["flag"] for row in rows)


def test_a_burst_is_told_with_its_day_and_what_is_usual() -> None:
    found = check_days(days_of([[3, 4, 2, 5, 3, 4, 3, 41, 2, 3, 4, 3], [6, 5, 7, 6, 4, 8, 5, 6, 7, 5, 6, 5], [5] * 12]))
    (row,) = found[10]
    assert (row["flag"], row["desk"], row["day"], row["observed"]) == ("burst", 1, "2026-10-12", 41)
    assert 2 < row["expected"] < 6
    assert row["p_value"] < 1e-6
    assert set(found) == {10}


def test_a_desk_that_fell_silent_is_told_with_the_open_days_that_passed() -> None:
    found = check_days(days_of([[4, 3, 5, 2, 4, 3, 4, 5, 0, 0, 0, 0, 0, 0, 0, 0], [5, 4] * 8, [3, 6] * 8]))
    (row,) = found[10]
    assert (row["flag"], row["day"], row["observed"], row["n"]) == ("silent_desk", None, 8, 16)


def test_no_desk_day_raises_no_flag() -> None:
    assert check_days(days_of([[1]]).keep(np.array([False]))) == {}
    assert check_forms(Ratings(np.array([]), np.array([], dtype=np.int64), np.empty((0, 6))), 6) == {}


def test_forms_of_nothing_but_five_are_told_as_counts_and_with_the_days_on_which_they_came() -> None:
    found = check_forms(forms(60), 6)
    perfect = next(row for row in found[10] if row["flag"] == "perfect_forms")
    assert perfect["n"] == 120
    assert 60 <= perfect["observed"] <= 75
    assert perfect["expected"] < 45
    assert perfect["days"][0] == ("2026-10-05", 10, 10)
    assert len(perfect["days"]) == 5
    assert set(found) == {10}


def test_clean_forms_raise_no_flag() -> None:
    assert check_forms(forms(0), 6) == {}


def test_equal_forms_are_told_by_desk_and_day() -> None:
    copied = forms(0)
    copied.given[:9] = [4, 2, 5, 4, 3, 5]
    (row,) = check_forms(copied, 6)[10]
    assert (row["flag"], row["day"], row["observed"], row["n"]) == ("repeated_patterns", "2026-10-05", 9, 10)


def test_a_day_of_few_forms_is_not_named_even_when_all_of_them_are_alike() -> None:
    stuffed = forms(60)
    few = np.ones(720, dtype=bool)
    few[53:60] = False  # the sixth day keeps three forms of desk 1
    rows = check_forms(stuffed.keep(few), 6)[10]
    named = {day for row in rows for day, *_ in row.get("days", ())}
    assert "2026-10-10" not in named
    assert len(named) >= 4  # of the others one is kept back, so that the three are not found by subtraction


@pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)
def test_flags_are_kept_with_the_scores_of_the_agency_whose_desk_it_is(session: Session, province: SmallProvince) -> None:
    for t in range(12):
        for _ in range(30 if t == 5 else 2):
            province.answer(session, {"A1": 5, "B1": 4, "C1": 5}, day=MONDAY + timedelta(days=t))
        province.answer(session, {"A1": 4, "B1": 3}, agency="my-lam", day=MONDAY + timedelta(days=t))
    scores = {score.agency_id: score.findings["quality"] for score in score_wave(session, province.wave, findings="frozen")}
    assert list(kinds(scores[province.agency_ids["yen-son"]])) == ["burst"]
    assert scores[province.agency_ids["tinh"]] == []
    until = MONDAY + timedelta(days=5)  # counts are looked at up to yesterday, whatever waits for its batch
    live = {score.agency_id: score.findings for score in score_wave(session, province.wave, before=until, findings="live")}
    assert live[province.agency_ids["yen-son"]]["quality"] == []


@pytest.mark.parametrize(("mode", "found"), [("open_qr", ["burst"]), ("invitation", []), ("paper", [])])
def test_letters_and_typed_in_paper_have_no_bursts(session: Session, province: SmallProvince, mode: str, found: list[str]) -> None:
    first = date(2026, 3, 2)
    for number in range(14):
        for _ in range(30 if number == 9 else 2):
            province.answer(session, {"A1": 4, "B1": 2 + number % 3}, day=first + timedelta(days=number), mode=mode)
    scores = score_wave(session, province.wave, findings="frozen")
    assert [row["flag"] for score in scores for row in score.findings.get("quality", ()) if row["flag"] == "burst"] == found
