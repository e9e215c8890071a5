"""Build the demonstration: the province's agencies, a year of simulated responses, published benchmarks, three log-ins."""

from __future__ import annotations

import csv
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import numpy as np
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from survey.database import transaction
from survey.demo.generate import DemoResponses, simulate
from survey.demo.province import DemoDesk, Province, demo_desks, read_province
from survey.demo.truth import TrueIndex
from survey.demo.working_days import working_days
from survey.domain.disclosure import BATCH
from survey.domain.permissions import AGENCY_HEAD, APPROVER, DEPARTMENT
from survey.models import Agency, Comment, Desk, Response, ResponseMark, User, Wave
from survey.services.add_user import add_user
from survey.services.approve_run import publish_wave
from survey.services.change_wave import close_wave, open_wave
from survey.services.import_agencies import import_agencies
from survey.services.import_benchmarks import import_benchmarks
from survey.services.import_questionnaire import import_questionnaire
from survey.services.read_questionnaire import read_questionnaire
from survey.services.recount_tallies import recount_tallies
from survey.services.refresh_scores import refresh_scores
from survey.services.run_analysis import run_analysis
from survey.services.set_targets import set_targets
from survey.services.store_demo_cases import store_demo_cases

QUESTIONNAIRE = "sipas-2017"
SEED = 2021
YEAR_OF_RESPONSES = 60_000
BEFORE_MERGER = (date(2025, 4, 1), date(2025, 6, 30))
TARGET = "85"  # percent, invented
HEAD_OF = "phuong-minh-xuan-2025"
ANALYST_OF_DEMO, APPROVER_OF_DEMO = "sonoivu@demo.example", "pheduyet@demo.example"
_CHUNK = 5000
_ROMAN = ("I", "II", "III", "IV")

#: Called with what is being done and how much of it there is; gives back a function that takes each step's size.
Progress = Callable[[str, int], Callable[[int], object]]


@dataclass(frozen=True)
class Login:
    role: str
    email: str
    password: str


@dataclass(frozen=True)
class Period:
    """One wave of the demo. `responses` are simulated on the working days before `until`."""

    code: str
    name_vi: str
    name_en: str
    opens_on: date
    closes_on: date
    responses: int


def build_demo(
    session: Session, *, today: date, home: Path, secret: str, progress: Progress, responses: int = YEAR_OF_RESPONSES
) -> list[Login]:
    """Fill an empty database with about `responses` in the year before `today`, and the truth behind them into `home`.

    The numbers depend only on `today` and `responses`; only the passwords and desk addresses are random.
    """
    province, questionnaire = read_province(), read_questionnaire(QUESTIONNAIRE)
    import_questionnaire(session, questionnaire, today=today)
    import_agencies(session, province.agencies, desks=province.desks, successions=province.successions, today=today)
    import_benchmarks(session, province.benchmarks)
    truths: list[tuple[str, TrueIndex]] = []
    waves = periods(today, responses)
    for period in waves:
        truths += _simulate_wave(session, period, province, today, progress)
    step = progress("counting the tallies", sum(period.responses for period in waves))
    recount_tallies(session, repair=True, progress=step)
    _finish_past_waves(session, today, progress)
    living = session.scalars(select(Agency.code).where(Agency.valid_to.is_(None)))
    set_targets(session, today.year, dict.fromkeys(living, TARGET), by="demo", today=today)
    refresh_scores(session, today=today)
    store_demo_cases(session, province.cases, secret=secret, today=today)
    _write_truth(home / "demo_truth.csv", truths)
    return _add_logins(session)


