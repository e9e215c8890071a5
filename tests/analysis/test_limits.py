"""The ends of what can happen: nobody, one person, all satisfied, one stratum, strata with one unit each."""

from __future__ import annotations

import numpy as np
import pytest

from analysis import (
    Design,
    Domains,
    Estimate,
    Measures,
    Moments,
    UnitTotals,
    effective_size,
    pooled_design_effect,
    score,
    score_moments,
    score_units,
)

MEASURES = Measures.of({"A1": "A", "A2": "A", "B1": "B"}, general=("G1",))
Found = dict[tuple[str, str], Estimate]


def scored(ratings: list[list[float]], **design) -> Found:
    matrix = np.array(ratings, dtype=float).reshape(-1, 4)
    totals = UnitTotals.from_ratings(MEASURES, matrix)
    design = Design.of(len(matrix), **design)
    (estimates,) = score(totals, measures=MEASURES, design=design, domains=Domains.whole(len(matrix)))
    return {(e.key, e.rule): e for e in estimates}


def test_nobody_at_all_is_a_result_with_a_reason() -> None:
    for estimate in scored([]).values():
        assert (estimate.index, estimate.se, estimate.ci_low, estimate.n_eff) == (None, None, None, None)
        assert (estimate.respondents, estimate.answers, estimate.units, estimate.df) == (0, 0, 0, 0)
        assert estimate.why == "no_valid_answers"


def test_nobody_in_any_of_many_domains_of_no_units() -> None:
    nothing = np.zeros((0, len(MEASURES.keys)))
    totals = UnitTotals.of(MEASURES, satisfied=nothing, valid=nothing, respondents=nothing, answers=nothing)
    scores = score_units(totals, measures=MEASURES, strata=[], domains=[[], []])
    assert {e.why for estimates in scores for e in estimates} == {"no_valid_answers"}
    assert score_units(totals, measures=MEASURES, strata=[], domains=[]) == ()


def test_people_who_answered_nothing_count_nowhere() -> None:
    found = scored([[0, 0, 0, 0], [0, np.nan, 0, 0]])
    assert {e.why for e in found.values()} == {"no_valid_answers"}


def test_one_person_has_an_index_and_a_wide_interval_but_no_standard_error() -> None:
    whole = scored([[5, 4, 2, 4]])["ALL", "pooled"]
    assert whole.index == pytest.approx(2 / 3)
    assert (whole.se, whole.deff, whole.df, whole.why) == (None, None, 0, "one_unit")
    assert whole.design_effect == 1
    assert whole.n_eff == 1
    assert whole.ci_low < 0.2
    assert whole.ci_high > 0.93


def test_all_satisfied_has_no_standard_error_to_speak_of_but_still_an_interval() -> None:
    for (key, rule), e in scored([[5, 4, 5, 4]] * 40).items():
        assert (e.index, e.se, e.ci_high, e.why) == (1, 0, 1, None), (key, rule)
        assert e.deff is None
        assert 0.9 < e.ci_low < 0.92  # Wilson on 40 independent answers: 0.912
        assert e.n_eff == 40


def test_all_dissatisfied_mirrors_all_satisfied() -> None:
    low, high = scored([[1, 1, 1, 1]] * 40)["A", "pooled"], scored([[5, 5, 5, 5]] * 40)["A", "pooled"]
    assert (low.index, low.ci_low, low.ci_high) == (0, 0, pytest.approx(1 - high.ci_low))


def test_all_satisfied_with_weights_that_no_binary_number_holds_is_exactly_satisfied() -> None:
    found = scored([[5, 4, 5, 4]] * 7, weights=[0.1, 0.2, 0.3, 0.7, 1.1, 1.3, 1.7])
    assert {(e.index, e.se, e.ci_high) for e in found.values()} == {(1, 0, 1)}


def test_strata_with_one_unit_each_leave_no_degrees_of_freedom() -> None:
    whole = scored([[5, 5, 1, 5], [4, 2, 2, 1], [1, 1, 5, 5]], strata=["x", "y", "z"])["ALL", "pooled"]
    assert (whole.df, whole.units, whole.why) == (0, 3, "no_degrees_of_freedom")
    assert whole.index == pytest.approx(4 / 9)
    assert whole.se > 0
    assert whole.ci_low < whole.index < whole.ci_high


