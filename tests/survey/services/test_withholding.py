"""An attacker collects every number that any page shows, and solves for the people who were hidden."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from analysis import Measures
from survey.domain.agency_tree import subtree
from survey.domain.desk_field import shared_fields
from survey.services import withhold
from survey.services.hide_numbers import Row, for_those_above, hide
from survey.services.withhold import AGENCY, DESK, FIELD, WAVE, Place

MEASURES = Measures.of({"A1": "A", "A2": "A", "B1": "B", "B2": "B", "B3": "B"}, general=("G1",))
MONTHS = ("2026-01", "2026-02", "2026-03")
RATED = MEASURES.rated
#: Many are small, many are nobody, some are large: where what has to be hidden meets what could be shown.
COUNT = st.one_of(st.integers(1, 12), st.integers(10, 60))
Atom = tuple[int, str, str]  # a desk, a month, a criterion (or the general question)
Parents = dict[int, int | None]


@dataclass(frozen=True)
class Province:
    """A tree of agencies, the agency of each desk, how many people rated each criterion at each desk in each month, and fields of desks."""

    parents: Parents
    desks: dict[int, int]
    people: dict[Atom, int]
    names: dict[int, str] = field(default_factory=dict)

    @cached_property
    def fields(self) -> dict[int, int]:
        """Of the desks where anybody was, those that share a field."""
        present = {desk for (desk, _, _), count in self.people.items() if count}
        return shared_fields({desk: of for desk, of in self.desks.items() if desk in present}, self.names)

    @property
    def parts(self) -> list[Place]:
        return [*((DESK, desk) for desk in self.desks), *((FIELD, of) for of in sorted(set(self.fields.values())))]

    @property
    def places(self) -> list[Place]:
        return [*((AGENCY, agency) for agency in self.parents), *self.parts]

    def desks_of(self, place: Place) -> frozenset[int]:
        kind, number = place
        if kind == AGENCY:
            return frozenset(desk for desk, of in self.desks.items() if of in subtree(number, self.parents))
        return frozenset(desk for desk in self.desks if (self.fields.get(desk) if kind == FIELD else desk) == number)

    def atoms(self, place: Place, period: str, key: str) -> set[Atom]:
        codes = [code for code, of in zip(MEASURES.criteria, MEASURES.dimension_of, strict=True) if key in (code, of, "ALL")] or [key]
        months = [month for month in MONTHS if period in (WAVE, month)]
        return set(product(self.desks_of(place), months, codes))

    def respondents(self, place: Place, period: str, key: str) -> int:
        """Who rated any of it. Everybody rates at most one criterion of a dimension, as on the short form."""
        atoms = self.atoms(place, period, key)
        of = dict(zip(MEASURES.criteria, MEASURES.dimension_of, strict=True))
        found: dict[tuple[int, str], dict[str, int]] = {}
        for desk, month, code in atoms:
            dimensions = found.setdefault((desk, month), {})
            dimensions[of.get(code, code)] = dimensions.get(of.get(code, code), 0) + self.people.get((desk, month, code), 0)
        return sum(max(dimensions.values()) for dimensions in found.values())


@st.composite
def provinces(draw: st.DrawFn) -> Province:
    """A province, districts, communes (some of them merged into others in the middle of the wave: then their later months are empty)."""
    parents: Parents = {1: None}
    for _ in range(draw(st.integers(0, 3))):
        parents[len(parents) + 1] = 1
    for district in list(parents)[1:]:
        for _ in range(draw(st.integers(0, 2))):
            parents[len(parents) + 1] = district
    desks: dict[int, int] = {}
    fields = draw(st.booleans())
    for agency in parents:
        for _ in range(draw(st.integers(0, 2) if agency == 1 else st.integers(1, 2 + fields))):
            desks[100 + len(desks)] = agency
    people: dict[Atom, int] = {}
    for desk in desks:
        first, last = draw(st.sampled_from([(0, 3), (0, 3), (0, 3), (0, 1), (0, 2), (1, 3), (2, 3)]))
        size = draw(st.sampled_from([0, 1, 1, 4]))
        for month, code in product(MONTHS[first:last], RATED):
            people[desk, month, code] = draw(COUNT) * size
    names = {desk: name for desk in desks if (name := draw(st.sampled_from(["land", "land", "births", ""])))} if fields else {}
    return Province(parents, desks, people, names)


def scored(province: Province) -> dict[tuple[Place, str], list[Row]]:
    """All rows as `score_agencies` has them once it decided what may be shown."""
    cells = [(place, period) for place in province.places for period in ((WAVE, *MONTHS) if place[0] == AGENCY else (WAVE,))]
    rows = {
        (place, period): [
            {"level": c.level, "key": c.key, "rule": c.rule, "index": 0.5, "why": None,
             "respondents": province.respondents(place, period, MEASURES.keys[c.base])}
            for c in MEASURES.columns
        ]
        for place, period in cells
    }  # fmt: skip
    present = {cell: found for cell, found in rows.items() if any(row["respondents"] for row in rows[cell[0], WAVE])}
    months = {
        (part, month): {key: province.respondents(part, month, key) for key in MEASURES.keys}
        for part, month in product(province.parts, MONTHS)
    }
    hide(present, MEASURES, province.parents, province.desks, province.fields, months)
    return present


def readers(province: Province) -> Iterator[int | None]:
    """Sở Nội vụ, and the head of each agency."""
    yield None
    yield from province.parents


def seen_by(reader: int | None, province: Province, rows: Mapping[tuple[Place, str], list[Row]]) -> Iterator[tuple[Place, str, Row]]:
    """Every row of every page that the reader may open."""
    own = subtree(reader, province.parents) if reader is not None else frozenset(province.parents)
    for (place, period), found in rows.items():
        agency = place[1] if place[0] == AGENCY else province.desks[place[1]]  # a field has the number of one of its desks
        if agency in own:
            yield from ((place, period, row) for row in (found if place == (AGENCY, reader) else for_those_above(found)))


def told(reader: int | None, province: Province, rows: Mapping[tuple[Place, str], list[Row]], *, knowing: bool = False) -> list[str]:
    """The cells of one to nine people whose answers follow from what the reader sees, by any combination of sums.

    Nobody is where a page says n = 0; `knowing` is who has heard of all desks and months in which nobody came. A cell follows when it
    is a combination of the shown ones: when it lies in the space that they span over the smallest pieces (a desk in a month, one
    criterion).
    """
    pages = list(seen_by(reader, province, rows))
    empty: set[Atom] = {atom for atom, count in province.people.items() if not count} if knowing else set()
    shown: list[set[Atom]] = []
    for place, period, row in pages:
        keys = row["key"]
        if row["rule"] != "pooled":
            continue
        atoms = province.atoms(place, period, keys)
        if not row["respondents"]:
            empty |= atoms
        elif row["index"] is not None:
            shown.append(atoms)
    pieces = {atom: at for at, atom in enumerate(sorted(set().union(*shown) - empty))} if shown else {}
    small = [
        (place, period, key)
        for place, period, key in product(province.places, (WAVE, *MONTHS), MEASURES.keys)
        if 0 < province.respondents(place, period, key) < 10
    ]
    if not pieces or not small:
        return []
    basis = _row_space(np.array([_vector(atoms - empty, pieces) for atoms in shown]))
    return [
        str(cell) for cell in small if (atoms := province.atoms(*cell) - empty) <= pieces.keys() and _lies_in(_vector(atoms, pieces), basis)
    ]


def _vector(atoms: set[Atom], pieces: Mapping[Atom, int]) -> NDArray[np.float64]:
    vector = np.zeros(len(pieces))
    vector[[pieces[atom] for atom in atoms if atom in pieces]] = 1
    return vector


def _row_space(shown: NDArray[np.float64]) -> NDArray[np.float64]:
    _, sizes, basis = np.linalg.svd(shown, full_matrices=False)
    found: NDArray[np.float64] = basis[sizes > 1e-9]
    return found


def _lies_in(vector: NDArray[np.float64], basis: NDArray[np.float64]) -> bool:
    return bool(np.abs(vector - (vector @ basis.T) @ basis).max() < 1e-7)


@settings(max_examples=100, derandomize=True)  # a larger search is made by hand: decision 0043
@given(provinces())
def test_nobody_who_was_hidden_follows_from_all_that_any_reader_sees(province: Province) -> None:
    rows = scored(province)
    for reader in readers(province):
        assert told(reader, province, rows) == []


def test_every_number_that_needs_no_hiding_is_shown() -> None:
    """Hiding everything would pass the attack; where all are many, nothing is hidden from anybody."""
    people = dict.fromkeys(product((100, 101, 102), MONTHS, RATED), 20)
    province = Province({1: None, 2: 1, 3: 1}, {100: 2, 101: 2, 102: 3}, people)
    rows = scored(province)
    for reader in readers(province):
        assert all(row["index"] is not None for _, _, row in seen_by(reader, province, rows))


def _few_at_one() -> Province:
    """One desk where seven rated A1, beside another of its commune; one commune with few in February."""
    people = dict.fromkeys(product((100, 101, 102, 103), MONTHS, RATED), 30)
    people |= {(102, "2026-02", code): 3 for code in RATED}
    people |= {(100, month, "A1"): count for month, count in zip(MONTHS, (3, 1, 3), strict=True)}
    return Province({1: None, 2: 1, 3: 1, 4: 1}, {100: 2, 101: 2, 102: 3, 103: 4}, people)


FEW_AT_ONE = _few_at_one()


def test_the_attack_finds_what_is_hidden_carelessly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without hiding others beside the small ones, subtraction finds them: the desk's criterion, the commune's month."""
    assert told(None, FEW_AT_ONE, scored(FEW_AT_ONE)) == []
    monkeypatch.setattr(withhold, "protected", lambda people, sums, *, hidden, known=(): frozenset(hidden))
    monkeypatch.setattr(withhold._Ends, "told", lambda self, kept: {})
    found = told(None, FEW_AT_ONE, scored(FEW_AT_ONE))
    assert "(('desk', 100), '', 'A1')" in found
    assert "(('agency', 3), '2026-02', 'B2')" in found
    assert "(('desk', 100), '', 'A1')" in told(2, FEW_AT_ONE, scored(FEW_AT_ONE))


