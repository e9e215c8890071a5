"""The covariance between domains: R's svyby(…, covmat=TRUE), and what its contrasts must be."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis import Domains, index_covariance, index_table
from tests.analysis.reference import DATA, column_of

MEASURES = ("ALL", "MEAN_DIMS", "D1", "D5", "q01")


@pytest.mark.parametrize("design", ["S0", "S1", "S2", "S3", "S4", "S5"])
def test_diagonal_is_the_variance_of_the_index(reference: SimpleNamespace, design: str) -> None:
    domains, _ = Domains.by(reference.sample["agency_period"].to_numpy())
    arguments = {"measures": reference.measures, "design": reference.designs[design], "domains": domains}
    covariance = index_covariance(reference.totals, **arguments)
    variance = index_table(reference.totals, **arguments).variance
    np.testing.assert_allclose(np.diagonal(covariance, axis1=1, axis2=2).T, variance, rtol=0, atol=1e-14)


@pytest.mark.parametrize("design", ["S1", "S2", "S5"])
def test_difference_of_two_years_has_the_standard_error_of_svycontrast(reference: SimpleNamespace, design: str) -> None:
    """R: svycontrast(svyby(~y, ~agency_period, svyratio, covmat=TRUE), list(c(-1, 1))); covariance of the years is not 0 in S5."""
    expected = pd.read_csv(DATA / "reference" / "ref_period_diff.csv").query("design == @design and scope == 'agency'")
    domains, labels = Domains.by(reference.sample["agency_period"].to_numpy())
    place = {label: i for i, label in enumerate(labels)}
    columns = [column_of(reference.measures, measure) for measure in MEASURES]
    covariance = index_covariance(
        reference.totals, measures=reference.measures, design=reference.designs[design], domains=domains, columns=columns
    )
    rows = expected[expected["measure"].isin(MEASURES) & expected["se_diff"].notna()]
    assert len(rows) > 50
    for row in rows.itertuples():
        v = covariance[MEASURES.index(row.measure)]
        first, second = place[f"{row.domain}:2024"], place[f"{row.domain}:2025"]
        assert v[first, second] == pytest.approx(row.cov, abs=1e-12)
        assert (v[first, first] + v[second, second] - 2 * v[first, second]) ** 0.5 == pytest.approx(row.se_diff, abs=1e-10)
