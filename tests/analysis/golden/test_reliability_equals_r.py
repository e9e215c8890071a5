"""Alpha, omega and item statistics against R psych 2.2.9 and plain definitions."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis.reliability import dimension_reliability, item_statistics
from tests.analysis.reference import DATA


def ratings(reference: SimpleNamespace) -> np.ndarray:
    return reference.sample[list(reference.measures.criteria)].to_numpy(dtype=float)


@pytest.mark.parametrize("coding", ["ordinal", "binary"])
def test_alpha_and_omega_agree_with_psych(reference: SimpleNamespace, coding: str) -> None:
    """R: psych::alpha(x)$total of complete cases; omega from factanal-type ML of one factor on the covariance scale."""
    expected = pd.read_csv(DATA / "reference" / "ref_reliability.csv").query("coding == @coding").set_index("measure")
    found = {r.key: r for r in dimension_reliability(reference.measures, ratings(reference), coding=coding)}
    assert list(found) == list(expected.index)
    for key, row in expected.iterrows():
        ours = found[key]
        assert (ours.people, ours.criteria, ours.why) == (row["n"], row["items"], None)
        assert ours.alpha == pytest.approx(row["alpha_raw"], abs=1e-10)
        assert ours.alpha_standardised == pytest.approx(row["alpha_std"], abs=1e-10)
        assert ours.mean_correlation == pytest.approx(row["average_r"], abs=1e-10)
        assert ours.omega == pytest.approx(row["omega_total_1factor_ml"], abs=1e-5)


def test_item_statistics_of_complete_answers_are_those_of_their_definitions(reference: SimpleNamespace) -> None:
    """R: psych::alpha(x)$item.stats r.drop = cor(item, sum of the others), $alpha.drop raw_alpha = alpha without the item."""
    answers = reference.sample[["q10", "q11", "q12", "q13", "q14", "q15"]].dropna().to_numpy()
    rated = np.full((len(answers), 22), np.nan)
    rated[:, 9:15] = answers
    found = {i.key: i for i in item_statistics(reference.measures, rated)}
    for place, key in enumerate(["q10", "q11", "q12", "q13", "q14", "q15"]):
        own, others = answers[:, place], np.delete(answers, place, axis=1)
        dropped = np.full_like(rated, np.nan)
        dropped[:, 9:14] = others
        item = found[key]
        assert item.item_total == pytest.approx(np.corrcoef(own, others.sum(axis=1))[0, 1], abs=1e-12)
        assert item.alpha_if_dropped == pytest.approx(5 / 4 * (1 - others.var(axis=0).sum() / others.sum(axis=1).var()), abs=1e-12)
        assert item.mean == pytest.approx(own.mean())
        assert item.standard_deviation == pytest.approx(own.std(ddof=1))
        shares = (item.satisfied_share, item.floor_share, item.ceiling_share, item.no_opinion_share)
        assert shares == pytest.approx(((own >= 4).mean(), (own == 1).mean(), (own == 5).mean(), 0))
        assert (item.people_in_pairs, item.answers, item.asked, item.why) == (3945, 3945, 3945, None)


def test_incomplete_answers_are_correlated_pair_by_pair(reference: SimpleNamespace) -> None:
    """R: cov(x, use = "pairwise.complete.obs"), then r_i = sum(C[i, -i]) / sqrt(C[i, i] * sum(C[-i, -i]))."""
    frame = reference.sample[["q19", "q20", "q21", "q22"]]
    covariance = frame.cov().to_numpy()
    found = [i for i in item_statistics(reference.measures, ratings(reference)) if i.dimension == "D5"]
    for place, item in enumerate(found):
        rest = np.delete(np.delete(covariance, place, 0), place, 1)
        expected = np.delete(covariance[place], place).sum() / np.sqrt(covariance[place, place] * rest.sum())
        assert item.item_total == pytest.approx(expected, abs=1e-12)
        assert item.alpha_if_dropped == pytest.approx(3 / 2 * (1 - np.trace(rest) / rest.sum()), abs=1e-12)
        assert item.people_in_pairs > 2052  # more than gave complete answers
