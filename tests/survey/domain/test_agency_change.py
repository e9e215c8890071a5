from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.domain.agency_change import END, MERGE, MOVE, SPLIT, Beginning, Known, Plan, free_code, plan_change, problems
from survey.domain.plain_letters import plain, slug

DAY = date(2026, 7, 1)


def known(
    code: str, parent: str | None = "tinh", *, kind: str = "commune", first: date = date(2025, 7, 1), last: date | None = None
) -> Known:
    return Known(code, kind, parent, f"Xã {code}", f"{code} Commune", first, last)


TREE = {
    one.code: one
    for one in (
        known("tinh", None, kind="province"), known("a"), known("b"), known("a1", "a", kind="centre"), known("a2", "a1", kind="centre"),
        known("so", kind="department"), known("old", last=date(2025, 12, 31)), known("late", first=date(2026, 7, 2)),
    )
}  # fmt: skip


def new(code: str = "", parent: str | None = "tinh", name: str = "Xã Mới") -> Beginning:
    return Beginning(code, "commune", parent, name, "")


def plan(verb: str, *ends: str, begins: tuple[Beginning, ...] = (), on: date = DAY, children: dict[str, str] | None = None) -> Plan:
    return plan_change(verb, TREE, on=on, ends=ends, begins=begins, children=children)


def found(a_plan: Plan, **answered: date) -> list[tuple[str, str]]:
    return [(problem.field, problem.what) for problem in problems(a_plan, TREE, answered_until=answered)]


def test_a_merger_ends_its_agencies_and_begins_one_that_follows_each() -> None:
    merger = plan(MERGE, "so", "b", begins=(new(),))
    assert found(merger) == []
    assert merger.ends == ("so", "b")
    assert merger.last_day == date(2026, 6, 30)
    assert merger.successions == (("so", "xa-moi"), ("b", "xa-moi"))
    assert merger.begins == (Beginning("xa-moi", "commune", "tinh", "Xã Mới", "Xã Mới"),)


def test_who_lives_below_goes_along_all_the_way_down() -> None:
    merger = plan(MERGE, "a", "b", begins=(new("moi"),))
    assert found(merger) == []
    assert merger.ends == ("a", "b", "a1", "a2")
    assert [(one.code, one.parent) for one in merger.begins] == [("moi", "tinh"), ("a1-2026", "moi"), ("a2-2026", "a1-2026")]
    assert set(merger.successions) == {("a", "moi"), ("b", "moi"), ("a1", "a1-2026"), ("a2", "a2-2026")}


def test_in_a_split_those_below_go_where_they_are_sent() -> None:
    split = plan(SPLIT, "a", begins=(new("x"), new("y")), children={"a1": "y"})
    assert found(split) == []
    assert [(one.code, one.parent) for one in split.begins] == [("x", "tinh"), ("y", "tinh"), ("a1-2026", "y"), ("a2-2026", "a1-2026")]


def test_an_agency_that_moves_is_followed_by_one_of_its_name() -> None:
    move = plan(MOVE, "b", begins=(new("", "so", "Xã b"),))
    assert found(move) == []
    assert (move.begins[0].code, move.begins[0].parent) == ("xa-b", "so")


@pytest.mark.parametrize(
    ("a_plan", "expected"),
    [
        (plan(MERGE, "b", begins=(new(),)), ("others", "merge_needs_two")),
        (plan(MERGE, "b", "b", begins=(new(),)), ("others", "merge_needs_two")),
        (plan(MERGE, "a", "b", begins=(new(name=""),)), ("name_vi_0", "no_name")),
        (plan(MERGE, "a", "b", begins=(new(name="x" * 201),)), ("name_vi_0", "long_name")),
        (plan(MERGE, "a", "b", begins=(new(name="x\x00"),)), ("name_vi_0", "long_name")),
        (plan(MERGE, "a", "b", begins=(new("so"),)), ("code_0", "code_taken")),
        (plan(MERGE, "a", "b", begins=(new("a b"),)), ("code_0", "code_letters")),
        (plan(MERGE, "a", "a1", begins=(new(),)), ("others", "one_below_another")),
        (plan(MERGE, "a", "old", begins=(new(),)), ("others", "has_an_end")),
        (plan(MERGE, "a", "late", begins=(new(),)), ("on", "not_begun")),
        (plan(MERGE, "a", "b", begins=(Beginning("x", "kingdom", "tinh", "X", ""),)), ("kind", "no_kind")),
        (plan(SPLIT, "b", begins=(new(),)), ("parts", "split_needs_two")),
        (plan(SPLIT, "b", begins=(new("x"), new("x"))), ("code_1", "code_taken")),
        (plan(MOVE, "b", begins=(new(parent="tinh"),)), ("parent", "same_parent")),
        (plan(MOVE, "a", begins=(new(parent="a2"),)), ("parent", "no_parent")),
        (plan(MOVE, "a", begins=(new(parent="a"),)), ("parent", "no_parent")),
        (plan(MOVE, "a", begins=(new(parent="nowhere"),)), ("parent", "no_parent")),
        (plan(MOVE, "a", begins=(new(parent="old"),)), ("parent", "parent_not_there")),
        (plan(MOVE, "a", begins=(new(parent="late"),)), ("parent", "parent_not_there")),
        (plan(END, "a"), ("on", "lives_below")),
        (plan(END, "old"), ("others", "has_an_end")),
        (plan(END, "b", on=date(2025, 7, 1)), ("on", "not_begun")),
    ],
)  # fmt: skip
def test_what_may_not_be_is_told_at_its_field(a_plan: Plan, expected: tuple[str, str]) -> None:
    assert expected in found(a_plan)


def test_an_agency_that_took_a_response_on_the_day_was_still_there() -> None:
    assert found(plan(END, "b"), b=date(2026, 6, 30)) == []
    assert found(plan(END, "b"), b=DAY) == [("on", "answered_since")]


@given(st.lists(st.sampled_from(["xa", "xa-2026", "xa-2026-2", "xa-2025"])))
def test_a_free_code_is_free(taken: list[str]) -> None:
    assert free_code("xa-2025", DAY, taken) not in taken


def test_marks_are_taken_off_to_search_and_to_make_codes() -> None:
    assert plain("UBND xã Yên Sơn, ĐƯỜNG Ỷ La") == "ubnd xa yen son, duong y la"
    assert slug("Xã Yên Sơn – Đội 1!") == "xa-yen-son-doi-1"
    assert slug("漢") == ""
