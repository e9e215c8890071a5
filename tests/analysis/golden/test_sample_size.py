"""Sample sizes against the guidance's printed table, real designs, and the planning figures of the design."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis import Domains, index_table, pooled_design_effect
from analysis.sample_size import allocate, expected_error, planned_deff, power_of_change, size_for_error, yamane_size
from tests.analysis.reference import DATA, column_of


def test_yamane_prints_the_guidance_s_table() -> None:
    """All 51 rows of the table are right, rounded up from exact arithmetic."""
    table = pd.read_csv(DATA / "golden" / "yamane_sample_size.csv", dtype=str)
    assert len(table) == 51
    for row in table.itertuples():
        size = yamane_size(int(row.population_N), allowed_error=float(row.error_e))
        assert (f"{size.exact:.4f}", size.n) == (row.exact_n, int(row.n_rounded_up))


def test_yamane_is_cochran_at_two_standard_errors_and_half_satisfied() -> None:
    two = 2 * stats.norm.cdf(2) - 1
    for population in (50, 2000, 10**6):
        cochran = size_for_error(allowed_error=0.05, population=population, confidence_level=two)
        assert cochran.exact == pytest.approx(yamane_size(population, allowed_error=0.05).exact, rel=0.01)


def test_planning_figures_follow_from_the_pooled_design_effect(reference: SimpleNamespace) -> None:
    """±5 points at 80 %: 74 for the whole and 113 (113.03) for the dimension D1; 1.75 to 1.9 times that with desk-days and weights."""
    domains, _ = Domains.by(reference.sample["agency"].to_numpy(dtype=str))
    exact = {}
    for design in ("S1", "S2"):
        table = index_table(reference.totals, measures=reference.measures, design=reference.designs[design], domains=domains)
        deff = pooled_design_effect(table.share, table.variance, respondents=table.respondents, df=table.df)
        for measure in ("ALL", "D1"):
            size = size_for_error(allowed_error=0.05, share=0.8, deff=deff[column_of(reference.measures, measure)])
            exact[design, measure] = size.exact
    assert (round(exact["S1", "ALL"]), round(exact["S1", "D1"])) == (74, 113)
    assert exact["S2", "ALL"] / exact["S1", "ALL"] == pytest.approx(1.744, abs=0.001)
    assert exact["S2", "D1"] / exact["S1", "D1"] == pytest.approx(1.864, abs=0.001)


def test_one_criterion_needs_246() -> None:
    size = size_for_error(allowed_error=0.05, share=0.8)
    assert (size.n, size.exact) == (246, pytest.approx(1.959963984540054**2 * 0.16 / 0.0025))


def test_the_planned_design_effect_is_that_of_exchangeable_answers() -> None:
    """The variance of the mean of 23 answers with correlation 0.27, from its covariance matrix."""
    covariance = np.full((23, 23), 0.27) + 0.73 * np.eye(23)
    assert planned_deff(items=23, item_correlation=0.27) == pytest.approx(covariance.mean())


def test_power_agrees_with_the_normal_distribution_by_another_way() -> None:
    """statsmodels has equal variances only; this is P(|Z| > 1.96) for Z ~ N(d/s, 1)."""
    s = np.sqrt(1.8 * (0.16 / 300 + 0.1275 / 500))
    z = stats.norm(0.05 / s, 1)
    expected = z.sf(stats.norm.ppf(0.975)) + z.cdf(-stats.norm.ppf(0.975))
    assert power_of_change(0.8, 0.85, n_before=300, n_after=500, deff=1.8) == pytest.approx(expected, abs=1e-12)


def test_real_designs_are_divided_as_published() -> None:
    """sample_designs.csv: 9,000 forms over Hà Nội's 30 districts; 1,170 villages over 195 districts; 36,525 people over the villages."""
    designs = pd.read_csv(DATA / "golden" / "sample_designs.csv").set_index(["year", "owner", "unit"])["n"]
    hanoi = allocate(int(designs[2022, "Hà Nội", "forms, districts"]), dict.fromkeys(range(30), 10_000), method="equal")
    assert set(hanoi.values()) == {300}
    districts, villages = (int(designs[2024, "Bộ Nội vụ", unit]) for unit in ("districts", "villages"))
    assert set(allocate(villages, dict.fromkeys(range(districts), 50), method="equal").values()) == {6}
    respondents = int(designs[2024, "Bộ Nội vụ", "respondents"])
    in_villages = allocate(respondents, dict.fromkeys(range(villages), 1000), method="equal")
    assert set(in_villages.values()) == {31, 32}
    assert respondents / villages == pytest.approx(31.2, abs=0.05)
    assert expected_error(respondents, deff=1.0) == pytest.approx(0.0051, abs=5e-5)
