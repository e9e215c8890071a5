"""What must hold of every plan."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analysis.sample_size import allocate, expected_error, power_of_change, size_for_change, size_for_error, yamane_size

shares, errors, deffs = st.floats(0.02, 0.98), st.floats(0.005, 0.2), st.floats(0.1, 6)
populations = st.dictionaries(st.text("abcdef", min_size=1), st.integers(1, 3000), min_size=1, max_size=12)


@given(shares, errors, deffs, st.none() | st.integers(1, 10**6))
def test_the_size_is_the_smallest_that_keeps_the_allowed_error(share: float, error: float, deff: float, population: int | None) -> None:
    n = size_for_error(allowed_error=error, share=share, population=population, deff=deff).n
    assert 1 <= n <= (population or n)
    assert expected_error(n, share=share, population=population, deff=deff) <= error * (1 + 1e-9)
    if n > 1:
        assert expected_error(n - 1, share=share, population=population, deff=deff) > error * (1 - 1e-9)


@given(st.integers(1, 10**7), st.integers(1, 99))
def test_yamane_is_exact(population: int, percent: int) -> None:
    exact = population / (1 + population * Fraction(percent, 100) ** 2)
    n = yamane_size(population, allowed_error=percent / 100).n
    assert n - 1 < exact <= n


@given(st.data(), populations, st.sampled_from(["proportional", "equal", "neyman"]), st.integers(0, 50))
def test_an_allocation_adds_up_within_its_bounds_in_any_order(data: st.DataObject, people: dict, method: str, minimum: int) -> None:
    least = sum(min(minimum, count) for count in people.values())
    n = data.draw(st.integers(max(least, 1), sum(people.values())))
    deviations = {label: data.draw(st.floats(0.05, 0.5)) for label in people}
    found = allocate(n, people, method=method, deviations=deviations, minimum=minimum)
    assert sum(found.values()) == n
    assert all(min(minimum, people[label]) <= found[label] <= people[label] for label in people)
    turned = dict(reversed(people.items()))
    assert dict(allocate(n, turned, method=method, deviations=deviations, minimum=minimum)) == dict(found)


@given(populations, st.integers(1, 3000))
def test_a_proportional_allocation_is_within_one_person_of_the_exact_share(people: dict, n: int) -> None:
    total = sum(people.values())
    assume(n <= total)
    for label, count in allocate(n, people).items():
        assert abs(count - n * people[label] / total) < 1 + 1e-9


@given(shares, shares, st.floats(0.1, 0.99), deffs)
def test_the_size_for_a_change_is_the_smallest_with_that_power(before: float, after: float, power: float, deff: float) -> None:
    assume(abs(before - after) > 0.01)
    n = size_for_change(before, after, power=power, deff=deff).n
    assert power_of_change(before, after, n_before=n, n_after=n, deff=deff) >= power - 1e-9
    if n > 1:
        assert power_of_change(before, after, n_before=n - 1, n_after=n - 1, deff=deff) < power + 1e-9


@given(shares, shares, st.integers(1, 5000), deffs)
def test_a_second_wave_makes_up_for_a_first_or_says_that_it_cannot(before: float, after: float, n_before: int, deff: float) -> None:
    assume(abs(before - after) > 0.01)
    found = size_for_change(before, after, n_before=n_before, deff=deff)
    if found.n is None:
        assert power_of_change(before, after, n_before=n_before, n_after=10**12, deff=deff) <= 0.8 + 1e-6
    else:
        assert power_of_change(before, after, n_before=n_before, n_after=found.n, deff=deff) >= 0.8 - 1e-9


@given(shares, shares, st.integers(1, 10**4))
def test_more_people_see_more(before: float, after: float, n: int) -> None:
    less, more = (power_of_change(before, after, n_before=size, n_after=size) for size in (n, 2 * n))
    assert 0.05 - 1e-12 <= less <= more + 1e-12
    assert power_of_change(after, before, n_before=n, n_after=n) == pytest.approx(less)