def test_without_degrees_of_freedom_the_variance_does_not_bound_the_effective_size() -> None:
    sizes = effective_size([0.5, 0.5], [0.2, 0.2], respondents=[9, 9], answers=[45, 45], df=[0, 1], design_effect=[1.5, 1.5])
    assert sizes.tolist() == [6, pytest.approx(1.25)]


def test_the_effective_size_is_bounded_by_the_answers() -> None:
    """Two people of two days who answer alike: as good as no variance, but only two answers to A1."""
    sizes = effective_size([0.5], [1e-6], respondents=[2], answers=[2], df=[1], design_effect=[0.1])
    assert sizes.tolist() == [2]


def test_a_census_has_no_variance_but_keeps_its_interval() -> None:
    found = scored([[5, 2, 1, 5], [4, 2, 2, 1]], fpc=[1.0, 1.0])
    assert found["ALL", "pooled"].se == 0
    assert found["ALL", "pooled"].df == 1


def test_a_mean_over_the_parts_with_answers_says_so() -> None:
    found = scored([[5, 0, 0, 4], [4, 0, 0, 2], [1, 0, 0, 5]])
    assert found["B", "pooled"].why == "no_valid_answers"
    assert found["ALL", "dimensions"].index == found["A1", "pooled"].index == pytest.approx(2 / 3)
    assert {found["ALL", rule].why for rule in ("criteria", "dimensions", "dimensions_of_criteria")} == {"parts_without_answers"}
    assert found["A", "criteria"].why == "parts_without_answers"
    assert found["ALL", "pooled"].why is None


def test_the_general_question_stands_beside_the_index_and_never_in_it() -> None:
    loved, hated = scored([[4, 2, 5, 5]] * 12), scored([[4, 2, 5, 1]] * 12)
    assert (loved["G1", "pooled"].index, hated["G1", "pooled"].index) == (1, 0)
    assert loved["G1", "pooled"].level == "general"
    assert {k: v for k, v in loved.items() if k[0] != "G1"} == {k: v for k, v in hated.items() if k[0] != "G1"}


def test_a_design_effect_that_nothing_tells_is_1() -> None:
    assert pooled_design_effect([[1.0], [1.0]], [[0.0], [0.0]], respondents=[[9], [9]], df=[[8], [8]]).tolist() == [1]
    assert pooled_design_effect([[0.5]], [[0.0]], respondents=[[1]], df=[[0]]).tolist() == [1]
    assert pooled_design_effect(np.zeros((0, 2)), np.zeros((0, 2)), respondents=np.zeros((0, 2)), df=np.zeros((0, 2))).tolist() == [1, 1]


def test_units_without_members_widen_the_variance_of_a_domain() -> None:
    """A domain is no subset: two of four units have members, the other two stand at 0."""
    ratings, rows = [[5, 5, 5, 5], [1, 1, 1, 1], [5, 5, 5, 5], [5, 5, 5, 5]], 4
    totals = UnitTotals.from_ratings(MEASURES, ratings)
    domain = Domains.of(rows, [[0, 1]])
    (inside,) = score(totals, measures=MEASURES, design=Design.of(rows), domains=domain)
    alone = scored(ratings[:2])
    # z = ±1/4 on two units: variance n/(n-1) · Σz², 4/3 · 1/8 with the empty units and 2/1 · 1/8 without them
    assert inside[0].se == pytest.approx((4 / 3 / 8) ** 0.5)
    assert alone["A1", "pooled"].se == pytest.approx((2 / 8) ** 0.5)


def test_domains_can_be_put_one_after_the_other() -> None:
    both = Domains.together(Domains.whole(2), Domains.of(2, [[1], [], [0]]))
    assert (both.count, both.row.tolist(), both.domain.tolist()) == (4, [0, 1, 1, 0], [0, 0, 1, 3])


