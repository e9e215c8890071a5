"""Drivers: full and short forms, the ends of what can happen, what is refused, and what priorities say."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from analysis import AnalysisError, Design, Domains, Estimate, Measures, UnitTotals, score
from analysis.drivers import CriterionDriver, Driver, criterion_drivers, dimension_scores, find_drivers, priorities
from analysis.regression import ordinal_regression
from benchmarks.drivers import MEASURES, Sample, found, sample

TWO = Measures.of({"A1": "A", "A2": "A", "B1": "B"}, general=("G1",))
PEOPLE = 400


@pytest.fixture(scope="module", params=[False, True], ids=["full forms", "short forms"])
def drawn(request: pytest.FixtureRequest) -> Sample:
    return sample(np.random.default_rng(12), PEOPLE, short=request.param)


def crafted(*, overall: np.ndarray | None = None) -> np.ndarray:
    """200 people who rate A1 alone, A2 alone and B1; the overall rating follows A."""
    rng = np.random.default_rng(4)
    a, b = rng.integers(1, 6, (2, 200)).astype(float)
    g = np.clip(a + rng.integers(-1, 2, 200), 1, 5) if overall is None else overall
    first = np.arange(200) % 2 == 0
    return np.column_stack([np.where(first, a, np.nan), np.where(first, np.nan, a), b, g])


def test_shares_add_up_to_one_and_lie_in_their_intervals(drawn: Sample) -> None:
    result = found(drawn, bootstrap=300)
    assert (result.why, result.people, result.needed) == (None, PEOPLE, 100)
    assert sum(d.importance for d in result.dimensions) == pytest.approx(1)
    assert all(0 <= d.importance_low <= d.importance <= d.importance_high <= 1 for d in result.dimensions)
    assert result.explained_low < result.explained < result.explained_high
    assert max(result.dimensions, key=lambda d: d.importance).key == "STAFF"
    assert [d.key for d in result.dimensions if d.is_related][:1] != []


def test_shares_are_those_of_least_squares_over_all_orders(drawn: Sample) -> None:
    """LMG by its definition: 120 orders of five dimensions, every R² by numpy's least squares."""
    scores, overall = dimension_scores(MEASURES, drawn.ratings), drawn.ratings[:, -1]

    def r_squared(chosen: tuple[int, ...]) -> float:
        x = np.column_stack([np.ones(PEOPLE), scores[:, sorted(chosen)]])
        residual = overall - x @ np.linalg.lstsq(x, overall, rcond=None)[0]
        return 1 - residual.var() / overall.var()

    cached = {frozenset(order[:i]): r_squared(order[:i]) for order in permutations(range(5)) for i in range(6)}
    parts = np.zeros(5)
    for order in permutations(range(5)):
        for i, d in enumerate(order):
            parts[d] += (cached[frozenset(order[: i + 1])] - cached[frozenset(order[:i])]) / 120
    result = found(drawn, bootstrap=2)
    assert result.explained == pytest.approx(r_squared((0, 1, 2, 3, 4)), abs=1e-8)
    assert [d.importance for d in result.dimensions] == pytest.approx(parts / parts.sum(), abs=1e-7)


def test_shares_of_r_squared_are_near_those_of_mcfadden(drawn: Sample) -> None:
    """Decision 0052: the same 32 models as ordinal regressions, explained variation as McFadden's 1 - log L / log L₀."""
    scores, overall, design = dimension_scores(MEASURES, drawn.ratings), drawn.ratings[:, -1], Design.of(PEOPLE)
    shares = np.unique(overall, return_counts=True)[1] / PEOPLE
    none = float(shares @ np.log(shares))

    def explained(chosen: frozenset[int]) -> float:
        fit = ordinal_regression(overall, {str(d): scores[:, d] for d in chosen}, design=design) if chosen else None
        return 0.0 if fit is None else 1 - fit.log_likelihood / none

    cached = {frozenset(order[:i]): 0.0 for order in permutations(range(5)) for i in range(6)}
    cached = {chosen: explained(chosen) for chosen in cached}
    parts = np.zeros(5)
    for order in permutations(range(5)):
        for i, d in enumerate(order):
            parts[d] += (cached[frozenset(order[: i + 1])] - cached[frozenset(order[:i])]) / 120
    ours = np.array([d.importance for d in found(drawn, bootstrap=2).dimensions])
    assert np.abs(ours - parts / parts.sum()).max() < 0.05
    assert (np.argsort(ours)[-2:] == np.argsort(parts)[-2:]).all()


