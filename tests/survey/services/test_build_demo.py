from __future__ import annotations

import csv
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.domain.feedback_case import GIVEN
from survey.models import Agency, AnalysisRun, Benchmark, CaseContact, Comment, FeedbackCase, Response, Score, Target, Wave
from survey.sealing import unseal
from survey.services.build_demo import build_demo, ensure_open_wave, periods
from survey.services.change_wave import close_wave
from survey.services.import_questionnaire import import_questionnaire
from survey.services.read_questionnaire import read_questionnaire
from survey.services.recount_tallies import recount_tallies

TODAY = date(2026, 11, 22)


def silent(_what: str, _total: int) -> type[int]:
    return int


@pytest.fixture
def logins(app: Flask, session: Session, tmp_path: Path) -> list[str]:
    with app.app_context():
        return [login.role for login in build_demo(session, today=TODAY, home=tmp_path, secret="x", progress=silent, responses=9_000)]


def test_twelve_months_are_cut_into_quarters_after_the_quarter_before_the_merger() -> None:
    waves = periods(TODAY)
    assert [wave.code for wave in waves] == ["2025-Q2", "2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"]
    assert (waves[1].opens_on, waves[-1].closes_on) == (date(2025, 11, 22), date(2026, 12, 31))
    assert abs(sum(wave.responses for wave in waves[1:]) - 60_000) < 10


@pytest.mark.parametrize("today", [date(2026, 1, 1), date(2026, 3, 31), date(2027, 1, 2), date(2028, 2, 29)])
def test_waves_never_overlap_whatever_the_day(today: date) -> None:
    waves = periods(today)
    assert all(before.closes_on < after.opens_on for before, after in pairwise(waves))
    assert waves[-1].opens_on <= today <= waves[-1].closes_on


@pytest.mark.slow
def test_the_demo_is_whole_and_its_intervals_cover_the_truth_behind_it(session: Session, logins: list[str], tmp_path: Path) -> None:
    assert logins == ["agency_head", "department", "approver"]
    states = dict(session.execute(select(Wave.code, Wave.state)).all())
    assert states == dict.fromkeys(["2025-Q2", "2025-Q4", "2026-Q1", "2026-Q2"], "published") | {"2026-Q3": "closed", "2026-Q4": "open"}
    assert session.scalar(select(func.count()).select_from(Wave).where(Wave.simulated.is_(False))) == 0
    assert session.scalar(select(func.count()).select_from(Response)) > 9_000
    assert session.scalar(select(func.count()).select_from(AnalysisRun)) == 4
    assert (session.scalar(select(func.count()).select_from(Benchmark)) or 0) > 10
    assert recount_tallies(session, repair=False) == []
    together = session.execute(
        select(func.count()).where(Comment.readable.is_(True)).group_by(Comment.wave_id, Comment.agency_id)
    ).scalars()
    assert {count % 5 for count in together} == {0}
    assert session.scalars(select(Target.percent).distinct()).one() == 85
    cases = session.scalars(select(FeedbackCase)).all()
    assert {case.state for case in cases} == set(GIVEN)
    assert {case.answered_on <= TODAY for case in cases if case.answered_on} == {True}
    assert [unseal(contact.sealed, "x") for contact in session.scalars(select(CaseContact))] == ["0900 000 123"]

    with (tmp_path / "demo_truth.csv").open(encoding="utf-8") as file:
        truth = {(row["wave"], row["agency"], row["measure"]): float(row["share"]) for row in csv.DictReader(file)}
    rows = session.execute(
        select(Wave.code, Agency.code, Score.estimates).join(Wave, Wave.id == Score.wave_id).join(Agency, Agency.id == Score.agency_id)
        .where(Score.mode == "open_qr", Score.basis == "all", Agency.code != "xa-chiem-hoa-2025")  # there somebody stuffs the box
    )  # fmt: skip
    covered = [
        row["ci_low"] <= truth[wave, agency, row["key"]] <= row["ci_high"]
        for wave, agency, estimates in rows
        for row in estimates
        if row["rule"] == "pooled" and row["level"] in {"overall", "dimension"} and row["index"] is not None
    ]
    assert len(covered) > 800
    assert sum(covered) / len(covered) > 0.93


def test_a_demo_of_an_earlier_quarter_gets_todays_wave_and_a_closed_one_stays_closed(session: Session) -> None:
    import_questionnaire(session, read_questionnaire("sipas-2017"), today=TODAY)
    for day in (date(2026, 11, 22), date(2027, 2, 3), date(2027, 2, 4)):
        ensure_open_wave(session, today=day)
    close_wave(session, "2027-Q1", today=date(2027, 2, 4))
    ensure_open_wave(session, today=date(2027, 2, 5))
    waves = session.execute(select(Wave.code, Wave.opens_on, Wave.state).order_by(Wave.opens_on)).all()
    assert waves == [("2026-Q4", date(2026, 11, 22), "open"), ("2027-Q1", date(2027, 2, 3), "closed")]
