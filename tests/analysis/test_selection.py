"""What a draw refuses, what holds at its limits, and that it is the same everywhere."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import pytest

from analysis import AnalysisError
from analysis.selection import Draw, draw_multistage, draw_simple, draw_stratified, draw_systematic

ABC = ["a", "b", "c"]
SIMPLE = ("H037", "H119", "H016", "H126", "H088")
RESERVES = ("H184", "H145", "H094")
SYSTEMATIC = ("H022", "H062", "H102", "H142", "H182")


def multistage(**changed) -> Draw:
    given = {"units": ["u", "u", "v"], "unit_count": 1, "people": 1, "seed": 1} | changed
    return draw_multistage(ABC, **given)


REFUSED = {
    "an id twice": (lambda: draw_simple(["a", "b", "a"], 1, seed=1), "ids: got 'a' a second time in row 2, expected every id once"),
    "a missing id": (lambda: draw_simple(["a", None], 1, seed=1), "ids: got no label in row 1"),
    "ids of two kinds": (
        lambda: draw_simple(np.array(["a", 1], dtype=object), 1, seed=1),
        "ids: got labels of several kinds, expected all text or all numbers",
    ),
    "more than there are": (lambda: draw_simple(ABC, 4, seed=1), "n: got 4, expected a whole number from 1 to 3, as many as the frame has"),
    "nobody": (lambda: draw_systematic(ABC, 0, seed=1), "n: got 0, expected a whole number from 1 to 3"),
    "half a person": (lambda: draw_simple(ABC, 1.5, seed=1), "n: got 1.5"),
    "an empty frame": (lambda: draw_simple([], 1, seed=1), "n: got 1, expected a whole number from 1 to 0"),
    "a negative seed": (lambda: draw_simple(ABC, 1, seed=-1), "seed: got -1, expected a whole number, 0 or more"),
    "a word as seed": (lambda: draw_simple(ABC, 1, seed="today"), "seed: got 'today'"),
    "negative reserves": (lambda: draw_simple(ABC, 1, seed=1, reserves=-1), "reserves: got -1, expected a whole number from 0"),
    "a size of 0": (lambda: draw_systematic(ABC, 1, seed=1, sizes=[1, 0, 1]), "sizes: got 0 in row 1, expected positive numbers"),
    "too few sizes": (lambda: draw_systematic(ABC, 1, seed=1, sizes=[1]), "sizes: got shape (1,), expected one number for each of 3 ids"),
    "too few labels to sort by": (lambda: draw_systematic(ABC, 1, seed=1, sort_by=["x"]), "sort_by: got shape (1,)"),
    "labels that cannot be sorted": (
        lambda: draw_systematic(ABC, 1, seed=1, sort_by=np.array(["x", 1, 2], dtype=object)),
        "sort_by: got labels of several kinds",
    ),
    "a stratum without size": (
        lambda: draw_stratified(ABC, strata=["x", "x", "y"], sizes={"x": 1}, seed=1),
        "sizes: got 'y' only in it or only in the frame, expected one number for each stratum",
    ),
    "a size without stratum": (
        lambda: draw_stratified(ABC, strata=["x"] * 3, sizes={"x": 1, "z": 1}, seed=1),
        "sizes: got 'z' only in it or only in the frame",
    ),
    "a stratum too small": (
        lambda: draw_stratified(ABC, strata=["x", "x", "y"], sizes={"x": 1, "y": 2}, seed=1),
        "sizes['y']: got 2, expected a whole number from 0 to 1",
    ),
    "a unit in two strata": (
        lambda: multistage(strata=["n", "s", "s"]),
        "units: got unit u in the strata n and s in row 1, expected every unit in one stratum",
    ),
    "more units than there are": (lambda: multistage(unit_count=3), "unit_count: got 3, expected a whole number from 1 to 2"),
    "units of another stratum": (lambda: multistage(unit_count={"n": 1}), "unit_count: got 'n' only in it or only in the frame"),
    "no people of a unit": (lambda: multistage(people=0), "people: got 0, expected a whole number from 1"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refuses_and_names_argument_got_and_expected(case: str) -> None:
    call, message = REFUSED[case]
    with pytest.raises(AnalysisError) as error:
        call()
    assert message in str(error.value)


def test_a_seed_gives_this_draw_on_every_platform() -> None:
    """Written down once: if this changes, draws that were published can no longer be repeated."""
    frame = [f"H{number:03d}" for number in range(200)]
    draw = draw_simple(frame, 5, seed=20260101, reserves=3)
    assert draw.ids == SIMPLE
    assert draw.reserves[0].ids == RESERVES
    assert draw_systematic(frame, 5, seed=20260101).ids == SYSTEMATIC


def test_the_numbers_are_those_of_pcg64() -> None:
    """numpy's own Generator on the same bit generator orders the frame alike."""
    words = np.frombuffer(sha256(b"people\x1fNone\x1fNone").digest(), dtype="<u4").tolist()
    uniform = np.random.Generator(np.random.PCG64(np.random.SeedSequence([8, *words]))).random(50)
    assert draw_simple(range(50), 50, seed=8).ids == tuple(np.argsort(uniform).tolist())


