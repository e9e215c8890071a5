"""Response rates, representativity and modes: what they say, refuse, and give at their limits, and how well by simulation."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from analysis import AnalysisError, Design, Domains, Measures, UnitTotals, score
from analysis.response import answers_by_mode, representativity, response_rates

MEASURES = Measures.of({"A1": "A", "A2": "A"})
RATINGS = np.array([[5, 4], [2, 5], [1, 0], [1, 1], [5, 5], [4, 3]])
TOTALS = UnitTotals.from_ratings(MEASURES, RATINGS)
MODES = np.array(["qr", "slip", "qr", "slip", "qr", "paper"])


def by_mode(**changed):
    return answers_by_mode(TOTALS, **({"measures": MEASURES, "design": Design.of(6), "modes": MODES} | changed))


REFUSED = {
    "rates of other people": (lambda: response_rates(["a"], [True, False]), "responded: got shape (2,), expected true or false for each"),
    "numbers for answers": (lambda: response_rates(["a"], [1]), "responded: got values of type int64, expected true or false"),
    "a missing cell": (lambda: response_rates(["a", None], [True, True]), "cells: got no label in row 1"),
    "a confidence level of 95": (lambda: response_rates(["a"], [True], confidence_level=95), "confidence_level: got 95"),
    "no variables": (lambda: representativity([True], {}), "variables: got nothing, expected at least one variable"),
    "a table of answers": (lambda: representativity([[True]], {"a": ["x"]}), "responded: got shape (1, 1)"),
    "a variable too short": (lambda: representativity([True, False], {"a": ["x"]}), "variables['a']: got shape (1,), expected one label"),
    "a missing label": (lambda: representativity([True], {"a": [None]}), "variables['a']: got no label in row 0"),
    "modes of other rows": (lambda: by_mode(modes=["qr"]), "modes: got shape (1,), expected one label for each of 6 rows"),
    "groups of other rows": (lambda: by_mode(comparable=["A"]), "comparable: got shape (1,), expected one label for each of 6 rows"),
    "fewer invited than answered": (lambda: by_mode(invited={"slip": 1}), "invited: got 1 in mode 'slip', expected modes of the answers"),
    "a mode without answers": (lambda: by_mode(invited={"post": 0}), "invited: got the mode 'post', in which nobody answered"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refuses_and_names_argument_got_and_expected(case: str) -> None:
    call, message = REFUSED[case]
    with pytest.raises(AnalysisError) as error:
        call()
    assert message in str(error.value)


def test_response_rates_have_the_wilson_interval_of_statsmodels() -> None:
    """statsmodels: proportion_confint(count, n, method = "wilson")."""
    cells, responded = np.repeat(["A", "B", "C"], [40, 7, 3]), np.r_[[True] * 31, [False] * 9, [True] * 7, [False] * 3]
    found = response_rates(cells, responded)
    assert [(rate.cell, rate.invited, rate.responded) for rate in found] == [("A", 40, 31), ("B", 7, 7), ("C", 3, 0)]
    for rate in found:
        expected = proportion_confint(rate.responded, rate.invited, method="wilson")
        assert (rate.ci_low, rate.ci_high) == pytest.approx(expected, abs=1e-12)


def test_nobody_invited_has_no_rates_and_an_indicator_with_a_reason() -> None:
    assert response_rates([], []) == ()
    for invited in (0, 1):
        found = representativity([True] * invited, {"sex": ["F"] * invited})
        assert (found.invited, found.r, found.se, found.partial, found.why) == (invited, None, None, (), "fewer_than_two_invited")


def test_with_one_variable_the_propensities_are_its_response_rates() -> None:
    """By hand: 60 % of 50 and 40 % of 50, S² = 100 · 0.1²/99; the noise of two rates is 2 · 0.24/50 · 1/2 · 1/2."""
    found = representativity(np.repeat([True, False, True, False], [30, 20, 20, 30]), {"sex": np.repeat(["F", "M"], 50)})
    s2 = 100 * 0.1**2 / 99
    assert found.r == pytest.approx(1 - 2 * np.sqrt(s2), abs=1e-9)
    assert found.r_adjusted == pytest.approx(1 - 2 * np.sqrt(s2 - 0.24 / 100), abs=1e-9)
    assert found.partial[0].unconditional == pytest.approx(0.1, abs=1e-9)
    assert found.partial[0].conditional == pytest.approx(np.sqrt(s2), abs=1e-9)
    assert dict(found.partial[0].categories) == pytest.approx({"F": np.sqrt(0.5) * 0.1, "M": -np.sqrt(0.5) * 0.1}, abs=1e-9)


def test_propensities_are_those_of_a_logistic_regression_person_by_person() -> None:
    """statsmodels: Logit(responded, dummies).fit(), on single people instead of patterns."""
    rng = np.random.default_rng(5)
    sex, age = rng.integers(0, 2, 400), rng.integers(0, 3, 400)
    responded = rng.random(400) < 0.3 + 0.3 * sex + 0.1 * age
    x = np.column_stack([np.ones(400), sex, age == 1, age == 2]).astype(float)
    propensity = sm.Logit(responded.astype(float), x).fit(disp=0, tol=1e-12).predict()
    found = representativity(responded, {"sex": sex, "age": age})
    assert found.r == pytest.approx(1 - 2 * propensity.std(ddof=1), abs=1e-8)
    alike = [propensity[age == a] - propensity[age == a].mean() for a in range(3)]
    assert found.partial[0].conditional == pytest.approx(np.sqrt((np.concatenate(alike) ** 2).sum() / 399), abs=1e-8)
    between = [(propensity[age == a].mean() - propensity.mean()) * np.sqrt((age == a).mean()) for a in range(3)]
    assert [value for _, value in found.partial[1].categories] == pytest.approx(between, abs=1e-8)


def test_where_everybody_answers_the_response_is_representative() -> None:
    found = representativity([True] * 10, {"age": ["old"] * 4 + ["young"] * 6})
    assert (found.r, found.r_adjusted, found.se) == (pytest.approx(1), pytest.approx(1), None)


def test_where_only_one_half_answers_it_is_not_at_all() -> None:
    found = representativity([True] * 50 + [False] * 50, {"sex": ["F"] * 50 + ["M"] * 50})
    assert (found.r, found.r_adjusted, found.se) == (0, 0, None)


def test_a_category_in_which_nobody_answered_is_no_obstacle() -> None:
    found = representativity([True] * 30 + [False] * 70, {"sex": ["F"] * 50 + ["M"] * 50})
    assert found.r == pytest.approx(1 - 2 * np.sqrt(100 * 0.3**2 / 99), abs=1e-6)
    assert found.se > 0


def test_two_variables_that_say_the_same_are_no_obstacle() -> None:
    responded, sex = np.tile([True, True, False, True], 20), np.tile(["F", "M", "F", "M"], 20)
    once, twice = representativity(responded, {"sex": sex}), representativity(responded, {"sex": sex, "again": sex})
    assert (twice.r, twice.se) == (pytest.approx(once.r, abs=1e-6), pytest.approx(once.se, abs=1e-6))
    assert twice.partial[0].conditional == pytest.approx(0, abs=1e-6)  # what one tells, the other has told


@given(st.integers(0, 2**32 - 1))
def test_indicators_lie_in_their_range_and_no_order_matters(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 80))
    variables = {"sex": rng.integers(0, 2, n), "age": rng.integers(0, 4, n)}
    responded = rng.random(n) < rng.random()
    found, order = representativity(responded, variables), rng.permutation(n)
    assert 0 <= found.r <= 1
    assert found.r <= found.r_adjusted + 1e-9
    assert found.r_adjusted <= 1
    shuffled = representativity(responded[order], {name: labels[order] for name, labels in variables.items()})
    assert shuffled.r == pytest.approx(found.r, abs=1e-7)
    for partial in found.partial:
        assert 0 <= partial.unconditional <= 0.5 + 1e-9
        assert partial.conditional >= 0


def test_the_adjusted_indicator_has_no_bias_and_its_standard_error_is_that_over_samples() -> None:
    rng = np.random.default_rng(31)

    def town(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        sex, age = rng.integers(0, 2, n), rng.integers(0, 6, n)
        return sex, age, 1 / (1 + np.exp(-(0.5 * sex - 0.25 + 0.3 * (age - 2.5))))

    truth = 1 - 2 * town(10**6)[2].std()
    found = []
    for _ in range(200):
        sex, age, chance = town(800)
        one = representativity(rng.random(800) < chance, {"sex": sex, "age": age})
        found.append((one.r, one.r_adjusted, one.se))
    r, adjusted, se = np.array(found).T
    noise = adjusted.std(ddof=1) / np.sqrt(len(found))
    assert abs(adjusted.mean() - truth) < 4 * noise
    assert truth - r.mean() > 4 * noise  # so the test would find a bias out
    assert se.mean() == pytest.approx(adjusted.std(ddof=1), rel=0.15)


def test_modes_stand_beside_each_other_and_none_depends_on_another() -> None:
    paper, qr, slip = by_mode(invited={"slip": 10})
    assert [(one.mode, one.people) for one in (paper, qr, slip)] == [("paper", 1), ("qr", 3), ("slip", 2)]
    assert (qr.response_rate, slip.response_rate.rate) == (None, 0.2)
    changed = UnitTotals.from_ratings(MEASURES, np.where((MODES == "slip")[:, None], 5, RATINGS))
    again = answers_by_mode(changed, measures=MEASURES, design=Design.of(6), modes=MODES)
    assert (again[0].estimates, again[1].estimates) == (paper.estimates, qr.estimates)
    assert again[2].estimates != slip.estimates


def test_a_mode_is_estimated_as_the_domain_that_it_is() -> None:
    (_, qr, _) = by_mode()
    domain = Domains.of(6, [MODES == "qr"])
    assert (qr.estimates,) == score(TOTALS, measures=MEASURES, design=Design.of(6), domains=domain)


def test_the_design_effect_is_pooled_over_agencies_inside_the_mode() -> None:
    agencies = np.array(["A", "B", "B", "A", "B", "A"])
    (_, qr, _) = by_mode(comparable=agencies)
    inside = Domains.of(6, [(MODES == "qr") & (agencies == agency) for agency in "AB"])
    expected = score(TOTALS, measures=MEASURES, design=Design.of(6), domains=Domains.of(6, [MODES == "qr"]), comparable=inside)
    assert (qr.estimates,) == expected
    assert qr.estimates != by_mode()[1].estimates
