"""Rank sets at the edges, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

from analysis import AnalysisError, RankSets, rank_sets


def bounds(sets: RankSets) -> list[list[int]]:
    return [a.tolist() for a in (sets.marginal_low, sets.marginal_high, sets.simultaneous_low, sets.simultaneous_high)]


def test_no_domain_has_no_rank() -> None:
    sets = rank_sets([], se=[])
    assert bounds(sets) == [[], [], [], []]
    assert sets.critical_value == 0


def test_a_single_domain_is_first_for_sure() -> None:
    sets = rank_sets([0.8], se=[0.1])
    assert bounds(sets) == [[1], [1], [1], [1]]
    assert sets.among_best(1).tolist() == sets.among_worst(1).tolist() == [True]


def test_all_satisfied_everywhere_leaves_every_rank_open() -> None:
    sets = rank_sets([1.0, 1.0, 1.0], se=[0.0, 0.0, 0.0])
    assert sets.rank.tolist() == [1, 1, 1]
    assert bounds(sets) == [[1, 1, 1], [3, 3, 3], [1, 1, 1], [3, 3, 3]]


def test_shares_known_exactly_are_ranked_exactly() -> None:
    sets = rank_sets([0.7, 0.9, 0.8], se=[0.0, 0.0, 0.0])
    assert sets.rank.tolist() == sets.simultaneous_low.tolist() == sets.marginal_high.tolist() == [3, 1, 2]


def test_shares_that_vary_together_by_the_same_amount_are_ranked_exactly() -> None:
    sets = rank_sets([0.7, 0.9], covariance=np.full((2, 2), 0.04))
    assert sets.simultaneous_low.tolist() == sets.simultaneous_high.tolist() == [2, 1]


def test_a_diagonal_covariance_is_the_same_as_standard_errors() -> None:
    p, se = [0.9, 0.8, 0.85, 0.6], np.array([0.02, 0.03, 0.01, 0.05])
    assert bounds(rank_sets(p, se=se)) == bounds(rank_sets(p, covariance=np.diag(se**2)))


def test_covariance_between_domains_counts() -> None:
    """Two shares 0.05 apart: independent they cannot be told apart, moving together they can."""
    together = [[1e-3, 9.9e-4], [9.9e-4, 1e-3]]
    assert rank_sets([0.85, 0.80], se=[1e-3**0.5] * 2).simultaneous_high.tolist() == [2, 2]
    assert rank_sets([0.85, 0.80], covariance=together).simultaneous_high.tolist() == [1, 2]


def test_two_domains_are_told_apart_at_the_normal_quantile() -> None:
    """One pair: the critical value of |Z| is 1.96, and stepdown has nothing to add."""
    sets = rank_sets([0.8, 0.7], se=[0.03, 0.04], draws=200_000)
    assert sets.critical_value == pytest.approx(1.959964, abs=0.02)
    assert rank_sets([0.8, 0.7], se=[0.03, 0.04]).simultaneous_high.tolist() == [1, 2]
    assert rank_sets([0.79, 0.7], se=[0.03, 0.04]).simultaneous_high.tolist() == [2, 2]


def test_the_same_seed_gives_the_same_sets_and_the_result_says_which() -> None:
    p, se = np.linspace(0.7, 0.9, 12), np.full(12, 0.02)
    first, again = (rank_sets(p, se=se, draws=500, seed=7) for _ in range(2))
    assert bounds(first) == bounds(again)
    assert first.critical_value == again.critical_value != rank_sets(p, se=se, draws=500, seed=8).critical_value
    assert (first.seed, first.draws, first.confidence_level, first.stepdown) == (7, 500, 0.95, True)


def test_the_best_and_the_worst_follow_from_the_simultaneous_sets() -> None:
    sets = rank_sets([0.95, 0.80, 0.79, 0.60], se=[0.01] * 4)
    assert sets.among_best(1).tolist() == [True, False, False, False]
    assert sets.among_worst(2).tolist() == [False, True, True, True]


@pytest.mark.parametrize("k", [0, 3])
def test_the_best_of_none_or_of_more_than_there_are_is_refused(k: int) -> None:
    sets = rank_sets([0.8, 0.7], se=[0.1, 0.1])
    for ask in (sets.among_best, sets.among_worst):
        with pytest.raises(AnalysisError, match="k: got"):
            ask(k)


@pytest.mark.parametrize(
    ("argument", "given"),
    [
        ("shares", {"shares": [0.8, np.nan]}),
        ("se", {"se": [0.1, -0.1]}),
        ("se", {"se": [0.1, np.nan]}),
        ("se", {"covariance": np.eye(2)}),
        ("covariance", {"se": None, "covariance": [[0.1, 0.2], [0.2, 0.1]]}),
        ("confidence_level", {"confidence_level": 1.0}),
        ("draws", {"draws": 99}),
        ("seed", {"seed": -1}),
    ],
)
def test_bad_input_is_refused_by_the_name_of_the_argument(argument: str, given: dict[str, object]) -> None:
    with pytest.raises(AnalysisError) as error:
        rank_sets(**({"shares": [0.8, 0.7], "se": [0.1, 0.1]} | given))
    assert error.value.argument == argument
