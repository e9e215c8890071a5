"""Bursts of forms, on a clock of the tests' own (decision 0066)."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from survey import create_app
from survey.domain.receipt_code import stored_id
from survey.domain.slip_code import slip_key
from survey.models import Desk, Response, ResponseMark, Tally
from survey.services.change_wave import open_wave
from survey.services.declare_network import declare_network, withdraw_network
from survey.services.make_invitations import make_invitations
from survey.services.mark_response import unmark_response
from survey.services.recount_tallies import recount_tallies
from survey.settings import read_settings, today
from survey.web.limits import WAIT, Limits, Verdict
from tests.support.databases import SqliteDatabases
from tests.support.small_province import SmallProvince

HALL = "203.0.113.10"
#: Phones in a hall: many models, but every new Chrome calls itself the same (the first), and so do iPhones of one version.
AGENTS = ["Mozilla/5.0 (Linux; Android 10; K) Chrome/131.0.0.0 Mobile"] * 8 + ["Mozilla/5.0 (iPhone; CPU iPhone OS 18_1) Safari"] * 4
AGENTS += [f"Mozilla/5.0 (Linux; Android {10 + n % 5}; SM-A{n}5F wv) Zalo" for n in range(8)]


@dataclass
class Hall:
    """Sends forms to one desk, and moves the clock."""

    app: Flask
    url: str
    now: float = 1000.0
    today: date = field(default_factory=today)

    def __post_init__(self) -> None:
        self.app.extensions["limits"] = Limits(clock=lambda: self.now, day=lambda: self.today)

    def send(
        self,
        *,
        url: str = "",
        address: str = HALL,
        agent: str = AGENTS[0],
        response_id: UUID | None = None,
        headers: dict[str, str] | None = None,
    ) -> TestResponse:
        fields = {"response_id": str(response_id or uuid4()), "form": "full", "A1": "5", "B1": "4", "G1": "5"}
        named = {"User-Agent": agent, **(headers or {})}
        return self.app.test_client().post(url or self.url, data=fields, environ_base={"REMOTE_ADDR": address}, headers=named)


@pytest.fixture
def database_system(sqlite_databases: SqliteDatabases) -> SqliteDatabases:
    """One is enough: the pace of forms is told without a database. What is stored of it, tests of the service try on both."""
    return sqlite_databases


@pytest.fixture
def hall(app: Flask, province: SmallProvince) -> Hall:
    return Hall(app, province.urls["yen-son"])


def stored(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Response)) or 0


def reasons(session: Session) -> Counter[str]:
    session.rollback()
    return Counter(session.scalars(select(ResponseMark.reason)))


def test_200_people_in_one_hall_within_ten_minutes_pass_and_none_is_marked(hall: Hall, session: Session) -> None:
    chance = random.Random(4)
    for _ in range(200):
        hall.now += chance.expovariate(200 / 600)
        assert hall.send(agent=chance.choice(AGENTS)).status_code == 200
    assert stored(session) == 200
    assert not reasons(session)


def test_200_people_whose_phones_all_look_alike_pass_too(hall: Hall, session: Session) -> None:
    chance = random.Random(5)
    for _ in range(200):
        hall.now += chance.expovariate(200 / 600)
        assert hall.send().status_code == 200
    assert (stored(session), len(reasons(session))) == (200, 0)


def test_one_hand_that_sends_50_forms_in_five_minutes_is_slowed_and_marked_and_loses_nothing(hall: Hall, session: Session) -> None:
    chance = random.Random(6)
    slowed = 0
    for _ in range(50):
        hall.now += chance.uniform(4.5, 7.5)
        response_id = uuid4()
        answer = hall.send(response_id=response_id)
        if answer.status_code == 429:
            slowed += 1
            assert answer.headers["Retry-After"] == "5"
            assert f'value="{response_id}"' in answer.text
            assert "checked" in answer.text
            hall.now += WAIT
            answer = hall.send(response_id=response_id)
        assert answer.status_code == 200
    assert stored(session) == 50
    assert slowed == 37  # twelve gaps at a hand's pace are evidence enough
    assert reasons(session) == {"burst_one_hand": 37}


def test_a_device_that_sends_without_pause_is_slowed_from_the_41st_form(hall: Hall, session: Session) -> None:
    answers = [hall.send().status_code for _ in range(60)]
    assert answers == [200] * 40 + [429] * 20
    assert stored(session) == 40


def test_who_does_not_wait_is_told_again_and_stored_after_the_wait(hall: Hall, session: Session) -> None:
    for _ in range(40):
        hall.send()
    response_id = uuid4()
    waits = []
    for _ in range(6):
        answer = hall.send(response_id=response_id)
        waits.append((answer.status_code, answer.headers.get("Retry-After")))
        hall.now += 1
    assert waits == [(429, str(seconds)) for seconds in (5, 4, 3, 2, 1)] + [(200, None)]
    assert stored(session) == 41


def test_the_page_that_asks_to_wait_says_so_in_both_languages(hall: Hall) -> None:
    for _ in range(40):
        hall.send()
    assert "chờ năm giây" in hall.send().text
    hall.url += "?lang=en"
    assert "wait five seconds" in hall.send().text


def test_a_burst_at_one_desk_from_many_addresses_is_slowed_and_marked(hall: Hall, session: Session) -> None:
    number = count()
    slowed = 0
    for _ in range(400):
        hall.now += 1.5  # 400 in ten minutes
        n, response_id = next(number), uuid4()
        answer = hall.send(address=f"198.51.{n // 250}.{n % 250}", response_id=response_id)
        if answer.status_code == 429:
            slowed += 1
            hall.now += WAIT
            answer = hall.send(address=f"198.51.{n // 250}.{n % 250}", response_id=response_id)
        assert answer.status_code == 200
    assert stored(session) == 400
    assert slowed > 50
    assert reasons(session) == {"burst_desk": slowed}


def test_200_invitations_within_ten_minutes_pass_beside_a_full_hall_and_none_is_marked(
    hall: Hall, session: Session, province: SmallProvince
) -> None:
    """A mailing is answered when it arrives, from everywhere; with the hall's 200 it is more than the bucket of the desk holds."""
    links = invitations(hall.app, session, province, 200)
    chance = random.Random(7)
    for place, link in enumerate(links):
        hall.now += chance.expovariate(200 / 600)
        assert hall.send(agent=chance.choice(AGENTS)).status_code == 200
        assert hall.send(url=link, address=f"198.51.{place % 100}.{place // 100}").status_code == 200
    assert stored(session) == 400
    assert not reasons(session)


