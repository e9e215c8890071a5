"""Intervals and the pooled design effect against R survey 4.1-1 and the independent reference of the default interval."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis import Domains, interval, score
from tests.analysis.reference import DATA, key_and_rule


@pytest.mark.parametrize(
    ("method", "columns", "call"),
    [
        ("linear", ("mean_l", "mean_u"), "confint(svyratio(…), df = degf(…))"),
        ("logit", ("xlogit_l", "xlogit_u"), 'svyciprop(method = "xlogit")'),
        ("beta", ("beta_l", "beta_u"), 'svyciprop(method = "beta")'),
        ("wilson_direct", ("wilson_l", "wilson_u"), 'svyciprop(method = "wilson")'),
    ],
)
def test_interval_agrees_with_r(survey_ratios: pd.DataFrame, method: str, columns: tuple[str, str], call: str) -> None:
    known = {name: survey_ratios[name].to_numpy(dtype=float) for name in ("est", "var", "df", "n_valid", *columns)}
    variance = known["var"].clip(0)  # R prints -1e-35 where every answer is satisfied
    found = interval(known["est"], variance=variance, df=known["df"], answers=known["n_valid"], method=method)
    for got, column in ((found.low, columns[0]), (found.high, columns[1])):
        expected = known[column].clip(0, 1) if method == "linear" else known[column]  # R lets the linear interval leave [0, 1]
        assert np.array_equal(np.isnan(got), np.isnan(expected)), call
        np.testing.assert_allclose(got, expected, rtol=0, atol=1e-10, err_msg=call)


@pytest.mark.parametrize("design", ["S1", "S2", "S3"])
def test_default_interval_agrees_with_its_reference(reference: SimpleNamespace, design: str) -> None:
    """No R call exists: Wilson with z = 1.959964 on n_eff = min(est(1-est)/var, n_resp/d, n_valid), d = gvf_d."""
    expected = pd.read_csv(DATA / "reference" / "ref_recommended_ci.csv")
    expected = expected[expected["design"] == design]
    domains, labels = Domains.by(reference.sample["agency"].to_numpy(dtype=str))
    scores = score(reference.totals, measures=reference.measures, design=reference.designs[design], domains=domains)
    ours = {(agency, e.key, e.rule): e for agency, estimates in zip(labels.tolist(), scores, strict=True) for e in estimates}
    assert len(expected) > 170
    for row in expected.itertuples():
        got = ours[(row.agency, *key_and_rule(row.measure))]
        assert (got.index, got.respondents) == (pytest.approx(row.est, abs=1e-10), row.n_resp)
        assert got.design_effect == pytest.approx(row.gvf_d, abs=1e-10)
        assert got.n_eff == pytest.approx(row.n_eff, rel=1e-10)
        assert (got.ci_low, got.ci_high) == (pytest.approx(row.lo, abs=1e-10), pytest.approx(row.hi, abs=1e-10))
