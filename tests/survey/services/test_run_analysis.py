from __future__ import annotations

import json
from datetime import date, timedelta
from hashlib import sha256

import pytest
from sqlalchemy import delete, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from survey.errors import Conflict, NotFound
from survey.models import AnalysisRun, Response, Score, Tally
from survey.services.change_wave import close_wave, publish_wave
from survey.services.import_agencies import import_agencies
from survey.services.mark_response import mark_response, unmark_response
from survey.services.run_analysis import run_analysis
from tests.support.small_province import SmallProvince

TODAY = date(2026, 11, 22)


@pytest.fixture
def closed(session: Session, province: SmallProvince) -> SmallProvince:
    for number in range(40):
        ratings = {"A1": 1 + number % 5, "C2": 4, "G1": 5}
        province.answer(session, ratings, agency="yen-son" if number % 3 else "my-lam", day=date(2026, 10, 5) + timedelta(days=number % 12))
    close_wave(session, "2026-Q4", today=TODAY)
    return province


def run(session: Session) -> AnalysisRun:
    return run_analysis(session, "2026-Q4", by="sonoivu", today=TODAY)


def test_a_run_keeps_its_inputs_hash_code_version_parameters_and_all_estimates(session: Session, closed: SmallProvince) -> None:
    frozen = run(session)
    result = json.loads(frozen.result)
    assert (frozen.revision, closed.wave.state) == (1, "analysed")
    assert len(frozen.inputs_sha256) == 64
    assert frozen.code_version == result["code_version"]
    assert frozen.parameters == result["parameters"]
    assert frozen.result_sha256 == sha256(frozen.result.encode()).hexdigest()
    assert [score["agency"] for score in result["scores"]] == ["tinh", "yen-son", "my-lam"]
    assert len(result["scores"][0]["estimates"]) == 38  # 30 pooled measures, 5 means of criteria, 3 means of the whole


def test_running_it_again_gives_identical_bytes_and_no_new_revision(session: Session, closed: SmallProvince) -> None:
    first = run(session)
    again = run(session)
    assert again.result.encode() == first.result.encode()
    assert again.id == first.id
    assert session.scalar(select(func.count()).select_from(AnalysisRun)) == 1


def test_the_same_inputs_give_identical_bytes_when_computed_anew(session: Session, closed: SmallProvince) -> None:
    """Without the shortcut: a marked and unmarked response leaves the inputs as they were, through other tally rows."""
    first = run(session)
    response_id = session.scalars(select(Response.id)).first()
    assert response_id is not None
    mark_response(session, response_id, reason="nghi ngờ", by="an", today=TODAY)
    second = run(session)
    unmark_response(session, response_id, by="an", today=TODAY)
    third = run(session)
    assert [second.revision, third.revision] == [2, 3]
    assert second.inputs_sha256 != first.inputs_sha256
    assert (third.inputs_sha256, third.result) == (first.inputs_sha256, first.result)


def test_an_open_wave_is_not_analysed(session: Session, province: SmallProvince) -> None:
    with pytest.raises(Conflict, match="close it"):
        run(session)


def test_tallies_that_differ_from_the_responses_stop_the_analysis(session: Session, closed: SmallProvince) -> None:
    session.execute(delete(Tally).where(Tally.measure == "A1"))
    session.commit()
    with pytest.raises(Conflict, match="recount"):
        run(session)


def test_an_unknown_wave_is_told_with_the_known_ones(session: Session, province: SmallProvince) -> None:
    with pytest.raises(NotFound, match="2026-Q4"):
        run_analysis(session, "2031-Q1", by="an", today=TODAY)


@pytest.mark.parametrize("change", ["UPDATE analysis_run SET result = '{}'", "DELETE FROM analysis_run"])
def test_the_database_refuses_to_change_a_frozen_run(session: Session, closed: SmallProvince, change: str) -> None:
    run(session)
    with pytest.raises(DBAPIError, match="frozen"):
        session.execute(text(change))


def test_an_unrelated_desk_changes_neither_inputs_nor_revision_nor_publication(session: Session, closed: SmallProvince) -> None:
    first = run(session)
    publish_wave(session, "2026-Q4")
    new = {"agency": "my-lam", "name_vi": "Quầy mới", "name_en": "New desk"}
    import_agencies(session, [], desks=[new], today=TODAY)
    assert run(session).id == first.id
    assert (closed.wave.state, closed.wave.published_revision) == ("published", 1)


def test_what_is_published_stays_until_a_newer_revision_is_published(session: Session, closed: SmallProvince) -> None:
    run(session)
    publish_wave(session, "2026-Q4")
    response_id = session.scalars(select(Response.id)).first()
    assert response_id is not None
    mark_response(session, response_id, reason="nghi ngờ", by="an", today=TODAY)
    assert run(session).revision == 2
    assert (closed.wave.state, closed.wave.published_revision) == ("published", 1)
    publish_wave(session, "2026-Q4")
    assert closed.wave.published_revision == 2
    with pytest.raises(Conflict, match="already published"):
        publish_wave(session, "2026-Q4")


def test_published_scores_are_those_of_the_run(session: Session, closed: SmallProvince) -> None:
    frozen = run(session)
    publish_wave(session, "2026-Q4")
    assert closed.wave.state == "published"
    stored = session.scalars(select(Score).where(Score.revision == frozen.revision)).all()
    assert {score.agency_id for score in stored} == set(closed.agency_ids.values())
