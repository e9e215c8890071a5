"""Differences of agencies against R survey 4.1-1 and p.adjust."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis import Comparison, Domains, compare, compare_domains, covariance_with_whole, index_covariance, index_table
from tests.analysis.reference import DATA, column_of

#: Field of Comparison → column of the reference files.
COMPARED = {"difference": "diff", "se": "se", "df": "df", "t": "t", "p_value": "p_value"}
ADJUSTED = {"p_holm": "p_holm", "p_bh": "p_bh", "p_by": "p_by", "p_bonferroni": "p_bonf"}


def rows_of(file: str, design: str) -> pd.DataFrame:
    rows = pd.read_csv(DATA / "reference" / f"{file}.csv")
    assert set(rows["measure"]) == {"ALL"}, "R's file has more measures now: compare them"
    return rows[rows["design"] == design]


def agencies_and_whole(reference: SimpleNamespace, agencies: list[str]) -> Domains:
    agency = reference.sample["agency"].to_numpy()
    return Domains.of(len(agency), [*(agency == name for name in agencies), np.ones(len(agency), dtype=bool)])


def assert_equal(ours: tuple[Comparison, ...], theirs: pd.DataFrame, fields: dict[str, str]) -> None:
    assert len(ours) == len(theirs)
    for field, column in fields.items():
        got, expected = np.array([getattr(row, field) for row in ours]), theirs[column].to_numpy(dtype=float)
        np.testing.assert_allclose(got, expected, rtol=0, atol=1e-10, err_msg=field)
        if field.startswith("p_"):  # an absolute tolerance says nothing of a p-value of 1e-30
            np.testing.assert_allclose(got, expected, rtol=1e-9, atol=0, err_msg=field)


@pytest.mark.parametrize("design", ["S1", "S2"])
def test_every_pair_of_agencies_agrees_with_svycontrast_and_p_adjust(reference: SimpleNamespace, design: str) -> None:
    """R: svycontrast(svyby(~y, ~agency, svyratio, covmat = TRUE), c(1, -1)); pt(df = degf(design)); p.adjust(p, method)."""
    expected = rows_of("ref_pairwise", design)
    names = sorted({*expected["agency_1"], *expected["agency_2"]})
    domains = Domains.of(reference.totals.rows, [(reference.sample["agency"] == name).to_numpy() for name in names])
    (found,) = compare_domains(
        reference.totals,
        measures=reference.measures,
        design=reference.designs[design],
        domains=domains,
        columns=[column_of(reference.measures, "ALL")],
    )
    assert [(names[row.first], names[row.second]) for row in found] == list(zip(expected["agency_1"], expected["agency_2"], strict=True))
    assert_equal(found, expected, COMPARED | ADJUSTED)


@pytest.mark.parametrize("design", ["S1", "S2"])
def test_stored_shares_and_standard_errors_compare_as_r_does(reference: SimpleNamespace, design: str) -> None:
    """The same file from what a frozen result holds: agencies in strata of their own are independent."""
    expected = rows_of("ref_pairwise", design)
    ranked = pd.read_csv(DATA / "reference" / "ref_ranks.csv").query("design == @design and measure == 'ALL'")
    found = compare(ranked["est"], se=ranked["se"], df=expected["df"].iloc[0])
    assert_equal(found, expected, COMPARED | ADJUSTED)


@pytest.mark.parametrize("design", ["S1", "S2"])
def test_every_agency_against_the_whole_agrees_with_svycontrast(reference: SimpleNamespace, design: str) -> None:
    """R: svycontrast over the agency and the whole, covariance kept; p.adjust(p, "holm"), p.adjust(p, "BH")."""
    expected = rows_of("ref_vs_whole", design)
    (found,) = compare_domains(
        reference.totals,
        measures=reference.measures,
        design=reference.designs[design],
        domains=agencies_and_whole(reference, list(expected["agency"])),
        columns=[column_of(reference.measures, "ALL")],
        against=len(expected),
    )
    assert_equal(found, expected, COMPARED | {"p_holm": "p_holm", "p_bh": "p_bh"})


@pytest.mark.parametrize(("design", "tolerance"), [("S1", 0.001), ("S2", 0.015)])
def test_the_whole_from_stored_results_comes_near_to_the_exact_standard_error(
    reference: SimpleNamespace, design: str, tolerance: float
) -> None:
    """`covariance_with_whole` leaves out the chance in the sizes: 0.1 % of the standard error without clusters, 1.5 % with desk-days.

    Taking the whole as independent, which it is not, is off by up to 10 and 12 %.
    """
    expected = rows_of("ref_vs_whole", design)
    column, domains = column_of(reference.measures, "ALL"), agencies_and_whole(reference, list(expected["agency"]))
    table = index_table(reference.totals, measures=reference.measures, design=reference.designs[design], domains=domains)
    share, se = table.share[:, column], np.sqrt(table.variance[:, column])
    answers = reference.designs[design].weights * reference.totals.valid[:, reference.measures.keys.index("ALL")]
    parts = np.bincount(domains.domain, weights=answers[domains.row])[:-1] / answers.sum()
    stored = covariance_with_whole(se=se[:-1], parts=parts, whole_se=se[-1])
    near = np.array([row.se for row in compare(share, covariance=stored, against=len(expected))])
    np.testing.assert_allclose(near, expected["se"], rtol=tolerance)
    apart = np.array([row.se for row in compare(share, se=se, against=len(expected))])
    assert (apart / expected["se"]).max() > 1.09


def test_the_matrix_and_the_totals_give_the_same_comparisons(reference: SimpleNamespace) -> None:
    """Two ways in: S5, where counters are units and the whole shares them with every agency."""
    column, domains = column_of(reference.measures, "D3"), agencies_and_whole(reference, ["A01", "A05", "A12"])
    given = {"measures": reference.measures, "design": reference.designs["S5"], "domains": domains}
    share = index_table(reference.totals, **given).share[:, column]
    (covariance,) = index_covariance(reference.totals, **given, columns=[column])
    (found,) = compare_domains(reference.totals, **given, columns=[column])
    assert compare(share, covariance=covariance, df=reference.designs["S5"].degrees_of_freedom) == found