def _few_in_a_field() -> Province:
    """Two desks for land, at one of which seven people rated each criterion, and a desk of no field."""
    people = {atom: {100: 7, 102: 20}.get(atom[0], 30) for atom in product((100, 101, 102, 103), ("2026-01",), RATED)}
    return Province({1: None, 2: 1, 3: 1}, {100: 2, 101: 2, 102: 2, 103: 3}, people, {100: "land", 101: "land", 103: "land"})


def test_a_field_is_shown_beside_its_hidden_desks_and_is_of_one_agency_only() -> None:
    province = _few_in_a_field()
    rows = scored(province)
    a1 = MEASURES.keys.index("A1")
    shown = {place: rows[place, WAVE][a1]["index"] is not None for place in province.places}
    assert shown == {
        (AGENCY, 1): True, (AGENCY, 2): True, (AGENCY, 3): True,
        (FIELD, 100): True, (DESK, 100): False, (DESK, 101): False, (DESK, 102): True, (DESK, 103): True,
    }  # fmt: skip
    assert [told(reader, province, rows) for reader in readers(province)] == [[], [], [], []]


def test_fields_beside_a_tree_that_does_not_know_them_would_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if fields were a second division of the same desks: desk 102 is hidden for desk 100, which the field less desk 101 is."""
    tree = withhold._tree
    monkeypatch.setattr(
        withhold, "_tree", lambda places, parents, desks, fields: tree([p for p in places if p[0] != FIELD], parents, desks, {})
    )
    province = _few_in_a_field()
    found = told(2, province, scored(province))
    assert "(('desk', 100), '', 'A1')" in found


def test_a_field_whose_people_all_came_in_one_month_hides_nobody_in_that_month(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the field has there is its whole number, which is shown: three people of the commune would follow in that month."""
    people = dict.fromkeys(product((101, 102, 103, 104), MONTHS, RATED), 0) | dict.fromkeys(product((100,), MONTHS, RATED), 30)
    people |= {(desk, MONTHS[desk > 102], code): 7 for desk in (101, 102, 103, 104) for code in RATED} | {(100, MONTHS[0], "A1"): 3}
    province = Province({1: None, 2: 1}, {100: 2, **dict.fromkeys((101, 102, 103, 104), 1)}, people, {101: "land", 102: "land"})
    assert told(None, province, scored(province), knowing=True) == []
    monkeypatch.setattr(withhold._Ends, "_unknown", lambda self, parts, at: (desk for desk in self._pairs[at] if desk[0] == DESK))
    assert "(('agency', 2), '2026-01', 'A1')" in told(None, province, scored(province), knowing=True)


