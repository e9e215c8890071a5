"""A field of service between an agency and its desks: what is told of it, and that a change of field tells nobody's answer."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.desk_field import shared_fields, tidy
from survey.errors import Invalid
from survey.models import Desk, DeskCode
from survey.queries.desk_fields import fields_in_wave
from survey.services.change_desk import add_desk, rename_desk
from survey.services.change_wave import close_wave, open_wave
from survey.services.run_analysis import run_analysis
from survey.services.score_wave import score_wave
from survey.settings import today
from tests.support.small_province import SmallProvince

MONDAY = date(2026, 10, 5)
SIZES = {"land-1": 40, "land-2": 30, "births": 20, "yen-son": 25}


@pytest.fixture
def desks(session: Session, province: SmallProvince) -> SmallProvince:
    """Yên Sơn with two desks for land, one for births and one of no field; each is called like an agency of its own."""
    given = {"land-1": "Đất đai", "land-2": " Đất  đai", "births": "Hộ tịch"}
    ids = {name: add_desk(session, "yen-son", name_vi=name, name_en="", field=field, today=today()) for name, field in given.items()}
    agencies = province.agency_ids | dict.fromkeys(ids, province.agency_ids["yen-son"])
    codes = dict(session.execute(select(DeskCode.desk_id, DeskCode.code)).all())
    urls = province.urls | {name: f"/s/{codes[desk]}" for name, desk in ids.items()}
    province = replace(province, desk_ids=province.desk_ids | ids, agency_ids=agencies, urls=urls)
    for name, size in SIZES.items():
        for number in range(size):
            province.answer(session, {"A1": 5 if number % 4 else 2}, agency=name, day=MONDAY + timedelta(days=number % 10))
    return province


def set_field(session: Session, province: SmallProvince, name: str, field: str, on: date) -> None:
    desk = session.get_one(Desk, province.desk_ids[name])
    rename_desk(session, desk.id, name_vi=desk.name_vi, name_en=desk.name_en, field=field, today=on)


def breakdown(session: Session, province: SmallProvince) -> dict[str, Any]:
    return next(s.breakdown for s in score_wave(session, province.wave) if s.agency_id == province.agency_ids["yen-son"])


def told(rows: list[dict[str, Any]]) -> tuple[int, float | None]:
    row = next(row for row in rows if row["key"] == "A1")
    return row["respondents"], row["index"]


def test_an_agency_is_told_by_the_fields_of_its_own_desks(session: Session, desks: SmallProvince) -> None:
    found = breakdown(session, desks)
    fields = {part["field"]: part["estimates"] for part in found["fields"]}
    assert {name: told(rows) for name, rows in fields.items()} == {"Hộ tịch": (20, 0.75), "Đất đai": (70, pytest.approx(52 / 70))}
    births = next(part["estimates"] for part in found["desks"] if part["desk"] == desks.desk_ids["births"])
    assert fields["Hộ tịch"] == births  # a field with one desk is that desk


def test_without_fields_a_breakdown_is_what_it_was(session: Session, province: SmallProvince) -> None:
    for number in range(40):
        province.answer(session, {"A1": 1 + number % 5}, day=MONDAY)
    assert breakdown(session, province).keys() == {"months", "desks"}


def test_a_field_that_is_changed_in_a_wave_counts_from_the_next_one_on(session: Session, desks: SmallProvince) -> None:
    """Else the field with and without a desk of few, looked at before and after the change, would tell what these few said."""
    before, score = fields_in_wave(session, desks.wave), breakdown(session, desks)
    days = [today() + timedelta(days=number) for number in range(3)]
    for day, field in [(days[0], ""), (days[0], "Xây dựng"), (days[1], "Đất đai"), (days[2], "Y tế")]:
        set_field(session, desks, "land-2", field, day)
        assert fields_in_wave(session, desks.wave) == before
    set_field(session, desks, "yen-son", "Đất đai", days[0])
    assert fields_in_wave(session, desks.wave) == before
    assert breakdown(session, desks) == score
    desks.wave.closes_on = days[0]
    session.commit()

    def then(name: str, opens_on: date) -> str | None:
        wave = open_wave(
            session, code=f"{opens_on}", name_vi="x", name_en="x", opens_on=opens_on, closes_on=opens_on, questionnaire="sipas-2017"
        )
        return fields_in_wave(session, wave).get(desks.desk_ids[name])

    last = days[2] + timedelta(days=1)
    assert [then("land-2", day) for day in (*days[1:], last)] == ["Xây dựng", "Đất đai", "Y tế"]
    assert fields_in_wave(session, desks.wave) == before


def test_a_frozen_run_gives_the_same_bytes_whatever_becomes_of_the_fields(session: Session, desks: SmallProvince) -> None:
    day = today()
    close_wave(session, "2026-Q4", today=day)
    first = run_analysis(session, "2026-Q4", by="an", today=day)
    set_field(session, desks, "land-1", "Xây dựng", day)
    set_field(session, desks, "yen-son", "Hộ tịch", day)
    again = run_analysis(session, "2026-Q4", by="an", today=day)
    assert (again.id, again.inputs_sha256, again.result) == (first.id, first.inputs_sha256, first.result)
    frozen = {score["agency"]: score["breakdown"].get("fields", []) for score in json.loads(first.result)["scores"]}
    assert {agency: [part["field"] for part in parts] for agency, parts in frozen.items()} == {
        "tinh": [],
        "yen-son": ["Hộ tịch", "Đất đai"],
    }


def test_a_field_is_of_one_agency_and_of_two_desks_at_least() -> None:
    assert shared_fields({1: 7, 2: 7, 3: 8, 4: 7, 5: 8}, {1: "a", 3: "a", 4: "a", 2: "b"}) == {1: 1, 4: 1}


def test_a_field_is_composed_and_has_single_spaces_and_an_end(session: Session, desks: SmallProvince) -> None:
    assert (tidy(" Hộ\t tịch "), tidy("  ")) == ("Hộ tịch", None)
    with pytest.raises(Invalid, match="80"):
        set_field(session, desks, "births", "x" * 81, today())
