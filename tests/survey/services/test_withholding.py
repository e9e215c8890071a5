"""What somebody who holds every shown number can work out by adding and subtracting."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import Measures
from survey.services.score_wave import Row, _protect, for_those_above, overall

MEASURES = Measures.of({"A1": "A", "A2": "A", "B1": "B"}, general=("G1",))
COUNT = st.one_of(st.just(0), st.integers(1, 12), st.integers(10, 60))
Parents = dict[int, int | None]
Own = dict[int, dict[str, int]]  # people at each agency's own desks who rated each criterion and the general question


@st.composite
def provinces(draw: st.DrawFn, criteria: tuple[str, ...]) -> tuple[Parents, Own]:
    """A province (1), districts below it, communes below those."""
    parents: Parents = {1: None}
    for _ in range(draw(st.integers(1, 4))):
        parents[len(parents) + 1] = 1
    for district in list(parents)[1:]:
        for _ in range(draw(st.integers(0, 3))):
            parents[len(parents) + 1] = district
    return parents, {agency: {code: draw(COUNT) for code in criteria} for agency in parents}


def below(agency: int, parents: Parents) -> list[int]:
    return [agency, *(other for child, parent in parents.items() if parent == agency for other in below(child, parents))]


def atoms_of(key: str) -> list[str]:
    """The criteria that a measure adds up."""
    return [code for code, of in zip(MEASURES.criteria, MEASURES.dimension_of, strict=True) if key in {code, of, "ALL"}] or [key]


def scored(parents: Parents, own: Own) -> dict[int, list[Row]]:
    """All rows of all agencies as `score_wave` has them before it decides what may be shown."""
    people = {
        (agency, key): sum(own[part].get(code, 0) for part in below(agency, parents) for code in atoms_of(key))
        for agency in parents
        for key in MEASURES.keys
    }
    return {
        agency: [
            {
                "level": c.level,
                "key": c.key,
                "rule": c.rule,
                "respondents": people[agency, MEASURES.keys[c.base]],
                "index": 0.5,
                "why": None,
            }
            for c in MEASURES.columns
        ]
        for agency in parents
        if people[agency, "ALL"] + people[agency, "G1"]
    }


def without_months(wholes: dict[int, list[Row]]) -> dict[int, dict[str, Row]]:
    return {agency: {} for agency in wholes}


def known_and_small(wholes: dict[int, list[Row]], parents: Parents, own: Own) -> tuple[list[list[float]], list[list[float]]]:
    """The shown numbers, and those of fewer than ten people, as sums over the smallest pieces (agency's own desks × criterion)."""
    pieces = [(agency, code) for agency in parents for code in own[agency] if own[agency][code]]
    known, small = [], []
    for agency, rows in wholes.items():
        for row in for_those_above(rows):
            if row["rule"] == "pooled" and row["respondents"]:
                part = [float(place in below(agency, parents) and code in atoms_of(row["key"])) for place, code in pieces]
                (known if row["index"] is not None else small if row["respondents"] < 10 else []).append(part)
    return known, small


def assert_nothing_small_follows(known: list[list[float]], small: list[list[float]]) -> None:
    rank = np.linalg.matrix_rank(np.array(known)) if known else 0
    for cell in small:
        assert np.linalg.matrix_rank(np.array([*known, cell])) > rank


@settings(max_examples=200)
@given(provinces(("A1",)))
def test_no_small_agency_follows_from_the_shown_ones_however_they_are_combined(province: tuple[Parents, Own]) -> None:
    wholes = scored(*province)
    _protect(wholes, without_months(wholes), MEASURES, province[0])
    assert_nothing_small_follows(*known_and_small(wholes, *province))


@settings(max_examples=200)
@given(provinces(("A1", "A2", "B1", "G1")))
def test_within_one_agency_no_small_measure_follows_from_the_shown_ones(province: tuple[Parents, Own]) -> None:
    parents, own = {1: None}, {1: province[1][1]}
    wholes = scored(parents, own)
    _protect(wholes, without_months(wholes), MEASURES, parents)
    assert_nothing_small_follows(*known_and_small(wholes, parents, own))


@settings(max_examples=200)
@given(provinces(("A1", "A2", "B1", "G1")))
def test_in_no_single_sum_a_hidden_number_is_the_only_unknown(province: tuple[Parents, Own]) -> None:
    parents, _ = province
    wholes = scored(*province)
    _protect(wholes, without_months(wholes), MEASURES, parents)
    shown = {(a, r["key"]): r["index"] is not None for a, rows in wholes.items() for r in for_those_above(rows) if r["rule"] == "pooled"}
    people = {(a, r["key"]): r["respondents"] for a, rows in wholes.items() for r in rows if r["rule"] == "pooled"}
    for agency in wholes:
        children = [child for child in wholes if parents[child] == agency]
        sums = [((agency, key), [(child, key) for child in children]) for key in MEASURES.keys] if children else []
        sums += [((agency, "ALL"), [(agency, "A"), (agency, "B")]), ((agency, "A"), [(agency, "A1"), (agency, "A2")])]
        for whole, parts in sums:
            rest = people[whole] - sum(people[part] for part in parts)
            hidden = sum(people[part] for part in parts if not shown[part]) + rest
            if shown[whole]:
                assert hidden == 0 or hidden >= 10


def test_a_mean_over_a_hidden_part_is_hidden_too() -> None:
    wholes = scored({1: None}, {1: {"A1": 5, "A2": 40, "B1": 40}})
    _protect(wholes, without_months(wholes), MEASURES, {1: None})
    hidden = {(row["key"], row["rule"]) for row in wholes[1] if row["index"] is None and row["respondents"]}
    assert hidden == {("A1", "pooled"), ("A2", "pooled"), ("A", "criteria"), ("ALL", "criteria"), ("ALL", "dimensions_of_criteria")}


MONTHS = ("2026-01", "2026-02", "2026-03")


def by_month(parents: Parents, own: dict[int, tuple[int, ...]]) -> tuple[dict[int, list[Row]], dict[int, dict[str, Row]]]:
    """The rows of agencies where everybody rates A1, month by month."""
    totals = {agency: [sum(own[part][m] for part in below(agency, parents)) for m in range(len(MONTHS))] for agency in parents}
    wholes = scored(parents, {agency: {"A1": sum(counts)} for agency, counts in own.items()})
    row = {"level": "overall", "key": "ALL", "rule": "pooled", "index": 0.5}
    monthly = {agency: {month: row | {"respondents": n} for month, n in zip(MONTHS, totals[agency], strict=True)} for agency in wholes}
    return wholes, monthly


def test_a_hidden_month_is_found_neither_along_the_year_nor_along_the_agencies() -> None:
    parents: Parents = {1: None, 2: 1, 3: 1, 4: 1}
    wholes, monthly = by_month(parents, {1: (0, 0, 0), 2: (60, 6, 48), 3: (80, 70, 90), 4: (50, 40, 60)})
    _protect(wholes, monthly, MEASURES, parents)
    seen = {agency: [for_those_above([row])[0]["index"] is not None for row in months.values()] for agency, months in monthly.items()}
    assert [row["index"] is not None for row in monthly[2].values()] == [True, False, False]  # its own head: one month takes another along
    assert seen[2][1:] == [False, False]
    for month in (1, 2):  # and in either month another agency is not shown to those above
        assert sum(not seen[agency][month] for agency in (2, 3, 4)) >= 2


@settings(max_examples=200)
@given(provinces(("A1",)), st.data())
def test_no_single_sum_over_months_or_agencies_betrays_a_small_month(province: tuple[Parents, Own], data: st.DataObject) -> None:
    parents, _ = province
    own = {agency: tuple(data.draw(COUNT) for _ in MONTHS) for agency in parents}
    if not any(map(any, own.values())):
        return
    wholes, monthly = by_month(parents, own)
    _protect(wholes, monthly, MEASURES, parents)
    people = {(a, m): row["respondents"] for a, months in monthly.items() for m, row in months.items()}
    people |= {(a, ""): sum(row["respondents"] for row in months.values()) for a, months in monthly.items()}
    shown = {(a, m): for_those_above([row])[0]["index"] is not None for a, months in monthly.items() for m, row in months.items()}
    shown |= {(a, ""): overall(for_those_above(rows))["index"] is not None for a, rows in wholes.items()}
    sums = [((a, ""), [(a, m) for m in MONTHS]) for a in monthly]
    for agency in monthly:
        children = [child for child in monthly if parents[child] == agency]
        sums += [((agency, m), [(child, m) for child in children]) for m in ("", *MONTHS) if children]
    for whole, parts in sums:
        rest = people[whole] - sum(people[part] for part in parts)
        gone = sum(people[part] for part in parts if not shown[part]) + rest
        assert not shown[whole] or gone == 0 or gone >= 10
