from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.orm import Session

from survey.domain.agency_tree import subtree
from survey.models import AgencySuccession, QuestionnaireVersion, Wave
from survey.queries.agencies import parents_of
from survey.queries.agency_scores import agency_scores
from survey.queries.changes import FIRST, QUESTIONNAIRE, SUCCESSION, TOO_FEW, Changes, changes_since
from survey.queries.waves import all_waves
from tests.support.scored_province import Cell, give_score, past_wave
from tests.support.small_province import SmallProvince

QUARTERS = [(date(2019, month, 1), date(2019, month + 2, 28)) for month in (1, 4, 7)]


@pytest.fixture
def earlier(session: Session, province: SmallProvince) -> list[Wave]:
    """Three waves before the present one, of which Yên Sơn has 80, 81 and 82 %; now it has 83 %."""
    waves = [past_wave(session, first, last) for first, last in QUARTERS]
    for wave, index in zip([*waves, province.wave], (0.80, 0.81, 0.82, 0.83), strict=True):
        give(session, province, wave, Cell(200, index))
    return waves


def give(session: Session, province: SmallProvince, wave: Wave, cell: Cell, *, agency: str = "yen-son", mode: str = "open_qr") -> None:
    give_score(session, province.questionnaire, wave, province.agency_ids[agency], cell, mode=mode)


def changes(
    session: Session, province: SmallProvince, agency: str = "yen-son", mode: str = "open_qr", *, from_above: bool = False
) -> Changes:
    waves, agency_id = all_waves(session), province.agency_ids[agency]
    wave = next(w for w in waves if w.id == province.wave.id)
    now = next(score for score in agency_scores(session, agency_id, wave) if score.mode == mode)
    below = subtree(agency_id, parents_of(session))
    return changes_since(session, now, wave, waves, below, agency_id=agency_id, from_above=from_above)


def succeed(session: Session, province: SmallProvince, old: str, new: str, on: date) -> None:
    session.add(AgencySuccession(predecessor_id=province.agency_ids[old], successor_id=province.agency_ids[new], succeeded_on=on))
    session.commit()


def test_the_newest_wave_before_is_compared_with(session: Session, province: SmallProvince, earlier: list[Wave]) -> None:
    found = changes(session, province)
    assert found.before is not None
    assert (found.before.code, found.why) == ("2019-07-01", None)
    assert found.whole is not None
    assert found.whole.difference == pytest.approx(0.01)
    assert (found.whole.verdict, set(found.of) >= {"ALL", "STAFF", "E4", "G1"}) == ("unclear", True)


def test_the_first_wave_has_none_before_it(session: Session, province: SmallProvince) -> None:
    give(session, province, province.wave, Cell(200))
    assert changes(session, province) == Changes(None, FIRST)


def test_a_wave_with_too_few_responses_is_passed_over(session: Session, province: SmallProvince, earlier: list[Wave]) -> None:
    for wave in (*earlier[:1], province.wave):
        give(session, province, wave, Cell(200), mode="kiosk")
    give(session, province, earlier[2], Cell(9), mode="kiosk")
    found = changes(session, province, mode="kiosk")
    assert found.before is not None
    assert found.before.code == "2019-01-01"


def test_another_mode_is_no_comparison(session: Session, province: SmallProvince, earlier: list[Wave]) -> None:
    give(session, province, province.wave, Cell(200), mode="kiosk")
    assert changes(session, province, mode="kiosk") == Changes(None, TOO_FEW)


def test_another_instrument_is_none_either(session: Session, province: SmallProvince, earlier: list[Wave]) -> None:
    for wave in earlier:
        wave.instrument = "sample"
    session.commit()
    assert changes(session, province) == Changes(None, FIRST)


def test_another_questionnaire_ends_the_search(session: Session, province: SmallProvince, earlier: list[Wave]) -> None:
    old = session.query(QuestionnaireVersion).one()
    new = QuestionnaireVersion(code="sipas-2030", sha256="other", content=old.content, loaded_on=old.loaded_on)
    session.add(new)
    session.flush()
    earlier[2].questionnaire_id = new.id
    session.commit()
    assert changes(session, province) == Changes(None, QUESTIONNAIRE)


@pytest.mark.parametrize(("on", "why"), [
    (date(2019, 6, 30), None), (date(2019, 7, 1), None), (date(2019, 7, 2), SUCCESSION), (date(2020, 1, 1), SUCCESSION),
])  # fmt: skip
def test_what_came_into_the_agency_after_the_wave_before_forbids_comparing(
    session: Session, province: SmallProvince, earlier: list[Wave], on: date, why: str | None
) -> None:
    succeed(session, province, "my-lam", "yen-son", on)
    assert changes(session, province).why == why


def test_a_merger_of_two_parts_leaves_the_agency_above_as_it_was(session: Session, province: SmallProvince, earlier: list[Wave]) -> None:
    for wave in (earlier[2], province.wave):
        give(session, province, wave, Cell(400), agency="tinh")
    succeed(session, province, "my-lam", "yen-son", date(2020, 1, 1))
    assert changes(session, province, "tinh").why is None


def test_what_a_reader_may_not_see_is_in_no_difference(session: Session, province: SmallProvince, earlier: list[Wave]) -> None:
    others = {"STAFF": Cell(40, withheld=True), "RESULT": Cell(9)}
    give_score(session, province.questionnaire, earlier[2], province.agency_ids["my-lam"], Cell(200), others=others)
    give(session, province, province.wave, Cell(200), agency="my-lam")
    own, above = (changes(session, province, "my-lam", from_above=from_above).of for from_above in (False, True))
    assert ("STAFF" in own, "STAFF" in above, "RESULT" in own) == (True, False, False)
    for wave in earlier:
        give(session, province, wave, Cell(200, withheld=True), agency="my-lam", mode="kiosk")
    give(session, province, province.wave, Cell(200), agency="my-lam", mode="kiosk")
    assert changes(session, province, "my-lam", "kiosk", from_above=True).why == TOO_FEW
    assert changes(session, province, "my-lam", "kiosk").why is None
