"""What planning refuses, and what holds at its limits."""

from __future__ import annotations

import pytest

from analysis import AnalysisError
from analysis.sample_size import (
    SampleSize,
    allocate,
    allocate_levels,
    expected_error,
    planned_deff,
    power_of_change,
    size_for_change,
    size_for_error,
    yamane_size,
)

REFUSED = {
    "nobody": (lambda: yamane_size(0, allowed_error=0.05), "population: got 0, expected a whole number of people, 1 or more"),
    "half a person": (lambda: size_for_error(allowed_error=0.05, population=10.5), "population: got 10.5"),
    "no number of people": (lambda: size_for_error(allowed_error=0.05, population=float("nan")), "population: got nan"),
    "an error of 5 in place of 0.05": (lambda: yamane_size(10, allowed_error=5), "allowed_error: got 5, expected a number between 0 and 1"),
    "an error of 0": (lambda: size_for_error(allowed_error=0), "allowed_error: got 0"),
    "everyone satisfied": (lambda: size_for_error(allowed_error=0.05, share=1), "share: got 1, expected a number between 0 and 1"),
    "a design effect of 0": (lambda: size_for_error(allowed_error=0.05, deff=0), "deff: got 0, expected a positive number"),
    "a confidence level of 95": (lambda: size_for_error(allowed_error=0.05, confidence_level=95), "confidence_level: got 95"),
    "an error of no respondents": (lambda: expected_error(0), "n: got 0, expected at least 1 person"),
    "more respondents than people": (lambda: expected_error(11, population=10), "n: got 11, expected at least 1 person, and no more"),
    "half an item": (lambda: planned_deff(items=0.5), "items: got 0.5, expected a number of 1 or more"),
    "a negative correlation": (lambda: planned_deff(item_correlation=-0.1), "item_correlation: got -0.1, expected a correlation"),
    "an impossible correlation": (lambda: planned_deff(unit_correlation=1.1), "unit_correlation: got 1.1"),
    "an unknown method": (lambda: allocate(1, {"A": 2}, method="fair"), "method: got 'fair', expected one of proportional, equal, neyman"),
    "an empty stratum": (lambda: allocate(1, {"A": 2, "B": 0}), "populations: got 0, expected a whole number of people"),
    "more than everybody": (lambda: allocate(4, {"A": 2, "B": 1}), "n: got 4, expected from 0, the sum of the minima, to 3, everybody"),
    "fewer than the minima": (lambda: allocate(3, {"A": 9, "B": 9}, minimum=2), "n: got 3, expected from 4, the sum of the minima"),
    "nobody to divide": (lambda: allocate(0, {"A": 9}), "n: got 0, expected a whole number of people"),
    "no strata": (lambda: allocate(1, {}), "n: got 1, expected from 0"),
    "a negative minimum": (lambda: allocate(3, {"A": 9}, minimum=-1), "minimum: got -1, expected 0 or more people"),
    "neyman without deviations": (lambda: allocate(3, {"A": 9}, method="neyman"), "deviations: got nothing for 'A', expected a positive"),
    "a deviation of 0": (lambda: allocate(3, {"A": 9}, method="neyman", deviations={"A": 0}), "deviations: got 0 for 'A'"),
    "no change": (lambda: size_for_change(0.8, 0.8), "after: got 0.8, as before, expected another index"),
    "a certain power": (lambda: size_for_change(0.8, 0.9, power=1), "power: got 1, expected a number above 0.05 and below 1"),
    "a power below chance": (lambda: size_for_change(0.8, 0.9, power=0.05), "power: got 0.05"),
    "an index of 1": (lambda: power_of_change(0.9, 1, n_before=9, n_after=9), "after: got 1, expected a number between 0 and 1"),
    "an empty wave": (lambda: power_of_change(0.9, 0.8, n_before=0, n_after=9), "n_before: got 0, expected a number of 1 or more"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refuses_and_names_argument_got_and_expected(case: str) -> None:
    call, message = REFUSED[case]
    with pytest.raises(AnalysisError) as error:
        call()
    assert message in str(error.value)


def test_of_one_person_one_is_asked() -> None:
    assert size_for_error(allowed_error=0.2, population=1).n == yamane_size(1, allowed_error=0.05).n == 1
    assert size_for_error(allowed_error=0.9, share=0.99).n == 1
    assert expected_error(1, population=1) == 0


def test_who_asks_everybody_errs_nothing() -> None:
    assert expected_error(1000, population=1000, deff=1.8) == 0
    assert size_for_error(allowed_error=0.0001, population=1000, deff=9).n == 1000


def test_the_design_effect_multiplies_the_size_before_the_population_is_taken_into_account() -> None:
    assert size_for_error(allowed_error=0.05, deff=2).exact == pytest.approx(2 * size_for_error(allowed_error=0.05).exact)
    assert size_for_error(allowed_error=0.05, deff=2, population=500).n == 304  # not 2 × 218, nearly everybody


def test_a_small_stratum_is_asked_whole_and_the_others_share_the_rest() -> None:
    assert dict(allocate(100, {"A": 1000, "B": 7, "C": 1000}, method="equal")) == {"A": 47, "B": 7, "C": 46}
    assert dict(allocate(30, {"A": 1000, "B": 7}, minimum=10)) == {"A": 23, "B": 7}
    assert dict(allocate(17, {"A": 10, "B": 7})) == {"A": 10, "B": 7}


def test_neyman_asks_more_where_people_differ_more() -> None:
    shares = allocate(90, {"A": 100, "B": 100}, method="neyman", deviations={"A": 0.2, "B": 0.4})
    assert dict(shares) == {"A": 30, "B": 60}


def test_each_stratum_may_have_its_own_minimum() -> None:
    assert dict(allocate(20, {"A": 990, "B": 10}, minimum={"A": 0, "B": 5})) == {"A": 15, "B": 5}


def test_levels_then_agencies() -> None:
    plan = allocate_levels(
        90, {"province": {"P": 10}, "district": {"D": 500, "E": 500}, "commune": {"X": 90, "Y": 5}}, within="equal", minimum=4
    )
    assert {level: dict(agencies) for level, agencies in plan.items()} == {
        "province": {"P": 10},
        "district": {"D": 20, "E": 20},
        "commune": {"X": 35, "Y": 5},
    }


def test_a_plan_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        allocate(3, {"A": 9})["A"] = 5  # type: ignore[index]


def test_a_first_wave_that_was_too_small_is_a_reason_and_not_an_error() -> None:
    assert size_for_change(0.8, 0.85, n_before=300) == SampleSize(None, None, "first_wave_too_small")
    assert size_for_change(0.8, 0.85, n_before=903).n == pytest.approx(903, abs=2)


def test_no_change_is_seen_as_often_as_the_test_is_wrong() -> None:
    assert power_of_change(0.8, 0.8, n_before=100, n_after=200) == pytest.approx(0.05)
    assert power_of_change(0.2, 0.9, n_before=5000, n_after=5000) == pytest.approx(1)