@pytest.mark.parametrize("mode", ["slip", "invitation"])
def test_single_use_codes_neither_fill_the_bucket_of_a_desk_nor_are_marked_by_it(mode: str) -> None:
    limits = Limits(clock=lambda: 1000.0)
    for number in range(500):
        limits.count(f"phone {number}", 1, mode)
    assert limits.judge("one more phone", 1, "open_qr", uuid4()) == Verdict()
    for number in range(300):
        limits.count(f"phone {number}", 2, "open_qr")
    assert limits.judge("one more phone", 2, "open_qr", uuid4()).reason == "burst_desk"
    assert limits.judge("one more phone", 2, mode, uuid4()) == Verdict()
    for _ in range(40):
        limits.count("one phone", 2, mode)
    assert limits.judge("one phone", 2, mode, uuid4()).reason == "burst_device"


def invitations(app: Flask, session: Session, province: SmallProvince, number: int) -> list[str]:
    codes: list[str] = []
    open_wave(
        session, code="M", name_vi="M", name_en="M", opens_on=date(2020, 1, 1), closes_on=date(2099, 12, 31), questionnaire="sipas-2017",
        instrument="sample",
    )  # fmt: skip

    def draw(_desk: Desk, made: Sequence[str]) -> bytes:
        codes.extend(made)
        return b"x"

    key = slip_key(app.config["SETTINGS"].secret_key)
    make_invitations(session, "M", province.desk_ids["yen-son"], number, full_form=True, key=key, today=today(), made_by="x", draw=draw)
    return [f"/p/{code}" for code in codes]


def test_the_other_desk_is_not_touched_by_a_burst(hall: Hall, province: SmallProvince) -> None:
    for _ in range(45):
        hall.send()
    hall.url = province.urls["my-lam"]
    assert hall.send().status_code == 200


def test_other_phones_at_the_same_desk_and_address_are_not_touched_by_one_that_floods(hall: Hall) -> None:
    for _ in range(45):
        hall.send()
    assert hall.send(agent=AGENTS[-1]).status_code == 200


