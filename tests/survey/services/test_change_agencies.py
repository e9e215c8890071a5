from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.domain.agency_change import END, MERGE, MOVE, Beginning, Plan, plan_change
from survey.errors import Conflict, Invalid, NotFound
from survey.models import Agency, AgencySuccession, Desk, DeskCode, Response, Tally
from survey.queries.agency_change import open_desks, preview, read_tree
from survey.queries.agency_list import list_desks
from survey.queries.audit_log import list_entries
from survey.queries.open_desk import find_desk
from survey.queries.trend import agency_trend
from survey.queries.waves import all_waves
from survey.services.change_agencies import change_agencies, rename_agency
from survey.services.import_agencies import import_agencies
from survey.settings import today
from tests.support.days import tomorrow
from tests.support.scored_province import Cell, give_score
from tests.support.small_province import SmallProvince

WARD = Beginning("", "commune", "tinh", "UBND phường Minh Xuân", "Minh Xuân Ward")


def merger(session: Session, *, on: date | None = None) -> Plan:
    return plan_change(MERGE, read_tree(session), on=on or tomorrow(), ends=["yen-son", "my-lam"], begins=[WARD])


def to_the_first(session: Session, plan: Plan) -> dict[int, str | None]:
    return {desk.id: plan.begins[0].code for desk in open_desks(session, plan.ends, on=plan.on)}


def agency(session: Session, code: str) -> Agency:
    return session.scalars(select(Agency).where(Agency.code == code).execution_options(populate_existing=True)).one()


def contents(session: Session) -> tuple[int | None, ...]:
    session.rollback()
    models: Iterable[type] = (Agency, AgencySuccession, Desk, DeskCode, Response, Tally)
    return tuple(session.scalar(select(func.count()).select_from(model)) for model in models)


def test_a_merger_ends_two_begins_one_and_opens_their_desks_again_with_new_codes(session: Session, province: SmallProvince) -> None:
    session.get_one(Desk, province.desk_ids["yen-son"]).field = "đất đai"
    session.commit()
    plan = merger(session)
    change_agencies(session, plan, desks=to_the_first(session, plan), today=today())
    ward = agency(session, "ubnd-phuong-minh-xuan")
    assert (ward.valid_from, ward.valid_to, ward.parent_id) == (tomorrow(), None, province.agency_ids["tinh"])
    assert {agency(session, code).valid_to for code in plan.ends} == {today()}
    followed = session.execute(select(AgencySuccession.predecessor_id, AgencySuccession.successor_id, AgencySuccession.succeeded_on))
    assert set(followed) == {(province.agency_ids[code], ward.id, tomorrow()) for code in plan.ends}
    names = session.scalars(select(Desk.name_vi).where(Desk.agency_id == ward.id).order_by(Desk.id)).all()
    assert sorted(names) == ["Bộ phận Một cửa (UBND phường Mỹ Lâm)", "Bộ phận Một cửa (UBND xã Yên Sơn)"]
    assert session.scalars(select(Desk.field).where(Desk.agency_id == ward.id, Desk.field.is_not(None))).all() == ["đất đai"]
    urls = {desk["url"] for desk in list_desks(session, today=tomorrow())}
    assert len(urls) == 2
    assert not urls & set(province.urls.values())


def test_until_the_day_the_old_codes_serve_and_from_then_on_the_new_ones(session: Session, province: SmallProvince) -> None:
    plan = merger(session)
    change_agencies(session, plan, desks=to_the_first(session, plan), today=today())
    old = province.urls["yen-son"].removeprefix("/s/")
    new = list_desks(session, today=tomorrow())[0]["url"].removeprefix("/s/")
    states = []
    for code, day in ((old, today()), (old, tomorrow()), (new, today()), (new, tomorrow())):
        found = find_desk(session, code, today=day)
        states.append(found is not None and found.is_open)
    assert states == [True, False, False, True]


def test_what_an_open_wave_holds_is_not_touched(session: Session, province: SmallProvince) -> None:
    for rating in (1, 5):
        province.answer(session, {"A1": rating})
    session.commit()
    held = session.execute(select(Tally.__table__).order_by(Tally.measure)).all()
    plan = merger(session)
    change_agencies(session, plan, desks=to_the_first(session, plan), today=today())
    assert session.execute(select(Tally.__table__).order_by(Tally.measure)).all() == held
    assert set(session.scalars(select(Response.desk_id))) == {province.desk_ids["yen-son"]}


def test_a_change_that_reaches_back_over_a_response_is_refused_and_changes_nothing(session: Session, province: SmallProvince) -> None:
    province.answer(session, {"A1": 4}, agency="my-lam")
    before = contents(session)
    plan = merger(session, on=today())
    with pytest.raises(Conflict) as refusal:
        change_agencies(session, plan, desks=to_the_first(session, plan), today=today())
    assert refusal.value.code == "answered_since"
    assert contents(session) == before
    assert session.scalars(select(DeskCode.revoked_on).distinct()).all() == [None]


def test_a_change_as_of_today_takes_the_old_codes_back_at_once(session: Session, province: SmallProvince) -> None:
    plan = plan_change(END, read_tree(session), on=today(), ends=["yen-son"], begins=[])
    change_agencies(session, plan, desks={province.desk_ids["yen-son"]: None}, today=today())
    code = session.get_one(DeskCode, province.urls["yen-son"].removeprefix("/s/"), populate_existing=True)
    assert code.revoked_on == today()
    assert session.get_one(Desk, province.desk_ids["yen-son"]).closed_on == today()
    assert session.scalar(select(func.count()).select_from(AgencySuccession)) == 0


