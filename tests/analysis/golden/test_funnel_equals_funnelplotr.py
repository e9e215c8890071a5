"""Funnel limits against formulas that R FunnelPlotR shares to 1e-16."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis import Domains, effective_size, funnel_limits, funnel_points, index_table, overdispersion, pooled_design_effect
from tests.analysis.reference import DATA, column_of

CASES = [(design, measure) for design in ("S1", "S2") for measure in ("ALL", "D1", "D5")]


def points(design: str, measure: str) -> pd.DataFrame:
    rows = pd.read_csv(DATA / "reference" / "ref_funnel.csv")
    return rows[(rows["design"] == design) & (rows["measure"] == measure)]


def parameters(design: str, measure: str) -> pd.Series:
    return pd.read_csv(DATA / "reference" / "ref_funnel_parameters.csv").set_index(["design", "measure"]).loc[(design, measure)]


def close(got: object, expected: object) -> None:
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-10)


def test_the_file_holds_the_cases_that_are_tested() -> None:
    rows = pd.read_csv(DATA / "reference" / "ref_funnel.csv")
    assert sorted({*zip(rows["design"], rows["measure"], strict=True)}) == CASES


@pytest.mark.parametrize(("design", "measure"), CASES)
@pytest.mark.parametrize(("method", "column"), [("exact", "exact"), ("normal", "normal"), ("overdispersed", "od")])
@pytest.mark.parametrize(("level", "suffix"), [(0.95, "95"), (0.998, "998")])
def test_limits_agree_at_every_agency(design: str, measure: str, method: str, column: str, level: float, suffix: str) -> None:
    """R: FunnelPlotR::funnel_plot(…, limit = 95 | 99.8, sr_method / data_type = "PR"); Spiegelhalter (2005) for ``exact``."""
    rows, given = points(design, measure), parameters(design, measure)
    assert len(rows) == given["agencies"]
    low, high = funnel_limits(rows["n_eff"], target=given["p0"], method=method, confidence_level=level, tau2=given["tau2"])
    close(low, rows[f"{column}_l{suffix}"].clip(0, 1))  # the file lets limits leave 0 to 1
    close(high, rows[f"{column}_u{suffix}"].clip(0, 1))


@pytest.mark.parametrize(("design", "measure"), CASES)
def test_overdispersion_agrees(design: str, measure: str) -> None:
    """R: FunnelPlotR's winsorised z at 10 %, phi and tau2 on the arcsine scale."""
    rows, given = points(design, measure), parameters(design, measure)
    found = overdispersion(rows["est"], n_eff=rows["n_eff"], target=given["p0"])
    close(found.z, rows["z_arcsine"])
    close(found.z_winsorised, rows["z_winsorised"])
    close([found.phi, found.tau2], [given["phi"], given["tau2"]])


@pytest.mark.parametrize(("design", "measure"), CASES)
def test_the_whole_way_from_answers_to_the_funnel_agrees(reference: SimpleNamespace, design: str, measure: str) -> None:
    """Target, effective sizes and limits from the sample itself, as the platform works them out."""
    agencies, names = Domains.by(reference.sample["agency"].to_numpy(dtype=str))
    domains = Domains.together(agencies, Domains.whole(reference.totals.rows))
    table = index_table(reference.totals, measures=reference.measures, design=reference.designs[design], domains=domains)
    p, v, n, answers, df = (
        a[:, [column_of(reference.measures, measure)]] for a in (table.share, table.variance, table.respondents, table.answers, table.df)
    )
    d = pooled_design_effect(p[:-1], v[:-1], respondents=n[:-1], df=df[:-1])
    n_eff = effective_size(p, v, respondents=n, answers=answers, df=df, design_effect=d)[:-1, 0]
    rows, given = points(design, measure), parameters(design, measure)
    known = np.isin(names, rows["agency"])  # A22's one respondent gave no answer to D5
    close([p[-1, 0], d[0]], [given["p0"], given["gvf_d"]])
    np.testing.assert_allclose(n_eff[known], rows["n_eff"], rtol=1e-10)
    found = funnel_points(p[:-1, 0][known], n_eff=n_eff[known], target=p[-1, 0])
    close([point.low_998 for point in found], rows["od_l998"])
    close([point.high_95 for point in found], rows["od_u95"])
    outside = (rows["est"] < rows["od_l95"]) | (rows["est"] > rows["od_u95"])
    assert [point.position != "inside" for point in found] == outside.tolist()
