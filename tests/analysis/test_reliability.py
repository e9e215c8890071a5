"""The ends of reliability and item statistics: short forms, nobody, everybody alike; and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from analysis import AnalysisError, Measures
from analysis.reliability import dimension_reliability, item_statistics

MEASURES = Measures.of({"A1": "A", "A2": "A", "A3": "A", "B1": "B", "B2": "B", "C1": "C"}, general=("G1",))
NO, SKIP = 0, np.nan
FULL = [[5, 4, 5, 4, 3, 5, 5], [4, 4, 4, 4, 4, 2, 4], [2, 3, 2, 1, 2, 4, 2], [5, 5, 4, 5, 5, 5, 5], [3, 3, 3, 4, 1, 3, 3]]


def by_key(results) -> dict:
    return {r.key: r for r in results}


def test_short_forms_tell_everything_of_an_item_but_how_it_goes_with_its_dimension() -> None:
    short = [[5, SKIP, SKIP, 4, SKIP, 5, 5], [SKIP, 1, SKIP, SKIP, NO, 4, 4], [SKIP, SKIP, 5, 2, SKIP, NO, 5]] * 20
    items = by_key(item_statistics(MEASURES, short))
    a1, b2, c1 = items["A1"], items["B2"], items["C1"]
    assert (a1.asked, a1.answers, a1.mean, a1.ceiling_share, a1.floor_share, a1.no_opinion_share) == (20, 20, 5, 1, 0, 0)
    assert (a1.item_total, a1.alpha_if_dropped, a1.people_in_pairs, a1.why) == (None, None, 0, "never_asked_together")
    assert (b2.asked, b2.answers, b2.mean, b2.no_opinion_share, b2.why) == (20, 0, None, 1, "no_valid_answers")
    assert (c1.no_opinion_share, c1.why) == (pytest.approx(1 / 3), "too_few_criteria")
    assert {r.why for r in dimension_reliability(MEASURES, short)} == {"too_few_people", "too_few_criteria"}


def test_short_forms_beside_full_ones_tell_more_of_the_item_and_as_much_of_the_dimension() -> None:
    mixed = FULL * 4 + [[1, SKIP, SKIP, 2, SKIP, 5, 5]] * 7
    alone, both = by_key(item_statistics(MEASURES, FULL * 4)), by_key(item_statistics(MEASURES, mixed))
    assert (both["A1"].answers, both["A1"].people_in_pairs) == (27, 20)
    assert both["A2"].alpha_if_dropped != alone["A2"].alpha_if_dropped  # A1 varies more now
    assert both["A1"].alpha_if_dropped == pytest.approx(alone["A1"].alpha_if_dropped)
    assert by_key(dimension_reliability(MEASURES, mixed))["A"] == by_key(dimension_reliability(MEASURES, FULL * 4))["A"]


def test_nobody_at_all_is_a_result_with_a_reason() -> None:
    nobody = np.zeros((0, 7))
    assert {(i.asked, i.mean, i.no_opinion_share, i.standard_deviation, i.why) for i in item_statistics(MEASURES, nobody)} == {
        (0, None, None, None, "no_valid_answers")
    }
    assert [(r.key, r.people, r.alpha, r.why) for r in dimension_reliability(MEASURES, nobody)] == [
        ("A", 0, None, "too_few_people"),
        ("B", 0, None, "too_few_people"),
        ("C", 0, None, "too_few_criteria"),
        ("ALL", 0, None, "too_few_people"),
    ]


def test_one_person_has_a_mean_and_no_spread() -> None:
    item = item_statistics(MEASURES, FULL[:1])[0]
    assert (item.mean, item.standard_deviation, item.people_in_pairs, item.why) == (5, None, 1, "too_few_people")


def test_two_criteria_have_an_alpha_but_no_omega_and_no_alpha_without_one_of_them() -> None:
    b = by_key(dimension_reliability(MEASURES, FULL))["B"]
    assert (b.people, b.omega, b.why) == (5, None, "too_few_criteria")
    r = np.corrcoef([4, 4, 1, 5, 4], [3, 4, 2, 5, 1])[0, 1]
    assert b.mean_correlation == pytest.approx(r)
    assert b.alpha_standardised == pytest.approx(2 * r / (1 + r))
    b1 = by_key(item_statistics(MEASURES, FULL))["B1"]
    assert (b1.item_total, b1.alpha_if_dropped, b1.why) == (pytest.approx(r), None, "too_few_criteria")


def test_a_criterion_on_which_all_agree_has_no_correlation() -> None:
    agreed = [[5, *row[1:]] for row in FULL]
    a = by_key(dimension_reliability(MEASURES, agreed))["A"]
    assert (a.alpha_standardised, a.omega, a.why) == (None, None, "no_variation")
    assert a.alpha == pytest.approx(3 / 2 * (1 - (0.7 + 1.3) / np.var([9, 8, 5, 9, 6], ddof=1)))
    assert by_key(item_statistics(MEASURES, agreed))["A1"].why == "no_variation"
    everybody = by_key(dimension_reliability(MEASURES, [[5] * 7] * 9))["A"]
    assert (everybody.people, everybody.alpha, everybody.why) == (9, None, "no_variation")


def test_criteria_whose_sum_is_the_same_for_all_have_no_alpha() -> None:
    opposed = [[3, 3, 3, rating, 6 - rating, 3, 3] for rating in (1, 2, 4, 5)]
    b = by_key(dimension_reliability(MEASURES, opposed))["B"]
    assert (b.alpha, b.alpha_standardised, b.omega, b.why) == (None, None, None, "no_variation")
    assert b.mean_correlation == pytest.approx(-1)


def test_people_who_give_one_rating_to_everything_agree_perfectly() -> None:
    a = by_key(dimension_reliability(MEASURES, [[rating] * 7 for rating in (1, 2, 3, 4, 5, 5)]))["A"]
    assert a.alpha == pytest.approx(1)
    assert a.omega == pytest.approx(1, abs=0.01)


def test_the_binary_coding_sees_only_who_is_satisfied() -> None:
    harsher = [[{4: 5, 3: 1, 2: 1}.get(rating, rating) for rating in row] for row in FULL]
    assert dimension_reliability(MEASURES, FULL, coding="binary") == dimension_reliability(MEASURES, harsher, coding="binary")
    assert dimension_reliability(MEASURES, FULL) != dimension_reliability(MEASURES, harsher)


@pytest.mark.parametrize(
    ("ratings", "options", "message"),
    [
        ([[6] * 7], {}, "ratings: got 6 for A1 in row 0, expected 1 to 5, 0 for no opinion, NaN for not asked"),
        ([[5] * 6 + [np.inf]], {}, "ratings: got inf for G1"),
        ([[5] * 6], {}, "ratings: got shape (1, 6), expected (n, 7)"),
        ([[5] * 7], {"coding": "guess"}, "coding: got 'guess'"),
    ],
)
def test_refused_with_argument_got_and_expected(ratings: list, options: dict, message: str) -> None:
    with pytest.raises(AnalysisError) as refusal:
        dimension_reliability(MEASURES, ratings, **options)
    assert str(refusal.value).startswith(message)
