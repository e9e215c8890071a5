from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.services.place_agencies import LEAST_PEERS, Headline, place_agencies


def headline(agency: int, index: float = 0.8, *, kind: str = "commune", parent: int | None = None, people: int = 200) -> Headline:
    return Headline(agency, kind, parent, people, index, n_eff=people / 2)


def test_agencies_of_a_kind_are_placed_among_themselves() -> None:
    communes = [headline(number, index) for number, index in enumerate([0.95, 0.8, 0.79, 0.6])]
    departments = [headline(10 + number, 0.9, kind="department") for number in range(3)]
    places = place_agencies([*communes, *departments], in_full=True)
    assert {agency: place["peers"] for agency, place in places.items()} == dict.fromkeys(range(4), 4) | dict.fromkeys(range(10, 13), 3)
    assert [(places[a]["rank_low"], places[a]["rank_high"]) for a in range(4)] == [(1, 1), (2, 3), (2, 3), (4, 4)]
    assert [places[a]["like"] for a in range(4)] == [[], [2], [1], []]
    assert [places[a]["differs"] for a in range(4)] == [True, False, False, True]
    assert [places[a]["differs"] for a in range(10, 13)] == [False] * 3


def test_all_together_weigh_by_their_respondents() -> None:
    places = place_agencies([headline(1, 0.5, people=100), headline(2, 0.9, people=200), headline(3, 0.9, people=100)], in_full=False)
    assert places[1]["target"] == pytest.approx(0.8)
    assert places[1]["difference"] == pytest.approx(-0.3)


def test_under_thirty_respondents_nobody_is_compared() -> None:
    places = place_agencies([headline(1, people=29), *(headline(number) for number in (2, 3, 4))], in_full=True)
    assert (1 in places, places[2]["peers"]) == (False, 3)


def test_two_agencies_have_no_common_level() -> None:
    assert LEAST_PEERS == 3
    assert place_agencies([headline(1), headline(2)], in_full=True) == {}


def test_a_part_of_an_agency_of_the_same_kind_is_not_compared_with_it() -> None:
    """1 is above 2 (a centre) above 3: 3 is a part of 1; 4 is a part of an agency that shows no index."""
    rows = [
        headline(1), headline(2, kind="centre", parent=1), headline(3, parent=2), headline(4, parent=99),
        headline(5), headline(6, kind="centre", parent=5), headline(7, parent=8),
    ]  # fmt: skip
    assert set(place_agencies(rows, in_full=False)) == {1, 4, 5, 7}


def test_a_live_place_has_the_funnel_but_neither_ranks_nor_tests() -> None:
    place = place_agencies([headline(number, 0.6 + number / 10) for number in range(4)], in_full=False)[0]
    assert place["position"] == "inside"
    assert [place[name] for name in ("differs", "rank_low", "rank_high", "all_low", "all_high", "like")] == [None] * 6


def test_where_everybody_is_satisfied_everywhere_nobody_stands_out() -> None:
    for place in place_agencies([headline(number, 1.0) for number in range(4)], in_full=True).values():
        assert (place["position"], place["differs"], place["rank_low"], place["rank_high"]) == ("inside", False, 1, 4)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(30, 3000)), min_size=3, max_size=8), st.randoms())
def test_the_order_of_the_agencies_does_not_matter_and_sets_hold_together(given: list[tuple[float, int]], chance: object) -> None:
    rows = [headline(number, index, people=people) for number, (index, people) in enumerate(given)]
    places = place_agencies(rows, in_full=True)
    chance.shuffle(rows)  # type: ignore[attr-defined]
    assert place_agencies(rows, in_full=True) == places
    for agency, place in places.items():
        assert place["all_low"] <= place["rank_low"] <= place["rank_high"] <= place["all_high"]
        assert all(agency in places[other]["like"] for other in place["like"])
