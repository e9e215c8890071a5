"""Moments against R survey 4.1-1, in the designs where each respondent is a unit."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis import Domains, Moments, moments_table
from tests.analysis.golden.test_index_equals_r import COMPARED, SCOPES
from tests.analysis.reference import column_of


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("design", ["S0", "S1"])
def test_every_domain_agrees_with_svyratio_and_svycontrast(
    reference: SimpleNamespace, survey_ratios: pd.DataFrame, design: str, scope: str
) -> None:
    """R: svydesign(ids = ~1, strata = ~agency_period); svyratio(~y, ~x, subset(design, domain), deff = "replace"); svycontrast."""
    sample, measures = reference.sample, reference.measures
    strata = sample["agency_period" if design == "S1" else "all"]
    groups = list(zip(strata, sample[scope].astype(str), strict=True))
    moments = Moments.from_ratings(measures, sample[list(measures.criteria)].to_numpy(dtype=float), groups=groups)
    domains, labels = Domains.by([domain for _, domain in moments.labels])
    table = moments_table(moments, measures=measures, strata=[stratum for stratum, _ in moments.labels], domains=domains)
    place = {label: number for number, label in enumerate(labels.tolist())}
    rows = survey_ratios[(survey_ratios["design"] == design) & (survey_ratios["scope"] == scope)]
    assert len(rows) > 0
    for theirs, ours in COMPARED.items():
        known = rows[rows[theirs].notna()]
        got = [getattr(table, ours)[place[str(row.domain)], column_of(measures, row.measure)] for row in known.itertuples()]
        np.testing.assert_allclose(np.array(got, dtype=float), known[theirs].to_numpy(dtype=float), rtol=0, atol=1e-10, err_msg=theirs)