def periods(today: date, responses: int = YEAR_OF_RESPONSES) -> list[Period]:
    """The quarter before the merger of 1 July 2025, and the calendar quarters of the twelve months before today."""
    begin = today - timedelta(days=365)
    quarters = list(_quarters(begin, today))
    open_days = {start: len(_days(start, end, today)) for start, end in quarters}
    found = [_period(start, end, round(responses * open_days[start] / sum(open_days.values()))) for start, end in quarters]
    if BEFORE_MERGER[1] < begin:
        found.insert(0, _period(*BEFORE_MERGER, responses // 10))
    return found


def ensure_open_wave(session: Session, *, today: date) -> None:
    """A demo that was built in an earlier quarter gets a wave from today on; one that somebody closed stays closed."""
    period = _period(*next(_quarters(today, today)), 0)
    of_today = select(Wave.id).where((Wave.opens_on <= today) & (Wave.closes_on >= today) | (Wave.code == period.code))
    if session.scalars(of_today).first() is None:
        _open(session, period)


def _quarters(first: date, last: date) -> Iterator[tuple[date, date]]:
    """The calendar quarters that `first` to `last` touch; the first one begins on `first`."""
    start = first
    while start <= last:
        month = 3 * ((start.month - 1) // 3) + 3
        end = (date(start.year, month, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        yield start, end
        start = end + timedelta(days=1)


def _period(start: date, end: date, responses: int) -> Period:
    quarter = (start.month - 1) // 3
    return Period(
        f"{start.year}-Q{quarter + 1}",
        f"Quý {_ROMAN[quarter]}/{start.year}",
        f"Q{quarter + 1} {start.year}",
        start,
        end,
        responses,
    )


def _days(start: date, end: date, today: date) -> Sequence[date]:
    return working_days(start, min(end, today - timedelta(days=1)))


def _simulate_wave(
    session: Session, period: Period, province: Province, today: date, progress: Progress
) -> Iterable[tuple[str, TrueIndex]]:
    wave = _open(session, period)
    days = _days(period.opens_on, period.closes_on, today)
    if not days or period.responses == 0:
        return []
    desks = demo_desks(province, days[0])
    responses = simulate(read_questionnaire(QUESTIONNAIRE), desks, days, seed=SEED, responses=period.responses)
    _store(session, wave, desks, responses, marked=period.closes_on < today, progress=progress)
    _store_comments(session, wave, Counter(desks[desk].agency for desk in responses.desk), province.comments)
    return [(period.code, truth) for truth in responses.truth]


def _open(session: Session, period: Period) -> Wave:
    return open_wave(
        session,
        code=period.code,
        name_vi=period.name_vi,
        name_en=period.name_en,
        opens_on=period.opens_on,
        closes_on=period.closes_on,
        questionnaire=QUESTIONNAIRE,
        simulated=True,
    )


def _store(session: Session, wave: Wave, desks: Sequence[DemoDesk], responses: DemoResponses, *, marked: bool, progress: Progress) -> None:
    """Insert the responses; in past waves the forged ones have been found and marked."""
    desk_ids = {(code, name): desk_id for desk_id, code, name in session.execute(select(Desk.id, Agency.code, Desk.name_vi).join(Agency))}
    ids = [desk_ids[desk.agency, desk.name_vi] for desk in desks]
    step = progress(wave.name_vi, len(responses))
    rows = [
        {
            "id": response_id,
            "wave_id": wave.id,
            "desk_id": ids[desk],
            "responded_on": day,
            "mode": mode,
            "language": language,
            "form": form,
            "ratings": ratings,
            "answers": answers,
            "marked": bool(marked and stuffed),
            "answering_time": time,
        }
        for response_id, desk, day, mode, language, form, ratings, answers, stuffed, time in zip(
            responses.ids, responses.desk, responses.responded_on, responses.mode, responses.language, responses.form,
            responses.ratings, responses.answers, responses.stuffed, responses.answering_time, strict=True,
        )
    ]  # fmt: skip
    for start in range(0, len(rows), _CHUNK):
        with transaction(session):
            session.execute(insert(Response), rows[start : start + _CHUNK])
        step(len(rows[start : start + _CHUNK]))
    _store_marks(session, [row["id"] for row in rows if row["marked"]], wave)


def _store_comments(session: Session, wave: Wave, responses: Mapping[str, int], sentences: Sequence[str]) -> None:
    """About one person in twenty writes something; what is written comes from a list and has nothing to do with the ratings."""
    ids = dict(session.execute(select(Agency.code, Agency.id)).all())
    chance = np.random.default_rng([SEED, wave.id])
    rows = [
        {"id": uuid4(), "wave_id": wave.id, "agency_id": ids[agency], "text": text, "readable": number < count - count % BATCH}
        for agency, count in sorted((code, min(given // 20, len(sentences))) for code, given in responses.items())
        for number, text in enumerate(chance.permutation(sentences)[:count].tolist())
    ]
    if rows:
        with transaction(session):
            session.execute(insert(Comment), rows)


def _store_marks(session: Session, ids: Sequence[UUID], wave: Wave) -> None:
    reason = "Nhiều phiếu giống hệt nhau, toàn mức cao nhất, gửi trong cùng một ngày"
    marks = [
        {"id": uuid4(), "response_id": response_id, "reason": reason, "marked_by": "demo", "marked_on": wave.closes_on}
        for response_id in ids
    ]
    if marks:
        with transaction(session):
            session.execute(insert(ResponseMark), marks)


def _finish_past_waves(session: Session, today: date, progress: Progress) -> None:
    """Waves that have ended are closed; all but the newest of them are analysed and published."""
    ended = session.scalars(select(Wave.code).where(Wave.closes_on < today).order_by(Wave.closes_on)).all()
    step = progress("analysing past waves", len(ended))
    for code in ended:
        close_wave(session, code, today=today)
        if code != ended[-1]:
            run_analysis(session, code, by=ANALYST_OF_DEMO, today=today)
            publish_wave(session, code, by=APPROVER_OF_DEMO, today=today)
        step(1)


def _write_truth(path: Path, truths: Sequence[tuple[str, TrueIndex]]) -> None:
    """The true values behind the simulation, so that anybody can hold the estimates against them."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = [{"wave": wave} | asdict(truth) for wave, truth in truths]
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _add_logins(session: Session) -> list[Login]:
    head = session.scalars(select(Agency).where(Agency.code == HEAD_OF)).one()
    logins = [
        Login(AGENCY_HEAD, "thutruong@demo.example", secrets.token_urlsafe(9)),
        Login(DEPARTMENT, ANALYST_OF_DEMO, secrets.token_urlsafe(9)),
    ]
    for login in logins:
        agency_code = head.code if login.role == AGENCY_HEAD else None
        add_user(
            session, email=login.email, password=login.password, role=login.role, agency_code=agency_code, second_factor_waived=True,
        )  # fmt: skip
    return [*logins, *ensure_approver(session)]


def ensure_approver(session: Session) -> list[Login]:
    """The log-in of the second person whom publishing needs, where a demo that was built before has none yet."""
    if session.scalars(select(User.id).where(User.email == APPROVER_OF_DEMO)).first() is not None:
        return []
    login = Login(APPROVER, APPROVER_OF_DEMO, secrets.token_urlsafe(9))
    add_user(session, email=login.email, password=login.password, role=login.role, agency_code=None, second_factor_waived=True)
    return [login]
