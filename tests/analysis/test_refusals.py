"""Every public function refuses what it cannot use, naming argument, got and expected."""

from __future__ import annotations

import numpy as np
import pytest

from analysis import (
    AnalysisError,
    Design,
    Domains,
    Measures,
    Moments,
    UnitTotals,
    effective_size,
    index_table,
    interval,
    moments_table,
    pooled_design_effect,
    score_moments,
    score_units,
)

MEASURES = Measures.of({"A1": "A", "A2": "A"})
ONE = np.ones((2, 4))


def totals(**changed) -> UnitTotals:
    return UnitTotals.of(MEASURES, **({"satisfied": ONE, "valid": ONE, "respondents": ONE, "answers": ONE} | changed))


def moments(**changed) -> Moments:
    return Moments.from_ratings(MEASURES, **({"ratings": [[5, 4], [2, 0], [1, 1]], "groups": ["x", "x", "y"]} | changed))


def scored_moments(**changed):
    return score_moments(moments(), **({"measures": MEASURES, "strata": ["x", "y"], "domains": [[0], [1]]} | changed))


def size(**changed) -> np.ndarray:
    return effective_size(**({"share": 0.5, "variance": 0.1, "respondents": 9, "answers": 9, "df": 2, "design_effect": 1} | changed))


def pooled(**changed) -> np.ndarray:
    arrays = {"share": [[0.5]], "variance": [[0.1]], "respondents": [[9]], "df": [[2]]} | changed
    return pooled_design_effect(arrays["share"], arrays["variance"], respondents=arrays["respondents"], df=arrays["df"])


REFUSED = {
    "a missing weight in moments": (lambda: moments(weights=[1, np.nan, 1]), "weights: got nan in row 1, expected positive numbers"),
    "a negative weight in moments": (lambda: moments(weights=[1, 1, -2]), "weights: got -2 in row 2"),
    "a rating of 6 in bytes": (
        lambda: moments(ratings=np.array([[5, 4], [2, 6], [1, 1]], dtype=np.uint8)),
        "ratings: got 6 for A2 in row 1, expected 1 to 5, and 0 or NaN for no valid answer",
    ),
    "a rating below 0 in bytes": (
        lambda: moments(ratings=np.array([[5, -4], [2, 5], [1, 1]], dtype=np.int8)),
        "ratings: got -4 for A2 in row 0",
    ),
    "a rating of 7 beyond the first block": (
        lambda: UnitTotals.from_ratings(MEASURES, np.vstack([np.full((20_000, 2), 5.0), [[5.0, 7.0]]])),
        "ratings: got 7 for A2 in row 20000",
    ),
    "groups of other rows": (lambda: moments(groups=["x"]), "groups: got shape (1,), expected one label for each of 3 rows"),
    "a missing group": (lambda: moments(groups=["x", None, "y"]), "groups: got no label in row 1"),
    "a form weight of 0 in moments": (lambda: moments(form_weights=np.zeros((3, 2))), "form_weights: got"),
    "moments of other measures added": (
        lambda: moments() + Moments.from_ratings(Measures.of({"A1": "A"}), [[5]], groups=["x"]),
        "other: got moments of 1 questions, expected moments of the same measures",
    ),
    "moments of other measures scored": (lambda: scored_moments(measures=Measures.of({"A1": "A"})), "moments: got 2 questions, expected 1"),
    "strata of other groups": (lambda: scored_moments(strata=["x"]), "strata: got shape (1,), expected one label for each of 2 rows"),
    "strata of other groups, with comparable ones": (
        lambda: scored_moments(strata=["x"], comparable=["x", "y"]),
        "strata: got shape (1,), expected one label for each of 2 rows",
    ),
    "comparable groups of other groups": (
        lambda: scored_moments(comparable=["x"]),
        "comparable: got shape (1,), expected one label for each",
    ),
    "comparable groups of other units": (
        lambda: score_units(totals(), measures=MEASURES, strata=["x", "y"], domains=[[0]], comparable=["x"]),
        "comparable: got shape (1,)",
    ),
    "a population of people below the sample": (
        lambda: scored_moments(fpc=[1.5, 9]),
        "fpc: got 1.5 in row 0, expected no fewer units in the population than in the sample",
    ),
    "a population that changes between groups": (
        lambda: scored_moments(strata=["x", "x"], fpc=[8, 9]),
        "fpc: got 9 in row 1, expected one value in a stratum",
    ),
    "a missing population": (lambda: scored_moments(fpc=[np.nan, 9]), "fpc: got nan in row 0"),
    "a group that does not exist": (lambda: scored_moments(domains=[[2]]), "domains: got no row numbers in domain 0"),
    "domains over other groups": (
        lambda: moments_table(moments(), measures=MEASURES, strata=["x", "y"], domains=Domains.whole(3)),
        "domains: got row 2, expected rows from 0 to 1",
    ),
    "domains over other rows": (
        lambda: index_table(totals(), measures=MEASURES, design=Design.of(2), domains=Domains.whole(3)),
        "domains: got row 2, expected rows from 0 to 1",
    ),
    "measures of other totals": (
        lambda: index_table(totals(), measures=Measures.of({"A1": "A"}), design=Design.of(2), domains=Domains.whole(2)),
        "measures: got 3 keys, expected 4",
    ),
    "units of other rows": (lambda: totals().summed(["x"]), "units: got shape (1,), expected one label for each of 2 rows"),
    "a weight of 0 in sums": (lambda: totals().summed(["x", "y"], weights=[1, 0]), "weights: got 0 in row 1"),
    "a negative sum of weights": (lambda: totals(weight=[1, -1]), "weight: got shape (2,), or a number below 0"),
    "a share above 1": (lambda: interval(1.2, n_eff=9), "share: got 1.2, expected numbers from 0 to 1"),
    "n_eff of 0": (lambda: interval([0.5, 0.5], n_eff=[9, 0]), "n_eff: got 0, expected positive numbers"),
    "a negative variance": (
        lambda: interval(0.5, variance=-0.1, df=3, method="linear"),
        "variance: got -0.1, expected numbers of 0 or more",
    ),
    "negative degrees of freedom": (lambda: interval(0.5, variance=0.1, df=-1, method="linear"), "df: got -1"),
    "n_eff of another shape": (lambda: interval([0.5] * 3, n_eff=[9, 9]), "n_eff: got shape (2,), expected one that fits share, (3,)"),
    "a share of percent": (lambda: size(share=83.0), "share: got 83, expected numbers from 0 to 1"),
    "a variance below 0": (lambda: size(variance=-1), "variance: got -1"),
    "a design effect of 0": (lambda: size(design_effect=0), "design_effect: got 0, expected positive numbers"),
    "fewer than no people": (lambda: size(respondents=-1), "respondents: got -1"),
    "fewer than no answers": (lambda: size(answers=-1), "answers: got -1"),
    "sizes of another shape": (lambda: size(share=[0.5] * 2, answers=[1] * 3), "answers: got shape (3,)"),
    "a pooled share above 1": (lambda: pooled(share=[[2.0]]), "share: got 2"),
    "a pooled variance of another shape": (
        lambda: pooled(variance=[[0.1, 0.1]]),
        "variance: got shape (1, 2), expected (groups, measures)",
    ),
    "degrees of freedom of another shape": (lambda: pooled(df=[2]), "df: got shape (1,), expected (groups, measures)"),
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