def test_a_burst_ends_when_forms_come_at_the_pace_of_people_again(hall: Hall, session: Session) -> None:
    for _ in range(14):
        hall.now += 6
        hall.send()
    assert hall.send().status_code == 429
    for _ in range(2):  # gaps that are no hand's pace are evidence against it
        hall.now += 60
        hall.send(response_id=(response_id := uuid4()))
        hall.now += 30
        hall.send(response_id=response_id)
    hall.now += 60
    assert hall.send().status_code == 200


def test_marks_split_the_tallies_and_people_can_lift_them(hall: Hall, session: Session) -> None:
    for _ in range(40):
        hall.send()
    response_id = uuid4()
    hall.send(response_id=response_id)
    hall.now += WAIT
    hall.send(response_id=response_id)
    sums = select(Tally.marked, Tally.respondents).where(Tally.measure == "ALL")
    session.rollback()
    assert dict(session.execute(sums).all()) == {False: 40, True: 1}
    mark = session.scalars(select(ResponseMark)).one()
    assert (mark.response_id, mark.marked_by, mark.marked_on) == (stored_id(response_id), "sipas", today())
    unmark_response(session, stored_id(response_id), by="sonoivu", today=today())
    assert dict(session.execute(sums).all()) == {False: 41, True: 0}
    assert recount_tallies(session, repair=False) == []


def test_a_form_sent_many_times_counts_once(hall: Hall, session: Session) -> None:
    response_id = uuid4()
    assert {hall.send(response_id=response_id).status_code for _ in range(100)} == {200}
    assert hall.send().status_code == 200
    assert (stored(session), len(reasons(session))) == (2, 0)


def test_all_is_forgotten_on_the_next_day(hall: Hall) -> None:
    for _ in range(45):
        hall.send()
    limits: Limits = hall.app.extensions["limits"]
    old_key = bytes(limits.memory._memory[:64])
    hall.today += timedelta(days=1)
    limits.forget_yesterday()
    assert not any(limits.memory._memory[64:])
    assert old_key != bytes(limits.memory._memory[:64])
    assert hall.send().status_code == 200


def test_the_first_request_of_a_day_forgets_the_day_before_whatever_it_asks_for(hall: Hall) -> None:
    hall.send()
    hall.today += timedelta(days=1)
    hall.app.test_client().get("/healthz")
    assert not any(hall.app.extensions["limits"].memory._memory[64:])


def test_what_is_remembered_holds_no_address_and_no_browser(hall: Hall) -> None:
    hall.send(address="203.0.113.77", agent="canary-agent")
    memory = bytes(hall.app.extensions["limits"].memory._memory)
    assert any(memory[64:])
    for canary in (b"203.0.113.77", bytes([203, 0, 113, 77]), bytes([77, 113, 0, 203]), b"canary-agent"):
        assert canary not in memory


def test_workers_that_were_forked_share_one_limit() -> None:
    limits = Limits(clock=lambda: 5.0)
    children = []
    for _ in range(4):
        if (child := os.fork()) == 0:
            try:
                for _ in range(10):
                    limits.count("203.0.113.5 phone", 1, "open_qr")
            finally:
                os._exit(0)
        children.append(child)
    for child in children:
        assert os.waitpid(child, 0)[1] == 0
    assert limits.judge("203.0.113.5 phone", 1, "open_qr", uuid4()).reason == "burst_device"
    assert limits.judge("203.0.113.6 phone", 1, "open_qr", uuid4()).reason is None


def test_fifty_thousand_devices_take_no_more_room_than_one() -> None:
    limits = Limits(clock=lambda: 5.0)
    size = len(limits.memory._memory)
    for number in range(50_000):
        limits.count(f"{number}", number, "open_qr")
    for _ in range(10_000):
        limits.judge("1", 1, "open_qr", uuid4())
    assert len(limits.memory._memory) == size < 500_000


