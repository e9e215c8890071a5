from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

from analysis import Design, Domains, Measures, UnitTotals, score
from survey.queries.ratings import UNKNOWN_TIME, Ratings
from survey.services import find_priorities as module
from survey.services.find_priorities import Row, find_priorities

MEASURES = Measures.of({"A1": "A", "A2": "A"}, general=("G1",))
#: A1 is often rated low and goes with the overall rating; A2 has nothing to do with it.
PEOPLE = [[5, 5, 5]] * 40 + [[2, 5, 2]] * 40 + [[5, 2, 5]] * 12 + [[5, 5, 2]] * 4


def ratings(people: list[list[int]], *, agency: int = 7) -> Ratings:
    given = np.array(people, dtype=float)
    return Ratings(np.full(len(given), agency), np.arange(len(given)), given, np.full(len(given), UNKNOWN_TIME))


def estimates(people: list[list[int]]) -> list[Row]:
    totals, rows = UnitTotals.from_ratings(MEASURES, people), len(people)
    (found,) = score(totals, measures=MEASURES, design=Design.of(rows), domains=Domains.whole(rows))
    return [asdict(estimate) for estimate in found]


def find(people: list[list[int]], rows: list[Row] | None = None) -> list[Row]:
    return find_priorities(ratings(people), MEASURES, {7: frozenset({7})}, {7: rows or estimates(people)})[7]


def test_what_is_rated_low_and_goes_with_the_overall_rating_comes_first() -> None:
    assert [(row["key"], row["quadrant"]) for row in find(PEOPLE)] == [("A1", "work_on_first"), ("A2", "more_than_needed")]


def test_a_hidden_criterion_is_on_no_list() -> None:
    rows = estimates(PEOPLE)
    next(row for row in rows if row["key"] == "A1").update(index=None, ci_low=None, ci_high=None)
    assert [row["key"] for row in find(PEOPLE, rows)] == ["A2"]


def test_where_the_whole_is_hidden_there_is_no_list() -> None:
    rows = estimates(PEOPLE)
    next(row for row in rows if row["level"] == "overall").update(index=None)
    assert find(PEOPLE, rows) == []


@pytest.mark.parametrize("people", [PEOPLE[:29], [[5, 5, 5]] * 60], ids=["under thirty people", "all satisfied with all"])
def test_too_little_to_go_on_gives_no_list(people: list[list[int]]) -> None:
    assert find(people) == []


def test_an_agency_counts_the_people_of_its_subtree_only() -> None:
    own, below = ratings(PEOPLE), ratings([[2, 2, 5]] * 50, agency=8)
    both = Ratings(
        np.concatenate([own.agencies, below.agencies]),
        np.concatenate([own.units, 1000 + below.units]),
        np.concatenate([own.given, below.given]),
        np.concatenate([own.times, below.times]),
    )
    found = find_priorities(both, MEASURES, {7: frozenset({7}), 1: frozenset({7, 8})}, {7: estimates(PEOPLE), 1: estimates(PEOPLE)})
    assert found[7] == find(PEOPLE)
    assert found[1] != found[7]


def test_of_very_many_whole_desk_days_are_drawn_always_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    many = ratings(PEOPLE * 3)
    days = Ratings(many.agencies, np.arange(len(many.units)) % 48, many.given, many.times)
    monkeypatch.setattr(module, "MOST_PEOPLE", 150)
    first, again = (find_priorities(days, MEASURES, {7: frozenset({7})}, {7: estimates(PEOPLE)})[7] for _ in range(2))
    assert first == again
    assert [row["key"] for row in first] == ["A1", "A2"]
    drawn = module._at_most(150, days.units, np.ones(len(days.units), dtype=bool))
    assert 150 <= drawn.sum() < 150 + 6
    assert set(days.units[drawn]).isdisjoint(days.units[~drawn])
