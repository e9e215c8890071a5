"""Exact fractions: the made-up units of synthetic_counts.csv by every rule, rounded half up to two decimals."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from analysis import Design, Domains, Estimate, Measures, UnitTotals, percent_half_up, score, score_units
from tests.analysis.reference import DATA

LEVELS = ("very_satisfied", "satisfied", "normal", "dissatisfied", "very_dissatisfied")
RULES = {
    "top2/answered": "pooled",
    "pooled_answers": "pooled",
    "mean_of_criteria": "criteria",
    "mean_of_dimensions": "dimensions_of_criteria",
}


@pytest.fixture(scope="module")
def counts() -> pd.DataFrame:
    return pd.read_csv(DATA / "golden" / "synthetic_counts.csv")


@pytest.fixture(scope="module")
def measures(counts: pd.DataFrame) -> Measures:
    return Measures.of(dict(zip(counts["code"], counts["dimension"], strict=True)))


def expanded(counts: pd.DataFrame, measures: Measures) -> tuple[np.ndarray, list[str]]:
    """Respondents whose ratings add up to the counts; each criterion's ratings are dealt from the first respondent on."""
    units, ratings = [], []
    for unit, rows in counts.groupby("unit"):
        people = max(1, int(rows[[*LEVELS, "no_answer"]].sum(axis=1).max()))
        matrix = np.zeros((people, len(measures.criteria)))
        for i, row in enumerate(rows.set_index("code").loc[list(measures.criteria)].itertuples()):
            given = np.repeat([5, 4, 3, 2, 1], [getattr(row, level) for level in LEVELS])
            matrix[: len(given), i] = given
        units += [unit] * people
        ratings.append(matrix)
    return np.vstack(ratings), units


def as_unit_totals(counts: pd.DataFrame, measures: Measures) -> UnitTotals:
    """One row a unit, straight from the counts."""
    wide = counts.assign(top2=counts["very_satisfied"] + counts["satisfied"], answered=counts[list(LEVELS)].sum(axis=1))
    y, x = (wide.pivot_table(index="unit", columns="code", values=v)[list(measures.criteria)].to_numpy() for v in ("top2", "answered"))
    satisfied, valid = y @ measures.sums, x @ measures.sums
    people = np.stack([x[:, measures.sums[:, i] > 0].max(axis=1) for i in range(len(measures.keys))], axis=1)
    return UnitTotals.of(measures, satisfied=satisfied, valid=valid, respondents=people, answers=valid)


def from_respondents(counts: pd.DataFrame, measures: Measures) -> dict[str, tuple[Estimate, ...]]:
    ratings, units = expanded(counts, measures)
    domains, labels = Domains.by(units)
    scores = score(UnitTotals.from_ratings(measures, ratings), measures=measures, design=Design.of(len(units)), domains=domains)
    return dict(zip(labels.tolist(), scores, strict=True))


def from_units(counts: pd.DataFrame, measures: Measures) -> dict[str, tuple[Estimate, ...]]:
    units = sorted(set(counts["unit"]))
    totals = as_unit_totals(counts, measures)
    return dict(zip(units, score_units(totals, measures=measures, strata=units, domains=[[i] for i in range(len(units))]), strict=True))


@pytest.mark.parametrize("way", [from_respondents, from_units])
def test_every_rule_gives_the_exact_value_rounded_half_up(counts: pd.DataFrame, measures: Measures, way) -> None:
    expected = pd.read_csv(DATA / "golden" / "synthetic_expected.csv", dtype=str)
    found = {(unit, e.level, e.key, e.rule): e for unit, estimates in way(counts, measures).items() for e in estimates}
    assert len(expected) == 5 * (23 + 2 * 5 + 3)
    for row in expected.itertuples():
        estimate = found[(row.unit, row.level, row.key, RULES[row.rule])]
        if isinstance(row.pct_exact_numerator, float):  # no valid answer
            assert (estimate.index, estimate.why) == (None, "no_valid_answers")
            continue
        exact = Fraction(int(row.pct_exact_numerator), 100 * int(row.pct_exact_denominator))
        assert estimate.index == pytest.approx(float(exact), abs=1e-14)
        assert str(percent_half_up(estimate.index)) == row.pct_2dp_half_up == str(percent_half_up(exact))


def test_the_mean_of_pooled_dimensions_is_another_number_than_the_mean_of_means(counts: pd.DataFrame, measures: Measures) -> None:
    """84.57 against 84.58 for S1: two rules that both pass for "mean of dimensions"; see docs/decisions/0020."""
    of_whole = {e.rule: e for e in from_units(counts, measures)["S1"] if e.level == "overall"}
    assert str(percent_half_up(of_whole["dimensions"].index)) == "84.57"
    assert str(percent_half_up(of_whole["dimensions_of_criteria"].index)) == "84.58"