def test_a_kiosk_is_one_device_for_many_people() -> None:
    now = count(1000.0, 8.0)
    limits = Limits(clock=lambda: next(now))
    for _ in range(30):
        limits.count("10.0.0.5 tablet", 1, "kiosk")
    assert limits.judge("10.0.0.5 tablet", 1, "kiosk", uuid4()).reason is None
    assert limits.judge("10.0.0.5 tablet", 1, "open_qr", uuid4()).reason == "burst_one_hand"


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "True-Client-IP", "CF-Connecting-IP"])
def test_an_address_that_the_client_makes_up_changes_nothing(hall: Hall, header: str) -> None:
    answers = [hall.send(headers={header: f"198.51.100.{n}"}).status_code for n in range(45)]
    assert answers == [200] * 40 + [429] * 5


def test_behind_one_proxy_only_what_that_proxy_adds_is_believed(
    database_url: str, tmp_path: object, province: SmallProvince, session: Session
) -> None:
    settings = read_settings({"SIPAS_HOME": str(tmp_path), "SIPAS_DATABASE_URL": database_url, "SIPAS_TRUSTED_PROXIES": "1"})
    hall = Hall(create_app(settings), province.urls["yen-son"])
    made_up = [hall.send(address="127.0.0.1", headers={"X-Forwarded-For": f"198.51.100.{n}, {HALL}"}).status_code for n in range(45)]
    assert made_up == [200] * 40 + [429] * 5
    assert hall.send(address="127.0.0.1", headers={"X-Forwarded-For": "203.0.113.99"}).status_code == 200
    assert stored(session) == 41
    _dispose(hall.app)


def _dispose(app: Flask) -> None:
    from survey.database import db

    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


def test_addresses_of_one_ipv6_network_are_one_device(hall: Hall) -> None:
    answers = [hall.send(address=f"2001:db8:1:2::{n:x}").status_code for n in range(45)]
    assert answers.count(429) == 5
    assert hall.send(address="2001:db8:1:3::1").status_code == 200


@pytest.fixture
def came_from(hall: Hall, session: Session) -> Callable[..., bool]:
    """Whether a form sent so is stored as from the office's own network."""

    def came_from(address: str, **how: str) -> bool:
        hall.now += 61  # networks are read again
        response_id = uuid4()
        assert hall.send(address=address, response_id=response_id, headers=how).status_code == 200
        session.rollback()
        return session.get_one(Response, stored_id(response_id)).from_own_network

    return came_from


def test_a_form_from_the_offices_own_network_is_kept_with_a_yes(came_from: Callable[..., bool], session: Session) -> None:
    assert not came_from("192.0.2.7")
    declare_network(session, "yen-son", "192.0.2.0/28")
    declare_network(session, "yen-son", "2001:db8::/48")
    assert came_from("192.0.2.7")
    assert came_from("::ffff:192.0.2.7")
    assert came_from("2001:db8:0:1::5")
    assert not came_from("192.0.2.16")
    withdraw_network(session, "yen-son", "192.0.2.0/28")
    assert not came_from("192.0.2.7")
    assert not reasons(session)  # a fact, no suspicion: citizens use the hall's network too


def test_a_network_of_the_province_is_the_communes_own_but_not_the_neighbours(came_from: Callable[..., bool], session: Session) -> None:
    declare_network(session, "tinh", "192.0.2.0/24")
    declare_network(session, "my-lam", "198.51.100.0/24")
    assert came_from("192.0.2.200")
    assert not came_from("198.51.100.1")


def test_nobody_can_make_an_address_of_the_office_up(came_from: Callable[..., bool], session: Session) -> None:
    declare_network(session, "yen-son", "192.0.2.0/24")
    assert not came_from("198.51.100.1", **{"X-Forwarded-For": "192.0.2.7", "Forwarded": "for=192.0.2.7", "X-Real-IP": "192.0.2.7"})


@pytest.mark.parametrize("address", ["", "unix:", "%%%", "1.2.3", "ữ"])
def test_a_server_that_knows_no_address_takes_forms_all_the_same(hall: Hall, session: Session, address: str) -> None:
    declare_network(session, "yen-son", "192.0.2.0/24")
    assert hall.send(address=address).status_code == 200


def test_a_form_that_waits_is_found_in_no_table(hall: Hall, session: Session) -> None:
    for _ in range(40):
        hall.send()
    response_id = uuid4()
    page = hall.send(response_id=response_id)
    assert page.status_code == 429
    assert "đã được ghi nhận" not in page.text
    session.rollback()
    assert session.get(Response, stored_id(response_id)) is None
