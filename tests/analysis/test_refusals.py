"""Every public function refuses what it cannot use, naming argument, got and expected."""

from __future__ import annotations

import numpy as np
import pytest

from analysis import AnalysisError, Design, Domains, Measures, UnitTotals, index_table, interval, score_units

MEASURES = Measures.of({"A1": "A", "A2": "A"})
ONE = np.ones((2, 4))


def totals(**changed) -> UnitTotals:
    return UnitTotals.of(MEASURES, **({"satisfied": ONE, "valid": ONE, "respondents": ONE, "answers": ONE} | changed))


REFUSED = {
    "a weight of 0": (lambda: Design.of(2, weights=[1, 0]), "weights: got 0 in row 1, expected positive numbers"),
    "a missing weight": (lambda: Design.of(2, weights=[np.nan, 1]), "weights: got nan in row 0"),
    "too few weights": (lambda: Design.of(2, weights=[1]), "weights: got shape (1,), expected one number for each of 2 rows"),
    "a unit in two strata": (
        lambda: Design.of(3, strata=["x", "x", "y"], clusters=["u", "v", "u"]),
        "clusters: got unit u in the strata x and y in row 2, expected every unit in one stratum",
    ),
    "a missing stratum": (lambda: Design.of(2, strata=["x", None]), "strata: got no label in row 1"),
    "a missing number as stratum": (lambda: Design.of(2, strata=[1.0, np.nan]), "strata: got no label in row 1"),
    "too few strata": (lambda: Design.of(2, strata=["x"]), "strata: got shape (1,), expected one label for each of 2 rows"),
    "three stages": (lambda: Design.of(1, clusters=([1], [1], [1])), "clusters: got 3 stages, expected one or two"),
    "a population below the sample": (lambda: Design.of(3, fpc=[2, 2, 2]), "fpc: got 2 in row 0, expected no fewer units"),
    "a population that changes": (lambda: Design.of(2, fpc=[20, 30]), "fpc: got 30 in row 1, expected one value in a stratum"),
    "a population of 0": (lambda: Design.of(2, fpc=[20, 0]), "fpc: got 0 in row 1"),
    "one fpc for two stages": (
        lambda: Design.of(2, clusters=([1, 2], [1, 2]), fpc=[9, 9]),
        "fpc: got 1 columns, expected one",
    ),
    "scores that are not finite": (lambda: Design.of(2).covariance([[np.nan], [1]]), "scores: got"),
    "a rating of 6": (lambda: UnitTotals.from_ratings(MEASURES, [[5, 6]]), "ratings: got 6 for A2 in row 0, expected 1 to 5"),
    "half a rating": (lambda: UnitTotals.from_ratings(MEASURES, [[5, 4.5]]), "ratings: got 4.5 for A2"),
    "an infinite rating": (lambda: UnitTotals.from_ratings(MEASURES, [[np.inf, 4]]), "ratings: got inf for A1"),
    "a column too few": (lambda: UnitTotals.from_ratings(MEASURES, [[5]]), "ratings: got shape (1, 1), expected (n, 2)"),
    "a form weight of 0": (lambda: UnitTotals.from_ratings(MEASURES, [[5, 4]], form_weights=[[1, 0]]), "form_weights: got"),
    "form weights of another shape": (lambda: UnitTotals.from_ratings(MEASURES, [[5, 4]], form_weights=[[1]]), "form_weights: got shape"),
    "totals of another shape": (lambda: totals(valid=np.ones((2, 3))), "valid: got shape (2, 3), expected (2, 4)"),
    "a negative total": (lambda: totals(answers=-ONE), "answers: got something else in column 0 in row 0, expected numbers of 0 or more"),
    "more satisfied than valid": (lambda: totals(satisfied=2 * ONE), "satisfied: got something else in column 0 in row 0"),
    "answers of nobody": (lambda: totals(respondents=0 * ONE), "respondents: got"),
    "more people than answers": (lambda: totals(respondents=2 * ONE), "answers: got"),
    "squares of another shape": (lambda: totals(squares=(ONE, ONE, ONE[:1])), "squares[2]: got shape (1, 4)"),
    "fewer people than respondents": (lambda: totals(people=[0, 1]), "people: got fewer people than respondents"),
    "people of another shape": (lambda: totals(people=[1]), "people: got shape (1,)"),
    "no criteria": (lambda: Measures.of({}), "criteria: got none"),
    "dimensions of another length": (lambda: Measures(("A1",), ("A", "B")), "dimension_of: got 2 entries, expected 1"),
    "a key twice": (lambda: Measures.of({"A": "A"}), "criteria: got the key 'A' twice"),
    "a mask of another length": (lambda: Domains.of(2, [[True]]), "domains: got a mask of shape (1,)"),
    "a row that does not exist": (lambda: Domains.of(2, [[2]]), "domains: got no row numbers in domain 0"),
    "a row twice": (lambda: Domains.of(2, [[], [1, 1]]), "domains: got a row twice in domain 1"),
    "labels of labels": (lambda: Domains.by(np.ones((2, 2))), "labels: got shape (2, 2), expected one label for each of n rows"),
    "an unknown method": (lambda: interval(0.5, method="guess"), "method: got 'guess', expected one of wilson"),
    "a confidence level of 1": (lambda: interval(0.5, n_eff=9, confidence_level=1), "confidence_level: got 1"),
    "no n_eff": (lambda: interval(0.5), "n_eff: got nothing, expected values: method 'wilson' needs them"),
    "no variance": (lambda: interval(0.5, method="logit"), "variance: got nothing"),
    "no answers": (lambda: interval(0.5, variance=0.1, df=3, method="beta"), "answers: got nothing"),
    "strata of other units": (
        lambda: score_units(totals(), measures=MEASURES, strata=["x"], domains=[[0]]),
        "strata: got shape (1,), expected one label for each of 2 rows",
    ),
    "a design of other rows": (
        lambda: index_table(totals(), measures=MEASURES, design=Design.of(3), domains=Domains.whole(2)),
        "design: got 3 rows, expected 2",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_argument_got_and_expected(case: str) -> None:
    call, message = REFUSED[case]
    with pytest.raises(AnalysisError) as refusal:
        call()
    assert str(refusal.value).startswith(message)
    assert refusal.value.argument in message


def test_unit_names_may_repeat_across_strata_when_they_nest() -> None:
    design = Design.of(4, strata=["x", "x", "y", "y"], clusters=[1, 2, 1, 2], nest=True)
    assert design.degrees_of_freedom == 2


def test_labels_may_be_of_any_kind() -> None:
    kinds = ([("x", 1), ("x", 2), ("x", 1)], np.array(["x", 3, "x"], dtype=object), [True, False, True], ["a", "b", "a"])
    assert [Domains.by(labels)[0].count for labels in kinds] == [2, 2, 2, 2]