def test_the_slopes_are_those_of_the_ordinal_regression_with_holms_p_values(drawn: Sample) -> None:
    scores = dimension_scores(MEASURES, drawn.ratings)
    fit = ordinal_regression(drawn.ratings[:, -1], dict(zip(MEASURES.dimensions, scores.T, strict=True)), design=drawn.design)
    result = found(drawn, bootstrap=2)
    raw = sorted((c.p_value, c.term) for c in fit.coefficients[:5])
    adjusted, so_far = {}, 0.0
    for place, (p, term) in enumerate(raw):
        so_far = max(so_far, min((5 - place) * p, 1))
        adjusted[term] = so_far
    for d in result.dimensions:
        assert (d.coefficient, d.se) == (fit[d.key].estimate, fit[d.key].se)
        assert d.p_value == pytest.approx(adjusted[d.key])
        assert d.is_related == (d.p_value < 0.05 and d.coefficient > 0)


def test_a_dimension_that_goes_against_the_overall_rating_is_not_called_related() -> None:
    ratings = crafted()
    ratings[:, 3] = 6 - ratings[:, 3]
    a, _ = find_drivers(TWO, ratings, design=Design.of(200), seed=1).dimensions
    assert a.coefficient < 0
    assert a.p_value < 0.001
    assert not a.is_related


def test_a_score_takes_off_how_hard_the_criterion_is() -> None:
    """Two criteria asked of different people, one rated two steps lower: the people are alike."""
    scores = dimension_scores(TWO, [[5, None, 0, 0], [3, None, 0, 0], [None, 3, 0, 0], [None, 1, 0, 0]])
    assert scores[:, 0].tolist() == [1, -1, 1, -1]
    assert np.isnan(scores[:, 1]).all()


def test_the_same_seed_gives_the_same_intervals_and_more_people_narrower_ones() -> None:
    ratings = crafted()
    one, same, other = (find_drivers(TWO, ratings, design=Design.of(200), seed=seed) for seed in (1, 1, 2))
    assert one == same != other
    many = find_drivers(TWO, np.tile(ratings, (9, 1)), design=Design.of(1800), seed=1)
    widths = [r.dimensions[0].importance_high - r.dimensions[0].importance_low for r in (one, many)]
    assert widths[1] == pytest.approx(widths[0] / 3, rel=0.35)


def test_few_units_widen_the_intervals_and_lonely_strata_are_drawn_together() -> None:
    ratings, unit = crafted(), np.arange(200) // 20

    def width(**design) -> float:
        d = find_drivers(TWO, ratings, design=Design.of(200, **design), seed=1).dimensions[0]
        return d.importance_high - d.importance_low

    plain, days = width(), width(clusters=unit)
    lonely = width(clusters=unit, strata=unit)  # every stratum one unit
    assert lonely == pytest.approx(days, rel=0.4)
    assert width(clusters=unit, strata=np.minimum(unit, 1)) > 0.3 * plain  # one lonely unit, drawn with the other stratum


def test_one_unit_has_shares_without_intervals() -> None:
    result = find_drivers(TWO, crafted(), design=Design.of(200, clusters=np.zeros(200)), seed=1)
    a = result.dimensions[0]
    assert (result.why, result.explained_low, a.importance_low, a.p_value, a.is_related) == ("one_unit", None, None, None, False)
    assert a.importance > 0.5


