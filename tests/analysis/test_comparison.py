"""Comparisons at the edges, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from analysis import (
    AnalysisError,
    Design,
    Domains,
    Measures,
    UnitTotals,
    compare,
    compare_domains,
    covariance_with_whole,
    indistinguishable,
)

ONE = Measures.of({"A1": "A"})


def compared(ratings: list[int], *, strata: str, members: list[object], against: int | None = None) -> tuple:
    totals = UnitTotals.from_ratings(ONE, [[r] for r in ratings])
    design, domains = Design.of(len(ratings), strata=list(strata)), Domains.of(len(ratings), members)
    return compare_domains(totals, measures=ONE, design=design, domains=domains, columns=[0], against=against)[0]


@pytest.mark.parametrize("shares", [[], [0.8]])
def test_fewer_than_two_domains_have_no_pairs(shares: list[float]) -> None:
    assert compare(shares, se=[0.1] * len(shares)) == ()
    assert indistinguishable((), count=len(shares)) == (frozenset(),) * len(shares)


def test_every_other_domain_is_compared_with_the_one_named() -> None:
    rows = compare([0.8, 0.7, 0.9], se=[0.01] * 3, against=1)
    assert [(row.first, row.second, round(row.difference, 2)) for row in rows] == [(0, 1, 0.1), (2, 1, 0.2)]


def test_two_domains_without_variance_differ_without_a_p_value() -> None:
    both, one, other = compare([1.0, 0.5, 0.8], se=[0.0, 0.0, 0.1])
    assert (both.difference, both.se, both.t, both.p_value, both.p_bh, both.why) == (0.5, 0.0, None, None, None, "no_variance")
    assert one.why is None
    assert one.p_value is not None
    assert one.p_bonferroni == pytest.approx(2 * one.p_value), "only two of the three were tested"
    assert other.p_holm is not None


def test_a_domain_that_is_the_whole_does_not_differ_from_it() -> None:
    (row,) = compared([5, 2, 4, 1, 3, 4, 5], strata="aaaaaaa", members=[range(7), range(7)], against=1)
    assert (row.difference, row.se, row.p_value, row.why) == (0.0, 0.0, None, "no_variance")


def test_a_domain_without_answers_is_told_with_the_reason() -> None:
    row, *_ = compared([0, 0, 4, 2], strata="aabb", members=[[0, 1], [2, 3]])
    assert (row.difference, row.se, row.t, row.p_value, row.why) == (None, None, None, None, "no_valid_answers")


def test_a_single_unit_is_no_ground_for_a_claim() -> None:
    row, *_ = compared([5, 4, 2, 2], strata="abbb", members=[[0], [1, 2, 3]])
    assert (row.difference, row.se, row.p_value, row.why) == (pytest.approx(2 / 3), None, None, "one_unit")


def test_strata_of_one_unit_each_leave_no_degrees_of_freedom() -> None:
    row, *_ = compared([5, 2, 4, 2], strata="abcd", members=[[0, 1], [2, 3]])
    assert (row.se, row.why) == (None, "no_degrees_of_freedom")


def test_all_satisfied_everywhere_gives_no_p_value() -> None:
    (row,) = compared([5, 4, 5, 4], strata="aabb", members=[[0, 1], [2, 3]])
    assert (row.difference, row.why) == (0.0, "no_variance")


def test_every_column_is_compared_unless_some_are_named() -> None:
    totals = UnitTotals.from_ratings(ONE, [[5], [2], [4], [4]])
    domains = Domains.of(4, [[0, 1], [2, 3]])
    assert len(compare_domains(totals, measures=ONE, design=Design.of(4), domains=domains)) == len(ONE.columns)


def test_holm_is_what_statsmodels_says() -> None:
    rng = np.random.default_rng(3)
    for count in (2, 3, 9):
        rows = compare(rng.uniform(0.7, 0.9, count), se=[0.03] * count)
        assert [row.p_holm for row in rows] == pytest.approx(multipletests([row.p_value for row in rows], method="holm")[1], rel=1e-14)


def test_those_that_cannot_be_told_apart_are_named_both_ways() -> None:
    rows = compare([0.95, 0.80, 0.79, 0.5, 0.5], se=[0.01, 0.01, 0.01, 0.0, 0.0])
    assert indistinguishable(rows, count=5) == (frozenset(), frozenset({2}), frozenset({1}), frozenset({4}), frozenset({3}))
    assert indistinguishable(rows, count=5, false_discovery_rate=0.9)[1] == frozenset(), "0.80 and 0.79 have p = 0.48"


@pytest.mark.parametrize(
    ("argument", "given"),
    [
        ("shares", {"shares": [0.8, np.nan], "se": [0.1, 0.1]}),
        ("shares", {"shares": [[0.8, 0.7]], "se": [0.1, 0.1]}),
        ("se", {"se": [0.1, -0.1]}),
        ("se", {"se": [0.1, np.nan]}),
        ("se", {"se": [0.1]}),
        ("se", {}),
        ("se", {"se": [0.1, 0.1], "covariance": np.eye(2)}),
        ("covariance", {"covariance": np.eye(3)}),
        ("covariance", {"covariance": [[1.0, np.nan], [np.nan, 1.0]]}),
        ("covariance", {"covariance": [[1.0, 0.5], [0.2, 1.0]]}),
        ("covariance", {"covariance": [[1.0, 2.0], [2.0, 1.0]]}),
        ("df", {"se": [0.1, 0.1], "df": 0}),
        ("df", {"se": [0.1, 0.1], "df": np.nan}),
        ("against", {"se": [0.1, 0.1], "against": 2}),
        ("against", {"se": [0.1, 0.1], "against": -1}),
    ],
)
def test_bad_input_is_refused_by_the_name_of_the_argument(argument: str, given: dict[str, object]) -> None:
    with pytest.raises(AnalysisError) as error:
        compare(**({"shares": [0.8, 0.7]} | given))
    assert error.value.argument == argument


@pytest.mark.parametrize(("argument", "given"), [("se", {"se": [-0.1]}), ("parts", {"parts": [1.5]}), ("whole_se", {"whole_se": np.nan})])
def test_a_whole_of_bad_parts_is_refused(argument: str, given: dict[str, object]) -> None:
    with pytest.raises(AnalysisError) as error:
        covariance_with_whole(**({"se": [0.1], "parts": [0.5], "whole_se": 0.1} | given))
    assert error.value.argument == argument


@pytest.mark.parametrize(("argument", "given"), [("count", {"count": 1}), ("false_discovery_rate", {"false_discovery_rate": 1.0})])
def test_groups_refuse_what_does_not_fit(argument: str, given: dict[str, object]) -> None:
    with pytest.raises(AnalysisError) as error:
        indistinguishable(compare([0.8, 0.7], se=[0.1, 0.1]), **({"count": 2} | given))
    assert error.value.argument == argument
