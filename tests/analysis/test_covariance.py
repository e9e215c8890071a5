"""What `index_covariance` refuses, and what it cannot tell."""

from __future__ import annotations

import numpy as np
import pytest

from analysis import AnalysisError, Design, Domains, Measures, UnitTotals, index_covariance

ONE = Measures.of({"A1": "A"})
TOTALS = UnitTotals.from_ratings(ONE, [[5], [2], [4]])


def test_design_of_other_rows_is_refused() -> None:
    with pytest.raises(AnalysisError, match="design: got 2 rows, expected 3"):
        index_covariance(TOTALS, measures=ONE, design=Design.of(2), domains=Domains.whole(3))


def test_column_that_does_not_exist_is_refused() -> None:
    with pytest.raises(AnalysisError, match="columns: got 99, expected numbers from 0 to"):
        index_covariance(TOTALS, measures=ONE, design=Design.of(3), domains=Domains.whole(3), columns=[0, 99])


def test_domain_without_an_answer_varies_with_nothing_that_could_be_told() -> None:
    (covariance,) = index_covariance(TOTALS, measures=ONE, design=Design.of(3), domains=Domains.of(3, [[0, 1, 2], []]), columns=[0])
    assert np.isnan(covariance).tolist() == [[False, True], [True, True]]