def test_few_units_leave_no_degrees_of_freedom_for_a_test() -> None:
    result = find_drivers(TWO, crafted(), design=Design.of(200, clusters=np.arange(200) // 70), seed=1)
    assert (result.why, result.dimensions[0].p_value, result.dimensions[0].is_related) == ("no_degrees_of_freedom", None, False)
    assert result.dimensions[0].importance_high is not None


def test_a_replicate_that_draws_nobody_is_passed_over() -> None:
    """Everybody of the domain came on one of two days: half of the replicates draw only the other day."""
    ratings, clusters = np.vstack([crafted(), crafted()[:5]]), np.repeat([0, 1], [200, 5])
    result = find_drivers(TWO, ratings, design=Design.of(205, clusters=clusters), seed=1, domain=clusters == 0)
    assert result.people == 200
    assert result.dimensions[0].importance_high is not None


UNTOLD = {
    "nobody": (np.zeros((0, 4)), "too_few_people", 0),
    "one person too few": (crafted()[:39], "too_few_people", 39),
    "nobody rated B": (np.where([False, False, True, False], 0, crafted()), "too_few_people", 0),
    "everybody gives 5": (crafted(overall=np.full(200, 5.0)), "too_little_variation", 200),
    "nearly everybody gives 5": (crafted(overall=np.where(np.arange(200) < 7, 4.0, 5.0)), "too_little_variation", 200),
    "all rate B alike": (np.where([False, False, True, False], 5, crafted()), "dimension_without_variation", 200),
}


@pytest.mark.parametrize("case", UNTOLD)
def test_what_cannot_be_told_has_a_reason_and_its_numbers(case: str) -> None:
    ratings, why, people = UNTOLD[case]
    result = find_drivers(TWO, ratings, design=Design.of(len(ratings)), seed=1)
    assert (result.why, result.people, result.needed, result.explained) == (why, people, 40, None)
    assert {(d.importance, d.importance_low, d.coefficient, d.is_related) for d in result.dimensions} == {(None, None, None, False)}


def test_it_says_which_dimension_people_did_not_rate() -> None:
    ratings = crafted()
    ratings[:170, 2] = 0
    result = find_drivers(TWO, ratings, design=Design.of(200), seed=1)
    assert (result.why, result.people, [d.people for d in result.dimensions]) == ("too_few_people", 30, [200, 30])


def test_a_dimension_that_tells_the_overall_rating_has_a_share_but_no_slope() -> None:
    ratings = crafted()
    ratings[:, 3] = np.nansum(ratings[:, :2], axis=1)
    result = find_drivers(TWO, ratings, design=Design.of(200), seed=1)
    a = result.dimensions[0]
    assert (result.why, a.coefficient, a.is_related) == ("separated", None, False)
    assert a.importance > 0.9


def test_dimensions_that_follow_from_each_other_share_what_they_explain() -> None:
    ratings = crafted()
    ratings[:, 2] = np.nansum(ratings[:, :2], axis=1)
    ratings[:, :2] = ratings[:, [2, 2]]
    a, b = find_drivers(TWO, ratings, design=Design.of(200), seed=1).dimensions
    assert (a.importance, b.importance) == pytest.approx((0.5, 0.5))


def test_a_domain_is_analysed_within_its_design() -> None:
    ratings, inside = crafted(), np.arange(200) < 120
    within = find_drivers(TWO, ratings, design=Design.of(200), seed=1, domain=inside)
    alone = find_drivers(TWO, ratings[:120], design=Design.of(120), seed=1)
    assert (within.people, within.explained) == (120, pytest.approx(alone.explained))
    assert within.dimensions[0].importance == pytest.approx(alone.dimensions[0].importance)
    assert within.dimensions[0].se == pytest.approx(alone.dimensions[0].se, rel=0.02)
    assert within.dimensions[0].se != alone.dimensions[0].se  # the empty units count


def test_a_criterion_compares_those_satisfied_with_it_and_those_not() -> None:
    ratings = [[5, None, 5, 5]] * 30 + [[4, None, 1, 3]] * 10 + [[3, None, 4, 4]] * 5 + [[1, None, 2, 1]] * 15
    a1, a2, b1 = criterion_drivers(TWO, ratings, design=Design.of(60))
    assert (a1.satisfied, a1.unsatisfied, a1.importance) == (40, 20, 0.5)
    assert a1.se == pytest.approx(np.sqrt((0.75 * 0.25 / 40 + 0.25 * 0.75 / 20) * 60 / 59))
    assert a1.importance_low < 0.5 < a1.importance_high
    assert a1.is_related
    assert (a2.why, a2.satisfied, a2.importance, a2.p_value) == ("too_few_satisfied", 0, None, None)
    assert (b1.satisfied, b1.unsatisfied, b1.importance, b1.is_related) == (35, 25, 1.0, False)
    assert (b1.why, b1.se) == ("no_variation", None)


def test_too_few_unsatisfied_people_make_no_comparison() -> None:
    ratings = [[5, 5, 5, 5]] * 30 + [[1, 5, 5, 1]] * 9
    a1 = criterion_drivers(TWO, ratings, design=Design.of(39))[0]
    assert (a1.why, a1.unsatisfied, a1.importance, a1.is_related) == ("too_few_unsatisfied", 9, None, False)


def test_criteria_without_degrees_of_freedom_have_a_difference_without_interval() -> None:
    a1 = criterion_drivers(TWO, crafted(), design=Design.of(200, clusters=np.zeros(200)))[0]
    assert (a1.why, a1.importance_low, a1.p_value, a1.is_related) == ("no_degrees_of_freedom", None, None, False)
    assert a1.importance > 0.5


def estimate(key: str, index: float | None, low: float | None, high: float | None, **changed) -> Estimate:
    whole = Estimate(key, "dimension", "pooled", 100, 100, 9, index, 0.01, 8, 1.0, 90.0, 1.0, low, high)
    return replace(whole, **changed)


ALL = estimate("ALL", 0.8, 0.78, 0.82, level="overall")


@pytest.mark.parametrize(
    ("importance", "index", "quadrant"),
    [
        ((0.6, 0.51, 0.7), (0.7, 0.65, 0.79), "work_on_first"),
        ((0.6, 0.51, 0.7), (0.9, 0.85, 0.95), "keep_up"),
        ((0.1, 0.05, 0.2), (0.7, 0.65, 0.79), "low_priority"),
        ((0.1, 0.05, 0.2), (0.9, 0.81, 0.95), "more_than_needed"),
        ((0.6, 0.49, 0.7), (0.7, 0.65, 0.79), "unclear"),
        ((0.6, 0.51, 0.7), (0.7, 0.65, 0.81), "unclear"),
        ((0.6, None, None), (0.7, 0.65, 0.79), "unclear"),
        ((0.6, 0.51, 0.7), (0.7, None, None), "unclear"),
    ],
)
def test_a_quadrant_is_told_only_when_both_intervals_say_so(importance: tuple, index: tuple, quadrant: str) -> None:
    rest = 1 - importance[0]  # so that the mean importance is 0.5
    dims = [Driver("A", 99, *importance, is_related=True), Driver("B", 99, rest, 0, 1)]
    by_key = {p.key: p for p in priorities(dims, [estimate("A", *index), estimate("B", 0.8, 0.7, 0.9), ALL])}
    assert by_key["A"].quadrant == quadrant
    assert by_key["A"].urgency == pytest.approx(importance[0] * (1 - index[0]))
    assert by_key["A"].leaning == (quadrant if quadrant != "unclear" else "work_on_first")
    assert by_key["B"].quadrant == "unclear"


def test_what_is_not_related_is_never_firmly_important() -> None:
    dims = [Driver("A", 99, 0.6, 0.55, 0.7), Driver("B", 99, 0.4, 0.3, 0.45)]
    a, b = priorities(dims, [estimate("A", 0.6, 0.5, 0.7), estimate("B", 0.6, 0.5, 0.7)], target=0.8)
    assert (a.key, a.quadrant, a.leaning) == ("A", "unclear", "work_on_first")
    assert (b.key, b.quadrant) == ("B", "low_priority")


def test_firm_work_comes_first_then_what_leans_to_it_then_by_urgency() -> None:
    """Also where something uncertain, or something rated high, is more urgent by the numbers alone."""
    rows = {"sure": (0.5, 0.49, 0.55, 0.7), "maybe": (0.9, 0.1, 1.0, 0.5), "high": (0.95, 0.9, 1.0, 0.85), "low": (0.05, 0, 0.1, 0.1)}
    found = [CriterionDriver(k, "A", 50, 50, i, 0.01, low, high, 0.001, is_related=True) for k, (i, low, high, _) in rows.items()]
    found += [CriterionDriver(f"small{i}", "A", 50, 50, 0.0, 0.1, -0.1, 0.1, 1.0) for i in range(4)]
    found.append(CriterionDriver("untold", "A", 50, 5, why="too_few_unsatisfied"))
    estimates = [estimate(k, x, x - 0.02, x + 0.02) for k, (*_, x) in rows.items()]
    estimates += [estimate("small0", 0.5, 0.4, 0.6), estimate("small1", None, None, None), estimate("untold", 0.2, 0.1, 0.3), ALL]
    assert [p.key for p in priorities(found, estimates)] == ["sure", "maybe", "high", "low", "small0"]


def test_means_of_criteria_are_not_mistaken_for_the_pooled_index() -> None:
    other = estimate("A", 0.1, 0.0, 0.2, rule="criteria")
    (placed,) = priorities([Driver("A", 99, 1.0, 1.0, 1.0)], [estimate("A", 0.9, 0.8, 0.95), other, ALL])
    assert placed.index == 0.9


def test_nothing_told_is_nothing_placed() -> None:
    assert priorities([Driver("A", 9)], [estimate("A", 0.9, 0.8, 0.95), ALL]) == ()


def test_short_forms_name_the_weak_driver() -> None:
    """From answers to priorities: STAFF matters most and is rated lowest."""
    drawn = sample(np.random.default_rng(8), 2000, short=True)
    totals = UnitTotals.from_ratings(MEASURES, drawn.ratings)
    (estimates,) = score(totals, measures=MEASURES, design=drawn.design, domains=Domains.whole(2000))
    first = priorities(found(drawn, bootstrap=300).dimensions, estimates)[0]
    assert (first.key, first.quadrant) == ("STAFF", "work_on_first")
    three = priorities(criterion_drivers(MEASURES, drawn.ratings, design=drawn.design), estimates)[:3]
    assert all(p.key.startswith("S") and p.quadrant != "keep_up" for p in three)


MANY = Measures.of({f"X{i}": f"D{i}" for i in range(11)}, general=("G1",))
REFUSED = {
    "an unknown general question": (
        lambda: find_drivers(TWO, crafted(), design=Design.of(200), seed=1, general="G2"),
        "general: got 'G2', expected one of G1",
    ),
    "measures without a general question": (
        lambda: criterion_drivers(Measures.of({"A1": "A"}), [[5]], design=Design.of(1)),
        "general: got 'G1', expected one of none",
    ),
    "one replicate": (
        lambda: find_drivers(TWO, crafted(), design=Design.of(200), seed=1, replicates=1),
        "replicates: got 1, expected at least 2",
    ),
    "a confidence level of 0": (
        lambda: criterion_drivers(TWO, crafted(), design=Design.of(200), confidence_level=0),
        "confidence_level: got 0",
    ),
    "eleven dimensions": (
        lambda: find_drivers(MANY, np.ones((1, 12)), design=Design.of(1), seed=1),
        "measures: got 11 dimensions, expected at most 10",
    ),
    "a design of other rows": (
        lambda: find_drivers(TWO, crafted(), design=Design.of(9), seed=1),
        "ratings: got 200 rows, expected 9, as the design",
    ),
    "row numbers for a domain": (
        lambda: find_drivers(TWO, crafted(), design=Design.of(200), seed=1, domain=[1, 2]),
        "domain: got int64 of shape (2,), expected a mask for 200 rows",
    ),
    "a rating of 7": (lambda: dimension_scores(TWO, [[7, 1, 1, 1]]), "ratings: got 7 for A1 in row 0"),
    "no target": (lambda: priorities([], []), "target: got none, expected 0 to 1, or an index of the whole"),
    "a target in percent": (lambda: priorities([], [], target=80), "target: got 80"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_argument_got_and_expected(case: str) -> None:
    call, message = REFUSED[case]
    with pytest.raises(AnalysisError) as refusal:
        call()
    assert str(refusal.value).startswith(message)
