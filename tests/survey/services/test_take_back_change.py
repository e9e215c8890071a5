from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.agency_change import END, MERGE, MOVE, Beginning, Plan, plan_change
from survey.errors import Conflict, Invalid, NotFound
from survey.models import Agency, AgencySuccession, Desk, DeskCode, Model, SlipBatch
from survey.queries.agency_change import open_desks, read_tree
from survey.queries.audit_log import list_entries
from survey.queries.open_desk import find_desk
from survey.queries.planned_change import read_taking_back
from survey.services.change_agencies import change_agencies
from survey.services.change_desk import rename_desk
from survey.services.declare_network import declare_network
from survey.services.import_agencies import import_agencies
from survey.services.take_back_change import take_back_change
from survey.settings import today
from tests.support.days import tomorrow
from tests.support.small_province import SmallProvince

WARD = Beginning("phuong", "commune", "tinh", "UBND phường Minh Xuân", "Minh Xuân Ward")
REASON = "Nghị quyết đã hoãn."


def plan(session: Session, verb: str, ends: Iterable[str], *begins: Beginning, on: date | None = None) -> Plan:
    """Enter a change; every desk goes on at the agency that follows, if there is one."""
    wanted = plan_change(verb, read_tree(session), on=on or tomorrow(), ends=ends, begins=begins)
    follows = dict(wanted.successions)
    desks = {desk.id: follows.get(desk.agency.code) for desk in open_desks(session, wanted.ends, on=wanted.on)}
    change_agencies(session, wanted, desks=desks, today=today())
    return wanted


def take_back(session: Session, code: str, *, reason: str = REASON, seen: str | None = None) -> tuple[str, ...]:
    found = read_taking_back(session, code, today=today())
    return take_back_change(session, code, seen=seen or (found.change.seen if found else ""), reason=reason, today=today())


def contents(session: Session) -> dict[str, list[object]]:
    session.rollback()
    kinds: tuple[type[Model], ...] = (Agency, AgencySuccession, Desk, DeskCode)
    return {kind.__tablename__: sorted(map(repr, session.execute(select(kind.__table__)))) for kind in kinds}


def centre_below(session: Session) -> None:
    row = {"code": "tt", "kind": "centre", "parent": "yen-son", "name_vi": "TT", "name_en": "", "valid_from": "2025-07-01", "valid_to": ""}
    desk = {"agency": "tt", "name_vi": "Quầy", "name_en": ""}
    import_agencies(session, [row], desks=[desk], today=today())


@pytest.mark.parametrize("start", ["yen-son", "my-lam", "phuong", "tt", "the new tt"])
def test_a_merger_with_all_that_goes_along_is_taken_back_from_each_of_its_agencies(
    session: Session, province: SmallProvince, start: str
) -> None:
    centre_below(session)
    before = contents(session)
    plan(session, MERGE, ["yen-son", "my-lam"], WARD)
    assert contents(session) != before
    new = session.scalars(select(Desk).join(Agency).where(Agency.code == "phuong")).first()
    assert new is not None
    rename_desk(session, new.id, name_vi=new.name_vi, name_en=new.name_en, field="đất đai", today=today())
    start = f"tt-{tomorrow().year}" if start == "the new tt" else start
    assert take_back(session, start) == ("my-lam", "tt", "yen-son")
    assert contents(session) == before
    code = province.urls["yen-son"].removeprefix("/s/")
    opens = find_desk(session, code, today=tomorrow())
    assert opens is not None
    assert opens.is_open


def test_an_end_and_a_move_are_taken_back_too_and_each_by_itself(session: Session, province: SmallProvince) -> None:
    before = contents(session)
    plan(session, END, ["my-lam"])
    ended = contents(session)
    plan(session, MOVE, ["yen-son"], Beginning("", "commune", None, "UBND xã Yên Sơn", ""))
    assert take_back(session, "yen-son") == ("yen-son",)
    assert contents(session) == ended
    assert take_back(session, "my-lam") == ("my-lam",)
    assert contents(session) == before


def test_the_log_tells_what_was_planned_and_why_it_is_not_to_be(session: Session, province: SmallProvince) -> None:
    plan(session, MERGE, ["yen-son", "my-lam"], WARD)
    take_back(session, "phuong", reason="  Nghị quyết \n đã hoãn. ")
    entry = list_entries(session)[0]
    assert (entry.action, entry.subject) == ("agencies_changed", "take back my-lam, yen-son")
    assert '"phuong"' in (entry.before or "")
    assert '"phuong"' not in (entry.after or "")
    assert '"reason":"Nghị quyết đã hoãn."' in (entry.after or "")


def test_a_change_whose_day_has_come_stays(session: Session, province: SmallProvince) -> None:
    plan(session, END, ["my-lam"], on=today())
    assert read_taking_back(session, "my-lam", today=today()) is None
    for code in ("my-lam", "yen-son", "nowhere"):
        with pytest.raises(NotFound):
            take_back_change(session, code, seen="", reason=REASON, today=today())


def test_what_rests_on_a_planned_change_is_taken_back_first(session: Session, province: SmallProvince) -> None:
    plan(session, MERGE, ["yen-son", "my-lam"], WARD)
    plan(session, END, ["phuong"], on=tomorrow() + timedelta(days=30))
    done = contents(session)
    with pytest.raises(Conflict) as refusal:
        take_back(session, "yen-son")
    assert (refusal.value.code, contents(session)) == ("later_change", done)
    assert take_back(session, "phuong") == ("phuong",)  # the later one of its two
    assert take_back(session, "phuong") == ("my-lam", "yen-son")


def test_an_agency_does_not_come_back_below_one_that_ends(session: Session, province: SmallProvince) -> None:
    centre_below(session)
    plan(session, END, ["tt"])
    plan(session, END, ["yen-son"])
    with pytest.raises(Conflict) as refusal:
        take_back(session, "tt")
    assert refusal.value.code == "above_ends"
    assert take_back(session, "yen-son") == ("yen-son",)
    assert take_back(session, "tt") == ("tt",)


def test_what_has_been_made_for_the_new_agencies_is_not_lost_in_silence(session: Session, province: SmallProvince) -> None:
    plan(session, MERGE, ["yen-son", "my-lam"], WARD)
    declare_network(session, "phuong", "203.0.113.0/24")
    desk_id = session.scalars(select(Desk.id).join(Agency).where(Agency.code == "phuong")).first()
    session.add(SlipBatch(desk_id=desk_id, printed_count=10, printed_on=today(), printed_by="x", key_check="x"))
    session.commit()
    done = contents(session)
    found = read_taking_back(session, "phuong", today=today())
    assert found is not None
    assert {problem.about for problem in found.problems} == {"agency_network", "slip_batch"}
    with pytest.raises(Conflict) as refusal:
        take_back(session, "phuong")
    assert (refusal.value.code, contents(session)) == ("in_use", done)


def test_it_wants_a_reason_and_to_be_what_was_shown(session: Session, province: SmallProvince) -> None:
    plan(session, MERGE, ["yen-son", "my-lam"], WARD)
    done = contents(session)
    for reason in (" ", "x" * 201):
        with pytest.raises(Invalid):
            take_back(session, "phuong", reason=reason)
    with pytest.raises(Conflict):
        take_back(session, "phuong", seen="another change")
    assert contents(session) == done
