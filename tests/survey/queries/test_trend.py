from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.orm import Session

from survey.models import Agency, AgencySuccession, QuestionnaireVersion, Wave
from survey.queries.trend import QUESTIONNAIRE, SUCCESSION, Trend, agency_trend
from survey.queries.waves import all_waves
from tests.support.scored_province import Cell, give_score, past_wave
from tests.support.small_province import SmallProvince

FIRST_HALF = {f"2010-{month:02d}": Cell(40) for month in (1, 2, 3)}


@pytest.fixture
def earlier(session: Session, province: SmallProvince) -> Wave:
    return past_wave(session, date(2010, 1, 1), date(2010, 12, 31))


def trend(session: Session, code: str = "yen-son", *, mode: str = "open_qr") -> Trend:
    agency = session.query(Agency).filter_by(code=code).one()
    return agency_trend(session, agency, all_waves(session), mode)


def segments(found: Trend) -> dict[int, list[str]]:
    by_segment: dict[int, list[str]] = {}
    for point in found.points:
        by_segment.setdefault(point.segment, []).append(f"{point.month:%Y-%m}")
    return by_segment


def give(
    session: Session, province: SmallProvince, wave: Wave, months: dict[str, Cell], *, agency: str = "yen-son", mode: str = "open_qr"
) -> None:
    give_score(session, province.questionnaire, wave, province.agency_ids[agency], Cell(200), months=months, mode=mode)


def test_months_in_a_row_are_one_segment_and_a_gap_ends_it(session: Session, province: SmallProvince, earlier: Wave) -> None:
    give(session, province, earlier, FIRST_HALF | {"2010-06": Cell(40)})
    assert list(segments(trend(session)).values()) == [["2010-01", "2010-02", "2010-03"], ["2010-06"]]


def test_a_segment_goes_on_from_wave_to_wave(session: Session, province: SmallProvince, earlier: Wave) -> None:
    give(session, province, earlier, {"2010-12": Cell(40)})
    later = past_wave(session, date(2011, 1, 1), date(2011, 3, 31))
    give(session, province, later, {"2011-01": Cell(40)})
    assert list(segments(trend(session)).values()) == [["2010-12", "2011-01"]]


def test_a_hidden_month_ends_the_line(session: Session, province: SmallProvince, earlier: Wave) -> None:
    give(session, province, earlier, FIRST_HALF | {"2010-02": Cell(9)})
    assert list(segments(trend(session)).values()) == [["2010-01"], ["2010-02"], ["2010-03"]]
    assert [f"{point.month:%m}" for point in trend(session).shown] == ["01", "03"]


def test_another_questionnaire_breaks_the_line(session: Session, province: SmallProvince, earlier: Wave) -> None:
    give(session, province, earlier, {"2010-12": Cell(40)})
    old = session.query(QuestionnaireVersion).one()
    new = QuestionnaireVersion(code="sipas-2030", sha256="other", content=old.content, loaded_on=old.loaded_on)
    session.add(new)
    session.commit()
    later = past_wave(session, date(2011, 1, 1), date(2011, 3, 31), questionnaire="sipas-2030")
    give(session, province, later, {"2011-01": Cell(40)})
    found = trend(session)
    assert len(segments(found)) == 2
    assert [(b.on, b.kind) for b in found.breaks] == [(date(2011, 1, 1), QUESTIONNAIRE)]


def test_predecessors_have_segments_of_their_own(session: Session, province: SmallProvince, earlier: Wave) -> None:
    ids = province.agency_ids
    session.add(AgencySuccession(predecessor_id=ids["my-lam"], successor_id=ids["yen-son"], succeeded_on=date(2010, 3, 1)))
    session.commit()
    give(session, province, earlier, {"2010-01": Cell(40), "2010-02": Cell(40)}, agency="my-lam")
    give(session, province, earlier, {"2010-03": Cell(40), "2010-04": Cell(40)})
    found = trend(session)
    assert list(segments(found).values()) == [["2010-01", "2010-02"], ["2010-03", "2010-04"]]
    assert [point.own for point in found.points] == [False, False, True, True]
    assert [(b.on, b.kind, [a.code for a in b.agencies]) for b in found.breaks] == [(date(2010, 3, 1), SUCCESSION, ["my-lam"])]


def test_another_mode_is_another_trend(session: Session, province: SmallProvince, earlier: Wave) -> None:
    give(session, province, earlier, FIRST_HALF, mode="kiosk")
    assert trend(session).points == ()
    assert len(trend(session, mode="kiosk").points) == 3
