"""What weighting refuses, and what holds at its limits."""

from __future__ import annotations

import numpy as np
import pytest

from analysis import AnalysisError, Design, Domains, Measures, UnitTotals, index_table
from analysis.weighting import calibrate, calibrated_index_table, post_stratify, rake

SEX = np.array(["F", "F", "F", "M"])
AGE = np.array(["old", "young", "young", "old"])
WHO = {"sex": SEX, "age": AGE}
KNOWN = {"sex": {"F": 60, "M": 40}, "age": {"old": 70, "young": 30}}
ONES = np.ones(4)


def raked(weights=ONES, variables=WHO, margins=KNOWN, **options):
    return rake(weights, variables=variables, margins=margins, **options)


def of_sex(margin: dict):
    return calibrate(ONES, variables={"sex": SEX}, margins={"sex": margin})


REFUSED = {
    "a weight of 0": (lambda: raked(weights=[1, 1, 0, 1]), "weights: got 0 in row 2, expected positive numbers"),
    "a missing weight": (lambda: raked(weights=[1, np.nan, 1, 1]), "weights: got nan in row 1"),
    "a table of weights": (lambda: raked(weights=[[1, 1]]), "weights: got shape (1, 2), expected one number for each row"),
    "no margins": (lambda: raked(variables={}, margins={}), "margins: got margins of nothing, expected one margin for each of nothing"),
    "a variable without margin": (
        lambda: raked(margins={"sex": KNOWN["sex"]}),
        "margins: got margins of 'sex', expected one margin for each of 'sex', 'age'",
    ),
    "too few labels": (lambda: raked(variables={"sex": SEX[:3], "age": AGE}), "variables['sex']: got shape (3,), expected one label"),
    "a missing label": (
        lambda: raked(variables={"sex": np.array(["F", "F", None, "M"]), "age": AGE}),
        "variables['sex']: got no label in row 2",
    ),
    "a category missing from its margin": (lambda: of_sex({"F": 100}), "margins['sex']: got no count of 'M', expected a population count"),
    "a category missing from the sample": (
        lambda: of_sex({"F": 60, "M": 39, "X": 1}),
        "margins['sex']: got 'X', of whom the sample has nobody, expected only categories of the sample",
    ),
    "a count of 0": (lambda: of_sex({"F": 60, "M": 0}), "margins['sex']: got 0 for 'M', expected a positive population count"),
    "an infinite count": (lambda: of_sex({"F": np.inf, "M": 1}), "margins['sex']: got inf for 'F', expected a positive"),
    "a cell without count": (lambda: post_stratify(ONES, cells=SEX, population={"M": 4}), "margins['cells']: got no count of 'F'"),
    "margins that do not add up": (
        lambda: raked(margins={"sex": KNOWN["sex"], "age": {"old": 70, "young": 31}}),
        "margins: got 101 in all for 'age', expected 100, as 'sex'",
    ),
    "an unknown distance": (
        lambda: calibrate(ONES, variables=WHO, margins=KNOWN, distance="euclid"),
        "distance: got 'euclid', expected one of linear, raking",
    ),
    "a lowest weight above the mean": (lambda: raked(lowest=1), "lowest: got 1, expected a multiple of the mean weight from 0"),
    "a highest weight below the mean": (lambda: raked(highest=0.9), "highest: got 0.9, expected a multiple of the mean weight above 1"),
    "a design of another length": (lambda: raked().applied_to(Design.of(3)), "design: got 3 rows, expected 4, as the calibration"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refuses_and_names_argument_got_and_expected(case: str) -> None:
    call, message = REFUSED[case]
    with pytest.raises(AnalysisError) as error:
        call()
    assert message in str(error.value)


def test_linear_calibration_may_give_negative_weights_and_no_design_takes_them() -> None:
    cells = {"sex": np.array(["F", "F", "M", "M"]), "age": np.array(["old", "young", "old", "young"])}
    linear = calibrate([1, 10, 10, 1], variables=cells, margins={"sex": {"F": 80, "M": 20}, "age": {"old": 80, "young": 20}})
    assert linear.report.converged
    assert linear.report.not_positive == 1
    with pytest.raises(AnalysisError, match=r"calibration: got -\d+.* in row 3, expected positive weights"):
        linear.applied_to(Design.of(4))


def test_weights_that_meet_their_margins_stay_as_they_are() -> None:
    done = raked([30.0, 15, 15, 40])
    assert done.weights.tolist() == [30, 15, 15, 40]
    assert (done.report.iterations, done.report.converged, done.report.largest_difference) == (0, True, 0)
    assert (done.report.smallest_ratio, done.report.largest_ratio, done.report.trimmed) == (1, 1, 0)


def test_margins_that_contradict_each_other_in_the_sample_are_reported() -> None:
    """Every man is old and only men are: 60 women cannot be 30 young people."""
    ages = np.where(SEX == "F", "young", "old")
    for found in (
        rake(ONES, variables={"sex": SEX, "age": ages}, margins=KNOWN, max_iterations=50),
        calibrate(ONES, variables={"sex": SEX, "age": ages}, margins=KNOWN),
    ):
        assert not found.report.converged
        assert found.report.largest_difference > 0.1


def test_trimming_holds_bounds_and_margins_together_where_that_is_possible() -> None:
    rng = np.random.default_rng(3)
    weights = np.where(rng.random(400) < 0.05, 20.0, 1.0)
    who = {"sex": rng.choice(["F", "M"], 400), "age": rng.choice(["old", "young"], 400)}
    free, cut = (raked(weights, who, highest=highest) for highest in (None, 3))
    assert free.weights.max() > 5 * free.weights.mean()
    assert cut.weights.max() <= 3 * cut.weights.mean() * (1 + 1e-9)
    assert cut.report.converged
    assert 0 < cut.report.trimmed <= (weights == 20).sum()
    assert cut.report.design_effect < free.report.design_effect
    for name, margin in KNOWN.items():
        for category, count in margin.items():
            assert cut.weights[who[name] == category].sum() == pytest.approx(count, rel=1e-9)


def test_small_weights_are_lifted_to_the_lowest() -> None:
    weights = np.array([1.0, 1, 1, 1, 0.01, 1, 1, 1])
    lifted = rake(weights, variables={"sex": np.tile(SEX, 2)}, margins={"sex": {"F": 60, "M": 40}}, lowest=0.5)
    assert lifted.weights.min() == pytest.approx(0.5 * lifted.weights.mean())
    assert (lifted.report.converged, lifted.report.trimmed) == (True, 1)


def test_bounds_too_tight_for_the_margins_are_reported() -> None:
    tight = raked(margins={"sex": {"F": 20, "M": 80}, "age": KNOWN["age"]}, highest=1.5, max_iterations=40)
    assert not tight.report.converged
    assert tight.report.iterations == 40


def test_one_respondent_stands_for_the_population() -> None:
    one = post_stratify([1], cells=["all"], population={"all": 1000})
    assert one.weights.tolist() == [1000]
    assert (one.report.design_effect, one.report.n_eff) == (1, 1)


def test_labels_may_be_numbers() -> None:
    assert post_stratify([1, 1, 1], cells=np.array([2024, 2025, 2025]), population={2025: 8, 2024: 1}).weights.tolist() == [1, 4, 4]


def test_a_domain_without_answers_stays_untold_and_one_where_all_are_satisfied_has_no_variance() -> None:
    measures = Measures.of({"A1": "A", "B1": "B"})
    totals = UnitTotals.from_ratings(measures, [[5, 0], [5, 0], [1, 4], [2, 5]])
    domains = Domains.of(4, [[0, 1], [2, 3], []])
    table = calibrated_index_table(totals, measures=measures, design=Design.of(4), domains=domains, calibration=raked())
    given = index_table(totals, measures=measures, design=raked().applied_to(Design.of(4)), domains=domains)
    assert np.array_equal(np.isnan(table.variance), np.isnan(given.variance))
    assert table.share[0, 0] == 1
    assert table.variance[0, 0] == 0
    assert table.deff[0, 0] == 0 or np.isnan(table.deff[0, 0])