def test_everybody_may_be_drawn() -> None:
    for draw in (draw_simple(ABC, 3, seed=4, reserves=2), draw_systematic(ABC, 3, seed=4, sizes=[1, 5, 100], reserves=2)):
        assert sorted(draw.ids) == ABC
        assert {one.probability for one in draw.selected} == {1.0}
        assert draw.reserves[0].ids == ()


def test_a_stratum_may_be_left_out_and_still_has_its_reserves() -> None:
    draw = draw_stratified(ABC, strata=["x", "x", "y"], sizes={"x": 0, "y": 1}, seed=1, reserves=1)
    assert draw.ids == ("c",)
    assert [len(reserve.ids) for reserve in draw.reserves] == [1, 0]


def test_a_systematic_draw_spreads_over_what_the_list_is_sorted_by() -> None:
    agency = [f"A{number % 5}" for number in range(50)]
    draw = draw_systematic(range(50), 10, seed=5, sort_by=agency)
    drawn = [agency[one] for one in draw.ids]
    assert [drawn.count(f"A{number}") for number in range(5)] == [2, 2, 2, 2, 2]


def test_units_of_one_size_are_drawn_simply_at_random() -> None:
    draw = multistage(proportional_to_size=False, people=2, reserves=5)
    assert {one.probability for one in draw.selected} == {0.5}
    assert [len(reserve.ids) for reserve in draw.reserves] == [0]


def test_units_are_drawn_in_each_stratum_and_small_ones_whole() -> None:
    units = ["big"] * 30 + ["small"] * 2 + ["east"] * 4
    strata = ["n"] * 32 + ["e"] * 4
    draw = draw_multistage(range(36), units=units, unit_count={"n": 2, "e": 1}, people=3, seed=9, strata=strata, reserves=2)
    assert [(r.stratum, r.unit, len(r.ids)) for r in draw.reserves] == [("e", "east", 1), ("n", "big", 2), ("n", "small", 0)]
    assert {(one.unit, one.probability) for one in draw.selected} == {("east", 0.75), ("big", 0.1), ("small", 1.0)}


def test_a_change_in_one_stratum_leaves_the_draw_in_another() -> None:
    before = draw_stratified(range(40), strata=["x"] * 20 + ["y"] * 20, sizes={"x": 5, "y": 5}, seed=6)
    after = draw_stratified(range(41), strata=["x"] * 20 + ["y"] * 21, sizes={"x": 5, "y": 9}, seed=6)
    assert [one.id for one in before.selected if one.stratum == "x"] == [one.id for one in after.selected if one.stratum == "x"]


def test_strata_of_one_seed_are_not_drawn_alike() -> None:
    draw = draw_stratified(range(40), strata=["x"] * 20 + ["y"] * 20, sizes={"x": 20, "y": 20}, seed=6)
    x, y = ([one.id % 20 for one in draw.selected if one.stratum == stratum] for stratum in "xy")
    assert x != y
