"""The index, its variance, degrees of freedom and design effect against R survey 4.1-1."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis import Domains, index_table
from tests.analysis.reference import DATA, MEANS, column_of

SCOPES = ("all", "level", "agency", "period", "agency_period", "sex", "age", "field")
#: Column of the reference file → attribute of IndexTable.
COMPARED = {"est": "share", "var": "variance", "df": "df", "n_resp": "respondents", "n_valid": "answers", "deff_replace": "deff"}


def ours_and_theirs(reference: SimpleNamespace, rows: pd.DataFrame, design: str, scope: str, ours: str, theirs: str) -> tuple:
    domains, labels = Domains.by(reference.sample[scope].astype(str).to_numpy(dtype=str))
    table = index_table(reference.totals, measures=reference.measures, design=reference.designs[design], domains=domains)
    place = {label: i for i, label in enumerate(labels.tolist())}
    cells = [(place[str(d)], column_of(reference.measures, m)) for d, m in zip(rows["domain"], rows["measure"], strict=True)]
    return np.array([getattr(table, ours)[cell] for cell in cells], dtype=float), rows[theirs].to_numpy(dtype=float)


@pytest.mark.parametrize(("theirs", "ours"), COMPARED.items())
@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("design", ["S0", "S1", "S2", "S3", "S4", "S5"])
def test_every_domain_agrees_with_svyratio_and_svycontrast(
    reference: SimpleNamespace, survey_ratios: pd.DataFrame, design: str, scope: str, ours: str, theirs: str
) -> None:
    """R: svyratio(~y, ~x, subset(design, domain), deff = "replace"); svycontrast for the means; degf(subset(design, x > 0))."""
    rows = survey_ratios[(survey_ratios["design"] == design) & (survey_ratios["scope"] == scope) & survey_ratios[theirs].notna()]
    if design == "S4" and scope not in ("all", "level", "agency"):
        assert rows.empty, "R's file has S4 for these scopes now: compare them"
        return
    if design == "S4" and scope != "agency" and theirs == "deff_replace":
        return  # R computed the design effect of S4 by agency only
    assert len(rows) > 0
    got, expected = ours_and_theirs(reference, rows, design, scope, ours, theirs)
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-10)


def test_r_gives_no_mean_where_a_part_has_no_answer_and_we_give_the_mean_of_the_rest(
    reference: SimpleNamespace, survey_ratios: pd.DataFrame
) -> None:
    """The one place where we say more than R, and mark it; see docs/decisions/0021."""
    missing = survey_ratios[survey_ratios["est"].isna() & survey_ratios["measure"].isin(MEANS)]
    assert set(missing["domain"]) == {"A22", "A22:2025"}
    domains, labels = Domains.by(reference.sample["agency"].to_numpy(dtype=str))
    table = index_table(reference.totals, measures=reference.measures, design=reference.designs["S1"], domains=domains)
    a22, columns = labels.tolist().index("A22"), reference.measures.columns
    assert {columns[i].rule for i in np.flatnonzero(table.partial[a22])} == {"criteria", "dimensions", "dimensions_of_criteria"}
    known = table.share[a22, [columns.index(c) for c in columns if c.level == "dimension" and c.rule == "pooled"]]
    assert table.share[a22, column_of(reference.measures, "MEAN_DIMS")] == pytest.approx(np.nanmean(known), abs=1e-15)


def test_a_lonely_unit_counts_from_the_grand_mean_as_r_adjusts(reference: SimpleNamespace) -> None:
    """R: options(survey.lonely.psu = "adjust"); the other rules of the file differ, so this test can fail."""
    lonely = pd.read_csv(DATA / "reference" / "ref_lonely_psu.csv")
    adjusted = lonely[lonely["rule"] == "adjust"]
    differing = 0
    for (design, scope), rows in adjusted.groupby(["design", "scope"]):
        got, expected = ours_and_theirs(reference, rows, design, scope, "variance", "se")
        np.testing.assert_allclose(np.sqrt(got), expected, rtol=0, atol=1e-10)
        removed = lonely[(lonely["rule"] == "remove") & (lonely["design"] == design) & (lonely["scope"] == scope)]["se"]
        differing += int((np.abs(np.sqrt(got) - removed.to_numpy()) > 1e-8).sum())
    assert differing > 0


def test_the_covariance_of_scores_is_what_the_domains_use(reference: SimpleNamespace) -> None:
    """Two ways to the same variance: Design.covariance on scores that are 0 outside the domain, and the sums by domain."""
    y, x, w = reference.totals.satisfied[:, -1], reference.totals.valid[:, -1], reference.sample["w"].to_numpy()
    inside = (reference.sample["agency"] == "A05").to_numpy()
    total = (w * x * inside).sum()
    scores = (inside * (y - (w * y * inside).sum() / total * x) / total)[:, None]
    for design in ("S2", "S3", "S4", "S5"):
        domains = Domains.of(len(x), [inside])
        table = index_table(reference.totals, measures=reference.measures, design=reference.designs[design], domains=domains)
        whole = column_of(reference.measures, "ALL")
        assert reference.designs[design].covariance(scores)[0, 0] == pytest.approx(table.variance[0, whole], rel=1e-10)