def test_done_twice_it_is_refused_the_second_time(session: Session, province: SmallProvince) -> None:
    plan = merger(session)
    desks = to_the_first(session, plan)
    change_agencies(session, plan, desks=desks, today=today())
    done = contents(session)
    with pytest.raises(Conflict):
        change_agencies(session, plan, desks=desks, today=today())
    assert contents(session) == done


def test_desks_that_nobody_decided_about_keep_a_change_from_being_done(session: Session, province: SmallProvince) -> None:
    plan, before = merger(session), contents(session)
    for desks in ({}, dict.fromkeys(province.desk_ids.values(), "tinh")):
        with pytest.raises(Conflict) as refusal:
            change_agencies(session, plan, desks=desks, today=today())
        assert refusal.value.code == "changed_meanwhile"
    assert contents(session) == before


def test_the_log_tells_what_was_and_what_is(session: Session, province: SmallProvince) -> None:
    plan = merger(session)
    change_agencies(session, plan, desks=to_the_first(session, plan), today=today())
    entry = list_entries(session)[0]
    assert (entry.action, entry.subject) == ("agencies_changed", "merge yen-son, my-lam")
    assert '"to":null' in (entry.before or "")
    assert f'"to":"{today()}"' in (entry.after or "")
    assert "desk " in (entry.after or "")


def test_a_name_changes_at_once_and_everywhere_and_is_logged(session: Session, province: SmallProvince) -> None:
    rename_agency(session, "yen-son", name_vi="UBND xã Yên Sơn mới", name_en="")
    named = agency(session, "yen-son")
    assert (named.name_vi, named.name_en, named.valid_to) == ("UBND xã Yên Sơn mới", "UBND xã Yên Sơn mới", None)
    assert list_entries(session)[0].before == '{"name_en":"Yên Sơn Commune","name_vi":"UBND xã Yên Sơn"}'
    for code, name, error in (("yen-son", "UBND xã Yên Sơn mới", Conflict), ("yen-son", "", Invalid), ("nowhere", "X", NotFound)):
        with pytest.raises(error):
            rename_agency(session, code, name_vi=name, name_en="")


def test_the_preview_says_of_trends_what_the_trend_then_shows(session: Session, province: SmallProvince) -> None:
    months = {"2026-08": Cell(60, 0.78), "2026-09": Cell(100, 0.8)}
    yen_son = province.agency_ids["yen-son"]
    give_score(session, province.questionnaire, province.wave, yen_son, Cell(160, 0.8), months=months)
    province.answer(session, {"A1": 4})
    plan = merger(session)
    shown = preview(session, plan, read_tree(session))
    assert [(one.agency.code, one.months) for one in shown.ends] == [("yen-son", 2), ("my-lam", 0)]
    assert [(one.agency.code, one.beside) for one in shown.begins] == [("ubnd-phuong-minh-xuan", ("yen-son",))]
    assert [(one.wave.code, one.responses) for one in shown.waves] == [("2026-Q4", {"yen-son": 1, "my-lam": 0})]
    assert len(shown.desks) == 2
    session.rollback()

    change_agencies(session, plan, desks=to_the_first(session, plan), today=today())
    trend = agency_trend(session, agency(session, "ubnd-phuong-minh-xuan"), all_waves(session), "open_qr")
    assert {point.agency.code for point in trend.points if not point.own} == set(shown.begins[0].beside)
    assert [(one.on, [before.code for before in one.agencies]) for one in trend.breaks] == [(tomorrow(), ["yen-son"])]
    of_yen_son = agency_trend(session, agency(session, "yen-son"), all_waves(session), "open_qr")
    assert len(of_yen_son.own) == shown.ends[0].months


def test_the_preview_names_new_agencies_that_an_open_wave_does_not_ask(session: Session, province: SmallProvince) -> None:
    plan = merger(session)
    for chosen, left_out in (("tinh", ()), ("yen-son", ("ubnd-phuong-minh-xuan",))):
        province.wave.participants = [agency(session, chosen)]
        session.commit()
        assert [one.left_out for one in preview(session, plan, read_tree(session)).waves] == [left_out]


def test_an_agency_moves_with_those_below_it(session: Session, province: SmallProvince) -> None:
    rows = [
        {"code": code, "kind": "centre", "parent": parent, "name_vi": code, "name_en": "", "valid_from": "2025-07-01", "valid_to": ""}
        for code, parent in (("trung-tam", "yen-son"), ("so", "tinh"))
    ]
    import_agencies(session, rows, today=today())
    begins = [Beginning("", "commune", "so", "UBND xã Yên Sơn", "")]
    plan = plan_change(MOVE, read_tree(session), on=tomorrow(), ends=["yen-son"], begins=begins)
    change_agencies(session, plan, desks=to_the_first(session, plan), today=today())
    moved, centre = agency(session, "ubnd-xa-yen-son"), agency(session, f"trung-tam-{tomorrow().year}")
    assert (moved.parent_id, centre.parent_id) == (agency(session, "so").id, moved.id)
    assert agency(session, "trung-tam").valid_to == today()
    assert agency(session, "trung-tam").parent_id == province.agency_ids["yen-son"]
