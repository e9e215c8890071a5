from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from survey.domain.disclosure import BATCH, Sum, hidden_parts, is_few, protected, released_through, shows_index

COUNTS = st.lists(st.integers(0, 40), max_size=12)
FIRST = date(2026, 10, 1)


def test_under_ten_only_the_count_is_shown_and_under_thirty_it_is_marked() -> None:
    assert [shows_index(n) for n in (0, 9, 10)] == [False, False, True]
    assert [is_few(n) for n in (9, 10, 29, 30)] == [False, True, True, False]


def test_one_small_part_takes_the_next_smallest_with_it() -> None:
    assert hidden_parts([50, 3, 12, 20]) == {1, 2}


def test_two_small_parts_that_hide_each_other_need_no_third() -> None:
    assert hidden_parts([50, 6, 7]) == {1, 2}


def test_an_empty_part_hides_nothing() -> None:
    assert hidden_parts([50, 0]) == frozenset()


@given(COUNTS)
def test_what_the_shown_parts_leave_of_the_whole_is_nobody_or_enough_people(counts: list[int]) -> None:
    hidden = hidden_parts(counts)
    left = sum(counts[i] for i in hidden)
    assert all(i in hidden for i, count in enumerate(counts) if 0 < count < 10)
    assert left == 0 or left >= 10 or len(hidden) == sum(count > 0 for count in counts)


@given(st.lists(st.integers(1, 9), max_size=30), st.integers(0, 40))
def test_from_one_day_to_the_next_nobody_or_a_whole_batch_is_added(responses: list[int], age: int) -> None:
    days = [(FIRST + timedelta(days=i), n) for i, n in enumerate(responses)]

    def released(before: date) -> int:
        last = released_through(days, before=before)
        return 0 if last is None else sum(n for day, n in days if day <= last)

    today = FIRST + timedelta(days=age)
    step = released(today + timedelta(days=1)) - released(today)
    assert step == 0 or step >= BATCH
    last = released_through(days, before=today)
    assert last is None or last < today


def test_an_agencys_own_desks_with_enough_people_hide_nothing_below_it() -> None:
    assert protected({"tinh": (80,), "xa": (40,)}, [Sum("tinh", ("xa",), rest=(40,))]) == frozenset()


def test_an_agencys_own_desks_with_few_people_take_an_agency_below_with_them() -> None:
    assert protected({"tinh": (45,), "xa": (40,)}, [Sum("tinh", ("xa",), rest=(5,))]) == {"xa"}
