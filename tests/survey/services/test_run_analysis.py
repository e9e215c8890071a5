from __future__ import annotations

import json
import re
from datetime import date, timedelta
from hashlib import sha256

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from survey.errors import Conflict, NotFound
from survey.models import Agency, AnalysisRun, Desk, Response, Score, Tally
from survey.queries.agency_list import list_desks
from survey.services.approve_run import publish_wave
from survey.services.change_wave import close_wave
from survey.services.import_agencies import import_agencies
from survey.services.mark_response import mark_response, unmark_response
from survey.services.run_analysis import _RULES, _canonical, _findings, run_analysis
from survey.services.score_agencies import AgencyScores
from survey.settings import PROJECT
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
    return run_analysis(session, "2026-Q4", by="sonoivu", today=TODAY, reason="tính lại")


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


def test_a_known_answering_time_is_an_input_and_an_unknown_one_leaves_the_hash_as_before_there_were_any(
    session: Session, closed: SmallProvince
) -> None:
    first = run(session)
    session.execute(update(Response).where(Response.desk_id == closed.desk_ids["yen-son"]).values(answering_time="over_5_min"))
    session.commit()
    second = run(session)
    assert (second.revision, second.inputs_sha256 == first.inputs_sha256) == (2, False)
    speeds = {score["agency"]: score["findings"].get("speed") for score in json.loads(second.result)["scores"]}
    assert speeds["yen-son"] == [{"desk": closed.desk_ids["yen-son"], "known": 26, "too_fast": 0, "unknown": 0}]
    assert speeds["tinh"] is None
    assert run(session).result.encode() == second.result.encode()
    rows = session.execute(
        select(
            Response.id, Response.desk_id, Response.responded_on, Response.mode, Response.form, Response.ratings, Response.marked,
            Response.from_own_network,
        ).order_by(Response.id)
    )  # fmt: skip
    before = sha256(f"2026-Q4 {closed.wave.questionnaire.sha256}\n".encode())
    for desk in ("yen-son", "my-lam"):
        before.update(_canonical([closed.desk_ids[desk], desk, "tinh"]).encode())
    for row in rows:
        before.update(_canonical([str(row[0]), row[1], str(row[2]), *row[3:]]).encode())
    assert first.inputs_sha256 == before.hexdigest()


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
    publish_wave(session, "2026-Q4", by="người duyệt", today=TODAY)
    new = {"agency": "my-lam", "name_vi": "Quầy mới", "name_en": "New desk"}
    import_agencies(session, [], desks=[new], today=TODAY)
    assert run(session).id == first.id
    assert (closed.wave.state, closed.wave.published_revision) == ("published", 1)


def test_what_is_published_stays_until_a_newer_revision_is_published(session: Session, closed: SmallProvince) -> None:
    run(session)
    publish_wave(session, "2026-Q4", by="người duyệt", today=TODAY)
    response_id = session.scalars(select(Response.id)).first()
    assert response_id is not None
    mark_response(session, response_id, reason="nghi ngờ", by="an", today=TODAY)
    assert run(session).revision == 2
    assert (closed.wave.state, closed.wave.published_revision) == ("published", 1)
    publish_wave(session, "2026-Q4", by="người duyệt", today=TODAY)
    assert closed.wave.published_revision == 2
    with pytest.raises(Conflict, match="already published"):
        publish_wave(session, "2026-Q4", by="người duyệt", today=TODAY)


def test_published_scores_are_those_of_the_run(session: Session, closed: SmallProvince) -> None:
    frozen = run(session)
    publish_wave(session, "2026-Q4", by="người duyệt", today=TODAY)
    assert closed.wave.state == "published"
    stored = session.scalars(select(Score).where(Score.revision == frozen.revision)).all()
    assert {score.agency_id for score in stored} == set(closed.agency_ids.values())


def test_findings_are_frozen_with_the_scores_and_tell_agencies_by_code(session: Session, province: SmallProvince) -> None:
    new = [{"code": f"xa-{n}", "kind": "commune", "parent": "tinh", "name_vi": f"Xã {n}", "name_en": f"Xã {n}"} for n in (1, 2)]
    rows = [row | {"valid_from": "2025-07-01", "valid_to": ""} for row in new]
    desks = [{"agency": row["code"], "name_vi": "Một cửa", "name_en": "Desk"} for row in new]
    import_agencies(session, rows, desks=desks, today=TODAY)
    for code in ("xa-1", "xa-2"):
        desk = session.scalars(select(Desk).join(Agency).where(Agency.code == code)).one()
        province.agency_ids[code], province.desk_ids[code] = desk.agency_id, desk.id
        province.urls[code] = "/s/" + next(row["url"] for row in list_desks(session, today=TODAY) if row["agency"] == code).split("/")[-1]
    for code, satisfied in (("xa-1", 34), ("xa-2", 33), ("yen-son", 10)):
        for number in range(40):
            ratings = {"A1": 5 if number < satisfied else 2, "G1": 4 if number % 3 else 2}
            province.answer(session, ratings, agency=code, day=date(2026, 10, 5) + timedelta(days=number % 12))
    close_wave(session, "2026-Q4", today=TODAY)
    frozen = run(session)
    found = {score["agency"]: score["findings"] for score in json.loads(frozen.result)["scores"]}
    assert found["xa-1"]["place"]["like"] == ["xa-2"]
    assert (found["xa-1"]["place"]["rank_low"], found["xa-1"]["place"]["rank_high"]) == (1, 2)
    assert "place" not in found["tinh"]
    assert [row["key"] for row in found["yen-son"]["priorities"]] == ["A1"]
    assert frozen.parameters["rank_seed"] == 2021
    stored = session.scalars(select(Score).where(Score.agency_id == province.agency_ids["xa-1"], Score.revision == 1)).one()
    assert stored.findings is not None
    assert stored.findings["place"]["like"] == [province.agency_ids["xa-2"]]
    assert json.loads(json.dumps(stored.findings)) == stored.findings


def test_what_is_withheld_from_those_above_is_on_no_frozen_list() -> None:
    priorities = [{"key": key, "quadrant": "unclear"} for key in ("A1", "A2")]
    score = AgencyScores(1, "open_qr", "all", [{"key": "A2", "withheld": True}], [], {"priorities": priorities})
    assert _findings(score, {1: "xa"}) == {"priorities": [priorities[0]]}


def test_the_code_version_follows_every_service_that_has_a_part_in_a_frozen_result() -> None:
    text = "".join((PROJECT / name).read_text(encoding="utf-8") for name in _RULES)
    used = {name for names in re.findall(r"^from survey\.services import (.+)$", text, re.MULTILINE) for name in names.split(", ")}
    used |= set(re.findall(r"^from survey\.services\.(\w+) import", text, re.MULTILINE))
    of_live_numbers_only = {"release_days", "watch_days"}
    assert {f"survey/services/{name}.py" for name in used - of_live_numbers_only} <= {*_RULES}
    assert len(used) > 6
