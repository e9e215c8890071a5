from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from survey.models import AgencySuccession, Score, Tally, Wave
from survey.services.score_agencies import AgencyScores
from survey.services.score_wave import score_wave
from tests.support.scored_province import Cell, give_score, past_wave
from tests.support.small_province import SmallProvince

REFERENCE = date(2019, 10, 1)
FIRST = date(2020, 1, 1)  # of the small province's wave
TODAY = FIRST + timedelta(days=60)


def tally(session: Session, province: SmallProvince, wave: Wave, first: date, satisfied: list[int], *, agency: str = "yen-son") -> None:
    """Each day twenty people rate A1, so many of them satisfied."""
    for number, happy in enumerate(satisfied):
        counts = {f"rated_{rating}": 0 for rating in range(1, 6)} | {"rated_4": happy, "rated_2": 20 - happy}
        squares = {"satisfied_squared": happy, "satisfied_valid": happy, "valid_squared": 20}
        for measure in ("A1", "ACCESS", "ALL"):
            session.add(Tally(
                wave_id=wave.id, desk_id=province.desk_ids[agency], responded_on=first + timedelta(days=number), mode="open_qr",
                marked=False, measure=measure, respondents=20, no_opinion=0, satisfied=happy, valid=20, **counts, **squares,
            ))  # fmt: skip
    session.commit()


@pytest.fixture
def before(session: Session, province: SmallProvince) -> Wave:
    """Thirty days at about 80 % in the quarter before."""
    wave = past_wave(session, REFERENCE, date(2019, 12, 31))
    tally(session, province, wave, REFERENCE, [16, 15, 17, 16, 16] * 6)
    return wave


def alarms(session: Session, province: SmallProvince, *, today: date = TODAY) -> dict[str, dict[str, object]]:
    names = {number: code for code, number in province.agency_ids.items()}
    scores: list[AgencyScores] = score_wave(session, province.wave, before=today, findings="live")
    return {names[score.agency_id]: score.findings["alarm"] for score in scores if "alarm" in score.findings}


def test_a_fall_raises_the_alarm_from_the_day_on_which_it_was_seen(session: Session, province: SmallProvince, before: Wave) -> None:
    tally(session, province, province.wave, FIRST, [16] * 10 + [8] * 10)
    found = alarms(session, province)
    assert set(found) == {"yen-son", "tinh"}
    assert found["yen-son"]["side"] == "low"
    assert found["yen-son"]["baseline"] == pytest.approx(0.8, abs=0.01)
    assert date(2020, 1, 11) <= date.fromisoformat(str(found["yen-son"]["since"])) <= date(2020, 1, 15)


def test_a_rise_raises_it_too(session: Session, province: SmallProvince, before: Wave) -> None:
    tally(session, province, province.wave, FIRST, [20] * 20)
    assert alarms(session, province)["yen-son"]["side"] == "high"


def test_days_as_before_raise_none_and_neither_does_a_fall_that_is_over(session: Session, province: SmallProvince, before: Wave) -> None:
    tally(session, province, province.wave, FIRST, [16, 17, 15] * 6)
    assert alarms(session, province) == {}
    tally(session, province, province.wave, FIRST + timedelta(days=18), [6] * 6 + [16] * 40)
    assert alarms(session, province, today=FIRST + timedelta(days=90)) == {}


def test_a_day_that_is_not_released_raises_none(session: Session, province: SmallProvince, before: Wave) -> None:
    tally(session, province, province.wave, FIRST, [16] * 10 + [2] * 10)
    assert alarms(session, province, today=FIRST + timedelta(days=10)) == {}
    assert alarms(session, province, today=FIRST + timedelta(days=20)) != {}


def test_without_a_wave_before_of_the_same_questionnaire_there_is_none(session: Session, province: SmallProvince, before: Wave) -> None:
    tally(session, province, province.wave, FIRST, [16] * 10 + [2] * 10)
    before.instrument = "sample"
    session.commit()
    assert alarms(session, province) == {}
    before.instrument = "desk"
    session.execute(delete(Tally).where(Tally.wave_id == before.id))
    session.commit()
    assert alarms(session, province) == {}


def test_what_a_succession_changed_has_no_alarm(session: Session, province: SmallProvince, before: Wave) -> None:
    tally(session, province, province.wave, FIRST, [16] * 10 + [2] * 10)
    ids = province.agency_ids
    session.add(AgencySuccession(predecessor_id=ids["my-lam"], successor_id=ids["yen-son"], succeeded_on=date(2019, 12, 1)))
    session.commit()
    assert set(alarms(session, province)) == {"tinh"}  # both are parts of it, before and after


def test_the_pooled_design_effect_of_the_wave_before_widens_the_limits(session: Session, province: SmallProvince, before: Wave) -> None:
    tally(session, province, province.wave, FIRST, [16] * 10 + [11] * 6)
    assert "yen-son" in alarms(session, province)
    give_score(session, province.questionnaire, before, province.agency_ids["yen-son"], Cell(600))
    score = session.scalars(select(Score)).one()
    score.estimates = [row | {"design_effect": 40.0} for row in score.estimates]
    session.commit()
    assert alarms(session, province) == {}


def test_an_agency_that_shows_no_index_has_no_alarm(session: Session, province: SmallProvince, before: Wave) -> None:
    tally(session, province, province.wave, FIRST, [16] * 10 + [2] * 10)
    session.execute(delete(Tally).where(Tally.wave_id == province.wave.id, Tally.responded_on > FIRST))
    for row in session.scalars(select(Tally).where(Tally.wave_id == province.wave.id)):
        row.respondents, row.rated_4, row.rated_2, row.satisfied, row.valid = 9, 0, 9, 0, 9
    session.commit()
    assert alarms(session, province) == {}
