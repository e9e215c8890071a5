"""Which waves of an agency a line may join."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.orm import Session

from survey.models import AgencySuccession, QuestionnaireVersion, Wave
from survey.queries.wave_trends import WaveTrend, wave_trends, waves_until
from survey.queries.waves import all_waves, find_in
from tests.support.scored_province import Cell, give_score, past_wave
from tests.support.small_province import SmallProvince

QUARTERS = [(date(2010, month, 1), date(2010, month + 2, 28)) for month in (1, 4, 7)]


@pytest.fixture
def waves(session: Session, province: SmallProvince) -> list[Wave]:
    return [past_wave(session, first, last) for first, last in QUARTERS]


def give(session: Session, province: SmallProvince, waves: list[Wave], *cells: Cell | None, agency: str = "yen-son") -> None:
    for wave, cell in zip(waves, cells, strict=True):
        if cell is not None:
            give_score(session, province.questionnaire, wave, province.agency_ids[agency], cell)


def trends(session: Session, last: str = "2010-07-01") -> dict[str, WaveTrend]:
    every = all_waves(session)
    return {trend.code: trend for trend in wave_trends(session, waves_until(every, find_in(every, last)), "open_qr")}


def joined(session: Session, code: str = "yen-son") -> list[bool]:
    return [point.joined for point in trends(session)[code].points]


def test_waves_in_a_row_are_joined_and_tell_the_change(session: Session, province: SmallProvince, waves: list[Wave]) -> None:
    give(session, province, waves, Cell(200, 0.6), Cell(200, 0.7), Cell(200, 0.8))
    found = trends(session)["yen-son"]
    assert joined(session) == [False, True, True]
    assert (found.change, found.direction) == (pytest.approx(0.2), "up")


@pytest.mark.parametrize(("last", "direction"), [(0.5, "down"), (0.62, "unclear")])
def test_a_change_is_clear_where_the_intervals_do_not_overlap(
    session: Session, province: SmallProvince, waves: list[Wave], last: float, direction: str
) -> None:
    give(session, province, waves, Cell(200, 0.65), Cell(200, 0.65), Cell(200, last))
    assert trends(session)["yen-son"].direction == direction


@pytest.mark.parametrize("between", [Cell(9), Cell(40, withheld=True), None], ids=["too few", "withheld", "nobody"])
def test_a_wave_without_a_number_ends_the_line(session: Session, province: SmallProvince, waves: list[Wave], between: Cell | None) -> None:
    give(session, province, waves, Cell(200), between, Cell(200))
    found = trends(session)["yen-son"]
    assert [point.joined for point in found.points if point.estimate.index is not None] == [False, False]
    assert (found.change, found.direction) == (None, None)


def test_another_questionnaire_ends_it(session: Session, province: SmallProvince, waves: list[Wave]) -> None:
    old = session.query(QuestionnaireVersion).one()
    session.add(QuestionnaireVersion(code="sipas-2030", sha256="other", content=old.content, loaded_on=old.loaded_on))
    session.commit()
    newer = past_wave(session, date(2010, 10, 1), date(2010, 12, 31), questionnaire="sipas-2030")
    give(session, province, [*waves, newer], Cell(200), Cell(200), Cell(200), Cell(200))
    assert [point.joined for point in trends(session, newer.code)["yen-son"].points] == [False, True, True, False]


def test_a_succession_ends_the_lines_of_whoever_it_changed(session: Session, province: SmallProvince, waves: list[Wave]) -> None:
    ids = province.agency_ids
    session.add(AgencySuccession(predecessor_id=ids["my-lam"], successor_id=ids["yen-son"], succeeded_on=date(2010, 7, 1)))
    session.commit()
    give(session, province, waves, Cell(200), Cell(200), Cell(200))
    give(session, province, waves, Cell(200), Cell(200), Cell(200), agency="tinh")
    give(session, province, waves, Cell(200), Cell(200), None, agency="my-lam")
    assert joined(session) == [False, True, False]
    assert joined(session, "tinh") == [False, True, True]  # all of it happened within
    assert "my-lam" not in trends(session)  # it has ended


def test_another_mode_is_another_series(session: Session, province: SmallProvince, waves: list[Wave]) -> None:
    give_score(session, province.questionnaire, waves[0], province.agency_ids["yen-son"], Cell(200), mode="kiosk")
    give(session, province, waves[1:], Cell(200), Cell(200))
    assert len(trends(session)["yen-son"].points) == 2