def from_moments(ratings: list[list[float]], *, groups: list[str] | None = None, **given) -> Found:
    matrix = np.array(ratings, dtype=float).reshape(-1, 4)
    moments = Moments.from_ratings(MEASURES, matrix, groups=["x"] * len(matrix) if groups is None else groups, **given)
    (estimates,) = score_moments(moments, measures=MEASURES, strata=moments.labels, domains=[range(len(moments.labels))])
    return {(e.key, e.rule): e for e in estimates}


def test_moments_of_nobody_are_a_result_with_a_reason() -> None:
    assert {(e.index, e.se, e.df, e.why) for e in from_moments([]).values()} == {(None, None, 0, "no_valid_answers")}
    assert {e.why for e in from_moments([[0, 0, 0, 0], [0, np.nan, 0, 0]]).values()} == {"no_valid_answers"}


def test_a_domain_of_no_group_is_a_result_with_a_reason() -> None:
    moments = Moments.from_ratings(MEASURES, [[5, 4, 2, 4]], groups=["x"])
    (nobody,) = score_moments(moments, measures=MEASURES, strata=["x"], domains=[[]])
    assert {(e.index, e.why) for e in nobody} == {(None, "no_valid_answers")}
    assert score_moments(moments, measures=MEASURES, strata=["x"], domains=[]) == ()


def test_moments_of_one_person_have_an_index_and_a_wide_interval_but_no_standard_error() -> None:
    whole = from_moments([[5, 4, 2, 4]])["ALL", "pooled"]
    assert (whole.index, whole.se, whole.df, whole.n_eff, whole.why) == (pytest.approx(2 / 3), None, 0, 1, "one_unit")


@pytest.mark.parametrize("weights", [None, [0.1, 0.2, 0.3, 0.7, 1.1, 1.3, 1.7]])
def test_moments_of_the_all_satisfied_are_exactly_satisfied(weights: list[float] | None) -> None:
    found = from_moments([[5, 4, 5, 4]] * 7, weights=weights)
    assert {(e.index, e.se, e.ci_high, e.deff) for e in found.values()} == {(1, 0, 1, None)}
    hated = from_moments([[1, 2, 3, 1]] * 7, weights=weights)
    assert {(e.index, e.se, e.ci_low) for e in hated.values()} == {(0, 0, 0)}


def test_people_who_all_answer_alike_have_no_variance_in_moments_either() -> None:
    """2 of 3 satisfied, everyone: no binary number holds the share, and the noise of that must not pass for information."""
    alike = from_moments([[5, 4, 2, 4]] * 30, weights=np.linspace(0.1, 7, 30))
    assert (alike["ALL", "pooled"].index, alike["ALL", "pooled"].se) == (pytest.approx(2 / 3), 0)
    strata = from_moments([[5, 5, 5, 5]] * 9 + [[1, 1, 1, 1]] * 9, groups=["x"] * 9 + ["y"] * 9)
    assert {(e.index, e.se) for e in strata.values()} == {(0.5, 0)}


def test_moments_of_strata_with_one_person_each_leave_no_degrees_of_freedom() -> None:
    whole = from_moments([[5, 5, 1, 5], [4, 2, 2, 1], [1, 1, 5, 5]], groups=["x", "y", "z"])["ALL", "pooled"]
    assert (whole.df, whole.units, whole.why) == (0, 3, "no_degrees_of_freedom")
    assert whole.se > 0


def test_totals_can_be_put_one_after_the_other_with_and_without_squares() -> None:
    people = UnitTotals.from_ratings(MEASURES, [[5, 4, 2, 4], [1, 0, 0, 2]])
    both = UnitTotals.together(people, people)
    assert (both.rows, both.squares is not None) == (4, True)
    bare = UnitTotals.of(
        MEASURES, satisfied=people.satisfied, valid=people.valid, respondents=people.respondents, answers=people.answers, weight=[2.0, 3.0]
    )
    assert UnitTotals.together(people, bare).squares is None
    summed, units = bare.summed(["x", "x"])
    assert (summed.squares, summed.weight.tolist(), summed.people.tolist(), units.tolist()) == (None, [5.0], [2.0], ["x"])
