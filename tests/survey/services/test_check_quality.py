from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update
from sqlalchemy.orm import Session

from analysis import Measures
from survey.domain.submission import ANSWERING_TIMES
from survey.domain.tallying import COLUMNS
from survey.models import Response
from survey.queries.desk_days import DeskDays
from survey.queries.ratings import UNKNOWN_TIME, Ratings
from survey.services.check_quality import check_days, check_forms, count_speeds
from survey.services.score_wave import score_wave
from tests.support.small_province import SmallProvince

MONDAY = date(2026, 10, 5)
UNDER_15_SECONDS, UNDER_A_MINUTE, UNDER_5_MINUTES, LONGER = range(len(ANSWERING_TIMES))
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
    return Ratings(np.repeat(np.arange(10, 70, 10), 120), units, ratings, np.full(720, UNKNOWN_TIME), desk_days)


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
    assert check_forms(Ratings(np.array([]), np.array([], dtype=np.int64), np.empty((0, 6)), np.array([], dtype=np.int8)), 6) == {}
    assert count_speeds(forms(0).keep(np.zeros(720, dtype=bool))) == {}


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


def timed(fast: int, *, unknown: int = 0, answers: int = 6, seed: int = 3) -> Ratings:
    """The clean forms of `forms` with answering times: one in ten is fast everywhere, and at desk 1 the first `fast` forms are.

    Of the `unknown` last forms of desk 1 no phone told anything. With 24 answers they are full forms, and fast is under a minute.
    """
    plain, chance = forms(0), np.random.default_rng(seed)
    quick, slow = (UNDER_15_SECONDS, UNDER_A_MINUTE) if answers == 6 else (UNDER_A_MINUTE, LONGER)
    times = np.where(chance.random(720) < 0.1, quick, slow)
    times[:fast] = quick
    times[120 - unknown : 120] = UNKNOWN_TIME
    return Ratings(plain.agencies, plain.units, np.tile(plain.given, answers // 6), times, plain.desk_days)


def too_fast_of(found: dict[int, list[Row]]) -> dict[int, list[Row]]:
    """Only the flags of answering times."""
    return {agency: kept for agency, rows in found.items() if (kept := [row for row in rows if row["flag"] == "too_fast"])}


@pytest.mark.parametrize("answers", [6, 24])
def test_a_desk_with_many_forms_filled_in_too_fast_is_told_with_its_days_and_honest_desks_are_not(answers: int) -> None:
    found = too_fast_of(check_forms(timed(50, unknown=20, answers=answers), 6))
    (row,) = found[10]
    assert set(found) == {10}
    assert (row["desk"], row["day"], row["n"], row["unknown"]) == (1, None, 100, 20)
    assert 50 <= row["observed"] <= 60
    assert 5 < row["expected"] < 20
    assert row["days"] == [(f"2026-10-0{day}", 10, 10) for day in range(5, 10)]  # on the other days few were fast


@pytest.mark.parametrize("answers", [6, 24])
def test_desks_at_which_people_are_as_fast_as_everywhere_are_not_told(answers: int) -> None:
    assert too_fast_of(check_forms(timed(0, answers=answers), 6)) == {}


@pytest.mark.parametrize(("answers", "time"), [(24, UNDER_5_MINUTES), (18, UNDER_A_MINUTE), (6, UNDER_A_MINUTE), (4, UNDER_15_SECONDS)])
def test_who_took_three_seconds_an_answer_or_said_little_was_not_too_fast(answers: int, time: int) -> None:
    plain = forms(0)
    given = np.tile(plain.given, 4)[:, :answers]
    times = np.where(np.arange(720) < 90, time, LONGER)
    found = Ratings(plain.agencies, plain.units, given, times, plain.desk_days)
    assert too_fast_of(check_forms(found, 4)) == {}
    assert count_speeds(found)[10] == [{"desk": 1, "known": 120, "unknown": 0, "too_fast": 0}]


def test_forms_of_unknown_time_are_left_out_and_counted() -> None:
    everything = timed(0, unknown=111)
    everything.times[120:240] = UNKNOWN_TIME
    found = count_speeds(everything)
    assert found[10] == [{"desk": 1, "known": 9, "unknown": 111, "too_fast": None}]  # of fewer than ten nothing but their number
    assert found[20] == [{"desk": 2, "known": 0, "unknown": 120, "too_fast": None}]
    assert (found[30][0]["known"], found[30][0]["unknown"]) == (120, 0)
    assert 0 < found[30][0]["too_fast"] < 30


def test_of_days_with_fewer_than_ten_known_times_nothing_is_said() -> None:
    found = timed(60)
    found.times[[0, 1, 20]] = UNKNOWN_TIME  # the first day and the third one know eight and nine times
    (row,) = check_forms(found, 6)[10]
    assert {day for day, *_ in row["days"]} == {"2026-10-06", "2026-10-08", "2026-10-09", "2026-10-10"}


def test_without_any_known_time_nothing_is_said_of_it() -> None:
    assert count_speeds(forms(60)) == {}
    assert too_fast_of(check_forms(forms(60), 6)) == {}


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0, 30, 80]), st.sampled_from([0, 40]))
def test_no_order_of_rows_changes_what_is_found_of_answering_times(seed: int, fast: int, unknown: int) -> None:
    found = timed(fast, unknown=unknown, seed=seed)
    order = np.random.default_rng(seed).permutation(720)
    other = Ratings(found.agencies[order], found.units[order], found.given[order], found.times[order], found.desk_days)
    assert count_speeds(other) == count_speeds(found)
    assert too_fast_of(check_forms(other, 6)) == too_fast_of(check_forms(found, 6))


def test_answering_times_of_a_wave_are_kept_with_the_scores_live_and_frozen(session: Session, province: SmallProvince) -> None:
    for t in range(12):
        for agency in ("yen-son", "my-lam"):
            province.answer(session, {"A1": 4, "B1": 3, "C1": 4, "D1": 5, "E1": 4}, agency=agency, day=MONDAY + timedelta(days=t))
    yen_son, desk = province.agency_ids["yen-son"], province.desk_ids["yen-son"]
    session.execute(update(Response).where(Response.desk_id == desk).values(answering_time="under_15s"))
    session.commit()
    frozen = {score.agency_id: score.findings for score in score_wave(session, province.wave, findings="frozen")}
    assert frozen[yen_son]["speed"] == [{"desk": desk, "known": 12, "unknown": 0, "too_fast": 12}]
    assert "speed" not in frozen[province.agency_ids["tinh"]]  # only of an agency's own desks
    until = MONDAY + timedelta(days=10)  # ten days are released in two steps of five
    live = {score.agency_id: score.findings for score in score_wave(session, province.wave, before=until, findings="live")}
    assert live[yen_son]["speed"] == [{"desk": desk, "known": 10, "unknown": 0, "too_fast": 10}]


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
