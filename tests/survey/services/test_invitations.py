"""Invitations to a sample survey: they belong to its wave, count once, and nothing tells whom they were sent to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.domain.slip_code import slip_digest, slip_key
from survey.domain.submission import Submission
from survey.errors import Conflict, Invalid, NotFound
from survey.models import Desk, Response, Slip, Tally, Wave
from survey.queries.slips import Batch, find_slip, list_batches, rates
from survey.services.change_wave import close_wave, open_wave
from survey.services.make_invitations import make_invitations
from survey.services.print_slips import print_slips
from survey.services.recount_tallies import recount_tallies
from survey.services.submit_response import Unit, submit_response
from survey.services.withdraw_slips import withdraw_slips
from survey.settings import today
from tests.support.small_province import SmallProvince

KEY = slip_key("k" * 32)
SAMPLE = "M-2026"


@pytest.fixture
def sample(session: Session, province: SmallProvince) -> Wave:
    return sample_survey(session, SAMPLE, date(2020, 1, 1), date(2099, 12, 31))


def sample_survey(session: Session, code: str, first: date, last: date) -> Wave:
    return open_wave(
        session, code=code, name_vi="Khảo sát mẫu", name_en="Sample", opens_on=first, closes_on=last, questionnaire="sipas-2017",
        instrument="sample",
    )  # fmt: skip


def made(
    session: Session, province: SmallProvince, count: int = 10, *, wave: str = SAMPLE, agency: str = "yen-son", full_form: bool = True
) -> list[str]:
    letters: list[str] = []

    def draw(_: Desk, codes: Sequence[str]) -> bytes:
        letters.extend(codes)
        return b"file"

    assert make_invitations(
        session, wave, province.desk_ids[agency], count, full_form=full_form, key=KEY, today=today(), made_by="staff@tq.vn", draw=draw
    ) == b"file"  # fmt: skip
    return letters


def answer(session: Session, province: SmallProvince, code: str) -> bool:
    """As the page does: the wave and the mode are those that the code leads to."""
    digest = slip_digest(code, KEY)
    found = find_slip(session, digest, today=today())
    assert found
    assert found.desk.wave
    unit = Unit(found.desk.wave.id, found.desk.id, found.desk.agency_id, today(), found.mode)
    submission = Submission(uuid4(), "full", {"A1": 4}, {})
    return submit_response(session, submission, province.questionnaire, unit, code="", language="vi", slip=digest)


def batches(session: Session) -> list[Batch]:
    session.rollback()
    return list_batches(session, invitations=True)


def test_an_invitation_leads_to_its_own_wave_and_a_slip_to_that_of_the_desks(
    session: Session, province: SmallProvince, sample: Wave
) -> None:
    paper: list[str] = []

    def draw(_: Desk, codes: Sequence[str]) -> bytes:
        paper.extend(codes)
        return b""

    print_slips(session, province.desk_ids["yen-son"], 10, key=KEY, today=today(), printed_by="x", draw=draw)
    invitation, short = made(session, province)[0], made(session, province, full_form=False)[0]
    found = [find_slip(session, slip_digest(code, KEY), today=today()) for code in (invitation, short, paper[0])]
    told = [(each.desk.wave.id, each.mode, each.full_form, each.desk.wave.is_open) for each in found if each and each.desk.wave]
    wave, invited = sample.id, "invitation"
    assert told == [(wave, invited, True, True), (wave, invited, False, True), (province.wave.id, "slip", False, True)]


def test_an_answer_counts_once_in_the_sample_survey_alone(session: Session, province: SmallProvince, sample: Wave) -> None:
    code = made(session, province)[0]
    assert answer(session, province, code)
    assert find_slip(session, slip_digest(code, KEY), today=today()) is None
    assert session.execute(select(Response.wave_id, Response.mode)).all() == [(sample.id, "invitation")]
    assert set(session.execute(select(Tally.wave_id, Tally.mode)).all()) == {(sample.id, "invitation")}
    assert [(batch.printed, batch.used, batch.left) for batch in batches(session)] == [(10, 1, 9)]
    assert recount_tallies(session, repair=False) == []


def test_batches_of_slips_and_of_invitations_stand_apart(session: Session, province: SmallProvince, sample: Wave) -> None:
    print_slips(session, province.desk_ids["yen-son"], 20, key=KEY, today=today(), printed_by="x", draw=lambda *_: b"")
    made(session, province)
    assert [(batch.printed, batch.wave) for batch in batches(session)] == [(10, SAMPLE)]
    assert [(batch.printed, batch.wave) for batch in list_batches(session)] == [(20, None)]
    assert list_batches(session, [province.agency_ids["my-lam"]], invitations=True) == []


def test_nobody_is_invited_to_the_open_survey_nor_to_one_that_is_over(session: Session, province: SmallProvince, sample: Wave) -> None:
    with pytest.raises(Invalid, match="not a sample survey"):
        made(session, province, wave=province.wave.code)
    with pytest.raises(NotFound, match="Waves: "):
        made(session, province, wave="nowhere")
    close_wave(session, SAMPLE, today=today())
    with pytest.raises(Conflict, match="is over"):
        made(session, province)
    sample_survey(session, "past", date(2019, 1, 1), date(2019, 2, 1))
    with pytest.raises(Conflict, match="is over"):
        made(session, province, wave="past")
    days = {"name_vi": "M", "name_en": "M", "questionnaire": "sipas-2017", "instrument": "sample"}
    open_wave(session, code="paper", opens_on=date(2100, 1, 1), closes_on=date(2100, 2, 1), modes=["paper"], **days)
    open_wave(session, code="other", opens_on=date(2101, 1, 1), closes_on=date(2101, 2, 1), participants=["my-lam"], **days)
    for wave, words in (("paper", "by invitations"), ("other", "does not take part")):
        with pytest.raises(Conflict, match=words):
            made(session, province, wave=wave)
    assert session.scalar(select(func.count()).select_from(Slip)) == 0
    assert len(made(session, province, wave="other", agency="my-lam")) == 10


def test_a_survey_that_begins_later_invites_already_and_takes_answers_from_its_first_day(session: Session, province: SmallProvince) -> None:
    first = today() + timedelta(days=30)
    sample_survey(session, SAMPLE, first, first + timedelta(days=9))
    digest = slip_digest(made(session, province)[0], KEY)
    takes = {}
    for day in (today(), first - timedelta(days=1), first, first + timedelta(days=9), first + timedelta(days=10)):
        found = find_slip(session, digest, today=day)
        assert found
        assert found.desk.wave
        takes[(day - first).days] = found.desk.wave.is_open
    assert takes == {-30: False, -1: False, 0: True, 9: True, 10: False}


def test_a_withdrawn_batch_invites_nobody_and_leaves_the_rate(session: Session, province: SmallProvince, sample: Wave) -> None:
    codes = made(session, province)
    for code in [*codes[:3], *made(session, province, 20, agency="my-lam")[:5]]:
        answer(session, province, code)
    told = [(wave, agency, rate.invited, rate.responded, rate.rate) for wave, agency, rate in rates(batches(session))]
    assert told == [(SAMPLE, "UBND xã Yên Sơn", 10, 3, 0.3), (SAMPLE, "UBND phường Mỹ Lâm", 20, 5, 0.25)]
    withdraw_slips(session, batches(session)[1].id, reason="Mất tệp", today=today(), withdrawn_by="x")
    with pytest.raises(Conflict, match="used or withdrawn"):
        answer(session, province, codes[5])
    assert [(batch.printed, batch.used, batch.left) for batch in batches(session)] == [(20, 5, 15), (10, 3, 7)]
    assert [agency for _, agency, _ in rates(batches(session))] == ["UBND phường Mỹ Lâm"]


def test_there_is_no_rate_where_nobody_was_invited() -> None:
    assert rates([]) == []