def test_months_that_were_joined_only_at_the_agency_itself_would_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(withhold._Ends, "kept", lambda self, candidates: candidates)
    monkeypatch.setattr(withhold._Ends, "told", lambda self, kept: {})
    assert told(None, FEW_AT_ONE, scored(FEW_AT_ONE))


def test_its_own_head_sees_more_than_those_above() -> None:
    people = {atom: 3 if atom[0] == 100 else 30 for atom in product((100, 101, 102), ("2026-01",), RATED)}
    people |= dict.fromkeys(product((102,), ("2026-01",), RATED), 40)
    rows = scored(Province({1: None, 2: 1, 3: 1, 4: 1}, {100: 2, 101: 3, 102: 4}, people))

    def sees(agency: int) -> tuple[bool, bool]:
        found = rows[(AGENCY, agency), WAVE]
        return all(row["index"] is not None for row in found), all(row["index"] is not None for row in for_those_above(found))

    assert [sees(agency) for agency in (1, 2, 3, 4)] == [(True, True), (False, False), (True, False), (True, True)]


def test_a_mean_over_a_hidden_part_is_hidden_too() -> None:
    people = {(100, "2026-01", code): 5 if code == "A1" else 40 for code in RATED}
    rows = scored(Province({1: None}, {100: 1}, people))[(AGENCY, 1), WAVE]
    hidden = {(row["key"], row["rule"]) for row in rows if row["index"] is None and row["respondents"]}
    assert hidden == {("A1", "pooled"), ("A2", "pooled"), ("A", "criteria"), ("ALL", "criteria"), ("ALL", "dimensions_of_criteria")}
    assert {row["why"] for row in rows if row["key"] in ("A1", "A2")} == {"few_respondents", "protects_others"}


def test_a_month_of_few_is_hidden_with_its_smaller_neighbour() -> None:
    people = {(100, month, code): count for month, count in zip(MONTHS, (60, 6, 48), strict=True) for code in RATED}
    rows = scored(Province({1: None}, {100: 1}, people))
    shown = [rows[(AGENCY, 1), month][MEASURES.keys.index("A1")]["index"] is not None for month in MONTHS]
    assert shown == [True, False, False]
