from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from survey.errors import Conflict, NotFound
from survey.queries.estimates import SHOWN, TOO_FEW, WITHHELD
from survey.queries.wave_results import AgencyResult, frozen_run, wave_results
from survey.queries.waves import WaveView, all_waves
from survey.services.change_wave import close_wave
from survey.services.mark_response import mark_response
from survey.services.run_analysis import run_analysis
from survey.settings import today
from tests.support.small_province import SmallProvince

MONDAY = date(2026, 10, 5)


def fill(session: Session, province: SmallProvince, agency: str, ratings: dict[str, int], people: int, mode: str = "open_qr") -> None:
    for number in range(people):
        province.answer(session, ratings, agency=agency, day=MONDAY + timedelta(days=number % 10), mode=mode)


def frozen(session: Session, code: str = "2026-Q4") -> tuple[WaveView, tuple[AgencyResult, ...]]:
    close_wave(session, code, today=today())
    run_analysis(session, code, by="test", today=MONDAY)
    wave = all_waves(session)[0]
    return wave, wave_results(session, wave, revision=1)


def state(results: tuple[AgencyResult, ...], agency: str, key: str, rule: str = "pooled", basis: str = "all") -> str:
    result = next(r for r in results if (r.code, r.basis) == (agency, basis))
    return next(e.state for e in result.estimates if (e.key, e.rule) == (key, rule))


def test_modes_come_in_their_order_and_in_each_the_agencies_by_name(session: Session, province: SmallProvince) -> None:
    fill(session, province, "my-lam", {"A1": 5}, 12, mode="kiosk")
    fill(session, province, "my-lam", {"A1": 5}, 12)
    fill(session, province, "yen-son", {"A1": 5}, 12)
    found = [(result.mode, result.code) for result in frozen(session)[1]]
    assert found == [(m, c) for m, cs in {"open_qr": ("tinh", "my-lam", "yen-son"), "kiosk": ("tinh", "my-lam")}.items() for c in cs]


def test_a_hidden_criterion_is_found_neither_along_its_agency_nor_along_its_column(session: Session, province: SmallProvince) -> None:
    fill(session, province, "yen-son", {"A1": 4}, 5)
    fill(session, province, "yen-son", {"A2": 4}, 40)
    fill(session, province, "my-lam", {"A1": 2, "A2": 5}, 40)
    results = frozen(session)[1]
    assert state(results, "yen-son", "A1") == TOO_FEW
    assert state(results, "yen-son", "A2") == WITHHELD  # else A1 would be the dimension less A2
    assert state(results, "my-lam", "A1") == WITHHELD  # else A1 would be the province less my-lam
    assert state(results, "my-lam", "A2") == WITHHELD  # else A2 of yen-son would be the province less my-lam
    for agency in ("tinh", "yen-son", "my-lam"):
        assert state(results, agency, "ACCESS") == state(results, agency, "ALL") == SHOWN


def test_a_mean_over_a_hidden_part_is_hidden_for_it_would_be_a_second_equation(session: Session, province: SmallProvince) -> None:
    fill(session, province, "yen-son", {"A1": 4, "B1": 5}, 5)
    fill(session, province, "yen-son", {"A2": 4, "B1": 5}, 40)
    results = frozen(session)[1]
    assert state(results, "yen-son", "ACCESS", "criteria") == state(results, "yen-son", "ALL", "criteria") == WITHHELD
    assert state(results, "yen-son", "PROCEDURE", "criteria") == state(results, "yen-son", "ALL", "dimensions") == SHOWN


def test_without_the_marked_ones_only_the_overall_index_is_given(session: Session, province: SmallProvince) -> None:
    fill(session, province, "yen-son", {"A1": 2}, 40)
    for _ in range(6):
        mark_response(session, province.answer(session, {"A1": 5}, day=MONDAY), reason="stuffed", by="test", today=MONDAY)
    results = frozen(session)[1]
    unmarked = next(r for r in results if (r.code, r.basis) == ("yen-son", "unmarked"))
    assert [(e.key, e.rule, e.respondents, e.index) for e in unmarked.estimates] == [("ALL", "pooled", 40, 0.0)]


def test_a_wave_that_was_never_analysed_has_no_run(session: Session, province: SmallProvince) -> None:
    with pytest.raises(Conflict, match=r"is open and has no frozen analysis yet.*sipas wave close 2026-Q4.*sipas wave run 2026-Q4"):
        frozen_run(session, all_waves(session)[0], None)


def test_an_unknown_revision_is_told_with_those_there_are(session: Session, province: SmallProvince) -> None:
    fill(session, province, "yen-son", {"A1": 2}, 12)
    wave, _ = frozen(session)
    assert frozen_run(session, wave, 1).revision == frozen_run(session, wave, None).revision == 1
    with pytest.raises(NotFound, match="has no revision 7; it has 1"):
        frozen_run(session, wave, 7)
